// Notifies followers that the ledger has grown.
//
// Thread-safety: all methods may be called from any thread. Callbacks run
// outside the lock on the thread that calls Advance(); they must be short.
#ifndef INGEST_SERVICE_CORE_TAIL_WATCH_H_
#define INGEST_SERVICE_CORE_TAIL_WATCH_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "common/base/mutex.h"
#include "common/ledger/entry.h"

namespace repatriation {

class TailWatch {
 public:
  using Ticket = uint64_t;

  explicit TailWatch(Position tail) : tail_(tail) {}

  Position tail() const {
    const MutexLock lock(mutex_);
    return tail_;
  }

  // The ledger is durable through `tail`, which never falls.
  void Advance(Position tail) {
    absl::flat_hash_map<Ticket, absl::AnyInvocable<void()>> due;
    {
      const MutexLock lock(mutex_);
      tail_ = tail;
      // Wakes all: each waits for any growth past its own position. One that finds
      // nothing new waits again.
      due.swap(waiting_);
    }
    for (auto& [ticket, callback] : due) callback();
  }

  // Calls `callback` once, when the tail passes `position`; pass the ticket to
  // Cancel(). Returns 0 and drops `callback` if the tail has already passed it.
  [[nodiscard]] Ticket Await(Position position, absl::AnyInvocable<void()> callback) {
    const MutexLock lock(mutex_);
    if (tail_ > position) return 0;
    waiting_.emplace(++last_ticket_, std::move(callback));
    return last_ticket_;
  }

  // Returns true if the callback was pending; it will then not be called.
  bool Cancel(Ticket ticket) {
    const MutexLock lock(mutex_);
    return waiting_.erase(ticket) > 0;
  }

 private:
  mutable Mutex mutex_;
  Position tail_ ABSL_GUARDED_BY(mutex_);
  Ticket last_ticket_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<Ticket, absl::AnyInvocable<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_TAIL_WATCH_H_
