// Prefetching into the CPU cache.
//
// Thread-safety: pure.
#ifndef COMMON_BASE_MEMORY_PREFETCH_H_
#define COMMON_BASE_MEMORY_PREFETCH_H_

#include <cstddef>

namespace repatriation {

// Prefetch distance of loops, in iterations: the number of outstanding loads.
inline constexpr size_t kPrefetchAhead = 16;

// Begins to load the cache line of `address`, which need not be valid memory.
inline void Prefetch(const void* address) {
  __builtin_prefetch(address);
  // GCC 12 treats a function that only prefetches as free of side effects and drops
  // calls to it; a volatile statement is a side effect.
  asm volatile("");
}

}  // namespace repatriation

#endif  // COMMON_BASE_MEMORY_PREFETCH_H_
