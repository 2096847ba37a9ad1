// Makes writes fail with a real error: while it exists, the kernel limits the size of
// files that this process writes (setrlimit(2), RLIMIT_FSIZE), and larger writes return
// EFBIG, similar to a full disk. Pipes are not limited.
//
// Thread-safety: it affects the whole process; at most one at a time.
#ifndef TESTS_COMMON_TESTING_FILE_SIZE_LIMIT_H_
#define TESTS_COMMON_TESTING_FILE_SIZE_LIMIT_H_

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cstdio>

namespace repatriation {

class FileSizeLimit {
 public:
  // Aborts if the limit cannot be set.
  explicit FileSizeLimit(rlim_t bytes_max) {
    // The default action of the signal is to terminate the process.
    before_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    if (before_handler_ == SIG_ERR || ::getrlimit(RLIMIT_FSIZE, &before_) != 0) Fail();
    rlimit limit = before_;
    limit.rlim_cur = bytes_max;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) Fail();
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    if (::setrlimit(RLIMIT_FSIZE, &before_) != 0) Fail();
    ::signal(SIGXFSZ, before_handler_);
  }

 private:
  [[noreturn]] static void Fail() {
    std::perror("RLIMIT_FSIZE");
    ::abort();
  }

  rlimit before_;
  void (*before_handler_)(int);
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_FILE_SIZE_LIMIT_H_
