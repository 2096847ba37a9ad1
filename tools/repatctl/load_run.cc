#include "tools/repatctl/load_run.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/repatctl/load_events.h"

namespace repatriation {

// One stream of the run, on a thread of its own.
class LoadRun::Stream {
 public:
  explicit Stream(LoadRun& run) : run_(run), stream_(run.ingest_.OpenStream()) {}

  absl::Status Run() {
    for (;;) {
      absl::Duration wait = run_.options_.timeout;
      if (!writing_ && !writes_done_) wait = WriteNext();
      if (wait == absl::ZeroDuration()) continue;
      const BatchStream::Happening happening = stream_->Next(wait);
      switch (happening.kind) {
        case BatchStream::Kind::kWritten:
          writing_ = false;
          break;
        case BatchStream::Kind::kResponse:
          TakeResponse(happening.response);
          break;
        case BatchStream::Kind::kClosed:
          return happening.status;
        case BatchStream::Kind::kTimedOut:
          if (wait == run_.options_.timeout) {
            return absl::DeadlineExceededError("no answer in time");
          }
          break;
      }
    }
  }

  LoadResult& result() { return result_; }

 private:
  struct Sent {
    absl::Time time;
    int events;
    std::string last_id;
  };

  // Writes the next batch if one may be written; how long to wait otherwise,
  // or zero to look again.
  absl::Duration WriteNext() {
    if (in_flight_.size() >= static_cast<size_t>(run_.options_.window)) {
      return run_.options_.timeout;
    }
    if (next_batch_ < 0) next_batch_ = run_.TakeBatch();
    if (next_batch_ < 0) {
      writes_done_ = true;
      stream_->WritesDone();
      return run_.options_.timeout;
    }
    const absl::Time now = run_.clock_.Now();
    const absl::Time due = run_.DueTime(next_batch_);
    if (due > now) return due - now;
    Write(std::exchange(next_batch_, -1));
    return absl::ZeroDuration();
  }

  void Write(int64_t number) {
    const LoadOptions& options = run_.options_;
    const int64_t first = number * options.batch;
    const int events = static_cast<int>(std::min<int64_t>(options.batch, options.events - first));
    auto request = std::make_shared<v1::StreamEventsRequest>();
    request->set_batch_number(number);
    request->mutable_submissions()->Reserve(events);
    for (int i = 0; i < events; ++i) {
      v1::Event& event = *request->add_submissions()->mutable_event();
      FillLoadEvent(options.seed, static_cast<uint64_t>(first + i), event);
      result_.headcount += event.headcount();
    }
    in_flight_.push_back(
        {run_.clock_.Now(), events, request->submissions(events - 1).event().event_id()});
    writing_ = true;
    stream_->Write(std::move(request));
  }

  void TakeResponse(const v1::StreamEventsResponse& response) {
    const Sent sent = std::move(in_flight_.front());
    in_flight_.pop_front();
    const v1::BatchResult& batch = response.result();
    result_.acks.push_back(run_.clock_.Now() - sent.time);
    result_.duplicate += batch.duplicate_indexes_size();
    result_.rejected += batch.rejections_size();
    result_.recorded += sent.events - batch.duplicate_indexes_size() - batch.rejections_size();
    for (const int64_t position : batch.positions()) {
      result_.position_max = std::max(result_.position_max, position);
    }
    run_.NoteAnswer(batch.positions(sent.events - 1), sent.last_id, sent.events);
  }

  LoadRun& run_;
  const std::unique_ptr<BatchStream> stream_;
  LoadResult result_;
  std::deque<Sent> in_flight_;
  int64_t next_batch_ = -1;
  bool writing_ = false;
  bool writes_done_ = false;
};

absl::Status LoadRun::Run(LoadResult& result) {
  start_ = clock_.Now();
  std::vector<absl::Status> statuses(options_.streams);
  std::vector<LoadResult> results(options_.streams);
  std::vector<std::thread> threads;
  for (int i = 0; i < options_.streams; ++i) {
    threads.emplace_back([this, &status = statuses[i], &part = results[i]] {
      Stream stream(*this);
      status = stream.Run();
      part = std::move(stream.result());
    });
  }
  std::thread sampler([this, &result] { Sample(result.visible); });
  for (std::thread& thread : threads) thread.join();
  result.elapsed = clock_.Now() - start_;
  done_ = true;
  sampler.join();
  for (const LoadResult& part : results) {
    result.recorded += part.recorded;
    result.duplicate += part.duplicate;
    result.rejected += part.rejected;
    result.headcount += part.headcount;
    result.position_max = std::max(result.position_max, part.position_max);
    result.acks.insert(result.acks.end(), part.acks.begin(), part.acks.end());
  }
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

int64_t LoadRun::TakeBatch() {
  const int64_t number = next_batch_.fetch_add(1);
  return number * options_.batch < options_.events ? number : -1;
}

absl::Time LoadRun::DueTime(int64_t number) const {
  if (options_.events_per_second == 0) return start_;
  return start_ +
         absl::Seconds(static_cast<double>(number) * options_.batch / options_.events_per_second);
}

void LoadRun::NoteAnswer(int64_t position, const std::string& event_id, int events) {
  answered_ += events;
  const std::lock_guard lock(mutex_);
  if (position > latest_.position) latest_ = {position, event_id, clock_.Now()};
}

void LoadRun::Sample(std::vector<absl::Duration>& visible) {
  if (query_ == nullptr) return;
  int64_t sampled = 0;
  while (!done_) {
    LatestAnswer latest;
    {
      const std::lock_guard lock(mutex_);
      latest = latest_;
    }
    if (latest.position <= sampled) {
      std::this_thread::yield();
      continue;
    }
    sampled = latest.position;
    v1::GetEventRequest request;
    request.set_event_id(latest.event_id);
    request.mutable_read()->set_min_position(latest.position);
    if (query_->GetEvent(request).ok()) visible.push_back(clock_.Now() - latest.time);
  }
}

}  // namespace repatriation
