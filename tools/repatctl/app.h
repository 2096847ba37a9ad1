// repatctl, from its arguments to its exit status, without the process around
// it.
#ifndef TOOLS_REPATCTL_APP_H_
#define TOOLS_REPATCTL_APP_H_

#include <string>
#include <vector>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Runs the command that `arguments` (without the program's name) give, and
// returns the exit status. Blocks until it is done.
int RunRepatctl(const std::vector<std::string>& arguments, Environment& environment);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_APP_H_
