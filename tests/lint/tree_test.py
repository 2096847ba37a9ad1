#!/usr/bin/env python3
"""Checks every file of the tree.

No reminders, no overlong files, header guards that match their paths, no local
paths of a developer's machine, and one version everywhere. Prints one line per
error: PATH:LINE: MESSAGE.
"""

import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__"}
LINES_MAX = 700
# Generated files, or data.
NOT_READ_AS_TEXT = re.compile(r"(^|/)package-lock\.json$|\.csv$|\.svg$")
# Concatenated so that this file does not contain them itself.
REMINDER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME")) + r")\b")
MACHINE_PATH = re.compile(
    r"(?<![\w.~/$}{-])/(" + "|".join(("wo" + "rk", "ho" + "me")) + r")(?=/|$|[\s\"'`:,;)\]])"
    r"|/tm" + r"p/build\b")

VERSION = re.compile(r"(?:newTag: |repatriation-ledger-\w+:)([\d.]+)")
VERSIONED = (
    "deploy/Dockerfile",
    "deploy/README.md",
    "deploy/kubernetes/base/kustomization.yaml",
    "deploy/kubernetes/components/backups/kustomization.yaml",
    "deploy/kubernetes/components/backups/restore.yaml",
)


def tree_paths():
    """Paths from the root of all files that are in git or could be added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        found = {name for name in listed.stdout.split("\0") if name}
    else:  # an archive of the tree, or no git
        found = {
            str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
            if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts)
        }
    return sorted(name for name in found if (ROOT / name).is_file())


def file_lines(path):
    """The lines of a text file; none for a binary one."""
    content = (ROOT / path).read_bytes()
    if b"\0" in content[:8192]:
        return []
    return content.decode("utf-8", errors="replace").splitlines()


def guard_of(path):
    return re.sub(r"\W", "_", path).upper() + "_"


def check_guard(path, lines):
    """Yields the errors in the include guard of header `path`."""
    guard = guard_of(path)
    directives = [(number, line.split()) for number, line in enumerate(lines, 1)
                  if line.startswith("#")]
    expected = (["#ifndef", guard], ["#define", guard])
    for (number, words), wanted in zip(directives, expected):
        if words != wanted:
            yield f"{path}:{number}: expected {' '.join(wanted)}"
    ending = f"#endif  // {guard}"
    if len(directives) < 3 or not lines or lines[-1] != ending:
        yield f"{path}:{len(lines)}: expected {ending}"


def offences(path, lines):
    if NOT_READ_AS_TEXT.search(path):
        return
    if len(lines) > LINES_MAX:
        yield f"{path}:{LINES_MAX + 1}: longer than {LINES_MAX} lines"
    for number, line in enumerate(lines, 1):
        if REMINDER.search(line):
            yield f"{path}:{number}: a reminder: do it or remove it"
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: a local path"
    if path.endswith(".h"):
        yield from check_guard(path, lines)


class PlantedLinesTest(unittest.TestCase):
    """The checks detect planted errors, and nothing else."""

    def found(self, path, *lines):
        return list(offences(path, list(lines)))

    def test_reminders(self):
        for word in ("TO" + "DO", "FIX" + "ME"):
            self.assertEqual(self.found("a.cc", "int a;", f"// {word}(me): later"),
                             ["a.cc:2: a reminder: do it or remove it"])
        self.assertEqual(self.found("a.cc", "int todo; // Mastodon"), [])

    def test_length(self):
        self.assertEqual(self.found("a.cc", *["x"] * LINES_MAX), [])
        self.assertEqual(self.found("a.cc", *["x"] * (LINES_MAX + 1)),
                         [f"a.cc:{LINES_MAX + 1}: longer than {LINES_MAX} lines"])
        self.assertEqual(self.found("tests/data/a.csv", *["x"] * (LINES_MAX + 1)), [])

    def test_machine_paths(self):
        for folder in ("wo" + "rk", "ho" + "me"):
            for line in (f"cd /{folder}/main", f'path = "/{folder}/x"', f"see /{folder}",
                         f"PATH=/{folder}/bin:"):
                self.assertEqual(self.found("a.md", line), ["a.md:1: a local path"], line)
            for line in (f"https://example.org/{folder}/page", f"frame{folder}/x", f"a/{folder}/b",
                         f"./{folder}/b", f"${{ROOT}}/{folder}/b", f"/{folder}er/x"):
                self.assertEqual(self.found("a.md", line), [], line)
        self.assertEqual(self.found("a.md", "cmake -B /tm" + "p/build-x"),
                         ["a.md:1: a local path"])
        self.assertEqual(self.found("a.md", "/var/lib/repatriation, /tmp/x, /usr/bin/python3"), [])

    def test_guards(self):
        right = ["// What it is.", "#ifndef COMMON_BASE_A_B_H_", "#define COMMON_BASE_A_B_H_",
                 "#include <string>", "#endif  // COMMON_BASE_A_B_H_"]
        self.assertEqual(self.found("common/base/a_b.h", *right), [])
        moved = self.found("common/domain/a_b.h", *right)
        self.assertEqual(moved, [
            "common/domain/a_b.h:2: expected #ifndef COMMON_DOMAIN_A_B_H_",
            "common/domain/a_b.h:3: expected #define COMMON_DOMAIN_A_B_H_",
            "common/domain/a_b.h:5: expected #endif  // COMMON_DOMAIN_A_B_H_",
        ])
        self.assertNotEqual(self.found("common/base/a_b.h", "#pragma once", "int a;"), [])
        self.assertNotEqual(self.found("common/base/a_b.h", "int a;"), [])
        self.assertNotEqual(self.found("common/base/a_b.h", *right[:-1]), [])


def version_offences(version, texts):
    """Yields the paths in `texts` (path -> text) with another version than CMake's."""
    for path, text in texts.items():
        named = VERSION.findall(text)
        if not named:
            yield f"{path}: has no version"
        for other in sorted(set(named) - {version}):
            yield f"{path}: {other}, but CMakeLists.txt has {version}"


class VersionTest(unittest.TestCase):
    """CMakeLists.txt defines the version; images and manifests must have the same."""

    def test_every_file(self):
        version = re.search(r"project\(.* VERSION (\S+) ", (ROOT / "CMakeLists.txt").read_text())[1]
        texts = {path: (ROOT / path).read_text() for path in VERSIONED}
        self.assertEqual(list(version_offences(version, texts)), [])
        changes = (ROOT / "CHANGELOG.md").read_text()
        self.assertEqual(re.search(r"^## \[?(\d[\d.]*)", changes, re.M)[1], version)

    def test_planted(self):
        self.assertEqual(list(version_offences("1.2.3", {"a": "newTag: 1.2.3"})), [])
        self.assertEqual(list(version_offences("1.2.3", {"a": "newTag: 1.2.2", "b": ""})),
                         ["a: 1.2.2, but CMakeLists.txt has 1.2.3", "b: has no version"])


class TreeTest(unittest.TestCase):
    def test_every_file(self):
        paths = tree_paths()
        self.assertIn("tests/lint/tree_test.py", paths)
        found = [wrong for path in paths for wrong in offences(path, file_lines(path))]
        self.assertEqual(found, [], "\n" + "\n".join(found))


if __name__ == "__main__":
    sys.exit(unittest.main())
