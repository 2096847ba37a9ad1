#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/errors.h"
#include "google/protobuf/util/time_util.h"
#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/small_ledger.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

v1::CompareAggregatesRequest Since(Position before) {
  v1::CompareAggregatesRequest request;
  request.mutable_before()->set_known_at_position(before);
  return request;
}

v1::CompareAggregatesResponse Compare(const SmallLedger& ledger,
                                      const v1::CompareAggregatesRequest& request) {
  const auto response = ledger.core().CompareAggregates(request);
  EXPECT_THAT(response, IsOk());
  return response.value_or(v1::CompareAggregatesResponse());
}

// "KIND@POSITION/EVENT=CHANGE" for each change.
std::vector<std::string> Words(const v1::CompareAggregatesResponse& response) {
  std::vector<std::string> words;
  for (const v1::FigureChange& change : response.changes()) {
    words.push_back(absl::StrCat(v1::ChangeKind_Name(change.kind()).substr(12), "@",
                                 change.entry().position(), "/", change.event_position(), "=",
                                 change.headcount()));
  }
  return words;
}

TEST(CompareAggregatesTest, ListsEveryKindOfChange) {
  SmallLedger ledger;
  const Position first = ledger.Event(Repatriated(100, "2023-09-20"));
  const Position second = ledger.Event(Repatriated(10, "2023-09-10"));
  ledger.Event(Repatriated(3, "2023-09-20"));
  ledger.Event(Repatriated(4, "2023-09-19"));
  ledger.Amend(first, Repatriated(116, "2023-09-20"));
  ledger.Void(second);
  const v1::CompareAggregatesResponse response = Compare(ledger, Since(2));
  EXPECT_EQ(response.before_position(), 2);
  EXPECT_EQ(response.header().known_at_position(), 6);
  EXPECT_EQ(response.before().headcount(), 110);
  EXPECT_EQ(response.after().headcount(), 123);
  EXPECT_EQ(response.after().events(), 3);
  EXPECT_THAT(Words(response),
              ElementsAre("NEW@3/3=3", "LATE@4/4=4", "AMENDED@5/1=16", "VOIDED@6/2=-10"));
  EXPECT_EQ(response.changes(2).entry().amendment().event_id(), "id-1");
  EXPECT_EQ(response.changes(2).entry().amendment().event().headcount(), 116);
}

TEST(CompareAggregatesTest, ShowsAReleaseFromQuarantine) {
  SmallLedger ledger;
  v1::StrengthReport row;
  row.set_series("un-monthly");
  row.set_as_of("2023-06-30");
  row.set_category(v1::CATEGORY_CONTINGENT_TROOPS);
  row.set_country("SEN");
  row.set_headcount(50);
  ledger.Add(std::vector{row});
  const Position event = ledger.Event(Repatriated(60, "2023-07-20"));
  EXPECT_THAT(Compare(ledger, Since(0)).changes(), IsEmpty()) << "it is in quarantine";
  ledger.Release(event);
  EXPECT_THAT(Words(Compare(ledger, Since(event))), ElementsAre("RELEASED@3/2=60"));
}

TEST(CompareAggregatesTest, OmitsEntriesThatDoNotChangeTheFigure) {
  SmallLedger ledger;
  const Position event = ledger.Event(Repatriated(100, "2023-09-20"));
  ledger.Event(Repatriated(7, "2023-09-20", "BFA"));
  ledger.Amend(event, Repatriated(100, "2023-09-21", "SEN", "Gao"));
  ledger.Amend(event, Repatriated(100, "2023-09-21", "TCD", "Gao"));
  v1::CompareAggregatesRequest request = Since(1);
  request.mutable_filter()->add_countries("SEN");
  const v1::CompareAggregatesResponse response = Compare(ledger, request);
  EXPECT_THAT(Words(response), ElementsAre("AMENDED@4/1=-100"));
  EXPECT_EQ(response.after().headcount(), 0);
  EXPECT_THAT(response.filter().kinds(), ElementsAre(v1::KIND_REPATRIATION));
}

TEST(CompareAggregatesTest, AcceptsAnEarlierStateByTime) {
  SmallLedger ledger;
  ledger.Event(Repatriated(100, "2023-09-20"));
  ledger.Event(Repatriated(7, "2023-09-20"));
  v1::CompareAggregatesRequest request;
  *request.mutable_before()->mutable_known_at_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(1'500'000);
  EXPECT_THAT(Words(Compare(ledger, request)), ElementsAre("NEW@2/2=7"));
}

TEST(CompareAggregatesTest, RefusesAnInvalidEarlierState) {
  SmallLedger ledger;
  ledger.Event(Repatriated(100, "2023-09-20"));
  ledger.Event(Repatriated(7, "2023-09-20"));
  const auto refused = [&](const v1::CompareAggregatesRequest& request, absl::string_view field) {
    EXPECT_THAT(ledger.core().CompareAggregates(request),
                StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(std::string(field))));
    return ReasonOf(ledger.core().CompareAggregates(request).status());
  };
  v1::CompareAggregatesRequest request;
  EXPECT_EQ(refused(request, "before.known_at:"), "REQUIRED");
  request.mutable_before()->set_known_at_position(-1);
  EXPECT_EQ(refused(request, "before.known_at_position:"), "OUT_OF_RANGE");
  request.mutable_before()->set_known_at_position(2);
  request.mutable_read()->set_known_at_position(1);
  EXPECT_EQ(refused(request, "before.known_at:"), "AFTER_READ");
  request.mutable_filter()->add_countries("sen");
  EXPECT_EQ(refused(request, "filter.countries[0]:"), "UNKNOWN_COUNTRY");
  request = Since(3);
  const auto beyond = ledger.core().CompareAggregates(request);
  EXPECT_THAT(beyond, StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_EQ(ReasonOf(beyond.status()), "POSITION_NOT_APPLIED");
}

TEST(CompareAggregatesTest, ChangesOfAllPagesAddUpToTheDifference) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  SmallLedger ledger;
  for (int block = 0; block < 20; ++block) ledger.Record(random.NextEntries(1 + random.Below(30)));
  for (int round = 0; round < 30; ++round) {
    const auto after = static_cast<Position>(random.Below(ledger.tail() + 1));
    const auto before = static_cast<Position>(random.Below(after + 1));
    v1::CompareAggregatesRequest request = Since(before);
    request.mutable_read()->set_known_at_position(after);
    request.set_page_size(static_cast<int32_t>(1 + random.Below(50)));
    if (random.Chance(2)) request.mutable_filter()->add_countries("SEN");
    if (random.Chance(2)) request.mutable_filter()->set_sex(v1::SEX_FEMALE);
    SCOPED_TRACE(request.ShortDebugString());
    int64_t sum = 0;
    Position last = before;
    v1::CompareAggregatesResponse response;
    do {
      response = Compare(ledger, request);
      for (const v1::FigureChange& change : response.changes()) {
        EXPECT_GT(change.entry().position(), last);
        EXPECT_NE(change.headcount(), 0);
        last = change.entry().position();
        sum += change.headcount();
      }
      request.set_page_token(response.next_page_token());
      // Later entries do not affect the pages.
      if (random.Chance(10)) ledger.Record(random.NextEntries(1));
    } while (!request.page_token().empty());
    EXPECT_LE(last, after);
    EXPECT_EQ(sum, response.after().headcount() - response.before().headcount());
  }
}

}  // namespace
}  // namespace repatriation
