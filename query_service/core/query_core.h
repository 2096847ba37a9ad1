// Answers the queries of repatriation.v1.QueryService from a replica, without gRPC. One
// file per query; see README.md for what they share.
//
// Each method answers from one state of the ledger, whatever is applied meanwhile. All
// return the errors documented in query_service.proto. The caller must have waited for
// `min_position`.
//
// Thread-safety: all methods may be called from any thread; all but
// GetAggregate, GetTimeline and ListMissions may block on I/O.
#ifndef QUERY_SERVICE_CORE_QUERY_CORE_H_
#define QUERY_SERVICE_CORE_QUERY_CORE_H_

#include "absl/status/statusor.h"
#include "common/base/encoded.h"
#include "query_service/core/figures/figure_watch.h"
#include "query_service/core/figures/row_plan.h"
#include "query_service/core/replica/replica.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

class QueryCore {
 public:
  // `replica` must outlive the core.
  explicit QueryCore(const Replica* replica) : replica_(*replica) {}

  absl::StatusOr<Encoded<v1::GetAggregateResponse>> GetAggregate(
      const v1::GetAggregateRequest& request) const;
  absl::StatusOr<Encoded<v1::GetTimelineResponse>> GetTimeline(
      const v1::GetTimelineRequest& request) const;
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request) const;
  absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) const;
  absl::StatusOr<v1::GetBriefingResponse> GetBriefing(const v1::GetBriefingRequest& request) const;
  absl::StatusOr<v1::ListMissionsResponse> ListMissions(
      const v1::ListMissionsRequest& request) const;
  absl::StatusOr<v1::GetDrawdownResponse> GetDrawdown(const v1::GetDrawdownRequest& request) const;
  absl::StatusOr<v1::ReconcileResponse> Reconcile(const v1::ReconcileRequest& request) const;
  absl::StatusOr<v1::CompareAggregatesResponse> CompareAggregates(
      const v1::CompareAggregatesRequest& request) const;
  absl::StatusOr<v1::ListQuarantineResponse> ListQuarantine(
      const v1::ListQuarantineRequest& request) const;

  // FigureWatch::Evaluate().
  absl::StatusOr<FigureWatch::Step> Evaluate(FigureWatch& watch, absl::Time now) const {
    return watch.Evaluate(replica_, plans_, now);
  }

 private:
  // Enough for dozens of queries with thousands of rows.
  static constexpr size_t kPlanBytesMax = size_t{64} << 20;

  const Replica& replica_;
  mutable RowPlanCache plans_{kPlanBytesMax};
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_QUERY_CORE_H_
