#include "query_service/core/drawdown/drawdown_answer.h"
#include "query_service/core/drawdown/drawdown_question.h"
#include "query_service/core/query_core.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {

absl::StatusOr<v1::GetDrawdownResponse> QueryCore::GetDrawdown(
    const v1::GetDrawdownRequest& request) const {
  const auto question = CheckDrawdown(request);
  if (!question.ok()) return question.status();
  const LedgerView::Reader reader(replica_.view());
  const auto known_at = ResolveKnownAt(request.read(), Page(), reader);
  if (!known_at.ok()) return known_at.status();
  const absl::Status known = CheckMissionKnown(request.mission(), *known_at, reader);
  if (!known.ok()) return known;
  auto response = AnswerDrawdown(*question, *known_at, reader, plans_);
  if (!response.ok()) return response.status();
  *response->mutable_header() = MakeHeader(replica_, reader, *known_at);
  return response;
}

}  // namespace repatriation
