"""WatchAggregate: order, coalescing, resuming, slow watchers, limits and draining."""
import shutil
import threading
import time

import grpc
import pytest

from harness import (TIMEOUT_S, append, append_one, assert_refusal, connect, event, header_of,
                     query_stub, refusal_of, refused, v1)

WATCH = "/repatriation.v1.QueryService/WatchAggregate"
SITES = ["Ber", "Gao", "Mopti"]
# So that answers arrive quickly.
FAST = ("--watch_interval_min=1ms",)


def request(token="", read=None, group_by=(v1.DIMENSION_SITE,), **filters):
    return v1.WatchAggregateRequest(resume_token=token, read=read, group_by=group_by,
                                    filter=v1.Filter(**filters))


def watch(query, *arguments, **keywords):
    return query_stub(query).WatchAggregate(request(*arguments, **keywords), timeout=TIMEOUT_S)


def rows_of(answer):
    return {row.group.site: row.figure.headcount for row in answer.rows}


def figures(query, position):
    """Headcounts by site as known at `position`."""
    asked = v1.GetAggregateRequest(group_by=[v1.DIMENSION_SITE], read=v1.ReadOptions(
        min_position=position, known_at_position=position))
    answer = query_stub(query).GetAggregate(asked, timeout=TIMEOUT_S)
    return {row.group.site: row.figure.headcount for row in answer.rows}


def await_change(call):
    """The next answer with rows."""
    return next(answer for answer in call if answer.rows)


@pytest.fixture
def started(empty_cluster):
    """Starts both services, the query service with some flags."""
    return lambda *flags: empty_cluster.start(query_flags=flags)


def test_sends_the_figure_and_then_its_changes(started):
    cluster = started(*FAST)
    first_position = append_one(cluster.ingest, event("first", headcount=100))
    header_of(cluster.query, first_position)
    call = watch(cluster.query)
    first = next(call)
    assert rows_of(first) == {"Mopti": 100}
    assert (first.total.headcount, first.total.events) == (100, 1)
    assert first.header.known_at_position == first_position
    second_position = append_one(cluster.ingest, event("second", site="Gao", headcount=7))
    second = await_change(call)
    assert rows_of(second) == {"Gao": 7}
    assert (second.total.headcount, second.total.events) == (107, 2)
    assert second.header.known_at_position == second_position
    assert second.header.ledger_id == first.header.ledger_id
    append(cluster.ingest, v1.Voiding(correction_id="void", event_id="first", reason="never was"))
    third = await_change(call)
    assert rows_of(third) == {"Mopti": 0}, "the voided event is still counted"
    assert third.rows[0].HasField("figure")
    assert third.total.headcount == 7
    call.cancel()


def test_entries_recorded_together_arrive_in_one_answer(started):
    cluster = started(*FAST)
    call = watch(cluster.query)
    assert not next(call).rows
    append(cluster.ingest, *(event(f"flight-{n}", site=SITES[n % 3], headcount=1)
                             for n in range(300)))
    assert rows_of(await_change(call)) == {site: 100 for site in SITES}
    call.cancel()


def test_coalesces_rapid_changes(started):
    interval_s = 0.5
    cluster = started(f"--watch_interval_min={interval_s}s")
    call = watch(cluster.query)
    next(call)
    begin = time.monotonic()
    for number in range(200):
        append(cluster.ingest, event(f"event-{number}", headcount=1))
    answers = []
    while not answers or answers[-1].total.headcount < 200:
        answers.append(await_change(call))
    elapsed_s = time.monotonic() - begin
    assert len(answers) <= elapsed_s / interval_s + 1, elapsed_s
    assert len(answers) < 200
    call.cancel()


def test_sends_progress_without_changes(started):
    cluster = started(*FAST, "--watch_progress_interval=50ms")
    call = watch(cluster.query, sites=["Gao"])
    next(call)
    positions = [append_one(cluster.ingest, event(f"elsewhere-{n}")) for n in range(5)]
    seen = []
    while not seen or seen[-1] < positions[-1]:
        answer = next(call)
        assert not answer.rows and answer.total.headcount == 0
        seen.append(answer.header.known_at_position)
    assert seen == sorted(set(seen)), "a position is repeated or out of order"
    call.cancel()


def test_starts_at_a_past_position(started):
    cluster = started(*FAST)
    for number in range(4):
        position = append_one(cluster.ingest, event(f"event-{number}", headcount=1))
    header_of(cluster.query, position)
    call = watch(cluster.query, read=v1.ReadOptions(known_at_position=2))
    answers = [next(call), next(call)]
    assert [answer.header.known_at_position for answer in answers] == [2, 4]
    assert [rows_of(answer) for answer in answers] == [{"Mopti": 2}, {"Mopti": 4}]
    call.cancel()


def test_waits_for_min_position(started):
    cluster = started(*FAST, "--min_position_wait_max=5s")
    call = watch(cluster.query, read=v1.ReadOptions(min_position=2))
    for number in range(2):
        append(cluster.ingest, event(f"event-{number}", headcount=1))
    first = next(call)
    assert first.header.known_at_position == 2
    call.cancel()


def test_wait_is_bounded(started):
    cluster = started("--min_position_wait_max=50ms")
    late = watch(cluster.query, read=v1.ReadOptions(min_position=9))
    assert_refusal(refused(lambda timeout: next(late)), grpc.StatusCode.DEADLINE_EXCEEDED)
    ahead = watch(cluster.query, read=v1.ReadOptions(known_at_position=9))
    assert_refusal(refused(lambda timeout: next(ahead)), grpc.StatusCode.OUT_OF_RANGE,
                   reason="POSITION_NOT_APPLIED")


def test_cancelled_watch_frees_its_waiter(started):
    cluster = started("--waiters_max=2")
    for _ in range(4):
        call = watch(cluster.query, read=v1.ReadOptions(min_position=9))
        time.sleep(0.1)
        call.cancel()
    asked = v1.GetAggregateRequest(read=v1.ReadOptions(min_position=9))
    # The last cancellation may still be in flight.
    deadline = time.monotonic() + 5
    refusal = None
    while refusal is None or (refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED
                              and time.monotonic() < deadline):
        refusal = refused(query_stub(cluster.query).GetAggregate, asked, timeout=1)
    assert_refusal(refusal, grpc.StatusCode.DEADLINE_EXCEEDED)


class WatchState:
    """The figures after all answers so far; checks the contract at each answer."""

    def __init__(self):
        self.figures = {}
        self.position = -1
        self.token = ""

    def apply(self, query, answer):
        header = answer.header
        assert header.known_at_position > self.position, "an answer is repeated or out of order"
        for site, headcount in rows_of(answer).items():
            assert self.figures.get(site) != headcount, f"{site} did not change"
            self.figures[site] = headcount
        assert answer.total.headcount == sum(self.figures.values())
        assert self.figures == figures(query, header.known_at_position)
        self.position = header.known_at_position
        self.token = answer.resume_token


def test_resumes_without_gap_or_repeat(started):
    cluster = started(*FAST, "--watch_progress_interval=20ms")
    events = 150

    def write():
        for number in range(events):
            append(cluster.ingest, *(event(f"event-{number}-{site}", site=site, headcount=1)
                                     for site in SITES[:1 + number % 3]))

    writer = threading.Thread(target=write)
    writer.start()
    state = WatchState()
    total = sum(1 + number % 3 for number in range(events))
    calls = 0
    while sum(state.figures.values()) < total:
        calls += 1
        call = watch(cluster.query, token=state.token)
        for _ in range(1 + calls % 4):
            state.apply(cluster.query, next(call))
            if sum(state.figures.values()) == total:
                break
        call.cancel()
    writer.join()
    assert calls > 1
    assert state.position == total


def test_resumes_on_a_replica_that_is_behind(started):
    """It waits for the token's position, as for a min_position."""
    cluster = started(*FAST)
    call = watch(cluster.query)
    next(call)
    append(cluster.ingest, event("one", headcount=1))
    state = WatchState()
    answer = await_change(call)
    state.apply(cluster.query, answer)
    call.cancel()
    other = cluster.add_query(cluster.ingest, *FAST, name="other").start()
    call = watch(other, token=state.token)
    append(cluster.ingest, event("two", site="Gao", headcount=2))
    state.apply(other, await_change(call))
    call.cancel()


def test_rejects_bad_requests(started):
    cluster = started()
    token = next(watch(cluster.query)).resume_token

    def refusal(asked):
        return refused(query_stub(cluster.query).WatchAggregate, asked)

    def assert_invalid(asked, field, reason):
        assert_refusal(refusal(asked), grpc.StatusCode.INVALID_ARGUMENT, field, reason)

    assert_invalid(request(token="?"), "resume_token", "BAD_RESUME_TOKEN")
    assert_invalid(request(token=token, sites=["Gao"]), "resume_token", "OTHER_REQUEST")
    assert_invalid(request(token=token, group_by=[]), "resume_token", "OTHER_REQUEST")
    assert_invalid(request(token=token, read=v1.ReadOptions(known_at_position=0)),
                   "read.known_at", "CONFLICT")
    assert_invalid(request(read=v1.ReadOptions(min_position=-1)), "read.min_position",
                   "OUT_OF_RANGE")
    assert_invalid(request(group_by=[v1.DIMENSION_SITE] * 2), "group_by[1]", "REPEATED")
    raw = cluster.query.channel.unary_stream(WATCH, request_serializer=None,
                                             response_deserializer=None)
    assert_refusal(refused(raw, b"\xff"), grpc.StatusCode.INVALID_ARGUMENT, "request",
                   "MALFORMED_MESSAGE")


def test_too_many_watches(started):
    cluster = started("--watches_max=2", "--retry_delay=50ms")
    calls = [watch(cluster.query) for _ in range(2)]
    for call in calls:
        next(call)
    refusal = refused(query_stub(cluster.query).WatchAggregate, request())
    assert_refusal(refusal, grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert refusal.retry_delay_s == pytest.approx(0.05)
    calls[0].cancel()
    await_admission(cluster.query).cancel()
    calls[1].cancel()


def await_admission(query):
    """Retries a watch until it is admitted; returns it."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        call = watch(query)
        try:
            next(call)
            return call
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    raise AssertionError("was not admitted")


@pytest.fixture
def unread_watch():
    """Opens a watch whose answers, of about 250 KB, are not read automatically.

    It uses a separate connection, whose window is small and does not grow.
    """
    channels = []

    def open_watch(cluster):
        position = 0
        for begin in range(0, 900, 225):
            result = append(cluster.ingest, *(
                event(f"far-{n}", site=f"{n:0>128}", unit=f"{n:0>120}", headcount=1)
                for n in range(begin, begin + 225)))
            position = result.positions[-1]
        channels.append(connect(cluster.query.address, ("grpc.http2.bdp_probe", 0)))
        asked = request(group_by=[v1.DIMENSION_SITE, v1.DIMENSION_UNIT],
                        read=v1.ReadOptions(min_position=position))
        call = v1.QueryServiceStub(channels[-1]).WatchAggregate(asked, timeout=TIMEOUT_S)
        call.initial_metadata()  # waits until it is admitted and its first answer is in flight
        return call

    yield open_watch
    for channel in channels:
        channel.close()


def test_slow_watcher_gets_watcher_too_slow(started, unread_watch):
    """It gets the answer in flight and then the error; its token resumes the watch."""
    stall_s = 2
    cluster = started(*FAST, f"--watch_stall_max={stall_s}s", "--watches_max=3")
    slow = unread_watch(cluster)
    other = watch(cluster.query, sites=["Mopti"])
    next(other)
    begin = time.monotonic()
    headcount = 0
    while time.monotonic() < begin + 1.5 * stall_s:
        append(cluster.ingest, event(f"event-{headcount}", headcount=1))
        headcount += 1
        # Other watchers are not delayed.
        assert await_change(other).total.headcount == headcount
    answers = []
    with pytest.raises(grpc.RpcError) as ended:
        for answer in slow:
            answers.append(answer)
    assert_refusal(refusal_of(ended.value), grpc.StatusCode.RESOURCE_EXHAUSTED,
                   reason="WATCHER_TOO_SLOW")
    assert len(answers) == 1 and len(answers[0].rows) >= 900
    resumed = query_stub(cluster.query).WatchAggregate(
        request(token=answers[0].resume_token, group_by=[v1.DIMENSION_SITE, v1.DIMENSION_UNIT]),
        timeout=TIMEOUT_S)
    change = next(resumed)
    assert len(change.rows) == 1 and change.total.headcount == 900 + headcount
    for call in (resumed, other):
        call.cancel()


def test_watcher_that_never_reads_is_disconnected(started, unread_watch):
    """Its slot is released, and others are unaffected."""
    cluster = started(*FAST, "--watch_stall_max=50ms", "--watches_max=2")
    other = watch(cluster.query, sites=["Mopti"])
    next(other)
    slow = unread_watch(cluster)
    header_of(cluster.query)
    await_admission(cluster.query)
    append(cluster.ingest, event("after", headcount=3))
    assert await_change(other).total.headcount == 3
    with pytest.raises(grpc.RpcError) as ended:
        for _ in slow:
            pass
    assert ended.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "did not read an answer within 50ms" in ended.value.details()
    other.cancel()


def test_drain_ends_the_watches(started, unread_watch):
    """Also those that wait for a position; one that does not read delays it by at most
    --drain_timeout."""
    cluster = started(*FAST, "--drain_timeout=300ms")
    slow = unread_watch(cluster)
    calls = [watch(cluster.query, sites=["Mopti"]),
             watch(cluster.query, read=v1.ReadOptions(min_position=10_000))]
    next(calls[0])
    cluster.query.terminate()
    for call in calls:
        refusal = refused(lambda timeout, call=call: next(call))
        assert_refusal(refusal, grpc.StatusCode.UNAVAILABLE, reason="DRAINING")
    assert cluster.query.wait() == 0
    slow.cancel()


def test_ends_when_the_replica_diverges(empty_cluster):
    """At once, although no further block is applied that could wake it."""
    ingest = empty_cluster.add_ingest().start_on_fixed_port()
    position = append_one(ingest, event("one"))
    query = empty_cluster.add_query(ingest, *FAST).start()
    header_of(query, position)
    call = watch(query)
    next(call)
    ingest.stop()
    shutil.rmtree(ingest.data_dir)
    ingest.start()
    append_one(ingest, event("other"))
    for end in (lambda timeout: next(call), lambda timeout: next(watch(query))):
        refusal = refused(end)
        assert_refusal(refusal, grpc.StatusCode.FAILED_PRECONDITION, reason="REPLICA_DIVERGED")


def test_many_watchers_come_and_go(started):
    """The service keeps working, and drains cleanly, whenever watchers leave."""
    cluster = started(*FAST)
    for number in range(60):
        calls = [watch(cluster.query, sites=[SITES[n % 3]]) for n in range(8)]
        append(cluster.ingest, event(f"event-{number}", site=SITES[number % 3], headcount=1))
        for turn, call in enumerate(calls):
            if turn % 2:
                next(call)
            call.cancel()
    assert figures(cluster.query, 60) == {site: 20 for site in SITES}
