// repatriation.v1.QueryService over a QueryCore.
//
// A request with a min_position waits for it without blocking a thread, then runs on the
// executor.
//
// Thread-safety: all methods may be called from any thread.
#ifndef QUERY_SERVICE_HANDLERS_QUERY_HANDLERS_H_
#define QUERY_SERVICE_HANDLERS_QUERY_HANDLERS_H_

#include "common/rpc/unary.h"
#include "query_service/core/query_core.h"
#include "query_service/handlers/query_context.h"
#include "repatriation/v1/query_service.grpc.pb.h"

namespace repatriation {

// The service with all methods taking raw bytes.
template <typename Base>
using RawQueryMethods = v1::QueryService::WithRawCallbackMethod_GetAggregate<
    v1::QueryService::WithRawCallbackMethod_GetTimeline<
        v1::QueryService::WithRawCallbackMethod_ListEvents<
            v1::QueryService::WithRawCallbackMethod_GetEvent<
                v1::QueryService::WithRawCallbackMethod_GetBriefing<
                    v1::QueryService::WithRawCallbackMethod_ListMissions<
                        v1::QueryService::WithRawCallbackMethod_GetDrawdown<
                            v1::QueryService::WithRawCallbackMethod_Reconcile<
                                v1::QueryService::WithRawCallbackMethod_CompareAggregates<
                                    v1::QueryService::WithRawCallbackMethod_ListQuarantine<
                                        v1::QueryService::WithRawCallbackMethod_WatchAggregate<
                                            Base>>>>>>>>>>>;

class QueryHandlers : public RawQueryMethods<v1::QueryService::Service> {
 public:
  // `context` must outlive the handlers.
  explicit QueryHandlers(const QueryContext* context);

  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  grpc::ServerUnaryReactor* GetAggregate(Context*, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* GetTimeline(Context*, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ListEvents(Context*, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* GetEvent(Context*, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* GetBriefing(Context*, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ListMissions(Context*, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* GetDrawdown(Context*, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* Reconcile(Context*, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* CompareAggregates(Context*, const Bytes* request,
                                              Bytes* response) override;
  grpc::ServerUnaryReactor* ListQuarantine(Context*, const Bytes* request,
                                           Bytes* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchAggregate(Context*,
                                                             const Bytes* request) override;

 private:
  template <typename Request, typename Response>
  using Question = absl::StatusOr<Response> (QueryCore::*)(const Request&) const;

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Serve(Context* context, const Bytes* request, Bytes* response,
                                  Question<Request, Response> question,
                                  RunOn run_on = RunOn::kExecutor);
  template <typename Request, typename Response>
  void AwaitThenAnswer(const Request& request, absl::Time deadline,
                       UnaryResponder<Response> responder, Question<Request, Response> question);
  template <typename Request, typename Response>
  absl::StatusOr<Response> Answer(const Request& request,
                                  Question<Request, Response> question) const;

  const QueryContext* const context_;
  const QueryCore core_;
  UnaryService unary_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_HANDLERS_QUERY_HANDLERS_H_
