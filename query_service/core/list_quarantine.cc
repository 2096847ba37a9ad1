#include "query_service/core/query_core.h"

namespace repatriation {

absl::StatusOr<v1::ListQuarantineResponse> QueryCore::ListQuarantine(
    const v1::ListQuarantineRequest& request) const {
  return absl::UnimplementedError("not yet");
}

}  // namespace repatriation
