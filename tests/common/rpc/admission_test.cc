#include "common/rpc/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/errors.h"
#include "common/rpc/status.h"

namespace repatriation {
namespace {

using Ticket = CallAdmission::Ticket;

TEST(CallAdmissionTest, AdmitsUpToTheLimit) {
  CallAdmission admission("--calls_max", 2, absl::Milliseconds(70));
  auto first = admission.Admit();
  auto second = admission.Admit();
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(admission.in_progress(), 2);

  const absl::Status third = admission.Admit().status();
  EXPECT_EQ(third.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(third.message()), testing::HasSubstr("--calls_max"));
  EXPECT_EQ(RetryDelayOf(third), absl::Milliseconds(70));
  EXPECT_EQ(admission.in_progress(), 2);
}

TEST(CallAdmissionTest, TicketReleasesItsSlotOnce) {
  CallAdmission admission("--calls_max", 1, absl::Seconds(1));
  {
    auto ticket = admission.Admit();
    ASSERT_TRUE(ticket.ok());
    Ticket moved = *std::move(ticket);
    Ticket again = std::move(moved);
    EXPECT_EQ(admission.in_progress(), 1);
    EXPECT_FALSE(admission.Admit().ok());
  }
  EXPECT_EQ(admission.in_progress(), 0);
  EXPECT_TRUE(admission.Admit().ok());
}

TEST(CallAdmissionTest, MoveAssignmentKeepsTheCount) {
  CallAdmission admission("--calls_max", 2, absl::Seconds(1));
  {
    Ticket first = *admission.Admit();
    Ticket second = *admission.Admit();
    first = std::move(second);
  }
  EXPECT_EQ(admission.in_progress(), 0);
}

TEST(CallAdmissionTest, DrainRejectsOnlyNewCalls) {
  CallAdmission admission("--calls_max", 5, absl::Seconds(1));
  auto before = admission.Admit();
  ASSERT_TRUE(before.ok());
  EXPECT_FALSE(admission.draining());
  admission.Drain();
  EXPECT_TRUE(admission.draining());
  const absl::Status refused = admission.Admit().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(refused), "DRAINING");
  EXPECT_EQ(admission.in_progress(), 1);
}

TEST(CallAdmissionTest, DrainingTakesPrecedenceOverTheLimit) {
  CallAdmission admission("--calls_max", 0, absl::Seconds(1));
  EXPECT_EQ(admission.Admit().status().code(), absl::StatusCode::kResourceExhausted);
  admission.Drain();
  EXPECT_EQ(admission.Admit().status().code(), absl::StatusCode::kUnavailable);
}

TEST(CallAdmissionTest, AwaitIdleReportsATimeout) {
  CallAdmission admission("--calls_max", 1, absl::Seconds(1));
  EXPECT_TRUE(admission.AwaitIdle(absl::ZeroDuration()));
  auto ticket = admission.Admit();
  EXPECT_FALSE(admission.AwaitIdle(absl::ZeroDuration()));
  EXPECT_FALSE(admission.AwaitIdle(-absl::Seconds(5)));
  EXPECT_FALSE(admission.AwaitIdle(absl::Milliseconds(1)));
}

TEST(CallAdmissionTest, AwaitIdleWaitsForTheLastCall) {
  CallAdmission admission("--calls_max", 2, absl::Seconds(1));
  auto first = std::make_unique<Ticket>(*admission.Admit());
  auto second = std::make_unique<Ticket>(*admission.Admit());
  admission.Drain();
  std::thread ender([&] {
    first.reset();
    second.reset();
  });
  EXPECT_TRUE(admission.AwaitIdle(absl::InfiniteDuration()));
  EXPECT_EQ(admission.in_progress(), 0);
  ender.join();
}

TEST(CallAdmissionTest, EnforcesTheLimitWithManyThreads) {
  constexpr int kLimit = 3;
  CallAdmission admission("--calls_max", kLimit, absl::Seconds(1));
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const auto ticket = admission.Admit();
        if (!ticket.ok()) continue;
        const int now = ++inside;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, kLimit);
  EXPECT_GE(most, 1);
  EXPECT_EQ(admission.in_progress(), 0);
}

}  // namespace
}  // namespace repatriation
