// Named points in the code at which a test can make a running service fail, so
// that what it promises is tried exactly where it is hardest to keep: between
// the write and the sync, between the sync and the acknowledgement.
//
// Nothing is armed unless the environment variable REPAT_FAILPOINTS says so
// when the process starts. Its form is NAME=ACTION@COUNT, several of them
// separated by ";":
//
//   REPAT_FAILPOINTS="ledger.before_write=kill@3;store.wal.append=hold@1"
//
//   kill   at the COUNT-th hit: SIGKILL to the own process. No destructor runs.
//   torn   at the COUNT-th hit: a part of the bytes is written, then as kill
//   error  from the COUNT-th hit on: what the point stands for fails, an append
//          with "no space left", a sync with an I/O error
//   hold   from the COUNT-th hit on: appended bytes stay in memory until the
//          file is synced, as in a drive's cache; so an end of the process is as
//          hard on them as a power loss
//   skip   from the COUNT-th hit on: a sync says that it was done and was not.
//          A planted bug, for the test that shows that tests find it.
//
// COUNT is from 1 to 1,000,000, counted from the start of the process. All points
// take `kill`; kFailpoints says which take what else.
//
// Cost of a point while nothing is armed: one relaxed load.
//
// Thread-safety: HitFailpoint() may be called from any thread; arming belongs
// before other threads start.
#ifndef COMMON_BASE_FAILPOINT_H_
#define COMMON_BASE_FAILPOINT_H_

#include <atomic>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace repatriation {

enum class FailAction { kNone, kKill, kTorn, kError, kHold, kSkip };

// What a point may be armed with besides `kill`.
enum class FailpointUse {
  kStep,    // nothing else
  kAppend,  // torn, error, hold
  kSync,    // error, skip
};

struct FailpointSpec {
  std::string_view name;
  FailpointUse use = FailpointUse::kStep;
};

// Every point there is, in the order of what happens.
inline constexpr FailpointSpec kFailpoints[] = {
    // Ingest: a group of batches becomes a block and is answered.
    {"ledger.before_write"},     // nothing is written yet
    {"ledger.after_sync"},       // the block is durable, nobody knows
    {"ledger.before_voided"},    // followers know of it, the indexes do not
    {"ledger.before_answer"},    // everything is done but the answers
    {"ledger.between_answers"},  // one batch of the group is answered
    {"feed.before_send"},        // a block is about to be handed to a follower
    {"feed.after_send"},         // a follower has been handed one
    // Query: a block is applied.
    {"replica.before_write"},  // checked and planned, not written
    {"replica.after_write"},   // written, not in the view in memory
    {"replica.before_ids"},    // in the view, its ids not in the index
    {"replica.after_ids"},     // done, nobody who waits has been told
    // Both: the id index on disk.
    {"ids.run.before_finish"},       // a run is appended, its header is not final
    {"ids.run.after_finish"},        // it has its name, nobody reads it yet
    {"ids.merge.before_finish"},     // as above, of a merged run
    {"ids.merge.after_finish"},      // beside the parts that it replaces
    {"ids.merge.between_removals"},  // some of the parts are gone
    {"ids.filter.chunk_written"},    // a part of the filter is appended
    {"ids.filter.before_finish"},
    // Both: any file of ours, those of the id index among them.
    {"file.before_sync"},    // whole, not synced
    {"file.before_rename"},  // durable under the temporary name
    {"file.after_rename"},   // its name is not durable yet
    // Both: RocksDB's files, beneath it.
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
    {"store.file.delete"},      // before a file that is not needed any more goes
    {"store.file.deleted"},
};
inline constexpr size_t kFailpointCount = sizeof(kFailpoints) / sizeof(kFailpoints[0]);

// The name of a point; one that is not in the list does not compile.
class Failpoint {
 public:
  template <size_t size>
  consteval Failpoint(const char (&name)[size])  // NOLINT: a name is a point
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

// Passes `point`. Does not return where it is armed to kill now. Otherwise what
// the code around it is asked to do, of the actions that the point takes.
inline FailAction HitFailpoint(Failpoint point) {
  if (!AnyFailpointArmed()) return FailAction::kNone;
  return failpoint_internal::Hit(point.index());
}

// The end that `kill` brings: says on stderr which point it was, then SIGKILL.
[[noreturn]] void KillAtFailpoint(Failpoint point);

// Arms what `text` says, counting from now, instead of what was armed before;
// nothing if it is empty. INVALID_ARGUMENT where it is malformed, names a point that there
// is not (the message lists those that there are) or an action that a point does not take;
// then nothing is armed.
absl::Status ArmFailpoints(absl::string_view text);

// ArmFailpoints() with the environment variable REPAT_FAILPOINTS; says in the
// log if that arms any.
absl::Status ArmFailpointsFromEnvironment();

}  // namespace repatriation

#endif  // COMMON_BASE_FAILPOINT_H_
