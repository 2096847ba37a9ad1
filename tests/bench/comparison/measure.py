"""Measures the rows of the table, each with the bar that it is held to."""
import dataclasses
import statistics
import sys

from comparison import machine, services
from comparison.postgresql import METHODS, PostgreSQL
from comparison.processes import NotMeasured, ToolMissing
from comparison.questions import Questions
from comparison.report import Row, mib, ratio, thousands

CALLERS = 64
# Seeds: what is streamed first, and again; the others are never the same twice.
FIRST_SEED = 1
INGEST_RATIO_MIN, FLAT_RATIO_MIN, UNARY_RATIO_MIN = 10, 0.8, 5
VISIBLE_P99_MS_MAX, REPLICA_RATE_MIN, RESTART_S_MAX = 10, 1_000_000, 5


@dataclasses.dataclass
class Scale:
    name: str
    events: int             # of a run of ingest
    runs: int               # of each side, of which the median counts
    probe_events: int       # to find PostgreSQL's best method with
    their_seconds: float    # of a run of PostgreSQL, about; of fewer events then, to its advantage
    unary_events: int
    seconds: float          # of each measurement that goes on for a time
    grown: tuple[int, ...]  # lengths of the ledger at which to measure again
    limit_s: int            # of the whole comparison
    disk_bytes_min: int     # free, before it starts


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
        self._row("durable ingest, batches of 1,000, replica following",
                  f"at least {INGEST_RATIO_MIN} x PostgreSQL", self._ingest)
        if not self._rate:
            raise NotMeasured(self.rows[-1].measured)
        self._row("the same events streamed again", "at least as fast, none recorded",
                  self._retries)
        self._row(f"unary append, {CALLERS} callers", f"at least {UNARY_RATIO_MIN} x PostgreSQL",
                  self._unary)
        self._row("acknowledged to answerable, at half the rate",
                  f"p99 at most {VISIBLE_P99_MS_MAX} ms", self._visible)
        if not self.scale.grown:
            self._ask(FIRST_SEED)
        for length in self.scale.grown:
            self._grow(length)
        if self.scale.grown:
            self._row("the rate of ingest with that many events there",
                      f"at least {FLAT_RATIO_MIN} x the first", self._flat)
        self._row("a replica from empty", f"at least {thousands(REPLICA_RATE_MIN)} events/s",
                  self._replica)
        self._row("a replica that was away", "serves its old position meanwhile", self._absence)
        self._row("disk, bytes an event", "reported", self._disk)
        self._row("memory", "reported", self._memory)
        self._row("restart to serving", f"at most {RESTART_S_MAX} s", self._restart)

    def _row(self, what, bar, measure):
        say(f"- {what}")
        try:
            measured, reached = measure()
            self.rows.append(Row(what, measured, bar, reached))
        except NotMeasured as why:
            self.rows.append(Row(what, str(why), bar, missing=why))
        say(f"  {self.rows[-1].measured}")

    def _seed(self):
        self._next_seed += 1
        return self._next_seed

    # Ingest.

    def _best_methods(self):
        """PostgreSQL's two fastest ways in, which are too close for a short run to tell apart, and
        of how many events a run at length may be."""
        # Log files that a first run has written are there to be used again.
        self._postgresql.load("insert", self.scale.probe_events, 2)
        rates = {}
        for method, connections in METHODS:
            self._postgresql.clear()
            figures = self._postgresql.load(method, self.scale.probe_events, connections)
            rates[method, connections] = figures["events_per_second"]
        told = ", ".join(f"{method} x {connections}: {thousands(rate)}"
                         for (method, connections), rate in rates.items())
        self.rows.append(Row("PostgreSQL by method and connections",
                             f"events/s of the first {thousands(self.scale.probe_events)}: {told}",
                             "the best counts, of two run at length"))
        return (sorted(rates, key=rates.get)[-2:],
                min(self.scale.events, int(max(rates.values()) * self.scale.their_seconds)))

    def _ingest(self):
        """Runs of both by turns; the last ledger and the last tables stay."""
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
            raise ToolMissing("this repatctl has no load --unary")
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
        # Of a mission that is new, nearly all of whose cells come in the first seconds. Where there
        # is time for it, long enough for several of the stores' flushes; so in a ledger apart, as
        # those that follow are to grow by their own missions.
        events = max(services.BATCH, int(rate * 4 * self.scale.seconds))
        apart = services.Services(self._workspace, self._binaries, "visible")
        try:
            apart.stream(self.scale.events, FIRST_SEED)
            figures = apart.stream(events, self._seed(), f"--rate={rate}")
        finally:
            apart.close()
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
            f"on the way to {thousands(length)} events",
            f"{thousands(figures['events_per_second'])} events/s, answers p99 "
            f"{figures['ack_p99_ms']:.1f} ms, p99.9 {figures['ack_p999_ms']:.1f} ms", "reported"))
        if length == self.scale.grown[0]:
            say("- as many into PostgreSQL")
            self._postgresql.clear()
            self._postgresql.load("insert", missing, 2, seed)
        self._ask(seed)

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
                "its start included", rate >= REPLICA_RATE_MIN)

    def _absence(self):
        """Events come in while the replica is stopped; then it starts on its old copy."""
        self._services.query.process.stop()
        self._services.stream(self.scale.events, self._seed(), verify=False)
        serving_s = self._services.query.start()
        caught_up_s = self._services.query.await_caught_up(
            self._services.position, 60 + self.scale.events / services.EVENTS_PER_SECOND_MIN)
        return (f"serves after {serving_s:.2f} s, has caught up with "
                f"{thousands(self.scale.events)} events after {caught_up_s:.2f} s",
                serving_s < caught_up_s)

    def _restart(self):
        times = {}
        for how in ("stop", "kill"):
            for service in (self._services.query, self._services.ingest):
                getattr(service.process, how)()
            times[how] = self._services.restart()
        told = {how: f"ingest {ingest:.2f} s, query {query:.2f} s"
                for how, (ingest, query) in times.items()}
        return (f"at {thousands(self._services.position)} events after a stop {told['stop']}; "
                f"after kill -9 {told['kill']}",
                max(map(max, times.values())) <= RESTART_S_MAX)

    # What it takes.

    def _disk(self):
        position = self._services.position
        ingest, query = (service.disk_bytes() / position
                         for service in (self._services.ingest, self._services.query))
        rows = self._postgresql.count_events()
        theirs = self._postgresql.disk_bytes() / rows
        return (f"ingest {ingest:.0f}, query {query:.0f} at {thousands(position)} events; "
                f"PostgreSQL {theirs:.0f} at {thousands(rows)}, without its log", None)

    def _memory(self):
        return (f"ingest {mib(self._services.ingest.resident_bytes())}, query "
                f"{mib(self._services.query.resident_bytes())} resident at "
                f"{thousands(self._services.position)} events; PostgreSQL "
                f"{mib(self._postgresql.memory_bytes())}, its buffers included", None)

    def _ask(self, seed):
        """Of the mission of `seed`, which holds most of the ledger."""
        say("- questions")
        before = len(self.rows)
        try:
            self.rows.extend(self._questions.rows(self._services, self._postgresql,
                                                  seed))
        except NotMeasured as why:
            self.rows.append(Row("questions", str(why), "at least 0.5 x a prebuilt answer",
                                 missing=why))
        for row in self.rows[before:]:
            say(f"  {row.what}: {row.measured}")
