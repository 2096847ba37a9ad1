"""A bit flips in one file while the services are down, in every kind of file and part of it.

A service then refuses to start with one line that names the path, or it starts with all that was
acknowledged, or the call that meets the damage says so. It never dies of a signal, never has fewer
entries without saying so, and never a wrong figure.

REPAT_SEED and REPAT_FLIPS say which bits and how many of each kind. An id filter is on disk only
from millions of ids on; filter_file_test damages that.
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

# What a kind of file is called, and which part of it is meant: (pattern, from, to) as shares of
# its size or, with a minus, bytes from its end.
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
    "note of the tail": ("tail", 0, 1),
}


class Scene:
    """Two services that were ended in the middle of their work, and copies of what they left."""

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
                # The first time a start moves the log into tables; the second time it is left.
                service.stop()
                if turn == "tables":
                    service.start()
        for service in (self.ingest, self.query):
            shutil.copytree(service.data_dir, self._whole(service))

    def _whole(self, service):
        return self.cluster.folder / f"{service.name}-whole"

    def restore(self, service):
        shutil.rmtree(service.data_dir)
        shutil.copytree(self._whole(service), service.data_dir)

    def flip(self, service, kind, draw):
        """Flips a bit; says where."""
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


def starts(service):
    """Starts it; False if it refuses, which it must do as agreed."""
    lines_before = len(service.log_lines())
    try:
        service.start()
        return True
    except AssertionError:
        if service.alive():
            raise
    status = service.wait()
    told = [line for line in service.log_lines()[lines_before:] if "Z error " in line]
    assert status == 1, f"ended with {status}, expected 1:\n{service.log()}"
    assert told and re.search(r"DATA_LOSS|FAILED_PRECONDITION|UNAVAILABLE", told[-1]), told
    assert str(service.data_dir) in told[-1], f"expected the path in: {told[-1]}"
    print(told[-1])
    return False


def unless_told(service, call, *arguments):
    """Calls it; an error has to be that of the damage, with its path."""
    try:
        call(*arguments)
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.DATA_LOSS, grpc.StatusCode.UNAVAILABLE), error
        print(error.code(), error.details())
        named = str(service.data_dir) in error.details()
        assert named or "LEDGER_FAILED" in str(error.trailing_metadata()), error
    assert service.alive(), service.log()


def end(service):
    """Ends it, where it runs; whatever was damaged, this has to go well."""
    if service.alive():
        service.stop()


@pytest.mark.parametrize("kind", INGEST_KINDS)
@pytest.mark.parametrize("turn", range(FLIPS))
def test_ingest(scene, kind, turn):
    draw = random.Random(f"{SEED} ingest {kind} {turn}")
    ingest = scene.ingest
    scene.restore(ingest)
    print(f"REPAT_SEED={SEED}:", scene.flip(ingest, INGEST_KINDS[kind], draw))
    if not starts(ingest):
        return
    try:
        position = []
        unless_told(ingest, lambda: position.append(chain_of(ingest)[0]))
        assert position in ([], [scene.tail])
        unless_told(ingest, check_resend, ingest, scene.acknowledged)
        unless_told(ingest, append, ingest, submission_of("another"))
    finally:
        end(ingest)


@pytest.mark.parametrize("kind", STORE_KINDS)
@pytest.mark.parametrize("turn", range(FLIPS))
def test_query(scene, kind, turn):
    """Alone, and with the ledger to make up for what it lacks."""
    draw = random.Random(f"{SEED} query {kind} {turn}")
    query = scene.query
    scene.restore(query)
    print(f"REPAT_SEED={SEED}:", scene.flip(query, STORE_KINDS[kind], draw))
    if not starts(query):
        return
    try:
        applied = header_of(query).applied_position
        assert headcount(query) == 3 * applied
        some = {each: at for each, at in scene.acknowledged.items() if at <= applied}
        unless_told(query, check_events, query, some)
        scene.restore(scene.ingest)
        scene.ingest.start()
        assert header_of(query, scene.tail).applied_position == scene.tail
        assert headcount(query) == 3 * scene.tail
        unless_told(query, check_events, query, scene.acknowledged)
    finally:
        end(query)
        end(scene.ingest)
