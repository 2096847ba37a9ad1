#include "common/service/version.h"

#include <google/protobuf/stubs/common.h>
#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "common/storage/store.h"
#include "source_commit.inc"

namespace repatriation {

absl::string_view ProjectVersion() { return REPAT_VERSION; }

absl::string_view SourceCommit() { return kSourceCommit; }

std::string VersionText(absl::string_view program) {
  return absl::StrCat(program, " ", ProjectVersion(), ", commit ", SourceCommit(), ", gRPC ",
                      grpc::Version(), ", protobuf ",
                      google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION),
                      ", RocksDB ", RocksDbVersion());
}

}  // namespace repatriation
