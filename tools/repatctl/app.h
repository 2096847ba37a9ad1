// repatctl as a function: from its arguments to its exit status.
#ifndef TOOLS_REPATCTL_APP_H_
#define TOOLS_REPATCTL_APP_H_

#include <string>
#include <vector>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Runs the command given by `arguments` (without the program's name) and returns
// the exit status. Blocks until it is done.
int RunRepatctl(const std::vector<std::string>& arguments, Environment& environment);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_APP_H_
