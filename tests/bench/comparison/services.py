"""The ingest service, its replicas and the load on them."""
import shutil

from comparison import machine
from comparison.processes import NotMeasured, run, run_json

START_TIMEOUT_S = 300
# Slower than this, and the machine is not one to measure on.
EVENTS_PER_SECOND_MIN = 10_000
STREAMS, BATCH = 2, 1_000
LISTENING = r"^listening on (127\.0\.0\.1:\d+)$"


class Service:
    """A service on a data directory of its own, which it finds again when it is started anew."""

    def __init__(self, workspace, binaries, name, program, flags=()):
        self._workspace = workspace
        self._command = [binaries / program, "--listen=127.0.0.1:0",
                         f"--data_dir={workspace.folder / name}", "--log_level=info", *flags]
        self.name = name
        self.data_dir = workspace.folder / name
        self.process = None
        self.address = None

    def start(self):
        """Seconds from the start of the process until it serves."""
        self.process = self._workspace.start(self.name, self._command)
        found, seconds = self.process.await_line(LISTENING, START_TIMEOUT_S)
        self.address = found[1]
        return seconds

    def await_caught_up(self, position, timeout_s):
        """Seconds from the start of this replica until it has reached the ledger's `position`."""
        _, seconds = self.process.await_line(
            rf"caught up with the ledger at position {position}$", timeout_s)
        return seconds

    def remove(self):
        """Ends it and removes its data."""
        self.process.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def resident_bytes(self):
        return machine.resident_bytes(self.process.pid)

    def disk_bytes(self):
        return machine.disk_bytes(self.data_dir)


class Services:
    """One ingest service and a replica that follows it; `close` removes their data."""

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
        """Starts both, which have ended, on their data; seconds of each until it serves."""
        seconds = self.ingest.start()
        self.query = self.make_replica("query")  # as the address to follow is another one
        return seconds, self.query.start()

    def load(self, events, seed, *flags, duplicate=False, verify=True):
        """Streams events in; the figures of repatctl, once the replica's totals are right."""
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
