// Random histories for tests: consecutive entries as the ingest service would record
// them, fully determined by a seed.
//
//   const uint64_t seed = DrawSeed();
//   SCOPED_TRACE(TraceOfSeed(seed));
//   RandomEntries random(seed);
//   for (const LedgerEntry& entry : random.NextEntries(100)) builder.Add(entry);
//
// A history is valid by the rules of event.proto: ids are new, a correction names a
// recorded event that is not voided and keeps its mission, a relocation has another
// site as destination, `female` is at most the headcount. The values are few enough to
// collide in a roll-up, and sometimes at the limits of their ranges.
//
// Thread-safety: a RandomEntries belongs to one thread at a time.
#ifndef TESTS_COMMON_TESTING_RANDOM_ENTRIES_H_
#define TESTS_COMMON_TESTING_RANDOM_ENTRIES_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/domain/day.h"
#include "common/ledger/entry.h"
#include "repatriation/v1/ingest_service.pb.h"

namespace repatriation {

// The seed for a random test: --gtest_random_seed (or GTEST_RANDOM_SEED) if set, else
// a random one.
inline uint64_t DrawSeed() {
  const int32_t given = GTEST_FLAG_GET(random_seed);
  return given > 0 ? given : std::random_device()() % 99'999 + 1;
}

// For SCOPED_TRACE: how to reproduce a failure.
inline std::string TraceOfSeed(uint64_t seed) {
  return absl::StrCat("seed ", seed, "; reproduce with --gtest_random_seed=", seed);
}

class RandomEntries {
 public:
  explicit RandomEntries(uint64_t seed) : random_(seed) {}
  RandomEntries(const RandomEntries&) = delete;
  RandomEntries& operator=(const RandomEntries&) = delete;

  // The entry at the next position, from 1 on: about three in four are events, the rest
  // corrections and a few records. `recorded_time_us` is 0. Texts live as long as this
  // object.
  LedgerEntry Next() {
    if (Chance(20)) return NextRecord();
    const bool corrects = !live_.empty() && Chance(4);
    if (!corrects) return NextEvent();
    if (Chance(5)) return NextRelease();
    return Chance(3) ? NextVoiding() : NextAmendment();
  }

  std::vector<LedgerEntry> NextEntries(size_t count) {
    std::vector<LedgerEntry> entries;
    entries.reserve(count);
    while (entries.size() < count) entries.push_back(Next());
    return entries;
  }

  LedgerEntry NextEvent() {
    LedgerEntry entry = NewEntry(EntryType::kEvent);
    entry.event = NewContent(Pick({"MINUSMA", "MONUSCO", "UNAMID", "UN-7"}));
    live_.push_back({entry.position, entry.event.mission});
    return entry;
  }

  // REQUIRES: there is an event that is not voided.
  LedgerEntry NextAmendment() {
    LedgerEntry entry = NewEntry(EntryType::kAmendment);
    const Live& event = live_[Below(live_.size())];
    entry.target_position = event.position;
    entry.reason = Reason();
    entry.event = NewContent(event.mission);
    return entry;
  }

  // REQUIRES: as for NextAmendment().
  LedgerEntry NextVoiding() {
    LedgerEntry entry = NewEntry(EntryType::kVoiding);
    const size_t index = Below(live_.size());
    entry.target_position = live_[index].position;
    entry.reason = Reason();
    live_[index] = live_.back();
    live_.pop_back();
    return entry;
  }

  // REQUIRES: as for NextAmendment().
  LedgerEntry NextRelease() {
    LedgerEntry entry = NewEntry(EntryType::kQuarantineRelease);
    entry.target_position = live_[Below(live_.size())].position;
    entry.reason = Reason();
    return entry;
  }

  // A strength report that is rarely met, so that events are quarantined.
  LedgerEntry NextRecord() {
    LedgerEntry entry = NewEntry(EntryType::kRecord);
    v1::Record record;
    v1::StrengthReport& row = *record.mutable_strength();
    row.set_record_id(std::string(entry.id));
    row.set_mission("MINUSMA");
    row.set_series(Chance(2) ? "monthly" : "weekly");
    row.set_as_of("2023-06-30");
    row.set_category(static_cast<v1::Category>(1 + Below(8)));
    row.set_country(std::string(Pick({"SEN", "BFA", "DEU"})));
    row.set_headcount(static_cast<int32_t>(Below(1'000)));
    entry.record = Keep(EncodeRecord(record));
    return entry;
  }

  // Position of the last entry; 0: none yet.
  Position last_position() const { return static_cast<Position>(ids_.size()); }

  // The id of the entry at `position`. REQUIRES: 1 <= position <= last_position().
  absl::string_view IdAt(Position position) const { return ids_[position - 1]; }

  // `entry` as a producer would send it. REQUIRES: it came from this object.
  v1::Submission ToSubmission(const LedgerEntry& entry) const {
    v1::Entry proto;
    ToProto(entry, IdAt(IsCorrection(entry.type) ? entry.target_position : entry.position), &proto);
    v1::Submission submission;
    if (proto.has_event()) submission.mutable_event()->Swap(proto.mutable_event());
    if (proto.has_amendment()) submission.mutable_amendment()->Swap(proto.mutable_amendment());
    if (proto.has_voiding()) submission.mutable_voiding()->Swap(proto.mutable_voiding());
    if (proto.has_record()) submission.mutable_record()->Swap(proto.mutable_record());
    if (proto.has_quarantine_release()) {
      submission.mutable_quarantine_release()->Swap(proto.mutable_quarantine_release());
    }
    return submission;
  }

  // A number in [0, end). REQUIRES: end > 0.
  uint64_t Below(uint64_t end) { return random_() % end; }

  // True with probability 1/n.
  bool Chance(uint64_t n) { return Below(n) == 0; }

 private:
  struct Live {
    Position position;
    absl::string_view mission;
  };

  absl::string_view Keep(std::string text) { return *texts_.insert(std::move(text)).first; }

  absl::string_view Pick(std::initializer_list<absl::string_view> texts) {
    return texts.begin()[Below(texts.size())];
  }

  LedgerEntry NewEntry(EntryType type) {
    LedgerEntry entry;
    entry.type = type;
    std::string id = absl::StrCat("id-", random_(), "-", ids_.size());
    if (Chance(50)) id.resize(64, 'x');
    entry.id = Keep(std::move(id));
    ids_.push_back(entry.id);
    entry.position = last_position();
    return entry;
  }

  absl::string_view Reason() {
    if (Chance(50)) return Keep(std::string(1024, 'r'));
    return Pick({"counted twice", "wrong day", "recompté", "the manifest says otherwise"});
  }

  EventContent NewContent(absl::string_view mission) {
    EventContent content;
    content.mission = mission;
    content.kind = static_cast<v1::Kind>(1 + Below(5));
    content.category = static_cast<v1::Category>(1 + Below(8));
    content.qualifier = static_cast<v1::Qualifier>(Below(6));
    if (Chance(10)) content.status = v1::EVENT_STATUS_PLANNED;
    content.country = Pick({"", "SEN", "BFA", "DEU", "TCD", "YUG"});
    content.site = Pick({"", "Mopti", "Ber", "Tombouctou", "Ménaka"});
    content.unit = Pick({"", "", "SENBAT 2", "GARSI"});
    content.movement_ref = Chance(2) ? "" : Keep(absl::StrCat("UN-", Below(1000)));
    content.source = Pick({"", "https://minusma.unmissions.org/", "manifest"});
    if (content.kind == v1::KIND_RELOCATION) content.destination_site = "Gao";
    content.day = Day();
    content.headcount = Chance(20) ? 100'000 : static_cast<int32_t>(1 + Below(400));
    if (Chance(2)) content.female = static_cast<int32_t>(Below(content.headcount + 1));
    return content;
  }

  DayNumber Day() {
    if (Chance(20)) return DayNumberOf(absl::CivilDay(1948, 1, 1));
    const bool around_1970 = Chance(20);
    const auto from = around_1970 ? absl::CivilDay(1969, 12, 20) : absl::CivilDay(2023, 7, 1);
    return DayNumberOf(from) + static_cast<DayNumber>(Below(around_1970 ? 24 : 200));
  }

  std::mt19937_64 random_;
  std::set<std::string> texts_;
  std::vector<absl::string_view> ids_;  // of all entries, by position - 1
  std::vector<Live> live_;              // events that are not voided
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_RANDOM_ENTRIES_H_
