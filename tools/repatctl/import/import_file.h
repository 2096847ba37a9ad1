// Finds the reader for a file that is imported, by its kind and its header.
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
  // The rest is for the UN's monthly tables alone; empty: UnStrengthOptions'
  // defaults.
  std::string series = {};
  std::string source = {};
  // First day of the tables that are read, and the day after the last one.
  std::string from = {};
  std::string to = {};
  bool derive_movements = false;
};

// A file of strength whose header is that of the UN's monthly tables is read as
// such. INVALID_ARGUMENT: the header does not fit the kind, a day is none, no day
// lies between the two, or an option is for the UN's monthly tables and the file
// holds something else. DATA_LOSS: reading from the input failed. `input` must
// outlive the reader.
absl::StatusOr<std::unique_ptr<SubmissionReader>> OpenImportFile(std::istream& input,
                                                                 const ImportFileOptions& options);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_IMPORT_FILE_H_
