#include "common/base/executor.h"

#include <pthread.h>

#include <utility>

namespace repatriation {

Executor::Executor(absl::string_view name, int threads, size_t queue_max)
    : unfinished_max_(static_cast<size_t>(threads) + queue_max) {
  // The kernel rejects names of more than 15 bytes.
  const std::string thread_name(name.substr(0, 15));
  threads_.reserve(threads);
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, thread_name] { Work(thread_name); });
  }
}

Executor::~Executor() { Shutdown(); }

bool Executor::TrySubmit(Task task) {
  {
    const MutexLock lock(mutex_);
    if (stopping_ || unfinished_ >= unfinished_max_) return false;
    ++unfinished_;
    waiting_.push_back(std::move(task));
  }
  changed_.NotifyOne();
  return true;
}

void Executor::Shutdown() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  std::call_once(joined_, [this] {
    for (std::thread& thread : threads_) thread.join();
  });
}

void Executor::Work(const std::string& name) {
  pthread_setname_np(pthread_self(), name.c_str());
  MutexLock lock(mutex_);
  while (true) {
    while (!stopping_ && waiting_.empty()) changed_.Wait(lock);
    if (waiting_.empty()) return;
    {
      Task task = std::move(waiting_.front());
      waiting_.pop_front();
      lock.Unlock();
      task();
      // Destroys the task, and what it owns, before its slot is freed.
    }
    lock.Lock();
    --unfinished_;
  }
}

}  // namespace repatriation
