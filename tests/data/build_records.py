#!/usr/bin/env python3
"""Builds the MINUSMA fixtures that figures are compared with.

Statements, site closures, the mandate and the one planned departure, from the
published facts in sources/. Categories are those of the schema; a statement's
figure stays as published, even if it is wrong.

Usage: build_records.py          writes the CSV files beside this script
       build_records.py --check  compares them with what would be written
"""

import csv
import io
import sys

import build_events
from build_events import MISSION, read_csv

MEASURES = {
    "baseline_strength": "baseline",
    "cumulative_departed": "departed",
    "cumulative_departed_from_camp": "departed",
    "remaining_strength": "remaining",
}
# The sources' words for people that are not categories of the schema.
CATEGORIES = {
    "military": "force",
    "police": "un_police",
    "civilian_repatriable": "civilian",
}
# "wrong" is our judgement: the claim itself had no qualifier.
QUALIFIERS_OF_CLAIMS = {"about_half": "about", "wrong": "exact"}

STATEMENT_COLUMNS = [
    "record_id", "mission", "measure", "day", "from", "category", "country",
    "site", "headcount", "female", "qualifier", "published", "source",
]
CLOSURE_COLUMNS = ["record_id", "mission", "site", "day", "source"]
MANDATE = {
    "record_id": "minusma-mandate-2690",
    "mission": MISSION,
    "resolution": "S/RES/2690 (2023)",
    "adopted": "2023-06-30",
    "drawdown_start": "2023-07-01",
    "deadline": "2023-12-31",
    "source": "https://undocs.org/S/RES/2690(2023)",
}


def record_id(*words):
    return "-".join([MISSION, *filter(None, words)]).lower().replace("é", "e")


def statement(measure, day, category, headcount, qualifier, published, source,
              country="", site="", female=""):
    return dict(
        record_id=record_id(measure, day, category, country, site, headcount),
        mission=MISSION, measure=measure, day=day, category=category,
        country=country, site=site, headcount=headcount, female=female,
        qualifier=qualifier, published=published, source=source)


def statements():
    rows = []
    for row in read_csv("reported_figures.csv"):
        if row["measure"] not in MEASURES:
            continue
        category, _, site = row["category"].partition("@")
        rows.append(statement(
            MEASURES[row["measure"]], row["as_of"],
            CATEGORIES.get(category, category), row["value"],
            QUALIFIERS_OF_CLAIMS.get(row["qualifier"], row["qualifier"]),
            row["published"], row["url"], site=site))
    # Published as a movement: valid for that day only.
    for row in read_csv("reported_movements.csv"):
        if row["kind"] == "repatriation" and row["headcount"] and \
                row["qualifier"] != "planned":
            rows.append({
                **statement("departed", row["day"], row["category"],
                            row["headcount"], row["qualifier"], "", row["url"],
                            row["country"], row["site"], row["female"]),
                "from": row["day"]})
    return sorted(rows, key=lambda row: row["day"])


def closures():
    return [
        dict(record_id=record_id("closure", row["day"], row["site"]),
             mission=MISSION, site=row["site"], day=row["day"],
             source=row["url"])
        for row in read_csv("reported_movements.csv")
        if row["kind"] == "camp_closure"]


def planned():
    """Departures that the source says are planned."""
    rows = []
    for row in read_csv("reported_movements.csv"):
        if row["qualifier"] != "planned":
            continue
        rows.append({**build_events.event(
            row["kind"], row["day"], row["category"], row["headcount"],
            row["url"], country=row["country"], site=row["site"]),
            "status": "planned"})
        rows[-1]["event_id"] += "-planned"
    return rows


def as_csv(columns, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def outputs():
    """Text of each file that this script writes, by file name."""
    return {
        "minusma_statements.csv": as_csv(STATEMENT_COLUMNS, statements()),
        "minusma_site_closures.csv": as_csv(CLOSURE_COLUMNS, closures()),
        "minusma_mandate.csv": as_csv(list(MANDATE), [MANDATE]),
        "minusma_planned.csv": as_csv(
            [*build_events.COLUMNS, "status"], planned()),
    }


if __name__ == "__main__":
    sys.exit(build_events.run(outputs(), __doc__))
