#include <algorithm>
#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "query_service/core/briefing_text.h"
#include "query_service/core/cell_filter.h"
#include "query_service/core/event_list_token.h"
#include "query_service/core/event_records.h"
#include "query_service/core/grouping.h"
#include "query_service/core/query_core.h"
#include "query_service/core/read_point.h"

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

// What the release does not mention where it counts nobody.
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

// With the events of each, which `filter` lets through. REQUIRES: a header.
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

// The latest day on which an event with a country and a site counts.
absl::optional<DayNumber> LatestLocatedDay(const LedgerView::Reader& reader, Position known_at,
                                           const CellFilter& matches) {
  absl::optional<DayNumber> latest;
  const auto located = [&](const CellKey& key) { return IsLocated(key) && matches(key); };
  reader.ForEachCell(kByAll, known_at, located, [&](const CellKey& key, const CellTotal&) {
    latest = std::max(latest.value_or(key.day), key.day);
  });
  return latest;
}

}  // namespace

absl::StatusOr<v1::GetBriefingResponse> QueryCore::GetBriefing(
    const v1::GetBriefingRequest& request) const {
  if (request.mission().empty()) return InvalidField("mission", "REQUIRED", "must be given");
  const auto days = CheckDays(request.days(), "days");
  if (!days.ok()) return days.status();
  v1::Filter filter;
  filter.add_missions(request.mission());
  *filter.mutable_days() = request.days();
  filter.add_kinds(v1::KIND_REPATRIATION);
  filter.add_statuses(v1::EVENT_STATUS_ACTUAL);

  v1::GetBriefingResponse response;
  Position known_at_position = 0;
  absl::optional<CellFilter> matches;
  absl::optional<DayNumber> latest_day;
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
    AddFigures(leaves, filter, response);
  }
  response.set_mission(request.mission());
  *response.mutable_days() = request.days();
  std::vector<EventPositions> movements;
  if (latest_day.has_value()) {
    const auto of_that_day = [&](const CellKey& key) {
      return key.day == *latest_day && IsLocated(key) && (*matches)(key);
    };
    movements = FindEvents(replica_.view(), known_at_position, of_that_day, /*after=*/0,
                           kLatestMovementsMax);
  }
  for (const EventPositions& positions : movements) {
    const absl::Status read = ReadEventRecord(replica_, positions, response.add_latest_movements());
    if (!read.ok()) return read;
  }
  const absl::Status added = AddStanding(request, response);
  if (!added.ok()) return added;
  response.set_text(BriefingText(response));
  response.set_markdown(BriefingMarkdown(response));
  return response;
}

absl::Status QueryCore::AddStanding(const v1::GetBriefingRequest& request,
                                    v1::GetBriefingResponse& response) const {
  // From the same state as the figures.
  v1::GetDrawdownRequest drawdown_request;
  drawdown_request.mutable_read()->set_known_at_position(response.header().known_at_position());
  drawdown_request.set_mission(request.mission());
  const auto to = ParseDay(request.days().to());
  if (to.has_value()) drawdown_request.set_as_of(FormatDay(*to - 1));
  auto drawdown = GetDrawdown(drawdown_request);
  // Days that end before any baseline have no drawdown to tell of.
  if (!drawdown.ok() && !absl::IsInvalidArgument(drawdown.status())) return drawdown.status();
  if (drawdown.ok() && drawdown->has_baseline()) {
    drawdown->clear_header();
    *response.mutable_drawdown() = *std::move(drawdown);
  }
  return AddDiscrepancies(request, response);
}

absl::Status QueryCore::AddDiscrepancies(const v1::GetBriefingRequest& request,
                                         v1::GetBriefingResponse& response) const {
  v1::ReconcileRequest reconcile_request;
  reconcile_request.mutable_read()->set_known_at_position(response.header().known_at_position());
  reconcile_request.set_mission(request.mission());
  reconcile_request.mutable_days()->set_to(request.days().to());
  reconcile_request.set_page_size(1000);
  std::deque<v1::Reconciliation> latest;
  do {
    auto page = Reconcile(reconcile_request);
    if (!page.ok()) return page.status();
    for (v1::Reconciliation& one : *page->mutable_reconciliations()) {
      const bool open =
          one.verdict() == v1::VERDICT_DISAGREES || one.verdict() == v1::VERDICT_WRONG_MEASURE;
      if (!open) continue;
      response.set_discrepancy_count(response.discrepancy_count() + 1);
      latest.push_back(std::move(one));
      if (latest.size() > kDiscrepanciesMax) latest.pop_front();
    }
    response.mutable_conflicts()->MergeFrom(page->conflicts());
    reconcile_request.set_page_token(page->next_page_token());
  } while (!reconcile_request.page_token().empty());
  for (v1::Reconciliation& one : latest) response.add_discrepancies()->Swap(&one);
  return absl::OkStatus();
}

}  // namespace repatriation
