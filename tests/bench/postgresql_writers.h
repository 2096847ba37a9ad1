// Ways to write events to PostgreSQL durably.
#ifndef TESTS_BENCH_POSTGRESQL_WRITERS_H_
#define TESTS_BENCH_POSTGRESQL_WRITERS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/postgresql_ledger.h"

namespace repatriation {

enum class Method {
  kInsert,  // one statement per batch, several batches in flight
  kCopy,    // COPY to a staging table, then one statement per batch
  kSingle,  // one statement per event
};

struct PostgresqlLoadOptions {
  std::string conninfo;
  Method method = Method::kInsert;
  int64_t events = 1'000'000;
  int64_t first = 0;
  int batch = 1'000;
  int window = 8;  // batches in flight per connection, as in `repatctl load`
  uint64_t seed = 1;
};

// Hands out the events of a run. Thread-safety: any thread.
class EventSource {
 public:
  explicit EventSource(const PostgresqlLoadOptions& options) : options_(options) {}
  // Fills `batch` with the next events, at most `size`; false if there are no more.
  bool Next(int size, EventBatch& batch);

 private:
  const PostgresqlLoadOptions& options_;
  std::atomic<int64_t> taken_{0};
};

// A connection that writes events. Thread-safety: one thread at a time.
class Writer {
 public:
  virtual ~Writer() = default;
  // Blocks until `source` is empty and everything is committed.
  virtual void Run(EventSource& source) = 0;
  // From sending to commit, one per statement.
  std::vector<double>& latencies_ms() { return latencies_ms_; }

 protected:
  std::vector<double> latencies_ms_;
};

// Connects and prepares the statements, so that Run() measures only writing.
std::unique_ptr<Writer> MakeWriter(const PostgresqlLoadOptions& options);

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_WRITERS_H_
