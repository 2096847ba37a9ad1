#include "common/id_index/filter_restore.h"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/log.h"
#include "common/id_index/filter_file.h"

namespace repatriation {
namespace {

// Beyond that, memory bandwidth is the bottleneck.
constexpr int kThreadsMax = 4;
// Below that, starting threads costs more than it saves.
constexpr Position kIdsAThread = 1 << 18;
// Prefetch distance in insertions.
constexpr size_t kPrefetch = 24;

int ThreadsFor(Position ids) {
  const auto cores = static_cast<Position>(std::max(1u, std::thread::hardware_concurrency()));
  return static_cast<int>(
      std::clamp<Position>(ids / kIdsAThread, 1, std::min<Position>(kThreadsMax, cores)));
}

// Half-open range of blocks of a filter.
struct BlockRange {
  size_t begin;
  size_t end;
};

// Adds the ids of one run that belong to `blocks`. Records and blocks are in the
// same order, so the filter is filled sequentially. Returns the digest of the added
// ids at positions up to `through`.
absl::StatusOr<IdDigest> AddShare(const Run& run, const BlockRange& blocks, Position through,
                                  IdFilter& filter) {
  const auto fence = [&](size_t block) {
    return std::partition_point(run.fences().begin(), run.fences().end(),
                                [&](Fingerprint first) { return filter.BlockOf(first) < block; });
  };
  // The page before the first one that begins in the share may reach into it.
  const auto first = static_cast<uint32_t>(fence(blocks.begin) - run.fences().begin());
  const auto last = static_cast<uint32_t>(fence(blocks.end) - run.fences().begin());
  RunScanner scanner(&run, std::max(first, 1u), last);
  IdDigest digest = 0;
  for (;;) {
    const auto page = scanner.NextPage();
    if (!page.ok()) return page.status();
    if (page->empty()) return digest;
    for (size_t i = 0; i < page->size(); ++i) {
      const IdRecord& record = (*page)[i];
      filter.Prefetch((*page)[std::min(i + kPrefetch, page->size() - 1)].fingerprint);
      const size_t block = filter.BlockOf(record.fingerprint);
      if (block < blocks.begin || block >= blocks.end) continue;
      filter.Add(record.fingerprint);
      if (record.position <= through) digest += DigestOf(record);
    }
  }
}

// Adds the ids of all runs that end after `through`; each thread fills its own blocks.
// Returns the digest of the added ids at positions up to `through`.
absl::StatusOr<IdDigest> AddRuns(const Runs& runs, Position through, IdFilter& filter) {
  Position ids = 0;
  for (const auto& run : runs) ids += run->range().last > through ? run->range().count() : 0;
  const int threads = ThreadsFor(ids);
  std::vector<absl::StatusOr<IdDigest>> results(static_cast<size_t>(threads), IdDigest{0});
  const auto add = [&](size_t number) {
    const BlockRange share{filter.blocks() * number / results.size(),
                           filter.blocks() * (number + 1) / results.size()};
    for (const auto& run : runs) {
      if (run->range().last <= through) continue;
      const auto added = AddShare(*run, share, through, filter);
      if (!added.ok()) {
        results[number] = added.status();
        return;
      }
      *results[number] += *added;
    }
  };
  std::vector<std::thread> helpers;
  for (size_t number = 1; number < results.size(); ++number) helpers.emplace_back(add, number);
  add(0);
  for (std::thread& helper : helpers) helper.join();
  IdDigest digest = 0;
  for (const auto& result : results) {
    if (!result.ok()) return result.status();
    digest += *result;
  }
  return digest;
}

absl::Status OtherIds(const std::string& path, Position through) {
  return absl::FailedPreconditionError(absl::StrCat(path, " contains other ids up to position ",
                                                    through,
                                                    " than the runs: the ledger was rolled back"));
}

// NOT_FOUND if there is no file; any other error says why it is unusable.
absl::StatusOr<Position> RestoreFromFile(const std::string& directory, const LedgerId& ledger_id,
                                         const Runs& runs, IdFilter& filter) {
  const auto file = FilterFile::Open(directory, ledger_id, filter);
  if (!file.ok()) return file.status();
  const FilterMark& mark = (*file)->mark();
  const Position last = runs.empty() ? 0 : runs.back()->range().last;
  if (mark.through > last) {
    return absl::FailedPreconditionError(absl::StrCat(FilterPath(directory), " ends at position ",
                                                      mark.through, ", but the runs at ", last));
  }
  IdDigest digest = 0;
  bool whole_runs = false;  // a run ends exactly at the mark
  for (const auto& run : runs) {
    if (run->range().last <= mark.through) digest += run->digest();
    whole_runs |= run->range().last == mark.through;
  }
  if (whole_runs && digest != mark.digest) return OtherIds(FilterPath(directory), mark.through);
  const absl::Status loaded =
      (*file)->Load(ThreadsFor(static_cast<Position>(filter.blocks())), filter);
  if (!loaded.ok()) return loaded;
  const auto rest = AddRuns(runs, mark.through, filter);
  if (!rest.ok()) return rest.status();
  if (digest + *rest != mark.digest) return OtherIds(FilterPath(directory), mark.through);
  return mark.through;
}

}  // namespace

absl::StatusOr<Position> RestoreFilter(const std::string& directory, const LedgerId& ledger_id,
                                       const Runs& runs, IdFilter& filter) {
  const auto restored = RestoreFromFile(directory, ledger_id, runs, filter);
  if (restored.ok()) return restored;
  if (restored.status().code() != absl::StatusCode::kNotFound) {
    LogWarning("the id filter on disk is unusable and is rebuilt from the runs: ",
               Describe(restored.status()));
    // Not synced: if the file reappears after a power loss, it is detected again.
    std::error_code ignored;
    std::filesystem::remove(FilterPath(directory), ignored);
    filter.Clear();
  }
  const auto added = AddRuns(runs, 0, filter);
  if (!added.ok()) return added.status();
  return Position{0};
}

}  // namespace repatriation
