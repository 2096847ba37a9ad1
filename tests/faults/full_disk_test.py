"""A disk fills up under load: nothing is lost, no process dies, and each service reports it."""
import grpc

from evidence import BATCH, Writer, chain_of, check, check_events, check_resend, logged
from harness import (INGEST_SERVICES, NOT_SERVING, QUERY_SERVICES, SERVING, append_one,
                     assert_refusal, event, header_of, headcount, query_stub, refusal_of, refused,
                     tail_of, v1)

FULL = "No space left on device"
MEGABYTE = 1 << 20


def test_ingest_rejects_then_recovers(empty_cluster, make_disk):
    disk = make_disk(200)
    ingest = empty_cluster.add_ingest()
    ingest.data_dir = disk.path / "ingest"
    ingest.start_on_fixed_port()
    query = empty_cluster.add_query(ingest).start()
    # Otherwise the space for the log is already allocated.
    ingest.stop()
    disk.fill(leave_bytes=6 * MEGABYTE)
    ingest.start()
    writer = Writer(ingest, "a")
    assert_refusal(refusal_of(writer.await_refusal()), grpc.StatusCode.UNAVAILABLE,
                   reason="LEDGER_FAILED")
    acknowledged = writer.acknowledged
    assert len(acknowledged) > 1000
    for name in ("", *INGEST_SERVICES):
        ingest.await_health(NOT_SERVING, name)
    assert logged(ingest, "takes no more entries until a restart", ingest.data_dir, FULL)
    # Durable entries can still be read, also by the replica.
    position, _ = chain_of(ingest)
    # The block of the rejected batch may be durable, if a later step failed.
    assert max(acknowledged.values()) <= position <= max(acknowledged.values()) + BATCH
    assert position == tail_of(ingest)
    assert header_of(query, position).applied_position == position
    check_events(query, acknowledged)
    ingest.stop()

    disk.fill(leave_bytes=0)
    ingest.spawn()
    assert ingest.wait() == 1
    assert FULL in ingest.log_lines()[-1] and str(ingest.data_dir) in ingest.log_lines()[-1]

    disk.free_space()
    ingest.start()
    assert ingest.health(INGEST_SERVICES[0]) == SERVING
    check(ingest, query, acknowledged)
    check_resend(ingest, acknowledged)
    assert append_one(ingest, event("after")) > position


def test_query_keeps_answering_then_recovers(empty_cluster, make_disk):
    """It keeps answering at its position, and continues after a restart once there is space."""
    disk = make_disk(200)
    ingest = empty_cluster.add_ingest().start_on_fixed_port()
    query = empty_cluster.add_query(ingest, "--min_position_wait_max=3s")
    query.data_dir = disk.path / "query"
    query.start()
    query.stop()
    disk.fill(leave_bytes=6 * MEGABYTE)
    query.start()
    writer = Writer(ingest, "a")
    while not logged(query, FULL):
        writer.await_acknowledged(500)
    acknowledged = writer.stop()
    tail = tail_of(ingest)
    refusal = refused(query_stub(query).ListMissions, v1.ListMissionsRequest(
        read=v1.ReadOptions(min_position=tail)))
    assert refusal.code == grpc.StatusCode.DEADLINE_EXCEEDED, refusal
    applied = header_of(query).applied_position
    assert 0 < applied < tail
    assert logged(query, f"the feed ended at position {applied},", query.data_dir, FULL)
    assert query.health(QUERY_SERVICES[0]) == SERVING
    # Each entry is an event of three people.
    assert headcount(query) == 3 * applied
    check_events(query, {each: position for each, position in acknowledged.items()
                         if position <= applied})

    disk.free_space()
    query.stop()
    query.start()
    check(ingest, query, acknowledged)
