// What GetAggregate and GetTimeline have in common: a question for figures,
// checked, and the page of the answer that is wanted.
//
// Thread-safety: plain values.
#ifndef QUERY_SERVICE_CORE_FIGURE_QUESTION_H_
#define QUERY_SERVICE_CORE_FIGURE_QUESTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "query_service/core/grouping.h"
#include "query_service/core/paging.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

struct FigureQuestion {
  v1::Filter filter;  // defaults filled in
  Grouping grouping;
  v1::Bucket bucket = v1::BUCKET_UNSPECIFIED;  // of a timeline
  Page page;
  // The request but for the state and the page that it asks for, and a hash of
  // it for page tokens.
  std::string key;
  uint64_t fingerprint = 0;
};

// INVALID_ARGUMENT naming the field.
absl::StatusOr<FigureQuestion> CheckQuestion(const v1::GetAggregateRequest& request);
absl::StatusOr<FigureQuestion> CheckQuestion(const v1::GetTimelineRequest& request);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURE_QUESTION_H_
