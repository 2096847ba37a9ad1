// The long-lived streams of a service, so that a drain can ask each to end:
// without it a stream that nobody closes would hold up the shutdown until its
// deadline.
//
// Thread-safety: all methods may be called from any thread.
#ifndef COMMON_RPC_STREAM_SET_H_
#define COMMON_RPC_STREAM_SET_H_

#include <mutex>

#include "absl/container/flat_hash_set.h"

namespace repatriation {

class StreamSet {
 public:
  class Stream {
   public:
    // Asks the stream to end soon: what it owes is still sent. Called with the
    // set's lock held, so it must not block, add or remove a stream.
    virtual void Drain() = 0;

   protected:
    ~Stream() = default;
  };

  // `stream` must be removed before it is destroyed. After DrainAll() it is
  // drained at once.
  void Add(Stream* stream) {
    const std::lock_guard lock(mutex_);
    streams_.insert(stream);
    if (draining_) stream->Drain();
  }

  void Remove(Stream* stream) {
    const std::lock_guard lock(mutex_);
    streams_.erase(stream);
  }

  void DrainAll() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    for (Stream* stream : streams_) stream->Drain();
  }

 private:
  std::mutex mutex_;
  absl::flat_hash_set<Stream*> streams_;  // guarded by mutex_
  bool draining_ = false;                 // guarded by mutex_
};

}  // namespace repatriation

#endif  // COMMON_RPC_STREAM_SET_H_
