"""Flips a bit in one file while the services are down, for every kind of file and part of it.

A service must then refuse to start with one line that has the path, or start with everything that
was acknowledged, or return an error from the call that reads the damage. It must never die from a
signal, silently lose entries, or return a wrong figure.

REPAT_SEED and REPAT_FLIPS set which bits and how many of each kind. An id filter is on disk only
with millions of ids; filter_file_test damages that.
"""
import os
import random
import re
import shutil

import grpc
import pytest

from evidence import Writer, chain_of, check_events, check_resend, submission_of
from harness import Cluster, append, header_of, headcount

SEED = int(os.environ.get("REPAT_SEED", random.SystemRandom().randrange(1 << 32)))
FLIPS = int(os.environ.get("REPAT_FLIPS", 1))  # of each kind

# Kinds of files, and the part to damage: (pattern, from, to) as shares of the size or, if negative,
# as bytes from the end.
STORE_KINDS = {
    "log": ("store/*.log", 0, 1),
    "table, data": ("store/*.sst", 0, 0.7),
    "table, index": ("store/*.sst", -1400, -54),
    "table, footer": ("store/*.sst", -53, 1),
    "manifest": ("store/MANIFEST-*", 0, 1),
    "CURRENT": ("store/CURRENT", 0, 1),
    "OPTIONS": ("store/OPTIONS-*", 0, 1),
    "IDENTITY": ("store/IDENTITY", 0, 1),
    "LOCK": ("store/LOCK", 0, 1),
}
INGEST_KINDS = {
    **STORE_KINDS,
    "id run": ("ids/*.run", 0, 1),
    "tail": ("tail", 0, 1),
}


class Scene:
    """Two stopped services, and copies of their data."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.ingest = cluster.add_ingest("--id_run_ids=1000").start_on_fixed_port()
        self.query = cluster.add_query(self.ingest).start_on_fixed_port()
        self.acknowledged = {}
        for turn in ("tables", "log"):
            writer = Writer(self.ingest, turn)
            writer.await_acknowledged(1500)
            self.acknowledged.update(writer.stop())
            self.tail = max(self.acknowledged.values())
            assert header_of(self.query, self.tail).applied_position == self.tail
            for service in (self.ingest, self.query):
                # A restart moves the first turn's log into tables; the second turn's log remains.
                service.stop()
                if turn == "tables":
                    service.start()
        for service in (self.ingest, self.query):
            shutil.copytree(service.data_dir, self._copy(service))

    def _copy(self, service):
        return self.cluster.folder / f"{service.name}-copy"

    def restore(self, service):
        shutil.rmtree(service.data_dir)
        shutil.copytree(self._copy(service), service.data_dir)

    def flip(self, service, kind, draw):
        """Flips a bit; returns where."""
        pattern, begin, end = kind
        files = sorted(service.data_dir.glob(pattern))
        assert files, f"no {pattern} in {service.data_dir}"
        path = draw.choice(files)
        content = bytearray(path.read_bytes() or b"\0")
        first, last = (max(0, len(content) + at if at < 0 else int(len(content) * at))
                       for at in (begin, end))
        offset = draw.randrange(first, max(first + 1, last))
        bit = draw.randrange(8)
        content[offset] ^= 1 << bit
        path.write_bytes(content)
        return f"{path.relative_to(service.data_dir)}, byte {offset} of {len(content)}, bit {bit}"


@pytest.fixture(scope="module")
def scene():
    cluster = Cluster()
    try:
        yield Scene(cluster)
    finally:
        cluster.close(check=False)


def try_start(service):
    """Starts it; False if it refuses to start, which it must do with a proper error."""
    lines_before = len(service.log_lines())
    try:
        service.start()
        return True
    except AssertionError:
        if service.alive():
            raise
    status = service.wait()
    errors = [line for line in service.log_lines()[lines_before:] if "Z error " in line]
    assert status == 1, f"ended with {status}, expected 1:\n{service.log()}"
    assert errors and re.search(r"DATA_LOSS|FAILED_PRECONDITION|UNAVAILABLE", errors[-1]), errors
    assert str(service.data_dir) in errors[-1], f"expected the path in: {errors[-1]}"
    print(errors[-1])
    return False


def allow_damage_error(service, call, *arguments):
    """Makes the call, which may fail only with an error that reports the damage and its path."""
    try:
        call(*arguments)
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.DATA_LOSS, grpc.StatusCode.UNAVAILABLE), error
        print(error.code(), error.details())
        named = str(service.data_dir) in error.details()
        assert named or "LEDGER_FAILED" in str(error.trailing_metadata()), error
    assert service.alive(), service.log()


def stop_if_running(service):
    """Stops it if it is running; this must succeed whatever was damaged."""
    if service.alive():
        service.stop()


@pytest.mark.parametrize("kind", INGEST_KINDS)
@pytest.mark.parametrize("turn", range(FLIPS))
def test_ingest_with_a_flipped_bit(scene, kind, turn):
    draw = random.Random(f"{SEED} ingest {kind} {turn}")
    ingest = scene.ingest
    scene.restore(ingest)
    print(f"REPAT_SEED={SEED}:", scene.flip(ingest, INGEST_KINDS[kind], draw))
    if not try_start(ingest):
        return
    try:
        position = []
        allow_damage_error(ingest, lambda: position.append(chain_of(ingest)[0]))
        assert position in ([], [scene.tail])
        allow_damage_error(ingest, check_resend, ingest, scene.acknowledged)
        allow_damage_error(ingest, append, ingest, submission_of("another"))
    finally:
        stop_if_running(ingest)


@pytest.mark.parametrize("kind", STORE_KINDS)
@pytest.mark.parametrize("turn", range(FLIPS))
def test_query_with_a_flipped_bit(scene, kind, turn):
    """Without its ingest service, then with it, to fetch what is missing."""
    draw = random.Random(f"{SEED} query {kind} {turn}")
    query = scene.query
    scene.restore(query)
    print(f"REPAT_SEED={SEED}:", scene.flip(query, STORE_KINDS[kind], draw))
    if not try_start(query):
        return
    try:
        applied = header_of(query).applied_position
        assert headcount(query) == 3 * applied
        some = {each: at for each, at in scene.acknowledged.items() if at <= applied}
        allow_damage_error(query, check_events, query, some)
        scene.restore(scene.ingest)
        scene.ingest.start()
        assert header_of(query, scene.tail).applied_position == scene.tail
        assert headcount(query) == 3 * scene.tail
        allow_damage_error(query, check_events, query, scene.acknowledged)
    finally:
        stop_if_running(query)
        stop_if_running(scene.ingest)
