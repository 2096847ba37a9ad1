#include "tests/bench/postgresql_questions.h"

#include <libpq-fe.h>

#include <chrono>
#include <cstdio>
#include <deque>
#include <functional>
#include <future>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/substitute.h"
#include "tests/bench/percentile.h"
#include "tests/bench/postgresql_connection.h"
#include "tools/repatctl/load/load_events.h"

namespace repatriation {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Question {
  absl::string_view name;
  absl::string_view groups;
  bool year;  // restricted to one year of days
};

constexpr Question kQuestions[] = {
    {"aggregate_by_category", "category", false},
    {"aggregate_by_country_and_category", "country, category", false},
    {"timeline_year_by_day", "day", true},
    {"timeline_year_by_day_and_category", "day, category", true},
};

// Running totals are left to the client, which is fastest for PostgreSQL.
std::string Sql(const Question& question) {
  return absl::Substitute(
      "SELECT $0, sum(headcount), sum(events) FROM roll_up WHERE mission = $$1 AND kind = 1 $1 "
      "GROUP BY $0 ORDER BY $0",
      question.groups,
      question.year ? "AND day >= date '2023-01-01' AND day < date '2024-01-01'" : "");
}

// Queries until `end` and returns the latency of each answer.
std::vector<double> QueryUntil(SteadyClock::time_point end, PostgresqlConnection& connection,
                               const std::string& name, const std::string& mission) {
  std::vector<double> latencies_ms;
  for (auto now = SteadyClock::now(); now < end;) {
    const auto sent = now;
    connection.SendPrepared(name, {mission});
    if (PQntuples(connection.Receive().get()) == 0) Die("an answer has no rows");
    now = SteadyClock::now();
    latencies_ms.push_back(std::chrono::duration<double, std::milli>(now - sent).count());
  }
  return latencies_ms;
}

void Measure(std::deque<PostgresqlConnection>& connections, const Question& question,
             const std::string& mission, double seconds) {
  const std::string name(question.name);
  for (PostgresqlConnection& connection : connections) connection.Prepare(name, Sql(question));
  const auto start = SteadyClock::now();
  const auto end = start + std::chrono::duration_cast<SteadyClock::duration>(
                               std::chrono::duration<double>(seconds));
  std::vector<std::future<std::vector<double>>> results;
  for (PostgresqlConnection& connection : connections) {
    results.push_back(std::async(std::launch::async, QueryUntil, end, std::ref(connection),
                                 std::cref(name), std::cref(mission)));
  }
  std::vector<double> latencies_ms;
  for (auto& result : results) {
    const std::vector<double> some_ms = result.get();
    latencies_ms.insert(latencies_ms.end(), some_ms.begin(), some_ms.end());
  }
  const std::chrono::duration<double> elapsed = SteadyClock::now() - start;
  std::printf(
      "{\"question\": \"%s\", \"known_at\": \"now\", \"requests_per_second\": %.1f, "
      "\"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
      name.c_str(), static_cast<double>(latencies_ms.size()) / elapsed.count(),
      Percentile(latencies_ms, 0.5), Percentile(latencies_ms, 0.99));
}

}  // namespace

void QueryPostgresql(const std::string& conninfo, int connections, uint64_t seed, double seconds) {
  std::deque<PostgresqlConnection> connected;
  for (int i = 0; i < connections; ++i) connected.emplace_back(conninfo);
  for (const Question& question : kQuestions) {
    Measure(connected, question, LoadMission(seed), seconds);
  }
}

}  // namespace repatriation
