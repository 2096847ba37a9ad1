// Asking for memory before it is used.
//
// Thread-safety: pure.
#ifndef COMMON_BASE_PREFETCH_H_
#define COMMON_BASE_PREFETCH_H_

#include <cstddef>

namespace repatriation {

// How many look-ups wait for memory at the same time, where a loop asks for what
// it will look up that many rounds later.
inline constexpr size_t kPrefetchAhead = 16;

// Begins to load the cache line of `address`, which need not be valid memory.
inline void Prefetch(const void* address) {
  __builtin_prefetch(address);
  // A function that only prefetches counts as one without effects for GCC 12,
  // which then drops the calls of it; a volatile statement is an effect.
  asm volatile("");
}

}  // namespace repatriation

#endif  // COMMON_BASE_PREFETCH_H_
