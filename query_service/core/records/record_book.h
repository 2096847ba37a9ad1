// The records of a view (mandates, strength, statements and the like), by mission.
// They are few, so readers scan all records of a mission.
//
// Thread-safety: Add() excludes everything else.
#ifndef QUERY_SERVICE_CORE_RECORDS_RECORD_BOOK_H_
#define QUERY_SERVICE_CORE_RECORDS_RECORD_BOOK_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/ledger/entry.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {

class RecordBook {
 public:
  struct Record {
    Position position = 0;
    v1::Record content;
  };

  // Adds a record. REQUIRES: its position is later than all before.
  const v1::Record& Add(Record record);

  // All of `mission`, by ascending position. References stay valid.
  const std::deque<Record>& Of(absl::string_view mission) const;

  // The ReportedThrough records of `mission`, by ascending position. Indexed, since
  // every figure needs them.
  const std::vector<const Record*>& MarksOf(absl::string_view mission) const;

 private:
  absl::flat_hash_map<std::string, std::deque<Record>> by_mission_;
  absl::flat_hash_map<std::string, std::vector<const Record*>> marks_;  // in by_mission_
};

// The last recorded mandate as known at `known_at`; null if there is none.
const v1::Mandate* MandateAt(const std::deque<RecordBook::Record>& records, Position known_at);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECORDS_RECORD_BOOK_H_
