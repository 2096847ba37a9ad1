"""The crash tests must detect a planted bug.

The bug is a log whose sync reports success without syncing, while the bytes are still in memory:
entries that the ingest service acknowledged are lost with its process.
"""
import os
import pathlib
import re
import subprocess
import tempfile

RUN = pathlib.Path(__file__).resolve().parent / "run"
# One cycle is usually enough, but where the process ends is not deterministic.
CYCLES = "10"


def run(*arguments):
    # A run keeps the data of a violation, which is not needed here.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=300, env={**os.environ, "TMPDIR": folder})


def test_skipped_sync_is_detected(tmp_path):
    results = tmp_path / "results.md"
    done = run("--canary", "--cycles", CYCLES, "--results", results)
    assert done.returncode == 1, done.stdout
    assert re.search(r"^VIOLATION in the ledger of seed \d+, cycle \d+, durable: ", done.stdout,
                     re.MULTILINE), done.stdout
    last = done.stdout.splitlines()[-1]
    assert re.search(r"lost [1-9]\d*, 1 violations$", last), last
    assert ", 1 violations;" in results.read_text()


def test_no_violation_without_the_planted_bug():
    done = run("--cycles", CYCLES)
    assert done.returncode == 0, done.stdout
    assert re.search(r"lost 0, 0 violations$", done.stdout.splitlines()[-1]), done.stdout


def test_unknown_failpoint_is_rejected(tmp_path):
    binary = pathlib.Path(os.environ["REPAT_BIN_DIR"]) / "ingest_service"
    done = subprocess.run([binary, "--listen=127.0.0.1:0", f"--data_dir={tmp_path}/data"],
                          env={**os.environ, "REPAT_FAILPOINTS": "nowhere=kill@1"},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == 1
    assert "REPAT_FAILPOINTS: expected NAME=ACTION@COUNT with NAME one of ledger.before_write" in (
        done.stderr)
    assert not (tmp_path / "data").exists()
