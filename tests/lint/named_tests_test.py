#!/usr/bin/env python3
"""Checks that every source of the two cores has a test with its name.

ROOM/x.cc, or a header with code and no source, is tested by x_test.cc somewhere below the
mirrored folder of tests/; or it is listed here, with the tests that cover it instead.

Prints one line for each source without a test, and for each entry that is out of date.
"""

import pathlib
import re
import sys
import unittest

from tree_test import file_lines, tree_paths

CORES = ("ingest_service/core", "query_service/core")

# The property test compares every query with a naive model on random ledgers.
MODEL = "model_test.cc"
COVERED_ELSEWHERE = {
    "ingest_service/core/field_checks.cc":
        "the rules that validate_test.cc and validate_record_test.cc check field by field",
    "query_service/core/drawdown/closed_sites.cc": f"get_drawdown_test.cc and {MODEL}",
    "query_service/core/drawdown/drawdown_answer.cc": f"get_drawdown_test.cc and {MODEL}",
    "query_service/core/drawdown/drawdown_question.cc":
        "get_drawdown_test.cc and bad_question_test.py",
    "query_service/core/drawdown/drawdown_rows.cc": f"get_drawdown_test.cc and {MODEL}",
    "query_service/core/figures/bounded_answer.cc": "provenance_test.cc asks for bounds",
    "query_service/core/figures/figure_answer.h": f"provenance_test.cc and {MODEL}",
    "query_service/core/figures/figure_question.cc": "provenance_test.cc and bad_question_test.py",
    "query_service/core/figures/row_provenance.cc": "provenance_test.cc",
    "query_service/core/figures/row_writer.h":
        "row_plan_test.cc compares its bytes with those of the messages",
    "query_service/core/get_aggregate.cc": f"provenance_test.cc and {MODEL}",
    "query_service/core/get_event.cc": f"{MODEL} and corrections_test.py",
    "query_service/core/get_timeline.cc": f"filled_timeline_test.cc and {MODEL}",
    "query_service/core/list_events.cc": f"provenance_test.cc and {MODEL}",
    "query_service/core/list_missions.cc": MODEL,
    "query_service/core/query_core.h": "passes each question on: figure_watch_test.cc and the rest",
    "query_service/core/reconciliation/event_conflicts.cc": f"reconcile_test.cc and {MODEL}",
    "query_service/core/reconciliation/mission_statements.cc": "get_briefing_test.cc",
    "query_service/core/reconciliation/statement_scope.cc": f"reconcile_test.cc and {MODEL}",
    "query_service/core/reconciliation/statement_verdict.cc": f"reconcile_test.cc and {MODEL}",
    "query_service/core/records/record_book.cc": f"get_drawdown_test.cc and {MODEL}",
    "query_service/core/selection/event_list_token.h":
        "provenance_test.cc lists the events behind each row",
    "query_service/core/selection/event_lookup.cc": f"ledger_view_test.cc and {MODEL}",
    "query_service/core/selection/read_point.cc": f"{MODEL} and bad_question_test.py",
    "query_service/core/text/briefing_sentences.cc": "briefing_text_test.cc",
    "query_service/core/text/conflict_limits.h": "record_conflicts_test.cc",
    "query_service/core/text/english.cc": "briefing_text_test.cc",
    "query_service/core/view/cell.h": "cell_table_test.cc and rollup_test.cc",
    "query_service/core/view/posting_log.cc": "ledger_view_test.cc and rollup_test.cc",
    "query_service/core/view/view_planner.cc": "ledger_view_test.cc and quarantine_rule_test.cc",
}

STATEMENT = re.compile(r"\b(return|if|for|while|switch)\b")
TEST_NAME = re.compile(r"\b\w+_test\.(?:cc|py)\b")


def has_code(lines):
    """Whether a header has a statement outside of comments."""
    return any(STATEMENT.search(line.partition("//")[0]) for line in lines)


def is_tested_source(path, paths, lines):
    """Whether `path`, one of `paths`, needs a test with its name."""
    if not path.startswith(tuple(core + "/" for core in CORES)):
        return False
    if path.endswith(".cc"):
        return True
    return (path.endswith(".h") and path[:-2] + ".cc" not in paths) and has_code(lines(path))


def has_named_test(path, paths):
    core = "/".join(path.split("/")[:2])
    name = f"/{pathlib.PurePath(path).stem}_test.cc"
    return any(test.startswith(f"tests/{core}/") and test.endswith(name) for test in paths)


def offences(paths, covered, lines):
    """Yields the errors; `lines` reads the file of a path."""
    paths = set(paths)
    names = {pathlib.PurePath(path).name for path in paths if path.startswith("tests/")}
    for path in sorted(paths):
        if is_tested_source(path, paths, lines) and path not in covered:
            if not has_named_test(path, paths):
                yield f"{path}: no test with its name, and not listed"
    for path, reason in covered.items():
        if path not in paths or not is_tested_source(path, paths, lines):
            yield f"{path}: listed, but there is no such source with code"
        elif has_named_test(path, paths):
            yield f"{path}: listed, but there is a test with its name"
        tests = TEST_NAME.findall(reason)
        if not tests:
            yield f"{path}: the reason has no test"
        for test in tests:
            if test not in names:
                yield f"{path}: the reason has {test}, which does not exist"


class PlantedSourcesTest(unittest.TestCase):
    """The checks detect planted errors, and nothing else."""

    CONTENT = {
        "query_service/core/view/tested.cc": [],
        "query_service/core/view/tested.h": ["return 1;"],
        "query_service/core/view/interface.h": ["virtual int Get() = 0;  // return it"],
        "query_service/core/view/covered.h": ["  return 1;"],
        "query_service/handlers/a.cc": [],
        "tests/query_service/core/view/tested_test.cc": [],
        "tests/query_service/core/other_test.cc": [],
    }
    COVERED = {"query_service/core/view/covered.h": "other_test.cc"}

    def found(self, content=None, covered=None):
        files = {**self.CONTENT, **(content or {})}
        return list(offences(files, {**self.COVERED, **(covered or {})}, files.get))

    def test_nothing_is_wrong(self):
        self.assertEqual(self.found(), [])

    def test_sources_without_a_test(self):
        for path in ("query_service/core/new.cc", "ingest_service/core/new.cc",
                     "query_service/core/view/new.h"):
            self.assertEqual(self.found({path: ["if (a) b();"]}),
                             [f"{path}: no test with its name, and not listed"])

    def test_a_test_of_the_other_service_does_not_count(self):
        path = "ingest_service/core/tested.cc"
        self.assertEqual(self.found({path: []}),
                         [f"{path}: no test with its name, and not listed"])

    def test_entries_out_of_date(self):
        tested, gone = "query_service/core/view/tested.cc", "query_service/core/gone.cc"
        self.assertEqual(self.found(covered={tested: "other_test.cc"}),
                         [f"{tested}: listed, but there is a test with its name"])
        self.assertEqual(self.found(covered={gone: "other_test.cc"}),
                         [f"{gone}: listed, but there is no such source with code"])
        covered = "query_service/core/view/covered.h"
        self.assertEqual(self.found(covered={covered: "gone_test.cc"}),
                         [f"{covered}: the reason has gone_test.cc, which does not exist"])
        self.assertEqual(self.found(covered={covered: "it is small"}),
                         [f"{covered}: the reason has no test"])


class TreeTest(unittest.TestCase):
    def test_every_source_has_a_test_or_a_reason(self):
        found = list(offences(tree_paths(), COVERED_ELSEWHERE, file_lines))
        self.assertEqual(found, [], "\n" + "\n".join(found))


if __name__ == "__main__":
    sys.exit(unittest.main())
