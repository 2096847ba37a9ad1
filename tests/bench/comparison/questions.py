"""The questions of the table: what the query service answers, beside a prebuilt answer and beside
PostgreSQL's roll-up.

The first two come from query_rpc_bench, which opens the data directory of a stopped query service
and prints a line of JSON for each question.
"""
import json

from comparison.processes import ToolMissing, run
from comparison.report import Row, ratio, thousands

PREBUILT_RATIO_MIN, PAST_SLOWDOWN_MAX, GROWN_SLOWDOWN_MAX = 0.5, 2, 1.2


class Questions:
    """Remembers what it measured, to compare with it when the ledger has grown."""

    def __init__(self, binaries, seconds):
        self._program = binaries / "query_rpc_bench"
        self._seconds = seconds
        self._rates = {}  # requests/s by question and known_at, at the length before

    def rows(self, services, postgresql):
        if not self._program.exists():
            raise ToolMissing("query_rpc_bench is not built")
        theirs = postgresql.ask(self._seconds)
        held = postgresql.count_events()
        ours = self._ask(services.query)
        self._now = {line["question"]: line["requests_per_second"]
                     for line in ours if line["known_at"] == "now"}
        for line in ours:
            row = self._row(line, services.position)
            if line["known_at"] == "now" and (their := theirs.get(same_question(line["question"]))):
                row.measured += (f"; PostgreSQL with {thousands(held)} events "
                                 f"{their['requests_per_second']:.1f} requests/s, p99 "
                                 f"{their['p99_ms']:.1f} ms")
            yield row

    def _ask(self, query):
        query.process.stop()
        try:
            lines = run([self._program, f"--data_dir={query.data_dir}",
                         f"--seconds={self._seconds}"], 600 + 60 * self._seconds)
        finally:
            query.start()
        return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]

    def _row(self, line, length):
        name, known_at = line["question"], line["known_at"]
        rate = line["requests_per_second"]
        told = [f"{thousands(rate)} requests/s, {line['ratio']:.2f} x prebuilt, "
                f"p50 {line['p50_ms']:.2f} ms, p99 {line['p99_ms']:.2f} ms"]
        bars, reached = [f"at least {PREBUILT_RATIO_MIN} x prebuilt"], []
        reached.append(line["ratio"] >= PREBUILT_RATIO_MIN)

        def hold(against, other_rate, slowdown_max):
            slowdown = ratio(other_rate, rate)
            told.append(f"{slowdown:.2f} x slower than {against}")
            bars.append(f"at most {slowdown_max} x slower than {against}")
            reached.append(slowdown <= slowdown_max)

        if known_at != "now" and name in self._now:
            hold("now", self._now[name], PAST_SLOWDOWN_MAX)
        if before := self._rates.get((name, known_at)):
            hold("with fewer events", before, GROWN_SLOWDOWN_MAX)
        self._rates[name, known_at] = rate
        return Row(f"{name}, {known_at}, at {thousands(length)} events", "; ".join(told),
                   "; ".join(bars), all(reached))


def same_question(name):
    """What postgresql_load calls the question that query_rpc_bench calls `name`."""
    name = name.lower()
    if "timeline" in name:
        return "timeline_year_by_category" if "category" in name else "timeline_year"
    return "aggregate_by_country_category" if "country" in name else "aggregate_by_category"
