// A block: consecutive entries recorded together. Its bytes are identical in the
// ingest service's store, on the wire and in the replicas' stores. FORMAT.md
// defines the bytes.
//
// Every block contains the hash of its predecessor and its own, so the hash of a
// ledger's last block covers the whole history (a hash chain).
//
// Thread-safety: a BlockBuilder belongs to one thread at a time; a Block is
// immutable and may be shared.
#ifndef COMMON_LEDGER_BLOCK_H_
#define COMMON_LEDGER_BLOCK_H_

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/crypto/sha256.h"
#include "common/ledger/entry.h"
#include "common/ledger/ledger_id.h"

namespace repatriation {

// The end of a ledger or replica.
struct LedgerTail {
  Position position = 0;         // last entry; 0: the ledger is empty
  int64_t recorded_time_us = 0;  // of that entry
  Sha256Digest hash{};           // of that entry's block; all zero if there is none

  friend bool operator==(const LedgerTail&, const LedgerTail&) = default;
};

class BlockBuilder {
 public:
  // Starts the block that follows `tail`.
  // REQUIRES: recorded_time_us >= tail.recorded_time_us.
  BlockBuilder(const LedgerId& ledger_id, const LedgerTail& tail, int64_t recorded_time_us);

  // Replaces the recorded time. REQUIRES: it is not earlier than the current one.
  void SetRecordedTime(int64_t recorded_time_us);

  // Adds an entry; its `position` and `recorded_time_us` are ignored, since the
  // block determines both. Its texts must live until Finish().
  // REQUIRES: the values are within the ranges of FORMAT.md.
  void Add(const LedgerEntry& entry);

  int64_t entry_count() const { return entry_count_; }
  // Position of the entry that the next Add() adds.
  Position next_position() const { return first_position_ + entry_count_; }
  // Size of the block if it were finished now.
  size_t size_bytes() const;

  // The block, hash included. REQUIRES: entry_count() > 0. Call once.
  std::string Finish();

 private:
  // Inline, since it hashes several texts per entry.
  struct TextHash {
    size_t operator()(absl::string_view text) const {
      return XXH3_64bits(text.data(), text.size());
    }
  };

  void AddContent(const EventContent& event);
  // The number of a text in the block's table, which stores each text once.
  uint32_t NumberOf(absl::string_view text);

  const LedgerId ledger_id_;
  const Position first_position_;
  int64_t recorded_time_us_;
  const Sha256Digest previous_hash_;
  int64_t entry_count_ = 0;
  bool needs_version_2_ = false;
  absl::flat_hash_map<absl::string_view, uint32_t, TextHash> text_numbers_;
  std::string texts_;
  std::string entries_;
};

class Block {
 public:
  // Reads the header and checks the sizes and the hash. The block refers to
  // `bytes`, which must outlive it. DATA_LOSS if they are not a complete block.
  static absl::StatusOr<Block> Parse(absl::string_view bytes);

  // The same without checking the hash: for bytes whose hash was just computed or
  // checked, by BlockBuilder::Finish() or LedgerLog::ReadAfter().
  static absl::StatusOr<Block> ParseHashed(absl::string_view bytes);

  absl::string_view bytes() const { return bytes_; }
  const LedgerId& ledger_id() const { return ledger_id_; }
  Position first_position() const { return first_position_; }
  Position last_position() const { return first_position_ + entry_count_ - 1; }
  int64_t entry_count() const { return entry_count_; }
  int64_t recorded_time_us() const { return recorded_time_us_; }
  const Sha256Digest& previous_hash() const { return previous_hash_; }
  const Sha256Digest& hash() const { return hash_; }
  LedgerTail tail() const { return {last_position(), recorded_time_us_, hash_}; }

  // All entries, in order, as views into bytes(). DATA_LOSS naming the position
  // of the first malformed entry.
  absl::StatusOr<std::vector<LedgerEntry>> Decode() const;

  // The entry at `position`. REQUIRES: this block contains it. DATA_LOSS as Decode().
  absl::StatusOr<LedgerEntry> DecodeAt(Position position) const;

 private:
  template <typename Visit>
  absl::Status ForEach(Visit visit) const;

  absl::string_view bytes_;
  LedgerId ledger_id_;
  Position first_position_ = 0;
  int64_t entry_count_ = 0;
  int64_t recorded_time_us_ = 0;
  uint32_t text_count_ = 0;
  Sha256Digest previous_hash_{};
  Sha256Digest hash_{};
};

// OK if `block` may follow `tail` in ledger `ledger_id` (an empty id: any).
// Otherwise FAILED_PRECONDITION that names the positions, with one of the ErrorInfo
// reasons LEDGER_ID_MISMATCH, POSITION_GAP, HASH_MISMATCH, TIME_WENT_BACK.
absl::Status CheckFollows(const Block& block, const LedgerId& ledger_id, const LedgerTail& tail);

}  // namespace repatriation

#endif  // COMMON_LEDGER_BLOCK_H_
