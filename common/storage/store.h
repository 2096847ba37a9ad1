// A directory of ordered tables on RocksDB: the only code that knows RocksDB.
//
// What it settles once for both services: what damage in the write-ahead log
// means; RocksDB's own log goes through ours (the packaged library, built with
// assertions, aborts on a full disk inside its file logger otherwise);
// background errors are logged.
//
// Thread-safety: a Store may be used from any thread. A StoreBatch and a
// StoreCursor belong to one thread at a time. Cursors must be destroyed
// before their store.
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

// How a table is used; changes speed, not behaviour.
enum class TableUse {
  kSequential,    // large values under ascending keys, read in order
  kPointLookups,  // small values under random keys: gets a Bloom filter
};

// What Open() makes of a damaged write-ahead log. An incomplete record at its
// very end is no damage: that write did not return.
enum class DamagedLog {
  // Refuses, for a store whose writes were acknowledged. But RocksDB takes a
  // damaged length in the last 32 KiB of a log for its end, and cannot miss the
  // newest log: what was acknowledged has to be noted elsewhere, and
  // OpenForReading() compared with it before.
  kRefuse,
  // Opens with what was written before the damage, for a store that gets the
  // rest again. It is what a power loss leaves of several logs that were not
  // synced: the newer one may be whole where the older one is not.
  kKeepWhatPrecedes,
};

struct TableSpec {
  std::string name;
  TableUse use = TableUse::kSequential;
};

struct StoreOptions {
  // Directory; created, with its parents, if missing.
  std::string path;
  // In the order in which TableId counts them. A store that holds a table
  // that is not listed is refused.
  std::vector<TableSpec> tables;
  DamagedLog damaged_log = DamagedLog::kRefuse;
  // Memory for blocks read from disk and for filters, shared by all tables.
  // Default 64 MiB, 1 MiB to 64 GiB.
  size_t cache_bytes = size_t{64} << 20;
  // Memory for writes of one table before they are sorted to disk, twice
  // while that runs. Default 32 MiB, 64 KiB to 1 GiB.
  size_t write_buffer_bytes = size_t{32} << 20;
};

// Index into StoreOptions::tables.
using TableId = size_t;

enum class Durability {
  kSynced,    // on return the write survives a power loss
  kBuffered,  // on return it survives the end of the process
};

// Changes that become visible and durable together.
class StoreBatch {
 public:
  StoreBatch();
  ~StoreBatch();
  StoreBatch(StoreBatch&&) noexcept;
  StoreBatch& operator=(StoreBatch&&) noexcept;

  void Put(TableId table, absl::string_view key, std::string value);
  // Without a copy: `value` must stay as it is until the batch is written.
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

// Walks one table in key order, over the state at its creation.
class StoreCursor {
 public:
  ~StoreCursor();

  // Each positions the cursor; valid() tells whether there is such a key.
  void SeekToFirst();
  void SeekToLast();
  void Seek(absl::string_view key);             // first key at or after `key`
  void SeekForPrevious(absl::string_view key);  // last key at or before `key`
  void Next();                                  // REQUIRES: valid()

  bool valid() const;
  // Views until the next move. REQUIRE: valid().
  absl::string_view key() const;
  absl::string_view value() const;
  // OK, or why the walk ended early: DATA_LOSS or UNAVAILABLE.
  absl::Status status() const;

 private:
  friend class Store;
  struct Impl;
  explicit StoreCursor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Store {
 public:
  // DATA_LOSS: damaged; the message names what. FAILED_PRECONDITION: in use
  // by another process, or made with other tables. UNAVAILABLE: the disk or
  // the file system refused.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const StoreOptions& options);

  // Opens a store as it is on the disk, and keeps services from opening it
  // meanwhile; Write() fails. Changes no file of it, where Open() drops for good
  // what it does not recover. A table that is not there yet is empty. What is
  // only in the write-ahead log is held in memory, up to 256 MiB. Errors as
  // Open(), and FAILED_PRECONDITION if a service has it open. NOT_FOUND if there
  // is none.
  static absl::StatusOr<std::unique_ptr<Store>> OpenForReading(const StoreOptions& options);

  // Names of the tables of the store in directory `path`, in no order.
  // NOT_FOUND if there is none; else as Open().
  static absl::StatusOr<std::vector<std::string>> TableNames(const std::string& path);
  ~Store();

  const std::string& path() const;

  // Applies `batch` whole or not at all; blocks on I/O. UNAVAILABLE or
  // DATA_LOSS on failure, after which every later Write() fails too.
  [[nodiscard]] absl::Status Write(const StoreBatch& batch, Durability durability);

  // The value, or nullopt if there is none. DATA_LOSS or UNAVAILABLE.
  absl::StatusOr<absl::optional<std::string>> Get(TableId table, absl::string_view key) const;

  std::unique_ptr<StoreCursor> NewCursor(TableId table) const;

  // Makes directory `path`, which must not exist and is on the store's file
  // system, a store with all that was written before the call, at one moment.
  // Costs little: most of its files are hard links of this store's, which keep
  // what they hold on the disk until they are removed. Writes go on meanwhile;
  // blocks until what is in memory is on the disk. UNAVAILABLE or DATA_LOSS;
  // part of the directory may be there then.
  absl::Status Checkpoint(const std::string& path) const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_STORE_H_
