#include "common/base/memory/growing_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "common/base/memory/huge_pages.h"
#include "common/base/thread_priority.h"

namespace repatriation {
namespace {

constexpr size_t kCapacityMin = size_t{64} << 10;

size_t RoundUp(size_t bytes, size_t step) { return (bytes + step - 1) / step * step; }

}  // namespace

GrowingMemory::GrowingMemory(PagePreparer* preparer) : preparer_(preparer) {
  if (preparer_ != nullptr) preparer_->Add(this);
}

GrowingMemory::~GrowingMemory() {
  if (preparer_ != nullptr) preparer_->Remove(this);
  if (capacity_ > 0) FreeHugePages(data_, capacity_);
}

void GrowingMemory::Reserve(size_t bytes) {
  bool wake = false;
  {
    const MutexLock lock(mutex_);
    wanted_ = bytes + std::min(bytes, kAheadMax);
    if (wanted_ > capacity_) MoveTo(std::max({2 * capacity_, wanted_, kCapacityMin}));
    taken_ = std::max(taken_, std::min(RoundUp(bytes, kHugePageBytes), capacity_));
    size_ = taken_;
    wake = taken_ < wanted_;
  }
  if (wake && preparer_ != nullptr) preparer_->Wake();
}

void GrowingMemory::MoveTo(size_t capacity) {
  capacity = RoundUp(capacity, capacity < kHugePageBytes ? kCapacityMin : kHugePageBytes);
  void* const memory = AllocateHugePages(capacity);
  // Moves the pages instead of copying them, and grows in the same call so that it
  // stays one mapping: Linux before 6.17 cannot move several.
  if (capacity_ > 0 &&
      ::mremap(data_, capacity_, capacity, MREMAP_MAYMOVE | MREMAP_FIXED, memory) == MAP_FAILED) {
    FreeHugePages(memory, capacity);
    throw std::bad_alloc();
  }
  data_ = static_cast<std::byte*>(memory);
  capacity_ = capacity;
}

bool GrowingMemory::PrepareOne() {
  const MutexLock lock(mutex_);
  if (taken_ >= wanted_) return false;
  TouchPages(data_ + taken_, kHugePageBytes);
  taken_ += kHugePageBytes;
  return true;
}

PagePreparer::PagePreparer() : thread_([this] { Run(); }) {}

PagePreparer::~PagePreparer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyOne();
  thread_.join();
}

void PagePreparer::Add(GrowingMemory* memory) {
  const MutexLock lock(memories_mutex_);
  memories_.push_back(memory);
}

void PagePreparer::Remove(GrowingMemory* memory) {
  const MutexLock lock(memories_mutex_);
  std::erase(memories_, memory);
}

void PagePreparer::Wake() {
  {
    const MutexLock lock(mutex_);
    due_ = true;
  }
  changed_.NotifyOne();
}

void PagePreparer::Run() {
  LowerThreadPriority();
  MutexLock lock(mutex_);
  for (;;) {
    while (!due_ && !stopping_) changed_.Wait(lock);
    if (stopping_) return;
    due_ = false;
    lock.Unlock();
    const bool more = PrepareOneOfEach();
    lock.Lock();
    due_ = due_ || more;
  }
}

bool PagePreparer::PrepareOneOfEach() {
  const MutexLock lock(memories_mutex_);
  bool any = false;
  for (GrowingMemory* const memory : memories_) any = memory->PrepareOne() || any;
  return any;
}

}  // namespace repatriation
