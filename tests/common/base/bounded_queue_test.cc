#include "common/base/bounded_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace repatriation {
namespace {

using ::testing::Eq;

TEST(BoundedQueueTest, PopsInOrderUntilFinished) {
  BoundedQueue<std::unique_ptr<int>> queue(2);
  std::thread pushing([&] {
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(queue.Push(std::make_unique<int>(i)));
    queue.Finish();
  });
  for (int i = 0; i < 1000; ++i) {
    const auto value = queue.Pop();
    ASSERT_TRUE(value.has_value());
    ASSERT_EQ(**value, i);
  }
  EXPECT_THAT(queue.Pop(), Eq(absl::nullopt));
  EXPECT_THAT(queue.Pop(), Eq(absl::nullopt));
  pushing.join();
}

TEST(BoundedQueueTest, PopReturnsWhatWasPushedBeforeFinish) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.Push(1));
  EXPECT_TRUE(queue.Push(2));
  queue.Finish();
  EXPECT_THAT(queue.Pop(), Eq(1));
  EXPECT_THAT(queue.Pop(), Eq(2));
  EXPECT_THAT(queue.Pop(), Eq(absl::nullopt));
}

// A producer that is blocked on a full queue would never end.
TEST(BoundedQueueTest, CloseUnblocksPush) {
  BoundedQueue<int> queue(1);
  EXPECT_TRUE(queue.Push(1));
  std::thread pushing([&] {
    while (queue.Push(2)) {
    }
  });
  EXPECT_THAT(queue.Pop(), Eq(1));
  queue.Close();
  pushing.join();
  EXPECT_FALSE(queue.Push(3));
}

}  // namespace
}  // namespace repatriation
