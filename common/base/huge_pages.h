// Memory in huge pages, where the system gives them, for what is large and read at
// random: a translation of an address covers 2 MiB instead of 4 KiB, so that few
// accesses wait for one, and taking the memory is a few hundred times fewer faults.
//
// Thread-safety: these may be called from any thread.
#ifndef COMMON_BASE_HUGE_PAGES_H_
#define COMMON_BASE_HUGE_PAGES_H_

#include <cstddef>

namespace repatriation {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// Takes `bytes` of memory, all zero, straight from the system; it is there as it is
// touched. Begins at a huge page if it holds one. Throws std::bad_alloc where there is
// no address space, as new does. REQUIRES: bytes > 0.
void* TakeHugePages(size_t bytes);
// Has the system give the memory from `memory` on now, page by page, so that no access
// waits for it later. REQUIRES: it begins at a page, is as TakeHugePages() gave it, and
// nobody else uses it.
void TouchPages(void* memory, size_t bytes);
// Gives back what TakeHugePages(bytes) returned.
void ReturnHugePages(void* memory, size_t bytes);

}  // namespace repatriation

#endif  // COMMON_BASE_HUGE_PAGES_H_
