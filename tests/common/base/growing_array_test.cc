#include "common/base/growing_array.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "common/base/huge_pages.h"

namespace repatriation {
namespace {

// Whether the system has given the page at `address`.
bool IsTaken(const std::byte* address) {
  unsigned char taken = 0;
  auto* const page =
      reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(address) & ~uintptr_t{4095});
  EXPECT_EQ(::mincore(page, 1, &taken), 0);
  return (taken & 1) != 0;
}

// Grows by one and by many, past all the sizes at which it moves.
void Fill(GrowingArray<uint64_t>& array, uint64_t size) {
  std::vector<uint64_t> more;
  while (array.size() < size) {
    array.push_back(array.size());
    more.resize(array.size() % 5'000);
    std::iota(more.begin(), more.end(), array.size());
    array.Append(more);
  }
}

void ExpectNumbered(const GrowingArray<uint64_t>& array) {
  for (uint64_t i = 0; i < array.size(); ++i) ASSERT_EQ(array[i], i);
}

TEST(GrowingArrayTest, KeepsItsEntriesAsItGrows) {
  GrowingArray<uint64_t> array(nullptr);
  EXPECT_TRUE(array.empty());
  EXPECT_EQ(array.span().size(), 0);
  Fill(array, 5'000'000);
  ExpectNumbered(array);
  array[7] = 8;
  EXPECT_EQ(array.span()[7], 8);
}

TEST(GrowingArrayTest, OneThatOutgrowsItsMemoryAtOnceKeepsItsEntries) {
  GrowingArray<uint64_t> array(nullptr);
  array.push_back(0);
  std::vector<uint64_t> many(3'000'000);
  std::iota(many.begin(), many.end(), 1);
  array.Append(many);
  ExpectNumbered(array);
}

TEST(GrowingArrayTest, SeveralGrowBesideTheirPreparer) {
  PagePreparer preparer;
  GrowingArray<uint64_t> first(&preparer);
  for (int round = 0; round < 3; ++round) {
    GrowingArray<uint64_t> second(&preparer);
    std::thread other([&second] { Fill(second, 2'000'000); });
    Fill(first, 1'000'000 * (round + 1));
    other.join();
    ExpectNumbered(second);
  }
  ExpectNumbered(first);
}

TEST(GrowingMemoryTest, IsTakenBeforeItIsNeeded) {
  PagePreparer preparer;
  GrowingMemory memory(&preparer);
  memory.Need(4 * kHugePageBytes);
  memory.Need(5 * kHugePageBytes);  // in address space for more
  EXPECT_GE(memory.size(), 5 * kHugePageBytes);
  const std::byte* const after_twice = memory.data() + 10 * kHugePageBytes;
  while (!IsTaken(after_twice - 1)) std::this_thread::yield();
  EXPECT_FALSE(IsTaken(after_twice)) << "as much again as is in use, no more";
  memory.Need(9 * kHugePageBytes);
  EXPECT_GE(memory.size(), 10 * kHugePageBytes) << "with what was ready";
}

TEST(GrowingMemoryTest, IsTakenAheadByABoundedAmount) {
  PagePreparer preparer;
  GrowingMemory memory(&preparer);
  memory.Need(40 * kHugePageBytes);
  memory.Need(50 * kHugePageBytes);  // as above
  const std::byte* const end = memory.data() + 58 * kHugePageBytes;
  while (!IsTaken(end - 1)) std::this_thread::yield();
  EXPECT_FALSE(IsTaken(end));
}

TEST(GrowingMemoryTest, WithoutAPreparerIsTakenAsItIsTouched) {
  GrowingMemory memory(nullptr);
  memory.Need(4 * kHugePageBytes);
  EXPECT_FALSE(IsTaken(memory.data() + kHugePageBytes));
  memory.data()[kHugePageBytes] = std::byte{1};
  EXPECT_TRUE(IsTaken(memory.data() + kHugePageBytes));
}

}  // namespace
}  // namespace repatriation
