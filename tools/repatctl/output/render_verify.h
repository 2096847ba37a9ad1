// A comparison of services as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_VERIFY_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_VERIFY_H_

#include <string>
#include <vector>

#include "tools/repatctl/verify/verify_services.h"

namespace repatriation {

std::string ServicesTable(const ServicesReport& report, const std::vector<Peer>& peers);
std::string ServicesCsv(const ServicesReport& report, const std::vector<Peer>& peers);
std::string ServicesJson(const ServicesReport& report, const std::vector<Peer>& peers);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_VERIFY_H_
