#include "ingest_service/core/validate_record.h"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "common/domain/day.h"
#include "ingest_service/core/validate.h"

namespace repatriation {
namespace {

const DayNumber kTestDay = *ParseDay("2023-09-27");

v1::Record ValidMandate() {
  v1::Record record;
  v1::Mandate& mandate = *record.mutable_mandate();
  mandate.set_record_id("r-1");
  mandate.set_mission("MINUSMA");
  mandate.set_resolution("S/RES/2690 (2023)");
  mandate.set_adopted("2023-06-30");
  mandate.set_drawdown_start("2023-07-01");
  mandate.set_deadline("2023-12-31");
  mandate.set_source("https://digitallibrary.un.org/record/4014360");
  return record;
}

v1::Record ValidStrength() {
  v1::Record record;
  v1::StrengthReport& strength = *record.mutable_strength();
  strength.set_record_id("r-1");
  strength.set_mission("MINUSMA");
  strength.set_series("un-monthly");
  strength.set_as_of("2023-06-30");
  strength.set_category(v1::CATEGORY_CONTINGENT_TROOPS);
  strength.set_country("SEN");
  strength.set_headcount(0);
  return record;
}

v1::Record ValidStatement() {
  v1::Record record;
  v1::Statement& statement = *record.mutable_statement();
  statement.set_record_id("r-1");
  statement.set_mission("MINUSMA");
  statement.set_measure(v1::MEASURE_DEPARTED);
  statement.set_day("2023-09-27");
  statement.set_category(v1::CATEGORY_UNIFORMED);
  statement.set_headcount(3'276);
  return record;
}

v1::Record ValidMark() {
  v1::Record record;
  v1::ReportedThrough& mark = *record.mutable_reported_through();
  mark.set_record_id("r-1");
  mark.set_mission("MINUSMA");
  mark.set_reporter("MOVCON");
  mark.set_day("2023-09-27");
  return record;
}

v1::Record ValidClosure() {
  v1::Record record;
  v1::SiteClosure& closure = *record.mutable_site_closure();
  closure.set_record_id("r-1");
  closure.set_mission("MINUSMA");
  closure.set_site("Goundam");
  closure.set_day("2023-08-16");
  return record;
}

// "FIELD REASON" of the violation, or "valid".
std::string RecordVerdict(const v1::Record& record) {
  v1::Submission submission;
  *submission.mutable_record() = record;
  ValidSubmission valid;
  const auto violation = Validate(submission, kTestDay, valid);
  if (!violation.has_value()) return "valid";
  EXPECT_FALSE(violation->description.empty()) << violation->field << " " << violation->reason;
  return violation->field + " " + violation->reason;
}

struct RecordCase {
  const char* name;
  std::function<v1::Record()> valid;
  std::function<void(v1::Record&)> change;
  std::string expected;
};
void PrintTo(const RecordCase& test, std::ostream* out) { *out << test.name; }

class RecordRuleTest : public ::testing::TestWithParam<RecordCase> {};

TEST_P(RecordRuleTest, Holds) {
  v1::Record record = GetParam().valid();
  ASSERT_EQ(RecordVerdict(record), "valid");
  GetParam().change(record);
  EXPECT_EQ(RecordVerdict(record), GetParam().expected);
}

using R = v1::Record;

INSTANTIATE_TEST_SUITE_P(
    Mandate, RecordRuleTest,
    ::testing::Values(
        RecordCase{"NoId", ValidMandate, [](R& r) { r.mutable_mandate()->clear_record_id(); },
                   "record.mandate.record_id REQUIRED"},
        RecordCase{"NoMission", ValidMandate, [](R& r) { r.mutable_mandate()->clear_mission(); },
                   "record.mandate.mission REQUIRED"},
        RecordCase{"NoResolution", ValidMandate,
                   [](R& r) { r.mutable_mandate()->clear_resolution(); },
                   "record.mandate.resolution REQUIRED"},
        RecordCase{"AdoptedNotADate", ValidMandate,
                   [](R& r) { r.mutable_mandate()->set_adopted("2023-06-31"); },
                   "record.mandate.adopted DAY_NOT_A_DATE"},
        RecordCase{"StartOnAdoption", ValidMandate,
                   [](R& r) { r.mutable_mandate()->set_drawdown_start("2023-06-30"); }, "valid"},
        RecordCase{"StartBeforeAdoption", ValidMandate,
                   [](R& r) { r.mutable_mandate()->set_drawdown_start("2023-06-29"); },
                   "record.mandate.drawdown_start BEFORE_ADOPTED"},
        RecordCase{"DeadlineOnStart", ValidMandate,
                   [](R& r) { r.mutable_mandate()->set_deadline("2023-07-01"); },
                   "record.mandate.deadline NOT_AFTER_START"},
        RecordCase{"DeadlineYearsAhead", ValidMandate,
                   [](R& r) { r.mutable_mandate()->set_deadline("2033-10-04"); }, "valid"},
        RecordCase{"DeadlineTooFar", ValidMandate,
                   [](R& r) { r.mutable_mandate()->set_deadline("2033-10-05"); },
                   "record.mandate.deadline DAY_TOO_LATE"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Strength, RecordRuleTest,
    ::testing::Values(
        RecordCase{"NoSeries", ValidStrength, [](R& r) { r.mutable_strength()->clear_series(); },
                   "record.strength.series REQUIRED"},
        RecordCase{"RollUp", ValidStrength,
                   [](R& r) { r.mutable_strength()->set_category(v1::CATEGORY_UNIFORMED); },
                   "valid"},
        RecordCase{"NoCategory", ValidStrength,
                   [](R& r) { r.mutable_strength()->clear_category(); },
                   "record.strength.category REQUIRED"},
        RecordCase{"UnknownCategory", ValidStrength,
                   [](R& r) { r.mutable_strength()->set_category(static_cast<v1::Category>(99)); },
                   "record.strength.category UNKNOWN_VALUE"},
        RecordCase{"UnknownCountry", ValidStrength,
                   [](R& r) { r.mutable_strength()->set_country("XXQ"); },
                   "record.strength.country UNKNOWN_COUNTRY"},
        RecordCase{"HeadcountMax", ValidStrength,
                   [](R& r) { r.mutable_strength()->set_headcount(1'000'000); }, "valid"},
        RecordCase{"HeadcountAboveMax", ValidStrength,
                   [](R& r) { r.mutable_strength()->set_headcount(1'000'001); },
                   "record.strength.headcount OUT_OF_RANGE"},
        RecordCase{"Negative", ValidStrength, [](R& r) { r.mutable_strength()->set_headcount(-1); },
                   "record.strength.headcount OUT_OF_RANGE"},
        RecordCase{"MoreWomen", ValidStrength, [](R& r) { r.mutable_strength()->set_female(1); },
                   "record.strength.female ABOVE_HEADCOUNT"},
        RecordCase{"NegativeWomen", ValidStrength,
                   [](R& r) { r.mutable_strength()->set_female(-1); },
                   "record.strength.female OUT_OF_RANGE"},
        RecordCase{"LongSite", ValidStrength,
                   [](R& r) { r.mutable_strength()->set_site(std::string(129, 's')); },
                   "record.strength.site TOO_LONG"},
        RecordCase{"LongSource", ValidStrength,
                   [](R& r) { r.mutable_strength()->set_source(std::string(1'025, 's')); },
                   "record.strength.source TOO_LONG"}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    OtherRecords, RecordRuleTest,
    ::testing::Values(
        RecordCase{"StatementNoMeasure", ValidStatement,
                   [](R& r) { r.mutable_statement()->clear_measure(); },
                   "record.statement.measure REQUIRED"},
        RecordCase{"StatementFromAfterDay", ValidStatement,
                   [](R& r) { r.mutable_statement()->set_from("2023-09-28"); },
                   "record.statement.from AFTER_DAY"},
        RecordCase{"StatementOfOneDay", ValidStatement,
                   [](R& r) { r.mutable_statement()->set_from("2023-09-27"); }, "valid"},
        RecordCase{"StatementPublishedNotADate", ValidStatement,
                   [](R& r) { r.mutable_statement()->set_published("soon"); },
                   "record.statement.published DAY_NOT_A_DATE"},
        RecordCase{
            "StatementUnknownQualifier", ValidStatement,
            [](R& r) { r.mutable_statement()->set_qualifier(static_cast<v1::Qualifier>(9)); },
            "record.statement.qualifier UNKNOWN_VALUE"},
        RecordCase{"MarkNoReporter", ValidMark,
                   [](R& r) { r.mutable_reported_through()->clear_reporter(); },
                   "record.reported_through.reporter REQUIRED"},
        RecordCase{"MarkForASite", ValidMark,
                   [](R& r) {
                     r.mutable_reported_through()->clear_reporter();
                     r.mutable_reported_through()->set_site("Mopti");
                   },
                   "valid"},
        RecordCase{"MarkForTomorrow", ValidMark,
                   [](R& r) { r.mutable_reported_through()->set_day("2023-09-28"); }, "valid"},
        RecordCase{"MarkTwoDaysAhead", ValidMark,
                   [](R& r) { r.mutable_reported_through()->set_day("2023-09-29"); },
                   "record.reported_through.day DAY_TOO_LATE"},
        RecordCase{"MarkNoDay", ValidMark, [](R& r) { r.mutable_reported_through()->clear_day(); },
                   "record.reported_through.day REQUIRED"},
        RecordCase{"ClosureNoSite", ValidClosure,
                   [](R& r) { r.mutable_site_closure()->clear_site(); },
                   "record.site_closure.site REQUIRED"},
        RecordCase{"Nothing", ValidClosure, [](R& r) { r.Clear(); }, "record.content REQUIRED"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ValidateRecordTest, StoresTheSerializedRecord) {
  v1::Submission submission;
  *submission.mutable_record() = ValidStrength();
  ValidSubmission valid;
  ASSERT_FALSE(Validate(submission, kTestDay, valid).has_value());
  EXPECT_EQ(valid.entry.type, EntryType::kRecord);
  EXPECT_EQ(valid.entry.id, "r-1");
  EXPECT_EQ(valid.fingerprint, FingerprintOf("r-1"));
  // Moved, as in the vector of a batch.
  const ValidSubmission moved = std::move(valid);
  submission.Clear();
  v1::Record kept;
  ASSERT_TRUE(
      kept.ParseFromArray(moved.entry.record.data(), static_cast<int>(moved.entry.record.size())));
  EXPECT_EQ(kept.ShortDebugString(), ValidStrength().ShortDebugString());
}

TEST(ValidateRecordTest, RejectsStatusQuarantined) {
  v1::Submission submission;
  v1::Event& event = *submission.mutable_event();
  event.set_event_id("e-1");
  event.set_mission("MINUSMA");
  event.set_kind(v1::KIND_REPATRIATION);
  event.set_day("2023-09-20");
  event.set_category(v1::CATEGORY_CONTINGENT_TROOPS);
  event.set_headcount(1);
  ValidSubmission valid;
  event.set_status(v1::EVENT_STATUS_ACTUAL);
  ASSERT_FALSE(Validate(submission, kTestDay, valid).has_value());
  EXPECT_EQ(valid.entry.event.status, v1::EVENT_STATUS_ACTUAL);
  event.set_status(v1::EVENT_STATUS_PLANNED);
  ASSERT_FALSE(Validate(submission, kTestDay, valid).has_value());
  EXPECT_EQ(valid.entry.event.status, v1::EVENT_STATUS_PLANNED);
  for (const int status : {3, 4, -1}) {
    event.set_status(static_cast<v1::EventStatus>(status));
    const auto violation = Validate(submission, kTestDay, valid);
    ASSERT_TRUE(violation.has_value()) << status;
    EXPECT_EQ(violation->field, "event.status");
  }
}

}  // namespace
}  // namespace repatriation
