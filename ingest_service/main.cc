// The ingest service: reads flags, opens the ledger, serves until SIGTERM.

#include <cstdio>
#include <memory>
#include <mutex>

#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/rpc/flags.h"
#include "common/rpc/parse.h"
#include "common/rpc/server.h"
#include "common/storage/backup.h"
#include "common/storage/data_directory.h"
#include "common/storage/stored_ledger_log.h"
#include "ingest_service/core/backups.h"
#include "ingest_service/handlers/backup_handlers.h"
#include "ingest_service/handlers/feed_handlers.h"
#include "ingest_service/handlers/ingest_handlers.h"
#include "ingest_service/handlers/proof_handlers.h"

namespace repatriation {
namespace {

constexpr size_t kBackupCallsWaiting = 16;

struct Flags {
  ServerOptions server;
  std::string data_dir;
  StoreOptions store;
  IdIndexOptions ids;
  SequencerOptions sequencer;
  BackupOptions backup;
  std::string checkpoint_key;
  CheckpointOptions checkpoints;
  int threads = 2;
  int calls_max = 1000;
  int streams_max = 100;
  int followers_max = 32;
  size_t batch_submissions_max = 10'000;
  int stream_window = 8;
  size_t feed_read_bytes = size_t{4} << 20;
  absl::Duration follower_stall_max = absl::Seconds(30);
};

void AddFlags(CLI::App& app, Flags& flags) {
  AddServerFlags(app, flags.server);
  app.add_option("--data_dir", flags.data_dir, "Directory of the ledger; made if missing")
      ->required();
  AddNumberFlag<size_t>(app, "--store_cache_bytes", flags.store.cache_bytes, 1 << 20,
                        size_t{64} << 30, "Memory for what is read from disk");
  AddNumberFlag<size_t>(app, "--store_write_buffer_bytes", flags.store.write_buffer_bytes,
                        size_t{64} << 10, size_t{1} << 30,
                        "Memory for what is not sorted to disk yet, for each of the tables");
  AddNumberFlag<size_t>(app, "--id_filter_bytes", flags.ids.filter_bytes, 1 << 20, size_t{64} << 30,
                        "Memory of the filter before the id index; 2.6 bytes an id are plenty");
  AddNumberFlag<size_t>(app, "--id_run_ids", flags.ids.run_ids, 100, 100'000'000,
                        "Ids gathered in memory before they go to disk, up to seven times as many "
                        "while that runs, at up to 32 bytes each");
  AddNumberFlag<size_t>(app, "--id_merge_runs", flags.ids.merge_runs, 2, 64,
                        "So many runs of ids of one size are merged into one");
  AddNumberFlag<size_t>(app, "--id_filter_save_ids", flags.ids.filter_save_ids, 1, 1'000'000'000,
                        "New ids after which the filter is saved; a start reads as many from runs");
  app.add_option(
      "--checkpoint_key", flags.checkpoint_key,
      "PEM file with the Ed25519 key that signs checkpoints. Not given: none are signed");
  app.add_option("--checkpoint_dir", flags.checkpoints.directory,
                 "Where to write the regular checkpoints. Not given: DATA_DIR/checkpoints");
  AddDurationFlag(app, "--checkpoint_interval", flags.checkpoints.interval, absl::Minutes(1),
                  absl::Hours(24 * 31), "Time from one regular checkpoint to the next");
  AddNumberFlag(app, "--threads", flags.threads, 1, 256, "Threads that check requests");
  AddNumberFlag(app, "--calls_max", flags.calls_max, 1, 100'000, "AppendEvents calls at once");
  AddNumberFlag(app, "--streams_max", flags.streams_max, 1, 10'000, "StreamEvents streams at once");
  AddNumberFlag(app, "--followers_max", flags.followers_max, 1, 1000, "Follow streams at once");
  AddNumberFlag<size_t>(app, "--batch_submissions_max", flags.batch_submissions_max, 1, 100'000,
                        "Submissions in one request");
  AddNumberFlag(app, "--stream_window", flags.stream_window, 1, 1000,
                "Batches of one stream that may await their response");
  AddNumberFlag<size_t>(app, "--queue_submissions_max", flags.sequencer.queue_submissions_max, 1,
                        10'000'000, "Submissions that may wait to be written");
  AddNumberFlag<size_t>(app, "--queue_bytes_max", flags.sequencer.queue_bytes_max, 1 << 20,
                        size_t{4} << 30, "Bytes of requests that may wait to be written");
  AddNumberFlag<size_t>(app, "--group_submissions_max", flags.sequencer.group_submissions_max, 1,
                        100'000, "Submissions that are written and synced together");
  AddNumberFlag<size_t>(app, "--group_bytes_max", flags.sequencer.group_bytes_max, 1 << 10,
                        16 << 20, "Bytes of requests that are written and synced together");
  AddNumberFlag<size_t>(app, "--feed_read_bytes", flags.feed_read_bytes, 64 << 10, 64 << 20,
                        "Blocks read ahead for one follower, in bytes");
  AddDurationFlag(app, "--follower_stall_max", flags.follower_stall_max, absl::Milliseconds(10),
                  absl::Minutes(10), "How long a follower may leave a block unread");
  AddDurationFlag(app, "--retry_delay", flags.sequencer.retry_delay, absl::Milliseconds(1),
                  absl::Minutes(1), "When those who are refused for load may try again");
  app.add_option("--backup_dir", flags.backup.directory,
                 "Directory of backups, on another disk than --data_dir; none: no backups");
  AddNumberFlag<size_t>(app, "--backups_kept", flags.backup.kept, 1, 1000,
                        "Backups of the ledger that stay when one more is complete");
  AddNumberFlag<uint64_t>(app, "--backup_bytes_per_second", flags.backup.bytes_per_second,
                          uint64_t{1} << 20, uint64_t{100} << 30,
                          "How fast a backup is copied and read back at most");
}

// What health says: SERVING until the ledger cannot be written. Then "" is
// NOT_SERVING too, which is what a liveness probe asks: only a restart helps.
class ServingState {
 public:
  void Serve(Server* server) {
    const std::lock_guard lock(mutex_);
    server_ = server;
    Tell();
  }
  void Fail() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    if (server_ != nullptr) Tell();
  }

 private:
  void Tell() {
    for (const char* name :
         {"", v1::IngestService::service_full_name(), v1::LedgerFeedService::service_full_name(),
          v1::BackupService::service_full_name(), v1::LedgerProofService::service_full_name(),
          v1::CheckpointService::service_full_name()}) {
      server_->SetServing(name, !failed_);
    }
  }

  std::mutex mutex_;
  Server* server_ = nullptr;  // guarded by mutex_
  bool failed_ = false;       // guarded by mutex_
};

// What is open of the ledger; goes away from the last to the first.
struct Ledger {
  std::unique_ptr<Store> store;
  std::unique_ptr<StoredLedgerLog> log;
  std::unique_ptr<EntryIndex> index;
};

absl::StatusOr<Ledger> OpenLedger(const Flags& flags) {
  StoreOptions options = flags.store;
  options.path = StorePath(flags.data_dir);
  options.tables = LedgerTables::Specs();
  const absl::Status restored = CheckRestored(flags.data_dir);
  if (!restored.ok()) return restored;
  auto note = TailNote::Open(TailNotePath(flags.data_dir));
  if (!note.ok()) return note.status();
  const absl::Status whole =
      StoredLedgerLog::CheckBeforeOpen(options, LedgerTables::kBlocks, **note);
  if (!whole.ok()) return whole;
  Ledger ledger;
  auto store = Store::Open(options);
  if (!store.ok()) return store.status();
  ledger.store = *std::move(store);
  auto log = StoredLedgerLog::Open(ledger.store.get(), LedgerTables::kMeta, LedgerTables::kBlocks,
                                   *std::move(note));
  if (!log.ok()) return log.status();
  ledger.log = *std::move(log);
  IdIndexOptions ids = flags.ids;
  ids.path = IdsPath(flags.data_dir);
  auto index = EntryIndex::Open(ledger.store.get(), {LedgerTables::kVoided, LedgerTables::kMeta},
                                ids, ledger.log.get());
  if (!index.ok()) return index.status();
  ledger.index = *std::move(index);
  return ledger;
}

absl::StatusOr<absl::optional<Ed25519PrivateKey>> ReadCheckpointKey(const std::string& path) {
  if (path.empty()) return absl::optional<Ed25519PrivateKey>();
  auto key = Ed25519PrivateKey::ReadFile(path);
  if (!key.ok()) return Annotate(key.status(), "--checkpoint_key");
  return absl::optional<Ed25519PrivateKey>(*std::move(key));
}

CheckpointOptions CheckpointOptionsOf(const Flags& flags) {
  CheckpointOptions options = flags.checkpoints;
  if (options.directory.empty()) options.directory = flags.data_dir + "/checkpoints";
  return options;
}

absl::Status Serve(const Flags& flags) {
  const absl::Status armed = ArmFailpointsFromEnvironment();
  if (!armed.ok()) return armed;
  const auto key = ReadCheckpointKey(flags.checkpoint_key);
  if (!key.ok()) return key.status();
  const auto ledger = OpenLedger(flags);
  if (!ledger.ok()) return ledger.status();
  const LedgerTail tail = ledger->log->tail();
  LogInfo("ledger ", ledger->log->id().ToString(), " ends at position ", tail.position, ", hash ",
          Hex(tail.hash));

  ServingState serving;
  TailWatch watch(tail.position);
  Sequencer sequencer(ledger->log.get(), ledger->index.get(), &watch, &SystemClock(),
                      flags.sequencer, [&](absl::Status) { serving.Fail(); });
  Executor executor("ingest", flags.threads, flags.calls_max + flags.streams_max);
  // Each follower has at most one task, so none is ever refused.
  Executor feed_executor("feed", 1, flags.followers_max);
  Backups backups(flags.data_dir, ledger->store.get(), ledger->log.get(), &SystemClock(),
                  flags.backup);
  // One makes a backup, the other tells so to whoever wants one meanwhile.
  Executor backup_executor("backup", 2, kBackupCallsWaiting);
  const absl::Duration retry_delay = flags.sequencer.retry_delay;
  CallAdmission calls("--calls_max", flags.calls_max, retry_delay);
  CallAdmission streams("--streams_max", flags.streams_max, retry_delay);
  CallAdmission followers("--followers_max", flags.followers_max, retry_delay);
  StreamSet open_streams;
  const IngestContext context{
      .sequencer = &sequencer,
      .log = ledger->log.get(),
      .watch = &watch,
      .clock = &SystemClock(),
      .executor = &executor,
      .feed_executor = &feed_executor,
      .backup_executor = &backup_executor,
      .calls = &calls,
      .streams = &streams,
      .followers = &followers,
      .open_streams = &open_streams,
      .message_bytes_max = flags.server.message_bytes_max,
      .batch_submissions_max = flags.batch_submissions_max,
      .stream_window = flags.stream_window,
      .feed_read_bytes = flags.feed_read_bytes,
      .follower_stall_max = flags.follower_stall_max,
      .retry_delay = retry_delay,
  };
  CheckpointIssuer issuer(ledger->log.get(), &SystemClock(), *key, CheckpointOptionsOf(flags));
  IngestHandlers ingest(&context);
  FeedHandlers feed(&context);
  BackupHandlers backup(&context, &backups);
  ProofHandlers proof(&context);
  CheckpointHandlers checkpoints(&context, &issuer);
  auto server = Server::Start(flags.server, {&ingest, &feed, &backup, &proof, &checkpoints});
  if (!server.ok()) return server.status();
  serving.Serve(server->get());
  issuer.Start();
  (*server)->AnnounceListening();

  const int signal = Server::WaitForSignal();
  LogInfo("draining after signal ", signal);
  const int cancelled = (*server)->Shutdown({&calls, &streams, &followers}, [&] {
    issuer.Stop();
    open_streams.DrainAll();
    backups.Stop();
    sequencer.Drain();
  });
  if (cancelled > 0) LogWarning("cancelled ", cancelled, " calls that did not end in time");
  LogInfo("the ledger ends at position ", ledger->log->tail().position);
  return absl::OkStatus();
}

}  // namespace
}  // namespace repatriation

int main(int argc, char** argv) {
  repatriation::Server::BlockSignals();
  repatriation::RouteProtobufLog();
  repatriation::Flags flags;
  CLI::App app("Appends repatriation events durably to the ledger and ships it to replicas.");
  repatriation::AddFlags(app, flags);
  CLI11_PARSE(app, argc, argv);
  const absl::Status served = repatriation::Serve(flags);
  if (served.ok()) return 0;
  repatriation::LogError(repatriation::Describe(served));
  return 1;
}
