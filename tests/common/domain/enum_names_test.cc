#include "common/domain/enum_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "repatriation/v1/event.pb.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;

TEST(EnumNamesTest, NamesHaveNoPrefix) {
  EXPECT_EQ(EnumName(v1::CATEGORY_CONTINGENT_TROOPS), "contingent_troops");
  EXPECT_EQ(EnumName(v1::CATEGORY_UN_VOLUNTEER), "un_volunteer");
  EXPECT_EQ(EnumName(v1::KIND_REPATRIATION), "repatriation");
  EXPECT_EQ(EnumName(v1::QUALIFIER_MORE_THAN), "more_than");
  EXPECT_EQ(EnumName(v1::SEX_FEMALE), "female");
  EXPECT_EQ(EnumName(v1::DIMENSION_DESTINATION_SITE), "destination_site");
}

TEST(EnumNamesTest, ZeroIsUnspecifiedAndUnknownValuesAreNumbers) {
  EXPECT_EQ(EnumName(v1::KIND_UNSPECIFIED), "unspecified");
  EXPECT_EQ(EnumName(static_cast<v1::Kind>(99)), "99");
  EXPECT_EQ(EnumName(static_cast<v1::Kind>(-1)), "-1");
}

TEST(EnumNamesTest, NamesAreOrderedByNumber) {
  EXPECT_THAT(EnumNames<v1::Kind>(),
              ElementsAre("repatriation", "relocation", "arrival", "separation", "death"));
  EXPECT_THAT(EnumNames<v1::Bucket>(), ElementsAre("day", "week", "month"));
  EXPECT_THAT(EnumNames<v1::Category>(),
              ElementsAre("contingent_troops", "military_staff_officer", "expert_on_mission",
                          "individual_police_officer", "formed_police_unit", "international_staff",
                          "un_volunteer", "national_staff", "force", "un_police", "uniformed",
                          "civilian", "all"));
}

template <typename E>
void ExpectRoundTrip() {
  const auto& descriptor = *google::protobuf::GetEnumDescriptor<E>();
  EXPECT_EQ(EnumNames<E>().size(), static_cast<size_t>(descriptor.value_count() - 1))
      << descriptor.name();
  for (const std::string& name : EnumNames<E>()) {
    const auto value = ParseEnumName<E>(name);
    ASSERT_TRUE(value.has_value()) << descriptor.name() << " " << name;
    EXPECT_EQ(EnumName(*value), name) << descriptor.name();
  }
}

TEST(EnumNamesTest, EveryNameRoundTrips) {
  ExpectRoundTrip<v1::Kind>();
  ExpectRoundTrip<v1::Category>();
  ExpectRoundTrip<v1::Qualifier>();
  ExpectRoundTrip<v1::Sex>();
  ExpectRoundTrip<v1::Dimension>();
  ExpectRoundTrip<v1::Bucket>();
}

TEST(EnumNamesTest, RejectsOtherText) {
  for (const char* text :
       {"", "unspecified", "Repatriation", "REPATRIATION", "KIND_REPATRIATION", "kind_repatriation",
        " repatriation", "repatriation ", "repatriations", "1", "force"}) {
    EXPECT_FALSE(ParseEnumName<v1::Kind>(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace repatriation
