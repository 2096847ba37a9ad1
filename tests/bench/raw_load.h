// Concurrent calls of a unary method with messages as bytes. One thread and a
// completion queue, to use as little CPU as possible: the client shares the cores with
// the measured service.
#ifndef TESTS_BENCH_RAW_LOAD_H_
#define TESTS_BENCH_RAW_LOAD_H_

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace repatriation {

struct RawRound {
  double calls_per_second = 0;
  std::vector<double> latencies_ms;
};

// Thread-compatible.
class RawLoad {
 public:
  explicit RawLoad(std::shared_ptr<grpc::Channel> channel) : stub_(std::move(channel)) {}
  ~RawLoad();

  // Keeps `in_flight` calls of `method` in flight for `duration`, with the bytes of
  // `next_request()`, and waits for the last. Returns the first error.
  absl::StatusOr<RawRound> Run(const std::string& method, int in_flight, absl::Duration duration,
                               const std::function<std::string()>& next_request);

 private:
  struct Slot;

  void Start(const std::string& method, std::string request, Slot& slot);

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
};

}  // namespace repatriation

#endif  // TESTS_BENCH_RAW_LOAD_H_
