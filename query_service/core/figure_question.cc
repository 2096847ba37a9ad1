#include "query_service/core/figure_question.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "query_service/core/cell_filter.h"
#include "query_service/core/filled_timeline.h"
#include "query_service/core/row_provenance.h"

namespace repatriation {
namespace {

constexpr PageSizes kFigurePageSizes = {.standard = 1000, .max = 10'000};

template <typename Request>
absl::StatusOr<FigureQuestion> Check(const Request& request, v1::Bucket bucket) {
  auto filter = CheckFilter(request.filter(), DefaultKinds::kRepatriations, "filter");
  if (!filter.ok()) return filter.status();
  auto grouping = Grouping::Make(request.group_by());
  if (!grouping.ok()) return grouping.status();
  std::string key = RequestKey(request);
  const uint64_t fingerprint = FingerprintOfKey(key);
  PageSizes sizes = kFigurePageSizes;
  if (request.with_provenance()) {
    const absl::Status checked = CheckProvenanceFilter(*filter);
    if (!checked.ok()) return checked;
    sizes.max = kProvenanceRowsMax;
  }
  const auto page = CheckPage(request.page_size(), request.page_token(), sizes, fingerprint);
  if (!page.ok()) return page.status();
  return FigureQuestion{*std::move(filter), *std::move(grouping), bucket, *page,
                        std::move(key),     fingerprint};
}

}  // namespace

absl::StatusOr<FigureQuestion> CheckQuestion(const v1::GetAggregateRequest& request) {
  return Check(request, v1::BUCKET_UNSPECIFIED);
}

absl::StatusOr<FigureQuestion> CheckQuestion(const v1::GetTimelineRequest& request) {
  const v1::Bucket bucket = request.bucket();
  if (!v1::Bucket_IsValid(bucket) || bucket == v1::BUCKET_UNSPECIFIED) {
    return InvalidField("bucket", "UNKNOWN_VALUE",
                        absl::StrCat("must be day, week or month, is ", static_cast<int>(bucket)));
  }
  const absl::Status filling = CheckFilling(request);
  if (!filling.ok()) return filling;
  return Check(request, bucket);
}

}  // namespace repatriation
