// Fake services, clock and sleep for repatctl.
#ifndef TESTS_TOOLS_REPATCTL_TESTING_FAKES_H_
#define TESTS_TOOLS_REPATCTL_TESTING_FAKES_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/mutex.h"
#include "tools/repatctl/client/clients.h"
#include "tools/repatctl/client/retry.h"
#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Changes only by Advance(). Thread-safe.
class FakeClock : public Clock {
 public:
  absl::Time Now() const override {
    const MutexLock lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration by) {
    const MutexLock lock(mutex_);
    now_ += by;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'695'800'000);
};

// Sleep() advances the clock and is recorded.
struct FakeRetryEnvironment {
  FakeClock clock;
  std::vector<absl::Duration> slept;
  std::mt19937_64 random{1};

  RetryEnvironment Get() {
    return {clock, [this](absl::Duration by) { Sleep(by); }, random};
  }
  void Sleep(absl::Duration by) {
    slept.push_back(by);
    clock.Advance(by);
  }
};

// Records events like the ingest service: dense positions from 1, permanent ids, and
// a rejection for a headcount of 0 or a known id with other content.
// Thread-compatible.
class FakeLedger {
 public:
  v1::BatchResult Append(const google::protobuf::RepeatedPtrField<v1::Submission>& submissions) {
    v1::BatchResult result;
    for (int i = 0; i < submissions.size(); ++i) AppendOne(i, submissions[i], result);
    return result;
  }

  // Submissions by id.
  const std::map<std::string, v1::Submission>& content() const { return content_; }

 private:
  void AppendOne(int index, const v1::Submission& submission, v1::BatchResult& result) {
    if (submission.has_event() && submission.event().headcount() == 0) {
      v1::Rejection& rejection = *result.add_rejections();
      rejection.set_index(index);
      rejection.set_field("event.headcount");
      rejection.set_reason("OUT_OF_RANGE");
      rejection.set_description("must be 1 to 100000, is 0");
      result.add_positions(0);
      return;
    }
    const std::string id = IdOf(submission);
    const auto [known, recorded] = content_.emplace(id, submission);
    if (submission.SerializeAsString() != known->second.SerializeAsString()) {
      v1::Rejection& rejection = *result.add_rejections();
      rejection.set_index(index);
      rejection.set_field("event.event_id");
      rejection.set_reason("ID_TAKEN");
      rejection.set_description("is already recorded with different content");
      result.add_positions(0);
      return;
    }
    if (recorded) {
      positions_[id] = static_cast<int64_t>(positions_.size()) + 1;
    } else {
      result.add_duplicate_indexes(index);
    }
    result.add_positions(positions_[id]);
  }

  static std::string IdOf(const v1::Submission& submission) {
    switch (submission.content_case()) {
      case v1::Submission::kEvent:
        return submission.event().event_id();
      case v1::Submission::kAmendment:
        return submission.amendment().correction_id();
      case v1::Submission::kVoiding:
        return submission.voiding().correction_id();
      case v1::Submission::kQuarantineRelease:
        return submission.quarantine_release().correction_id();
      default:
        return RecordIdOf(submission.record());
    }
  }
  // The `record_id` of a record of any kind.
  static std::string RecordIdOf(const v1::Record& record) {
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    record.GetReflection()->ListFields(record, &fields);
    if (fields.empty()) return "";
    const auto& content = record.GetReflection()->GetMessage(record, fields.front());
    return content.GetReflection()->GetString(
        content, content.GetDescriptor()->FindFieldByName("record_id"));
  }

  std::map<std::string, v1::Submission> content_;
  std::map<std::string, int64_t> positions_;
};

// What one stream of FakeIngest does before it ends.
struct StreamPlan {
  // Number of batches that are answered.
  int answers = 1'000'000;
  // Number of batches after those that are recorded, but their answers are lost.
  int lost_answers = 0;
  // The status with which the stream then ends.
  absl::Status end = absl::UnavailableError("the connection is gone");
  // If true, the stream stalls instead of ending.
  bool stalls = false;
};

// An ingest service without a network. Each stream follows the next plan; the last
// plan applies to all further streams.
class FakeIngest : public IngestClient {
 public:
  explicit FakeIngest(std::vector<StreamPlan> plans = {StreamPlan()}) : plans(std::move(plans)) {}

  absl::StatusOr<v1::AppendEventsResponse> AppendEvents(
      const v1::AppendEventsRequest& request) override {
    if (!unary_status.ok()) return unary_status;
    v1::AppendEventsResponse response;
    *response.mutable_result() = ledger.Append(request.submissions());
    return response;
  }
  // Answers on a separate thread, one call at a time, and only after `calls_awaited`
  // calls have been started.
  void StartAppendEvents(
      const v1::AppendEventsRequest& request,
      std::function<void(absl::StatusOr<v1::AppendEventsResponse>)> done) override {
    ++calls_started_;
    const bool taken = transport_.TrySubmit([this, &request, done = std::move(done)] {
      while (calls_started_ < calls_awaited) std::this_thread::yield();
      if (call_failures.empty()) return done(AppendEvents(request));
      const absl::Status failure = call_failures.front();
      call_failures.pop_front();
      done(failure);
    });
    EXPECT_TRUE(taken);
  }
  std::unique_ptr<BatchStream> OpenStream() override;

  // The errors of the first calls.
  std::deque<absl::Status> call_failures;
  int calls_awaited = 0;

  std::vector<StreamPlan> plans;
  FakeLedger ledger;
  absl::Status unary_status;
  std::string ledger_id = "1d";
  int streams = 0;
  // The maximum number of batches written and not yet answered.
  size_t in_flight_max = 0;
  int half_closes = 0;
  std::vector<int64_t> batch_numbers;
  size_t batch_rows_max = 0;

 private:
  friend class FakeBatchStream;
  std::atomic<int> calls_started_ = 0;
  Executor transport_{"transport", 1, 10'000};
};

// Reports that a batch was written before it answers any, so that the window fills
// up.
class FakeBatchStream : public BatchStream {
 public:
  FakeBatchStream(FakeIngest& ingest, const StreamPlan& plan) : ingest_(ingest), plan_(plan) {}

  void Write(Encoded<v1::StreamEventsRequest> encoded) override {
    const v1::StreamEventsRequest& request = unanswered_.emplace_back(encoded.Decode());
    ingest_.batch_numbers.push_back(request.batch_number());
    ingest_.batch_rows_max =
        std::max(ingest_.batch_rows_max, static_cast<size_t>(request.submissions_size()));
    ingest_.in_flight_max = std::max(ingest_.in_flight_max, unanswered_.size());
    written_ = true;
  }
  void WritesDone() override {
    ++ingest_.half_closes;
    half_closed_ = true;
  }
  StreamEvent Next(absl::Duration timeout) override {
    if (std::exchange(written_, false)) return {Kind::kWritten, {}, {}};
    // The service never answers at once.
    if (timeout == absl::ZeroDuration()) return {};
    if (unanswered_.empty()) {
      if (!half_closed_) return {};
      return {Kind::kClosed, {}, absl::OkStatus()};
    }
    if (plan_.answers-- > 0) {
      StreamEvent event{Kind::kResponse, Answer(), {}};
      return event;
    }
    while (plan_.lost_answers-- > 0 && !unanswered_.empty()) Answer();
    if (plan_.stalls) return {};
    return {Kind::kClosed, {}, plan_.end};
  }

 private:
  v1::StreamEventsResponse Answer() {
    v1::StreamEventsResponse response;
    response.set_batch_number(unanswered_.front().batch_number());
    response.set_ledger_id(ingest_.ledger_id);
    *response.mutable_result() = ingest_.ledger.Append(unanswered_.front().submissions());
    unanswered_.pop_front();
    return response;
  }

  FakeIngest& ingest_;
  StreamPlan plan_;
  std::deque<v1::StreamEventsRequest> unanswered_;
  bool written_ = false;
  bool half_closed_ = false;
};

inline std::unique_ptr<BatchStream> FakeIngest::OpenStream() {
  const size_t index = std::min(static_cast<size_t>(streams), plans.size() - 1);
  ++streams;
  return std::make_unique<FakeBatchStream>(*this, plans[index]);
}

// Records requests and returns the responses that a test sets, lists page by page; or
// `failure` if that is an error.
class FakeQuery : public QueryClient {
 public:
  absl::StatusOr<v1::GetAggregateResponse> GetAggregate(
      const v1::GetAggregateRequest& request) override {
    aggregate_requests.push_back(request);
    if (aggregates.empty() && failure.ok()) return v1::GetAggregateResponse();
    return Page(aggregates, request.page_token());
  }
  absl::StatusOr<v1::GetTimelineResponse> GetTimeline(
      const v1::GetTimelineRequest& request) override {
    timeline_requests.push_back(request);
    return Page(timelines, request.page_token());
  }
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request) override {
    events_requests.push_back(request);
    return Page(events, request.page_token());
  }
  absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) override {
    event_requests.push_back(request);
    if (!failure.ok()) return failure;
    return event;
  }
  absl::StatusOr<v1::GetBriefingResponse> GetBriefing(
      const v1::GetBriefingRequest& request) override {
    briefing_requests.push_back(request);
    if (!failure.ok()) return failure;
    return briefing;
  }
  // If `applied_positions` is set, returns an error until it reaches min_position.
  absl::StatusOr<v1::ListMissionsResponse> ListMissions(
      const v1::ListMissionsRequest& request) override {
    missions_requests.push_back(request);
    if (!failure.ok()) return failure;
    if (applied_positions.empty()) return Page(missions, request.page_token());
    if (applied_positions.front() < request.read().min_position()) {
      if (applied_positions.size() > 1) applied_positions.pop_front();
      return absl::DeadlineExceededError("position not reached");
    }
    v1::ListMissionsResponse response;
    response.mutable_header()->set_applied_position(applied_positions.front());
    return response;
  }

  absl::StatusOr<v1::GetDrawdownResponse> GetDrawdown(
      const v1::GetDrawdownRequest& request) override {
    drawdown_requests.push_back(request);
    if (!failure.ok()) return failure;
    return drawdown;
  }
  absl::StatusOr<v1::ReconcileResponse> Reconcile(const v1::ReconcileRequest& request) override {
    reconcile_requests.push_back(request);
    return Page(reconciliations, request.page_token());
  }
  absl::StatusOr<v1::CompareAggregatesResponse> CompareAggregates(
      const v1::CompareAggregatesRequest& request) override {
    compare_requests.push_back(request);
    return Page(comparisons, request.page_token());
  }
  absl::StatusOr<v1::ListQuarantineResponse> ListQuarantine(
      const v1::ListQuarantineRequest& request) override {
    quarantine_requests.push_back(request);
    return Page(quarantines, request.page_token());
  }
  // Each call returns the answers of the next of `watches`, and then its end.
  absl::Status WatchAggregate(
      const v1::WatchAggregateRequest& request,
      const std::function<bool(const v1::WatchAggregateResponse&)>& handle) override {
    watch_requests.push_back(request);
    if (watches.empty()) return failure.ok() ? absl::InternalError("no more to watch") : failure;
    const Watch watch = watches.front();
    watches.pop_front();
    for (const auto& answer : watch.answers) {
      if (!handle(answer)) return absl::OkStatus();
    }
    return watch.end;
  }

  struct Watch {
    std::vector<v1::WatchAggregateResponse> answers;
    absl::Status end;
  };

  absl::Status failure;
  std::deque<int64_t> applied_positions;
  std::vector<v1::GetAggregateResponse> aggregates;
  std::vector<v1::GetTimelineResponse> timelines;
  std::vector<v1::ListEventsResponse> events;
  std::vector<v1::ListMissionsResponse> missions;
  v1::GetEventResponse event;
  v1::GetBriefingResponse briefing;
  v1::GetDrawdownResponse drawdown;
  std::vector<v1::ReconcileResponse> reconciliations;
  std::vector<v1::CompareAggregatesResponse> comparisons;
  std::vector<v1::ListQuarantineResponse> quarantines;
  std::deque<Watch> watches;

  std::vector<v1::GetAggregateRequest> aggregate_requests;
  std::vector<v1::GetTimelineRequest> timeline_requests;
  std::vector<v1::ListEventsRequest> events_requests;
  std::vector<v1::GetEventRequest> event_requests;
  std::vector<v1::GetBriefingRequest> briefing_requests;
  std::vector<v1::ListMissionsRequest> missions_requests;
  std::vector<v1::GetDrawdownRequest> drawdown_requests;
  std::vector<v1::ReconcileRequest> reconcile_requests;
  std::vector<v1::CompareAggregatesRequest> compare_requests;
  std::vector<v1::ListQuarantineRequest> quarantine_requests;
  std::vector<v1::WatchAggregateRequest> watch_requests;

 private:
  // The page for the token "N", with the token of the next one.
  template <typename Response>
  absl::StatusOr<Response> Page(const std::vector<Response>& pages, const std::string& token) {
    if (!failure.ok()) return failure;
    const size_t index = token.empty() ? 0 : std::stoul(token);
    Response page = pages.at(index);
    if (index + 1 < pages.size()) page.set_next_page_token(std::to_string(index + 1));
    return page;
  }
};

}  // namespace repatriation

#endif  // TESTS_TOOLS_REPATCTL_TESTING_FAKES_H_
