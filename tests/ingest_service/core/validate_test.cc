#include "ingest_service/core/validate.h"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "common/domain/day.h"

namespace repatriation {
namespace {

const DayNumber kToday = *ParseDay("2023-09-27");

v1::Event ValidEvent() {
  v1::Event event;
  event.set_event_id("e-1");
  event.set_mission("MINUSMA");
  event.set_kind(v1::KIND_REPATRIATION);
  event.set_day("2023-09-20");
  event.set_category(v1::CATEGORY_CONTINGENT_TROOPS);
  event.set_country("SEN");
  event.set_site("Mopti");
  event.set_unit("SENBAT 2");
  event.set_headcount(116);
  event.set_female(9);
  event.set_movement_ref("UN-116");
  event.set_source("https://peacekeeping.un.org/en/minusma-continues-its-gradual-exit-mali");
  event.set_qualifier(v1::QUALIFIER_EXACT);
  return event;
}

v1::Submission Submit(const v1::Event& event) {
  v1::Submission submission;
  *submission.mutable_event() = event;
  return submission;
}

v1::Submission ValidAmendment() {
  v1::Submission submission;
  v1::Amendment& amendment = *submission.mutable_amendment();
  amendment.set_correction_id("c-1");
  amendment.set_event_id("e-1");
  amendment.set_reason("the manifest says 115");
  *amendment.mutable_event() = ValidEvent();
  return submission;
}

v1::Submission ValidVoiding() {
  v1::Submission submission;
  v1::Voiding& voiding = *submission.mutable_voiding();
  voiding.set_correction_id("c-1");
  voiding.set_event_id("e-1");
  voiding.set_reason("counted twice");
  return submission;
}

// "FIELD REASON" of the violation, or "valid".
std::string Verdict(const v1::Submission& submission) {
  ValidSubmission valid;
  const auto violation = Validate(submission, kToday, valid);
  if (!violation.has_value()) return "valid";
  EXPECT_FALSE(violation->description.empty()) << violation->field << " " << violation->reason;
  return violation->field + " " + violation->reason;
}

struct EventCase {
  const char* name;
  std::function<void(v1::Event&)> change;
  // As Verdict(), but with the path within the event: "day REQUIRED".
  const char* expected;
};
void PrintTo(const EventCase& test, std::ostream* out) { *out << test.name; }

// The rules of event.proto, field by field, on both sides of each boundary.
std::vector<EventCase> EventCases() {
  using E = v1::Event;
  return {
      {"Unchanged", [](E&) {}, "valid"},

      {"IdEmpty", [](E& e) { e.set_event_id(""); }, "event_id REQUIRED"},
      {"Id1Byte", [](E& e) { e.set_event_id("x"); }, "valid"},
      {"Id64Bytes", [](E& e) { e.set_event_id(std::string(64, 'x')); }, "valid"},
      {"Id65Bytes", [](E& e) { e.set_event_id(std::string(65, 'x')); }, "event_id TOO_LONG"},
      // 33 letters of two bytes: the limit counts bytes.
      {"Id66BytesIn33Letters",
       [](E& e) {
         std::string id;
         for (int i = 0; i < 33; ++i) id += "é";
         e.set_event_id(id);
       },
       "event_id TOO_LONG"},
      {"IdNotUtf8", [](E& e) { e.set_event_id("a\xff"); }, "event_id INVALID_UTF8"},
      {"IdOverlongUtf8", [](E& e) { e.set_event_id("\xc0\xaf"); }, "event_id INVALID_UTF8"},
      {"IdSurrogate", [](E& e) { e.set_event_id("\xed\xa0\x80"); }, "event_id INVALID_UTF8"},
      {"IdNul", [](E& e) { e.set_event_id(std::string("a\0b", 3)); }, "event_id CONTROL_CHARACTER"},
      {"IdLeadingSpace", [](E& e) { e.set_event_id(" a"); }, "event_id OUTER_WHITE_SPACE"},
      {"IdInnerSpace", [](E& e) { e.set_event_id("a b"); }, "valid"},

      {"MissionEmpty", [](E& e) { e.set_mission(""); }, "mission REQUIRED"},
      {"Mission1Letter", [](E& e) { e.set_mission("M"); }, "valid"},
      {"Mission32", [](E& e) { e.set_mission(std::string(32, 'M')); }, "valid"},
      {"Mission33", [](E& e) { e.set_mission(std::string(33, 'M')); }, "mission TOO_LONG"},
      {"MissionAllCharacters", [](E& e) { e.set_mission("U-N_2"); }, "valid"},
      {"MissionLowerCase", [](E& e) { e.set_mission("minusma"); }, "mission NOT_AN_ACRONYM"},
      {"MissionDigitFirst", [](E& e) { e.set_mission("2UN"); }, "mission NOT_AN_ACRONYM"},
      {"MissionHyphenFirst", [](E& e) { e.set_mission("-UN"); }, "mission NOT_AN_ACRONYM"},
      {"MissionInnerSpace", [](E& e) { e.set_mission("UN X"); }, "mission NOT_AN_ACRONYM"},
      {"MissionAccent", [](E& e) { e.set_mission("É"); }, "mission NOT_AN_ACRONYM"},
      {"MissionSpace", [](E& e) { e.set_mission(" "); }, "mission OUTER_WHITE_SPACE"},

      {"KindUnspecified", [](E& e) { e.set_kind(v1::KIND_UNSPECIFIED); }, "kind REQUIRED"},
      {"KindDeath", [](E& e) { e.set_kind(v1::KIND_DEATH); }, "valid"},
      {"Kind6", [](E& e) { e.set_kind(static_cast<v1::Kind>(6)); }, "kind UNKNOWN_VALUE"},
      {"KindNegative", [](E& e) { e.set_kind(static_cast<v1::Kind>(-1)); }, "kind UNKNOWN_VALUE"},
      {"Kind257", [](E& e) { e.set_kind(static_cast<v1::Kind>(257)); }, "kind UNKNOWN_VALUE"},

      {"DayEmpty", [](E& e) { e.set_day(""); }, "day REQUIRED"},
      {"DayNotLeap", [](E& e) { e.set_day("2023-02-29"); }, "day DAY_NOT_A_DATE"},
      {"DayLeap", [](E& e) { e.set_day("2020-02-29"); }, "valid"},
      {"DayLeapCentury", [](E& e) { e.set_day("2000-02-29"); }, "valid"},
      {"Day31April", [](E& e) { e.set_day("2023-04-31"); }, "day DAY_NOT_A_DATE"},
      {"DayMonth13", [](E& e) { e.set_day("2023-13-01"); }, "day DAY_NOT_A_DATE"},
      {"DayZero", [](E& e) { e.set_day("2023-09-00"); }, "day DAY_NOT_A_DATE"},
      {"DayShort", [](E& e) { e.set_day("2023-9-20"); }, "day DAY_NOT_A_DATE"},
      {"DayTime", [](E& e) { e.set_day("2023-09-20T00:00"); }, "day DAY_NOT_A_DATE"},
      {"DaySlashes", [](E& e) { e.set_day("2023/09/20"); }, "day DAY_NOT_A_DATE"},
      {"DaySigned", [](E& e) { e.set_day("2023--9-20"); }, "day DAY_NOT_A_DATE"},
      {"DayPadded", [](E& e) { e.set_day(" 2023-09-20"); }, "day DAY_NOT_A_DATE"},
      {"DayLatin", [](E& e) { e.set_day("yesterday."); }, "day DAY_NOT_A_DATE"},
      {"DayFirst", [](E& e) { e.set_day("1948-01-01"); }, "valid"},
      {"DayBeforeFirst", [](E& e) { e.set_day("1947-12-31"); }, "day DAY_TOO_EARLY"},
      {"DayYearOne", [](E& e) { e.set_day("0001-01-01"); }, "day DAY_TOO_EARLY"},
      {"DayToday", [](E& e) { e.set_day("2023-09-27"); }, "valid"},
      {"Day366Ahead", [](E& e) { e.set_day("2024-09-27"); }, "valid"},
      {"Day367Ahead", [](E& e) { e.set_day("2024-09-28"); }, "day DAY_TOO_LATE"},
      {"DayYear9999", [](E& e) { e.set_day("9999-12-31"); }, "day DAY_TOO_LATE"},

      {"CategoryUnspecified", [](E& e) { e.set_category(v1::CATEGORY_UNSPECIFIED); },
       "category REQUIRED"},
      {"CategoryLast", [](E& e) { e.set_category(v1::CATEGORY_NATIONAL_STAFF); }, "valid"},
      {"Category9", [](E& e) { e.set_category(static_cast<v1::Category>(9)); },
       "category UNKNOWN_VALUE"},
      {"Category25", [](E& e) { e.set_category(static_cast<v1::Category>(25)); },
       "category UNKNOWN_VALUE"},
      {"CategoryForce", [](E& e) { e.set_category(v1::CATEGORY_FORCE); }, "category NOT_A_LEAF"},
      {"CategoryAll", [](E& e) { e.set_category(v1::CATEGORY_ALL); }, "category NOT_A_LEAF"},

      {"CountryEmpty", [](E& e) { e.set_country(""); }, "valid"},
      {"CountryFormer", [](E& e) { e.set_country("YUG"); }, "valid"},
      {"CountryUnassigned", [](E& e) { e.set_country("XXQ"); }, "country UNKNOWN_COUNTRY"},
      {"CountryLowerCase", [](E& e) { e.set_country("sen"); }, "country UNKNOWN_COUNTRY"},
      {"CountryAlpha2", [](E& e) { e.set_country("SN"); }, "country UNKNOWN_COUNTRY"},
      {"CountrySpace", [](E& e) { e.set_country(" "); }, "country UNKNOWN_COUNTRY"},
      {"CountryNotUtf8", [](E& e) { e.set_country("\xff\xfe\xfd"); }, "country UNKNOWN_COUNTRY"},

      {"SiteEmpty", [](E& e) { e.set_site(""); }, "valid"},
      {"Site128Bytes", [](E& e) { e.set_site(std::string(128, 's')); }, "valid"},
      {"Site129Bytes", [](E& e) { e.set_site(std::string(129, 's')); }, "site TOO_LONG"},
      {"SiteAccent", [](E& e) { e.set_site("Ménaka"); }, "valid"},
      {"SiteTab", [](E& e) { e.set_site("Mop\tti"); }, "site CONTROL_CHARACTER"},
      {"SiteNewLine", [](E& e) { e.set_site("Mopti\n"); }, "site CONTROL_CHARACTER"},
      {"SiteDel", [](E& e) { e.set_site("Mopti\x7f"); }, "site CONTROL_CHARACTER"},
      {"SiteNextLine", [](E& e) { e.set_site("Mop\u0085ti"); }, "site CONTROL_CHARACTER"},
      {"SiteLineSeparator", [](E& e) { e.set_site("Mop\u2028ti"); }, "site CONTROL_CHARACTER"},
      {"SiteRightToLeftOverride", [](E& e) { e.set_site("\u202eMopti"); },
       "site CONTROL_CHARACTER"},
      {"SiteIsolate", [](E& e) { e.set_site("Mop\u2066ti"); }, "site CONTROL_CHARACTER"},
      {"SiteLeadingSpace", [](E& e) { e.set_site(" Mopti"); }, "site OUTER_WHITE_SPACE"},
      {"SiteTrailingSpace", [](E& e) { e.set_site("Mopti "); }, "site OUTER_WHITE_SPACE"},
      // Left behind by spreadsheets; it is Unicode whitespace.
      {"SiteTrailingNoBreakSpace", [](E& e) { e.set_site("Mopti\u00a0"); },
       "site OUTER_WHITE_SPACE"},
      {"SiteOnlySpace", [](E& e) { e.set_site(" "); }, "site OUTER_WHITE_SPACE"},
      {"SiteNotUtf8", [](E& e) { e.set_site("Mopti\xc3"); }, "site INVALID_UTF8"},
      {"SiteTooLongAndNotUtf8", [](E& e) { e.set_site(std::string(129, '\xff')); },
       "site TOO_LONG"},

      {"DestinationOfRepatriation", [](E& e) { e.set_destination_site("Gao"); },
       "destination_site ONLY_FOR_RELOCATION"},
      {"DestinationOfArrival",
       [](E& e) {
         e.set_kind(v1::KIND_ARRIVAL);
         e.set_destination_site("Gao");
       },
       "destination_site ONLY_FOR_RELOCATION"},
      {"RelocationWithout", [](E& e) { e.set_kind(v1::KIND_RELOCATION); },
       "destination_site REQUIRED"},
      {"RelocationToItself",
       [](E& e) {
         e.set_kind(v1::KIND_RELOCATION);
         e.set_destination_site("Mopti");
       },
       "destination_site SAME_AS_SITE"},
      {"Relocation",
       [](E& e) {
         e.set_kind(v1::KIND_RELOCATION);
         e.set_destination_site("Gao");
       },
       "valid"},
      {"RelocationFromUnknown",
       [](E& e) {
         e.set_kind(v1::KIND_RELOCATION);
         e.set_site("");
         e.set_destination_site("Gao");
       },
       "valid"},
      {"RelocationBetweenUnknown",
       [](E& e) {
         e.set_kind(v1::KIND_RELOCATION);
         e.set_site("");
       },
       "destination_site REQUIRED"},
      {"Destination129Bytes",
       [](E& e) {
         e.set_kind(v1::KIND_RELOCATION);
         e.set_destination_site(std::string(129, 'd'));
       },
       "destination_site TOO_LONG"},
      {"DestinationControl",
       [](E& e) {
         e.set_kind(v1::KIND_RELOCATION);
         e.set_destination_site("Ga\x01o");
       },
       "destination_site CONTROL_CHARACTER"},

      {"Unit128Bytes", [](E& e) { e.set_unit(std::string(128, 'u')); }, "valid"},
      {"Unit129Bytes", [](E& e) { e.set_unit(std::string(129, 'u')); }, "unit TOO_LONG"},
      {"UnitTrailingSpace", [](E& e) { e.set_unit("SENBAT "); }, "unit OUTER_WHITE_SPACE"},
      {"UnitEscape", [](E& e) { e.set_unit("\x1b[31m"); }, "unit CONTROL_CHARACTER"},

      {"HeadcountMin", [](E& e) { e.set_headcount(1), e.clear_female(); }, "valid"},
      {"HeadcountMax", [](E& e) { e.set_headcount(100'000); }, "valid"},
      {"HeadcountZero", [](E& e) { e.set_headcount(0); }, "headcount OUT_OF_RANGE"},
      {"HeadcountAboveMax", [](E& e) { e.set_headcount(100'001); }, "headcount OUT_OF_RANGE"},
      {"HeadcountNegative", [](E& e) { e.set_headcount(-1); }, "headcount OUT_OF_RANGE"},
      {"HeadcountInt32Min", [](E& e) { e.set_headcount(INT32_MIN); }, "headcount OUT_OF_RANGE"},
      {"HeadcountInt32Max", [](E& e) { e.set_headcount(INT32_MAX); }, "headcount OUT_OF_RANGE"},

      {"FemaleUnknown", [](E& e) { e.clear_female(); }, "valid"},
      {"FemaleNone", [](E& e) { e.set_female(0); }, "valid"},
      {"FemaleAll", [](E& e) { e.set_female(116); }, "valid"},
      {"FemaleAbove", [](E& e) { e.set_female(117); }, "female ABOVE_HEADCOUNT"},
      {"FemaleNegative", [](E& e) { e.set_female(-1); }, "female OUT_OF_RANGE"},

      {"Movement128Bytes", [](E& e) { e.set_movement_ref(std::string(128, 'm')); }, "valid"},
      {"Movement129Bytes", [](E& e) { e.set_movement_ref(std::string(129, 'm')); },
       "movement_ref TOO_LONG"},
      {"MovementControl", [](E& e) { e.set_movement_ref("a\rb"); },
       "movement_ref CONTROL_CHARACTER"},
      {"Source1024Bytes", [](E& e) { e.set_source(std::string(1024, 's')); }, "valid"},
      {"Source1025Bytes", [](E& e) { e.set_source(std::string(1025, 's')); }, "source TOO_LONG"},
      {"SourceNotUtf8", [](E& e) { e.set_source("\x80"); }, "source INVALID_UTF8"},

      {"QualifierUnspecified", [](E& e) { e.clear_qualifier(); }, "valid"},
      {"QualifierLast", [](E& e) { e.set_qualifier(v1::QUALIFIER_LESS_THAN); }, "valid"},
      {"Qualifier6", [](E& e) { e.set_qualifier(static_cast<v1::Qualifier>(6)); },
       "qualifier UNKNOWN_VALUE"},
  };
}

class EventRuleTest : public ::testing::TestWithParam<EventCase> {};

TEST_P(EventRuleTest, OfAnEvent) {
  v1::Event event = ValidEvent();
  GetParam().change(event);
  const std::string expected = GetParam().expected;
  EXPECT_EQ(Verdict(Submit(event)), expected == "valid" ? expected : "event." + expected);
}

TEST_P(EventRuleTest, OfAnAmendment) {
  v1::Submission submission = ValidAmendment();
  const std::string id = ValidEvent().event_id();
  v1::Event& event = *submission.mutable_amendment()->mutable_event();
  GetParam().change(event);
  // An amendment's event need not repeat its id, and may not change it.
  if (event.event_id() != id) {
    EXPECT_EQ(Verdict(submission),
              event.event_id().empty() ? "valid" : "amendment.event.event_id OTHER_THAN_TARGET");
    return;
  }
  const std::string expected = GetParam().expected;
  EXPECT_EQ(Verdict(submission), expected == "valid" ? expected : "amendment.event." + expected);
}

INSTANTIATE_TEST_SUITE_P(Rules, EventRuleTest, ::testing::ValuesIn(EventCases()),
                         [](const auto& test) { return std::string(test.param.name); });

struct CorrectionCase {
  const char* name;
  std::string correction_id;
  std::string event_id;
  std::string reason;
  const char* expected;
};
void PrintTo(const CorrectionCase& test, std::ostream* out) { *out << test.name; }

class CorrectionRuleTest : public ::testing::TestWithParam<CorrectionCase> {
 protected:
  template <typename Correction>
  void Change(Correction& correction) {
    correction.set_correction_id(GetParam().correction_id);
    correction.set_event_id(GetParam().event_id);
    correction.set_reason(GetParam().reason);
  }
  std::string Expected(const std::string& prefix) {
    const std::string expected = GetParam().expected;
    return expected == "valid" ? expected : prefix + expected;
  }
};

TEST_P(CorrectionRuleTest, OfAnAmendment) {
  v1::Submission submission = ValidAmendment();
  Change(*submission.mutable_amendment());
  submission.mutable_amendment()->mutable_event()->clear_event_id();
  EXPECT_EQ(Verdict(submission), Expected("amendment."));
}

TEST_P(CorrectionRuleTest, OfAVoiding) {
  v1::Submission submission = ValidVoiding();
  Change(*submission.mutable_voiding());
  EXPECT_EQ(Verdict(submission), Expected("voiding."));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, CorrectionRuleTest,
    ::testing::Values(
        CorrectionCase{"Unchanged", "c", "e", "why", "valid"},
        CorrectionCase{"NoId", "", "e", "why", "correction_id REQUIRED"},
        CorrectionCase{"Id64Bytes", std::string(64, 'c'), "e", "why", "valid"},
        CorrectionCase{"Id65Bytes", std::string(65, 'c'), "e", "why", "correction_id TOO_LONG"},
        CorrectionCase{"IdControl", "c\x02", "e", "why", "correction_id CONTROL_CHARACTER"},
        CorrectionCase{"NoTarget", "c", "", "why", "event_id REQUIRED"},
        CorrectionCase{"Target64Bytes", "c", std::string(64, 'e'), "why", "valid"},
        CorrectionCase{"Target65Bytes", "c", std::string(65, 'e'), "why", "event_id TOO_LONG"},
        CorrectionCase{"NoReason", "c", "e", "", "reason REQUIRED"},
        CorrectionCase{"Reason1024Bytes", "c", "e", std::string(1024, 'r'), "valid"},
        CorrectionCase{"Reason1025Bytes", "c", "e", std::string(1025, 'r'), "reason TOO_LONG"},
        CorrectionCase{"ReasonSpace", "c", "e", " ", "reason OUTER_WHITE_SPACE"},
        CorrectionCase{"ReasonNotUtf8", "c", "e", "\xfe", "reason INVALID_UTF8"},
        CorrectionCase{"ReasonTwoLines", "c", "e", "a\nb", "reason CONTROL_CHARACTER"},
        CorrectionCase{"IdOfTheEvent", "e", "e", "why", "correction_id SAME_AS_EVENT"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ValidateTest, RejectsAnEmptySubmission) {
  EXPECT_EQ(Verdict(v1::Submission()), "content REQUIRED");
}

TEST(ValidateTest, RejectsAnAmendmentWithoutContent) {
  v1::Submission submission = ValidAmendment();
  submission.mutable_amendment()->clear_event();
  EXPECT_EQ(Verdict(submission), "amendment.event REQUIRED");
}

TEST(ValidateTest, ReportsTheFirstViolation) {
  v1::Event event = ValidEvent();
  event.set_event_id("");
  event.set_headcount(0);
  EXPECT_EQ(Verdict(Submit(event)), "event.event_id REQUIRED");
}

TEST(ValidateTest, EscapesControlCharactersInErrors) {
  v1::Event event = ValidEvent();
  event.set_site("Mop\x1b[2Jti");
  ValidSubmission valid;
  const auto violation = Validate(Submit(event), kToday, valid);
  ASSERT_TRUE(violation.has_value());
  EXPECT_EQ(violation->description.find('\x1b'), std::string::npos) << violation->description;
  EXPECT_NE(violation->description.find("Mop\\x1b"), std::string::npos) << violation->description;
}

TEST(ValidateTest, FillsInAnEvent) {
  const v1::Submission submission = Submit(ValidEvent());
  ValidSubmission valid;
  ASSERT_FALSE(Validate(submission, kToday, valid).has_value());
  EXPECT_EQ(valid.entry.type, EntryType::kEvent);
  EXPECT_EQ(valid.entry.id, "e-1");
  EXPECT_EQ(valid.target_id, "");
  v1::Event filled;
  ToProto(valid.entry.id, valid.entry.event, &filled);
  EXPECT_EQ(filled.DebugString(), submission.event().DebugString());
}

TEST(ValidateTest, DistinguishesNoWomenFromUnknown) {
  v1::Event event = ValidEvent();
  event.set_female(0);
  const v1::Submission none = Submit(event);
  event.clear_female();
  const v1::Submission unknown = Submit(event);
  ValidSubmission valid;
  ASSERT_FALSE(Validate(none, kToday, valid).has_value());
  EXPECT_EQ(valid.entry.event.female, 0);
  ASSERT_FALSE(Validate(unknown, kToday, valid).has_value());
  EXPECT_EQ(valid.entry.event.female, kFemaleUnknown);
}

TEST(ValidateTest, FillsInCorrections) {
  const v1::Submission amendment = ValidAmendment();
  ValidSubmission valid;
  ASSERT_FALSE(Validate(amendment, kToday, valid).has_value());
  EXPECT_EQ(valid.entry.type, EntryType::kAmendment);
  EXPECT_EQ(valid.entry.id, "c-1");
  EXPECT_EQ(valid.target_id, "e-1");
  EXPECT_EQ(valid.entry.reason, "the manifest says 115");
  EXPECT_EQ(valid.entry.event.headcount, 116);
  // Nothing of the previous submission may remain.
  const v1::Submission voiding = ValidVoiding();
  ASSERT_FALSE(Validate(voiding, kToday, valid).has_value());
  EXPECT_EQ(valid.entry.type, EntryType::kVoiding);
  EXPECT_EQ(valid.entry.event, EventContent());
  EXPECT_EQ(valid.entry.reason, "counted twice");
}

}  // namespace
}  // namespace repatriation
