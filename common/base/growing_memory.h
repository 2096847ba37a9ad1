// Memory for arrays that grow for as long as a process runs: it grows without
// copying, lies in huge pages, and is taken from the system before it is needed.
//
// Taking 2 MiB from the system costs 0.3 ms, or 4 ms on a virtual machine whose host
// gives memory as it is touched; copying an array into twice the memory took up to
// 20 ms. Who appends waits for neither.
//
// Thread-safety: a GrowingMemory belongs to one thread at a time. A PagePreparer works
// on a thread of its own; its memories must be gone before it.
#ifndef COMMON_BASE_GROWING_MEMORY_H_
#define COMMON_BASE_GROWING_MEMORY_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace repatriation {

class PagePreparer;

class GrowingMemory {
 public:
  // Empty. `preparer` may be null: then memory is taken as it is touched.
  explicit GrowingMemory(PagePreparer* preparer);
  GrowingMemory(const GrowingMemory&) = delete;
  GrowingMemory& operator=(const GrowingMemory&) = delete;
  ~GrowingMemory();

  // What may be used, zero at first. Need() may change it.
  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

  // Grows to `bytes` or more, with its content, perhaps to another place. Throws
  // std::bad_alloc where there is no address space, as new does.
  void Need(size_t bytes);

 private:
  friend class PagePreparer;

  // Most that is taken ahead, and never more than is in use.
  static constexpr size_t kAheadMax = size_t{16} << 20;

  void MoveTo(size_t capacity);
  // On the preparer's thread: takes one more page if there should be one; whether.
  bool PrepareOne();

  PagePreparer* const preparer_;
  std::byte* data_ = nullptr;  // written by the owner, with mutex_ held
  size_t size_ = 0;            // the owner's

  // Held while a page is taken: who needs just that one waits for it.
  std::mutex mutex_;
  // In bytes from data_ on; of huge pages, once there are any.
  size_t capacity_ = 0;  // there is address space
  size_t taken_ = 0;     // given to the owner or touched by the preparer; at least size_
  size_t wanted_ = 0;    // the preparer is to touch; at most capacity_
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

  std::mutex memories_mutex_;  // held while pages are taken; taken before a memory's
  std::vector<GrowingMemory*> memories_;

  std::mutex mutex_;  // of what follows; held for a moment
  std::condition_variable changed_;
  bool due_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace repatriation

#endif  // COMMON_BASE_GROWING_MEMORY_H_
