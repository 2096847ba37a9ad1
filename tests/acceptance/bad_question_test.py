"""What the query service and the feed must reject: each error has the field and the rule."""
import grpc
import pytest

from google.protobuf import timestamp_pb2
from harness import (TIMEOUT_S, QUERY_SERVICES, SERVING, append_one, assert_refusal,
                     cluster_running, event, follow, header_of, headcount, query_stub, raw_method,
                     refusal_of, refused, tail_of, v1)

INVALID = grpc.StatusCode.INVALID_ARGUMENT
MESSAGE_BYTES_MAX = 4 << 20  # the default of --message_bytes_max

AGGREGATE, TIMELINE = v1.GetAggregateRequest, v1.GetTimelineRequest
EVENTS, EVENT = v1.ListEventsRequest, v1.GetEventRequest
BRIEFING, MISSIONS = v1.GetBriefingRequest, v1.ListMissionsRequest
METHODS = {AGGREGATE: "GetAggregate", TIMELINE: "GetTimeline", EVENTS: "ListEvents",
           EVENT: "GetEvent", BRIEFING: "GetBriefing", MISSIONS: "ListMissions"}
# The minimal valid request of each.
VALID = {AGGREGATE: {}, TIMELINE: dict(bucket=v1.BUCKET_DAY), EVENTS: {},
         EVENT: dict(event_id="e1"), BRIEFING: dict(mission="MINUSMA"), MISSIONS: {}}


def days(first="", last=""):
    return v1.DayRange(**{"from": first, "to": last})


BAD_FILTERS = [
    (dict(countries=["SEN", "XXX"]), "countries[1]", "UNKNOWN_COUNTRY"),
    (dict(countries=["sen"]), "countries[0]", "UNKNOWN_COUNTRY"),
    (dict(missions=["M"] * 1001), "missions", "TOO_MANY"),
    (dict(countries=["SEN"] * 1001), "countries", "TOO_MANY"),
    (dict(kinds=[v1.KIND_DEATH] * 1001), "kinds", "TOO_MANY"),
    (dict(sites=["", "s" * 129]), "sites[1]", "TOO_LONG"),
    (dict(missions=["M" * 129]), "missions[0]", "TOO_LONG"),
    (dict(units=["a\nb"]), "units[0]", "CONTROL_CHARACTER"),
    (dict(destination_sites=["\x00"]), "destination_sites[0]", "CONTROL_CHARACTER"),
    (dict(kinds=[v1.KIND_UNSPECIFIED]), "kinds[0]", "UNKNOWN_VALUE"),
    (dict(kinds=[v1.KIND_DEATH, 99]), "kinds[1]", "UNKNOWN_VALUE"),
    (dict(kinds=[-1]), "kinds[0]", "UNKNOWN_VALUE"),
    (dict(categories=[0]), "categories[0]", "UNKNOWN_VALUE"),
    (dict(categories=[19]), "categories[0]", "UNKNOWN_VALUE"),
    (dict(categories=[1 << 30]), "categories[0]", "UNKNOWN_VALUE"),
    (dict(sex=9), "sex", "UNKNOWN_VALUE"),
    (dict(days=days("2023-02-29")), "days.from", "DAY_NOT_A_DATE"),
    (dict(days=days("2023-2-1")), "days.from", "DAY_NOT_A_DATE"),
    (dict(days=days("", "tomorrow")), "days.to", "DAY_NOT_A_DATE"),
    (dict(days=days("2023-09-20", "2023-09-20")), "days.to", "EMPTY_RANGE"),
    (dict(days=days("2023-09-21", "2023-09-20")), "days.to", "EMPTY_RANGE"),
]
BAD_REQUESTS = [
    (AGGREGATE, dict(group_by=[0]), "group_by[0]", "UNKNOWN_VALUE"),
    (AGGREGATE, dict(group_by=[v1.DIMENSION_SITE, 99]), "group_by[1]", "UNKNOWN_VALUE"),
    (AGGREGATE, dict(group_by=[v1.DIMENSION_SITE, v1.DIMENSION_SITE]), "group_by[1]",
     "REPEATED"),
    (AGGREGATE, dict(group_by=[v1.DIMENSION_CATEGORY, v1.DIMENSION_CATEGORY_GROUP]), "group_by",
     "CONFLICT"),
    (TIMELINE, dict(group_by=[-1]), "group_by[0]", "UNKNOWN_VALUE"),
    (TIMELINE, dict(bucket=0), "bucket", "UNKNOWN_VALUE"),
    (TIMELINE, dict(bucket=99), "bucket", "UNKNOWN_VALUE"),
    (EVENT, dict(event_id=""), "event_id", "REQUIRED"),
    (BRIEFING, dict(mission=""), "mission", "REQUIRED"),
    (BRIEFING, dict(days=days("2023-02-30")), "days.from", "DAY_NOT_A_DATE"),
    (BRIEFING, dict(days=days("2023-02-01", "2023-02-01")), "days.to", "EMPTY_RANGE"),
    *((request, dict(page_size=size), "page_size", "OUT_OF_RANGE")
      for request, most in [(AGGREGATE, 10_000), (TIMELINE, 10_000), (EVENTS, 1_000),
                            (MISSIONS, 1_000)]
      for size in (-1, most + 1, 2**31 - 1)),
    *((request, dict(page_token=token), "page_token", "BAD_PAGE_TOKEN")
      for request in (AGGREGATE, TIMELINE, EVENTS, MISSIONS)
      for token in ("x", "????", "AAAA", "A" * 100_000)),
    *((request, dict(read=v1.ReadOptions(min_position=-1)), "read.min_position", "OUT_OF_RANGE")
      for request in METHODS),
    *((request, dict(read=v1.ReadOptions(known_at_position=-1)), "read.known_at_position",
       "OUT_OF_RANGE") for request in METHODS),
    *((request, dict(read=v1.ReadOptions(known_at_time=timestamp_pb2.Timestamp(nanos=-1))),
       "read.known_at_time", "OUT_OF_RANGE") for request in METHODS),
    (AGGREGATE, dict(read=v1.ReadOptions(known_at_time=timestamp_pb2.Timestamp(
        seconds=1 << 60))), "read.known_at_time", "OUT_OF_RANGE"),
]


@pytest.fixture(scope="module")
def populated():
    """Both services, with enough events for several pages."""
    with cluster_running() as cluster:
        for number in range(1, 4):
            append_one(cluster.ingest, event(f"e{number}", site=f"Site {number}"))
        header_of(cluster.query, 3)
        yield cluster


def call(cluster, request):
    return getattr(query_stub(cluster.query), METHODS[type(request)])


def request_of(request_type, **fields):
    return request_type(**{**VALID[request_type], **fields})


def name_of(value):
    if isinstance(value, type):
        return METHODS[value]
    return str(value)[:60].replace("\n", " ") if isinstance(value, str) else None


def assert_alive(cluster):
    assert cluster.query.alive()
    assert cluster.query.health(QUERY_SERVICES[0]) == SERVING
    assert headcount(cluster.query) == 3 * 116
    assert tail_of(cluster.ingest) == 3


@pytest.mark.parametrize("request_type", [AGGREGATE, TIMELINE, EVENTS], ids=name_of)
@pytest.mark.parametrize("filters, field, reason", BAD_FILTERS, ids=name_of)
def test_filter(populated, request_type, filters, field, reason):
    request = request_of(request_type, filter=v1.Filter(**filters))
    assert_refusal(refused(call(populated, request), request), INVALID, f"filter.{field}", reason)
    assert_alive(populated)


@pytest.mark.parametrize("request_type, fields, field, reason", BAD_REQUESTS, ids=name_of)
def test_request(populated, request_type, fields, field, reason):
    request = request_of(request_type, **fields)
    assert_refusal(refused(call(populated, request), request), INVALID, field, reason)
    assert_alive(populated)


@pytest.mark.parametrize("request_type", METHODS, ids=name_of)
def test_known_at_beyond_what_is_applied(populated, request_type):
    for position in (4, 2**63 - 1):
        request = request_of(request_type, read=v1.ReadOptions(known_at_position=position))
        refusal = refused(call(populated, request), request)
        assert_refusal(refusal, grpc.StatusCode.OUT_OF_RANGE, reason="POSITION_NOT_APPLIED")
    request = request_of(request_type, read=v1.ReadOptions(known_at_position=3))
    assert call(populated, request)(request, timeout=TIMEOUT_S).header.known_at_position == 3


def test_not_found(populated):
    for request, reason in [(EVENT(event_id="nobody"), "EVENT_UNKNOWN"),
                            (EVENT(event_id="e3", read=v1.ReadOptions(known_at_position=2)),
                             "EVENT_UNKNOWN"),
                            (BRIEFING(mission="UNMISS"), "MISSION_UNKNOWN")]:
        refusal = refused(call(populated, request), request)
        assert_refusal(refusal, grpc.StatusCode.NOT_FOUND, reason=reason)


def page(cluster, request):
    return call(cluster, request)(request, timeout=TIMEOUT_S)


def test_page_token_of_another_request(populated):
    """A token is valid only for the request that returned it, except for the page size."""
    by_site = dict(group_by=[v1.DIMENSION_SITE], page_size=1)
    token = page(populated, AGGREGATE(**by_site)).next_page_token
    assert token
    others = [
        AGGREGATE(group_by=[v1.DIMENSION_COUNTRY], page_token=token),
        AGGREGATE(**by_site, page_token=token, filter=v1.Filter(countries=["SEN"])),
        TIMELINE(**by_site, bucket=v1.BUCKET_DAY, page_token=token),
        EVENTS(page_token=token),
        MISSIONS(page_token=token),
    ]
    for request in others:
        assert_refusal(refused(call(populated, request), request), INVALID, "page_token",
                       "OTHER_REQUEST")
    refusal = refused(query_stub(populated.query).GetAggregate,
                      AGGREGATE(**by_site, page_token=token[:-1]))
    assert_refusal(refusal, INVALID, "page_token", "BAD_PAGE_TOKEN")
    second = page(populated, AGGREGATE(group_by=by_site["group_by"], page_token=token))
    assert [row.group.site for row in second.rows] == ["Site 2", "Site 3"]


def test_pages_are_pinned(cluster):
    """Entries recorded between two pages do not change the second."""
    for number in range(1, 4):
        append_one(cluster.ingest, event(f"e{number}", site=f"Site {number}"))
    header_of(cluster.query, 3)
    requests = [AGGREGATE(group_by=[v1.DIMENSION_SITE], page_size=1), EVENTS(page_size=1),
                TIMELINE(bucket=v1.BUCKET_DAY, group_by=[v1.DIMENSION_SITE], page_size=1)]
    tokens = [page(cluster, request).next_page_token for request in requests]
    last = append_one(cluster.ingest, v1.Voiding(correction_id="v2", event_id="e2", reason="x"))
    last = append_one(cluster.ingest, event("e4", site="Site 4"))
    header_of(cluster.query, last)
    for request, token in zip(requests, tokens):
        request.page_token = token
        request.page_size = 100
        second = page(cluster, request)
        assert second.header.known_at_position == 3
        assert second.header.applied_position == last
        sites = ([record.event.site for record in second.events] if hasattr(second, "events")
                 else [row.group.site for row in second.rows])
        assert sites == ["Site 2", "Site 3"]


@pytest.mark.parametrize("method", METHODS.values())
def test_message(populated, method):
    raw = raw_method(populated.query, f"/repatriation.v1.QueryService/{method}")
    field = {"GetEvent": b"\x12", "GetBriefing": b"\x12", "ListMissions": b"\x1a",
             "GetAggregate": b"\x2a", "GetTimeline": b"\x32", "ListEvents": b"\x22"}[method]
    text = {"GetEvent": "event_id", "GetBriefing": "mission"}.get(method, "page_token")
    assert_refusal(refused(raw, field + b"\x02\xff\xfe"), INVALID, text, "INVALID_UTF8")
    assert_refusal(refused(raw, field + b"\x05ab"), INVALID, "request", "MALFORMED_MESSAGE")
    assert_refusal(refused(raw, bytes([255] * 20)), INVALID, "request", "MALFORMED_MESSAGE")
    assert_refusal(refused(raw, bytes(MESSAGE_BYTES_MAX + 1)), INVALID, "request",
                   "MESSAGE_TOO_LARGE")
    assert_refusal(refused(raw, bytes(2 * MESSAGE_BYTES_MAX + 1)),
                   grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert_alive(populated)


@pytest.mark.parametrize("fields, code, field, reason", [
    (dict(after_position=-1), INVALID, "after_position", "OUT_OF_RANGE"),
    (dict(after_position=3, after_hash=b"x"), INVALID, "after_hash", "OUT_OF_RANGE"),
    (dict(after_position=4), grpc.StatusCode.FAILED_PRECONDITION, "",
     "POSITION_AHEAD_OF_LEDGER"),
    (dict(ledger_id="0" * 32), grpc.StatusCode.FAILED_PRECONDITION, "", "LEDGER_ID_MISMATCH"),
    (dict(ledger_id="no ledger"), grpc.StatusCode.FAILED_PRECONDITION, "", "LEDGER_ID_MISMATCH"),
    (dict(after_position=2, after_hash=bytes(32)), grpc.StatusCode.FAILED_PRECONDITION, "",
     "HASH_MISMATCH"),
])
def test_follow(populated, fields, code, field, reason):
    with pytest.raises(grpc.RpcError) as ended:
        next(follow(populated.ingest, **fields))
    assert_refusal(refusal_of(ended.value), code, field, reason)
    assert_alive(populated)


def test_follow_with_a_malformed_message(populated):
    """A malformed request of a streaming call."""
    raw = populated.ingest.channel.unary_stream(
        "/repatriation.v1.LedgerFeedService/Follow", request_serializer=None,
        response_deserializer=None)
    assert_refusal(refused(raw, b"\x0a\x02\xff\xfe"), INVALID, "ledger_id", "INVALID_UTF8")
    assert_refusal(refused(raw, b"\x0a\x05ab"), INVALID, "request", "MALFORMED_MESSAGE")
    assert_alive(populated)


@pytest.mark.parametrize("arguments, named", [
    (["aggregate", "--country", "XXX"], "countries"),
    (["aggregate", "--kind", "flight"], "--kind"),
    (["aggregate", "--category", "soldiers"], "--category"),
    (["aggregate", "--group_by", "colour"], "--group_by"),
    (["aggregate", "--from", "2023-02-29"], "--from"),
    (["aggregate", "--from", "2023-02-01", "--to", "2023-02-01"], "days.to"),
    (["aggregate", "--known_at", "yesterday"], "--known_at"),
    (["aggregate", "--min_position", "-1"], "--min_position"),
    (["aggregate", "--format", "xml"], "--format"),
    (["aggregate", "--colour", "red"], "--colour"),
    (["timeline", "--bucket", "year"], "--bucket"),
    (["briefing"], "--mission"),
    (["event"], "EVENT_ID"),
    (["flights"], "flights"),
])
def test_command(populated, arguments, named):
    """repatctl names the bad argument, prints nothing else, and exits with 2."""
    done = populated.ctl(*arguments, status=2)
    assert named in done.stderr
    assert done.stdout == ""
