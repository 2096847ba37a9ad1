#include "query_service/core/query_core.h"

namespace repatriation {

absl::StatusOr<v1::ReconcileResponse> QueryCore::Reconcile(
    const v1::ReconcileRequest& request) const {
  return absl::UnimplementedError("not yet");
}

}  // namespace repatriation
