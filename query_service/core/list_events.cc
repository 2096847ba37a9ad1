#include <algorithm>
#include <limits>
#include <vector>

#include "query_service/core/cell_filter.h"
#include "query_service/core/event_records.h"
#include "query_service/core/query_core.h"
#include "query_service/core/read_point.h"

namespace repatriation {
namespace {

constexpr PageSizes kPageSizes = {.standard = 100, .max = 1000};

}  // namespace

absl::StatusOr<v1::ListEventsResponse> QueryCore::ListEvents(
    const v1::ListEventsRequest& request) const {
  const auto filter = CheckFilter(request.filter(), DefaultKinds::kAll, "filter");
  if (!filter.ok()) return filter.status();
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page = CheckPage(request.page_size(), request.page_token(), kPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  v1::ListEventsResponse response;
  std::vector<EventPositions> events;
  Position known_at_position = 0;
  {
    const LedgerView::Reader reader(replica_.view());
    const auto known_at = ResolveKnownAt(request.read(), *page, reader);
    if (!known_at.ok()) return known_at.status();
    known_at_position = *known_at;
    *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
    events = FindEvents(reader, *known_at, CellFilter(*filter, reader));
  }
  // Up to known_at nothing changes any more, so the rest needs no lock.
  const auto begin =
      std::upper_bound(events.begin(), events.end(),
                       EventPositions{page->after, std::numeric_limits<Position>::max()});
  const auto end = begin + std::min<int64_t>(page->size, events.end() - begin);
  for (auto it = begin; it != end; ++it) {
    const absl::Status read = ReadEventRecord(replica_, *it, response.add_events());
    if (!read.ok()) return read;
  }
  if (end != events.end()) {
    response.set_next_page_token(MakePageToken(fingerprint, known_at_position, (end - 1)->event));
  }
  return response;
}

}  // namespace repatriation
