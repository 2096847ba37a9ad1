#include "common/storage/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cassert>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mutex.h"
#include "common/base/space_release.h"
#include "common/base/thread_priority.h"
#include "common/storage/fault_file_system.h"
#include "common/storage/flush_pace.h"
#include "common/storage/log_check.h"
#include "common/storage/read_lock.h"
#include "common/storage/table_check.h"

namespace repatriation {
namespace {

rocksdb::Slice AsSlice(absl::string_view text) { return {text.data(), text.size()}; }
absl::string_view AsView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// The only mapping of RocksDB's errors.
absl::Status ToStatus(const rocksdb::Status& status, absl::string_view path) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat(path, ": ", status.ToString());
  if (status.IsCorruption()) return absl::DataLossError(text);
  // RocksDB's messages for a lock that another process, or this one, holds.
  if (status.IsIOError() && (absl::StartsWith(status.ToString(), "IO error: While lock file") ||
                             absl::StartsWith(status.ToString(), "IO error: lock hold by"))) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is in use by another process (", status.ToString(), ")"));
  }
  if (status.IsInvalidArgument()) return absl::FailedPreconditionError(text);
  return absl::UnavailableError(text);
}

// Forwards RocksDB's log messages, from warnings up, to our log.
class ForwardingLogger : public rocksdb::Logger {
 public:
  ForwardingLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    Logv(rocksdb::InfoLogLevel::WARN_LEVEL, format, arguments);
  }
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level == rocksdb::InfoLogLevel::HEADER_LEVEL) {
      return;
    }
    char text[512];
    std::vsnprintf(text, sizeof(text), format, arguments);
    // Logged twice for every RocksDB checkpoint; harmless.
    if (absl::StrContains(text, "File Deletions")) return;
    // After a RocksDB checkpoint it may delete a log twice; harmless.
    if (absl::StrContains(text, "Failed to mark") && absl::StrContains(text, "No such file")) {
      return;
    }
    // Some messages end with a newline.
    LogMessage(level >= rocksdb::InfoLogLevel::ERROR_LEVEL ? LogLevel::kError : LogLevel::kWarning,
               absl::StrCat("rocksdb: ", absl::StripTrailingAsciiWhitespace(text)));
  }
};

class BackgroundErrorListener : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    LogError("storage background error: ", status->ToString());
  }
  // These are called on the flush or compaction thread, for which no caller waits.
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { LowerThreadPriority(); }
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    LowerThreadPriority();
  }
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override {
    if (info.condition.cur == rocksdb::WriteStallCondition::kNormal) return;
    LogWarning("storage write stall on table ", info.cf_name);
  }
};

// Starts writeback of unsynced writes early: the sync of a log also waits for dirty
// pages of other files.
constexpr uint64_t kWritebackBytes = uint64_t{1} << 20;

// Deletes logs and tables step by step, for the same reasons as SpaceRelease. Files
// that are left when the process ends (".trash" in their names) are deleted by the
// next one.
std::shared_ptr<rocksdb::SstFileManager> MakeFileDeleter(const rocksdb::DBOptions& options) {
  constexpr int64_t kBytesPerSecond = int64_t{256} << 20;
  // No limit on the amount of trash: a log alone may be larger than all tables.
  constexpr double kTrashRatioMax = 1e6;
  return std::shared_ptr<rocksdb::SstFileManager>(
      rocksdb::NewSstFileManager(options.env, options.info_log, /*trash_dir=*/"", kBytesPerSecond,
                                 /*delete_existing_trash=*/true, /*status=*/nullptr, kTrashRatioMax,
                                 SpaceRelease::kStepBytes));
}

rocksdb::WALRecoveryMode RecoveryMode(DamagedLog damaged_log) {
  return damaged_log == DamagedLog::kRefuse
             ? rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords
             : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
}

rocksdb::DBOptions DatabaseOptions(DamagedLog damaged_log) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = RecoveryMode(damaged_log);
  // Otherwise the loss of a log before the newest one would go undetected.
  options.track_and_verify_wals_in_manifest = true;
  options.info_log = std::make_shared<ForwardingLogger>();
  options.listeners.push_back(std::make_shared<BackgroundErrorListener>());
  options.max_total_wal_size = uint64_t{256} << 20;
  options.bytes_per_sync = kWritebackBytes;
  options.wal_bytes_per_sync = kWritebackBytes;
  return options;
}

rocksdb::ColumnFamilyOptions TableOptions(const StoreOptions& options, TableUse use,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions table;
  table.write_buffer_size = options.write_buffer_bytes;
  rocksdb::BlockBasedTableOptions format;
  format.block_cache = cache;
  format.cache_index_and_filter_blocks = true;
  format.pin_l0_filter_and_index_blocks_in_cache = true;
  format.format_version = 5;
  if (use == TableUse::kPointLookups) {
    table.compression = rocksdb::kLZ4Compression;
    format.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  } else {
    // Blocks are mostly ids, view deltas mostly cell numbers, and both are nearly
    // random: LZ4 took 7% of CPU time under load, and RocksDB discarded its output
    // because it saved less than an eighth.
    table.compression = rocksdb::kNoCompression;
    format.block_size = 64 << 10;
  }
  table.table_factory.reset(rocksdb::NewBlockBasedTableFactory(format));
  return table;
}

// Opens with `open_as(DamagedLog)` according to options.damaged_log.
template <typename OpenAs>
rocksdb::Status OpenWithRecovery(const StoreOptions& options, OpenAs open_as) {
  const rocksdb::Status opened = open_as(options.damaged_log);
  const bool recovers = options.damaged_log == DamagedLog::kRecoverPrefix;
  if (!recovers || !opened.IsCorruption() || !EarlierLogsAreComplete(options.path)) return opened;
  // With point-in-time recovery RocksDB also reports corruption if the newest log ends
  // with an incomplete record, as after any crash, and the next start crashed while it
  // moved the log into tables.
  return open_as(DamagedLog::kRefuse);
}

}  // namespace

// Short, so that bursts are small.
constexpr int64_t kFlushRefillUs = 5'000;
constexpr int32_t kFlushFairness = 10;  // RocksDB's own

struct Store::Impl {
  std::string path;
  std::unique_ptr<ReadLock> read_lock;      // only if it is open for reading
  std::unique_ptr<rocksdb::Env> fault_env;  // null except in crash tests
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;  // owned; in any order
  std::vector<rocksdb::ColumnFamilyHandle*> tables;   // those of StoreOptions::tables
  // Limits the rate of writing tables; null if it is open for reading.
  std::shared_ptr<rocksdb::RateLimiter> flush_limiter;
  Mutex mutex;
  FlushPace flush_pace ABSL_GUARDED_BY(mutex);
  absl::Status failure ABSL_GUARDED_BY(mutex);  // of a failed write; sticky

  ~Impl() {
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    if (db != nullptr) db->Close();
  }

  // Opens all tables, `names` and RocksDB's default, since a log is needed as long as
  // any table needs it.
  rocksdb::Status OpenReadOnly(const std::vector<std::string>& names, DamagedLog damaged_log) {
    rocksdb::DBOptions options = DatabaseOptions(damaged_log);
    options.create_if_missing = false;
    options.create_missing_column_families = false;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
    for (const std::string& name : names) {
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &opened);
    if (status.ok()) db.reset(opened);
    return status;
  }
};

struct StoreCursor::Impl {
  std::string path;
  std::unique_ptr<rocksdb::Iterator> iterator;
};

StoreBatch::StoreBatch() = default;
StoreBatch::~StoreBatch() = default;
StoreBatch::StoreBatch(StoreBatch&&) noexcept = default;
StoreBatch& StoreBatch::operator=(StoreBatch&&) noexcept = default;

void StoreBatch::Put(TableId table, absl::string_view key, std::string value) {
  changes_.push_back({table, std::string(key), std::move(value), absl::nullopt});
}

void StoreBatch::PutInPlace(TableId table, absl::string_view key, absl::string_view value) {
  changes_.push_back({table, std::string(key), "", value});
}

void StoreBatch::Delete(TableId table, absl::string_view key) {
  changes_.push_back({table, std::string(key), "", absl::nullopt, /*deletes=*/true});
}

StoreCursor::StoreCursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StoreCursor::~StoreCursor() = default;
void StoreCursor::SeekToFirst() { impl_->iterator->SeekToFirst(); }
void StoreCursor::SeekToLast() { impl_->iterator->SeekToLast(); }
void StoreCursor::Seek(absl::string_view key) { impl_->iterator->Seek(AsSlice(key)); }
void StoreCursor::SeekForPrevious(absl::string_view key) {
  impl_->iterator->SeekForPrev(AsSlice(key));
}
void StoreCursor::Next() { impl_->iterator->Next(); }
bool StoreCursor::valid() const { return impl_->iterator->Valid(); }
absl::string_view StoreCursor::key() const { return AsView(impl_->iterator->key()); }
absl::string_view StoreCursor::value() const { return AsView(impl_->iterator->value()); }
absl::Status StoreCursor::status() const {
  return ToStatus(impl_->iterator->status(), impl_->path);
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;
const std::string& Store::path() const { return impl_->path; }

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  absl::Status ready = MakeDirectory(options.path);
  if (ready.ok()) ready = CheckTables(options.path);
  if (!ready.ok()) return ready;
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (const TableSpec& table : options.tables) {
    families.emplace_back(table.name, TableOptions(options, table.use, cache));
  }
  auto impl = std::make_unique<Impl>();
  impl->path = options.path;
  impl->fault_env = MakeFaultEnv();
  impl->flush_limiter.reset(
      rocksdb::NewGenericRateLimiter(FlushPace::kMax, kFlushRefillUs, kFlushFairness));
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = OpenWithRecovery(options, [&](DamagedLog damaged_log) {
    rocksdb::DBOptions database = DatabaseOptions(damaged_log);
    if (impl->fault_env != nullptr) database.env = impl->fault_env.get();
    database.rate_limiter = impl->flush_limiter;
    database.sst_file_manager = MakeFileDeleter(database);
    return rocksdb::DB::Open(database, options.path, families, &impl->handles, &db);
  });
  if (!opened.ok()) return ToStatus(opened, options.path);
  impl->db.reset(db);
  impl->tables.assign(impl->handles.begin() + 1, impl->handles.end());
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<Store>> Store::OpenForReading(const StoreOptions& options) {
  // Checks first that the store exists: ReadLock succeeds if there is no LOCK file.
  const auto names = TableNames(options.path);
  if (!names.ok()) return names.status();
  auto lock = ReadLock::Acquire(options.path);
  if (!lock.ok()) return lock.status();
  const absl::Status checked = CheckTables(options.path);
  if (!checked.ok()) return checked;
  auto impl = std::make_unique<Impl>();
  impl->path = options.path;
  impl->read_lock = *std::move(lock);
  const rocksdb::Status opened = OpenWithRecovery(
      options, [&](DamagedLog damaged_log) { return impl->OpenReadOnly(*names, damaged_log); });
  if (!opened.ok()) return ToStatus(opened, options.path);
  for (const TableSpec& table : options.tables) {
    const auto found = std::find(names->begin(), names->end(), table.name);
    // A missing table maps to handle 0, RocksDB's default table, which is always empty.
    const size_t handle = found == names->end() ? 0 : found - names->begin() + 1;
    impl->tables.push_back(impl->handles[handle]);
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

absl::StatusOr<std::vector<std::string>> Store::TableNames(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path + "/CURRENT", error)) {
    if (std::filesystem::is_directory(path, error) && !std::filesystem::is_empty(path, error)) {
      return absl::DataLossError(absl::StrCat(path, "/CURRENT is missing"));
    }
    return absl::NotFoundError(absl::StrCat(path, " contains no store"));
  }
  std::vector<std::string> names;
  const rocksdb::Status listed =
      rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), path, &names);
  if (!listed.ok()) return ToStatus(listed, path);
  std::erase(names, rocksdb::kDefaultColumnFamilyName);
  return names;
}

absl::Status Store::Write(const StoreBatch& batch, Durability durability) {
  {
    // RocksDB considers itself recovered from some errors, and then aborts with an
    // assertion when it reuses the log that could not be written.
    const MutexLock lock(impl_->mutex);
    if (!impl_->failure.ok()) return impl_->failure;
  }
  rocksdb::WriteBatch changes;
  for (const StoreBatch::Change& change : batch.changes_) {
    assert(change.table < impl_->tables.size());
    auto* table = impl_->tables[change.table];
    const rocksdb::Status added = change.deletes
                                      ? changes.Delete(table, change.key)
                                      : changes.Put(table, change.key, AsSlice(change.value()));
    if (!added.ok()) return ToStatus(added, impl_->path);
  }
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kSynced;
  absl::Status status = ToStatus(impl_->db->Write(options, &changes), impl_->path);
  const MutexLock lock(impl_->mutex);
  if (!status.ok()) impl_->failure = status;
  const auto pace = impl_->flush_pace.RecordWrite(changes.GetDataSize(),
                                                  rocksdb::Env::Default()->NowNanos() / 1000);
  if (pace.has_value()) impl_->flush_limiter->SetBytesPerSecond(*pace);
  return status;
}

absl::StatusOr<absl::optional<std::string>> Store::Get(TableId table, absl::string_view key) const {
  std::string value;
  const rocksdb::Status found =
      impl_->db->Get(rocksdb::ReadOptions(), impl_->tables[table], AsSlice(key), &value);
  if (found.IsNotFound()) return absl::optional<std::string>();
  if (!found.ok()) return ToStatus(found, impl_->path);
  return absl::optional<std::string>(std::move(value));
}

std::unique_ptr<StoreCursor> Store::NewCursor(TableId table) const {
  auto cursor = std::make_unique<StoreCursor::Impl>();
  cursor->path = impl_->path;
  cursor->iterator.reset(impl_->db->NewIterator(rocksdb::ReadOptions(), impl_->tables[table]));
  return std::unique_ptr<StoreCursor>(new StoreCursor(std::move(cursor)));
}

absl::Status Store::Checkpoint(const std::string& path) const {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(impl_->db.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(path);
  return ToStatus(status, path);
}

std::string RocksDbVersion() { return rocksdb::GetRocksVersionAsString(); }

}  // namespace repatriation
