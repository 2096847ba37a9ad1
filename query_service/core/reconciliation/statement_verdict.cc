#include "query_service/core/reconciliation/statement_verdict.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/domain/enum_names.h"
#include "common/domain/qualifier_bounds.h"
#include "query_service/core/text/english.h"

namespace repatriation {
namespace {

constexpr v1::Measure kMeasures[] = {v1::MEASURE_DEPARTED, v1::MEASURE_REMAINING,
                                     v1::MEASURE_BASELINE};
// Statements of one measure tried as addends: 4,096 sums.
constexpr size_t kAddendsMax = 12;

// The number of people; the women, if both give their number; both.
bool HeadcountAgrees(const v1::Statement& statement, const RecordedFigure& recorded) {
  return BoundsOf(statement.headcount(), statement.qualifier()).Contains(recorded.headcount);
}
bool WomenAgree(const v1::Statement& statement, const RecordedFigure& recorded) {
  return !statement.has_female() || !recorded.female.has_value() ||
         BoundsOf(statement.female(), statement.qualifier()).Contains(*recorded.female);
}
bool Agrees(const v1::Statement& statement, const RecordedFigure& recorded) {
  return HeadcountAgrees(statement, recorded) && WomenAgree(statement, recorded);
}

void ChooseBasis(const v1::Statement& statement, Finding& finding) {
  const auto& by_events = finding.figures.by_events;
  const auto& by_strength = finding.figures.by_strength;
  if (!by_events.has_value() && !by_strength.has_value()) return;
  const auto distance = [&](const absl::optional<RecordedFigure>& figure) {
    if (!figure.has_value()) return INT64_MAX;
    if (Agrees(statement, *figure)) return int64_t{-1};
    return std::abs(statement.headcount() - figure->headcount);
  };
  const bool events = distance(by_events) <= distance(by_strength);
  finding.basis = events ? v1::BASIS_EVENTS : v1::BASIS_STRENGTH;
  finding.recorded = events ? by_events : by_strength;
}

// Finds statements that add up to a figure, by exhaustive search.
class Addends {
 public:
  Addends(const v1::Statement& statement, std::vector<StatementAt> candidates)
      : number_(statement.headcount()),
        leaves_(LeavesOf(statement.category())),
        candidates_(std::move(candidates)) {
    if (candidates_.size() > kAddendsMax) candidates_.resize(kAddendsMax);
  }

  // Empty if none do.
  std::vector<StatementAt> Find() {
    return TryFrom(0, number_, CategorySet()) ? taken_ : std::vector<StatementAt>();
  }

 private:
  bool TryFrom(size_t next, int64_t missing, CategorySet covered) {
    if (missing == 0 && !taken_.empty() && IsWhole(covered)) return true;
    if (missing < 0 || next == candidates_.size()) return false;
    const v1::Statement& candidate = *candidates_[next].statement;
    const CategorySet leaves = LeavesOf(candidate.category());
    if ((leaves & covered).none() && IsWithin(leaves, leaves_)) {
      taken_.push_back(candidates_[next]);
      if (TryFrom(next + 1, missing - candidate.headcount(), covered | leaves)) return true;
      taken_.pop_back();
    }
    return TryFrom(next + 1, missing, covered);
  }

  bool IsWhole(CategorySet covered) const {
    const CategorySet missing = leaves_ & ~covered;
    return missing.none() || missing == LeavesOf(v1::CATEGORY_NATIONAL_STAFF);
  }

  const int64_t number_;
  const CategorySet leaves_;
  std::vector<StatementAt> candidates_;
  std::vector<StatementAt> taken_;
};

// Records in `finding` another measure that has the statement's number; false if none
// has.
bool FindOtherMeasure(const v1::Statement& statement, const StatementScope& scope,
                      const EventSums& sums, const StatedElsewhere& elsewhere, Finding& finding) {
  if (statement.headcount() == 0) return false;
  const auto equals_stated = [&](const absl::optional<RecordedFigure>& figure) {
    return figure.has_value() && figure->headcount == statement.headcount();
  };
  for (const v1::Measure measure : kMeasures) {
    if (measure == statement.measure()) continue;
    const MeasuredFigures figures = scope.FiguresOf(measure, sums);
    if (!equals_stated(figures.by_events) && !equals_stated(figures.by_strength)) continue;
    finding.other_measure = measure;
    finding.other_basis = equals_stated(figures.by_events) ? v1::BASIS_EVENTS : v1::BASIS_STRENGTH;
    return true;
  }
  if (elsewhere.addends.empty()) return false;
  finding.other_measure = elsewhere.measure;
  finding.other_statements = elsewhere.addends;
  return true;
}

std::string NumberAsStated(const v1::Statement& statement) {
  const std::string number = Thousands(statement.headcount());
  switch (statement.qualifier()) {
    case v1::QUALIFIER_UNSPECIFIED:
    case v1::QUALIFIER_EXACT:
      return number;
    default:
      return absl::StrCat(absl::StrJoin(absl::StrSplit(EnumName(statement.qualifier()), '_'), " "),
                          " ", number);
  }
}

std::string TableOf(const TableFigure& table) {
  return absl::StrCat(table.series, " of ", FormatDay(table.as_of));
}

// "events show 125 departed from 2023-07-01 through 2023-08-25".
std::string EventsClause(v1::Measure measure, const StatementScope& scope, int64_t headcount) {
  const DayInterval& days = scope.departed_days();
  const std::string through = FormatDay(days.to - 1);
  if (measure == v1::MEASURE_REMAINING) {
    return absl::StrCat("events after ", TableOf(*scope.baseline()), ", which shows ",
                        Thousands(scope.baseline()->figure.headcount), ", leave ",
                        Thousands(headcount), " remaining on ", through);
  }
  const std::string from =
      days.from == INT32_MIN ? "" : absl::StrCat(" from ", FormatDay(days.from));
  return absl::StrCat("events show ", Thousands(headcount), " departed", from, " through ",
                      through);
}

// "strength reports show 9,680 departed, 12,895 in ... less 3,215 in ...".
std::string StrengthClause(v1::Measure measure, const StatementScope& scope, int64_t headcount) {
  const std::string shown = absl::StrCat("strength reports show ", Thousands(headcount));
  switch (measure) {
    case v1::MEASURE_DEPARTED:
      return absl::StrCat(shown, " departed, ", Thousands(scope.baseline()->figure.headcount),
                          " in ", TableOf(*scope.baseline()), " less ",
                          Thousands(scope.last()->figure.headcount), " in that of ",
                          FormatDay(scope.last()->as_of));
    case v1::MEASURE_REMAINING:
      return absl::StrCat(shown, " remaining, in ", TableOf(*scope.last()));
    default:
      return absl::StrCat(shown, " at the start, in ", TableOf(*scope.baseline()));
  }
}

std::string ClauseOf(v1::Basis basis, v1::Measure measure, const StatementScope& scope,
                     int64_t headcount) {
  return basis == v1::BASIS_EVENTS ? EventsClause(measure, scope, headcount)
                                   : StrengthClause(measure, scope, headcount);
}

// How the recorded figure compares with the stated one.
std::string RelationOf(const v1::Statement& statement, const RecordedFigure& recorded) {
  const int64_t difference = statement.headcount() - recorded.headcount;
  std::string relation;
  if (difference == 0) {
    relation = ", as stated";
  } else if (HeadcountAgrees(statement, recorded)) {
    relation = absl::StrCat(", within \"", NumberAsStated(statement), "\" as stated");
  } else {
    relation = absl::StrCat(", but ", NumberAsStated(statement), " are stated, ",
                            Thousands(std::abs(difference)), difference > 0 ? " more" : " fewer");
  }
  if (statement.has_female() && recorded.female.has_value()) {
    absl::StrAppend(&relation, "; of them ", Thousands(*recorded.female), " are women",
                    *recorded.female == statement.female()
                        ? ", as stated"
                        : absl::StrCat(", ", Thousands(statement.female()), " as stated"));
  }
  return relation;
}

std::string WrongMeasureClause(const v1::Statement& statement, const StatementScope& scope,
                               const Finding& finding) {
  const std::string measure = EnumName(finding.other_measure);
  const std::string start = absl::StrCat("stated as ", EnumName(statement.measure()),
                                         ", the number equals ", measure, ": ");
  if (finding.other_basis != v1::BASIS_UNSPECIFIED) {
    return absl::StrCat(
        start, ClauseOf(finding.other_basis, finding.other_measure, scope, statement.headcount()));
  }
  const std::string addends = absl::StrJoin(
      finding.other_statements, " + ", [](std::string* text, const StatementAt& other) {
        absl::StrAppend(text, Thousands(other.statement->headcount()), " ",
                        NameOf(other.statement->category()));
      });
  return absl::StrCat(start, "other statements of ", statement.day(), " give ", addends, " = ",
                      Thousands(statement.headcount()), " ", measure);
}

}  // namespace

bool MayBeMislabelled(const v1::Statement& a, const v1::Statement& b) {
  return a.measure() != b.measure() && a.mission() == b.mission() && a.day() == b.day() &&
         a.from() == b.from() && a.country() == b.country() && a.site() == b.site();
}

StatedElsewhere FindElsewhere(const v1::Statement& statement,
                              absl::Span<const StatementAt> others) {
  if (statement.headcount() == 0) return {};
  for (const v1::Measure measure : kMeasures) {
    std::vector<StatementAt> candidates;
    std::copy_if(others.begin(), others.end(), std::back_inserter(candidates),
                 [&](const StatementAt& other) { return other.statement->measure() == measure; });
    StatedElsewhere elsewhere{measure, Addends(statement, std::move(candidates)).Find()};
    if (!elsewhere.addends.empty()) return elsewhere;
  }
  return {};
}

Finding Judge(const v1::Statement& statement, const StatementScope& scope, const EventSums& sums,
              const StatedElsewhere& elsewhere) {
  Finding finding;
  finding.figures = scope.FiguresOf(statement.measure(), sums);
  ChooseBasis(statement, finding);
  if (finding.recorded.has_value() && Agrees(statement, *finding.recorded)) {
    finding.verdict = v1::VERDICT_AGREES;
  } else if (FindOtherMeasure(statement, scope, sums, elsewhere, finding)) {
    finding.verdict = v1::VERDICT_WRONG_MEASURE;
  } else {
    finding.verdict = finding.recorded.has_value() ? v1::VERDICT_DISAGREES : v1::VERDICT_UNKNOWN;
  }
  return finding;
}

std::string Explain(const v1::Statement& statement, const StatementScope& scope,
                    const Finding& finding) {
  std::vector<std::string> clauses;
  if (finding.verdict == v1::VERDICT_WRONG_MEASURE) {
    clauses.push_back(WrongMeasureClause(statement, scope, finding));
  }
  if (finding.recorded.has_value()) {
    clauses.push_back(absl::StrCat(
        ClauseOf(finding.basis, statement.measure(), scope, finding.recorded->headcount),
        RelationOf(statement, *finding.recorded)));
    const bool events = finding.basis == v1::BASIS_EVENTS;
    const auto& other = events ? finding.figures.by_strength : finding.figures.by_events;
    if (other.has_value()) {
      clauses.push_back(ClauseOf(events ? v1::BASIS_STRENGTH : v1::BASIS_EVENTS,
                                 statement.measure(), scope, other->headcount));
    }
  } else if (finding.verdict == v1::VERDICT_UNKNOWN) {
    clauses.push_back("the ledger has neither events nor strength reports to compare it with");
  } else {
    clauses.push_back(absl::StrCat("the ledger has nothing to compare it with as ",
                                   EnumName(statement.measure())));
  }
  std::string sentence = absl::StrCat(absl::StrJoin(clauses, "; "), ".");
  sentence[0] = absl::ascii_toupper(sentence[0]);
  return sentence;
}

}  // namespace repatriation
