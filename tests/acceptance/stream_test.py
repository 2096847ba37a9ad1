"""StreamEvents: order, flow control, the end by the client and the end by a drain."""
import itertools
import queue
import re
import subprocess
import threading

import grpc
import pytest

from harness import (PATIENCE_S, append_one, assert_refusal, await_tail, connect, csv_text, event,
                     generated_rows, ingest_stub, refusal_of, refused, tail_of, v1)

STREAM = "/repatriation.v1.IngestService/StreamEvents"


def batch(number, size=1, name="batch"):
    """Batch `number`, with events of its own."""
    return v1.StreamEventsRequest(batch_number=number, submissions=[
        v1.Submission(event=event(f"{name}-{number}-{index}")) for index in range(size)])


class Talk:
    """A stream that is written and read step by step."""

    def __init__(self, ingest):
        self._requests = queue.Queue()
        self.call = ingest_stub(ingest).StreamEvents(iter(self._requests.get, None),
                                                     timeout=PATIENCE_S)

    def send(self, request):
        self._requests.put(request)

    def half_close(self):
        self._requests.put(None)

    def receive(self):
        return next(self.call)


def test_answers_come_in_order(cluster):
    """One a batch, whatever its number, with the positions of its events."""
    numbers = [7, 7, -1, 0, 2**63 - 1, *range(100)]
    sizes = [1 + number % 5 for number in range(len(numbers))]
    requests = [v1.StreamEventsRequest(batch_number=number, submissions=[
        v1.Submission(event=event(f"{turn}-{index}")) for index in range(size)])
        for turn, (number, size) in enumerate(zip(numbers, sizes))]
    answers = list(ingest_stub(cluster.ingest).StreamEvents(iter(requests), timeout=PATIENCE_S))
    assert [answer.batch_number for answer in answers] == numbers
    positions = itertools.count(1)
    for answer, size in zip(answers, sizes):
        assert list(answer.result.positions) == [next(positions) for _ in range(size)]
    assert len({answer.ledger_id for answer in answers}) == 1


def test_each_batch_is_answered_without_the_next(cluster):
    """No batch waits for another one, or for the end of the stream."""
    talk = Talk(cluster.ingest)
    for number in range(1, 11):
        talk.send(batch(number))
        answer = talk.receive()
        assert (answer.batch_number, list(answer.result.positions)) == (number, [number])
        assert tail_of(cluster.ingest) == number
    talk.half_close()
    assert list(talk.call) == []
    assert talk.call.code() == grpc.StatusCode.OK


def test_an_empty_stream_ends_well(cluster):
    call = ingest_stub(cluster.ingest).StreamEvents(iter([]), timeout=PATIENCE_S)
    assert list(call) == []
    assert call.code() == grpc.StatusCode.OK


def test_streams_side_by_side(cluster):
    """Their batches mix in the ledger; each gets its own answers, and no position is double."""
    answers = {}

    def run(name):
        requests = (batch(number, 3, name) for number in range(50))
        answers[name] = list(ingest_stub(cluster.ingest).StreamEvents(requests,
                                                                     timeout=PATIENCE_S))

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
    """Opens a stream of serialized batches whose answers wait until somebody reads them.

    On a connection of its own, whose window is small and does not grow.
    """
    channels = []

    def open_stream(ingest, messages):
        channels.append(connect(ingest.address, ("grpc.http2.bdp_probe", 0)))
        method = channels[-1].stream_stream(STREAM, request_serializer=None,
                                            response_deserializer=None)
        return method(iter(messages), timeout=4 * PATIENCE_S)

    yield open_stream
    for channel in channels:
        channel.close()


def large_batches(count, size):
    template = batch(0, size, "batch-0000").SerializeToString()
    return [template.replace(b"batch-0000", b"batch-%04d" % number) for number in range(count)]


@pytest.mark.parametrize("window", [1, 8])
def test_a_client_that_does_not_read_is_held_back(empty_cluster, unread_stream, window):
    """The service takes in no more of its batches, while others go on; none is lost later.

    The ledger's tail tells how many were taken in. The clock is another client, whose batches
    pass through the same writer: what was read before them is in the ledger after them. About
    five answers of 12 KB fit into the connection of the first without being read.
    """
    batches, size, in_transport_max = 40, 4_000, 12
    ingest = empty_cluster.add_ingest(f"--stream_window={window}").start()
    held_back = unread_stream(ingest, large_batches(batches, size))
    others = [batch(number, name="other") for number in range(200)]
    taken_in = [-1, 0]
    while taken_in[-1] != taken_in[-2] or taken_in[-1] < window:
        assert len(list(ingest_stub(ingest).StreamEvents(iter(others), timeout=PATIENCE_S))) == 200
        taken_in.append((tail_of(ingest) - len(others)) // size)
    assert taken_in[-1] <= window + in_transport_max, taken_in
    answers = [v1.StreamEventsResponse.FromString(answer) for answer in held_back]
    assert len(answers) == batches
    positions = [position for answer in answers for position in answer.result.positions]
    assert positions == sorted(set(positions)) and positions[0] > 0
    assert tail_of(ingest) == batches * size + len(others)


def test_a_client_that_vanishes_harms_nobody(cluster):
    """What it had sent is whole or absent; sent again, it is there once."""
    talk = Talk(cluster.ingest)
    talk.send(batch(1))
    talk.receive()
    for number in range(2, 20):
        talk.send(batch(number, size=100))
    talk.call.cancel()
    append_one(cluster.ingest, event("after"))
    again = [batch(1), *(batch(number, size=100) for number in range(2, 20))]
    answers = list(ingest_stub(cluster.ingest).StreamEvents(iter(again), timeout=PATIENCE_S))
    for answer in answers:
        recorded = len(answer.result.positions) - len(answer.result.duplicate_indexes)
        assert recorded in (0, len(answer.result.positions)), "half of a batch was recorded"
    assert tail_of(cluster.ingest) == 1 + 18 * 100 + 1


def test_too_many_streams(empty_cluster):
    """The one too many is told when to try again, and is welcome once another has ended."""
    ingest = empty_cluster.add_ingest("--streams_max=2", "--retry_delay=50ms").start()
    talks = [Talk(ingest) for _ in range(2)]
    for number, talk in enumerate(talks):
        talk.send(batch(number))
        talk.receive()
    refusal = refused(ingest_stub(ingest).StreamEvents, iter([batch(9)]))
    assert_refusal(refusal, grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert refusal.retry_delay_s == pytest.approx(0.05)
    talks[0].half_close()
    assert list(talks[0].call) == []
    # The place is free a moment after the client has seen the end.
    for _ in range(10_000):
        try:
            answers = list(ingest_stub(ingest).StreamEvents(iter([batch(9)]), timeout=PATIENCE_S))
            break
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert [answer.batch_number for answer in answers] == [9]
    talks[1].half_close()
    assert list(talks[1].call) == []


def endless_batches(sent):
    for number in itertools.count(1):
        sent.append(number)
        yield batch(number, size=10)


def test_drain_answers_all_that_was_accepted(cluster):
    """SIGTERM amid a stream: what is recorded is acknowledged, what is acknowledged is there."""
    ingest = cluster.ingest
    sent = []
    call = ingest_stub(ingest).StreamEvents(endless_batches(sent), timeout=PATIENCE_S)
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
    assert tail_of(ingest) == acknowledged[-1], "recorded without an answer, in an orderly end"
    # The client goes on from its first unanswered batch, and nothing comes twice.
    again = [batch(number, size=10) for number in range(1, len(answers) + 3)]
    repeated = list(ingest_stub(ingest).StreamEvents(iter(again), timeout=PATIENCE_S))
    duplicates = [len(answer.result.duplicate_indexes) for answer in repeated]
    assert duplicates == [10] * len(answers) + [0, 0]
    assert repeated[0].ledger_id == answers[0].ledger_id


def test_drain_of_idle_streams(cluster):
    """A stream that waits for its client does not hold up the end."""
    talk = Talk(cluster.ingest)
    talk.send(batch(1))
    talk.receive()
    cluster.ingest.terminate()
    refusal = refused(lambda timeout: talk.receive())
    assert_refusal(refusal, grpc.StatusCode.UNAVAILABLE, reason="DRAINING")
    assert cluster.ingest.wait() == 0


def test_drain_does_not_wait_for_ever(empty_cluster, unread_stream):
    """A client that reads no answers is cut off after --drain_timeout."""
    ingest = empty_cluster.add_ingest("--drain_timeout=200ms").start()
    held_back = unread_stream(ingest, large_batches(40, 4_000))
    await_tail(ingest, 8 * 4_000)
    ingest.terminate()
    assert ingest.wait() == 0, ingest.log()
    tail = re.findall(r"the ledger ends at position (\d+)", ingest.log())
    held_back.cancel()
    ingest.start()
    assert [str(tail_of(ingest))] == tail


def test_drain_while_an_import_runs(cluster):
    """repatctl waits for the service to come back, and the import ends as if nothing had been."""
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
        out, err = process.communicate(text[half:], timeout=2 * PATIENCE_S)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, err) == (0, b"")
    # All accepted batches were answered before the end, so none had to be sent twice.
    assert out == b"recorded 5000, duplicate 0, rejected 0\n"
    assert tail_of(cluster.ingest) == len(rows)
