// A query service's replica of the ledger on local disk: one store with the blocks and
// the view computed from them, and an index of ids.
//
// A block and what it changes in the view are written atomically, so they agree after a
// crash. The write is not synced: blocks lost by a power failure are fetched again. The
// index of ids is derived from the blocks and completed from them at a start.
//
// Thread-safety: Apply() belongs to one thread (the follower's); everything else
// may be called from any thread.
#ifndef QUERY_SERVICE_CORE_REPLICA_REPLICA_H_
#define QUERY_SERVICE_CORE_REPLICA_REPLICA_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/base/bounded_queue.h"
#include "common/base/mutex.h"
#include "common/id_index/id_index.h"
#include "common/ledger/block_cache.h"
#include "common/storage/block_table.h"
#include "common/storage/store.h"
#include "query_service/core/view/ledger_view.h"
#include "repatriation/v1/ledger_proof_service.pb.h"

namespace repatriation {

class Replica {
 public:
  // Opens the replica in directory `path`, created if missing, and loads its view;
  // blocks on I/O. Paths and tables in the options are ignored. DATA_LOSS if blocks and
  // view do not agree; otherwise errors of Store::Open() and IdIndex::Open().
  // `saved_totals_postings_min`: see LedgerView.
  static absl::StatusOr<std::unique_ptr<Replica>> Open(
      const std::string& path, StoreOptions store = {}, IdIndexOptions ids = DefaultIdOptions(),
      size_t saved_totals_postings_min = LedgerView::kSavedTotalsPostingsMin);

  // With a small filter, since ids are rarely looked up here.
  static IdIndexOptions DefaultIdOptions();

  // Empty before the first block.
  LedgerId ledger_id() const;
  // The last block that has been applied.
  LedgerTail tail() const;
  const LedgerView& view() const { return view_; }

  // Applies the next block; blocks on I/O. If an error leaves the tail unchanged, the
  // same block may be retried. An error of the id index comes after the block has been
  // applied; the next block completes the index.
  //   FAILED_PRECONDITION  it does not follow (see CheckFollows); if the histories
  //                        differ (LEDGER_ID_MISMATCH, HASH_MISMATCH), the replica
  //                        has diverged from now on
  //   DATA_LOSS            the block is damaged, or its corrections do not fit
  //   UNAVAILABLE          the store failed
  absl::Status Apply(absl::string_view block_bytes);

  // Marks the replica as diverged from its ledger, and logs it as an error. Only the
  // first call has an effect.
  void Diverge(const absl::Status& why);

  // OK, or FAILED_PRECONDITION with reason REPLICA_DIVERGED: the replica must not answer
  // queries any more.
  absl::Status divergence() const;

  // Position of the entry with `id`; it may be one that is just being applied. Blocks on
  // I/O.
  absl::StatusOr<absl::optional<Position>> FindId(absl::string_view id) const;

  // The running hash as it is stored; blocks on I/O. See LedgerHashAt().
  absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(
      const v1::GetLedgerHashRequest& request) const;

  // Rereads stored blocks after `from`, the end of a block: up to `bytes_max`, at least
  // one. Checks that each is intact and follows the one before. Returns the end of the
  // last, or `from` if there are no more. Blocks on I/O. DATA_LOSS if one is damaged or
  // does not follow; UNAVAILABLE.
  absl::StatusOr<LedgerTail> RecheckBlocks(const LedgerTail& from, size_t bytes_max) const;

  // The block that contains `position`, decoded; may block on I/O.
  // REQUIRES: 1 <= position <= tail().position.
  absl::StatusOr<std::shared_ptr<const DecodedBlock>> BlockOf(Position position) const {
    return cache_.BlockOf(position);
  }

 private:
  Replica(std::unique_ptr<Store> store, IdIndexOptions id_options,
          size_t saved_totals_postings_min);

  absl::Status LoadView();
  absl::Status ReadDeltas(BoundedQueue<std::vector<ViewDelta>>& to) const;
  absl::Status ApplyDeltas(BoundedQueue<std::vector<ViewDelta>>& from);
  bool has_ids() const {
    const ReaderLock lock(ids_mutex_);
    return ids_ != nullptr;
  }
  absl::Status OpenIds(const LedgerId& ledger_id);
  absl::Status CompleteIds(IdIndex& ids) const;
  // Adds the ids up to the tail that the index does not contain yet; `entries` are those
  // of the last block.
  absl::Status AddIds(const std::vector<LedgerEntry>& entries);

  const std::unique_ptr<Store> store_;
  const BlockTable blocks_;
  LedgerView view_;
  mutable BlockCache cache_;
  const IdIndexOptions id_options_;
  mutable SharedMutex ids_mutex_;
  std::unique_ptr<IdIndex> ids_ ABSL_GUARDED_BY(ids_mutex_);  // null before the first block

  mutable Mutex mutex_;
  LedgerId ledger_id_ ABSL_GUARDED_BY(mutex_);
  LedgerTail tail_ ABSL_GUARDED_BY(mutex_);  // the view's, readable without its lock
  absl::Status divergence_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_REPLICA_H_
