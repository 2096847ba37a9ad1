// A drawdown request, checked and parsed.
//
// Thread-safety: plain values.
#ifndef QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_QUESTION_H_
#define QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_QUESTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/domain/day.h"
#include "query_service/core/records/strength_tables.h"
#include "query_service/core/selection/grouping.h"
#include "repatriation/v1/drawdown.pb.h"

namespace repatriation {

struct DrawdownQuestion {
  // The mission, categories (default filled in), countries and sites.
  v1::Filter filter;
  People people;  // the same
  Grouping grouping;
  bool by_category = false;
  bool by_category_group = false;
  bool by_country = false;
  bool by_site = false;
  std::string series;                      // empty: any
  absl::optional<DayNumber> baseline_day;  // absent: any
  absl::optional<DayNumber> as_of;         // absent: the last day of an actual event
  int32_t pace_window_days = 0;
  bool with_provenance = false;

  const std::string& mission() const { return filter.missions(0); }
  bool names_baseline() const { return !series.empty() || baseline_day.has_value(); }
  bool grouped() const { return by_category || by_category_group || by_country || by_site; }
  // Whether relocations between sites matter.
  bool with_sites() const { return by_site || filter.sites_size() > 0; }
};

// The uniformed personnel of `mission` with every other field at its default.
DrawdownQuestion WholeMissionDrawdown(const std::string& mission);

// INVALID_ARGUMENT names the field and the rule.
absl::StatusOr<DrawdownQuestion> CheckDrawdown(const v1::GetDrawdownRequest& request);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_QUESTION_H_
