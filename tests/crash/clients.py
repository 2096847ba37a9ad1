"""Clients that use the services during the faults: producers, a follower, a watcher.

Each keeps the state that it needs to resume after an outage, as any client should.
"""
import collections
import queue
import threading

import grpc

import blocks
from harness import TIMEOUT_S, ingest_stub, query_stub
from history import Submitted
from stubs import v1
from validators import Violation


class LedgerRolledBack(Exception):
    """The ledger ends before what its feed has sent, or has another history."""


# Batches of a stream in flight.
_WINDOW = 4
# How a call ends when its service ends or can no longer write.
GONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


class Producer:
    """Submits the batches of a plan in order, and resends each until it is answered."""

    def __init__(self, plan, history, streams):
        self._plan = plan
        self._history = history
        self._streams = streams  # else one call per batch
        self._unanswered = collections.deque()
        self._submitted_by_message = {}  # id of a message -> its Submitted

    def run(self, ingest, fresh):
        """Submits the unanswered and `fresh` more batches, until the service is gone."""
        for _ in range(fresh):
            self._unanswered.append([self._submitted(each) for each in self._plan.batch()])
        try:
            (self._stream if self._streams else self._call)(ingest)
        except grpc.RpcError as error:
            if error.code() not in GONE:
                raise

    @property
    def is_answered(self):
        return not self._unanswered

    def _submitted(self, message):
        # A repetition is the same object.
        return self._submitted_by_message.setdefault(id(message), Submitted(message))

    def _call(self, ingest):
        stub = ingest_stub(ingest)
        while self._unanswered:
            batch = self._unanswered[0]
            sent = self._history.send(batch)
            request = v1.AppendEventsRequest(submissions=[each.message for each in batch])
            result = stub.AppendEvents(request, timeout=TIMEOUT_S).result
            self._history.answer(sent, batch, result)
            self._unanswered.popleft()

    def _stream(self, ingest):
        waiting, sent = collections.deque(self._unanswered), collections.deque()
        outbox = queue.SimpleQueue()
        call = ingest_stub(ingest).StreamEvents(iter(outbox.get, None), timeout=TIMEOUT_S)
        try:
            while waiting or sent:
                while waiting and len(sent) < _WINDOW:
                    batch = waiting.popleft()
                    sent.append((self._history.send(batch), batch))
                    outbox.put(v1.StreamEventsRequest(
                        submissions=[each.message for each in batch]))
                result = next(call).result
                self._history.answer(*sent.popleft(), result)
                self._unanswered.popleft()
        finally:
            outbox.put(None)
            call.cancel()


class Follower:
    """Reads the feed into the Ledger of the run, starting where that ends."""

    def __init__(self, ledger, history):
        self._ledger = ledger
        self._history = history

    def follow(self, ingest):
        """Starts the call, which the caller must cancel."""
        after = len(self._ledger)
        return v1.LedgerFeedServiceStub(ingest.channel).Follow(v1.FollowRequest(
            ledger_id=self._ledger.ledger_id, after_position=after,
            after_hash=self._ledger.hash if after else b""), timeout=TIMEOUT_S)

    def read(self, call, until_caught_up):
        """Reads until the call ends or, if requested, until it has caught up; returns whether it
        has."""
        try:
            for message in call:
                if message.block:
                    self._add(message.block)
                if until_caught_up and len(self._ledger) >= message.tail_position:
                    return True
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.FAILED_PRECONDITION:
                raise LedgerRolledBack(error.details()) from None
            if error.code() not in GONE:
                raise
        return False

    def _add(self, data):
        after = len(self._ledger)
        try:
            block = blocks.decode(data)
        except ValueError as error:
            raise Violation("contiguous", [f"after position {after} the feed sent no block: "
                                           f"{error}"]) from None
        if block.first_position != after + 1:
            raise Violation("resumable", [f"the feed after position {after} continues with "
                                          f"position {block.first_position}"])
        self._ledger.add(block)
        self._history.record_feed_position(block.last_position)


class Watcher:
    """Watches a figure and resumes with its last token; keeps the answers for the validators."""

    def __init__(self, group_by, **filters):
        self.group_by = group_by
        self.filters = filters
        self._token = ""
        self._changed = threading.Condition()
        self._answers = []
        self._known_at = -1
        self._ended = False

    def watch(self, query):
        """Starts a call that resumes where the last one ended."""
        self._ended = False
        request = v1.WatchAggregateRequest(filter=v1.Filter(**self.filters),
                                           group_by=self.group_by, resume_token=self._token)
        if not self._token:
            request.read.known_at_position = 0
        return query_stub(query).WatchAggregate(request)

    def read(self, call):
        """Records the answers until the service is gone."""
        try:
            for answer in call:
                self._record(answer)
        except grpc.RpcError as error:
            if error.code() not in GONE:
                raise Violation("resumable", [f"the watch after position {self._known_at} ended: "
                                              f"{error.code()} {error.details()}"]) from None
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _record(self, answer):
        with self._changed:
            self._token = answer.resume_token
            self._known_at = answer.header.known_at_position
            self._answers.append(answer)
            self._changed.notify_all()

    def await_position(self, position):
        """Waits until an answer reaches `position` or the watch has ended; returns whether one
        did."""
        with self._changed:
            in_time = self._changed.wait_for(lambda: self._known_at >= position or self._ended,
                                             TIMEOUT_S)
            if not in_time:
                raise Violation("resumable", [f"the watch is stuck at position {self._known_at}, "
                                              f"the ledger ends at {position}"])
            return self._known_at >= position

    def pop_answers(self):
        """The answers since the last call."""
        with self._changed:
            answers, self._answers = self._answers, []
            return answers
