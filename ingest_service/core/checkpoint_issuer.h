// Issues checkpoints: signed statements of the ledger's last position and hash.
// On demand, and to files at a regular interval, so that there is one for every day
// even if nobody asked.
//
// A file is named by the ledger and the position (CheckpointFileName()). It is
// written atomically and durably. If the ledger has not grown since the last file,
// that one is kept: the earlier date proves more.
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
  // Directory of the files; created, with its parents, if missing.
  std::string directory;
  // Time between two checkpoints, 1 minute to 31 days. After a start it counts from
  // the last one in the directory.
  absl::Duration interval = absl::Hours(24);
  // How long to wait after a failure, such as a full disk.
  absl::Duration retry_delay = absl::Minutes(1);
};

class CheckpointIssuer {
 public:
  // Without a key no checkpoint is issued. Both pointers must outlive the issuer.
  CheckpointIssuer(const LedgerLog* log, const Clock* clock, absl::optional<Ed25519PrivateKey> key,
                   CheckpointOptions options);
  // Stop().
  ~CheckpointIssuer();

  // Signs the durable end of the ledger; writes no file. FAILED_PRECONDITION with
  // reason NO_CHECKPOINT_KEY or LEDGER_EMPTY.
  absl::StatusOr<v1::SignCheckpointResponse> Sign() const;

  // Writes a file if one is due, and returns the time until the next is.
  // Blocks on I/O. UNAVAILABLE if the directory cannot be read or written.
  // REQUIRES: there is a key.
  absl::StatusOr<absl::Duration> IssueIfDue();

  // Starts a thread that writes the files; none without a key. Call once.
  void Start();
  // Stops and joins the thread. May be called more than once.
  void Stop();

 private:
  void Run();
  // When the last one in the directory was issued; InfinitePast() if there is none.
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
