#!/usr/bin/env python3
"""Checks every #include against the layers, and that only one file reads the clock.

Low to high; a file includes from its own folder or from those listed for it:

    proto <- common/base <- common/domain <- common/{ledger,id_index,storage,rpc}
          <- common/{proof,service} <- ingest_service | query_service | tools

The folders query_service/core and tools/repatctl are divided into rooms, which have an order
of their own. Files never include each other in a circle, a source counting as its header.

Prints one line for each offence: PATH:LINE: what is wrong.
"""

import re
import sys
import unittest

from tree_test import file_lines, tree_paths

# What a folder may include besides itself. Tests may include everything.
BELOW_CORE = ("proto", "common/base", "common/domain")
COMMON_BELOW_SERVICES = BELOW_CORE + (
    "common/ledger", "common/id_index", "common/storage", "common/rpc", "common/proof",
    "common/service")
ALLOWED = {
    "common/base": ("proto",),
    "common/domain": ("proto", "common/base"),
    "common/ledger": BELOW_CORE,
    "common/id_index": BELOW_CORE + ("common/ledger",),
    "common/storage": BELOW_CORE + ("common/ledger",),
    "common/rpc": BELOW_CORE,
    "common/proof": BELOW_CORE + ("common/ledger", "common/id_index", "common/storage"),
    "common/service": BELOW_CORE + ("common/id_index", "common/storage", "common/rpc"),
    "ingest_service": COMMON_BELOW_SERVICES,
    "query_service": COMMON_BELOW_SERVICES,
    "tools": COMMON_BELOW_SERVICES,
}
# The rooms of a folder, and which others each may include. `""` is the face: the files of the
# folder itself, which no room includes.
ROOMS = {
    "query_service/core": {
        "": ("drawdown", "figures", "reconciliation", "selection", "replica", "view", "records",
             "text"),
        # A drawdown shows its own rows as figures, with their completeness.
        "drawdown": ("figures", "selection", "replica", "view", "records", "text"),
        "figures": ("selection", "replica", "view", "records", "text"),
        "reconciliation": ("selection", "replica", "view", "records", "text"),
        "selection": ("replica", "view", "records", "text"),
        "replica": ("view", "records", "text"),
        "view": ("records", "text"),
        "records": ("text",),
        "text": (),
    },
    "tools/repatctl": {
        "": ("commands", "output", "import", "load", "verify", "client", "fields"),
        "commands": ("output", "import", "load", "verify", "client", "fields"),
        "output": ("import", "load", "verify", "client", "fields"),
        "import": ("client", "fields"),
        "load": ("client", "fields"),
        "verify": ("client", "fields"),
        "client": ("fields",),
        "fields": (),
    },
}
# Folders without rooms. A folder that is in neither table fails.
FLAT_FOLDERS = (
    "common/base", "common/base/crypto", "common/base/memory", "common/domain", "common/id_index",
    "common/ledger", "common/proof", "common/rpc", "common/service", "common/storage",
    "ingest_service", "ingest_service/core", "ingest_service/handlers",
    "query_service", "query_service/feed", "query_service/handlers",
)
# `repatctl verify` reads a service's data directory with the service stopped,
# and only the service's own core knows what its derived tables must hold. These
# headers are for that; the client takes nothing else of a service.
CHECKS_FOR_TOOLS = (
    "ingest_service/core/voided_check.h",
    "query_service/core/replica/view_check.h",
)
SERVICES = ("ingest_service", "query_service")
PROTO_FOLDERS = ("repatriation", "google")
SOURCE = re.compile(r"\.(h|cc|cpp|inc)$")

GRPC_HEADER = re.compile(r"^(grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$")
GRPC_PLACES = re.compile(
    r"^(\w+/handlers/|query_service/feed/|common/(rpc|service)/|(ingest|query)_service/main\.cc$"
    r"|tools/|tests/)")
# How a process is put together: its main.cc alone needs that, and repatctl its version.
PROCESS_HEADER = re.compile(r"^common/service/")
PROCESS_PLACES = re.compile(r"^(common/service/|\w+/main\.cc$|tools/|tests/)")
# The domain is below both services, so it must not depend on what one of them offers.
SERVICE_SCHEMA = re.compile(r"_service\.pb\.h$")
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


def room_of(path):
    """The divided folder that `path` is in and its room there; None if it is in none."""
    for folder in ROOMS:
        if path.startswith(folder + "/"):
            head, _, rest = path[len(folder) + 1:].partition("/")
            return folder, head if rest else ""
    return None


def check_rooms(path, header):
    """What is wrong with `path` including `header` of the same divided folder, or None."""
    source, target = room_of(path), room_of(header)
    if source is None or target is None or source[0] != target[0] or source == target:
        return None
    folder, room = source
    for name in (room, target[1]):
        if name not in ROOMS[folder]:
            return f"{folder}/{name} has no place among the rooms"
    if target[1] == "":
        return f"{header}: no room of {folder} includes its face"
    if target[1] not in ROOMS[folder][room]:
        return f"{header}: {room} is not above {target[1]}"
    return None


def check_include(path, quote, header):
    """What is wrong with `path` including `header`, or None."""
    if PROCESS_HEADER.search(header) and not PROCESS_PLACES.search(path):
        return f"{header}: only main.cc and tools include common/service"
    if path.startswith("common/domain/") and SERVICE_SCHEMA.search(header):
        return f"{header}: the domain does not know the services"
    if GRPC_HEADER.search(header) and not GRPC_PLACES.search(path):
        return f"{header}: gRPC belongs in handlers, the feed, common/rpc, common/service, main and tools"
    if ROCKSDB_HEADER.search(header) and not ROCKSDB_PLACES.search(path):
        return f"{header}: RocksDB belongs in common/storage"
    if quote == '"' and header.startswith((".", "/")):
        return f"{header}: headers are named from the root"
    source, target = folder_of(path), included_folder(header)
    if path.startswith("tests/") or target in (None, source):
        if re.match(r"\w+_service/core/", path) and re.match(
                r"\w+_service/(handlers|feed)/", header):
            return f"{header}: a core does not know who calls it"
        return check_rooms(path, header)
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


def stem_of(path):
    """`path` without its extension: a source and its header are one."""
    return path.rpartition(".")[0]


def include_graph(files):
    """stem -> stems that its header or source includes; `files` maps paths to lines."""
    stems = {stem_of(path) for path in files}
    graph = {stem: set() for stem in stems}
    for path, lines in files.items():
        for line in lines:
            include = INCLUDE.match(line)
            target = stem_of(include[2]) if include else None
            if target in stems and target != stem_of(path):
                graph[stem_of(path)].add(target)
    return graph


def find_circle(graph):
    """A list of stems, each including the next and the last one the first; None if there is none.
    """
    finished = set()
    for start in sorted(graph):
        route = [(start, iter(sorted(graph[start])))]
        while route:
            stem, targets = route[-1]
            target = next((name for name in targets if name not in finished), None)
            names = [name for name, _ in route]
            if target is None:
                finished.add(stem)
                route.pop()
            elif target in names:
                return names[names.index(target):]
            else:
                route.append((target, iter(sorted(graph[target]))))
    return None


def folders_without_place(paths):
    """Folders that hold C++ sources but are in no table; entries of the tables without a file."""
    found = {path.rpartition("/")[0] for path in paths
             if SOURCE.search(path) and path.split("/")[0] in ("common", "tools") + SERVICES}
    known = set(FLAT_FOLDERS)
    for folder, rooms in ROOMS.items():
        known |= {f"{folder}/{room}".rstrip("/") for room in rooms}
    return sorted(found ^ known)


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
            ("tools/repatctl/a.cc", "query_service/core/selection/paging.h"),
            ("common/storage/a.cc", "common/proof/flaw.h"),
            ("common/proof/a.cc", "common/rpc/status.h"),
            ("common/rpc/a.cc", "query_service/core/replica/view_check.h"),
            ("common/service/a.cc", "common/ledger/entry.h"),
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
            ("query_service/handlers/a.cc", "query_service/core/selection/paging.h"),
            ("ingest_service/main.cc", "ingest_service/handlers/a.h"),
            ("tests/common/base/a_test.cc", "common/storage/store.h"),
            ("tests/property/a.cc", "query_service/core/selection/paging.h"),
            ("ingest_service/main.cc", "common/service/service_main.h"),
            ("tools/repatctl/app.cc", "common/service/version.h"),
            ("common/service/a.cc", "common/rpc/server.h"),
            ("common/proof/a.cc", "common/id_index/id_run.h"),
            ("query_service/core/a.cc", "common/proof/flaw.h"),
            ("tools/repatctl/a.cc", "query_service/core/replica/view_check.h"),
            ("tools/repatctl/a.cc", "ingest_service/core/voided_check.h"),
        )
        for path, header in fine:
            self.assert_fine(path, f'#include "{header}"')

    def test_a_folder_without_a_place(self):
        self.assert_refused("common/misc/a.cc", '#include "common/base/text.h"', "no place")
        self.assert_refused("common/base/a.cc", '#include "common/misc/a.h"', "is not above")

    def test_rooms(self):
        core, client = "query_service/core", "tools/repatctl"
        refused = (
            (core, "text/a.cc", "records/record_book.h"),
            (core, "records/a.cc", "view/view_delta.h"),
            (core, "view/a.cc", "replica/replica.h"),
            (core, "replica/a.h", "selection/paging.h"),
            (core, "selection/a.cc", "figures/row_plan.h"),
            (core, "figures/a.cc", "drawdown/drawdown_rows.h"),
            (core, "figures/a.cc", "reconciliation/statement_scope.h"),
            (core, "drawdown/a.cc", "reconciliation/statement_scope.h"),
            (core, "reconciliation/a.cc", "figures/row_plan.h"),
            (core, "reconciliation/a.cc", "drawdown/drawdown_rows.h"),
            (client, "fields/a.cc", "client/retry.h"),
            (client, "client/a.cc", "verify/verify_services.h"),
            (client, "verify/a.cc", "output/render.h"),
            (client, "import/a.cc", "load/load_run.h"),
            (client, "load/a.cc", "import/importer.h"),
            (client, "output/a.cc", "commands/session.h"),
        )
        for folder, path, header in refused:
            self.assert_refused(f"{folder}/{path}", f'#include "{folder}/{header}"',
                                "is not above")
        fine = (
            (core, "get_briefing.cc", "text/briefing_text.h"),
            (core, "get_briefing.cc", "query_core.h"),
            (core, "drawdown/a.cc", "figures/completeness.h"),
            (core, "figures/a.cc", "figures/row_plan.h"),
            (core, "selection/a.cc", "view/ledger_view.h"),
            (core, "view/a.cc", "records/record_book.h"),
            (client, "app.cc", "commands/session.h"),
            (client, "commands/a.cc", "fields/csv_rows.h"),
            (client, "output/a.cc", "verify/verify_services.h"),
            (client, "verify/a.cc", "client/clients.h"),
        )
        for folder, path, header in fine:
            self.assert_fine(f"{folder}/{path}", f'#include "{folder}/{header}"')
        self.assert_fine("tests/query_service/core/text/a_test.cc",
                         f'#include "{core}/view/ledger_view.h"')

    def test_no_room_includes_the_face(self):
        for folder, path, header in (
                ("query_service/core", "figures/a.cc", "query_core.h"),
                ("tools/repatctl", "commands/a.cc", "app.h")):
            self.assert_refused(f"{folder}/{path}", f'#include "{folder}/{header}"', "its face")

    def test_a_room_without_a_place(self):
        for room in ("misc/a.cc", "view/deep/a.cc"):
            path = f"query_service/core/{room}"
            known = sorted(
                {f"{folder}/{name}/a.cc".replace("//", "/")
                 for folder, rooms in ROOMS.items() for name in rooms}
                | {f"{folder}/a.cc" for folder in FLAT_FOLDERS})
            self.assertEqual(folders_without_place(known), [])
            self.assertEqual(folders_without_place(known + [path]), [path.rpartition("/")[0]])
            self.assertEqual(folders_without_place(known[1:]), [known[0].rpartition("/")[0]])
        line = '#include "query_service/core/view/rollup.h"'
        self.assert_refused("query_service/core/misc/a.cc", line, "no place among the rooms")
        self.assert_refused("query_service/core/figures/a.cc",
                            '#include "query_service/core/misc/a.h"', "no place among the rooms")

    def test_the_domain_apart_from_the_services(self):
        for header in ("query_service", "ingest_service", "backup_service"):
            self.assert_refused("common/domain/a.h",
                                f'#include "repatriation/v1/{header}.pb.h"', "does not know")
        self.assert_fine("common/domain/a.h", '#include "repatriation/v1/event.pb.h"')
        self.assert_fine("common/rpc/a.h", '#include "repatriation/v1/query_service.pb.h"')

    def test_processes_apart_from_cores(self):
        line = '#include "common/service/service_main.h"'
        for path in ("ingest_service/core/a.cc", "query_service/handlers/a.cc", "common/rpc/a.cc"):
            self.assert_refused(path, line, "only main.cc and tools")
        self.assert_fine("query_service/main.cc", line)

    def test_circles(self):
        files = {
            "common/base/a.h": ['#include "common/base/b.h"'],
            "common/base/a.cc": ['#include "common/base/a.h"'],
            "common/base/b.h": ["#include <string>"],
            "common/base/b.cc": ['#include "common/base/b.h"', '#include "common/base/c.h"'],
            "common/base/c.h": [],
        }
        self.assertIsNone(find_circle(include_graph(files)))
        # Through headers and sources: c.h -> a, whose header includes b, whose source includes c.
        files["common/base/c.h"] = ['#include "common/base/a.h"']
        self.assertEqual(find_circle(include_graph(files)),
                         ["common/base/a", "common/base/b", "common/base/c"])
        self.assertEqual(find_circle(include_graph({
            "a.h": ['#include "b.h"'], "b.cc": ['#include "a.h"'], "b.h": []})), ["a", "b"])

    def test_services_apart(self):
        words = "never include each other"
        self.assert_refused(
            "ingest_service/core/a.cc", '#include "query_service/core/selection/paging.h"', words)
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

    def test_every_folder_has_a_place(self):
        self.assertEqual(folders_without_place(tree_paths()), [])

    def test_no_files_include_each_other(self):
        files = {path: file_lines(path) for path in tree_paths() if SOURCE.search(path)}
        self.assertGreater(len(files), 100)
        circle = find_circle(include_graph(files))
        self.assertIsNone(circle, circle and " -> ".join(circle + circle[:1]))


if __name__ == "__main__":
    sys.exit(unittest.main())
