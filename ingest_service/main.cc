// The ingest service: reads flags, opens the ledger, serves until SIGTERM.

#include <memory>

#include "common/base/errors.h"
#include "common/base/log.h"
#include "common/base/mutex.h"
#include "common/rpc/server.h"
#include "common/service/flags.h"
#include "common/service/service_flags.h"
#include "common/service/service_main.h"
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

struct Flags : ServiceFlags {
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
  AddServiceFlags(app, "Directory of the ledger; created if missing", flags);
  app.add_option("--checkpoint_key", flags.checkpoint_key,
                 "PEM file with the Ed25519 key that signs checkpoints. Not set: none are signed");
  app.add_option("--checkpoint_dir", flags.checkpoints.directory,
                 "Directory of the regular checkpoints. Not set: DATA_DIR/checkpoints");
  AddDurationFlag(app, "--checkpoint_interval", flags.checkpoints.interval, absl::Minutes(1),
                  absl::Hours(24 * 31), "Interval between regular checkpoints");
  AddNumberFlag(app, "--threads", flags.threads, 1, 256,
                "Threads that parse and validate requests");
  AddNumberFlag(app, "--calls_max", flags.calls_max, 1, 100'000, "Concurrent unary calls");
  AddNumberFlag(app, "--streams_max", flags.streams_max, 1, 10'000,
                "Concurrent StreamEvents streams");
  AddNumberFlag(app, "--followers_max", flags.followers_max, 1, 1000, "Concurrent Follow streams");
  AddNumberFlag<size_t>(app, "--batch_submissions_max", flags.batch_submissions_max, 1, 100'000,
                        "Submissions in one request, at most");
  AddNumberFlag(app, "--stream_window", flags.stream_window, 1, 1000,
                "Unanswered batches of one stream");
  AddNumberFlag<size_t>(app, "--queue_submissions_max", flags.sequencer.queue_submissions_max, 1,
                        10'000'000, "Submissions queued to be written");
  AddNumberFlag<size_t>(app, "--queue_bytes_max", flags.sequencer.queue_bytes_max, 1 << 20,
                        size_t{4} << 30, "Bytes of requests queued to be written");
  AddNumberFlag<size_t>(app, "--group_submissions_max", flags.sequencer.group_submissions_max, 1,
                        100'000, "Submissions written and synced together, at most");
  AddNumberFlag<size_t>(app, "--group_bytes_max", flags.sequencer.group_bytes_max, 1 << 10,
                        16 << 20, "Bytes of requests written and synced together, at most");
  AddNumberFlag<size_t>(app, "--feed_read_bytes", flags.feed_read_bytes, 64 << 10, 64 << 20,
                        "Bytes of blocks read ahead for one follower");
  AddDurationFlag(app, "--follower_stall_max", flags.follower_stall_max, absl::Milliseconds(10),
                  absl::Minutes(10),
                  "Time after which a follower that does not read is disconnected");
  AddDurationFlag(app, "--retry_delay", flags.sequencer.retry_delay, absl::Milliseconds(1),
                  absl::Minutes(1), "Retry delay sent with RESOURCE_EXHAUSTED");
  app.add_option("--backup_dir", flags.backup.directory,
                 "Directory of backups, on another disk than --data_dir. Not set: no backups");
  AddNumberFlag<size_t>(
      app, "--backups_kept", flags.backup.kept, 1, 1000,
      "Backups kept of this ledger; older ones are deleted when a new one is complete");
  AddNumberFlag<uint64_t>(app, "--backup_bytes_per_second", flags.backup.bytes_per_second,
                          uint64_t{1} << 20, uint64_t{100} << 30,
                          "Rate at which a backup is copied and read back, at most");
}

// The health status: SERVING until the ledger cannot be written. Then "" is
// NOT_SERVING too, which a liveness probe checks: only a restart helps.
class ServingState {
 public:
  void Serve(Server* server) {
    const MutexLock lock(mutex_);
    server_ = server;
    UpdateHealthLocked();
  }
  void Fail() {
    const MutexLock lock(mutex_);
    failed_ = true;
    if (server_ != nullptr) UpdateHealthLocked();
  }

 private:
  void UpdateHealthLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const char* name :
         {"", v1::IngestService::service_full_name(), v1::LedgerFeedService::service_full_name(),
          v1::BackupService::service_full_name(), v1::LedgerProofService::service_full_name(),
          v1::CheckpointService::service_full_name()}) {
      server_->SetServing(name, !failed_);
    }
  }

  Mutex mutex_;
  Server* server_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
};

// The open ledger; members are destroyed in reverse order.
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
  // Each follower has at most one task, so the queue never fills up.
  Executor feed_executor("feed", 1, flags.followers_max);
  Backups backups(flags.data_dir, ledger->store.get(), ledger->log.get(), &SystemClock(),
                  flags.backup);
  // One thread makes a backup, the other answers calls meanwhile.
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
  ServeUntilSignal(**server, {&calls, &streams, &followers}, [&] {
    issuer.Stop();
    open_streams.DrainAll();
    backups.Stop();
    sequencer.Drain();
  });
  LogInfo("the ledger ends at position ", ledger->log->tail().position);
  return absl::OkStatus();
}

}  // namespace
}  // namespace repatriation

int main(int argc, char** argv) {
  repatriation::Flags flags;
  return repatriation::RunService(
      argc, argv,
      {.name = "ingest_service",
       .description = "Appends repatriation events durably to the ledger and feeds replicas.",
       .add_flags = [&](CLI::App& app) { repatriation::AddFlags(app, flags); },
       .serve = [&] { return repatriation::Serve(flags); }});
}
