"""How the services start and end as processes: output, rejected flags and exit status."""
import re
import signal
import socket
import subprocess
import tempfile

import grpc
import pytest

from harness import (NOT_SERVING, TIMEOUT_S, SERVING, append_one, assert_refusal,
                     await_process, binary, event, header_of, headcount, ingest_stub, refused,
                     tail_of, v1)

PROGRAMS = ["ingest_service", "query_service"]


def run(program, *flags):
    """Runs a service that must exit by itself instead of serving."""
    with tempfile.TemporaryFile("w+") as stderr:
        process = subprocess.Popen([binary(program), *map(str, flags)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=stderr, text=True)
        try:
            # Reads one line, to detect a service that starts serving.
            out = process.stdout.readline()
            assert not out.startswith("listening on"), f"{program} {flags} serves"
            out += process.stdout.read()
            status = await_process(process)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        stderr.seek(0)
        return subprocess.CompletedProcess(process.args, status, out, stderr.read())


def valid_flags(program, folder):
    flags = {"--listen": "127.0.0.1:0", "--data_dir": folder / "data"}
    if program == "query_service":
        # Nothing listens there; startup checks must not depend on it.
        flags["--ingest"] = "127.0.0.1:1"
    return flags


def as_arguments(flags):
    return [f"{name}={value}" for name, value in flags.items()]


def service_of(cluster, program):
    return cluster.ingest if program == "ingest_service" else cluster.query


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_with_0_and_prints_one_line(cluster, program, number):
    """Also after a restart on the same data."""
    service = service_of(cluster, program)
    append_one(cluster.ingest, event("a"))
    for _ in range(2):
        address = service.address
        service.process.send_signal(number)
        assert service.wait() == 0, service.log()
        assert service.stdout == f"listening on {address}\n"
        service.start()


def test_two_signals_end_it_once(cluster):
    cluster.ingest.terminate()
    cluster.ingest.terminate()
    assert cluster.ingest.wait() == 0, cluster.ingest.log()


def test_drain_ends_waiting_calls(empty_cluster):
    """A waiting call ends with DRAINING when the drain starts."""
    empty_cluster.start()
    query = empty_cluster.query
    waiting = v1.QueryServiceStub(query.channel).ListMissions.future(
        v1.ListMissionsRequest(read=v1.ReadOptions(min_position=1000)), timeout=TIMEOUT_S)
    # A later call on the same connection is answered, so this one has arrived.
    header_of(query)
    query.terminate()
    refusal = refused(lambda timeout: waiting.result())
    assert_refusal(refusal, grpc.StatusCode.UNAVAILABLE, reason="DRAINING")
    assert query.wait() == 0, query.log()


@pytest.mark.parametrize("program", PROGRAMS)
def test_data_dir_in_use(cluster, program):
    """A second process on the same data exits with 1 and says why; the first continues."""
    service = service_of(cluster, program)
    flags = {**valid_flags(program, cluster.folder), "--data_dir": service.data_dir}
    done = run(program, *as_arguments(flags))
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert str(service.data_dir) in done.stderr
    assert re.search("in use|another process|lock", done.stderr, re.I), done.stderr
    assert headcount(cluster.query, min_position=append_one(cluster.ingest, event("a"))) == 116


@pytest.mark.parametrize("program", PROGRAMS)
def test_port_in_use(cluster, program):
    flags = {**valid_flags(program, cluster.folder), "--listen": cluster.ingest.address}
    done = run(program, *as_arguments(flags))
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert cluster.ingest.address in done.stderr and "address already in use" in done.stderr
    assert tail_of(cluster.ingest) == 0


def test_data_dir_of_the_other_service(cluster):
    """Each service rejects the data of the other."""
    append_one(cluster.ingest, event("a"))
    header_of(cluster.query, 1)
    cluster.ingest.stop()
    cluster.query.stop()
    for program, data in [("ingest_service", cluster.query.data_dir),
                          ("query_service", cluster.ingest.data_dir)]:
        flags = {**valid_flags(program, cluster.folder), "--data_dir": data}
        done = run(program, *as_arguments(flags))
        assert (done.returncode, done.stdout) == (1, ""), (program, done.stderr)
        assert str(data) in done.stderr
    cluster.ingest.start()
    cluster.query.start()
    assert headcount(cluster.query, min_position=1) == 116


@pytest.mark.parametrize("program", PROGRAMS)
def test_invalid_data_dir(empty_cluster, program):
    """A file in its place, or a directory that cannot be created."""
    file = empty_cluster.write("file", "")
    for data in (file, file / "below", "/proc/nothing/here"):
        flags = {**valid_flags(program, empty_cluster.folder), "--data_dir": data}
        done = run(program, *as_arguments(flags))
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert str(data) in done.stderr


@pytest.mark.parametrize("program, flag, value", [
    *((program, flag, value) for program in PROGRAMS for flag, value in [
        ("--listen", "nonsense"), ("--listen", "127.0.0.1:65536"), ("--listen", "127.0.0.1"),
        ("--message_bytes_max", "1"), ("--message_bytes_max", "many"),
        ("--drain_timeout", "20"), ("--drain_timeout", "1h"), ("--drain_timeout", "-1s"),
        ("--keepalive_time", "1ms"), ("--log_level", "loud"), ("--threads", "0"),
        ("--calls_max", "0"), ("--retry_delay", "0s"), ("--colour", "red")]),
    ("ingest_service", "--stream_window", "0"),
    ("ingest_service", "--batch_submissions_max", "0"),
    ("ingest_service", "--queue_submissions_max", "-1"),
    ("ingest_service", "--ingest", "127.0.0.1:1"),
    ("query_service", "--min_position_wait_max", "0s"),
    ("query_service", "--follow_backoff_max", "soon"),
    ("query_service", "--waiters_max", "0"),
    ("query_service", "--ingest", "nonsense:"),
    ("query_service", "--ingest", "no port"),
])
def test_bad_flag(empty_cluster, program, flag, value):
    """The error has the flag, the service does not start, and the exit status is not 0."""
    flags = {**valid_flags(program, empty_cluster.folder), flag: value}
    done = run(program, *as_arguments(flags))
    assert done.returncode not in (0, -signal.SIGABRT, -signal.SIGSEGV)
    assert flag in done.stderr, done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("program, flag", [
    ("ingest_service", "--listen"), ("ingest_service", "--data_dir"),
    ("query_service", "--listen"), ("query_service", "--data_dir"),
    ("query_service", "--ingest")])
def test_missing_flag(empty_cluster, program, flag):
    flags = valid_flags(program, empty_cluster.folder)
    del flags[flag]
    done = run(program, *as_arguments(flags))
    assert done.returncode != 0
    assert flag in done.stderr
    assert done.stdout == ""
    assert not (empty_cluster.folder / "data").exists(), "opened before the flags were checked"


@pytest.mark.parametrize("program", PROGRAMS)
def test_help(program):
    done = run(program, "--help")
    assert done.returncode == 0
    assert all(flag in done.stdout for flag in ("--listen", "--data_dir", "--message_bytes_max"))


def test_ipv6_and_names(empty_cluster):
    """The line `listening on` has the host as given."""
    for host in ("[::1]", "localhost"):
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.bind(("::1" if ":" in host else "127.0.0.1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
        process = subprocess.Popen(
            [binary("ingest_service"), f"--listen={host}:0",
             f"--data_dir={empty_cluster.folder / 'named'}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            line = process.stdout.readline().decode()
            match = re.fullmatch(rf"listening on ({re.escape(host)}:[1-9]\d*)\n", line)
            assert match, line
            with grpc.insecure_channel(match[1]) as channel:
                request = v1.AppendEventsRequest(submissions=[
                    v1.Submission(event=event("a"))])
                answer = v1.IngestServiceStub(channel).AppendEvents(request, timeout=TIMEOUT_S)
            assert list(answer.result.positions) == [1]
            process.terminate()
            assert process.wait(TIMEOUT_S) == 0
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def test_ingest_is_not_ready_once_it_cannot_write(cluster):
    """A full disk leads to an error and NOT_SERVING, not to a crash.

    Simulated with a soft RLIMIT_FSIZE and SIGXFSZ ignored.
    """
    ingest = cluster.ingest
    ingest.stop()
    ingest.ignores_size_signal = True
    ingest.start()
    position = append_one(ingest, event("before"))
    largest = max(path.stat().st_size for path in ingest.data_dir.rglob("*"))
    subprocess.run(["prlimit", f"--pid={ingest.pid}", f"--fsize={largest + 20_000}:unlimited"],
                   check=True)
    refusal = None
    for number in range(1000):
        request = v1.AppendEventsRequest(submissions=[
            v1.Submission(event=event(f"e{number}-{index}", source="s" * 1000))
            for index in range(100)])
        try:
            position = ingest_stub(ingest).AppendEvents(
                request, timeout=TIMEOUT_S).result.positions[-1]
        except grpc.RpcError as error:
            refusal = error
            break
    assert refusal is not None, "the limit was not reached"
    assert refusal.code() == grpc.StatusCode.UNAVAILABLE, ingest.log()
    assert ingest.alive(), ingest.log()
    ingest.await_health(NOT_SERVING, "repatriation.v1.IngestService")
    # It latches: a write that would now succeed is still rejected.
    subprocess.run(["prlimit", f"--pid={ingest.pid}", "--fsize=unlimited:unlimited"], check=True)
    refusal = refused(ingest_stub(ingest).AppendEvents, v1.AppendEventsRequest(
        submissions=[v1.Submission(event=event("after"))]))
    assert_refusal(refusal, grpc.StatusCode.UNAVAILABLE)
    ingest.stop()
    ingest.start()
    assert ingest.health("repatriation.v1.IngestService") == SERVING
    assert tail_of(ingest) >= position, "acknowledged events are lost"
    after = append_one(ingest, event("after"))
    assert header_of(cluster.query, after).applied_position == after
