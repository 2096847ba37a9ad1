#include "tests/bench/postgresql_questions.h"

#include <libpq-fe.h>

#include <chrono>
#include <cstdio>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/substitute.h"
#include "tests/bench/percentile.h"
#include "tests/bench/postgresql_connection.h"
#include "tools/repatctl/load_events.h"

namespace repatriation {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Question {
  absl::string_view name;
  absl::string_view groups;
  bool year;  // of days, with running sums
};

constexpr Question kQuestions[] = {
    {"aggregate_by_category", "category", false},
    {"aggregate_by_country_category", "country, category", false},
    {"timeline_year", "day", true},
    {"timeline_year_by_category", "day, category", true},
};

// Running sums are left to whoever asks, which is PostgreSQL's best.
std::string Sql(const Question& question) {
  return absl::Substitute(
      "SELECT $0, sum(headcount), sum(events) FROM roll_up WHERE mission = $$1 AND kind = 1 $1 "
      "GROUP BY $0 ORDER BY $0",
      question.groups,
      question.year ? "AND day >= date '2022-01-01' AND day < date '2023-01-01'" : "");
}

void Ask(PostgresqlConnection& connection, const Question& question, const std::string& mission,
         double seconds) {
  const std::string name(question.name);
  connection.Prepare(name, Sql(question));
  std::vector<double> latencies_ms;
  int rows = 0;
  const auto start = SteadyClock::now();
  std::chrono::duration<double> elapsed{};
  while (elapsed.count() < seconds) {
    const auto sent = SteadyClock::now();
    connection.SendPrepared(name, {mission});
    rows = PQntuples(connection.Receive().get());
    const auto now = SteadyClock::now();
    latencies_ms.push_back(std::chrono::duration<double, std::milli>(now - sent).count());
    elapsed = now - start;
  }
  std::printf(
      "{\"question\": \"%s\", \"known_at\": \"now\", \"requests_per_second\": %.1f, "
      "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"rows\": %d}\n",
      name.c_str(), static_cast<double>(latencies_ms.size()) / elapsed.count(),
      Percentile(latencies_ms, 0.5), Percentile(latencies_ms, 0.99), rows);
}

}  // namespace

void AskPostgresql(const std::string& conninfo, uint64_t seed, double seconds) {
  PostgresqlConnection connection(conninfo);
  for (const Question& question : kQuestions) {
    Ask(connection, question, LoadMission(seed), seconds);
  }
}

}  // namespace repatriation
