// Waits until the query service has applied a position.
#ifndef TOOLS_REPATCTL_CLIENT_WAIT_H_
#define TOOLS_REPATCTL_CLIENT_WAIT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/repatctl/client/clients.h"
#include "tools/repatctl/client/retry.h"

namespace repatriation {

// Blocks until `query` has applied `position`, and returns OK. Returns the last error
// if the service has failed or made no progress for `patience`.
absl::Status WaitForPosition(QueryClient& query, int64_t position, absl::Duration patience,
                             RetryEnvironment environment);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_WAIT_H_
