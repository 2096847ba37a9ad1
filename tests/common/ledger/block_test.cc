#include "common/ledger/block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/errors.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/raw_block.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

// Describes how two entries differ; "" if they do not.
std::string Difference(const LedgerEntry& got, const LedgerEntry& expected) {
  if (got.SameContent(expected) && got.position == expected.position) return "";
  v1::Entry got_proto;
  v1::Entry expected_proto;
  ToProto(got, absl::StrCat("@", got.target_position), &got_proto);
  ToProto(expected, absl::StrCat("@", expected.target_position), &expected_proto);
  return absl::StrCat("expected ", expected_proto.ShortDebugString(), " but got ",
                      got_proto.ShortDebugString());
}

class RandomBlockTest : public ::testing::Test {
 protected:
  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomEntries random_{seed_};
};

TEST_F(RandomBlockTest, EntriesRoundTrip) {
  const LedgerId id = LedgerId::Random();
  LedgerTail tail;
  int64_t recorded_time_us = 1'695'254'400'000'000;
  for (int i = 0; i < 200; ++i) {
    const std::vector<LedgerEntry> entries = random_.NextEntries(1 + random_.Below(30));
    recorded_time_us += static_cast<int64_t>(random_.Below(1000));
    const std::string bytes = BuildBlock(id, tail, recorded_time_us, entries);

    const auto block = Block::Parse(bytes);
    ASSERT_THAT(block, IsOk());
    ASSERT_THAT(CheckFollows(*block, id, tail), IsOk());
    EXPECT_EQ(block->bytes(), bytes);
    EXPECT_EQ(block->ledger_id(), id);
    EXPECT_EQ(block->first_position(), tail.position + 1);
    EXPECT_EQ(block->entry_count(), static_cast<int64_t>(entries.size()));
    EXPECT_EQ(block->last_position(), random_.last_position());
    EXPECT_EQ(block->recorded_time_us(), recorded_time_us);
    EXPECT_EQ(block->previous_hash(), tail.hash);

    const auto decoded = block->Decode();
    ASSERT_THAT(decoded, IsOk());
    ASSERT_EQ(decoded->size(), entries.size());
    for (size_t k = 0; k < entries.size(); ++k) {
      ASSERT_EQ(Difference((*decoded)[k], entries[k]), "");
      ASSERT_EQ((*decoded)[k].recorded_time_us, recorded_time_us);
      const auto single = block->DecodeAt(entries[k].position);
      ASSERT_THAT(single, IsOk());
      ASSERT_EQ(Difference(*single, entries[k]), "");
    }
    tail = block->tail();
    EXPECT_EQ(tail.position, random_.last_position());
    EXPECT_EQ(tail.recorded_time_us, recorded_time_us);
    EXPECT_EQ(tail.hash, block->hash());
  }
}

TEST_F(RandomBlockTest, DecodedTextsAreViewsIntoTheBlock) {
  const std::string bytes = RandomChain(seed_).Next(50);
  const auto entries = Block::Parse(bytes)->Decode();
  ASSERT_THAT(entries, IsOk());
  for (const LedgerEntry& entry : *entries) {
    for (const absl::string_view text :
         {entry.id, entry.reason, entry.event.mission, entry.event.site, entry.event.source}) {
      if (text.empty()) continue;
      EXPECT_GE(text.data(), bytes.data());
      EXPECT_LE(text.data() + text.size(), bytes.data() + bytes.size());
    }
  }
}

TEST_F(RandomBlockTest, EncodingIsDeterministic) {
  EXPECT_EQ(RandomChain(seed_).Next(40), RandomChain(seed_).Next(40));
}

TEST_F(RandomBlockTest, BuilderReportsItsSizeAndPositions) {
  LedgerTail tail;
  tail.position = 41;
  BlockBuilder builder(LedgerId::Random(), tail, 5);
  EXPECT_EQ(builder.entry_count(), 0);
  EXPECT_EQ(builder.next_position(), 42);
  for (int i = 1; i <= 20; ++i) {
    const LedgerEntry entry = random_.NextEvent();
    builder.Add(entry);
    EXPECT_EQ(builder.entry_count(), i);
    EXPECT_EQ(builder.next_position(), 42 + i);
  }
  const size_t size_bytes = builder.size_bytes();
  EXPECT_EQ(builder.Finish().size(), size_bytes);
}

TEST_F(RandomBlockTest, RejectsEveryChangedByte) {
  const std::string bytes = RandomChain(seed_).Next(12);
  ASSERT_THAT(Block::Parse(bytes), IsOk());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      ASSERT_THAT(Block::Parse(damaged), StatusIs(kDataLoss))
          << "byte " << i << " of " << bytes.size() << " xor " << flip;
    }
  }
}

TEST_F(RandomBlockTest, RejectsEveryTruncation) {
  const std::string bytes = RandomChain(seed_).Next(12);
  for (size_t size = 0; size < bytes.size(); ++size) {
    // A copy, so that a sanitizer detects a read past the end.
    const std::string cut = bytes.substr(0, size);
    ASSERT_THAT(Block::Parse(cut), StatusIs(kDataLoss)) << size << " of " << bytes.size();
  }
}

TEST_F(RandomBlockTest, RejectsTrailingBytes) {
  RandomChain chain(seed_);
  const std::string bytes = chain.Next(3);
  EXPECT_THAT(Block::Parse(bytes + '\0'), StatusIs(kDataLoss));
  EXPECT_THAT(Block::Parse(bytes + bytes), StatusIs(kDataLoss));
  EXPECT_THAT(Block::Parse(bytes + chain.Next(3)), StatusIs(kDataLoss));
}

TEST_F(RandomBlockTest, EveryChangedBodyByteDecodesOrIsDataLoss) {
  const std::string bytes = RandomChain(seed_).Next(12);
  for (size_t i = kRawHeaderBytes; i < bytes.size() - kRawHashBytes; ++i) {
    for (const int flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      FixHash(damaged);
      const auto block = Block::Parse(damaged);
      ASSERT_THAT(block, IsOk()) << "byte " << i << " xor " << flip;
      const auto entries = block->Decode();
      if (entries.ok()) {
        ASSERT_EQ(entries->size(), 12u) << "byte " << i << " xor " << flip;
      } else {
        ASSERT_THAT(entries, StatusIs(kDataLoss, HasSubstr("entry at position")))
            << "byte " << i << " xor " << flip;
      }
    }
  }
}

TEST(BlockTest, BoundaryValuesRoundTrip) {
  const std::string long_text(1024, 'x');
  std::vector<LedgerEntry> entries;
  const auto add = [&](auto change) {
    LedgerEntry entry;
    entry.id = "id";
    entry.event.mission = "M";
    entry.event.kind = v1::KIND_REPATRIATION;
    entry.event.category = v1::CATEGORY_CONTINGENT_TROOPS;
    entry.event.headcount = 1;
    change(entry);
    entry.position = static_cast<Position>(entries.size()) + 1;
    entries.push_back(entry);
  };
  add([](LedgerEntry& e) { e.event.day = INT32_MIN; });
  add([](LedgerEntry& e) { e.event.day = INT32_MAX; });
  add([](LedgerEntry& e) { e.event.headcount = 100'000; });
  add([](LedgerEntry& e) { e.event.headcount = e.event.female = 100'000; });
  add([](LedgerEntry& e) { e.event.female = 0; });
  add([](LedgerEntry& e) { e.event.kind = v1::KIND_DEATH; });
  add([](LedgerEntry& e) { e.event.category = v1::CATEGORY_NATIONAL_STAFF; });
  add([](LedgerEntry& e) { e.event.qualifier = v1::QUALIFIER_LESS_THAN; });
  add([&](LedgerEntry& e) { e.id = absl::string_view(long_text).substr(0, 64); });
  add([&](LedgerEntry& e) { e.event.source = e.event.unit = long_text; });
  add([](LedgerEntry& e) {
    e.type = EntryType::kAmendment;
    e.target_position = 1;
    e.reason = "first of all";
  });
  add([&](LedgerEntry& e) {
    e.type = EntryType::kVoiding;
    e.target_position = 11;
    e.reason = long_text;
    e.event = EventContent();
  });
  const std::string bytes = BuildBlock(LedgerId::Random(), LedgerTail(), 0, entries);
  const auto decoded = Block::Parse(bytes)->Decode();
  ASSERT_THAT(decoded, IsOk());
  ASSERT_EQ(decoded->size(), entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(Difference((*decoded)[i], entries[i]), "") << i;
  }
}

TEST(BlockTest, TextNumbersOfTwoBytesRoundTrip) {
  std::vector<std::string> sites(300);
  std::vector<LedgerEntry> entries(300);
  for (size_t i = 0; i < entries.size(); ++i) {
    sites[i] = absl::StrCat("site ", i);
    entries[i].position = static_cast<Position>(i) + 1;
    entries[i].id = "id";
    entries[i].event.site = sites[i];
    entries[i].event.kind = v1::KIND_ARRIVAL;
    entries[i].event.category = v1::CATEGORY_UN_VOLUNTEER;
    entries[i].event.headcount = 1;
  }
  const std::string bytes = BuildBlock(LedgerId::Random(), LedgerTail(), 0, entries);
  const auto decoded = Block::Parse(bytes)->Decode();
  ASSERT_THAT(decoded, IsOk());
  for (size_t i = 0; i < entries.size(); ++i) {
    ASSERT_EQ(Difference((*decoded)[i], entries[i]), "");
  }
}

TEST(BlockTest, RejectsBytesThatAreNoBlock) {
  for (const absl::string_view bytes :
       {"", "R", "RLB", "RLB1", "RLB2", "RLB3", "rlb1", "no block"}) {
    EXPECT_THAT(Block::Parse(bytes), StatusIs(kDataLoss)) << bytes;
  }
  EXPECT_THAT(Block::Parse(absl::string_view()), StatusIs(kDataLoss, HasSubstr("not a block")));
}

// The hash is valid, as a faulty writer would produce it.
TEST(BlockTest, RejectsInvalidHeaders) {
  const auto bytes_with = [](auto change) {
    RawBlock raw;
    raw.body = RawEvent().Bytes();
    change(raw);
    return raw.Bytes();
  };
  const auto expect_refused = [&](const char* what, auto change) {
    EXPECT_THAT(Block::Parse(bytes_with(change)), StatusIs(kDataLoss)) << what;
  };
  ASSERT_THAT(Block::Parse(bytes_with([](RawBlock&) {})), IsOk());
  expect_refused("unknown magic", [](RawBlock& b) { b.magic = "RLB3"; });
  expect_refused("no entry", [](RawBlock& b) { b.entry_count = 0; });
  expect_refused("position 0", [](RawBlock& b) { b.first_position = 0; });
  expect_refused("position -1", [](RawBlock& b) { b.first_position = -1; });
  expect_refused("position INT64_MIN", [](RawBlock& b) { b.first_position = INT64_MIN; });
  expect_refused("positions beyond 63 bits", [](RawBlock& b) { b.first_position = INT64_MAX; });
  expect_refused("many positions beyond 63 bits", [](RawBlock& b) {
    b.first_position = INT64_MAX - 5;
    b.entry_count = UINT32_MAX;
  });
  expect_refused("more texts than bytes", [](RawBlock& b) { b.text_count = b.body.size() + 1; });
  expect_refused("giant number of texts", [](RawBlock& b) { b.text_count = UINT32_MAX; });
  expect_refused("body longer than it is", [](RawBlock& b) { b.body_bytes = b.body.size() + 1; });
  expect_refused("body shorter than it is", [](RawBlock& b) { b.body_bytes = b.body.size() - 1; });
  expect_refused("giant body", [](RawBlock& b) { b.body_bytes = UINT32_MAX; });
}

TEST(BlockTest, AcceptsTheLastPositions) {
  RawBlock raw;
  raw.body = RawEvent().Bytes();
  raw.first_position = INT64_MAX - 1;
  const std::string bytes = raw.Bytes();
  const auto block = Block::Parse(bytes);
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(block->last_position(), INT64_MAX - 1);
  const auto entries = block->Decode();
  ASSERT_THAT(entries, IsOk());
  EXPECT_EQ(entries->front().position, INT64_MAX - 1);
}

absl::StatusOr<std::vector<LedgerEntry>> Decode(const RawBlock& raw) {
  // Static: the entries are views into it.
  static std::string bytes;
  bytes = raw.Bytes();
  const auto block = Block::Parse(bytes);
  EXPECT_THAT(block, IsOk());
  return block.ok() ? block->Decode() : block.status();
}

// The block has two valid events before the one at position 3.
RawBlock BlockOf(const std::string& third_entry) {
  RawBlock raw;
  raw.entry_count = 3;
  raw.text_count = 2;
  raw.body = absl::StrCat("\x05Mopti\x03SEN", RawEvent().Bytes(), RawEvent().Bytes(), third_entry);
  return raw;
}

TEST(BlockTest, ValuesOutOfRangeAreDataLoss) {
  const auto decode_with = [](auto change) {
    RawEvent entry;
    change(entry);
    return Decode(BlockOf(entry.Bytes()));
  };
  const auto expect_fine = [&](const char* what, auto change) {
    EXPECT_THAT(decode_with(change), IsOk()) << what;
  };
  const auto expect_refused = [&](const char* what, auto change) {
    EXPECT_THAT(decode_with(change), StatusIs(kDataLoss, HasSubstr("position 3"))) << what;
  };
  expect_fine("nothing changed", [](RawEvent&) {});
  expect_refused("type 0", [](RawEvent& e) { e.type = 0; });
  expect_refused("type 4", [](RawEvent& e) { e.type = 4; });
  expect_refused("type 255", [](RawEvent& e) { e.type = 255; });
  expect_fine("last kind", [](RawEvent& e) { e.kind = 5; });
  expect_refused("kind 0", [](RawEvent& e) { e.kind = 0; });
  expect_refused("kind 6", [](RawEvent& e) { e.kind = 6; });
  expect_refused("kind 255", [](RawEvent& e) { e.kind = 255; });
  expect_fine("last leaf", [](RawEvent& e) { e.category = 8; });
  expect_refused("category 0", [](RawEvent& e) { e.category = 0; });
  expect_refused("category 9", [](RawEvent& e) { e.category = 9; });
  expect_refused("a roll-up", [](RawEvent& e) { e.category = v1::CATEGORY_FORCE; });
  expect_refused("category 255", [](RawEvent& e) { e.category = 255; });
  expect_fine("last qualifier", [](RawEvent& e) { e.qualifier = 5; });
  expect_refused("qualifier 6", [](RawEvent& e) { e.qualifier = 6; });
  expect_refused("qualifier 255", [](RawEvent& e) { e.qualifier = 255; });
  expect_fine("first day", [](RawEvent& e) { e.day = ZigZag(INT32_MIN); });
  expect_refused("before it", [](RawEvent& e) { e.day = ZigZag(int64_t{INT32_MIN} - 1); });
  expect_fine("last day", [](RawEvent& e) { e.day = ZigZag(INT32_MAX); });
  expect_refused("after it", [](RawEvent& e) { e.day = ZigZag(int64_t{INT32_MAX} + 1); });
  expect_refused("giant day", [](RawEvent& e) { e.day = UINT64_MAX; });
  expect_refused("headcount 0", [](RawEvent& e) { e.headcount = 0; });
  expect_fine("maximum headcount", [](RawEvent& e) { e.headcount = 100'000; });
  expect_refused("headcount above the maximum", [](RawEvent& e) { e.headcount = 100'001; });
  expect_refused("headcount 2^32 + 1", [](RawEvent& e) { e.headcount = 0x1'0000'0001; });
  expect_refused("giant headcount", [](RawEvent& e) { e.headcount = UINT64_MAX; });
  expect_fine("female = headcount", [](RawEvent& e) { e.headcount = 7, e.female_and_one = 8; });
  expect_refused("female > headcount", [](RawEvent& e) { e.female_and_one = 3; });
  expect_refused("giant female", [](RawEvent& e) { e.female_and_one = UINT64_MAX; });
  for (int i = 0; i < 7; ++i) {
    expect_fine("last text", [&](RawEvent& e) { e.texts[i] = 2; });
    expect_refused("text out of range", [&](RawEvent& e) { e.texts[i] = 3; });
    expect_refused("giant text number", [&](RawEvent& e) { e.texts[i] = UINT64_MAX; });
  }
}

TEST(BlockTest, CorrectionsMustReferToEarlierPositions) {
  for (const uint8_t type : {2, 3}) {
    const auto decode_with = [&](uint64_t distance, uint64_t reason) {
      RawEvent entry;
      entry.type = type;
      entry.distance = distance;
      entry.reason = reason;
      return Decode(BlockOf(entry.Bytes()));
    };
    const auto last = decode_with(1, 1);
    ASSERT_THAT(last, IsOk());
    EXPECT_EQ(last->back().target_position, 2);
    EXPECT_EQ(last->back().reason, "Mopti");
    const auto first = decode_with(2, 0);
    ASSERT_THAT(first, IsOk());
    EXPECT_EQ(first->back().target_position, 1);
    EXPECT_EQ(first->back().reason, "");
    for (const uint64_t distance :
         {uint64_t{0}, uint64_t{3}, uint64_t{4}, uint64_t{1} << 63, UINT64_MAX}) {
      EXPECT_THAT(decode_with(distance, 1), StatusIs(kDataLoss, HasSubstr("position 3")))
          << distance;
    }
    EXPECT_THAT(decode_with(1, 3), StatusIs(kDataLoss, HasSubstr("position 3")));
  }
}

TEST(BlockTest, TooLongOrTooShortBodiesAreDataLoss) {
  const RawBlock whole = BlockOf(RawEvent().Bytes());
  ASSERT_THAT(Decode(whole), IsOk());
  RawBlock longer = whole;
  longer.body += '\0';
  EXPECT_THAT(Decode(longer), StatusIs(kDataLoss, HasSubstr("position 4")));
  // The two texts have 10 bytes, each entry 17; only the entries are truncated.
  const size_t entry_bytes = RawEvent().Bytes().size();
  for (size_t cut = 1; cut <= 3 * entry_bytes; ++cut) {
    RawBlock shorter = whole;
    shorter.body.resize(whole.body.size() - cut);
    const size_t position = 3 - (cut - 1) / entry_bytes;
    EXPECT_THAT(Decode(shorter),
                StatusIs(kDataLoss, HasSubstr(absl::StrCat("position ", position))))
        << cut;
  }
}

TEST(BlockTest, IdsAndTextsBeyondTheBodyAreDataLoss) {
  for (const uint64_t size : {uint64_t{17}, uint64_t{1} << 32, UINT64_MAX}) {
    std::string id = "\x01";
    PutVarint(id, size);
    EXPECT_THAT(Decode(BlockOf(id + "short")), StatusIs(kDataLoss, HasSubstr("position 3")));
    RawBlock raw;
    raw.text_count = 1;
    PutVarint(raw.body, size);
    raw.body += "short";
    EXPECT_THAT(Decode(raw), StatusIs(kDataLoss, HasSubstr("position 1"))) << size;
  }
}

TEST(BlockTest, UnterminatedVarintsAreDataLoss) {
  RawBlock raw;
  raw.text_count = 1;
  raw.body = std::string(200, '\xff');
  EXPECT_THAT(Decode(raw), StatusIs(kDataLoss));
  raw.text_count = 0;
  raw.body = "\x01" + std::string(200, '\x80');
  EXPECT_THAT(Decode(raw), StatusIs(kDataLoss));
}

TEST(BlockTest, GiantCountsAreDataLossWithoutALargeAllocation) {
  RawBlock raw = BlockOf(RawEvent().Bytes());
  for (const uint32_t count : {uint32_t{4}, uint32_t{1} << 31, UINT32_MAX}) {
    raw.entry_count = count;
    EXPECT_THAT(Decode(raw), StatusIs(kDataLoss, HasSubstr("position 4"))) << count;
  }
  raw.entry_count = 3;
  raw.text_count = static_cast<uint32_t>(raw.body.size());
  EXPECT_THAT(Decode(raw), StatusIs(kDataLoss));
}

TEST(BlockTest, DecodeAtStopsAtItsEntry) {
  RawEvent third;
  third.kind = 0;
  RawBlock raw = BlockOf(third.Bytes());
  const std::string bytes = raw.Bytes();
  const auto block = Block::Parse(bytes);
  ASSERT_THAT(block, IsOk());
  EXPECT_THAT(block->DecodeAt(1), IsOk());
  EXPECT_THAT(block->DecodeAt(2), IsOk());
  EXPECT_THAT(block->DecodeAt(3), StatusIs(kDataLoss, HasSubstr("position 3")));
}

class CheckFollowsTest : public ::testing::Test {
 protected:
  CheckFollowsTest() {
    tail_.position = 41;
    tail_.recorded_time_us = 1000;
    tail_.hash.fill(0xaa);
  }

  // CheckFollows() for a block that was built to follow `built_on`.
  absl::Status Check(const LedgerTail& built_on, int64_t recorded_time_us, const LedgerId& id) {
    RandomEntries random(1);
    const std::string bytes = BuildBlock(id_, built_on, recorded_time_us, {random.NextEvent()});
    return CheckFollows(Block::Parse(bytes).value(), id, tail_);
  }

  void ExpectRefused(const absl::Status& status, const char* reason, const char* message) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(message)));
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("position 42")));
    EXPECT_EQ(ReasonOf(status), reason);
  }

  const LedgerId id_ = LedgerId::FromBytes("this one ledger!");
  LedgerTail tail_;
};

TEST_F(CheckFollowsTest, AcceptsTheNextBlock) {
  EXPECT_THAT(Check(tail_, 1000, id_), IsOk());
  EXPECT_THAT(Check(tail_, 2000, id_), IsOk());
}

TEST_F(CheckFollowsTest, AnEmptyLedgerIdMatchesAnyLedger) {
  EXPECT_THAT(Check(tail_, 1000, LedgerId()), IsOk());
}

TEST_F(CheckFollowsTest, RejectsAnotherLedger) {
  const LedgerId other = LedgerId::FromBytes("some other one..");
  const absl::Status status = Check(tail_, 1000, other);
  ExpectRefused(status, "LEDGER_ID_MISMATCH", "ledger");
  EXPECT_THAT(std::string(status.message()), HasSubstr(id_.ToString()));
  EXPECT_THAT(std::string(status.message()), HasSubstr(other.ToString()));
}

TEST_F(CheckFollowsTest, RejectsAGap) {
  LedgerTail later = tail_;
  later.position = 42;
  const absl::Status status = Check(later, 1000, id_);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               "block at position 43 does not follow: expected position 42"));
  EXPECT_EQ(ReasonOf(status), "POSITION_GAP");
}

TEST_F(CheckFollowsTest, RejectsABlockThatIsAlreadyStored) {
  LedgerTail earlier = tail_;
  earlier.position = 40;
  const absl::Status status = Check(earlier, 1000, id_);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               "block at position 41 does not follow: expected position 42"));
  EXPECT_EQ(ReasonOf(status), "POSITION_GAP");
}

TEST_F(CheckFollowsTest, RejectsAnotherHistory) {
  LedgerTail other = tail_;
  other.hash[31] ^= 1;
  const absl::Status status = Check(other, 1000, id_);
  ExpectRefused(status, "HASH_MISMATCH", "of position 41");
  EXPECT_THAT(std::string(status.message()), HasSubstr(Hex(tail_.hash)));
  EXPECT_THAT(std::string(status.message()), HasSubstr(Hex(other.hash)));
}

TEST_F(CheckFollowsTest, RejectsAnEarlierRecordedTime) {
  LedgerTail earlier = tail_;
  earlier.recorded_time_us = 0;
  ExpectRefused(Check(earlier, 999, id_), "TIME_WENT_BACK", "position 41");
}

}  // namespace
}  // namespace repatriation
