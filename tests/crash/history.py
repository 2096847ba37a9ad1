"""What a run of the crash tests submitted, which answers it got, and what it read.

Only an answer is a guarantee: a submission without one may be recorded or not. An entry seen once
in the ledger must stay there.
"""
import collections
import dataclasses
import datetime
import threading

import blocks
from stubs import v1

_EPOCH = datetime.date(1970, 1, 1).toordinal()
ZERO_HASH = bytes(32)


class Submitted:
    """A submission in the form of a ledger entry, except that its target is an id."""
    __slots__ = ("message", "id", "type", "target_id", "reason", "content", "record")

    def __init__(self, message):
        self.message = message
        self.target_id, self.reason, self.content, self.record = "", "", None, b""
        field = message.WhichOneof("content")
        body = getattr(message, field)
        if field == "event":
            self.id, self.type, self.content = body.event_id, blocks.EVENT, _content(body)
            if body.status == v1.EVENT_STATUS_PLANNED:
                self.type = blocks.PLANNED_EVENT
        elif field == "record":
            record = getattr(body, body.WhichOneof("content"))
            self.id, self.type = record.record_id, blocks.RECORD
            self.record = body.SerializeToString(deterministic=True)
        else:
            self.id, self.target_id, self.reason = body.correction_id, body.event_id, body.reason
            self.type = {"amendment": blocks.AMENDMENT, "voiding": blocks.VOIDING,
                         "quarantine_release": blocks.RELEASE}[field]
            if field == "amendment":
                self.content = _content(body.event)
                if body.event.status == v1.EVENT_STATUS_PLANNED:
                    self.type = blocks.PLANNED_AMENDMENT

    def is_recorded_as(self, entry, ledger):
        """Whether `entry` has the same content."""
        if (entry.id, entry.type, entry.reason, entry.content, entry.record) != (
                self.id, self.type, self.reason, self.content, self.record):
            return False
        return not self.target_id or ledger.id_at(entry.target) == self.target_id


def _content(event):
    return blocks.Content(
        event.kind, event.category, event.qualifier,
        datetime.date.fromisoformat(event.day).toordinal() - _EPOCH, event.headcount,
        event.female if event.HasField("female") else None, event.mission, event.country,
        event.site, event.destination_site, event.unit, event.movement_ref, event.source)


@dataclasses.dataclass
class Answer:
    """An answered batch. `sent` and `answered` are times of the run's logical clock."""
    submitted: list
    positions: list
    duplicates: set
    rejections: dict  # index -> reason
    sent: int
    answered: int
    # Everything up to here was durable when the batch was sent.
    known_through: int


class Ledger:
    """The ledger as read from the feed, block by block."""

    def __init__(self):
        self.ledger_id = ""
        self.entries = []
        self.blocks = []  # without their entries
        self.ends = {0: ZERO_HASH}  # last position of a block -> its hash
        self.position_of = {}  # id -> first position

    def __len__(self):
        return len(self.entries)

    @property
    def hash(self):
        return self.ends[len(self)] if len(self) in self.ends else ZERO_HASH

    def add(self, block):
        self.blocks.append(block._replace(entries=None))
        self.ledger_id = self.ledger_id or block.ledger_id
        for entry in block.entries:
            self.entries.append(entry)
            self.position_of.setdefault(entry.id, entry.position)
        self.ends[block.last_position] = block.hash

    def at(self, position):
        return self.entries[position - 1] if 1 <= position <= len(self.entries) else None

    def id_at(self, position):
        entry = self.at(position)
        return entry.id if entry else None


class History:
    """The submissions of the producers and their answers. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._clock = 0
        self._answered = threading.Condition(self._lock)
        self.submissions = collections.defaultdict(list)  # id -> the submissions with it
        self.answers = []
        self.acknowledged = {}  # id -> the position in its first answer
        self.known_through = 0

    def _tick(self):
        self._clock += 1
        return self._clock

    def send(self, submitted):
        """Records that a batch is sent; returns the first argument for answer()."""
        with self._lock:
            for each in submitted:
                if each not in self.submissions[each.id]:
                    self.submissions[each.id].append(each)
            return self._tick(), self.known_through

    def answer(self, sent, submitted, result):
        at, known_through = sent
        duplicates = set(result.duplicate_indexes)
        rejections = {each.index: each.reason for each in result.rejections}
        with self._lock:
            self.answers.append(Answer(submitted, list(result.positions), duplicates, rejections,
                                       at, self._tick(), known_through))
            self.known_through = max(self.known_through, *result.positions)
            for each, position in zip(submitted, result.positions):
                if position:
                    self.acknowledged.setdefault(each.id, position)
            self._answered.notify_all()

    def record_feed_position(self, position):
        """Records that the feed has sent `position`."""
        with self._lock:
            self.known_through = max(self.known_through, position)

    def answer_count(self):
        with self._lock:
            return len(self.answers)

    def await_answers(self, count, give_up):
        """Waits until `count` batches are answered in total, or wake() after `give_up` is set."""
        with self._lock:
            self._answered.wait_for(lambda: len(self.answers) >= count or give_up.is_set())

    def wake(self):
        with self._lock:
            self._answered.notify_all()
