#include "query_service/core/view/view_planner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/memory/prefetch.h"

namespace repatriation {
namespace {

// Whether `amended` takes no more people from anywhere than `old`. Such an amendment
// of an event that counts never puts it into quarantine.
bool MovesNoMorePeople(const EventContent& amended, const EventContent& old) {
  return amended.mission == old.mission && amended.country == old.country &&
         amended.site == old.site && amended.destination_site == old.destination_site &&
         amended.kind == old.kind && amended.category == old.category && amended.day == old.day &&
         amended.headcount <= old.headcount;
}

}  // namespace

ViewPlanner::ViewPlanner(const LedgerView& view, absl::Span<const LedgerEntry> entries,
                         const LedgerTail& tail, const ContentAt& content_at)
    : view_(view), entries_(entries), content_at_(content_at) {
  delta_.tail = tail;
  delta_.postings.reserve(entries.size());
  keys_.reserve(entries.size());
}

absl::StatusOr<ViewDelta> ViewPlanner::Plan() && {
  for (const LedgerEntry& entry : entries_) {
    const absl::Status planned = PlanEntry(entry);
    if (!planned.ok()) return planned;
    delta_.postings.back().set_last(true);
  }
  FindCells();
  return std::move(delta_);
}

absl::Status ViewPlanner::PlanEntry(const LedgerEntry& entry) {
  if (entry.type == EntryType::kRecord) return PlanRecord(entry);
  if (entry.type != EntryType::kEvent) return PlanCorrection(entry);
  PostNew(entry.position, entry.event, /*exempt=*/false);
  return absl::OkStatus();
}

absl::Status ViewPlanner::PlanRecord(const LedgerEntry& entry) {
  v1::Record record;
  if (!record.ParseFromArray(entry.record.data(), static_cast<int>(entry.record.size()))) {
    return absl::DataLossError(
        absl::StrCat("the record at position ", entry.position, " is damaged"));
  }
  // The record's texts do not outlive this function.
  known_texts_.clear();
  CellKey key;
  key.mission = IdOf(MissionOf(record));
  key.sex = v1::SEX_UNKNOWN;
  keys_.push_back(key);
  delta_.postings.emplace_back(/*cell=*/0, /*headcount=*/1, /*whole=*/true, /*last=*/false);
  if (record.has_strength()) {
    for (const auto* text :
         {&record.strength().country(), &record.strength().site(), &record.strength().series()}) {
      IdOf(*text);
    }
  }
  known_texts_.clear();
  delta_.records.push_back({entry.position, std::string(entry.record)});
  return absl::OkStatus();
}

absl::Status ViewPlanner::PlanCorrection(const LedgerEntry& entry) {
  const auto current = PostedContentOf(entry);
  if (!current.ok()) return current.status();
  const bool releases = entry.type == EntryType::kQuarantineRelease;
  const auto replace = [&](const EventContent& old_content) {
    const v1::EventStatus status = StatusPostedAt(current->posted, old_content);
    Post(old_content, status, -1);
    if (releases) PostNew(entry.position, old_content, /*exempt=*/true);
    if (entry.type == EntryType::kAmendment) {
      const bool counted = status == v1::EVENT_STATUS_ACTUAL;
      PostNew(entry.position, entry.event, counted && MovesNoMorePeople(entry.event, old_content));
    }
  };
  if (current->content >= entries_.front().position) {
    replace(EntryAt(current->content).event);
  } else {
    const auto old_content = content_at_(current->content);
    if (!old_content.ok()) return old_content.status();
    // Its texts are in another block, and their addresses may be reused.
    known_texts_.clear();
    replace(*old_content);
    known_texts_.clear();
  }
  Correction correction{entry.position, entry.target_position, 0};
  if (entry.type == EntryType::kAmendment) {
    correction.content = entry.position;
  } else if (releases) {
    correction.content = current->content;
  }
  delta_.corrections.push_back(correction);
  latest_[entry.target_position] = correction;
  return absl::OkStatus();
}

bool ViewPlanner::IsEvent(Position position) const {
  if (position >= entries_.front().position) return EntryAt(position).type == EntryType::kEvent;
  return !view_.corrected_by_.contains(position) && view_.CellOf(position).of_events();
}

absl::StatusOr<ViewPlanner::PostedContent> ViewPlanner::PostedContentOf(
    const LedgerEntry& entry) const {
  const Position event = entry.target_position;
  if (!IsEvent(event)) {
    return absl::DataLossError(absl::StrCat("the entry at position ", entry.position,
                                            " corrects position ", event,
                                            ", which is not an event"));
  }
  const Correction* latest = nullptr;
  if (const auto found = latest_.find(event); found != latest_.end()) {
    latest = &found->second;
  } else if (const auto older = view_.corrections_.find(event); older != view_.corrections_.end()) {
    latest = &older->second.back();
  }
  if (latest == nullptr) return PostedContent{event, event};
  if (latest->voids()) {
    return absl::DataLossError(absl::StrCat("the entry at position ", entry.position,
                                            " corrects the event at ", event,
                                            ", which was voided at ", latest->position));
  }
  return PostedContent{latest->content, latest->position};
}

v1::EventStatus ViewPlanner::StatusPostedAt(Position posted, const EventContent& content) const {
  if (posted < entries_.front().position) return view_.CellOf(posted).status;
  return quarantined_.contains(posted) ? v1::EVENT_STATUS_QUARANTINED : content.status;
}

void ViewPlanner::PostNew(Position position, const EventContent& content, bool exempt) {
  const bool quarantine =
      !view_.quarantine_rule_.empty() && !exempt &&
      view_.quarantine_rule_.Exceeds(KeyOf(content, content.status), content.headcount, changes_);
  if (quarantine) quarantined_.insert(position);
  Post(content, quarantine ? v1::EVENT_STATUS_QUARANTINED : content.status, +1);
}

CellKey ViewPlanner::KeyOf(const EventContent& content, v1::EventStatus status) {
  CellKey key;
  key.mission = IdOf(content.mission);
  key.country = IdOf(content.country);
  key.site = IdOf(content.site);
  key.destination_site = IdOf(content.destination_site);
  key.unit = IdOf(content.unit);
  key.day = content.day;
  key.kind = content.kind;
  key.category = content.category;
  key.status = status;
  key.qualifier = content.qualifier;
  return key;
}

void ViewPlanner::Post(const EventContent& content, v1::EventStatus status, int sign) {
  CellKey key = KeyOf(content, status);
  if (!view_.quarantine_rule_.empty() && view_.quarantine_rule_.TracksMission(key.mission)) {
    QuarantineRule::AddChange(key, sign * content.headcount, changes_);
  }
  const auto post = [&](v1::Sex sex, int32_t headcount, bool whole) {
    key.sex = sex;
    keys_.push_back(key);
    delta_.postings.emplace_back(/*cell=*/0, sign * headcount, whole, /*last=*/false);
  };
  if (content.female == kFemaleUnknown) return post(v1::SEX_UNKNOWN, content.headcount, true);
  const int32_t male = content.headcount - content.female;
  if (content.female > 0) post(v1::SEX_FEMALE, content.female, true);
  if (male > 0) post(v1::SEX_MALE, male, content.female == 0);
}

TextId ViewPlanner::IdOf(absl::string_view text) {
  if (text.empty()) return 0;
  const auto [known, first] = known_texts_.try_emplace(text.data(), 0);
  if (!first) return known->second;
  if (const auto found = view_.text_ids_.find(text); found != view_.text_ids_.end()) {
    return known->second = found->second;
  }
  const auto next = static_cast<TextId>(view_.texts_.size() + delta_.texts.size());
  const auto [found, added] = new_texts_.try_emplace(std::string(text), next);
  if (added) delta_.texts.emplace_back(text);
  return known->second = found->second;
}

void ViewPlanner::FindCells() {
  view_.cells().table().VisitAll(keys_, [this](size_t i, uint32_t hash) {
    delta_.postings[i].set_cell(CellOf(keys_[i], hash));
  });
}

CellId ViewPlanner::CellOf(const CellKey& key, uint32_t hash) {
  if (const auto found = view_.cells().table().Find(key, hash)) return *found;
  if (new_cells_.empty()) new_cells_.reserve(keys_.size());
  const auto next = static_cast<CellId>(view_.cells().cells().size() + delta_.cells.size());
  const auto [found, added] = new_cells_.try_emplace(key, next);
  if (added) delta_.cells.push_back(key);
  return found->second;
}

absl::StatusOr<ViewDelta> PlanBlock(const LedgerView& view, const Block& block,
                                    absl::Span<const LedgerEntry> entries, BlockCache& cache) {
  std::shared_ptr<const DecodedBlock> source;  // owns the bytes of the returned content
  const ViewPlanner::ContentAt content_at = [&](Position position) -> absl::StatusOr<EventContent> {
    auto found = cache.BlockOf(position);
    if (!found.ok()) return found.status();
    source = *std::move(found);
    return source->At(position).event;
  };
  return ViewPlanner(view, entries, block.tail(), content_at).Plan();
}

}  // namespace repatriation
