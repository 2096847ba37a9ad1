"""Runs the ingest service and query services, and loads them."""
import shutil

from comparison import machine
from comparison.processes import NotMeasured, run, run_json

START_TIMEOUT_S = 300
# For timeouts: a slower machine is unsuitable for the comparison.
EVENTS_PER_SECOND_MIN = 10_000
STREAMS, BATCH = 2, 1_000
LISTENING = r"^listening on (127\.0\.0\.1:\d+)$"


class Service:
    """A service with its own data directory, which it keeps across restarts."""

    def __init__(self, workspace, binaries, name, program, flags=()):
        self._workspace = workspace
        self._command = [binaries / program, "--listen=127.0.0.1:0",
                         f"--data_dir={workspace.folder / name}", "--log_level=info", *flags]
        self.name = name
        self.data_dir = workspace.folder / name
        self.process = None
        self.address = None

    def start(self):
        """Starts it; returns the seconds until it serves."""
        self.process = self._workspace.start(self.name, self._command)
        found, seconds = self.process.await_line(LISTENING, START_TIMEOUT_S)
        self.address = found[1]
        return seconds

    def await_caught_up(self, position, timeout_s):
        """Seconds from the start of this replica until it has applied `position`."""
        _, seconds = self.process.await_line(
            rf"caught up with the ledger at position {position}$", timeout_s)
        return seconds

    def remove(self):
        """Stops it and removes its data."""
        self.process.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def resident_bytes(self):
        return machine.resident_bytes(self.process.pid)

    def disk_bytes(self):
        return machine.disk_bytes(self.data_dir)


class Services:
    """An ingest service and a replica; `close` removes their data."""

    def __init__(self, workspace, binaries, name):
        self._workspace = workspace
        self._binaries = binaries
        self._name = name
        self.position = 0  # of the ledger's last entry
        self.ingest = Service(workspace, binaries, f"{name}-ingest", "ingest_service")
        self.ingest.start()
        self.query = self.make_replica("query")
        self.query.start()

    def make_replica(self, name):
        return Service(self._workspace, self._binaries, f"{self._name}-{name}", "query_service",
                       [f"--ingest={self.ingest.address}"])

    def restart(self):
        """Starts both on their old data; returns the seconds of each until it serves."""
        seconds = self.ingest.start()
        self.query = self.make_replica("query")  # since the ingest address has changed
        return seconds, self.query.start()

    def load(self, events, seed, *flags, duplicate=False, verify=True):
        """Runs repatctl load, checks its result, and returns its figures."""
        figures = run_json(
            [self._binaries / "repatctl", f"--ingest={self.ingest.address}",
             f"--query={self.query.address}", "load", f"--events={events}", f"--seed={seed}",
             *flags, *([] if verify else ["--no_verify"])],
            60 + events / EVENTS_PER_SECOND_MIN)
        recorded = 0 if duplicate else events
        if figures["recorded"] != recorded or figures["verified"] is not (True if verify else None):
            raise NotMeasured(f"repatctl load recorded {figures['recorded']} events, expected "
                              f"{recorded}; verified: {figures['verified']}")
        self.position += recorded
        return figures

    def stream(self, events, seed, *flags, **how):
        return self.load(events, seed, f"--streams={STREAMS}", f"--batch={BATCH}", *flags, **how)

    def close(self):
        for service in (self.query, self.ingest):
            service.remove()


def can_load_unary(binaries):
    return "--unary" in run([binaries / "repatctl", "load", "--help"], 60)
