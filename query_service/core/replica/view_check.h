// Verifies a replica's stored view against its blocks: recomputes what each block
// changes, and compares.
//
// Needs as much memory as the view in the query service.
//
// Thread-safety: one thread at a time. Blocks on I/O.
#ifndef QUERY_SERVICE_CORE_REPLICA_VIEW_CHECK_H_
#define QUERY_SERVICE_CORE_REPLICA_VIEW_CHECK_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/ledger/block_cache.h"
#include "common/proof/flaw.h"
#include "common/storage/block_table.h"
#include "query_service/core/view/ledger_view.h"

namespace repatriation {

class ViewCheck {
 public:
  // `store`, with ReplicaTables, must outlive the check.
  explicit ViewCheck(const Store* store);

  // Checks the next block, with its entries. After the first flaw it does nothing.
  // UNAVAILABLE if the store cannot be read.
  absl::Status Add(const Block& block, absl::Span<const LedgerEntry> entries);

  // Call after the last block. UNAVAILABLE if the store cannot be read.
  absl::Status Finish();

  const absl::optional<Flaw>& flaw() const { return flaw_; }

 private:
  // Reports what is wrong with the stored delta of a block.
  void Compare(const Block& block, const ViewDelta& planned);
  void ReportFlaw(Position position, std::string what) { flaw_ = Flaw{position, std::move(what)}; }
  // Call where the stored deltas end. Reports damage; returns other errors of reading.
  absl::Status CheckEnd(Position position);

  const BlockTable blocks_;
  BlockCache cache_;
  std::unique_ptr<StoreCursor> stored_;
  LedgerView view_;
  Position last_ = 0;
  absl::optional<Flaw> flaw_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_VIEW_CHECK_H_
