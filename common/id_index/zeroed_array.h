// A large zero-initialized array, mapped from the system: pages are faulted in on
// first touch, so creating one is almost free.
//
// Thread-safety: as a plain array.
#ifndef COMMON_ID_INDEX_ZEROED_ARRAY_H_
#define COMMON_ID_INDEX_ZEROED_ARRAY_H_

#include <cstddef>
#include <cstring>
#include <type_traits>

#include "common/base/memory/huge_pages.h"

namespace repatriation {

// REQUIRES: an Entry of all zero bytes is valid.
template <typename Entry>
class ZeroedArray {
 public:
  static_assert(std::is_trivially_destructible_v<Entry>);

  // Throws std::bad_alloc if there is no address space, as new does.
  // REQUIRES: size > 0.
  explicit ZeroedArray(size_t size)
      : size_(size), entries_(static_cast<Entry*>(AllocateHugePages(size * sizeof(Entry)))) {}
  ZeroedArray(const ZeroedArray&) = delete;
  ZeroedArray& operator=(const ZeroedArray&) = delete;
  ~ZeroedArray() { FreeHugePages(entries_, size_ * sizeof(Entry)); }

  // Prefaults all memory, so that no later access waits for a page fault. REQUIRES: it
  // is still all zero.
  void Populate() { TouchPages(entries_, size_ * sizeof(Entry)); }

  // Sets all bytes to zero; keeps the memory.
  void Clear() { std::memset(static_cast<void*>(entries_), 0, size_ * sizeof(Entry)); }

  size_t size() const { return size_; }
  Entry& operator[](size_t index) { return entries_[index]; }
  const Entry& operator[](size_t index) const { return entries_[index]; }

 private:
  const size_t size_;
  Entry* const entries_;
};

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ZEROED_ARRAY_H_
