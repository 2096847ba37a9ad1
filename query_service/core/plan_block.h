// What a block changes in a view, worked out from blocks that are stored.
#ifndef QUERY_SERVICE_CORE_PLAN_BLOCK_H_
#define QUERY_SERVICE_CORE_PLAN_BLOCK_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ledger/entry_cache.h"
#include "query_service/core/ledger_view.h"

namespace repatriation {

// As LedgerView::Plan(), for `block` and its entries; what was recorded before
// it is read through `cache`.
inline absl::StatusOr<ViewDelta> PlanBlock(const LedgerView& view, const Block& block,
                                           absl::Span<const LedgerEntry> entries,
                                           EntryCache& cache) {
  std::shared_ptr<const DecodedBlock> source;  // keeps what the views refer to
  return view.Plan(entries, block.tail(), [&](Position position) -> absl::StatusOr<EventContent> {
    auto found = cache.BlockOf(position);
    if (!found.ok()) return found.status();
    source = *std::move(found);
    return source->At(position).event;
  });
}

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_PLAN_BLOCK_H_
