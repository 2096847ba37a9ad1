// Issues checkpoints: signed statements of where the ledger ends. On demand,
// and regularly into files, so that there is one for every day whether or not
// anybody asked.
//
// A file is named by the ledger and the position (CheckpointFileName()), and
// appears whole and durable or not at all. Where the ledger has not moved since,
// the earlier statement stays: it says more.
//
// Thread-safety: all methods may be called from any thread.
#ifndef INGEST_SERVICE_CORE_CHECKPOINT_ISSUER_H_
#define INGEST_SERVICE_CORE_CHECKPOINT_ISSUER_H_

#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/base/clock.h"
#include "common/base/crypto/ed25519.h"
#include "common/base/stop_signal.h"
#include "common/ledger/ledger_log.h"
#include "repatriation/v1/ledger_proof_service.pb.h"

namespace repatriation {

struct CheckpointOptions {
  // Directory of the files; made, with its parents, if missing.
  std::string directory;
  // Time from one to the next, 1 minute to 31 days. After a start it counts from
  // the last one in the directory.
  absl::Duration interval = absl::Hours(24);
  // How long to wait after a failure, such as a full disk.
  absl::Duration retry_delay = absl::Minutes(1);
};

class CheckpointIssuer {
 public:
  // Without a key none are issued. Both pointers must outlive the issuer.
  CheckpointIssuer(const LedgerLog* log, const Clock* clock, absl::optional<Ed25519PrivateKey> key,
                   CheckpointOptions options);
  // Stop().
  ~CheckpointIssuer();

  // Signs the durable end of the ledger, into no file. FAILED_PRECONDITION with
  // reason NO_CHECKPOINT_KEY or LEDGER_EMPTY.
  absl::StatusOr<v1::SignCheckpointResponse> Sign() const;

  // Writes a file if one is due, and returns how long it is until the next.
  // Blocks on I/O. UNAVAILABLE if the directory cannot be read or written.
  // REQUIRES: there is a key.
  absl::StatusOr<absl::Duration> IssueIfDue();

  // Starts a thread that writes the files; none without a key. Call once.
  void Start();
  // Ends it; blocks until it has. May be called more than once.
  void Stop();

 private:
  void Run();
  // When the last one in the directory was issued; the distant past without one.
  absl::StatusOr<absl::Time> LastIssued() const;
  absl::Status Issue();

  const LedgerLog* const log_;
  const Clock* const clock_;
  const absl::optional<Ed25519PrivateKey> key_;
  const CheckpointOptions options_;
  // Only IssueIfDue() uses it; unset before its first call.
  absl::optional<absl::Time> due_;

  StopSignal stop_;
  std::thread thread_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_CHECKPOINT_ISSUER_H_
