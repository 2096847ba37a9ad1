// Row plans, and rows encoded by RowWriter compared with protobuf's own serialisation.
#include "query_service/core/figures/row_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "query_service/core/figures/row_writer.h"
#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/views.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::GetTimelineRequest ByMonthAndSite() {
  v1::GetTimelineRequest request;
  request.set_bucket(v1::BUCKET_MONTH);
  request.add_group_by(v1::DIMENSION_SITE);
  return request;
}

EventContent OnDay(DayNumber day, int headcount, absl::string_view site) {
  EventContent content = AContent(headcount, kFemaleUnknown, site);
  content.day = day;
  return content;
}

class RowPlanTest : public ::testing::Test {
 protected:
  // "BUCKET SITE" of each row of a plan, in the order of the answer.
  static std::vector<std::string> Rows(const RowPlan& plan) {
    std::vector<std::string> rows;
    for (const RowPlan::Line& line : plan.lines()) {
      v1::TimelineRow row;
      EXPECT_TRUE(row.ParseFromString(std::string(plan.PrefixOf(line))));
      rows.push_back(absl::StrCat(row.bucket_start(), " ", row.group().site()));
    }
    return rows;
  }

  std::shared_ptr<const RowPlan> Plan(const v1::GetTimelineRequest& request) {
    const LedgerView::Reader reader(filled_.view());
    return cache_.PlanOf(*CheckQuestion(request), reader);
  }

  FilledView filled_;
  RowPlanCache cache_{size_t{1} << 20};
};

TEST_F(RowPlanTest, OrdersRowsByBucketThenGroup) {
  ASSERT_THAT(filled_.Apply({AnEvent("a", OnDay(40, 1, "Mopti")), AnEvent("b", OnDay(1, 1, "Gao")),
                             AnEvent("c", OnDay(41, 1, "Ber")), AnEvent("d", OnDay(2, 1, "Gao"))}),
              IsOk());
  EXPECT_THAT(Rows(*Plan(ByMonthAndSite())),
              ElementsAre("1970-01-01 Gao", "1970-02-01 Ber", "1970-02-01 Mopti"));
}

TEST_F(RowPlanTest, IsReusedUntilCellsAreAddedAndThenExtended) {
  EXPECT_THAT(Rows(*Plan(ByMonthAndSite())), IsEmpty());
  ASSERT_THAT(filled_.Apply({AnEvent("a", OnDay(40, 1, "Mopti"))}), IsOk());
  const auto first = Plan(ByMonthAndSite());
  EXPECT_EQ(Plan(ByMonthAndSite()), first);
  ASSERT_THAT(filled_.Apply({AnEvent("b", OnDay(40, 1, "Mopti"))}), IsOk());
  EXPECT_EQ(Plan(ByMonthAndSite()), first) << "no cell was added";
  ASSERT_THAT(filled_.Apply({AnEvent("c", OnDay(3, 1, "Ber"))}), IsOk());
  EXPECT_THAT(Rows(*Plan(ByMonthAndSite())), ElementsAre("1970-01-01 Ber", "1970-02-01 Mopti"));
  EXPECT_THAT(Rows(*first), ElementsAre("1970-02-01 Mopti")) << "a plan in use does not change";
}

TEST_F(RowPlanTest, NameInTheFilterMayAppearAfterThePlan) {
  v1::GetTimelineRequest request = ByMonthAndSite();
  request.mutable_filter()->add_sites("Ber");
  ASSERT_THAT(filled_.Apply({AnEvent("a", OnDay(40, 1, "Mopti"))}), IsOk());
  EXPECT_THAT(Rows(*Plan(request)), IsEmpty());
  ASSERT_THAT(filled_.Apply({AnEvent("b", OnDay(3, 1, "Ber"))}), IsOk());
  EXPECT_THAT(Rows(*Plan(request)), ElementsAre("1970-01-01 Ber"));
}

TEST_F(RowPlanTest, DifferentQuestionsHaveDifferentPlans) {
  ASSERT_THAT(filled_.Apply({AnEvent("a", OnDay(40, 1, "Mopti"))}), IsOk());
  const auto by_month = Plan(ByMonthAndSite());
  v1::GetTimelineRequest by_day = ByMonthAndSite();
  by_day.set_bucket(v1::BUCKET_DAY);
  EXPECT_THAT(Rows(*Plan(by_day)), ElementsAre("1970-02-10 Mopti"));
  v1::GetTimelineRequest page = ByMonthAndSite();
  page.set_page_size(3);
  page.mutable_read()->set_known_at_position(1);
  EXPECT_EQ(Plan(page), by_month) << "position and page are not part of the plan";
}

TEST_F(RowPlanTest, EvictsLeastRecentlyUsedPlans) {
  std::vector<LedgerEntry> entries;
  for (int day = 0; day < 1000; ++day) entries.push_back(AnEvent("a", OnDay(day, 1, "Mopti")));
  ASSERT_THAT(filled_.Apply(entries), IsOk());
  v1::GetTimelineRequest request;
  request.set_bucket(v1::BUCKET_DAY);
  const auto plan = Plan(request);
  const size_t two = 2 * plan->size_bytes() + 1000;
  RowPlanCache cache(two);
  const auto plan_of = [&](DayNumber from) {
    request.mutable_filter()->mutable_days()->set_from(FormatDay(from));
    const LedgerView::Reader reader(filled_.view());
    return cache.PlanOf(*CheckQuestion(request), reader);
  };
  const auto first = plan_of(0);
  const auto second = plan_of(1);
  EXPECT_EQ(plan_of(0), first);
  const auto third = plan_of(2);  // evicts the second
  EXPECT_EQ(plan_of(0), first);
  EXPECT_EQ(plan_of(2), third);
  EXPECT_NE(plan_of(1), second);
  RowPlanCache none(10);
  const LedgerView::Reader reader(filled_.view());
  EXPECT_THAT(none.PlanOf(*CheckQuestion(request), reader)->lines(), ::testing::SizeIs(999))
      << "a plan too large to cache still answers";
}

TEST_F(RowPlanTest, ChangesAreDifferencesOfSums) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  const char* const sites[] = {"Ber", "Gao", "Mopti"};
  for (int i = 0; i < 60; ++i) {
    const auto day = static_cast<DayNumber>(random.Below(90));
    const auto headcount = static_cast<int>(1 + random.Below(9));
    ASSERT_THAT(filled_.Apply({AnEvent("a", OnDay(day, headcount, sites[random.Below(3)]))}),
                IsOk());
    if (i % 5 == 4) {
      ASSERT_THAT(filled_.Apply({AVoiding("v", i + 1 + i / 5)}), IsOk());
    }
  }
  v1::GetTimelineRequest request = ByMonthAndSite();
  request.mutable_filter()->add_sites("Gao");
  request.mutable_filter()->add_sites("Ber");
  const auto plan = Plan(request);
  const LedgerView::Reader reader(filled_.view());
  for (int i = 0; i < 50; ++i) {
    const size_t end = random.Below(reader.PostingsThrough(reader.tail().position) + 1);
    const size_t begin = random.Below(end + 1);
    std::vector<CellTotal> sums = plan->SumAfter(begin);
    const std::vector<CellTotal> changes = plan->ChangeBetween(begin, end);
    const std::vector<CellTotal> later = plan->SumAfter(end);
    for (const RowPlan::Line& line : plan->lines()) {
      sums[line.row].Add(changes[line.row]);
      ASSERT_EQ(sums[line.row], later[line.row]) << begin << " to " << end;
    }
  }
}

// Adds provenance to `row`; returns the added fields, encoded.
template <typename Row>
std::string Provenance(Row& row) {
  Row added;
  added.mutable_events_filter()->add_missions("MINUSMA");
  added.set_events_page_token("token");
  row.MergeFrom(added);
  return added.SerializeAsString();
}

// A prefix as in a plan: followed by other bytes.
class PaddedPrefix {
 public:
  explicit PaddedPrefix(const std::string& prefix)
      : padded_(prefix + std::string(RowWriter::kPrefixPaddingBytes, '?')),
        view_(absl::string_view(padded_).substr(0, prefix.size())) {}
  operator absl::string_view() const { return view_; }

 private:
  const std::string padded_;
  const absl::string_view view_;
};

TEST(RowWriterTest, IsByteIdenticalToProtobuf) {
  for (const int64_t headcount : {int64_t{-5}, int64_t{0}, int64_t{1}, int64_t{127}, int64_t{128},
                                  int64_t{3'276}, int64_t{1} << 40, INT64_MAX}) {
    for (const int32_t events : {0, 1, 300, INT32_MAX}) {
      for (const size_t site_bytes :
           {0, 1, 16, 17, 18, 19, 47, 48, 49, 50, 51, 60, 61, 62, 100, 200, 4000, 5000}) {
        const CellTotal total = {headcount, events, events / 2};
        FigureSum figure;
        figure.Add(total);
        v1::GetTimelineResponse expected;
        v1::TimelineRow& row = *expected.add_rows();
        row.set_bucket_start("2023-09-27");
        row.mutable_group()->set_site(std::string(site_bytes, 's'));
        const PaddedPrefix prefix(row.SerializeAsString());
        figure.ToProto(/*by_sex=*/true, row.mutable_figure());
        row.set_cumulative_headcount(headcount);
        std::string bytes;
        RowWriter(/*by_sex=*/true, &bytes).AddTimelineRow(prefix, total, headcount, "");
        ASSERT_EQ(bytes, expected.SerializeAsString()) << headcount << " " << events;
        const std::string provenance = Provenance(row);
        bytes.clear();
        RowWriter(/*by_sex=*/true, &bytes).AddTimelineRow(prefix, total, headcount, provenance);
        ASSERT_EQ(bytes, expected.SerializeAsString()) << headcount << " " << events;

        v1::GetAggregateResponse aggregate;
        *aggregate.add_rows()->mutable_group() = row.group();
        const PaddedPrefix group(aggregate.rows(0).SerializeAsString());
        figure.ToProto(/*by_sex=*/false, aggregate.mutable_rows(0)->mutable_figure());
        bytes.clear();
        RowWriter(/*by_sex=*/false, &bytes).AddAggregateRow(group, total, "");
        ASSERT_EQ(bytes, aggregate.SerializeAsString()) << headcount << " " << events;
        const std::string of_group = Provenance(*aggregate.mutable_rows(0));
        bytes.clear();
        RowWriter(/*by_sex=*/false, &bytes).AddAggregateRow(group, total, of_group);
        ASSERT_EQ(bytes, aggregate.SerializeAsString()) << headcount << " " << events;
      }
    }
  }
}

}  // namespace
}  // namespace repatriation
