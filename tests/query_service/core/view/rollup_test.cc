// Compares the posting log and its roll-ups with plain sums.
#include "query_service/core/view/rollup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/random_entries.h"

namespace repatriation {
namespace {

CellKey RandomKey(RandomEntries& random) {
  CellKey key;
  key.mission = 1;
  key.country = static_cast<TextId>(random.Below(5));
  key.site = static_cast<TextId>(random.Below(4));
  key.unit = static_cast<TextId>(random.Below(3));
  key.day = static_cast<DayNumber>(random.Below(20));
  key.kind = v1::KIND_REPATRIATION;
  key.category = static_cast<v1::Category>(1 + random.Below(3));
  key.sex = v1::SEX_UNKNOWN;
  return key;
}

// A log with roll-ups, and the same postings in a plain list.
class RollupTest : public ::testing::Test {
 protected:
  RollupTest() {
    for (const CellDimensions dimensions : {int{kByAll}, 0, int{kByCountry | kByDay}}) {
      const Rollup::Spacing spacing{.postings_per_cell = 2, .postings_min = 9};
      rollups_.emplace_back(static_cast<CellDimensions>(dimensions), spacing, &log_, &pages_);
    }
  }

  // A block of `entries` entries of one to three postings each, in old and new
  // cells.
  void AddBlock(uint64_t entries) {
    std::vector<Posting> block;
    for (uint64_t i = 0; i < entries; ++i) {
      for (uint64_t more = random_.Chance(4) ? 1 + random_.Below(2) : 0;; --more) {
        const int32_t headcount = static_cast<int32_t>(1 + random_.Below(100'000));
        block.emplace_back(RandomCell(), random_.Chance(3) ? -headcount : headcount,
                           random_.Chance(2), /*last=*/more == 0);
        if (more == 0) break;
      }
      ends_.push_back(postings_.size() + block.size());
    }
    postings_.insert(postings_.end(), block.begin(), block.end());
    time_us_ += static_cast<int64_t>(random_.Below(3));
    for (uint64_t i = 0; i < entries; ++i) times_us_.push_back(time_us_);
    LedgerTail tail;
    tail.position = static_cast<Position>(ends_.size()) - 1;
    tail.recorded_time_us = time_us_;
    log_.Append(block, tail);
    for (Rollup& rollup : rollups_) rollup.Apply();
  }

  CellId RandomCell() {
    const CellKey key = RandomKey(random_);
    for (CellId cell = 0; cell < keys_.size(); ++cell) {
      if (keys_[cell] == key) return cell;
    }
    keys_.push_back(key);
    for (Rollup& rollup : rollups_) rollup.AddCells({key});
    return static_cast<CellId>(keys_.size() - 1);
  }

  static std::string Describe(const CellKey& key, const CellTotal& total) {
    return absl::StrCat(key.country, " ", key.site, " ", key.unit, " ", key.day, " ",
                        static_cast<int>(key.category), ": ", total.headcount, " ", total.events,
                        " ", total.whole_events);
  }

  // The non-zero cells after `count` postings.
  std::string Expected(CellDimensions dimensions, size_t count) const {
    std::map<std::string, std::pair<CellKey, CellTotal>> cells;
    for (size_t i = 0; i < count; ++i) {
      const CellKey key = Project(keys_[postings_[i].cell()], dimensions);
      auto& [found, total] = cells[Describe(key, {})];
      found = key;
      total.Add(postings_[i]);
    }
    std::string text;
    for (const auto& [name, cell] : cells) {
      if (cell.second != CellTotal())
        absl::StrAppend(&text, Describe(cell.first, cell.second), "\n");
    }
    return text;
  }
  static std::string Got(const Rollup& rollup, size_t count) {
    std::vector<CellTotal> storage = {{1, 1, 1}};  // left from another call
    const auto totals = rollup.TotalsAfter(count, storage);
    EXPECT_EQ(totals.size(), rollup.cells().size());
    std::map<std::string, std::string> cells;
    for (size_t i = 0; i < totals.size(); ++i) {
      if (totals[i] == CellTotal()) continue;
      cells[Describe(rollup.cells()[i], {})] = Describe(rollup.cells()[i], totals[i]);
    }
    std::string text;
    for (const auto& [name, cell] : cells) absl::StrAppend(&text, cell, "\n");
    return text;
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomEntries random_{seed_};
  PagePreparer pages_;
  PostingLog log_{&pages_};
  std::deque<Rollup> rollups_;
  std::vector<CellKey> keys_;       // by CellId
  std::vector<Posting> postings_;   // all
  std::vector<size_t> ends_ = {0};  // by position: postings through it
  std::vector<int64_t> times_us_;   // by position - 1
  int64_t time_us_ = 1'000'000;
};

TEST_F(RollupTest, TotalsAfterEveryPosting) {
  AddBlock(1);
  AddBlock(40);
  for (int block = 0; block < 30; ++block) AddBlock(1 + random_.Below(30));
  for (const Rollup& rollup : rollups_) {
    for (size_t count = 0; count <= postings_.size(); ++count) {
      ASSERT_EQ(Got(rollup, count), Expected(rollup.dimensions(), count))
          << "after " << count << " of " << postings_.size() << " postings, dimensions "
          << static_cast<int>(rollup.dimensions());
    }
  }
}

TEST_F(RollupTest, PastTotalsNeverChange) {
  AddBlock(50);
  const size_t count = postings_.size() / 2;
  for (int block = 0; block < 100; ++block) {
    AddBlock(20);
    for (const Rollup& rollup : rollups_) {
      ASSERT_EQ(Got(rollup, count), Expected(rollup.dimensions(), count)) << "block " << block;
    }
  }
}

TEST_F(RollupTest, IsZeroBeforeFirstBlock) {
  for (const Rollup& rollup : rollups_) EXPECT_EQ(Got(rollup, 0), "");
}

TEST_F(RollupTest, LogFindsPostingsAndTimesOfPositions) {
  for (int block = 0; block < 50; ++block) AddBlock(1 + random_.Below(40));
  for (size_t position = 0; position < ends_.size(); ++position) {
    ASSERT_EQ(log_.CountThrough(static_cast<Position>(position)), ends_[position]);
    if (position == 0) continue;
    ASSERT_EQ(log_.TimeOfPosition(static_cast<Position>(position)), times_us_[position - 1]);
  }
  for (int64_t time_us = 999'999; time_us <= time_us_ + 1; ++time_us) {
    const auto expected = std::upper_bound(times_us_.begin(), times_us_.end(), time_us);
    ASSERT_EQ(log_.PositionAtTime(time_us), expected - times_us_.begin()) << time_us;
  }
}

TEST_F(RollupTest, LogGrowsBeyondItsFirstMemory) {
  while (log_.size() < 200'000) AddBlock(5'000);
  ASSERT_EQ(log_.size(), postings_.size());
  for (size_t i = 0; i < postings_.size(); i += 1 + random_.Below(50)) {
    ASSERT_EQ(log_[i], postings_[i]) << i;
  }
  const size_t begin = random_.Below(log_.size());
  const size_t end = begin + random_.Below(log_.size() - begin + 1);
  size_t next = begin;
  log_.ForEach(begin, end, [&](const Posting& posting) { ASSERT_EQ(posting, postings_[next++]); });
  EXPECT_EQ(next, end);
}

TEST(PostingTest, RoundTripsItsFields) {
  for (const int32_t headcount : {1, -1, 17, -17, kHeadcountMax, -kHeadcountMax}) {
    for (const bool whole : {false, true}) {
      for (const bool last : {false, true}) {
        Posting posting(UINT32_MAX, headcount, whole, !last);
        posting.set_last(last);
        EXPECT_EQ(posting.cell(), UINT32_MAX);
        EXPECT_EQ(posting.headcount(), headcount);
        EXPECT_EQ(posting.events(), headcount > 0 ? 1 : -1);
        EXPECT_EQ(posting.whole_events(), whole ? posting.events() : 0);
        EXPECT_EQ(posting.last(), last);
        EXPECT_TRUE(posting.IsValid());
      }
    }
  }
  EXPECT_FALSE(Posting().IsValid());
}

}  // namespace
}  // namespace repatriation
