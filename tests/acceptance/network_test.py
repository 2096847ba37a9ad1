"""Network faults: connections cut at any byte, peers that vanish, stall, or send garbage."""
import contextlib
import queue
import random
import re
import socket
import struct
import subprocess

import grpc
import pytest

from harness import (TIMEOUT_S, append, append_one, await_tail, connect, csv_text, event, follow,
                     generated_rows, header_of, ingest_stub, query_stub, tail_of, v1)
from proxy import proxied

ROWS = 3_000
SEEDS = [1, 2]


def ctl_through(cluster, proxy, *arguments):
    """repatctl that reaches the ingest service through `proxy`."""
    command = cluster.ctl_command(*arguments)
    command[1] = f"--ingest={proxy.address}"
    return command


@pytest.mark.parametrize("seed", SEEDS)
def test_import_over_randomly_cut_connections(cluster, seed):
    """Every event is recorded once, and the import reports it."""
    rows = generated_rows(ROWS)
    path = cluster.write("rows.csv", csv_text(rows))
    with proxied(cluster.ingest, seed=seed, cut_bytes=(1, 60_000)) as proxy:
        done = subprocess.run(ctl_through(cluster, proxy, "import", path, "--batch", 50),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=2 * TIMEOUT_S)
        cuts = proxy.cuts
    assert done.returncode == 0, f"seed {seed}: {done.stdout}{done.stderr}"
    recorded, duplicate = map(int, re.fullmatch(
        r"recorded (\d+), duplicate (\d+), rejected 0\n", done.stdout).groups())
    assert recorded + duplicate == ROWS, f"seed {seed}"
    assert cuts > 5, f"seed {seed}: only {cuts} connections were cut"
    assert tail_of(cluster.ingest) == ROWS, f"seed {seed}"
    header_of(cluster.query, ROWS)
    total = query_stub(cluster.query).GetAggregate(v1.GetAggregateRequest(
        filter=v1.Filter(kinds=v1.Kind.values()[1:])), timeout=TIMEOUT_S).total
    assert (total.events, total.headcount) == (ROWS, sum(int(row["headcount"]) for row in rows))


@pytest.mark.parametrize("seed", SEEDS)
def test_replica_over_randomly_cut_connections(cluster, seed):
    """It reaches the same hash despite the cuts."""
    for number in range(150):
        append(cluster.ingest, *(event(f"{number}-{n}", site=f"site {n}") for n in range(20)))
    position = 150 * 20
    with proxied(cluster.ingest, seed=seed, cut_bytes=(1, 40_000)) as proxy:
        replica = cluster.add_query(cluster.ingest, name="behind")
        replica.flags[0] = f"--ingest={proxy.address}"
        replica.start()
        through_cuts = header_of(replica, position)
        assert proxy.cuts > 3, f"seed {seed}: only {proxy.cuts} connections were cut"
        replica.stop()
    direct = header_of(cluster.query, position)
    assert through_cuts.applied_hash == direct.applied_hash, f"seed {seed}"
    assert not [line for line in replica.log_lines() if "has diverged from its ledger" in line]


def test_replica_reconnects_after_a_silent_connection_loss(empty_cluster):
    """The peer goes silent without closing; the replica reconnects and misses nothing."""
    ingest = empty_cluster.add_ingest("--client_ping_interval_min=1s").start()
    with proxied(ingest) as proxy:
        query = empty_cluster.add_query(ingest, "--follow_keepalive_time=2s",
                                        "--follow_keepalive_timeout=1s")
        query.flags[0] = f"--ingest={proxy.address}"
        query.start()
        header_of(query, append_one(ingest, event("before")))
        proxy.silence()
        position = append_one(ingest, event("meanwhile"))
        assert header_of(query, position).applied_position == position
        query.stop()


def test_vanished_producer_frees_its_stream(empty_cluster):
    """Keepalive detects half-open connections and ends their streams."""
    ingest = empty_cluster.add_ingest("--keepalive_time=1s", "--keepalive_timeout=1s",
                                      "--streams_max=1").start()
    with proxied(ingest) as proxy:
        channel = connect(proxy.address)
        requests = queue.Queue()
        requests.put(v1.StreamEventsRequest(submissions=[v1.Submission(event=event("afar"))]))
        stream = v1.IngestServiceStub(channel).StreamEvents(iter(requests.get, None),
                                                            timeout=TIMEOUT_S)
        assert list(next(stream).result.positions) == [1]
        proxy.silence()
        await_admission(ingest)
        requests.put(None)
        stream.cancel()
        channel.close()


def await_admission(ingest):
    """Retries a stream until it is admitted."""
    request = v1.StreamEventsRequest(submissions=[v1.Submission(event=event("after"))])
    for _ in range(100_000):
        try:
            answers = list(ingest_stub(ingest).StreamEvents(iter([request]), timeout=TIMEOUT_S))
            assert len(answers) == 1
            return
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    raise AssertionError("was not admitted")


@pytest.fixture
def unread_follow():
    """Opens a Follow that nobody reads, on a connection whose window does not grow."""
    channels = []

    def open_follow(ingest):
        channels.append(connect(ingest.address, ("grpc.http2.bdp_probe", 0)))
        return v1.LedgerFeedServiceStub(channels[-1]).Follow(v1.FollowRequest(),
                                                             timeout=TIMEOUT_S)

    yield open_follow
    for channel in channels:
        channel.close()


def test_follower_that_never_reads_is_disconnected(empty_cluster, unread_follow):
    """Its slot is released, others are unaffected, and it can resume after its last block."""
    ingest = empty_cluster.add_ingest("--follower_stall_max=100ms", "--followers_max=2").start()
    for number in range(40):
        append(ingest, *(event(f"{number}-{n}", site=f"{number}-{n:0>120}") for n in range(200)))
    stalled = unread_follow(ingest)
    other = follow(ingest)
    seen = next(other)[0]
    for number in range(3):
        position = append_one(ingest, event(f"more-{number}"))
        seen = await_tail_of(other, position)
    assert seen >= position
    await_follower_admission(ingest)
    got = []
    with pytest.raises(grpc.RpcError) as ended:
        for message in stalled:
            got.append(message)
    assert ended.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "did not read a block within 100ms" in ended.value.details()
    other.close()
    assert await_follower_admission(ingest, after_position=last_position(got)) >= position


def await_tail_of(messages, position):
    for tail, _ in messages:
        if tail >= position:
            return tail
    raise AssertionError(f"the feed ended before position {position}")


def await_follower_admission(ingest, **request):
    """Retries a Follow until it is admitted, since a slot becomes free shortly after its follower
    has gone; returns the tail that it reports."""
    for _ in range(100_000):
        try:
            with contextlib.closing(follow(ingest, **request)) as messages:
                return next(messages)[0]
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    raise AssertionError("was not admitted")


def last_position(messages):
    """The last position of the last block received; common/ledger/FORMAT.md has its header."""
    if not messages:
        return 0
    count, first = struct.unpack_from("<Iq", messages[-1].block, 4)
    return first + count - 1


def test_garbage_on_the_port_is_harmless(cluster):
    """Bytes that are not HTTP/2, or only start like it."""
    draw = random.Random(7)
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    for service in (cluster.ingest, cluster.query):
        for number in range(60):
            with socket.create_connection(("127.0.0.1", service.port)) as peer:
                peer.settimeout(TIMEOUT_S)
                begin = preface if number % 2 else b""
                try:
                    peer.sendall(begin + draw.randbytes(draw.randint(1, 2_000)))
                    peer.shutdown(socket.SHUT_WR)
                    while peer.recv(4096):
                        pass
                except OSError:
                    pass  # the service closed the connection
    position = append_one(cluster.ingest, event("after"))
    assert header_of(cluster.query, position).applied_position == position
    assert await_tail(cluster.ingest, position) == position
