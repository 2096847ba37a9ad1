// Serves a unary method that is received raw (WithRawCallbackMethod_X): admits the call,
// moves it off gRPC's threads, parses it, runs the core, and serializes its answer or
// sends an error with details. A handler is just
//
//   grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context,
//                                      const grpc::ByteBuffer* request,
//                                      grpc::ByteBuffer* response) override {
//     return ServeUnary<v1::GetEventRequest, v1::GetEventResponse>(
//         context, request, response, unary_,
//         [this](const v1::GetEventRequest& request, const CallInfo& call,
//                UnaryResponder<v1::GetEventResponse> responder) {
//           responder.Respond(core_.GetEvent(request, call.deadline));
//         });
//   }
//
// The cores do not depend on gRPC; this header is for handlers.
#ifndef COMMON_RPC_UNARY_H_
#define COMMON_RPC_UNARY_H_

#include <google/protobuf/arena.h>
#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstddef>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/executor.h"
#include "common/rpc/admission.h"
#include "common/rpc/parse.h"

namespace repatriation {

// Shared by the unary methods of a service. Executor and admission must outlive the
// grpc::Server.
struct UnaryService {
  // Parses requests and runs cores.
  Executor& executor;
  // Limits the calls in progress, including queued ones.
  CallAdmission& admission;
  // Larger requests are INVALID_ARGUMENT. Flag `--message_bytes_max`.
  size_t message_bytes_max;
  // The RetryInfo for callers when the executor is full.
  absl::Duration retry_delay;
};

// For the methods of a service that run on `executor`; `context` is the context of the
// service's handlers.
template <typename Context>
UnaryService UnaryOn(Executor& executor, const Context& context) {
  return {executor, *context.calls, context.message_bytes_max, context.retry_delay};
}

// Properties of a call that are passed to the core.
struct CallInfo {
  // The caller's deadline; absl::InfiniteFuture() if there is none.
  absl::Time deadline;
};

// Where a core runs.
enum class RunOn {
  // On the service's executor: for cores that may block on I/O or take long.
  kExecutor,
  // On the gRPC thread that received the call, one of a few, if the request is small: for
  // cores that only read memory, for which switching to another thread and back would
  // cost several times their own work.
  kGrpcThread,
};

namespace internal {

// One call, from its admission to OnDone, where it deletes itself. Exactly one of
// FinishWith() and FinishWithError() must be called, also for a cancelled call, or the
// server never shuts down; UnaryResponder ensures that.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  using Body = absl::AnyInvocable<void(UnaryCall&)>;

  // Starts serving the raw call and returns the reactor for gRPC: a new UnaryCall whose
  // `body` will run, or has run, or one that rejects the call.
  static grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response, UnaryService& service,
                                         RunOn run_on, Body body);

  // Parses the request into `*message`, which is on arena().
  absl::Status Parse(google::protobuf::Message* message) const;
  google::protobuf::Arena* arena() { return &arena_; }
  const CallInfo& info() const { return info_; }
  bool IsCancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  // The object may be deleted when these return.
  void FinishWith(grpc::ByteBuffer answer);
  void FinishWithError(const absl::Status& error);

 private:
  UnaryCall(CallAdmission::Ticket ticket, absl::Time deadline, const grpc::ByteBuffer* request,
            size_t bytes_max, grpc::ByteBuffer* response, Body body);

  void Run();
  void OnCancel() override { cancelled_.store(true, std::memory_order_relaxed); }
  void OnDone() override { delete this; }

  const CallAdmission::Ticket ticket_;
  const CallInfo info_;
  const grpc::ByteBuffer* const request_;  // gRPC's, until OnDone.
  const size_t bytes_max_;
  grpc::ByteBuffer* const response_;  // gRPC's, until OnDone.
  Body body_;
  google::protobuf::Arena arena_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace internal

// The obligation to answer one call: its owner responds once, from any thread, at any
// time. Responds with INTERNAL if it is destroyed before that.
//
// Thread-safety: one thread at a time. Move-only; a moved-from one has no obligation.
template <typename Response>
class UnaryResponder {
 public:
  explicit UnaryResponder(internal::UnaryCall* call) : call_(call) {}
  UnaryResponder(UnaryResponder&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  UnaryResponder& operator=(UnaryResponder&& other) noexcept {
    std::swap(call_, other.call_);
    return *this;
  }
  ~UnaryResponder() {
    if (call_ != nullptr) Respond(absl::InternalError("the call was dropped without an answer"));
  }

  // Sends the answer. The request and the CallInfo are destroyed then. Does not block,
  // but serializes `answer` on this thread. Later calls do nothing.
  void Respond(absl::StatusOr<Response> answer) {
    internal::UnaryCall* const call = std::exchange(call_, nullptr);
    if (call == nullptr) return;
    if (answer.ok()) {
      call->FinishWith(SerializeMessage(*std::move(answer)));
    } else {
      call->FinishWithError(answer.status());
    }
  }

  // True once the caller no longer waits for the answer (cancelled, disconnected or past
  // the deadline), so that work on it can be abandoned; still call Respond(). False after
  // Respond().
  bool IsCancelled() const { return call_ != nullptr && call_->IsCancelled(); }

 private:
  internal::UnaryCall* call_;
};

// Serves the call by `core`, a copyable or movable callable
//   void(const Request&, const CallInfo&, UnaryResponder<Response>)
// that runs where `run_on` says. Request and CallInfo live until the responder has
// responded; the core may return before that and keep the responder elsewhere. Does not
// block, apart from a core that runs here: call it from the method's handler and return
// its result. `service` need only live until then.
//
// Errors besides those of the core: INVALID_ARGUMENT (see ParseMessage()),
// RESOURCE_EXHAUSTED with RetryInfo (admission or executor full), UNAVAILABLE
// (draining), INTERNAL (dropped responder). A call that is cancelled while queued is not
// passed to the core.
template <typename Request, typename Response, typename Core>
grpc::ServerUnaryReactor* ServeUnary(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                     UnaryService& service, Core core,
                                     RunOn run_on = RunOn::kExecutor) {
  return internal::UnaryCall::Start(
      context, request, response, service, run_on,
      [core = std::move(core)](internal::UnaryCall& call) mutable {
        UnaryResponder<Response> responder(&call);
        auto* message = google::protobuf::Arena::CreateMessage<Request>(call.arena());
        if (absl::Status parsed = call.Parse(message); !parsed.ok()) {
          responder.Respond(parsed);
          return;
        }
        core(static_cast<const Request&>(*message), call.info(), std::move(responder));
      });
}

}  // namespace repatriation

#endif  // COMMON_RPC_UNARY_H_
