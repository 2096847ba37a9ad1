// Waits until the query service answers from what was just recorded.
#ifndef TOOLS_REPATCTL_CLIENT_WAIT_H_
#define TOOLS_REPATCTL_CLIENT_WAIT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/repatctl/client/clients.h"
#include "tools/repatctl/client/retry.h"

namespace repatriation {

// Blocks until `query` answers from `position` or later: OK. Gives up with the
// last error when the service has failed, or has not moved on, for `patience`.
absl::Status WaitForPosition(QueryClient& query, int64_t position, absl::Duration patience,
                             RetryEnvironment environment);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_WAIT_H_
