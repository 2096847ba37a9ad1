// The embedded LedgerLog: blocks in a Store on a local disk, one synced write per
// block.
#ifndef COMMON_STORAGE_STORED_LEDGER_LOG_H_
#define COMMON_STORAGE_STORED_LEDGER_LOG_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "common/base/mutex.h"
#include "common/ledger/ledger_log.h"
#include "common/storage/block_table.h"
#include "common/storage/store.h"
#include "common/storage/tail_note.h"

namespace repatriation {

class StoredLedgerLog : public LedgerLog {
 public:
  // Checks that the store at `options`, which must not be open, has what `note` says was
  // acknowledged. Call it before Store::Open(), which would permanently drop what
  // follows damage in a log. Reads the log once. DATA_LOSS, naming both positions; else
  // as Store::OpenForReading().
  static absl::Status CheckBeforeOpen(const StoreOptions& options, TableId blocks,
                                      const TailNote& note);

  // Opens the ledger in tables `meta` and `blocks` of `store`, which must outlive it;
  // creates it, with a random id, if the tables are empty. `note` is kept up to date
  // from now on, and created if missing, as for an older or restored ledger. DATA_LOSS
  // if there are blocks but no id, the last block is damaged, or the ledger lacks what
  // the note says was acknowledged.
  static absl::StatusOr<std::unique_ptr<StoredLedgerLog>> Open(Store* store, TableId meta,
                                                               TableId blocks,
                                                               std::unique_ptr<TailNote> note);

  // The id in table `meta`; empty if there is none yet. DATA_LOSS if it is
  // damaged, else as Store::Get().
  static absl::StatusOr<LedgerId> ReadId(const Store& store, TableId meta);

  const LedgerId& id() const override { return id_; }
  LedgerTail tail() const override;
  absl::Status Append(const Block& block) override;
  absl::StatusOr<std::vector<std::string>> ReadAfter(Position position,
                                                     size_t bytes_max) const override;
  absl::StatusOr<std::string> ReadBlockOf(Position position) const override;

 private:
  StoredLedgerLog(Store* store, BlockTable blocks, LedgerId id, LedgerTail tail,
                  std::unique_ptr<TailNote> note)
      : store_(store), blocks_(blocks), id_(id), note_(std::move(note)), tail_(tail) {}

  Store* const store_;
  const BlockTable blocks_;
  const LedgerId id_;
  const std::unique_ptr<TailNote> note_;  // used only by Append()
  mutable Mutex mutex_;
  LedgerTail tail_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_;  // used only by Append()
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_STORED_LEDGER_LOG_H_
