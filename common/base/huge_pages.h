// Memory in huge pages, where the system gives them, for what is large and read at
// random: a translation of an address covers 2 MiB instead of 4 KiB, so that few
// accesses wait for one, and taking the memory is a few hundred times fewer faults.
//
// Thread-safety: the functions may be called from any thread; an allocator is a
// plain value; an arena belongs to one thread at a time.
#ifndef COMMON_BASE_HUGE_PAGES_H_
#define COMMON_BASE_HUGE_PAGES_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/types/span.h"

namespace repatriation {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// Takes `bytes` of memory, all zero, straight from the system; it is there as it is
// touched. Throws std::bad_alloc where there is no address space, as new does.
// REQUIRES: bytes > 0.
void* TakeHugePages(size_t bytes);
// Gives back what TakeHugePages(bytes) returned.
void ReturnHugePages(void* memory, size_t bytes);

// For containers that grow large; while they are small, it allocates as usual.
template <typename T>
class HugePageAllocator {
 public:
  using value_type = T;

  HugePageAllocator() = default;
  template <typename Other>
  HugePageAllocator(const HugePageAllocator<Other>&) {}  // NOLINT: as the standard has it

  T* allocate(size_t count) {
    if (!IsLarge(count)) return std::allocator<T>().allocate(count);
    return static_cast<T*>(TakeHugePages(count * sizeof(T)));
  }
  void deallocate(T* memory, size_t count) {
    if (!IsLarge(count)) return std::allocator<T>().deallocate(memory, count);
    ReturnHugePages(memory, count * sizeof(T));
  }

  friend bool operator==(HugePageAllocator, HugePageAllocator) { return true; }

 private:
  // What does not fill a huge page at the end lies in small ones.
  static bool IsLarge(size_t count) { return count >= kHugePageBytes / sizeof(T); }
};

// Gives memory piece by piece and takes it back as a whole, when it is destroyed.
// What it takes from the system grows from a few pages to 64 MiB at a time.
class HugePageArena {
 public:
  HugePageArena() = default;
  HugePageArena(HugePageArena&& other) noexcept = default;
  HugePageArena& operator=(HugePageArena&& other) noexcept = default;

  // Room for `count` entries, which hold nothing yet.
  template <typename Entry>
  Entry* Allocate(size_t count) {
    static_assert(std::is_trivially_destructible_v<Entry>);
    static_assert(alignof(Entry) <= kAlignment);
    return static_cast<Entry*>(AllocateBytes(count * sizeof(Entry)));
  }
  // A copy of `entries`, which lives as long as the arena.
  template <typename Entry>
  absl::Span<const Entry> Copy(absl::Span<const Entry> entries) {
    Entry* const copy = Allocate<Entry>(entries.size());
    std::uninitialized_copy(entries.begin(), entries.end(), copy);
    return {copy, entries.size()};
  }

 private:
  static constexpr size_t kAlignment = 16;
  static constexpr size_t kFirstRegionBytes = size_t{64} << 10;
  static constexpr size_t kRegionBytesMax = size_t{64} << 20;

  struct Return {
    size_t bytes;
    void operator()(std::byte* memory) const { ReturnHugePages(memory, bytes); }
  };
  using Region = std::unique_ptr<std::byte, Return>;

  void* AllocateBytes(size_t bytes);

  std::vector<Region> regions_;
  size_t next_region_bytes_ = kFirstRegionBytes;
  size_t left_ = 0;  // of the last region, at its end
};

}  // namespace repatriation

#endif  // COMMON_BASE_HUGE_PAGES_H_
