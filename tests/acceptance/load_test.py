"""`repatctl load` sends the same events for a seed and detects a wrong total."""
import csv
import io
import json

EVENTS = 20_000
LOAD = ["load", "--events", EVENTS, "--batch", 500, "--streams", 2, "--seed", 7]


def load(cluster, *arguments, status=0):
    return json.loads(cluster.ctl(*arguments, status=status).stdout.splitlines()[-1])


def test_second_run_sends_only_duplicates(cluster):
    first = load(cluster, *LOAD)
    assert (first["recorded"], first["duplicate"], first["rejected"]) == (EVENTS, 0, 0)
    assert first["events"] == EVENTS and first["verified"] is True
    assert 0 < first["ack_p50_ms"] <= first["ack_p99_ms"] <= first["ack_p999_ms"]
    assert first["visible_samples"] > 0 and first["visible_p99_ms"] > 0
    assert abs(first["events_per_second"] * first["seconds"] - EVENTS) < EVENTS / 100
    again = load(cluster, *LOAD)
    assert (again["recorded"], again["duplicate"], again["verified"]) == (0, EVENTS, True)


def test_unary_calls_from_many_callers(cluster):
    unary = ["load", "--events", 2_000, "--unary", "--callers", 64, "--seed", 7]
    first = load(cluster, *unary)
    assert (first["recorded"], first["duplicate"], first["rejected"]) == (2_000, 0, 0)
    assert (first["batch"], first["callers"], first["verified"]) == (1, 64, True)
    assert 0 < first["ack_p50_ms"] <= first["ack_p99_ms"] <= first["ack_p999_ms"]
    assert first["visible_samples"] > 0
    # The same events in other batches and over two connections.
    again = load(cluster, "load", "--events", 2_000, "--unary", "--callers", 1_500, "--batch", 3,
                 "--seed", 7)
    assert (again["recorded"], again["duplicate"], again["verified"]) == (0, 2_000, True)


def test_retries_when_over_the_call_limit(empty_cluster):
    cluster = empty_cluster.start(ingest_flags=["--calls_max=4", "--retry_delay=1ms"])
    result = load(cluster, "load", "--events", 1_000, "--unary", "--callers", 64)
    assert (result["recorded"], result["duplicate"], result["verified"]) == (1_000, 0, True)
    assert result["retried"] > 0


def test_events_cover_all_dimensions(cluster):
    load(cluster, *LOAD)
    for dimension, groups in [("category", 8), ("country", 120), ("site", 13)]:
        rows = list(csv.DictReader(io.StringIO(cluster.ctl(
            "aggregate", "--mission", "LOAD-7", "--group_by", dimension, "--format", "csv").stdout)))
        assert len(rows) == groups, f"{dimension}: {[row[dimension] for row in rows]}"
        assert sum(int(row["events"]) for row in rows) == EVENTS
    days = cluster.ctl("timeline", "--mission", "LOAD-7", "--bucket", "day", "--format", "csv")
    assert len(days.stdout.splitlines()) - 1 == 730


def test_detects_foreign_events(cluster):
    load(cluster, *LOAD)
    cluster.ctl("record", "--event_id", "another", "--mission", "LOAD-7", "--kind", "repatriation",
                "--day", "2022-01-01", "--category", "un_volunteer", "--headcount", 1)
    assert load(cluster, *LOAD, status=1)["verified"] is False
