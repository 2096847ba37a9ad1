// The events behind the rows of an answer: for each row the filter that matches
// exactly its events, and the page token with which ListEvents lists them.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_FIGURES_ROW_PROVENANCE_H_
#define QUERY_SERVICE_CORE_FIGURES_ROW_PROVENANCE_H_

#include <utility>

#include "common/domain/day.h"
#include "query_service/core/figures/figure_question.h"
#include "query_service/core/selection/event_list_token.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// `filter`, with defaults filled in, narrowed to the events of one group.
v1::Filter FilterOfGroup(const v1::Filter& filter, const v1::Group& group);

// The question's filter, narrowed to one row of its answer. `bucket_start` is the
// first day of a timeline's bucket, and is ignored for an aggregate.
v1::Filter FilterOfRow(const FigureQuestion& question, const v1::Group& group,
                       DayNumber bucket_start);

// Sets the provenance fields of a row: an AggregateRow or a TimelineRow.
template <typename Row>
void SetProvenance(v1::Filter filter, Position known_at, Row& row) {
  row.set_events_page_token(EventsPageToken(filter, known_at));
  *row.mutable_events_filter() = std::move(filter);
}

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_ROW_PROVENANCE_H_
