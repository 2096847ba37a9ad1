// Checks the files of an id index against the ledger, in both directions: every
// id of the positions that the runs hold is in them, with its position, where a
// look-up finds it; every record in them is that of an entry; the filter knows
// every id that it says it does.
//
// Takes the entries in order, window by window: the fingerprints of a window
// are kept (8 bytes a position), and at its end every run that overlaps it is
// read. So memory is bounded, and a run is read once for each window that it
// overlaps: at 100 million ids and 2^24 positions a window, about 7 GB are read
// in all. The filter takes the memory that it has in the service.
//
// What the files do not hold yet is no flaw: a start adds it from the ledger.
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
  // Positions of a window; 8 bytes of memory each.
  size_t window = size_t{1} << 24;
  // Whether the index may reach beyond the ledger's end. That of a replica may
  // after a power loss, which takes back its blocks and not its runs; a start
  // drops such runs. That of the ledger itself never does.
  bool may_exceed_ledger = false;
};

class IdCheck {
 public:
  // Opens the index in `directory`; without one there is nothing to check.
  // Damage is noted as a flaw. UNAVAILABLE if files cannot be read.
  static absl::StatusOr<std::unique_ptr<IdCheck>> Open(const std::string& directory,
                                                       const LedgerId& ledger_id,
                                                       const IdCheckOptions& options);

  // The next entries of the ledger, the first of which has position 1.
  // UNAVAILABLE.
  absl::Status Add(absl::Span<const LedgerEntry> entries);

  // There are no more. UNAVAILABLE.
  absl::Status Finish();

  // The first that was found so far; all of them after Finish().
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
  // Notes damage; returns any other error.
  absl::Status NoteDamage(Position position, const absl::Status& status);

  const std::string directory_;
  const IdCheckOptions options_;
  std::vector<std::unique_ptr<Run>> runs_;  // by position, without gaps
  Position last_position_ = 0;
  absl::optional<FilterMark> filter_mark_;
  std::unique_ptr<IdFilter> filter_;  // null: there is none
  IdDigest digest_ = 0;               // of the entries up to the filter's mark

  Position window_first_ = 1;
  std::vector<Fingerprint> fingerprints_;  // of the positions from window_first_ on
  std::vector<bool> seen_;                 // in a run; of the same positions
  FirstFlaw flaws_;
};

}  // namespace repatriation

#endif  // COMMON_PROOF_ID_CHECK_H_
