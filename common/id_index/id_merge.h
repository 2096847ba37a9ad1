// K-way merge of runs.
//
// Thread-safety: may be called from any thread.
#ifndef COMMON_ID_INDEX_ID_MERGE_H_
#define COMMON_ID_INDEX_ID_MERGE_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/id_index/id_run.h"

namespace repatriation {

// Ordered by position, without gaps.
using Runs = std::vector<std::shared_ptr<const Run>>;

// Writes the records of `parts` as one run beside them and opens it; uses a megabyte
// of memory per part. Blocks on I/O, for seconds if runs are large. CANCELLED soon
// after `stop` became true, DATA_LOSS if a part is damaged, UNAVAILABLE if the disk
// fails; the unfinished run is removed then.
// REQUIRES: 1 <= parts.size() <= 64, all in `directory`.
absl::StatusOr<std::shared_ptr<const Run>> MergeRuns(const std::string& directory,
                                                     const LedgerId& ledger_id, const Runs& parts,
                                                     const std::atomic<bool>& stop);

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_MERGE_H_
