#include "query_service/core/text/briefing_sentences.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/domain/enum_names.h"
#include "query_service/core/text/conflict_limits.h"
#include "query_service/core/text/english.h"

namespace repatriation {
namespace {

constexpr int kConflictSentencesMax = 100;

std::string StrengthSentence(const v1::GetDrawdownResponse& drawdown) {
  const v1::Baseline& baseline = drawdown.baseline();
  const v1::DrawdownRow& total = drawdown.total();
  std::string text = absl::StrCat(
      "Of ", Thousands(baseline.headcount()), " uniformed personnel on ", baseline.as_of(), " (",
      baseline.series(), ", position ", baseline.position(), "), ", Thousands(total.departed()),
      " had been repatriated by ", drawdown.as_of());
  if (total.arrived() > 0) absl::StrAppend(&text, ", ", Thousands(total.arrived()), " had arrived");
  if (total.separated() > 0) {
    absl::StrAppend(&text, ", ", Thousands(total.separated()), " had been separated");
  }
  if (total.died() > 0) absl::StrAppend(&text, ", ", Thousands(total.died()), " had died");
  absl::StrAppend(&text, "; ", Thousands(total.remaining()), " remained");
  if (total.has_percent_departed()) {
    absl::StrAppendFormat(&text, " (%.1f%% departed)", total.percent_departed());
  }
  if (total.quarantined() > 0) {
    absl::StrAppend(&text, ", ", Thousands(total.quarantined()), " are in quarantine");
  }
  return absl::StrCat(text, ".");
}

std::string PaceSentence(const v1::GetDrawdownResponse& drawdown) {
  const v1::Pace& pace = drawdown.pace();
  std::string text = absl::StrFormat("In the preceding %d days %.1f a day left", pace.window_days(),
                                     pace.achieved_per_day());
  if (pace.has_needed_per_day()) {
    absl::StrAppendFormat(&text, "; %.1f a day are needed to meet the deadline of %s, in %d days",
                          pace.needed_per_day(), drawdown.mandate().deadline(),
                          pace.days_to_deadline());
  } else if (drawdown.has_mandate()) {
    absl::StrAppend(&text, "; the deadline was ", drawdown.mandate().deadline());
  }
  return absl::StrCat(text, ".");
}

std::string ForecastSentence(const v1::Forecast& forecast) {
  if (!forecast.absent_because().empty()) {
    return absl::StrCat("There is no forecast: ", forecast.absent_because(), ".");
  }
  std::string text = absl::StrCat("At this pace the last would leave on ",
                                  forecast.completion_day(), " (from ", forecast.earliest_day());
  absl::StrAppend(&text, forecast.latest_day().empty()
                             ? ", or never at the slowest pace)"
                             : absl::StrCat(" to ", forecast.latest_day(), ")"));
  if (!forecast.planned_completion_day().empty()) {
    absl::StrAppend(&text, "; planned for ", forecast.planned_completion_day());
  }
  if (forecast.backtest_days() > 0) {
    absl::StrAppend(&text, "; the same forecast would have held on ", forecast.backtest_held_days(),
                    " of ", forecast.backtest_days(), " past days");
  }
  return absl::StrCat(text, ".");
}

std::string StatedPeople(const v1::Statement& statement) {
  std::vector<std::string> of = {NameOf(statement.category())};
  if (!statement.country().empty()) of.push_back(statement.country());
  if (!statement.site().empty()) of.push_back(statement.site());
  return absl::StrJoin(of, ", ");
}

}  // namespace

std::vector<std::string> DrawdownSentences(const v1::GetDrawdownResponse& drawdown) {
  if (!drawdown.has_baseline() || !drawdown.total().has_remaining()) return {};
  std::vector<std::string> sentences = {StrengthSentence(drawdown), PaceSentence(drawdown),
                                        ForecastSentence(drawdown.forecast())};
  if (drawdown.completeness().includes_unknown_days()) {
    const std::string& through = drawdown.completeness().reported_through();
    sentences.push_back(
        through.empty()
            ? "Completeness is unknown: there is no reported-through record."
            : absl::StrCat("Complete through ", through, "; later days may still change."));
  }
  return sentences;
}

std::vector<std::string> ClosedSiteSentences(const v1::GetDrawdownResponse& drawdown) {
  std::vector<std::string> sentences;
  for (const v1::SiteStanding& site : drawdown.closed_sites()) {
    std::string text = absl::StrCat(site.site(), " closed on ", site.closed_day());
    if (site.other_days_size() > 0) {
      absl::StrAppend(&text, " (also reported: ", absl::StrJoin(site.other_days(), ", "), ")");
    }
    if (site.remaining() > 0) {
      absl::StrAppend(&text, ", with ", Thousands(site.remaining()), " people recorded there");
    }
    sentences.push_back(absl::StrCat(text, "."));
  }
  return sentences;
}

std::vector<std::string> DiscrepancySentences(const v1::GetBriefingResponse& briefing) {
  std::vector<std::string> sentences;
  for (const v1::Reconciliation& open : briefing.discrepancies()) {
    const v1::Statement& statement = open.statement();
    sentences.push_back(absl::StrCat(statement.day(), ", ", EnumName(statement.measure()), ", ",
                                     StatedPeople(statement), ": ",
                                     Thousands(statement.headcount()), " stated (position ",
                                     open.position(), "). ", open.explanation()));
  }
  const int earlier = briefing.discrepancy_count() - briefing.discrepancies_size();
  if (earlier > 0) sentences.push_back(absl::StrCat("And ", Thousands(earlier), " earlier ones."));
  const int shown = std::min(briefing.conflicts_size(), kConflictSentencesMax);
  for (int i = 0; i < shown; ++i) {
    const v1::Conflict& conflict = briefing.conflicts(i);
    sentences.push_back(absl::StrCat(conflict.description(), " (positions ",
                                     JoinFirst(conflict.positions(), ", "), ")"));
  }
  const int more = briefing.conflicts_size() - shown;
  if (more > 0) sentences.push_back(absl::StrCat("And ", Thousands(more), " more conflicts."));
  return sentences;
}

}  // namespace repatriation
