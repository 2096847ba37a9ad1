// The ledger's log: blocks appended durably, read back in order. The only
// interface between the ingest service and its storage: RocksDB on a local disk
// today, a replicated log if one machine is not enough.
//
// Thread-safety: Append() belongs to one thread at a time; everything else may be
// called from any thread, also during an Append().
#ifndef COMMON_LEDGER_LEDGER_LOG_H_
#define COMMON_LEDGER_LEDGER_LOG_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/ledger/block.h"

namespace repatriation {

class LedgerLog {
 public:
  virtual ~LedgerLog() = default;

  virtual const LedgerId& id() const = 0;

  // The end of the last durable block.
  virtual LedgerTail tail() const = 0;

  // Appends a finished block and returns once it is durable; blocks on I/O.
  // After any error the state of the block is unknown, so the error is sticky:
  // every later Append() returns it too (UNAVAILABLE or DATA_LOSS) until the log
  // is reopened.
  // REQUIRES: CheckFollows(block, id(), tail()) is OK.
  virtual absl::Status Append(const Block& block) = 0;

  // Whole blocks after `position`, in order, each checked: as many as fit into
  // `bytes_max`, but at least one; none if `position` is the tail's. Blocks on I/O.
  // INVALID_ARGUMENT if `position` is not the end of a block, OUT_OF_RANGE if it is
  // beyond the tail, DATA_LOSS if a block is missing.
  virtual absl::StatusOr<std::vector<std::string>> ReadAfter(Position position,
                                                             size_t bytes_max) const = 0;

  // The block that contains `position`. Blocks on I/O. OUT_OF_RANGE if it is beyond
  // the tail, DATA_LOSS if the block is missing.
  virtual absl::StatusOr<std::string> ReadBlockOf(Position position) const = 0;
};

}  // namespace repatriation

#endif  // COMMON_LEDGER_LEDGER_LOG_H_
