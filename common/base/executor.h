// Bounded pool of threads. What the network's own threads must not do (parse,
// read the store, wait for a lock) runs here; when it has all the work that it
// can take it says so, instead of growing a queue that nobody will wait for.
//
// Thread-safety: all methods may be called from any thread, TrySubmit() from a
// task too.
#ifndef COMMON_BASE_EXECUTOR_H_
#define COMMON_BASE_EXECUTOR_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"

namespace repatriation {

class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  // Starts `threads` threads, which show up as `name` (its first 15 bytes) in
  // ps and in a debugger. At most `queue_max` tasks wait while all threads are
  // busy; raising it costs their memory, and time for those that wait.
  // REQUIRES: threads > 0.
  Executor(absl::string_view name, int threads, size_t queue_max);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  // Shutdown().
  ~Executor();

  // Hands over `task`, to run once on one of the threads, in the order of
  // submission where threads are free. False, and `task` is destroyed without
  // having run, if `threads` + `queue_max` tasks are unfinished or Shutdown()
  // began. Never blocks.
  [[nodiscard]] bool TrySubmit(Task task);

  // Takes no more tasks, runs those that wait, and joins the threads. Blocks
  // until then, in every call. REQUIRES: not called from a task.
  void Shutdown();

 private:
  void Work(const std::string& name);

  const size_t unfinished_max_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;  // Guarded by mutex_.
  size_t unfinished_ = 0;     // Guarded by mutex_; waiting or running.
  bool stopping_ = false;     // Guarded by mutex_.

  std::once_flag joined_;
  std::vector<std::thread> threads_;
};

}  // namespace repatriation

#endif  // COMMON_BASE_EXECUTOR_H_
