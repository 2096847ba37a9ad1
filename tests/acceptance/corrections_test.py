"""Corrections: figures as known at any time, and what may be corrected."""
import time

import grpc
import pytest

from harness import (TIMEOUT_S, all_events, append, append_one, assert_refusal, event, header_of,
                     headcount, query_stub, refused, v1)


def amendment(correction_id, event_id, content, reason="recount"):
    return v1.Amendment(correction_id=correction_id, event_id=event_id, reason=reason,
                        event=content)


def voiding(correction_id, event_id, reason="reported twice"):
    return v1.Voiding(correction_id=correction_id, event_id=event_id, reason=reason)


def history_of(query, event_id, min_position=0):
    return query_stub(query).GetEvent(
        v1.GetEventRequest(event_id=event_id, read=v1.ReadOptions(min_position=min_position)),
        timeout=TIMEOUT_S)


def assert_rejected(result, field, reason):
    got = [(rejection.index, rejection.field, rejection.reason)
           for rejection in result.rejections]
    assert got == [(0, field, reason)], result
    assert list(result.positions) == [0]
    assert result.rejections[0].description


def test_figures_as_known_at_every_position(cluster):
    """By position and by recorded time, figures of the past do not change."""
    expected = {0: 0}
    steps = [(event("a", headcount=100), 100),
             (event("b", headcount=10), 110),
             (amendment("a1", "a", event("a", headcount=90)), 100),
             (amendment("a2", "a", event("", headcount=95)), 105),
             (voiding("b1", "b"), 95),
             (amendment("a3", "a", event("a", headcount=1, day="2024-01-01")), 1),
             (voiding("a4", "a"), 0),
             (event("c", headcount=7), 7)]
    for submission, figure in steps:
        expected[append_one(cluster.ingest, submission)] = figure
    last = max(expected)
    assert last == len(steps)
    header_of(cluster.query, last)
    times = {entry.position: entry.recorded_time
             for event_id in "abc" for entry in history_of(cluster.query, event_id).history}
    assert sorted(times) == list(range(1, last + 1))
    for position, figure in expected.items():
        assert headcount(cluster.query, known_at=position) == figure, f"position {position}"
        if position:
            assert headcount(cluster.query, known_at=times[position]) == figure, (
                f"time of position {position}")
    assert headcount(cluster.query) == expected[last]
    before_all = type(times[1])(seconds=times[1].seconds - 1)
    assert headcount(cluster.query, known_at=before_all) == 0
    # Every RPC returns the figures known at the position.
    records = all_events(cluster.query, read=v1.ReadOptions(known_at_position=4))
    assert [(record.event.event_id, record.event.headcount, record.position,
             record.content_position) for record in records] == [("a", 95, 1, 4), ("b", 10, 2, 2)]
    timeline = query_stub(cluster.query).GetTimeline(
        v1.GetTimelineRequest(bucket=v1.BUCKET_MONTH, read=v1.ReadOptions(known_at_position=6)),
        timeout=TIMEOUT_S)
    assert [(row.bucket_start, row.figure.headcount) for row in timeline.rows] == [
        ("2024-01-01", 1)]
    briefing = query_stub(cluster.query).GetBriefing(
        v1.GetBriefingRequest(mission="MINUSMA", read=v1.ReadOptions(known_at_position=3)),
        timeout=TIMEOUT_S)
    assert briefing.figures[-1].figure.headcount == 100
    missions = query_stub(cluster.query).ListMissions(
        v1.ListMissionsRequest(read=v1.ReadOptions(known_at_position=2)), timeout=TIMEOUT_S)
    assert [(m.mission, m.events, m.repatriated) for m in missions.missions] == [
        ("MINUSMA", 2, 110)]


def test_history_has_every_correction(cluster):
    last = append(cluster.ingest, event("a", headcount=5),
                  amendment("a1", "a", event("a", headcount=6), "manifest of 21 September"),
                  voiding("a2", "a", "it was another mission")).positions[-1]
    for event_id in ("a", "a1", "a2"):
        answer = history_of(cluster.query, event_id, last)
        assert answer.voided and not answer.HasField("event"), event_id
        assert [entry.WhichOneof("content") for entry in answer.history] == [
            "event", "amendment", "voiding"]
        assert [entry.position for entry in answer.history] == [1, 2, 3]
        assert answer.history[1].amendment.reason == "manifest of 21 September"
        assert answer.history[1].amendment.event.headcount == 6
        assert answer.history[2].voiding.reason == "it was another mission"


def test_a_correction_moves_people_between_groups(cluster):
    """It subtracts the old content and adds the new, in every dimension."""
    append(cluster.ingest, event("a", headcount=50, female=5))
    last = append_one(cluster.ingest, amendment("a1", "a", event(
        "a", headcount=40, country="TGO", site="Gao", category=v1.CATEGORY_UN_VOLUNTEER,
        kind=v1.KIND_ARRIVAL, day="2023-10-01")))
    header_of(cluster.query, last)
    all_kinds = [v1.KIND_REPATRIATION, v1.KIND_ARRIVAL]
    for dimension, value in [("country", "TGO"), ("site", "Gao"), ("kind", v1.KIND_ARRIVAL),
                             ("category", v1.CATEGORY_UN_VOLUNTEER), ("sex", v1.SEX_UNKNOWN)]:
        response = query_stub(cluster.query).GetAggregate(v1.GetAggregateRequest(
            filter=v1.Filter(kinds=all_kinds),
            group_by=[getattr(v1, f"DIMENSION_{dimension.upper()}")]), timeout=TIMEOUT_S)
        assert [(getattr(row.group, dimension), row.figure.headcount, row.figure.events)
                for row in response.rows] == [(value, 40, 1)]


def test_repeated_correction_is_a_duplicate(cluster):
    append_one(cluster.ingest, event("a", headcount=100))
    first = append_one(cluster.ingest, amendment("a1", "a", event("a", headcount=90)))
    again = append(cluster.ingest, amendment("a1", "a", event("a", headcount=90)))
    assert (list(again.positions), list(again.duplicate_indexes)) == ([first], [0])
    void = append_one(cluster.ingest, voiding("a2", "a"))
    # It is still a duplicate once its event is voided.
    for submission, position in [(amendment("a1", "a", event("", headcount=90)), first),
                                 (voiding("a2", "a"), void),
                                 (event("a", headcount=100), 1)]:
        again = append(cluster.ingest, submission)
        assert (list(again.positions), list(again.duplicate_indexes)) == ([position], [0]), (
            submission)
    assert headcount(cluster.query, min_position=void) == 0


def test_ids_are_permanent(cluster):
    append(cluster.ingest, event("a"), event("b"), amendment("a1", "a", event("a", headcount=90)))
    for submission, field in [
            (event("a", headcount=1), "event.event_id"),
            (event("a1"), "event.event_id"),
            (amendment("a1", "a", event("a", headcount=91)), "amendment.correction_id"),
            (amendment("a1", "a", event("a", headcount=90), "another reason"),
             "amendment.correction_id"),
            (amendment("a1", "b", event("b", headcount=90)), "amendment.correction_id"),
            (amendment("b", "a", event("a", headcount=90)), "amendment.correction_id"),
            (voiding("a1", "a"), "voiding.correction_id"),
            (voiding("b", "a"), "voiding.correction_id")]:
        assert_rejected(append(cluster.ingest, submission), field, "ID_TAKEN")


@pytest.mark.parametrize("kind", ["amendment", "voiding"])
def test_rejected_corrections(cluster, kind):
    append(cluster.ingest, event("a"), event("gone"), voiding("gone-1", "gone"),
           amendment("a1", "a", event("a", headcount=90)))

    def correction(target, **change):
        fields = dict(correction_id="new", event_id=target, reason="because", **change)
        if kind == "voiding":
            return v1.Voiding(**fields)
        fields.setdefault("event", event(target, headcount=1))
        return v1.Amendment(**fields)

    for submission, field, reason in [
            (correction("nobody"), "event_id", "EVENT_UNKNOWN"),
            (correction("gone"), "event_id", "EVENT_VOIDED"),
            (correction("a1"), "event_id", "NOT_AN_EVENT")]:
        assert_rejected(append(cluster.ingest, submission), f"{kind}.{field}", reason)
    without = [("correction_id", "REQUIRED"), ("event_id", "REQUIRED"), ("reason", "REQUIRED")]
    for field, reason in without:
        submission = correction("a")
        setattr(submission, field, "")
        assert_rejected(append(cluster.ingest, submission), f"{kind}.{field}", reason)
    for field, text, reason in [("correction_id", "x" * 65, "TOO_LONG"),
                                ("event_id", "x" * 65, "TOO_LONG"),
                                ("reason", "x" * 1025, "TOO_LONG"),
                                ("reason", "two\nlines", "CONTROL_CHARACTER"),
                                ("correction_id", "a", "SAME_AS_EVENT")]:
        submission = correction("a")
        setattr(submission, field, text)
        assert_rejected(append(cluster.ingest, submission), f"{kind}.{field}", reason)
    # None of these was recorded: the id is still free, and the event still counts.
    append_one(cluster.ingest, voiding("new", "a"))


def test_rejected_amendment_content(cluster):
    append(cluster.ingest, event("a"))
    for content, field, reason in [
            (event("other"), "event.event_id", "OTHER_THAN_TARGET"),
            (event("a", mission="MONUSCO"), "event.mission", "MISSION_CHANGED"),
            (event("a", headcount=0), "event.headcount", "OUT_OF_RANGE"),
            (event("a", country="XXX"), "event.country", "UNKNOWN_COUNTRY"),
            (event("a", day="2023-02-29"), "event.day", "DAY_NOT_A_DATE")]:
        assert_rejected(append(cluster.ingest, amendment("a1", "a", content)),
                        f"amendment.{field}", reason)
    assert_rejected(append(cluster.ingest, v1.Amendment(correction_id="a1", event_id="a",
                                                        reason="because")),
                    "amendment.event", "REQUIRED")
    assert headcount(cluster.query, min_position=1) == 116


def test_corrections_follow_their_event_in_one_batch(cluster):
    result = append(cluster.ingest, amendment("a0", "a", event("a", headcount=1)), event("a"),
                    amendment("a1", "a", event("a", headcount=90)), voiding("a2", "a"),
                    voiding("a3", "a"))
    assert list(result.positions) == [0, 1, 2, 3, 0]
    assert [(each.index, each.reason) for each in result.rejections] == [
        (0, "EVENT_UNKNOWN"), (4, "EVENT_VOIDED")]


def test_timeline_is_cumulative(cluster):
    append(cluster.ingest,
           event("early", day="2023-06-30", headcount=1000),
           event("sunday", day="2023-07-30", headcount=1),
           event("monday", day="2023-07-31", headcount=2, country="TGO"),
           event("tuesday", day="2023-08-01", headcount=4),
           event("wrong", day="2023-08-02", headcount=999),
           event("september", day="2023-09-01", headcount=8, country="TGO"))
    append(cluster.ingest, voiding("w1", "wrong"))
    last = append_one(cluster.ingest,
                      amendment("s1", "september", event("", day="2023-09-02", headcount=16,
                                                         country="TGO")))
    header_of(cluster.query, last)
    days = v1.DayRange(**{"from": "2023-07-30", "to": "2023-09-03"})

    def rows(bucket, *group_by):
        response = query_stub(cluster.query).GetTimeline(v1.GetTimelineRequest(
            bucket=bucket, group_by=group_by, filter=v1.Filter(days=days)), timeout=TIMEOUT_S)
        return [(row.bucket_start, *([row.group.country] if group_by else []),
                 row.figure.headcount, row.cumulative_headcount) for row in response.rows]

    assert rows(v1.BUCKET_DAY) == [("2023-07-30", 1, 1), ("2023-07-31", 2, 3),
                                   ("2023-08-01", 4, 7), ("2023-09-02", 16, 23)]
    assert rows(v1.BUCKET_WEEK) == [("2023-07-24", 1, 1), ("2023-07-31", 6, 7),
                                    ("2023-08-28", 16, 23)]
    assert rows(v1.BUCKET_MONTH) == [("2023-07-01", 3, 3), ("2023-08-01", 4, 7),
                                     ("2023-09-01", 16, 23)]
    assert rows(v1.BUCKET_MONTH, v1.DIMENSION_COUNTRY) == [
        ("2023-07-01", "SEN", 1, 1), ("2023-07-01", "TGO", 2, 2), ("2023-08-01", "SEN", 4, 5),
        ("2023-09-01", "TGO", 16, 18)]


def test_read_your_own_writes(cluster):
    """A query with the position of its own write always sees it."""
    total = 0
    for number in range(1, 51):
        position = append_one(cluster.ingest, event(f"write-{number}", headcount=number))
        total += number
        assert headcount(cluster.query, min_position=position) == total


def test_min_position_can_be_awaited_before_it_is_written(cluster):
    waiting = query_stub(cluster.query).GetAggregate.future(
        v1.GetAggregateRequest(read=v1.ReadOptions(min_position=1)), timeout=TIMEOUT_S)
    append_one(cluster.ingest, event("a"))
    assert waiting.result().total.headcount == 116


@pytest.mark.parametrize("method, request_type", [
    ("GetAggregate", v1.GetAggregateRequest), ("ListMissions", v1.ListMissionsRequest)])
def test_min_position_not_reached(cluster, method, request_type):
    append_one(cluster.ingest, event("a"))
    request = request_type(read=v1.ReadOptions(min_position=1000))
    begin = time.monotonic()
    refusal = refused(getattr(query_stub(cluster.query), method), request, timeout=0.3)
    assert_refusal(refusal, grpc.StatusCode.DEADLINE_EXCEEDED)
    assert time.monotonic() - begin < TIMEOUT_S / 2
    assert headcount(cluster.query, min_position=1) == 116


def test_min_position_wait_is_bounded_by_the_service(empty_cluster):
    """A caller without a deadline still gets an answer."""
    empty_cluster.start(query_flags=["--min_position_wait_max=100ms"])
    request = v1.GetAggregateRequest(read=v1.ReadOptions(min_position=1000))
    refusal = refused(query_stub(empty_cluster.query).GetAggregate, request)
    assert_refusal(refusal, grpc.StatusCode.DEADLINE_EXCEEDED)
    assert "position 0" in refusal.message, "it must have the replica's position"


def test_corrections_by_command(cluster):
    """repatctl record, correct and void, with their reasons in the history."""
    done = cluster.ctl("record", "--event_id", "a", "--mission", "MINUSMA", "--kind",
                       "repatriation", "--day", "2023-09-20", "--category", "contingent_troops",
                       "--country", "SEN", "--site", "Mopti", "--headcount", 116, "--wait")
    assert done.stdout == "recorded at position 1\n"
    correct = ["correct", "a", "--headcount", 115, "--reason", "manifest of 21 September",
               "--wait"]
    assert cluster.ctl(*correct).stdout == "recorded at position 2\n"
    assert cluster.ctl(*correct).stdout == "duplicate of position 2\n"
    aggregate = ["aggregate", "--site", "Mopti", "--format", "csv"]
    assert cluster.ctl(*aggregate).stdout == "headcount,events\n115,1\n"
    void = ["void", "a", "--reason", "reported twice", "--wait"]
    assert cluster.ctl(*void).stdout == "recorded at position 3\n"
    assert cluster.ctl(*void).stdout == "duplicate of position 3\n"
    assert cluster.ctl(*aggregate).stdout == "headcount,events\n0,0\n"
    assert cluster.ctl(*aggregate, "--known_at", 1).stdout == "headcount,events\n116,1\n"
    assert cluster.ctl(*aggregate, "--known_at", 2).stdout == "headcount,events\n115,1\n"
    text = cluster.ctl("event", "a").stdout
    assert "manifest of 21 September" in text and "reported twice" in text
    failed = cluster.ctl("correct", "a", "--headcount", 1, "--reason", "x", status=1)
    assert failed.stderr.startswith("event_id: EVENT_VOIDED")
    failed = cluster.ctl("void", "nobody", "--reason", "x", status=1)
    assert failed.stderr.startswith("event_id: EVENT_UNKNOWN")
