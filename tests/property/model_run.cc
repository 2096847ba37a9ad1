#include "tests/property/model_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"

namespace repatriation {
namespace {

constexpr size_t kReplicas = 2;
constexpr size_t kEveryBlock = SIZE_MAX;

SequencerOptions SmallGroups(RandomLedger& random) {
  SequencerOptions options;
  // Blocks of one batch, of a few, or of all that wait.
  options.group_submissions_max = random.Chance(3) ? 1 : 1 + random.Below(40);
  return options;
}

template <typename Message>
std::string Text(const Message& message) {
  return message.ShortDebugString();
}

template <typename Message>
absl::StatusOr<Message> Decode(const absl::StatusOr<Encoded<Message>>& answer) {
  if (!answer.ok()) return answer.status();
  return answer->Decode();
}

}  // namespace

void ModelRun::Counts::Add(const Counts& other) {
  entries += other.entries;
  duplicates += other.duplicates;
  rejections += other.rejections;
  blocks += other.blocks;
  corrections += other.corrections;
  records += other.records;
  reopenings += other.reopenings;
  rows += other.rows;
  pages += other.pages;
  refused += other.refused;
}

std::string ModelRun::Counts::ToString() const {
  return absl::StrCat(entries, " entries (", corrections, " corrections, ", records,
                      " records) in ", blocks, " blocks, ", duplicates, " duplicates, ", rejections,
                      " rejections, ", reopenings, " reopenings, ", rows, " rows on ", pages,
                      " pages, ", refused, " questions refused");
}

ModelRun::ModelRun(uint64_t seed, NaiveModel::Fault fault)
    : random_(seed),
      model_(fault),
      clock_(absl::FromUnixSeconds(1'695'600'000)),
      ledger_(&clock_, SmallGroups(random_)),
      replicas_(kReplicas) {}

std::optional<std::string> ModelRun::Run(int queries) {
  Check(ledger_.Open(), "opening the ledger");
  for (ReplicaUnderTest& replica : replicas_) Check(replica.Open(), "opening a replica");
  for (int i = 0; i < queries && !failed(); ++i) {
    if (i % 20 == 0) AppendSome();
    if (i % 10 == 0) MoveReplicas();
    AskOne();
  }
  if (!failed()) FinishReplicas();
  return mismatch_;
}

void ModelRun::Mismatch(const std::string& what, const std::string& expected,
                        const std::string& got) {
  if (failed()) return;
  mismatch_ = absl::StrCat(what, "\n  expected: ", expected, "\n  got:      ", got);
}

void ModelRun::Check(const absl::Status& status, const std::string& what) {
  if (!status.ok()) Mismatch(what, "OK", status.ToString());
}

template <typename Message>
void ModelRun::Compare(const std::string& what, const std::vector<Message>& expected,
                       const std::vector<Message>& got) {
  for (size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
    const std::string wanted = i < expected.size() ? Text(expected[i]) : "(no more)";
    const std::string came = i < got.size() ? Text(got[i]) : "(no more)";
    if (wanted != came) return Mismatch(absl::StrCat(what, "\n  item ", i), wanted, came);
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
    const LedgerTail end = Block::Parse(*block)->tail();
    expected.set_known_at_hash(Hex(end.hash));
    expected.set_known_at_hash_position(end.position);
  }
  if (Text(expected) != Text(header)) Mismatch(what + "\n  header", Text(expected), Text(header));
}

// True if there is no answer to compare: it was refused, rightly or not.
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

void ModelRun::AppendSome() {
  if (random_.Chance(8)) {
    ledger_.Close();
    Check(ledger_.Open(), "opening the ledger again");
    ++counts_.reopenings;
  }
  // Now and then the clock stands still, and now and then it is set back.
  if (!random_.Chance(4)) clock_.Advance(absl::Microseconds(random_.Below(3'000'000)));
  if (random_.Chance(10)) clock_.Advance(-absl::Seconds(random_.Below(10)));

  std::vector<std::vector<RandomLedger::Draft>> drafts(1 + random_.Below(5));
  std::vector<LedgerUnderTest::Batch> batches;
  for (auto& batch : drafts) {
    LedgerUnderTest::Batch& submissions = batches.emplace_back();
    for (int64_t i = 1 + random_.Below(8); i > 0; --i) {
      batch.push_back(random_.NextDraft());
      *submissions.Add() = batch.back().submission;
    }
  }
  const auto results = ledger_.Append(batches);
  for (size_t i = 0; i < drafts.size() && !failed(); ++i) {
    CompareResult(drafts[i], results[i], absl::ToUnixMicros(clock_.Now()));
  }
  if (!failed() && ledger_.log().tail().position != model_.size()) {
    Mismatch("tail of the ledger", absl::StrCat(model_.size()),
             absl::StrCat(ledger_.log().tail().position));
  }
  NoteBlocks();
}

void ModelRun::NoteBlocks() {
  const auto blocks = ledger_.log().ReadAfter(model_.noted(), SIZE_MAX);
  Check(blocks.status(), "reading the new blocks");
  if (failed()) return;
  for (const std::string& bytes : *blocks) {
    const auto block = Block::Parse(bytes);
    Check(block.status(), "reading a new block");
    if (failed()) return;
    model_.NoteBlock(block->first_position(), block->last_position());
  }
}

void ModelRun::CompareResult(const std::vector<RandomLedger::Draft>& drafts,
                             const absl::StatusOr<v1::BatchResult>& result, int64_t clock_us) {
  Check(result.status(), "appending a batch");
  if (failed()) return;
  v1::BatchResult expected;
  std::string what = "result of the batch";
  for (size_t i = 0; i < drafts.size(); ++i) {
    const RandomLedger::Draft& draft = drafts[i];
    NaiveModel::Outcome outcome = {0, false, draft.field, draft.reason};
    const int64_t before = model_.size();
    if (draft.field.empty()) outcome = model_.Submit(draft.submission, clock_us);
    const bool corrects = !draft.submission.has_event() && !draft.submission.has_record();
    counts_.corrections += model_.size() > before && corrects;
    counts_.records += model_.size() > before && draft.submission.has_record();
    expected.add_positions(outcome.position);
    if (outcome.duplicate) expected.add_duplicate_indexes(static_cast<int>(i));
    if (outcome.position == 0) {
      v1::Rejection& rejection = *expected.add_rejections();
      rejection.set_index(static_cast<int>(i));
      rejection.set_field(outcome.field);
      rejection.set_reason(outcome.reason);
    }
    absl::StrAppend(&what, "\n  ", i, ": ", Text(draft.submission));
  }
  counts_.entries = static_cast<int>(model_.size());
  counts_.duplicates += expected.duplicate_indexes_size();
  counts_.rejections += expected.rejections_size();
  v1::BatchResult got = *result;
  for (v1::Rejection& rejection : *got.mutable_rejections()) {
    if (rejection.description().empty()) {
      return Mismatch(what, "a description of each rejection", Text(rejection));
    }
    rejection.clear_description();
  }
  if (Text(expected) != Text(got)) Mismatch(what, Text(expected), Text(got));
}

void ModelRun::MoveReplicas() {
  // The first follows closely; the others lag, take blocks in lumps of other
  // sizes, and are restarted.
  Check(replicas_[0].CatchUp(ledger_.log(), kEveryBlock), "applying all blocks");
  for (size_t i = 1; i < replicas_.size(); ++i) {
    Check(replicas_[i].CatchUp(ledger_.log(), random_.Below(5), 1 + random_.Below(4000)),
          "applying some blocks");
    if (!random_.Chance(5)) continue;
    const LedgerTail before = replicas_[i].replica().tail();
    Check(replicas_[i].Open(), "opening a replica again");
    if (failed()) return;
    ++counts_.reopenings;
    if (replicas_[i].replica().tail() != before) {
      Mismatch("tail of a replica that was opened again", absl::StrCat(before.position),
               absl::StrCat(replicas_[i].applied()));
    }
  }
}

void ModelRun::FinishReplicas() {
  // One more that takes everything at once; then all are asked once more,
  // from what is on the disk.
  replicas_.emplace_back();
  Check(replicas_.back().Open(), "opening an empty replica");
  for (ReplicaUnderTest& replica : replicas_) {
    if (failed()) return;
    Check(replica.CatchUp(ledger_.log(), kEveryBlock), "applying all blocks");
    Check(replica.Open(), "opening a replica again");
    if (failed()) return;
    const LedgerTail expected = ledger_.log().tail();
    const LedgerTail got = replica.replica().tail();
    if (expected != got) {
      return Mismatch("tail of a replica at the end",
                      absl::StrCat(expected.position, " ", Hex(expected.hash)),
                      absl::StrCat(got.position, " ", Hex(got.hash)));
    }
  }
  for (int i = 0; i < 10 && !failed(); ++i) AskOne();
  const auto blocks = ledger_.log().ReadAfter(0, SIZE_MAX);
  Check(blocks.status(), "reading all blocks");
  if (blocks.ok()) counts_.blocks += static_cast<int>(blocks->size());
}

v1::ReadOptions ModelRun::NextRead() {
  v1::ReadOptions read;
  const int64_t choice = random_.Below(5);
  if (choice < 2) {
    read.set_known_at_position(random_.Below(asked_->applied() + (random_.Chance(8) ? 3 : 1)));
  } else if (choice == 2 && model_.size() > 0) {
    // Exactly at an entry's time, a little beside it, or anywhere near.
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
  const int64_t choice = random_.Below(20);
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
  } else {
    AskMissions();
  }
}

template <typename Request, typename Call, typename Take>
bool ModelRun::ReadPages(Request request, int64_t page_size_max, Call call, Take take) {
  const std::string what = absl::StrCat(request.GetDescriptor()->name(), " ", Text(request));
  const auto known_at = model_.KnownAt(request.read(), asked_->applied());
  request.set_page_size(
      static_cast<int32_t>(random_.Chance(3) ? 0 : 1 + random_.Below(page_size_max)));
  for (int page = 1;; ++page) {
    const auto response = call(request);
    if (Refused(what, known_at, response)) return false;
    ++counts_.pages;
    CompareHeader(absl::StrCat(what, "\n  page ", page), response->header(), *known_at);
    take(*response);
    if (failed()) return false;
    if (response->next_page_token().empty()) return true;
    request.set_page_token(response->next_page_token());
    // The token alone pins the state, whatever is asked or applied meanwhile.
    if (random_.Chance(2)) request.clear_read();
    if (random_.Chance(4)) Check(asked_->CatchUp(ledger_.log(), 1), "applying a block");
    if (page > 10'000) Mismatch(what, "an end of the pages", "10,000 pages");
    if (failed()) return false;
  }
}

void ModelRun::AskAggregate() {
  v1::GetAggregateRequest request;
  *request.mutable_read() = NextRead();
  *request.mutable_filter() = random_.NextFilter();
  for (const v1::Dimension dimension : random_.NextGroupBy()) request.add_group_by(dimension);
  std::vector<v1::AggregateRow> rows;
  std::vector<v1::Figure> totals;
  v1::GetAggregateResponse last;
  const bool answered = ReadPages(
      request, 6, [&](const auto& page) { return Decode(asked_->core().GetAggregate(page)); },
      [&](const v1::GetAggregateResponse& response) {
        rows.insert(rows.end(), response.rows().begin(), response.rows().end());
        totals.push_back(response.total());
        last = response;
      });
  if (!answered) return;
  const int64_t known_at = last.header().known_at_position();
  Compare("GetAggregate " + Text(request), model_.Aggregate(request, known_at), rows);
  Compare("GetAggregate, total of each page, " + Text(request),
          std::vector<v1::Figure>(totals.size(), model_.Total(request, known_at)), totals);
  if (!failed()) AskEventsBehind(last);
}

// The events behind a figure, by the filter that its response gives back, are
// as many as it says and add up to it.
void ModelRun::AskEventsBehind(const v1::GetAggregateResponse& figure) {
  v1::ListEventsRequest request;
  *request.mutable_filter() = figure.filter();
  request.mutable_read()->set_known_at_position(figure.header().known_at_position());
  int64_t headcount = 0;
  int64_t events = 0;
  const bool answered = ReadPages(
      request, 40, [&](const auto& page) { return asked_->core().ListEvents(page); },
      [&](const v1::ListEventsResponse& response) {
        for (const v1::EventRecord& record : response.events()) {
          headcount += record.event().headcount();
          ++events;
        }
      });
  if (!answered) return;
  const std::string what = "ListEvents behind a figure, " + Text(request);
  if (events != figure.total().events()) {
    Mismatch(what, absl::StrCat(figure.total().events(), " events"), absl::StrCat(events));
  }
  if (figure.filter().sex() == v1::SEX_UNSPECIFIED && headcount != figure.total().headcount()) {
    Mismatch(what, absl::StrCat(figure.total().headcount(), " people"), absl::StrCat(headcount));
  }
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
        known_at = response.header().known_at_position();
      });
  if (answered) Compare("GetTimeline " + Text(request), model_.Timeline(request, known_at), rows);
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
  if (answered) Compare("ListEvents " + Text(request), model_.Events(request, known_at), events);
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
  if (answered) Compare("ListMissions " + Text(request), model_.Missions(known_at), missions);
}

void ModelRun::AskEvent() {
  v1::GetEventRequest request;
  *request.mutable_read() = NextRead();
  request.set_event_id(random_.NextId());
  const std::string what = "GetEvent " + Text(request);
  const auto known_at = model_.KnownAt(request.read(), asked_->applied());
  auto response = asked_->core().GetEvent(request);
  const auto expected =
      known_at.has_value() ? model_.Event(request.event_id(), *known_at) : std::nullopt;
  if (known_at.has_value() && !expected.has_value()) {
    ++counts_.refused;
    if (!absl::IsNotFound(response.status())) {
      Mismatch(what, "NOT_FOUND", response.ok() ? Text(*response) : response.status().ToString());
    }
    return;
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
  const std::string what = "GetBriefing " + Text(request);
  const auto known_at = model_.KnownAt(request.read(), asked_->applied());
  auto response = asked_->core().GetBriefing(request);
  const auto expected = known_at.has_value() ? model_.Briefing(request, *known_at) : std::nullopt;
  if (known_at.has_value() && !expected.has_value()) {
    ++counts_.refused;
    if (!absl::IsNotFound(response.status())) {
      Mismatch(what, "NOT_FOUND", response.ok() ? Text(*response) : response.status().ToString());
    }
    return;
  }
  if (Refused(what, known_at, response)) return;
  CompareHeader(what, response->header(), *known_at);
  v1::GetBriefingResponse compared;
  compared.mutable_figures()->Swap(response->mutable_figures());
  compared.mutable_latest_movements()->Swap(response->mutable_latest_movements());
  Compare(what, std::vector{*expected}, std::vector{compared});
}

}  // namespace repatriation
