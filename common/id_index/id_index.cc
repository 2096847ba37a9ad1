#include "common/id_index/id_index.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/memory/prefetch.h"
#include "common/base/space_release.h"
#include "common/base/thread_priority.h"
#include "common/id_index/filter_file.h"
#include "common/id_index/filter_restore.h"

namespace repatriation {
namespace {

// Full tables that may be pending before Add() blocks.
constexpr size_t kUnwrittenMax = 4;
// Delay of the background threads after a failure. The merging thread, which writes
// more and is less urgent, backs off exponentially.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(500);
constexpr absl::Duration kMergeRetryDelayMax = absl::Minutes(1);

// Creates `directory` if it is missing, and deletes temporary files in it.
absl::Status PrepareDirectory(const std::string& directory) {
  const absl::Status made = MakeDirectory(directory);
  if (!made.ok()) return made;
  std::error_code error;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator file(directory, error); !error && file != end;
       file.increment(error)) {
    if (!absl::EndsWith(file->path().filename().string(), kTemporarySuffix)) continue;
    // One that cannot be removed is overwritten later.
    std::error_code ignored;
    std::filesystem::remove(file->path(), ignored);
  }
  return error ? FileError("list", directory, error) : absl::OkStatus();
}

// Index of the largest of the sizes run_ids, run_ids * merge_runs, ... that a run
// has reached.
int TierOf(const Run& run, const IdIndexOptions& options) {
  int tier = 0;
  size_t size = options.run_ids;
  while (static_cast<size_t>(run.range().count()) >= size * options.merge_runs) {
    size *= options.merge_runs;
    ++tier;
  }
  return tier;
}

// The runs to merge next: the oldest merge_runs of the newest sequence of adjacent
// runs of one tier that is long enough. Newest first, as these are the smallest: they
// accumulate fastest and cost least.
Runs NextMerge(const Runs& runs, const IdIndexOptions& options) {
  for (auto end = runs.end(); end != runs.begin();) {
    const int tier = TierOf(**std::prev(end), options);
    auto begin = end;
    while (begin != runs.begin() && TierOf(**std::prev(begin), options) == tier) --begin;
    if (static_cast<size_t>(end - begin) >= options.merge_runs) {
      return Runs(begin, begin + static_cast<ptrdiff_t>(options.merge_runs));
    }
    end = begin;
  }
  return {};
}

}  // namespace

absl::StatusOr<std::unique_ptr<IdIndex>> IdIndex::Open(const IdIndexOptions& options,
                                                       const LedgerId& ledger_id, Position tail) {
  std::unique_ptr<IdIndex> index(new IdIndex(options, ledger_id));
  const absl::Status opened = index->OpenRuns(tail);
  if (!opened.ok()) return opened;
  index->writer_ = std::thread([raw = index.get()] { raw->WriteTables(); });
  index->merger_ = std::thread([raw = index.get()] { raw->MergeAndSave(); });
  return index;
}

IdIndex::IdIndex(const IdIndexOptions& options, const LedgerId& ledger_id)
    : options_(options),
      ledger_id_(ledger_id),
      filter_(options.filter_bytes),
      active_(std::make_unique<IdTable>(options.run_ids)) {}

IdIndex::~IdIndex() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_merging_ = true;
  changed_.NotifyAll();
  if (writer_.joinable()) writer_.join();
  if (merger_.joinable()) merger_.join();
  tables_.clear();  // before the members that Retire() uses
}

absl::Status IdIndex::OpenRuns(Position tail) {
  const absl::Status prepared = PrepareDirectory(options_.path);
  if (!prepared.ok()) return prepared;
  const auto ranges = ListRunRanges(options_.path);
  if (!ranges.ok()) return ranges.status();
  Runs runs;
  bool removed = false;
  for (const RunRange& range : *ranges) {
    const std::string path = absl::StrCat(options_.path, "/", RunFileName(range));
    if (range.first != last_position_ + 1 || range.last > tail) {
      std::error_code error;
      std::filesystem::remove(path, error);
      if (error) return FileError("remove", path, error);
      removed = true;
      continue;
    }
    auto run = Run::Open(path, ledger_id_, range);
    if (!run.ok()) return run.status();
    runs.push_back(*std::move(run));
    last_position_ = range.last;
  }
  // A removed run must not reappear after a power loss: a ledger that was rolled back
  // may by then have other ids at these positions.
  if (removed) {
    const absl::Status synced = SyncDirectory(options_.path);
    if (!synced.ok()) return synced;
  }
  const absl::Status filled = OpenFilter(runs);
  if (!filled.ok()) return filled;
  const MutexLock lock(mutex_);
  runs_ = std::move(runs);
  return absl::OkStatus();
}

absl::Status IdIndex::OpenFilter(const Runs& runs) {
  // With runs, the threads that restore the filter fault in its memory.
  if (runs.empty()) filter_.Populate();
  const auto restored = RestoreFilter(options_.path, ledger_id_, runs, filter_);
  if (!restored.ok()) return restored.status();
  saved_through_ = *restored;
  save_at_ = saved_through_ + static_cast<Position>(options_.filter_save_ids);
  return absl::OkStatus();
}

absl::Status IdIndex::Find(Fingerprint fingerprint, std::vector<Position>& positions) const {
  positions.clear();
  if (!filter_.MayContain(fingerprint)) return absl::OkStatus();
  active_->Find(fingerprint, positions);
  Tables tables;
  Runs runs;
  {
    const MutexLock lock(mutex_);
    tables = tables_;
    runs = runs_;
  }
  for (const auto& table : tables) table->Find(fingerprint, positions);
  for (const auto& run : runs) {
    // Positions that are still in memory have been looked up there.
    const bool in_memory =
        !tables.empty() && run->range().first >= tables.front()->first_position();
    if (in_memory) continue;
    const absl::Status found = run->Find(fingerprint, positions);
    if (!found.ok()) return found;
  }
  // A merged run may overlap with the tables in memory.
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return absl::OkStatus();
}

absl::Status IdIndex::Add(Fingerprint fingerprint) {
  if (active_->full()) {
    const absl::Status rotated = RotateTable();
    if (!rotated.ok()) return rotated;
  }
  filter_.Add(fingerprint);
  active_->Add({fingerprint, ++last_position_});
  return absl::OkStatus();
}

absl::Status IdIndex::AddAll(absl::Span<const Fingerprint> fingerprints) {
  for (size_t i = 0; i < fingerprints.size(); ++i) {
    if (i + kPrefetchAhead < fingerprints.size()) {
      filter_.Prefetch(fingerprints[i + kPrefetchAhead]);
      active_->Prefetch(fingerprints[i + kPrefetchAhead]);
    }
    const absl::Status added = Add(fingerprints[i]);
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

absl::Status IdIndex::RotateTable() {
  MutexLock lock(mutex_);
  while (unwritten_ >= kUnwrittenMax && failure_.ok()) changed_.Wait(lock);
  if (unwritten_ >= kUnwrittenMax) return failure_;
  auto next = std::move(spare_);
  if (next == nullptr) next = std::make_unique<IdTable>(options_.run_ids);
  IdTable* const full = std::exchange(active_, std::move(next)).release();
  tables_.emplace_back(full, [this](IdTable* table) { Retire(table); });
  ++unwritten_;
  lock.Unlock();
  changed_.NotifyAll();
  return absl::OkStatus();
}

void IdIndex::MakeSpare() {
  auto spare = std::make_unique<IdTable>(options_.run_ids);
  spare->Populate();
  const MutexLock lock(mutex_);
  spare_ = std::move(spare);
}

void IdIndex::Retire(IdTable* table) {
  std::unique_ptr<IdTable> retired(table);
  {
    const MutexLock lock(mutex_);
    if (stopping_ || spare_ != nullptr) return;
  }
  retired->Clear();
  const MutexLock lock(mutex_);
  if (spare_ == nullptr) spare_ = std::move(retired);
}

void IdIndex::WriteTables() {
  LowerThreadPriority();
  MutexLock lock(mutex_);
  for (;;) {
    if (spare_ == nullptr && unwritten_ == 0 && !stopping_) {
      lock.Unlock();
      MakeSpare();
      lock.Lock();
    }
    while (!stopping_ && unwritten_ == 0) changed_.Wait(lock);
    if (unwritten_ == 0) return;
    std::shared_ptr<const IdTable> table = tables_[tables_.size() - unwritten_];
    lock.Unlock();
    const absl::Status status = WriteTable(*table);
    table.reset();  // may call Retire(), which takes the lock
    lock.Lock();
    failure_ = status;
    if (status.ok()) continue;
    changed_.NotifyAll();
    LogError("cannot write a run of the id index: ", Describe(status));
    if (stopping_) return;
    // Nothing is lost: the tables are still in memory. The disk may have space again
    // soon.
    changed_.WaitFor(lock, kRetryDelay,
                     [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; });
  }
}

absl::Status IdIndex::WriteTable(const IdTable& table) {
  const RunRange range{table.first_position(), table.last_position()};
  auto writer = RunWriter::Create(options_.path, ledger_id_, range);
  if (!writer.ok()) return writer.status();
  for (const IdRecord& record : table.SortedRecords()) {
    const absl::Status added = (*writer)->Add(record);
    if (!added.ok()) return added;
  }
  HitFailpoint("ids.run.before_finish");
  const auto path = (*writer)->Finish();
  if (!path.ok()) return path.status();
  HitFailpoint("ids.run.after_finish");
  auto run = Run::Open(*path, ledger_id_, range);
  if (!run.ok()) return run.status();
  Tables dropped;  // destroyed without the lock, since Retire() takes it
  {
    const MutexLock lock(mutex_);
    runs_.push_back(*std::move(run));
    --unwritten_;
    while (tables_.size() > unwritten_ + options_.recent_tables) {
      dropped.push_back(std::move(tables_.front()));
      tables_.pop_front();
    }
  }
  changed_.NotifyAll();
  return absl::OkStatus();
}

void IdIndex::MergeAndSave() {
  LowerThreadPriority();
  absl::Duration delay = kRetryDelay;
  MutexLock lock(mutex_);
  while (!stopping_) {
    const bool save = !runs_.empty() && runs_.back()->range().last >= save_at_;
    Runs parts = NextMerge(runs_, options_);
    if (!save && parts.empty()) {
      changed_.Wait(lock);
      continue;
    }
    lock.Unlock();
    if (save) Save();
    const absl::Status merged = parts.empty() ? absl::OkStatus() : Merge(std::move(parts));
    lock.Lock();
    if (merged.ok()) delay = kRetryDelay;
    if (merged.ok() || stopping_) continue;
    LogError("cannot merge runs of the id index: ", Describe(merged));
    // Unmerged runs still work, only slower. Damage is permanent, so do not retry.
    if (merged.code() == absl::StatusCode::kDataLoss) return;
    changed_.WaitFor(lock, delay,
                     [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; });
    delay = std::min(2 * delay, kMergeRetryDelayMax);
  }
}

absl::Status IdIndex::Merge(Runs parts) {
  const RunRange range{parts.front()->range().first, parts.back()->range().last};
  // A start must read the whole of a run that extends beyond the filter on disk. So
  // save the filter before a large run does.
  if (range.first <= saved_through_ && saved_through_ < range.last &&
      static_cast<size_t>(range.count()) >= options_.filter_save_ids) {
    Save();
  }
  auto merged = MergeRuns(options_.path, ledger_id_, parts, stop_merging_);
  if (!merged.ok()) return merged.status();
  HitFailpoint("ids.merge.after_finish");
  {
    const MutexLock lock(mutex_);
    const auto begin = std::find(runs_.begin(), runs_.end(), parts.front());
    *begin = *std::move(merged);
    runs_.erase(begin + 1, begin + static_cast<ptrdiff_t>(parts.size()));
  }
  // Readers still have them open. A file that cannot be removed is deleted at the
  // next start.
  std::vector<SpaceRelease> spaces;
  for (const auto& part : parts) {
    spaces.emplace_back(part->path());
    std::error_code ignored;
    std::filesystem::remove(part->path(), ignored);
    HitFailpoint("ids.merge.between_removals");
  }
  parts.clear();
  for (SpaceRelease& space : spaces) Release(space);
  return absl::OkStatus();
}

void IdIndex::Release(SpaceRelease& space) {
  space.Release([this](absl::Duration how_long) {
    MutexLock lock(mutex_);
    return changed_.WaitFor(lock, how_long,
                            [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; });
  });
}

// If this fails, starts take longer; it is retried after filter_save_ids more ids.
void IdIndex::Save() {
  FilterMark mark;
  {
    const MutexLock lock(mutex_);
    for (const auto& run : runs_) mark.digest += run->digest();
    mark.through = runs_.back()->range().last;
  }
  save_at_ = mark.through + static_cast<Position>(options_.filter_save_ids);
  SpaceRelease replaced(FilterPath(options_.path));
  const absl::Status saved = SaveFilter(options_.path, ledger_id_, mark, filter_, stop_merging_);
  if (saved.ok()) {
    saved_through_ = mark.through;
    Release(replaced);
  } else if (!stop_merging_) {
    LogWarning("cannot save the id filter: ", Describe(saved));
  }
}

}  // namespace repatriation
