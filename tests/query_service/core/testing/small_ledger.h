// A replica of a ledger that a test writes entry by entry, and the core that answers from
// it.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_QUERY_SERVICE_CORE_TESTING_SMALL_LEDGER_H_
#define TESTS_QUERY_SERVICE_CORE_TESTING_SMALL_LEDGER_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "query_service/core/query_core.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {

class SmallLedger {
 public:
  SmallLedger() : replica_(Replica::Open(dir_.Path("replica")).value()), core_(replica_.get()) {}

  // Records `entries` as one block, a second after the last one. Sets positions and empty
  // ids; returns the last position. Aborts the process if the block is refused.
  Position Record(std::vector<LedgerEntry> entries) {
    Position position = tail_.position;
    std::vector<std::string> ids(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      entries[i].position = ++position;
      if (!entries[i].id.empty()) continue;
      ids[i] = absl::StrCat("id-", position);
      entries[i].id = ids[i];
    }
    const std::string bytes = BuildBlock(LedgerId::FromBytes("sixteen bytes id"), tail_,
                                         tail_.recorded_time_us + 1'000'000, entries);
    const absl::Status applied = replica_->Apply(bytes);
    if (!applied.ok()) {
      std::cerr << "the block is refused: " << applied << "\n";
      std::abort();
    }
    tail_ = replica_->tail();
    return tail_.position;
  }

  Position Event(const EventContent& content) {
    LedgerEntry entry;
    entry.event = content;
    return Record({entry});
  }
  Position Amend(Position event, const EventContent& content) {
    LedgerEntry entry;
    entry.type = EntryType::kAmendment;
    entry.event = content;
    return Correct(event, entry);
  }
  Position Void(Position event) {
    LedgerEntry entry;
    entry.type = EntryType::kVoiding;
    return Correct(event, entry);
  }
  Position Release(Position event) {
    LedgerEntry entry;
    entry.type = EntryType::kQuarantineRelease;
    return Correct(event, entry);
  }

  // Adds a record; sets its id and mission if they are empty.
  Position Add(v1::Mandate mandate) {
    v1::Record record;
    Fill(mandate);
    *record.mutable_mandate() = std::move(mandate);
    return Add(record);
  }
  Position Add(v1::Statement statement) {
    v1::Record record;
    Fill(statement);
    *record.mutable_statement() = std::move(statement);
    return Add(record);
  }
  Position Add(v1::SiteClosure closure) {
    v1::Record record;
    Fill(closure);
    *record.mutable_site_closure() = std::move(closure);
    return Add(record);
  }
  // Rows that are recorded together.
  Position Add(std::vector<v1::StrengthReport> rows) {
    std::vector<std::string> bytes;
    std::vector<std::string> ids;
    for (v1::StrengthReport& row : rows) {
      v1::Record record;
      Fill(row);
      ids.push_back(row.record_id());
      *record.mutable_strength() = row;
      bytes.push_back(EncodeRecord(record));
    }
    std::vector<LedgerEntry> entries(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      entries[i].type = EntryType::kRecord;
      entries[i].id = ids[i];
      entries[i].record = bytes[i];
    }
    return Record(std::move(entries));
  }

  Position tail() const { return tail_.position; }
  Replica& replica() { return *replica_; }
  const QueryCore& core() const { return core_; }

  // All events that a request lists, page by page.
  std::vector<v1::EventRecord> List(v1::ListEventsRequest request) const {
    std::vector<v1::EventRecord> events;
    do {
      const auto page = core_.ListEvents(request);
      if (!page.ok()) {
        ADD_FAILURE() << "ListEvents: " << page.status();
        return events;
      }
      events.insert(events.end(), page->events().begin(), page->events().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return events;
  }

  // The events of a figure, by its filter and page token.
  std::vector<v1::EventRecord> List(const v1::Filter& filter, const std::string& token) const {
    v1::ListEventsRequest request;
    *request.mutable_filter() = filter;
    request.set_page_token(token);
    request.set_page_size(3);
    return List(request);
  }

 private:
  template <typename T>
  void Fill(T& record) {
    if (record.record_id().empty()) record.set_record_id(absl::StrCat("record-", ++records_));
    if (record.mission().empty()) record.set_mission("MINUSMA");
  }

  Position Add(const v1::Record& record) {
    const std::string bytes = EncodeRecord(record);
    LedgerEntry entry;
    entry.type = EntryType::kRecord;
    entry.id = IdOf(record);
    entry.record = bytes;
    return Record({entry});
  }

  Position Correct(Position event, LedgerEntry& entry) {
    entry.target_position = event;
    entry.reason = "counted again";
    return Record({entry});
  }

  const TempDir dir_;
  const std::unique_ptr<Replica> replica_;
  const QueryCore core_;
  LedgerTail tail_;
  int records_ = 0;
};

// The people of an event that a filter's `sex` selects.
inline int64_t HeadcountOf(const v1::Event& event, v1::Sex sex) {
  if (sex == v1::SEX_UNSPECIFIED) return event.headcount();
  if (sex == v1::SEX_UNKNOWN) return event.has_female() ? 0 : event.headcount();
  if (!event.has_female()) return 0;
  return sex == v1::SEX_FEMALE ? event.female() : event.headcount() - event.female();
}

inline int64_t SumOf(const std::vector<v1::EventRecord>& events,
                     v1::Sex sex = v1::SEX_UNSPECIFIED) {
  int64_t sum = 0;
  for (const v1::EventRecord& record : events) sum += HeadcountOf(record.event(), sex);
  return sum;
}

// A repatriation from MINUSMA; the day as "YYYY-MM-DD".
inline EventContent Repatriated(int headcount, absl::string_view day,
                                absl::string_view country = "SEN", absl::string_view site = "Mopti",
                                v1::Category category = v1::CATEGORY_CONTINGENT_TROOPS) {
  EventContent content;
  content.mission = "MINUSMA";
  content.country = country;
  content.site = site;
  content.kind = v1::KIND_REPATRIATION;
  content.category = category;
  content.headcount = headcount;
  content.day = ParseDay(day).value();
  return content;
}

}  // namespace repatriation

#endif  // TESTS_QUERY_SERVICE_CORE_TESTING_SMALL_LEDGER_H_
