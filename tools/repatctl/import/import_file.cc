#include "tools/repatctl/import/import_file.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/text.h"
#include "tools/repatctl/fields/request_flags.h"
#include "tools/repatctl/import/csv_submissions.h"
#include "tools/repatctl/import/import_kinds.h"
#include "tools/repatctl/import/un_strength_reader.h"

namespace repatriation {
namespace {

constexpr absl::string_view kStrength = "strength";

absl::Status CheckNoTableOptions(const ImportFileOptions& options) {
  const std::pair<const char*, bool> given[] = {
      {"series", !options.series.empty()},
      {"source", !options.source.empty()},
      {"from", !options.from.empty()},
      {"to", !options.to.empty()},
      {"derive_movements", options.derive_movements},
  };
  for (const auto& [flag, is_given] : given) {
    if (!is_given) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "--", flag, " needs --as strength and a file with the columns of the UN's monthly tables"));
  }
  return absl::OkStatus();
}

absl::StatusOr<UnStrengthOptions> TableOptions(const ImportFileOptions& options) {
  const auto days = DayRangeFrom(options.from, options.to);
  if (!days.ok()) return days.status();
  UnStrengthOptions tables;
  if (!options.series.empty()) tables.series = options.series;
  if (!options.source.empty()) tables.source = options.source;
  if (!options.from.empty()) tables.days.from = *ParseDay(options.from);
  if (!options.to.empty()) tables.days.to = *ParseDay(options.to);
  if (tables.days.to <= tables.days.from) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--to: must be after --from ", Quoted(options.from), ", is ", Quoted(options.to)));
  }
  tables.derive_movements = options.derive_movements;
  return tables;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SubmissionReader>> OpenImportFile(std::istream& input,
                                                                 const ImportFileOptions& options) {
  const ImportKind* const kind = FindImportKind(options.kind);
  if (kind == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("unknown kind of file: ", Quoted(options.kind)));
  }
  auto file = OpenCsvFile(input, kind->columns->names());
  if (!file.ok()) return file.status();
  if (kind->name == kStrength && IsUnStrengthHeader(file->header)) {
    auto tables = TableOptions(options);
    if (!tables.ok()) return tables.status();
    return std::make_unique<UnStrengthReader>(*std::move(file), *std::move(tables));
  }
  if (auto status = CheckNoTableOptions(options); !status.ok()) return status;
  auto reader = CsvSubmissionReader::Open(*std::move(file), *kind);
  if (!reader.ok()) return reader.status();
  return *std::move(reader);
}

}  // namespace repatriation
