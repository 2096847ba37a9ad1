// A replica in a temporary directory, filled with readable entries, and the core that
// answers from it.
//
//   LedgerCopy ledger;
//   ledger.Apply({ledger.Strength("un-monthly", "2023-06-30", 100, "SEN"),
//                 ledger.Event("a", Departure("2023-07-01", 80, "SEN"))});
//
// Thread-safety: one thread at a time.
#ifndef TESTS_QUERY_SERVICE_CORE_TESTING_LEDGER_COPY_H_
#define TESTS_QUERY_SERVICE_CORE_TESTING_LEDGER_COPY_H_

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "query_service/core/query_core.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"
#include "tests/query_service/core/testing/views.h"

namespace repatriation {

// An event about contingent troops of MINUSMA.
inline EventContent ContentOf(v1::Kind kind, absl::string_view day, int32_t headcount,
                              absl::string_view country = "", absl::string_view site = "") {
  EventContent content = AContent(headcount, kFemaleUnknown, site);
  content.kind = kind;
  content.day = ParseDay(day).value();
  content.country = country;
  return content;
}
inline EventContent Departure(absl::string_view day, int32_t headcount,
                              absl::string_view country = "", absl::string_view site = "") {
  return ContentOf(v1::KIND_REPATRIATION, day, headcount, country, site);
}
inline EventContent Arrival(absl::string_view day, int32_t headcount,
                            absl::string_view country = "", absl::string_view site = "") {
  return ContentOf(v1::KIND_ARRIVAL, day, headcount, country, site);
}
inline EventContent Relocation(absl::string_view day, int32_t headcount, absl::string_view country,
                               absl::string_view from, absl::string_view to) {
  EventContent content = ContentOf(v1::KIND_RELOCATION, day, headcount, country, from);
  content.destination_site = to;
  return content;
}
inline EventContent Planned(EventContent content) {
  content.status = v1::EVENT_STATUS_PLANNED;
  return content;
}
inline EventContent Of(v1::Category category, EventContent content) {
  content.category = category;
  return content;
}

inline v1::StrengthReport AStrength(const std::string& series, const std::string& as_of,
                                    int32_t headcount, const std::string& country = "",
                                    const std::string& site = "",
                                    v1::Category category = v1::CATEGORY_CONTINGENT_TROOPS) {
  v1::StrengthReport row;
  row.set_mission("MINUSMA");
  row.set_series(series);
  row.set_as_of(as_of);
  row.set_headcount(headcount);
  row.set_country(country);
  row.set_site(site);
  row.set_category(category);
  return row;
}

class LedgerCopy {
 public:
  LedgerCopy() { Reopen(); }

  // Reloads the view from disk.
  void Reopen() {
    core_.reset();
    replica_.reset();
    auto replica = Replica::Open(dir_.Path("replica"), {}, Replica::DefaultIdOptions(),
                                 /*saved_totals_postings_min=*/1);
    EXPECT_THAT(replica, IsOk());
    replica_ = *std::move(replica);
    core_ = std::make_unique<QueryCore>(replica_.get());
  }

  LedgerEntry Record(v1::Record record) {
    LedgerEntry entry;
    entry.type = EntryType::kRecord;
    entry.id = Keep(absl::StrCat("record ", texts_.size()));
    std::string* id = nullptr;
    if (record.has_mandate()) id = record.mutable_mandate()->mutable_record_id();
    if (record.has_strength()) id = record.mutable_strength()->mutable_record_id();
    if (record.has_site_closure()) id = record.mutable_site_closure()->mutable_record_id();
    if (record.has_statement()) id = record.mutable_statement()->mutable_record_id();
    *id = std::string(entry.id);
    entry.record = Keep(EncodeRecord(record));
    return entry;
  }
  LedgerEntry Strength(const v1::StrengthReport& row) {
    v1::Record record;
    *record.mutable_strength() = row;
    return Record(record);
  }
  LedgerEntry Strength(const std::string& series, const std::string& as_of, int32_t headcount,
                       const std::string& country = "", const std::string& site = "",
                       v1::Category category = v1::CATEGORY_CONTINGENT_TROOPS) {
    return Strength(AStrength(series, as_of, headcount, country, site, category));
  }
  LedgerEntry Mandate(const std::string& drawdown_start, const std::string& deadline) {
    v1::Record record;
    v1::Mandate& mandate = *record.mutable_mandate();
    mandate.set_mission("MINUSMA");
    mandate.set_resolution("S/RES/2690 (2023)");
    mandate.set_adopted("2023-06-30");
    mandate.set_drawdown_start(drawdown_start);
    mandate.set_deadline(deadline);
    return Record(record);
  }
  LedgerEntry Closure(const std::string& site, const std::string& day) {
    v1::Record record;
    record.mutable_site_closure()->set_mission("MINUSMA");
    record.mutable_site_closure()->set_site(site);
    record.mutable_site_closure()->set_day(day);
    return Record(record);
  }
  static LedgerEntry Release(absl::string_view id, Position target) {
    LedgerEntry entry = AVoiding(id, target);
    entry.type = EntryType::kQuarantineRelease;
    return entry;
  }

  // Applies a block of `entries`, recorded a second after the last.
  void Apply(const std::vector<LedgerEntry>& entries) {
    const LedgerTail tail = replica_->tail();
    ASSERT_THAT(replica_->Apply(BuildBlock(LedgerId::FromBytes("sixteen bytes id"), tail,
                                           tail.recorded_time_us + 1'000'000, entries)),
                IsOk());
  }
  // Each in a block of its own.
  void ApplyApart(const std::vector<LedgerEntry>& entries) {
    for (const LedgerEntry& entry : entries) Apply({entry});
  }

  const QueryCore& core() const { return *core_; }
  Position tail() const { return replica_->tail().position; }

 private:
  absl::string_view Keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  const TempDir dir_;
  std::deque<std::string> texts_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<QueryCore> core_;
};

}  // namespace repatriation

#endif  // TESTS_QUERY_SERVICE_CORE_TESTING_LEDGER_COPY_H_
