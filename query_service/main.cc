// The query service: reads flags, opens its copy of the ledger, follows the
// ingest service and serves until SIGTERM.

#include <memory>

#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/rpc/flags.h"
#include "common/rpc/parse.h"
#include "common/rpc/server.h"
#include "query_service/core/follower.h"
#include "query_service/core/hash_comparer.h"
#include "query_service/feed/feed_block_source.h"
#include "query_service/feed/feed_hash_source.h"
#include "query_service/handlers/proof_handlers.h"
#include "query_service/handlers/query_handlers.h"

namespace repatriation {
namespace {

struct Flags {
  ServerOptions server;
  std::string data_dir;
  StoreOptions store;
  IdIndexOptions ids = Replica::DefaultIdOptions();
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
  AddServerFlags(app, flags.server);
  app.add_option("--data_dir", flags.data_dir, "Directory of this copy; made if missing")
      ->required();
  app.add_option("--ingest", flags.ingest, "HOST:PORT of the ingest service to follow")
      ->required()
      ->check([](const std::string& address) {
        return IsHostAndPort(address) ? "" : absl::StrCat(address, " is not HOST:PORT");
      });
  AddNumberFlag<size_t>(app, "--store_cache_bytes", flags.store.cache_bytes, 1 << 20,
                        size_t{64} << 30, "Memory for what is read from disk");
  AddNumberFlag<size_t>(app, "--store_write_buffer_bytes", flags.store.write_buffer_bytes,
                        size_t{64} << 10, size_t{1} << 30,
                        "Memory for what is not sorted to disk yet, for each of the tables");
  AddNumberFlag<size_t>(app, "--id_filter_bytes", flags.ids.filter_bytes, 1 << 20, size_t{64} << 30,
                        "Memory of the filter before the id index");
  AddNumberFlag<size_t>(app, "--id_run_ids", flags.ids.run_ids, 100, 100'000'000,
                        "Ids gathered in memory before they go to disk");
  AddNumberFlag<size_t>(app, "--id_merge_runs", flags.ids.merge_runs, 2, 64,
                        "So many runs of ids of one size are merged into one");
  AddNumberFlag<size_t>(app, "--id_filter_save_ids", flags.ids.filter_save_ids, 1, 1'000'000'000,
                        "New ids after which the filter is saved; a start reads as many from runs");
  AddNumberFlag(app, "--threads", flags.threads, 1, 256, "Threads that answer requests");
  AddNumberFlag(app, "--calls_max", flags.calls_max, 1, 100'000, "Calls at once");
  AddNumberFlag<size_t>(app, "--waiters_max", flags.waiters_max, 1, 100'000,
                        "Calls that may wait for a min_position at once");
  AddDurationFlag(app, "--min_position_wait_max", flags.min_position_wait_max,
                  absl::Milliseconds(1), absl::Minutes(10),
                  "How long a call may wait for a min_position");
  AddDurationFlag(app, "--follow_backoff_max", flags.follower.backoff_max, absl::Milliseconds(100),
                  absl::Minutes(5), "Longest delay before a new attempt to follow");
  AddDurationFlag(app, "--follow_keepalive_time", flags.feed.keepalive_time, absl::Seconds(1),
                  absl::Hours(2),
                  "How long the ledger may say nothing before it is asked for a sign of life");
  AddDurationFlag(app, "--follow_keepalive_timeout", flags.feed.keepalive_timeout, absl::Seconds(1),
                  absl::Minutes(10), "How long that may take before a new connection is made");
  AddDurationFlag(app, "--compare_interval", flags.compare_interval, absl::Milliseconds(10),
                  absl::Hours(24),
                  "How often stored blocks are read again and compared with the ledger's");
  AddDurationFlag(app, "--retry_delay", flags.retry_delay, absl::Milliseconds(1), absl::Minutes(1),
                  "When those who are refused for load may try again");
  AddNumberFlag(app, "--watches_max", flags.watches_max, 1, 10'000, "Watches of figures at once");
  AddDurationFlag(app, "--watch_interval_min", flags.watch.interval_min, absl::Milliseconds(1),
                  absl::Minutes(1), "Changes that a watch meets sooner are answered together");
  AddDurationFlag(app, "--watch_progress_interval", flags.watch.progress_interval,
                  absl::Milliseconds(10), absl::Hours(1),
                  "How long a watch says nothing while its figure does not change");
  AddDurationFlag(app, "--watch_stall_max", flags.watch_stall_max, absl::Milliseconds(10),
                  absl::Minutes(10), "How long a watcher may leave an answer unread");
}

absl::Status Serve(const Flags& flags) {
  const absl::Status armed = ArmFailpointsFromEnvironment();
  if (!armed.ok()) return armed;
  const auto opened = Replica::Open(flags.data_dir, flags.store, flags.ids);
  if (absl::IsDataLoss(opened.status())) {
    return Annotate(opened.status(), absl::StrCat("this copy is damaged; empty ", flags.data_dir,
                                                  ", and it is built again from the ledger"));
  }
  if (!opened.ok()) return opened.status();
  Replica& replica = **opened;
  LogInfo("copy of ledger ", replica.ledger_id().ToString(), " ends at position ",
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
  // A copy that holds something serves its old position at once and says which
  // one; an empty one is not ready before it has caught up.
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
        waiters.StopNews();
      });
  FeedHashSource hashes(flags.ingest, flags.feed);
  HashComparer comparer(&replica, &hashes, flags.compare_interval,
                        [&](const absl::Status& why) { follower.Diverge(why); });
  server.AnnounceListening();

  const int signal = Server::WaitForSignal();
  LogInfo("draining after signal ", signal);
  const int cancelled = server.Shutdown({&calls, &watches}, [&] {
    comparer.Stop();
    follower.Stop();
    open_watches.DrainAll();
    waiters.Drain();
  });
  if (cancelled > 0) LogWarning("cancelled ", cancelled, " calls that did not end in time");
  return absl::OkStatus();
}

}  // namespace
}  // namespace repatriation

int main(int argc, char** argv) {
  repatriation::Server::BlockSignals();
  repatriation::RouteProtobufLog();
  repatriation::Flags flags;
  CLI::App app("Answers questions about repatriations from its own copy of the ledger.");
  repatriation::AddFlags(app, flags);
  CLI11_PARSE(app, argc, argv);
  const absl::Status served = repatriation::Serve(flags);
  if (served.ok()) return 0;
  repatriation::LogError(repatriation::Describe(served));
  return 1;
}
