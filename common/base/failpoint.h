// Named points in the code at which a test can make a running service fail,
// exactly where its guarantees are hardest to keep: between the write and the
// sync, between the sync and the acknowledgement.
//
// They are armed by the environment variable REPAT_FAILPOINTS at process start:
// one or more NAME=ACTION@COUNT separated by ";":
//
//   REPAT_FAILPOINTS="ledger.before_write=kill@3;store.wal.append=hold@1"
//
//   kill   at the COUNT-th hit: SIGKILL to the own process. No destructor runs.
//   torn   at the COUNT-th hit: only part of the bytes is written, then as kill
//   error  from the COUNT-th hit on: the operation fails, an append with "no
//          space left", a sync with an I/O error
//   hold   from the COUNT-th hit on: appended bytes stay in memory until the
//          file is synced, as in a drive's cache, so that a crash of the process
//          loses what a power loss would
//   skip   from the COUNT-th hit on: a sync reports success without syncing.
//          A planted bug: a test proves that the tests detect it.
//
// COUNT is 1 to 1,000,000, counted from the start of the process. All points
// support `kill`; kFailpoints lists what else each supports.
//
// Cost of a point while nothing is armed: one relaxed load.
//
// Thread-safety: HitFailpoint() may be called from any thread; arm before other
// threads start.
#ifndef COMMON_BASE_FAILPOINT_H_
#define COMMON_BASE_FAILPOINT_H_

#include <atomic>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace repatriation {

enum class FailAction { kNone, kKill, kTorn, kError, kHold, kSkip };

// Which actions a point supports besides `kill`.
enum class FailpointUse {
  kStep,    // nothing else
  kAppend,  // torn, error, hold
  kSync,    // error, skip
};

struct FailpointSpec {
  std::string_view name;
  FailpointUse use = FailpointUse::kStep;
};

// All points, in the order in which they are passed.
inline constexpr FailpointSpec kFailpoints[] = {
    // Ingest: a group of batches becomes a block and is answered.
    {"ledger.before_write"},     // nothing is written yet
    {"ledger.after_sync"},       // the block is durable, but not published
    {"ledger.before_voided"},    // published to followers, not yet indexed
    {"ledger.before_answer"},    // everything is done but the answers
    {"ledger.between_answers"},  // one batch of the group is answered
    {"feed.before_send"},        // a block is about to be sent to a follower
    {"feed.after_send"},         // a block was sent to a follower
    // Query: a block is applied.
    {"replica.before_write"},  // checked and planned, not written
    {"replica.after_write"},   // written, not in the view in memory
    {"replica.before_ids"},    // in the view, its ids not in the index
    {"replica.after_ids"},     // done, waiters not yet notified
    // Both: the id index on disk.
    {"ids.run.before_finish"},       // a run is appended, its header is not final
    {"ids.run.after_finish"},        // it has its final name, but no reader yet
    {"ids.merge.before_finish"},     // the same for a merged run
    {"ids.merge.after_finish"},      // exists beside the runs that it replaces
    {"ids.merge.between_removals"},  // some of the replaced runs are removed
    {"ids.filter.chunk_written"},    // a chunk of the filter is appended
    {"ids.filter.before_finish"},
    // Both: any file of ours, including those of the id index.
    {"file.before_sync"},    // complete, not synced
    {"file.before_rename"},  // durable under the temporary name
    {"file.after_rename"},   // its name is not durable yet
    // Both: RocksDB's own files.
    {"store.wal.append", FailpointUse::kAppend},
    {"store.wal.appended"},
    {"store.wal.sync", FailpointUse::kSync},
    {"store.wal.synced"},
    {"store.table.append", FailpointUse::kAppend},
    {"store.table.appended"},
    {"store.table.sync", FailpointUse::kSync},
    {"store.table.synced"},
    {"store.manifest.append", FailpointUse::kAppend},
    {"store.manifest.appended"},
    {"store.manifest.sync", FailpointUse::kSync},
    {"store.manifest.synced"},
    {"store.current.rename"},   // before the switch to another MANIFEST
    {"store.current.renamed"},  // after it
    {"store.file.delete"},      // before an obsolete file is deleted
    {"store.file.deleted"},
};
inline constexpr size_t kFailpointCount = sizeof(kFailpoints) / sizeof(kFailpoints[0]);

// The name of a point; one that is not in kFailpoints does not compile.
class Failpoint {
 public:
  template <size_t size>
  consteval Failpoint(const char (&name)[size])  // NOLINT: implicit on purpose
      : index_(IndexOf(std::string_view(name, size - 1))) {}

  size_t index() const { return index_; }

 private:
  static consteval size_t IndexOf(std::string_view name) {
    size_t index = 0;
    while (kFailpoints[index].name != name) ++index;
    return index;
  }

  size_t index_;
};

namespace failpoint_internal {
extern std::atomic<bool> armed;
FailAction Hit(size_t index);
}  // namespace failpoint_internal

// Whether any point is armed in this process.
inline bool AnyFailpointArmed() {
  return failpoint_internal::armed.load(std::memory_order_relaxed);
}

// Passes `point`. Does not return if it is armed to kill at this hit. Otherwise
// returns the action that the caller is to perform, kNone for none.
inline FailAction HitFailpoint(Failpoint point) {
  if (!AnyFailpointArmed()) return FailAction::kNone;
  return failpoint_internal::Hit(point.index());
}

// What `kill` does: names the point on stderr, then SIGKILL.
[[noreturn]] void KillAtFailpoint(Failpoint point);

// Replaces what is armed by what `text` says, counting hits from now; an empty text
// disarms all. INVALID_ARGUMENT if it is malformed, names an unknown point (the message
// lists the known ones) or an action that the point does not support; then nothing is
// armed.
absl::Status ArmFailpoints(absl::string_view text);

// ArmFailpoints() with the environment variable REPAT_FAILPOINTS; logs a warning
// if that arms any.
absl::Status ArmFailpointsFromEnvironment();

}  // namespace repatriation

#endif  // COMMON_BASE_FAILPOINT_H_
