"""Backups made under load, restores, and replicas that are ahead of a restored ledger."""
import concurrent.futures
import contextlib
import pathlib
import re
import resource
import shutil
import signal
import subprocess

import grpc
import pytest

from harness import (DATA, NOT_SERVING, TIMEOUT_S, QUERY_SERVICES, SERVING, append, append_one,
                     assert_refusal, await_tail, event, header_of, headcount,
                     query_stub, refused, tail_of, v1)

NAME = QUERY_SERVICES[0]
MIB = 1 << 20


def backup_stub(ingest):
    return v1.BackupServiceStub(ingest.channel)


def create(ingest):
    return backup_stub(ingest).CreateBackup(v1.CreateBackupRequest(), timeout=TIMEOUT_S).backup


def listed(ingest):
    answer = backup_stub(ingest).ListBackups(v1.ListBackupsRequest(), timeout=TIMEOUT_S)
    return [backup.name for backup in answer.backups]


def backup_dir(cluster):
    return cluster.folder / "backups"


def files_of(backup):
    """The files of the backup's store."""
    return sorted(pathlib.Path(backup.path, "store").iterdir())


@pytest.fixture
def backing_up(empty_cluster):
    """Both services, with backups enabled."""
    return start_with(empty_cluster)


def start_with(cluster, *flags, folder=None):
    cluster.start(ingest_flags=[f"--backup_dir={folder or backup_dir(cluster)}", *flags])
    return cluster


def wipe_and_restore(cluster, backup):
    """Deletes the ledger's directory and restores it from the backup."""
    ingest = cluster.ingest
    if ingest.alive():
        ingest.stop()
    shutil.rmtree(ingest.data_dir)
    done = cluster.ctl("restore", "--from", backup.path, "--data_dir", ingest.data_dir)
    assert done.stdout == (f"restored ledger {backup.ledger_id} through position "
                           f"{backup.position}, hash {backup.hash}\n")
    ingest.start()


def figures(query, known_at):
    request = v1.GetAggregateRequest(
        read=v1.ReadOptions(known_at_position=known_at),
        page_size=10_000, group_by=[v1.DIMENSION_MISSION, v1.DIMENSION_KIND, v1.DIMENSION_COUNTRY])
    answer = query_stub(query).GetAggregate(request, timeout=TIMEOUT_S)
    assert not answer.next_page_token
    return answer.total, list(answer.rows)


class Load:
    """repatctl load in the background."""

    def __init__(self, cluster, events, rate):
        self._process = subprocess.Popen(
            cluster.ctl_command("load", "--events", events, "--rate", rate, "--batch", 100),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self):
        out, err = self._process.communicate(timeout=4 * TIMEOUT_S)
        assert self._process.returncode == 0, out + err
        assert '"verified": true' in out, out


def test_drill_under_load(backing_up):
    """Load, backup, more load, loss of the disk, restore: the ledger is as of the backup."""
    ingest, query = backing_up.ingest, backing_up.query
    load = Load(backing_up, events=30_000, rate=10_000)
    before = await_tail(ingest, 5_000)
    backup = create(ingest)
    load.finish()
    assert before <= backup.position < 30_000, "not made under load"
    header = header_of(query, 30_000)
    assert header.ledger_id == backup.ledger_id
    problems = [line for line in ingest.log_lines() if " info " not in line]
    assert not problems, "\n".join(problems)
    known = figures(query, backup.position)
    query.stop()

    wipe_and_restore(backing_up, backup)
    assert tail_of(ingest) == backup.position
    rebuilt = backing_up.add_query(ingest, name="rebuilt").start()
    header = header_of(rebuilt, backup.position)
    assert (header.applied_position, header.applied_hash) == (backup.position, backup.hash)
    assert figures(rebuilt, backup.position) == known
    # The ledger continues where it was, ids included.
    assert append_one(ingest, event("after")) == backup.position + 1
    assert append_one(ingest, event("after")) == backup.position + 1


def assert_diverged(query, position):
    """It rejects every query, is not ready, and one error line says why and what to do."""
    query.await_health(NOT_SERVING, NAME)
    refusal = refused(query_stub(query).GetAggregate, v1.GetAggregateRequest())
    assert_refusal(refusal, grpc.StatusCode.FAILED_PRECONDITION, reason="REPLICA_DIVERGED")
    errors = [line for line in query.log_lines() if " error " in line]
    assert re.search(rf"must be rebuilt from an empty directory: .*\b{position}\b", errors[-1])
    return errors


def test_replicas_after_a_restore(backing_up):
    """A replica that is behind or level continues, one that is ahead diverges; lost events are
    resent."""
    ingest, ahead = backing_up.ingest, backing_up.query
    backing_up.ctl("import", DATA / "minusma_repatriations.csv")
    behind = backing_up.add_query(ingest, name="behind").start()
    header_of(behind, tail_of(ingest))
    behind.stop()
    append_one(ingest, event("kept", headcount=3))
    backup = create(ingest)
    even = backing_up.add_query(ingest, name="even").start()
    assert header_of(even, backup.position).applied_position == backup.position
    even.stop()
    lost = [event(f"lost-{number}", headcount=number) for number in range(1, 6)]
    positions = [append_one(ingest, each) for each in lost]
    header_of(ahead, positions[-1])

    wipe_and_restore(backing_up, backup)
    # Without a restart: it was connected when the ledger was lost.
    errors = assert_diverged(ahead, positions[-1])
    assert len(errors) == 1, errors
    assert f"the ledger ends at position {backup.position}, before {positions[-1]}" in errors[0]
    assert "it went back" in errors[0]
    for replica in (behind, even):
        replica.start()
        header = header_of(replica, backup.position)
        assert (header.applied_position, header.applied_hash) == (backup.position, backup.hash)

    # Producers resend: what is in the backup keeps its position, the rest gets new ones.
    again = append(ingest, *reversed(lost), event("kept", headcount=3))
    assert list(again.duplicate_indexes) == [5]
    assert sorted(again.positions) == [backup.position, *positions]
    for replica in (behind, even):
        assert headcount(replica, min_position=positions[-1], countries=["SEN"]) == headcount(
            even, known_at=backup.position, countries=["SEN"]) + 15
    # The ledger has passed the lost position again, with another history: still diverged.
    ahead.stop()
    ahead.start()
    assert_diverged(ahead, positions[-1])
    # Rebuilt as the message says, it equals the others.
    ahead.stop()
    shutil.rmtree(ahead.data_dir)
    ahead.start()
    ahead.await_health(SERVING, NAME)
    assert (header_of(ahead, positions[-1]).applied_hash
            == header_of(even, positions[-1]).applied_hash)


def test_backup_commands(backing_up):
    append(backing_up.ingest, event("one"), event("two"))
    made = backing_up.ctl("backup").stdout
    name = re.search(r"^name +(\S+-2)$", made, re.MULTILINE)[1]
    assert made.startswith("backed up ledger ") and " through position 2\n" in made
    rows = backing_up.ctl("backup", "list", "--format", "csv").stdout.splitlines()
    assert len(rows) == 2 and rows[1].startswith(f"{name},{backup_dir(backing_up)}/{name},"), rows
    assert name in backing_up.ctl("backup", "list").stdout
    path = backup_dir(backing_up) / name
    checked = backing_up.ctl("restore", "--from", path, "--dry_run").stdout
    assert re.fullmatch(r"the backup is intact: ledger \w{32} through position 2, hash \w{64}\n",
                        checked)
    # The manifest also works with sha256sum.
    subprocess.run(["sha256sum", "--check", "--ignore-missing", "--quiet", "backup.manifest"],
                   cwd=path, check=True, stderr=subprocess.DEVNULL)
    refusal = backing_up.ctl("restore", "--from", path, "--data_dir",
                             backing_up.ingest.data_dir, status=2).stderr
    assert "is not empty" in refusal and refusal.count("\n") == 1, refusal
    refusal = backing_up.ctl("restore", "--from", backup_dir(backing_up), "--dry_run",
                             status=2).stderr
    assert "is not a backup" in refusal, refusal


def test_restore_names_the_damaged_file(backing_up):
    append(backing_up.ingest, event("one"), event("two"))
    backup = create(backing_up.ingest)
    target = backing_up.folder / "target"
    for path in [*files_of(backup), pathlib.Path(backup.path, "backup.manifest")]:
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        for more in (["--dry_run"], ["--data_dir", target]):
            error = backing_up.ctl("restore", "--from", backup.path, *more, status=1).stderr
            assert str(path) in error and error.count("\n") == 1, error
        path.write_bytes(whole)
    missing = files_of(backup)[0]
    missing.unlink()
    error = backing_up.ctl("restore", "--from", backup.path, "--data_dir", target, status=1).stderr
    assert f"{missing} is missing" in error, error
    assert not (target / "store").exists()


def test_rejected_without_a_backup_directory(cluster):
    for call, request in ((backup_stub(cluster.ingest).CreateBackup, v1.CreateBackupRequest()),
                          (backup_stub(cluster.ingest).ListBackups, v1.ListBackupsRequest())):
        assert_refusal(refused(call, request), grpc.StatusCode.FAILED_PRECONDITION,
                       reason="NO_BACKUP_DIRECTORY")
    error = cluster.ctl("backup", status=3).stderr
    assert "--backup_dir" in error, error


SLOW = f"--backup_bytes_per_second={MIB}"


def leftovers(cluster):
    return [cluster.ingest.data_dir / "backup.tmp", backup_dir(cluster) / "unfinished.tmp"]


@pytest.fixture
def backup_in_progress(empty_cluster):
    """A slow backup in progress: the cluster and the future of its error."""
    start_with(empty_cluster, SLOW)
    empty_cluster.ctl("load", "--events", 100_000)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        calls = [pool.submit(refused, backup_stub(empty_cluster.ingest).CreateBackup,
                             v1.CreateBackupRequest()) for _ in range(2)]
        # While one backup is in progress, the other call is rejected.
        done, pending = concurrent.futures.wait(calls, TIMEOUT_S,
                                                concurrent.futures.FIRST_COMPLETED)
        assert len(pending) == 1
        assert_refusal(done.pop().result(), grpc.StatusCode.ABORTED, reason="BACKUP_UNDER_WAY")
        while not all(path.exists() for path in leftovers(empty_cluster)):
            assert listed(empty_cluster.ingest) == []
        yield empty_cluster, pending.pop()


def test_kill_during_a_backup(backup_in_progress):
    cluster, call = backup_in_progress
    append_one(cluster.ingest, event("meanwhile"))
    cluster.ingest.kill9()
    assert call.result().code == grpc.StatusCode.UNAVAILABLE
    assert all(path.exists() for path in leftovers(cluster))
    cluster.ingest.start()
    assert tail_of(cluster.ingest) == 100_001
    assert not any(path.exists() for path in leftovers(cluster))
    assert listed(cluster.ingest) == []


def test_drain_during_a_backup(backup_in_progress):
    cluster, call = backup_in_progress
    cluster.ingest.stop()
    assert_refusal(call.result(), grpc.StatusCode.UNAVAILABLE, reason="DRAINING")
    assert not any(path.exists() for path in leftovers(cluster))


def test_cancelled_when_the_caller_is_gone(empty_cluster):
    ingest = start_with(empty_cluster, SLOW).ingest
    empty_cluster.ctl("load", "--events", 100_000)
    refusal = refused(backup_stub(ingest).CreateBackup, v1.CreateBackupRequest(), timeout=0.5)
    assert refusal.code == grpc.StatusCode.DEADLINE_EXCEEDED
    while any(path.exists() for path in leftovers(empty_cluster)):
        assert listed(ingest) == []
    assert listed(ingest) == []


@contextlib.contextmanager
def small_disk(folder, size):
    """A separate file system at `folder`."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
                             stderr=subprocess.PIPE, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def assert_needs_space(cluster, folder):
    """The backup is rejected, the ledger continues, and there are no leftovers."""
    refusal = refused(backup_stub(cluster.ingest).CreateBackup, v1.CreateBackupRequest())
    assert_refusal(refusal, grpc.StatusCode.RESOURCE_EXHAUSTED, reason="BACKUP_NEEDS_SPACE")
    assert re.match(rf"{folder}: a backup needs \d+ bytes, \d+ are free", refusal.message)
    assert append_one(cluster.ingest, event("meanwhile")) == tail_of(cluster.ingest)
    assert cluster.ingest.health() == SERVING
    assert not any(path.exists() for path in leftovers(cluster))


def test_full_backup_disk(empty_cluster):
    folder = backup_dir(empty_cluster)
    with small_disk(folder, "4m"):
        cluster = start_with(empty_cluster)
        append_one(cluster.ingest, event("one"))
        whole = create(cluster.ingest)
        (folder / "ballast").write_bytes(bytes(3 * MIB))
        assert_needs_space(cluster, folder)
        # The earlier backup is still valid.
        assert listed(cluster.ingest) == [whole.name]
        wipe_and_restore(cluster, whole)


def test_full_ledger_disk(empty_cluster):
    """A backup must not fill it."""
    folder = empty_cluster.folder / "ingest"
    with small_disk(folder, "40m"):
        cluster = start_with(empty_cluster)
        assert_needs_space(cluster, folder)
        assert listed(cluster.ingest) == []
        cluster.close()


def test_interrupted_restore(backing_up):
    """If its disk is full, the restore fails, and no service starts on its partial data."""
    backing_up.ctl("load", "--events", 20_000)
    backup = create(backing_up.ingest)
    backing_up.ingest.stop()
    shutil.rmtree(backing_up.ingest.data_dir)
    command = backing_up.ctl_command("restore", "--from", backup.path, "--data_dir",
                                     backing_up.ingest.data_dir)

    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, 64 << 10))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit_files,
                          timeout=TIMEOUT_S, check=False)
    assert done.returncode == 3 and str(backing_up.ingest.data_dir) in done.stderr, done
    backing_up.ingest.spawn()
    assert backing_up.ingest.wait() == 1
    assert "did not complete" in backing_up.ingest.log_lines()[-1]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    backing_up.ingest.start()
    assert tail_of(backing_up.ingest) == backup.position
