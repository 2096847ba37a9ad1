// The events behind a figure, and the bounds by their sources' qualifiers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/errors.h"
#include "common/domain/qualifier_bounds.h"
#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/small_ledger.h"

namespace repatriation {
namespace {

template <typename Response>
Response Decoded(const absl::StatusOr<Encoded<Response>>& answer) {
  EXPECT_THAT(answer, IsOk());
  Response response;
  if (answer.ok()) {
    EXPECT_TRUE(response.ParseFromString(answer->bytes));
  }
  return response;
}

v1::GetAggregateResponse Query(const SmallLedger& ledger, const v1::GetAggregateRequest& request) {
  return Decoded(ledger.core().GetAggregate(request));
}

v1::GetTimelineResponse Query(const SmallLedger& ledger, const v1::GetTimelineRequest& request) {
  return Decoded(ledger.core().GetTimeline(request));
}

// Checks that a row's filter and token list the events of its figure.
template <typename Row>
void CheckEvents(const SmallLedger& ledger, const Row& row) {
  SCOPED_TRACE(row.ShortDebugString());
  const auto events = ledger.List(row.events_filter(), row.events_page_token());
  EXPECT_EQ(SumOf(events, row.events_filter().sex()), row.figure().headcount());
  EXPECT_EQ(static_cast<int64_t>(events.size()), row.figure().events());
}

EventContent Worded(int headcount, v1::Qualifier qualifier) {
  EventContent content = Repatriated(headcount, "2023-09-20");
  content.qualifier = qualifier;
  return content;
}

// A random filter that may match much or nothing.
v1::Filter RandomFilter(RandomEntries& random) {
  v1::Filter filter;
  if (random.Chance(2)) filter.add_missions("MINUSMA");
  if (random.Chance(3)) filter.add_kinds(static_cast<v1::Kind>(1 + random.Below(5)));
  if (random.Chance(2)) filter.add_categories(static_cast<v1::Category>(20 + random.Below(5)));
  if (random.Chance(3)) filter.add_countries("SEN");
  if (random.Chance(3)) filter.add_sites(random.Chance(2) ? "" : "Ber");
  if (random.Chance(4)) filter.mutable_days()->set_from("2023-09-01");
  if (random.Chance(4)) filter.mutable_days()->set_to("2023-11-01");
  if (random.Chance(2)) filter.set_sex(static_cast<v1::Sex>(random.Below(4)));
  return filter;
}

TEST(ProvenanceTest, TokenListsTheEventsOfTheTotal) {
  SmallLedger ledger;
  ledger.Event(Repatriated(116, "2023-09-20"));
  const Position other = ledger.Event(Repatriated(5, "2023-09-21", "BFA"));
  ledger.Amend(other, Repatriated(7, "2023-09-21", "BFA"));
  EventContent arrival = Repatriated(30, "2023-09-22");
  arrival.kind = v1::KIND_ARRIVAL;
  ledger.Event(arrival);

  const v1::GetAggregateResponse response = Query(ledger, v1::GetAggregateRequest());
  EXPECT_EQ(response.total().headcount(), 123);
  const auto events = ledger.List(response.filter(), response.events_page_token());
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(SumOf(events), 123);

  // Later entries do not change it.
  ledger.Void(other);
  EXPECT_EQ(SumOf(ledger.List(response.filter(), response.events_page_token())), 123);
}

TEST(ProvenanceTest, TokenRequiresItsFilter) {
  SmallLedger ledger;
  ledger.Event(Repatriated(116, "2023-09-20"));
  const v1::GetAggregateResponse response = Query(ledger, v1::GetAggregateRequest());
  v1::ListEventsRequest request;
  *request.mutable_filter() = response.filter();
  request.mutable_filter()->add_countries("SEN");
  request.set_page_token(response.events_page_token());
  const auto refused = ledger.core().ListEvents(request);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonOf(refused.status()), "OTHER_REQUEST");
}

TEST(ProvenanceTest, RollUpGroupContainsTheLeavesOfTheFilter) {
  SmallLedger ledger;
  ledger.Event(Repatriated(7, "2023-09-20", "SEN", "Ber", v1::CATEGORY_MILITARY_STAFF_OFFICER));
  ledger.Event(Repatriated(116, "2023-09-20"));
  v1::GetAggregateRequest request;
  request.add_group_by(v1::DIMENSION_CATEGORY_GROUP);
  request.set_with_provenance(true);
  v1::GetAggregateResponse response = Query(ledger, request);
  ASSERT_EQ(response.rows_size(), 1);
  EXPECT_THAT(response.rows(0).events_filter().categories(),
              ::testing::ElementsAre(v1::CATEGORY_FORCE));
  CheckEvents(ledger, response.rows(0));

  request.mutable_filter()->add_categories(v1::CATEGORY_CONTINGENT_TROOPS);
  response = Query(ledger, request);
  ASSERT_EQ(response.rows_size(), 1);
  EXPECT_THAT(response.rows(0).events_filter().categories(),
              ::testing::ElementsAre(v1::CATEGORY_CONTINGENT_TROOPS));
  EXPECT_EQ(response.rows(0).figure().headcount(), 116);
  CheckEvents(ledger, response.rows(0));
}

TEST(ProvenanceTest, TimelineRowHasTheDaysOfItsBucketWithinTheFilter) {
  SmallLedger ledger;
  for (const char* day : {"2023-08-31", "2023-09-01", "2023-09-15", "2023-09-30", "2023-10-01"}) {
    ledger.Event(Repatriated(5, day));
  }
  v1::GetTimelineRequest request;
  request.set_bucket(v1::BUCKET_MONTH);
  request.mutable_filter()->mutable_days()->set_from("2023-09-10");
  request.mutable_filter()->mutable_days()->set_to("2023-10-02");
  request.set_with_provenance(true);
  const v1::GetTimelineResponse response = Query(ledger, request);
  ASSERT_EQ(response.rows_size(), 2);
  EXPECT_EQ(response.rows(0).events_filter().days().from(), "2023-09-10");
  EXPECT_EQ(response.rows(0).events_filter().days().to(), "2023-10-01");
  EXPECT_EQ(response.rows(1).events_filter().days().from(), "2023-10-01");
  EXPECT_EQ(response.rows(1).events_filter().days().to(), "2023-10-02");
  for (const v1::TimelineRow& row : response.rows()) CheckEvents(ledger, row);
  EXPECT_EQ(SumOf(ledger.List(response.filter(), response.events_page_token())), 15);
}

TEST(ProvenanceTest, LastDayOfTheCalendarHasNoNextDay) {
  SmallLedger ledger;
  ledger.Event(Repatriated(5, "9999-12-31"));
  for (const v1::Bucket bucket : {v1::BUCKET_DAY, v1::BUCKET_WEEK, v1::BUCKET_MONTH}) {
    v1::GetTimelineRequest request;
    request.set_bucket(bucket);
    request.set_with_provenance(true);
    const v1::GetTimelineResponse response = Query(ledger, request);
    ASSERT_EQ(response.rows_size(), 1);
    EXPECT_EQ(response.rows(0).events_filter().days().to(), "");
    CheckEvents(ledger, response.rows(0));
  }
}

TEST(ProvenanceTest, RowsHaveProvenanceOnlyOnRequest) {
  SmallLedger ledger;
  ledger.Event(Repatriated(5, "2023-09-20"));
  v1::GetAggregateRequest request;
  request.add_group_by(v1::DIMENSION_COUNTRY);
  EXPECT_FALSE(Query(ledger, request).rows(0).has_events_filter());
  request.set_with_provenance(true);
  request.set_with_bounds(true);
  EXPECT_EQ(Query(ledger, request).rows(0).figure().low(), 5);
  const v1::GetAggregateResponse response = Query(ledger, request);
  CheckEvents(ledger, response.rows(0));
}

TEST(ProvenanceTest, LimitsTheFilterThatRowsRepeat) {
  SmallLedger ledger;
  ledger.Event(Repatriated(5, "2023-09-20"));
  v1::GetAggregateRequest request;
  request.set_with_provenance(true);
  request.set_page_size(1001);
  auto refused = ledger.core().GetAggregate(request);
  EXPECT_THAT(refused,
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("page_size")));
  request.set_page_size(0);
  for (int i = 0; i < 100; ++i)
    request.mutable_filter()->add_sites(absl::StrCat("a long name ", i));
  EXPECT_THAT(ledger.core().GetAggregate(request), IsOk());
  for (int i = 0; i < 100; ++i)
    request.mutable_filter()->add_units(absl::StrCat("a long name ", i));
  refused = ledger.core().GetAggregate(request);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument,
                                ::testing::HasSubstr("with_provenance")));
  EXPECT_EQ(ReasonOf(refused.status()), "FILTER_TOO_LARGE");
}

TEST(ProvenanceTest, BriefingFiguresListTheirEvents) {
  SmallLedger ledger;
  ledger.Event(Repatriated(116, "2023-09-20"));
  ledger.Event(Repatriated(7, "2023-09-21", "BFA", "Ber", v1::CATEGORY_FORMED_POLICE_UNIT));
  ledger.Event(Repatriated(9, "2023-09-30"));
  v1::GetBriefingRequest request;
  request.set_mission("MINUSMA");
  request.mutable_days()->set_to("2023-09-28");
  const auto response = ledger.core().GetBriefing(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->figures().rbegin()->figure().headcount(), 123);
  for (const v1::BriefingFigure& figure : response->figures()) CheckEvents(ledger, figure);
}

TEST(ProvenanceTest, HeaderHasTheHashOfTheBlockOfKnownAt) {
  SmallLedger ledger;
  EventContent one = Repatriated(1, "2023-09-20");
  LedgerEntry entry;
  entry.event = one;
  ledger.Record({entry, entry, entry});
  const std::string first = Hex(ledger.replica().tail().hash);
  ledger.Record({entry});
  const std::string second = Hex(ledger.replica().tail().hash);
  v1::GetAggregateRequest request;
  for (const int position : {1, 2, 3}) {
    request.mutable_read()->set_known_at_position(position);
    const v1::ResponseHeader header = Query(ledger, request).header();
    EXPECT_EQ(header.known_at_hash(), first);
    EXPECT_EQ(header.known_at_hash_position(), 3);
    EXPECT_EQ(header.applied_hash(), second);
  }
  request.mutable_read()->set_known_at_position(4);
  EXPECT_EQ(Query(ledger, request).header().known_at_hash(), second);
  request.mutable_read()->set_known_at_position(0);
  EXPECT_EQ(Query(ledger, request).header().known_at_hash(), "");
}

TEST(ProvenanceTest, BoundsFollowTheQualifiers) {
  EXPECT_EQ(BoundsOf(100, v1::QUALIFIER_UNSPECIFIED), (Bounds{100, 100}));
  EXPECT_EQ(BoundsOf(100, v1::QUALIFIER_EXACT), (Bounds{100, 100}));
  EXPECT_EQ(BoundsOf(100, v1::QUALIFIER_ABOUT), (Bounds{90, 110}));
  EXPECT_EQ(BoundsOf(100, v1::QUALIFIER_NEARLY), (Bounds{90, 100}));
  EXPECT_EQ(BoundsOf(100, v1::QUALIFIER_LESS_THAN), (Bounds{90, 100}));
  EXPECT_EQ(BoundsOf(100, v1::QUALIFIER_MORE_THAN), (Bounds{100, 110}));
  EXPECT_EQ(BoundsOf(9, v1::QUALIFIER_ABOUT), (Bounds{9, 9}));
}

TEST(ProvenanceTest, FiguresHaveBoundsOnRequest) {
  SmallLedger ledger;
  ledger.Event(Worded(100, v1::QUALIFIER_EXACT));
  ledger.Event(Worded(100, v1::QUALIFIER_ABOUT));
  ledger.Event(Worded(50, v1::QUALIFIER_NEARLY));
  ledger.Event(Worded(20, v1::QUALIFIER_MORE_THAN));
  v1::GetAggregateRequest request;
  request.add_group_by(v1::DIMENSION_COUNTRY);
  EXPECT_FALSE(Query(ledger, request).total().has_low());
  request.set_with_bounds(true);
  const v1::GetAggregateResponse response = Query(ledger, request);
  EXPECT_EQ(response.total().headcount(), 270);
  EXPECT_EQ(response.total().events(), 4);
  EXPECT_EQ(response.total().low(), 270 - 15);
  EXPECT_EQ(response.total().high(), 270 + 12);
  ASSERT_EQ(response.rows_size(), 1);
  EXPECT_EQ(response.rows(0).figure().low(), 255);
  EXPECT_EQ(response.rows(0).group().country(), "SEN");
}

TEST(ProvenanceTest, NextPageRequiresTheSameBounds) {
  SmallLedger ledger;
  ledger.Event(Repatriated(1, "2023-09-20", "SEN"));
  ledger.Event(Repatriated(2, "2023-09-20", "BFA"));
  v1::GetAggregateRequest request;
  request.add_group_by(v1::DIMENSION_COUNTRY);
  request.set_page_size(1);
  request.set_with_bounds(true);
  const v1::GetAggregateResponse first = Query(ledger, request);
  ASSERT_EQ(first.rows_size(), 1);
  EXPECT_EQ(first.rows(0).group().country(), "BFA");
  request.set_page_token(first.next_page_token());
  const v1::GetAggregateResponse second = Query(ledger, request);
  ASSERT_EQ(second.rows_size(), 1);
  EXPECT_EQ(second.rows(0).group().country(), "SEN");
  EXPECT_EQ(second.next_page_token(), "");
  request.set_with_bounds(false);
  EXPECT_THAT(ledger.core().GetAggregate(request), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ProvenanceTest, FiguresAreTheSumOfTheirEventsAndWithinTheirBounds) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  SmallLedger ledger;
  for (int block = 0; block < 20; ++block) ledger.Record(random.NextEntries(1 + random.Below(30)));
  for (int round = 0; round < 60; ++round) {
    v1::GetAggregateRequest request;
    *request.mutable_filter() = RandomFilter(random);
    request.mutable_read()->set_known_at_position(
        static_cast<int64_t>(random.Below(ledger.tail() + 1)));
    request.add_group_by(static_cast<v1::Dimension>(1 + random.Below(10)));
    SCOPED_TRACE(request.ShortDebugString());
    const v1::GetAggregateResponse plain = Query(ledger, request);
    const auto events = ledger.List(plain.filter(), plain.events_page_token());
    EXPECT_EQ(SumOf(events, plain.filter().sex()), plain.total().headcount());
    EXPECT_EQ(static_cast<int64_t>(events.size()), plain.total().events());

    request.set_with_bounds(true);
    v1::GetAggregateResponse bounded = Query(ledger, request);
    EXPECT_EQ(bounded.events_page_token(), plain.events_page_token());
    const auto check = [](v1::Figure* figure) {
      EXPECT_LE(figure->low(), figure->headcount());
      EXPECT_GE(figure->high(), figure->headcount());
      figure->clear_low();
      figure->clear_high();
    };
    check(bounded.mutable_total());
    for (v1::AggregateRow& row : *bounded.mutable_rows()) check(row.mutable_figure());
    EXPECT_EQ(bounded.DebugString(), plain.DebugString());
  }
}

TEST(ProvenanceTest, RowsAreTheSumOfTheirEvents) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  SmallLedger ledger;
  for (int block = 0; block < 10; ++block) ledger.Record(random.NextEntries(1 + random.Below(30)));
  size_t rows = 0;
  for (int round = 0; round < 40; ++round) {
    v1::GetTimelineRequest timeline;
    *timeline.mutable_filter() = RandomFilter(random);
    timeline.mutable_read()->set_known_at_position(
        static_cast<int64_t>(random.Below(ledger.tail() + 1)));
    timeline.add_group_by(static_cast<v1::Dimension>(1 + random.Below(10)));
    timeline.set_bucket(static_cast<v1::Bucket>(1 + random.Below(3)));
    timeline.set_with_provenance(true);
    v1::GetAggregateRequest aggregate;
    *aggregate.mutable_read() = timeline.read();
    *aggregate.mutable_filter() = timeline.filter();
    *aggregate.mutable_group_by() = timeline.group_by();
    aggregate.set_with_provenance(true);
    SCOPED_TRACE(timeline.ShortDebugString());
    const auto by_group = Query(ledger, aggregate);
    for (const v1::AggregateRow& row : by_group.rows()) CheckEvents(ledger, row);
    const auto by_bucket = Query(ledger, timeline);
    for (const v1::TimelineRow& row : by_bucket.rows()) CheckEvents(ledger, row);
    rows += by_group.rows_size();
  }
  EXPECT_GT(rows, 0);
}

}  // namespace
}  // namespace repatriation
