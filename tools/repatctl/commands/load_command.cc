#include "tools/repatctl/commands/load_command.h"

#include <CLI/Validators.hpp>
#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_format.h"
#include "common/base/mutex.h"
#include "tools/repatctl/client/wait.h"
#include "tools/repatctl/load/load_events.h"
#include "tools/repatctl/load/load_run.h"
#include "tools/repatctl/output/progress.h"

namespace repatriation {
namespace {

// The services' default of --connection_streams_max.
constexpr int kCallersPerConnection = 1'000;

constexpr char kLoadFooter[] =
    "The events are those of a mission of 120 countries, each with one to four\n"
    "contingents, over two years: about 210,000 combinations of category, country,\n"
    "site and day.\n"
    "Prints one line of JSON: rates, latency of batches including retries (ack_*),\n"
    "time from the acknowledgement until a query includes the batch (visible_*), and\n"
    "whether the query service's totals equal what was sent (verified).\n"
    "A broken stream ends the run. A unary call with a transient error is retried for\n"
    "up to a minute (retried).\n"
    "Exit status: 0 all recorded and verified, 1 not, 3 a service failed.\n"
    "Example: repatctl load --events 1000000 --batch 1000 --streams 2 --seed 7\n"
    "Example: repatctl load --events 100000 --unary --callers 64";

struct LoadFlags {
  LoadOptions options;
  bool unary = false;
  int callers = 64;
  bool no_verify = false;
};

// The percentile at `fraction` (0 to 1), in milliseconds. Reorders `durations`.
double PercentileMs(std::vector<absl::Duration>& durations, double fraction) {
  if (durations.empty()) return 0;
  const auto rank = static_cast<size_t>(fraction * static_cast<double>(durations.size() - 1));
  std::nth_element(durations.begin(), durations.begin() + static_cast<ptrdiff_t>(rank),
                   durations.end());
  return absl::ToDoubleMilliseconds(durations[rank]);
}

// Draws the progress of `run` while it lives.
class ProgressTicker {
 public:
  ProgressTicker(Session& session, const LoadRun& run, int64_t events)
      : line_(session.env.err, session.env.err_is_terminal, events, session.env.clock),
        run_(run),
        thread_([this] { Tick(); }) {}
  ~ProgressTicker() {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
    }
    stop_requested_.NotifyOne();
    thread_.join();
  }

 private:
  void Tick() {
    MutexLock lock(mutex_);
    const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
    while (!stop_requested_.WaitFor(lock, absl::Milliseconds(200), stopping)) {
      line_.Update(run_.Progress(), run_.Progress());
    }
  }

  ProgressLine line_;
  const LoadRun& run_;
  Mutex mutex_;
  CondVar stop_requested_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Whether the query service's totals equal what was sent.
absl::StatusOr<bool> Verify(Session& session, const LoadOptions& options,
                            const LoadResult& result) {
  const auto query = session.Query();
  const absl::Status reached =
      WaitForPosition(*query, result.position_max, absl::Seconds(60), session.retry_environment());
  if (!reached.ok()) return reached;
  v1::GetAggregateRequest request;
  request.mutable_filter()->add_missions(LoadMission(options.seed));
  const auto answer = query->GetAggregate(request);
  if (!answer.ok()) return answer.status();
  return answer->total().headcount() == result.headcount &&
         answer->total().events() == options.events;
}

std::string ResultLine(LoadResult& result, const LoadOptions& options,
                       const std::string& verified) {
  const double seconds = absl::ToDoubleSeconds(result.elapsed);
  const bool unary = options.callers > 0;
  return absl::StrFormat(
      "{\"events\": %d, \"seconds\": %.3f, \"events_per_second\": %.0f, \"recorded\": %d, "
      "\"duplicate\": %d, \"rejected\": %d, \"batch\": %d, \"%s\": %d, \"retried\": %d, "
      "\"ack_p50_ms\": %.3f, \"ack_p99_ms\": %.3f, \"ack_p999_ms\": %.3f, \"visible_p50_ms\": "
      "%.3f, "
      "\"visible_p99_ms\": %.3f, \"visible_samples\": %d, \"verified\": %s}\n",
      options.events, seconds, static_cast<double>(options.events) / seconds, result.recorded,
      result.duplicate, result.rejected, options.batch, unary ? "callers" : "streams",
      unary ? options.callers : options.streams, result.retried, PercentileMs(result.acks, 0.5),
      PercentileMs(result.acks, 0.99), PercentileMs(result.acks, 0.999),
      PercentileMs(result.visible, 0.5), PercentileMs(result.visible, 0.99), result.visible.size(),
      verified);
}

int RunLoad(Session& session, const LoadFlags& flags) {
  const LoadOptions& options = flags.options;
  std::vector<std::unique_ptr<IngestClient>> connections;
  std::vector<IngestClient*> ingest;
  for (int callers = 0; callers == 0 || callers < options.callers;
       callers += kCallersPerConnection) {
    ingest.push_back(connections.emplace_back(session.Ingest()).get());
  }
  const auto query = flags.no_verify ? nullptr : session.Query();
  LoadRun run(options, ingest, query.get(), session.retry_environment());
  LoadResult result;
  {
    const ProgressTicker ticker(session, run, options.events);
    const absl::Status status = run.Run(result);
    if (!status.ok()) return session.Fail(status);
  }
  std::string verified = "null";
  if (!flags.no_verify) {
    const auto same = Verify(session, options, result);
    if (!same.ok()) return session.Fail(same.status());
    verified = *same ? "true" : "false";
  }
  session.env.out << ResultLine(result, options, verified);
  return verified == "false" || result.rejected > 0 ? kExitRejected : kExitOk;
}

}  // namespace

void AddLoadCommand(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<LoadFlags>();
  CLI::App& command = *app.add_subcommand("load", "Load test with synthetic events");
  const auto number = [&command](const std::string& name, auto& value, auto max,
                                 const std::string& description) {
    using Number = std::decay_t<decltype(value)>;
    return command.add_option(name, value, description)
        ->type_name("N")
        ->check(CLI::Range(Number{1}, static_cast<Number>(max)).description(""))
        ->capture_default_str();
  };
  LoadOptions& options = flags->options;
  CLI::Option* const unary =
      command.add_flag("--unary", flags->unary, "Use unary AppendEvents calls instead of streams");
  number("--events", options.events, 10'000'000'000LL, "Number of events");
  CLI::Option* const batch = number("--batch", options.batch, 10'000,
                                    "Events per batch, 1 to 10,000. With --unary the default is 1");
  number("--streams", options.streams, 100, "Concurrent streams, 1 to 100")->excludes(unary);
  number("--window", options.window, 1'000, "Batches in flight per stream, 1 to 1,000")
      ->excludes(unary);
  number("--callers", flags->callers, 10'000, "Concurrent calls, 1 to 10,000")->needs(unary);
  number("--seed", options.seed, 1'000'000'000ULL,
         "Seed of the events, which are of mission LOAD-SEED");
  command.add_option("--rate", options.events_per_second, "Maximum events per second; 0: no limit")
      ->check(CLI::Range(0.0, 1e9).description(""))
      ->capture_default_str();
  command.add_flag("--no_verify", flags->no_verify, "Do not use the query service");
  command.footer(kLoadFooter);
  command.callback([&session, flags, batch] {
    if (flags->unary && batch->empty()) flags->options.batch = 1;
    flags->options.callers = flags->unary ? flags->callers : 0;
    flags->options.timeout = session.timeout();
    session.command = [&session, flags] { return RunLoad(session, *flags); };
  });
}

}  // namespace repatriation
