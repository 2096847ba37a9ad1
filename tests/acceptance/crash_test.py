"""kill -9 during an import loses no event, duplicates none and leaves one history."""
import collections
import csv
import io
import re
import subprocess
import threading

import pytest

from harness import (TIMEOUT_S, all_events, await_tail, cluster_running, csv_text,
                     generated_rows, header_of, tail_of, v1)

ROWS = generated_rows(60_000)
# Rows sent only after the last kill, so that every kill hits a running import.
HELD_BACK = 10_000
KILL_AT = [2_000, 13_000, 26_000, 40_000]
GROUPINGS = [("mission", "kind"), ("country", "category"), ("site", "destination_site", "unit")]


class Import:
    """repatctl import with stdin from the test. Small batches give many commits to interrupt."""

    def __init__(self, cluster):
        text = csv_text(ROWS)
        cut = text.index(ROWS[-HELD_BACK]["event_id"])
        self._parts = [text[:cut].encode(), text[cut:].encode()]
        self._release = threading.Event()
        self._process = subprocess.Popen(
            cluster.ctl_command("import", "-", "--batch", 100),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()

    def _feed(self):
        try:
            self._process.stdin.write(self._parts[0])
            self._process.stdin.flush()
            if self._release.wait(4 * TIMEOUT_S):
                self._process.stdin.write(self._parts[1])
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # It ended early; finish() reports how.

    def finish(self):
        """Sends the rest; returns (recorded, duplicate) when all is acknowledged."""
        self._release.set()
        self._feeder.join()
        out = self._process.stdout.read().decode()
        err = self._process.stderr.read().decode()
        status = self._process.wait(TIMEOUT_S)
        assert status == 0, f"import ended with {status}: {out}{err}"
        counts = re.fullmatch(r"recorded (\d+), duplicate (\d+), rejected 0\n", out)
        assert counts, f"import ended with {out!r} {err!r}"
        return int(counts[1]), int(counts[2])

    def abandon(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._release.set()
        self._feeder.join()
        for pipe in (self._process.stdout, self._process.stderr):
            pipe.close()


@pytest.fixture
def importing(empty_cluster):
    """A cluster on fixed ports, and a running import into it."""
    empty_cluster.add_ingest().start_on_fixed_port()
    empty_cluster.add_query(empty_cluster.ingest).start_on_fixed_port()
    run = Import(empty_cluster)
    yield empty_cluster, run
    run.abandon()


def records_of(query):
    return [(record.position, record.event) for record in all_events(query)]


@pytest.fixture(scope="module")
def reference():
    """The events after an import of the same rows without a crash."""
    with cluster_running() as cluster:
        path = cluster.write("rows.csv", csv_text(ROWS))
        done = cluster.ctl("import", path, "--wait")
        assert done.stdout == f"recorded {len(ROWS)}, duplicate 0, rejected 0\n"
        return records_of(cluster.query)


def expected_sums(columns):
    sums = collections.defaultdict(lambda: [0, 0])
    for row in ROWS:
        cell = sums[tuple(row[name] or "unspecified" for name in columns)]
        cell[0] += int(row["headcount"])
        cell[1] += 1
    return {key: tuple(value) for key, value in sums.items()}


def recovered_position(service):
    """The last position when its data was last opened, from the log."""
    return int(re.findall(r"ends at position (\d+), hash", "\n".join(service.log_lines()))[-1])


def assert_complete_without_duplicates(cluster, reference):
    position = tail_of(cluster.ingest)
    assert position == len(ROWS)
    header = header_of(cluster.query, position)
    for columns in GROUPINGS:
        text = cluster.ctl("aggregate", "--kind", "all", "--group_by", ",".join(columns),
                           "--format", "csv").stdout
        got = {tuple(row[name] for name in columns): (int(row["headcount"]), int(row["events"]))
               for row in csv.DictReader(io.StringIO(text))}
        assert got == expected_sums(columns), columns
    records = records_of(cluster.query)
    ids = collections.Counter(event.event_id for _, event in records)
    assert ids == collections.Counter(row["event_id"] for row in ROWS)
    assert records == reference
    rebuilt = cluster.add_query(cluster.ingest, name="rebuilt").start()
    again = header_of(rebuilt, position)
    assert (again.applied_position, again.applied_hash, again.ledger_id) == (
        header.applied_position, header.applied_hash, header.ledger_id)


def kill_ingest(cluster, at):
    """Kills it once the ledger has reached `at`, and restarts it."""
    seen = await_tail(cluster.ingest, at)
    cluster.ingest.kill9()
    cluster.ingest.start()
    recovered = recovered_position(cluster.ingest)
    # The feed sends only what is durable.
    assert seen <= recovered < len(ROWS), f"the feed had sent {seen}"


def kill_query(cluster, at):
    seen = header_of(cluster.query, at).applied_position
    cluster.query.kill9()
    cluster.query.start()
    assert seen <= recovered_position(cluster.query) < len(ROWS)


def test_kill_ingest(importing, reference):
    cluster, run = importing
    for at in KILL_AT:
        kill_ingest(cluster, at)
    recorded, duplicate = run.finish()
    assert recorded + duplicate == len(ROWS)
    assert_complete_without_duplicates(cluster, reference)


def test_kill_query(importing, reference):
    cluster, run = importing
    for at in KILL_AT:
        kill_query(cluster, at)
    assert run.finish() == (len(ROWS), 0)
    assert_complete_without_duplicates(cluster, reference)


def test_kill_both(importing, reference):
    cluster, run = importing
    for at in KILL_AT:
        seen = await_tail(cluster.ingest, at)
        cluster.ingest.kill9()
        cluster.query.kill9()
        # The replica first: it has to connect once the ledger is up.
        cluster.query.start()
        cluster.ingest.start()
        assert seen <= recovered_position(cluster.ingest) < len(ROWS)
    recorded, duplicate = run.finish()
    assert recorded + duplicate == len(ROWS)
    assert_complete_without_duplicates(cluster, reference)


def test_kill_after_acknowledgement(empty_cluster):
    """An acknowledged position survives an immediate crash."""
    ingest = empty_cluster.add_ingest().start()
    stub = v1.IngestServiceStub(ingest.channel)
    rows = [v1.Event(event_id=f"acknowledged-{n}", mission="MINUSMA", kind=v1.KIND_ARRIVAL,
                     day="2023-01-01", category=v1.CATEGORY_UN_VOLUNTEER, headcount=n + 1)
            for n in range(10)]
    for position, event in enumerate(rows, 1):
        request = v1.AppendEventsRequest(submissions=[v1.Submission(event=event)])
        stub = v1.IngestServiceStub(ingest.channel)
        assert list(stub.AppendEvents(request, timeout=TIMEOUT_S).result.positions) == [position]
        ingest.kill9()
        ingest.start()
        assert recovered_position(ingest) == position
