// Feeds bytes to Block::Parse and Decode. The first byte chooses how the rest
// is used, since hardly any bytes that a fuzzer makes up have the right hash:
//
//   0  as a block, as it is
//   1  as a block, its hash put right
//   2  as a block's entry count, text count and body; header and hash are right
//   3  the same, of version 2
//
// Whatever decodes must be within the ranges of FORMAT.md and must come back
// the same from a block that is built of it.
//
// With REPAT_FUZZ_CANARY it holds a bug that the fuzzer must find, which shows
// that it reaches the entries of a body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/domain/category.h"
#include "common/ledger/block.h"
#include "tests/common/testing/raw_block.h"
#include "tests/fuzz/check.h"

namespace repatriation {
namespace {

#ifdef REPAT_FUZZ_CANARY
constexpr bool kCanary = true;
#else
constexpr bool kCanary = false;
#endif

std::string BytesOf(absl::string_view input) {
  if (input.empty()) return "";
  const int mode = static_cast<unsigned char>(input[0]) % 4;
  input.remove_prefix(1);
  if (mode >= 2) {
    RawBlock raw;
    if (mode == 3) raw.magic = "RLB2";
    ByteReader reader(input);
    raw.entry_count = reader.Fixed<uint8_t>();
    raw.text_count = reader.Fixed<uint8_t>();
    raw.first_position = 100;
    raw.body = std::string(input.substr(std::min<size_t>(2, input.size())));
    return raw.Bytes();
  }
  std::string bytes(input);
  if (mode == 1 && bytes.size() >= kRawHashBytes) FixHash(bytes);
  return bytes;
}

void CheckEvent(const EventContent& event) {
  FUZZ_CHECK(v1::Kind_IsValid(event.kind) && event.kind != 0, "kind");
  FUZZ_CHECK(IsLeafCategory(event.category), "category");
  FUZZ_CHECK(v1::Qualifier_IsValid(event.qualifier), "qualifier");
  FUZZ_CHECK(event.headcount >= 1 && event.headcount <= 100'000, "headcount");
  FUZZ_CHECK(event.female >= kFemaleUnknown && event.female <= event.headcount, "women");
  FUZZ_CHECK(event.status == v1::EVENT_STATUS_ACTUAL || event.status == v1::EVENT_STATUS_PLANNED,
             "status");
}

void CheckRecord(const LedgerEntry& entry) {
  v1::Record record;
  FUZZ_CHECK(record.ParseFromArray(entry.record.data(), static_cast<int>(entry.record.size())),
             "a record is one");
  FUZZ_CHECK(IdOf(record) == entry.id, "a record has its entry's id");
}

void CheckEntry(const Block& block, const LedgerEntry& entry, Position position) {
  FUZZ_CHECK(entry.position == position, "position");
  FUZZ_CHECK(entry.recorded_time_us == block.recorded_time_us(), "recorded time");
  if (!IsCorrection(entry.type)) {
    FUZZ_CHECK(entry.target_position == 0 && entry.reason.empty(), "it corrects nothing");
  } else {
    FUZZ_CHECK(entry.target_position >= 1 && entry.target_position < position, "target");
  }
  if (HasContent(entry.type)) {
    CheckEvent(entry.event);
  } else {
    FUZZ_CHECK(entry.event == EventContent(), "it has no content");
  }
  if (entry.type == EntryType::kRecord) CheckRecord(entry);
}

void CheckSame(const std::vector<LedgerEntry>& entries, const std::vector<LedgerEntry>& others) {
  FUZZ_CHECK(entries.size() == others.size(), "number of entries");
  for (size_t i = 0; i < entries.size(); ++i) {
    FUZZ_CHECK(entries[i].position == others[i].position, "position");
    FUZZ_CHECK(entries[i].SameContent(others[i]), "content");
  }
}

std::string Rebuild(const Block& block, const std::vector<LedgerEntry>& entries) {
  LedgerTail tail;
  tail.position = block.first_position() - 1;
  tail.recorded_time_us = block.recorded_time_us();
  tail.hash = block.previous_hash();
  BlockBuilder builder(block.ledger_id(), tail, block.recorded_time_us());
  for (const LedgerEntry& entry : entries) {
    LedgerEntry copy = entry;
    if (kCanary && entry.event.qualifier != v1::QUALIFIER_UNSPECIFIED) copy.event.day += 1;
    builder.Add(copy);
  }
  return builder.Finish();
}

void Try(const std::string& bytes) {
  const auto block = Block::Parse(bytes);
  if (!block.ok()) {
    FUZZ_CHECK(absl::IsDataLoss(block.status()), "code of Parse");
    return;
  }
  FUZZ_CHECK(block->bytes() == bytes, "bytes");
  FUZZ_CHECK(block->entry_count() >= 1 && block->first_position() >= 1, "header");
  const auto entries = block->Decode();
  if (!entries.ok()) {
    FUZZ_CHECK(absl::IsDataLoss(entries.status()), "code of Decode");
    return;
  }
  FUZZ_CHECK(static_cast<int64_t>(entries->size()) == block->entry_count(), "entry count");
  for (size_t i = 0; i < entries->size(); ++i) {
    CheckEntry(*block, (*entries)[i], block->first_position() + static_cast<Position>(i));
  }
  const auto last = block->DecodeAt(block->last_position());
  FUZZ_CHECK(last.ok() && last->SameContent(entries->back()), "DecodeAt");

  const std::string rebuilt = Rebuild(*block, *entries);
  FUZZ_CHECK(rebuilt.size() <= bytes.size(), "a builder needs no more bytes than anybody");
  const auto rebuilt_block = Block::Parse(rebuilt);
  FUZZ_CHECK(rebuilt_block.ok(), "Parse of what was built");
  const auto rebuilt_entries = rebuilt_block->Decode();
  FUZZ_CHECK(rebuilt_entries.ok(), "Decode of what was built");
  CheckSame(*entries, *rebuilt_entries);
  FUZZ_CHECK(Rebuild(*rebuilt_block, *rebuilt_entries) == rebuilt || kCanary,
             "the same entries give the same bytes");
}

}  // namespace
}  // namespace repatriation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  repatriation::Try(repatriation::BytesOf({reinterpret_cast<const char*>(data), size}));
  return 0;
}
