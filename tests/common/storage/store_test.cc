#include "common/storage/store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/file_size_limit.h"
#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr TableId kFirst = 0;
constexpr TableId kSecond = 1;

StoreOptions OptionsFor(const std::string& path) {
  StoreOptions options;
  options.path = path;
  options.tables = {{"first", TableUse::kPointLookups}, {"second", TableUse::kSequential}};
  options.cache_bytes = 1 << 20;
  options.write_buffer_bytes = 64 << 10;
  return options;
}

std::unique_ptr<Store> OpenTestStore(const std::string& path) {
  auto store = Store::Open(OptionsFor(path));
  EXPECT_THAT(store, IsOk());
  return store.ok() ? *std::move(store) : nullptr;
}

absl::Status PutOne(Store& store, TableId table, absl::string_view key, absl::string_view value,
                    Durability durability = Durability::kSynced) {
  StoreBatch batch;
  batch.Put(table, key, std::string(value));
  return store.Write(batch, durability);
}

// The value, or "(none)".
std::string ValueOf(const Store& store, TableId table, absl::string_view key) {
  const auto value = store.Get(table, key);
  EXPECT_THAT(value, IsOk()) << key;
  return value.ok() && value->has_value() ? **value : "(none)";
}

std::map<std::string, std::string> AllOf(const Store& store, TableId table) {
  std::map<std::string, std::string> all;
  const auto cursor = store.NewCursor(table);
  for (cursor->SeekToFirst(); cursor->valid(); cursor->Next()) {
    EXPECT_TRUE(all.emplace(cursor->key(), cursor->value()).second) << cursor->key();
  }
  EXPECT_THAT(cursor->status(), IsOk());
  return all;
}

class StoreTest : public ::testing::Test {
 protected:
  const TempDir dir_;
  const std::string path_ = dir_.Path("store");
};

TEST_F(StoreTest, OpenCreatesTheDirectoryAndItsParents) {
  const std::string path = dir_.Path("a/b/c");
  EXPECT_NE(OpenTestStore(path), nullptr);
  EXPECT_TRUE(std::filesystem::is_directory(path));
}

TEST_F(StoreTest, WritesCanBeReadAndSurviveReopening) {
  const std::string binary("\0\xff\n\0", 4);
  {
    const auto store = OpenTestStore(path_);
    ASSERT_THAT(PutOne(*store, kFirst, "synced", "one"), IsOk());
    ASSERT_THAT(PutOne(*store, kFirst, "buffered", "two", Durability::kBuffered), IsOk());
    ASSERT_THAT(PutOne(*store, kFirst, binary, binary), IsOk());
    ASSERT_THAT(PutOne(*store, kFirst, "empty", ""), IsOk());
    ASSERT_THAT(PutOne(*store, kFirst, "", "empty key"), IsOk());
    EXPECT_EQ(ValueOf(*store, kFirst, "synced"), "one");
  }
  const auto store = OpenTestStore(path_);
  EXPECT_EQ(ValueOf(*store, kFirst, "synced"), "one");
  EXPECT_EQ(ValueOf(*store, kFirst, "buffered"), "two");
  EXPECT_EQ(ValueOf(*store, kFirst, binary), binary);
  EXPECT_EQ(ValueOf(*store, kFirst, "empty"), "");
  EXPECT_EQ(ValueOf(*store, kFirst, ""), "empty key");
  EXPECT_EQ(ValueOf(*store, kFirst, "sync"), "(none)");
  EXPECT_EQ(ValueOf(*store, kFirst, "synced "), "(none)");
}

TEST_F(StoreTest, WritesSurviveACrashOfTheProcess) {
  const auto store = OpenTestStore(path_);
  for (const auto durability : {Durability::kSynced, Durability::kBuffered}) {
    ASSERT_THAT(
        PutOne(*store, kFirst, "key", durability == Durability::kSynced ? "s" : "b", durability),
        IsOk());
    CopyDirectory(path_, dir_.Path("left"));
    EXPECT_EQ(AllOf(*OpenTestStore(dir_.Path("left")), kFirst), AllOf(*store, kFirst));
  }
}

TEST_F(StoreTest, TablesAreIndependent) {
  const auto store = OpenTestStore(path_);
  ASSERT_THAT(PutOne(*store, kFirst, "key", "first"), IsOk());
  EXPECT_EQ(ValueOf(*store, kSecond, "key"), "(none)");
  ASSERT_THAT(PutOne(*store, kSecond, "key", "second"), IsOk());
  EXPECT_EQ(ValueOf(*store, kFirst, "key"), "first");
  EXPECT_THAT(AllOf(*store, kSecond), ElementsAre(Pair("key", "second")));
}

TEST_F(StoreTest, BatchAppliesItsChangesInOrder) {
  const auto store = OpenTestStore(path_);
  ASSERT_THAT(PutOne(*store, kFirst, "old", "value"), IsOk());
  StoreBatch batch;
  batch.Put(kFirst, "a", "1");
  batch.Put(kFirst, "a", "2");
  batch.Put(kSecond, "b", "1");
  batch.Delete(kSecond, "b");
  batch.Delete(kFirst, "c");
  batch.Put(kFirst, "c", "3");
  batch.Delete(kFirst, "old");
  batch.Delete(kFirst, "never there");
  ASSERT_THAT(store->Write(batch, Durability::kSynced), IsOk());
  EXPECT_THAT(AllOf(*store, kFirst), ElementsAre(Pair("a", "2"), Pair("c", "3")));
  EXPECT_THAT(AllOf(*store, kSecond), IsEmpty());
}

TEST_F(StoreTest, AcceptsAnEmptyBatch) {
  const auto store = OpenTestStore(path_);
  EXPECT_THAT(store->Write(StoreBatch(), Durability::kSynced), IsOk());
}

TEST_F(StoreTest, BatchOwnsItsKeysAndValues) {
  const auto store = OpenTestStore(path_);
  StoreBatch batch;
  {
    const std::string key(100, 'k');
    const std::string value(100, 'v');
    batch.Put(kFirst, key, value);
  }
  const StoreBatch moved = std::move(batch);
  ASSERT_THAT(store->Write(moved, Durability::kSynced), IsOk());
  EXPECT_EQ(ValueOf(*store, kFirst, std::string(100, 'k')), std::string(100, 'v'));
}

TEST_F(StoreTest, RejectsADirectoryInUse) {
  const auto store = OpenTestStore(path_);
  const auto second = Store::Open(OptionsFor(path_));
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("in use")));
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(path_)));
  EXPECT_THAT(PutOne(*store, kFirst, "key", "still works"), IsOk());
}

TEST_F(StoreTest, OpensADirectoryThatIsNoLongerInUse) {
  OpenTestStore(path_).reset();
  EXPECT_NE(OpenTestStore(path_), nullptr);
}

// Holds the store's lock as another process would, until it is destroyed.
class OtherProcess {
 public:
  explicit OtherProcess(const std::string& lock_path) {
    int ready[2];
    int leave[2];
    if (::pipe(ready) != 0 || ::pipe(leave) != 0) ::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(leave[1]);
      const int lock = ::open(lock_path.c_str(), O_RDWR);
      struct flock whole = {};
      whole.l_type = F_WRLCK;
      const char held = ::fcntl(lock, F_SETLK, &whole) == 0 ? 'y' : 'n';
      char ignored;
      const bool reported = ::write(ready[1], &held, 1) == 1;
      ::_exit(reported && ::read(leave[0], &ignored, 1) == 0 ? 0 : 1);
    }
    ::close(leave[0]);
    ::close(ready[1]);
    char held = 'n';
    EXPECT_EQ(::read(ready[0], &held, 1), 1);
    EXPECT_EQ(held, 'y') << "the child did not get the lock";
    ::close(ready[0]);
    leave_ = leave[1];
  }
  ~OtherProcess() {
    ::close(leave_);
    ::waitpid(child_, nullptr, 0);
  }

 private:
  pid_t child_;
  int leave_;
};

TEST_F(StoreTest, RejectsADirectoryInUseByAnotherProcess) {
  OpenTestStore(path_).reset();
  {
    const OtherProcess other(absl::StrCat(path_, "/LOCK"));
    EXPECT_THAT(Store::Open(OptionsFor(path_)),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another process")));
  }
  EXPECT_NE(OpenTestStore(path_), nullptr);
}

TEST_F(StoreTest, DoesNotReportAnUnreadableLockFileAsInUse) {
  OpenTestStore(path_).reset();
  std::filesystem::remove(absl::StrCat(path_, "/LOCK"));
  std::filesystem::create_directory(absl::StrCat(path_, "/LOCK"));
  EXPECT_THAT(Store::Open(OptionsFor(path_)),
              StatusIs(absl::StatusCode::kUnavailable, Not(HasSubstr("in use"))));
}

TEST_F(StoreTest, AFileInPlaceOfTheDirectoryIsUnavailable) {
  WriteFile(path_, "a file");
  EXPECT_THAT(Store::Open(OptionsFor(path_)),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(path_)));
  EXPECT_THAT(Store::Open(OptionsFor(path_ + "/below")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(path_)));
}

TEST_F(StoreTest, RejectsAStoreWithATableThatIsNotListed) {
  OpenTestStore(path_).reset();
  StoreOptions options = OptionsFor(path_);
  options.tables.pop_back();
  EXPECT_THAT(Store::Open(options),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("second")));
}

TEST_F(StoreTest, CanAddATable) {
  {
    const auto store = OpenTestStore(path_);
    ASSERT_THAT(PutOne(*store, kSecond, "key", "kept"), IsOk());
  }
  StoreOptions options = OptionsFor(path_);
  options.tables.push_back({"third", TableUse::kSequential});
  const auto store = Store::Open(options);
  ASSERT_THAT(store, IsOk());
  EXPECT_EQ(ValueOf(**store, kSecond, "key"), "kept");
  EXPECT_THAT(PutOne(**store, 2, "key", "new"), IsOk());
}

TEST_F(StoreTest, CursorMoves) {
  const auto store = OpenTestStore(path_);
  for (const char* key : {"b", "d", "f"}) ASSERT_THAT(PutOne(*store, kFirst, key, "v"), IsOk());
  const auto cursor = store->NewCursor(kFirst);
  const auto here = [&] { return cursor->valid() ? std::string(cursor->key()) : "(end)"; };

  cursor->SeekToFirst();
  EXPECT_EQ(here(), "b");
  EXPECT_EQ(cursor->value(), "v");
  cursor->Next();
  EXPECT_EQ(here(), "d");
  cursor->SeekToLast();
  EXPECT_EQ(here(), "f");
  cursor->Next();
  EXPECT_EQ(here(), "(end)");

  const struct {
    const char* key;
    const char* at_or_after;
    const char* at_or_before;
  } kCases[] = {
      {"", "b", "(end)"}, {"a", "b", "(end)"}, {"b", "b", "b"},     {"c", "d", "b"},
      {"d", "d", "d"},    {"f", "f", "f"},     {"g", "(end)", "f"}, {"\xff", "(end)", "f"},
  };
  for (const auto& c : kCases) {
    cursor->Seek(c.key);
    EXPECT_EQ(here(), c.at_or_after) << "Seek " << c.key;
    cursor->SeekForPrevious(c.key);
    EXPECT_EQ(here(), c.at_or_before) << "SeekForPrevious " << c.key;
  }
  EXPECT_THAT(cursor->status(), IsOk());
}

TEST_F(StoreTest, CursorOverAnEmptyTable) {
  const auto store = OpenTestStore(path_);
  const auto cursor = store->NewCursor(kSecond);
  EXPECT_FALSE(cursor->valid());
  cursor->SeekToFirst();
  EXPECT_FALSE(cursor->valid());
  cursor->SeekToLast();
  EXPECT_FALSE(cursor->valid());
  EXPECT_THAT(cursor->status(), IsOk());
}

TEST_F(StoreTest, CursorReadsASnapshotTakenAtItsCreation) {
  const auto store = OpenTestStore(path_);
  ASSERT_THAT(PutOne(*store, kFirst, "a", "old"), IsOk());
  ASSERT_THAT(PutOne(*store, kFirst, "b", "old"), IsOk());
  const auto cursor = store->NewCursor(kFirst);
  StoreBatch batch;
  batch.Put(kFirst, "a", "new");
  batch.Delete(kFirst, "b");
  batch.Put(kFirst, "c", "new");
  ASSERT_THAT(store->Write(batch, Durability::kSynced), IsOk());

  std::map<std::string, std::string> seen;
  for (cursor->SeekToFirst(); cursor->valid(); cursor->Next()) {
    seen.emplace(cursor->key(), cursor->value());
  }
  EXPECT_THAT(seen, ElementsAre(Pair("a", "old"), Pair("b", "old")));
  EXPECT_THAT(AllOf(*store, kFirst), ElementsAre(Pair("a", "new"), Pair("c", "new")));
}

TEST_F(StoreTest, BehavesLikeAMap) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  std::map<std::string, std::string> model[2];
  for (int round = 0; round < 5; ++round) {
    const auto store = OpenTestStore(path_);
    for (int i = 0; i < 200; ++i) {
      StoreBatch batch;
      for (uint64_t k = random.Below(8); k > 0; --k) {
        const TableId table = random.Below(2);
        const std::string key = absl::StrCat("key ", random.Below(500));
        if (random.Chance(4)) {
          batch.Delete(table, key);
          model[table].erase(key);
        } else {
          const std::string value(random.Below(2000), static_cast<char>('a' + random.Below(26)));
          batch.Put(table, key, value);
          model[table][key] = value;
        }
      }
      ASSERT_THAT(
          store->Write(batch, random.Chance(20) ? Durability::kSynced : Durability::kBuffered),
          IsOk());
    }
    for (const TableId table : {kFirst, kSecond}) {
      EXPECT_TRUE(AllOf(*store, table) == model[table]) << "table " << table;
      const std::string key = absl::StrCat("key ", random.Below(500));
      const auto found = model[table].find(key);
      EXPECT_EQ(ValueOf(*store, table, key),
                found == model[table].end() ? "(none)" : found->second);
    }
  }
}

class FailingStoreTest : public StoreTest {
 protected:
  // A write that fails because the log cannot grow.
  static absl::Status FailToWrite(Store& store) {
    const FileSizeLimit limit(4 << 10);
    return PutOne(store, kFirst, "lost", std::string(8 << 10, 'x'));
  }
};

TEST_F(FailingStoreTest, AFailedWriteIsUnavailableAndNotApplied) {
  const auto store = OpenTestStore(path_);
  ASSERT_THAT(PutOne(*store, kFirst, "kept", "value"), IsOk());
  EXPECT_THAT(FailToWrite(*store), StatusIs(absl::StatusCode::kUnavailable, HasSubstr(path_)));
  EXPECT_THAT(AllOf(*store, kFirst), ElementsAre(Pair("kept", "value")));
}

TEST_F(FailingStoreTest, EveryWriteAfterAFailedOneFails) {
  const auto store = OpenTestStore(path_);
  ASSERT_THAT(PutOne(*store, kFirst, "kept", "value"), IsOk());
  ASSERT_THAT(FailToWrite(*store), StatusIs(absl::StatusCode::kUnavailable));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(PutOne(*store, kFirst, "small", "value"), StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_THAT(AllOf(*store, kFirst), ElementsAre(Pair("kept", "value")));
}

TEST_F(FailingStoreTest, RecoversFromAFailedWriteByReopening) {
  {
    const auto store = OpenTestStore(path_);
    ASSERT_THAT(PutOne(*store, kFirst, "kept", "value"), IsOk());
    ASSERT_THAT(FailToWrite(*store), StatusIs(absl::StatusCode::kUnavailable));
  }
  const auto store = OpenTestStore(path_);
  EXPECT_THAT(AllOf(*store, kFirst), ElementsAre(Pair("kept", "value")));
  EXPECT_THAT(PutOne(*store, kFirst, "next", "value"), IsOk());
}

TEST_F(FailingStoreTest, DirectoryNameDoesNotAffectTheErrorCode) {
  // "blocks" contains "lock".
  const auto store = OpenTestStore(dir_.Path("blocks"));
  EXPECT_THAT(FailToWrite(*store),
              StatusIs(absl::StatusCode::kUnavailable, Not(HasSubstr("in use"))));
}

// A log that a start has moved into tables. Removed at once, it would stall the sync of
// other files while the disk discards its space.
TEST_F(StoreTest, RemovesALogInSteps) {
  StoreOptions options = OptionsFor(path_);
  options.write_buffer_bytes = 16 << 20;
  ASSERT_THAT(PutOne(**Store::Open(options), kSecond, "key", std::string(5 << 20, 'a')), IsOk());
  const int descriptor = ::open(LogFileOf(path_).c_str(), O_RDONLY | O_CLOEXEC);
  struct stat before {};
  ASSERT_EQ(::fstat(descriptor, &before), 0);
  const auto store = OpenTestStore(path_);
  struct stat removed = before;
  while (removed.st_nlink > 0) {
    ASSERT_EQ(::fstat(descriptor, &removed), 0);
    std::this_thread::yield();
  }
  EXPECT_LE(removed.st_size, before.st_size - 2 * (2 << 20));
  ::close(descriptor);
}

TEST_F(StoreTest, RemovesTrashOfThePreviousProcess) {
  OpenTestStore(path_).reset();
  const std::string left = path_ + "/000123.log.trash";
  WriteFile(left, "left behind");
  const auto store = OpenTestStore(path_);
  while (std::filesystem::exists(left)) std::this_thread::yield();
}

TEST_F(StoreTest, CheckpointIsAConsistentSnapshot) {
  const auto store = OpenTestStore(path_);
  ASSERT_THAT(PutOne(*store, kFirst, "before", "1"), IsOk());
  ASSERT_THAT(PutOne(*store, kSecond, "unsynced", "2", Durability::kBuffered), IsOk());
  const std::string copy = dir_.Path("copy");
  ASSERT_THAT(store->Checkpoint(copy), IsOk());
  ASSERT_THAT(PutOne(*store, kFirst, "after", "3"), IsOk());
  EXPECT_THAT(store->Checkpoint(copy), Not(IsOk())) << "it already exists";
  const auto copied = OpenTestStore(copy);
  EXPECT_THAT(AllOf(*copied, kFirst), ElementsAre(Pair("before", "1")));
  EXPECT_THAT(AllOf(*copied, kSecond), ElementsAre(Pair("unsynced", "2")));
}

// Also what is only in the log. Twice, since no file is changed.
TEST(StoreForReadingTest, ReadsWhatWasWritten) {
  const TempDir dir;
  ASSERT_THAT(PutOne(*OpenTestStore(dir.path()), kFirst, "table", "1"), IsOk());
  ASSERT_THAT(PutOne(*OpenTestStore(dir.path()), kSecond, "log", "2"), IsOk());
  for (int turn = 0; turn < 2; ++turn) {
    const auto store = Store::OpenForReading(OptionsFor(dir.path()));
    ASSERT_THAT(store, IsOk());
    EXPECT_EQ(ValueOf(**store, kFirst, "table"), "1");
    EXPECT_EQ(ValueOf(**store, kSecond, "log"), "2");
    EXPECT_THAT(PutOne(**store, kFirst, "more", "3"), Not(IsOk()));
  }
  EXPECT_THAT(Store::TableNames(dir.path()).value(),
              ::testing::UnorderedElementsAre("first", "second"));
}

TEST(StoreForReadingTest, ReadersAndWritersExcludeEachOther) {
  const TempDir dir;
  auto writer = OpenTestStore(dir.path());
  EXPECT_THAT(Store::OpenForReading(OptionsFor(dir.path())),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is in use")));
  writer.reset();
  const auto reader = Store::OpenForReading(OptionsFor(dir.path()));
  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT(Store::OpenForReading(OptionsFor(dir.path())), IsOk()) << "several may read";
  EXPECT_THAT(Store::Open(OptionsFor(dir.path())),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("in use")));
}

TEST(StoreForReadingTest, RejectsADirectoryWithoutAStoreAndCreatesNone) {
  const TempDir dir;
  for (const auto& path : {dir.path(), dir.Path("missing")}) {
    EXPECT_THAT(Store::OpenForReading(OptionsFor(path)), StatusIs(absl::StatusCode::kNotFound));
  }
  EXPECT_FALSE(std::filesystem::exists(dir.Path("missing")));
  OpenTestStore(dir.Path("store")).reset();
  std::filesystem::remove(dir.Path("store/CURRENT"));
  EXPECT_THAT(Store::OpenForReading(OptionsFor(dir.Path("store"))),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("CURRENT")));
}

}  // namespace
}  // namespace repatriation
