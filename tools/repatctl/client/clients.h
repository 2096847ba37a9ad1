// Client interfaces of the two services, so that tests of the commands need neither
// gRPC nor a network. grpc_clients.h has the real clients.
//
// Errors: every status is the service's own with its details, or that of the
// connection (UNAVAILABLE, DEADLINE_EXCEEDED), whose message names the service and
// its address.
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

// Every call except WatchAggregate() blocks until the response or the deadline.
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
  // Calls `handle` with each response until it returns false, and then returns OK; or
  // until the stream ends, and then returns its status, UNAVAILABLE if that is OK.
  // Has no deadline.
  virtual absl::Status WatchAggregate(
      const v1::WatchAggregateRequest& request,
      const std::function<bool(const v1::WatchAggregateResponse&)>& handle) = 0;
};

// One StreamEvents call. Thread-compatible: one thread uses it; writes and reads are
// asynchronous. The destructor cancels an unfinished call.
class BatchStream {
 public:
  enum class Kind {
    // The request was passed to gRPC; the next may be written.
    kWritten,
    // A response arrived.
    kResponse,
    // The stream ended with `status`.
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

  // Starts a write; does not block. REQUIRES: no other write is in progress.
  virtual void Write(Encoded<v1::StreamEventsRequest> request) = 0;

  // Half-closes the stream: no request follows. REQUIRES: no write is in progress.
  virtual void WritesDone() = 0;

  // Returns the next event. Blocks for at most `timeout`. Must not be called again
  // after kClosed.
  virtual StreamEvent Next(absl::Duration timeout) = 0;
};

// Thread-safe.
class IngestClient {
 public:
  virtual ~IngestClient() = default;
  // Blocks until the response or the deadline.
  virtual absl::StatusOr<v1::AppendEventsResponse> AppendEvents(
      const v1::AppendEventsRequest& request) = 0;
  // Starts the same call; does not block. `done` is called once, on a thread of gRPC,
  // and may start the next call. `request` must live until `done` is called, the
  // client until it returns.
  virtual void StartAppendEvents(
      const v1::AppendEventsRequest& request,
      std::function<void(absl::StatusOr<v1::AppendEventsResponse>)> done) = 0;
  // Opens a stream without a deadline; does not block. An error is the stream's first
  // event. The client must outlive the stream.
  virtual std::unique_ptr<BatchStream> OpenStream() = 0;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_CLIENTS_H_
