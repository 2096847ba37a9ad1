// Ways of getting events into PostgreSQL durably.
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
  kInsert,  // a statement a batch, several batches under way
  kCopy,    // COPY into a staging table, then a statement a batch
  kSingle,  // a statement an event
};

struct PostgresqlLoadOptions {
  std::string conninfo;
  Method method = Method::kInsert;
  int64_t events = 1'000'000;
  int64_t first = 0;
  int batch = 1'000;
  int window = 8;  // batches of a connection under way, as in `repatctl load`
  uint64_t seed = 1;
};

// Hands out the events of a run. Thread-safety: any thread.
class EventSource {
 public:
  explicit EventSource(const PostgresqlLoadOptions& options) : options_(options) {}
  // Fills `batch` with the next events, at most `size`; false when all are taken.
  bool Take(int size, EventBatch& batch);

 private:
  const PostgresqlLoadOptions& options_;
  std::atomic<int64_t> taken_{0};
};

// A connection that writes. Thread-safety: one thread at a time.
class Writer {
 public:
  virtual ~Writer() = default;
  // Blocks until `source` is empty and all that was taken is committed.
  virtual void Run(EventSource& source) = 0;
  // From sending to being committed, one for each statement.
  std::vector<double>& latencies_ms() { return latencies_ms_; }

 protected:
  std::vector<double> latencies_ms_;
};

// Connected and prepared, so that a run measures only writing.
std::unique_ptr<Writer> MakeWriter(const PostgresqlLoadOptions& options);

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_WRITERS_H_
