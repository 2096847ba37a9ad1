#include "tools/repatctl/commands/load_command.h"

#include <CLI/Validators.hpp>
#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "tools/repatctl/load/load_events.h"
#include "tools/repatctl/load/load_run.h"
#include "tools/repatctl/output/progress.h"
#include "tools/repatctl/client/wait.h"

namespace repatriation {
namespace {

// As many calls at once as a service takes on one connection, unless told
// otherwise (--connection_streams_max).
constexpr int kCallersPerConnection = 1'000;

constexpr char kLoadFooter[] =
    "The events are those of a mission of 120 countries, each with one to four\n"
    "contingents, over two years: about 210,000 combinations of category, country,\n"
    "site and day.\n"
    "Ends with one line of JSON: rates, latencies of the answers to whole batches,\n"
    "what was tried again included (ack_*), time from an answer until a query can\n"
    "answer with it (visible_*), and whether the query service's totals are exactly\n"
    "what was sent (verified).\n"
    "A stream that breaks ends the run; a call that fails for the moment is tried\n"
    "again (retried) for up to a minute.\n"
    "Exit status: 0 all recorded and verified, 1 not, 3 a service failed.\n"
    "Example: repatctl load --events 1000000 --batch 1000 --streams 2 --seed 7\n"
    "Example: repatctl load --events 100000 --unary --callers 64";

struct LoadFlags {
  LoadOptions options;
  bool unary = false;
  int callers = 64;
  bool no_verify = false;
};

// The value that a fraction of `durations` does not exceed, in milliseconds.
double PercentileMs(std::vector<absl::Duration>& durations, double fraction) {
  if (durations.empty()) return 0;
  const auto rank = static_cast<size_t>(fraction * static_cast<double>(durations.size() - 1));
  std::nth_element(durations.begin(), durations.begin() + static_cast<ptrdiff_t>(rank),
                   durations.end());
  return absl::ToDoubleMilliseconds(durations[rank]);
}

// Draws the progress of `run` until Stop().
class ProgressTicker {
 public:
  ProgressTicker(Session& session, const LoadRun& run, int64_t events)
      : line_(session.env.err, session.env.err_is_terminal, events, session.env.clock),
        run_(run),
        thread_([this] { Tick(); }) {}
  ~ProgressTicker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_asked_.notify_all();
    thread_.join();
  }

 private:
  void Tick() {
    std::unique_lock lock(mutex_);
    while (
        !stop_asked_.wait_for(lock, std::chrono::milliseconds(200), [this] { return stopping_; })) {
      line_.Update(run_.Progress(), run_.Progress());
    }
  }

  ProgressLine line_;
  const LoadRun& run_;
  std::mutex mutex_;
  std::condition_variable stop_asked_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

// Whether the query service counts exactly what was sent.
absl::StatusOr<bool> Verify(Session& session, const LoadOptions& options,
                            const LoadResult& result) {
  const auto query = session.Query();
  const absl::Status reached =
      WaitForPosition(*query, result.position_max, absl::Seconds(60), session.ForRetry());
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
  LoadRun run(options, ingest, query.get(), session.ForRetry());
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
  CLI::App& command = *app.add_subcommand("load", "Send made-up events and measure");
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
      command.add_flag("--unary", flags->unary, "Call AppendEvents in place of streaming");
  number("--events", options.events, 10'000'000'000LL, "Events to send");
  CLI::Option* const batch = number("--batch", options.batch, 10'000,
                                    "Events a batch, 1 to 10,000; by default 1 with --unary");
  number("--streams", options.streams, 100, "Streams at once, 1 to 100")->excludes(unary);
  number("--window", options.window, 1'000, "Batches of a stream in flight, 1 to 1,000")
      ->excludes(unary);
  number("--callers", flags->callers, 10'000, "Calls at once, 1 to 10,000")->needs(unary);
  number("--seed", options.seed, 1'000'000'000ULL,
         "Which events: the same seed gives the same ones, in mission LOAD-seed");
  command.add_option("--rate", options.events_per_second, "Events a second at most; 0: no limit")
      ->check(CLI::Range(0.0, 1e9).description(""))
      ->capture_default_str();
  command.add_flag("--no_verify", flags->no_verify, "Leave the query service out");
  command.footer(kLoadFooter);
  command.callback([&session, flags, batch] {
    if (flags->unary && batch->empty()) flags->options.batch = 1;
    flags->options.callers = flags->unary ? flags->callers : 0;
    flags->options.timeout = session.timeout();
    session.command = [&session, flags] { return RunLoad(session, *flags); };
  });
}

}  // namespace repatriation
