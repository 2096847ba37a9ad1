#include "query_service/core/figures/row_plan.h"

#include <algorithm>
#include <numeric>

#include "common/domain/bucket.h"
#include "query_service/core/figures/row_writer.h"
#include "query_service/core/selection/event_list_token.h"

namespace repatriation {
namespace {

CellDimensions DimensionsOf(const FigureQuestion& question, const LedgerView::Reader& reader) {
  CellDimensions dimensions =
      CellFilter(question.filter, reader).dimensions() | question.grouping.dimensions();
  if (question.bucket != v1::BUCKET_UNSPECIFIED) dimensions |= kByDay;
  return dimensions;
}

// Uses protobuf's own serialisation, so that the bytes are identical to it.
std::string EncodePrefix(const FigureQuestion& question, DayNumber bucket,
                         const GroupValues& values, const LedgerView::Reader& reader) {
  if (question.bucket == v1::BUCKET_UNSPECIFIED) {
    v1::AggregateRow row;
    question.grouping.ToProto(values, reader, row.mutable_group());
    return row.SerializeAsString();
  }
  v1::TimelineRow row;
  row.set_bucket_start(FormatDay(bucket));
  question.grouping.ToProto(values, reader, row.mutable_group());
  return row.SerializeAsString();
}

}  // namespace

std::shared_ptr<const RowPlan> RowPlan::Make(const FigureQuestion& question,
                                             const LedgerView::Reader& reader,
                                             std::shared_ptr<const RowPlan> older) {
  if (older == nullptr || older->rollup_ != &reader.RollupBy(older->dimensions_)) {
    older = std::shared_ptr<const RowPlan>(new RowPlan(question, reader));
  }
  if (older->row_of_.size() == older->rollup_->cells().size()) return older;
  const auto plan = std::shared_ptr<RowPlan>(new RowPlan(*older));
  plan->AddNewCells(question, reader);
  return plan;
}

RowPlan::RowPlan(const FigureQuestion& question, const LedgerView::Reader& reader)
    : dimensions_(DimensionsOf(question, reader)),
      rollup_(&reader.RollupBy(dimensions_)),
      by_sex_(question.filter.by_sex() || question.grouping.by_sex()),
      events_fingerprint_(EventsFingerprint(question.filter.proto)),
      rows_(1) {}

void RowPlan::AddNewCells(const FigureQuestion& question, const LedgerView::Reader& reader) {
  // Rebuilt: a text that the filter names may have been added since.
  const CellFilter matches(question.filter, reader);
  const absl::Span<const CellKey> cells = rollup_->cells();
  const size_t old_rows = rows_.size();
  row_of_.reserve(cells.size());
  for (size_t i = row_of_.size(); i < cells.size(); ++i) {
    row_of_.push_back(matches(cells[i]) ? RowOf(cells[i], question, reader) : kNoRow);
    if (row_of_[i] != kNoRow) terms_.push_back({static_cast<uint32_t>(i), row_of_[i]});
  }
  if (rows_.size() > old_rows) MakeLines(question.grouping, reader);
}

void RowPlan::MakeLines(const Grouping& grouping, const LedgerView::Reader& reader) {
  std::vector<uint32_t> order(rows_.size() - 1);
  std::iota(order.begin(), order.end(), kNoRow + 1);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (rows_[a].bucket != rows_[b].bucket) return rows_[a].bucket < rows_[b].bucket;
    return grouping.Less(rows_[a].values, rows_[b].values, reader);
  });
  lines_.clear();
  prefixes_.clear();
  for (const uint32_t row : order) {
    const std::string& prefix = rows_[row].prefix;
    lines_.push_back({row, rows_[row].group, static_cast<uint32_t>(prefixes_.size()),
                      static_cast<uint32_t>(prefix.size())});
    prefixes_ += prefix;
  }
  prefixes_.append(RowWriter::kPrefixPaddingBytes, '\0');
}

uint32_t RowPlan::RowOf(const CellKey& key, const FigureQuestion& question,
                        const LedgerView::Reader& reader) {
  const bool timeline = question.bucket != v1::BUCKET_UNSPECIFIED;
  const DayNumber bucket = timeline ? BucketStart(key.day, question.bucket) : 0;
  GroupValues values = question.grouping.ValuesOf(key);
  const uint32_t group =
      groups_.try_emplace(values, static_cast<uint32_t>(groups_.size())).first->second;
  const auto [row, added] = ids_.try_emplace({bucket, group}, static_cast<uint32_t>(rows_.size()));
  if (added) {
    std::string prefix = EncodePrefix(question, bucket, values, reader);
    rows_.push_back({bucket, group, std::move(values), std::move(prefix)});
  }
  return row->second;
}

size_t RowPlan::size_bytes() const {
  constexpr size_t kRowBytes = sizeof(Row) + 150;  // with its line, prefix and place in the maps
  return sizeof(*this) + row_of_.size() * sizeof(uint32_t) + terms_.size() * sizeof(Term) +
         rows_.size() * kRowBytes;
}

std::vector<CellTotal> RowPlan::SumAfter(size_t postings) const {
  const Rollup::ReplayPlan replay = rollup_->PlanReplay(postings);
  std::vector<CellTotal> sums(rows_.size());
  replay.totals.Visit([&](const auto& totals) {
    for (const Term& term : terms_) {
      if (term.cell >= totals.size()) break;
      sums[term.row].Add(CellTotal(totals[term.cell]));
    }
  });
  // Directly into the rows, without computing the totals of all cells.
  rollup_->Replay(replay, [&](uint32_t cell) -> CellTotal& { return sums[row_of_[cell]]; });
  return sums;
}

std::vector<CellTotal> RowPlan::ChangeBetween(size_t begin, size_t end) const {
  std::vector<CellTotal> changes(rows_.size());
  const Rollup::ReplayPlan between = {.totals = {}, .begin = begin, .end = end, .subtract = false};
  rollup_->Replay(between, [&](uint32_t cell) -> CellTotal& { return changes[row_of_[cell]]; });
  return changes;
}

std::shared_ptr<const RowPlan> RowPlanCache::PlanOf(const FigureQuestion& question,
                                                    const LedgerView::Reader& reader) {
  const std::shared_ptr<const RowPlan> known = Find(question.key);
  std::shared_ptr<const RowPlan> plan = RowPlan::Make(question, reader, known);
  if (plan != known) Insert(question.key, plan);
  return plan;
}

std::shared_ptr<const RowPlan> RowPlanCache::Find(const std::string& key) {
  const MutexLock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  known_.splice(known_.begin(), known_, found->second);
  return found->second->plan;
}

void RowPlanCache::Insert(const std::string& key, std::shared_ptr<const RowPlan> plan) {
  const MutexLock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) EvictLocked(found->second);
  bytes_ += plan->size_bytes();
  known_.push_front({key, std::move(plan)});
  by_key_.emplace(key, known_.begin());
  while (bytes_ > bytes_max_) EvictLocked(std::prev(known_.end()));
}

void RowPlanCache::EvictLocked(std::list<Known>::iterator known) {
  bytes_ -= known->plan->size_bytes();
  by_key_.erase(known->key);
  known_.erase(known);
}

}  // namespace repatriation
