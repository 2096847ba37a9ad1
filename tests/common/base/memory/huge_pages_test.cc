#include "common/base/memory/huge_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace repatriation {
namespace {

TEST(HugePagesTest, AreZeroAndCanBeWritten) {
  constexpr size_t kBytes = 3 * kHugePageBytes + 5;
  auto* const memory = static_cast<char*>(AllocateHugePages(kBytes));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % kHugePageBytes, 0u);
  for (size_t i = 0; i < kBytes; i += 4096) ASSERT_EQ(memory[i], 0) << i;
  std::memset(memory, 1, kBytes);
  FreeHugePages(memory, kBytes);
}

}  // namespace
}  // namespace repatriation
