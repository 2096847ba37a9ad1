// Detects truncated RocksDB write-ahead logs. RocksDB does not check this for a log
// that is followed by another.
//
// Thread-safety: pure, apart from the files that it reads.
#ifndef COMMON_STORAGE_LOG_CHECK_H_
#define COMMON_STORAGE_LOG_CHECK_H_

#include <string>

namespace repatriation {

// True if all logs in `directory` except the newest non-empty one consist of complete
// records, judged by their lengths; RocksDB checks the contents. Blocks on I/O: a
// small read per record, or per 32 KiB of one.
bool EarlierLogsAreComplete(const std::string& directory);

}  // namespace repatriation

#endif  // COMMON_STORAGE_LOG_CHECK_H_
