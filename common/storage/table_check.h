// Detects, before RocksDB opens a directory, the one kind of damage to a table file
// that makes the packaged library abort: it is built with assertions, and reads a
// table's properties before it verifies their checksum.
//
// Thread-safety: pure, apart from the files that it reads.
#ifndef COMMON_STORAGE_TABLE_CHECK_H_
#define COMMON_STORAGE_TABLE_CHECK_H_

#include <string>

#include "absl/status/status.h"

namespace repatriation {

// DATA_LOSS, naming the file, if a table in `directory` is damaged in that way. All
// other damage is left to RocksDB, which reports it. Blocks on I/O: a few small reads
// per table.
absl::Status CheckTables(const std::string& directory);

}  // namespace repatriation

#endif  // COMMON_STORAGE_TABLE_CHECK_H_
