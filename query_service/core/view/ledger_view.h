// The in-memory materialised view of the ledger: what each entry adds to the figures
// or reverses (postings), and the figures by several sets of dimensions (roll-ups).
// A query reads the smallest roll-up that can answer it, now or as known at any past
// position.
//
// Postings that reverse exactly come from accounting, where an entry is never erased.
//
// Thread-safety: one thread plans and applies; any number read concurrently through
// Reader. What a Reader sees up to its tail never changes.
#ifndef QUERY_SERVICE_CORE_VIEW_LEDGER_VIEW_H_
#define QUERY_SERVICE_CORE_VIEW_LEDGER_VIEW_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/base/mutex.h"
#include "query_service/core/records/record_book.h"
#include "query_service/core/view/posting_log.h"
#include "query_service/core/view/quarantine_rule.h"
#include "query_service/core/view/rollup.h"
#include "query_service/core/view/view_delta.h"

namespace repatriation {

class LedgerView {
 public:
  // Minimum number of postings between two saved totals of a roll-up.
  static constexpr size_t kSavedTotalsPostingsMin = 8'192;

  explicit LedgerView(size_t saved_totals_postings_min = kSavedTotalsPostingsMin);
  LedgerView(const LedgerView&) = delete;
  LedgerView& operator=(const LedgerView&) = delete;

  // Applies a planned delta. DATA_LOSS, with nothing changed, if it does not fit the
  // view, for example refers to an unknown text or cell.
  absl::Status Apply(const ViewDelta& delta);

  // Like Apply() of each, on two threads, for a view that nobody reads yet. Pays off
  // from 100,000 postings. After an error the view is unusable.
  absl::Status Load(absl::Span<const ViewDelta> deltas);

  // A read lock. Keep it short: it blocks Apply(), and a waiting Apply() blocks new
  // readers. A thread must hold at most one at a time, or it can self-deadlock.
  class Reader {
   public:
    explicit Reader(const LedgerView& view) : view_(view), lock_(LockForReading(view)) {}

    const LedgerTail& tail() const { return view_.tail_; }

    // The last position recorded at or before a time; 0 if there is none.
    Position PositionAtTime(int64_t recorded_time_us) const {
      return view_.log_.PositionAtTime(recorded_time_us);
    }
    // When `position` was recorded. REQUIRES: 1 <= position <= tail().position.
    int64_t TimeOfPosition(Position position) const { return view_.log_.TimeOfPosition(position); }

    // The end of the block that contains `position`. REQUIRES: as above.
    LedgerTail BlockEndOf(Position position) const { return view_.log_.BlockEndOf(position); }

    // The id of `text`, or nullopt if no entry has it.
    absl::optional<TextId> FindText(absl::string_view text) const;
    absl::string_view Text(TextId id) const { return view_.texts_[id]; }

    // The smallest roll-up that has `dimensions`. It lives as long as the view; its
    // cells never change their numbers.
    const Rollup& RollupBy(CellDimensions dimensions) const;

    // The totals of its cells as known at `known_at`; in `storage` unless they are
    // the current ones.
    absl::Span<const CellTotal> TotalsAt(const Rollup& rollup, Position known_at,
                                         std::vector<CellTotal>& storage) const {
      return rollup.TotalsAfter(view_.log_.CountThrough(known_at), storage);
    }

    // Calls visit(const CellKey&, const CellTotal&) for each cell of the roll-up by
    // `dimensions` that `matches(const CellKey&)` and that counts an event as known at
    // `known_at`.
    template <typename Matches, typename Visit>
    void ForEachCell(CellDimensions dimensions, Position known_at, Matches matches,
                     Visit visit) const {
      const Rollup& rollup = RollupBy(dimensions);
      std::vector<CellTotal> storage;
      const absl::Span<const CellTotal> totals = TotalsAt(rollup, known_at, storage);
      for (size_t i = 0; i < totals.size(); ++i) {
        if (totals[i].events > 0 && matches(rollup.cells()[i])) visit(rollup.cells()[i], totals[i]);
      }
    }

    // The postings of the entry at `position` are those from
    // PostingsThrough(position - 1) up to PostingsThrough(position).
    size_t PostingsThrough(Position position) const { return view_.log_.CountThrough(position); }
    const Posting& PostingAt(size_t index) const { return view_.log_[index]; }
    const CellKey& KeyOf(CellId cell) const { return view_.cells().cells()[cell]; }

    // Whether the entry at `position` corrects another or was ever corrected.
    bool TakesPartInCorrection(Position position) const {
      const auto word = static_cast<size_t>(position / 64);
      return word < view_.corrected_.size() && (view_.corrected_[word] >> (position % 64) & 1) != 0;
    }

    // The cell of the entry's last posting. For an event or amendment: the cell that
    // counts its content; the event's other sex may have a second one.
    const CellKey& CellOf(Position position) const { return view_.CellOf(position); }

    // Whether the entry at `position` is a correction.
    bool IsCorrection(Position position) const { return view_.corrected_by_.contains(position); }

    // The event that the entry at `position` is or corrects.
    Position EventOf(Position position) const;

    // The corrections of the event at `position` up to `known_at`, in order.
    std::vector<Correction> CorrectionsOf(Position event, Position known_at) const;

    // The last correction of the event at `event` as known at `known_at`; for an event
    // without corrections, one that refers to the event itself.
    Correction LastCorrectionOf(Position event, Position known_at) const;

    const RecordBook& records() const { return view_.records_; }

   private:
    const LedgerView& view_;
    const ReaderLock lock_;
  };

 private:
  friend class ViewPlanner;

  // Passes the gate first, which a waiting Apply() holds: with the shared lock alone,
  // overlapping readers could starve it.
  static ReaderLock LockForReading(const LedgerView& view) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const MutexLock gate(view.gate_);
    return ReaderLock(view.mutex_);
  }

  absl::Status CheckDelta(const ViewDelta& delta) const;
  void ApplyExceptRollups(const ViewDelta& delta, std::vector<RecordBook::Record> records);
  void IndexCorrection(const Correction& correction);
  absl::StatusOr<std::vector<RecordBook::Record>> ParseRecords(const ViewDelta& delta) const;
  void AddChangesToRule(absl::Span<const Posting> postings);
  void AddStrengthToRule(const v1::StrengthReport& strength);
  const CellKey& CellOf(Position position) const {
    return cells().cells()[log_[log_.CountThrough(position) - 1].cell()];
  }
  const Rollup& cells() const { return rollups_.front(); }

  mutable Mutex gate_;  // taken before mutex_
  mutable SharedMutex mutex_;
  // Written only by the applying thread, with mutex_ held. That thread reads without
  // it, and Load() writes without it, as nobody reads yet. The analysis cannot express
  // this, hence no ABSL_GUARDED_BY: other threads can only read through a Reader.
  LedgerTail tail_;
  std::deque<std::string> texts_ = {""};  // a deque: text_ids_ has views into it
  absl::flat_hash_map<absl::string_view, TextId> text_ids_ = {{"", 0}};
  PagePreparer pages_;
  PostingLog log_{&pages_};
  std::deque<Rollup> rollups_;  // the first has all dimensions: its cells are the view's
  absl::flat_hash_map<Position, Position> corrected_by_;                // correction -> event
  absl::flat_hash_map<Position, std::vector<Correction>> corrections_;  // by event
  RecordBook records_;
  QuarantineRule quarantine_rule_;   // used by the applying thread only
  std::vector<uint64_t> corrected_;  // a bit per position: see TakesPartInCorrection()
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_LEDGER_VIEW_H_
