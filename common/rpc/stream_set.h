// The open long-lived streams of a service, so that a drain can end them: otherwise a
// stream that no client closes would delay the shutdown until its deadline.
//
// Thread-safety: all methods may be called from any thread.
#ifndef COMMON_RPC_STREAM_SET_H_
#define COMMON_RPC_STREAM_SET_H_

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "common/base/mutex.h"

namespace repatriation {

class StreamSet {
 public:
  class Stream {
   public:
    // Asks the stream to end soon; pending responses are still sent. Called with the
    // set's lock held, so it must not block, add or remove a stream.
    virtual void Drain() = 0;

   protected:
    ~Stream() = default;
  };

  // `stream` must be removed before it is destroyed. After DrainAll() it is drained
  // immediately.
  void Add(Stream* stream) {
    const MutexLock lock(mutex_);
    streams_.insert(stream);
    if (draining_) stream->Drain();
  }

  void Remove(Stream* stream) {
    const MutexLock lock(mutex_);
    streams_.erase(stream);
  }

  void DrainAll() {
    const MutexLock lock(mutex_);
    draining_ = true;
    for (Stream* stream : streams_) stream->Drain();
  }

 private:
  Mutex mutex_;
  absl::flat_hash_set<Stream*> streams_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace repatriation

#endif  // COMMON_RPC_STREAM_SET_H_
