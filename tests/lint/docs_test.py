#!/usr/bin/env python3
"""Checks the code, links and commands in every Markdown page.

- A line `<!-- file: PATH -->` is followed by a code block with the whole file, which the tests
  run. `docs_test.py --update` rewrites these blocks. Python and C++ must be shown this way.
- Every relative link is to an existing file, and its #anchor to a heading.
- Every repatctl, ingest_service and query_service command has only subcommands and flags that the
  program's --help lists, and every `--flag` in code font is one of theirs. This needs the programs,
  in REPAT_BIN_DIR or build/release/bin; it is skipped if they are missing.

Prints one line per error: PATH:LINE: MESSAGE.
"""

import functools
import os
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

from tree_test import ROOT, tree_paths

README_LINES_MAX = 150
SHOWN_FILE = re.compile(r"(<!-- file: (\S+) -->\n```\w*\n)(.*?)(```\n)", re.DOTALL)
FENCE = re.compile(r"^ *```(\w*)")
SHOWN_LANGUAGES = ("python", "cpp")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"`([^`]+)`")
HEADING = re.compile(r"^(#{1,6}) +(.*?) *#*$")
PROGRAMS = ("repatctl", "ingest_service", "query_service")
COMMAND = re.compile(r"^(?:\$ )?(?:\w+=\S+ )*(?:\S*/)?(" + "|".join(PROGRAMS) + r")(?= )(.*)$")
BIN_DIR = pathlib.Path(os.environ.get("REPAT_BIN_DIR", ROOT / "build" / "release" / "bin"))


def pages():
    return [path for path in tree_paths() if path.endswith(".md")]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def with_files(text):
    """`text` with the content of each file that it shows."""
    return SHOWN_FILE.sub(lambda m: m[1] + read(m[2]) + m[4], text)


def parts_of(text):
    """(prose, code): lists of (line number, line); code also has the language of its block."""
    prose, code, language = [], [], None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if fence:
            language = fence[1] if language is None else None
        elif language is None:
            prose.append((number, line))
        else:
            code.append((number, line, language))
    return prose, code


def unshown_code(text):
    """Line numbers of code blocks that should show a file but do not."""
    shown = {text.count("\n", 0, match.end(1)) for match in SHOWN_FILE.finditer(text)}
    opens = True
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if fence and opens and fence[1] in SHOWN_LANGUAGES and number not in shown:
            yield number
        opens = opens != bool(fence)


def anchors_of(text):
    """The anchors that GitHub gives the headings of a page."""
    found = {}
    for _, line in parts_of(text)[0]:
        heading = HEADING.match(line)
        if heading:
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[2]).lower()
            slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            count = found.get(slug, 0)
            found[slug] = count + 1
            if count:
                found[f"{slug}-{count}"] = 1
    return set(found)


def links_of(text):
    """(line number, target) of every link that is not to another site."""
    for number, line in parts_of(text)[0]:
        for target in LINK.findall(CODE_SPAN.sub("", line)):
            if not re.match(r"[a-z]+:", target):
                yield number, target


def broken_links(path, text):
    for number, target in links_of(text):
        name, _, anchor = target.partition("#")
        file = (ROOT / path).parent / name
        if name and not (file.exists() and file.resolve().is_relative_to(ROOT)):
            yield f"{path}:{number}: {target}: no such file"
        elif anchor:
            page = text
            if name:
                page = file.read_text(encoding="utf-8") if file.suffix == ".md" else ""
            if anchor not in anchors_of(page):
                yield f"{path}:{number}: {target}: no such heading"


def spans_of(text):
    """(line number, code span) of the prose; a span may continue on the next line."""
    prose = parts_of(text)[0]
    paragraph = []
    for number, line in prose + [(0, "")]:
        if line.strip() and not (paragraph and line.startswith("|")):
            paragraph.append((number, line))
            continue
        joined = " ".join(part for _, part in paragraph)
        for span in CODE_SPAN.findall(joined):
            yield paragraph[0][0], " ".join(span.split())
        paragraph = [(number, line)] if line.strip() else []


def commands_of(text):
    """(line number, program, words) of every command that a page shows."""
    lines = [(number, line.strip()) for number, line, _ in parts_of(text)[1]]
    for index, (number, line) in enumerate(lines):
        while line.endswith("\\") and index + 1 < len(lines):
            index += 1
            line = f"{line[:-1]} {lines[index][1]}"
        command = COMMAND.match(line)
        if command:
            yield number, command[1], words_of(command[2])
    for number, span in spans_of(text):
        command = COMMAND.match(span)
        if command:
            yield number, command[1], words_of(command[2])


def words_of(text):
    """The words of a shell command up to its end; None if its quotes do not match."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = []
    try:
        for word in lexer:
            if set(word) <= set(";&|<>()"):
                break
            words.append(word)
    except ValueError:
        return None
    return words


class Help:
    """The flags in a program's --help, those with a value, and its subcommands."""

    # The name is followed by the type of its value, or by CLI11's notes.
    OPTION = re.compile(r"^  ((?:[A-Z_]+,)?-\S+)( (?!Excludes:|Needs:|\(Env:)\S)?")
    SUBCOMMAND = re.compile(r"^  ([a-z_]+)(?=\s|$)")

    def __init__(self, text):
        self.flags, self.with_value, self.subcommands = set(), set(), set()
        in_subcommands = False
        for line in text.splitlines():
            if not line.startswith(" "):
                in_subcommands = line == "Subcommands:"
            option, subcommand = self.OPTION.match(line), self.SUBCOMMAND.match(line)
            if option:
                names = [name for name in option[1].split(",") if name.startswith("-")]
                self.flags.update(names)
                if option[2]:
                    self.with_value.update(names)
            elif in_subcommands and subcommand:
                self.subcommands.add(subcommand[1])


def check_command(program, words, help_of):
    """The error in a command, or None. `help_of(program, *subcommands)` is a Help."""
    if words is None:
        return f"{program}: unbalanced quotes"
    known = [help_of(program)]
    subcommands, skip, seen = [], False, []
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-") and word != "-":
            seen.append(word)
            name = word.partition("=")[0]
            skip = "=" not in word and any(name in level.with_value for level in known)
        elif known[-1].subcommands:
            if word.isupper():  # a placeholder: COMMAND
                break
            if word not in known[-1].subcommands:
                return f"{' '.join([program] + subcommands)} has no command {word}"
            subcommands.append(word)
            known.append(help_of(program, *subcommands))
    return check_flags(" ".join([program] + subcommands), seen, known)


def check_flags(command, words, known):
    for word in words:
        name = word.partition("=")[0]
        if not any(name in level.flags for level in known):
            return f"{command} has no flag {name}"
    return None


@functools.lru_cache(maxsize=None)
def help_of(program, *subcommands):
    asked = subprocess.run([BIN_DIR / program, *subcommands, "--help"], check=True,
                           capture_output=True, text=True, timeout=60)
    return Help(asked.stdout)


def all_flags():
    """Every flag of every program and subcommand."""
    flags, levels = set(), [(program,) for program in PROGRAMS]
    while levels:
        level = levels.pop()
        listed = help_of(*level)
        flags |= listed.flags
        levels += [level + (name,) for name in listed.subcommands]
    return flags


class PagesTest(unittest.TestCase):
    def check(self, found):
        found = list(found)
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_pages_are_found(self):
        self.assertLessEqual({"README.md", "docs/architecture.md", "deploy/README.md"},
                             set(pages()))

    def test_the_readme_is_short(self):
        self.assertLessEqual(len(read("README.md").splitlines()), README_LINES_MAX)

    def test_shown_files_are_current(self):
        shown = 0
        for path in pages():
            text = read(path)
            shown += len(SHOWN_FILE.findall(text))
            self.assertEqual(with_files(text), text,
                             f"{path}: run tests/lint/docs_test.py --update")
        self.assertGreaterEqual(shown, 2, "no code blocks were found")

    def test_code_is_only_shown_from_files(self):
        self.check(f"{path}:{number}: code that no test runs; show a file instead"
                   for path in pages() for number in unshown_code(read(path)))

    def test_links(self):
        self.check(wrong for path in pages() for wrong in broken_links(path, read(path)))

    def test_commands(self):
        missing = [program for program in PROGRAMS if not (BIN_DIR / program).exists()]
        if missing:
            why = f"commands are not checked: no {', '.join(missing)} in {BIN_DIR}"
            print(f"skipped: {why}", file=sys.stderr)
            self.skipTest(why)
        found = []
        for path in pages():
            for number, program, words in commands_of(read(path)):
                wrong = check_command(program, words, help_of)
                if wrong:
                    found.append(f"{path}:{number}: {wrong}")
        flags = all_flags()
        for path in pages():
            for number, span in spans_of(read(path)):
                name = re.split(r"[= ]", span)[0]
                if name.startswith("--") and name not in flags:
                    found.append(f"{path}:{number}: no program has a flag {name}")
        self.check(found)


class PlantedLinesTest(unittest.TestCase):
    """The checks detect planted errors, and nothing else."""

    HELP = {
        ("repatctl",): "Usage: repatctl [OPTIONS] SUBCOMMAND\n\nOptions:\n"
                       "  -h,--help                   Print this help and exit\n"
                       "  --query HOST:PORT=a (Env:Q) The query service\n\nSubcommands:\n"
                       "  import                      Stream a file in\n"
                       "  quarantine                  Events that\n"
                       "                              do not fit\n"
                       "  drawdown                    How far\n\nrepatctl COMMAND --help\n",
        ("repatctl", "import"): "Positionals:\n  FILE TEXT REQUIRED\n\nOptions:\n"
                                "  --derive_movements,--derive-movements\n"
                                "                              Record\n"
                                "  --wait Excludes: --nothing  Return only\n",
        ("repatctl", "quarantine"): "Subcommands:\n  list                        What\n",
        ("repatctl", "quarantine", "list"): "Filter:\n  --mission ACRONYM           All\n",
        ("repatctl", "drawdown"): "Filter:\n  MISSION,--mission ACRONYM REQUIRED\n"
                                  "                              Acronym\n",
    }

    def wrong_with(self, text):
        def planted_help(*command):
            return Help(self.HELP[command])
        return [check_command(program, words, planted_help)
                for _, program, words in commands_of(text)]

    def test_changed_block_is_detected(self):
        path = "docs/guide/streaming-clients.md"
        text = read(path)
        first_line = read(SHOWN_FILE.search(text)[2]).splitlines()[0]
        changed = text.replace(first_line, "changed")
        self.assertNotEqual(with_files(changed), changed)

    def test_unshown_code(self):
        shown = "<!-- file: a.py -->\n```python\nx\n```\n"
        self.assertEqual(list(unshown_code(shown)), [])
        self.assertEqual(list(unshown_code(shown + "```python\nx\n```\n```\ny\n```\n")), [5])

    def test_anchors(self):
        text = "# A `b` c: d, e!\n## [Link](x.md) one\n## Same\n## Same\n```\n# no\n```\n"
        self.assertEqual(anchors_of(text), {"a-b-c-d-e", "link-one", "same", "same-1"})

    def test_links(self):
        text = ("[a](README.md) [b](README.md#ten-repatctl-commands) [c](https://x.org/y) [d](#a)\n"
                "# A\n`[e](gone.md)`\n```\n[f](gone.md)\n```\n")
        self.assertEqual(list(broken_links("x.md", text)), [])
        text = "[a](README.md)\n\n[b](../README.md#x)\n"
        self.assertEqual(list(broken_links("docs/x.md", text)), [
            "docs/x.md:1: README.md: no such file",
            "docs/x.md:3: ../README.md#x: no such heading",
        ])

    def test_right_commands(self):
        text = ("```\n$ repatctl --query a:1 import --wait - # and waits\n"
                "$ A=1 bin/repatctl drawdown MINUSMA --query=b --mission X | head\n"
                "repatctl quarantine list \\\n    --mission 'a b'\nrecorded at position 1\n"
                "a repatctl --nothing\n```\n`repatctl --help`, `repatctl COMMAND --help`, "
                "`repatctl\nimport --derive-movements`.\n")
        self.assertEqual(self.wrong_with(text), [None] * 6)

    def test_wrong_commands(self):
        text = ("```\nrepatctl export --wait\nrepatctl import a.csv --waits\n"
                "repatctl quarantine lists\nrepatctl import 'a\n```\n"
                "`repatctl drawdown M --wait`\n")
        self.assertEqual(self.wrong_with(text), [
            "repatctl has no command export",
            "repatctl import has no flag --waits",
            "repatctl quarantine has no command lists",
            "repatctl: unbalanced quotes",
            "repatctl drawdown has no flag --wait",
        ])


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        for page in pages():
            (ROOT / page).write_text(with_files(read(page)), encoding="utf-8")
    else:
        unittest.main()
