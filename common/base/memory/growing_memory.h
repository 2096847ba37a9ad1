// Memory for arrays that grow as long as the process runs: it grows without copying,
// uses huge pages, and is prefaulted by a background thread.
//
// Faulting in 2 MiB costs 0.3 ms, or 4 ms on a virtual machine whose host allocates
// memory on first touch; copying an array to one of twice the size took up to 20 ms.
// The appending thread waits for neither.
//
// Thread-safety: a GrowingMemory belongs to one thread at a time. A PagePreparer works
// on its own thread; it must outlive its memories.
#ifndef COMMON_BASE_MEMORY_GROWING_MEMORY_H_
#define COMMON_BASE_MEMORY_GROWING_MEMORY_H_

#include <cstddef>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "common/base/mutex.h"

namespace repatriation {

class PagePreparer;

class GrowingMemory {
 public:
  // Empty. Without a `preparer` (null), pages are faulted in on first touch.
  explicit GrowingMemory(PagePreparer* preparer);
  GrowingMemory(const GrowingMemory&) = delete;
  GrowingMemory& operator=(const GrowingMemory&) = delete;
  ~GrowingMemory();

  // The usable memory, initially zero. Reserve() may move it.
  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

  // Grows to at least `bytes`, keeping the content; may move it. Throws
  // std::bad_alloc if there is no address space, as new does.
  void Reserve(size_t bytes);

 private:
  friend class PagePreparer;

  // Limit of what is prefaulted ahead; it is never more than is in use.
  static constexpr size_t kAheadMax = size_t{16} << 20;

  void MoveTo(size_t capacity) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // On the preparer's thread: prefaults one more huge page, if one is wanted. False if
  // not.
  bool PrepareOne();

  PagePreparer* const preparer_;
  std::byte* data_ = nullptr;  // written by the owner, with mutex_ held
  size_t size_ = 0;            // the owner's

  // Held while a page is faulted in: an owner that needs this page waits for it.
  Mutex mutex_;
  // In bytes from data_, multiples of a huge page once there is one:
  size_t capacity_ ABSL_GUARDED_BY(mutex_) = 0;  // address space
  // Given to the owner or touched by the preparer; at least size_.
  size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  // Up to where the preparer is to touch; at most capacity_.
  size_t wanted_ ABSL_GUARDED_BY(mutex_) = 0;
};

class PagePreparer {
 public:
  PagePreparer();
  PagePreparer(const PagePreparer&) = delete;
  PagePreparer& operator=(const PagePreparer&) = delete;
  ~PagePreparer();

 private:
  friend class GrowingMemory;

  void Add(GrowingMemory* memory);
  void Remove(GrowingMemory* memory);
  void Wake();
  void Run();
  bool PrepareOneOfEach();

  Mutex memories_mutex_;  // held while pages are faulted in; locked before a memory's
  std::vector<GrowingMemory*> memories_ ABSL_GUARDED_BY(memories_mutex_);

  Mutex mutex_;  // never held across a page fault
  CondVar changed_;
  bool due_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace repatriation

#endif  // COMMON_BASE_MEMORY_GROWING_MEMORY_H_
