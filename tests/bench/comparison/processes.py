"""The processes and the temporary folder of a comparison, which cleans them up at its end.

Nothing polls with sleeps: a start waits for a line of output, a stop for the exit of the process,
both with timeouts.
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
    """Why something could not be measured."""


class ToolMissing(NotMeasured):
    """A required program is not built."""


class Process:
    """A process whose lines on stdout and stderr are kept.

    `prefix` is a command that execs `command`.
    """

    def __init__(self, name, command, prefix=(), abandon_signal=signal.SIGKILL):
        self.name = name
        self._abandon_signal = abandon_signal
        self._lines = []
        self._ended = False
        self._changed = threading.Condition()
        self.started = time.monotonic()
        # Its own session shields it from the terminal's signals; pdeathsig ends it when the
        # comparison is killed.
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
        """The match of the first line with `pattern`, and its time in seconds since the start."""
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
        """Stops it with SIGTERM."""
        self._end(signal.SIGTERM)

    def kill(self):
        """Kills it with SIGKILL."""
        self._end(signal.SIGKILL)

    def abandon(self):
        """Ends it and its children at once, when its data is no longer needed."""
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
        # PostgreSQL does not run as root and has to reach its folder.
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
    """The stdout of `command`, which must succeed within `timeout_s`."""
    command = list(map(str, command))
    name = " ".join([pathlib.Path(command[0]).name, *command[1:3]])
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"{name} did not finish within {timeout_s:.0f} s") from None
    except FileNotFoundError:
        raise NotMeasured(f"{name} is not installed") from None
    if done.returncode != 0:
        raise NotMeasured(f"{name} exited with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def run_json(command, timeout_s):
    """The last line of the stdout of `command`, parsed as JSON."""
    lines = run(command, timeout_s).splitlines()
    if not lines:
        raise NotMeasured(f"{pathlib.Path(command[0]).name} printed nothing")
    return json.loads(lines[-1])
