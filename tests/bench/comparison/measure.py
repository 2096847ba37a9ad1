"""Measures the rows of the table and compares them with their targets."""
import dataclasses
import statistics
import sys

from comparison import machine, services
from comparison.postgresql import METHODS, PostgreSQL
from comparison.processes import NotMeasured, ToolMissing
from comparison.questions import Questions
from comparison.report import Row, mib, ratio, thousands

CALLERS = 64
# The seed of the events that are streamed first and again; all other seeds are used once.
FIRST_SEED = 1
INGEST_RATIO_MIN, FLAT_RATIO_MIN, UNARY_RATIO_MIN = 10, 0.8, 5
VISIBLE_P99_MS_MAX, REPLICA_RATE_MIN, RESTART_S_MAX = 10, 1_000_000, 5


@dataclasses.dataclass
class Scale:
    name: str
    events: int             # per ingest run
    runs: int               # of each side; the median counts
    probe_events: int       # to find PostgreSQL's best method
    their_seconds: float    # rough limit of a PostgreSQL run: fewer events then, in its favour
    unary_events: int
    seconds: float          # of each timed measurement
    grown: tuple[int, ...]  # lengths of the ledger at which to measure again
    limit_s: int            # for the whole comparison
    disk_bytes_min: int     # free disk space required


SCALES = {
    "smoke": Scale("smoke", 20_000, 1, 4_000, 5, 2_000, 0.2, (), 300, 2 * 2**30),
    "quick": Scale("quick", 1_000_000, 3, 100_000, 6, 30_000, 1, (), 900, 8 * 2**30),
    "full": Scale("full", 1_000_000, 5, 1_000_000, 3600, 200_000, 5,
                  (10_000_000, 100_000_000), 4 * 3600, 55 * 2**30),
}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Comparison:
    """Fills `rows`; `ingest_ratio` is NaN until it is measured."""

    def __init__(self, scale, workspace, binaries):
        self.scale = scale
        self.rows = []
        self.ingest_ratio = float("nan")
        self._workspace = workspace
        self._binaries = binaries
        self._next_seed = FIRST_SEED + 1
        self._rate = 0  # events/s of the first million
        self._services = None
        self._postgresql = None
        self._questions = Questions(binaries, scale.seconds)

    def run(self):
        self._postgresql = PostgreSQL(self._workspace, self._binaries / "postgresql_load")
        self._row("durable ingest in batches of 1,000, with a replica",
                  f"at least {INGEST_RATIO_MIN} x PostgreSQL", self._ingest)
        if not self._rate:
            raise NotMeasured(self.rows[-1].measured)
        self._row("resend of the same events", "at least as fast, none recorded",
                  self._retries)
        self._row(f"unary append, {CALLERS} callers", f"at least {UNARY_RATIO_MIN} x PostgreSQL",
                  self._unary)
        self._row("acknowledged to visible, at half the rate",
                  f"p99 at most {VISIBLE_P99_MS_MAX} ms", self._visible)
        if not self.scale.grown:
            self._query(FIRST_SEED)
        for length in self.scale.grown:
            self._grow(length)
        if self.scale.grown:
            self._row("ingest rate at that length",
                      f"at least {FLAT_RATIO_MIN} x the first", self._flat)
        self._row("replica catch-up from empty", f"at least {thousands(REPLICA_RATE_MIN)} events/s",
                  self._replica)
        self._row("replica catch-up after downtime", "serves its old position meanwhile",
                  self._downtime)
        self._row("disk, bytes per event", "reported", self._disk)
        self._row("memory", "reported", self._memory)
        self._row("restart to serving", f"at most {RESTART_S_MAX} s", self._restart)

    def _row(self, what, target, measure):
        say(f"- {what}")
        try:
            measured, reached = measure()
            self.rows.append(Row(what, measured, target, reached))
        except NotMeasured as why:
            self.rows.append(Row(what, str(why), target, missing=why))
        say(f"  {self.rows[-1].measured}")

    def _seed(self):
        self._next_seed += 1
        return self._next_seed

    # Ingest.

    def _best_methods(self):
        """PostgreSQL's two fastest methods, which a short run cannot tell apart, and the number of
        events for a full run."""
        # A first run, since later ones reuse its log files.
        self._postgresql.load("insert", self.scale.probe_events, 2)
        rates = {}
        for method, connections in METHODS:
            self._postgresql.clear()
            figures = self._postgresql.load(method, self.scale.probe_events, connections)
            rates[method, connections] = figures["events_per_second"]
        text = ", ".join(f"{method} x {connections}: {thousands(rate)}"
                         for (method, connections), rate in rates.items())
        self.rows.append(Row("PostgreSQL by method and connections",
                             f"events/s of the first {thousands(self.scale.probe_events)}: {text}",
                             "the better of the two fastest counts"))
        return (sorted(rates, key=rates.get)[-2:],
                min(self.scale.events, int(max(rates.values()) * self.scale.their_seconds)))

    def _ingest(self):
        """Runs both in alternation; keeps the last ledger and the last tables."""
        methods, their_events = self._best_methods()
        ours, theirs = [], {each: [] for each in methods}
        for number in range(self.scale.runs):
            for method, connections in methods:
                self._postgresql.clear()
                figures = self._postgresql.load(method, their_events, connections, FIRST_SEED)
                theirs[method, connections].append(figures["events_per_second"])
            if self._services:
                self._services.close()
            self._services = services.Services(self._workspace, self._binaries, f"run{number}")
            ours.append(self._services.stream(self.scale.events, FIRST_SEED)["events_per_second"])
        self._rate = statistics.median(ours)
        their_rate, (method, connections) = max(
            (statistics.median(rates), each) for each, rates in theirs.items())
        self.ingest_ratio = ratio(self._rate, their_rate)
        return (f"{thousands(self._rate)} events/s of {thousands(self.scale.events)}; PostgreSQL "
                f"{thousands(their_rate)} of {thousands(their_events)} ({method} x {connections}): "
                f"{self.ingest_ratio:.1f} x",
                self.ingest_ratio >= INGEST_RATIO_MIN)

    def _retries(self):
        again = self._services.stream(self.scale.events, FIRST_SEED, duplicate=True)
        rate = again["events_per_second"]
        return (f"{thousands(rate)} events/s, {thousands(again['duplicate'])} duplicate, "
                f"{again['recorded']} recorded: {ratio(rate, self._rate):.2f} x",
                rate >= self._rate)

    def _flat(self):
        rate = statistics.median(
            self._services.stream(self.scale.events, self._seed())["events_per_second"]
            for _ in range(self.scale.runs))
        share = ratio(rate, self._rate)
        return (f"{thousands(rate)} events/s at {thousands(self._services.position)} events: "
                f"{share:.2f} x", share >= FLAT_RATIO_MIN)

    def _unary(self):
        if not services.can_load_unary(self._binaries):
            raise ToolMissing("repatctl has no load --unary")
        seed, events = self._seed(), self.scale.unary_events
        theirs = self._postgresql.load("single", events, CALLERS, seed)
        ours = self._services.load(events, seed, "--unary", f"--callers={CALLERS}")
        share = ratio(ours["events_per_second"], theirs["events_per_second"])
        _, sync_p99_ms = machine.fdatasync_ms(self._workspace.folder)
        return (f"{thousands(ours['events_per_second'])} events/s, p99 {ours['ack_p99_ms']:.1f} ms "
                f"(fdatasync p99 {sync_p99_ms:.2f} ms); PostgreSQL "
                f"{thousands(theirs['events_per_second'])}, p99 {theirs['p99_ms']:.1f} ms: "
                f"{share:.1f} x", share >= UNARY_RATIO_MIN)

    def _visible(self):
        rate = int(self._rate / 2)
        # A new mission, nearly all of whose cells are created in the first seconds. In full runs
        # long enough for several flushes of the stores. In a separate ledger, so that the
        # measured ledger grows only by its own missions.
        events = max(services.BATCH, int(rate * 4 * self.scale.seconds))
        separate = services.Services(self._workspace, self._binaries, "visible")
        try:
            separate.stream(self.scale.events, FIRST_SEED)
            figures = separate.stream(events, self._seed(), f"--rate={rate}")
        finally:
            separate.close()
        p99_ms = figures["visible_p99_ms"]
        return (f"p50 {figures['visible_p50_ms']:.1f} ms, p99 {p99_ms:.1f} ms at "
                f"{thousands(figures['events_per_second'])} events/s "
                f"({figures['visible_samples']} samples)", p99_ms <= VISIBLE_P99_MS_MAX)

    # Growing.

    def _grow(self, length):
        say(f"- growing the ledger to {thousands(length)} events")
        missing, seed = length - self._services.position, self._seed()
        figures = self._services.stream(missing, seed)
        self.rows.append(Row(
            f"while growing to {thousands(length)} events",
            f"{thousands(figures['events_per_second'])} events/s, answers p99 "
            f"{figures['ack_p99_ms']:.1f} ms, p99.9 {figures['ack_p999_ms']:.1f} ms", "reported"))
        if length == self.scale.grown[0]:
            say("- loading as many into PostgreSQL")
            self._postgresql.clear()
            self._postgresql.load("insert", missing, 2, seed)
        self._query(seed)

    # Replicas.

    def _replica(self):
        position = self._services.position
        replica = self._services.make_replica("replica")
        try:
            replica.start()
            seconds = replica.await_caught_up(
                position, 60 + position / services.EVENTS_PER_SECOND_MIN)
        finally:
            if replica.process:
                replica.remove()
        rate = position / seconds
        return (f"{thousands(rate)} events/s, {seconds:.1f} s for {thousands(position)} events, "
                "including its start", rate >= REPLICA_RATE_MIN)

    def _downtime(self):
        """Streams events while the replica is stopped, and starts it again."""
        self._services.query.process.stop()
        self._services.stream(self.scale.events, self._seed(), verify=False)
        serving_s = self._services.query.start()
        caught_up_s = self._services.query.await_caught_up(
            self._services.position, 60 + self.scale.events / services.EVENTS_PER_SECOND_MIN)
        return (f"serves after {serving_s:.2f} s, caught up with "
                f"{thousands(self.scale.events)} events after {caught_up_s:.2f} s",
                serving_s < caught_up_s)

    def _restart(self):
        times = {}
        for how in ("stop", "kill"):
            for service in (self._services.query, self._services.ingest):
                getattr(service.process, how)()
            times[how] = self._services.restart()
        texts = {how: f"ingest {ingest:.2f} s, query {query:.2f} s"
                 for how, (ingest, query) in times.items()}
        return (f"at {thousands(self._services.position)} events: after SIGTERM {texts['stop']}; "
                f"after SIGKILL {texts['kill']}",
                max(map(max, times.values())) <= RESTART_S_MAX)

    # Disk and memory.

    def _disk(self):
        position = self._services.position
        ingest, query = (service.disk_bytes() / position
                         for service in (self._services.ingest, self._services.query))
        rows = self._postgresql.count_events()
        theirs = self._postgresql.disk_bytes() / rows
        return (f"ingest {ingest:.0f}, query {query:.0f} at {thousands(position)} events; "
                f"PostgreSQL {theirs:.0f} at {thousands(rows)}, without its WAL", None)

    def _memory(self):
        return (f"ingest {mib(self._services.ingest.resident_bytes())}, query "
                f"{mib(self._services.query.resident_bytes())} resident at "
                f"{thousands(self._services.position)} events; PostgreSQL "
                f"{mib(self._postgresql.memory_bytes())}, including its buffers", None)

    def _query(self, seed):
        """Queries of the mission of `seed`, which has most of the events."""
        say("- queries")
        before = len(self.rows)
        try:
            self.rows.extend(self._questions.rows(self._services, self._postgresql,
                                                  seed))
        except NotMeasured as why:
            self.rows.append(Row("queries", str(why), "at least 0.5 x a prebuilt answer",
                                 missing=why))
        for row in self.rows[before:]:
            say(f"  {row.what}: {row.measured}")
