#include "common/base/huge_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

namespace repatriation {
namespace {

TEST(HugePagesTest, AreZeroAndCanBeWritten) {
  constexpr size_t kBytes = 3 * kHugePageBytes + 5;
  auto* const memory = static_cast<char*>(TakeHugePages(kBytes));
  for (size_t i = 0; i < kBytes; i += 4096) ASSERT_EQ(memory[i], 0) << i;
  std::memset(memory, 1, kBytes);
  ReturnHugePages(memory, kBytes);
}

TEST(HugePageAllocatorTest, KeepsAVectorsEntriesAsItGrows) {
  std::vector<uint64_t, HugePageAllocator<uint64_t>> numbers;
  // Past the size from which it takes huge pages, several times over.
  for (uint64_t i = 0; i < kHugePageBytes; ++i) numbers.push_back(i);
  for (uint64_t i = 0; i < kHugePageBytes; ++i) ASSERT_EQ(numbers[i], i);
  numbers.resize(10);
  numbers.shrink_to_fit();
  EXPECT_EQ(numbers,
            (std::vector<uint64_t, HugePageAllocator<uint64_t>>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

// Pieces of all sizes, larger than what it takes at first, each with its own content.
TEST(HugePageArenaTest, GivesEachPieceItsOwnMemory) {
  HugePageArena arena;
  std::vector<absl::Span<const uint32_t>> pieces;
  std::vector<uint32_t> content;
  for (uint32_t piece = 0; piece < 300; ++piece) {
    content.resize(piece == 150 ? size_t{40} << 20 : 97 * piece);
    std::iota(content.begin(), content.end(), piece);
    pieces.push_back(arena.Copy(absl::MakeConstSpan(content)));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(pieces.back().data()) % alignof(uint64_t), 0u);
  }
  const HugePageArena moved = std::move(arena);  // with what it gave
  for (uint32_t piece = 0; piece < 300; ++piece) {
    ASSERT_EQ(pieces[piece].size(), piece == 150 ? size_t{40} << 20 : 97 * piece);
    for (uint32_t i = 0; i < pieces[piece].size(); i += 31) {
      ASSERT_EQ(pieces[piece][i], piece + i) << "piece " << piece;
    }
  }
}

}  // namespace
}  // namespace repatriation
