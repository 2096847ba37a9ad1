#include "tools/repatctl/output/chart.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <limits>
#include <sstream>

#include "tests/tools/repatctl/testing/fakes.h"
#include "tools/repatctl/output/progress.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Bar, HasAResolutionOfAnEighthColumn) {
  EXPECT_EQ(Bar(80, 80, 10), "██████████");
  EXPECT_EQ(Bar(40, 80, 10), "█████");
  EXPECT_EQ(Bar(1, 80, 10), "▏");
  EXPECT_EQ(Bar(7, 80, 10), "▉");
  EXPECT_EQ(Bar(9, 80, 10), "█▏");
}

TEST(Bar, ShowsOnlyPositiveValues) {
  EXPECT_EQ(Bar(1, 1'000'000, 10), "▏");
  EXPECT_EQ(Bar(0, 10, 10), "");
  EXPECT_EQ(Bar(-1, 10, 10), "");
  EXPECT_EQ(Bar(0, 0, 10), "");
  EXPECT_EQ(Bar(5, 10, 0), "");
}

TEST(Bar, DoesNotOverflow) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(DisplayWidth(Bar(kMost, kMost, 200)), 200);
  EXPECT_EQ(DisplayWidth(Bar(kMost / 2, kMost, 200)), 100);
}

TEST(ProgressLine, PrintsOnlyMessagesWithoutATerminal) {
  FakeClock clock;
  std::ostringstream output;
  {
    ProgressLine progress(output, false, 100, clock);
    progress.Update(10, 50);
    progress.Print("line 3: day");
  }
  EXPECT_EQ(output.str(), "line 3: day\n");
}

TEST(ProgressLine, DrawsAtMostTenTimesASecondAndClearsItself) {
  FakeClock clock;
  std::ostringstream output;
  {
    ProgressLine progress(output, true, 100, clock);
    progress.Update(1000, 50);
    progress.Update(2000, 60);
    clock.Advance(absl::Milliseconds(100));
    progress.Update(3000, 200);
  }
  EXPECT_EQ(output.str(),
            "\r\x1b[K▕███████████████               ▏  50%  1,000 rows"
            "\r\x1b[K▕██████████████████████████████▏ 100%  3,000 rows"
            "\r\x1b[K");
}

TEST(ProgressLine, ShowsRowsIfTheSizeIsUnknown) {
  FakeClock clock;
  std::ostringstream output;
  ProgressLine progress(output, true, 0, clock);
  progress.Update(1000, 50);
  EXPECT_THAT(output.str(), HasSubstr("1,000 rows"));
  EXPECT_THAT(output.str(), Not(HasSubstr("%")));
}

}  // namespace
}  // namespace repatriation
