#include "query_service/core/figures/figure_question.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "query_service/core/selection/cell_filter.h"

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
    const absl::Status checked = CheckProvenanceFilter(filter->proto);
    if (!checked.ok()) return checked;
    sizes.max = kProvenanceRowsMax;
  }
  const auto page = CheckPage(request.page_size(), request.page_token(), sizes, fingerprint);
  if (!page.ok()) return page.status();
  FigureQuestion question;
  question.filter = *std::move(filter);
  question.grouping = *std::move(grouping);
  question.bucket = bucket;
  question.with_provenance = request.with_provenance();
  question.page = *page;
  question.key = std::move(key);
  question.fingerprint = fingerprint;
  return question;
}

// Whether `fill_gaps` and `moving_average_buckets` may be combined with the rest.
absl::Status CheckFilling(const v1::GetTimelineRequest& request) {
  const int average = request.moving_average_buckets();
  if (average != 0 && (average < 2 || average > kMovingAverageBucketsMax)) {
    return InvalidField(
        "moving_average_buckets", "OUT_OF_RANGE",
        absl::StrCat("must be 0 or 2 to ", kMovingAverageBucketsMax, ", is ", average));
  }
  if (average != 0 && !request.fill_gaps()) {
    return InvalidField("moving_average_buckets", "NEEDS_FILL_GAPS", "must come with fill_gaps");
  }
  if (request.fill_gaps() && request.filter().missions_size() != 1) {
    return InvalidField("fill_gaps", "NEEDS_ONE_MISSION",
                        absl::StrCat("must come with a filter that names exactly one mission, "
                                     "names ",
                                     request.filter().missions_size()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckProvenanceFilter(const v1::Filter& filter) {
  const size_t bytes = filter.ByteSizeLong();
  if (bytes <= kProvenanceFilterBytesMax) return absl::OkStatus();
  return InvalidField("with_provenance", "FILTER_TOO_LARGE",
                      absl::StrCat("must come with a filter of at most ", kProvenanceFilterBytesMax,
                                   " bytes, since each row repeats it; has ", bytes));
}

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
  auto question = Check(request, bucket);
  if (!question.ok()) return question.status();
  question->fill_gaps = request.fill_gaps();
  question->moving_average_buckets = request.moving_average_buckets();
  return question;
}

}  // namespace repatriation
