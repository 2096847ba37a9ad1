#include "query_service/core/figures/figure_watch.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {
namespace {

uint64_t HistoryAt(Position position, const LedgerView::Reader& reader) {
  return position == 0 ? 0 : HistoryMark(reader.BlockEndOf(position).hash);
}

// Whether the figure shown for it is 0.
bool IsZero(const CellTotal& total, bool by_sex) {
  return total.headcount == 0 && (by_sex ? total.events : total.whole_events) == 0;
}

// Checks that the ledger still has the history of the token.
absl::Status CheckHistory(const ResumePoint& resumed, const LedgerView::Reader& reader) {
  if (HistoryAt(resumed.known_at, reader) == resumed.history) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "the ledger's history through position ", resumed.known_at,
                        " is not the one of the resume_token; start a new watch without a token")),
                    "HISTORY_CHANGED");
}

}  // namespace

absl::StatusOr<FigureWatch> FigureWatch::Make(const v1::WatchAggregateRequest& request,
                                              const WatchOptions& options) {
  const absl::Status read = CheckReadOptions(request.read());
  if (!read.ok()) return read;
  // Shares row plans with GetAggregate.
  v1::GetAggregateRequest once;
  *once.mutable_filter() = request.filter();
  *once.mutable_group_by() = request.group_by();
  auto question = CheckQuestion(once);
  if (!question.ok()) return question.status();
  const uint64_t fingerprint = RequestFingerprint(request);
  absl::optional<ResumePoint> resumed;
  if (!request.resume_token().empty()) {
    const auto point = CheckResumeToken(request.resume_token(), fingerprint);
    if (!point.ok()) return point.status();
    if (request.read().known_at_case() != v1::ReadOptions::KNOWN_AT_NOT_SET) {
      return InvalidField("read.known_at", "CONFLICT", "must not be set with a resume_token");
    }
    resumed = *point;
  }
  return FigureWatch(*std::move(question), fingerprint, request.read(), resumed, options);
}

FigureWatch::FigureWatch(FigureQuestion question, uint64_t fingerprint, const v1::ReadOptions& read,
                         absl::optional<ResumePoint> resumed, const WatchOptions& options)
    : question_(std::move(question)),
      fingerprint_(fingerprint),
      read_(read),
      options_(options),
      resumed_(resumed) {
  if (!resumed.has_value()) return;
  answered_ = resumed->known_at;
  compared_ = resumed->known_at;
}

Position FigureWatch::await_position() const {
  return std::max<Position>(read_.min_position(), answered_.value_or(0));
}

absl::StatusOr<FigureWatch::Step> FigureWatch::Evaluate(const Replica& replica, RowPlanCache& plans,
                                                        absl::Time now) {
  const absl::Status divergence = replica.divergence();
  if (!divergence.ok()) return divergence;
  const LedgerView::Reader reader(replica.view());
  if (resumed_.has_value()) {
    const absl::Status same = CheckHistory(*resumed_, reader);
    if (!same.ok()) return same;
    resumed_.reset();
  }
  Step step;
  step.seen = reader.tail().position;
  const bool first = !answered_.has_value();
  Position known_at = step.seen;
  if (first) {
    const auto start = ResolveKnownAt(read_, Page(), reader);
    if (!start.ok()) return start.status();
    known_at = *start;
  } else {
    if (known_at == *answered_) return step;  // no position is sent twice
    // The machine's clock may have been set back.
    compared_time_ = std::min(compared_time_, now);
    answered_time_ = std::min(answered_time_, now);
    const absl::Time due = compared_time_ + options_.interval_min;
    if (known_at > compared_ && now < due) {
      step.next_time = due;
      step.on_new_position = false;
      return step;
    }
  }
  const absl::Time progress_due = answered_time_ + options_.progress_interval;
  if (first || known_at > compared_ || now >= progress_due) {
    const auto before = first ? absl::nullopt : absl::make_optional(compared_);
    auto answer = Compare(before, known_at, now >= progress_due, reader, plans);
    if (!answer.ok()) return answer.status();
    compared_ = known_at;
    compared_time_ = now;
    if (answer->has_value()) {
      step.answer = **std::move(answer);
      *step.answer->mutable_header() = MakeHeader(replica, reader, known_at);
      step.answer->set_resume_token(
          MakeResumeToken(fingerprint_, {known_at, HistoryAt(known_at, reader)}));
      answered_ = known_at;
      answered_time_ = now;
      return step;
    }
  }
  step.next_time = progress_due;
  return step;
}

absl::StatusOr<absl::optional<v1::WatchAggregateResponse>> FigureWatch::Compare(
    absl::optional<Position> before, Position known_at, bool always,
    const LedgerView::Reader& reader, RowPlanCache& plans) const {
  const auto plan = plans.PlanOf(question_, reader);
  const size_t postings = reader.PostingsThrough(known_at);
  const size_t postings_before = before.has_value() ? reader.PostingsThrough(*before) : 0;
  std::vector<CellTotal> changes;
  if (before.has_value()) {
    changes = plan->ChangeBetween(postings_before, postings);
    // Most blocks do not affect most figures, and summing is the expensive part.
    const bool changed = std::any_of(
        plan->lines().begin(), plan->lines().end(),
        [&](const RowPlan::Line& line) { return !IsZero(changes[line.row], plan->by_sex()); });
    if (!changed && !always) return absl::optional<v1::WatchAggregateResponse>();
  }
  const std::vector<CellTotal> sums = plan->SumAfter(postings);
  const std::vector<CellTotal>& updates = before.has_value() ? changes : sums;
  v1::WatchAggregateResponse answer;
  FigureSum total;
  int groups = 0;
  for (const RowPlan::Line& line : plan->lines()) {
    const CellTotal& sum = sums[line.row];
    total.Add(sum);
    groups += sum.events > 0 ? 1 : 0;
    if (groups > kGroupsMax) {
      return InvalidField("group_by", "TOO_MANY_GROUPS",
                          absl::StrCat("must produce at most ", kGroupsMax, " groups; at position ",
                                       known_at, " there are more"));
    }
    if (IsZero(updates[line.row], plan->by_sex())) continue;
    v1::AggregateRow& row = *answer.add_rows();
    question_.grouping.ToProto(plan->ValuesOf(line), reader, row.mutable_group());
    FigureSum figure;
    figure.Add(sum);
    figure.ToProto(plan->by_sex(), row.mutable_figure());
  }
  total.ToProto(question_.filter.by_sex(), answer.mutable_total());
  return absl::make_optional(std::move(answer));
}

}  // namespace repatriation
