// A ledger on disk, as in the data directory of the ingest service.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_COMMON_TESTING_STORED_LEDGER_H_
#define TESTS_COMMON_TESTING_STORED_LEDGER_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "common/storage/data_directory.h"
#include "common/storage/stored_ledger_log.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {

class StoredLedger {
 public:
  // Opens or creates it. Append() works only in the object that created the ledger, since
  // only that knows the end of the chain.
  explicit StoredLedger(const std::string& data_dir, uint64_t seed = 7) : data_dir_(data_dir) {
    StoreOptions options;
    options.path = StorePath(data_dir);
    options.tables = LedgerTables::Specs();
    options.write_buffer_bytes = 64 << 10;
    store_ = Store::Open(options).value();
    log_ = StoredLedgerLog::Open(store_.get(), LedgerTables::kMeta, LedgerTables::kBlocks,
                                 TailNote::Open(data_dir + "/tail").value())
               .value();
    chain_ = std::make_unique<RandomChain>(seed, log_->id());
  }

  // Appends `count` blocks of ten entries.
  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string bytes = chain_->Next(10);
      EXPECT_THAT(log_->Append(Block::Parse(bytes).value()), IsOk());
    }
  }

  const std::string& data_dir() const { return data_dir_; }
  Store& store() const { return *store_; }
  const StoredLedgerLog& log() const { return *log_; }
  LedgerTail tail() const { return log_->tail(); }

 private:
  const std::string data_dir_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StoredLedgerLog> log_;
  std::unique_ptr<RandomChain> chain_;
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_STORED_LEDGER_H_
