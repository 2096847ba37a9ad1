#include "common/id_index/id_index.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <queue>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/log.h"

namespace repatriation {
namespace {

// Full tables that may wait to be written before Add() blocks.
constexpr size_t kUnwrittenMax = 4;
// How long the background thread waits after a failure.
constexpr std::chrono::milliseconds kRetryDelay(500);

absl::Status FileError(absl::string_view what, const std::string& path,
                       const std::error_code& error) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", error.message()));
}

// The runs in `directory`, by first position, the longest first; what is left
// of unfinished ones is deleted.
absl::StatusOr<std::vector<RunRange>> ListRuns(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return FileError("create", directory, error);
  std::vector<RunRange> ranges;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator file(directory, error); !error && file != end;
       file.increment(error)) {
    RunRange range;
    const std::string name = file->path().filename().string();
    if (ParseRunFileName(name, range)) {
      ranges.push_back(range);
    } else if (absl::EndsWith(name, ".tmp")) {
      // One that cannot be removed is overwritten when its turn comes.
      std::error_code ignored;
      std::filesystem::remove(file->path(), ignored);
    }
  }
  if (error) return FileError("list", directory, error);
  std::sort(ranges.begin(), ranges.end(), [](const RunRange& a, const RunRange& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  return ranges;
}

// Reads the records of a run in order, a page at a time.
class RunReader {
 public:
  explicit RunReader(const Run* run) : run_(run) {}

  // False at the end; check status().
  bool Next() {
    if (++index_ < records_.size()) return true;
    if (!status_.ok() || page_ == run_->pages()) return false;
    status_ = run_->ReadPage(++page_, records_);
    index_ = 0;
    return status_.ok() && !records_.empty();
  }
  const IdRecord& record() const { return records_[index_]; }
  const absl::Status& status() const { return status_; }

 private:
  const Run* run_;
  uint32_t page_ = 0;
  size_t index_ = 0;
  std::vector<IdRecord> records_;
  absl::Status status_;
};

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

}  // namespace

absl::StatusOr<std::unique_ptr<IdIndex>> IdIndex::Open(const IdIndexOptions& options,
                                                       const LedgerId& ledger_id, Position tail) {
  std::unique_ptr<IdIndex> index(new IdIndex(options, ledger_id));
  const absl::Status opened = index->OpenRuns(tail);
  if (!opened.ok()) return opened;
  index->worker_ = std::thread([raw = index.get()] { raw->Work(); });
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
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
}

absl::Status IdIndex::OpenRuns(Position tail) {
  const auto ranges = ListRuns(options_.path);
  if (!ranges.ok()) return ranges.status();
  // Insertions wait for memory together, in small groups.
  std::vector<Fingerprint> group;
  const auto add_group = [&] {
    for (const Fingerprint fingerprint : group) filter_.Prefetch(fingerprint);
    for (const Fingerprint fingerprint : group) filter_.Add(fingerprint);
    group.clear();
  };
  for (const RunRange& range : *ranges) {
    const std::string path = absl::StrCat(options_.path, "/", RunFileName(range));
    if (range.first != last_position_ + 1 || range.last > tail) {
      std::error_code error;
      std::filesystem::remove(path, error);
      if (error) return FileError("remove", path, error);
      continue;
    }
    auto run = Run::Open(path, ledger_id_, range, [&](Fingerprint fingerprint) {
      group.push_back(fingerprint);
      if (group.size() == 64) add_group();
    });
    if (!run.ok()) return run.status();
    runs_.push_back(*std::move(run));
    last_position_ = range.last;
  }
  add_group();
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

absl::Status IdIndex::RotateTable() {
  auto next = std::make_unique<IdTable>(options_.run_ids);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return unwritten_ < kUnwrittenMax || !failure_.ok(); });
  if (unwritten_ >= kUnwrittenMax) return failure_;
  tables_.push_back(std::exchange(active_, std::move(next)));
  ++unwritten_;
  lock.unlock();
  changed_.notify_all();
  return absl::OkStatus();
}

void IdIndex::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || unwritten_ > 0; });
    if (unwritten_ == 0) return;
    const std::shared_ptr<const IdTable> table = tables_[tables_.size() - unwritten_];
    lock.unlock();
    absl::Status status = WriteRun(*table);
    if (status.ok()) status = MergeRuns();
    lock.lock();
    failure_ = status;
    if (status.ok()) continue;
    changed_.notify_all();
    LogError("the id index cannot be written: ", Describe(status));
    // The tables are still in memory, so nothing is lost yet; the disk may
    // have room again soon. Damage does not pass.
    if (status.code() == absl::StatusCode::kDataLoss || stopping_) return;
    changed_.wait_for(lock, kRetryDelay, [this] { return stopping_; });
  }
}

absl::Status IdIndex::WriteRun(const IdTable& table) {
  std::vector<IdRecord> records = table.Records();
  std::sort(records.begin(), records.end());
  const RunRange range{table.first_position(), table.last_position()};
  auto writer = RunWriter::Create(options_.path, ledger_id_, range);
  if (!writer.ok()) return writer.status();
  for (const IdRecord& record : records) {
    const absl::Status added = (*writer)->Add(record);
    if (!added.ok()) return added;
  }
  const auto path = (*writer)->Finish();
  if (!path.ok()) return path.status();
  auto run = Run::Open(*path, ledger_id_, range, [](Fingerprint) {});
  if (!run.ok()) return run.status();
  {
    const std::lock_guard lock(mutex_);
    runs_.push_back(*std::move(run));
    --unwritten_;
    while (tables_.size() > unwritten_ + options_.recent_tables) tables_.pop_front();
  }
  changed_.notify_all();
  return absl::OkStatus();
}

// Merges the newest runs while enough of them are of one size.
absl::Status IdIndex::MergeRuns() {
  for (;;) {
    Runs parts;
    {
      const std::lock_guard lock(mutex_);
      for (auto run = runs_.rbegin(); run != runs_.rend() && parts.size() < options_.merge_runs &&
                                      TierOf(**run, options_) == TierOf(*runs_.back(), options_);
           ++run) {
        parts.insert(parts.begin(), *run);
      }
    }
    if (parts.size() < options_.merge_runs) return absl::OkStatus();
    auto merged = WriteMerged(parts);
    if (!merged.ok()) return merged.status();
    {
      const std::lock_guard lock(mutex_);
      runs_.erase(runs_.end() - static_cast<ptrdiff_t>(parts.size()), runs_.end());
      runs_.push_back(*std::move(merged));
    }
    // Who still reads them holds them open. One that stays behind is deleted
    // at the next start.
    for (const auto& part : parts) {
      std::error_code ignored;
      std::filesystem::remove(part->path(), ignored);
    }
  }
}

absl::StatusOr<std::shared_ptr<const Run>> IdIndex::WriteMerged(const Runs& parts) const {
  const RunRange range{parts.front()->range().first, parts.back()->range().last};
  auto writer = RunWriter::Create(options_.path, ledger_id_, range);
  if (!writer.ok()) return writer.status();
  std::vector<RunReader> readers;
  for (const auto& part : parts) readers.emplace_back(part.get());
  const auto later = [](const RunReader* a, const RunReader* b) {
    return a->record() > b->record();
  };
  std::priority_queue<RunReader*, std::vector<RunReader*>, decltype(later)> next(later);
  const auto advance = [&](RunReader& reader) {
    if (reader.Next()) next.push(&reader);
    return reader.status();
  };
  for (RunReader& reader : readers) {
    const absl::Status read = advance(reader);
    if (!read.ok()) return read;
  }
  while (!next.empty()) {
    RunReader& reader = *next.top();
    next.pop();
    absl::Status status = (*writer)->Add(reader.record());
    if (status.ok()) status = advance(reader);
    if (!status.ok()) return status;
  }
  const auto path = (*writer)->Finish();
  if (!path.ok()) return path.status();
  auto run = Run::Open(*path, ledger_id_, range, [](Fingerprint) {});
  if (!run.ok()) return run.status();
  return std::shared_ptr<const Run>(*std::move(run));
}

}  // namespace repatriation
