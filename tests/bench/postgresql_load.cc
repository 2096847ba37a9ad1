// The services' work done by PostgreSQL, for tests/bench/compare: records the events
// of `repatctl load`, durable when acknowledged, each id once, with the roll-up updated
// in the same transaction. Prints one line of JSON.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/percentile.h"
#include "tests/bench/postgresql_connection.h"
#include "tests/bench/postgresql_questions.h"
#include "tests/bench/postgresql_writers.h"

namespace repatriation {
namespace {

struct Flags {
  PostgresqlLoadOptions options;
  std::string method = "insert";
  int connections = 1;
  double seconds = 2;
};

const std::map<std::string, Method> kMethods = {
    {"insert", Method::kInsert}, {"copy", Method::kCopy}, {"single", Method::kSingle}};

int64_t CountEvents(const std::string& conninfo) {
  return PostgresqlConnection(conninfo).Number("SELECT coalesce(sum(events), 0) FROM roll_up");
}

// Runs the writers concurrently and returns the elapsed time in seconds.
double RunWriters(const PostgresqlLoadOptions& options,
                  std::vector<std::unique_ptr<Writer>>& writers) {
  EventSource source(options);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (auto& writer : writers) threads.emplace_back([&] { writer->Run(source); });
  for (std::thread& thread : threads) thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Load(const Flags& flags) {
  const PostgresqlLoadOptions& options = flags.options;
  const int64_t before = CountEvents(options.conninfo);
  std::vector<std::unique_ptr<Writer>> writers;
  for (int i = 0; i < flags.connections; ++i) writers.push_back(MakeWriter(options));
  const double seconds = RunWriters(options, writers);
  std::vector<double> latencies_ms;
  for (auto& writer : writers) {
    latencies_ms.insert(latencies_ms.end(), writer->latencies_ms().begin(),
                        writer->latencies_ms().end());
  }
  std::printf(
      "{\"method\": \"%s\", \"connections\": %d, \"events\": %lld, \"seconds\": %.3f, "
      "\"events_per_second\": %.0f, \"recorded\": %lld, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
      flags.method.c_str(), flags.connections, static_cast<long long>(options.events), seconds,
      static_cast<double>(options.events) / seconds,
      static_cast<long long>(CountEvents(options.conninfo) - before), Percentile(latencies_ms, 0.5),
      Percentile(latencies_ms, 0.99));
}

void Run(Flags& flags) {
  PostgresqlLoadOptions& options = flags.options;
  if (flags.method == "schema") {
    PostgresqlConnection(options.conninfo).Execute(SchemaSql());
  } else if (flags.method == "questions") {
    QueryPostgresql(options.conninfo, flags.connections, options.seed, flags.seconds);
  } else {
    options.method = kMethods.at(flags.method);
    Load(flags);
  }
}

}  // namespace
}  // namespace repatriation

int main(int argc, char** argv) {
  using repatriation::Flags;
  Flags flags;
  CLI::App app("Measures PostgreSQL with the workload of the repatriation services.");
  app.add_option(
         "--method", flags.method,
         "schema: recreate the tables; insert, copy: write batches; single: write one event per "
         "transaction; questions: query the roll-up")
      ->check(CLI::IsMember({"schema", "insert", "copy", "single", "questions"}));
  app.add_option("--connection", flags.options.conninfo,
                 "libpq connection string. Not set: PGHOST, ...");
  app.add_option("--connections", flags.connections, "Concurrent connections")
      ->check(CLI::Range(1, 1000));
  app.add_option("--events", flags.options.events, "Number of events");
  app.add_option("--first", flags.options.first, "Index of the first event of the seed");
  app.add_option("--seed", flags.options.seed, "Seed of the events, as in repatctl load");
  app.add_option("--batch", flags.options.batch, "Events per transaction")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--window", flags.options.window, "insert: batches in flight per connection")
      ->check(CLI::Range(1, 100));
  app.add_option("--seconds", flags.seconds, "questions: duration of each");
  CLI11_PARSE(app, argc, argv);
  repatriation::Run(flags);
  return 0;
}
