"""Figures, verdicts and conflicts from the real records match those of their sources.

The expected values are from the published sources listed in tests/data/README.md.
"""
import csv
import io
import json

import pytest

from harness import DATA, cluster_running

RECORDS = [("mandate", "minusma_mandate.csv", 1),
           ("strength", "minusma_strength_monthly.csv", 595),
           ("event", "minusma_repatriations.csv", 202),
           ("event", "minusma_movements_other.csv", 4),
           ("event", "minusma_planned.csv", 1),
           ("site_closure", "minusma_site_closures.csv", 12),
           ("statement", "minusma_statements.csv", 37)]


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def minusma():
    """Services with every real record."""
    with cluster_running() as cluster:
        for kind, file, count in RECORDS:
            done = cluster.ctl("import", "--as", kind, DATA / file, "--wait")
            assert done.stdout == f"recorded {count}, duplicate 0, rejected 0\n", file
        yield cluster


def drawdown(cluster, *flags):
    return read_csv(cluster.ctl("drawdown", "MINUSMA", "--format", "csv", *flags).stdout)


def answer(cluster, *command):
    return json.loads(cluster.ctl(*command, "--format", "json").stdout)


def verdicts(cluster):
    rows = read_csv(cluster.ctl("reconcile", "MINUSMA", "--format", "csv").stdout)
    return {row["statement"]: row for row in rows}


@pytest.mark.parametrize("file", RECORDS, ids=lambda record: record[1])
def test_importing_twice_changes_nothing(minusma, file):
    kind, name, count = file
    done = minusma.ctl("import", "--as", kind, DATA / name)
    assert done.stdout == f"recorded 0, duplicate {count}, rejected 0\n"


def test_real_records_are_not_quarantined(minusma):
    assert read_csv(minusma.ctl("quarantine", "list", "--format", "csv").stdout) == []


def test_tables_and_events_agree_on_the_remaining_strength(minusma):
    """12,895 on 30 June less 3,215 on 30 November is 9,680; 616 remained on 31 December."""
    for day, departed, remaining in [("2023-11-30", 9680, 3215), ("2023-12-31", 12279, 616)]:
        (row,) = drawdown(minusma, "--as_of", day)
        assert list(row) == ["baseline", "departed", "arrived", "separated", "died", "remaining"]
        assert row == {"baseline": "12895", "departed": str(departed), "arrived": "0",
                       "separated": "0", "died": "0", "remaining": str(remaining)}


def test_the_release_by_category(minusma):
    rows = drawdown(minusma, "--as_of", "2023-09-27", "--group_by", "category")
    assert {row["category"]: int(row["departed"]) for row in rows} == {
        "military_staff_officer": 97, "contingent_troops": 2583,
        "individual_police_officer": 184, "formed_police_unit": 412}
    for row in rows:
        assert int(row["baseline"]) - int(row["departed"]) == int(row["remaining"]), row


def test_sixteen_nepalese_remained(minusma):
    (row,) = drawdown(minusma, "--as_of", "2023-12-31", "--country", "NPL")
    assert row["remaining"] == "16"


def test_bangladeshi_police_in_events_and_tables(minusma):
    """125 left on 25 August, 33 of them women; August's table shows the same two numbers."""
    row = verdicts(minusma)["minusma-departed-2023-08-25-formed_police_unit-bgd-goundam-125"]
    assert (row["recorded"], row["difference"], row["verdict"]) == ("125", "0", "agrees")
    reconciled = answer(minusma, "reconcile", "MINUSMA")["reconciliations"]
    (stated,) = [one for one in reconciled
                 if one["statement"].get("female") and one["statement"]["country"] == "BGD"]
    assert (stated["statement"]["female"], int(stated["recorded_female"])) == (33, 33)
    strength = {}
    with open(DATA / "minusma_strength_monthly.csv", newline="") as file:
        for table in csv.DictReader(file):
            if (table["isocode3"], table["personnel_type"]) == ("BGD", "Formed Police Units"):
                strength[table["as_of"]] = (int(table["total"]), int(table["female_personnel"]))
    july, august = strength["2023-07-31"], strength["2023-08-31"]
    assert (july[0] - august[0], july[1] - august[1]) == (125, 33)


def test_statements_that_agree(minusma):
    rows = verdicts(minusma)
    for statement, recorded in [("minusma-departed-2023-09-27-uniformed-3276", 3276),
                                ("minusma-departed-2023-09-27-force-2680", 2680),
                                ("minusma-departed-2023-09-27-un_police-596", 596),
                                ("minusma-departed-2023-09-27-civilian-91", 91),
                                ("minusma-departed-2023-09-27-all-3367", 3367),
                                ("minusma-departed-2023-12-01-uniformed-9680", 9680)]:
        row = rows[statement]
        assert (row["verdict"], row["recorded"]) == ("agrees", str(recorded)), row


def test_9680_agrees_with_the_tables_too(minusma):
    reconciled = answer(minusma, "reconcile", "MINUSMA")["reconciliations"]
    (stated,) = [one for one in reconciled if one["statement"]["headcount"] == 9680]
    assert int(stated["recorded_by_strength"]) == 12895 - 3215
    assert int(stated["recorded_by_events"]) == 9680


def test_mislabelled_10040(minusma):
    row = verdicts(minusma)["minusma-remaining-2023-12-01-all-10040"]
    assert row["verdict"] == "wrong_measure"
    reconciled = answer(minusma, "reconcile", "MINUSMA")["reconciliations"]
    (stated,) = [one for one in reconciled if one["statement"]["headcount"] == 10040]
    assert "the number equals departed" in stated["explanation"]


def test_conflicts(minusma):
    conflicts = answer(minusma, "reconcile", "MINUSMA")["conflicts"]
    by_kind = {}
    for conflict in conflicts:
        kind = conflict["kind"].removeprefix("CONFLICT_KIND_").lower()
        by_kind.setdefault(kind, []).append(conflict["description"])
    (uniformed,) = [text for text in by_kind["baselines"] if "uniformed" in text]
    assert all(figure in uniformed for figure in ("12,895", "12,944", "12,947")), uniformed
    (senegal,) = by_kind["event_days"]
    assert "116" in senegal and "2023-09-16" in senegal and "2023-09-20" in senegal, senegal
    (goundam,) = [text for text in by_kind["site_closures"] if "Goundam" in text]
    assert "2023-08-15" in goundam and "2023-08-16" in goundam, goundam


def test_evidence_of_each_agreeing_figure(minusma):
    """The events behind a recorded figure add up to it."""
    checked = 0
    for stated in answer(minusma, "reconcile", "MINUSMA")["reconciliations"]:
        if not stated.get("events_page_token") or stated["verdict"] != "VERDICT_AGREES":
            continue
        where = stated["events_filter"]
        flags = ["--mission", "MINUSMA", "--kind", "repatriation", "--status", "actual",
                 "--to", where["days"]["to"]]
        for name, flag in [("categories", "--category"), ("countries", "--country"),
                           ("sites", "--site")]:
            for value in where.get(name, []):
                flags += [flag, value.removeprefix("CATEGORY_").lower() if name == "categories"
                          else value]
        if where["days"].get("from"):
            flags += ["--from", where["days"]["from"]]
        events = read_csv(minusma.ctl("events", "--format", "csv", *flags).stdout)
        assert sum(int(event["headcount"]) for event in events) == int(
            stated["recorded_by_events"]), stated
        checked += 1
    assert checked > 10


def test_other_baselines_can_be_chosen(minusma, tmp_path):
    """A second series of strength reports is listed in the answer, and used on request."""
    table = tmp_path / "stated.csv"
    table.write_text("record_id,mission,series,as_of,category,headcount\n"
                     "stated-12947,MINUSMA,mission-statement,2023-06-30,uniformed,12947\n")
    done = minusma.ctl("import", "--as", "strength", table, "--wait")
    assert done.stdout == "recorded 1, duplicate 0, rejected 0\n"
    progress = answer(minusma, "drawdown", "MINUSMA", "--as_of", "2023-12-31")
    assert progress["baseline"]["series"] == "un-monthly"
    assert {(one["series"], int(one["headcount"])) for one in progress["other_baselines"]} >= {
        ("mission-statement", 12947)}
    (row,) = drawdown(minusma, "--as_of", "2023-12-31", "--baseline_series",
                      "mission-statement")
    assert row["remaining"] == str(12947 - 12279)


def test_a_late_correction_and_what_it_changed(minusma):
    """A correction, the changed figure with its entries, and the figure as known before."""
    before = answer(minusma, "drawdown", "MINUSMA")["header"]["known_at_position"]
    minusma.ctl("correct", "minusma-2023-09-20-sen-mopti-116", "--headcount", "115", "--reason",
                "one stayed behind", "--wait")
    compared = answer(minusma, "compare", "--before", before, "--mission", "MINUSMA",
                      "--country", "SEN")
    assert int(compared["after"]["headcount"]) - int(compared["before"]["headcount"]) == -1
    (change,) = compared["changes"]
    assert change["kind"] == "CHANGE_KIND_AMENDED"
    assert change["entry"]["amendment"]["reason"] == "one stayed behind"
    (now,) = drawdown(minusma, "--as_of", "2023-12-31")
    (then,) = drawdown(minusma, "--as_of", "2023-12-31", "--known_at", before)
    assert (now["departed"], then["departed"]) == ("12278", "12279")


def test_departures_above_the_strength_are_quarantined(minusma):
    """More German troops than the table of 30 November has are quarantined until released."""
    minusma.ctl("record", "--event_id", "too-many", "--mission", "MINUSMA", "--kind",
                "repatriation", "--day", "2023-12-20", "--category", "contingent_troops",
                "--country", "DEU", "--headcount", "310", "--wait")
    (held,) = read_csv(minusma.ctl("quarantine", "list", "--format", "csv").stdout)
    assert (held["event_id"], held["headcount"]) == ("too-many", "310")
    (apart,) = drawdown(minusma, "--as_of", "2023-12-31")
    minusma.ctl("quarantine", "release", "too-many", "--reason", "the table was late",
                "--wait")
    assert read_csv(minusma.ctl("quarantine", "list", "--format", "csv").stdout) == []
    (released,) = drawdown(minusma, "--as_of", "2023-12-31")
    assert int(released["departed"]) - int(apart["departed"]) == 310


def test_briefing_agrees(minusma):
    text = minusma.ctl("briefing", "--mission", "MINUSMA", "--to", "2023-12-02").stdout
    assert "Strength, pace and forecast:" in text
    assert "Goundam closed on 2023-08-16 (also reported: 2023-08-15)" in text
    assert "10,040 stated" in text
    assert text == minusma.ctl("briefing", "--mission", "MINUSMA", "--to", "2023-12-02").stdout
