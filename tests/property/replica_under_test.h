// A replica on a temporary store that applies blocks from a log on demand, and can be
// reopened.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_PROPERTY_REPLICA_UNDER_TEST_H_
#define TESTS_PROPERTY_REPLICA_UNDER_TEST_H_

#include <algorithm>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/ledger/ledger_log.h"
#include "query_service/core/query_core.h"
#include "query_service/core/replica/replica.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {

class ReplicaUnderTest {
 public:
  // Opens the replica, or reopens it.
  absl::Status Open() {
    core_.reset();
    replica_.reset();
    StoreOptions options;
    options.write_buffer_bytes = 64 << 10;
    IdIndexOptions ids;
    ids.filter_bytes = 1 << 20;
    // Small runs, so that a few hundred entries make many.
    ids.run_ids = 50;
    ids.recent_tables = 1;
    ids.merge_runs = 3;
    auto replica = Replica::Open(dir_.Path("query"), options, ids,
                                 /*saved_totals_postings_min=*/1);
    if (!replica.ok()) return replica.status();
    replica_ = *std::move(replica);
    core_ = std::make_unique<QueryCore>(replica_.get());
    return absl::OkStatus();
  }

  // Applies at most `blocks_max` more blocks, read `bytes_max` at a time.
  absl::Status CatchUp(const LedgerLog& log, size_t blocks_max, size_t bytes_max = 1 << 20) {
    while (blocks_max > 0 && replica_->tail().position < log.tail().position) {
      const auto blocks = log.ReadAfter(replica_->tail().position, bytes_max);
      if (!blocks.ok()) return blocks.status();
      for (size_t i = 0; i < blocks->size() && blocks_max > 0; ++i, --blocks_max) {
        const absl::Status applied = replica_->Apply((*blocks)[i]);
        if (!applied.ok()) return applied;
      }
    }
    return absl::OkStatus();
  }

  const Replica& replica() const { return *replica_; }
  const QueryCore& core() const { return *core_; }
  Position applied() const { return replica_->tail().position; }

 private:
  const TempDir dir_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<QueryCore> core_;
};

}  // namespace repatriation

#endif  // TESTS_PROPERTY_REPLICA_UNDER_TEST_H_
