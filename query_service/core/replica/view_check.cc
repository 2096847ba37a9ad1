#include "query_service/core/replica/view_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/storage/data_directory.h"
#include "query_service/core/view/view_planner.h"

namespace repatriation {
namespace {

constexpr size_t kCheckedBlocksCached = 64;

// The first entry whose postings differ; the block's last one if the difference is
// elsewhere.
Position FirstDifference(Position first, const ViewDelta& stored, const ViewDelta& planned) {
  Position position = first;
  for (size_t i = 0; i < planned.postings.size(); ++i) {
    if (i >= stored.postings.size() || stored.postings[i] != planned.postings[i]) return position;
    if (planned.postings[i].last()) ++position;
  }
  return planned.tail.position;
}

}  // namespace

ViewCheck::ViewCheck(const Store* store)
    : blocks_(store, ReplicaTables::kBlocks),
      cache_([this](Position position) { return blocks_.ReadBlockOf(position); },
             kCheckedBlocksCached),
      stored_(store->NewCursor(ReplicaTables::kViewDeltas)) {
  stored_->SeekToFirst();
}

absl::Status ViewCheck::Add(const Block& block, absl::Span<const LedgerEntry> entries) {
  if (flaw_.has_value()) return absl::OkStatus();
  const auto planned = PlanBlock(view_, block, entries, cache_);
  if (absl::IsDataLoss(planned.status())) {
    ReportFlaw(block.first_position(), std::string(planned.status().message()));
    return absl::OkStatus();
  }
  if (!planned.ok()) return planned.status();
  if (!stored_->valid()) {
    ReportFlaw(block.first_position(), absl::StrCat("the stored view ends at position ", last_));
    return CheckEnd(block.first_position());
  }
  Compare(block, *planned);
  if (flaw_.has_value()) return absl::OkStatus();
  stored_->Next();
  last_ = block.last_position();
  return view_.Apply(*planned);
}

void ViewCheck::Compare(const Block& block, const ViewDelta& planned) {
  const Position first = block.first_position();
  if (stored_->key() != PositionKey(block.last_position())) {
    return ReportFlaw(first, absl::StrCat("the view delta of the block that ends at position ",
                                          block.last_position(), " is missing"));
  }
  if (stored_->value() == EncodeViewDelta(planned)) return;
  const auto stored = DecodeViewDelta(block.last_position(), stored_->value());
  if (!stored.ok()) return ReportFlaw(first, std::string(stored.status().message()));
  ReportFlaw(FirstDifference(first, *stored, planned),
             "the stored view delta does not match the block");
}

absl::Status ViewCheck::CheckEnd(Position position) {
  const absl::Status status = stored_->status();
  if (!absl::IsDataLoss(status)) return status;
  ReportFlaw(position, std::string(status.message()));
  return absl::OkStatus();
}

absl::Status ViewCheck::Finish() {
  if (flaw_.has_value()) return absl::OkStatus();
  if (!stored_->valid()) return CheckEnd(last_ + 1);
  ReportFlaw(last_ + 1,
             absl::StrCat("the stored view continues, but the blocks end at position ", last_));
  return absl::OkStatus();
}

}  // namespace repatriation
