// A query service's own copy of the ledger on its own disk: blocks and the view
// made of them in one store, and beside it an index of ids.
//
// A block, what it changes in the view and with them the applied position are
// one write; so they agree, whenever the process ends. The write is not synced:
// what a power loss takes back is fetched from the ledger again. The index of
// ids is derived from the blocks and completed from them at a start.
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
  // Opens the copy in directory `path`, made if missing, and loads its view;
  // blocks on I/O. The paths and tables in the options are not used. DATA_LOSS
  // if blocks and view do not agree; else as Store::Open() and IdIndex::Open().
  // `checkpoint_postings_min`: see LedgerView.
  static absl::StatusOr<std::unique_ptr<Replica>> Open(
      const std::string& path, StoreOptions store = {}, IdIndexOptions ids = DefaultIdOptions(),
      size_t checkpoint_postings_min = LedgerView::kCheckpointPostingsMin);

  // Ids are looked up seldom here: a small filter will do.
  static IdIndexOptions DefaultIdOptions();

  // Empty before the first block.
  LedgerId ledger_id() const;
  // The last block that has been applied.
  LedgerTail tail() const;
  const LedgerView& view() const { return view_; }

  // Applies the next block; blocks on I/O. Where an error leaves the tail as it
  // was, the same block may be tried again; one of the id index comes after the
  // block has been applied, and is made up for with the next one.
  //   FAILED_PRECONDITION  it does not follow (see CheckFollows); where the
  //                        histories differ (LEDGER_ID_MISMATCH,
  //                        HASH_MISMATCH) the replica has diverged from now on
  //   DATA_LOSS            the bytes are no block, or its corrections do not fit
  //   UNAVAILABLE          the store failed
  absl::Status Apply(absl::string_view block_bytes);

  // Notes that this copy was found not to be that of its ledger, and says so in
  // the log, at error level. Only the first time counts.
  void Diverge(const absl::Status& why);

  // OK, or FAILED_PRECONDITION with reason REPLICA_DIVERGED: no figure of this
  // copy may be shown any more.
  absl::Status divergence() const;

  // Position of the entry with `id`, an event's or a correction's; it may be one
  // that is being applied just now. Blocks on I/O.
  absl::StatusOr<absl::optional<Position>> FindId(absl::string_view id) const;

  // The running hash as it is stored; blocks on I/O. See LedgerHashAt().
  absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(
      const v1::GetLedgerHashRequest& request) const;

  // Reads the stored blocks after `from`, the end of one, as far as `bytes_max`
  // and at least one, and checks that each is whole and follows the one before.
  // Returns the end of the last; `from` itself if there is no more. Blocks on
  // I/O. DATA_LOSS if one is damaged or does not follow; UNAVAILABLE.
  absl::StatusOr<LedgerTail> RecheckBlocks(const LedgerTail& from, size_t bytes_max) const;

  // The block that holds `position`, decoded; may block on I/O.
  // REQUIRES: 1 <= position <= tail().position.
  absl::StatusOr<std::shared_ptr<const DecodedBlock>> BlockOf(Position position) const {
    return cache_.BlockOf(position);
  }

 private:
  Replica(std::unique_ptr<Store> store, IdIndexOptions id_options, size_t checkpoint_postings_min);

  absl::Status LoadView();
  absl::Status ReadDeltas(BoundedQueue<std::vector<ViewDelta>>& to) const;
  absl::Status ApplyDeltas(BoundedQueue<std::vector<ViewDelta>>& from);
  bool has_ids() const {
    const ReaderLock lock(ids_mutex_);
    return ids_ != nullptr;
  }
  absl::Status OpenIds(const LedgerId& ledger_id);
  absl::Status CompleteIds(IdIndex& ids) const;
  // Adds the ids up to the tail that the index does not hold yet; `entries` are
  // those of the last block.
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
  LedgerTail tail_ ABSL_GUARDED_BY(mutex_);  // that of the view, readable without its lock
  absl::Status divergence_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_REPLICA_H_
