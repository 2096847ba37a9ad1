#include "ingest_service/core/new_entries.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "absl/strings/str_cat.h"

namespace repatriation {
namespace {

class NewEntriesTest : public ::testing::Test {
 protected:
  void Add(const std::string& id, Fingerprint fingerprint) {
    LedgerEntry& entry = entries_.emplace_back();
    entry.id = ids_.emplace_back(id);
    added_.Add(&entry, fingerprint);
  }
  bool Finds(const std::string& id, Fingerprint fingerprint) const {
    const LedgerEntry* const found = added_.Find(id, fingerprint);
    return found != nullptr && found->id == id;
  }

  NewEntries added_;
  std::deque<std::string> ids_;
  std::deque<LedgerEntry> entries_;
};

TEST_F(NewEntriesTest, FindsByIdDespiteFingerprintCollisions) {
  // Equal fingerprints, equal slots, the last slot, a full slot.
  Add("a", 7);
  Add("b", 7);
  Add("c", 7 + 1024);
  Add("d", ~Fingerprint{0});
  Add("e", 1023);
  EXPECT_TRUE(Finds("a", 7) && Finds("b", 7) && Finds("c", 7 + 1024));
  EXPECT_TRUE(Finds("d", ~Fingerprint{0}) && Finds("e", 1023));
  EXPECT_EQ(added_.Find("f", 7), nullptr);
  EXPECT_EQ(added_.Find("a", 8), nullptr);
  EXPECT_EQ(added_.Find("d", 0), nullptr);
}

TEST_F(NewEntriesTest, KeepsInsertionOrder) {
  for (int i = 0; i < 3; ++i) Add(absl::StrCat(i), 100 - i);
  ASSERT_EQ(added_.entries().size(), 3u);
  EXPECT_EQ(added_.entries()[2]->id, "2");
  EXPECT_EQ(added_.fingerprints(), (std::vector<Fingerprint>{100, 99, 98}));
}

TEST_F(NewEntriesTest, ListsVoidingsSeparately) {
  Add("a", 1);
  LedgerEntry voiding;
  voiding.type = EntryType::kVoiding;
  added_.Add(&voiding, 2);
  EXPECT_EQ(added_.voidings(), std::vector<const LedgerEntry*>{&voiding});
  added_.Clear();
  EXPECT_TRUE(added_.voidings().empty());
}

// Group sizes chosen to make it grow and to use both ways of Clear().
TEST_F(NewEntriesTest, ClearRemovesEverything) {
  for (const int count : {3, 5'000, 0, 60, 1'000, 63, 64, 20'000, 1}) {
    SCOPED_TRACE(count);
    for (int i = 0; i < count; ++i) Add(absl::StrCat(i), FingerprintOf(absl::StrCat(i % 1'000)));
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(Finds(absl::StrCat(i), FingerprintOf(absl::StrCat(i % 1'000)))) << i;
    }
    added_.Clear();
    EXPECT_TRUE(added_.entries().empty());
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(added_.Find(absl::StrCat(i), FingerprintOf(absl::StrCat(i % 1'000))), nullptr) << i;
    }
  }
}

}  // namespace
}  // namespace repatriation
