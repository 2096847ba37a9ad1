#include "query_service/core/figures/completeness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/filled_replica.h"

namespace repatriation {
namespace {

class MarksTest : public ::testing::Test {
 protected:
  void Mark(absl::string_view reporter, absl::string_view site, absl::string_view day) {
    const auto position = static_cast<Position>(records_.size() + 1);
    records_.push_back({position, AMark(reporter, site, day)});
    marks_.push_back(&records_.back());
  }

  // The day, or "" without marks.
  std::string Through(const std::vector<std::string>& sites = {}, Position known_at = 1000) {
    google::protobuf::RepeatedPtrField<std::string> names(sites.begin(), sites.end());
    const auto day = ReportedThroughDay(marks_, names, known_at);
    return day.has_value() ? FormatDay(*day) : "";
  }

  std::deque<RecordBook::Record> records_;
  std::vector<const RecordBook::Record*> marks_;
};

TEST_F(MarksTest, UnknownWithoutMarks) { EXPECT_EQ(Through(), ""); }

TEST_F(MarksTest, EarliestOfAllReportersCounts) {
  Mark("MOVCON", "", "2023-09-20");
  Mark("UNPOL", "", "2023-09-10");
  Mark("camp", "Gao", "2023-09-15");
  EXPECT_EQ(Through(), "2023-09-10");
}

TEST_F(MarksTest, LaterMarkReplacesEarlierOneEvenBackwards) {
  Mark("MOVCON", "", "2023-09-20");
  Mark("MOVCON", "", "2023-09-30");
  EXPECT_EQ(Through(), "2023-09-30");
  Mark("MOVCON", "", "2023-09-05");
  EXPECT_EQ(Through(), "2023-09-05");
  EXPECT_EQ(Through({}, 2), "2023-09-30") << "as known before";
  EXPECT_EQ(Through({}, 0), "");
}

TEST_F(MarksTest, MarksOfSitesCountIfAllSitesHaveOne) {
  Mark("MOVCON", "", "2023-09-01");
  Mark("", "Gao", "2023-09-20");
  Mark("camp", "Mopti", "2023-09-12");
  Mark("police", "Mopti", "2023-09-14");
  EXPECT_EQ(Through({"Gao"}), "2023-09-20");
  EXPECT_EQ(Through({"Gao", "Mopti"}), "2023-09-12");
  EXPECT_EQ(Through({"Gao", "Ber"}), "2023-09-01") << "Ber has no mark of its own";
  EXPECT_EQ(Through({"Ga"}), "2023-09-01");
  EXPECT_EQ(Through({""}), "2023-09-01");
  EXPECT_EQ(Through({"Gao"}, 1), "2023-09-01") << "the site's mark is later";
}

class CompletenessTest : public ::testing::Test {
 protected:
  // "DAY" or "DAY?" with unknown days; "none" without completeness.
  static std::string Word(bool has, const v1::Completeness& completeness) {
    if (!has) return "none";
    return completeness.reported_through() + (completeness.includes_unknown_days() ? "?" : "");
  }

  // Of the aggregate, checked to be the same as of the timeline.
  std::string Of(const v1::Filter& filter, Position known_at = -1) const {
    v1::GetAggregateRequest aggregate;
    v1::GetTimelineRequest timeline;
    *aggregate.mutable_filter() = *timeline.mutable_filter() = filter;
    timeline.set_bucket(v1::BUCKET_MONTH);
    if (known_at >= 0) {
      aggregate.mutable_read()->set_known_at_position(known_at);
      timeline.mutable_read()->set_known_at_position(known_at);
    }
    const auto figure = filled_.core().GetAggregate(aggregate).value().Decode();
    const auto line = filled_.core().GetTimeline(timeline).value().Decode();
    const std::string word = Word(figure.has_completeness(), figure.completeness());
    EXPECT_EQ(Word(line.has_completeness(), line.completeness()), word);
    return word;
  }

  static v1::Filter Of(absl::string_view mission, absl::string_view from = "",
                       absl::string_view to = "") {
    v1::Filter filter;
    filter.add_missions(std::string(mission));
    filter.mutable_days()->set_from(std::string(from));
    filter.mutable_days()->set_to(std::string(to));
    return filter;
  }

  FilledReplica filled_;
};

TEST_F(CompletenessTest, OnlyWithExactlyOneMission) {
  filled_.Apply(AMark("MOVCON", "", "2023-09-20"));
  EXPECT_EQ(Of(v1::Filter()), "none");
  v1::Filter two = Of("MINUSMA");
  two.add_missions("MONUSCO");
  EXPECT_EQ(Of(two), "none");
  EXPECT_EQ(Of(Of("MINUSMA")), "2023-09-20");
  EXPECT_EQ(Of(Of("MONUSCO")), "?") << "no marks";
}

TEST_F(CompletenessTest, OpenRangeEndsAtTheLastMatchingEvent) {
  filled_.Apply(AMark("MOVCON", "", "2023-09-20"));
  filled_.Apply(OnThe("2023-09-20", 5));
  EXPECT_EQ(Of(Of("MINUSMA")), "2023-09-20");
  filled_.Apply(OnThe("2023-09-21", 5, "Gao"));
  EXPECT_EQ(Of(Of("MINUSMA")), "2023-09-20?");
  EXPECT_EQ(Of(Of("MINUSMA"), 2), "2023-09-20") << "as known before";
  EXPECT_EQ(Of(Of("MINUSMA", "2023-09-21")), "2023-09-20?");
  EXPECT_EQ(Of(Of("MINUSMA", "2023-09-22")), "2023-09-20") << "no event is in scope";
  v1::Filter elsewhere = Of("MINUSMA");
  elsewhere.add_sites("Mopti");
  EXPECT_EQ(Of(elsewhere), "2023-09-20");
  filled_.Apply({AVoiding("", 3)});
  EXPECT_EQ(Of(Of("MINUSMA")), "2023-09-20");
  filled_.Apply(AMark("MOVCON", "", "9999-12-31"));
  EXPECT_EQ(Of(Of("MINUSMA")), "9999-12-31");
}

TEST_F(CompletenessTest, ClosedRangeIsComparedWithTheMark) {
  filled_.Apply(AMark("MOVCON", "", "2023-09-20"));
  EXPECT_EQ(Of(Of("MINUSMA", "", "2023-09-21")), "2023-09-20");
  EXPECT_EQ(Of(Of("MINUSMA", "", "2023-09-22")), "2023-09-20?") << "even without an event";
}

}  // namespace
}  // namespace repatriation
