#include "common/rpc/unary.h"

#include <chrono>

#include "common/base/errors.h"
#include "common/rpc/parse.h"
#include "common/rpc/status.h"

namespace repatriation {
namespace internal {
namespace {

// Larger requests take longer to parse than the way to another thread takes.
constexpr size_t kArrivalBytesMax = 4096;

absl::Time DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  // gRPC's way to say that there is none.
  if (deadline == std::chrono::system_clock::time_point::max()) return absl::InfiniteFuture();
  return absl::FromChrono(deadline);
}

}  // namespace

grpc::ServerUnaryReactor* UnaryCall::Start(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response, UnaryService& service,
                                           RunOn run_on, Body body) {
  auto ticket = service.admission.Admit();
  if (!ticket.ok()) {
    grpc::ServerUnaryReactor* const refusal = context->DefaultReactor();
    refusal->Finish(ToGrpcStatus(ticket.status()));
    return refusal;
  }
  auto* const call = new UnaryCall(*std::move(ticket), DeadlineOf(*context), request,
                                   service.message_bytes_max, response, std::move(body));
  // From here on the call may be finished, but not deleted: OnDone waits for
  // the return of the handler.
  if (run_on == RunOn::kArrival && request->Length() <= kArrivalBytesMax) {
    call->Run();
  } else if (!service.executor.TrySubmit([call] { call->Run(); })) {
    call->FinishWithError(
        Exhausted("the queue of requests is full; try again later", service.retry_delay));
  }
  return call;
}

UnaryCall::UnaryCall(CallAdmission::Ticket ticket, absl::Time deadline,
                     const grpc::ByteBuffer* request, size_t bytes_max, grpc::ByteBuffer* response,
                     Body body)
    : ticket_(std::move(ticket)),
      info_{deadline},
      request_(request),
      bytes_max_(bytes_max),
      response_(response),
      body_(std::move(body)) {}

void UnaryCall::Run() {
  if (IsCancelled()) {
    FinishWithError(absl::CancelledError("the caller gave up while the call waited"));
    return;
  }
  // The body may finish the call, and with it `this`, while it still runs.
  Body body = std::move(body_);
  body(*this);
}

absl::Status UnaryCall::Parse(google::protobuf::Message* message) const {
  return ParseMessage(*request_, bytes_max_, message);
}

void UnaryCall::FinishWith(grpc::ByteBuffer answer) {
  *response_ = std::move(answer);
  arena_.Reset();
  Finish(grpc::Status::OK);
}

void UnaryCall::FinishWithError(const absl::Status& error) {
  grpc::Status status = ToGrpcStatus(error);
  arena_.Reset();
  Finish(std::move(status));
}

}  // namespace internal
}  // namespace repatriation
