#include "tests/bench/raw_load.h"

#include <deque>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/status.h"
#include "tests/common/rpc/raw_client.h"

namespace repatriation {

// One call at a time, restarted when it finishes.
struct RawLoad::Slot {
  std::optional<grpc::ClientContext> context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  grpc::Status status;
  absl::Time started;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> call;
};

RawLoad::~RawLoad() {
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

void RawLoad::Start(const std::string& method, std::string request, Slot& slot) {
  slot.call.reset();
  slot.context.emplace();
  slot.request = ToByteBuffer(request);
  slot.started = absl::Now();
  slot.call = stub_.PrepareUnaryCall(&*slot.context, method, slot.request, &queue_);
  slot.call->StartCall();
  slot.call->Finish(&slot.response, &slot.status, &slot);
}

absl::StatusOr<RawRound> RawLoad::Run(const std::string& method, int in_flight,
                                      absl::Duration duration,
                                      const std::function<std::string()>& next_request) {
  std::deque<Slot> slots(in_flight);
  RawRound round;
  absl::Status status;
  const absl::Time begin = absl::Now();
  absl::Time now = begin;
  for (Slot& slot : slots) Start(method, next_request(), slot);
  for (int open = in_flight; open > 0;) {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    now = absl::Now();
    Slot& slot = *static_cast<Slot*>(tag);
    status.Update(FromGrpcStatus(slot.status));
    round.latencies_ms.push_back(absl::ToDoubleMilliseconds(now - slot.started));
    if (status.ok() && now - begin < duration) {
      Start(method, next_request(), slot);
    } else {
      --open;
    }
  }
  if (!status.ok()) return status;
  round.calls_per_second =
      static_cast<double>(round.latencies_ms.size()) / absl::ToDoubleSeconds(now - begin);
  return round;
}

}  // namespace repatriation
