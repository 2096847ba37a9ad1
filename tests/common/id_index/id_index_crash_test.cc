// The index stays exact however it is stopped and wherever its ledger ends. It is
// compared with a map after random calls, restarts, copies of its directory taken
// while it runs, ledgers that were rolled back, and kills.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <memory>

#include "common/id_index/filter_file.h"
#include "common/id_index/id_index.h"
#include "tests/common/id_index/id_test_util.h"

namespace repatriation {
namespace {

// A ledger's ids, and the positions of each fingerprint.
class Model {
 public:
  Position tail() const { return static_cast<Position>(ids_.size()); }
  Fingerprint at(Position position) const { return ids_[static_cast<size_t>(position) - 1]; }
  std::vector<Position> Find(Fingerprint id) const {
    const auto found = positions_.find(id);
    return found == positions_.end() ? std::vector<Position>() : found->second;
  }
  void Add(Fingerprint id) {
    ids_.push_back(id);
    positions_[id].push_back(tail());
  }
  void RollBack(Position tail) {
    for (; this->tail() > tail; ids_.pop_back()) positions_[ids_.back()].pop_back();
  }

 private:
  std::vector<Fingerprint> ids_;
  std::map<Fingerprint, std::vector<Position>> positions_;
};

class RandomRun {
 public:
  explicit RandomRun(uint64_t seed) : random_(seed) {
    options_ = {.path = dir_->path(),
                .filter_bytes = size_t{512} << Below(8),
                .run_ids = 20 + Below(300),
                .recent_tables = Below(3),
                .merge_runs = 2 + Below(4),
                .filter_save_ids = 1 + Below(3'000)};
    Reopen();
  }

  void Step() {
    const uint64_t dice = Below(100);
    if (dice < 70) {
      Grow(Below(600));
    } else if (dice < 80) {
      CheckSome(300);
    } else if (dice < 88) {
      index_.reset();
      Reopen();
    } else if (dice < 96) {
      ReopenACopy();
    } else if (dice < 98) {
      index_.reset();
      model_.RollBack(static_cast<Position>(Below(static_cast<uint64_t>(model_.tail()) + 1)));
      Reopen();
    } else {
      index_.reset();
      options_.filter_bytes = size_t{512} << Below(8);
      Reopen();
    }
  }
  void CheckAll() {
    for (Position position = 1; position <= model_.tail(); ++position) Check(model_.at(position));
    CheckSome(1'000);
  }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  // One of a few that collide, or most likely a new one.
  Fingerprint RandomId() { return Below(4) == 0 ? Below(100) << 57 : random_(); }

  void Grow(uint64_t count) {
    for (; count > 0; --count) {
      const Fingerprint id = RandomId();
      if (count % 4 == 0) Check(id);
      ASSERT_TRUE(index_->Add(id).ok());
      model_.Add(id);
    }
  }
  void Check(Fingerprint id) {
    std::vector<Position> found;
    const absl::Status status = index_->Find(id, found);
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(found, model_.Find(id)) << "fingerprint " << id;
  }
  void CheckSome(int count) {
    for (; count > 0; --count) {
      const auto tail = static_cast<uint64_t>(model_.tail());
      Check(tail == 0 || Below(2) == 0 ? RandomId()
                                       : model_.at(static_cast<Position>(1 + Below(tail))));
    }
  }

  // Adds what the index lacks from the ledger, as at every start.
  void Reopen() {
    options_.path = dir_->path();
    index_ = IdIndex::Open(options_, kLedger, model_.tail()).value();
    ASSERT_LE(index_->last_position(), model_.tail());
    while (index_->last_position() < model_.tail()) {
      ASSERT_TRUE(index_->Add(model_.at(index_->last_position() + 1)).ok());
    }
  }
  // As after a kill, or worse: copied file by file while runs are added and removed.
  void ReopenACopy() {
    auto copy = std::make_unique<TempDir>();
    for (const auto& file : std::filesystem::directory_iterator(dir_->path())) {
      std::error_code gone;
      std::filesystem::copy(file.path(), copy->Path(file.path().filename().string()), gone);
    }
    index_.reset();
    dir_ = std::move(copy);
    Reopen();
  }

  std::mt19937_64 random_;
  IdIndexOptions options_;
  Model model_;
  std::unique_ptr<TempDir> dir_ = std::make_unique<TempDir>();
  std::unique_ptr<IdIndex> index_;
};

TEST(IdIndexCrashTest, MatchesAMapAcrossRandomRestarts) {
  const uint32_t first_seed = std::random_device{}();
  for (uint32_t seed = first_seed; seed != first_seed + 12; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomRun run(seed);
    for (int step = 0; step < 60; ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step));
      run.Step();
      if (testing::Test::HasFailure()) return;
    }
    run.CheckAll();
    if (testing::Test::HasFailure()) return;
  }
}

// Adds ids in a child process until killed, and reports its progress.
class VictimProcess {
 public:
  VictimProcess(const IdIndexOptions& options, const std::vector<Fingerprint>& ids) {
    int progress[2];
    if (::pipe(progress) != 0) ::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(progress[0]);
      Run(options, ids, progress[1]);
      ::_exit(1);
    }
    ::close(progress[1]);
    progress_ = progress[0];
  }
  ~VictimProcess() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    ::close(progress_);
  }
  // False if the process has exited.
  bool WaitForProgress() const {
    char byte;
    return ::read(progress_, &byte, 1) == 1;
  }

 private:
  static void Run(const IdIndexOptions& options, const std::vector<Fingerprint>& ids,
                  int progress) {
    const auto index = IdIndex::Open(options, kLedger, static_cast<Position>(ids.size()));
    if (!index.ok()) return;
    for (auto i = static_cast<size_t>((*index)->last_position()); i < ids.size(); ++i) {
      if (!(*index)->Add(ids[i]).ok()) return;
      if (i % 100 == 0 && ::write(progress, "+", 1) != 1) return;
    }
    // Killed here at the latest, while all threads are running.
    while (::write(progress, "+", 1) == 1) continue;
  }

  pid_t child_;
  int progress_;
};

TEST(IdIndexCrashTest, StaysExactAfterRepeatedKills) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937_64 random(seed);
  const TempDir dir;
  const IdIndexOptions options = {.path = dir.path(),
                                  .filter_bytes = 32 << 10,
                                  .run_ids = 100,
                                  .recent_tables = 1,
                                  .merge_runs = 3,
                                  .filter_save_ids = 400};
  const std::vector<Fingerprint> ids = RandomFingerprints(20'000, seed);
  for (int kill = 0; kill < 15; ++kill) {
    const VictimProcess victim(options, ids);
    for (uint64_t wait = random() % 100; wait > 0; --wait) ASSERT_TRUE(victim.WaitForProgress());
  }
  const auto index = IdIndex::Open(options, kLedger, 20'000).value();
  const Position last = index->last_position();
  for (Position position = 1; position <= last; ++position) {
    std::vector<Position> found;
    ASSERT_TRUE(index->Find(ids[static_cast<size_t>(position) - 1], found).ok());
    ASSERT_NE(std::find(found.begin(), found.end(), position), found.end())
        << "position " << position << " of " << last;
  }
}

}  // namespace
}  // namespace repatriation
