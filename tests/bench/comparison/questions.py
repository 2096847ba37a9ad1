"""Measures dashboard queries: the query service compared with prebuilt answers and with
PostgreSQL's roll-up.

The first two are measured by query_rpc_bench, which opens the data directory of a stopped query
service and prints a line of JSON per query.
"""
import json

from comparison.processes import ToolMissing, run
from comparison.report import Row, ratio, thousands

IN_FLIGHT = 8  # concurrent requests, on both sides
LINES = 8      # four queries, each now and in the past
PREBUILT_RATIO_MIN, PAST_SLOWDOWN_MAX, GROWN_SLOWDOWN_MAX = 0.5, 2, 1.2


class Questions:
    """Keeps its measurements, to compare with them when the ledger has grown.

    `seconds` is the duration per line.
    """

    def __init__(self, binaries, seconds):
        self._program = binaries / "query_rpc_bench"
        self._seconds = seconds
        self._ratios = {}  # to prebuilt, by query and known_at, at the previous length

    def rows(self, services, postgresql, seed):
        if not self._program.exists():
            raise ToolMissing("query_rpc_bench is not built")
        # PostgreSQL is measured once: its roll-up does not grow with the ledger.
        theirs = {} if self._ratios else postgresql.query(self._seconds, IN_FLIGHT, seed)
        their_events = postgresql.count_events()
        ours = self._measure(services.query, seed)
        self._now = {line["question"]: line["requests_per_second"]
                     for line in ours if line["known_at"] == "now"}
        for line in ours:
            row = self._row(line, services.position)
            if line["known_at"] == "now" and (their := theirs.get(line["question"])):
                row.measured += (f"; PostgreSQL with {thousands(their_events)} events "
                                 f"{their['requests_per_second']:.1f} requests/s, p99 "
                                 f"{their['p99_ms']:.1f} ms")
            yield row

    def _measure(self, query, seed):
        seconds = LINES * self._seconds
        query.process.stop()
        try:
            lines = run([self._program, f"--data_dir={query.data_dir}", f"--seed={seed}",
                         f"--in_flight={IN_FLIGHT}", f"--seconds={seconds}"], 600 + 2 * seconds)
        finally:
            query.start()
        return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]

    def _row(self, line, length):
        name, known_at = line["question"], line["known_at"]
        rate = line["requests_per_second"]
        texts = [f"{thousands(rate)} requests/s, {line['ratio']:.2f} x prebuilt, "
                 f"p50 {line['p50_ms']:.2f} ms, p99 {line['p99_ms']:.2f} ms"]
        targets, reached = [f"at least {PREBUILT_RATIO_MIN} x prebuilt"], []
        reached.append(line["ratio"] >= PREBUILT_RATIO_MIN)

        def check(against, slowdown, slowdown_max):
            texts.append(f"{slowdown:.2f} x slower than {against}")
            targets.append(f"at most {slowdown_max} x slower than {against}")
            reached.append(slowdown <= slowdown_max)

        if known_at != "now" and name in self._now:
            check("now", ratio(self._now[name], rate), PAST_SLOWDOWN_MAX)
        if before := self._ratios.get((name, known_at)):
            # Relative to prebuilt answers measured at the same time, since the speed of the
            # machine may have changed.
            check("with fewer events", ratio(before, line["ratio"]), GROWN_SLOWDOWN_MAX)
        self._ratios[name, known_at] = line["ratio"]
        return Row(f"{name}, {known_at}, at {thousands(length)} events", "; ".join(texts),
                   "; ".join(targets), all(reached))
