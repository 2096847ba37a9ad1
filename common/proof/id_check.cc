#include "common/proof/id_check.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace repatriation {
namespace {

constexpr int kFilterThreads = 2;

// The number of positions of a run from `first` to `last`.
Position Overlap(const RunRange& range, Position first, Position last) {
  return std::max<Position>(0, std::min(range.last, last) - std::max(range.first, first) + 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<IdCheck>> IdCheck::Open(const std::string& directory,
                                                       const LedgerId& ledger_id,
                                                       const IdCheckOptions& options) {
  std::unique_ptr<IdCheck> check(new IdCheck(directory, options));
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) return check;
  absl::Status opened = check->OpenRuns(ledger_id);
  if (opened.ok()) opened = check->OpenFilter(ledger_id);
  if (!opened.ok()) return opened;
  return check;
}

IdCheck::IdCheck(std::string directory, const IdCheckOptions& options)
    : directory_(std::move(directory)), options_(options) {
  fingerprints_.reserve(options.window);
}

absl::Status IdCheck::RecordDamage(Position position, const absl::Status& status) {
  if (status.code() != absl::StatusCode::kDataLoss) return status;
  flaws_.Record(position, std::string(status.message()));
  return absl::OkStatus();
}

// Selects the same runs as IdIndex::Open(), which deletes the others.
absl::Status IdCheck::OpenRuns(const LedgerId& ledger_id) {
  const auto ranges = ListRunRanges(directory_);
  if (!ranges.ok()) return ranges.status();
  for (const RunRange& range : *ranges) {
    if (range.last <= last_position_) continue;  // left by an interrupted merge
    if (range.first != last_position_ + 1) {
      flaws_.Record(last_position_ + 1,
                    absl::StrCat("the id index in ", directory_, " lacks the run before position ",
                                 range.first));
      break;
    }
    auto run = Run::Open(absl::StrCat(directory_, "/", RunFileName(range)), ledger_id, range);
    if (!run.ok()) return RecordDamage(range.first, run.status());
    runs_.push_back(*std::move(run));
    last_position_ = range.last;
  }
  return absl::OkStatus();
}

absl::Status IdCheck::OpenFilter(const LedgerId& ledger_id) {
  const auto bytes = StoredFilterBytes(directory_);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  if (!bytes.ok()) return RecordDamage(1, bytes.status());
  auto filter = std::make_unique<IdFilter>(*bytes);
  const auto file = FilterFile::Open(directory_, ledger_id, *filter);
  if (absl::IsUnavailable(file.status())) return file.status();
  if (!file.ok()) {
    // Damaged, or belongs to another ledger.
    flaws_.Record(1, std::string(file.status().message()));
    return absl::OkStatus();
  }
  const absl::Status loaded = (*file)->Load(kFilterThreads, *filter);
  if (!loaded.ok()) return RecordDamage(1, loaded);
  filter_mark_ = (*file)->mark();
  filter_ = std::move(filter);
  return absl::OkStatus();
}

absl::Status IdCheck::Add(absl::Span<const LedgerEntry> entries) {
  for (const LedgerEntry& entry : entries) {
    const Fingerprint fingerprint = FingerprintOf(entry.id);
    if (filter_ != nullptr && entry.position <= filter_mark_->through) {
      digest_ += DigestOf({fingerprint, entry.position});
      if (!filter_->MayContain(fingerprint)) {
        flaws_.Record(entry.position, absl::StrCat(FilterPath(directory_), " lacks the id"));
      }
    }
    fingerprints_.push_back(fingerprint);
    if (fingerprints_.size() < options_.window) continue;
    const absl::Status ended = EndWindow();
    if (!ended.ok()) return ended;
  }
  return absl::OkStatus();
}

absl::Status IdCheck::EndWindow() {
  const Position last = window_first_ + static_cast<Position>(fingerprints_.size()) - 1;
  seen_.assign(fingerprints_.size(), false);
  for (const auto& run : runs_) {
    if (Overlap(run->range(), window_first_, last) == 0) continue;
    const absl::Status scanned = ScanRun(*run);
    if (!scanned.ok()) return scanned;
  }
  const Position indexed = std::min(last, last_position_);
  for (Position position = window_first_; position <= indexed; ++position) {
    if (seen_[static_cast<size_t>(position - window_first_)]) continue;
    flaws_.Record(position, absl::StrCat("the id index in ", directory_, " lacks the id"));
    break;
  }
  window_first_ = last + 1;
  fingerprints_.clear();
  return absl::OkStatus();
}

absl::Status IdCheck::ScanRun(const Run& run) {
  RunScanner scanner(&run, 1, run.pages());
  IdRecord before{0, 0};
  for (uint32_t page = 1;; ++page) {
    const auto records = scanner.NextPage();
    if (!records.ok()) return RecordDamage(run.range().first, records.status());
    if (records->empty()) return absl::OkStatus();
    for (const IdRecord& record : *records) {
      if (!(before < record)) {
        flaws_.Record(run.range().first,
                      absl::StrCat(run.path(), " is out of order on page ", page));
        return absl::OkStatus();
      }
      before = record;
      CheckRecord(run, record);
    }
  }
}

void IdCheck::CheckRecord(const Run& run, const IdRecord& record) {
  if (record.position < run.range().first || record.position > run.range().last) {
    flaws_.Record(run.range().first, absl::StrCat(run.path(), " contains position ",
                                                  record.position, ", which is outside its range"));
    return;
  }
  const auto index = static_cast<uint64_t>(record.position - window_first_);
  if (index >= fingerprints_.size()) return;  // in another window
  if (record.fingerprint != fingerprints_[index]) {
    flaws_.Record(record.position, absl::StrCat(run.path(), " contains another id"));
  }
  seen_[index] = true;
}

absl::Status IdCheck::Finish() {
  const absl::Status ended = EndWindow();
  if (!ended.ok()) return ended;
  const Position tail = window_first_ - 1;
  const Position reached =
      std::max(last_position_, filter_mark_.has_value() ? filter_mark_->through : 0);
  if (reached > tail && !options_.may_exceed_ledger) {
    flaws_.Record(tail + 1, absl::StrCat("the id index in ", directory_, " ends at position ",
                                         reached, ", but the ledger ends at ", tail));
  }
  if (filter_mark_.has_value() && filter_mark_->through <= tail &&
      filter_mark_->digest != digest_) {
    flaws_.Record(1, absl::StrCat(FilterPath(directory_), " has the digest of other ids"));
  }
  return absl::OkStatus();
}

}  // namespace repatriation
