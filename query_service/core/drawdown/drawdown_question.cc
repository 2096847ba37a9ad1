#include "query_service/core/drawdown/drawdown_question.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "query_service/core/selection/cell_filter.h"

namespace repatriation {
namespace {

constexpr v1::Category kDefaultCategory = v1::CATEGORY_UNIFORMED;
constexpr int32_t kPaceWindowDays = 28;
constexpr int32_t kPaceWindowDaysMax = 366;

absl::Status CheckGroupBy(const v1::GetDrawdownRequest& request, DrawdownQuestion& question) {
  for (int i = 0; i < request.group_by_size(); ++i) {
    switch (request.group_by(i)) {
      case v1::DIMENSION_CATEGORY:
        question.by_category = true;
        break;
      case v1::DIMENSION_CATEGORY_GROUP:
        question.by_category_group = true;
        break;
      case v1::DIMENSION_COUNTRY:
        question.by_country = true;
        break;
      case v1::DIMENSION_SITE:
        question.by_site = true;
        break;
      default:
        return InvalidField(absl::StrCat("group_by[", i, "]"), "UNKNOWN_VALUE",
                            absl::StrCat("must be category, category group, country or site, is ",
                                         static_cast<int>(request.group_by(i))));
    }
  }
  auto grouping = Grouping::Make(request.group_by());
  if (!grouping.ok()) return grouping.status();
  question.grouping = *std::move(grouping);
  return absl::OkStatus();
}

absl::StatusOr<v1::Filter> CheckPeople(const v1::GetDrawdownRequest& request) {
  if (request.mission().empty()) return InvalidField("mission", "REQUIRED", "must be set");
  v1::Filter filter;
  *filter.mutable_categories() = request.categories();
  *filter.mutable_countries() = request.countries();
  *filter.mutable_sites() = request.sites();
  const absl::Status checked = CheckFilter(filter, DefaultKinds::kAll, "").status();
  if (!checked.ok()) return checked;
  filter.add_missions(request.mission());
  if (filter.categories().empty()) filter.add_categories(kDefaultCategory);
  return filter;
}

// REQUIRES: `filter` has categories.
DrawdownQuestion QuestionAbout(v1::Filter filter) {
  DrawdownQuestion question;
  for (const int category : filter.categories()) {
    question.people.leaves |= LeavesOf(static_cast<v1::Category>(category));
  }
  question.people.countries.insert(filter.countries().begin(), filter.countries().end());
  question.people.sites.insert(filter.sites().begin(), filter.sites().end());
  question.filter = std::move(filter);
  question.pace_window_days = kPaceWindowDays;
  return question;
}

}  // namespace

DrawdownQuestion WholeMissionDrawdown(const std::string& mission) {
  v1::Filter filter;
  filter.add_categories(kDefaultCategory);
  filter.add_missions(mission);
  return QuestionAbout(std::move(filter));
}

absl::StatusOr<DrawdownQuestion> CheckDrawdown(const v1::GetDrawdownRequest& request) {
  auto filter = CheckPeople(request);
  if (!filter.ok()) return filter.status();
  DrawdownQuestion question = QuestionAbout(*std::move(filter));
  const absl::Status grouped = CheckGroupBy(request, question);
  if (!grouped.ok()) return grouped;
  question.series = request.baseline().series();
  const auto baseline_day = CheckDay(request.baseline().as_of(), "baseline.as_of");
  if (!baseline_day.ok()) return baseline_day.status();
  question.baseline_day = *baseline_day;
  const auto as_of = CheckDay(request.as_of(), "as_of");
  if (!as_of.ok()) return as_of.status();
  question.as_of = *as_of;
  const int32_t window_days = request.pace_window_days();
  if (window_days < 0 || window_days > kPaceWindowDaysMax) {
    return InvalidField("pace_window_days", "OUT_OF_RANGE",
                        absl::StrCat("must be 0 to ", kPaceWindowDaysMax, ", is ", window_days));
  }
  if (window_days != 0) question.pace_window_days = window_days;
  question.with_provenance = request.with_provenance();
  return question;
}

}  // namespace repatriation
