// The position that one answer is computed at.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_SELECTION_READ_POINT_H_
#define QUERY_SERVICE_CORE_SELECTION_READ_POINT_H_

#include "absl/status/statusor.h"
#include "query_service/core/replica/replica.h"
#include "query_service/core/selection/paging.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Checks the fields only: INVALID_ARGUMENT for a negative position or a time out of the
// range of google.protobuf.Timestamp. `path` is the name of the field `read`.
absl::Status CheckReadOptions(const v1::ReadOptions& read, absl::string_view path = "read");

// The position up to which an answer counts: that of the page token, or `known_at`, or
// else the last applied one. OUT_OF_RANGE with reason POSITION_NOT_APPLIED if it is not
// applied yet; errors of CheckReadOptions().
absl::StatusOr<Position> ResolveKnownAt(const v1::ReadOptions& read, const Page& page,
                                        const LedgerView::Reader& reader,
                                        absl::string_view path = "read");

// OK if anything of `mission` is recorded as known at `known_at`, an event or a
// record. NOT_FOUND with reason MISSION_UNKNOWN otherwise.
absl::Status CheckMissionKnown(absl::string_view mission, Position known_at,
                               const LedgerView::Reader& reader);

// The header of an answer that counts up to `known_at`.
v1::ResponseHeader MakeHeader(const Replica& replica, const LedgerView::Reader& reader,
                              Position known_at);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_SELECTION_READ_POINT_H_
