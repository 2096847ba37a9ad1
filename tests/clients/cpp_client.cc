// Streams events to the ingest service: example_cpp_client HOST:PORT < events.jsonl
//
// Each line is a repatriation.v1.Event as JSON. A batch is durable once it is answered.
// Unanswered batches are resent when the stream breaks, which is safe because of their ids.
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <iostream>
#include <random>
#include <thread>

#include "repatriation/v1/ingest_service.grpc.pb.h"

namespace v1 = repatriation::v1;
using Batches = std::deque<v1::StreamEventsRequest>;
constexpr int kBatch = 1000;      // events in a batch
constexpr size_t kWindow = 4;     // batches in flight
constexpr int kGiveUpAfter = 10;  // failures in a row, more than a minute

v1::StreamEventsRequest ReadBatch(std::istream& input) {
  v1::StreamEventsRequest batch;
  std::string line;
  while (batch.submissions_size() < kBatch && std::getline(input, line)) {
    v1::Event* event = batch.add_submissions()->mutable_event();
    if (google::protobuf::util::JsonStringToMessage(line, event).ok()) continue;
    std::cerr << "not an event: " << line << "\n";
    batch.mutable_submissions()->RemoveLast();
  }
  return batch;
}

void Report(const v1::BatchResult& result) {
  for (const auto& bad : result.rejections()) {
    std::cout << bad.field() << ": " << bad.description() << "\n";
  }
  const auto last = std::max_element(result.positions().begin(), result.positions().end());
  std::cout << "durable through position " << *last << std::endl;
}

// Sends `unanswered` and then the input; OK once everything is answered.
grpc::Status Stream(v1::IngestService::Stub& stub, Batches& unanswered, int& failures) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  const auto stream = stub.StreamEvents(&context);
  for (size_t sent = 0;;) {
    if (sent == unanswered.size() && sent < kWindow) {
      v1::StreamEventsRequest batch = ReadBatch(std::cin);
      if (batch.submissions_size() > 0) unanswered.push_back(std::move(batch));
    }
    if (sent < unanswered.size()) {
      if (!stream->Write(unanswered[sent++])) return stream->Finish();
      continue;
    }
    if (unanswered.empty()) stream->WritesDone();
    v1::StreamEventsResponse response;
    if (!stream->Read(&response)) return stream->Finish();
    Report(response.result());
    unanswered.pop_front();
    --sent;
    failures = 0;
  }
}

int main(int argc, char** argv) {
  const auto channel = grpc::CreateChannel(argv[argc - 1], grpc::InsecureChannelCredentials());
  const auto stub = v1::IngestService::NewStub(channel);
  std::random_device random;
  Batches unanswered;
  for (int failures = 0; failures <= kGiveUpAfter; ++failures) {
    const grpc::Status status = Stream(*stub, unanswered, failures);
    if (status.ok()) return 0;
    std::cerr << status.error_message() << "\n";
    const grpc::StatusCode code = status.error_code();
    if (code != grpc::UNAVAILABLE && code != grpc::RESOURCE_EXHAUSTED) return 1;
    std::this_thread::sleep_for(std::chrono::milliseconds((100 + random() % 100) << failures));
  }
  return 1;
}
