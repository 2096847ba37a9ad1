#include "query_service/handlers/query_handlers.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/errors.h"
#include "query_service/core/selection/read_point.h"
#include "query_service/handlers/watch_stream.h"

namespace repatriation {

QueryHandlers::QueryHandlers(const QueryContext* context)
    : context_(context), core_(context->replica), unary_(UnaryOn(*context->executor, *context)) {}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* QueryHandlers::Serve(Context* context, const Bytes* request,
                                               Bytes* response,
                                               Question<Request, Response> question, RunOn run_on) {
  return ServeUnary<Request, Response>(
      context, request, response, unary_,
      [this, question](const Request& message, const CallInfo& call,
                       UnaryResponder<Response> responder) {
        absl::Status status = CheckReadOptions(message.read());
        // A replica that has diverged never reaches a position.
        status.Update(context_->replica->divergence());
        if (!status.ok()) return responder.Respond(status);
        if (message.read().min_position() > context_->replica->tail().position) {
          return AwaitThenAnswer(message, call.deadline, std::move(responder), question);
        }
        responder.Respond(Answer(message, question));
      },
      run_on);
}

template <typename Request, typename Response>
void QueryHandlers::AwaitThenAnswer(const Request& request, absl::Time deadline,
                                    UnaryResponder<Response> responder,
                                    Question<Request, Response> question) {
  const absl::Time wait_until =
      std::min(deadline, context_->clock->Now() + context_->min_position_wait_max);
  // The request lives until its responder has responded.
  auto held = std::make_shared<UnaryResponder<Response>>(std::move(responder));
  context_->waiters->Await(
      request.read().min_position(), wait_until,
      [this, &request, held, question](const absl::Status& reached) {
        if (!reached.ok()) return held->Respond(reached);
        const bool submitted = context_->executor->TrySubmit(
            [this, &request, held, question] { held->Respond(Answer(request, question)); });
        if (!submitted) {
          held->Respond(Exhausted("request queue is full", context_->retry_delay));
        }
      });
}

template <typename Request, typename Response>
absl::StatusOr<Response> QueryHandlers::Answer(const Request& request,
                                               Question<Request, Response> question) const {
  const absl::Status divergence = context_->replica->divergence();
  if (!divergence.ok()) return divergence;
  return (core_.*question)(request);
}

grpc::ServerUnaryReactor* QueryHandlers::GetAggregate(Context* context, const Bytes* request,
                                                      Bytes* response) {
  return Serve(context, request, response, &QueryCore::GetAggregate, RunOn::kGrpcThread);
}

grpc::ServerUnaryReactor* QueryHandlers::GetTimeline(Context* context, const Bytes* request,
                                                     Bytes* response) {
  return Serve(context, request, response, &QueryCore::GetTimeline, RunOn::kGrpcThread);
}

grpc::ServerUnaryReactor* QueryHandlers::ListEvents(Context* context, const Bytes* request,
                                                    Bytes* response) {
  return Serve(context, request, response, &QueryCore::ListEvents);
}

grpc::ServerUnaryReactor* QueryHandlers::GetEvent(Context* context, const Bytes* request,
                                                  Bytes* response) {
  return Serve(context, request, response, &QueryCore::GetEvent);
}

grpc::ServerUnaryReactor* QueryHandlers::GetBriefing(Context* context, const Bytes* request,
                                                     Bytes* response) {
  return Serve(context, request, response, &QueryCore::GetBriefing);
}

grpc::ServerUnaryReactor* QueryHandlers::ListMissions(Context* context, const Bytes* request,
                                                      Bytes* response) {
  return Serve(context, request, response, &QueryCore::ListMissions);
}

grpc::ServerUnaryReactor* QueryHandlers::GetDrawdown(Context* context, const Bytes* request,
                                                     Bytes* response) {
  return Serve(context, request, response, &QueryCore::GetDrawdown);
}

grpc::ServerUnaryReactor* QueryHandlers::Reconcile(Context* context, const Bytes* request,
                                                   Bytes* response) {
  return Serve(context, request, response, &QueryCore::Reconcile);
}

grpc::ServerUnaryReactor* QueryHandlers::CompareAggregates(Context* context, const Bytes* request,
                                                           Bytes* response) {
  return Serve(context, request, response, &QueryCore::CompareAggregates);
}

grpc::ServerUnaryReactor* QueryHandlers::ListQuarantine(Context* context, const Bytes* request,
                                                        Bytes* response) {
  return Serve(context, request, response, &QueryCore::ListQuarantine);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* QueryHandlers::WatchAggregate(Context* context,
                                                                          const Bytes* request) {
  return WatchStream::Start(context_, &core_, context, request);
}

}  // namespace repatriation
