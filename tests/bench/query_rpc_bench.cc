// Throughput of a query service for dashboard queries, compared with an RPC on the
// same server and connection that returns the same bytes prebuilt:
//
//   query_rpc_bench --data_dir=DIR --seed=7
//
// DIR is the data directory of a stopped query service whose ledger was filled by
// `repatctl load --seed 7`. The service runs in this process, like query_service
// without the follower, and the client in a child process, so that each can be
// profiled separately. Prints one line of JSON per query.

#include <spawn.h>
#include <sys/wait.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/rpc/server.h"
#include "query_service/handlers/query_handlers.h"
#include "tests/bench/query_rpc_client.h"

extern char** environ;

namespace repatriation {
namespace {

struct Flags {
  std::string data_dir;
  int threads = 2;
  QueryRpcClientOptions client;
};

// The real handlers, except for two methods that the benchmark does not measure. They
// serve the prebuilt answers, which have to be on the same server and connection.
class BenchHandlers final : public QueryHandlers {
 public:
  using QueryHandlers::QueryHandlers;

  // kKeepAnswerMethod. Called while nothing else is in flight.
  grpc::ServerUnaryReactor* GetBriefing(Context* context, const Bytes* request,
                                        Bytes* response) override {
    grpc::Slice whole;
    if (!request->DumpToSingleSlice(&whole).ok()) std::abort();
    prebuilt_ = grpc::ByteBuffer(&whole, 1);
    return Finish(context, response, grpc::ByteBuffer(&whole, 0));
  }

  // kPrebuiltMethod. Answers at once, on gRPC's thread.
  grpc::ServerUnaryReactor* ListMissions(Context* context, const Bytes* request,
                                         Bytes* response) override {
    return Finish(context, response, prebuilt_);
  }

 private:
  static grpc::ServerUnaryReactor* Finish(Context* context, Bytes* response, const Bytes& answer) {
    *response = answer;
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ByteBuffer prebuilt_;
};

// Runs this program as the client of `target`; returns its exit status.
int RunClientProcess(const Flags& flags, const std::string& target) {
  std::vector<std::string> words = {
      "query_rpc_bench",
      absl::StrCat("--target=", target),
      absl::StrCat("--seconds=", flags.client.seconds),
      absl::StrCat("--in_flight=", flags.client.in_flight),
      absl::StrCat("--seed=", flags.client.seed),
  };
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t client = 0;
  const int failed =
      posix_spawn(&client, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ);
  if (failed != 0) {
    std::cerr << "cannot start the client: " << std::strerror(failed) << "\n";
    return 1;
  }
  int status = 0;
  while (waitpid(client, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

absl::StatusOr<int> Serve(const Flags& flags) {
  const auto opened = Replica::Open(flags.data_dir);
  if (!opened.ok()) return opened.status();
  const Replica& replica = **opened;
  constexpr size_t kCallsMax = 1'000;
  constexpr absl::Duration kRetryDelay = absl::Milliseconds(100);
  PositionWaiters waiters(replica.tail().position, kCallsMax, kRetryDelay, &SystemClock());
  Executor executor("query", flags.threads, kCallsMax);
  CallAdmission calls("--calls_max", kCallsMax, kRetryDelay);
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  CallAdmission watches("--watches_max", 1, kRetryDelay);
  StreamSet open_watches;
  const QueryContext context{
      .replica = &replica,
      .waiters = &waiters,
      .clock = &SystemClock(),
      .executor = &executor,
      .calls = &calls,
      .watches = &watches,
      .open_watches = &open_watches,
      .message_bytes_max = options.message_bytes_max,
      .min_position_wait_max = absl::Seconds(30),
      .retry_delay = kRetryDelay,
  };
  BenchHandlers handlers(&context);
  const auto server = Server::Start(options, {&handlers});
  if (!server.ok()) return server.status();
  const int exit_status = RunClientProcess(flags, (*server)->address());
  (*server)->Shutdown({&calls}, [&] { waiters.Drain(); });
  return exit_status;
}

// Runs the service or its client; returns the exit status.
int Bench(const Flags& flags) {
  absl::StatusOr<int> exit_status = 0;
  if (flags.client.target.empty()) {
    exit_status = Serve(flags);
  } else if (const auto status = RunQueryRpcClient(flags.client, std::cout); !status.ok()) {
    exit_status = status;
  }
  if (exit_status.ok()) return *exit_status;
  std::cerr << Describe(exit_status.status()) << "\n";
  return 1;
}

}  // namespace
}  // namespace repatriation

int main(int argc, char** argv) {
  repatriation::Flags flags;
  CLI::App app("Compares the throughput of queries with that of prebuilt answers.");
  auto* const data_dir =
      app.add_option("--data_dir", flags.data_dir, "Data directory of a stopped query service")
          ->check(CLI::ExistingDirectory);
  app.add_option("--threads", flags.threads, "Query threads, as in query_service")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--seconds", flags.client.seconds, "Total duration of all queries")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  app.add_option("--in_flight", flags.client.in_flight, "Concurrent requests")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--seed", flags.client.seed, "Query mission LOAD-SEED")->capture_default_str();
  app.add_option("--target", flags.client.target, "Internal: run as the client of HOST:PORT")
      ->excludes(data_dir);
  CLI11_PARSE(app, argc, argv);
  if (flags.data_dir.empty() && flags.client.target.empty()) {
    std::cerr << "--data_dir is required\n";
    return 2;
  }
  return repatriation::Bench(flags);
}
