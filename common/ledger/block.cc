#include "common/ledger/block.h"

#include <cassert>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/domain/category.h"
#include "common/ledger/byte_codec.h"

namespace repatriation {
namespace {

constexpr size_t kMagicBytes = 4;
constexpr absl::string_view kMagic1 = "RLB1";
constexpr absl::string_view kMagic2 = "RLB2";
constexpr size_t kHashBytes = sizeof(Sha256Digest);
constexpr size_t kHeaderBytes = 80;
constexpr Position kPositionMax = INT64_MAX;

absl::string_view AsBytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256Digest ReadDigest(ByteReader& reader) {
  Sha256Digest digest{};
  const absl::string_view bytes = reader.Bytes(digest.size());
  // Empty if the input is too short; its data() may be null then.
  if (!bytes.empty()) std::memcpy(digest.data(), bytes.data(), bytes.size());
  return digest;
}

// The type numbers of FORMAT.md, which never change. Version 1 has the first three.
enum StoredType : uint8_t {
  kStoredEvent = 1,
  kStoredAmendment = 2,
  kStoredVoiding = 3,
  kStoredPlannedEvent = 4,
  kStoredPlannedAmendment = 5,
  kStoredQuarantineRelease = 6,
  kStoredRecord = 7,
};

StoredType StoredTypeOf(const LedgerEntry& entry) {
  const bool planned = entry.event.status == v1::EVENT_STATUS_PLANNED;
  switch (entry.type) {
    case EntryType::kEvent:
      return planned ? kStoredPlannedEvent : kStoredEvent;
    case EntryType::kAmendment:
      return planned ? kStoredPlannedAmendment : kStoredAmendment;
    case EntryType::kVoiding:
      return kStoredVoiding;
    case EntryType::kQuarantineRelease:
      return kStoredQuarantineRelease;
    case EntryType::kRecord:
      return kStoredRecord;
  }
  return kStoredEvent;
}

// Sets the type, and the status of planned entries. False for an unknown type.
bool SetType(uint8_t stored, LedgerEntry& entry) {
  switch (stored) {
    case kStoredPlannedEvent:
    case kStoredPlannedAmendment:
      entry.event.status = v1::EVENT_STATUS_PLANNED;
      entry.type = stored == kStoredPlannedEvent ? EntryType::kEvent : EntryType::kAmendment;
      return true;
    case kStoredEvent:
      entry.type = EntryType::kEvent;
      return true;
    case kStoredAmendment:
      entry.type = EntryType::kAmendment;
      return true;
    case kStoredVoiding:
      entry.type = EntryType::kVoiding;
      return true;
    case kStoredQuarantineRelease:
      entry.type = EntryType::kQuarantineRelease;
      return true;
    case kStoredRecord:
      entry.type = EntryType::kRecord;
      return true;
    default:
      return false;
  }
}

// Decodes entries one after the other, resolving text numbers in the block's texts.
class EntryReader {
 public:
  // Types above `type_max` are unknown.
  EntryReader(ByteReader reader, std::vector<absl::string_view> texts, int64_t recorded_time_us,
              StoredType type_max)
      : reader_(reader),
        texts_(std::move(texts)),
        recorded_time_us_(recorded_time_us),
        type_max_(type_max) {}

  // False if the bytes are malformed.
  bool Read(Position position, LedgerEntry& entry) {
    entry = LedgerEntry();
    entry.position = position;
    entry.recorded_time_us = recorded_time_us_;
    const uint8_t type = reader_.Fixed<uint8_t>();
    if (type > type_max_ || !SetType(type, entry)) return false;
    entry.id = reader_.Bytes(reader_.Varint());
    if (IsCorrection(entry.type) && !ReadCorrection(entry)) return false;
    if (HasContent(entry.type) && !ReadContent(entry.event)) return false;
    if (entry.type == EntryType::kRecord && !ReadRecord(entry)) return false;
    return reader_.ok();
  }

  bool at_end() const { return reader_.at_end(); }

 private:
  bool ReadCorrection(LedgerEntry& entry) {
    const uint64_t distance = reader_.Varint();
    if (distance < 1 || distance >= static_cast<uint64_t>(entry.position)) return false;
    entry.target_position = entry.position - static_cast<Position>(distance);
    return ReadText(entry.reason);
  }

  bool ReadContent(EventContent& event) {
    event.kind = static_cast<v1::Kind>(reader_.Fixed<uint8_t>());
    event.category = static_cast<v1::Category>(reader_.Fixed<uint8_t>());
    event.qualifier = static_cast<v1::Qualifier>(reader_.Fixed<uint8_t>());
    const int64_t day = UnZigZag(reader_.Varint());
    const uint64_t headcount = reader_.Varint();
    const uint64_t female_and_one = reader_.Varint();
    if (!v1::Kind_IsValid(event.kind) || event.kind == v1::KIND_UNSPECIFIED ||
        !IsLeafCategory(event.category) || !v1::Qualifier_IsValid(event.qualifier) ||
        day < INT32_MIN || day > INT32_MAX || headcount < 1 || headcount > kHeadcountMax ||
        female_and_one > headcount + 1) {
      return false;
    }
    event.day = static_cast<DayNumber>(day);
    event.headcount = static_cast<int32_t>(headcount);
    event.female = static_cast<int32_t>(female_and_one) - 1;
    return ReadText(event.mission) && ReadText(event.country) && ReadText(event.site) &&
           ReadText(event.destination_site) && ReadText(event.unit) &&
           ReadText(event.movement_ref) && ReadText(event.source);
  }

  bool ReadRecord(LedgerEntry& entry) {
    entry.record = reader_.Bytes(reader_.Varint());
    v1::Record record;
    return record.ParseFromArray(entry.record.data(), static_cast<int>(entry.record.size())) &&
           entry.id == IdOf(record);
  }

  bool ReadText(absl::string_view& text) {
    const uint64_t number = reader_.Varint();
    if (number >= texts_.size()) return false;
    text = texts_[number];
    return true;
  }

  ByteReader reader_;
  const std::vector<absl::string_view> texts_;  // number 0 is the empty text
  const int64_t recorded_time_us_;
  const StoredType type_max_;
};

}  // namespace

BlockBuilder::BlockBuilder(const LedgerId& ledger_id, const LedgerTail& tail,
                           int64_t recorded_time_us)
    : ledger_id_(ledger_id),
      first_position_(tail.position + 1),
      recorded_time_us_(recorded_time_us),
      previous_hash_(tail.hash) {
  assert(recorded_time_us >= tail.recorded_time_us);
}

void BlockBuilder::SetRecordedTime(int64_t recorded_time_us) {
  assert(recorded_time_us >= recorded_time_us_);
  recorded_time_us_ = recorded_time_us;
}

void BlockBuilder::Add(const LedgerEntry& entry) {
  const Position position = next_position();
  const StoredType stored = StoredTypeOf(entry);
  needs_version_2_ = needs_version_2_ || stored > kStoredVoiding;
  entries_.push_back(static_cast<char>(stored));
  PutVarint(entries_, entry.id.size());
  entries_.append(entry.id.data(), entry.id.size());
  if (IsCorrection(entry.type)) {
    assert(entry.target_position >= 1 && entry.target_position < position);
    PutVarint(entries_, static_cast<uint64_t>(position - entry.target_position));
    PutVarint(entries_, NumberOf(entry.reason));
  }
  if (entry.type == EntryType::kRecord) {
    PutVarint(entries_, entry.record.size());
    entries_.append(entry.record.data(), entry.record.size());
  }
  if (HasContent(entry.type)) AddContent(entry.event);
  ++entry_count_;
}

void BlockBuilder::AddContent(const EventContent& event) {
  assert(IsLeafCategory(event.category) && event.headcount >= 1 &&
         event.headcount <= kHeadcountMax && event.female >= kFemaleUnknown &&
         event.female <= event.headcount);
  const absl::string_view texts[] = {
      event.mission, event.country,      event.site,  event.destination_site,
      event.unit,    event.movement_ref, event.source};
  char bytes[3 + (3 + std::size(texts)) * kVarintBytesMax];
  char* end = bytes;
  *end++ = static_cast<char>(event.kind);
  *end++ = static_cast<char>(event.category);
  *end++ = static_cast<char>(event.qualifier);
  end = WriteVarint(end, ZigZag(event.day));
  end = WriteVarint(end, static_cast<uint64_t>(event.headcount));
  end = WriteVarint(end, static_cast<uint64_t>(event.female + 1));
  for (const absl::string_view text : texts) end = WriteVarint(end, NumberOf(text));
  entries_.append(bytes, static_cast<size_t>(end - bytes));
}

uint32_t BlockBuilder::NumberOf(absl::string_view text) {
  if (text.empty()) return 0;
  const auto [found, added] =
      text_numbers_.try_emplace(text, static_cast<uint32_t>(text_numbers_.size() + 1));
  if (added) {
    PutVarint(texts_, text.size());
    texts_.append(text.data(), text.size());
  }
  return found->second;
}

size_t BlockBuilder::size_bytes() const {
  return kHeaderBytes + texts_.size() + entries_.size() + kHashBytes;
}

std::string BlockBuilder::Finish() {
  assert(entry_count_ > 0);
  std::string bytes;
  bytes.reserve(size_bytes());
  bytes.append((needs_version_2_ ? kMagic2 : kMagic1).data(), kMagicBytes);
  PutFixed(bytes, static_cast<uint32_t>(entry_count_));
  PutFixed(bytes, first_position_);
  PutFixed(bytes, recorded_time_us_);
  bytes.append(ledger_id_.bytes().data(), LedgerId::kBytes);
  bytes.append(AsBytes(previous_hash_).data(), kHashBytes);
  PutFixed(bytes, static_cast<uint32_t>(text_numbers_.size()));
  PutFixed(bytes, static_cast<uint32_t>(texts_.size() + entries_.size()));
  bytes += texts_;
  bytes += entries_;
  bytes.append(AsBytes(Sha256(bytes)).data(), kHashBytes);
  return bytes;
}

absl::StatusOr<Block> Block::ParseHashed(absl::string_view bytes) {
  ByteReader reader(bytes);
  const absl::string_view magic = reader.Bytes(kMagicBytes);
  if (magic != kMagic1 && magic != kMagic2) {
    return absl::DataLossError("not a block: it does not begin with RLB1 or RLB2");
  }
  Block block;
  block.bytes_ = bytes;
  block.entry_count_ = reader.Fixed<uint32_t>();
  block.first_position_ = reader.Fixed<Position>();
  block.recorded_time_us_ = reader.Fixed<int64_t>();
  const absl::string_view id = reader.Bytes(LedgerId::kBytes);
  block.previous_hash_ = ReadDigest(reader);
  block.text_count_ = reader.Fixed<uint32_t>();
  const uint32_t body_bytes = reader.Fixed<uint32_t>();
  reader.Bytes(body_bytes);
  block.hash_ = ReadDigest(reader);
  if (!reader.ok() || !reader.at_end() || block.entry_count_ < 1 || block.first_position_ < 1 ||
      block.first_position_ > kPositionMax - block.entry_count_ || block.text_count_ > body_bytes) {
    return absl::DataLossError(absl::StrCat("block at position ", block.first_position_,
                                            " is truncated or its header is damaged"));
  }
  block.ledger_id_ = LedgerId::FromBytes(id);
  return block;
}

absl::StatusOr<Block> Block::Parse(absl::string_view bytes) {
  auto block = ParseHashed(bytes);
  if (!block.ok()) return block;
  if (Sha256(bytes.substr(0, bytes.size() - kHashBytes)) != block->hash_) {
    return absl::DataLossError(
        absl::StrCat("block at position ", block->first_position_, " is damaged: hash mismatch"));
  }
  return block;
}

template <typename Visit>
absl::Status Block::ForEach(Visit visit) const {
  const auto damaged = [](Position position) {
    return absl::DataLossError(absl::StrCat("entry at position ", position, " is malformed"));
  };
  ByteReader body(bytes_.substr(kHeaderBytes, bytes_.size() - kHeaderBytes - kHashBytes));
  std::vector<absl::string_view> texts;
  texts.reserve(text_count_ + 1);
  texts.emplace_back();
  for (uint32_t i = 0; i < text_count_; ++i) texts.push_back(body.Bytes(body.Varint()));
  if (!body.ok()) return damaged(first_position_);
  const bool version_1 = bytes_.substr(0, kMagicBytes) == kMagic1;
  EntryReader reader(body, std::move(texts), recorded_time_us_,
                     version_1 ? kStoredVoiding : kStoredRecord);
  LedgerEntry entry;
  for (Position position = first_position_; position <= last_position(); ++position) {
    if (!reader.Read(position, entry)) return damaged(position);
    if (!visit(entry)) return absl::OkStatus();
  }
  return reader.at_end() ? absl::OkStatus() : damaged(last_position() + 1);
}

absl::StatusOr<std::vector<LedgerEntry>> Block::Decode() const {
  std::vector<LedgerEntry> entries;
  // An entry has at least four bytes, which bounds the allocation for a damaged count.
  entries.reserve(std::min<size_t>(entry_count_, bytes_.size() / 4));
  const absl::Status status = ForEach([&](const LedgerEntry& entry) {
    entries.push_back(entry);
    return true;
  });
  if (!status.ok()) return status;
  return entries;
}

absl::StatusOr<LedgerEntry> Block::DecodeAt(Position position) const {
  assert(position >= first_position() && position <= last_position());
  LedgerEntry found;
  const absl::Status status = ForEach([&](const LedgerEntry& entry) {
    if (entry.position == position) found = entry;
    return entry.position != position;
  });
  if (!status.ok()) return status;
  return found;
}

absl::Status CheckFollows(const Block& block, const LedgerId& ledger_id, const LedgerTail& tail) {
  const auto refuse = [&](absl::string_view reason, auto... parts) {
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat("block at position ", block.first_position(),
                                                   " does not follow: ", parts...)),
        reason);
  };
  if (!ledger_id.empty() && block.ledger_id() != ledger_id) {
    return refuse("LEDGER_ID_MISMATCH", "it belongs to ledger ", block.ledger_id().ToString(),
                  ", expected ledger ", ledger_id.ToString());
  }
  if (block.first_position() != tail.position + 1) {
    return refuse("POSITION_GAP", "expected position ", tail.position + 1);
  }
  if (block.previous_hash() != tail.hash) {
    return refuse("HASH_MISMATCH", "its previous hash is ", Hex(block.previous_hash()),
                  ", expected ", Hex(tail.hash), " of position ", tail.position);
  }
  if (block.recorded_time_us() < tail.recorded_time_us) {
    return refuse("TIME_WENT_BACK", "its recorded time is earlier than that of position ",
                  tail.position);
  }
  return absl::OkStatus();
}

}  // namespace repatriation
