#include "query_service/core/selection/cell_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>

#include "common/base/errors.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/views.h"

namespace repatriation {
namespace {

using ::testing::StartsWith;

struct FilterCase {
  const char* name;
  std::function<void(v1::Filter&)> change;
  const char* field;  // nullptr: it is valid
  const char* reason;
};
void PrintTo(const FilterCase& test, std::ostream* out) { *out << test.name; }

class CheckFilterTest : public ::testing::TestWithParam<FilterCase> {};

TEST_P(CheckFilterTest, NamesTheFieldAndTheRule) {
  v1::Filter filter;
  GetParam().change(filter);
  const auto checked = CheckFilter(filter, DefaultKinds::kAll, "filter");
  if (GetParam().field == nullptr) {
    EXPECT_THAT(checked, IsOk());
    return;
  }
  EXPECT_THAT(checked, StatusIs(absl::StatusCode::kInvalidArgument,
                                StartsWith(std::string(GetParam().field) + ": ")));
  EXPECT_EQ(ReasonOf(checked.status()), GetParam().reason);
}

using F = v1::Filter;
template <typename Add>
std::function<void(F&)> Times(int count, Add add) {
  return [=](F& filter) {
    for (int i = 0; i < count; ++i) add(filter);
  };
}

INSTANTIATE_TEST_SUITE_P(
    Rules, CheckFilterTest,
    ::testing::Values(
        FilterCase{"Empty", [](F&) {}, nullptr, ""},
        FilterCase{"UnknownSite", [](F& f) { f.add_sites(""); }, nullptr, ""},
        FilterCase{"UnknownCountry", [](F& f) { f.add_countries(""); }, nullptr, ""},
        FilterCase{"FormerCountry", [](F& f) { f.add_countries("YUG"); }, nullptr, ""},
        FilterCase{"BadCountry", [](F& f) { f.add_countries("SEN"), f.add_countries("sen"); },
                   "filter.countries[1]", "UNKNOWN_COUNTRY"},
        FilterCase{"LongSite", [](F& f) { f.add_sites(std::string(128, 's')); }, nullptr, ""},
        FilterCase{"TooLongSite", [](F& f) { f.add_sites(std::string(129, 's')); },
                   "filter.sites[0]", "TOO_LONG"},
        FilterCase{"ControlInUnit", [](F& f) { f.add_units("a\nb"); }, "filter.units[0]",
                   "CONTROL_CHARACTER"},
        FilterCase{"BadUtf8", [](F& f) { f.add_missions("\xff"); }, "filter.missions[0]",
                   "CONTROL_CHARACTER"},
        FilterCase{"LongDestination", [](F& f) { f.add_destination_sites(std::string(129, 's')); },
                   "filter.destination_sites[0]", "TOO_LONG"},
        FilterCase{"Sites1000", Times(1000, [](F& f) { f.add_sites("s"); }), nullptr, ""},
        FilterCase{"Sites1001", Times(1001, [](F& f) { f.add_sites("s"); }), "filter.sites",
                   "TOO_MANY"},
        FilterCase{"Kinds1001", Times(1001, [](F& f) { f.add_kinds(v1::KIND_DEATH); }),
                   "filter.kinds", "TOO_MANY"},
        FilterCase{"KindUnspecified", [](F& f) { f.add_kinds(v1::KIND_UNSPECIFIED); },
                   "filter.kinds[0]", "UNKNOWN_VALUE"},
        FilterCase{"Kind6", [](F& f) { f.add_kinds(static_cast<v1::Kind>(6)); }, "filter.kinds[0]",
                   "UNKNOWN_VALUE"},
        FilterCase{"KindNegative", [](F& f) { f.add_kinds(static_cast<v1::Kind>(-1)); },
                   "filter.kinds[0]", "UNKNOWN_VALUE"},
        FilterCase{"RollUp", [](F& f) { f.add_categories(v1::CATEGORY_ALL); }, nullptr, ""},
        FilterCase{"Category9", [](F& f) { f.add_categories(static_cast<v1::Category>(9)); },
                   "filter.categories[0]", "UNKNOWN_VALUE"},
        FilterCase{"Sex4", [](F& f) { f.set_sex(static_cast<v1::Sex>(4)); }, "filter.sex",
                   "UNKNOWN_VALUE"},
        FilterCase{"OneDay",
                   [](F& f) {
                     f.mutable_days()->set_from("2023-09-20");
                     f.mutable_days()->set_to("2023-09-21");
                   },
                   nullptr, ""},
        FilterCase{"NoDay",
                   [](F& f) {
                     f.mutable_days()->set_from("2023-09-20");
                     f.mutable_days()->set_to("2023-09-20");
                   },
                   "filter.days.to", "EMPTY_RANGE"},
        FilterCase{"BadFrom", [](F& f) { f.mutable_days()->set_from("2023-02-29"); },
                   "filter.days.from", "DAY_NOT_A_DATE"},
        FilterCase{"BadTo", [](F& f) { f.mutable_days()->set_to("tomorrow"); }, "filter.days.to",
                   "DAY_NOT_A_DATE"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CheckFilterDefaultsTest, FillsInTheDefaultKindsAndStatuses) {
  const auto figure = CheckFilter({}, DefaultKinds::kRepatriations, "filter");
  ASSERT_THAT(figure, IsOk());
  ASSERT_EQ(figure->proto.kinds_size(), 1);
  EXPECT_EQ(figure->proto.kinds(0), v1::KIND_REPATRIATION);
  ASSERT_EQ(figure->proto.statuses_size(), 1);
  EXPECT_EQ(figure->proto.statuses(0), v1::EVENT_STATUS_ACTUAL);
  EXPECT_EQ(CheckFilter({}, DefaultKinds::kAll, "filter")->proto.kinds_size(), 0);
  EXPECT_EQ(CheckFilter({}, DefaultKinds::kAll, "filter")->proto.statuses_size(), 0);
  v1::Filter deaths;
  deaths.add_kinds(v1::KIND_DEATH);
  deaths.add_statuses(v1::EVENT_STATUS_PLANNED);
  const auto kept = CheckFilter(deaths, DefaultKinds::kRepatriations, "filter");
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->proto.ShortDebugString(), deaths.ShortDebugString());
}

class CellFilterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    EventContent content = AContent(3, 1);
    content.country = "SEN";
    content.unit = "SENBAT 2";
    content.day = *ParseDay("2023-09-20");
    ASSERT_THAT(filled_.Apply({AnEvent("a", content)}), IsOk());
    const LedgerView::Reader reader(filled_.view());
    key_.mission = *reader.FindText("MINUSMA");
    key_.country = *reader.FindText("SEN");
    key_.site = *reader.FindText("Mopti");
    key_.unit = *reader.FindText("SENBAT 2");
    key_.day = content.day;
    key_.kind = content.kind;
    key_.category = content.category;
    key_.sex = v1::SEX_FEMALE;
  }

  bool Matches(const std::function<void(v1::Filter&)>& change) {
    v1::Filter filter;
    change(filter);
    const auto checked = CheckFilter(filter, DefaultKinds::kAll, "filter");
    EXPECT_THAT(checked, IsOk());
    return CellFilter(*checked, LedgerView::Reader(filled_.view()))(key_);
  }

  FilledView filled_;
  CellKey key_;
};

TEST_F(CellFilterTest, EmptyFilterMatchesEverything) {
  EXPECT_TRUE(Matches([](F&) {}));
  key_.kind = v1::KIND_DEATH;
  key_.category = v1::CATEGORY_NATIONAL_STAFF;
  EXPECT_TRUE(Matches([](F&) {}));
}

TEST_F(CellFilterTest, AnyValueOfAFieldMatches) {
  EXPECT_TRUE(Matches([](F& f) { f.add_sites("Ber"), f.add_sites("Mopti"); }));
  EXPECT_FALSE(Matches([](F& f) { f.add_sites("Ber"); }));
  EXPECT_TRUE(
      Matches([](F& f) { f.add_kinds(v1::KIND_DEATH), f.add_kinds(v1::KIND_REPATRIATION); }));
  EXPECT_FALSE(Matches([](F& f) { f.add_kinds(v1::KIND_DEATH); }));
}

TEST_F(CellFilterTest, EveryFieldMustMatch) {
  EXPECT_TRUE(Matches([](F& f) { f.add_missions("MINUSMA"), f.add_countries("SEN"); }));
  EXPECT_FALSE(Matches([](F& f) { f.add_missions("MINUSMA"), f.add_countries("BFA"); }));
  EXPECT_FALSE(Matches([](F& f) { f.add_missions("MONUSCO"), f.add_countries("SEN"); }));
  EXPECT_FALSE(Matches([](F& f) { f.add_units("SENBAT 2"), f.add_sites("Ber"); }));
}

TEST_F(CellFilterTest, EmptyTextMeansUnknown) {
  EXPECT_FALSE(Matches([](F& f) { f.add_sites(""); }));
  EXPECT_TRUE(Matches([](F& f) { f.add_destination_sites(""); }));
  key_.site = 0;
  EXPECT_TRUE(Matches([](F& f) { f.add_sites(""); }));
  EXPECT_FALSE(Matches([](F& f) { f.add_sites("Mopti"); }));
  EXPECT_TRUE(Matches([](F& f) { f.add_sites("Mopti"), f.add_sites(""); }));
}

TEST_F(CellFilterTest, RollUpMatchesItsLeaves) {
  EXPECT_TRUE(Matches([](F& f) { f.add_categories(v1::CATEGORY_FORCE); }));
  EXPECT_FALSE(Matches([](F& f) { f.add_categories(v1::CATEGORY_UN_POLICE); }));
  EXPECT_TRUE(Matches(
      [](F& f) { f.add_categories(v1::CATEGORY_CIVILIAN), f.add_categories(v1::CATEGORY_FORCE); }));
  key_.category = v1::CATEGORY_NATIONAL_STAFF;
  EXPECT_FALSE(Matches([](F& f) { f.add_categories(v1::CATEGORY_CIVILIAN); }));
  EXPECT_TRUE(Matches([](F& f) { f.add_categories(v1::CATEGORY_ALL); }));
}

TEST_F(CellFilterTest, DaysAreHalfOpen) {
  const auto days = [](const char* from, const char* to) {
    return [=](F& f) {
      f.mutable_days()->set_from(from);
      f.mutable_days()->set_to(to);
    };
  };
  EXPECT_TRUE(Matches(days("2023-09-20", "2023-09-21")));
  EXPECT_FALSE(Matches(days("2023-09-19", "2023-09-20")));
  EXPECT_FALSE(Matches(days("2023-09-21", "")));
  EXPECT_TRUE(Matches(days("", "2023-09-21")));
}

TEST_F(CellFilterTest, SexMatchesCellsOfOneSex) {
  EXPECT_TRUE(Matches([](F& f) { f.set_sex(v1::SEX_FEMALE); }));
  EXPECT_FALSE(Matches([](F& f) { f.set_sex(v1::SEX_MALE); }));
  EXPECT_FALSE(Matches([](F& f) { f.set_sex(v1::SEX_UNKNOWN); }));
}

}  // namespace
}  // namespace repatriation
