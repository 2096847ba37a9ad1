// The records of a view: what is kept beside the events, by mission. There are
// few of them, so whoever asks goes through all of a mission's.
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

  // Takes in a record, at a later position than all before.
  const v1::Record& Add(Record record);

  // All of `mission`, by ascending position. They stay where they are.
  const std::deque<Record>& Of(absl::string_view mission) const;

  // Those of `mission` that say up to when everything is reported: asked for
  // with every figure, so apart from the others.
  const std::vector<const Record*>& MarksOf(absl::string_view mission) const;

 private:
  absl::flat_hash_map<std::string, std::deque<Record>> by_mission_;
  absl::flat_hash_map<std::string, std::vector<const Record*>> marks_;  // in by_mission_
};

// The mandate in force as known at `known_at`; null if there is none.
const v1::Mandate* MandateAt(const std::deque<RecordBook::Record>& records, Position known_at);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECORDS_RECORD_BOOK_H_
