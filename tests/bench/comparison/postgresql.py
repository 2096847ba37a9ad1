"""A private PostgreSQL cluster, set up as well as one may for this work."""
import json
import os
import pathlib
import pwd
import signal

from comparison import machine
from comparison.processes import NotMeasured, run, run_json

# The newest one that Debian 12 packages, which is what the bars name.
PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
START_TIMEOUT_S = 60
# Slower than this, and the machine is not one to measure on.
EVENTS_PER_SECOND_MIN = 2_000

METHODS = [(method, connections) for method in ("insert", "copy") for connections in (1, 2)]


def settings(socket_folder):
    """(name, value, why). Whatever is not named stays as PostgreSQL has it."""
    memory_mib = machine.memory_total() >> 20
    return [
        ("listen_addresses", "''", "only the Unix socket, which is faster than TCP"),
        ("unix_socket_directories", f"'{socket_folder}'", "in the comparison's own folder"),
        ("max_connections", "100", "64 callers and some more"),
        ("fsync", "on", "the work is to be durable"),
        ("synchronous_commit", "on", "acknowledged only once it is synced"),
        ("shared_buffers", f"{min(memory_mib // 4, 8192)}MB",
         "a quarter of the memory, the manual's advice; at most 8 GiB"),
        ("effective_cache_size", f"{memory_mib // 2}MB", "the same advice"),
        ("huge_pages", "try", "where the machine has them"),
        ("wal_level", "minimal", "the least log; a real one with replicas would write more"),
        ("max_wal_senders", "0", "what wal_level = minimal asks for"),
        ("wal_buffers", "64MB", "no backend writes the log of another because they are full"),
        ("max_wal_size", "16GB", "no checkpoint while a run is timed: each page's first change "
                                 "after one is logged whole"),
        ("min_wal_size", "2GB", "log files are reused, not made anew"),
        ("checkpoint_timeout", "1h", "as for max_wal_size"),
        ("wal_compression", "lz4", "of the whole pages that a checkpoint does bring about"),
        ("work_mem", "64MB", "no sort or hash of a batch goes to disk"),
        ("jit", "off", "short statements do not earn back a compilation"),
        ("autovacuum", "on", "nobody can do without; it finds next to nothing to do, since the "
                             "table of events is only added to and new totals of the roll-up stay "
                             "in their page (fillfactor 70, all updates HOT)"),
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
        """What runs a command as a user that PostgreSQL accepts, who then owns the folder."""
        if os.geteuid() != 0:
            return []
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            raise NotMeasured("there is no user postgres to run PostgreSQL") from None
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def _init(self):
        # In locale C texts are compared as bytes, as the ledger does.
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
        """Empty tables, and a log that is written to files which are there already."""
        run(*self._load("schema"))
        self.sql("CHECKPOINT")

    def load(self, method, events, connections, seed=1, **flags):
        """Writes events; the loader's figures, once what it recorded is right."""
        figures = run_json(*self._load(method, events, seed, connections, **flags))
        if figures["recorded"] != events:
            raise NotMeasured(f"PostgreSQL recorded {figures['recorded']} of {events} events")
        return figures

    def ask(self, seconds, connections, seed):
        """Figures of each question by its name, about the mission of `seed`."""
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
        """Of its processes, and of those shared buffers that hold anything."""
        self.sql("CREATE EXTENSION IF NOT EXISTS pg_buffercache")
        buffers = int(self.sql("SELECT count(relfilenode) FROM pg_buffercache"))
        return 8192 * buffers + machine.private_bytes(self.process.pid)


def is_installed():
    return (PROGRAMS / "initdb").exists() and (PROGRAMS / "psql").exists()
