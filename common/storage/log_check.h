// Whether RocksDB's write-ahead logs end where their writer ended them, which
// RocksDB does not ask of a log that others follow.
//
// Thread-safety: pure, but for the files that it reads.
#ifndef COMMON_STORAGE_LOG_CHECK_H_
#define COMMON_STORAGE_LOG_CHECK_H_

#include <string>

namespace repatriation {

// True if each log in `directory` but the newest that is not empty consists of
// whole records by their lengths; contents are RocksDB's to check. Blocks on
// I/O: a small read for each record, or each 32 KiB of one.
bool EarlierLogsAreWhole(const std::string& directory);

}  // namespace repatriation

#endif  // COMMON_STORAGE_LOG_CHECK_H_
