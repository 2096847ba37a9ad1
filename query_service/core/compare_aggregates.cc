#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "query_service/core/query_core.h"
#include "query_service/core/selection/cell_filter.h"
#include "query_service/core/selection/event_lookup.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {
namespace {

// An entry that changes the figure.
struct Change {
  Position position = 0;
  Position event = 0;
  int64_t headcount = 0;
  // Only used for new events.
  DayNumber day = 0;
};

// The two states that are compared.
struct States {
  Position before = 0;
  Position after = 0;
};

absl::StatusOr<States> ResolveStates(const v1::CompareAggregatesRequest& request, const Page& page,
                                     const LedgerView::Reader& reader) {
  if (request.before().known_at_case() == v1::ReadOptions::KNOWN_AT_NOT_SET) {
    return InvalidField("before.known_at", "REQUIRED",
                        "must be set, as before.known_at_position or before.known_at_time");
  }
  const auto after = ResolveKnownAt(request.read(), page, reader);
  if (!after.ok()) return after.status();
  const auto before = ResolveKnownAt(request.before(), Page(), reader, "before");
  if (!before.ok()) return before.status();
  // If before.known_at is a time, it may include later entries by now.
  if (!page.first) return States{std::min(*before, *after), *after};
  if (*before <= *after) return States{*before, *after};
  return InvalidField("before.known_at", "AFTER_READ",
                      absl::StrCat("must not be later than the state it is compared with, which "
                                   "is known at position ",
                                   *after, ", is position ", *before));
}

// A figure and the last day that it counts; INT32_MIN if it counts nothing.
struct FigureAt {
  FigureSum sum;
  DayNumber last_day = INT32_MIN;
};

FigureAt SumAt(const CellFilter& matches, Position known_at, const LedgerView::Reader& reader) {
  FigureAt figure;
  reader.ForEachCell(matches.dimensions() | kByDay, known_at, matches,
                     [&](const CellKey& key, const CellTotal& cell) {
                       figure.sum.Add(cell);
                       figure.last_day = std::max(figure.last_day, key.day);
                     });
  return figure;
}

// The first `limit` entries after `after`, up to `last`, that change the figure.
// REQUIRES: limit > 0.
std::vector<Change> FindChanges(const LedgerView& view, const CellFilter& matches, Position after,
                                Position last, size_t limit) {
  constexpr Position kEntriesAtOnce = 1 << 20;
  std::vector<Change> changes;
  MatchingCells<CellFilter> cells(matches);
  const auto visit = [&](Position position, size_t& index, const LedgerView::Reader& reader) {
    Change change;
    for (bool done = false; !done; ++index) {
      const Posting& posting = reader.PostingAt(index);
      done = posting.last();
      if (!cells.Contains(posting.cell(), reader)) continue;
      change.headcount += posting.headcount();
      change.day = reader.KeyOf(posting.cell()).day;
    }
    if (change.headcount == 0) return true;
    change.position = position;
    change.event = reader.EventOf(position);
    changes.push_back(change);
    return changes.size() < limit;
  };
  WalkEntries(view, after, last, kEntriesAtOnce, visit);
  return changes;
}

v1::ChangeKind KindOf(const v1::Entry& entry, DayNumber day, DayNumber last_day_before) {
  switch (entry.content_case()) {
    case v1::Entry::kAmendment:
      return v1::CHANGE_KIND_AMENDED;
    case v1::Entry::kVoiding:
      return v1::CHANGE_KIND_VOIDED;
    case v1::Entry::kQuarantineRelease:
      return v1::CHANGE_KIND_RELEASED;
    default:
      return day < last_day_before ? v1::CHANGE_KIND_LATE : v1::CHANGE_KIND_NEW;
  }
}

// Blocks on I/O. DATA_LOSS or UNAVAILABLE.
absl::Status ReadChange(const Replica& replica, const Change& change, DayNumber last_day_before,
                        v1::FigureChange* proto) {
  const auto event_block = replica.BlockOf(change.event);
  if (!event_block.ok()) return event_block.status();
  const auto block = replica.BlockOf(change.position);
  if (!block.ok()) return block.status();
  ToProto((*block)->At(change.position), (*event_block)->At(change.event).id,
          proto->mutable_entry());
  proto->set_kind(KindOf(proto->entry(), change.day, last_day_before));
  proto->set_event_position(change.event);
  proto->set_headcount(change.headcount);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::CompareAggregatesResponse> QueryCore::CompareAggregates(
    const v1::CompareAggregatesRequest& request) const {
  const auto filter = CheckFilter(request.filter(), DefaultKinds::kRepatriations, "filter");
  if (!filter.ok()) return filter.status();
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page =
      CheckPage(request.page_size(), request.page_token(), kListPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  v1::CompareAggregatesResponse response;
  *response.mutable_filter() = filter->proto;
  States states;
  DayNumber last_day_before = 0;
  absl::optional<CellFilter> matches;
  {
    const LedgerView::Reader reader(replica_.view());
    const auto resolved = ResolveStates(request, *page, reader);
    if (!resolved.ok()) return resolved.status();
    states = *resolved;
    matches.emplace(*filter, reader);
    *response.mutable_header() = MakeHeader(replica_, reader, states.after);
    const FigureAt before = SumAt(*matches, states.before, reader);
    last_day_before = before.last_day;
    before.sum.ToProto(matches->by_sex(), response.mutable_before());
    SumAt(*matches, states.after, reader).sum.ToProto(matches->by_sex(), response.mutable_after());
  }
  response.set_before_position(states.before);
  // One more than fits, to see whether there is another page.
  const Position after = std::max(states.before, page->first ? 0 : page->after);
  std::vector<Change> changes = FindChanges(replica_.view(), *matches, after, states.after,
                                            static_cast<size_t>(page->size) + 1);
  if (changes.size() > static_cast<size_t>(page->size)) {
    changes.pop_back();
    response.set_next_page_token(MakePageToken(fingerprint, states.after, changes.back().position));
  }
  for (const Change& change : changes) {
    const absl::Status read = ReadChange(replica_, change, last_day_before, response.add_changes());
    if (!read.ok()) return read;
  }
  return response;
}

}  // namespace repatriation
