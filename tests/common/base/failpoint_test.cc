#include "common/base/failpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

class FailpointTest : public ::testing::Test {
 protected:
  ~FailpointTest() override { EXPECT_TRUE(ArmFailpoints("").ok()); }
};

TEST_F(FailpointTest, NothingHappensUnlessArmed) {
  EXPECT_FALSE(AnyFailpointArmed());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(HitFailpoint("ledger.before_write"), FailAction::kNone);
  }
}

TEST_F(FailpointTest, KillsAtTheCountedHitAndNamesThePoint) {
  EXPECT_EXIT(
      {
        if (!ArmFailpoints("ledger.before_write=kill@3").ok()) std::exit(1);
        HitFailpoint("ledger.before_write");
        HitFailpoint("ledger.after_sync");
        HitFailpoint("ledger.before_write");
        std::fputs("still here; ", stderr);
        HitFailpoint("ledger.before_write");
        std::exit(2);
      },
      ::testing::KilledBySignal(SIGKILL),
      "still here; failpoint ledger.before_write ends this process at hit 3");
}

TEST_F(FailpointTest, TornFiresOnce) {
  ASSERT_TRUE(ArmFailpoints("store.wal.append=torn@2").ok());
  EXPECT_EQ(HitFailpoint("store.wal.append"), FailAction::kNone);
  EXPECT_EQ(HitFailpoint("store.wal.append"), FailAction::kTorn);
  EXPECT_EQ(HitFailpoint("store.wal.append"), FailAction::kNone);
}

TEST_F(FailpointTest, ErrorHoldAndSkipFireFromTheirCountOn) {
  ASSERT_TRUE(ArmFailpoints("store.wal.append=hold@2;store.wal.append=error@4;"
                            "store.wal.sync=skip@1")
                  .ok());
  const FailAction expected[] = {FailAction::kNone, FailAction::kHold, FailAction::kHold,
                                 FailAction::kError, FailAction::kError};
  for (const FailAction each : expected) EXPECT_EQ(HitFailpoint("store.wal.append"), each);
  EXPECT_EQ(HitFailpoint("store.wal.sync"), FailAction::kSkip);
  EXPECT_EQ(HitFailpoint("store.wal.sync"), FailAction::kSkip);
}

TEST_F(FailpointTest, ArmingResetsTheHitCount) {
  ASSERT_TRUE(ArmFailpoints("store.wal.sync=error@2").ok());
  EXPECT_EQ(HitFailpoint("store.wal.sync"), FailAction::kNone);
  ASSERT_TRUE(ArmFailpoints("store.wal.sync=error@2").ok());
  EXPECT_EQ(HitFailpoint("store.wal.sync"), FailAction::kNone);
  EXPECT_EQ(HitFailpoint("store.wal.sync"), FailAction::kError);
}

TEST_F(FailpointTest, RejectsMalformedSettings) {
  for (const char* text :
       {"nowhere=kill@1", "kill@1", "=kill@1", "ledger.before_write", "ledger.before_write=kill",
        "ledger.before_write=kill@0", "ledger.before_write=kill@-1", "ledger.before_write=kill@x",
        "ledger.before_write=kill@1000001", "ledger.before_write=explode@1",
        "ledger.before_write=torn@1", "ledger.before_write=error@1", "store.wal.append=skip@1",
        "store.wal.sync=hold@1", "store.wal.sync=torn@1",
        "ledger.before_write=kill@1;ledger.after_sync"}) {
    const absl::Status status = ArmFailpoints(text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("REPAT_FAILPOINTS: expected")) << text;
    EXPECT_FALSE(AnyFailpointArmed()) << text;
  }
}

TEST_F(FailpointTest, UnknownPointErrorListsTheKnownNames) {
  const std::string message(ArmFailpoints("nowhere=kill@1").message());
  std::set<std::string_view> names;
  for (const FailpointSpec& point : kFailpoints) {
    EXPECT_THAT(message, HasSubstr(std::string(point.name)));
    EXPECT_TRUE(names.insert(point.name).second) << point.name << " is listed twice";
  }
}

TEST_F(FailpointTest, ArmsFromTheEnvironmentVariable) {
  ::unsetenv("REPAT_FAILPOINTS");
  EXPECT_TRUE(ArmFailpointsFromEnvironment().ok());
  EXPECT_FALSE(AnyFailpointArmed());
  ::setenv("REPAT_FAILPOINTS", "store.wal.sync=error@1", 1);
  EXPECT_TRUE(ArmFailpointsFromEnvironment().ok());
  EXPECT_EQ(HitFailpoint("store.wal.sync"), FailAction::kError);
  ::setenv("REPAT_FAILPOINTS", "what?", 1);
  EXPECT_FALSE(ArmFailpointsFromEnvironment().ok());
  EXPECT_FALSE(AnyFailpointArmed());
  ::unsetenv("REPAT_FAILPOINTS");
}

}  // namespace
}  // namespace repatriation
