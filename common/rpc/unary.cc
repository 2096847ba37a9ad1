#include "common/rpc/unary.h"

#include <chrono>

#include "common/base/errors.h"
#include "common/rpc/parse.h"
#include "common/rpc/status.h"

namespace repatriation {
namespace internal {
namespace {

// Parsing larger requests takes longer than switching to another thread.
constexpr size_t kGrpcThreadBytesMax = 4096;

absl::Time DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  // gRPC's representation of no deadline.
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
    grpc::ServerUnaryReactor* const rejected = context->DefaultReactor();
    rejected->Finish(ToGrpcStatus(ticket.status()));
    return rejected;
  }
  auto* const call = new UnaryCall(*std::move(ticket), DeadlineOf(*context), request,
                                   service.message_bytes_max, response, std::move(body));
  // From here on the call may be finished, but not deleted: OnDone runs after the
  // handler has returned.
  if (run_on == RunOn::kGrpcThread && request->Length() <= kGrpcThreadBytesMax) {
    call->Run();
  } else if (!service.executor.TrySubmit([call] { call->Run(); })) {
    call->FinishWithError(Exhausted("request queue is full", service.retry_delay));
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
    FinishWithError(absl::CancelledError("cancelled while queued"));
    return;
  }
  // The body may finish the call, which deletes `this`, while it is still running.
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
