"""Processes and the folder of a comparison, all of which end with it.

Nothing here waits by sleeping: a start ends with a line that the process prints, an end with the
process, and either with an error once its time is up.
"""
import contextlib
import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

STOP_TIMEOUT_S = 120


class NotMeasured(Exception):
    """Why a figure could not be had."""


class ToolMissing(NotMeasured):
    """It takes a program that this build does not have."""


class Process:
    """A process that prints lines: stdout and stderr, kept together.

    `prefix` is a command that runs `command` in its own place.
    """

    def __init__(self, name, command, prefix=(), abandon_signal=signal.SIGKILL):
        self.name = name
        self._abandon_signal = abandon_signal
        self._lines = []
        self._ended = False
        self._changed = threading.Condition()
        self.started = time.monotonic()
        # A session of its own keeps the terminal's signals away from it; it ends all the same
        # when the comparison itself is killed.
        self.popen = subprocess.Popen(
            [*prefix, "setpriv", "--pdeathsig", abandon_signal.name.removeprefix("SIG"),
             *map(str, command)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self.popen.pid

    def _read(self):
        for line in self.popen.stdout:
            with self._changed:
                self._lines.append((time.monotonic(), line.rstrip("\n")))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def await_line(self, pattern, timeout_s):
        """The match of the first line with `pattern`, and the seconds from the start to it."""
        deadline = time.monotonic() + timeout_s
        seen = 0
        with self._changed:
            while True:
                for when, line in self._lines[seen:]:
                    if found := re.search(pattern, line):
                        return found, when - self.started
                seen = len(self._lines)
                if self._ended or not self._changed.wait(max(0, deadline - time.monotonic())):
                    raise NotMeasured(f"{self.name} did not print {pattern!r} within "
                                      f"{timeout_s:.0f} s; its last lines:\n{self.last_lines()}")

    def last_lines(self, count=8):
        return "\n".join(line[:300] for _, line in self._lines[-count:])

    def stop(self):
        """Ends it as an operator does."""
        self._end(signal.SIGTERM)

    def kill(self):
        """Ends it as a crash does."""
        self._end(signal.SIGKILL)

    def abandon(self):
        """Ends it and its children at once: its data is not needed any more."""
        self._end(self._abandon_signal)

    def _end(self, how):
        if self.popen.poll() is None:
            self.popen.send_signal(how)
            try:
                self.popen.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self._reader.join()
        self.popen.stdout.close()


class Workspace:
    """A temporary folder and the processes that use it."""

    def __init__(self, parent=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="repat-compare-", dir=parent))
        # PostgreSQL, which refuses to be root, has to reach its own folder in here.
        self.folder.chmod(0o711)
        self._processes = []

    def start(self, name, command, **how):
        process = Process(name, command, **how)
        self._processes.append(process)
        return process

    def make_folder(self, name):
        path = self.folder / name
        path.mkdir(mode=0o700)
        return path

    def close(self):
        for process in reversed(self._processes):
            with contextlib.suppress(OSError):
                process.abandon()
        shutil.rmtree(self.folder, ignore_errors=True)


def run(command, timeout_s):
    """What `command` prints on stdout; it must succeed in time."""
    command = list(map(str, command))
    name = " ".join([pathlib.Path(command[0]).name, *command[1:3]])
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"{name} did not end within {timeout_s:.0f} s") from None
    except FileNotFoundError:
        raise NotMeasured(f"{name} is not there") from None
    if done.returncode != 0:
        raise NotMeasured(f"{name} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def run_json(command, timeout_s):
    """The last line that `command` prints, a JSON object."""
    lines = run(command, timeout_s).splitlines()
    if not lines:
        raise NotMeasured(f"{pathlib.Path(command[0]).name} printed nothing")
    return json.loads(lines[-1])
