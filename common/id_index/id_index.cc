#include "common/id_index/id_index.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/prefetch.h"
#include "common/base/space_release.h"
#include "common/base/thread_priority.h"
#include "common/id_index/filter_file.h"
#include "common/id_index/filter_restore.h"

namespace repatriation {
namespace {

// Full tables that may wait to be written before Add() blocks.
constexpr size_t kUnwrittenMax = 4;
// How long the background threads wait after a failure; the merging one, which
// writes more and is less urgent, twice as long each time.
constexpr std::chrono::milliseconds kRetryDelay(500);
constexpr std::chrono::milliseconds kMergeRetryDelayMax(60'000);

// Makes `directory` if it is missing, and deletes what is left of unfinished
// files in it.
absl::Status PrepareDirectory(const std::string& directory) {
  const absl::Status made = MakeDirectory(directory);
  if (!made.ok()) return made;
  std::error_code error;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator file(directory, error); !error && file != end;
       file.increment(error)) {
    if (!absl::EndsWith(file->path().filename().string(), kTemporarySuffix)) continue;
    // One that cannot be removed is overwritten when its turn comes.
    std::error_code ignored;
    std::filesystem::remove(file->path(), ignored);
  }
  return error ? FileError("list", directory, error) : absl::OkStatus();
}

// Which of the sizes run_ids, run_ids * merge_runs, ... a run has reached.
int TierOf(const Run& run, const IdIndexOptions& options) {
  int tier = 0;
  size_t size = options.run_ids;
  while (static_cast<size_t>(run.range().count()) >= size * options.merge_runs) {
    size *= options.merge_runs;
    ++tier;
  }
  return tier;
}

// What to merge next: the oldest of the newest stretch of runs of one size
// that is long enough. Small ones first: they come fastest and cost least.
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
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_merging_ = true;
  changed_.notify_all();
  if (writer_.joinable()) writer_.join();
  if (merger_.joinable()) merger_.join();
  tables_.clear();  // while what Retire() uses is there
}

absl::Status IdIndex::OpenRuns(Position tail) {
  const absl::Status prepared = PrepareDirectory(options_.path);
  if (!prepared.ok()) return prepared;
  const auto ranges = ListRunRanges(options_.path);
  if (!ranges.ok()) return ranges.status();
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
    runs_.push_back(*std::move(run));
    last_position_ = range.last;
  }
  // A run from beyond a ledger that was set back must not come back once the
  // ledger, with other ids, is as long again.
  if (removed) {
    const absl::Status synced = SyncDirectory(options_.path);
    if (!synced.ok()) return synced;
  }
  return OpenFilter();
}

absl::Status IdIndex::OpenFilter() {
  // Restoring takes the memory of a filter with several threads.
  if (runs_.empty()) filter_.Populate();
  const auto restored = RestoreFilter(options_.path, ledger_id_, runs_, filter_);
  if (!restored.ok()) return restored.status();
  saved_through_ = *restored;
  save_at_ = saved_through_ + static_cast<Position>(options_.filter_save_ids);
  return absl::OkStatus();
}

absl::Status IdIndex::Find(Fingerprint fingerprint, std::vector<Position>& positions) const {
  positions.clear();
  if (!filter_.MayHold(fingerprint)) return absl::OkStatus();
  active_->Find(fingerprint, positions);
  Tables tables;
  Runs runs;
  {
    const std::lock_guard lock(mutex_);
    tables = tables_;
    runs = runs_;
  }
  for (const auto& table : tables) table->Find(fingerprint, positions);
  for (const auto& run : runs) {
    // What is still in memory has been looked up there.
    const bool in_memory =
        !tables.empty() && run->range().first >= tables.front()->first_position();
    if (in_memory) continue;
    const absl::Status found = run->Find(fingerprint, positions);
    if (!found.ok()) return found;
  }
  // A merged run may reach into what is still in memory.
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
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return unwritten_ < kUnwrittenMax || !failure_.ok(); });
  if (unwritten_ >= kUnwrittenMax) return failure_;
  auto next = std::move(spare_);
  if (next == nullptr) next = std::make_unique<IdTable>(options_.run_ids);
  IdTable* const full = std::exchange(active_, std::move(next)).release();
  tables_.emplace_back(full, [this](IdTable* table) { Retire(table); });
  ++unwritten_;
  lock.unlock();
  changed_.notify_all();
  return absl::OkStatus();
}

void IdIndex::MakeSpare() {
  auto spare = std::make_unique<IdTable>(options_.run_ids);
  spare->Populate();
  const std::lock_guard lock(mutex_);
  spare_ = std::move(spare);
}

void IdIndex::Retire(IdTable* table) {
  std::unique_ptr<IdTable> retired(table);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || spare_ != nullptr) return;
  }
  retired->Clear();
  const std::lock_guard lock(mutex_);
  if (spare_ == nullptr) spare_ = std::move(retired);
}

void IdIndex::WriteTables() {
  YieldToOthers();
  std::unique_lock lock(mutex_);
  for (;;) {
    if (spare_ == nullptr && unwritten_ == 0 && !stopping_) {
      lock.unlock();
      MakeSpare();
      lock.lock();
    }
    changed_.wait(lock, [this] { return stopping_ || unwritten_ > 0; });
    if (unwritten_ == 0) return;
    std::shared_ptr<const IdTable> table = tables_[tables_.size() - unwritten_];
    lock.unlock();
    const absl::Status status = WriteTable(*table);
    table.reset();  // may Retire(), which takes the lock
    lock.lock();
    failure_ = status;
    if (status.ok()) continue;
    changed_.notify_all();
    LogError("the id index cannot be written: ", Describe(status));
    if (stopping_) return;
    // The tables are still in memory, so nothing is lost yet; the disk may
    // have room again soon.
    changed_.wait_for(lock, kRetryDelay, [this] { return stopping_; });
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
  Tables dropped;  // retired without the lock
  {
    const std::lock_guard lock(mutex_);
    runs_.push_back(*std::move(run));
    --unwritten_;
    while (tables_.size() > unwritten_ + options_.recent_tables) {
      dropped.push_back(std::move(tables_.front()));
      tables_.pop_front();
    }
  }
  changed_.notify_all();
  return absl::OkStatus();
}

void IdIndex::MergeAndSave() {
  YieldToOthers();
  std::chrono::milliseconds delay = kRetryDelay;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool save = !runs_.empty() && runs_.back()->range().last >= save_at_;
    Runs parts = NextMerge(runs_, options_);
    if (!save && parts.empty()) {
      changed_.wait(lock);
      continue;
    }
    lock.unlock();
    if (save) Save();
    const absl::Status merged = parts.empty() ? absl::OkStatus() : Merge(std::move(parts));
    lock.lock();
    if (merged.ok()) delay = kRetryDelay;
    if (merged.ok() || stopping_) continue;
    LogError("runs of the id index cannot be merged: ", Describe(merged));
    // The runs serve as they are, only slower. Damage does not pass.
    if (merged.code() == absl::StatusCode::kDataLoss) return;
    changed_.wait_for(lock, delay, [this] { return stopping_; });
    delay = std::min(2 * delay, kMergeRetryDelayMax);
  }
}

absl::Status IdIndex::Merge(Runs parts) {
  const RunRange range{parts.front()->range().first, parts.back()->range().last};
  // A start reads a run that reaches over the end of the filter on disk as a
  // whole. Before there is a large one, the filter moves on.
  if (range.first <= saved_through_ && saved_through_ < range.last &&
      static_cast<size_t>(range.count()) >= options_.filter_save_ids) {
    Save();
  }
  auto merged = MergeRuns(options_.path, ledger_id_, parts, stop_merging_);
  if (!merged.ok()) return merged.status();
  HitFailpoint("ids.merge.after_finish");
  {
    const std::lock_guard lock(mutex_);
    const auto begin = std::find(runs_.begin(), runs_.end(), parts.front());
    *begin = *std::move(merged);
    runs_.erase(begin + 1, begin + static_cast<ptrdiff_t>(parts.size()));
  }
  // Who still reads them holds them open. One that stays behind is deleted at
  // the next start.
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
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, absl::ToChronoNanoseconds(how_long),
                             [this] { return stopping_; });
  });
}

// Where this fails, starts take longer; it is tried again after as many ids.
void IdIndex::Save() {
  FilterMark mark;
  {
    const std::lock_guard lock(mutex_);
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
    LogWarning("the id filter cannot be saved: ", Describe(saved));
  }
}

}  // namespace repatriation
