// The two services as the commands see them, so that the commands need neither
// gRPC nor a network in a test. The real ones are in grpc_clients.h.
//
// Errors: every status is the service's own with its details, or that of the
// connection (UNAVAILABLE, DEADLINE_EXCEEDED), whose message says which service
// and where.
#ifndef TOOLS_REPATCTL_CLIENT_CLIENTS_H_
#define TOOLS_REPATCTL_CLIENT_CLIENTS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/encoded.h"
#include "repatriation/v1/ingest_service.pb.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Every call but WatchAggregate() blocks until the answer or the deadline.
// Thread-safe.
class QueryClient {
 public:
  virtual ~QueryClient() = default;
  virtual absl::StatusOr<v1::GetAggregateResponse> GetAggregate(
      const v1::GetAggregateRequest& request) = 0;
  virtual absl::StatusOr<v1::GetTimelineResponse> GetTimeline(
      const v1::GetTimelineRequest& request) = 0;
  virtual absl::StatusOr<v1::ListEventsResponse> ListEvents(
      const v1::ListEventsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) = 0;
  virtual absl::StatusOr<v1::GetBriefingResponse> GetBriefing(
      const v1::GetBriefingRequest& request) = 0;
  virtual absl::StatusOr<v1::ListMissionsResponse> ListMissions(
      const v1::ListMissionsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetDrawdownResponse> GetDrawdown(
      const v1::GetDrawdownRequest& request) = 0;
  virtual absl::StatusOr<v1::ReconcileResponse> Reconcile(const v1::ReconcileRequest& request) = 0;
  virtual absl::StatusOr<v1::CompareAggregatesResponse> CompareAggregates(
      const v1::CompareAggregatesRequest& request) = 0;
  virtual absl::StatusOr<v1::ListQuarantineResponse> ListQuarantine(
      const v1::ListQuarantineRequest& request) = 0;
  // Calls `take` with answer after answer until it returns false: OK; or until
  // the stream ends: its status, UNAVAILABLE if that is OK. Without a deadline.
  virtual absl::Status WatchAggregate(
      const v1::WatchAggregateRequest& request,
      const std::function<bool(const v1::WatchAggregateResponse&)>& take) = 0;
};

// One StreamEvents call. Thread-compatible: one thread uses it, while writing
// and reading go on by themselves. Destruction cancels what is not finished.
class BatchStream {
 public:
  enum class Kind {
    // The request was handed to the transport; the next may be written.
    kWritten,
    // A response came.
    kResponse,
    // The stream is over, with `status`.
    kClosed,
    // Nothing happened within the timeout.
    kTimedOut,
  };
  struct StreamEvent {
    Kind kind = Kind::kTimedOut;
    v1::StreamEventsResponse response;
    absl::Status status;
  };

  virtual ~BatchStream() = default;

  // Starts to write; does not block. REQUIRES: no other write is going on.
  virtual void Write(Encoded<v1::StreamEventsRequest> request) = 0;

  // Says that no request follows. REQUIRES: no write is going on.
  virtual void WritesDone() = 0;

  // The next thing that happens. Blocks for at most `timeout`. After kClosed
  // it must not be called again.
  virtual StreamEvent Next(absl::Duration timeout) = 0;
};

// Thread-safe.
class IngestClient {
 public:
  virtual ~IngestClient() = default;
  // Blocks until the answer or the deadline.
  virtual absl::StatusOr<v1::AppendEventsResponse> AppendEvents(
      const v1::AppendEventsRequest& request) = 0;
  // Starts the same call and returns; does not block. `done` is called once, on
  // a thread of the transport, and may start the next call. `request` must live
  // until then, the client until `done` has been called.
  virtual void StartAppendEvents(
      const v1::AppendEventsRequest& request,
      std::function<void(absl::StatusOr<v1::AppendEventsResponse>)> done) = 0;
  // Opens a stream, without a deadline; does not block, and an error comes as
  // the stream's first event. The client must outlive the stream.
  virtual std::unique_ptr<BatchStream> OpenStream() = 0;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_CLIENTS_H_
