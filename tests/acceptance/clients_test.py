"""Other clients: health checks, reflection with buf curl, and the examples of
docs/guide/streaming-clients.md."""
import json
import os
import re
import subprocess
import sys
import tempfile

import grpc
import pytest

import stubs
from harness import (INGEST_SERVICES, NOT_SERVING, TIMEOUT_S, QUERY_SERVICES, ROOT, SERVING,
                     append_one, assert_refusal, await_tail, binary, event,
                     header_of, headcount, refused, tail_of, v1)
from google.protobuf import json_format

BUF = ROOT / "tests" / "tools" / "node_modules" / ".bin" / "buf"
PYTHON_CLIENT = ROOT / "tests" / "clients" / "python_client.py"


@pytest.mark.parametrize("which, names", [("ingest", INGEST_SERVICES), ("query", QUERY_SERVICES)])
def test_health(cluster, which, names):
    service = getattr(cluster, which)
    header_of(cluster.query, append_one(cluster.ingest, event("a")))
    for name in ["", *names]:
        assert service.health(name) == SERVING, name
    for name in ("repatriation.v1.Nobody", "IngestService"):
        assert_refusal(refused(lambda timeout: service.health(name)), grpc.StatusCode.NOT_FOUND)
    # A watcher gets NOT_SERVING before the connection closes.
    watch = stubs.health.HealthStub(service.channel).Watch(
        stubs.health.HealthCheckRequest(service=names[0]), timeout=TIMEOUT_S)
    assert next(watch).status == SERVING
    service.terminate()
    assert next(watch).status == NOT_SERVING
    assert service.wait() == 0


def run_buf_curl(*arguments):
    if not BUF.exists():
        pytest.skip(f"{BUF.relative_to(ROOT)} is missing; run tests/tools/install")
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run(
            [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *arguments],
            env={**os.environ, "HOME": home, "BUF_CACHE_DIR": home}, cwd=home,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=TIMEOUT_S)


def buf_curl(service, method, message):
    """Calls a method that buf knows only through reflection."""
    return run_buf_curl("--data", json.dumps(message),
                        f"http://{service.address}/repatriation.v1.{method}")


def answer_of(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_buf_curl(cluster):
    """An append, a query and an error, all through reflection."""
    content = json_format.MessageToDict(event("by-buf", headcount=58))
    appended = answer_of(buf_curl(cluster.ingest, "IngestService/AppendEvents",
                                  {"submissions": [{"event": content}]}))
    assert appended["result"] == {"positions": ["1"]}
    figure = answer_of(buf_curl(cluster.query, "QueryService/GetAggregate", {
        "read": {"minPosition": "1"}, "groupBy": ["DIMENSION_COUNTRY"]}))
    assert figure["rows"] == [{"group": {"country": "SEN"},
                               "figure": {"headcount": "58", "events": "1"}}]
    assert figure["header"]["ledgerId"] == appended["ledgerId"]
    refusal = buf_curl(cluster.query, "QueryService/GetAggregate", {
        "filter": {"countries": ["XXX"]}})
    assert refusal.returncode != 0
    error = json.loads(refusal.stderr)
    assert error["code"] == "invalid_argument" and "filter.countries[0]" in error["message"]


def test_buf_curl_streams(cluster):
    """The bidirectional stream and the feed, through reflection."""
    request = {"batchNumber": "7", "submissions": [
        {"event": json_format.MessageToDict(event("by-buf"))}]}
    done = buf_curl(cluster.ingest, "IngestService/StreamEvents", request)
    assert answer_of(done)["batchNumber"] == "7"
    done = buf_curl(cluster.ingest, "LedgerFeedService/Follow", {"ledgerId": "0" * 32})
    assert done.returncode != 0 and "failed_precondition" in done.stderr


def test_reflection_lists_the_services(cluster):
    for service, names in [(cluster.ingest, INGEST_SERVICES), (cluster.query, QUERY_SERVICES)]:
        done = run_buf_curl("--list-services", f"http://{service.address}")
        listed = done.stdout.split()
        assert set(names) <= set(listed), done.stdout + done.stderr
        assert not any("repatriation" in name for name in set(listed) - set(names)), listed


@pytest.fixture(scope="module")
def python_path():
    with tempfile.TemporaryDirectory(prefix="repat-stubs-") as folder:
        stubs.generate(folder)
        yield folder


def events_of(numbers):
    return [event(f"e{number}", headcount=1 + number % 100) for number in numbers]


def as_lines(events):
    return "".join(json.dumps(json_format.MessageToDict(each)) + "\n" for each in events).encode()


@pytest.fixture(params=["python", "cpp"])
def client(request, python_path):
    """Starts an example client, which reads events from stdin."""
    started = []

    def start(address):
        command = ([sys.executable, "-B", str(PYTHON_CLIENT), address]
                   if request.param == "python" else [binary("example_cpp_client"), address])
        started.append(subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": python_path}))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_example_client(cluster, client):
    """It streams, prints rejections, and can be run again."""
    lines = as_lines(events_of(range(2_500)) + [event("bad", country="XXX")])
    for _ in range(2):
        process = client(cluster.ingest.address)
        out, err = process.communicate(lines, timeout=TIMEOUT_S)
        assert (process.returncode, err) == (0, b"")
        lines_out = out.decode().splitlines()
        assert re.findall(r"durable through position (\d+)", out.decode()) == [
            "1000", "2000", "2500"]
        assert [line for line in lines_out if "country" in line and '"XXX"' in line], lines_out
        assert tail_of(cluster.ingest) == 2_500
    assert headcount(cluster.query, min_position=2_500) == sum(
        each.headcount for each in events_of(range(2_500)))


def test_example_client_without_events(cluster, client):
    process = client(cluster.ingest.address)
    assert process.communicate(b"", timeout=TIMEOUT_S) == (b"", b"")
    assert process.returncode == 0


def test_example_client_survives_a_crash(empty_cluster, client):
    """kill -9 during its stream: it continues, and each event is recorded once."""
    ingest = empty_cluster.add_ingest().start_on_fixed_port()
    query = empty_cluster.add_query(ingest).start()
    process = client(ingest.address)
    events = events_of(range(20_000))
    process.stdin.write(as_lines(events[:15_000]))
    process.stdin.flush()
    await_tail(ingest, 5_000)
    ingest.kill9()
    ingest.start()
    await_tail(ingest, 9_000)
    ingest.kill9()
    ingest.start()
    out, err = process.communicate(as_lines(events[15_000:]), timeout=2 * TIMEOUT_S)
    assert process.returncode == 0, err
    assert out.decode().splitlines()[-1] == "durable through position 20000"
    assert tail_of(ingest) == 20_000
    assert headcount(query, min_position=20_000) == sum(each.headcount for each in events)


def test_example_client_stops_on_a_permanent_error(cluster, client):
    """It does not retry an error that is not transient."""
    process = client(cluster.query.address)
    _, err = process.communicate(as_lines(events_of([1])), timeout=TIMEOUT_S)
    assert process.returncode != 0
    assert err
