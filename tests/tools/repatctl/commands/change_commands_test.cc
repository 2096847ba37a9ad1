#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "tests/tools/repatctl/testing/app_fixture.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ChangeCommandsTest : public AppTest {};

TEST_F(ChangeCommandsTest, CompareNamesBothStates) {
  query_.comparisons.resize(2);
  for (auto& page : query_.comparisons) page.add_changes()->set_headcount(5);
  EXPECT_EQ(Run({"compare", "--mission", "M", "--before", "206", "--known_at",
                 "2023-09-05T00:00:00Z", "--format", "csv"}),
            0);
  const std::string text = out();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
  const auto& request = query_.compare_requests[0];
  EXPECT_EQ(request.before().known_at_position(), 206);
  EXPECT_EQ(request.read().known_at_time().seconds(), 1'693'872'000);
  EXPECT_THAT(request.filter().missions(), ElementsAre("M"));
}

v1::WatchAggregateResponse Answer(int64_t position, int64_t headcount, bool changed = true) {
  v1::WatchAggregateResponse answer;
  answer.mutable_header()->set_known_at_position(position);
  if (changed) {
    answer.add_rows()->mutable_group()->set_country("SEN");
    answer.mutable_rows(0)->mutable_figure()->set_headcount(headcount);
  }
  answer.mutable_total()->set_headcount(headcount);
  answer.set_resume_token("t" + std::to_string(position));
  return answer;
}

TEST_F(ChangeCommandsTest, WatchPrintsChangesUntilCount) {
  query_.watches.push_back(
      {{Answer(1, 5), Answer(3, 5, false), Answer(4, 7), Answer(9, 8)}, absl::OkStatus()});
  EXPECT_EQ(Run({"watch", "--mission", "M", "--group_by", "country", "--count", "2", "--format",
                 "csv", "--known_at", "1"}),
            0);
  EXPECT_EQ(out(),
            "position,recorded_time,country,headcount,events,resume_token\n"
            "1,,SEN,5,0,t1\n"
            "4,,SEN,7,0,t4\n");
  EXPECT_EQ(query_.watch_requests[0].read().known_at_position(), 1);
  EXPECT_THAT(query_.watch_requests[0].filter().missions(), ElementsAre("M"));
}

TEST_F(ChangeCommandsTest, WatchEndsAtAPositionWithoutAChange) {
  query_.watches.push_back(
      {{Answer(1, 0, false), Answer(7, 0, false), Answer(9, 8)}, absl::OkStatus()});
  EXPECT_EQ(Run({"watch", "--until", "6", "--format", "json"}), 0);
  EXPECT_THAT(out(), AllOf(StartsWith("{\"header\":"), HasSubstr("\"resume_token\":\"t1\"}\n"),
                           Not(HasSubstr("t7"))))
      << "the first answer is printed even if it is zero";
}

TEST_F(ChangeCommandsTest, WatchResumesAfterDisconnect) {
  query_.watches.push_back({{Answer(1, 5)}, absl::UnavailableError("gone")});
  query_.watches.push_back({{Answer(2, 5, false)}, absl::ResourceExhaustedError("too slow")});
  query_.watches.push_back({{Answer(3, 6), Answer(4, 9)}, absl::OkStatus()});
  EXPECT_EQ(Run({"watch", "--known_at", "1", "--min_position", "1", "--count", "2"}), 0);
  ASSERT_THAT(query_.watch_requests, SizeIs(3));
  EXPECT_EQ(query_.watch_requests[0].resume_token(), "");
  EXPECT_EQ(query_.watch_requests[1].resume_token(), "t1");
  EXPECT_EQ(query_.watch_requests[1].read().known_at_case(), v1::ReadOptions::KNOWN_AT_NOT_SET);
  EXPECT_EQ(query_.watch_requests[1].read().min_position(), 1);
  EXPECT_EQ(query_.watch_requests[2].resume_token(), "t2");
  EXPECT_THAT(retry_.slept, SizeIs(2));
  EXPECT_THAT(out(), AllOf(HasSubstr("resume with --resume_token t1\n"),
                           HasSubstr("resume with --resume_token t3\n"), Not(HasSubstr("t4"))));
}

TEST_F(ChangeCommandsTest, WatchResumesFromAToken) {
  query_.watches.push_back({{Answer(5, 1, false), Answer(6, 2)}, absl::OkStatus()});
  EXPECT_EQ(Run({"watch", "--resume_token", "t4", "--count", "1", "--format", "csv"}), 0);
  EXPECT_EQ(query_.watch_requests[0].resume_token(), "t4");
  EXPECT_THAT(out(), HasSubstr("\n6,,2,0,t6\n"));
  EXPECT_THAT(out(), Not(HasSubstr("t5"))) << "nothing had changed";
}

TEST_F(ChangeCommandsTest, WatchFailsWhenItCannotResume) {
  query_.failure = absl::InvalidArgumentError("filter");
  EXPECT_EQ(Run({"watch", "--format", "csv"}), kExitUsage);
  EXPECT_EQ(out(), "");
  query_.failure = absl::UnavailableError("gone");
  EXPECT_EQ(Run({"watch"}), kExitService);
  EXPECT_THAT(err(), HasSubstr("no progress for 1m"));
}

}  // namespace
}  // namespace repatriation
