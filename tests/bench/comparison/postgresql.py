"""A private PostgreSQL cluster, tuned for this workload."""
import json
import os
import pathlib
import pwd
import signal

from comparison import machine
from comparison.processes import NotMeasured, run, run_json

# The version that Debian 12 packages, to which the targets refer.
PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
START_TIMEOUT_S = 60
# For timeouts: a slower machine is unsuitable for the comparison.
EVENTS_PER_SECOND_MIN = 2_000

METHODS = [(method, connections) for method in ("insert", "copy") for connections in (1, 2)]


def settings(socket_folder):
    """(name, value, why). All other settings have PostgreSQL's defaults."""
    memory_mib = machine.memory_total() >> 20
    return [
        ("listen_addresses", "''", "only the Unix socket, which is faster than TCP"),
        ("unix_socket_directories", f"'{socket_folder}'", "in the comparison's own folder"),
        ("max_connections", "100", "64 callers and some spare"),
        ("fsync", "on", "commits must be durable"),
        ("synchronous_commit", "on", "acknowledged only after the sync"),
        ("shared_buffers", f"{min(memory_mib // 4, 8192)}MB",
         "a quarter of the memory, as the manual recommends; at most 8 GiB"),
        ("effective_cache_size", f"{memory_mib // 2}MB", "half of the memory, also recommended"),
        ("huge_pages", "try", "if the machine has them"),
        ("wal_level", "minimal", "the smallest WAL; a real cluster with replicas writes more"),
        ("max_wal_senders", "0", "required by wal_level = minimal"),
        ("wal_buffers", "64MB", "large enough that no backend has to flush for others"),
        ("max_wal_size", "16GB", "no checkpoint during a run, since after one the first change of "
                                 "each page is logged as a full page"),
        ("min_wal_size", "2GB", "WAL files are reused, not created"),
        ("checkpoint_timeout", "1h", "as for max_wal_size"),
        ("wal_compression", "lz4", "for full pages, if there is a checkpoint after all"),
        ("work_mem", "64MB", "no sort or hash of a batch spills to disk"),
        ("jit", "off", "compilation does not pay off for short statements"),
        ("autovacuum", "on", "as in production; it has little to do, since the table of events "
                             "is append-only and all updates of the roll-up are HOT "
                             "(fillfactor 70)"),
        ("client_min_messages", "warning", "quiet"),
    ]


class PostgreSQL:
    def __init__(self, workspace, loader):
        self._workspace = workspace
        self._loader = loader
        self.folder = workspace.make_folder("postgresql")
        self._prefix = self._as_user()
        self._init()
        self.process = workspace.start(
            "PostgreSQL", [PROGRAMS / "postgres", "-D", self.folder / "data"],
            prefix=self._prefix, abandon_signal=signal.SIGQUIT)
        self.process.await_line("ready to accept connections", START_TIMEOUT_S)
        self.clear()

    def _as_user(self):
        """Command prefix that runs as a non-root user, who is made the owner of the folder."""
        if os.geteuid() != 0:
            return []
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            raise NotMeasured("no user postgres to run PostgreSQL") from None
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def _init(self):
        # Locale C compares text bytewise, like the ledger.
        run([*self._prefix, PROGRAMS / "initdb", "--pgdata", self.folder / "data", "--auth=trust",
             "--username=bench", "--locale=C", "--encoding=UTF8"], START_TIMEOUT_S)
        with open(self.folder / "data" / "postgresql.auto.conf", "a") as file:
            file.writelines(f"{name} = {value}\n"
                            for name, value, _ in settings(self.folder))

    def _load(self, method, events=0, seed=1, connections=1, **flags):
        command = [self._loader, f"--method={method}", f"--events={events}", f"--seed={seed}",
                   f"--connections={connections}",
                   f"--connection=host={self.folder} user=bench dbname=postgres",
                   *(f"--{name}={value}" for name, value in flags.items())]
        return command, 60 + events / EVENTS_PER_SECOND_MIN

    def sql(self, statement, timeout_s=600):
        return run([PROGRAMS / "psql", f"--host={self.folder}", "--username=bench", "--no-psqlrc",
                    "--quiet", "--tuples-only", "--no-align", "--command", statement, "postgres"],
                   timeout_s).strip()

    def clear(self):
        """Recreates the tables; the checkpoint lets WAL files be reused."""
        run(*self._load("schema"))
        self.sql("CHECKPOINT")

    def load(self, method, events, connections, seed=1, **flags):
        """Writes events, checks how many were recorded, and returns the loader's figures."""
        figures = run_json(*self._load(method, events, seed, connections, **flags))
        if figures["recorded"] != events:
            raise NotMeasured(f"PostgreSQL recorded {figures['recorded']} of {events} events")
        return figures

    def query(self, seconds, connections, seed):
        """Figures by name of the query, for the mission of `seed`."""
        self.sql("VACUUM ANALYZE roll_up")
        lines = run(*self._load("questions", seed=seed, connections=connections,
                                seconds=seconds)).splitlines()
        return {line["question"]: line for line in map(json.loads, lines)}

    def count_events(self):
        return int(self.sql("SELECT coalesce(sum(events), 0) FROM roll_up"))

    def disk_bytes(self):
        return int(self.sql("SELECT pg_total_relation_size('event') + "
                            "pg_total_relation_size('roll_up')"))

    def memory_bytes(self):
        """Memory of the processes and of the used shared buffers."""
        self.sql("CREATE EXTENSION IF NOT EXISTS pg_buffercache")
        buffers = int(self.sql("SELECT count(relfilenode) FROM pg_buffercache"))
        return 8192 * buffers + machine.private_bytes(self.process.pid)


def is_installed():
    return (PROGRAMS / "initdb").exists() and (PROGRAMS / "psql").exists()
