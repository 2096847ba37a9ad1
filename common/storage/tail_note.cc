#include "common/storage/tail_note.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/log.h"

namespace repatriation {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr int kSlots = 2;
// At least the size that a disk writes atomically.
constexpr size_t kSlotBytes = 4096;
constexpr char kMagic[4] = {'R', 'L', 'T', '1'};

// Its layout in the file.
struct Slot {
  char magic[4];
  uint32_t zero;
  char ledger_id[LedgerId::kBytes];
  int64_t position;
  uint8_t hash[32];
  uint64_t checksum;
};
static_assert(sizeof(Slot) == 72 && sizeof(Slot::hash) == sizeof(Sha256Digest));

uint64_t ChecksumOf(const Slot& slot) { return XXH3_64bits(&slot, offsetof(Slot, checksum)); }

Slot Encode(const AcknowledgedTail& tail) {
  Slot slot{};
  std::memcpy(slot.magic, kMagic, sizeof(kMagic));
  std::memcpy(slot.ledger_id, tail.ledger_id.bytes().data(), sizeof(slot.ledger_id));
  slot.position = tail.position;
  std::memcpy(slot.hash, tail.hash.data(), sizeof(slot.hash));
  slot.checksum = ChecksumOf(slot);
  return slot;
}

absl::optional<AcknowledgedTail> Decode(const char* bytes) {
  Slot slot;
  std::memcpy(&slot, bytes, sizeof(slot));
  if (std::memcmp(slot.magic, kMagic, sizeof(kMagic)) != 0 || slot.checksum != ChecksumOf(slot)) {
    return absl::nullopt;
  }
  AcknowledgedTail tail;
  tail.ledger_id = LedgerId::FromBytes({slot.ledger_id, sizeof(slot.ledger_id)});
  tail.position = slot.position;
  std::memcpy(tail.hash.data(), slot.hash, sizeof(slot.hash));
  return tail;
}

absl::Status WriteAt(int descriptor, const std::string& path, const Slot& slot, int number) {
  ssize_t written;
  do {
    written = ::pwrite(descriptor, &slot, sizeof(slot), static_cast<off_t>(number * kSlotBytes));
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(sizeof(slot))) return absl::OkStatus();
  if (written >= 0) errno = ENOSPC;
  return FileError("write", path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TailNote>> TailNote::Open(const std::string& path) {
  std::unique_ptr<TailNote> note(new TailNote(path));
  note->descriptor_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (note->descriptor_ < 0) {
    if (errno == ENOENT) return note;
    return FileError("open", path);
  }
  const absl::Status read = note->Read();
  if (!read.ok()) return read;
  return note;
}

TailNote::~TailNote() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::Status TailNote::Read() {
  std::array<char, kSlots * kSlotBytes> bytes{};
  // A file that is too short leaves zeros, which are not a valid slot.
  if (::pread(descriptor_, bytes.data(), bytes.size(), 0) < 0) return FileError("read", path_);
  for (int number = 0; number < kSlots; ++number) {
    const auto slot = Decode(bytes.data() + number * kSlotBytes);
    if (!slot.has_value()) {
      LogWarning(path_, ": slot ", number, " is damaged, or torn by a power loss");
      continue;
    }
    if (acknowledged_.has_value() && slot->position <= acknowledged_->position) continue;
    acknowledged_ = slot;
    next_slot_ = 1 - number;
  }
  if (acknowledged_.has_value()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(path_,
                   " is damaged in both slots, so it cannot prove that the ledger beside it "
                   "is complete; compare the ledger with a replica or a backup, then remove "
                   "this file"));
}

absl::Status TailNote::Write(const AcknowledgedTail& tail) {
  if (descriptor_ < 0) return Create(tail);
  const absl::Status written = WriteAt(descriptor_, path_, Encode(tail), next_slot_);
  if (!written.ok()) return written;
  acknowledged_ = tail;
  next_slot_ = 1 - next_slot_;
  return absl::OkStatus();
}

absl::Status TailNote::Create(const AcknowledgedTail& tail) {
  const Slot slot = Encode(tail);
  std::string bytes((kSlots - 1) * kSlotBytes + sizeof(slot), '\0');
  for (int number = 0; number < kSlots; ++number) {
    std::memcpy(bytes.data() + number * kSlotBytes, &slot, sizeof(slot));
  }
  const absl::Status written = WriteWholeFile(path_, bytes);
  if (!written.ok()) return written;
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor_ < 0) return FileError("open", path_);
  acknowledged_ = tail;
  next_slot_ = 1;
  return absl::OkStatus();
}

}  // namespace repatriation
