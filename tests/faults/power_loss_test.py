"""Power loss while events are appended: everything acknowledged is recorded afterwards."""
import grpc

from evidence import Writer, check, check_resend, logged
from harness import (INGEST_SERVICES, NOT_SERVING, QUERY_SERVICES, SERVING, append_one,
                     assert_refusal, event, header_of, refusal_of)

ROUNDS = 3


def start_on(disk, service):
    service.data_dir = disk.path / service.name
    return service.start_on_fixed_port()


def test_both_services_recover(empty_cluster, make_disk):
    """Repeatedly, on a disk that both services share."""
    disk = make_disk(200)
    ingest = start_on(disk, empty_cluster.add_ingest())
    query = start_on(disk, empty_cluster.add_query(ingest))
    acknowledged = {}
    for turn in range(ROUNDS):
        writer = Writer(ingest, f"turn-{turn}")
        writer.await_acknowledged(1000)
        disk.lose_power()
        assert_refusal(refusal_of(writer.await_refusal()), grpc.StatusCode.UNAVAILABLE,
                       reason="LEDGER_FAILED")
        ingest.await_health(NOT_SERVING, INGEST_SERVICES[0])
        assert logged(ingest, "takes no more entries until a restart", ingest.data_dir)
        acknowledged.update(writer.acknowledged)
        query.kill9()
        ingest.kill9()
        disk.restore_power()
        ingest.start()
        query.start()
        assert ingest.health(INGEST_SERVICES[0]) == SERVING
        check(ingest, query, acknowledged)
        assert query.health(QUERY_SERVICES[0]) == SERVING
    check_resend(ingest, acknowledged)


def test_replica_recovers(empty_cluster, make_disk):
    """It fetches again what was not synced, and is not reported as diverged."""
    disk = make_disk(200)
    ingest = empty_cluster.add_ingest().start_on_fixed_port()
    query = start_on(disk, empty_cluster.add_query(ingest))
    writer = Writer(ingest, "a")
    for _ in range(ROUNDS):
        writer.await_acknowledged(1000)
        seen = header_of(query, len(writer.acknowledged)).applied_position
        disk.lose_power()
        query.kill9()
        disk.restore_power()
        query.start()
        assert header_of(query, seen).applied_position >= seen
    check(ingest, query, writer.stop())
    assert header_of(query, append_one(ingest, event("last"))).applied_position > seen
