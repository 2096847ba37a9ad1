// Serves a unary method that is received raw (WithRawCallbackMethod_X): admits
// the call, moves it off gRPC's threads, parses it, runs the core, and turns
// its answer into bytes or into an error with details. A handler comes down to
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
// The cores know no gRPC; this header is for handlers.
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

// What the unary methods of a service share. Executor and admission outlive
// the grpc::Server.
struct UnaryService {
  // Where requests are parsed and cores run.
  Executor& executor;
  // How many calls may be in progress, those that wait for a thread included.
  CallAdmission& admission;
  // Larger requests are INVALID_ARGUMENT. Flag `--message_bytes_max`.
  size_t message_bytes_max;
  // What a caller is told to wait when the executor is full.
  absl::Duration retry_delay;
};

// Of a service's methods that run on `executor`; `context` is what the service's
// handlers use.
template <typename Context>
UnaryService UnaryOn(Executor& executor, const Context& context) {
  return {executor, *context.calls, context.message_bytes_max, context.retry_delay};
}

// What a core may know of the call that it answers.
struct CallInfo {
  // When the caller stops waiting; absl::InfiniteFuture() if never.
  absl::Time deadline;
};

// Where a core runs.
enum class RunOn {
  // On the service's executor: for cores that may block on I/O or take long.
  kExecutor,
  // Where the call arrives, on one of gRPC's few threads, if the request is
  // small: for cores that only look at memory, and whose way to another thread
  // and back would cost several times what they do.
  kArrival,
};

namespace internal {

// One call, from its admission to OnDone, where it deletes itself. Exactly one
// FinishWith() or FinishWithError() has to come, also for a cancelled call, or
// the server never shuts down; UnaryResponder sees to that.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  using Body = absl::AnyInvocable<void(UnaryCall&)>;

  // Takes the raw call and returns the reactor to hand to gRPC: that of a new
  // UnaryCall whose `body` will run, or has run, or one that refuses.
  static grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response, UnaryService& service,
                                         RunOn run_on, Body body);

  // Reads the request into `*message`, which lives on arena().
  absl::Status Parse(google::protobuf::Message* message) const;
  google::protobuf::Arena* arena() { return &arena_; }
  const CallInfo& info() const { return info_; }
  bool IsCancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  // The last touch from our side: the object may be gone when these return.
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

// The duty to answer one call. Whoever holds it answers once, from any thread,
// at any time; an unanswered one that is destroyed answers INTERNAL.
//
// Thread-safety: one thread at a time. Move-only; a moved-from one holds no duty.
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

  // Sends the answer. The request and the CallInfo are gone afterwards. Does
  // not block, but serializes `answer` here. Later calls do nothing.
  void Respond(absl::StatusOr<Response> answer) {
    internal::UnaryCall* const call = std::exchange(call_, nullptr);
    if (call == nullptr) return;
    if (answer.ok()) {
      call->FinishWith(SerializeMessage(*std::move(answer)));
    } else {
      call->FinishWithError(answer.status());
    }
  }

  // True once nobody waits for the answer any more (cancelled, disconnected or
  // past the deadline), so that work on it can be given up; still Respond().
  // False after Respond().
  bool IsCancelled() const { return call_ != nullptr && call_->IsCancelled(); }

 private:
  internal::UnaryCall* call_;
};

// Serves the call by `core`, a copyable or movable callable
//   void(const Request&, const CallInfo&, UnaryResponder<Response>)
// run as `run_on` says. Request and CallInfo live until the responder has
// responded; the core may return before that, with the responder kept
// elsewhere. Does not block but for the core: call it from the method's handler and return what
// it returns. `service` has to live only until then.
//
// What the caller gets besides the core's own answers: INVALID_ARGUMENT (see
// ParseMessage()), RESOURCE_EXHAUSTED with RetryInfo (admission or executor
// full), UNAVAILABLE (draining), INTERNAL (dropped). A call that was cancelled
// while it waited for a thread is not given to the core.
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
