// The embedded LedgerLog: blocks in a Store on the machine's own disk, one
// synced write a block.
#ifndef COMMON_STORAGE_STORED_LEDGER_LOG_H_
#define COMMON_STORAGE_STORED_LEDGER_LOG_H_

#include <memory>
#include <mutex>

#include "common/ledger/ledger_log.h"
#include "common/storage/block_table.h"
#include "common/storage/store.h"

namespace repatriation {

class StoredLedgerLog : public LedgerLog {
 public:
  // Opens the ledger kept in tables `meta` and `blocks` of `store`, which
  // must outlive it; creates it, with a random id, if the tables are empty.
  // DATA_LOSS if the id is missing beside blocks or the last block is damaged.
  static absl::StatusOr<std::unique_ptr<StoredLedgerLog>> Open(Store* store, TableId meta,
                                                               TableId blocks);

  const LedgerId& id() const override { return id_; }
  LedgerTail tail() const override;
  absl::Status Append(const Block& block) override;
  absl::StatusOr<std::vector<std::string>> ReadAfter(Position position,
                                                     size_t bytes_max) const override;
  absl::StatusOr<std::string> ReadBlockOf(Position position) const override;

 private:
  StoredLedgerLog(Store* store, BlockTable blocks, LedgerId id, LedgerTail tail)
      : store_(store), blocks_(blocks), id_(id), tail_(tail) {}

  Store* const store_;
  const BlockTable blocks_;
  const LedgerId id_;
  mutable std::mutex mutex_;
  LedgerTail tail_;       // guarded by mutex_
  absl::Status failure_;  // only Append() uses it
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_STORED_LEDGER_LOG_H_
