// Restores the filter of an id index at startup.
//
// Thread-safety: one thread at a time; it starts threads of its own.
#ifndef COMMON_ID_INDEX_FILTER_RESTORE_H_
#define COMMON_ID_INDEX_FILTER_RESTORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/id_index/id_filter.h"
#include "common/id_index/id_merge.h"
#include "common/ledger/ledger_id.h"

namespace repatriation {

// Adds all ids of `runs` to the empty `filter`: from the filter's file in
// `directory` and the runs after it. If that file is missing or does not match the
// runs, deletes it and adds the ids from all runs. Returns the position through
// which the file has the ids, 0 without a file; blocks on I/O. DATA_LOSS if a run
// that is read is damaged, UNAVAILABLE if it cannot be read.
absl::StatusOr<Position> RestoreFilter(const std::string& directory, const LedgerId& ledger_id,
                                       const Runs& runs, IdFilter& filter);

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_FILTER_RESTORE_H_
