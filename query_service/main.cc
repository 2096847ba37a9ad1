// The query service: reads flags, opens its replica of the ledger, follows the
// ingest service and serves until SIGTERM.

#include <memory>

#include "common/base/errors.h"
#include "common/base/log.h"
#include "common/rpc/server.h"
#include "common/service/flags.h"
#include "common/service/service_flags.h"
#include "common/service/service_main.h"
#include "query_service/core/replica/follower.h"
#include "query_service/core/replica/hash_comparer.h"
#include "query_service/feed/feed_block_source.h"
#include "query_service/feed/feed_hash_source.h"
#include "query_service/handlers/proof_handlers.h"
#include "query_service/handlers/query_handlers.h"

namespace repatriation {
namespace {

struct Flags : ServiceFlags {
  Flags() { ids = Replica::DefaultIdOptions(); }

  std::string ingest;
  FeedOptions feed;
  FollowerOptions follower;
  absl::Duration compare_interval = absl::Minutes(10);
  int threads = 2;
  int calls_max = 1000;
  size_t waiters_max = 500;
  absl::Duration min_position_wait_max = absl::Seconds(30);
  absl::Duration retry_delay = absl::Milliseconds(100);
  int watches_max = 100;
  WatchOptions watch;
  absl::Duration watch_stall_max = absl::Seconds(30);
};

void AddFlags(CLI::App& app, Flags& flags) {
  AddServiceFlags(app, "Directory of this replica; created if missing", flags);
  app.add_option("--ingest", flags.ingest, "HOST:PORT of the ingest service to follow")
      ->required()
      ->check([](const std::string& address) {
        return IsHostAndPort(address) ? "" : absl::StrCat(address, " is not HOST:PORT");
      });
  AddNumberFlag(app, "--threads", flags.threads, 1, 256, "Threads that answer requests");
  AddNumberFlag(app, "--calls_max", flags.calls_max, 1, 100'000, "Concurrent unary calls");
  AddNumberFlag<size_t>(app, "--waiters_max", flags.waiters_max, 1, 100'000,
                        "Calls waiting for a min_position at once");
  AddDurationFlag(app, "--min_position_wait_max", flags.min_position_wait_max,
                  absl::Milliseconds(1), absl::Minutes(10),
                  "Time that a call waits for its min_position, at most");
  AddDurationFlag(app, "--follow_backoff_max", flags.follower.backoff_max, absl::Milliseconds(100),
                  absl::Minutes(5), "Longest delay before reconnecting to the ingest service");
  AddDurationFlag(app, "--follow_keepalive_time", flags.feed.keepalive_time, absl::Seconds(1),
                  absl::Hours(2), "Idle time before a keepalive ping to the ingest service");
  AddDurationFlag(app, "--follow_keepalive_timeout", flags.feed.keepalive_timeout, absl::Seconds(1),
                  absl::Minutes(10), "Time to wait for its answer before reconnecting");
  AddDurationFlag(app, "--compare_interval", flags.compare_interval, absl::Milliseconds(10),
                  absl::Hours(24),
                  "Interval at which stored blocks are reread and compared with the ledger's");
  AddDurationFlag(app, "--retry_delay", flags.retry_delay, absl::Milliseconds(1), absl::Minutes(1),
                  "Retry delay sent with RESOURCE_EXHAUSTED");
  AddNumberFlag(app, "--watches_max", flags.watches_max, 1, 10'000,
                "Concurrent WatchAggregate streams");
  AddDurationFlag(app, "--watch_interval_min", flags.watch.interval_min, absl::Milliseconds(1),
                  absl::Minutes(1), "Changes within this time are sent as one answer");
  AddDurationFlag(app, "--watch_progress_interval", flags.watch.progress_interval,
                  absl::Milliseconds(10), absl::Hours(1),
                  "Interval of answers while the figure does not change");
  AddDurationFlag(app, "--watch_stall_max", flags.watch_stall_max, absl::Milliseconds(10),
                  absl::Minutes(10),
                  "Time after which a watcher that does not read is disconnected");
}

absl::Status Serve(const Flags& flags) {
  const auto opened = Replica::Open(flags.data_dir, flags.store, flags.ids);
  if (absl::IsDataLoss(opened.status())) {
    return Annotate(opened.status(), absl::StrCat("this replica is damaged; empty ", flags.data_dir,
                                                  " and restart to rebuild it from the ledger"));
  }
  if (!opened.ok()) return opened.status();
  Replica& replica = **opened;
  LogInfo("replica of ledger ", replica.ledger_id().ToString(), " ends at position ",
          replica.tail().position, ", hash ", Hex(replica.tail().hash));

  PositionWaiters waiters(replica.tail().position, flags.waiters_max, flags.retry_delay,
                          &SystemClock());
  // Each call and each watch has at most one task.
  Executor executor("query", flags.threads, flags.calls_max + flags.watches_max);
  CallAdmission calls("--calls_max", flags.calls_max, flags.retry_delay);
  CallAdmission watches("--watches_max", flags.watches_max, flags.retry_delay);
  StreamSet open_watches;
  const QueryContext context{
      .replica = &replica,
      .waiters = &waiters,
      .clock = &SystemClock(),
      .executor = &executor,
      .calls = &calls,
      .watches = &watches,
      .open_watches = &open_watches,
      .message_bytes_max = flags.server.message_bytes_max,
      .min_position_wait_max = flags.min_position_wait_max,
      .retry_delay = flags.retry_delay,
      .watch = flags.watch,
      .watch_stall_max = flags.watch_stall_max,
  };
  QueryHandlers handlers(&context);
  ProofHandlers proof(&context);
  const auto started = Server::Start(flags.server, {&handlers, &proof});
  if (!started.ok()) return started.status();
  Server& server = **started;
  const auto set_serving = [&server](bool serving) {
    server.SetServing(v1::QueryService::service_full_name(), serving);
    server.SetServing(v1::LedgerProofService::service_full_name(), serving);
  };
  // A replica that is not empty serves its last position at once; an empty one is
  // not ready before it has caught up.
  set_serving(replica.tail().position > 0);
  FeedBlockSource source(flags.ingest, flags.feed);
  Follower follower(
      &replica, &source, &waiters, flags.follower,
      [&] {
        LogInfo("caught up with the ledger at position ", replica.tail().position);
        set_serving(true);
      },
      [&] {
        set_serving(false);
        waiters.StopUpdates();
      });
  FeedHashSource hashes(flags.ingest, flags.feed);
  HashComparer comparer(&replica, &hashes, flags.compare_interval,
                        [&](const absl::Status& why) { follower.Diverge(why); });
  ServeUntilSignal(server, {&calls, &watches}, [&] {
    comparer.Stop();
    follower.Stop();
    open_watches.DrainAll();
    waiters.Drain();
  });
  return absl::OkStatus();
}

}  // namespace
}  // namespace repatriation

int main(int argc, char** argv) {
  repatriation::Flags flags;
  return repatriation::RunService(
      argc, argv,
      {.name = "query_service",
       .description = "Answers questions about repatriations from its own replica of the ledger.",
       .add_flags = [&](CLI::App& app) { repatriation::AddFlags(app, flags); },
       .serve = [&] { return repatriation::Serve(flags); }});
}
