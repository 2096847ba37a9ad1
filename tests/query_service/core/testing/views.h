// A view filled from entries in memory, and its figures as readable text.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_QUERY_SERVICE_CORE_TESTING_VIEWS_H_
#define TESTS_QUERY_SERVICE_CORE_TESTING_VIEWS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/domain/enum_names.h"
#include "query_service/core/view/ledger_view.h"
#include "query_service/core/view/view_planner.h"

namespace repatriation {

// Every cell that counts at `known_at`, one word each, in order:
// "MISSION/SITE/DAY/SEX=HEADCOUNT(EVENTS,WHOLE_EVENTS)".
inline std::string Figures(const LedgerView& view, Position known_at) {
  const LedgerView::Reader reader(view);
  std::vector<std::string> words;
  reader.ForEachCell(
      kByAll, known_at, [](const CellKey&) { return true; },
      [&](const CellKey& key, const CellTotal& total) {
        words.push_back(absl::StrCat(reader.Text(key.mission), "/", reader.Text(key.site), "/",
                                     key.day, "/", EnumName(key.sex), "=", total.headcount, "(",
                                     total.events, ",", total.whole_events, ")"));
      });
  std::sort(words.begin(), words.end());
  return absl::StrJoin(words, " ");
}

// Everything that a view answers, at every position.
inline std::string History(const LedgerView& view) {
  const Position tail = LedgerView::Reader(view).tail().position;
  std::string history;
  for (Position position = 0; position <= tail; ++position) {
    absl::StrAppend(&history, Figures(view, position), "\n");
    if (position == 0) continue;
    const LedgerView::Reader reader(view);
    const Position event = reader.EventOf(position);
    absl::StrAppend(&history, event, " ", reader.LastCorrectionOf(event, tail).content, " ",
                    reader.TimeOfPosition(position), "\n");
  }
  return history;
}

inline EventContent AContent(int headcount, int female = kFemaleUnknown,
                             absl::string_view site = "Mopti") {
  EventContent content;
  content.mission = "MINUSMA";
  content.site = site;
  content.kind = v1::KIND_REPATRIATION;
  content.category = v1::CATEGORY_CONTINGENT_TROOPS;
  content.headcount = headcount;
  content.female = female;
  return content;
}

inline LedgerEntry AnEvent(absl::string_view id, const EventContent& content) {
  LedgerEntry entry;
  entry.id = id;
  entry.event = content;
  return entry;
}
inline LedgerEntry AnAmendment(absl::string_view id, Position target, const EventContent& content) {
  LedgerEntry entry;
  entry.type = EntryType::kAmendment;
  entry.id = id;
  entry.target_position = target;
  entry.reason = "counted again";
  entry.event = content;
  return entry;
}
inline LedgerEntry AVoiding(absl::string_view id, Position target) {
  LedgerEntry entry;
  entry.type = EntryType::kVoiding;
  entry.id = id;
  entry.target_position = target;
  entry.reason = "counted twice";
  return entry;
}

class FilledView {
 public:
  // Plans and applies a block of `entries`, recorded a second after the last.
  absl::Status Apply(std::vector<LedgerEntry> entries) {
    LedgerTail tail = LedgerView::Reader(view_).tail();
    for (LedgerEntry& entry : entries) entry.position = ++tail.position;
    tail.recorded_time_us += 1'000'000;
    const auto delta = ViewPlanner(view_, entries, tail, [&](Position position) {
                         return absl::StatusOr<EventContent>(entries_[position - 1].event);
                       }).Plan();
    if (!delta.ok()) return delta.status();
    last_delta_ = *delta;
    entries_.insert(entries_.end(), entries.begin(), entries.end());
    return view_.Apply(*delta);
  }

  LedgerView& view() { return view_; }
  const ViewDelta& last_delta() const { return last_delta_; }
  std::string At(Position known_at) const { return Figures(view_, known_at); }

 private:
  LedgerView view_{/*saved_totals_postings_min=*/1};  // so that small views have saved totals
  ViewDelta last_delta_;
  std::vector<LedgerEntry> entries_;
};

}  // namespace repatriation

#endif  // TESTS_QUERY_SERVICE_CORE_TESTING_VIEWS_H_
