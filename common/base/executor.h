// Bounded thread pool for work that gRPC's own threads must not do (parse, read
// the store, wait for a lock). When it is full it rejects tasks instead of
// growing its queue.
//
// Thread-safety: all methods may be called from any thread, TrySubmit() from a
// task too.
#ifndef COMMON_BASE_EXECUTOR_H_
#define COMMON_BASE_EXECUTOR_H_

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "common/base/mutex.h"

namespace repatriation {

class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  // Starts `threads` threads, which show up as `name` (its first 15 bytes) in
  // ps and in a debugger. At most `queue_max` tasks are queued while all threads
  // are busy; raising it costs memory and queueing time. REQUIRES: threads > 0.
  Executor(absl::string_view name, int threads, size_t queue_max);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  // Shutdown().
  ~Executor();

  // Queues `task` to run once on one of the threads; tasks start in submission
  // order. False, and `task` is destroyed without having run, if `threads` +
  // `queue_max` tasks are unfinished or Shutdown() began. Never blocks.
  [[nodiscard]] bool TrySubmit(Task task);

  // Rejects new tasks, runs the queued ones and joins the threads. Every call
  // blocks until then. REQUIRES: not called from a task.
  void Shutdown();

 private:
  void Work(const std::string& name);

  const size_t unfinished_max_;

  Mutex mutex_;
  CondVar changed_;
  std::deque<Task> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t unfinished_ ABSL_GUARDED_BY(mutex_) = 0;  // queued or running
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::once_flag joined_;
  std::vector<std::thread> threads_;
};

}  // namespace repatriation

#endif  // COMMON_BASE_EXECUTOR_H_
