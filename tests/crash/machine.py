"""A service with its faults, one per start; records why each process ended."""
import re
import signal
import subprocess

from harness import TIMEOUT_S
from validators import Violation

_KILLED_AT = re.compile(r"^failpoint (\S+) ends this process at hit \d+$", re.MULTILINE)
_DISK_FAILED = re.compile(r"IO error: (No space left on device: )?failpoint")
# How long a process may take to end after its connections closed.
_EXIT_TIMEOUT_S = 15


class Machine:
    def __init__(self, service, faults, tally):
        self.service = service
        self.fault = None
        self._faults = faults
        self._tally = tally  # (service, kind of fault, failpoint or "") -> how often
        self._log_from = 0
        self._running = False
        self._killed = False

    def ensure_started(self):
        """Starts it, with its next fault, if it is not running or can no longer write; does not
        wait until it serves."""
        if self._running and not self.service.alive():
            self._record_end()
        elif self._running and self.has_failed():
            self.finish()
        if not self._running:
            self._launch()

    def ensure_serving(self):
        """Waits until it serves; if a fault ends it first, restarts it with the next one."""
        while self.service.channel is None and not self.service.await_serving():
            self._record_end()
            self._launch()

    def kill(self):
        """Sends SIGKILL; does nothing if it has already ended."""
        self._killed = True
        self.service.process.kill()

    def has_failed(self):
        """Whether the fault made its disk fail, so that it needs a restart."""
        return (self.fault.kind.startswith("failing disk")
                and _DISK_FAILED.search(self._log()) is not None)

    def ended(self):
        return not self.service.alive() or self.has_failed()

    def await_end(self):
        """Waits for the end of a process that no longer answers."""
        if self.has_failed():
            return
        try:
            self.service.process.wait(_EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._fail("no longer answers, but is alive")

    def finish(self):
        """Stops it with SIGTERM, also if it is NOT_SERVING."""
        if not self._running:
            return
        failed = self.has_failed()
        self.service.terminate()
        try:
            self.service.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._fail("does not end on SIGTERM")
        if self.service.process.returncode != 0:
            return self._record_end()
        self._running = False
        self.service.wait()
        if failed:
            self._count("failing disk")

    def abandon(self):
        if self._running:
            self.service.process.kill()
            self.service.wait()

    def _launch(self):
        self.fault = self._faults.next()
        self._killed = False
        self.service.environment = {"REPAT_FAILPOINTS": self.fault.armed}
        path = self.service.log_path
        self._log_from = path.stat().st_size if path.exists() else 0
        self.service.spawn()
        self._running = True

    def _record_end(self):
        """Records why the process ended. Raises a Violation if no fault explains it."""
        self._running = False
        status = self.service.wait()
        point = _KILLED_AT.search(self._log())
        if status == -signal.SIGKILL and point:
            self._count(self.fault.kind, point[1])
        elif status == -signal.SIGKILL and self._killed:
            self._count("kill -9")
        elif status == 1 and self.has_failed():
            self._count("failing disk")
        elif status == 1 and self.service.name == "ingest" and "DATA_LOSS" in self._log():
            self._fail("reports data loss", "durable")
        else:
            self._fail(f"ended with {status}")

    def _count(self, kind, point=""):
        lost = ", unsynced bytes lost" if "hold@" in self.fault.armed else ""
        self._tally[self.service.name, kind.split(",")[0] + lost, point] += 1

    def _fail(self, what, validator="recovers"):
        raise Violation(validator, [f"{self.service.name} {what}, armed with "
                                     f"{self.fault.armed!r}; end of its log:\n"
                                     f"{self._log()[-2500:]}"])

    def _log(self):
        with open(self.service.log_path, "rb") as log:
            log.seek(self._log_from)
            return log.read().decode(errors="replace")
