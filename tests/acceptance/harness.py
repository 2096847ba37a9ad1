"""Runs the real binaries for the acceptance tests.

Each service is a separate process on a free loopback port, with its data and its log in a
temporary folder that the Cluster removes. Nothing here sleeps: a start waits for the line
`listening on`, a position for an RPC, an end for the process.

REPAT_BIN_DIR is the folder of ingest_service, query_service and repatctl.
"""
import contextlib
import dataclasses
import os
import pathlib
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# Forking a process with gRPC threads is safe here, as the child only runs exec.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import grpc

from stubs import ROOT, health, rpc, v1

DATA = ROOT / "tests" / "data"
INGEST_SERVICES = ["repatriation.v1.IngestService", "repatriation.v1.LedgerFeedService",
                   "repatriation.v1.BackupService", "repatriation.v1.LedgerProofService",
                   "repatriation.v1.CheckpointService"]
QUERY_SERVICES = ["repatriation.v1.QueryService", "repatriation.v1.LedgerProofService"]
SERVING = health.HealthCheckResponse.SERVING
NOT_SERVING = health.HealthCheckResponse.NOT_SERVING

# Upper bound of every wait; far longer than needed.
TIMEOUT_S = 30


def binary(name):
    folder = os.environ.get("REPAT_BIN_DIR")
    assert folder, "REPAT_BIN_DIR must be the folder of the binaries"
    path = pathlib.Path(folder) / name
    assert path.exists(), f"{path} is not built"
    return str(path)


def is_sanitized(name):
    """Whether the program was built with AddressSanitizer."""
    return b"__asan_init" in pathlib.Path(binary(name)).read_bytes()


def await_process(process, timeout_s=TIMEOUT_S):
    """The exit status of `process`; kills it and fails if it does not end by itself."""
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"{process.args[-1]} did not end within {timeout_s} s") from None


class Service:
    """A service process, which can be restarted on the same data and the same port."""

    running = []  # services of this test, for the report of a failure

    def __init__(self, name, program, folder, flags):
        self.name = name
        self.program = program
        self.flags = list(flags)
        self.log_path = pathlib.Path(folder) / f"{name}.log"
        self.data_dir = pathlib.Path(folder) / name
        self.port = 0
        self.process = None
        self.channel = None
        self.stdout = ""
        # Whether SIGXFSZ stays ignored, so that a write beyond `ulimit -f` fails instead.
        self.ignores_size_signal = False
        # Added to the environment of the process.
        self.environment = {}

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def spawn(self):
        """Starts the process without waiting for it."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                # So that no service outlives a killed test.
                ["setpriv", "--pdeathsig", "KILL", binary(self.program),
                 f"--listen={self.address}", f"--data_dir={self.data_dir}", *self.flags],
                stdout=subprocess.PIPE, stderr=log, restore_signals=not self.ignores_size_signal,
                env={**os.environ, **self.environment})
        self.stdout = ""
        if self not in Service.running:
            Service.running.append(self)

    def start(self):
        """Starts it and waits until it serves; on its previous port if it had one."""
        self.spawn()
        if not self.await_serving():
            raise AssertionError(f"{self.name} did not start serving, exit status "
                                 f"{await_process(self.process, 1)}; its log:\n{self.log()}")
        return self

    def await_serving(self):
        """Waits until the process serves; False if it ended first."""
        deadline = time.monotonic() + TIMEOUT_S
        while "\n" not in self.stdout:
            readable, _, _ = select.select([self.process.stdout], [], [],
                                           max(0, deadline - time.monotonic()))
            assert readable, f"{self.name} is not serving yet; its log:\n{self.log()}"
            read = os.read(self.process.stdout.fileno(), 4096).decode()
            self.stdout += read
            if not read:
                return False
        announced = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", self.stdout)
        assert announced, f"{self.name} printed {self.stdout!r}, expected `listening on HOST:PORT`"
        self.port = int(announced[1])
        self.channel = connect(self.address)
        return True

    def start_on_fixed_port(self):
        """As start(), on a port that stays free while the process is down.

        An ephemeral port could be taken by a client in the meantime, so this uses a lower one.
        """
        lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        while True:
            self.port = random.randrange(10_000, lowest)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    continue
            try:
                return self.start()
            except AssertionError:
                if "address already in use" not in self.log():
                    raise

    def _ended(self):
        if self.channel is not None:
            self.channel.close()
            self.channel = None
        self.stdout += self.process.stdout.read().decode()
        self.process.stdout.close()
        if self in Service.running:
            Service.running.remove(self)

    def wait(self):
        """The exit status, once the process has ended."""
        status = await_process(self.process)
        self._ended()
        return status

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Stops it with SIGTERM; it has to exit with 0 and to have printed one line."""
        self.terminate()
        status = self.wait()
        assert status == 0, f"{self.name} ended with {status}, expected 0; its log:\n{self.log()}"
        assert self.stdout.count("\n") == 1, f"{self.name} printed {self.stdout!r}, not one line"

    def kill9(self):
        """Kills it, as a crash does."""
        self.process.kill()
        status = self.wait()
        assert status == -signal.SIGKILL, f"{self.name} ended with {status} before:\n{self.log()}"

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def log(self, lines=30):
        """Its last lines, each truncated."""
        return "\n".join(line[:300] for line in self.log_lines()[-lines:])

    def log_lines(self):
        if not self.log_path.exists():
            return []
        return self.log_path.read_text(errors="replace").splitlines()

    def health(self, name=""):
        return health.HealthStub(self.channel).Check(
            health.HealthCheckRequest(service=name), timeout=TIMEOUT_S).status

    def await_health(self, wanted, name=""):
        """Waits until the health of `name` is `wanted`."""
        watch = health.HealthStub(self.channel).Watch(
            health.HealthCheckRequest(service=name), timeout=TIMEOUT_S)
        try:
            for update in watch:
                if update.status == wanted:
                    return
        except grpc.RpcError as error:
            raise AssertionError(
                f"health of {name!r} did not become {wanted}: {error.details()}") from None
        finally:
            watch.cancel()


def connect(address, *options):
    return grpc.insecure_channel(address, options=[
        *options,
        ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
        # Connections are not shared, so that a restarted server is not subject to backoff.
        ("grpc.use_local_subchannel_pool", 1)])


class Cluster:
    """An ingest service and any number of query services that follow it, in one folder."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="repat-acceptance-"))
        self.services = []

    def add_ingest(self, *flags, name="ingest"):
        return self._add(Service(name, "ingest_service", self.folder, flags))

    def add_query(self, ingest, *flags, name="query"):
        # A short backoff, so that no test waits long for a reconnect.
        return self._add(Service(name, "query_service", self.folder,
                                 [f"--ingest={ingest.address}", "--follow_backoff_max=200ms",
                                  *flags]))

    def _add(self, service):
        self.services.append(service)
        return service

    def start(self, ingest_flags=(), query_flags=()):
        """One of each, on free ports."""
        self.add_ingest(*ingest_flags).start()
        self.add_query(self.ingest, *query_flags).start()
        return self

    def service(self, name):
        return next(service for service in self.services if service.name == name)

    @property
    def ingest(self):
        return self.service("ingest")

    @property
    def query(self):
        return self.service("query")

    def write(self, name, text):
        """Writes a file of this name in the folder and returns its path."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def ctl_command(self, *arguments):
        return [binary("repatctl"), f"--ingest={self.ingest.address}",
                f"--query={self.query.address}", *map(str, arguments)]

    def ctl(self, *arguments, status=0):
        """Runs repatctl, which must exit with `status`; returns its CompletedProcess."""
        done = subprocess.run(self.ctl_command(*arguments), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=4 * TIMEOUT_S)
        assert done.returncode == status, (
            f"repatctl {' '.join(map(str, arguments))} ended with {done.returncode}, expected "
            f"{status}\nstdout: {done.stdout}\nstderr: {done.stderr}")
        return done

    def close(self, check=True):
        """Stops all services, checks that they exit with 0, and removes the folder."""
        failures = []
        for service in reversed(self.services):
            if service.process is None:
                continue
            if not service.alive():
                if service in Service.running:
                    status = service.wait()
                    failures.append(f"{service.name} died with {status}:\n{service.log()}")
                continue
            try:
                service.stop()
            except AssertionError as failure:
                failures.append(str(failure))
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not (check and failures), "\n".join(failures)


@contextlib.contextmanager
def cluster_running(ingest_flags=(), query_flags=()):
    cluster = Cluster()
    try:
        yield cluster.start(ingest_flags, query_flags)
    except BaseException:
        cluster.close(check=False)
        raise
    cluster.close()


# RPCs.


def ingest_stub(service):
    return v1.IngestServiceStub(service.channel)


def query_stub(service):
    return v1.QueryServiceStub(service.channel)


def append(ingest, *submissions):
    """Appends submissions or events in one batch; the BatchResult."""
    request = v1.AppendEventsRequest(submissions=[as_submission(each) for each in submissions])
    return ingest_stub(ingest).AppendEvents(request, timeout=TIMEOUT_S).result


def append_one(ingest, submission):
    """Appends one submission, which must be accepted; its position."""
    result = append(ingest, submission)
    assert not result.rejections, f"rejected: {result.rejections}"
    return result.positions[0]


def as_submission(content):
    if isinstance(content, v1.Submission):
        return content
    field = {"Event": "event", "Amendment": "amendment", "Voiding": "voiding"}
    return v1.Submission(**{field[type(content).__name__]: content})


def event(event_id, **fields):
    """A valid event, changed by `fields`."""
    content = dict(mission="MINUSMA", kind=v1.KIND_REPATRIATION, day="2023-09-20",
                   category=v1.CATEGORY_CONTINGENT_TROOPS, country="SEN", site="Mopti",
                   headcount=116)
    content.update(fields)
    return v1.Event(event_id=event_id, **content)


def follow(ingest, **request):
    """Follows the ledger: yields (tail_position, block) for each message."""
    call = v1.LedgerFeedServiceStub(ingest.channel).Follow(
        v1.FollowRequest(**request), timeout=TIMEOUT_S)
    try:
        for message in call:
            yield message.tail_position, message.block
    finally:
        call.cancel()


def tail_of(ingest):
    """The last durable position."""
    with contextlib.closing(follow(ingest)) as messages:
        return next(messages)[0]


def await_tail(ingest, position):
    """Waits until the ledger has reached `position`; returns its tail."""
    with contextlib.closing(follow(ingest)) as messages:
        for tail, _ in messages:
            if tail >= position:
                return tail
    raise AssertionError(f"the feed ended before position {position}")


def header_of(query, min_position=0):
    """The header of an answer at `min_position` or later."""
    request = v1.ListMissionsRequest(read=v1.ReadOptions(min_position=min_position), page_size=1)
    return query_stub(query).ListMissions(request, timeout=TIMEOUT_S).header


def all_events(query, **request):
    """Every EventRecord that ListEvents returns for the request, from all pages."""
    request = v1.ListEventsRequest(page_size=1000, **request)
    records = []
    while True:
        response = query_stub(query).ListEvents(request, timeout=TIMEOUT_S)
        records.extend(response.events)
        if not response.next_page_token:
            return records
        request.page_token = response.next_page_token


def headcount(query, min_position=0, known_at=None, **filters):
    """The headcount of a figure, as known at a position (int), at a time, or now."""
    read = v1.ReadOptions(min_position=min_position)
    if isinstance(known_at, int):
        read.known_at_position = known_at
    elif known_at is not None:
        read.known_at_time.CopyFrom(known_at)
    request = v1.GetAggregateRequest(read=read, filter=v1.Filter(**filters))
    return query_stub(query).GetAggregate(request, timeout=TIMEOUT_S).total.headcount


# Errors.


@dataclasses.dataclass
class Refusal:
    """The error of a call, with the standard details of its status."""
    code: grpc.StatusCode
    message: str
    field: str = ""      # of the BadRequest
    reason: str = ""     # of the ErrorInfo, or else of the BadRequest
    description: str = ""
    retry_delay_s: float = 0


def refusal_of(error):
    refusal = Refusal(error.code(), error.details())
    trailers = {key: value for key, value in error.trailing_metadata() or ()}
    status = rpc.Status.FromString(trailers.get("grpc-status-details-bin", b""))
    for detail in status.details:
        bad_request, info, retry = rpc.BadRequest(), rpc.ErrorInfo(), rpc.RetryInfo()
        if detail.Unpack(bad_request):
            violation = bad_request.field_violations[0]
            refusal.field = violation.field
            refusal.description = violation.description
            refusal.reason = refusal.reason or violation.reason
        elif detail.Unpack(info):
            assert info.domain == "repatriation.v1", info
            refusal.reason = info.reason
        elif detail.Unpack(retry):
            refusal.retry_delay_s = retry.retry_delay.ToTimedelta().total_seconds()
    return refusal


def refused(call, *arguments, **keywords):
    """Makes a call that must fail; returns the Refusal."""
    keywords.setdefault("timeout", TIMEOUT_S)
    try:
        response = call(*arguments, **keywords)
        if hasattr(response, "__next__"):
            response = list(response)
    except grpc.RpcError as error:
        return refusal_of(error)
    raise AssertionError(f"expected an error, got {response}")


def assert_refusal(refusal, code, field=None, reason=None):
    got = (refusal.code, refusal.field if field is not None else None,
           refusal.reason if reason is not None else None)
    assert got == (code, field, reason), f"expected {(code, field, reason)}, got {refusal}"


def raw_method(service, path, stream=False):
    """A method that sends raw bytes, for messages that no stub would send."""
    make = service.channel.stream_stream if stream else service.channel.unary_unary
    return make(path, request_serializer=None, response_deserializer=None)


# Generated events.

_COUNTRIES = ["BFA", "BGD", "CIV", "DEU", "EGY", "GIN", "JOR", "KHM", "LKA", "NER", "NGA", "NPL",
              "SEN", "TCD", "TGO", ""]
_SITES = ["Ansongo", "Ber", "Gao", "Kidal", "Mopti", "Tessalit", "Timbuktu", ""]
_CATEGORIES = ["contingent_troops", "military_staff_officer", "expert_on_mission",
               "individual_police_officer", "formed_police_unit", "international_staff",
               "un_volunteer", "national_staff"]
COLUMNS = ["event_id", "mission", "kind", "day", "category", "country", "site",
           "destination_site", "unit", "headcount", "female", "movement_ref", "source",
           "qualifier"]


def generated_rows(count, seed=20230927):
    """`count` valid events as dictionaries of CSV cells, the same for each seed."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        kind = draw.choices(["repatriation", "relocation", "arrival", "separation", "death"],
                            [80, 8, 8, 3, 1])[0]
        people = draw.randint(1, 400)
        rows.append({
            "event_id": f"load-{seed}-{number}",
            "mission": draw.choice(["MINUSMA", "MONUSCO", "UNMISS"]),
            "kind": kind,
            "day": f"2023-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            "category": draw.choice(_CATEGORIES),
            "country": draw.choice(_COUNTRIES),
            "site": draw.choice(_SITES),
            "destination_site": "Bamako" if kind == "relocation" else "",
            "unit": draw.choice(["", "", "1st Battalion", "Signals, 2nd"]),
            "headcount": str(people),
            "female": draw.choice(["", str(draw.randint(0, people))]),
            "movement_ref": f"UN-{number % 977}",
            "source": "generated load",
            "qualifier": draw.choice(["", "exact", "about"]),
        })
    return rows


def csv_text(rows, columns=COLUMNS):
    def cell(text):
        return f'"{text}"' if "," in text else text
    lines = [",".join(cell(row[name]) for name in columns) for row in rows]
    return "\n".join([",".join(columns), *lines]) + "\n"
