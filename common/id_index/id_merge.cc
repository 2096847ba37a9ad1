#include "common/id_index/id_merge.h"

#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"

namespace repatriation {
namespace {

// Records merged between two checks of `stop`.
constexpr Position kStopEvery = 1 << 16;

// Sort key of a part's next record: its fingerprint, then the part's number, since
// parts are ordered by position.
using Key = unsigned __int128;
constexpr Key kAtEnd = ~Key{0};

// The records of one part in order.
class Part {
 public:
  Part(const Run* run, uint64_t number) : scanner_(run, 1, run->pages()), number_(number) {}

  // REQUIRES: key() is not kAtEnd.
  const IdRecord& record() const { return *next_; }
  Key key() const { return next_ == end_ ? kAtEnd : Key{next_->fingerprint} << 64 | Key{number_}; }

  absl::Status Advance() { return ++next_ != end_ ? absl::OkStatus() : NextPage(); }
  absl::Status NextPage() {
    const auto page = scanner_.NextPage();
    if (!page.ok()) return page.status();
    next_ = page->data();
    end_ = next_ + page->size();
    return absl::OkStatus();
  }

 private:
  RunScanner scanner_;
  const uint64_t number_;
  const IdRecord* next_ = nullptr;
  const IdRecord* end_ = nullptr;
};

// A loser tree (Knuth, "The Art of Computer Programming", 5.4.1) for a k-way merge:
// log2(k) comparisons per record, without data-dependent branches.
class LoserTree {
 public:
  explicit LoserTree(size_t parts) : leaves_(std::bit_ceil(parts)), losers_(leaves_, Key{0}) {
    // The initial keys of 0 win until every leaf has been played.
    for (size_t leaf = parts; leaf < leaves_; ++leaf) Replay(leaf, kAtEnd);
  }

  // Sets the key of `leaf` and returns the minimum of all keys.
  Key Replay(size_t leaf, Key key) {
    for (size_t node = (leaves_ + leaf) / 2; node > 0; node /= 2) {
      const Key other = losers_[node];
      const bool wins = key < other;
      losers_[node] = wins ? other : key;
      key = wins ? key : other;
    }
    return key;
  }

 private:
  const size_t leaves_;
  std::vector<Key> losers_;
};

absl::Status Merge(std::vector<Part>& parts, RunWriter& writer, const std::atomic<bool>& stop) {
  LoserTree tree(parts.size());
  Key least = kAtEnd;
  for (size_t i = 0; i < parts.size(); ++i) {
    const absl::Status read = parts[i].NextPage();
    if (!read.ok()) return read;
    least = tree.Replay(i, parts[i].key());
  }
  for (Position merged = 0; least != kAtEnd; ++merged) {
    if (merged % kStopEvery == 0 && stop) return absl::CancelledError("the id index is closing");
    const auto number = static_cast<size_t>(least);
    Part& part = parts[number];
    absl::Status status = writer.Add(part.record());
    if (status.ok()) status = part.Advance();
    if (!status.ok()) return status;
    least = tree.Replay(number, part.key());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Run>> MergeRuns(const std::string& directory,
                                                     const LedgerId& ledger_id, const Runs& parts,
                                                     const std::atomic<bool>& stop) {
  const RunRange range{parts.front()->range().first, parts.back()->range().last};
  auto writer = RunWriter::Create(directory, ledger_id, range);
  if (!writer.ok()) return writer.status();
  std::vector<Part> readers;
  IdDigest digest = 0;
  for (const auto& part : parts) {
    readers.emplace_back(part.get(), readers.size());
    digest += part->digest();
  }
  const absl::Status merged = Merge(readers, **writer, stop);
  if (!merged.ok()) return merged;
  if ((*writer)->digest() != digest) {
    return absl::DataLossError(
        absl::StrCat(parts.front()->path(), " or one of the ", parts.size() - 1,
                     " runs after it is damaged: its digest does not match its records"));
  }
  HitFailpoint("ids.merge.before_finish");
  const auto path = (*writer)->Finish();
  if (!path.ok()) return path.status();
  auto run = Run::Open(*path, ledger_id, range);
  if (!run.ok()) return run.status();
  return std::shared_ptr<const Run>(*std::move(run));
}

}  // namespace repatriation
