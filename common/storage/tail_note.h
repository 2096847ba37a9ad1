// A note, beside the ledger's store, of the last block that was acknowledged.
//
// RocksDB cannot tell a log that was cut off, or a table that its manifest no
// longer names, from one that never held more. The note can: whoever opens the
// ledger compares, and refuses one that ends before it.
//
// It is written after each synced append and before the acknowledgement, and is
// itself not synced, which would cost as much as the append: so it is never
// ahead of what is durable. It survives the end of the process; after a power
// loss it may be older, and vouches for less. A missing one vouches for nothing.
//
// The file, integers little-endian, is two slots, at byte 0 and at 4096, which
// take turns, so that a write that a power loss tears spoils the older one. Of
// those whose checksum matches, the one with the higher position counts.
//
//   slot := magic "RLT1" zero:u32 ledger_id[16] position:i64 hash[32]
//           checksum:u64                       XXH3 of the 64 bytes before it
//
// Thread-safety: one thread at a time. All calls block on I/O.
#ifndef COMMON_STORAGE_TAIL_NOTE_H_
#define COMMON_STORAGE_TAIL_NOTE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/ledger/block.h"

namespace repatriation {

// What a note says: in this ledger, the block that ends at `position` has `hash`.
struct NotedTail {
  LedgerId ledger_id;
  Position position = 0;
  Sha256Digest hash{};  // all zero at position 0

  friend bool operator==(const NotedTail&, const NotedTail&) = default;
};

class TailNote {
 public:
  // Reads the note at `path`; there may be none, and nothing is written yet.
  // DATA_LOSS if neither slot is valid, UNAVAILABLE if it cannot be read.
  static absl::StatusOr<std::unique_ptr<TailNote>> Open(const std::string& path);
  TailNote(const TailNote&) = delete;
  TailNote& operator=(const TailNote&) = delete;
  ~TailNote();

  const std::string& path() const { return path_; }
  // What was read, or written last; nullopt if there is no note.
  const absl::optional<NotedTail>& noted() const { return noted_; }

  // Writes the note: one system call, but for the first one of a new note,
  // which is synced. UNAVAILABLE.
  absl::Status Write(const NotedTail& tail);

 private:
  explicit TailNote(std::string path) : path_(std::move(path)) {}

  absl::Status Read();
  absl::Status Create(const NotedTail& tail);

  const std::string path_;
  int descriptor_ = -1;  // -1: there is no note
  absl::optional<NotedTail> noted_;
  int next_slot_ = 0;  // not the one that noted_ is in
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_TAIL_NOTE_H_
