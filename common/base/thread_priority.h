// Priorities of threads.
//
// Thread-safety: each call affects only the calling thread.
#ifndef COMMON_BASE_THREAD_PRIORITY_H_
#define COMMON_BASE_THREAD_PRIORITY_H_

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace repatriation {

// For background threads: at nice 5, this thread gets about a quarter of a core
// that a latency-critical thread also wants. Needs no privilege.
inline void LowerThreadPriority() {
  constexpr int kNice = 5;
  // On Linux, priorities are per thread. A failure affects only speed.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
}

}  // namespace repatriation

#endif  // COMMON_BASE_THREAD_PRIORITY_H_
