"""Verifies the ledger offline, online and by checkpoints; a diverged replica stops serving."""
import os
import pathlib
import re
import shutil
import subprocess

import grpc
import pytest

from harness import (DATA, NOT_SERVING, TIMEOUT_S, QUERY_SERVICES, SERVING, append, append_one,
                     assert_refusal, event, header_of, query_stub, refused, v1)

PROOF = "repatriation.v1.LedgerProofService"
# The filter is allocated at each start, and these tests start services often.
SMALL_FILTER = "--id_filter_bytes=1048576"


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                          text=True).stdout


@pytest.fixture
def keys(tmp_path):
    """A key pair generated as in CHECKPOINT.md: paths of the private and the public key."""
    private, public = tmp_path / "checkpoint.key", tmp_path / "checkpoint.pub"
    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    private.chmod(0o400)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    return private, public


def start_signing(cluster, private):
    """An ingest service with a key; repatctl also needs the address of a query service."""
    cluster.add_ingest(SMALL_FILTER, *([f"--checkpoint_key={private}"] if private else [])).start()
    return cluster.add_query(cluster.ingest)


def stop_all(cluster):
    for service in cluster.services:
        service.stop()


def verify(cluster, *arguments, status=0):
    return cluster.ctl("verify", *arguments, status=status)


def verify_dir(cluster, service, *arguments, status=0):
    return verify(cluster, "--data_dir", service.data_dir, *arguments, status=status)


def hash_at(service, position=0):
    return v1.LedgerProofServiceStub(service.channel).GetLedgerHash(
        v1.GetLedgerHashRequest(position=position), timeout=TIMEOUT_S)


def fill(cluster):
    """Imports real records and corrections; returns the last position, once replicated."""
    cluster.ctl("import", DATA / "minusma_repatriations.csv")
    position = append(cluster.ingest,
                      event("first", headcount=10), event("second", headcount=20),
                      v1.Amendment(correction_id="amend-first", event_id="first", reason="recount",
                                   event=event("first", headcount=11)),
                      v1.Voiding(correction_id="void-second", event_id="second",
                                 reason="twice")).positions[-1]
    header_of(cluster.query, position)
    return position


def test_both_services_publish_the_same_hash(cluster):
    last = fill(cluster)
    for position in (0, 1, last // 2, last):
        ledger, replica = hash_at(cluster.ingest, position), hash_at(cluster.query, position)
        assert ledger == replica
        assert ledger.position >= position and re.fullmatch(r"[0-9a-f]{64}", ledger.hash)
    header = header_of(cluster.query)
    assert (hash_at(cluster.ingest).hash, hash_at(cluster.ingest).position) == (
        header.applied_hash, header.applied_position)
    for service in (cluster.ingest, cluster.query):
        stub = v1.LedgerProofServiceStub(service.channel)
        assert_refusal(refused(stub.GetLedgerHash, v1.GetLedgerHashRequest(position=last + 1)),
                       grpc.StatusCode.OUT_OF_RANGE, reason="POSITION_AHEAD_OF_LEDGER")
        assert_refusal(refused(stub.GetLedgerHash, v1.GetLedgerHashRequest(position=-1)),
                       grpc.StatusCode.INVALID_ARGUMENT, field="position")
        assert service.health(PROOF) == SERVING


def test_verify_online_and_offline(cluster):
    last = fill(cluster)
    digest = hash_at(cluster.ingest).hash
    verified = f"verified: {last} positions, hash {digest}\n"
    done = verify(cluster)
    assert done.stdout.endswith(verified)
    assert done.stdout.count("agrees") == done.stdout.count("query") * 2
    # A directory in use is reported and not read.
    for service in (cluster.ingest, cluster.query):
        assert "is in use" in verify_dir(cluster, service, status=3).stderr
    stop_all(cluster)
    for service in (cluster.ingest, cluster.query):
        assert verify_dir(cluster, service).stdout.endswith(verified)
    # A killed service also leaves a valid directory.
    cluster.ingest.start()
    position = append_one(cluster.ingest, event("after"))
    cluster.ingest.kill9()
    assert f"verified: {position} positions" in verify_dir(cluster, cluster.ingest).stdout
    assert "UNAVAILABLE" in verify(cluster, status=3).stderr


def flip_bytes(path, step):
    with open(path, "r+b") as file:
        size = os.path.getsize(path)
        for offset in range(step // 2, size, step):
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 0x40]))


def test_verify_finds_a_flipped_byte(cluster):
    """In an SST file, written by a restart; RocksDB's checksums detect it."""
    fill(cluster)
    stop_all(cluster)
    cluster.ingest.start()
    cluster.ingest.stop()
    largest = max(pathlib.Path(cluster.ingest.data_dir).glob("store/*.sst"),
                  key=lambda path: path.stat().st_size)
    flip_bytes(largest, largest.stat().st_size // 2)
    done = verify_dir(cluster, cluster.ingest, status=1)
    assert "verified:" not in done.stdout.replace("not verified:", "")
    assert largest.name in done.stdout + done.stderr or "orruption" in done.stdout + done.stderr


def assert_diverged(query):
    query.await_health(NOT_SERVING, QUERY_SERVICES[0])
    query.await_health(NOT_SERVING, PROOF)
    for call, request in (
            (query_stub(query).GetAggregate, v1.GetAggregateRequest()),
            (v1.LedgerProofServiceStub(query.channel).GetLedgerHash, v1.GetLedgerHashRequest())):
        assert_refusal(refused(call, request), grpc.StatusCode.FAILED_PRECONDITION,
                       reason="REPLICA_DIVERGED")
    errors = [line for line in query.log_lines() if "has diverged from its ledger" in line]
    assert len(errors) == 1 and "error" in errors[0].lower(), errors


def test_replica_damaged_at_rest_stops_serving(empty_cluster):
    """The damage is found by comparison, without a new block."""
    cluster = empty_cluster
    cluster.add_ingest(SMALL_FILTER).start()
    cluster.add_query(cluster.ingest, "--compare_interval=20ms", "--store_cache_bytes=1048576",
                      SMALL_FILTER).start()
    cluster.ctl("load", "--events", 60_000, "--seed", 5)
    last = hash_at(cluster.ingest).position
    header_of(cluster.query, last)
    cluster.query.stop()
    cluster.query.start()
    assert header_of(cluster.query).applied_position == last
    assert cluster.query.health(QUERY_SERVICES[0]) == SERVING
    for path in pathlib.Path(cluster.query.data_dir).glob("store/*.sst"):
        flip_bytes(path, 10_000)
    assert_diverged(cluster.query)
    done = verify(cluster, status=1)
    assert "has diverged from its ledger" in done.stdout and "not verified" in done.stdout


def test_replaced_ledger_stops_the_replica(cluster):
    """As after a restore from a backup with new events since."""
    append_one(cluster.ingest, event("shared"))
    cluster.ingest.stop()
    shutil.copytree(cluster.ingest.data_dir, cluster.folder / "copy")
    cluster.ingest.start()
    header_of(cluster.query, append_one(cluster.ingest, event("lost")))
    cluster.ingest.stop()
    shutil.rmtree(cluster.ingest.data_dir)
    shutil.copytree(cluster.folder / "copy", cluster.ingest.data_dir)
    cluster.ingest.start()
    assert_diverged(cluster.query)


def checkpoint_files(directory):
    return sorted(pathlib.Path(directory).glob("*.checkpoint"))


def test_an_auditor_checks_a_ledger_with_the_public_key_alone(empty_cluster, keys):
    private, public = keys
    cluster = empty_cluster
    start_signing(cluster, private).start()
    last = fill(cluster)
    note = cluster.folder / "audit.checkpoint"
    assert f"position {last} " in cluster.ctl("checkpoint", "--out", note).stdout
    assert cluster.ctl("checkpoint").stdout.split("issued")[0] == note.read_text().split("issued")[0]
    pair = ("--checkpoint", note, "--public_key", public)
    assert f"checkpoint of position {last}" in verify(cluster, *pair).stdout
    # The ledger grows; the checkpoint stays valid.
    append_one(cluster.ingest, event("later"))
    assert f"checkpoint of position {last}" in verify(cluster, *pair).stdout
    stop_all(cluster)
    for service in (cluster.ingest, cluster.query):
        assert f"checkpoint of position {last}" in verify_dir(cluster, service, *pair).stdout

    # OpenSSL verifies the signature too, as shown in CHECKPOINT.md.
    lines = note.read_text().split("\n")
    (cluster.folder / "text").write_text("\n".join(lines[:6]) + "\n")
    subprocess.run(f"tail -n 1 {note} | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature",
                   shell=True, check=True, cwd=cluster.folder)
    assert "Success" in openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-in",
                                cluster.folder / "text", "-sigfile", cluster.folder / "signature")

    # An altered statement is detected.
    altered = cluster.write("altered", note.read_text().replace(f"position {last}", "position 1"))
    assert "SIGNATURE_MISMATCH" in verify_dir(
        cluster, cluster.ingest, "--checkpoint", altered, "--public_key", public, status=1).stderr


def test_a_rewritten_history_is_found_by_its_checkpoint(empty_cluster, keys):
    private, public = keys
    cluster = empty_cluster
    start_signing(cluster, private)
    append_one(cluster.ingest, event("one", headcount=10))
    cluster.ingest.stop()
    shutil.copytree(cluster.ingest.data_dir, cluster.folder / "before")
    cluster.ingest.start()
    append_one(cluster.ingest, event("two", headcount=20))
    note = cluster.folder / "note"
    cluster.ctl("checkpoint", "--out", note)
    cluster.ingest.stop()
    # Rolled back and continued differently: the ledger is internally consistent.
    shutil.rmtree(cluster.ingest.data_dir)
    shutil.copytree(cluster.folder / "before", cluster.ingest.data_dir)
    pair = ("--checkpoint", note, "--public_key", public)
    assert "LEDGER_ENDS_BEFORE_CHECKPOINT" in verify_dir(
        cluster, cluster.ingest, *pair, status=1).stderr
    cluster.ingest.start()
    append_one(cluster.ingest, event("two", headcount=2))
    cluster.ingest.stop()
    assert "verified: 2 positions" in verify_dir(cluster, cluster.ingest).stdout
    assert "HASH_MISMATCH" in verify_dir(cluster, cluster.ingest, *pair, status=1).stderr


def test_checkpoint_is_written_automatically(empty_cluster, keys):
    private, public = keys
    cluster = empty_cluster
    start_signing(cluster, None)
    position = append_one(cluster.ingest, event("one"))
    stub = v1.CheckpointServiceStub(cluster.ingest.channel)
    assert_refusal(refused(stub.SignCheckpoint, v1.SignCheckpointRequest()),
                   grpc.StatusCode.FAILED_PRECONDITION, reason="NO_CHECKPOINT_KEY")
    cluster.ingest.stop()
    assert not (cluster.ingest.data_dir / "checkpoints").exists()
    cluster.ingest.flags.append(f"--checkpoint_key={private}")
    # Written at the start; stop() waits for it.
    cluster.ingest.start()
    cluster.ingest.stop()
    (written,) = checkpoint_files(cluster.ingest.data_dir / "checkpoints")
    assert f"-{position:020}.checkpoint" in written.name
    verify_dir(cluster, cluster.ingest, "--checkpoint", written, "--public_key", public)
    # The next one is due after a day, also after a restart.
    cluster.ingest.start()
    append_one(cluster.ingest, event("two"))
    cluster.ingest.stop()
    assert checkpoint_files(cluster.ingest.data_dir / "checkpoints") == [written]


def test_insecure_or_wrong_key_is_rejected(empty_cluster, keys):
    private, public = keys
    private.chmod(0o644)
    service = empty_cluster.add_ingest(f"--checkpoint_key={private}")
    service.spawn()
    assert service.wait() == 1
    assert "too open" in service.log() and str(private) in service.log()
    public.chmod(0o400)
    service.flags = [f"--checkpoint_key={public}"]
    service.spawn()
    assert service.wait() == 1
    assert "does not contain an unencrypted Ed25519 private key" in service.log()
