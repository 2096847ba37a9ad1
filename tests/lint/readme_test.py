#!/usr/bin/env python3
"""The code that README.md shows is that of the files which the tests run.

A line `<!-- file: PATH -->` is followed by a code block with the whole file.
`readme_test.py --update` writes the blocks anew.
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- file: (\S+) -->\n```\w*\n)(.*?)(```\n)", re.DOTALL)


def with_files(text):
    """`text` with each block replaced by its file."""
    return BLOCK.sub(lambda m: m[1] + (ROOT / m[2]).read_text() + m[4], text)


class ReadmeTest(unittest.TestCase):
    def test_shows_the_files_as_they_are(self):
        text = README.read_text()
        self.assertGreaterEqual(len(BLOCK.findall(text)), 2, "no code blocks were found")
        self.assertEqual(with_files(text), text, "run tests/lint/readme_test.py --update")

    def test_names_only_files_that_exist(self):
        for path in re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text()):
            self.assertTrue((ROOT / path).exists(), path)

    def test_a_changed_block_is_noticed(self):
        text = README.read_text()
        path = BLOCK.search(text)[2]
        first_line = (ROOT / path).read_text().splitlines()[0]
        self.assertNotEqual(with_files(text.replace(first_line, "changed")),
                            text.replace(first_line, "changed"))


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        README.write_text(with_files(README.read_text()))
    else:
        unittest.main()
