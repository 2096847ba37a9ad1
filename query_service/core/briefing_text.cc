#include "query_service/core/briefing_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/domain/category.h"
#include "common/domain/day.h"
#include "common/domain/words.h"
#include "google/protobuf/util/time_util.h"

namespace repatriation {
namespace {

// 3,276 for 3276, as the releases print numbers. REQUIRES: number >= 0.
std::string Thousands(int64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

std::string NameOf(v1::Category category) {
  switch (category) {
    case v1::CATEGORY_CONTINGENT_TROOPS:
      return "contingent troops";
    case v1::CATEGORY_MILITARY_STAFF_OFFICER:
      return "military staff officers";
    case v1::CATEGORY_EXPERT_ON_MISSION:
      return "experts on mission";
    case v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER:
      return "individual police officers";
    case v1::CATEGORY_FORMED_POLICE_UNIT:
      return "members of formed police units";
    case v1::CATEGORY_INTERNATIONAL_STAFF:
      return "international staff";
    case v1::CATEGORY_UN_VOLUNTEER:
      return "UN Volunteers";
    case v1::CATEGORY_NATIONAL_STAFF:
      return "national staff";
    case v1::CATEGORY_FORCE:
      return "Force";
    case v1::CATEGORY_UN_POLICE:
      return "UN Police";
    case v1::CATEGORY_UNIFORMED:
      return "uniformed personnel";
    case v1::CATEGORY_CIVILIAN:
      return "civilian personnel";
    case v1::CATEGORY_ALL:
      return "all personnel";
    default:
      return Word(category);
  }
}

std::string PeriodOf(const v1::DayRange& days) {
  // The range is half-open; people name its last day.
  std::string period;
  if (!days.from().empty()) absl::StrAppend(&period, " from ", days.from());
  if (const auto to = ParseDay(days.to()); to.has_value()) {
    absl::StrAppend(&period, " through ", FormatDay(*to - 1));
  }
  return period.empty() ? " to date" : period;
}

int64_t HeadcountOf(v1::Category category, const v1::GetBriefingResponse& briefing) {
  for (const auto& figure : briefing.figures()) {
    if (figure.category() == category) return figure.figure().headcount();
  }
  return 0;
}

void AppendMovements(const v1::GetBriefingResponse& briefing, std::string& text) {
  for (const auto& record : briefing.latest_movements()) {
    const v1::Event& event = record.event();
    absl::StrAppend(&text, "On ", event.day(), " ", Thousands(event.headcount()), " ",
                    NameOf(event.category()), " (", event.country(), ") left from ", event.site(),
                    ".\n");
  }
}

void AppendFigures(const v1::GetBriefingResponse& briefing, std::string& text) {
  for (const auto& figure : briefing.figures()) {
    absl::StrAppendFormat(&text, "%10s  %s", Thousands(figure.figure().headcount()),
                          NameOf(figure.category()));
    std::vector<std::string> addends;
    for (const int addend : figure.addends()) {
      addends.push_back(Thousands(HeadcountOf(static_cast<v1::Category>(addend), briefing)));
    }
    if (!addends.empty()) absl::StrAppend(&text, " = ", absl::StrJoin(addends, " + "));
    text += "\n";
  }
}

}  // namespace

std::string BriefingText(const v1::GetBriefingResponse& briefing) {
  std::string text =
      absl::StrCat(briefing.mission(), ": personnel repatriated", PeriodOf(briefing.days()), "\n");
  AppendMovements(briefing, text);
  AppendFigures(briefing, text);
  const v1::ResponseHeader& header = briefing.header();
  absl::StrAppend(&text, "As known at position ", header.known_at_position(), " of ledger ",
                  header.ledger_id(), ", recorded ",
                  google::protobuf::util::TimeUtil::ToString(header.known_at_time()), "\n");
  return text;
}

}  // namespace repatriation
