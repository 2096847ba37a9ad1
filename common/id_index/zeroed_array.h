// A large array that begins as zeros: straight from the system, so that memory
// is taken as it is touched and making one costs next to nothing.
//
// Thread-safety: as a plain array.
#ifndef COMMON_ID_INDEX_ZEROED_ARRAY_H_
#define COMMON_ID_INDEX_ZEROED_ARRAY_H_

#include <cstddef>
#include <cstring>
#include <type_traits>

#include "common/base/huge_pages.h"

namespace repatriation {

// REQUIRES: an Entry of zero bytes is a valid one.
template <typename Entry>
class ZeroedArray {
 public:
  static_assert(std::is_trivially_destructible_v<Entry>);

  // Throws std::bad_alloc where there is no address space, as new does.
  // REQUIRES: size > 0.
  explicit ZeroedArray(size_t size)
      : size_(size), entries_(static_cast<Entry*>(TakeHugePages(size * sizeof(Entry)))) {}
  ZeroedArray(const ZeroedArray&) = delete;
  ZeroedArray& operator=(const ZeroedArray&) = delete;
  ~ZeroedArray() { ReturnHugePages(entries_, size_ * sizeof(Entry)); }

  // Takes all memory now, so that no access waits for it later. REQUIRES: it is as it
  // began.
  void Populate() { TouchPages(entries_, size_ * sizeof(Entry)); }

  // As it began, in the memory that it has.
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
