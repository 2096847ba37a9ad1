// A replica in a temporary directory, filled block by block.
//
// Thread-safety: one thread at a time applies; any may read.
#ifndef TESTS_QUERY_SERVICE_CORE_TESTING_FILLED_REPLICA_H_
#define TESTS_QUERY_SERVICE_CORE_TESTING_FILLED_REPLICA_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "query_service/core/query_core.h"
#include "query_service/core/replica/replica.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/temp_dir.h"
#include "tests/query_service/core/testing/views.h"

namespace repatriation {

// A ReportedThrough record of mission MINUSMA.
inline v1::Record AMark(absl::string_view reporter, absl::string_view site, absl::string_view day) {
  v1::Record record;
  v1::ReportedThrough& mark = *record.mutable_reported_through();
  mark.set_mission("MINUSMA");
  mark.set_reporter(std::string(reporter));
  mark.set_site(std::string(site));
  mark.set_day(std::string(day));
  return record;
}

// Content of an event on a day, "YYYY-MM-DD".
inline EventContent OnThe(absl::string_view day, int headcount, absl::string_view site = "Mopti") {
  EventContent content = AContent(headcount, kFemaleUnknown, site);
  content.day = ParseDay(day).value();
  return content;
}

class FilledReplica {
 public:
  FilledReplica() : replica_(Replica::Open(dir_.Path("replica")).value()) {}

  // Applies a block of `entries`, recorded a second after the last; sets their ids.
  Position Apply(std::vector<LedgerEntry> entries) {
    LedgerTail tail = replica_->tail();
    std::vector<std::string> ids;
    for (size_t i = 0; i < entries.size(); ++i) ids.push_back(absl::StrCat("id-", ++last_id_));
    for (size_t i = 0; i < entries.size(); ++i) {
      entries[i].id = ids[i];
      entries[i].position = tail.position + 1 + static_cast<Position>(i);
    }
    const absl::Status applied =
        replica_->Apply(BuildBlock(ledger_id_, tail, tail.recorded_time_us + 1'000'000, entries));
    if (!applied.ok()) ADD_FAILURE() << applied;
    return replica_->tail().position;
  }
  Position Apply(const EventContent& content) { return Apply({AnEvent("", content)}); }
  Position Apply(v1::Record mark) {
    mark.mutable_reported_through()->set_record_id(absl::StrCat("id-", last_id_ + 1));
    const std::string bytes = EncodeRecord(mark);
    LedgerEntry entry;
    entry.type = EntryType::kRecord;
    entry.record = bytes;
    return Apply({entry});
  }

  Replica& replica() { return *replica_; }
  const QueryCore& core() const { return core_; }

 private:
  const TempDir dir_;
  const LedgerId ledger_id_ = LedgerId::FromBytes("sixteen bytes id");
  int last_id_ = 0;
  const std::unique_ptr<Replica> replica_;
  const QueryCore core_{replica_.get()};
};

}  // namespace repatriation

#endif  // TESTS_QUERY_SERVICE_CORE_TESTING_FILLED_REPLICA_H_
