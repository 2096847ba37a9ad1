#include "common/base/executor.h"

#include <pthread.h>

#include <utility>

namespace repatriation {

Executor::Executor(absl::string_view name, int threads, size_t queue_max)
    : unfinished_max_(static_cast<size_t>(threads) + queue_max) {
  // The kernel takes names of up to 15 bytes and refuses longer ones.
  const std::string thread_name(name.substr(0, 15));
  threads_.reserve(threads);
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, thread_name] { Work(thread_name); });
  }
}

Executor::~Executor() { Shutdown(); }

bool Executor::TrySubmit(Task task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ || unfinished_ >= unfinished_max_) return false;
    ++unfinished_;
    waiting_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void Executor::Shutdown() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  std::call_once(joined_, [this] {
    for (std::thread& thread : threads_) thread.join();
  });
}

void Executor::Work(const std::string& name) {
  pthread_setname_np(pthread_self(), name.c_str());
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    {
      Task task = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      task();
      // What the task holds goes before its place is given to another.
    }
    lock.lock();
    --unfinished_;
  }
}

}  // namespace repatriation
