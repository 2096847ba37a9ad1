"""StreamEvents: order, flow control, cancellation by the client, and draining."""
import itertools
import queue
import re
import subprocess
import threading

import grpc
import pytest

from harness import (TIMEOUT_S, append_one, assert_refusal, await_tail, connect, csv_text, event,
                     generated_rows, ingest_stub, refusal_of, refused, tail_of, v1)

STREAM = "/repatriation.v1.IngestService/StreamEvents"


def batch(number, size=1, name="batch"):
    """Batch `number`, with unique events."""
    return v1.StreamEventsRequest(batch_number=number, submissions=[
        v1.Submission(event=event(f"{name}-{number}-{index}")) for index in range(size)])


class SteppedStream:
    """A stream that the test writes and reads step by step."""

    def __init__(self, ingest):
        self._requests = queue.Queue()
        self.call = ingest_stub(ingest).StreamEvents(iter(self._requests.get, None),
                                                     timeout=TIMEOUT_S)

    def send(self, request):
        self._requests.put(request)

    def half_close(self):
        self._requests.put(None)

    def receive(self):
        return next(self.call)


def test_answers_come_in_order(cluster):
    """One per batch, whatever its number, with the positions of its events."""
    numbers = [7, 7, -1, 0, 2**63 - 1, *range(100)]
    sizes = [1 + number % 5 for number in range(len(numbers))]
    requests = [v1.StreamEventsRequest(batch_number=number, submissions=[
        v1.Submission(event=event(f"{turn}-{index}")) for index in range(size)])
        for turn, (number, size) in enumerate(zip(numbers, sizes))]
    answers = list(ingest_stub(cluster.ingest).StreamEvents(iter(requests), timeout=TIMEOUT_S))
    assert [answer.batch_number for answer in answers] == numbers
    positions = itertools.count(1)
    for answer, size in zip(answers, sizes):
        assert list(answer.result.positions) == [next(positions) for _ in range(size)]
    assert len({answer.ledger_id for answer in answers}) == 1


def test_each_batch_is_answered_without_the_next(cluster):
    """No batch waits for another one, or for the end of the stream."""
    stream = SteppedStream(cluster.ingest)
    for number in range(1, 11):
        stream.send(batch(number))
        answer = stream.receive()
        assert (answer.batch_number, list(answer.result.positions)) == (number, [number])
        assert tail_of(cluster.ingest) == number
    stream.half_close()
    assert list(stream.call) == []
    assert stream.call.code() == grpc.StatusCode.OK


def test_empty_stream_ends_with_ok(cluster):
    call = ingest_stub(cluster.ingest).StreamEvents(iter([]), timeout=TIMEOUT_S)
    assert list(call) == []
    assert call.code() == grpc.StatusCode.OK


def test_streams_side_by_side(cluster):
    """Their batches interleave in the ledger; each gets its own answers, and positions are
    unique."""
    answers = {}

    def run(name):
        requests = (batch(number, 3, name) for number in range(50))
        answers[name] = list(ingest_stub(cluster.ingest).StreamEvents(requests,
                                                                     timeout=TIMEOUT_S))

    threads = [threading.Thread(target=run, args=(f"stream{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, got in answers.items():
        assert [answer.batch_number for answer in got] == list(range(50)), name
    positions = [position for got in answers.values() for answer in got
                 for position in answer.result.positions]
    assert sorted(positions) == list(range(1, 4 * 50 * 3 + 1))


@pytest.fixture
def unread_stream():
    """Opens a stream of serialized batches whose answers are not read automatically.

    It uses a separate connection, whose window is small and does not grow.
    """
    channels = []

    def open_stream(ingest, messages):
        channels.append(connect(ingest.address, ("grpc.http2.bdp_probe", 0)))
        method = channels[-1].stream_stream(STREAM, request_serializer=None,
                                            response_deserializer=None)
        return method(iter(messages), timeout=4 * TIMEOUT_S)

    yield open_stream
    for channel in channels:
        channel.close()


def large_batches(count, size):
    template = batch(0, size, "batch-0000").SerializeToString()
    return [template.replace(b"batch-0000", b"batch-%04d" % number) for number in range(count)]


@pytest.mark.parametrize("window", [1, 8])
def test_flow_control_for_a_client_that_does_not_read(empty_cluster, unread_stream, window):
    """The service reads no more of its batches, while others continue; no answer is lost later.

    The ledger's tail shows how many batches were read. Another client serves as a clock: its
    batches pass through the same writer, so batches read before them are in the ledger after
    them. About five answers of 12 KB fit into the first client's connection without being read.
    """
    batches, size, in_transport_max = 40, 4_000, 12
    ingest = empty_cluster.add_ingest(f"--stream_window={window}").start()
    unread = unread_stream(ingest, large_batches(batches, size))
    others = [batch(number, name="other") for number in range(200)]
    accepted = [-1, 0]
    while accepted[-1] != accepted[-2] or accepted[-1] < window:
        assert len(list(ingest_stub(ingest).StreamEvents(iter(others), timeout=TIMEOUT_S))) == 200
        accepted.append((tail_of(ingest) - len(others)) // size)
    assert accepted[-1] <= window + in_transport_max, accepted
    answers = [v1.StreamEventsResponse.FromString(answer) for answer in unread]
    assert len(answers) == batches
    positions = [position for answer in answers for position in answer.result.positions]
    assert positions == sorted(set(positions)) and positions[0] > 0
    assert tail_of(ingest) == batches * size + len(others)


def test_vanished_client_loses_nothing(cluster):
    """Each batch it sent is recorded completely or not at all; resent, it is recorded once."""
    stream = SteppedStream(cluster.ingest)
    stream.send(batch(1))
    stream.receive()
    for number in range(2, 20):
        stream.send(batch(number, size=100))
    stream.call.cancel()
    append_one(cluster.ingest, event("after"))
    again = [batch(1), *(batch(number, size=100) for number in range(2, 20))]
    answers = list(ingest_stub(cluster.ingest).StreamEvents(iter(again), timeout=TIMEOUT_S))
    for answer in answers:
        recorded = len(answer.result.positions) - len(answer.result.duplicate_indexes)
        assert recorded in (0, len(answer.result.positions)), "half of a batch was recorded"
    assert tail_of(cluster.ingest) == 1 + 18 * 100 + 1


def test_too_many_streams(empty_cluster):
    """The excess stream gets a retry delay, and is admitted once another has ended."""
    ingest = empty_cluster.add_ingest("--streams_max=2", "--retry_delay=50ms").start()
    streams = [SteppedStream(ingest) for _ in range(2)]
    for number, stream in enumerate(streams):
        stream.send(batch(number))
        stream.receive()
    refusal = refused(ingest_stub(ingest).StreamEvents, iter([batch(9)]))
    assert_refusal(refusal, grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert refusal.retry_delay_s == pytest.approx(0.05)
    streams[0].half_close()
    assert list(streams[0].call) == []
    # The slot becomes free shortly after the client has seen the end.
    for _ in range(10_000):
        try:
            answers = list(ingest_stub(ingest).StreamEvents(iter([batch(9)]), timeout=TIMEOUT_S))
            break
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert [answer.batch_number for answer in answers] == [9]
    streams[1].half_close()
    assert list(streams[1].call) == []


def endless_batches(sent):
    for number in itertools.count(1):
        sent.append(number)
        yield batch(number, size=10)


def test_drain_answers_all_accepted_batches(cluster):
    """SIGTERM during a stream: recorded and acknowledged batches are the same."""
    ingest = cluster.ingest
    sent = []
    call = ingest_stub(ingest).StreamEvents(endless_batches(sent), timeout=TIMEOUT_S)
    answers = [next(call) for _ in range(20)]
    ingest.terminate()
    with pytest.raises(grpc.RpcError) as ended:
        for answer in call:
            answers.append(answer)
    assert_refusal(refusal_of(ended.value), grpc.StatusCode.UNAVAILABLE, reason="DRAINING")
    assert ingest.wait() == 0, ingest.log()
    assert [answer.batch_number for answer in answers] == list(range(1, len(answers) + 1))
    acknowledged = [position for answer in answers for position in answer.result.positions]
    assert acknowledged == list(range(1, 10 * len(answers) + 1))

    ingest.start()
    assert tail_of(ingest) == acknowledged[-1], "recorded without an answer in an orderly drain"
    # The client resends; batches already answered are duplicates.
    again = [batch(number, size=10) for number in range(1, len(answers) + 3)]
    repeated = list(ingest_stub(ingest).StreamEvents(iter(again), timeout=TIMEOUT_S))
    duplicates = [len(answer.result.duplicate_indexes) for answer in repeated]
    assert duplicates == [10] * len(answers) + [0, 0]
    assert repeated[0].ledger_id == answers[0].ledger_id


def test_drain_of_idle_streams(cluster):
    """A stream that waits for its client does not delay the drain."""
    stream = SteppedStream(cluster.ingest)
    stream.send(batch(1))
    stream.receive()
    cluster.ingest.terminate()
    refusal = refused(lambda timeout: stream.receive())
    assert_refusal(refusal, grpc.StatusCode.UNAVAILABLE, reason="DRAINING")
    assert cluster.ingest.wait() == 0


def test_drain_is_bounded(empty_cluster, unread_stream):
    """A client that reads no answers is disconnected after --drain_timeout."""
    ingest = empty_cluster.add_ingest("--drain_timeout=200ms").start()
    unread = unread_stream(ingest, large_batches(40, 4_000))
    await_tail(ingest, 8 * 4_000)
    ingest.terminate()
    assert ingest.wait() == 0, ingest.log()
    tail = re.findall(r"the ledger ends at position (\d+)", ingest.log())
    unread.cancel()
    ingest.start()
    assert [str(tail_of(ingest))] == tail


def test_drain_while_an_import_runs(cluster):
    """repatctl waits for the service to come back, and the import completes."""
    rows = generated_rows(5_000)
    text = csv_text(rows).encode()
    half = text.index(rows[2_500]["event_id"].encode())
    process = subprocess.Popen(cluster.ctl_command("import", "-", "--batch", 10),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    try:
        process.stdin.write(text[:half])
        process.stdin.flush()
        await_tail(cluster.ingest, 500)
        cluster.ingest.stop()
        cluster.ingest.start()
        out, err = process.communicate(text[half:], timeout=2 * TIMEOUT_S)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, err) == (0, b"")
    # All accepted batches were answered before the end, so none was resent.
    assert out == b"recorded 5000, duplicate 0, rejected 0\n"
    assert tail_of(cluster.ingest) == len(rows)
