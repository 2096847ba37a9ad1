"""Failing system calls: sync, write, read. A failed append is not acknowledged, no process
dies, and a restart recovers.
"""
import grpc
import pytest

import injected
from evidence import (BATCH, Writer, chain_of, check, check_events, check_resend, submission_of,
                      logged)
from harness import (INGEST_SERVICES, NOT_SERVING, QUERY_SERVICES, SERVING, append, append_one,
                     assert_refusal, event, header_of, headcount, ingest_stub, query_stub,
                     refusal_of, refused, v1)


@pytest.fixture(autouse=True, scope="module")
def tracing():
    why = injected.unavailable_reason()
    if why:
        pytest.skip(why)


@pytest.fixture
def services(empty_cluster):
    ingest = empty_cluster.add_ingest("--id_run_ids=1000").start_on_fixed_port()
    # A small cache, so that reads reach the disk.
    query = empty_cluster.add_query(ingest, f"--store_cache_bytes={1 << 20}").start_on_fixed_port()
    return ingest, query


def paths_of(service, pattern):
    found = list(service.data_dir.glob(pattern))
    assert found, f"no {pattern} in {service.data_dir}"
    return found


@pytest.mark.parametrize("call, files", [
    ("fdatasync", "store/*.log"), ("write", "store/*.log"), ("pwrite64", "tail")])
def test_failed_append_latches(services, call, files):
    """It latches: after an append with an unknown result, no further append is accepted."""
    ingest, query = services
    writer = Writer(ingest, "a")
    writer.await_acknowledged(500)
    with injected.failing(ingest.pid, call, paths_of(ingest, files)):
        assert_refusal(refusal_of(writer.await_refusal()), grpc.StatusCode.UNAVAILABLE,
                       reason="LEDGER_FAILED")
        for name in ("", *INGEST_SERVICES):
            ingest.await_health(NOT_SERVING, name)
    acknowledged = writer.acknowledged
    assert logged(ingest, "takes no more entries until a restart", ingest.data_dir)
    # It stays latched although the cause is gone.
    request = v1.AppendEventsRequest(submissions=[submission_of("after")])
    assert_refusal(refused(ingest_stub(ingest).AppendEvents, request),
                   grpc.StatusCode.UNAVAILABLE, reason="LEDGER_FAILED")
    position, _ = chain_of(ingest)
    # The block of the rejected batch may be durable, if a later step failed.
    assert max(acknowledged.values()) <= position <= max(acknowledged.values()) + BATCH
    header_of(query, position)
    check_events(query, acknowledged)
    ingest.stop()
    ingest.start()
    assert ingest.health(INGEST_SERVICES[0]) == SERVING
    check(ingest, query, acknowledged)
    check_resend(ingest, acknowledged)


@pytest.fixture
def on_disk(services):
    """Both services with all data in files that have not been read yet."""
    ingest, query = services
    writer = Writer(ingest, "a")
    writer.await_acknowledged(5000)
    acknowledged = writer.stop()
    header_of(query, max(acknowledged.values()))
    # The first restart moves the log into tables; after the second there are only tables.
    for _ in range(2):
        query.stop()
        ingest.stop()
        ingest.start()
        query.start()
    return ingest, query, acknowledged


def test_failed_ledger_read(on_disk):
    ingest, query, acknowledged = on_disk
    with injected.failing(ingest.pid, "pread64", paths_of(ingest, "store/*.sst")):
        refusal = refused(v1.LedgerFeedServiceStub(ingest.channel).Follow, v1.FollowRequest())
        assert refusal.code == grpc.StatusCode.UNAVAILABLE, refusal
        assert str(ingest.data_dir) in refusal.message, refusal
    assert ingest.health(INGEST_SERVICES[1]) == SERVING
    check(ingest, query, acknowledged)


def test_failed_id_lookup(on_disk):
    """If an id cannot be looked up, its batch is rejected, and nothing is recorded twice."""
    ingest, query, acknowledged = on_disk
    known = next(iter(acknowledged))
    request = v1.AppendEventsRequest(submissions=[submission_of(known)])
    with injected.failing(ingest.pid, "pread64", paths_of(ingest, "ids/*.run")):
        refusal = refused(ingest_stub(ingest).AppendEvents, request)
        assert_refusal(refusal, grpc.StatusCode.UNAVAILABLE, reason="LEDGER_UNREADABLE")
        assert logged(ingest, ingest.data_dir / "ids")
    # Nothing was written, so nothing has latched.
    assert ingest.health(INGEST_SERVICES[0]) == SERVING
    assert list(append(ingest, submission_of(known)).positions) == [acknowledged[known]]
    append_one(ingest, event("after"))
    check(ingest, query, acknowledged)


def test_failed_replica_read(on_disk):
    """Figures are in memory and stay correct; queries that read the disk fail with the reason."""
    ingest, query, acknowledged = on_disk
    figure = headcount(query)
    with injected.failing(query.pid, "pread64", paths_of(query, "store/*.sst")):
        refusal = refused(query_stub(query).ListEvents, v1.ListEventsRequest(page_size=1000))
        assert refusal.code == grpc.StatusCode.UNAVAILABLE, refusal
        assert str(query.data_dir) in refusal.message, refusal
        assert headcount(query) == figure == 3 * len(acknowledged)
    assert query.health(QUERY_SERVICES[0]) == SERVING
    check(ingest, query, acknowledged)
