"""A run whose validators find nothing would prove nothing: a planted bug has to be found.

The bug is a log whose sync says that it was done and was not, while the bytes are still in
memory: what the ingest service acknowledges is then gone with its process.
"""
import os
import pathlib
import re
import subprocess
import tempfile

RUN = pathlib.Path(__file__).resolve().parent / "run"
# One of them is enough, but where the process ends is not part of the plan.
CYCLES = "10"


def run(*arguments):
    # A run keeps the data of a violation; here nobody wants it.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=300, env={**os.environ, "TMPDIR": folder})


def test_a_sync_that_does_nothing_is_found(tmp_path):
    results = tmp_path / "results.md"
    done = run("--canary", "--cycles", CYCLES, "--results", results)
    assert done.returncode == 1, done.stdout
    assert re.search(r"^VIOLATION in the ledger of seed \d+, cycle \d+, durable: ", done.stdout,
                     re.MULTILINE), done.stdout
    last = done.stdout.splitlines()[-1]
    assert re.search(r"lost [1-9]\d*, 1 violations$", last), last
    assert ", 1 violations;" in results.read_text()


def test_the_same_run_without_it_finds_nothing():
    done = run("--cycles", CYCLES)
    assert done.returncode == 0, done.stdout
    assert re.search(r"lost 0, 0 violations$", done.stdout.splitlines()[-1]), done.stdout


def test_a_failpoint_that_there_is_not_is_refused(tmp_path):
    binary = pathlib.Path(os.environ["REPAT_BIN_DIR"]) / "ingest_service"
    done = subprocess.run([binary, "--listen=127.0.0.1:0", f"--data_dir={tmp_path}/data"],
                          env={**os.environ, "REPAT_FAILPOINTS": "nowhere=kill@1"},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == 1
    assert "REPAT_FAILPOINTS: expected NAME=ACTION@COUNT with NAME one of ledger.before_write" in (
        done.stderr)
    assert not (tmp_path / "data").exists()
