// A vector for arrays that grow as long as the process runs; see GrowingMemory.
//
// Thread-safety: as a vector's.
#ifndef COMMON_BASE_MEMORY_GROWING_ARRAY_H_
#define COMMON_BASE_MEMORY_GROWING_ARRAY_H_

#include <cstddef>
#include <memory>
#include <type_traits>

#include "absl/types/span.h"
#include "common/base/memory/growing_memory.h"

namespace repatriation {

template <typename T>
class GrowingArray {
 public:
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  // Empty. `preparer` may be null, or outlives the array.
  explicit GrowingArray(PagePreparer* preparer) : memory_(preparer) {}

  // These may move the entries, as a vector does. `entries` must not be its own.
  void push_back(T entry) { std::construct_at(Extend(1), entry); }
  void Append(absl::Span<const T> entries) {
    std::uninitialized_copy(entries.begin(), entries.end(), Extend(entries.size()));
  }

  // Adds `count` uninitialized entries and returns the first of them.
  T* Extend(size_t count) {
    const size_t bytes = (size_ + count) * sizeof(T);
    if (bytes > memory_.size()) memory_.Reserve(bytes);
    T* const end = data() + size_;
    size_ += count;
    return end;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t index) { return data()[index]; }
  const T& operator[](size_t index) const { return data()[index]; }
  absl::Span<const T> span() const { return {data(), size_}; }

 private:
  T* data() { return reinterpret_cast<T*>(memory_.data()); }
  const T* data() const { return reinterpret_cast<const T*>(memory_.data()); }

  GrowingMemory memory_;
  size_t size_ = 0;
};

}  // namespace repatriation

#endif  // COMMON_BASE_MEMORY_GROWING_ARRAY_H_
