// Finds, before RocksDB opens a directory, the one damage to a sorted table that
// the packaged library answers by ending the process: it is built with
// assertions, and it reads a table's properties before it compares their checksum.
//
// Thread-safety: pure, but for the files that it reads.
#ifndef COMMON_STORAGE_TABLE_CHECK_H_
#define COMMON_STORAGE_TABLE_CHECK_H_

#include <string>

#include "absl/status/status.h"

namespace repatriation {

// DATA_LOSS, naming the file, if a table in `directory` is damaged in that way.
// Whatever else is wrong is left to RocksDB, which says so. Blocks on I/O: a
// few small reads a table.
absl::Status CheckTables(const std::string& directory);

}  // namespace repatriation

#endif  // COMMON_STORAGE_TABLE_CHECK_H_
