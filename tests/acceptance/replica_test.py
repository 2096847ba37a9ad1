"""A replica is rebuilt, resumes, and rejects a ledger with another history."""
import re
import shutil

import grpc
import pytest

from harness import (DATA, NOT_SERVING, QUERY_SERVICES, SERVING, append, append_one,
                     assert_refusal, event, header_of, headcount, query_stub, refused, tail_of, v1)

NAME = QUERY_SERVICES[0]


def correct_some(ingest):
    """Adds corrections, so that a rebuild has more than events to apply."""
    return append(ingest,
                  event("first", headcount=10), event("second", headcount=20),
                  v1.Amendment(correction_id="amend-first", event_id="first", reason="recount",
                               event=event("first", headcount=11)),
                  v1.Voiding(correction_id="void-second", event_id="second",
                             reason="twice")).positions[-1]


def test_rebuilt_from_empty_has_the_same_hash(cluster):
    cluster.ctl("import", DATA / "minusma_repatriations.csv")
    position = correct_some(cluster.ingest)
    before = header_of(cluster.query, position)
    figure = headcount(cluster.query, known_at=position)
    cluster.query.stop()
    shutil.rmtree(cluster.query.data_dir)
    cluster.query.start()
    after = header_of(cluster.query, position)
    assert before.applied_position == after.applied_position == position
    assert before.applied_hash == after.applied_hash
    assert before.ledger_id == after.ledger_id
    assert headcount(cluster.query, known_at=position) == figure


def test_both_restart_and_continue(cluster):
    """On the same ports and data, with the same flags."""
    cluster.ingest.stop()
    cluster.query.stop()
    cluster.ingest.start()
    cluster.query.start()
    assert header_of(cluster.query).applied_position == 0
    for turn in range(1, 4):
        position = append_one(cluster.ingest, event(f"turn-{turn}", headcount=turn))
        assert position == turn
        before = header_of(cluster.query, position)
        cluster.query.stop()
        cluster.ingest.stop()
        cluster.query.start()
        # Without its ledger it serves what it has, and reports its position.
        assert cluster.query.health(NAME) == SERVING
        alone = header_of(cluster.query)
        assert (alone.applied_position, alone.applied_hash) == (position, before.applied_hash)
        cluster.ingest.start()
        assert tail_of(cluster.ingest) == position
    position = append_one(cluster.ingest, event("last", headcount=100))
    assert headcount(cluster.query, min_position=position) == 1 + 2 + 3 + 100


def test_query_starts_before_ingest(empty_cluster):
    ingest = empty_cluster.add_ingest().start_on_fixed_port()
    position = append_one(ingest, event("one"))
    ingest.stop()
    query = empty_cluster.add_query(ingest).start()
    assert query.health(NAME) == NOT_SERVING, "an empty replica is ready before it has caught up"
    assert header_of(query).applied_position == 0
    ingest.start()
    query.await_health(SERVING, NAME)
    assert header_of(query).applied_position == position


def assert_diverged(query, position):
    """It rejects every query, is not ready, and its log has the position."""
    query.await_health(NOT_SERVING, NAME)
    questions = {
        "GetAggregate": v1.GetAggregateRequest(),
        "GetTimeline": v1.GetTimelineRequest(bucket=v1.BUCKET_DAY),
        "ListEvents": v1.ListEventsRequest(),
        "GetEvent": v1.GetEventRequest(event_id="shared-1"),
        "GetBriefing": v1.GetBriefingRequest(mission="MINUSMA"),
        "ListMissions": v1.ListMissionsRequest(),
    }
    for method, request in questions.items():
        refusal = refused(getattr(query_stub(query), method), request)
        assert_refusal(refusal, grpc.StatusCode.FAILED_PRECONDITION, reason="REPLICA_DIVERGED")
    error = [line for line in query.log_lines() if "has diverged from its ledger" in line][-1]
    assert re.search(rf"\b{position}\b", error.split("directory: ")[1]), (
        f"expected position {position} in: {error}")


def test_rejects_another_ledger(cluster):
    position = append_one(cluster.ingest, event("shared-1"))
    header_of(cluster.query, position)
    other = cluster.add_ingest(name="other").start()
    append(other, event("other-1"), event("other-2"))
    cluster.query.stop()
    cluster.query.flags[0] = f"--ingest={other.address}"
    cluster.query.start()
    assert_diverged(cluster.query, position)
    # It persists across a restart, and ends with the right ledger.
    cluster.query.stop()
    cluster.query.start()
    assert_diverged(cluster.query, position)
    cluster.query.stop()
    cluster.query.flags[0] = f"--ingest={cluster.ingest.address}"
    cluster.query.start()
    assert header_of(cluster.query).applied_position == position
    assert cluster.query.health(NAME) == SERVING


@pytest.fixture
def rolled_back(cluster):
    """A replica at position 3 of a ledger that was rolled back to position 1."""
    append_one(cluster.ingest, event("shared-1"))
    cluster.ingest.stop()
    copy = cluster.folder / "copy"
    shutil.copytree(cluster.ingest.data_dir, copy)
    cluster.ingest.start()
    append_one(cluster.ingest, event("lost-2"))
    header_of(cluster.query, append_one(cluster.ingest, event("lost-3")))
    cluster.query.stop()
    cluster.ingest.stop()
    shutil.rmtree(cluster.ingest.data_dir)
    shutil.copytree(copy, cluster.ingest.data_dir)
    cluster.ingest.start()
    assert tail_of(cluster.ingest) == 1
    return cluster


def test_rejects_a_rolled_back_ledger(rolled_back):
    rolled_back.query.start()
    assert_diverged(rolled_back.query, 3)


def test_rejects_another_history(rolled_back):
    for number in range(2, 6):
        append_one(rolled_back.ingest, event(f"other-{number}"))
    rolled_back.query.start()
    assert_diverged(rolled_back.query, 3)


def test_rejects_another_history_in_larger_blocks(rolled_back):
    """The replica's last position lies inside a block of the other history."""
    append(rolled_back.ingest, *(event(f"other-{number}") for number in range(2, 6)))
    rolled_back.query.start()
    assert_diverged(rolled_back.query, 3)
