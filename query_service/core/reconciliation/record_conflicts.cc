#include "query_service/core/reconciliation/record_conflicts.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/domain/enum_names.h"
#include "common/domain/qualifier_bounds.h"
#include "query_service/core/records/strength_tables.h"
#include "query_service/core/text/conflict_limits.h"
#include "query_service/core/text/english.h"

namespace repatriation {
namespace {

using Records = std::deque<RecordBook::Record>;

// Category, country and site; empty texts mean all.
using PeopleKey = std::tuple<v1::Category, std::string, std::string>;

// One of several figures for the same thing.
struct Claim {
  int64_t headcount = 0;
  v1::Qualifier qualifier = v1::QUALIFIER_UNSPECIFIED;
  DayNumber day = 0;
  Position position = 0;
  std::string source;  // "stated", or a table's series
};

PeopleKey KeyOf(const v1::Statement& statement) {
  return {statement.category(), statement.country(), statement.site()};
}

// "uniformed personnel of SEN in Mopti".
std::string PeopleName(const PeopleKey& key) {
  const auto& [category, country, site] = key;
  return absl::StrCat(NameOf(category), country.empty() ? "" : absl::StrCat(" of ", country),
                      site.empty() ? "" : absl::StrCat(" in ", site));
}

Claim ClaimOf(const v1::Statement& statement, Position position) {
  return {statement.headcount(), statement.qualifier(), ParseDay(statement.day()).value_or(0),
          position, "stated"};
}

// All ranges overlap pairwise if the highest lower bound is at most the lowest upper
// bound.
bool AreConsistent(const std::vector<Claim>& claims) {
  int64_t low = INT64_MIN;
  int64_t high = INT64_MAX;
  for (const Claim& claim : claims) {
    const Bounds bounds = BoundsOf(claim.headcount, claim.qualifier);
    low = std::max(low, bounds.low);
    high = std::min(high, bounds.high);
  }
  return low <= high;
}

void SetPositions(std::vector<Position> positions, v1::Conflict* conflict) {
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  SetFirstPositions(positions, conflict);
}

// Adds a conflict unless the claims are consistent.
void AddIfInconsistent(v1::ConflictKind kind, absl::string_view what, std::vector<Claim> claims,
                       std::vector<v1::Conflict>& conflicts) {
  if (AreConsistent(claims)) return;
  std::stable_sort(claims.begin(), claims.end(),
                   [](const Claim& a, const Claim& b) { return a.position < b.position; });
  std::vector<Position> positions;
  std::vector<std::string> parts;
  for (const Claim& claim : claims) {
    positions.push_back(claim.position);
    parts.push_back(absl::StrCat(Thousands(claim.headcount), " as of ", FormatDay(claim.day), " (",
                                 claim.source, ")"));
  }
  v1::Conflict& conflict = conflicts.emplace_back();
  conflict.set_kind(kind);
  conflict.set_description(absl::StrCat(what, " differ: ", JoinFirst(parts, ", "), "."));
  SetPositions(std::move(positions), &conflict);
}

// Each series' figure for the start of the drawdown.
std::vector<Claim> TableClaims(const StrengthTables& tables, DayNumber start,
                               const People& people) {
  std::set<absl::string_view> series;
  for (const StrengthTable& table : tables.tables()) series.insert(table.series());
  std::vector<Claim> claims;
  for (const absl::string_view name : series) {
    const StrengthTable* const table = tables.Choose(name, absl::nullopt, start, people);
    if (table == nullptr || table->as_of() > start || table->by_site_only()) continue;
    const auto headcount = table->HeadcountOf(people);
    if (!headcount.has_value()) continue;
    claims.push_back({*headcount, v1::QUALIFIER_UNSPECIFIED, table->as_of(), table->last_position(),
                      std::string(name)});
  }
  return claims;
}

void AddBaselines(const Records& records, std::vector<v1::Conflict>& conflicts) {
  const StrengthTables tables(records, INT64_MAX);
  std::map<PeopleKey, std::vector<Claim>> by_people;
  for (const RecordBook::Record& record : records) {
    const v1::Statement& statement = record.content.statement();
    if (statement.measure() != v1::MEASURE_BASELINE) continue;
    by_people[KeyOf(statement)].push_back(ClaimOf(statement, record.position));
  }
  DayNumber start = INT32_MAX;
  for (const auto& [people, claims] : by_people) {
    for (const Claim& claim : claims) start = std::min(start, claim.day);
  }
  if (const v1::Mandate* const mandate = MandateAt(records, INT64_MAX); mandate != nullptr) {
    start = ParseDay(mandate->drawdown_start()).value_or(start);
  }
  if (start == INT32_MAX) return;
  // Tables may contradict each other even without a statement.
  by_people.try_emplace({v1::CATEGORY_UNIFORMED, "", ""});
  for (const StrengthTable& table : tables.tables()) {
    for (const v1::Category category : table.Categories())
      by_people.try_emplace({category, "", ""});
  }
  for (auto& [people, claims] : by_people) {
    for (Claim& claim : TableClaims(tables, start, std::apply(PeopleOf, people))) {
      claims.push_back(std::move(claim));
    }
    AddIfInconsistent(v1::CONFLICT_KIND_BASELINES,
                      absl::StrCat("Baselines of ", PeopleName(people)), std::move(claims),
                      conflicts);
  }
}

void AddStatements(const Records& records, std::vector<v1::Conflict>& conflicts) {
  using Key = std::tuple<PeopleKey, std::string, v1::Measure, std::string>;
  std::map<Key, std::vector<Claim>> by_what;
  for (const RecordBook::Record& record : records) {
    const v1::Statement& statement = record.content.statement();
    if (!record.content.has_statement() || statement.measure() == v1::MEASURE_BASELINE) continue;
    by_what[{KeyOf(statement), statement.day(), statement.measure(), statement.from()}].push_back(
        ClaimOf(statement, record.position));
  }
  for (auto& [what, claims] : by_what) {
    const auto& [people, day, measure, from] = what;
    AddIfInconsistent(v1::CONFLICT_KIND_STATEMENTS,
                      absl::StrCat("Statements of ", PeopleName(people), " ", EnumName(measure)),
                      std::move(claims), conflicts);
  }
}

// Statements of one movement on different days: each about a single day, with the same
// people and number.
void AddMovementDays(const Records& records, std::vector<v1::Conflict>& conflicts) {
  std::map<std::pair<PeopleKey, int32_t>, std::map<DayNumber, std::vector<Position>>> by_people;
  for (const RecordBook::Record& record : records) {
    const v1::Statement& statement = record.content.statement();
    const bool one_day = !statement.from().empty() && statement.from() == statement.day();
    if (!one_day || statement.measure() != v1::MEASURE_DEPARTED) continue;
    const DayNumber day = ParseDay(statement.day()).value_or(0);
    by_people[{KeyOf(statement), statement.headcount()}][day].push_back(record.position);
  }
  for (auto& [people, days] : by_people) {
    for (auto next = std::next(days.begin()); next != days.end(); ++next) {
      const auto& [day, positions] = *std::prev(next);
      if (next->first - day > kDaysApartMax) continue;
      v1::Conflict& conflict = conflicts.emplace_back();
      conflict.set_kind(v1::CONFLICT_KIND_EVENT_DAYS);
      conflict.set_description(absl::StrCat(Thousands(people.second), " ", PeopleName(people.first),
                                            " are reported to have left on ", FormatDay(day),
                                            " and on ", FormatDay(next->first), "."));
      std::vector<Position> both = positions;
      both.insert(both.end(), next->second.begin(), next->second.end());
      SetPositions(std::move(both), &conflict);
    }
  }
}

void AddClosures(const Records& records, std::vector<v1::Conflict>& conflicts) {
  struct Closures {
    std::set<std::string> days;
    std::vector<Position> positions;
  };
  std::map<std::string, Closures> by_site;
  for (const RecordBook::Record& record : records) {
    if (!record.content.has_site_closure()) continue;
    Closures& closures = by_site[record.content.site_closure().site()];
    closures.days.insert(record.content.site_closure().day());
    closures.positions.push_back(record.position);
  }
  for (auto& [site, closures] : by_site) {
    if (closures.days.size() < 2) continue;
    v1::Conflict& conflict = conflicts.emplace_back();
    conflict.set_kind(v1::CONFLICT_KIND_SITE_CLOSURES);
    conflict.set_description(absl::StrCat(site, " is reported to have been closed on ",
                                          JoinFirst(closures.days, " and on "), "."));
    SetPositions(std::move(closures.positions), &conflict);
  }
}

}  // namespace

std::vector<v1::Conflict> FindRecordConflicts(const Records& records) {
  std::vector<v1::Conflict> conflicts;
  AddBaselines(records, conflicts);
  AddStatements(records, conflicts);
  AddMovementDays(records, conflicts);
  AddClosures(records, conflicts);
  if (conflicts.size() > kRecordConflictsMax) conflicts.resize(kRecordConflictsMax);
  return conflicts;
}

}  // namespace repatriation
