#include "tools/repatctl/load/visibility_sampler.h"

#include <algorithm>
#include <utility>

namespace repatriation {
namespace {

// A few hundred samples a second tell the percentiles, and questions cost the
// service that is being measured.
constexpr absl::Duration kIntervalMin = absl::Milliseconds(3);

}  // namespace

VisibilitySampler::VisibilitySampler(QueryClient* query, const Clock* clock)
    : query_(query), clock_(*clock), last_noted_(absl::InfinitePast()) {
  if (query_ != nullptr) thread_ = std::thread([this] { Sample(); });
}

void VisibilitySampler::Note(int64_t position) {
  if (query_ == nullptr || position == 0) return;
  {
    const std::lock_guard lock(mutex_);
    const absl::Time now = clock_.Now();
    if (now < last_noted_ + kIntervalMin) return;
    last_noted_ = now;
    noted_.push_back({position, now});
  }
  changed_.notify_one();
}

std::vector<absl::Duration> VisibilitySampler::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  return std::exchange(samples_, {});
}

void VisibilitySampler::Sample() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !noted_.empty(); });
    if (noted_.empty()) return;
    const Acknowledged oldest = noted_.front();
    lock.unlock();
    const int64_t applied_position = Ask(oldest);
    lock.lock();
    if (applied_position > 0) {
      TakeDown(applied_position);
    } else if (stopping_) {
      return;
    } else {
      noted_.pop_front();
    }
  }
}

int64_t VisibilitySampler::Ask(const Acknowledged& oldest) {
  v1::GetAggregateRequest request;
  request.mutable_read()->set_min_position(oldest.position);
  const auto answer = query_->GetAggregate(request);
  if (!answer.ok()) return 0;
  return std::max(oldest.position, answer->header().applied_position());
}

void VisibilitySampler::TakeDown(int64_t applied_position) {
  const absl::Time now = clock_.Now();
  for (; !noted_.empty() && noted_.front().position <= applied_position; noted_.pop_front()) {
    samples_.push_back(now - noted_.front().time);
  }
}

}  // namespace repatriation
