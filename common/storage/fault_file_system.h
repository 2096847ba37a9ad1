// The file system beneath RocksDB, with failpoints in it: the ones named
// store.* in common/base/failpoint.h. They lie where no code of ours runs: inside
// a record of the log, between its append and its sync, while a table is written,
// at the switch to another MANIFEST.
//
// Not in the way unless failpoints are armed. Synced bytes are those that RocksDB
// asked to sync; names that come and go are durable at once, as the end of a
// process leaves them (a power loss could take them back).
#ifndef COMMON_STORAGE_FAULT_FILE_SYSTEM_H_
#define COMMON_STORAGE_FAULT_FILE_SYSTEM_H_

#include <rocksdb/env.h>

#include <memory>

namespace repatriation {

// An environment whose files can fail; null if no failpoint is armed in this
// process. It must outlive every database opened with it.
std::unique_ptr<rocksdb::Env> MakeFaultEnv();

}  // namespace repatriation

#endif  // COMMON_STORAGE_FAULT_FILE_SYSTEM_H_
