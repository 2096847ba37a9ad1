#include <algorithm>
#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "query_service/core/drawdown/drawdown_answer.h"
#include "query_service/core/drawdown/drawdown_question.h"
#include "query_service/core/query_core.h"
#include "query_service/core/reconciliation/mission_statements.h"
#include "query_service/core/selection/cell_filter.h"
#include "query_service/core/selection/event_list_token.h"
#include "query_service/core/selection/event_lookup.h"
#include "query_service/core/selection/grouping.h"
#include "query_service/core/selection/read_point.h"
#include "query_service/core/text/briefing_text.h"

namespace repatriation {
namespace {

constexpr size_t kLatestMovementsMax = 10;
constexpr size_t kDiscrepanciesMax = 100;

// The order of the UN's release of 27 September 2023,
// https://peacekeeping.un.org/en/minusma-continues-its-gradual-exit-mali
constexpr v1::Category kFigures[] = {
    v1::CATEGORY_MILITARY_STAFF_OFFICER,
    v1::CATEGORY_CONTINGENT_TROOPS,
    v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER,
    v1::CATEGORY_FORMED_POLICE_UNIT,
    v1::CATEGORY_EXPERT_ON_MISSION,
    v1::CATEGORY_FORCE,
    v1::CATEGORY_UN_POLICE,
    v1::CATEGORY_UNIFORMED,
    v1::CATEGORY_INTERNATIONAL_STAFF,
    v1::CATEGORY_UN_VOLUNTEER,
    v1::CATEGORY_CIVILIAN,
    v1::CATEGORY_NATIONAL_STAFF,
    v1::CATEGORY_ALL,
};

// Whether the release omits this category when it is zero.
bool OnlyIfAny(v1::Category category) {
  return category == v1::CATEGORY_EXPERT_ON_MISSION || category == v1::CATEGORY_NATIONAL_STAFF;
}

using LeafSums = std::array<FigureSum, 32>;

FigureSum SumOf(v1::Category category, const LeafSums& leaves) {
  const CategorySet set = LeavesOf(category);
  FigureSum sum;
  for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    if (set.test(leaf)) sum.Add(leaves[leaf]);
  }
  return sum;
}

// Adds the figures, with the filter and token that list their events, of those that
// `filter` matches. REQUIRES: the header is set.
void AddFigures(const LeafSums& leaves, const v1::Filter& filter,
                v1::GetBriefingResponse& response) {
  const auto shown = [&](v1::Category category) {
    return !OnlyIfAny(category) || SumOf(category, leaves).headcount() > 0;
  };
  for (const v1::Category category : kFigures) {
    if (!shown(category)) continue;
    v1::BriefingFigure& figure = *response.add_figures();
    figure.set_category(category);
    SumOf(category, leaves).ToProto(/*by_sex=*/false, figure.mutable_figure());
    for (const v1::Category addend : AddendsOf(category)) {
      if (shown(addend)) figure.add_addends(addend);
    }
    *figure.mutable_events_filter() = filter;
    figure.mutable_events_filter()->add_categories(category);
    figure.set_events_page_token(
        EventsPageToken(figure.events_filter(), response.header().known_at_position()));
  }
}

bool IsLocated(const CellKey& key) { return key.country != 0 && key.site != 0; }

// The latest day with an event that has a country and a site.
absl::optional<DayNumber> LatestLocatedDay(const LedgerView::Reader& reader, Position known_at,
                                           const CellFilter& matches) {
  absl::optional<DayNumber> latest;
  const auto located = [&](const CellKey& key) { return IsLocated(key) && matches(key); };
  reader.ForEachCell(kByAll, known_at, located, [&](const CellKey& key, const CellTotal&) {
    latest = std::max(latest.value_or(key.day), key.day);
  });
  return latest;
}

// Adds the first events of `day` that have a country and a site.
absl::Status AddLatestMovements(const Replica& replica, const CellFilter& matches, DayNumber day,
                                Position known_at, v1::GetBriefingResponse& response) {
  const auto of_that_day = [&](const CellKey& key) {
    return key.day == day && IsLocated(key) && matches(key);
  };
  for (const EventPositions& positions : FindEvents(replica.view(), known_at, of_that_day,
                                                    /*after=*/0, kLatestMovementsMax)) {
    const absl::Status read = ReadEventRecord(replica, positions, response.add_latest_movements());
    if (!read.ok()) return read;
  }
  return absl::OkStatus();
}

// The drawdown of the whole mission through the briefing's last day.
absl::Status AddDrawdown(const std::string& mission, const DayInterval& days, Position known_at,
                         const LedgerView::Reader& reader, RowPlanCache& plans,
                         v1::GetBriefingResponse& response) {
  DrawdownQuestion question = WholeMissionDrawdown(mission);
  if (days.to != DayInterval().to) question.as_of = days.to - 1;
  auto drawdown = AnswerDrawdown(question, known_at, reader, plans);
  // There is no drawdown on days before the baseline.
  if (absl::IsInvalidArgument(drawdown.status())) return absl::OkStatus();
  if (!drawdown.ok()) return drawdown.status();
  if (drawdown->has_baseline()) *response.mutable_drawdown() = *std::move(drawdown);
  return absl::OkStatus();
}

// Adds the latest published figures that the ledger does not confirm, and contradictions
// within the ledger.
void AddDiscrepancies(const LedgerView& view, const MissionStatements& statements,
                      v1::GetBriefingResponse& response) {
  constexpr int64_t kStatementsAtOnce = 1000;
  std::deque<v1::Reconciliation> latest;
  int32_t count = 0;
  for (int64_t begin = 0; begin < statements.size(); begin += kStatementsAtOnce) {
    const int64_t end = std::min(statements.size(), begin + kStatementsAtOnce);
    for (v1::Reconciliation& one : statements.Reconcile(view, begin, end)) {
      if (one.verdict() != v1::VERDICT_DISAGREES && one.verdict() != v1::VERDICT_WRONG_MEASURE) {
        continue;
      }
      ++count;
      latest.push_back(std::move(one));
      if (latest.size() > kDiscrepanciesMax) latest.pop_front();
    }
  }
  response.set_discrepancy_count(count);
  for (v1::Reconciliation& one : latest) response.add_discrepancies()->Swap(&one);
  for (v1::Conflict& conflict : statements.FindConflicts(view)) {
    response.add_conflicts()->Swap(&conflict);
  }
}

}  // namespace

absl::StatusOr<v1::GetBriefingResponse> QueryCore::GetBriefing(
    const v1::GetBriefingRequest& request) const {
  if (request.mission().empty()) return InvalidField("mission", "REQUIRED", "must be set");
  const auto days = CheckDays(request.days(), "days");
  if (!days.ok()) return days.status();
  CheckedFilter filter{{}, *days};
  filter.proto.add_missions(request.mission());
  *filter.proto.mutable_days() = request.days();
  filter.proto.add_kinds(v1::KIND_REPATRIATION);
  filter.proto.add_statuses(v1::EVENT_STATUS_ACTUAL);

  v1::GetBriefingResponse response;
  response.set_mission(request.mission());
  *response.mutable_days() = request.days();
  Position known_at_position = 0;
  absl::optional<CellFilter> matches;
  absl::optional<DayNumber> latest_day;
  absl::optional<MissionStatements> statements;
  {
    const LedgerView::Reader reader(replica_.view());
    const auto known_at = ResolveKnownAt(request.read(), Page(), reader);
    if (!known_at.ok()) return known_at.status();
    const absl::Status known = CheckMissionKnown(request.mission(), *known_at, reader);
    if (!known.ok()) return known;
    known_at_position = *known_at;
    matches.emplace(filter, reader);
    LeafSums leaves;
    reader.ForEachCell(
        matches->dimensions(), *known_at, *matches,
        [&](const CellKey& key, const CellTotal& cell) { leaves[key.category].Add(cell); });
    latest_day = LatestLocatedDay(reader, *known_at, *matches);
    *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
    AddFigures(leaves, filter.proto, response);
    const absl::Status added =
        AddDrawdown(request.mission(), *days, *known_at, reader, plans_, response);
    if (!added.ok()) return added;
    // Published figures count regardless of the first day of the briefing.
    statements.emplace(request.mission(), *known_at, DayInterval{DayInterval().from, days->to},
                       reader);
  }
  if (latest_day.has_value()) {
    const absl::Status added =
        AddLatestMovements(replica_, *matches, *latest_day, known_at_position, response);
    if (!added.ok()) return added;
  }
  AddDiscrepancies(replica_.view(), *statements, response);
  response.set_text(BriefingText(response));
  response.set_markdown(BriefingMarkdown(response));
  return response;
}

}  // namespace repatriation
