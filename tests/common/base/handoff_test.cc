#include "common/base/handoff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace repatriation {
namespace {

using ::testing::Eq;

TEST(HandoffTest, HandsOverInOrderAndEnds) {
  Handoff<std::unique_ptr<int>> handoff(2);
  std::thread pushing([&] {
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(handoff.Push(std::make_unique<int>(i)));
    handoff.Finish();
  });
  for (int i = 0; i < 1000; ++i) {
    const auto value = handoff.Pop();
    ASSERT_TRUE(value.has_value());
    ASSERT_EQ(**value, i);
  }
  EXPECT_THAT(handoff.Pop(), Eq(absl::nullopt));
  EXPECT_THAT(handoff.Pop(), Eq(absl::nullopt));
  pushing.join();
}

TEST(HandoffTest, WhatWasPushedBeforeTheEndIsTakenStill) {
  Handoff<int> handoff(2);
  EXPECT_TRUE(handoff.Push(1));
  EXPECT_TRUE(handoff.Push(2));
  handoff.Finish();
  EXPECT_THAT(handoff.Pop(), Eq(1));
  EXPECT_THAT(handoff.Pop(), Eq(2));
  EXPECT_THAT(handoff.Pop(), Eq(absl::nullopt));
}

// A reader that waits for room would wait for ever.
TEST(HandoffTest, CloseLetsGoOfWhoeverPushes) {
  Handoff<int> handoff(1);
  EXPECT_TRUE(handoff.Push(1));
  std::thread pushing([&] {
    while (handoff.Push(2)) {
    }
  });
  EXPECT_THAT(handoff.Pop(), Eq(1));
  handoff.Close();
  pushing.join();
  EXPECT_FALSE(handoff.Push(3));
}

}  // namespace
}  // namespace repatriation
