#include "tests/property/random_ledger.h"

#include <algorithm>
#include <utility>

#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

v1::Event* EventIn(v1::Submission& submission) {
  if (submission.has_event()) return submission.mutable_event();
  if (submission.has_amendment()) return submission.mutable_amendment()->mutable_event();
  return nullptr;
}

}  // namespace

RandomLedger::RandomLedger(uint64_t seed) : random_(seed) {
  // The same text in several fields: they share an id in the view's text table.
  missions_ = Subset({"MINUSMA", "MONUSCO", "UNAMID", "A", "A-1"}, 1);
  if (Chance(2)) missions_ = Subset(missions_, 1);
  countries_ = Subset({"", "SEN", "BFA", "DEU", "YUG"}, 2);
  sites_ = Subset({"", "Mopti", "Ber", "MINUSMA", "SEN", "Ménaka"}, 2);
  units_ = Subset({"", "SENBAT 2", "Mopti", "A"}, 1);
  const std::vector<std::string> starts = {"2023-07-01", "1969-12-20", "2023-12-20", "2024-02-20",
                                           "1948-01-01"};
  const std::string start = Pick(starts);
  const int64_t span = Chance(3) ? 3 : 1 + Below(90);
  for (int64_t i = 0; i < span; ++i) days_.push_back(DayOf(DateOf(start) + std::chrono::days(i)));
  for (int category = 1; category <= 8; ++category) {
    if (!Chance(3)) categories_.push_back(category);
  }
  if (categories_.empty()) categories_.push_back(v1::CATEGORY_CONTINGENT_TROOPS);
  sex_unknown_once_in_ = Pick(std::vector<int64_t>{2, 4, 100});
  with_strength_ = !Chance(3);
}

std::vector<std::string> RandomLedger::Subset(const std::vector<std::string>& words,
                                              int64_t at_least) {
  std::vector<std::string> subset = words;
  const int64_t size = at_least + Below(static_cast<int64_t>(words.size()) - at_least + 1);
  while (static_cast<int64_t>(subset.size()) > size) {
    subset.erase(subset.begin() + Below(static_cast<int64_t>(subset.size())));
  }
  return subset;
}

std::string RandomLedger::NewId() {
  // Sometimes one that may be in use, by an event or a correction.
  if (!ids_.empty() && Chance(15)) return Pick(ids_);
  ids_.push_back("id-" + std::to_string(ids_.size()));
  return ids_.back();
}

std::string RandomLedger::NextId() {
  if (ids_.empty() || Chance(20)) return "id-never-sent";
  return Pick(ids_);
}

void RandomLedger::FillContent(v1::Event& event) {
  event.set_mission(Pick(missions_));
  event.set_kind(Chance(2) ? static_cast<v1::Kind>(1 + Below(5)) : v1::KIND_REPATRIATION);
  event.set_day(Pick(days_));
  event.set_category(static_cast<v1::Category>(Pick(categories_)));
  event.set_country(Pick(countries_));
  event.set_site(Pick(sites_));
  if (event.kind() == v1::KIND_RELOCATION) {
    event.set_destination_site(event.site() == "Ber" ? "Mopti" : "Ber");
  }
  event.set_unit(Pick(units_));
  event.set_headcount(static_cast<int32_t>(Chance(30) ? 100'000 : 1 + Below(9)));
  if (!Chance(sex_unknown_once_in_)) {
    event.set_female(static_cast<int32_t>(Below(event.headcount() + 1)));
  }
  if (Chance(3)) event.set_movement_ref("flight " + std::to_string(Below(5)));
  if (Chance(3)) event.set_source("manifest");
  event.set_qualifier(static_cast<v1::Qualifier>(Below(6)));
  if (Chance(6)) event.set_status(v1::EVENT_STATUS_PLANNED);
}

const v1::Event* RandomLedger::ContentOf(const std::string& event_id) const {
  for (auto it = sent_.rbegin(); it != sent_.rend(); ++it) {
    if (it->has_event() && it->event().event_id() == event_id) return &it->event();
    if (it->has_amendment() && it->amendment().event_id() == event_id) {
      return &it->amendment().event();
    }
  }
  return nullptr;
}

// Changes one field, often one that leaves the event in its cells.
void RandomLedger::VaryContent(v1::Event& event) {
  switch (Below(7)) {
    case 0:
      event.set_headcount(event.headcount() < 100'000 ? event.headcount() + 1 : 99'999);
      if (event.female() > event.headcount()) event.set_female(event.headcount());
      break;
    case 1:
      event.clear_female();
      break;
    case 2:
      event.set_female(Chance(2) ? 0 : event.headcount());
      break;
    case 3:
      event.set_source(event.source() + "!");
      break;
    case 4:
      event.set_day(Pick(days_));
      break;
    case 5:
      event.set_country(Pick(countries_));
      break;
    default: {
      const std::string mission = event.mission();
      const std::string id = event.event_id();
      event.Clear();
      FillContent(event);
      event.set_event_id(id);
      if (!Chance(5)) event.set_mission(mission);
    }
  }
}

v1::Submission RandomLedger::NewCorrection() {
  v1::Submission submission;
  // Prefers recent ids: the event may be in the same batch.
  std::string target;
  for (int tries = 0; tries < 3 && ContentOf(target) == nullptr; ++tries) {
    target =
        Chance(2) ? NextId() : ids_[ids_.size() - 1 - Below(std::min<int64_t>(8, ids_.size()))];
  }
  std::string id = NewId();
  if (id == target) id += "-c";
  const std::string reason = Chance(2) ? "counted twice" : "wrong in the manifest";
  if (Chance(with_strength_ ? 2 : 8)) {
    v1::QuarantineRelease& release = *submission.mutable_quarantine_release();
    release.set_correction_id(id);
    release.set_event_id(target);
    release.set_reason(reason);
    return submission;
  }
  if (Chance(3)) {
    v1::Voiding& voiding = *submission.mutable_voiding();
    voiding.set_correction_id(id);
    voiding.set_event_id(target);
    voiding.set_reason(reason);
    return submission;
  }
  v1::Amendment& amendment = *submission.mutable_amendment();
  amendment.set_correction_id(id);
  amendment.set_event_id(target);
  amendment.set_reason(reason);
  if (const v1::Event* content = ContentOf(target); content != nullptr) {
    *amendment.mutable_event() = *content;
    if (!Chance(10)) VaryContent(*amendment.mutable_event());
  } else {
    FillContent(*amendment.mutable_event());
  }
  amendment.mutable_event()->set_event_id(Chance(2) ? "" : target);
  return submission;
}

v1::Submission RandomLedger::NewSubmission(const Truth& truth) {
  if (!ids_.empty() && Chance(3)) return NewCorrection();
  // Rows of a table are usually adjacent.
  if (IsInTable() ? !Chance(3) : Chance(3)) return NewRecord(truth);
  v1::Submission submission;
  v1::Event& event = *submission.mutable_event();
  event.set_event_id(NewId());
  FillContent(event);
  return submission;
}

// Resends an earlier submission, unchanged or with a change.
void RandomLedger::Repeat(v1::Submission& submission) {
  submission = Pick(sent_);
  v1::Event* event = EventIn(submission);
  if (Chance(3) && event != nullptr) {
    VaryContent(*event);
  } else if (submission.has_amendment() && Chance(2)) {
    event->set_event_id(event->event_id().empty() ? submission.amendment().event_id() : "");
  } else if (submission.has_voiding() && Chance(3)) {
    submission.mutable_voiding()->set_reason("another reason");
  } else if (submission.record().has_strength() && Chance(3)) {
    submission.mutable_record()->mutable_strength()->set_source("another source");
  } else if (submission.record().has_statement() && Chance(3)) {
    submission.mutable_record()->mutable_statement()->set_source("another source");
  }
}

void RandomLedger::Break(Draft& draft) {
  v1::Event* event = EventIn(draft.submission);
  if (draft.submission.has_record()) return BreakRecord(draft);
  if (draft.submission.has_quarantine_release()) {
    draft.submission.mutable_quarantine_release()->set_event_id("");
    draft.field = "quarantine_release.event_id";
    draft.reason = "REQUIRED";
    return;
  }
  if (event == nullptr) {
    draft.submission.mutable_voiding()->set_reason("");
    draft.field = "voiding.reason";
    draft.reason = "REQUIRED";
    return;
  }
  const auto broken = [&](const char* field, const char* reason) {
    draft.field = std::string(draft.submission.has_event() ? "event." : "amendment.event.") + field;
    draft.reason = reason;
  };
  switch (Below(4)) {
    case 0:
      event->set_headcount(0);
      return broken("headcount", "OUT_OF_RANGE");
    case 1:
      event->set_day("2023-02-29");
      return broken("day", "DAY_NOT_A_DATE");
    case 2:
      event->set_country("XXQ");
      return broken("country", "UNKNOWN_COUNTRY");
    default:
      event->set_category(v1::CATEGORY_FORCE);
      return broken("category", "NOT_A_LEAF");
  }
}

RandomLedger::Draft RandomLedger::NextDraft(const Truth& truth) {
  Draft draft;
  if (!sent_.empty() && Chance(8)) {
    Repeat(draft.submission);
  } else {
    draft.submission = NewSubmission(truth);
  }
  if (Chance(25)) {
    Break(draft);
  } else {
    sent_.push_back(draft.submission);
  }
  return draft;
}

v1::DayRange RandomLedger::NextDays() {
  v1::DayRange range;
  std::string from = Pick(days_);
  std::string to = Pick(days_);
  if (from > to) std::swap(from, to);
  if (from == to) to = "2026-01-01";
  if (!Chance(3)) range.set_from(from);
  if (!Chance(3)) range.set_to(to);
  return range;
}

v1::Filter RandomLedger::NextFilter() {
  v1::Filter filter;
  const auto some = [&](const std::vector<std::string>& words, const char* foreign, auto add) {
    if (!Chance(4)) return;
    for (int64_t i = 1 + Below(3); i > 0; --i) add(Chance(12) ? foreign : Pick(words));
  };
  some(missions_, "ONUMOZ", [&](const std::string& mission) { filter.add_missions(mission); });
  some(countries_, "FJI", [&](const std::string& country) { filter.add_countries(country); });
  some(sites_, "Nowhere", [&](const std::string& site) { filter.add_sites(site); });
  some(units_, "No unit", [&](const std::string& unit) { filter.add_units(unit); });
  if (Chance(12)) filter.add_destination_sites(Chance(3) ? "" : "Ber");
  if (Chance(2)) {
    for (int64_t i = 1 + Below(4); i > 0; --i) {
      filter.add_kinds(static_cast<v1::Kind>(1 + Below(5)));
    }
  }
  if (Chance(2)) {
    for (int64_t i = 1 + Below(3); i > 0; --i) {
      filter.add_categories(static_cast<v1::Category>(Chance(2) ? 20 + Below(5) : 1 + Below(8)));
    }
  }
  if (Chance(3)) filter.set_sex(static_cast<v1::Sex>(1 + Below(3)));
  if (Chance(3)) *filter.mutable_days() = NextDays();
  if (Chance(4)) {
    for (int64_t i = 1 + Below(3); i > 0; --i) {
      filter.add_statuses(static_cast<v1::EventStatus>(1 + Below(3)));
    }
  }
  return filter;
}

std::vector<v1::Dimension> RandomLedger::NextGroupBy() {
  std::vector<v1::Dimension> dimensions;
  for (int64_t wanted = Below(4); wanted > 0; --wanted) {
    const auto next = static_cast<v1::Dimension>(1 + Below(10));
    bool fits = true;
    for (const v1::Dimension dimension : dimensions) {
      fits = fits && dimension != next &&
             !(dimension == v1::DIMENSION_CATEGORY && next == v1::DIMENSION_CATEGORY_GROUP) &&
             !(dimension == v1::DIMENSION_CATEGORY_GROUP && next == v1::DIMENSION_CATEGORY);
    }
    if (fits) dimensions.push_back(next);
  }
  return dimensions;
}

}  // namespace repatriation
