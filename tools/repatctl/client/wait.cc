#include "tools/repatctl/client/wait.h"

#include <utility>

namespace repatriation {

absl::Status WaitForPosition(QueryClient& query, int64_t position, absl::Duration patience,
                             RetryEnvironment environment) {
  Retry retry(patience, std::move(environment));
  v1::ListMissionsRequest waiting;
  waiting.set_page_size(1);
  v1::ListMissionsRequest probe = waiting;
  waiting.mutable_read()->set_min_position(position);
  int64_t applied_position = 0;
  while (true) {
    const auto answer = query.ListMissions(waiting);
    if (answer.ok()) return absl::OkStatus();
    // A replica that is far behind but makes progress is worth waiting for.
    const auto now = query.ListMissions(probe);
    if (now.ok() && now->header().applied_position() > applied_position) {
      applied_position = now->header().applied_position();
      retry.Progress();
    }
    if (auto status = retry.WaitAfter(answer.status()); !status.ok()) return status;
  }
}

}  // namespace repatriation
