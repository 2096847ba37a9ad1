"""A naive recount of the figures from the entries of the ledger."""
import collections

import blocks
from stubs import v1

# The dimensions that these tests group by, with the name of the field in Group and in Content.
DIMENSIONS = {v1.DIMENSION_MISSION: "mission", v1.DIMENSION_KIND: "kind",
              v1.DIMENSION_CATEGORY: "category", v1.DIMENSION_COUNTRY: "country",
              v1.DIMENSION_SITE: "site", v1.DIMENSION_UNIT: "unit"}
# Quarantine depends on strength tables, which the property tests cover: these tests count events
# in quarantine and others together.
HAPPENED = (v1.EVENT_STATUS_ACTUAL, v1.EVENT_STATUS_QUARANTINED)
PLANNED = (v1.EVENT_STATUS_PLANNED,)


class Recount:
    """The content of every event as known at a position, which only increases."""

    def __init__(self):
        self.known_at = 0
        self._events = {}  # first position -> (content, whether planned)

    def advance(self, ledger, known_at):
        for entry in ledger.entries[self.known_at:known_at]:
            if entry.type in blocks.EVENTS:
                self._events[entry.position] = (entry.content, entry.type == blocks.PLANNED_EVENT)
            elif entry.type in blocks.AMENDMENTS:
                self._events[entry.target] = (entry.content,
                                              entry.type == blocks.PLANNED_AMENDMENT)
            elif entry.type == blocks.VOIDING:
                del self._events[entry.target]
        self.known_at = max(self.known_at, known_at)
        return self

    def figures(self, group_by, missions=(), kinds=(), planned=False):
        """{values of the dimensions: (headcount, events)}, as GetAggregate groups them."""
        names = [DIMENSIONS[each] for each in group_by]
        groups = collections.defaultdict(lambda: [0, 0])
        for content, is_planned in self._events.values():
            if is_planned != planned or (missions and content.mission not in missions):
                continue
            # As in the proto: repatriations unless kinds are set.
            if content.kind not in (kinds or (v1.KIND_REPATRIATION,)):
                continue
            group = groups[tuple(getattr(content, name) for name in names)]
            group[0] += content.headcount
            group[1] += 1
        return {key: tuple(figure) for key, figure in groups.items()}


def figures_at(ledger, known_at, *arguments, **keywords):
    return Recount().advance(ledger, known_at).figures(*arguments, **keywords)


def figures_of(rows, group_by):
    """The rows of an answer in the same form."""
    names = [DIMENSIONS[each] for each in group_by]
    return {tuple(getattr(row.group, name) for name in names):
            (row.figure.headcount, row.figure.events) for row in rows}
