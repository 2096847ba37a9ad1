// A RocksDB file system with failpoints: those named store.* in
// common/base/failpoint.h. They are where none of our code runs: inside a record of
// the write-ahead log, between its append and its sync, while a table is written, at
// the switch to another MANIFEST.
//
// Used only if failpoints are armed. Bytes become durable when RocksDB syncs them;
// created, renamed and deleted names are durable at once, as after a crash of the
// process (a power loss could undo them).
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
