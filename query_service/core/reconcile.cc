#include <algorithm>

#include "absl/types/optional.h"
#include "common/base/errors.h"
#include "query_service/core/query_core.h"
#include "query_service/core/reconciliation/mission_statements.h"
#include "query_service/core/selection/cell_filter.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {

absl::StatusOr<v1::ReconcileResponse> QueryCore::Reconcile(
    const v1::ReconcileRequest& request) const {
  if (request.mission().empty()) return InvalidField("mission", "REQUIRED", "must be set");
  const auto days = CheckDays(request.days(), "days");
  if (!days.ok()) return days.status();
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page =
      CheckPage(request.page_size(), request.page_token(), kListPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  v1::ReconcileResponse response;
  Position known_at_position = 0;
  absl::optional<MissionStatements> statements;
  {
    const LedgerView::Reader reader(replica_.view());
    const auto known_at = ResolveKnownAt(request.read(), *page, reader);
    if (!known_at.ok()) return known_at.status();
    const absl::Status known = CheckMissionKnown(request.mission(), *known_at, reader);
    if (!known.ok()) return known;
    known_at_position = *known_at;
    *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
    statements.emplace(request.mission(), *known_at, *days, reader);
  }
  const int64_t begin = std::min(statements->size(), page->after);
  const int64_t end = std::min(statements->size(), begin + page->size);
  for (v1::Reconciliation& one : statements->Reconcile(replica_.view(), begin, end)) {
    response.add_reconciliations()->Swap(&one);
  }
  if (end < statements->size()) {
    response.set_next_page_token(MakePageToken(fingerprint, known_at_position, end));
  }
  if (!page->first) return response;
  for (v1::Conflict& conflict : statements->FindConflicts(replica_.view())) {
    response.add_conflicts()->Swap(&conflict);
  }
  return response;
}

}  // namespace repatriation
