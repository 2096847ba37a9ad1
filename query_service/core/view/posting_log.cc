#include "query_service/core/view/posting_log.h"

#include <algorithm>

namespace repatriation {

void PostingLog::Append(absl::Span<const Posting> postings, const LedgerTail& tail) {
  postings_.Append(postings);
  blocks_.push_back({tail.position, size(), tail.recorded_time_us});
  block_hashes_.push_back(tail.hash);
}

std::vector<PostingLog::BlockEnd>::const_iterator PostingLog::BlockOf(Position position) const {
  return std::lower_bound(
      blocks_.begin(), blocks_.end(), position,
      [](const BlockEnd& block, Position wanted) { return block.last_position < wanted; });
}

size_t PostingLog::CountThrough(Position position) const {
  if (position == 0) return 0;
  const auto block = BlockOf(position);
  if (block->last_position == position) return block->postings;
  const bool first = block == blocks_.begin();
  const Position before = first ? 0 : (block - 1)->last_position;
  size_t count = first ? 0 : (block - 1)->postings;
  const Position entries = block->last_position - before;
  // Usually every entry has one posting.
  if (block->postings - count == static_cast<size_t>(entries)) return count + (position - before);
  for (Position entry = before; entry < position; ++count) {
    if ((*this)[count].last()) ++entry;
  }
  return count;
}

Position PostingLog::PositionAtTime(int64_t recorded_time_us) const {
  const auto after = std::upper_bound(
      blocks_.begin(), blocks_.end(), recorded_time_us,
      [](int64_t time_us, const BlockEnd& block) { return time_us < block.recorded_time_us; });
  return after == blocks_.begin() ? 0 : (after - 1)->last_position;
}

int64_t PostingLog::TimeOfPosition(Position position) const {
  return BlockOf(position)->recorded_time_us;
}

LedgerTail PostingLog::BlockEndOf(Position position) const {
  const auto block = BlockOf(position);
  LedgerTail end;
  end.position = block->last_position;
  end.hash = block_hashes_[static_cast<size_t>(block - blocks_.begin())];
  end.recorded_time_us = block->recorded_time_us;
  return end;
}

}  // namespace repatriation
