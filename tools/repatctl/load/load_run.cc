#include "tools/repatctl/load/load_run.h"

#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/repatctl/load/load_callers.h"

namespace repatriation {

// One stream of the run. One thread uses it.
class LoadRun::Stream {
 public:
  Stream(LoadRun& run, IngestClient& ingest) : run_(run), stream_(ingest.OpenStream()) {}

  absl::Status Run() {
    for (;;) {
      absl::Duration wait = run_.options_.timeout;
      if (!writing_ && !writes_done_) wait = WriteNext();
      if (wait == absl::ZeroDuration()) continue;
      const BatchStream::StreamEvent event = stream_->Next(wait);
      switch (event.kind) {
        case BatchStream::Kind::kWritten:
          writing_ = false;
          break;
        case BatchStream::Kind::kResponse:
          HandleResponse(event.response);
          break;
        case BatchStream::Kind::kClosed:
          if (!event.status.ok() || in_flight_.empty()) return event.status;
          return absl::UnavailableError("the ingest service ended the stream early");
        case BatchStream::Kind::kTimedOut:
          if (wait == run_.options_.timeout) {
            return absl::DeadlineExceededError(absl::StrCat(
                "the ingest service did not answer within ", absl::FormatDuration(wait)));
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
  };

  // Writes the next batch if the window and the rate permit. Returns how long to
  // wait for the stream's next event; zero: call again at once.
  absl::Duration WriteNext() {
    if (in_flight_.size() >= static_cast<size_t>(run_.options_.window)) {
      return run_.options_.timeout;
    }
    if (next_batch_ < 0) next_batch_ = run_.batches_.Next();
    if (next_batch_ < 0) {
      writes_done_ = true;
      stream_->WritesDone();
      return run_.options_.timeout;
    }
    const absl::Time now = run_.clock_.Now();
    const absl::Time due = run_.batches_.DueTime(next_batch_);
    if (due > now) return due - now;
    Write(std::exchange(next_batch_, -1));
    return absl::ZeroDuration();
  }

  void Write(int64_t number) {
    LoadBatches::Batch batch = run_.batches_.Encode(number);
    result_.headcount += batch.headcount;
    in_flight_.push_back({run_.clock_.Now(), run_.batches_.EventsOf(number)});
    writing_ = true;
    stream_->Write(std::move(batch.request));
  }

  void HandleResponse(const v1::StreamEventsResponse& response) {
    const Sent sent = std::move(in_flight_.front());
    in_flight_.pop_front();
    result_.acks.push_back(run_.clock_.Now() - sent.time);
    result_.Count(response.result(), sent.events);
    run_.RecordAnswer(response.result(), sent.events);
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
  const absl::Time start = clock_.Now();
  batches_.Start(start);
  const absl::Status status = options_.callers > 0 ? RunCallers(result) : RunStreams(result);
  result.elapsed = clock_.Now() - start;
  result.visible = sampler_.Stop();
  return status;
}

absl::Status LoadRun::RunStreams(LoadResult& result) {
  std::vector<absl::Status> statuses(options_.streams);
  std::vector<LoadResult> results(options_.streams);
  std::vector<std::thread> threads;
  for (int i = 0; i < options_.streams; ++i) {
    IngestClient& ingest = *ingest_[i % ingest_.size()];
    threads.emplace_back([this, &ingest, &status = statuses[i], &part = results[i]] {
      Stream stream(*this, ingest);
      status = stream.Run();
      part = std::move(stream.result());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const LoadResult& part : results) result.Add(part);
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status LoadRun::RunCallers(LoadResult& result) {
  LoadCallers callers(
      options_.callers, ingest_, &batches_, environment_,
      [this](const v1::BatchResult& answer, const v1::AppendEventsRequest& request) {
        RecordAnswer(answer, request.submissions_size());
      });
  return callers.Run(result);
}

void LoadRun::RecordAnswer(const v1::BatchResult& answer, int events) {
  answered_ += events;
  if (answer.positions_size() == events) {
    sampler_.RecordAck(answer.positions(events - 1));
  }
}

}  // namespace repatriation
