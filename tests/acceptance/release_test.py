"""Figures from the real MINUSMA events match those that the mission published, in every format."""
import csv
import io
import json
import re

import pytest

from harness import DATA, cluster_running, csv_text, header_of, tail_of

ACCEPTANCE = json.loads((DATA / "acceptance.json").read_text())
REPATRIATIONS = DATA / "minusma_repatriations.csv"
RELOCATIONS = DATA / "minusma_movements_other.csv"

# The press release of 27 September 2023: its figures, in its order, with its sums.
RELEASE = [("military_staff_officer", 97, []),
           ("contingent_troops", 2583, []),
           ("individual_police_officer", 184, []),
           ("formed_police_unit", 412, []),
           ("force", 2680, [97, 2583]),
           ("un_police", 596, [184, 412]),
           ("uniformed", 3276, [2680, 596]),
           ("international_staff", 81, []),
           ("un_volunteer", 10, []),
           ("civilian", 91, [81, 10]),
           ("all", 3367, [3276, 91])]
BRIEFING = ["briefing", "--mission", "MINUSMA", "--to", "2023-09-28"]


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def minusma():
    """Services with the real events."""
    with cluster_running() as cluster:
        counts = {path: len(rows_of(path)) for path in (REPATRIATIONS, RELOCATIONS)}
        for path, count in counts.items():
            done = cluster.ctl("import", path, "--wait")
            assert done.stdout == f"recorded {count}, duplicate 0, rejected 0\n"
            assert done.stderr == ""
        yield cluster


def aggregate(cluster, *flags):
    return read_csv(cluster.ctl("aggregate", "--format", "csv", *flags).stdout)


def filter_flags(entry):
    flags = ["--mission", entry["mission"], "--to", entry["as_of"], "--category",
             entry["category"], "--kind", entry.get("kind", "repatriation")]
    for flag, key in [("--from", "day_from"), ("--country", "country"), ("--site", "site"),
                      ("--destination_site", "destination_site")]:
        if key in entry:
            flags += [flag, entry[key]]
    return flags


def test_briefing_as_csv(minusma):
    rows = read_csv(minusma.ctl(*BRIEFING, "--format", "csv").stdout)
    got = [(row["category"], int(row["headcount"])) for row in rows]
    assert got == [(category, people) for category, people, _ in RELEASE]


def test_briefing_as_json(minusma):
    briefing = json.loads(minusma.ctl(*BRIEFING, "--format", "json").stdout)
    people = {figure["category"]: int(figure["figure"]["headcount"])
              for figure in briefing["figures"]}
    got = [(figure["category"].removeprefix("CATEGORY_").lower(), people[figure["category"]],
            [people[addend] for addend in figure.get("addends", [])])
           for figure in briefing["figures"]]
    assert [row[:2] for row in got] == [row[:2] for row in RELEASE]
    assert [sorted(row[2]) for row in got] == [sorted(row[2]) for row in RELEASE]
    assert all(sum(addends) in (0, people) for _, people, addends in got)
    assert briefing["mission"] == "MINUSMA"
    assert int(briefing["header"]["known_at_position"]) == tail_of(minusma.ingest)


def test_briefing_as_text(minusma):
    text = minusma.ctl(*BRIEFING, "--format", "table").stdout
    assert text == minusma.ctl(*BRIEFING).stdout, "the table is not the default"
    lines = [line for line in text.splitlines() if re.match(r" *[\d,]+  ", line)]
    assert [int(line.split()[0].replace(",", "")) for line in lines] == [
        people for _, people, _ in RELEASE]
    for line, (category, _, addends) in zip(lines, RELEASE):
        shown = [int(number.replace(",", "")) for number in
                 re.findall(r"[\d,]+", line.partition(" = ")[2])]
        assert sorted(shown) == sorted(addends), f"{category}: {line!r}"
    assert "On 2023-09-20 116 contingent troops (SEN) left from Mopti." in text


@pytest.mark.parametrize("entry", ACCEPTANCE["totals"], ids=lambda entry: entry["name"])
def test_published_total(minusma, entry):
    flags = filter_flags(entry)
    rows = aggregate(minusma, *flags)
    assert [int(row["headcount"]) for row in rows] == [entry["headcount"]], flags
    if "events" in entry:
        assert int(rows[0]["events"]) == entry["events"], flags
    if "female" in entry:
        women = aggregate(minusma, *flags, "--sex", "female")
        assert int(women[0]["headcount"]) == entry["female"], flags


@pytest.mark.parametrize("entry", ACCEPTANCE["remaining"], ids=lambda entry: entry["name"])
def test_published_remainder(minusma, entry):
    flags = filter_flags(entry)
    assert entry["baseline"] - int(aggregate(minusma, *flags)[0]["headcount"]) == (
        entry["headcount"]), flags


@pytest.mark.parametrize("entry", ACCEPTANCE["latest_movement"],
                         ids=lambda entry: entry["event_id"])
def test_latest_movement(minusma, entry):
    briefing = json.loads(minusma.ctl("briefing", "--mission", entry["mission"], "--to",
                                      entry["as_of"], "--format", "json").stdout)
    latest = briefing["latest_movements"][-1]["event"]
    for key in ("event_id", "day", "country", "site", "headcount", "source"):
        assert latest[key] == entry[key], key
    assert latest["category"] == "CATEGORY_" + entry["category"].upper()


def test_the_116_from_mopti(minusma):
    events = read_csv(minusma.ctl(
        "events", "--mission", "MINUSMA", "--country", "SEN", "--site", "Mopti", "--from",
        "2023-09-20", "--to", "2023-09-21", "--format", "csv").stdout)
    assert [(row["event_id"], row["day"], row["headcount"]) for row in events] == [
        ("minusma-2023-09-20-sen-mopti-116", "2023-09-20", "116")]
    assert "minusma-2023-09-20-sen-mopti-116" in minusma.ctl(
        "events", "--country", "SEN", "--site", "Mopti").stdout


@pytest.mark.parametrize("dimension", ["country", "site", "unit"])
def test_unspecified_is_shown(minusma, dimension):
    """Events without a value are a separate group, as large as in the file."""
    expected = {}
    for row in rows_of(REPATRIATIONS):
        name = row[dimension] or "unspecified"
        expected[name] = expected.get(name, 0) + int(row["headcount"])
    assert expected["unspecified"] > 0
    got = {row[dimension]: int(row["headcount"])
           for row in aggregate(minusma, "--group_by", dimension)}
    assert got == expected
    assert re.search(rf"^unspecified +{expected['unspecified']:,} ",
                     minusma.ctl("aggregate", "--group_by", dimension).stdout, re.M)
    alone = aggregate(minusma, f"--{dimension}", "unspecified")
    assert int(alone[0]["headcount"]) == expected["unspecified"]


def test_timeline_sums_up(minusma):
    rows = read_csv(minusma.ctl("timeline", "--bucket", "month", "--format", "csv").stdout)
    assert list(rows[0]) == ["bucket_start", "headcount", "cumulative_headcount", "events"]
    by_month = {}
    for row in rows_of(REPATRIATIONS):
        month = row["day"][:8] + "01"
        by_month[month] = by_month.get(month, 0) + int(row["headcount"])
    assert {row["bucket_start"]: int(row["headcount"]) for row in rows} == by_month
    running = 0
    for row in rows:
        running += int(row["headcount"])
        assert int(row["cumulative_headcount"]) == running, row


def figures(cluster):
    return [cluster.ctl("aggregate", "--kind", "all", "--group_by", group, "--format", "csv").stdout
            for group in ("mission,kind", "country,category", "site,unit", "sex")]


def test_importing_again_changes_nothing(minusma):
    before, position = figures(minusma), tail_of(minusma.ingest)
    for path in (REPATRIATIONS, RELOCATIONS):
        done = minusma.ctl("import", path, "--wait")
        assert done.stdout == f"recorded 0, duplicate {len(rows_of(path))}, rejected 0\n"
    assert tail_of(minusma.ingest) == position
    assert figures(minusma) == before


def test_importing_again_without_ids(cluster):
    """Ids derived from the content do not depend on the columns' order or on empty columns."""
    rows = rows_of(REPATRIATIONS)
    # Two events with the same content are still two events.
    rows += [dict(rows[0]), dict(rows[0])]
    columns = [name for name in rows[0] if name != "event_id"]
    first = cluster.write("first.csv", csv_text(rows, columns))
    fewer = [name for name in reversed(columns) if any(row[name] for row in rows)]
    assert fewer != columns
    second = cluster.write("second.csv", csv_text(rows, fewer))

    done = cluster.ctl("import", first, "--wait")
    assert done.stdout == f"recorded {len(rows)}, duplicate 0, rejected 0\n"
    before = figures(cluster)
    people = sum(int(row["headcount"]) for row in rows)
    assert int(aggregate(cluster)[0]["headcount"]) == people

    done = cluster.ctl("import", second, "--wait")
    assert done.stdout == f"recorded 0, duplicate {len(rows)}, rejected 0\n"
    assert figures(cluster) == before


def test_import_waits_for_the_replica(cluster):
    cluster.ctl("import", REPATRIATIONS, "--wait")
    # Without min_position: whatever the replica has applied so far.
    assert header_of(cluster.query).applied_position == len(rows_of(REPATRIATIONS))
