// Tells those who follow the ledger that it has grown.
//
// Thread-safety: all methods may be called from any thread. Callbacks run
// outside the lock on the thread that calls Advance(); they must be short.
#ifndef INGEST_SERVICE_CORE_TAIL_WATCH_H_
#define INGEST_SERVICE_CORE_TAIL_WATCH_H_

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "common/ledger/entry.h"

namespace repatriation {

class TailWatch {
 public:
  using Ticket = uint64_t;

  explicit TailWatch(Position tail) : tail_(tail) {}

  Position tail() const {
    const std::lock_guard lock(mutex_);
    return tail_;
  }

  // The ledger is durable through `tail`, which never falls.
  void Advance(Position tail) {
    absl::flat_hash_map<Ticket, absl::AnyInvocable<void()>> due;
    {
      const std::lock_guard lock(mutex_);
      tail_ = tail;
      // Everybody waits for "more than I have"; whoever has all of it already
      // finds nothing new and waits again.
      due.swap(waiting_);
    }
    for (auto& [ticket, callback] : due) callback();
  }

  // Calls `callback` once, when the tail gets beyond `position`; the ticket
  // cancels it. 0, and `callback` is dropped, if the tail is there already.
  [[nodiscard]] Ticket Await(Position position, absl::AnyInvocable<void()> callback) {
    const std::lock_guard lock(mutex_);
    if (tail_ > position) return 0;
    waiting_.emplace(++last_ticket_, std::move(callback));
    return last_ticket_;
  }

  // True if the callback was still to come; it will not be called then.
  bool Cancel(Ticket ticket) {
    const std::lock_guard lock(mutex_);
    return waiting_.erase(ticket) > 0;
  }

 private:
  mutable std::mutex mutex_;
  Position tail_;                                                    // guarded by mutex_
  Ticket last_ticket_ = 0;                                           // guarded by mutex_
  absl::flat_hash_map<Ticket, absl::AnyInvocable<void()>> waiting_;  // guarded by mutex_
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_TAIL_WATCH_H_
