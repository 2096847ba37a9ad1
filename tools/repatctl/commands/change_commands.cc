#include "tools/repatctl/commands/change_commands.h"

#include <CLI/Validators.hpp>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tools/repatctl/client/retry.h"
#include "tools/repatctl/commands/add_command.h"
#include "tools/repatctl/commands/command_flags.h"
#include "tools/repatctl/commands/pages.h"
#include "tools/repatctl/commands/query_requests.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/render_changes.h"

namespace repatriation {
namespace {

constexpr int kChangesPageSize = 1'000;
// How long an interrupted watch tries to resume.
constexpr absl::Duration kResumeFor = absl::Seconds(60);

// The flags of both commands.
struct ChangeFlags {
  FilterFlags filter;
  std::vector<std::string> group_by;
  ReadFlags read;
  std::string before;
  std::string resume_token;
  int64_t count = 0;
  int64_t until = 0;
  std::string format = "table";
};

int RunCompare(Session& session, const ChangeFlags& flags) {
  v1::CompareAggregatesRequest request;
  if (auto status = SetReadAndFilter(flags.read, flags.filter, request); !status.ok()) {
    return session.Fail(status);
  }
  auto before = KnownAtFrom("before", flags.before);
  if (!before.ok()) return session.Fail(before.status());
  *request.mutable_before() = *std::move(before);
  request.set_page_size(kChangesPageSize);

  const auto query = session.Query();
  v1::CompareAggregatesResponse merged;
  const auto status = FollowPages(
      std::move(request), [&](const auto& page) { return query->CompareAggregates(page); },
      [&](v1::CompareAggregatesResponse page) {
        AppendPage(std::move(page), &v1::CompareAggregatesResponse::mutable_changes, merged);
        return true;
      });
  if (!status.ok()) return session.Fail(status);
  session.env.out << (flags.format == "json"  ? ToJson(merged)
                      : flags.format == "csv" ? CompareCsv(merged)
                                              : CompareTable(merged));
  return kExitOk;
}

// Prints the answers of a watch until --count or --until is reached.
class WatchPrinter {
 public:
  WatchPrinter(Session& session, const ChangeFlags& flags, const Dimensions& dimensions)
      : session_(session),
        flags_(flags),
        dimensions_(dimensions),
        // A resumed watch does not start with the current figure.
        awaits_first_(flags.resume_token.empty()) {}

  // Returns false if this was the last one.
  bool Print(const v1::WatchAggregateResponse& response) {
    if (flags_.format == "csv" && !std::exchange(has_header_, true)) {
      session_.env.out << WatchCsvHeader(dimensions_) << std::flush;
    }
    // An answer without rows only reports that nothing changed.
    const bool has_figure = std::exchange(awaits_first_, false) || !response.rows().empty();
    if (has_figure) {
      ++shown_;
      session_.env.out << Text(response) << std::flush;
    }
    const bool reached = flags_.until > 0 && response.header().known_at_position() >= flags_.until;
    const bool enough = flags_.count > 0 && shown_ >= flags_.count;
    return !reached && !enough && session_.env.out.good();
  }

 private:
  std::string Text(const v1::WatchAggregateResponse& response) const {
    if (flags_.format == "json") return ToJsonLine(response);
    return flags_.format == "csv" ? WatchCsvRows(response, dimensions_)
                                  : WatchTable(response, dimensions_);
  }

  Session& session_;
  const ChangeFlags& flags_;
  const Dimensions& dimensions_;
  bool awaits_first_;
  bool has_header_ = false;
  int64_t shown_ = 0;
};

int RunWatch(Session& session, const ChangeFlags& flags) {
  v1::WatchAggregateRequest request;
  if (auto status = SetReadAndFilter(flags.read, flags.filter, request); !status.ok()) {
    return session.Fail(status);
  }
  const auto dimensions = SetGroupBy(flags.group_by, request);
  if (!dimensions.ok()) return session.Fail(dimensions.status());
  request.set_resume_token(flags.resume_token);

  const auto query = session.Query();
  WatchPrinter printer(session, flags, *dimensions);
  Retry retry(kResumeFor, session.retry_environment());
  while (true) {
    const v1::WatchAggregateRequest sent = request;
    const auto ended = query->WatchAggregate(sent, [&](const auto& response) {
      retry.Progress();
      if (!response.resume_token().empty()) {
        request.set_resume_token(response.resume_token());
        // The token contains the position.
        request.mutable_read()->clear_known_at();
      }
      return printer.Print(response);
    });
    if (ended.ok()) return kExitOk;
    if (const auto status = retry.WaitAfter(ended); !status.ok()) return session.Fail(status);
  }
}

void AddCompare(CLI::App& app, Session& session, const std::shared_ptr<ChangeFlags>& flags) {
  CLI::App& compare = AddCommand(
      app, session, flags, "compare",
      "Compare a figure at two states of the ledger and list what changed it", &RunCompare);
  compare.footer(
      "Example: repatctl compare --mission MINUSMA --before 206\n"
      "The later state is the current one, or that of --known_at.");
  compare
      .add_option("--before", flags->before,
                  "The earlier state: a ledger position or an RFC 3339 time")
      ->type_name("POSITION|TIME")
      ->required()
      ->group("State of the ledger");
  AddFilterFlags(compare, flags->filter);
  AddReadFlags(compare, flags->read);
  AddFormatFlag(compare, flags->format);
}

void AddWatch(CLI::App& app, Session& session, const std::shared_ptr<ChangeFlags>& flags) {
  CLI::App& watch = AddCommand(app, session, flags, "watch",
                               "Print a figure whenever it changes, until interrupted", &RunWatch);
  watch.footer(
      "Example: repatctl watch --mission MINUSMA --group_by category_group\n"
      "Prints the figure, then the changed groups at each change. With --format json, one object\n"
      "per line. If the connection breaks, the watch resumes after the last answer.");
  AddFilterFlags(watch, flags->filter);
  AddGroupByFlag(watch, flags->group_by);
  AddReadFlags(watch, flags->read);
  watch
      .add_option("--resume_token", flags->resume_token,
                  "Resume after the answer with this token, of a watch of the same figure")
      ->type_name("TOKEN")
      ->excludes(watch.get_option("--known_at"))
      ->group("State of the ledger");
  constexpr auto kMost = std::numeric_limits<int64_t>::max();
  watch.add_option("--count", flags->count, "Exit after this many answers")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, kMost).description(""))
      ->group("Output");
  watch.add_option("--until", flags->until, "Exit once an answer reaches this position")
      ->type_name("POSITION")
      ->check(CLI::Range(int64_t{1}, kMost).description(""))
      ->group("Output");
  AddFormatFlag(watch, flags->format);
}

}  // namespace

void AddChangeCommands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<ChangeFlags>();
  AddCompare(app, session, flags);
  AddWatch(app, session, flags);
}

}  // namespace repatriation
