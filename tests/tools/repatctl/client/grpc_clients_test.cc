// The clients against in-process servers on a free port.
#include "tools/repatctl/client/grpc_clients.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/mutex.h"
#include "common/rpc/status.h"
#include "repatriation/v1/ingest_service.grpc.pb.h"
#include "repatriation/v1/query_service.grpc.pb.h"
#include "tests/common/testing/notification.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/tools/repatctl/testing/fakes.h"
#include "tools/repatctl/import/import_file.h"
#include "tools/repatctl/import/importer.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using EventStream = grpc::ServerReaderWriter<v1::StreamEventsResponse, v1::StreamEventsRequest>;

// Follows plans like FakeIngest, over gRPC.
class IngestServer final : public v1::IngestService::Service {
 public:
  explicit IngestServer(std::vector<StreamPlan> plans) : plans_(std::move(plans)) {
    int port = 0;
    server_ = grpc::ServerBuilder()
                  .AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port)
                  .RegisterService(this)
                  .BuildAndStart();
    target_ = absl::StrCat("127.0.0.1:", port);
  }
  ~IngestServer() override { server_->Shutdown(); }

  grpc::Status AppendEvents(grpc::ServerContext* context, const v1::AppendEventsRequest* request,
                            v1::AppendEventsResponse* response) override {
    has_deadline_ = context->deadline() != std::chrono::system_clock::time_point::max();
    if (request->submissions().empty()) {
      return ToGrpcStatus(InvalidField("submissions", "REQUIRED", "must hold at least one"));
    }
    const MutexLock lock(mutex_);
    *response->mutable_result() = ledger_.Append(request->submissions());
    return grpc::Status::OK;
  }

  grpc::Status StreamEvents(grpc::ServerContext* context, EventStream* stream) override {
    StreamPlan plan = NextPlan();
    v1::StreamEventsRequest request;
    while (plan.answers-- > 0) {
      if (!stream->Read(&request)) return grpc::Status::OK;
      stream->Write(Answer(request));
    }
    while (plan.lost_answers-- > 0 && stream->Read(&request)) Answer(request);
    // A stream that stalls still ends when it is cancelled.
    while (plan.stalls && stream->Read(&request)) {
    }
    return ToGrpcStatus(plan.end);
  }

  const std::string& target() const { return target_; }
  int streams() const { return streams_; }
  bool has_deadline() const { return has_deadline_; }
  size_t recorded() const {
    const MutexLock lock(mutex_);
    return ledger_.content().size();
  }

 private:
  StreamPlan NextPlan() {
    const size_t index = static_cast<size_t>(streams_.fetch_add(1));
    return plans_[std::min(index, plans_.size() - 1)];
  }
  v1::StreamEventsResponse Answer(const v1::StreamEventsRequest& request) {
    v1::StreamEventsResponse response;
    response.set_batch_number(request.batch_number());
    const MutexLock lock(mutex_);
    *response.mutable_result() = ledger_.Append(request.submissions());
    return response;
  }

  const std::vector<StreamPlan> plans_;
  std::string target_;
  std::unique_ptr<grpc::Server> server_;
  std::atomic<int> streams_ = 0;
  std::atomic<bool> has_deadline_ = false;
  mutable Mutex mutex_;
  FakeLedger ledger_ ABSL_GUARDED_BY(mutex_);
};

class Observer : public ImportObserver {
 public:
  void OnRejected(int64_t line, const FieldError&) override { lines.push_back(line); }
  void OnBatchDone(const ImportCounts&, int64_t) override {}
  std::vector<int64_t> lines;
};

constexpr int kRows = 5'000;

std::string File() {
  std::string text = "event_id,mission,kind,day,category,headcount\n";
  for (int i = 0; i < kRows; ++i) {
    absl::StrAppend(&text, "e", i, ",M,arrival,2023-01-01,un_volunteer,", i % 1000 == 7 ? 0 : 1,
                    "\n");
  }
  return text;
}

ImportResult Import(IngestServer& server, Observer& observer, ImportOptions options = {}) {
  const auto client = ConnectIngest(server.target(), absl::Seconds(30));
  FakeRetryEnvironment environment;
  std::istringstream input(File());
  const auto rows = OpenImportFile(input, {});
  options.batch_rows_max = 100;
  return Importer(options, **rows, *client, environment.Get(), observer).Run();
}

TEST(GrpcImport, StreamsAFile) {
  IngestServer server({StreamPlan()});
  Observer observer;
  const auto result = Import(server, observer);
  EXPECT_THAT(result.service, IsOk());
  EXPECT_EQ(result.counts.recorded, kRows - 5);
  EXPECT_EQ(result.counts.duplicate, 0);
  EXPECT_EQ(result.counts.rejected, 5);
  EXPECT_THAT(observer.lines, ::testing::ElementsAre(9, 1009, 2009, 3009, 4009));
  EXPECT_EQ(server.streams(), 1);
}

TEST(GrpcImport, ResumesAfterBrokenStreams) {
  IngestServer server({{.answers = 3, .lost_answers = 1},
                       {.answers = 0, .end = Exhausted("request queue is full", absl::Seconds(1))},
                       {.answers = 5, .lost_answers = 2, .end = absl::OkStatus()},
                       StreamPlan()});
  Observer observer;
  const auto result = Import(server, observer);
  EXPECT_THAT(result.service, IsOk());
  EXPECT_EQ(result.counts.recorded + result.counts.duplicate, kRows - 5);
  EXPECT_GE(result.counts.duplicate, 100) << "at least the first lost batch";
  EXPECT_EQ(result.counts.rejected, 5);
  EXPECT_THAT(observer.lines, ::testing::ElementsAre(9, 1009, 2009, 3009, 4009));
  EXPECT_EQ(server.recorded(), static_cast<size_t>(kRows - 5));
  EXPECT_EQ(server.streams(), 4);
}

TEST(GrpcImport, ReopensAStalledStream) {
  IngestServer server({{.answers = 2, .stalls = true}, StreamPlan()});
  Observer observer;
  ImportOptions options;
  options.stall_timeout = absl::Milliseconds(200);
  EXPECT_THAT(Import(server, observer, options).service, IsOk());
  EXPECT_THAT(server.streams(), Ge(2));
  EXPECT_EQ(server.recorded(), static_cast<size_t>(kRows - 5));
}

TEST(GrpcImport, KeepsErrorDetails) {
  IngestServer server(
      {{.answers = 0, .end = InvalidField("submissions", "TOO_MANY", "must be at most 10")}});
  Observer observer;
  const auto result = Import(server, observer);
  EXPECT_THAT(result.service,
              StatusIs(absl::StatusCode::kInvalidArgument, "submissions: must be at most 10"));
  EXPECT_EQ(ReasonOf(result.service), "TOO_MANY");
}

TEST(GrpcImport, UnreachableServiceEndsTheStream) {
  std::string target;
  {
    const IngestServer gone({StreamPlan()});
    target = gone.target();
  }
  const auto client = ConnectIngest(target, absl::Seconds(30));
  const auto stream = client->OpenStream();
  const auto event = stream->Next(absl::Seconds(30));
  EXPECT_EQ(event.kind, BatchStream::Kind::kClosed);
  EXPECT_THAT(event.status,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("ingest service at " + target)));
}

TEST(GrpcBatchStream, CanBeDestroyedAtAnyTime) {
  IngestServer server({{.answers = 0, .stalls = true}});
  const auto client = ConnectIngest(server.target(), absl::Seconds(30));
  v1::StreamEventsRequest message;
  message.add_submissions()->mutable_event()->set_event_id(std::string(1 << 20, 'x'));
  const Encoded request(message);
  client->OpenStream().reset();
  for (int writes = 1; writes < 4; ++writes) {
    const auto stream = client->OpenStream();
    for (int i = 0; i < writes; ++i) {
      stream->Write(request);
      if (stream->Next(absl::Seconds(30)).kind != BatchStream::Kind::kWritten) break;
    }
    stream->Write(request);
  }
}

TEST(GrpcClients, UnaryCallsHaveADeadlineAndDetails) {
  IngestServer server({StreamPlan()});
  const auto client = ConnectIngest(server.target(), absl::Seconds(30));
  v1::AppendEventsRequest request;
  const auto refused = client->AppendEvents(request);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonOf(refused.status()), "REQUIRED");
  EXPECT_TRUE(server.has_deadline());
  request.add_submissions()->mutable_event()->set_headcount(1);
  const auto response = client->AppendEvents(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(response->result().positions(), SizeIs(1));
}

TEST(GrpcClients, CallbackMayStartTheNextCall) {
  IngestServer server({StreamPlan()});
  const auto client = ConnectIngest(server.target(), absl::Seconds(30));
  v1::AppendEventsRequest request;
  Notification ended;
  absl::Status refusal;
  absl::StatusOr<v1::AppendEventsResponse> answer = absl::UnknownError("not called");
  client->StartAppendEvents(request, [&](absl::StatusOr<v1::AppendEventsResponse> first) {
    refusal = first.status();
    request.add_submissions()->mutable_event()->set_headcount(1);
    client->StartAppendEvents(request, [&](absl::StatusOr<v1::AppendEventsResponse> second) {
      answer = std::move(second);
      ended.Notify();
    });
  });
  ended.WaitForNotification();
  EXPECT_EQ(ReasonOf(refusal), "REQUIRED");
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->result().positions(), SizeIs(1));
  EXPECT_TRUE(server.has_deadline());
}

TEST(GrpcClients, QueriesReachTheirMethod) {
  struct QueryServer final : v1::QueryService::Service {
    grpc::Status GetBriefing(grpc::ServerContext*, const v1::GetBriefingRequest* request,
                             v1::GetBriefingResponse* response) override {
      response->set_mission(request->mission());
      // More than gRPC's default of 4 MiB.
      response->set_text(std::string(8 << 20, 'x'));
      return grpc::Status::OK;
    }
  } service;
  int port = 0;
  const auto server = grpc::ServerBuilder()
                          .AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port)
                          .RegisterService(&service)
                          .BuildAndStart();
  const auto client = ConnectQuery(absl::StrCat("127.0.0.1:", port), absl::Seconds(30));
  v1::GetBriefingRequest request;
  request.set_mission("MINUSMA");
  const auto response = client->GetBriefing(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->mission(), "MINUSMA");
  EXPECT_THAT(client->ListMissions({}), StatusIs(absl::StatusCode::kUnimplemented));
}

// Sends `answers` responses with positions from 1 and ends the stream; 0: never ends.
struct WatchServer final : v1::QueryService::Service {
  explicit WatchServer(int answers) : answers(answers) {
    server = grpc::ServerBuilder()
                 .AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port)
                 .RegisterService(this)
                 .BuildAndStart();
  }
  ~WatchServer() override { server->Shutdown(); }
  grpc::Status WatchAggregate(grpc::ServerContext* context,
                              const v1::WatchAggregateRequest* request,
                              grpc::ServerWriter<v1::WatchAggregateResponse>* writer) override {
    has_deadline = context->deadline() != std::chrono::system_clock::time_point::max();
    v1::WatchAggregateResponse response;
    response.set_resume_token(request->resume_token());
    for (int i = 1; answers == 0 || i <= answers; ++i) {
      response.mutable_header()->set_known_at_position(i);
      if (!writer->Write(response)) break;
    }
    if (request->resume_token() == "slow") return ToGrpcStatus(Exhausted("slow", absl::Seconds(1)));
    return grpc::Status::OK;
  }
  std::string target() const { return absl::StrCat("127.0.0.1:", port); }

  const int answers;
  int port = 0;
  std::atomic<bool> has_deadline = false;
  std::unique_ptr<grpc::Server> server;
};

TEST(GrpcClients, WatchEndsWhenTheHandlerReturnsFalse) {
  WatchServer server(0);
  const auto client = ConnectQuery(server.target(), absl::Seconds(30));
  std::vector<int64_t> positions;
  EXPECT_THAT(client->WatchAggregate({},
                                     [&](const v1::WatchAggregateResponse& response) {
                                       positions.push_back(response.header().known_at_position());
                                       return positions.size() < 3;
                                     }),
              IsOk());
  EXPECT_THAT(positions, ElementsAre(1, 2, 3));
  EXPECT_FALSE(server.has_deadline);
}

TEST(GrpcClients, BrokenWatchReturnsItsStatus) {
  WatchServer server(2);
  const auto client = ConnectQuery(server.target(), absl::Seconds(30));
  int answers = 0;
  const auto count = [&answers](const v1::WatchAggregateResponse&) {
    ++answers;
    return true;
  };
  EXPECT_THAT(client->WatchAggregate({}, count), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(answers, 2);
  v1::WatchAggregateRequest slow;
  slow.set_resume_token("slow");
  const absl::Status status = client->WatchAggregate(slow, count);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(RetryDelayOf(status), absl::Seconds(1));
  EXPECT_EQ(answers, 4);
}

}  // namespace
}  // namespace repatriation
