// Fills in the parts of query requests that come from common flags.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_COMMANDS_QUERY_REQUESTS_H_
#define TOOLS_REPATCTL_COMMANDS_QUERY_REQUESTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/repatctl/fields/request_flags.h"
#include "tools/repatctl/output/render_groups.h"

namespace repatriation {

// Sets the state of the ledger to read; errors as ReadOptionsFrom().
template <typename Request>
absl::Status SetRead(const ReadFlags& flags, Request& request) {
  auto read = ReadOptionsFrom(flags);
  if (read.ok()) *request.mutable_read() = *std::move(read);
  return read.status();
}

// Sets that and the filter; errors also as FilterFrom().
template <typename Request>
absl::Status SetReadAndFilter(const ReadFlags& flags, const FilterFlags& filter_flags,
                              Request& request) {
  auto filter = FilterFrom(filter_flags);
  if (!filter.ok()) return filter.status();
  *request.mutable_filter() = *std::move(filter);
  return SetRead(flags, request);
}

// Sets the dimensions and returns them; errors as DimensionsFrom().
template <typename Request>
absl::StatusOr<Dimensions> SetGroupBy(const std::vector<std::string>& group_by, Request& request) {
  auto dimensions = DimensionsFrom(group_by);
  if (dimensions.ok()) request.mutable_group_by()->Add(dimensions->begin(), dimensions->end());
  return dimensions;
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_QUERY_REQUESTS_H_
