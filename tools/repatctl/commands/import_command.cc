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
#include "tools/repatctl/client/wait.h"
#include "tools/repatctl/commands/command_flags.h"
#include "tools/repatctl/import/import_file.h"
#include "tools/repatctl/import/import_kinds.h"
#include "tools/repatctl/import/importer.h"
#include "tools/repatctl/import/un_strength_reader.h"
#include "tools/repatctl/output/progress.h"

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

// Reports an import's progress on stderr.
class ImportReport : public ImportObserver {
 public:
  explicit ImportReport(ProgressLine& progress) : progress_(progress) {}
  void OnRejected(int64_t line, const FieldError& error) override {
    progress_.Print(absl::StrCat("line ", line, ": ", ToText(error)));
  }
  void OnBatchDone(const ImportCounts& counts, int64_t bytes) override {
    progress_.Update(counts.rows(), bytes);
  }

 private:
  ProgressLine& progress_;
};

std::string CountsText(const ImportCounts& counts) {
  return absl::StrCat("recorded ", counts.recorded, ", duplicate ", counts.duplicate, ", rejected ",
                      counts.rejected);
}

// Without an id, a record that restores an earlier value looks like a resend of it.
std::string UnnamedDuplicatesText(int64_t rows) {
  const bool one = rows == 1;
  return absl::StrCat("warning: ", rows, one ? " row" : " rows", " without record_id ",
                      one ? "is a duplicate" : "are duplicates", " of an earlier record and ",
                      one ? "has" : "have", " no effect; to restore an earlier value, give ",
                      one ? "it" : "them", " a new record_id");
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
  return Importer(options, rows, *ingest, session.retry_environment(), report).Run();
}

// Waits for the replica with --wait; returns the exit status.
int FinishImport(Session& session, const ImportFlags& flags, const ImportCounts& counts) {
  if (flags.wait && counts.position_max > 0) {
    const auto query = session.Query();
    const auto status = WaitForPosition(
        *query, counts.position_max, absl::Seconds(flags.retry_for_s), session.retry_environment());
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
                                              " (import the same file again to resume)")));
  }
  session.env.out << CountsText(result.counts) << "\n" << std::flush;
  if (result.counts.unnamed_duplicate > 0) {
    session.env.err << UnnamedDuplicatesText(result.counts.unnamed_duplicate) << "\n";
  }
  if (!result.input.ok()) {
    return session.FailUsage(absl::StrCat(flags.file, ": ", result.input.message()));
  }
  return FinishImport(session, flags, result.counts);
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
    "The first line names the columns, in any order; those marked * are required:\n";
constexpr char kFooterEnd[] =
    "A row without an id gets one derived from its content, so importing a file twice changes\n"
    "nothing. A record without record_id that equals an earlier one is a duplicate of it: to\n"
    "restore an earlier value, give the row a new record_id.\n"
    "Rejected rows are listed with line, field and reason; the others are recorded. A batch whose\n"
    "acknowledgement was lost is resent and counted as duplicate.\n"
    "A strength file may also have the columns of the UN's monthly tables.\n"
    "Exit status: 0 all recorded, 1 a row was rejected, 2 the command line or file is wrong,\n"
    "3 the service failed.\n"
    "Example: repatctl import events.csv --wait\n"
    "Example: repatctl import --as strength monthly.csv --from 2023-06-30 --derive_movements";

// The columns of every kind, one line per kind.
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
  command.add_option("--as", content.kind, "Kind of the rows: " + absl::StrJoin(kinds, ", "))
      ->type_name("KIND")
      ->check(CLI::IsMember(kinds).description(""))
      ->capture_default_str();
  constexpr char kGroup[] = "The UN's monthly tables (--as strength)";
  const UnStrengthOptions defaults;
  command.add_option("--series", content.series, "Name of the series. Not set: " + defaults.series)
      ->type_name("NAME")
      ->group(kGroup);
  command.add_option("--source", content.source, "Source of the tables")
      ->type_name("TEXT")
      ->group(kGroup);
  command.add_option("--from", content.from, "First day of the tables to read, YYYY-MM-DD")
      ->type_name("DAY")
      ->group(kGroup);
  command.add_option("--to", content.to, "First day after the range, YYYY-MM-DD")
      ->type_name("DAY")
      ->group(kGroup);
  command
      .add_flag("--derive_movements,--derive-movements", content.derive_movements,
                "Also record the net movements between tables as events: a decrease as a\n"
                "repatriation, an increase as an arrival, on the later table's day. If a\n"
                "corrected or added table changes a recorded movement, the row is rejected\n"
                "with ID_TAKEN: amend the event it names. Movements that are no longer in\n"
                "the tables are not detected: void them")
      ->group(kGroup);
}

}  // namespace

void AddImportCommand(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<ImportFlags>();
  CLI::App& command = *app.add_subcommand("import", "Record the events or records of a CSV file");
  command.add_option("FILE", flags->file, "CSV file; - for standard input")->required();
  command.add_option("--batch", flags->batch, "Rows per batch, 1 to 10,000")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000).description(""))
      ->capture_default_str();
  command.add_option("--window", flags->window, "Batches in flight, 1 to 1,000")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000).description(""))
      ->capture_default_str();
  command
      .add_option("--retry_for", flags->retry_for_s,
                  "How long to retry without progress, 0 to 86,400")
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
