"""What the ingest service must reject: the error has the field and the rule; nothing is stored.

Each bad event is sent in three ways: AppendEvents, StreamEvents and `repatctl import`.
"""
import datetime
import itertools
import re
import socket
import threading

import grpc
import pytest

from harness import (COLUMNS, INGEST_SERVICES, TIMEOUT_S, SERVING, append, append_one,
                     assert_refusal, connect, csv_text, event, header_of, ingest_stub, raw_method,
                     refusal_of, refused, tail_of, v1)

APPEND = "/repatriation.v1.IngestService/AppendEvents"
STREAM = "/repatriation.v1.IngestService/StreamEvents"
MESSAGE_BYTES_MAX = 4 << 20  # the default of --message_bytes_max
SUBMISSIONS_MAX = 10_000     # the default of --batch_submissions_max

_ids = (f"id-{number}" for number in itertools.count())


def day_from_today(days):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (today + datetime.timedelta(days=days)).isoformat()


# The change, and the field and the reason expected. Events without `event_id` get one.
BAD_EVENTS = [
    (dict(event_id=""), "event_id", "REQUIRED"),
    (dict(event_id="x" * 65), "event_id", "TOO_LONG"),
    (dict(event_id="a\tb"), "event_id", "CONTROL_CHARACTER"),
    (dict(mission=""), "mission", "REQUIRED"),
    (dict(mission="M" * 33), "mission", "TOO_LONG"),
    (dict(mission="minusma"), "mission", "NOT_AN_ACRONYM"),
    (dict(mission="9MINUSMA"), "mission", "NOT_AN_ACRONYM"),
    (dict(mission="MINUSMÀ"), "mission", "NOT_AN_ACRONYM"),
    (dict(kind=0), "kind", "REQUIRED"),
    (dict(kind=99), "kind", "UNKNOWN_VALUE"),
    (dict(kind=-1), "kind", "UNKNOWN_VALUE"),
    (dict(category=0), "category", "REQUIRED"),
    (dict(category=19), "category", "UNKNOWN_VALUE"),
    (dict(category=v1.CATEGORY_FORCE), "category", "NOT_A_LEAF"),
    (dict(category=v1.CATEGORY_ALL), "category", "NOT_A_LEAF"),
    (dict(qualifier=77), "qualifier", "UNKNOWN_VALUE"),
    (dict(day=""), "day", "REQUIRED"),
    (dict(day="2023-02-29"), "day", "DAY_NOT_A_DATE"),
    (dict(day="2023-04-31"), "day", "DAY_NOT_A_DATE"),
    (dict(day="2023-13-01"), "day", "DAY_NOT_A_DATE"),
    (dict(day="2023-00-10"), "day", "DAY_NOT_A_DATE"),
    (dict(day="2023-9-20"), "day", "DAY_NOT_A_DATE"),
    (dict(day="20-09-2023"), "day", "DAY_NOT_A_DATE"),
    (dict(day="20 September"), "day", "DAY_NOT_A_DATE"),
    (dict(day="2023-09-20T00:00:00Z"), "day", "DAY_NOT_A_DATE"),
    (dict(day=" 2023-09-20"), "day", "DAY_NOT_A_DATE"),
    (dict(day="+2023-09-2"), "day", "DAY_NOT_A_DATE"),
    (dict(day="1947-12-31"), "day", "DAY_TOO_EARLY"),
    (dict(day=day_from_today(368)), "day", "DAY_TOO_LATE"),
    (dict(day="9999-12-31"), "day", "DAY_TOO_LATE"),
    (dict(country="XXX"), "country", "UNKNOWN_COUNTRY"),
    (dict(country="sen"), "country", "UNKNOWN_COUNTRY"),
    (dict(country="SN"), "country", "UNKNOWN_COUNTRY"),
    (dict(country="Senegal"), "country", "UNKNOWN_COUNTRY"),
    (dict(site="s" * 129), "site", "TOO_LONG"),
    (dict(site="Mop\nti"), "site", "CONTROL_CHARACTER"),
    (dict(site="Mop\x00ti"), "site", "CONTROL_CHARACTER"),
    (dict(site="Mop\x7fti"), "site", "CONTROL_CHARACTER"),
    (dict(site="Mop\x85ti"), "site", "CONTROL_CHARACTER"),
    (dict(site=" Mopti"), "site", "OUTER_WHITE_SPACE"),
    (dict(kind=v1.KIND_RELOCATION), "destination_site", "REQUIRED"),
    (dict(kind=v1.KIND_RELOCATION, destination_site="Mopti"), "destination_site", "SAME_AS_SITE"),
    (dict(kind=v1.KIND_RELOCATION, destination_site="d" * 129), "destination_site", "TOO_LONG"),
    (dict(destination_site="Gao"), "destination_site", "ONLY_FOR_RELOCATION"),
    (dict(unit="u" * 129), "unit", "TOO_LONG"),
    (dict(unit="1st\x1bBattalion"), "unit", "CONTROL_CHARACTER"),
    (dict(headcount=0), "headcount", "OUT_OF_RANGE"),
    (dict(headcount=-1), "headcount", "OUT_OF_RANGE"),
    (dict(headcount=100_001), "headcount", "OUT_OF_RANGE"),
    (dict(headcount=2**31 - 1), "headcount", "OUT_OF_RANGE"),
    (dict(female=117), "female", "ABOVE_HEADCOUNT"),
    (dict(female=-1), "female", "OUT_OF_RANGE"),
    (dict(movement_ref="m" * 129), "movement_ref", "TOO_LONG"),
    (dict(movement_ref="UN-1\r"), "movement_ref", "CONTROL_CHARACTER"),
    (dict(source="s" * 1025), "source", "TOO_LONG"),
    (dict(source="a\u2028b\x01"), "source", "CONTROL_CHARACTER"),
]

GOOD_EVENTS = [
    dict(event_id="é" * 32),
    dict(mission="M" * 32),
    dict(mission="UN-2_B"),
    dict(day="1948-01-01"),
    dict(day="2024-02-29"),
    dict(day=day_from_today(365)),
    dict(country=""),
    dict(country="YUG"),
    dict(site="s" * 128),
    dict(site="Mopti/Sévaré"),
    dict(site=""),
    dict(kind=v1.KIND_RELOCATION, destination_site="Gao"),
    dict(headcount=1, female=1),
    dict(headcount=100_000),
    dict(female=0),
    dict(unit="Bataillon, 2ᵉ \"Sénégal\""),
    dict(source="s" * 1024, movement_ref="m" * 128, qualifier=v1.QUALIFIER_NEARLY),
]


def name_of(value):
    if not isinstance(value, dict):
        return str(value)
    return "-".join(f"{key}={text[:12]!r}" if isinstance(text, str) else f"{key}={text}"
                    for key, text in value.items())


def bad_event(change):
    return event(**{"event_id": next(_ids), **change})


def assert_one_rejection(result, index, field, reason):
    got = [(each.index, each.field, each.reason) for each in result.rejections]
    assert got == [(index, field, reason)], result
    assert result.positions[index] == 0
    assert not result.duplicate_indexes
    assert result.rejections[0].description


@pytest.mark.parametrize("change, field, reason", BAD_EVENTS, ids=name_of)
def test_append_rejects(shared_cluster, change, field, reason):
    ingest = shared_cluster.ingest
    before = tail_of(ingest)
    assert_one_rejection(append(ingest, bad_event(change)), 0, f"event.{field}", reason)
    assert tail_of(ingest) == before
    # In a batch, only this event is rejected, and it gets no position.
    result = append(ingest, event(next(_ids)), bad_event(change), event(next(_ids)))
    assert_one_rejection(result, 1, f"event.{field}", reason)
    assert list(result.positions) == [before + 1, 0, before + 2]
    assert tail_of(ingest) == before + 2


def test_stream_rejects(shared_cluster):
    """Each bad event in its own batch; the stream continues."""
    ingest = shared_cluster.ingest
    before = tail_of(ingest)
    requests = [v1.StreamEventsRequest(batch_number=number, submissions=[
        v1.Submission(event=bad_event(change))]) for number, (change, _, _) in
        enumerate(BAD_EVENTS)]
    requests.append(v1.StreamEventsRequest(batch_number=-5, submissions=[
        v1.Submission(event=event(next(_ids)))]))
    responses = list(ingest_stub(ingest).StreamEvents(iter(requests), timeout=TIMEOUT_S))
    assert [response.batch_number for response in responses] == [
        request.batch_number for request in requests]
    for response, (_, field, reason) in zip(responses, BAD_EVENTS):
        assert_one_rejection(response.result, 0, f"event.{field}", reason)
    assert list(responses[-1].result.positions) == [before + 1]
    assert tail_of(ingest) == before + 1


@pytest.mark.parametrize("change", GOOD_EVENTS, ids=name_of)
def test_accepts_values_at_the_limits(shared_cluster, change):
    content = event(**{"event_id": next(_ids), **change})
    position = append_one(shared_cluster.ingest, content)
    header_of(shared_cluster.query, position)
    stored = v1.QueryServiceStub(shared_cluster.query.channel).GetEvent(
        v1.GetEventRequest(event_id=content.event_id), timeout=TIMEOUT_S).event
    assert stored == content


def test_empty_submission(shared_cluster):
    result = append(shared_cluster.ingest, v1.Submission())
    assert_one_rejection(result, 0, "content", "REQUIRED")


def test_same_id_with_different_content(shared_cluster):
    position = append_one(shared_cluster.ingest, event("taken"))
    before = tail_of(shared_cluster.ingest)
    result = append(shared_cluster.ingest, event("taken", headcount=1))
    assert_one_rejection(result, 0, "event.event_id", "ID_TAKEN")
    assert str(position) in result.rejections[0].description
    result = append(shared_cluster.ingest, event("twice"), event("twice"),
                    event("twice", headcount=1))
    assert list(result.positions) == [before + 1, before + 1, 0]
    assert list(result.duplicate_indexes) == [1]
    assert tail_of(shared_cluster.ingest) == before + 1


# Files. The changed cells, and the field and the reason expected.

BAD_ROWS = [
    (dict(mission=""), "mission", "REQUIRED"),
    (dict(mission="minusma"), "mission", "NOT_AN_ACRONYM"),
    (dict(mission="M" * 33), "mission", "TOO_LONG"),
    (dict(kind=""), "kind", "REQUIRED"),
    (dict(kind="evacuation"), "kind", "UNKNOWN_VALUE"),
    (dict(kind="REPATRIATION"), "kind", "UNKNOWN_VALUE"),
    (dict(kind="relocation"), "destination_site", "REQUIRED"),
    (dict(destination_site="Gao"), "destination_site", "ONLY_FOR_RELOCATION"),
    (dict(category="soldiers"), "category", "UNKNOWN_VALUE"),
    (dict(category="force"), "category", "NOT_A_LEAF"),
    (dict(day=""), "day", "REQUIRED"),
    (dict(day="2023-02-29"), "day", "DAY_NOT_A_DATE"),
    (dict(day="20/09/2023"), "day", "DAY_NOT_A_DATE"),
    (dict(day="2999-01-01"), "day", "DAY_TOO_LATE"),
    (dict(day="1900-01-01"), "day", "DAY_TOO_EARLY"),
    (dict(country="XXX"), "country", "UNKNOWN_COUNTRY"),
    (dict(headcount=""), "headcount", "REQUIRED"),
    (dict(headcount="0"), "headcount", "OUT_OF_RANGE"),
    (dict(headcount="-5"), "headcount", "OUT_OF_RANGE"),
    (dict(headcount="100001"), "headcount", "OUT_OF_RANGE"),
    (dict(headcount="99999999999"), "headcount", "NOT_AN_INTEGER"),
    (dict(headcount="12.5"), "headcount", "NOT_AN_INTEGER"),
    (dict(headcount="about 100"), "headcount", "NOT_AN_INTEGER"),
    (dict(female="117"), "female", "ABOVE_HEADCOUNT"),
    (dict(female="-1"), "female", "OUT_OF_RANGE"),
    (dict(female="x"), "female", "NOT_AN_INTEGER"),
    (dict(qualifier="roughly"), "qualifier", "UNKNOWN_VALUE"),
    (dict(event_id="x" * 65), "event_id", "TOO_LONG"),
    (dict(site="s" * 129), "site", "TOO_LONG"),
    (dict(unit="u" * 129), "unit", "TOO_LONG"),
    (dict(movement_ref="m" * 129), "movement_ref", "TOO_LONG"),
    (dict(source="s" * 1025), "source", "TOO_LONG"),
    (dict(site="Mop\x01ti"), "site", "CONTROL_CHARACTER"),
    (dict(site="Mopti "), "site", "OUTER_WHITE_SPACE"),
]


def row(**cells):
    good = {"event_id": next(_ids), "mission": "MINUSMA", "kind": "repatriation",
            "day": "2023-09-20", "category": "contingent_troops", "country": "SEN",
            "site": "Mopti", "headcount": "116"}
    return {**dict.fromkeys(COLUMNS, ""), **good, **cells}


def rejections_in(stderr):
    """(line, field, reason) of each row listed."""
    return [(int(line), field, reason) for line, field, reason in
            re.findall(r"^line (\d+): (\w+): ([A-Z_0-9]+): .", stderr, re.M)]


def test_import_lists_every_bad_row(shared_cluster):
    rows = [row()]
    for cells, _, _ in BAD_ROWS:
        rows += [row(**cells), row()]
    # Line 1 is the header and line 2 a good row; then bad and good ones alternate.
    expected = [(3 + 2 * number, field, reason)
                for number, (_, field, reason) in enumerate(BAD_ROWS)]
    before = tail_of(shared_cluster.ingest)
    path = shared_cluster.write("bad.csv", csv_text(rows))
    done = shared_cluster.ctl("import", path, "--batch", 7, status=1)
    assert rejections_in(done.stderr) == expected, done.stderr
    good = len(rows) - len(BAD_ROWS)
    assert done.stdout == f"recorded {good}, duplicate 0, rejected {len(BAD_ROWS)}\n"
    assert tail_of(shared_cluster.ingest) == before + good


@pytest.mark.parametrize("text, field, reason", [
    (b"\xff\xfe", "site", "INVALID_UTF8"),
    (b"Mop\xc3", "site", "INVALID_UTF8"),
    (b"Mopti,extra", "row", "WRONG_NUMBER_OF_FIELDS"),
    (b"Mop\"ti\"", "row", "MALFORMED_CSV"),
    (b"\"Mopti", "row", "MALFORMED_CSV"),
])
def test_import_rejects_bytes(shared_cluster, text, field, reason):
    before = tail_of(shared_cluster.ingest)
    columns = ["mission", "kind", "day", "category", "headcount", "site"]
    whole = csv_text([row(site="SITE")], columns).encode().replace(b"SITE", text)
    done = shared_cluster.ctl("import", shared_cluster.write("bytes.csv", whole), status=1)
    assert rejections_in(done.stderr) == [(2, field, reason)], done.stderr
    assert done.stdout == "recorded 0, duplicate 0, rejected 1\n"
    assert tail_of(shared_cluster.ingest) == before


@pytest.mark.parametrize("header, names", [
    ("mission,kind,day,category,headcount,colour", ["unknown", "colour"]),
    ("mission,kind,day,category,Headcount", ["unknown", "Headcount", "missing", "headcount"]),
    ("mission,kind,category,headcount", ["missing", "day"]),
    ("mission,kind,day,category,headcount,day", ["duplicate", "day"]),
    ("", ["no header"]),
])
def test_import_rejects_a_header(shared_cluster, header, names):
    before = tail_of(shared_cluster.ingest)
    text = f"{header}\nMINUSMA,repatriation,2023-09-20,contingent_troops,5,x\n" if header else ""
    done = shared_cluster.ctl("import", shared_cluster.write("header.csv", text), status=2)
    assert all(name in done.stderr for name in names), done.stderr
    assert done.stdout == ""
    assert tail_of(shared_cluster.ingest) == before


def test_import_without_a_file(shared_cluster):
    missing = shared_cluster.folder / "nothing.csv"
    assert "nothing.csv" in shared_cluster.ctl("import", missing, status=2).stderr
    assert "is a directory" in shared_cluster.ctl("import", shared_cluster.folder,
                                                  status=2).stderr


@pytest.mark.parametrize("flags, field", [
    (dict(headcount="0"), "headcount"), (dict(day="2023-02-29"), "day"),
    (dict(country="XXX"), "country"), (dict(kind="flight"), "kind"),
    (dict(kind="relocation"), "destination_site"), (dict(female="200"), "female")])
def test_record_rejects(shared_cluster, flags, field):
    before = tail_of(shared_cluster.ingest)
    cells = {name: text for name, text in row(**flags).items() if text}
    done = shared_cluster.ctl("record", *(f"--{name}={text}" for name, text in cells.items()),
                              status=1)
    assert re.match(rf"{field}: [A-Z_]+: ", done.stderr), done.stderr
    assert tail_of(shared_cluster.ingest) == before


# Whole messages.


def request_bytes(*events):
    return v1.AppendEventsRequest(
        submissions=[v1.Submission(event=each) for each in events]).SerializeToString()


def padded(bytes_total):
    """A valid request of exactly this size; the padding is an unknown field."""
    valid = request_bytes(event(next(_ids)))
    for length_bytes in range(1, 6):
        padding = bytes_total - len(valid) - 2 - length_bytes
        length, rest = b"", padding
        while rest > 127:
            length, rest = length + bytes([rest & 127 | 128]), rest >> 7
        length += bytes([rest])
        if len(length) == length_bytes:
            made = valid + b"\xc2\x3e" + length + bytes(padding)
            assert len(made) == bytes_total
            return made
    raise AssertionError(bytes_total)


def broken_text(field, text=b"\xff\xfe"):
    """A request whose `field` is not UTF-8."""
    placeholder = "Q" * len(text)
    made = request_bytes(event(next(_ids)), event(next(_ids), **{field: placeholder}))
    assert made.count(placeholder.encode()) == 1
    return made.replace(placeholder.encode(), text)


INVALID = grpc.StatusCode.INVALID_ARGUMENT
BAD_MESSAGES = {
    "no submission": (lambda: b"", INVALID, "submissions", "REQUIRED"),
    "too many submissions": (
        lambda: request_bytes(*(event(next(_ids)) for _ in range(SUBMISSIONS_MAX + 1))),
        INVALID, "submissions", "TOO_MANY"),
    "truncated": (lambda: request_bytes(event(next(_ids)))[:-1], INVALID, "request",
                "MALFORMED_MESSAGE"),
    "garbage": (lambda: bytes(range(255, 0, -1)), INVALID, "request", "MALFORMED_MESSAGE"),
    "site not UTF-8": (lambda: broken_text("site"), INVALID, "submissions[1].event.site",
                       "INVALID_UTF8"),
    "mission not UTF-8": (lambda: broken_text("mission", b"\xc0\xaf"), INVALID,
                          "submissions[1].event.mission", "INVALID_UTF8"),
    "source is half a surrogate": (lambda: broken_text("source", b"\xed\xa0\x80"), INVALID,
                                   "submissions[1].event.source", "INVALID_UTF8"),
    "one byte too large": (lambda: padded(MESSAGE_BYTES_MAX + 1), INVALID, "request",
                           "MESSAGE_TOO_LARGE"),
    "twice as large": (lambda: padded(2 * MESSAGE_BYTES_MAX), INVALID, "request",
                       "MESSAGE_TOO_LARGE"),
    # Beyond this, gRPC itself rejects the message before reading it into memory.
    "far too large": (lambda: padded(2 * MESSAGE_BYTES_MAX + 1),
                      grpc.StatusCode.RESOURCE_EXHAUSTED, "", ""),
}


def assert_alive(cluster, before):
    """Nothing was stored, and the next event is."""
    ingest = cluster.ingest
    assert ingest.alive()
    assert {ingest.health(name) for name in ["", *INGEST_SERVICES]} == {SERVING}
    assert tail_of(ingest) == before
    assert append_one(ingest, event(next(_ids))) == before + 1


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_append_rejects_a_message(shared_cluster, name):
    make, code, field, reason = BAD_MESSAGES[name]
    before = tail_of(shared_cluster.ingest)
    refusal = refused(raw_method(shared_cluster.ingest, APPEND), make())
    assert_refusal(refusal, code, field, reason)
    assert_alive(shared_cluster, before)


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_stream_rejects_a_message(shared_cluster, name):
    """Earlier batches are answered; the message ends the stream."""
    make, code, field, reason = BAD_MESSAGES[name]
    before = tail_of(shared_cluster.ingest)
    good = v1.StreamEventsRequest(batch_number=7, submissions=[
        v1.Submission(event=event(next(_ids)))]).SerializeToString()
    answered = threading.Event()

    def requests():
        yield good
        # gRPC ends the call for this one, and drops answers in flight.
        if name == "far too large":
            assert answered.wait(TIMEOUT_S)
        yield make()
        yield good

    call = raw_method(shared_cluster.ingest, STREAM, stream=True)(requests(), timeout=TIMEOUT_S)
    answers = []
    with pytest.raises(grpc.RpcError) as ended:
        for answer in call:
            answers.append(v1.StreamEventsResponse.FromString(answer))
            answered.set()
    assert_refusal(refusal_of(ended.value), code, field, reason)
    assert [(each.batch_number, list(each.result.positions)) for each in answers] == [
        (7, [before + 1])]
    assert_alive(shared_cluster, before + 1)


def test_the_largest_message_is_accepted(shared_cluster):
    before = tail_of(shared_cluster.ingest)
    answer = raw_method(shared_cluster.ingest, APPEND)(padded(MESSAGE_BYTES_MAX),
                                                       timeout=TIMEOUT_S)
    result = v1.AppendEventsResponse.FromString(answer).result
    assert list(result.positions) == [before + 1]


def test_the_largest_batch_is_accepted(shared_cluster):
    before = tail_of(shared_cluster.ingest)
    result = append(shared_cluster.ingest,
                    *(event(next(_ids), site="") for _ in range(SUBMISSIONS_MAX)))
    assert list(result.positions) == list(range(before + 1, before + 1 + SUBMISSIONS_MAX))


def test_compressed_message_is_rejected(shared_cluster):
    """Its size can only be checked after decompression."""
    before = tail_of(shared_cluster.ingest)
    refusal = refused(ingest_stub(shared_cluster.ingest).AppendEvents,
                      v1.AppendEventsRequest(submissions=[
                          v1.Submission(event=event(next(_ids), source="s" * 1000))]),
                      compression=grpc.Compression.Gzip)
    assert_refusal(refusal, grpc.StatusCode.UNIMPLEMENTED)
    assert_alive(shared_cluster, before)


def test_unknown_method_is_rejected(shared_cluster):
    refusal = refused(raw_method(shared_cluster.ingest, APPEND + "Twice"), b"")
    assert_refusal(refusal, grpc.StatusCode.UNIMPLEMENTED)
    # Each service has only its own methods.
    refusal = refused(raw_method(shared_cluster.query, APPEND), b"")
    assert_refusal(refusal, grpc.StatusCode.UNIMPLEMENTED)


def test_client_that_does_not_speak_grpc(shared_cluster):
    """Garbage on the port is harmless."""
    before = tail_of(shared_cluster.ingest)
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)),
                  b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 64):
        with socket.create_connection(("127.0.0.1", shared_cluster.ingest.port)) as client:
            client.sendall(garbage)
            client.shutdown(socket.SHUT_WR)
            try:
                while client.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    fresh = connect(shared_cluster.ingest.address)
    request = v1.AppendEventsRequest(submissions=[v1.Submission(event=event(next(_ids)))])
    result = v1.IngestServiceStub(fresh).AppendEvents(request, timeout=TIMEOUT_S).result
    fresh.close()
    assert list(result.positions) == [before + 1]
