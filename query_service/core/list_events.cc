#include <vector>

#include "query_service/core/query_core.h"
#include "query_service/core/selection/cell_filter.h"
#include "query_service/core/selection/event_lookup.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {

absl::StatusOr<v1::ListEventsResponse> QueryCore::ListEvents(
    const v1::ListEventsRequest& request) const {
  const auto filter = CheckFilter(request.filter(), DefaultKinds::kAll, "filter");
  if (!filter.ok()) return filter.status();
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page =
      CheckPage(request.page_size(), request.page_token(), kListPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  v1::ListEventsResponse response;
  Position known_at_position = 0;
  absl::optional<CellFilter> matches;
  {
    const LedgerView::Reader reader(replica_.view());
    const auto known_at = ResolveKnownAt(request.read(), *page, reader);
    if (!known_at.ok()) return known_at.status();
    known_at_position = *known_at;
    *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
    matches.emplace(*filter, reader);
  }
  // Needs no lock: nothing changes up to known_at. One more than fits, to see whether there
  // is another page.
  std::vector<EventPositions> events =
      FindEvents(replica_.view(), known_at_position, *std::move(matches), page->after,
                 static_cast<size_t>(page->size) + 1);
  const bool last_page = events.size() <= static_cast<size_t>(page->size);
  if (!last_page) events.pop_back();
  for (const EventPositions& positions : events) {
    const absl::Status read = ReadEventRecord(replica_, positions, response.add_events());
    if (!read.ok()) return read;
  }
  if (!last_page) {
    response.set_next_page_token(
        MakePageToken(fingerprint, known_at_position, events.back().event));
  }
  return response;
}

}  // namespace repatriation
