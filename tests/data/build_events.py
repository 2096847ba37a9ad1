#!/usr/bin/env python3
"""Builds the MINUSMA event fixtures from the published facts in sources/.

Basis: the monthly strength tables of 30 June to 31 December 2023, as the
change of each cell (country, category) in each period. The tables determine
the category totals at the end of every period; a month's decrease has no day,
so its row gets the period's last day.

1. A reported repatriation is subtracted from its cell; the rest of the cell is
   a separate row. If the source calls the movement the contingent's last, that
   rest is dated one day earlier.
2. An increase is not a repatriation. It is subtracted from the largest rows of
   the same category and period that have no reported part, so that the category
   total is the net decrease in the tables and the mission's figures.
3. There is no table for September. Departures by 27 September are those of the
   press release, less those counted by then: one row per category, country
   unknown. The rest of the decrease to 31 October is again one row per category,
   because no source says whose people left before the 28th.
4. Civilians are in no table: the press release has the first part, the figure
   of 1 December the rest.

Fields that are not from the source are listed after the word "synthetic" in
`source`.

Usage: build_events.py          writes the two CSV files beside this script
       build_events.py --check  compares them with what would be written
"""

import argparse
import collections
import csv
import datetime
import difflib
import io
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "sources"

MISSION = "MINUSMA"
COLUMNS = [
    "event_id", "mission", "kind", "day", "category", "country", "site",
    "destination_site", "unit", "headcount", "female", "movement_ref",
    "source", "qualifier",
]
# In the order of the tables; the value is the word used in event ids.
TABLE_CATEGORIES = {
    "contingent_troops": "troops",
    "military_staff_officer": "staff",
    "individual_police_officer": "ipo",
    "formed_police_unit": "fpu",
}
CIVILIAN_CATEGORIES = {"international_staff": "intl", "un_volunteer": "unv"}
CATEGORY_WORDS = {**TABLE_CATEGORIES, **CIVILIAN_CATEGORIES}
QUALIFIERS = ("exact", "about", "nearly", "more_than", "less_than")

RELEASE_DAY = "2023-09-27"
STATEMENT_DAY = "2023-12-01"
# The period without a September table.
GAP = ("2023-08-31", "2023-10-31")
# Cells of the gap that keep their country and are dated 31 October: Nepal's
# remaining strength is checked to the end of the year.
OCTOBER_CELLS = {("NPL", "military_staff_officer")}

# Decrease of one country and category in one period (negative: increase); female
# is "" if not known.
Cell = collections.namedtuple("Cell", "country category fall female")


def read_csv(name):
    with open(SOURCES / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def event(kind, day, category, headcount, source, derived="", synthetic="",
          country="", site="", destination_site="", unit="", female="",
          qualifier=""):
    """One CSV row; its id has the day, the place or category, and the count.

    `derived` says how the row was computed from `source`, `synthetic` which of
    its fields are not from the source.
    """
    places = [site, destination_site] if site else [CATEGORY_WORDS[category]]
    words = [MISSION, day, country or "unknown", *filter(None, places),
             str(headcount)]
    remarks = [derived, synthetic and f"synthetic: {synthetic}"]
    if any(remarks):
        source += f" ({'; '.join(filter(None, remarks))})"
    return dict(
        event_id="-".join(words).lower(), mission=MISSION, kind=kind, day=day,
        category=category, country=country, site=site,
        destination_site=destination_site, unit=unit, headcount=headcount,
        female=female, movement_ref="", source=source, qualifier=qualifier)


def reported(kind):
    """Published movements of one kind, as (fact, event) pairs."""
    pairs = []
    for fact in read_csv("reported_movements.csv"):
        if fact["kind"] != kind or fact["used"] != "yes":
            continue
        known = fact["qualifier"] in QUALIFIERS
        pairs.append((fact, event(
            kind, fact["day"], fact["category"], int(fact["headcount"]),
            fact["url"], synthetic=fact["synthetic"],
            country=fact["country"], site=fact["site"],
            destination_site=fact["destination_site"], unit=fact["unit"],
            female=fact["female"],
            qualifier=fact["qualifier"] if known else "")))
    return pairs


def figure(day, category):
    """Headcount departed by `day` as published, with its URL."""
    for row in read_csv("reported_figures.csv"):
        if (row["as_of"], row["measure"], row["category"]) == (
                day, "cumulative_departed", category):
            return int(row["value"]), row["url"]
    raise KeyError(f"no figure for {category} on {day}")


def cells_by_period():
    """Net change of each cell, by period in order; a decrease is positive."""
    periods = collections.defaultdict(list)
    for row in read_csv("net_changes.csv"):
        fall, men, women = (
            -int(row[name])
            for name in ("delta_total", "delta_male", "delta_female"))
        if fall == 0:
            continue
        # If one sex increased and the other decreased, the women who left are
        # unknown.
        female = women if men >= 0 and women >= 0 else ""
        periods[row["period_start"], row["period_end"]].append(
            Cell(row["country"], row["category"], fall, female))
    return dict(sorted(periods.items()))


def reported_in(cell, period, movements):
    """Movements in a cell: after the period's start and by its end."""
    return [(fact, row) for fact, row in movements
            if (row["country"], row["category"]) == (cell.country, cell.category)
            and period[0] < row["day"] <= period[1]]


def tables(period):
    return f"UN monthly strength tables {period[0]} to {period[1]}"


def day_before(day):
    return str(datetime.date.fromisoformat(day) - datetime.timedelta(days=1))


def rest_of_cell(cell, period, pairs):
    """The decrease beyond the reported movements; None if there is none."""
    rest = cell.fall - sum(row["headcount"] for _, row in pairs)
    if rest < 0:
        raise ValueError(f"more reported than the decrease: {cell} in {period}")
    if rest == 0:
        return None
    parts = ", ".join(
        f"{row['headcount']} reported on {row['day']}" for _, row in pairs)
    last = [row["day"] for fact, row in pairs
            if fact["last_of_contingent"] == "yes"]
    derived = f"{cell.fall} less {parts}"
    if last:
        derived += " as the contingent's last"
    return event("repatriation", day_before(min(last)) if last else period[1],
                 cell.category, rest, tables(period), derived, "day",
                 cell.country)


def set_off(falls, rises):
    """Subtracts the increases of one category from its largest decreases.

    Returns (cell, headcount left) pairs in the order of `falls`.
    """
    left = [cell.fall for cell in falls]
    risen = sum(-cell.fall for cell in rises)
    for i in sorted(range(len(falls)), key=lambda i: (-left[i], falls[i])):
        taken = min(risen, left[i])
        left[i] -= taken
        risen -= taken
    if risen:
        raise ValueError(f"increases exceed the decreases: {rises}")
    return list(zip(falls, left))


def row_of_cell(cell, headcount, period, rises):
    """Row of a cell without a reported part."""
    if headcount == cell.fall:
        return event("repatriation", period[1], cell.category, headcount,
                     tables(period), synthetic="day", country=cell.country,
                     female=cell.female)
    against = ", ".join(f"{-rise.fall} of {rise.country}" for rise in rises)
    return event(
        "repatriation", period[1], cell.category, headcount, tables(period),
        f"{cell.fall} less {cell.fall - headcount} set off against the rise of"
        f" {against}", "day and the country that bears the rise", cell.country)


def period_rows(period, cells, movements):
    """Rows of a period with a table at both ends, without reported movements."""
    rows = []
    for category in TABLE_CATEGORIES:
        plain, rises = [], []
        for cell in cells:
            if cell.category != category:
                continue
            pairs = reported_in(cell, period, movements)
            if pairs:
                rows.append(rest_of_cell(cell, period, pairs))
            else:
                (plain if cell.fall > 0 else rises).append(cell)
        rows += [row_of_cell(cell, left, period, rises)
                 for cell, left in set_off(plain, rises) if left]
    return [row for row in rows if row]


def gap_country_rows(cells, movements):
    """Rows of the gap with a known country, without reported movements."""
    rows = []
    for cell in cells:
        pairs = reported_in(cell, GAP, movements)
        if pairs and pairs[0][0]["last_of_contingent"] == "yes":
            rows.append(rest_of_cell(cell, GAP, pairs))
        elif (cell.country, cell.category) in OCTOBER_CELLS:
            rows.append(row_of_cell(cell, cell.fall, GAP, []))
    return [row for row in rows if row]


def counted(rows, category, day):
    return sum(row["headcount"] for row in rows
               if row["category"] == category and row["day"] <= day)


def gap_unknown_rows(rows, fallen):
    """Rows without a country: to 27 September, then to 31 October.

    `rows` are all rows counted elsewhere, `fallen` the net decrease of each
    category from 30 June to the end of the gap.
    """
    unknown = []
    for category in TABLE_CATEGORIES:
        total, url = figure(RELEASE_DAY, category)
        september = total - counted(rows, category, RELEASE_DAY)
        october = fallen[category] - counted(rows, category, GAP[1]) - september
        unknown.append(event(
            "repatriation", RELEASE_DAY, category, september, url,
            f"{total} less the category's other rows by then", "day"))
        unknown.append(event(
            "repatriation", GAP[1], category, october, tables(GAP),
            "fall since 2023-06-30 less the category's other rows by then",
            "day"))
    return unknown


def civilian_rows():
    rows = []
    for category in CIVILIAN_CATEGORIES:
        headcount, url = figure(RELEASE_DAY, category)
        rows.append(event("repatriation", RELEASE_DAY, category, headcount,
                          url, synthetic="day", qualifier="exact"))
    total, url = figure(STATEMENT_DAY, "civilian")
    rest = total - sum(row["headcount"] for row in rows)
    rows.append(event("repatriation", STATEMENT_DAY, "international_staff",
                      rest, url, f"{total} less what left by {RELEASE_DAY}",
                      "day and category: a part may be volunteers"))
    return rows


def repatriations():
    movements = reported("repatriation")
    rows = [row for _, row in movements]
    fallen = collections.Counter()
    for period, cells in cells_by_period().items():
        if period[1] <= GAP[1]:
            for cell in cells:
                fallen[cell.category] += cell.fall
        if period == GAP:
            rows += gap_country_rows(cells, movements)
        else:
            rows += period_rows(period, cells, movements)
    rows += gap_unknown_rows(rows, fallen)
    return rows + civilian_rows()


def as_csv(rows):
    order = list(CATEGORY_WORDS)
    rows = sorted(rows, key=lambda row: (
        row["day"], order.index(row["category"]), row["event_id"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def outputs():
    """Text of each file that this script writes, by file name."""
    relocations = [row for _, row in reported("relocation")]
    return {
        "minusma_repatriations.csv": as_csv(repatriations()),
        "minusma_movements_other.csv": as_csv(relocations),
    }


def check(texts):
    """Prints the lines that differ; returns whether there are none."""
    same = True
    for name, text in texts.items():
        path = HERE / name
        committed = path.read_bytes().decode("utf-8") if path.exists() else ""
        if committed == text:
            continue
        same = False
        # Line endings are compared too.
        for line in difflib.unified_diff(
                committed.split("\n"), text.split("\n"), name,
                f"{name} (regenerated)", n=0, lineterm=""):
            print(line)
    return same


def run(texts, description):
    """Writes or checks `texts`, depending on the flags; returns the exit status."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--check", action="store_true",
                        help="compare with the files, write nothing")
    if parser.parse_args().check:
        return 0 if check(texts) else 1
    for name, text in texts.items():
        (HERE / name).write_bytes(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(run(outputs(), __doc__))
