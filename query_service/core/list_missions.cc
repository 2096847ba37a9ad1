#include <algorithm>
#include <map>
#include <string>

#include "query_service/core/query_core.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {
namespace {

struct Summary {
  int64_t events = 0;
  DayNumber first_day = INT32_MAX;
  DayNumber last_day = INT32_MIN;
  int64_t repatriated = 0;
};

}  // namespace

absl::StatusOr<v1::ListMissionsResponse> QueryCore::ListMissions(
    const v1::ListMissionsRequest& request) const {
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page =
      CheckPage(request.page_size(), request.page_token(), kListPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  const LedgerView::Reader reader(replica_.view());
  const auto known_at = ResolveKnownAt(request.read(), *page, reader);
  if (!known_at.ok()) return known_at.status();
  std::map<absl::string_view, Summary> summaries;  // ordered by acronym
  reader.ForEachCell(
      kByDay, *known_at,
      [](const CellKey& key) { return key.of_events() && key.status == v1::EVENT_STATUS_ACTUAL; },
      [&](const CellKey& key, const CellTotal& cell) {
        Summary& summary = summaries[reader.Text(key.mission)];
        summary.events += cell.whole_events;
        summary.first_day = std::min(summary.first_day, key.day);
        summary.last_day = std::max(summary.last_day, key.day);
        if (key.kind == v1::KIND_REPATRIATION) summary.repatriated += cell.headcount;
      });

  v1::ListMissionsResponse response;
  *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
  int64_t index = 0;
  for (const auto& [mission, summary] : summaries) {
    if (index++ < page->after) continue;
    if (response.missions_size() == page->size) {
      response.set_next_page_token(MakePageToken(fingerprint, *known_at, index - 1));
      break;
    }
    v1::MissionSummary& row = *response.add_missions();
    row.set_mission(std::string(mission));
    row.set_events(summary.events);
    row.set_first_day(FormatDay(summary.first_day));
    row.set_last_day(FormatDay(summary.last_day));
    row.set_repatriated(summary.repatriated);
  }
  return response;
}

}  // namespace repatriation
