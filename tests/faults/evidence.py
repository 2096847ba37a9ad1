"""A load that records what was acknowledged, and the checks that must pass after any fault."""
import collections
import contextlib
import hashlib
import re
import struct
import threading

import grpc

from harness import (TIMEOUT_S, all_events, as_submission, event, follow, header_of, headcount,
                     ingest_stub, v1)

BATCH = 50  # events of one append


def submission_of(event_id):
    """An event with this id; about 1,000 bytes in the ledger."""
    return as_submission(event(event_id, headcount=3, source=f"{event_id} ".ljust(1000, "x")))


class Writer:
    """Appends events from a thread until stopped or rejected; records what was acknowledged."""

    def __init__(self, ingest, name):
        self.acknowledged = {}  # id -> position
        self.refusal = None     # the RpcError that ended it
        self._stub = ingest_stub(ingest)
        self._name = name
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        number = 0
        while not self._stopping.is_set():
            ids = [f"{self._name}-{number + k}" for k in range(BATCH)]
            number += BATCH
            request = v1.AppendEventsRequest(submissions=map(submission_of, ids))
            try:
                result = self._stub.AppendEvents(request, timeout=TIMEOUT_S).result
            except grpc.RpcError as error:
                self.refusal = error
                break
            assert not result.rejections and not result.duplicate_indexes, result
            with self._changed:
                self.acknowledged.update(zip(ids, result.positions))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def await_acknowledged(self, count):
        """Waits until `count` more events are acknowledged."""
        with self._changed:
            wanted = len(self.acknowledged) + count
            reached = self._changed.wait_for(
                lambda: len(self.acknowledged) >= wanted or not self._thread.is_alive(),
                timeout=TIMEOUT_S)
            assert reached and len(self.acknowledged) >= wanted, (
                f"{len(self.acknowledged)} of {wanted} acknowledged, then {self.refusal}")

    def await_refusal(self):
        """Waits until an append is rejected; returns the RpcError."""
        self._thread.join(4 * TIMEOUT_S)
        assert self.refusal is not None, "no append was rejected"
        return self.refusal

    def stop(self):
        """Stops it; returns what was acknowledged."""
        self._stopping.set()
        self._thread.join(2 * TIMEOUT_S)
        assert not self._thread.is_alive()
        return self.acknowledged


def chain_of(ingest):
    """Reads the ledger from its start and checks the hash chain; returns (position, hash)."""
    position, last_hash = 0, bytes(32)
    with contextlib.closing(follow(ingest)) as messages:
        for tail, block in messages:
            if block:
                count, first = struct.unpack_from("<Iq", block, 4)
                assert first == position + 1, f"block at {first} after position {position}"
                assert block[40:72] == last_hash, f"another history before position {first}"
                assert hashlib.sha256(block[:-32]).digest() == block[-32:], f"damaged at {first}"
                position, last_hash = first + count - 1, block[-32:]
            if position >= tail:
                return position, last_hash.hex()
    raise AssertionError(f"the feed ended at position {position}")


def check(ingest, query, acknowledged):
    """Checks that every acknowledged event is recorded once, in one history, and counted."""
    position, last_hash = chain_of(ingest)
    header = header_of(query, position)
    assert (header.applied_position, header.applied_hash) == (position, last_hash)
    check_events(query, acknowledged)
    return position


def check_events(query, acknowledged):
    """As check(), for the replica alone."""
    records = all_events(query)
    times = collections.Counter(record.event.event_id for record in records)
    twice = [each for each, count in times.items() if count > 1]
    assert not twice, f"recorded twice: {twice[:5]}"
    there = {record.event.event_id: record.position for record in records}
    lost = {key: position for key, position in acknowledged.items() if there.get(key) != position}
    assert not lost, f"{len(lost)} of {len(acknowledged)} lost or moved: {list(lost.items())[:5]}"
    assert headcount(query) == sum(record.event.headcount for record in records)


def logged(service, *words):
    """The lines of its log at level warning or error that contain all these words."""
    return [line for line in service.log_lines()
            if re.search(r"Z (warning|error) ", line) and all(str(word) in line for word in words)]


def check_resend(ingest, acknowledged):
    """Checks that resending returns the first positions."""
    ids = list(acknowledged)
    for at in range(0, len(ids), 1000):
        part = ids[at:at + 1000]
        request = v1.AppendEventsRequest(submissions=map(submission_of, part))
        result = ingest_stub(ingest).AppendEvents(request, timeout=TIMEOUT_S).result
        assert list(result.positions) == [acknowledged[each] for each in part]
