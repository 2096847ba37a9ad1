#include "common/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "tests/common/rpc/query_stub.h"
#include "tests/common/rpc/raw_client.h"

namespace repatriation {
namespace {

using testing::HasSubstr;

constexpr char kService[] = "repatriation.v1.QueryService";

ServerOptions Options(const std::string& listen = "127.0.0.1:0") {
  ServerOptions options;
  options.listen = listen;
  return options;
}

class ServerTest : public testing::Test {
 protected:
  void Serve(const ServerOptions& options = Options()) {
    auto server = Server::Start(options, {&stub_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = NewChannel(server_->address());
  }

  Executor executor_{"test", 2, 10};
  CallAdmission admission_{"--calls_max", 100, absl::Seconds(1)};
  QueryStub stub_{executor_, admission_, 4 << 20};
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(ServerTest, RejectsMalformedAddresses) {
  for (const char* listen : {"",
                             ":",
                             "localhost",
                             "localhost:",
                             ":50051",
                             "127.0.0.1",
                             "localhost:port",
                             "localhost:-1",
                             "localhost:+1",
                             "localhost: 1",
                             "localhost:65536",
                             "127.0.0.1:4294967296",
                             "127.0.0:1",
                             "127.0.0.256:1",
                             "::1:50051",
                             "[::1]",
                             "[::1]50051",
                             "[::1:50051",
                             "[127.0.0.1]:50051",
                             "[::g]:50051",
                             "unix:50051",
                             "external:1",
                             "unix:/tmp/socket:1",
                             "dns:///localhost:1",
                             "a host:1",
                             "-host:1"}) {
    const absl::Status status = Server::Start(Options(listen), {&stub_}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << listen << " " << status;
    EXPECT_EQ(ReasonOf(status), "MALFORMED_ADDRESS") << listen;
    EXPECT_THAT(std::string(status.message()), testing::StartsWith("--listen: ")) << listen;
  }
}

TEST_F(ServerTest, BindsNamesAndAddresses) {
  for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0"}) {
    SCOPED_TRACE(host);
    Serve(Options(absl::StrCat(host, ":0")));
    EXPECT_GT(server_->port(), 0);
    EXPECT_EQ(server_->address(), absl::StrCat(host, ":", server_->port()));
    // By address: gRPC's resolver leaks a few bytes for each name in a client.
    const auto health = CheckHealth(NewChannel(absl::StrCat("127.0.0.1:", server_->port())), "");
    ASSERT_TRUE(health.ok()) << health.status();
    EXPECT_EQ(*health, Health::kServing);
    server_.reset();
  }
}

TEST_F(ServerTest, Ipv6AddressKeepsItsBrackets) {
  auto server = Server::Start(Options("[::1]:0"), {&stub_});
  if (!server.ok()) {
    // A machine without IPv6.
    EXPECT_EQ(server.status().code(), absl::StatusCode::kUnavailable) << server.status();
    EXPECT_THAT(std::string(server.status().message()), HasSubstr("[::1]:0"));
    GTEST_SKIP() << server.status();
  }
  EXPECT_EQ((*server)->address(), absl::StrCat("[::1]:", (*server)->port()));
  EXPECT_TRUE(CheckHealth(NewChannel((*server)->address()), "").ok());
}

TEST_F(ServerTest, ErrorNamesAnOptionOutOfRange) {
  const struct {
    const char* flag;
    std::function<void(ServerOptions&)> spoil;
  } kCases[] = {
      {"--message_bytes_max", [](ServerOptions& o) { o.message_bytes_max = 65535; }},
      {"--message_bytes_max", [](ServerOptions& o) { o.message_bytes_max = 67108865; }},
      {"--drain_timeout", [](ServerOptions& o) { o.drain_timeout = -absl::Seconds(1); }},
      {"--drain_timeout", [](ServerOptions& o) { o.drain_timeout = absl::InfiniteDuration(); }},
      {"--keepalive_time", [](ServerOptions& o) { o.keepalive_time = absl::Milliseconds(999); }},
      {"--keepalive_timeout", [](ServerOptions& o) { o.keepalive_timeout = absl::Hours(1); }},
      {"--client_ping_interval_min",
       [](ServerOptions& o) { o.client_ping_interval_min = absl::Hours(3); }},
      {"--connection_streams_max", [](ServerOptions& o) { o.connection_streams_max = 0; }},
  };
  for (const auto& c : kCases) {
    ServerOptions options = Options();
    c.spoil(options);
    const absl::Status status = Server::Start(options, {&stub_}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.flag << " " << status;
    EXPECT_EQ(ReasonOf(status), "OUT_OF_RANGE") << c.flag;
    EXPECT_THAT(std::string(status.message()), testing::StartsWith(absl::StrCat(c.flag, ": ")));
  }
}

TEST_F(ServerTest, ErrorNamesAnAddressInUse) {
  Serve();
  const absl::Status status = Server::Start(Options(server_->address()), {&stub_}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(server_->address()));
}

TEST_F(ServerTest, ShutdownReleasesThePort) {
  Serve();
  ASSERT_TRUE(CheckHealth(channel_, "").ok());
  const std::string address = server_->address();
  server_->Shutdown({});
  // The port must be free even before the Server is destroyed.
  const auto next = Server::Start(Options(address), {&stub_});
  EXPECT_TRUE(next.ok()) << next.status();
}

TEST_F(ServerTest, AddressOfAnotherMachineIsUnavailable) {
  // TEST-NET-1 of RFC 5737: no machine has this address.
  const absl::Status status = Server::Start(Options("192.0.2.1:0"), {&stub_}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("192.0.2.1:0"));
}

TEST_F(ServerTest, DoesNotServeUnencryptedWithBrokenCredentials) {
  ServerOptions options = Options();
  grpc::SslServerCredentialsOptions broken;
  broken.pem_key_cert_pairs.push_back({"no key", "no certificate"});
  options.credentials = grpc::SslServerCredentials(broken);
  const absl::Status status = Server::Start(options, {&stub_}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST_F(ServerTest, HealthKnowsOnlyTheNamesThatWereSet) {
  Serve();
  EXPECT_EQ(*CheckHealth(channel_, ""), Health::kServing);
  EXPECT_EQ(CheckHealth(channel_, kService).status().code(), absl::StatusCode::kNotFound);
  server_->SetServing(kService, false);
  EXPECT_EQ(*CheckHealth(channel_, kService), Health::kNotServing);
  server_->SetServing(kService, true);
  EXPECT_EQ(*CheckHealth(channel_, kService), Health::kServing);
  EXPECT_EQ(CheckHealth(channel_, "another").status().code(), absl::StatusCode::kNotFound);
  // The status of a service does not affect that of the process.
  server_->SetServing(kService, false);
  EXPECT_EQ(*CheckHealth(channel_, ""), Health::kServing);
}

TEST_F(ServerTest, ReflectionListsTheServices) {
  Serve();
  // ServerReflectionRequest with `list_services` "".
  RawStream stream(channel_, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                   std::string("\x3a\x00", 2));
  const auto response = stream.Read();
  ASSERT_TRUE(response.has_value()) << stream.AwaitEnd().error_message();
  EXPECT_THAT(*response, HasSubstr(kService));
  EXPECT_THAT(*response, HasSubstr("grpc.reflection.v1alpha.ServerReflection"));
}

TEST_F(ServerTest, AnnouncesExactlyOneLine) {
  Serve();
  testing::internal::CaptureStdout();
  server_->AnnounceListening();
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            absl::StrCat("listening on 127.0.0.1:", server_->port(), "\n"));
}

TEST_F(ServerTest, ShutdownIsNotServingBeforeItFlushes) {
  Serve();
  stub_.set_core([](const auto&, const CallInfo&, MissionsResponder responder) {
    responder.Respond(v1::ListMissionsResponse());
  });
  ASSERT_TRUE(CallRaw(channel_, kListMissions, "").ok());
  server_->SetServing(kService, true);
  int flushes = 0;
  const int cut_off = server_->Shutdown({&admission_}, [&] {
    ++flushes;
    EXPECT_EQ(*CheckHealth(channel_, ""), Health::kNotServing);
    EXPECT_EQ(*CheckHealth(channel_, kService), Health::kNotServing);
    server_->SetServing(kService, true);
    EXPECT_EQ(*CheckHealth(channel_, kService), Health::kNotServing);
    EXPECT_EQ(ReasonOf(CallRaw(channel_, kListMissions, "").status()), "DRAINING");
  });
  EXPECT_EQ(cut_off, 0);
  EXPECT_EQ(flushes, 1);
  EXPECT_EQ(CheckHealth(channel_, "").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(server_->Shutdown({&admission_}, [&] { ++flushes; }), 0);
  EXPECT_EQ(flushes, 1);
}

TEST_F(ServerTest, ShutdownWaitsForCallsInProgress) {
  Serve();
  std::promise<MissionsResponder> kept;
  stub_.set_core([&](const auto&, const CallInfo&, MissionsResponder responder) {
    kept.set_value(std::move(responder));
  });
  RawCall call(channel_, kListMissions, "");
  std::optional<MissionsResponder> responder = kept.get_future().get();
  std::promise<void> flushed;
  std::thread late([&] {
    flushed.get_future().wait();
    responder->Respond(v1::ListMissionsResponse());
  });
  EXPECT_EQ(server_->Shutdown({&admission_}, [&] { flushed.set_value(); }), 0);
  late.join();
  const auto response = call.Await();
  EXPECT_TRUE(response.ok()) << response.status();
}

TEST_F(ServerTest, ShutdownCancelsCallsAfterTheDrainTimeout) {
  ServerOptions options = Options();
  options.drain_timeout = absl::ZeroDuration();
  Serve(options);
  std::promise<void> running;
  stub_.set_core([&](const auto&, const CallInfo&, MissionsResponder responder) {
    running.set_value();
    while (!responder.IsCancelled()) std::this_thread::yield();
  });
  RawCall call(channel_, kListMissions, "");
  running.get_future().wait();
  EXPECT_EQ(server_->Shutdown({&admission_}), 1);
  EXPECT_EQ(admission_.in_progress(), 0);
  EXPECT_FALSE(call.Await().ok());
}

TEST_F(ServerTest, ShutdownNotifiesHealthWatchersAndDoesNotWaitForThem) {
  ServerOptions options = Options();
  options.drain_timeout = absl::Minutes(10);  // Longer than a test may take.
  Serve(options);
  RawStream watch(channel_, "/grpc.health.v1.Health/Watch", HealthRequest(""));
  EXPECT_EQ(ToHealth(watch.Read().value_or("")), Health::kServing);
  server_->Shutdown({&admission_});
  EXPECT_EQ(ToHealth(watch.Read().value_or("")), Health::kNotServing);
  EXPECT_EQ(watch.Read(), std::nullopt);
  EXPECT_FALSE(watch.AwaitEnd().ok());
}

TEST(ServerDeathTest, AnnouncementIsFlushed) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        const auto server = Server::Start(Options(), {});
        // EXPECT_EXIT() looks at stderr; _exit() does not write what is buffered.
        std::fflush(stdout);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        std::setvbuf(stdout, nullptr, _IOFBF, BUFSIZ);
        (*server)->AnnounceListening();
        _exit(0);
      },
      testing::ExitedWithCode(0), "listening on 127.0.0.1:[0-9]+");
}

TEST(ServerDeathTest, WaitForSignalReceivesBlockedSignals) {
  // A new process, since no other thread may run before.
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (const int signal : {SIGTERM, SIGINT}) {
    EXPECT_EXIT(
        {
          Server::BlockSignals();
          std::promise<void> never;
          std::thread other([&] { never.get_future().wait(); });
          kill(getpid(), signal);
          _exit(Server::WaitForSignal());
        },
        testing::ExitedWithCode(signal), "");
  }
}

}  // namespace
}  // namespace repatriation
