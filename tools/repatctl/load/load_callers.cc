#include "tools/repatctl/load/load_callers.h"

#include <algorithm>

namespace repatriation {
namespace {

constexpr absl::Duration kRetryFor = absl::Seconds(60);
// A sleep cannot be ended early, and a call that is due sooner may come.
constexpr absl::Duration kSleepMax = absl::Milliseconds(20);

}  // namespace

// Retry sleeps; a caller has no thread that could, so it notes for how long.
LoadCallers::Caller::Caller(IngestClient* client, RetryEnvironment environment)
    : ingest(client),
      retry(kRetryFor,
            {environment.clock, [this](absl::Duration by) { delay = by; }, environment.random}) {}

LoadCallers::LoadCallers(int callers, const std::vector<IngestClient*>& clients,
                         LoadBatches* batches, RetryEnvironment environment, Observer observer)
    : batches_(*batches),
      environment_(std::move(environment)),
      observer_(std::move(observer)),
      running_(static_cast<size_t>(callers)) {
  for (size_t i = 0; i < running_; ++i) {
    callers_.emplace_back(clients[i % clients.size()], environment_);
  }
}

absl::Status LoadCallers::Run(LoadResult& result) {
  for (Caller& caller : callers_) SendNext(caller);
  ServeWaiting();
  for (const Caller& caller : callers_) result.Add(caller.result);
  return status_;
}

void LoadCallers::SendNext(Caller& caller) {
  const int64_t number = batches_.Take();
  if (number < 0) return End(absl::OkStatus());
  caller.result.headcount += batches_.Fill(number, *caller.request.mutable_submissions());
  caller.first_sent.reset();
  const absl::Time due = batches_.DueTime(number);
  if (due > environment_.clock.Now()) return WaitUntil(due, caller);
  Send(caller);
}

void LoadCallers::Send(Caller& caller) {
  if (!caller.first_sent.has_value()) caller.first_sent = environment_.clock.Now();
  caller.ingest->StartAppendEvents(
      caller.request, [this, &caller](const absl::StatusOr<v1::AppendEventsResponse>& answer) {
        TakeAnswer(caller, answer);
      });
}

void LoadCallers::TakeAnswer(Caller& caller,
                             const absl::StatusOr<v1::AppendEventsResponse>& answer) {
  if (!answer.ok()) return SendAgain(caller, answer.status());
  caller.retry.Progress();
  caller.result.acks.push_back(environment_.clock.Now() - *caller.first_sent);
  caller.result.Count(answer->result(), caller.request.submissions_size());
  observer_(answer->result(), caller.request);
  SendNext(caller);
}

void LoadCallers::SendAgain(Caller& caller, const absl::Status& failure) {
  absl::Status gives_up;
  {
    // For the random numbers, which all callers share.
    const std::lock_guard lock(mutex_);
    gives_up = caller.retry.WaitAfter(failure);
  }
  if (!gives_up.ok()) return End(gives_up);
  ++caller.result.retried;
  WaitUntil(environment_.clock.Now() + caller.delay, caller);
}

void LoadCallers::WaitUntil(absl::Time due, Caller& caller) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(due, &caller);
  changed_.notify_one();
}

void LoadCallers::End(const absl::Status& status) {
  if (!status.ok()) batches_.Stop();
  const std::lock_guard lock(mutex_);
  status_.Update(status);
  --running_;
  changed_.notify_one();
}

void LoadCallers::ServeWaiting() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return running_ == 0 || !waiting_.empty(); });
    if (!status_.ok()) {
      running_ -= waiting_.size();
      waiting_.clear();
    }
    if (running_ == 0) return;
    if (waiting_.empty()) continue;
    const auto [due, caller] = *waiting_.begin();
    const absl::Duration left = due - environment_.clock.Now();
    const bool send = left <= absl::ZeroDuration();
    if (send) waiting_.erase(waiting_.begin());
    lock.unlock();
    if (send) {
      Send(*caller);
    } else {
      environment_.sleep(std::min(left, kSleepMax));
    }
    lock.lock();
  }
}

}  // namespace repatriation
