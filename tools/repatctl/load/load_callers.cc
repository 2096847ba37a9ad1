#include "tools/repatctl/load/load_callers.h"

#include <algorithm>

namespace repatriation {
namespace {

constexpr absl::Duration kRetryFor = absl::Seconds(60);
// A sleep cannot be interrupted, and an earlier call may become due.
constexpr absl::Duration kSleepMax = absl::Milliseconds(20);

}  // namespace

// Retry sleeps, but a caller has no thread to block, so it stores the delay.
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
  for (size_t i = 0; i < static_cast<size_t>(callers); ++i) {
    callers_.emplace_back(clients[i % clients.size()], environment_);
  }
}

absl::Status LoadCallers::Run(LoadResult& result) {
  for (Caller& caller : callers_) SendNext(caller);
  absl::Status status = RunTimers();
  for (const Caller& caller : callers_) result.Add(caller.result);
  return status;
}

void LoadCallers::SendNext(Caller& caller) {
  const int64_t number = batches_.Next();
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
        HandleAnswer(caller, answer);
      });
}

void LoadCallers::HandleAnswer(Caller& caller,
                               const absl::StatusOr<v1::AppendEventsResponse>& answer) {
  if (!answer.ok()) return RetryLater(caller, answer.status());
  caller.retry.Progress();
  caller.result.acks.push_back(environment_.clock.Now() - *caller.first_sent);
  caller.result.Count(answer->result(), caller.request.submissions_size());
  observer_(answer->result(), caller.request);
  SendNext(caller);
}

void LoadCallers::RetryLater(Caller& caller, const absl::Status& failure) {
  absl::Status status;
  {
    // All callers share the random number generator.
    const MutexLock lock(mutex_);
    status = caller.retry.WaitAfter(failure);
  }
  if (!status.ok()) return End(status);
  ++caller.result.retried;
  WaitUntil(environment_.clock.Now() + caller.delay, caller);
}

void LoadCallers::WaitUntil(absl::Time due, Caller& caller) {
  const MutexLock lock(mutex_);
  waiting_.emplace(due, &caller);
  changed_.NotifyOne();
}

void LoadCallers::End(const absl::Status& status) {
  if (!status.ok()) batches_.Stop();
  const MutexLock lock(mutex_);
  status_.Update(status);
  --running_;
  changed_.NotifyOne();
}

absl::Status LoadCallers::RunTimers() {
  MutexLock lock(mutex_);
  for (;;) {
    while (running_ > 0 && waiting_.empty()) changed_.Wait(lock);
    if (!status_.ok()) {
      running_ -= waiting_.size();
      waiting_.clear();
    }
    if (running_ == 0) return status_;
    if (waiting_.empty()) continue;
    const auto [due, caller] = *waiting_.begin();
    const absl::Duration left = due - environment_.clock.Now();
    const bool send = left <= absl::ZeroDuration();
    if (send) waiting_.erase(waiting_.begin());
    lock.Unlock();
    if (send) {
      Send(*caller);
    } else {
      environment_.sleep(std::min(left, kSleepMax));
    }
    lock.Lock();
  }
}

}  // namespace repatriation
