// CHECK for fuzz targets: libFuzzer reports an abort as a finding.
#ifndef TESTS_FUZZ_CHECK_H_
#define TESTS_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>

// Prints `what` and aborts if `condition` is false.
#define FUZZ_CHECK(condition, what)                                                    \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      std::fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, (what), #condition); \
      std::abort();                                                                    \
    }                                                                                  \
  } while (false)

#endif  // TESTS_FUZZ_CHECK_H_
