// Page tokens with which ListEvents lists the events behind a figure, from the first
// one, as known at the figure's position.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_SELECTION_EVENT_LIST_TOKEN_H_
#define QUERY_SERVICE_CORE_SELECTION_EVENT_LIST_TOKEN_H_

#include <string>

#include "query_service/core/selection/paging.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Fingerprint of a ListEvents request for exactly this `filter`.
inline uint64_t EventsFingerprint(const v1::Filter& filter) {
  v1::ListEventsRequest request;
  *request.mutable_filter() = filter;
  return RequestFingerprint(request);
}

// The token also pins `known_at`.
inline std::string EventsPageToken(const v1::Filter& filter, Position known_at) {
  return MakePageToken(EventsFingerprint(filter), known_at, /*after=*/0);
}

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_SELECTION_EVENT_LIST_TOKEN_H_
