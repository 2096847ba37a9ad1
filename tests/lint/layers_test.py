#!/usr/bin/env python3
"""Holds every #include to the layers, and the clock to its one reader.

Low to high; a file includes from its own folder or from those named for it:

    proto <- common/base <- common/domain <- common/{ledger,id_index,storage,rpc}
          <- common/proof <- ingest_service | query_service | tools

Prints one line for each offence: PATH:LINE: what is wrong.
"""

import re
import sys
import unittest

from tree_test import file_lines, tree_paths

# What a folder may include besides itself. Tests may include everything.
BELOW_CORE = ("proto", "common/base", "common/domain")
ALLOWED = {
    "common/base": ("proto",),
    "common/domain": ("proto", "common/base"),
    "common/ledger": BELOW_CORE,
    "common/id_index": BELOW_CORE + ("common/ledger",),
    "common/storage": BELOW_CORE + ("common/ledger",),
    "common/rpc": BELOW_CORE,
    "common/proof": BELOW_CORE + ("common/ledger", "common/id_index", "common/storage"),
    "ingest_service": BELOW_CORE + (
        "common/ledger", "common/id_index", "common/storage", "common/rpc", "common/proof"),
    "query_service": BELOW_CORE + (
        "common/ledger", "common/id_index", "common/storage", "common/rpc", "common/proof"),
    "tools": BELOW_CORE + (
        "common/ledger", "common/id_index", "common/storage", "common/rpc", "common/proof"),
}
# `repatctl verify` reads a service's data directory with the service stopped,
# and only the service's own core knows what its derived tables must hold. These
# headers are for that; the client takes nothing else of a service.
CHECKS_FOR_TOOLS = (
    "ingest_service/core/voided_check.h",
    "query_service/core/view_check.h",
)
SERVICES = ("ingest_service", "query_service")
PROTO_FOLDERS = ("repatriation", "google")
SOURCE = re.compile(r"\.(h|cc|cpp|inc)$")

GRPC_HEADER = re.compile(r"^(grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$")
GRPC_PLACES = re.compile(
    r"^(\w+/handlers/|query_service/feed/|common/rpc/|(ingest|query)_service/main\.cc$"
    r"|tools/|tests/)")
ROCKSDB_HEADER = re.compile(r"^rocksdb/")
ROCKSDB_PLACES = re.compile(r"^(common/storage/|tests/)")

CLOCK = re.compile(
    r"\babsl::(Now|GetCurrentTimeNanos)\b|_clock::now\b"
    r"|\b(gettimeofday|clock_gettime|timespec_get)\s*\(|\bstd::time\s*\(")
CLOCK_PLACES = re.compile(r"^(common/base/clock\.cc$|tests/bench/)")
SLEEP = re.compile(
    r"\bsleep_(for|until)\b|\bSleepFor\b|\b(u|nano)sleep\b|(^|[^\w.>])sleep\s*\(")
# The client's main hands the real sleep to code that is tested with another.
SLEEP_PLACES = re.compile(r"^(tests/bench/|tests/clients/|tools/\w+/main\.cc$)")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
COMMENT = re.compile(r"//.*$")


def folder_of(path):
    """The layer's folder that `path` belongs to; None outside of the layers."""
    parts = path.split("/")
    if parts[0] == "common":
        return "/".join(parts[:2])
    return parts[0] if parts[0] in ALLOWED else None


def included_folder(header):
    """The layer's folder that an included header belongs to; None: not ours."""
    if header.split("/")[0] in PROTO_FOLDERS and header.endswith(".pb.h"):
        return "proto"
    if header.split("/")[0] == "tests":
        return "tests"
    return folder_of(header)


def check_include(path, quote, header):
    """What is wrong with `path` including `header`, or None."""
    if GRPC_HEADER.search(header) and not GRPC_PLACES.search(path):
        return f"{header}: gRPC belongs in handlers, the feed, common/rpc, main and tools"
    if ROCKSDB_HEADER.search(header) and not ROCKSDB_PLACES.search(path):
        return f"{header}: RocksDB belongs in common/storage"
    if quote == '"' and header.startswith((".", "/")):
        return f"{header}: headers are named from the root"
    source, target = folder_of(path), included_folder(header)
    if path.startswith("tests/") or target in (None, source):
        if re.match(r"\w+_service/core/", path) and re.match(
                r"\w+_service/(handlers|feed)/", header):
            return f"{header}: a core does not know who calls it"
        return None
    if target == "tests":
        return f"{header}: only tests include from tests"
    if source == "tools" and header in CHECKS_FOR_TOOLS:
        return None
    if source is not None and source not in ALLOWED:
        return f"{source} has no place among the layers"
    if source is None or target not in ALLOWED[source]:
        if {source, target} == set(SERVICES):
            return f"{header}: the services never include each other"
        return f"{header}: {source} is not above {target}"
    return None


def check_line(path, line):
    """What is wrong with `line` of C++ file `path`, or None."""
    include = INCLUDE.match(line)
    if include:
        return check_include(path, *include.groups())
    code = COMMENT.sub("", line)
    if CLOCK.search(code) and not CLOCK_PLACES.search(path):
        return "only common/base/clock.cc reads the time"
    if SLEEP.search(code) and not SLEEP_PLACES.search(path):
        return "nothing sleeps"
    return None


def offences(path, lines):
    for number, line in enumerate(lines, 1):
        wrong = check_line(path, line)
        if wrong:
            yield f"{path}:{number}: {wrong}"


class PlantedLinesTest(unittest.TestCase):
    """The checks find what they are there to find, and nothing else."""

    def assert_refused(self, path, line, words):
        wrong = check_line(path, line)
        self.assertIsNotNone(wrong, f"{path} may not say: {line}")
        self.assertIn(words, wrong)

    def assert_fine(self, path, line):
        self.assertIsNone(check_line(path, line), f"{path} may say: {line}")

    def test_layers(self):
        refused = (
            ("common/base/a.cc", "common/domain/day.h"),
            ("common/base/a.h", "common/ledger/block.h"),
            ("common/domain/a.cc", "common/ledger/entry.h"),
            ("common/ledger/a.cc", "common/storage/store.h"),
            ("common/ledger/a.cc", "common/id_index/id_index.h"),
            ("common/ledger/a.cc", "common/rpc/status.h"),
            ("common/storage/a.cc", "common/rpc/status.h"),
            ("common/rpc/a.cc", "common/ledger/entry.h"),
            ("common/rpc/a.cc", "ingest_service/core/batch.h"),
            ("common/storage/a.cc", "ingest_service/core/batch.h"),
            ("common/base/a.cc", "tools/repatctl/app.h"),
            ("ingest_service/core/a.cc", "tools/repatctl/app.h"),
            ("tools/repatctl/a.cc", "query_service/core/paging.h"),
            ("common/storage/a.cc", "common/proof/flaw.h"),
            ("common/proof/a.cc", "common/rpc/status.h"),
            ("common/rpc/a.cc", "query_service/core/view_check.h"),
        )
        for path, header in refused:
            self.assert_refused(path, f'#include "{header}"', "is not above")
            self.assert_refused(path, f"#  include <{header}>", "is not above")
        fine = (
            ("common/base/a.cc", "common/base/errors.h"),
            ("common/base/a.cc", "google/rpc/error_details.pb.h"),
            ("common/base/a.cc", "absl/status/status.h"),
            ("common/domain/a.cc", "common/base/text.h"),
            ("common/domain/a.cc", "country_table.inc"),
            ("common/storage/a.cc", "common/ledger/block.h"),
            ("common/rpc/a.cc", "common/domain/day.h"),
            ("query_service/core/a.cc", "common/storage/store.h"),
            ("query_service/handlers/a.cc", "query_service/core/paging.h"),
            ("ingest_service/main.cc", "ingest_service/handlers/a.h"),
            ("tests/common/base/a_test.cc", "common/storage/store.h"),
            ("tests/property/a.cc", "query_service/core/paging.h"),
            ("common/proof/a.cc", "common/id_index/id_run.h"),
            ("query_service/core/a.cc", "common/proof/flaw.h"),
            ("tools/repatctl/a.cc", "query_service/core/view_check.h"),
            ("tools/repatctl/a.cc", "ingest_service/core/voided_check.h"),
        )
        for path, header in fine:
            self.assert_fine(path, f'#include "{header}"')

    def test_a_folder_without_a_place(self):
        self.assert_refused("common/misc/a.cc", '#include "common/base/text.h"', "no place")
        self.assert_refused("common/base/a.cc", '#include "common/misc/a.h"', "is not above")

    def test_services_apart(self):
        words = "never include each other"
        self.assert_refused(
            "ingest_service/core/a.cc", '#include "query_service/core/paging.h"', words)
        self.assert_refused(
            "query_service/feed/a.cc", '#include "ingest_service/handlers/feed_stream.h"', words)

    def test_cores_below_their_callers(self):
        words = "who calls it"
        self.assert_refused(
            "ingest_service/core/a.cc", '#include "ingest_service/handlers/b.h"', words)
        self.assert_refused("query_service/core/a.h", '#include "query_service/feed/b.h"', words)
        self.assert_fine("query_service/feed/a.h", '#include "query_service/core/b.h"')

    def test_grpc(self):
        for header in ("grpcpp/grpcpp.h", "grpc/grpc.h", "repatriation/v1/a.grpc.pb.h"):
            for path in ("ingest_service/core/a.cc", "query_service/core/a.h", "common/base/a.cc",
                         "common/storage/a.cc", "query_service/a.cc"):
                self.assert_refused(path, f"#include <{header}>", "gRPC belongs")
                self.assert_refused(path, f'#include "{header}"', "gRPC belongs")
            for path in ("ingest_service/handlers/a.cc", "query_service/handlers/a.h",
                         "query_service/feed/a.cc", "common/rpc/a.h", "ingest_service/main.cc",
                         "query_service/main.cc", "tools/repatctl/a.cc", "tests/common/rpc/a.cc"):
                self.assert_fine(path, f"#include <{header}>")
        self.assert_refused("ingest_service/feed/a.cc", "#include <grpcpp/grpcpp.h>", "gRPC")

    def test_rocksdb(self):
        line = "#include <rocksdb/db.h>"
        for path in ("common/ledger/a.cc", "ingest_service/core/a.cc", "query_service/main.cc",
                     "tools/repatctl/a.cc"):
            self.assert_refused(path, line, "RocksDB belongs")
        for path in ("common/storage/a.cc", "tests/common/storage/a_test.cc"):
            self.assert_fine(path, line)

    def test_tests_and_relative_names(self):
        self.assert_refused("common/base/a.cc", '#include "tests/common/testing/temp_dir.h"',
                            "only tests")
        self.assert_refused("common/base/a.cc", '#include "../base/text.h"', "from the root")
        self.assert_refused("tests/common/a.cc", '#include "../base/text.h"', "from the root")

    def test_clock(self):
        for line in ("auto t = absl::Now();", "return std::chrono::steady_clock::now();",
                     "using namespace std::chrono; system_clock::now()", "gettimeofday(&t, 0);",
                     "clock_gettime(CLOCK_REALTIME, &t);", "std::time(nullptr)",
                     "absl::GetCurrentTimeNanos()", ".now = absl::Now,"):
            for path in ("ingest_service/main.cc", "common/base/log.cc", "tests/a_test.cc",
                         "tools/repatctl/main.cc"):
                self.assert_refused(path, line, "reads the time")
            self.assert_fine("common/base/clock.cc", line)
            self.assert_fine("tests/bench/a.cc", line)
        for line in ("// Not absl::Now(): see clock.h.", "clock.Now()", "SystemClock().Now()",
                     "absl::NowhereElse()"):
            self.assert_fine("ingest_service/main.cc", line)

    def test_sleep(self):
        for line in ("std::this_thread::sleep_for(1s);", "absl::SleepFor(absl::Seconds(1));",
                     "usleep(5);", "nanosleep(&t, nullptr);", "sleep(1);", "::sleep(1);",
                     "std::this_thread::sleep_until(t);"):
            for path in ("ingest_service/main.cc", "tests/a_test.cc", "common/base/clock.cc",
                         "tools/repatctl/retry.cc"):
                self.assert_refused(path, line, "nothing sleeps")
            self.assert_fine("tests/bench/a.cc", line)
            self.assert_fine("tools/repatctl/main.cc", line)
        for line in ("environment.sleep(delay);", "e->sleep(delay);", "// no sleep_for here",
                     "asleep()", "std::function<void(absl::Duration)> sleep;"):
            self.assert_fine("tools/repatctl/retry.cc", line)

    def test_offences_name_file_and_line(self):
        lines = ["// a", "#include <rocksdb/db.h>", "", "absl::Now();"]
        self.assertEqual(list(offences("common/base/a.cc", lines)), [
            "common/base/a.cc:2: rocksdb/db.h: RocksDB belongs in common/storage",
            "common/base/a.cc:4: only common/base/clock.cc reads the time",
        ])


class TreeTest(unittest.TestCase):
    def test_every_source_keeps_to_the_layers(self):
        sources = [path for path in tree_paths() if SOURCE.search(path)]
        self.assertTrue(any(path.startswith("common/storage/") for path in sources), sources)
        found = [wrong for path in sources for wrong in offences(path, file_lines(path))]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_every_folder_of_common_has_a_place(self):
        folders = {"/".join(path.split("/")[:2]) for path in tree_paths()
                   if path.startswith("common/") and SOURCE.search(path)}
        self.assertLessEqual(folders, set(ALLOWED))


if __name__ == "__main__":
    sys.exit(unittest.main())
