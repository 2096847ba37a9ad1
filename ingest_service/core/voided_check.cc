#include "ingest_service/core/voided_check.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/storage/block_table.h"

namespace repatriation {

void VoidedCheck::Add(absl::Span<const LedgerEntry> entries) {
  for (const LedgerEntry& entry : entries) {
    if (entry.type == EntryType::kVoiding) {
      voided_.emplace_back(entry.target_position, entry.position);
    }
    last_ = entry.position;
  }
}

void VoidedCheck::RecordMissingBefore(Position event) {
  for (; compared_ < voided_.size() && voided_[compared_].first < event; ++compared_) {
    const auto& [target, voiding] = voided_[compared_];
    if (voiding > through_) continue;
    flaws_.Record(voiding,
                  absl::StrCat("the voiding index lacks this voiding of position ", target));
  }
}

void VoidedCheck::Compare(absl::string_view key, absl::string_view value) {
  if (key.size() != 8 || value.size() != 8) {
    flaws_.Record(1, "the voiding index contains an invalid position");
    return;
  }
  const Position event = PositionOfKey(key);
  const Position voiding = PositionOfKey(value);
  RecordMissingBefore(event);
  const bool known = compared_ < voided_.size() && voided_[compared_].first == event;
  if (known && voided_[compared_].second == voiding) {
    ++compared_;
    return;
  }
  flaws_.Record(event, absl::StrCat("the voiding index says that it was voided at position ",
                                    voiding, ", the ledger says ",
                                    known ? absl::StrCat("at ", voided_[compared_].second)
                                          : std::string("that it was not")));
  if (known) ++compared_;
}

absl::Status VoidedCheck::Finish() {
  std::sort(voided_.begin(), voided_.end());
  const auto through = EntryIndex::ReadVoidedThrough(*store_, tables_.meta);
  if (absl::IsDataLoss(through.status())) {
    flaws_.Record(1, std::string(through.status().message()));
    return absl::OkStatus();
  }
  if (!through.ok()) return through.status();
  through_ = *through;
  if (through_ > last_) {
    flaws_.Record(last_ + 1, absl::StrCat("the voiding index reaches position ", through_,
                                          ", but the ledger ends at ", last_));
  }
  const auto cursor = store_->NewCursor(tables_.voided);
  for (cursor->SeekToFirst(); cursor->valid(); cursor->Next()) {
    Compare(cursor->key(), cursor->value());
  }
  const absl::Status ended = cursor->status();
  if (absl::IsDataLoss(ended)) {
    flaws_.Record(1, std::string(ended.message()));
    return absl::OkStatus();
  }
  if (ended.ok()) RecordMissingBefore(std::numeric_limits<Position>::max());
  return ended;
}

}  // namespace repatriation
