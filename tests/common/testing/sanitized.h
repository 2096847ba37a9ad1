// For tests that use a smaller case under a sanitizer, which slows code down many
// times.
#ifndef TESTS_COMMON_TESTING_SANITIZED_H_
#define TESTS_COMMON_TESTING_SANITIZED_H_

namespace repatriation {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_SANITIZED_H_
