// A request for figures (GetAggregate, GetTimeline), checked and parsed: the query and
// the page.
//
// Thread-safety: plain values.
#ifndef QUERY_SERVICE_CORE_FIGURES_FIGURE_QUESTION_H_
#define QUERY_SERVICE_CORE_FIGURES_FIGURE_QUESTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "query_service/core/selection/cell_filter.h"
#include "query_service/core/selection/grouping.h"
#include "query_service/core/selection/paging.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

inline constexpr int kMovingAverageBucketsMax = 366;

// Each row repeats the filter; these bound the size of an answer.
inline constexpr int32_t kProvenanceRowsMax = 1000;
inline constexpr size_t kProvenanceFilterBytesMax = 2048;

struct FigureQuestion {
  CheckedFilter filter;
  Grouping grouping;
  v1::Bucket bucket = v1::BUCKET_UNSPECIFIED;  // timelines only
  bool fill_gaps = false;                      // timelines only
  int moving_average_buckets = 0;              // 0: no moving average
  bool with_provenance = false;
  Page page;
  // The request without position and page (see RequestKey()), and its hash for page
  // tokens.
  std::string key;
  uint64_t fingerprint = 0;

  // The mission, if the filter names exactly one; else nullptr.
  const std::string* mission() const {
    return filter.proto.missions_size() == 1 ? &filter.proto.missions(0) : nullptr;
  }
};

// INVALID_ARGUMENT names the field and the rule.
absl::StatusOr<FigureQuestion> CheckQuestion(const v1::GetAggregateRequest& request);
absl::StatusOr<FigureQuestion> CheckQuestion(const v1::GetTimelineRequest& request);

// OK if rows may repeat `filter`. INVALID_ARGUMENT naming `with_provenance` if
// it is too large.
absl::Status CheckProvenanceFilter(const v1::Filter& filter);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_FIGURE_QUESTION_H_
