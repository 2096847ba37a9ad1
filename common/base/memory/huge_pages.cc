#include "common/base/memory/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace repatriation {
namespace {

constexpr size_t kSmallPageBytes = 4096;

}  // namespace

void* AllocateHugePages(size_t bytes) {
  // Maps more than `bytes`, to have a huge-page boundary in it.
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
  // Fails on systems without huge pages; small pages are used then.
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void TouchPages(void* memory, size_t bytes) {
  // Touches every small page, as there may be no huge ones. Not MADV_POPULATE_WRITE: it
  // blocks all threads that map or unmap memory, malloc() above all.
  auto* const begin = static_cast<volatile std::byte*>(memory);
  for (size_t at = 0; at < bytes; at += kSmallPageBytes) begin[at] = std::byte{0};
}

void FreeHugePages(void* memory, size_t bytes) { ::munmap(memory, bytes); }

}  // namespace repatriation
