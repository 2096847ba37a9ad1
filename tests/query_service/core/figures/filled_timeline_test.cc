// Timelines with filled gaps, by example and compared with a naive recount.
#include "query_service/core/figures/filled_timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/errors.h"
#include "common/domain/bucket.h"
#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/filled_replica.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::GetTimelineRequest ARequest(v1::Bucket bucket = v1::BUCKET_DAY) {
  v1::GetTimelineRequest request;
  request.mutable_filter()->add_missions("MINUSMA");
  request.set_bucket(bucket);
  request.set_fill_gaps(true);
  return request;
}

// "BUCKET[/SITE] HEADCOUNT(EVENTS) CUMULATIVE[ ~MEAN][?]": "-" without a figure, "?" if
// incomplete.
std::string Word(const v1::TimelineRow& row) {
  std::string word = row.bucket_start();
  if (row.group().has_site()) absl::StrAppend(&word, "/", row.group().site());
  absl::StrAppend(&word, " ");
  if (row.has_figure()) {
    absl::StrAppend(&word, row.figure().headcount(), "(", row.figure().events(), ")");
  } else {
    absl::StrAppend(&word, "-");
  }
  absl::StrAppend(&word, " ", row.cumulative_headcount());
  if (row.has_moving_average()) absl::StrAppend(&word, " ~", row.moving_average());
  if (row.incomplete()) absl::StrAppend(&word, "?");
  return word;
}

class FilledTimelineTest : public ::testing::Test {
 protected:
  // All rows, page by page.
  std::vector<std::string> Rows(v1::GetTimelineRequest request) const {
    std::vector<std::string> rows;
    do {
      const auto answer = filled_.core().GetTimeline(request);
      if (!answer.ok()) return {std::string(answer.status().message())};
      const auto page = answer->Decode();
      for (const v1::TimelineRow& row : page.rows()) rows.push_back(Word(row));
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return rows;
  }

  absl::Status Refusal(const v1::GetTimelineRequest& request) const {
    return filled_.core().GetTimeline(request).status();
  }

  FilledReplica filled_;
};

TEST_F(FilledTimelineTest, ZerosOnlyThroughTheMark) {
  filled_.Apply(OnThe("2023-09-01", 5));
  filled_.Apply(OnThe("2023-09-04", 7));
  filled_.Apply(OnThe("2023-09-06", 1));
  EXPECT_THAT(Rows(ARequest()),
              ElementsAre("2023-09-01 5(1) 5?", "2023-09-02 - 5?", "2023-09-03 - 5?",
                          "2023-09-04 7(1) 12?", "2023-09-05 - 12?", "2023-09-06 1(1) 13?"))
      << "no marks";
  filled_.Apply(AMark("MOVCON", "", "2023-09-04"));
  EXPECT_THAT(Rows(ARequest()),
              ElementsAre("2023-09-01 5(1) 5", "2023-09-02 0(0) 5", "2023-09-03 0(0) 5",
                          "2023-09-04 7(1) 12", "2023-09-05 - 12?", "2023-09-06 1(1) 13?"));
}

TEST_F(FilledTimelineTest, BucketIsCompleteOnlyAsAWhole) {
  filled_.Apply(OnThe("2023-08-31", 5));
  filled_.Apply(OnThe("2023-10-02", 5));
  filled_.Apply(AMark("MOVCON", "", "2023-09-29"));
  EXPECT_THAT(Rows(ARequest(v1::BUCKET_MONTH)),
              ElementsAre("2023-08-01 5(1) 5", "2023-09-01 - 5?", "2023-10-01 5(1) 10?"));
  // Only the part within the filter must be complete.
  v1::GetTimelineRequest part = ARequest(v1::BUCKET_MONTH);
  part.mutable_filter()->mutable_days()->set_to("2023-09-30");
  EXPECT_THAT(Rows(part), ElementsAre("2023-08-01 5(1) 5", "2023-09-01 0(0) 5"));
  filled_.Apply(AMark("MOVCON", "", "2023-09-30"));
  EXPECT_THAT(Rows(ARequest(v1::BUCKET_MONTH)),
              ElementsAre("2023-08-01 5(1) 5", "2023-09-01 0(0) 5", "2023-10-01 5(1) 10?"));
}

TEST_F(FilledTimelineTest, EveryGroupHasARowInEveryBucket) {
  filled_.Apply(AMark("MOVCON", "", "2023-09-02"));
  filled_.Apply(OnThe("2023-09-01", 5, "Mopti"));
  filled_.Apply(OnThe("2023-09-02", 7, "Gao"));
  v1::GetTimelineRequest request = ARequest();
  request.add_group_by(v1::DIMENSION_SITE);
  const auto rows = ElementsAre("2023-09-01/Gao 0(0) 0", "2023-09-01/Mopti 5(1) 5",
                                "2023-09-02/Gao 7(1) 7", "2023-09-02/Mopti 0(0) 5");
  EXPECT_THAT(Rows(request), rows);
  for (const int page_size : {1, 2, 3, 4}) {
    request.set_page_size(page_size);
    EXPECT_THAT(Rows(request), rows) << page_size;
  }
  filled_.Apply({AVoiding("", 3)});
  EXPECT_THAT(Rows(request), ElementsAre("2023-09-01/Mopti 5(1) 5"));
}

TEST_F(FilledTimelineTest, FillsTheRangeOfTheFilter) {
  v1::GetTimelineRequest request = ARequest(v1::BUCKET_WEEK);
  EXPECT_THAT(Rows(request), IsEmpty());
  request.mutable_filter()->mutable_days()->set_from("2023-09-06");
  EXPECT_THAT(Rows(request), IsEmpty()) << "it has no end";
  request.mutable_filter()->mutable_days()->set_to("2023-09-12");
  EXPECT_THAT(Rows(request), ElementsAre("2023-09-04 - 0?", "2023-09-11 - 0?"));
  request.add_group_by(v1::DIMENSION_SITE);
  EXPECT_THAT(Rows(request), IsEmpty()) << "there are no groups";
}

TEST_F(FilledTimelineTest, MovingAverageNeedsAllItsBuckets) {
  filled_.Apply(OnThe("2023-09-01", 6));
  filled_.Apply(OnThe("2023-09-03", 3));
  filled_.Apply(OnThe("2023-09-06", 9));
  filled_.Apply(AMark("MOVCON", "", "2023-09-05"));
  v1::GetTimelineRequest request = ARequest();
  request.set_moving_average_buckets(3);
  EXPECT_THAT(Rows(request),
              ElementsAre("2023-09-01 6(1) 6", "2023-09-02 0(0) 6", "2023-09-03 3(1) 9 ~3",
                          "2023-09-04 0(0) 9 ~1", "2023-09-05 0(0) 9 ~1", "2023-09-06 9(1) 18?"));
}

TEST_F(FilledTimelineTest, TokenPinsPositionAndRequest) {
  filled_.Apply(OnThe("2023-09-01", 5));
  filled_.Apply(OnThe("2023-09-03", 5));
  v1::GetTimelineRequest request = ARequest();
  request.set_page_size(2);
  const auto first = filled_.core().GetTimeline(request).value().Decode();
  filled_.Apply(OnThe("2023-08-30", 1));
  filled_.Apply(AMark("MOVCON", "", "2023-09-05"));
  request.set_page_token(first.next_page_token());
  EXPECT_THAT(Rows(request), ElementsAre("2023-09-03 5(1) 10?"));
  request.set_moving_average_buckets(2);
  EXPECT_EQ(ReasonOf(Refusal(request)), "OTHER_REQUEST");
}

TEST_F(FilledTimelineTest, RefusesInvalidRequests) {
  v1::GetTimelineRequest request = ARequest();
  request.clear_filter();
  EXPECT_THAT(Refusal(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                         HasSubstr("fill_gaps: must come with a filter")));
  request.mutable_filter()->add_missions("MINUSMA");
  request.mutable_filter()->add_missions("MONUSCO");
  EXPECT_EQ(ReasonOf(Refusal(request)), "NEEDS_ONE_MISSION");
  for (const int buckets : {-1, 1, 367}) {
    request = ARequest();
    request.set_moving_average_buckets(buckets);
    EXPECT_THAT(Refusal(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr("moving_average_buckets: must be 0 or 2")));
  }
  request.set_moving_average_buckets(2);
  request.set_fill_gaps(false);
  EXPECT_EQ(ReasonOf(Refusal(request)), "NEEDS_FILL_GAPS");
}

TEST_F(FilledTimelineTest, RefusesTooManyBuckets) {
  v1::GetTimelineRequest request = ARequest();
  v1::DayRange& days = *request.mutable_filter()->mutable_days();
  const DayNumber from = ParseDay("1970-01-01").value();
  days.set_from(FormatDay(from));
  days.set_to(FormatDay(from + kFilledBucketsMax));
  request.set_page_size(10'000);
  EXPECT_EQ(Rows(request).size(), kFilledBucketsMax);
  days.set_to(FormatDay(from + kFilledBucketsMax + 1));
  EXPECT_THAT(Refusal(request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("fill_gaps: must produce at most 20000 buckets")));
  days.set_from("0001-01-01");
  days.set_to("9999-12-31");
  EXPECT_EQ(ReasonOf(Refusal(request)), "TOO_MANY_BUCKETS");
}

// A naive implementation, day by day.
class Recount {
 public:
  void Add(const EventContent& content) {
    for (const std::string& group : {std::string(content.site), std::string("*")}) {
      auto& [headcount, events] = days_[{group, content.day}];
      headcount += content.headcount;
      ++events;
    }
  }

  std::vector<std::string> Rows(v1::Bucket bucket, bool by_site, absl::optional<DayNumber> mark,
                                int average) const {
    std::set<std::string> groups;
    std::set<DayNumber> days;
    for (const auto& [key, sum] : days_) {
      if ((key.first != "*") == by_site) groups.insert(key.first);
      days.insert(key.second);
    }
    std::map<std::string, std::vector<int64_t>> heads;
    std::vector<std::string> rows;
    for (DayNumber day = BucketStart(*days.begin(), bucket); day <= *days.rbegin();) {
      const DayNumber start = day;
      while (BucketStart(day, bucket) == start) ++day;
      for (const std::string& group : groups) {
        std::vector<int64_t>& past = heads[group];
        int64_t headcount = 0;
        int events = 0;
        for (DayNumber at = start; at < day; ++at) {
          const auto found = days_.find({group, at});
          if (found == days_.end()) continue;
          headcount += found->second.first;
          events += found->second.second;
        }
        past.push_back(headcount);
        v1::TimelineRow row;
        row.set_bucket_start(FormatDay(start));
        if (by_site) row.mutable_group()->set_site(group);
        row.set_incomplete(!mark.has_value() || *mark < day - 1);
        if (events > 0 || !row.incomplete()) {
          row.mutable_figure()->set_headcount(headcount);
          row.mutable_figure()->set_events(events);
        }
        int64_t sum = 0;
        for (const int64_t each : past) sum += each;
        row.set_cumulative_headcount(sum);
        if (average > 0 && !row.incomplete() && past.size() >= static_cast<size_t>(average)) {
          int64_t of_last = 0;
          for (int i = 1; i <= average; ++i) of_last += past[past.size() - i];
          row.set_moving_average(static_cast<double>(of_last) / average);
        }
        rows.push_back(Word(row));
      }
    }
    return rows;
  }

 private:
  std::map<std::pair<std::string, DayNumber>, std::pair<int64_t, int>> days_;
};

TEST_F(FilledTimelineTest, AgreesWithANaiveRecount) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  const DayNumber start = ParseDay("2023-06-20").value();
  Recount recount;
  absl::optional<DayNumber> mark;
  for (int round = 0; round < 30; ++round) {
    const char* const sites[] = {"Ber", "Gao", "Mopti"};
    const EventContent content =
        OnThe(FormatDay(start + static_cast<DayNumber>(random.Below(120))),
              static_cast<int>(1 + random.Below(50)), sites[random.Below(3)]);
    filled_.Apply(content);
    recount.Add(content);
    if (random.Below(3) == 0) {
      mark = start + static_cast<DayNumber>(random.Below(130));
      filled_.Apply(AMark("MOVCON", "", FormatDay(*mark)));
    }
    v1::GetTimelineRequest request = ARequest(static_cast<v1::Bucket>(1 + random.Below(3)));
    const bool by_site = random.Below(2) == 0;
    if (by_site) request.add_group_by(v1::DIMENSION_SITE);
    const int averages[] = {0, 2, 3, 7};
    request.set_moving_average_buckets(averages[random.Below(4)]);
    request.set_page_size(static_cast<int>(1 + random.Below(60)));
    ASSERT_EQ(Rows(request),
              recount.Rows(request.bucket(), by_site, mark, request.moving_average_buckets()))
        << request.ShortDebugString();
  }
}

}  // namespace
}  // namespace repatriation
