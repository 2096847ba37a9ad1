#include "query_service/core/view/ledger_view.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/domain/category.h"
#include "common/domain/day.h"

namespace repatriation {
namespace {

// All dimensions, then those of timelines, of figures by country and by site.
// The first one numbers the cells of the view.
constexpr struct {
  CellDimensions dimensions;
  size_t postings_per_cell;
} kRollups[] = {
    {kByAll, 4},
    {kByDay, 1},  // queried most often
    {kByCountry, 4},
    {kBySite | kByDestinationSite, 4},
};

bool IsValid(const CellKey& key) {
  const bool what = key.of_events() ? v1::Kind_IsValid(key.kind) && IsLeafCategory(key.category)
                                    : key.category == v1::CATEGORY_UNSPECIFIED;
  return what && v1::Sex_IsValid(key.sex) && key.sex != v1::SEX_UNSPECIFIED &&
         v1::EventStatus_IsValid(key.status) && key.status != v1::EVENT_STATUS_UNSPECIFIED &&
         v1::Qualifier_IsValid(key.qualifier);
}

}  // namespace

LedgerView::LedgerView(size_t saved_totals_postings_min) {
  for (const auto& [dimensions, postings_per_cell] : kRollups) {
    const Rollup::Spacing spacing{postings_per_cell, saved_totals_postings_min};
    rollups_.emplace_back(dimensions, spacing, &log_, &pages_);
  }
}

absl::Status LedgerView::CheckDelta(const ViewDelta& delta) const {
  const size_t texts = texts_.size() + delta.texts.size();
  const size_t cell_count = cells().cells().size() + delta.cells.size();
  const auto bad = [&](absl::string_view what) {
    return absl::DataLossError(
        absl::StrCat("the view delta at position ", delta.tail.position, ": ", what));
  };
  bool known = false;
  absl::flat_hash_set<CellKey, CellKeyHash> added;
  added.reserve(delta.cells.size());
  cells().table().VisitAll(delta.cells, [&](size_t i, uint32_t hash) {
    known |= cells().table().Find(delta.cells[i], hash).has_value();
    known |= !added.insert(delta.cells[i]).second;
  });
  if (known) return bad("a new cell exists already");
  for (const CellKey& key : delta.cells) {
    for (const TextId text : {key.mission, key.country, key.site, key.destination_site, key.unit}) {
      if (text >= texts) return bad("a cell refers to an unknown text");
    }
    if (!IsValid(key)) return bad("a cell has an unknown enum value");
  }
  Position position = tail_.position;
  for (const Posting& posting : delta.postings) {
    if (posting.cell() >= cell_count) return bad("a posting refers to an unknown cell");
    if (!posting.IsValid()) return bad("a posting's headcount is out of range");
    position += posting.last() ? 1 : 0;
  }
  if (position != delta.tail.position || delta.postings.empty() || !delta.postings.back().last()) {
    return bad("the postings do not match the entries");
  }
  if (delta.postings.size() > PostingLog::kPostingsMax - log_.size()) {
    return absl::ResourceExhaustedError("the view has the maximum number of postings");
  }
  for (const Correction& correction : delta.corrections) {
    if (correction.position <= tail_.position || correction.position > delta.tail.position ||
        correction.target < 1 || correction.target >= correction.position ||
        (!correction.voids() && correction.content < correction.target)) {
      return bad("a correction is outside its block or corrects a later entry");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RecordBook::Record>> LedgerView::ParseRecords(
    const ViewDelta& delta) const {
  std::vector<RecordBook::Record> records;
  for (const RecordAt& stored : delta.records) {
    RecordBook::Record& record = records.emplace_back();
    record.position = stored.position;
    if (stored.position <= tail_.position || stored.position > delta.tail.position ||
        !record.content.ParseFromString(stored.bytes) || MissionOf(record.content).empty()) {
      return absl::DataLossError(absl::StrCat("the view delta at position ", delta.tail.position,
                                              ": a record is damaged"));
    }
  }
  return records;
}

absl::Status LedgerView::Apply(const ViewDelta& delta) {
  const absl::Status checked = CheckDelta(delta);
  if (!checked.ok()) return checked;
  auto records = ParseRecords(delta);
  if (!records.ok()) return records.status();
  const MutexLock gate(gate_);
  const WriterLock lock(mutex_);
  ApplyExceptRollups(delta, *std::move(records));
  for (Rollup& rollup : rollups_) rollup.Apply();
  return absl::OkStatus();
}

absl::Status LedgerView::Load(absl::Span<const ViewDelta> deltas) {
  for (const ViewDelta& delta : deltas) {
    const absl::Status checked = CheckDelta(delta);
    if (!checked.ok()) return checked;
    auto records = ParseRecords(delta);
    if (!records.ok()) return records.status();
    ApplyExceptRollups(delta, *std::move(records));
  }
  // Each thread takes the next roll-up; the first one takes as long as two others.
  std::atomic<size_t> next = 0;
  const auto apply = [&] {
    for (size_t i = next++; i < rollups_.size(); i = next++) rollups_[i].Apply();
  };
  std::thread other(apply);
  apply();
  other.join();
  return absl::OkStatus();
}

void LedgerView::ApplyExceptRollups(const ViewDelta& delta,
                                    std::vector<RecordBook::Record> records) {
  for (const std::string& text : delta.texts) {
    texts_.push_back(text);
    text_ids_.emplace(texts_.back(), static_cast<TextId>(texts_.size() - 1));
  }
  log_.Append(delta.postings, delta.tail);
  for (Rollup& rollup : rollups_) rollup.AddCells(delta.cells);
  for (const Correction& correction : delta.corrections) IndexCorrection(correction);
  AddChangesToRule(delta.postings);
  for (RecordBook::Record& record : records) {
    const v1::Record& added = records_.Add(std::move(record));
    if (added.has_strength()) AddStrengthToRule(added.strength());
  }
  tail_ = delta.tail;
}

void LedgerView::AddChangesToRule(absl::Span<const Posting> postings) {
  if (quarantine_rule_.empty()) return;
  for (const Posting& posting : postings) {
    const CellKey& key = cells().cells()[posting.cell()];
    if (quarantine_rule_.TracksMission(key.mission))
      quarantine_rule_.AddChange(key, posting.headcount());
  }
}

void LedgerView::AddStrengthToRule(const v1::StrengthReport& strength) {
  const auto day = ParseDay(strength.as_of());
  if (!QuarantineRule::AppliesTo(strength) || !day.has_value()) return;
  const auto id = [&](const std::string& text) {
    const auto found = text_ids_.find(text);
    return found == text_ids_.end() ? TextId{0} : found->second;
  };
  const QuarantineRule::Group group{id(strength.mission()), id(strength.country()),
                                    id(strength.site()), strength.category()};
  quarantine_rule_.AddStrength(group, id(strength.series()), *day, strength.headcount(), [&] {
    rollups_.front().Apply();  // what was appended so far
    std::vector<CellTotal> storage;
    const auto totals = cells().TotalsAfter(log_.size(), storage);
    for (size_t i = 0; i < totals.size(); ++i) {
      const CellKey& key = cells().cells()[i];
      if (key.mission == group.mission && key.of_events()) {
        quarantine_rule_.AddChange(key, totals[i].headcount);
      }
    }
  });
}

void LedgerView::IndexCorrection(const Correction& correction) {
  corrected_by_.emplace(correction.position, correction.target);
  corrections_[correction.target].push_back(correction);
  corrected_.resize(std::max(corrected_.size(), static_cast<size_t>(correction.position / 64 + 1)));
  for (const Position position : {correction.position, correction.target}) {
    corrected_[position / 64] |= uint64_t{1} << (position % 64);
  }
}

const Rollup& LedgerView::Reader::RollupBy(CellDimensions dimensions) const {
  const Rollup* smallest = &view_.rollups_.front();
  for (const Rollup& rollup : view_.rollups_) {
    const bool answers = (rollup.dimensions() & dimensions) == dimensions;
    if (answers && rollup.cells().size() <= smallest->cells().size()) smallest = &rollup;
  }
  return *smallest;
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

Correction LedgerView::Reader::LastCorrectionOf(Position event, Position known_at) const {
  const std::vector<Correction> corrections = CorrectionsOf(event, known_at);
  return corrections.empty() ? Correction{event, event, event} : corrections.back();
}

}  // namespace repatriation
