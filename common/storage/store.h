// A directory of ordered tables on RocksDB: the only code that depends on RocksDB.
//
// It defines for both services how damage in the write-ahead log is handled, and
// forwards RocksDB's own log to ours (otherwise the packaged library, built with
// assertions, aborts on a full disk inside its file logger). Background errors are
// logged.
//
// Thread-safety: a Store may be used from any thread. A StoreBatch and a StoreCursor
// belong to one thread at a time. Cursors must be destroyed before their store.
#ifndef COMMON_STORAGE_STORE_H_
#define COMMON_STORAGE_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace repatriation {

// How a table is used; affects speed, not behaviour.
enum class TableUse {
  kSequential,    // large values under ascending keys, read in order
  kPointLookups,  // small values under random keys: gets a Bloom filter
};

// How Open() handles a damaged write-ahead log. An incomplete record at its very end
// is not damage: that write did not return.
enum class DamagedLog {
  // Fails, for a store whose writes were acknowledged. But RocksDB mistakes a damaged
  // length in the last 32 KiB of a log for its end, and does not notice that the newest
  // log is missing. So what was acknowledged must be recorded elsewhere (see TailNote),
  // and checked with OpenForReading() before.
  kRefuse,
  // Recovers what was written before the damage (point-in-time recovery), for a store
  // that can fetch the rest again. A power loss can leave such damage in several
  // unsynced logs: the newer one may be complete where the older one is not.
  kRecoverPrefix,
};

struct TableSpec {
  std::string name;
  TableUse use = TableUse::kSequential;
};

struct StoreOptions {
  // Directory; created with its parents if missing.
  std::string path;
  // Indexed by TableId. A store that has a table that is not listed is rejected.
  std::vector<TableSpec> tables;
  DamagedLog damaged_log = DamagedLog::kRefuse;
  // Memory for blocks read from disk and for filters, shared by all tables.
  // Default 64 MiB, 1 MiB to 64 GiB.
  size_t cache_bytes = size_t{64} << 20;
  // Memory for the writes of one table before they are flushed, twice that during a
  // flush. Default 32 MiB, 64 KiB to 1 GiB.
  size_t write_buffer_bytes = size_t{32} << 20;
};

// Index into StoreOptions::tables.
using TableId = size_t;

enum class Durability {
  kSynced,    // on return the write survives a power loss
  kBuffered,  // on return it survives a crash of the process
};

// Changes that become visible and durable atomically.
class StoreBatch {
 public:
  StoreBatch();
  ~StoreBatch();
  StoreBatch(StoreBatch&&) noexcept;
  StoreBatch& operator=(StoreBatch&&) noexcept;

  void Put(TableId table, absl::string_view key, std::string value);
  // Without copying: `value` must stay valid and unchanged until the batch is written.
  void PutInPlace(TableId table, absl::string_view key, absl::string_view value);
  void Delete(TableId table, absl::string_view key);

 private:
  friend class Store;
  struct Change {
    TableId table;
    std::string key;
    std::string own_value;
    absl::optional<absl::string_view> value_in_place;
    bool deletes = false;

    absl::string_view value() const { return value_in_place.value_or(own_value); }
  };
  std::vector<Change> changes_;
};

// Iterates over one table in key order, over a snapshot taken at its creation.
class StoreCursor {
 public:
  ~StoreCursor();

  // Each moves the cursor; valid() is false if there is no such key.
  void SeekToFirst();
  void SeekToLast();
  void Seek(absl::string_view key);             // first key at or after `key`
  void SeekForPrevious(absl::string_view key);  // last key at or before `key`
  void Next();                                  // REQUIRES: valid()

  bool valid() const;
  // Views that are valid until the next move. REQUIRES: valid().
  absl::string_view key() const;
  absl::string_view value() const;
  // OK, or why the iteration ended early: DATA_LOSS or UNAVAILABLE.
  absl::Status status() const;

 private:
  friend class Store;
  struct Impl;
  explicit StoreCursor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Store {
 public:
  // DATA_LOSS, naming what is damaged; FAILED_PRECONDITION if it is in use by another
  // process or has other tables; UNAVAILABLE on an error of the disk or file system.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const StoreOptions& options);

  // Opens a store read-only, and keeps services from opening it meanwhile; Write()
  // fails. Changes no file, whereas Open() permanently drops what it does not recover.
  // A missing table is empty. What is only in the write-ahead log is kept in memory, up
  // to 256 MiB. Errors as Open(), and FAILED_PRECONDITION if a service has it open.
  // NOT_FOUND if there is none.
  static absl::StatusOr<std::unique_ptr<Store>> OpenForReading(const StoreOptions& options);

  // Names of the tables of the store in directory `path`, unordered. NOT_FOUND if there
  // is none; else as Open().
  static absl::StatusOr<std::vector<std::string>> TableNames(const std::string& path);
  ~Store();

  const std::string& path() const;

  // Applies `batch` atomically; blocks on I/O. UNAVAILABLE or DATA_LOSS on failure,
  // after which every later Write() fails too.
  [[nodiscard]] absl::Status Write(const StoreBatch& batch, Durability durability);

  // The value, or nullopt if there is none. DATA_LOSS or UNAVAILABLE.
  absl::StatusOr<absl::optional<std::string>> Get(TableId table, absl::string_view key) const;

  std::unique_ptr<StoreCursor> NewCursor(TableId table) const;

  // Creates a RocksDB checkpoint: a consistent store in directory `path`, which must not
  // exist and must be on the store's file system, with everything that was written
  // before the call. It is cheap: most of its files are hard links to this store's,
  // which use disk space until they are removed. Writes continue meanwhile; blocks until
  // what is in memory is flushed. UNAVAILABLE or DATA_LOSS; part of the directory may
  // exist then.
  absl::Status Checkpoint(const std::string& path) const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The version of the RocksDB library in use, "7.8.3".
std::string RocksDbVersion();

}  // namespace repatriation

#endif  // COMMON_STORAGE_STORE_H_
