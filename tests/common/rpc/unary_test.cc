#include "common/rpc/unary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/clock.h"
#include "common/base/errors.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "tests/common/rpc/query_stub.h"
#include "tests/common/rpc/raw_client.h"

namespace repatriation {
namespace {

constexpr size_t kMessageBytesMax = 64 << 10;

v1::ListMissionsResponse Answer(const std::string& mission) {
  v1::ListMissionsResponse response;
  response.add_missions()->set_mission(mission);
  return response;
}

// Waits until another thread makes `condition` true.
template <typename Condition>
void Await(const Condition& condition) {
  while (!condition()) std::this_thread::yield();
}

class UnaryTest : public testing::Test {
 protected:
  ~UnaryTest() override {
    if (server_ != nullptr) server_->Shutdown({&*admission_});
  }

  void Serve(MissionsCore core, int threads = 2, size_t queue_max = 10, int calls_max = 100) {
    executor_.emplace("test", threads, queue_max);
    admission_.emplace("--calls_max", calls_max, absl::Milliseconds(40));
    stub_.emplace(*executor_, *admission_, kMessageBytesMax);
    stub_->set_core(std::move(core));
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.message_bytes_max = kMessageBytesMax;
    auto server = Server::Start(options, {&*stub_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = NewChannel(server_->address());
  }

  std::unique_ptr<RawCall> StartCall(absl::Time deadline = absl::InfiniteFuture()) {
    return std::make_unique<RawCall>(channel_, kListMissions, "", deadline);
  }
  absl::StatusOr<std::string> Call(const std::string& request = "") {
    return CallRaw(channel_, kListMissions, request);
  }

  std::optional<Executor> executor_;
  std::optional<CallAdmission> admission_;
  std::optional<QueryStub> stub_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(UnaryTest, AnswersThroughAGeneratedStub) {
  Serve([](const v1::ListMissionsRequest& request, const CallInfo&, MissionsResponder responder) {
    EXPECT_NE(request.GetArena(), nullptr);
    responder.Respond(Answer(absl::StrCat(request.page_token(), "!")));
  });
  const auto stub = v1::QueryService::NewStub(channel_);
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    v1::ListMissionsRequest request;
    request.set_page_token(absl::StrCat("MINUSMA-", i));
    v1::ListMissionsResponse response;
    const grpc::Status status = stub->ListMissions(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.missions_size(), 1);
    EXPECT_EQ(response.missions(0).mission(), absl::StrCat("MINUSMA-", i, "!"));
  }
}

// The executor's only thread is busy; small requests do not need it.
TEST_F(UnaryTest, RunsSmallRequestsOnTheGrpcThreadIfTheMethodAllowsIt) {
  Serve(
      [](const v1::ListMissionsRequest& request, const CallInfo&, MissionsResponder responder) {
        responder.Respond(Answer(absl::StrCat(request.page_token().size())));
      },
      /*threads=*/1);
  stub_->set_run_on(RunOn::kGrpcThread);
  std::promise<void> release;
  ASSERT_TRUE(executor_->TrySubmit([&] { release.get_future().wait(); }));
  v1::ListMissionsRequest small;
  small.set_page_token("MINUSMA");
  v1::ListMissionsResponse answer;
  ASSERT_TRUE(answer.ParseFromString(Call(small.SerializeAsString()).value()));
  EXPECT_EQ(answer.missions(0).mission(), "7");

  v1::ListMissionsRequest large;
  large.set_page_token(std::string(10'000, 'x'));
  auto waiting = std::async(std::launch::async, [&] { return Call(large.SerializeAsString()); });
  Await([this] { return admission_->in_progress() == 1; });
  EXPECT_TRUE(Call(small.SerializeAsString()).ok()) << "while the large one waits for a thread";
  // The caller gets its answer before the service is done with the call.
  Await([this] { return admission_->in_progress() == 1; });
  release.set_value();
  ASSERT_TRUE(answer.ParseFromString(waiting.get().value()));
  EXPECT_EQ(answer.missions(0).mission(), "10000");
}

TEST_F(UnaryTest, SendsErrorDetails) {
  const absl::Status error =
      WithReason(InvalidField("page_size", "OUT_OF_RANGE", "must be 1 to 1,000"), "WHY");
  Serve(
      [&](const auto&, const CallInfo&, MissionsResponder responder) { responder.Respond(error); });
  EXPECT_EQ(Call().status(), error);
}

TEST_F(UnaryTest, LongestErrorFitsIntoTheTrailers) {
  // On the wire each byte of such a message is encoded as three.
  std::string message;
  for (int i = 0; i < 3000; ++i) absl::StrAppend(&message, "\u00e9");
  // The longest reason that is not omitted.
  absl::Status error;
  for (size_t size = kStatusDetailsBytesMax; ReasonOf(FromGrpcStatus(ToGrpcStatus(error))).empty();
       --size) {
    error = WithReason(absl::DataLossError(message), std::string(size, 'R'));
  }
  EXPECT_GT(ToGrpcStatus(error).error_details().size(), kStatusDetailsBytesMax - 8);
  Serve(
      [&](const auto&, const CallInfo&, MissionsResponder responder) { responder.Respond(error); });
  const absl::Status status = Call().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(ReasonOf(status), ReasonOf(error));
  EXPECT_GE(status.message().size(), kStatusMessageBytesMax - 1);
}

TEST_F(UnaryTest, DoesNotPassMalformedRequestsToTheCore) {
  Serve([](const auto&, const CallInfo&, MissionsResponder responder) {
    ADD_FAILURE() << "the core ran";
    responder.Respond(Answer("X"));
  });
  const absl::Status malformed = Call("\xff\xff").status();
  EXPECT_EQ(malformed.code(), absl::StatusCode::kInvalidArgument) << malformed;
  EXPECT_EQ(ReasonOf(malformed), "MALFORMED_MESSAGE");
  const absl::Status not_utf8 = Call(
                                    "\x1a\x03"
                                    "ab\xff")
                                    .status();
  EXPECT_EQ(not_utf8.code(), absl::StatusCode::kInvalidArgument) << not_utf8;
  EXPECT_EQ(ReasonOf(not_utf8), "INVALID_UTF8");
  EXPECT_THAT(std::string(not_utf8.message()), testing::StartsWith("page_token: "));
}

TEST_F(UnaryTest, LimitsTheRequestSize) {
  Serve([](const auto&, const CallInfo&, MissionsResponder responder) {
    responder.Respond(Answer("fits"));
  });
  v1::ListMissionsRequest request;
  request.set_page_token(std::string(kMessageBytesMax - 4, 'x'));
  const std::string fits = request.SerializeAsString();
  ASSERT_EQ(fits.size(), kMessageBytesMax);
  EXPECT_TRUE(Call(fits).ok());

  request.mutable_page_token()->push_back('x');
  const absl::Status larger = Call(request.SerializeAsString()).status();
  EXPECT_EQ(larger.code(), absl::StatusCode::kInvalidArgument) << larger;
  EXPECT_EQ(ReasonOf(larger), "MESSAGE_TOO_LARGE");

  // Beyond gRPC's own limit.
  request.set_page_token(std::string(2 * kMessageBytesMax, 'x'));
  const absl::Status far_larger = Call(request.SerializeAsString()).status();
  EXPECT_EQ(far_larger.code(), absl::StatusCode::kResourceExhausted) << far_larger;
}

TEST_F(UnaryTest, RejectsCompressedRequestsWithoutDecompressingThem) {
  Serve([](const auto&, const CallInfo&, MissionsResponder responder) {
    ADD_FAILURE() << "the core ran";
    responder.Respond(Answer("X"));
  });
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    v1::ListMissionsRequest request;
    request.set_page_token(std::string(kMessageBytesMax / 2, 'x'));
    v1::ListMissionsResponse response;
    const grpc::Status status =
        v1::QueryService::NewStub(channel_)->ListMissions(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
  }
}

TEST_F(UnaryTest, PassesTheDeadlineToTheCore) {
  std::promise<absl::Time> seen[2];
  std::atomic<int> calls = 0;
  Serve([&](const auto&, const CallInfo& call, MissionsResponder responder) {
    seen[calls++].set_value(call.deadline);
    responder.Respond(Answer("X"));
  });
  ASSERT_TRUE(Call().ok());
  EXPECT_EQ(seen[0].get_future().get(), absl::InfiniteFuture());
  const absl::Time deadline = SystemClock().Now() + absl::Hours(1);
  ASSERT_TRUE(StartCall(deadline)->Await().ok());
  // It is sent as the remaining time.
  const absl::Time came = seen[1].get_future().get();
  EXPECT_LT(absl::AbsDuration(came - deadline), absl::Minutes(10)) << came;
}

TEST_F(UnaryTest, FullExecutorRejectsWithARetryDelay) {
  std::promise<void> running;
  std::promise<void> open;
  Serve(
      [&](const auto&, const CallInfo&, MissionsResponder responder) {
        running.set_value();
        open.get_future().wait();
        responder.Respond(Answer("first"));
      },
      /*threads=*/1, /*queue_max=*/0);
  const auto first = StartCall();
  running.get_future().wait();
  const absl::Status refused = Call().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  EXPECT_EQ(RetryDelayOf(refused), absl::Milliseconds(30));
  open.set_value();
  EXPECT_TRUE(first->Await().ok());
}

TEST_F(UnaryTest, RejectsCallsBeyondTheLimitUntilOneEnds) {
  std::promise<MissionsResponder> kept;
  std::atomic<int> calls = 0;
  Serve(
      [&](const auto&, const CallInfo&, MissionsResponder responder) {
        if (calls++ == 0) {
          kept.set_value(std::move(responder));
        } else {
          responder.Respond(Answer("later"));
        }
      },
      /*threads=*/2, /*queue_max=*/10, /*calls_max=*/1);
  const auto first = StartCall();
  MissionsResponder responder = kept.get_future().get();
  const absl::Status refused = Call().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  EXPECT_EQ(RetryDelayOf(refused), absl::Milliseconds(40));
  responder.Respond(Answer("first"));
  EXPECT_TRUE(first->Await().ok());
  EXPECT_TRUE(admission_->AwaitIdle(absl::InfiniteDuration()));
  EXPECT_TRUE(Call().ok());
}

TEST_F(UnaryTest, CanRespondLaterFromAnotherThread) {
  std::promise<MissionsResponder> kept;
  const v1::ListMissionsRequest* request = nullptr;
  Serve([&](const v1::ListMissionsRequest& came, const CallInfo&, MissionsResponder responder) {
    request = &came;
    kept.set_value(std::move(responder));
  });
  RawCall call(channel_, kListMissions,
               "\x1a\x03"
               "abc");
  MissionsResponder responder = kept.get_future().get();
  executor_->Shutdown();
  // The request is still valid.
  responder.Respond(Answer(request->page_token()));
  // A second response is ignored.
  responder.Respond(absl::InternalError("again"));
  EXPECT_FALSE(responder.IsCancelled());
  const auto response = call.Await();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(*response, Answer("abc").SerializeAsString());
}

TEST_F(UnaryTest, DroppedResponderIsInternal) {
  Serve([&](const auto&, const CallInfo&, MissionsResponder) {});
  const absl::Status status = Call().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("without an answer"));
}

TEST_F(UnaryTest, OverwrittenResponderIsInternal) {
  std::promise<MissionsResponder> kept[2];
  std::atomic<int> calls = 0;
  Serve([&](const auto&, const CallInfo&, MissionsResponder responder) {
    kept[calls++].set_value(std::move(responder));
  });
  const auto first = StartCall();
  std::optional<MissionsResponder> responder = kept[0].get_future().get();
  const auto second = StartCall();
  {
    MissionsResponder other = kept[1].get_future().get();
    *responder = std::move(other);
  }
  EXPECT_EQ(first->Await().status().code(), absl::StatusCode::kInternal);
  responder->Respond(Answer("second"));
  EXPECT_TRUE(second->Await().ok());
}

TEST_F(UnaryTest, RunningCoreSeesACancellation) {
  std::promise<void> running;
  std::promise<bool> before;
  Serve([&](const auto&, const CallInfo&, MissionsResponder responder) {
    before.set_value(responder.IsCancelled());
    running.set_value();
    Await([&] { return responder.IsCancelled(); });
    responder.Respond(Answer("nobody"));
  });
  const auto call = StartCall();
  running.get_future().wait();
  EXPECT_FALSE(before.get_future().get());
  call->TryCancel();
  EXPECT_EQ(call->Await().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(admission_->AwaitIdle(absl::InfiniteDuration()));
}

TEST_F(UnaryTest, ExceededDeadlineIsACancellation) {
  Serve([&](const auto&, const CallInfo&, MissionsResponder responder) {
    Await([&] { return responder.IsCancelled(); });
    responder.Respond(Answer("late"));
  });
  const auto call = StartCall(SystemClock().Now() + absl::Milliseconds(50));
  EXPECT_EQ(call->Await().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(admission_->AwaitIdle(absl::InfiniteDuration()));
}

TEST_F(UnaryTest, DoesNotPassCallsCancelledWhileQueuedToTheCore) {
  std::atomic<int> runs = 0;
  std::promise<void> running;
  std::promise<void> open;
  Serve(
      [&](const auto&, const CallInfo&, MissionsResponder responder) {
        if (++runs == 1) {
          running.set_value();
          open.get_future().wait();
        }
        responder.Respond(Answer("X"));
      },
      /*threads=*/1, /*queue_max=*/1);
  // gRPC notifies the server of a cancellation a moment after the client, and there is no
  // way to wait for it; so several attempts are allowed, though usually one is enough.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    runs = 0;
    running = {};
    open = {};
    const auto first = StartCall();
    running.get_future().wait();
    const auto second = StartCall();
    Await([&] { return admission_->in_progress() == 2; });
    second->TryCancel();
    EXPECT_EQ(second->Await().status().code(), absl::StatusCode::kCancelled);
    // Sent after the cancellation on the same connection.
    EXPECT_EQ(Call().status().code(), absl::StatusCode::kResourceExhausted);
    open.set_value();
    EXPECT_TRUE(first->Await().ok());
    ASSERT_TRUE(admission_->AwaitIdle(absl::InfiniteDuration()));
    if (runs == 1) return;
  }
  FAIL() << "the core got every call that was cancelled while queued";
}

TEST_F(UnaryTest, DrainFinishesRunningCallsAndRejectsNewOnes) {
  std::promise<MissionsResponder> kept;
  Serve([&](const auto&, const CallInfo&, MissionsResponder responder) {
    kept.set_value(std::move(responder));
  });
  const auto running = StartCall();
  MissionsResponder responder = kept.get_future().get();
  admission_->Drain();
  const absl::Status refused = Call().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable) << refused;
  EXPECT_EQ(ReasonOf(refused), "DRAINING");
  EXPECT_FALSE(admission_->AwaitIdle(absl::ZeroDuration()));
  responder.Respond(Answer("last"));
  EXPECT_TRUE(admission_->AwaitIdle(absl::InfiniteDuration()));
  EXPECT_TRUE(running->Await().ok());
}

TEST_F(UnaryTest, SurvivesRacingCancellationsResponsesAndShutdown) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  std::atomic<int> handled = 0;
  Serve(
      [&](const auto&, const CallInfo&, MissionsResponder responder) {
        ++handled;
        responder.Respond(Answer("X"));
      },
      /*threads=*/2, /*queue_max=*/20, /*calls_max=*/50);
  std::vector<std::unique_ptr<RawCall>> calls;
  for (int i = 0; i < 600; ++i) {
    calls.push_back(StartCall());
    if (random() % 3 == 0) calls[random() % calls.size()]->TryCancel();
  }
  std::thread stop([&] { EXPECT_EQ(server_->Shutdown({&*admission_}), 0); });
  int answered = 0;
  for (const auto& call : calls) {
    const auto response = call->Await();
    answered += response.ok();
    if (response.ok()) {
      EXPECT_EQ(*response, Answer("X").SerializeAsString());
    }
    EXPECT_NE(response.status().code(), absl::StatusCode::kInternal) << response.status();
    EXPECT_NE(response.status().code(), absl::StatusCode::kUnknown) << response.status();
  }
  stop.join();
  EXPECT_LE(answered, handled);
  EXPECT_EQ(admission_->in_progress(), 0);
}

}  // namespace
}  // namespace repatriation
