#include "query_service/core/ledger_view.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/domain/category.h"

namespace repatriation {

// Plans one block: the view as it is, and the delta so far on top of it.
class ViewPlanner {
 public:
  ViewPlanner(const LedgerView& view, absl::Span<const LedgerEntry> entries, const LedgerTail& tail,
              const LedgerView::ContentAt& content_at)
      : view_(view), entries_(entries), content_at_(content_at) {
    delta_.tail = tail;
  }

  absl::StatusOr<ViewDelta> Plan() && {
    for (const LedgerEntry& entry : entries_) {
      if (entry.type == EntryType::kEvent) {
        Post(entry.position, entry.event, +1);
        continue;
      }
      const absl::Status corrected = Correct(entry);
      if (!corrected.ok()) return corrected;
    }
    return std::move(delta_);
  }

 private:
  // Minus the old, plus the new.
  absl::Status Correct(const LedgerEntry& entry) {
    const auto old_position = LatestContentOf(entry);
    if (!old_position.ok()) return old_position.status();
    const auto old_content = ContentAt(*old_position);
    if (!old_content.ok()) return old_content.status();
    Post(entry.position, *old_content, -1);
    const bool voids = entry.type == EntryType::kVoiding;
    if (!voids) Post(entry.position, entry.event, +1);
    delta_.corrections.push_back({entry.position, entry.target_position, voids});
    latest_[entry.target_position] = delta_.corrections.back();
    return absl::OkStatus();
  }

  absl::StatusOr<Position> LatestContentOf(const LedgerEntry& entry) const {
    const Position event = entry.target_position;
    const auto is_correction = [&](Position position) {
      if (position >= entries_.front().position) {
        return entries_[position - entries_.front().position].type != EntryType::kEvent;
      }
      return view_.corrected_by_.contains(position);
    };
    if (is_correction(event)) {
      return absl::DataLossError(absl::StrCat("the entry at position ", entry.position,
                                              " corrects position ", event, ", which is no event"));
    }
    const Correction* latest = nullptr;
    if (const auto found = latest_.find(event); found != latest_.end()) {
      latest = &found->second;
    } else if (const auto older = view_.corrections_.find(event);
               older != view_.corrections_.end()) {
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

  absl::StatusOr<EventContent> ContentAt(Position position) const {
    if (position >= entries_.front().position) {
      return entries_[position - entries_.front().position].event;
    }
    return content_at_(position);
  }

  // Posts `content` to its cells, once for each sex that is known to be present.
  void Post(Position position, const EventContent& content, int8_t sign) {
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
      delta_.postings.push_back(
          {CellOf(key), position, sign * headcount, sign, static_cast<int8_t>(whole ? sign : 0)});
    };
    if (content.female == kFemaleUnknown) return post(v1::SEX_UNKNOWN, content.headcount, true);
    const int32_t male = content.headcount - content.female;
    if (content.female > 0) post(v1::SEX_FEMALE, content.female, true);
    if (male > 0) post(v1::SEX_MALE, male, content.female == 0);
  }

  TextId IdOf(absl::string_view text) {
    if (const auto found = view_.text_ids_.find(text); found != view_.text_ids_.end()) {
      return found->second;
    }
    const auto next = static_cast<TextId>(view_.texts_.size() + delta_.texts.size());
    const auto [found, added] = new_texts_.try_emplace(std::string(text), next);
    if (added) delta_.texts.emplace_back(text);
    return found->second;
  }

  CellId CellOf(const CellKey& key) {
    if (const auto found = view_.cell_ids_.find(key); found != view_.cell_ids_.end()) {
      return found->second;
    }
    const auto next = static_cast<CellId>(view_.cells_.size() + delta_.cells.size());
    const auto [found, added] = new_cells_.try_emplace(key, next);
    if (added) delta_.cells.push_back(key);
    return found->second;
  }

  const LedgerView& view_;
  const absl::Span<const LedgerEntry> entries_;
  const LedgerView::ContentAt& content_at_;
  ViewDelta delta_;
  absl::flat_hash_map<std::string, TextId> new_texts_;
  absl::flat_hash_map<CellKey, CellId> new_cells_;
  absl::flat_hash_map<Position, Correction> latest_;  // by event, of this block
};

absl::StatusOr<ViewDelta> LedgerView::Plan(absl::Span<const LedgerEntry> entries,
                                           const LedgerTail& tail,
                                           const ContentAt& content_at) const {
  // No lock: only this thread changes what is read here.
  return ViewPlanner(*this, entries, tail, content_at).Plan();
}

absl::Status LedgerView::CheckDelta(const ViewDelta& delta) const {
  const size_t texts = texts_.size() + delta.texts.size();
  const size_t cells = cells_.size() + delta.cells.size();
  const auto bad = [&](absl::string_view what) {
    return absl::DataLossError(
        absl::StrCat("the view's change at position ", delta.tail.position, ": ", what));
  };
  for (const CellKey& key : delta.cells) {
    for (const TextId text : {key.mission, key.country, key.site, key.destination_site, key.unit}) {
      if (text >= texts) return bad("a cell names a text that is not there");
    }
    if (!v1::Kind_IsValid(key.kind) || key.kind == v1::KIND_UNSPECIFIED ||
        !IsLeafCategory(key.category) || !v1::Sex_IsValid(key.sex) ||
        key.sex == v1::SEX_UNSPECIFIED) {
      return bad("a cell has a kind, category or sex that is none");
    }
  }
  for (const Posting& posting : delta.postings) {
    if (posting.cell >= cells) return bad("a posting names a cell that is not there");
    if (posting.position <= tail_.position || posting.position > delta.tail.position) {
      return bad("a posting lies outside its block");
    }
  }
  for (const Correction& correction : delta.corrections) {
    if (correction.position <= tail_.position || correction.position > delta.tail.position ||
        correction.target < 1 || correction.target >= correction.position) {
      return bad("a correction lies outside its block or corrects a later entry");
    }
  }
  return absl::OkStatus();
}

absl::Status LedgerView::Apply(const ViewDelta& delta) {
  const absl::Status checked = CheckDelta(delta);
  if (!checked.ok()) return checked;
  const std::lock_guard gate(gate_);
  const std::lock_guard lock(mutex_);
  for (const std::string& text : delta.texts) {
    texts_.push_back(text);
    text_ids_.emplace(texts_.back(), static_cast<TextId>(texts_.size() - 1));
  }
  for (const CellKey& key : delta.cells) {
    cell_ids_.emplace(key, static_cast<CellId>(cells_.size()));
    cells_.push_back({key, {}});
  }
  for (const Posting& posting : delta.postings) {
    std::vector<Step>& steps = cells_[posting.cell].steps;
    Step step = steps.empty() ? Step{0, 0, 0, 0} : steps.back();
    step.position = posting.position;
    step.headcount += posting.headcount;
    step.events += posting.events;
    step.whole_events += posting.whole_events;
    steps.push_back(step);
  }
  for (const Correction& correction : delta.corrections) {
    corrected_by_.emplace(correction.position, correction.target);
    corrections_[correction.target].push_back(correction);
  }
  block_times_.push_back({delta.tail.recorded_time_us, delta.tail.position});
  tail_ = delta.tail;
  return absl::OkStatus();
}

CellTotal LedgerView::Cell::TotalAt(Position known_at) const {
  if (steps.empty()) return {};
  const Step* step = &steps.back();
  if (step->position > known_at) {
    const auto after = StepAfter(known_at);
    if (after == steps.begin()) return {};
    step = &*(after - 1);
  }
  return {step->headcount, step->events, step->whole_events};
}

std::vector<LedgerView::Step>::const_iterator LedgerView::Cell::StepAfter(Position position) const {
  return std::upper_bound(steps.begin(), steps.end(), position,
                          [](Position wanted, const Step& step) { return wanted < step.position; });
}

Position LedgerView::Reader::PositionAtTime(int64_t recorded_time_us) const {
  const auto& times = view_.block_times_;
  const auto after = std::upper_bound(
      times.begin(), times.end(), recorded_time_us,
      [](int64_t time_us, const BlockTime& block) { return time_us < block.recorded_time_us; });
  return after == times.begin() ? 0 : (after - 1)->last_position;
}

int64_t LedgerView::Reader::TimeOfPosition(Position position) const {
  const auto& times = view_.block_times_;
  return std::lower_bound(
             times.begin(), times.end(), position,
             [](const BlockTime& block, Position wanted) { return block.last_position < wanted; })
      ->recorded_time_us;
}

absl::optional<TextId> LedgerView::Reader::FindText(absl::string_view text) const {
  const auto found = view_.text_ids_.find(text);
  if (found == view_.text_ids_.end()) return absl::nullopt;
  return found->second;
}

Position LedgerView::Reader::EventOf(Position position) const {
  const auto found = view_.corrected_by_.find(position);
  return found == view_.corrected_by_.end() ? position : found->second;
}

std::vector<Correction> LedgerView::Reader::CorrectionsOf(Position event, Position known_at) const {
  std::vector<Correction> corrections;
  const auto found = view_.corrections_.find(event);
  if (found == view_.corrections_.end()) return corrections;
  for (const Correction& correction : found->second) {
    if (correction.position <= known_at) corrections.push_back(correction);
  }
  return corrections;
}

absl::optional<Position> LedgerView::Reader::ContentOf(Position event, Position known_at) const {
  const std::vector<Correction> corrections = CorrectionsOf(event, known_at);
  if (corrections.empty()) return event;
  if (corrections.back().voids) return absl::nullopt;
  return corrections.back().position;
}

}  // namespace repatriation
