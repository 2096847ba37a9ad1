// Random records, and queries about them.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tests/property/naive_values.h"
#include "tests/property/random_ledger.h"

namespace repatriation {
namespace {

// Two categories and their sum.
struct Sum {
  v1::Category addends[2];
  v1::Category sum;
};
constexpr Sum kSums[] = {
    {{v1::CATEGORY_UNIFORMED, v1::CATEGORY_CIVILIAN}, v1::CATEGORY_ALL},
    {{v1::CATEGORY_INTERNATIONAL_STAFF, v1::CATEGORY_UN_VOLUNTEER}, v1::CATEGORY_CIVILIAN},
    {{v1::CATEGORY_CONTINGENT_TROOPS, v1::CATEGORY_MILITARY_STAFF_OFFICER}, v1::CATEGORY_FORCE},
};

}  // namespace

bool RandomLedger::IsInTable() const {
  return !rows_.empty() && !sent_.empty() && sent_.back().record().has_strength();
}

v1::Submission RandomLedger::NewRecord(const Truth& truth) {
  v1::Submission submission;
  v1::Record& record = *submission.mutable_record();
  const bool in_table = IsInTable();
  const int64_t choice = in_table ? 0 : Below(12);
  if (choice < 5 && with_strength_) {
    *record.mutable_strength() = rows_.emplace_back(NewStrength(in_table));
  } else if (choice < 9) {
    *record.mutable_statement() = statements_.emplace_back(NewStatement(truth));
  } else if (choice < 11) {
    *record.mutable_reported_through() = NewMark();
  } else {
    *record.mutable_mandate() = NewMandate();
  }
  return submission;
}

// Often of a table that has rows already and of the people of an event; sometimes of a
// roll-up category.
v1::StrengthReport RandomLedger::NewStrength(bool in_table) {
  v1::StrengthReport row;
  row.set_mission(Pick(missions_));
  row.set_series(Chance(3) ? "weekly" : "monthly");
  row.set_as_of(std::min(Pick(days_), Pick(days_)));
  if (in_table || (!rows_.empty() && Chance(2))) row = in_table ? rows_.back() : Pick(rows_);
  row.set_record_id(NewId());
  row.set_category(static_cast<v1::Category>(Pick(categories_)));
  row.set_country(Pick(countries_));
  row.set_site(Chance(2) ? Pick(sites_) : "");
  if (!sent_.empty() && Chance(2)) {
    const v1::Submission& sent = Pick(sent_);
    if (sent.has_event()) {
      row.set_category(sent.event().category());
      row.set_country(sent.event().country());
      if (!row.site().empty()) row.set_site(sent.event().site());
    }
  }
  if (Chance(5)) row.set_category(static_cast<v1::Category>(20 + Below(5)));
  row.set_headcount(static_cast<int32_t>(Below(Chance(5) ? 60 : 12)));
  row.clear_female();
  if (!Chance(3)) row.set_female(static_cast<int32_t>(Below(row.headcount() + 1)));
  return row;
}

v1::ReportedThrough RandomLedger::NewMark() {
  v1::ReportedThrough mark;
  mark.set_record_id(NewId());
  mark.set_mission(Pick(missions_));
  const std::vector<std::string> reporters = {"MOVCON", "UNPOL", ""};
  mark.set_reporter(Pick(reporters));
  if (Chance(2)) mark.set_site(Pick(sites_));
  if (mark.reporter().empty() && mark.site().empty()) mark.set_reporter("MOVCON");
  // The later of two days: the earliest mark counts, and should cover some days.
  mark.set_day(std::max(Pick(days_), Pick(days_)));
  return mark;
}

v1::Mandate RandomLedger::NewMandate() {
  v1::Mandate mandate;
  mandate.set_record_id(NewId());
  mandate.set_mission(Pick(missions_));
  mandate.set_resolution("S/RES/2690 (2023)");
  mandate.set_drawdown_start(Pick(days_));
  mandate.set_adopted(mandate.drawdown_start());
  mandate.set_deadline("2024-12-31");
  return mandate;
}

// A statement without a number: often about the people of an event or of a table's row.
v1::Statement RandomLedger::NewFigure() {
  v1::Statement statement;
  statement.set_mission(Pick(missions_));
  statement.set_measure(static_cast<v1::Measure>(1 + Below(3)));
  statement.set_day(Pick(days_));
  if (Chance(3)) statement.set_from(std::min(statement.day(), Pick(days_)));
  statement.set_category(static_cast<v1::Category>(Pick(categories_)));
  if (Chance(3)) statement.set_country(Pick(countries_));
  if (Chance(3)) statement.set_site(Pick(sites_));
  statement.set_qualifier(static_cast<v1::Qualifier>(Below(6)));
  const auto describe = [&](const auto& people, const std::string& day) {
    statement.set_mission(people.mission());
    statement.set_day(std::max(statement.day(), day));
    statement.set_category(people.category());
    if (!statement.country().empty()) statement.set_country(people.country());
    if (!statement.site().empty()) statement.set_site(people.site());
  };
  if (!rows_.empty() && Chance(3)) {
    const v1::StrengthReport& row = Pick(rows_);
    describe(row, row.as_of());
  } else if (!sent_.empty() && !Chance(4)) {
    const v1::Submission& sent = Pick(sent_);
    if (sent.has_event()) describe(sent.event(), sent.event().day());
  }
  if (Chance(3)) statement.set_category(static_cast<v1::Category>(20 + Below(5)));
  return statement;
}

// A statement that makes up a sum together with `earlier`; or, if that exists already,
// their sum, under another measure.
v1::Statement RandomLedger::NewAddend(const v1::Statement& earlier) {
  v1::Statement statement = earlier;
  statement.set_qualifier(v1::QUALIFIER_EXACT);
  statement.clear_female();
  for (const Sum& sum : kSums) {
    const auto own = std::find(std::begin(sum.addends), std::end(sum.addends), earlier.category());
    if (own == std::end(sum.addends)) continue;
    statement.set_category(sum.addends[own == sum.addends ? 1 : 0]);
    for (const v1::Statement& other : statements_) {
      if (other.category() != statement.category() || other.measure() != earlier.measure() ||
          other.mission() != earlier.mission() || other.day() != earlier.day() ||
          other.from() != earlier.from() || other.country() != earlier.country() ||
          other.site() != earlier.site()) {
        continue;
      }
      statement.set_category(sum.sum);
      statement.set_headcount(earlier.headcount() + other.headcount());
      statement.set_measure(static_cast<v1::Measure>(1 + earlier.measure() % 3));
      return statement;
    }
    return statement;
  }
  statement.set_measure(static_cast<v1::Measure>(1 + earlier.measure() % 3));
  return statement;
}

// Usually with a number that the ledger has, or nearly.
v1::Statement RandomLedger::NewStatement(const Truth& truth) {
  if (!statements_.empty() && Chance(4)) {
    v1::Statement addend = NewAddend(Pick(statements_));
    addend.set_record_id(NewId());
    return addend;
  }
  v1::Statement statement = NewFigure();
  statement.set_record_id(NewId());
  const v1::Measure measure =
      Chance(5) ? static_cast<v1::Measure>(1 + Below(3)) : statement.measure();
  const std::optional<Recorded> recorded = truth(statement, measure);
  int64_t headcount = recorded.has_value() ? recorded->headcount : Below(60);
  // Within the tenth that a qualifier allows, or just beyond it. The recorded number is
  // negative if more returned than left.
  const int64_t off = Below(std::abs(headcount) / 10 + 2);
  if (Chance(2)) headcount += Chance(2) ? off : -off;
  headcount = std::clamp<int64_t>(headcount, 0, 1'000'000);
  statement.set_headcount(static_cast<int32_t>(headcount));
  if (recorded.has_value() && recorded->female.has_value() && !Chance(3)) {
    const int64_t female = *recorded->female + (Chance(3) ? 1 : 0);
    statement.set_female(static_cast<int32_t>(std::clamp<int64_t>(female, 0, headcount)));
  }
  return statement;
}

void RandomLedger::BreakRecord(Draft& draft) {
  v1::Record& record = *draft.submission.mutable_record();
  if (record.has_strength()) {
    record.mutable_strength()->set_series("");
    draft.field = "record.strength.series";
    draft.reason = "REQUIRED";
  } else if (record.has_statement()) {
    record.mutable_statement()->clear_measure();
    draft.field = "record.statement.measure";
    draft.reason = "REQUIRED";
  } else if (record.has_mandate()) {
    record.mutable_mandate()->set_deadline(record.mandate().drawdown_start());
    draft.field = "record.mandate.deadline";
    draft.reason = "NOT_AFTER_START";
  } else {
    record.mutable_reported_through()->set_day("2023-02-29");
    draft.field = "record.reported_through.day";
    draft.reason = "DAY_NOT_A_DATE";
  }
}

v1::GetTimelineRequest RandomLedger::NextFilledTimeline() {
  v1::GetTimelineRequest request;
  v1::Filter& filter = *request.mutable_filter();
  filter = NextFilter();
  filter.clear_missions();
  filter.add_missions(NextMission());
  // Not all years up to today.
  if (filter.days().to() > days_.back()) {
    filter.mutable_days()->set_to(DayOf(DateOf(days_.back()) + std::chrono::days(1 + Below(9))));
  }
  if (Chance(3)) filter.clear_days();
  request.set_fill_gaps(true);
  request.set_bucket(static_cast<v1::Bucket>(1 + Below(3)));
  if (Chance(2)) request.set_moving_average_buckets(static_cast<int32_t>(2 + Below(4)));
  for (const v1::Dimension dimension : NextGroupBy()) request.add_group_by(dimension);
  return request;
}

v1::GetDrawdownRequest RandomLedger::NextDrawdown() {
  v1::GetDrawdownRequest request;
  request.set_mission(Chance(20) ? "ONUMOZ" : NextMission());
  if (!rows_.empty() && Chance(2)) request.set_mission(Pick(rows_).mission());
  if (Chance(4)) request.mutable_baseline()->set_series(Chance(3) ? "weekly" : "monthly");
  if (Chance(8)) request.mutable_baseline()->set_as_of(Pick(days_));
  if (Chance(3)) request.set_as_of(Pick(days_));
  if (Chance(4)) request.add_categories(v1::CATEGORY_ALL);
  while (Chance(2)) {
    request.add_categories(static_cast<v1::Category>(Chance(2) ? 20 + Below(5) : 1 + Below(8)));
  }
  if (Chance(4)) request.add_countries(Pick(countries_));
  for (int64_t i = Chance(3) ? 1 + Below(2) : 0; i > 0; --i) request.add_sites(Pick(sites_));
  std::vector<v1::Dimension> dimensions = {
      Chance(2) ? v1::DIMENSION_CATEGORY : v1::DIMENSION_CATEGORY_GROUP, v1::DIMENSION_COUNTRY,
      v1::DIMENSION_SITE};
  std::shuffle(dimensions.begin(), dimensions.end(), random_);
  dimensions.resize(Below(4));
  if (dimensions.empty() && Chance(2)) dimensions = {v1::DIMENSION_SITE};
  for (const v1::Dimension dimension : dimensions) request.add_group_by(dimension);
  return request;
}

}  // namespace repatriation
