// Page tokens with which ListEvents lists, from the first one on, the events
// behind a figure as the figure knew them.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_SELECTION_EVENT_LIST_TOKEN_H_
#define QUERY_SERVICE_CORE_SELECTION_EVENT_LIST_TOKEN_H_

#include <string>

#include "query_service/core/selection/paging.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// That of a request for the events of `filter`, which must come as it is given here.
inline uint64_t EventsFingerprint(const v1::Filter& filter) {
  v1::ListEventsRequest request;
  *request.mutable_filter() = filter;
  return RequestFingerprint(request);
}

// Pins `known_at`.
inline std::string EventsPageToken(const v1::Filter& filter, Position known_at) {
  return MakePageToken(EventsFingerprint(filter), known_at, /*after=*/0);
}

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_SELECTION_EVENT_LIST_TOKEN_H_
