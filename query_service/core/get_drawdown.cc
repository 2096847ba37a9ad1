#include "query_service/core/query_core.h"

namespace repatriation {

absl::StatusOr<v1::GetDrawdownResponse> QueryCore::GetDrawdown(
    const v1::GetDrawdownRequest& request) const {
  return absl::UnimplementedError("not yet");
}

}  // namespace repatriation
