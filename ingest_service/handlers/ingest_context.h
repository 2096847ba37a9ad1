// What the handlers of the ingest service share.
#ifndef INGEST_SERVICE_HANDLERS_INGEST_CONTEXT_H_
#define INGEST_SERVICE_HANDLERS_INGEST_CONTEXT_H_

#include <string>

#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/ledger/ledger_log.h"
#include "common/rpc/admission.h"
#include "common/rpc/stream_set.h"
#include "ingest_service/core/sequencer.h"
#include "ingest_service/core/tail_watch.h"

namespace repatriation {

// All pointers outlive the server that the handlers are registered with.
struct IngestContext {
  Sequencer* sequencer;
  const LedgerLog* log;
  TailWatch* watch;
  const Clock* clock;
  Executor* executor;                 // parses and validates requests
  Executor* feed_executor;            // reads blocks for followers
  Executor* backup_executor;          // makes and lists backups
  CallAdmission* calls;               // unary calls
  CallAdmission* streams;             // StreamEvents streams
  CallAdmission* followers;           // Follow streams
  StreamSet* open_streams;            // both kinds
  size_t message_bytes_max;           // of a request
  size_t batch_submissions_max;       // of a request
  int stream_window;                  // batches of one stream without a response
  size_t feed_read_bytes;             // blocks read ahead for one follower
  absl::Duration follower_stall_max;  // time that a follower may leave a block unread
  absl::Duration retry_delay;         // suggested to callers that are over a limit
};

// Today's date in UTC, which limits the days that events may have.
inline DayNumber Today(const Clock& clock) {
  return DayNumberOf(absl::ToCivilDay(clock.Now(), absl::UTCTimeZone()));
}

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_INGEST_CONTEXT_H_
