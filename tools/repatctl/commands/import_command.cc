#include "tools/repatctl/commands/import_command.h"

#include <CLI/Validators.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/errors.h"
#include "tools/repatctl/commands/command_flags.h"
#include "tools/repatctl/import/import_file.h"
#include "tools/repatctl/import/import_kinds.h"
#include "tools/repatctl/import/importer.h"
#include "tools/repatctl/output/progress.h"
#include "tools/repatctl/import/un_strength_reader.h"
#include "tools/repatctl/client/wait.h"

namespace repatriation {
namespace {

struct ImportFlags {
  std::string file;
  ImportFileOptions content;
  int batch = 1'000;
  int window = 4;
  double retry_for_s = 60;
  bool wait = false;
};

// Shows an import on stderr.
class ImportReport : public ImportObserver {
 public:
  explicit ImportReport(ProgressLine& progress) : progress_(progress) {}
  void OnRejected(int64_t line, const FieldError& error) override {
    progress_.Print(absl::StrCat("line ", line, ": ", ToText(error)));
  }
  void OnSettled(const ImportCounts& counts, int64_t bytes) override {
    progress_.Update(counts.rows(), bytes);
  }

 private:
  ProgressLine& progress_;
};

std::string CountsText(const ImportCounts& counts) {
  return absl::StrCat("recorded ", counts.recorded, ", duplicate ", counts.duplicate, ", rejected ",
                      counts.rejected);
}

// A record that goes back to an earlier value looks like one that is sent again.
std::string UnnamedText(int64_t rows) {
  const bool one = rows == 1;
  return absl::StrCat("warning: ", rows, one ? " row" : " rows", " without record_id ",
                      one ? "was" : "were", " recorded before and ", one ? "takes" : "take",
                      " no one's place: give ", one ? "it" : "them", " a record_id to let ",
                      one ? "it" : "them", " stand again");
}

ImportResult StreamRows(Session& session, const ImportFlags& flags, SubmissionReader& rows,
                        int64_t bytes_total) {
  ImportOptions options;
  options.batch_rows_max = flags.batch;
  options.window = flags.window;
  options.stall_timeout = session.timeout();
  options.retry_for = absl::Seconds(flags.retry_for_s);
  ProgressLine progress(session.env.err, session.env.err_is_terminal, bytes_total,
                        session.env.clock);
  ImportReport report(progress);
  const auto ingest = session.Ingest();
  return Importer(options, rows, *ingest, session.ForRetry(), report).Run();
}

// Waits for the replica if that was asked for; the exit status.
int Conclude(Session& session, const ImportFlags& flags, const ImportCounts& counts) {
  if (flags.wait && counts.position_max > 0) {
    const auto query = session.Query();
    const auto status = WaitForPosition(*query, counts.position_max,
                                        absl::Seconds(flags.retry_for_s), session.ForRetry());
    if (!status.ok()) return session.Fail(status);
  }
  return counts.rejected == 0 ? kExitOk : kExitRejected;
}

int ImportFrom(Session& session, const ImportFlags& flags, std::istream& input,
               int64_t bytes_total) {
  const auto rows = OpenImportFile(input, flags.content);
  if (!rows.ok()) {
    return session.FailUsage(absl::StrCat(flags.file, ": ", rows.status().message()));
  }
  const ImportResult result = StreamRows(session, flags, **rows, bytes_total);
  if (!result.service.ok()) {
    return session.Fail(
        Annotate(result.service, absl::StrCat("after ", CountsText(result.counts),
                                              " (import the same file again to go on)")));
  }
  session.env.out << CountsText(result.counts) << "\n" << std::flush;
  if (result.counts.unnamed_duplicate > 0) {
    session.env.err << UnnamedText(result.counts.unnamed_duplicate) << "\n";
  }
  if (!result.input.ok()) {
    return session.FailUsage(absl::StrCat(flags.file, ": ", result.input.message()));
  }
  return Conclude(session, flags, result.counts);
}

int RunImport(Session& session, const ImportFlags& flags) {
  if (flags.file == "-") return ImportFrom(session, flags, session.env.in, 0);
  std::error_code error;
  if (std::filesystem::is_directory(flags.file, error)) {
    return session.FailUsage(absl::StrCat(flags.file, ": is a directory"));
  }
  std::ifstream file(flags.file, std::ios::binary);
  if (!file) return session.FailUsage(absl::StrCat(flags.file, ": ", std::strerror(errno)));
  const auto size = std::filesystem::file_size(flags.file, error);
  return ImportFrom(session, flags, file, error ? 0 : static_cast<int64_t>(size));
}

constexpr char kImportFooter[] =
    "The first line names the columns, in any order; those marked * must be there:\n";
constexpr char kFooterEnd[] =
    "A row without an id gets one derived from its content, so importing a file twice changes\n"
    "nothing. A record without record_id that says the same as an earlier one is that one: to go\n"
    "back to an earlier value, give the row a record_id of its own.\n"
    "A row that is not recorded is listed with its line, field and reason, and the others are\n"
    "recorded. A batch whose acknowledgement was lost is sent again and counts as duplicate.\n"
    "A file of strength may also have the columns of the UN's own monthly tables.\n"
    "Exit status: 0 all recorded, 1 a row rejected, 2 the command or file is wrong,\n"
    "3 the service failed.\n"
    "Example: repatctl import events.csv --wait\n"
    "Example: repatctl import --as strength monthly.csv --from 2023-06-30 --derive_movements";

// The columns of every kind, a kind a line.
std::string ColumnsText() {
  std::string text;
  for (const ImportKind& kind : ImportKinds()) {
    std::vector<std::string> names = kind.columns->names();
    for (std::string& name : names) {
      const auto& required = kind.required;
      if (std::find(required.begin(), required.end(), name) != required.end()) name += "*";
    }
    absl::StrAppend(&text, "  ", kind.name, ": ", absl::StrJoin(names, ","), "\n");
  }
  return text;
}

void AddContentFlags(CLI::App& command, ImportFileOptions& content) {
  std::vector<std::string> kinds;
  for (const ImportKind& kind : ImportKinds()) kinds.push_back(kind.name);
  command.add_option("--as", content.kind, "What each row is: " + absl::StrJoin(kinds, ", "))
      ->type_name("KIND")
      ->check(CLI::IsMember(kinds).description(""))
      ->capture_default_str();
  constexpr char kGroup[] = "The UN's monthly tables (--as strength)";
  const UnStrengthOptions defaults;
  command
      .add_option("--series", content.series, "Name of the table, by default " + defaults.series)
      ->type_name("NAME")
      ->group(kGroup);
  command.add_option("--source", content.source, "Where the tables come from")
      ->type_name("TEXT")
      ->group(kGroup);
  command.add_option("--from", content.from, "First day of the tables that are read, YYYY-MM-DD")
      ->type_name("DAY")
      ->group(kGroup);
  command.add_option("--to", content.to, "The day after the last one")
      ->type_name("DAY")
      ->group(kGroup);
  command
      .add_flag("--derive_movements,--derive-movements", content.derive_movements,
                "Record the net movements from table to table as events, too: a fall as a\n"
                "repatriation, a rise as an arrival, on the later table's day. Where a\n"
                "corrected or added table changes one that is recorded, it is rejected with\n"
                "ID_TAKEN: amend the event that is named. Void one that the tables no longer\n"
                "show, which nothing rejects")
      ->group(kGroup);
}

}  // namespace

void AddImportCommand(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<ImportFlags>();
  CLI::App& command =
      *app.add_subcommand("import", "Stream the events or records of a CSV file in");
  command.add_option("FILE", flags->file, "CSV file; - is standard input")->required();
  command.add_option("--batch", flags->batch, "Rows a batch, 1 to 10,000")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000).description(""))
      ->capture_default_str();
  command.add_option("--window", flags->window, "Batches in flight, 1 to 1,000")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000).description(""))
      ->capture_default_str();
  command
      .add_option("--retry_for", flags->retry_for_s,
                  "Try again for so long without progress, 0 to 86,400")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86'400.0).description(""))
      ->capture_default_str();
  AddWaitFlag(command, flags->wait);
  AddContentFlags(command, flags->content);
  command.footer(absl::StrCat(kImportFooter, ColumnsText(), kFooterEnd));
  command.callback([&session, flags] {
    session.command = [&session, flags] { return RunImport(session, *flags); };
  });
}

}  // namespace repatriation
