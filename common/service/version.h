// The build's version, for `--version` and the first line of a service's log.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_SERVICE_VERSION_H_
#define COMMON_SERVICE_VERSION_H_

#include <string>

#include "absl/strings/string_view.h"

namespace repatriation {

// The project's version, "0.2.0"; CMakeLists.txt defines it.
absl::string_view ProjectVersion();

// The git commit of the build, 12 hex digits, followed by "-dirty" if tracked files had
// changed; "unknown" outside a git checkout.
absl::string_view SourceCommit();

// "PROGRAM 0.2.0, commit 0123456789ab, gRPC 1.51.1, protobuf 3.21.12, RocksDB 7.8.3":
// the versions of the libraries are those at run time, not at build time.
std::string VersionText(absl::string_view program);

}  // namespace repatriation

#endif  // COMMON_SERVICE_VERSION_H_
