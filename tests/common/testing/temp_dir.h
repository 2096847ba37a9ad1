// A fresh, empty directory for one test, gone with the object: a test leaves
// nothing behind, and two that run at once cannot meet.
//
// Thread-safety: immutable once made.
#ifndef TESTS_COMMON_TESTING_TEMP_DIR_H_
#define TESTS_COMMON_TESTING_TEMP_DIR_H_

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace repatriation {

class TempDir {
 public:
  // Makes the directory under the system's folder for temporary files
  // (TMPDIR). Ends the process if that fails: no test can go on without it.
  TempDir() {
    const std::filesystem::path base = std::filesystem::temp_directory_path();
    path_ = (base / "repatriation-test-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) {
      std::perror(path_.c_str());
      ::abort();
    }
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  // Removes the directory with all that is in it; a forked child that runs
  // into this leaves it to the process that made it.
  ~TempDir() {
    if (::getpid() != owner_) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  // Absolute, without a slash at the end.
  const std::string& path() const { return path_; }

  // Path of `name` inside the directory; makes nothing.
  std::string Path(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

 private:
  const pid_t owner_ = ::getpid();
  std::string path_;
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_TEMP_DIR_H_
