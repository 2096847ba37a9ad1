// Layout of the services' data directories, also for tools that read them: a store
// of tables, and beside it the runs of an id index.
//
// Thread-safety: pure.
#ifndef COMMON_STORAGE_DATA_DIRECTORY_H_
#define COMMON_STORAGE_DATA_DIRECTORY_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/storage/store.h"

namespace repatriation {

// Both services use the same names, so that neither can open the other's directory.
inline std::string StorePath(absl::string_view data_dir) {
  return absl::StrCat(data_dir, "/store");
}
inline std::string IdsPath(absl::string_view data_dir) { return absl::StrCat(data_dir, "/ids"); }
// Only for the ingest service; see TailNote.
inline std::string TailNotePath(absl::string_view data_dir) {
  return absl::StrCat(data_dir, "/tail");
}

// Tables of the ingest service's store.
struct LedgerTables {
  static constexpr TableId kMeta = 0;    // "ledger_id", "voided_through"
  static constexpr TableId kBlocks = 1;  // see BlockTable
  static constexpr TableId kVoided = 2;  // position of an event -> that of its voiding

  static std::vector<TableSpec> Specs() {
    return {{"meta", TableUse::kPointLookups},
            {"blocks", TableUse::kSequential},
            {"voided", TableUse::kPointLookups}};
  }
};

// Tables of a replica's store.
struct ReplicaTables {
  static constexpr TableId kBlocks = 0;      // see BlockTable
  static constexpr TableId kViewDeltas = 1;  // last position of a block -> ViewDelta

  static std::vector<TableSpec> Specs() {
    return {{"blocks", TableUse::kSequential}, {"view_deltas_3", TableUse::kSequential}};
  }
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_DATA_DIRECTORY_H_
