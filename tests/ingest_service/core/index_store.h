// A store with the tables of the entry index, in its own directory.
#ifndef TESTS_INGEST_SERVICE_CORE_INDEX_STORE_H_
#define TESTS_INGEST_SERVICE_CORE_INDEX_STORE_H_

#include <memory>

#include "common/storage/store.h"
#include "ingest_service/core/entry_index.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {

class IndexStore {
 public:
  IndexStore() {
    StoreOptions options;
    options.path = dir_.Path("index");
    options.tables = {{"voided"}, {"meta"}};
    store_ = Store::Open(options).value();
  }

  absl::StatusOr<std::unique_ptr<EntryIndex>> Open(const LedgerLog* log) {
    IdIndexOptions ids;
    ids.path = dir_.Path("ids");
    ids.filter_bytes = 1 << 20;
    ids.run_ids = 1000;
    return EntryIndex::Open(store_.get(), {.voided = 0, .meta = 1}, ids, log);
  }

 private:
  const TempDir dir_;
  std::unique_ptr<Store> store_;
};

}  // namespace repatriation

#endif  // TESTS_INGEST_SERVICE_CORE_INDEX_STORE_H_
