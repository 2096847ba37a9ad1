// Priorities of threads.
//
// Thread-safety: each call is about the thread that makes it.
#ifndef COMMON_BASE_THREAD_PRIORITY_H_
#define COMMON_BASE_THREAD_PRIORITY_H_

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace repatriation {

// Lets threads that somebody waits for go before this one where both want a
// core: at nice 5 it gets about a quarter of it then. Needs no privilege.
inline void YieldToOthers() {
  constexpr int kNice = 5;
  // On Linux priorities are a thread's own. That it fails changes only speed.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
}

}  // namespace repatriation

#endif  // COMMON_BASE_THREAD_PRIORITY_H_
