// Queries replicas and compares the answers with the model's.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "tests/property/model_run.h"
#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

template <typename Message>
absl::StatusOr<Message> Decode(const absl::StatusOr<Encoded<Message>>& answer) {
  if (!answer.ok()) return answer.status();
  return answer->Decode();
}

}  // namespace

template <typename Message>
void ModelRun::Compare(const std::string& what, const std::vector<Message>& expected,
                       const std::vector<Message>& got) {
  for (size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
    const std::string expected_text = i < expected.size() ? TextOf(expected[i]) : "(no more)";
    const std::string got_text = i < got.size() ? TextOf(got[i]) : "(no more)";
    if (expected_text != got_text)
      return Mismatch(absl::StrCat(what, "\n  item ", i), expected_text, got_text);
  }
  counts_.rows += static_cast<int>(got.size());
}

void ModelRun::CompareHeader(const std::string& what, const v1::ResponseHeader& header,
                             int64_t known_at) {
  v1::ResponseHeader expected;
  const LedgerTail tail = asked_->replica().tail();
  if (tail.position > 0) expected.set_ledger_id(ledger_.log().id().ToString());
  expected.set_applied_position(tail.position);
  expected.set_applied_hash(Hex(tail.hash));
  expected.set_known_at_position(known_at);
  if (known_at > 0) {
    const int64_t time_us = model_.TimeOf(known_at);
    expected.mutable_known_at_time()->set_seconds(time_us / 1'000'000);
    expected.mutable_known_at_time()->set_nanos(static_cast<int32_t>(time_us % 1'000'000 * 1000));
    const auto block = ledger_.log().ReadBlockOf(known_at);
    Check(block.status(), "reading the block");
    if (failed()) return;
    const LedgerTail end = Block::Parse(*block)->tail();
    expected.set_known_at_hash(Hex(end.hash));
    expected.set_known_at_hash_position(end.position);
  }
  if (TextOf(expected) != TextOf(header))
    Mismatch(what + "\n  header", TextOf(expected), TextOf(header));
}

// True if there is no answer to compare, since it was refused; checks the error.
template <typename Response>
bool ModelRun::Refused(const std::string& what, const std::optional<int64_t>& known_at,
                       const absl::StatusOr<Response>& response) {
  if (known_at.has_value()) {
    Check(response.status(), what);
    return !response.ok();
  }
  ++counts_.refused;
  if (ReasonOf(response.status()) != "POSITION_NOT_APPLIED" ||
      !absl::IsOutOfRange(response.status())) {
    Mismatch(what, "OUT_OF_RANGE, POSITION_NOT_APPLIED", response.status().ToString());
  }
  return true;
}

void ModelRun::ExpectRefusal(const std::string& what, const std::string& reason,
                             const absl::Status& status) {
  ++counts_.refused;
  if (ReasonOf(status) != reason) Mismatch(what, reason, status.ToString());
}

v1::ReadOptions ModelRun::NextRead() {
  v1::ReadOptions read;
  const int64_t choice = random_.Below(5);
  if (choice < 2) {
    read.set_known_at_position(random_.Below(asked_->applied() + (random_.Chance(8) ? 3 : 1)));
  } else if (choice == 2 && model_.size() > 0) {
    // Exactly at an entry's time, or up to 2 microseconds off.
    const int64_t time_us = model_.TimeOf(1 + random_.Below(model_.size())) * 1000 +
                            (random_.Chance(2) ? 0 : random_.Below(4001) - 2000);
    read.mutable_known_at_time()->set_seconds(time_us / 1'000'000'000);
    read.mutable_known_at_time()->set_nanos(static_cast<int32_t>(time_us % 1'000'000'000));
  }
  return read;
}

void ModelRun::AskOne() {
  if (failed()) return;
  asked_ = &replicas_[random_.Below(static_cast<int64_t>(replicas_.size()))];
  const int64_t choice = random_.Below(26);
  if (choice < 8) {
    AskAggregate();
  } else if (choice < 12) {
    AskTimeline();
  } else if (choice < 15) {
    AskEvents();
  } else if (choice < 17) {
    AskEvent();
  } else if (choice < 19) {
    AskBriefing();
  } else if (choice < 20) {
    AskMissions();
  } else if (choice < 22) {
    AskFilledTimeline();
  } else if (choice < 24) {
    AskDrawdown();
  } else {
    AskReconciliation();
  }
}

template <typename Request, typename Call, typename Consume>
bool ModelRun::ReadPages(Request request, int64_t page_size_max, Call call, Consume consume) {
  const std::string what = absl::StrCat(request.GetDescriptor()->name(), " ", TextOf(request));
  const auto known_at = model_.KnownAt(request.read(), asked_->applied());
  request.set_page_size(
      static_cast<int32_t>(random_.Chance(3) ? 0 : 1 + random_.Below(page_size_max)));
  for (int page = 1;; ++page) {
    const auto response = call(request);
    if (Refused(what, known_at, response)) return false;
    ++counts_.pages;
    CompareHeader(absl::StrCat(what, "\n  page ", page), response->header(), *known_at);
    consume(*response);
    if (failed()) return false;
    if (response->next_page_token().empty()) return true;
    request.set_page_token(response->next_page_token());
    // The token pins the position, regardless of `read` and of blocks applied meanwhile.
    if (random_.Chance(2)) request.clear_read();
    if (random_.Chance(4)) Check(asked_->CatchUp(ledger_.log(), 1), "applying a block");
    if (page > 10'000) Mismatch(what, "a last page", "10,000 pages");
    if (failed()) return false;
  }
}

void ModelRun::AskAggregate() {
  v1::GetAggregateRequest request;
  *request.mutable_read() = NextRead();
  *request.mutable_filter() = random_.NextFilter();
  if (random_.Chance(3)) {
    request.mutable_filter()->clear_missions();
    request.mutable_filter()->add_missions(random_.NextMission());
  }
  for (const v1::Dimension dimension : random_.NextGroupBy()) request.add_group_by(dimension);
  std::vector<v1::AggregateRow> rows;
  std::vector<v1::Figure> totals;
  v1::GetAggregateResponse last;
  const bool answered = ReadPages(
      request, 6, [&](const auto& page) { return Decode(asked_->core().GetAggregate(page)); },
      [&](const v1::GetAggregateResponse& response) {
        rows.insert(rows.end(), response.rows().begin(), response.rows().end());
        totals.push_back(response.total());
        CompareCompleteness(request, response);
        last = response;
      });
  if (!answered) return;
  const int64_t known_at = last.header().known_at_position();
  Compare("GetAggregate " + TextOf(request), model_.Aggregate(request, known_at), rows);
  Compare("GetAggregate, total of each page, " + TextOf(request),
          std::vector<v1::Figure>(totals.size(), model_.Total(request, known_at)), totals);
  if (!failed()) AskEventsBehind(last);
}

// Checks that the events listed for a figure, by the filter in its response, have its
// number and sum.
void ModelRun::AskEventsBehind(const v1::GetAggregateResponse& figure) {
  const auto sum = SumOfEvents(figure.filter(), figure.header().known_at_position());
  if (!sum.has_value()) return;
  const std::string what = "ListEvents behind a figure, " + TextOf(figure.filter());
  if (sum->events() != figure.total().events()) {
    Mismatch(what, absl::StrCat(figure.total().events(), " events"), absl::StrCat(sum->events()));
  }
  if (figure.filter().sex() == v1::SEX_UNSPECIFIED &&
      sum->headcount() != figure.total().headcount()) {
    Mismatch(what, absl::StrCat(figure.total().headcount(), " people"),
             absl::StrCat(sum->headcount()));
  }
}

std::optional<v1::Figure> ModelRun::SumOfEvents(const v1::Filter& filter, int64_t known_at) {
  v1::ListEventsRequest request;
  *request.mutable_filter() = filter;
  request.mutable_read()->set_known_at_position(known_at);
  v1::Figure sum;
  const bool answered = ReadPages(
      request, 40, [&](const auto& page) { return asked_->core().ListEvents(page); },
      [&](const v1::ListEventsResponse& response) {
        for (const v1::EventRecord& record : response.events()) {
          sum.set_headcount(sum.headcount() + record.event().headcount());
          sum.set_events(sum.events() + 1);
        }
      });
  return answered ? std::optional(sum) : std::nullopt;
}

// Only figures of exactly one mission have completeness.
template <typename Request, typename Response>
void ModelRun::CompareCompleteness(const Request& request, const Response& response) {
  const bool one_mission = request.filter().missions_size() == 1;
  v1::Completeness expected;
  if (one_mission) {
    expected = model_.CompletenessOf(request.filter(), response.header().known_at_position());
  }
  const v1::Completeness& got = response.completeness();
  if (response.has_completeness() != one_mission || TextOf(expected) != TextOf(got)) {
    Mismatch("completeness, " + TextOf(request), TextOf(expected), TextOf(got));
  }
  if (!one_mission) return;
  ++(got.reported_through().empty() ? counts_.unknown
     : got.includes_unknown_days()  ? counts_.may_grow
                                    : counts_.complete);
}

void ModelRun::AskTimeline() {
  v1::GetTimelineRequest request;
  *request.mutable_read() = NextRead();
  *request.mutable_filter() = random_.NextFilter();
  request.set_bucket(static_cast<v1::Bucket>(1 + random_.Below(3)));
  for (const v1::Dimension dimension : random_.NextGroupBy()) request.add_group_by(dimension);
  std::vector<v1::TimelineRow> rows;
  int64_t known_at = 0;
  const bool answered = ReadPages(
      request, 20, [&](const auto& page) { return Decode(asked_->core().GetTimeline(page)); },
      [&](const v1::GetTimelineResponse& response) {
        rows.insert(rows.end(), response.rows().begin(), response.rows().end());
        CompareCompleteness(request, response);
        known_at = response.header().known_at_position();
      });
  if (answered) Compare("GetTimeline " + TextOf(request), model_.Timeline(request, known_at), rows);
}

void ModelRun::AskFilledTimeline() {
  v1::GetTimelineRequest request = random_.NextFilledTimeline();
  *request.mutable_read() = NextRead();
  std::vector<v1::TimelineRow> rows;
  int64_t known_at = 0;
  const bool answered = ReadPages(
      request, 200, [&](const auto& page) { return Decode(asked_->core().GetTimeline(page)); },
      [&](const v1::GetTimelineResponse& response) {
        rows.insert(rows.end(), response.rows().begin(), response.rows().end());
        CompareCompleteness(request, response);
        known_at = response.header().known_at_position();
      });
  if (!answered) return;
  Compare("GetTimeline " + TextOf(request), model_.FilledTimeline(request, known_at), rows);
  for (const v1::TimelineRow& row : rows) {
    counts_.zeros += row.has_figure() && row.figure().events() == 0;
    counts_.gaps += !row.has_figure();
    counts_.means += row.has_moving_average();
  }
}

void ModelRun::AskEvents() {
  v1::ListEventsRequest request;
  *request.mutable_read() = NextRead();
  *request.mutable_filter() = random_.NextFilter();
  std::vector<v1::EventRecord> events;
  int64_t known_at = 0;
  const bool answered = ReadPages(
      request, 20, [&](const auto& page) { return asked_->core().ListEvents(page); },
      [&](const v1::ListEventsResponse& response) {
        events.insert(events.end(), response.events().begin(), response.events().end());
        known_at = response.header().known_at_position();
      });
  if (answered) Compare("ListEvents " + TextOf(request), model_.Events(request, known_at), events);
}

void ModelRun::AskMissions() {
  v1::ListMissionsRequest request;
  *request.mutable_read() = NextRead();
  std::vector<v1::MissionSummary> missions;
  int64_t known_at = 0;
  const bool answered = ReadPages(
      request, 3, [&](const auto& page) { return asked_->core().ListMissions(page); },
      [&](const v1::ListMissionsResponse& response) {
        missions.insert(missions.end(), response.missions().begin(), response.missions().end());
        known_at = response.header().known_at_position();
      });
  if (answered) Compare("ListMissions " + TextOf(request), model_.Missions(known_at), missions);
}

void ModelRun::AskEvent() {
  v1::GetEventRequest request;
  *request.mutable_read() = NextRead();
  request.set_event_id(random_.NextId());
  const std::string what = "GetEvent " + TextOf(request);
  const auto known_at = model_.KnownAt(request.read(), asked_->applied());
  auto response = asked_->core().GetEvent(request);
  const auto expected =
      known_at.has_value() ? model_.Event(request.event_id(), *known_at) : std::nullopt;
  if (known_at.has_value() && !expected.has_value()) {
    return ExpectRefusal(what, "EVENT_UNKNOWN", response.status());
  }
  if (Refused(what, known_at, response)) return;
  CompareHeader(what, response->header(), *known_at);
  response->clear_header();
  Compare(what, std::vector{*expected}, std::vector{*response});
}

void ModelRun::AskBriefing() {
  v1::GetBriefingRequest request;
  *request.mutable_read() = NextRead();
  request.set_mission(random_.Chance(10) ? "ONUMOZ" : random_.NextMission());
  if (random_.Chance(2)) *request.mutable_days() = random_.NextDays();
  const std::string what = "GetBriefing " + TextOf(request);
  const auto known_at = model_.KnownAt(request.read(), asked_->applied());
  auto response = asked_->core().GetBriefing(request);
  const auto expected = known_at.has_value() ? model_.Briefing(request, *known_at) : std::nullopt;
  if (known_at.has_value() && !expected.has_value()) {
    return ExpectRefusal(what, "MISSION_UNKNOWN", response.status());
  }
  if (Refused(what, known_at, response)) return;
  CompareHeader(what, response->header(), *known_at);
  v1::GetBriefingResponse compared;
  for (v1::BriefingFigure& figure : *response->mutable_figures()) {
    AskEventsBehind(figure, *known_at);
    figure.clear_events_filter();
    figure.clear_events_page_token();
  }
  compared.mutable_figures()->Swap(response->mutable_figures());
  compared.mutable_latest_movements()->Swap(response->mutable_latest_movements());
  Compare(what, std::vector{*expected}, std::vector{compared});
}

void ModelRun::AskDrawdown() {
  v1::GetDrawdownRequest request = random_.NextDrawdown();
  *request.mutable_read() = NextRead();
  const std::string what = "GetDrawdown " + TextOf(request);
  const auto known_at = model_.KnownAt(request.read(), asked_->applied());
  auto response = asked_->core().GetDrawdown(request);
  if (!known_at.has_value()) {
    Refused(what, known_at, response);
    return;
  }
  const NaiveModel::DrawdownAnswer expected = model_.Drawdown(request, *known_at);
  if (!expected.refused.empty()) return ExpectRefusal(what, expected.refused, response.status());
  if (Refused(what, known_at, response)) return;
  CompareHeader(what, response->header(), *known_at);
  for (const v1::DrawdownRow& row : response->rows()) {
    counts_.relocated += row.group().has_site() && row.relocated_in() > 0 && row.has_remaining();
  }
  response->clear_header();
  response->clear_pace();
  response->clear_forecast();
  response->clear_departed_filter();
  response->clear_departed_page_token();
  Compare(what, std::vector{expected.response}, std::vector{*response});
}

void ModelRun::AskReconciliation() {
  v1::ReconcileRequest request;
  request.set_mission(random_.Chance(20) ? "ONUMOZ" : random_.NextMission());
  *request.mutable_read() = NextRead();
  if (random_.Chance(3)) *request.mutable_days() = random_.NextDays();
  const std::string what = "Reconcile " + TextOf(request);
  const auto known_at = model_.KnownAt(request.read(), asked_->applied());
  const auto expected = known_at.has_value() ? model_.Reconcile(request, *known_at) : std::nullopt;
  if (known_at.has_value() && !expected.has_value()) {
    return ExpectRefusal(what, "MISSION_UNKNOWN", asked_->core().Reconcile(request).status());
  }
  std::vector<v1::Reconciliation> rows;
  const bool answered = ReadPages(
      request, 20, [&](const auto& page) { return asked_->core().Reconcile(page); },
      [&](const v1::ReconcileResponse& response) {
        rows.insert(rows.end(), response.reconciliations().begin(),
                    response.reconciliations().end());
      });
  if (!answered) return;
  std::vector<v1::Reconciliation> compared = rows;
  for (v1::Reconciliation& row : compared) {
    if (row.explanation().empty()) Mismatch(what, "an explanation of each", TextOf(row));
    row.clear_explanation();
    row.clear_events_filter();
    row.clear_events_page_token();
  }
  Compare(what, *expected, compared);
  for (const v1::Reconciliation& row : rows) {
    ++counts_.verdicts[row.verdict()];
    counts_.later_verdicts += row.since_position() > row.position();
    if (row.basis() == v1::BASIS_EVENTS && random_.Chance(4)) AskEventsBehind(row, *known_at);
  }
}

// Checks some of a briefing's figures.
void ModelRun::AskEventsBehind(const v1::BriefingFigure& figure, int64_t known_at) {
  if (!random_.Chance(10) || failed()) return;
  const auto sum = SumOfEvents(figure.events_filter(), known_at);
  if (!sum.has_value() || TextOf(*sum) == TextOf(figure.figure())) return;
  Mismatch("ListEvents behind a briefing, " + TextOf(figure), TextOf(figure.figure()),
           TextOf(*sum));
}

// Checks that the events listed for a statement add up to its recorded figure.
void ModelRun::AskEventsBehind(const v1::Reconciliation& row, int64_t known_at) {
  if (row.statement().measure() != v1::MEASURE_DEPARTED || failed()) return;
  const auto sum = SumOfEvents(row.events_filter(), known_at);
  if (!sum.has_value() || sum->headcount() == row.recorded()) return;
  Mismatch("ListEvents behind a statement, " + TextOf(row), absl::StrCat(row.recorded()),
           absl::StrCat(sum->headcount()));
}

}  // namespace repatriation
