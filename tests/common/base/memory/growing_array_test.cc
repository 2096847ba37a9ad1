#include "common/base/memory/growing_array.h"

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

#include "common/base/memory/huge_pages.h"

namespace repatriation {
namespace {

// Whether the page at `address` has been faulted in.
bool IsResident(const std::byte* address) {
  unsigned char resident = 0;
  auto* const page =
      reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(address) & ~uintptr_t{4095});
  EXPECT_EQ(::mincore(page, 1, &resident), 0);
  return (resident & 1) != 0;
}

// The end of the mapping that contains `address`.
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

// Grows by one and by many, past every size at which it moves.
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

TEST(GrowingArrayTest, KeepsItsEntriesWhenItGrows) {
  GrowingArray<uint64_t> array(nullptr);
  EXPECT_TRUE(array.empty());
  EXPECT_EQ(array.span().size(), 0);
  Fill(array, 5'000'000);
  ExpectNumbered(array);
  array[7] = 8;
  EXPECT_EQ(array.span()[7], 8);
}

TEST(GrowingArrayTest, KeepsItsEntriesWhenOneAppendMoreThanDoublesIt) {
  GrowingArray<uint64_t> array(nullptr);
  array.push_back(0);
  std::vector<uint64_t> many(3'000'000);
  std::iota(many.begin(), many.end(), 1);
  array.Append(many);
  ExpectNumbered(array);
}

TEST(GrowingArrayTest, SeveralArraysGrowWhileThePreparerRuns) {
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

TEST(GrowingMemoryTest, IsPrefaulted) {
  PagePreparer preparer;
  GrowingMemory memory(&preparer);
  memory.Reserve(4 * kHugePageBytes);
  memory.Reserve(5 * kHugePageBytes);  // within the address space mapped by the first
  EXPECT_GE(memory.size(), 5 * kHugePageBytes);
  const std::byte* const after_twice = memory.data() + 10 * kHugePageBytes;
  while (!IsResident(after_twice - 1)) std::this_thread::yield();
  EXPECT_FALSE(IsResident(after_twice)) << "prefaults no more than is in use";
  memory.Reserve(9 * kHugePageBytes);
  EXPECT_GE(memory.size(), 10 * kHugePageBytes) << "includes the prefaulted pages";
}

TEST(GrowingMemoryTest, PrefaultsABoundedAmount) {
  PagePreparer preparer;
  GrowingMemory memory(&preparer);
  memory.Reserve(40 * kHugePageBytes);
  memory.Reserve(50 * kHugePageBytes);  // within the address space mapped by the first
  const std::byte* const end = memory.data() + 58 * kHugePageBytes;
  while (!IsResident(end - 1)) std::this_thread::yield();
  EXPECT_FALSE(IsResident(end));
}

// Linux before 6.17 cannot mremap() a range of several mappings.
TEST(GrowingMemoryTest, StaysOneMappingWhenItMoves) {
  GrowingMemory memory(nullptr);
  for (size_t bytes = 1'000; bytes < 50 * kHugePageBytes; bytes *= 2) {
    memory.Reserve(bytes);
    std::fill_n(memory.data(), bytes, std::byte{1});
    const auto begin = reinterpret_cast<uintptr_t>(memory.data());
    EXPECT_GE(EndOfMapping(begin), begin + memory.size()) << bytes;
  }
}

TEST(GrowingMemoryTest, IsNotPrefaultedWithoutAPreparer) {
  GrowingMemory memory(nullptr);
  memory.Reserve(4 * kHugePageBytes);
  EXPECT_FALSE(IsResident(memory.data() + kHugePageBytes));
  memory.data()[kHugePageBytes] = std::byte{1};
  EXPECT_TRUE(IsResident(memory.data() + kHugePageBytes));
}

}  // namespace
}  // namespace repatriation
