// A new, empty directory for one test, removed with the object, so that tests leave
// nothing behind and concurrent tests do not interfere.
//
// Thread-safety: immutable.
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
  // Creates the directory in the system's directory for temporary files (TMPDIR).
  // Aborts if that fails.
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
  // Removes the directory recursively. Does nothing in a forked child: the process that
  // created it removes it.
  ~TempDir() {
    if (::getpid() != owner_) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  // Absolute, without a trailing slash.
  const std::string& path() const { return path_; }

  // Path of `name` in the directory; creates nothing.
  std::string Path(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

 private:
  const pid_t owner_ = ::getpid();
  std::string path_;
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_TEMP_DIR_H_
