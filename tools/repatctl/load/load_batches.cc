#include "tools/repatctl/load/load_batches.h"

#include <algorithm>

namespace repatriation {

void LoadResult::Count(const v1::BatchResult& answer, int events) {
  duplicate += answer.duplicate_indexes_size();
  rejected += answer.rejections_size();
  recorded += events - answer.duplicate_indexes_size() - answer.rejections_size();
  for (const int64_t position : answer.positions()) {
    position_max = std::max(position_max, position);
  }
}

void LoadResult::Add(const LoadResult& part) {
  recorded += part.recorded;
  duplicate += part.duplicate;
  rejected += part.rejected;
  retried += part.retried;
  headcount += part.headcount;
  position_max = std::max(position_max, part.position_max);
  acks.insert(acks.end(), part.acks.begin(), part.acks.end());
}

int64_t LoadBatches::Next() {
  if (stopped_) return -1;
  const int64_t number = next_.fetch_add(1);
  return number * options_.batch < options_.events ? number : -1;
}

absl::Time LoadBatches::DueTime(int64_t number) const {
  if (options_.events_per_second == 0) return start_;
  return start_ +
         absl::Seconds(static_cast<double>(number) * options_.batch / options_.events_per_second);
}

int LoadBatches::EventsOf(int64_t number) const {
  return static_cast<int>(
      std::min<int64_t>(options_.batch, options_.events - number * options_.batch));
}

LoadBatches::Batch LoadBatches::Encode(int64_t number) const {
  Batch batch;
  std::string& bytes = batch.request.bytes;
  const int events = EventsOf(number);
  bytes.reserve(static_cast<size_t>(events) * LoadEventWriter::kSubmissionBytesMax + 16);
  const auto first = static_cast<uint64_t>(number * options_.batch);
  for (int i = 0; i < events; ++i) batch.headcount += writer_.Append(first + i, bytes);
  v1::StreamEventsRequest rest;
  rest.set_batch_number(number);
  rest.AppendToString(&bytes);
  return batch;
}

int64_t LoadBatches::Fill(int64_t number,
                          google::protobuf::RepeatedPtrField<v1::Submission>& submissions) const {
  const int events = EventsOf(number);
  submissions.Reserve(events);
  while (submissions.size() < events) submissions.Add();
  while (submissions.size() > events) submissions.RemoveLast();
  auto index = static_cast<uint64_t>(number * options_.batch);
  int64_t headcount = 0;
  for (v1::Submission& submission : submissions) {
    v1::Event& event = *submission.mutable_event();
    FillLoadEvent(options_.seed, index++, event);
    headcount += event.headcount();
  }
  return headcount;
}

}  // namespace repatriation
