// A file beside the ledger's store that records the last acknowledged block.
//
// RocksDB cannot distinguish a truncated log, or a table that its manifest no longer
// names, from a shorter history. With the note this is detected: a ledger that ends
// before the noted position is rejected when it is opened.
//
// It is written after each synced append and before the acknowledgement, so it is
// never ahead of what is durable. It is not synced itself, which would cost as much as
// the append: it survives a crash of the process, but after a power loss it may be
// older and prove less. A missing note proves nothing.
//
// The file has two slots, at byte 0 and at 4096, integers little-endian. They are
// written alternately, so that a write torn by a power loss damages the older one. Of
// the slots with a valid checksum, the one with the higher position counts.
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

// The content of a note: in this ledger, the block that ends at `position` has `hash`.
struct AcknowledgedTail {
  LedgerId ledger_id;
  Position position = 0;
  Sha256Digest hash{};  // all zero at position 0

  friend bool operator==(const AcknowledgedTail&, const AcknowledgedTail&) = default;
};

class TailNote {
 public:
  // Reads the note at `path`, which may not exist; writes nothing. DATA_LOSS if neither
  // slot is valid, UNAVAILABLE if it cannot be read.
  static absl::StatusOr<std::unique_ptr<TailNote>> Open(const std::string& path);
  TailNote(const TailNote&) = delete;
  TailNote& operator=(const TailNote&) = delete;
  ~TailNote();

  const std::string& path() const { return path_; }
  // The last value that was read or written; nullopt if there is no note.
  const absl::optional<AcknowledgedTail>& acknowledged() const { return acknowledged_; }

  // Writes the note with one system call; a new note is created and synced.
  // UNAVAILABLE.
  absl::Status Write(const AcknowledgedTail& tail);

 private:
  explicit TailNote(std::string path) : path_(std::move(path)) {}

  absl::Status Read();
  absl::Status Create(const AcknowledgedTail& tail);

  const std::string path_;
  int descriptor_ = -1;  // -1: there is no note
  absl::optional<AcknowledgedTail> acknowledged_;
  int next_slot_ = 0;  // not the one of acknowledged_
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_TAIL_NOTE_H_
