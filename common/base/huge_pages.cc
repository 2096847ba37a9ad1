#include "common/base/huge_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace repatriation {

void* TakeHugePages(size_t bytes) {
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Refused where the system has none: then small pages do.
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void ReturnHugePages(void* memory, size_t bytes) { ::munmap(memory, bytes); }

void* HugePageArena::AllocateBytes(size_t bytes) {
  bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (regions_.empty() || bytes > left_) {
    const size_t region_bytes = std::max(next_region_bytes_, bytes);
    regions_.emplace_back(static_cast<std::byte*>(TakeHugePages(region_bytes)),
                          Return{region_bytes});
    left_ = region_bytes;
    next_region_bytes_ = std::min(2 * next_region_bytes_, kRegionBytesMax);
  }
  const Region& region = regions_.back();
  std::byte* const memory = region.get() + (region.get_deleter().bytes - left_);
  left_ -= bytes;
  return memory;
}

}  // namespace repatriation
