#include "common/base/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace repatriation {
namespace {

constexpr size_t kSmallPageBytes = 4096;

}  // namespace

void* TakeHugePages(size_t bytes) {
  // More than asked for, to have a place in it where huge pages begin.
  const size_t spare = bytes < kHugePageBytes ? 0 : kHugePageBytes;
  void* const mapped =
      ::mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* memory = static_cast<std::byte*>(mapped);
  if (spare > 0) {
    const size_t before = -reinterpret_cast<uintptr_t>(mapped) % kHugePageBytes;
    const size_t used = (bytes + kSmallPageBytes - 1) / kSmallPageBytes * kSmallPageBytes;
    memory += before;
    if (before > 0) ::munmap(mapped, before);
    if (before + used < bytes + spare) ::munmap(memory + used, bytes + spare - before - used);
  }
  // Refused where the system has none: then small pages do.
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void TouchPages(void* memory, size_t bytes) {
  // Each small one, as there may be no huge ones. Not by MADV_POPULATE_WRITE, during
  // which whoever maps or unmaps memory, malloc() above all, has to wait.
  auto* const begin = static_cast<volatile std::byte*>(memory);
  for (size_t at = 0; at < bytes; at += kSmallPageBytes) begin[at] = std::byte{0};
}

void ReturnHugePages(void* memory, size_t bytes) { ::munmap(memory, bytes); }

}  // namespace repatriation
