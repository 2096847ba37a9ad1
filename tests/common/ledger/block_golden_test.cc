// Checks the code against the worked examples, which are read from FORMAT.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/ledger/block.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/raw_block.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

// The lines of the example for a format version, "OFFSET  BYTES | NOTE".
std::vector<std::string> HexDumpLines(int version = 1) {
  int dumps = 0;
  std::ifstream file(REPAT_FORMAT_MD);
  EXPECT_TRUE(file.good()) << "cannot read " << REPAT_FORMAT_MD;
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```") inside = false;
    if (inside) lines.push_back(line);
    if (line == "```hexdump") inside = ++dumps == version;
  }
  return lines;
}

std::string ExampleBytes(int version = 1) {
  std::string bytes;
  for (const std::string& line : HexDumpLines(version)) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits('|', 1));
    const std::vector<std::string> words = absl::StrSplit(parts[0], ' ', absl::SkipEmpty());
    uint64_t offset = 0;
    EXPECT_TRUE(absl::SimpleHexAtoi(words.at(0), &offset)) << line;
    EXPECT_EQ(offset, bytes.size()) << line;
    for (size_t i = 1; i < words.size(); ++i) {
      EXPECT_EQ(words[i].size(), 2u) << line;
      bytes += absl::HexStringToBytes(words[i]);
    }
  }
  return bytes;
}

const int64_t kRecordedTimeUs = absl::ToUnixMicros(
    absl::FromCivil(absl::CivilSecond(2023, 9, 21, 6, 30, 0), absl::UTCTimeZone()));

LedgerId ExampleId() {
  return LedgerId::FromBytes(absl::HexStringToBytes("00112233445566778899aabbccddeeff"));
}

std::vector<LedgerEntry> ExampleEntries() {
  LedgerEntry event;
  event.id = "minusma-2023-09-20-sen-mopti-116";
  event.event.mission = "MINUSMA";
  event.event.kind = v1::KIND_REPATRIATION;
  event.event.day = DayNumberOf(absl::CivilDay(2023, 9, 20));
  event.event.category = v1::CATEGORY_CONTINGENT_TROOPS;
  event.event.country = "SEN";
  event.event.site = "Mopti";
  event.event.headcount = 116;
  event.event.source = "UN release";
  event.event.qualifier = v1::QUALIFIER_EXACT;

  LedgerEntry amendment = event;
  amendment.type = EntryType::kAmendment;
  amendment.id = "correction-1";
  amendment.target_position = 1;
  amendment.reason = "manifest lists 4 women";
  amendment.event.female = 4;
  amendment.event.movement_ref = "UN-751";

  LedgerEntry voiding;
  voiding.type = EntryType::kVoiding;
  voiding.id = "correction-2";
  voiding.target_position = 1;
  voiding.reason = "recorded twice";
  return {event, amendment, voiding};
}

std::vector<LedgerEntry> SecondExampleEntries(const std::string& record) {
  LedgerEntry plan;
  plan.id = "plan-deu-bamako";
  plan.event.mission = "MINUSMA";
  plan.event.kind = v1::KIND_REPATRIATION;
  plan.event.status = v1::EVENT_STATUS_PLANNED;
  plan.event.day = DayNumberOf(absl::CivilDay(2023, 12, 17));
  plan.event.category = v1::CATEGORY_MILITARY_STAFF_OFFICER;
  plan.event.country = "DEU";
  plan.event.site = "Bamako";
  plan.event.headcount = 4;

  LedgerEntry amendment = plan;
  amendment.type = EntryType::kAmendment;
  amendment.id = "correction-3";
  amendment.target_position = 4;
  amendment.reason = "one stays";
  amendment.event.headcount = 3;

  LedgerEntry release;
  release.type = EntryType::kQuarantineRelease;
  release.id = "correction-4";
  release.target_position = 2;
  release.reason = "table was late";

  LedgerEntry kept;
  kept.type = EntryType::kRecord;
  kept.id = "mark-1";
  kept.record = record;
  return {plan, amendment, release, kept};
}

std::string ExampleRecord() {
  v1::Record record;
  v1::ReportedThrough& mark = *record.mutable_reported_through();
  mark.set_record_id("mark-1");
  mark.set_mission("MINUSMA");
  mark.set_reporter("MOVCON");
  mark.set_day("2023-12-10");
  return EncodeRecord(record);
}

// The example for version 2 follows the one for version 1.
LedgerTail FirstTail() { return Block::Parse(ExampleBytes())->tail(); }

TEST(BlockGoldenTest, WritesAndReadsTheVersion2Example) {
  const std::string record = ExampleRecord();
  const std::vector<LedgerEntry> entries = SecondExampleEntries(record);
  const std::string example = ExampleBytes(2);
  EXPECT_EQ(Hex(BuildBlock(ExampleId(), FirstTail(), kRecordedTimeUs + 1, entries)), Hex(example));
  const auto block = Block::Parse(example);
  ASSERT_THAT(block, IsOk());
  EXPECT_THAT(CheckFollows(*block, ExampleId(), FirstTail()), IsOk());
  const auto decoded = block->Decode();
  ASSERT_THAT(decoded, IsOk());
  ASSERT_EQ(decoded->size(), entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_TRUE((*decoded)[i].SameContent(entries[i])) << "entry " << i;
  }
}

// A reader of version 1 must be able to detect entries that it does not know.
TEST(BlockGoldenTest, OnlyBlocksWithNewEntryTypesHaveVersion2) {
  EXPECT_EQ(ExampleBytes(1).substr(0, 4), "RLB1");
  EXPECT_EQ(ExampleBytes(2).substr(0, 4), "RLB2");
  std::string first_of_version_2 = ExampleBytes(1);
  first_of_version_2[3] = '2';
  FixHash(first_of_version_2);
  const auto either = Block::Parse(first_of_version_2);
  ASSERT_THAT(either, IsOk());
  EXPECT_THAT(either->Decode(), IsOk()) << "version 2 is a superset of version 1";
  std::string second_of_version_1 = ExampleBytes(2);
  second_of_version_1[3] = '1';
  FixHash(second_of_version_1);
  const auto older = Block::Parse(second_of_version_1);
  ASSERT_THAT(older, IsOk());
  EXPECT_THAT(older->Decode(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(BlockGoldenTest, WritesTheVersion1Example) {
  const std::string written =
      BuildBlock(ExampleId(), LedgerTail(), kRecordedTimeUs, ExampleEntries());
  const std::string example = ExampleBytes();
  EXPECT_EQ(Hex(written), Hex(example));
}

TEST(BlockGoldenTest, ReadsTheVersion1Example) {
  const std::string example = ExampleBytes();
  const auto block = Block::Parse(example);
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(block->ledger_id().ToString(), ExampleId().ToString());
  EXPECT_EQ(block->first_position(), 1);
  EXPECT_EQ(block->last_position(), 3);
  EXPECT_EQ(block->recorded_time_us(), kRecordedTimeUs);
  EXPECT_EQ(block->previous_hash(), Sha256Digest{});
  EXPECT_THAT(CheckFollows(*block, ExampleId(), LedgerTail()), IsOk());
  const auto entries = block->Decode();
  ASSERT_THAT(entries, IsOk());
  const std::vector<LedgerEntry> expected = ExampleEntries();
  ASSERT_EQ(entries->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE((*entries)[i].SameContent(expected[i])) << "entry " << i;
    EXPECT_EQ((*entries)[i].position, static_cast<Position>(i) + 1);
    EXPECT_EQ((*entries)[i].recorded_time_us, kRecordedTimeUs);
  }
}

// Computes the hash by its definition, independently of BlockBuilder.
TEST(BlockGoldenTest, ExampleHashCoversTheBytesBeforeIt) {
  std::string rehashed = ExampleBytes();
  ASSERT_EQ(rehashed.size(), 282u);
  FixHash(rehashed);
  EXPECT_EQ(Hex(rehashed), Hex(ExampleBytes()));
}

TEST(BlockGoldenTest, ExampleNotesNameTheEntries) {
  std::string text;
  for (const std::string& line : HexDumpLines()) absl::StrAppend(&text, line, "\n");
  for (const LedgerEntry& entry : ExampleEntries()) {
    EXPECT_TRUE(absl::StrContains(text, entry.id)) << entry.id;
    EXPECT_TRUE(absl::StrContains(text, entry.reason)) << entry.reason;
  }
}

}  // namespace
}  // namespace repatriation
