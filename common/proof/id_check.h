// Checks the files of an id index against the ledger, in both directions: the runs have
// a record for every id at the positions that they cover, in the right order; every
// record in them matches an entry; the filter contains every id that it claims to.
//
// The entries are passed in order and processed in windows: the fingerprints of a window
// are kept (8 bytes per position), and at its end every run that overlaps it is read. So
// memory is bounded, and a run is read once for each window that it overlaps: at 100
// million ids and 2^24 positions per window, about 7 GB are read in total. The filter
// uses as much memory as in the service.
//
// Ids that are not in the files yet are no flaw: the next start adds them from the
// ledger.
//
// Thread-safety: one thread at a time. Blocks on I/O.
#ifndef COMMON_PROOF_ID_CHECK_H_
#define COMMON_PROOF_ID_CHECK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/id_index/filter_file.h"
#include "common/id_index/id_filter.h"
#include "common/id_index/id_run.h"
#include "common/proof/flaw.h"

namespace repatriation {

struct IdCheckOptions {
  // Positions per window; each uses 8 bytes of memory.
  size_t window = size_t{1} << 24;
  // Whether the index may extend beyond the ledger's end. A replica's may after a power
  // loss, which can lose its blocks but not its runs; a start deletes such runs. The
  // index of the ledger itself never does.
  bool may_exceed_ledger = false;
};

class IdCheck {
 public:
  // Opens the index in `directory`; if there is none, there is nothing to check. Damage
  // is recorded as a flaw. UNAVAILABLE if files cannot be read.
  static absl::StatusOr<std::unique_ptr<IdCheck>> Open(const std::string& directory,
                                                       const LedgerId& ledger_id,
                                                       const IdCheckOptions& options);

  // Adds the next entries of the ledger, starting at position 1. UNAVAILABLE.
  absl::Status Add(absl::Span<const LedgerEntry> entries);

  // Call after the last entry. UNAVAILABLE.
  absl::Status Finish();

  // The first flaw that was found so far; final after Finish().
  const absl::optional<Flaw>& flaw() const { return flaws_.get(); }

  // Last position that is in a run.
  Position last_position() const { return last_position_; }

 private:
  IdCheck(std::string directory, const IdCheckOptions& options);

  absl::Status OpenRuns(const LedgerId& ledger_id);
  absl::Status OpenFilter(const LedgerId& ledger_id);
  absl::Status EndWindow();
  absl::Status ScanRun(const Run& run);
  void CheckRecord(const Run& run, const IdRecord& record);
  // Records DATA_LOSS as a flaw; returns any other error.
  absl::Status RecordDamage(Position position, const absl::Status& status);

  const std::string directory_;
  const IdCheckOptions options_;
  std::vector<std::unique_ptr<Run>> runs_;  // ordered by position, without gaps
  Position last_position_ = 0;
  absl::optional<FilterMark> filter_mark_;
  std::unique_ptr<IdFilter> filter_;  // null: there is none
  IdDigest digest_ = 0;               // of the entries up to the filter's mark

  Position window_first_ = 1;
  std::vector<Fingerprint> fingerprints_;  // of the positions from window_first_ on
  std::vector<bool> seen_;                 // whether a run has them; same positions
  FirstFlaw flaws_;
};

}  // namespace repatriation

#endif  // COMMON_PROOF_ID_CHECK_H_
