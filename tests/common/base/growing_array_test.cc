#include "common/base/growing_array.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
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

// Where the mapping that holds `address` ends.
uintptr_t EndOfMapping(uintptr_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char dash = 0;
    std::istringstream(line) >> std::hex >> begin >> dash >> end;
    if (begin <= address && address < end) return end;
  }
  return 0;
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

// Of several, Linux before 6.17 moves none.
TEST(GrowingMemoryTest, IsOneMappingHoweverOftenItMoved) {
  GrowingMemory memory(nullptr);
  for (size_t bytes = 1'000; bytes < 50 * kHugePageBytes; bytes *= 2) {
    memory.Need(bytes);
    std::fill_n(memory.data(), bytes, std::byte{1});
    const auto begin = reinterpret_cast<uintptr_t>(memory.data());
    EXPECT_GE(EndOfMapping(begin), begin + memory.size()) << bytes;
  }
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
