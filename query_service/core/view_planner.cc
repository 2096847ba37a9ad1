#include "query_service/core/view_planner.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace repatriation {
namespace {

// Cells that wait for memory at the same time.
constexpr size_t kLookAhead = 16;

}  // namespace

ViewPlanner::ViewPlanner(const LedgerView& view, absl::Span<const LedgerEntry> entries,
                         const LedgerTail& tail, const LedgerView::ContentAt& content_at)
    : view_(view), entries_(entries), content_at_(content_at) {
  delta_.tail = tail;
  delta_.postings.reserve(entries.size());
  keys_.reserve(entries.size());
}

absl::StatusOr<ViewDelta> ViewPlanner::Plan() && {
  for (const LedgerEntry& entry : entries_) {
    if (entry.type == EntryType::kEvent) {
      Post(entry.event, +1);
    } else {
      const absl::Status corrected = Correct(entry);
      if (!corrected.ok()) return corrected;
    }
    delta_.postings.back().set_last(true);
  }
  FindCells();
  return std::move(delta_);
}

absl::Status ViewPlanner::Correct(const LedgerEntry& entry) {
  const auto old_position = LatestContentOf(entry);
  if (!old_position.ok()) return old_position.status();
  if (*old_position >= entries_.front().position) {
    Post(EntryAt(*old_position).event, -1);
  } else {
    const auto old_content = content_at_(*old_position);
    if (!old_content.ok()) return old_content.status();
    // Its texts are not this block's, and their addresses may be another
    // text's next time.
    known_texts_.clear();
    Post(*old_content, -1);
    known_texts_.clear();
  }
  const bool voids = entry.type == EntryType::kVoiding;
  if (!voids) Post(entry.event, +1);
  delta_.corrections.push_back({entry.position, entry.target_position, voids});
  latest_[entry.target_position] = delta_.corrections.back();
  return absl::OkStatus();
}

bool ViewPlanner::IsCorrection(Position position) const {
  if (position >= entries_.front().position) return EntryAt(position).type != EntryType::kEvent;
  return view_.corrected_by_.contains(position);
}

absl::StatusOr<Position> ViewPlanner::LatestContentOf(const LedgerEntry& entry) const {
  const Position event = entry.target_position;
  if (IsCorrection(event)) {
    return absl::DataLossError(absl::StrCat("the entry at position ", entry.position,
                                            " corrects position ", event, ", which is no event"));
  }
  const Correction* latest = nullptr;
  if (const auto found = latest_.find(event); found != latest_.end()) {
    latest = &found->second;
  } else if (const auto older = view_.corrections_.find(event); older != view_.corrections_.end()) {
    latest = &older->second.back();
  }
  if (latest == nullptr) return event;
  if (latest->voids) {
    return absl::DataLossError(absl::StrCat("the entry at position ", entry.position,
                                            " corrects the event at ", event,
                                            ", which was voided at ", latest->position));
  }
  return latest->position;
}

void ViewPlanner::Post(const EventContent& content, int sign) {
  CellKey key;
  key.mission = IdOf(content.mission);
  key.country = IdOf(content.country);
  key.site = IdOf(content.site);
  key.destination_site = IdOf(content.destination_site);
  key.unit = IdOf(content.unit);
  key.day = content.day;
  key.kind = content.kind;
  key.category = content.category;
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
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (i + kLookAhead < keys_.size()) view_.cells().Prefetch(keys_[i + kLookAhead]);
    delta_.postings[i].set_cell(CellOf(keys_[i]));
  }
}

CellId ViewPlanner::CellOf(const CellKey& key) {
  if (const auto found = view_.cells().Find(key)) return *found;
  const auto next = static_cast<CellId>(view_.cells().cells().size() + delta_.cells.size());
  const auto [found, added] = new_cells_.try_emplace(key, next);
  if (added) delta_.cells.push_back(key);
  return found->second;
}

}  // namespace repatriation
