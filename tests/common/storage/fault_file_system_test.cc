// What a store retains when its process is killed at a failpoint in its file system.
// Everything that opens a store runs in a child process, so that no process with
// RocksDB threads forks.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/storage/block_table.h"
#include "common/storage/store.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

constexpr TableId kTable = 0;
constexpr int kWritesMax = 2000;

// Exit codes of the child processes.
enum Outcome { kDone, kCannotArm, kCannotOpen, kWriteFailed, kWritten };

// Results of the child processes, in shared memory.
struct Shared {
  std::atomic<int> acknowledged{0};
  std::atomic<int> found{0};
};

class FaultFileSystemTest : public ::testing::Test {
 protected:
  FaultFileSystemTest() {
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(memory, MAP_FAILED);
    shared_ = new (memory) Shared();
  }
  ~FaultFileSystemTest() override { ::munmap(shared_, sizeof(Shared)); }

  // The wait status of a child process that runs `step`.
  static int Run(const std::function<Outcome()>& step) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(step());
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
  }
  static bool Killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

  std::unique_ptr<Store> Open() const {
    auto store = Store::Open({.path = dir_.path(),
                              .tables = {{"table", TableUse::kSequential}},
                              .cache_bytes = 1 << 20,
                              .write_buffer_bytes = 64 << 10});
    return store.ok() ? *std::move(store) : nullptr;
  }

  // Writes the values under 1, 2, ..., up to kWritesMax, continuing after the last
  // acknowledged one.
  int WriteArmed(const std::string& failpoints, Durability durability) {
    return Run([&] {
      if (!ArmFailpoints(failpoints).ok()) return kCannotArm;
      const auto store = Open();
      if (store == nullptr) return kCannotOpen;
      while (shared_->acknowledged < kWritesMax) {
        const int next = shared_->acknowledged + 1;
        StoreBatch batch;
        batch.Put(kTable, PositionKey(next), absl::StrCat(next, std::string(2000, 'x')));
        if (!store->Write(batch, durability).ok()) return kWriteFailed;
        shared_->acknowledged = next;
      }
      return kDone;
    });
  }

  // The number of consecutive values, from the first on, that a store without faults
  // finds; -1 if it does not open.
  int CountFound() {
    shared_->found = 0;
    const int status = Run([this] {
      const auto store = Open();
      if (store == nullptr) return kCannotOpen;
      for (int next = 1;; ++next) {
        const auto value = store->Get(kTable, PositionKey(next));
        if (!value.ok() || !value->has_value()) break;
        if (absl::StartsWith(**value, absl::StrCat(next, "x"))) shared_->found = next;
      }
      return kDone;
    });
    return WIFEXITED(status) && WEXITSTATUS(status) == kDone ? shared_->found.load() : -1;
  }

  const TempDir dir_;
  Shared* shared_ = nullptr;
};

// With the assertions of the packaged library, RocksDB aborts when it reuses a log that
// could not be written.
TEST_F(FaultFileSystemTest, AfterAnErrorEveryWriteFails) {
  for (const char* armed :
       {"store.wal.append=error@1", "store.wal.append=error@5", "store.wal.sync=error@1"}) {
    for (const Durability durability : {Durability::kBuffered, Durability::kSynced}) {
      const int status = Run([&] {
        if (!ArmFailpoints(armed).ok()) return kCannotArm;
        const auto store = Open();
        if (store == nullptr) return kCannotOpen;
        int failed = 0;
        // Long enough for RocksDB's background recovery.
        for (int i = 0; failed < 500'000; ++i) {
          StoreBatch batch;
          batch.Put(kTable, "key", std::string(2000, 'x'));
          if (!store->Write(batch, durability).ok()) {
            ++failed;
          } else if (failed > 0 || i == kWritesMax) {
            return kWritten;
          }
        }
        return kDone;
      });
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kDone)
          << armed << ", " << (durability == Durability::kSynced ? "synced" : "buffered")
          << ": wait status " << status;
    }
  }
}

struct Armed {
  std::string text;
};
void PrintTo(const Armed& armed, std::ostream* out) { *out << armed.text; }

std::vector<Armed> EveryCrash() {
  std::vector<Armed> crashes;
  for (const FailpointSpec& point : kFailpoints) {
    const std::string name(point.name);
    if (!absl::StartsWith(name, "store.")) continue;
    for (const char* count : {"@1", "@2", "@5"}) {
      // CURRENT is written once per start.
      const bool happens = count == std::string("@1") || !absl::StrContains(name, "current");
      if (happens) crashes.push_back({absl::StrCat(name, "=kill", count)});
      if (point.use == FailpointUse::kAppend) {
        crashes.push_back({absl::StrCat(name, "=torn", count)});
      }
    }
  }
  return crashes;
}

class EveryCrashTest : public FaultFileSystemTest, public ::testing::WithParamInterface<Armed> {};

TEST_P(EveryCrashTest, KeepsWhatWasAcknowledged) {
  for (const char* also : {"", ";store.wal.append=hold@1;store.table.append=hold@1"}) {
    const int status = WriteArmed(GetParam().text + also, Durability::kSynced);
    ASSERT_TRUE(Killed(status)) << "expected SIGKILL, got wait status " << status;
    const int acknowledged = shared_->acknowledged;
    const int found = CountFound();
    // The write in progress may have survived or not.
    EXPECT_GE(found, acknowledged);
    EXPECT_LE(found, acknowledged + 1);
    shared_->acknowledged = found;
  }
}

INSTANTIATE_TEST_SUITE_P(Store, EveryCrashTest, ::testing::ValuesIn(EveryCrash()));

TEST_F(FaultFileSystemTest, LosesHeldBytesThatWereNotSynced) {
  const std::string hold = "store.wal.append=hold@1;store.wal.appended=kill@";
  ASSERT_TRUE(Killed(WriteArmed(absl::StrCat(hold, 10), Durability::kSynced)));
  const int synced = CountFound();
  EXPECT_GE(synced, shared_->acknowledged);
  EXPECT_GT(synced, 0);
  shared_->acknowledged = synced;
  ASSERT_TRUE(Killed(WriteArmed(absl::StrCat(hold, 10), Durability::kBuffered)));
  EXPECT_GT(shared_->acknowledged, synced) << "some were acknowledged without a sync";
  EXPECT_EQ(CountFound(), synced);
}

TEST_F(FaultFileSystemTest, LosesAcknowledgedWritesWhenASyncIsSkipped) {
  ASSERT_TRUE(
      Killed(WriteArmed("store.wal.append=hold@1;store.wal.sync=skip@1;store.wal.appended=kill@10",
                        Durability::kSynced)));
  EXPECT_GT(shared_->acknowledged, 0);
  EXPECT_EQ(CountFound(), 0);
}

TEST_F(FaultFileSystemTest, ReturnsErrorsAndKeepsWhatWasAcknowledged) {
  for (const char* armed : {"store.wal.append=error@5", "store.wal.sync=error@5"}) {
    const int before = shared_->acknowledged;
    const int status = WriteArmed(armed, Durability::kSynced);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kWriteFailed) << armed << status;
    EXPECT_GT(shared_->acknowledged, before);
    EXPECT_GE(CountFound(), shared_->acknowledged);
    shared_->acknowledged = shared_->found.load();
  }
}

}  // namespace
}  // namespace repatriation
