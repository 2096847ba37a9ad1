#include "ingest_service/core/decider.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/memory/prefetch.h"
#include "common/base/text.h"

namespace repatriation {
namespace {

// Prefix of the field paths of a submission.
std::string PrefixOf(const LedgerEntry& entry) {
  switch (entry.type) {
    case EntryType::kEvent:
      return "event.";
    case EntryType::kAmendment:
      return "amendment.";
    case EntryType::kVoiding:
      return "voiding.";
    case EntryType::kQuarantineRelease:
      return "quarantine_release.";
    case EntryType::kRecord: {
      v1::Record record;
      record.ParseFromArray(entry.record.data(), static_cast<int>(entry.record.size()));
      return PathOf(record);
    }
  }
  return "";
}

absl::string_view IdFieldOf(EntryType type) {
  if (type == EntryType::kEvent) return "event_id";
  return type == EntryType::kRecord ? "record_id" : "correction_id";
}

template <typename... Parts>
Violation MakeViolation(const LedgerEntry& entry, absl::string_view field, absl::string_view reason,
                        const Parts&... parts) {
  return {absl::StrCat(PrefixOf(entry), field), std::string(reason), absl::StrCat(parts...)};
}

}  // namespace

Decider::Decider(const LedgerLog* log, EntryIndex* index)
    : index_(index), open_after_(log->tail().position) {}

void Decider::Close() {
  assert(closed_.empty());
  open_after_ += open_.size();
  std::swap(open_, closed_);
}

void Decider::TakeClosed(NewEntries& entries) {
  assert(entries.empty());
  std::swap(closed_, entries);
}

void Decider::DiscardOpenGroup() { open_.Clear(); }

absl::Status Decider::Decide(CheckedBatch& batch) {
  const auto prefetch = [&](size_t i) {
    if (i < batch.submissions.size()) index_->Prefetch(batch.submissions[i].fingerprint);
  };
  for (size_t i = 0; i < kPrefetchAhead; ++i) prefetch(i);
  size_t next_rejection = 0;
  const size_t checked_rejections = batch.result.rejections_size();
  for (size_t i = 0; i < batch.submissions.size(); ++i) {
    prefetch(i + kPrefetchAhead);
    if (next_rejection < checked_rejections &&
        batch.result.rejections(static_cast<int>(next_rejection)).index() == static_cast<int>(i)) {
      ++next_rejection;
      continue;
    }
    const absl::Status decided = DecideOne(static_cast<int>(i), batch.submissions[i], batch);
    if (!decided.ok()) return decided;
  }
  auto& rejections = *batch.result.mutable_rejections();
  std::sort(rejections.begin(), rejections.end(),
            [](const auto& a, const auto& b) { return a.index() < b.index(); });
  return absl::OkStatus();
}

absl::Status Decider::DecideOne(int index, ValidSubmission& submission, CheckedBatch& batch) {
  LedgerEntry& entry = submission.entry;
  const auto known = Find(entry.id, submission.fingerprint);
  if (!known.ok()) return known.status();
  if (known->has_value()) return DecideKnownId(index, **known, submission, batch);
  if (IsCorrection(entry.type)) {
    auto violation = CheckTarget(submission);
    if (!violation.ok()) return violation.status();
    if (violation->has_value()) {
      AddRejection(index, **std::move(violation), batch.result);
      return absl::OkStatus();
    }
  }
  entry.position = open_after_ + open_.size() + 1;
  open_.Add(&entry, submission.fingerprint);
  batch.result.set_positions(index, entry.position);
  return absl::OkStatus();
}

absl::Status Decider::DecideKnownId(int index, Position known, ValidSubmission& submission,
                                    CheckedBatch& batch) {
  LedgerEntry& entry = submission.entry;
  if (IsCorrection(entry.type)) {
    const auto target = Find(submission.target_id, FingerprintOf(submission.target_id));
    if (!target.ok()) return target.status();
    entry.target_position = target->value_or(0);
  }
  const auto recorded = EntryAt(known);
  if (!recorded.ok()) return recorded.status();
  if ((*recorded)->SameContent(entry)) {
    batch.result.set_positions(index, known);
    batch.result.add_duplicate_indexes(index);
    return absl::OkStatus();
  }
  AddRejection(index,
               MakeViolation(entry, IdFieldOf(entry.type), "ID_TAKEN",
                             "is already recorded with different content at position ", known, ": ",
                             Quoted(entry.id)),
               batch.result);
  return absl::OkStatus();
}

absl::StatusOr<absl::optional<Violation>> Decider::CheckTarget(ValidSubmission& submission) {
  LedgerEntry& entry = submission.entry;
  using Answer = absl::optional<Violation>;
  const auto target = Find(submission.target_id, FingerprintOf(submission.target_id));
  if (!target.ok()) return target.status();
  if (!target->has_value()) {
    return Answer(MakeViolation(entry, "event_id", "EVENT_UNKNOWN", "no recorded event has id ",
                                Quoted(submission.target_id)));
  }
  const auto event = EntryAt(**target);
  if (!event.ok()) return event.status();
  if ((*event)->type != EntryType::kEvent) {
    return Answer(MakeViolation(
        entry, "event_id", "NOT_AN_EVENT", "must name an event, ", Quoted(submission.target_id),
        (*event)->type == EntryType::kRecord ? " is a record" : " is a correction"));
  }
  const auto voided = IsVoided(**target);
  if (!voided.ok()) return voided.status();
  if (*voided) {
    return Answer(MakeViolation(entry, "event_id", "EVENT_VOIDED",
                                "must name an event that is not voided, is ",
                                Quoted(submission.target_id)));
  }
  if (entry.type == EntryType::kAmendment && entry.event.mission != (*event)->event.mission) {
    return Answer(MakeViolation(entry, "event.mission", "MISSION_CHANGED",
                                "must be the event's mission ", (*event)->event.mission,
                                "; to change it, void the event and record a new one"));
  }
  entry.target_position = **target;
  return Answer();
}

absl::StatusOr<absl::optional<Position>> Decider::Find(absl::string_view id,
                                                       Fingerprint fingerprint) {
  for (const NewEntries* group : {&open_, &closed_}) {
    const LedgerEntry* const found = group->Find(id, fingerprint);
    if (found != nullptr) return absl::optional<Position>(found->position);
  }
  return index_->Find(id, fingerprint);
}

absl::StatusOr<bool> Decider::IsVoided(Position event) const {
  if (open_.Voids(event) || closed_.Voids(event)) return true;
  const auto voided = index_->VoidedAt(event);
  if (!voided.ok()) return voided.status();
  return voided->has_value();
}

absl::StatusOr<const LedgerEntry*> Decider::EntryAt(Position position) {
  if (position > open_after_) return open_.entries()[position - open_after_ - 1];
  const Position closed_after = open_after_ - closed_.size();
  if (position > closed_after) return closed_.entries()[position - closed_after - 1];
  const auto block = index_->BlockOf(position);
  if (!block.ok()) return block.status();
  last_read_ = *block;
  return &last_read_->At(position);
}

}  // namespace repatriation
