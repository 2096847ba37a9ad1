// Blocks in a table of a Store, keyed by the big-endian first position, as the
// ingest service and the replicas store them.
//
// Thread-safety: as that of the Store. All reads block on I/O; their errors name the
// store's directory.
#ifndef COMMON_STORAGE_BLOCK_TABLE_H_
#define COMMON_STORAGE_BLOCK_TABLE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/ledger/block.h"
#include "common/storage/store.h"

namespace repatriation {

// Keys in the order of their positions: 8 bytes, big-endian.
std::string PositionKey(Position position);
// REQUIRES: key.size() >= 8; reads the first 8 bytes.
Position PositionOfKey(absl::string_view key);

class BlockTable {
 public:
  // `store` must outlive the table.
  BlockTable(const Store* store, TableId table) : store_(store), table_(table) {}

  // The block's bytes must live until the batch is written.
  void Put(StoreBatch& batch, const Block& block) const {
    batch.PutInPlace(table_, PositionKey(block.first_position()), block.bytes());
  }

  // End of the last block, which is read and checked. DATA_LOSS if it is damaged.
  absl::StatusOr<LedgerTail> Tail() const;

  // Id of the ledger that the first block belongs to; empty without a block.
  absl::StatusOr<LedgerId> FirstLedgerId() const;

  // As LedgerLog::ReadAfter, for a ledger that ends at `tail`.
  absl::StatusOr<std::vector<std::string>> ReadAfter(Position position, Position tail,
                                                     size_t bytes_max) const;

  // Reads blocks after `from`, the end of a block, as ReadAfter() does, and checks that
  // each follows the one before and belongs to ledger `id`. Calls take(size of the
  // block) for each that does. Returns the end of the last one, or `from` if that is at
  // `tail`. DATA_LOSS if one does not follow; else as ReadAfter(), or the error of
  // `take`.
  absl::StatusOr<LedgerTail> CheckAfter(const LedgerTail& from, const LedgerId& id, Position tail,
                                        size_t bytes_max,
                                        absl::FunctionRef<absl::Status(size_t)> take) const;

  // The block that contains `position`. DATA_LOSS if there is none.
  absl::StatusOr<std::string> ReadBlockOf(Position position) const;

 private:
  absl::StatusOr<Block> Parse(absl::string_view bytes) const;
  absl::Status Missing(absl::string_view what) const;

  const Store* store_;
  TableId table_;
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_BLOCK_TABLE_H_
