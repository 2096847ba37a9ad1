"""query_rpc_bench measures every query on the data of a stopped replica, now and in the past."""
import json
import subprocess

from harness import TIMEOUT_S, binary


def bench(cluster, *flags, status=0):
    done = subprocess.run(
        [binary("query_rpc_bench"), f"--data_dir={cluster.query.data_dir}", "--seconds=1", *flags],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=TIMEOUT_S)
    assert done.returncode == status, done.stderr
    return done


def test_measures_every_query(cluster):
    cluster.ctl("load", "--events", 2_000, "--seed", 7)
    cluster.query.stop()
    lines = [json.loads(line) for line in bench(cluster, "--seed=7").stdout.splitlines()]
    asked = [(line["question"], line["known_at"]) for line in lines]
    assert asked == [(question, known_at)
                     for question in ["aggregate_by_category", "aggregate_by_country_and_category",
                                      "timeline_year_by_day", "timeline_year_by_day_and_category"]
                     for known_at in ["now", "past"]]
    for line in lines:
        assert line["ratio"] > 0 and line["bytes"] > 100, line
        assert 0 < line["p50_ms"] <= line["p99_ms"], line
        # Both are rounded.
        assert abs(line["requests_per_second"] / line["prebuilt_per_second"] - line["ratio"]) < 0.1


def test_refuses_to_measure_empty_answers(cluster):
    cluster.ctl("load", "--events", 100, "--seed", 7)
    cluster.query.stop()
    assert "the answer has no rows" in bench(cluster, "--seed=8", status=1).stderr
