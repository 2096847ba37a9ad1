#include "common/base/growing_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "common/base/huge_pages.h"
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
  if (capacity_ > 0) ReturnHugePages(data_, capacity_);
}

void GrowingMemory::Need(size_t bytes) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
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
  void* const memory = TakeHugePages(capacity);
  // The pages themselves, not what is in them. Grown there, too, so that it stays one
  // mapping: of several, Linux before 6.17 moves none.
  if (capacity_ > 0 &&
      ::mremap(data_, capacity_, capacity, MREMAP_MAYMOVE | MREMAP_FIXED, memory) == MAP_FAILED) {
    ReturnHugePages(memory, capacity);
    throw std::bad_alloc();
  }
  data_ = static_cast<std::byte*>(memory);
  capacity_ = capacity;
}

bool GrowingMemory::PrepareOne() {
  const std::lock_guard lock(mutex_);
  if (taken_ >= wanted_) return false;
  TouchPages(data_ + taken_, kHugePageBytes);
  taken_ += kHugePageBytes;
  return true;
}

PagePreparer::PagePreparer() : thread_([this] { Run(); }) {}

PagePreparer::~PagePreparer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void PagePreparer::Add(GrowingMemory* memory) {
  const std::lock_guard lock(memories_mutex_);
  memories_.push_back(memory);
}

void PagePreparer::Remove(GrowingMemory* memory) {
  const std::lock_guard lock(memories_mutex_);
  std::erase(memories_, memory);
}

void PagePreparer::Wake() {
  {
    const std::lock_guard lock(mutex_);
    due_ = true;
  }
  changed_.notify_one();
}

void PagePreparer::Run() {
  YieldToOthers();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return due_ || stopping_; });
    if (stopping_) return;
    due_ = false;
    lock.unlock();
    const bool more = PrepareOneOfEach();
    lock.lock();
    due_ = due_ || more;
  }
}

bool PagePreparer::PrepareOneOfEach() {
  const std::lock_guard lock(memories_mutex_);
  bool any = false;
  for (GrowingMemory* const memory : memories_) any = memory->PrepareOne() || any;
  return any;
}

}  // namespace repatriation
