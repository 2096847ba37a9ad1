#include "tools/repatctl/load/visibility_sampler.h"

#include <algorithm>
#include <utility>

namespace repatriation {
namespace {

// A few hundred samples a second are enough for percentiles, and each query
// loads the service being measured.
constexpr absl::Duration kIntervalMin = absl::Milliseconds(3);

}  // namespace

VisibilitySampler::VisibilitySampler(QueryClient* query, const Clock* clock)
    : query_(query), clock_(*clock), last_recorded_(absl::InfinitePast()) {
  if (query_ != nullptr) thread_ = std::thread([this] { SampleUntilStopped(); });
}

void VisibilitySampler::RecordAck(int64_t position) {
  if (query_ == nullptr || position == 0) return;
  {
    const MutexLock lock(mutex_);
    const absl::Time now = clock_.Now();
    if (now < last_recorded_ + kIntervalMin) return;
    last_recorded_ = now;
    pending_.push_back({position, now});
  }
  changed_.NotifyOne();
}

std::vector<absl::Duration> VisibilitySampler::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyOne();
  if (thread_.joinable()) thread_.join();
  return std::exchange(samples_, {});
}

void VisibilitySampler::SampleUntilStopped() {
  MutexLock lock(mutex_);
  for (;;) {
    while (!stopping_ && pending_.empty()) changed_.Wait(lock);
    if (pending_.empty()) return;
    const Acknowledged oldest = pending_.front();
    lock.Unlock();
    const int64_t applied_position = QueryAppliedPosition(oldest);
    lock.Lock();
    if (applied_position > 0) {
      AddSamples(applied_position);
    } else if (stopping_) {
      return;
    } else {
      pending_.pop_front();
    }
  }
}

int64_t VisibilitySampler::QueryAppliedPosition(const Acknowledged& oldest) {
  v1::GetAggregateRequest request;
  request.mutable_read()->set_min_position(oldest.position);
  const auto answer = query_->GetAggregate(request);
  if (!answer.ok()) return 0;
  return std::max(oldest.position, answer->header().applied_position());
}

void VisibilitySampler::AddSamples(int64_t applied_position) {
  const absl::Time now = clock_.Now();
  while (!pending_.empty() && pending_.front().position <= applied_position) {
    samples_.push_back(now - pending_.front().time);
    pending_.pop_front();
  }
}

}  // namespace repatriation
