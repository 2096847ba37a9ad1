#include "query_service/core/query_core.h"

namespace repatriation {

absl::StatusOr<v1::CompareAggregatesResponse> QueryCore::CompareAggregates(
    const v1::CompareAggregatesRequest& request) const {
  return absl::UnimplementedError("not yet");
}

}  // namespace repatriation
