"""Renders the results of a comparison."""
import dataclasses

from comparison import postgresql, services
from comparison.processes import NotMeasured


@dataclasses.dataclass
class Row:
    what: str
    measured: str
    target: str
    reached: bool | None = None  # None: there is no target
    missing: NotMeasured | None = None  # why it was not measured

    @property
    def verdict(self):
        if self.missing:
            return "not measured"
        return {True: "yes", False: "no", None: "-"}[self.reached]


HEADINGS = ("what", "measured", "target", "met")


def cells(row, judged):
    verdict = row.verdict if judged or row.missing else "-"
    return (row.what, row.measured.replace("\n", " "), row.target, verdict)


def table(rows, judged):
    """A Markdown table, aligned for a terminal."""
    lines = [HEADINGS, *(cells(row, judged) for row in rows)]
    lines = [[cell.replace("|", "/") for cell in line] for line in lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    lines.insert(1, ["-" * width for width in widths])
    padded = ([cell.ljust(width) for cell, width in zip(line, widths)] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def ratio(ours, theirs):
    return ours / theirs if theirs else float("inf")


def thousands(number):
    return f"{number:,.0f}"


def mib(number):
    return f"{number / 2**20:,.0f} MiB"


def results_page(scale, machine_lines, rows, last_line):
    """The text of RESULTS.md."""
    settings = postgresql.settings("FOLDER")
    return "\n".join([
        "# Results", "",
        f"Written by `tests/bench/compare --{scale} --results FILE`. Services, clients and",
        "PostgreSQL share the machine; only one side runs at a time.",
        "", "## Machine", "", "| what | which |", "| --- | --- |",
        *(f"| {what} | {value} |" for what, value in machine_lines),
        "", "## Table", "", table(rows, scale != "smoke"), "", f"`{last_line}`", "",
        "Where our time goes, and why a target is missed, is in",
        "[docs/performance.md](../../docs/performance.md#where-the-time-goes).", "",
        "## How the two are set up", "",
        f"Ours: both services with their defaults; `repatctl load` with {services.STREAMS} streams",
        f"and batches of {services.BATCH:,}; a replica follows.",
        "", "PostgreSQL: one table of events with the id as primary key, one of totals by day,",
        "country, category, site, kind and mission. One statement inserts a batch with",
        "`ON CONFLICT DO NOTHING` and adds the rows actually inserted to the totals. Parameters",
        "and COPY use the binary format, statements are prepared, and several batches are in flight.",
        "It stores less than the ledger does: no position, no hash, no history of corrections, no",
        "`known_at`, no replica; and it does not detect an id that is resent with other content.",
        "", "| setting | value | why |", "| --- | --- | --- |",
        *(f"| `{name}` | `{value}` | {why} |" for name, value, why in settings), ""])
