// Chooses the reader for an import file by its kind and header.
#ifndef TOOLS_REPATCTL_IMPORT_IMPORT_FILE_H_
#define TOOLS_REPATCTL_IMPORT_IMPORT_FILE_H_

#include <istream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/repatctl/import/submission_reader.h"

namespace repatriation {

struct ImportFileOptions {
  // Name of an ImportKind.
  std::string kind = "event";
  // The rest is for the UN's monthly tables only; empty: the defaults of
  // UnStrengthOptions.
  std::string series = {};
  std::string source = {};
  // Days of the tables to read: from `from` until before `to`.
  std::string from = {};
  std::string to = {};
  bool derive_movements = false;
};

// A strength file with the header of the UN's monthly tables is read as such.
// INVALID_ARGUMENT: the header does not match the kind, a day is not a date, `to` is
// not after `from`, or an option for the UN's monthly tables is set and the file is
// something else. DATA_LOSS: reading from the input failed. `input` must outlive the
// reader.
absl::StatusOr<std::unique_ptr<SubmissionReader>> OpenImportFile(std::istream& input,
                                                                 const ImportFileOptions& options);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_IMPORT_FILE_H_
