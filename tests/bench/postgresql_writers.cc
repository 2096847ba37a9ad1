#include "tests/bench/postgresql_writers.h"

#include <algorithm>
#include <chrono>
#include <deque>

#include "tests/bench/postgresql_connection.h"
#include "tools/repatctl/load/load_events.h"

namespace repatriation {
namespace {

using SteadyClock = std::chrono::steady_clock;

double MillisecondsSince(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

class BatchInserter : public Writer {
 public:
  explicit BatchInserter(const PostgresqlLoadOptions& options)
      : options_(options), connection_(options.conninfo) {
    connection_.Prepare("insert", InsertBatchSql());
    connection_.EnterPipeline();
  }

  void Run(EventSource& source) override {
    EventBatch batch;
    while (source.Next(options_.batch, batch)) {
      const auto arrays = ColumnArrays(batch);
      if (sent_.size() == static_cast<size_t>(options_.window)) ReceiveOne();
      sent_.push_back(SteadyClock::now());
      connection_.SendPrepared("insert", arrays);
    }
    while (!sent_.empty()) ReceiveOne();
  }

 private:
  void ReceiveOne() {
    connection_.Receive();
    latencies_ms_.push_back(MillisecondsSince(sent_.front()));
    sent_.pop_front();
  }

  const PostgresqlLoadOptions options_;
  PostgresqlConnection connection_;
  std::deque<SteadyClock::time_point> sent_;
};

class BatchCopier : public Writer {
 public:
  explicit BatchCopier(const PostgresqlLoadOptions& options)
      : options_(options), connection_(options.conninfo) {
    connection_.Execute(StagingSql());
    connection_.Execute("PREPARE insert_staged AS " + InsertStagedSql());
  }

  void Run(EventSource& source) override {
    EventBatch batch;
    bool in_flight = false;
    SteadyClock::time_point sent;
    while (source.Next(options_.batch, batch)) {
      const std::string bytes = CopyBytes(batch);  // while the server works
      if (in_flight) ReceiveOne(sent);
      sent = SteadyClock::now();
      connection_.Copy(CopySql(), bytes);
      connection_.Send("EXECUTE insert_staged; COMMIT");
      in_flight = true;
    }
    if (in_flight) ReceiveOne(sent);
  }

 private:
  void ReceiveOne(SteadyClock::time_point sent) {
    connection_.Receive();
    latencies_ms_.push_back(MillisecondsSince(sent));
  }

  const PostgresqlLoadOptions options_;
  PostgresqlConnection connection_;
};

class SingleInserter : public Writer {
 public:
  explicit SingleInserter(const PostgresqlLoadOptions& options) : connection_(options.conninfo) {
    connection_.Prepare("insert", InsertOneSql());
  }

  void Run(EventSource& source) override {
    EventBatch batch;
    while (source.Next(1, batch)) {
      const auto sent = SteadyClock::now();
      connection_.SendPrepared("insert", ColumnValues(batch.front()));
      connection_.Receive();
      latencies_ms_.push_back(MillisecondsSince(sent));
    }
  }

 private:
  PostgresqlConnection connection_;
};

}  // namespace

bool EventSource::Next(int size, EventBatch& batch) {
  const int64_t begin = taken_.fetch_add(size);
  if (begin >= options_.events) return false;
  batch.resize(static_cast<size_t>(std::min<int64_t>(size, options_.events - begin)));
  for (size_t i = 0; i < batch.size(); ++i) {
    FillLoadEvent(options_.seed, static_cast<uint64_t>(options_.first + begin) + i, batch[i]);
  }
  return true;
}

std::unique_ptr<Writer> MakeWriter(const PostgresqlLoadOptions& options) {
  switch (options.method) {
    case Method::kInsert:
      return std::make_unique<BatchInserter>(options);
    case Method::kCopy:
      return std::make_unique<BatchCopier>(options);
    case Method::kSingle:
      return std::make_unique<SingleInserter>(options);
  }
  return nullptr;
}

}  // namespace repatriation
