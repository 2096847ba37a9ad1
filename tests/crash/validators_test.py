"""Each validator detects its violation, and reports nothing in a correct history."""
import hashlib
import itertools
import pathlib
import re
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "acceptance")]

import blocks
import model
import plan
import validators
from history import ZERO_HASH, History, Ledger, Submitted
from stubs import ROOT, v1


def event(event_id, **fields):
    content = dict(mission="TEST", kind=v1.KIND_REPATRIATION, day="2023-09-20",
                   category=v1.CATEGORY_CONTINGENT_TROOPS, country="SEN", site="Gao", headcount=10)
    content.update(fields)
    return Submitted(v1.Submission(event=v1.Event(event_id=event_id, **content)))


def voiding(correction_id, event_id):
    return Submitted(v1.Submission(voiding=v1.Voiding(
        correction_id=correction_id, event_id=event_id, reason="recorded twice")))


def amendment(correction_id, event_id, **fields):
    return Submitted(v1.Submission(amendment=v1.Amendment(
        correction_id=correction_id, event_id=event_id, reason="recount",
        event=event("", **fields).message.event)))


class Run:
    """Builds a history in which submissions are recorded and answered correctly."""

    def __init__(self):
        self.history = History()
        self.ledger = Ledger()

    def record(self, *submitted, targets=None):
        """Records them as one block."""
        first = len(self.ledger) + 1
        entries = [blocks.Entry(first + index, each.type, each.id,
                                (targets or self.ledger.position_of).get(each.target_id, 0),
                                each.reason, each.content, each.record)
                   for index, each in enumerate(submitted)]
        self.ledger.add(blocks.Block(first, first + len(entries) - 1, first, "an id",
                                     self.ledger.hash, hashlib.sha256(b"%d" % first).digest(),
                                     True, entries))
        return [entry.position for entry in entries]

    def answer(self, submitted, positions, duplicates=(), rejections=()):
        sent = self.history.send(submitted)
        self.history.answer(sent, submitted, v1.BatchResult(
            positions=positions, duplicate_indexes=duplicates,
            rejections=[v1.Rejection(index=index, reason=reason) for index, reason in rejections]))

    def append(self, *submitted):
        self.answer(submitted, self.record(*submitted))


@pytest.fixture(name="run")
def correct_run():
    run = Run()
    first = event("first")
    run.append(first, event("second", site="Mopti"))
    run.append(voiding("void", "second"), event("third", headcount=3))
    run.answer([first], [1], duplicates=[0])
    run.answer([event("first", headcount=99)], [0], rejections=[(0, "ID_TAKEN")])
    run.answer([voiding("again", "second")], [0], rejections=[(0, "EVENT_VOIDED")])
    run.answer([voiding("of nothing", "nothing")], [0], rejections=[(0, "EVENT_UNKNOWN")])
    run.answer([voiding("of void", "void")], [0], rejections=[(0, "NOT_AN_EVENT")])
    return run


def all_violations(run):
    answers, ledger = run.history.answers, run.ledger
    return {name: found for name, found in {
        "durable": validators.durable(answers, ledger),
        "exactly_once": validators.exactly_once(answers, ledger, run.history.submissions),
        "ordered": validators.ordered(answers),
        "contiguous": validators.contiguous(ledger),
        "justified": validators.justified(answers, ledger),
    }.items() if found}


def test_correct_history_has_no_violations(run):
    assert all_violations(run) == {}


def assert_only(run, name, words):
    """Expects one violation, from this validator only."""
    found = all_violations(run)
    assert list(found) == [name], found
    assert len(found[name]) == 1 and words in found[name][0], found


def test_durable_detects_a_lost_entry(run):
    run.answer([event("lost")], [5])
    assert_only(run, "durable", "lost was acknowledged at position 5, and the ledger ends at 4")


def test_durable_detects_different_content(run):
    wrong = event("fourth")
    run.history.send([wrong])
    run.record(wrong)
    run.answer([event("fourth", headcount=11)], [5])
    assert_only(run, "durable", "fourth was acknowledged at position 5, where the ledger has")


def test_durable_detects_another_target(run):
    meant, recorded = voiding("void it", "first"), voiding("void it", "third")
    run.history.send([recorded])
    run.record(recorded)
    run.answer([meant], [5])
    assert_only(run, "durable", "void it was acknowledged at position 5")


def test_exactly_once_detects_a_repeated_id(run):
    twice = event("first")
    run.history.send([twice])
    run.record(twice)
    assert_only(run, "exactly_once", "first is at position 1 and again at 5")


def test_exactly_once_detects_another_position(run):
    run.append(event("fourth"))
    run.history.answers[0].positions[0] = 5
    found = validators.exactly_once(run.history.answers, run.ledger, run.history.submissions)
    assert found == ["first was answered with position 5, but its first is 1"]


def test_exactly_once_detects_two_answers_as_new(run):
    run.answer([event("third", headcount=3)], [4])
    assert "third was answered as new twice" in all_violations(run)["exactly_once"]


def test_exactly_once_detects_an_unsubmitted_entry(run):
    run.record(event("from nowhere"))
    assert_only(run, "exactly_once", "nobody submitted the entry at position 5")
    run.history.send([event("from nowhere", headcount=11)])
    assert_only(run, "exactly_once", "nobody submitted the entry at position 5")


def test_ordered_within_a_batch(run):
    pair = [event("one"), event("two")]
    run.record(*pair)
    run.answer([pair[1], pair[0]], [6, 5])
    assert_only(run, "ordered", "do not ascend: [6, 5]")


def test_ordered_from_batch_to_batch(run):
    pair = [event("one"), event("two")]
    run.record(*pair)
    run.answer([pair[1]], [6])
    run.answer([pair[0]], [5])
    assert_only(run, "ordered", "position 6 was acknowledged before a batch was sent that got 5")


def test_ordered_allows_concurrent_batches(run):
    pair = [event("one"), event("two")]
    run.record(*pair)
    earlier = run.history.send([pair[0]])
    run.answer([pair[1]], [6])
    run.history.answer(earlier, [pair[0]], v1.BatchResult(positions=[5]))
    assert all_violations(run) == {}


@pytest.mark.parametrize("change, words", [
    (dict(first_position=4), "expected a block at position 3"),
    (dict(previous_hash=ZERO_HASH), "the block at position 3 follows 0000"),
    (dict(hash_is_right=False), "does not have the hash of its bytes"),
    (dict(ledger_id="another"), "is of ledger another"),
    (dict(recorded_time_us=0), "has an earlier time than the previous one"),
])
def test_contiguous(run, change, words):
    run.ledger.blocks[1] = run.ledger.blocks[1]._replace(**change)
    assert_only(run, "contiguous", words)


def test_same_hash(run):
    ends = run.ledger.ends
    assert validators.same_hash(
        [("a", 0, ""), ("b", 2, ends[2].hex()), ("c", 4, ends[4].hex())], run.ledger) == []
    assert "a has the hash" in validators.same_hash([("a", 4, ends[2].hex())], run.ledger)[0]
    assert "where no block" in validators.same_hash([("a", 3, ends[2].hex())], run.ledger)[0]
    assert "where no block" in validators.same_hash([("a", 6, ends[2].hex())], run.ledger)[0]


def test_resumable():
    assert validators.resumable([("a", [0, 3, 4])], []) == []
    assert validators.resumable([("a", [3, 3])], []) == ["a sent position 3 and then 3"]
    assert validators.resumable([("a", [4, 3])], []) == ["a sent position 4 and then 3"]
    assert "total {1: 2}" in validators.resumable([], [("a", 3, {1: 2}, {1: 3})])[0]


@pytest.mark.parametrize("submitted, reason, words", [
    (event("first"), "ID_TAKEN", "it equals the entry at position 1"),
    (event("new"), "ID_TAKEN", "nothing has its id"),
    (voiding("another", "first"), "EVENT_UNKNOWN", "its event was at position 1"),
    (voiding("another", "first"), "EVENT_VOIDED", "its event at position 1 is not voided"),
    (voiding("another", "first"), "NOT_AN_EVENT", "position 1 is one"),
    (voiding("void", "second"), "EVENT_VOIDED", "its id was at position 3"),
    (event("new"), "DAY_NOT_A_DATE", "it is valid"),
])
def test_justified_detects_a_wrong_rejection(run, submitted, reason, words):
    run.answer([submitted], [0], rejections=[(0, reason)])
    assert_only(run, "justified", words)


def test_justified_allows_unknown_later_entries():
    run = Run()
    late = event("late")
    sent = run.history.send([voiding("void", "late")])
    run.append(late)
    run.history.answer(sent, [voiding("void", "late")], v1.BatchResult(
        positions=[0], rejections=[v1.Rejection(index=0, reason="EVENT_UNKNOWN")]))
    assert all_violations(run) == {}


@pytest.mark.parametrize("wrong, words", [
    (voiding("wrong", "second"), "is of second, which was voided before"),
    (voiding("wrong", "void"), "targets no earlier event"),
    (voiding("wrong", "nothing"), "targets no earlier event"),
    (amendment("wrong", "first", mission="OTHER"), "moves first to another mission"),
])
def test_justified_detects_a_correction_that_should_have_been_rejected(run, wrong, words):
    run.history.send([wrong])
    run.record(wrong)
    found = validators.justified(run.history.answers, run.ledger)
    assert len(found) == 1 and words in found[0], found


def test_findable(run):
    assert validators.findable([("a", "first", [1]), ("a", "second", [2, 3]), ("a", "void", [2, 3]),
                                ("a", "third", [4])], run.ledger) == []
    for entry_id, positions in (("first", []), ("second", [2]), ("void", [3]), ("third", [1])):
        found = validators.findable([("a", entry_id, positions)], run.ledger)
        assert len(found) == 1 and f"a finds {entry_id} at positions {positions}" in found[0]


def test_figures():
    run = Run()
    run.append(event("a"), event("b", site="Mopti", headcount=5), event("c", headcount=1))
    run.append(amendment("d", "b", site="Kidal", headcount=6), voiding("e", "c"))
    run.append(event("f", kind=v1.KIND_ARRIVAL), event("g", status=v1.EVENT_STATUS_PLANNED),
               event("h", mission="OTHER", headcount=7))
    site = [v1.DIMENSION_SITE]
    right_answers = [
        ("a", 3, dict(group_by=site), {("Gao",): (11, 2), ("Mopti",): (5, 1)}),
        ("a", 5, dict(group_by=site), {("Gao",): (10, 1), ("Kidal",): (6, 1)}),
        ("a", 8, dict(group_by=[], missions=("TEST",)), {(): (16, 2)}),
        ("a", 8, dict(group_by=[], kinds=(v1.KIND_ARRIVAL,)), {(): (10, 1)}),
        ("a", 8, dict(group_by=[], planned=True), {(): (10, 1)}),
        ("a", 0, dict(group_by=[]), {}),
    ]
    assert validators.figures(right_answers, run.ledger) == []
    for who, known_at, arguments, rows in right_answers[:3]:
        key = next(iter(rows))
        for changed in ({**rows, key: (1, 1)}, {**rows, ("more",): (1, 1)}, {}):
            found = validators.figures([(who, known_at, arguments, changed)], run.ledger)
            assert len(found) == 1 and f"known at {known_at}" in found[0], found


def worked_examples():
    """The bytes of the blocks in FORMAT.md."""
    text = (ROOT / "common" / "ledger" / "FORMAT.md").read_text()
    for dump in re.findall(r"```hexdump\n(.*?)```", text, re.DOTALL):
        yield bytes.fromhex("".join(
            re.match(r"[0-9a-f]{4}  ([0-9a-f ]+)\|", line)[1] for line in dump.splitlines()))


def test_blocks_decode_the_examples_of_the_format():
    first, second = map(blocks.decode, worked_examples())
    assert (first.first_position, first.last_position, second.first_position) == (1, 3, 4)
    assert first.hash_is_right and second.hash_is_right
    assert second.previous_hash == first.hash and first.previous_hash == ZERO_HASH
    assert first.ledger_id == "00112233445566778899aabbccddeeff"
    assert first.entries[0].id == "minusma-2023-09-20-sen-mopti-116"
    assert first.entries[0].content == blocks.Content(
        1, 1, 1, 19620, 116, None, "MINUSMA", "SEN", "Mopti", "", "", "", "UN release")
    assert first.entries[1].content.female == 4 and first.entries[1].target == 1
    assert [entry.type for entry in first.entries] == [1, 2, 3]
    assert first.entries[2].reason == "recorded twice" and first.entries[2].target == 1
    assert [entry.type for entry in second.entries] == [4, 5, 6, 7]
    assert v1.Record.FromString(second.entries[3].record).reported_through.day == "2023-12-10"


def test_changed_block_is_detected():
    data = bytearray(next(worked_examples()))
    data[100] ^= 1
    assert not blocks.decode(bytes(data)).hash_is_right
    for cut in (data[:-1], data[:40], data[:72] + b"\xff" + data[73:]):
        with pytest.raises(ValueError):
            blocks.decode(bytes(cut))


def test_plan_is_determined_by_the_seed():
    def made(seed):
        producer, faults = plan.Producer(seed, 1, 3), plan.Faults(seed, "query")
        return [producer.batch() for _ in range(50)], [faults.next() for _ in range(50)]
    assert made(7) == made(7)
    for one, other in itertools.combinations(map(made, range(3)), 2):
        assert one[0] != other[0] and one[1] != other[1]


def test_plan_has_every_kind_of_submission():
    producer = plan.Producer(1, 1, 3)
    made = [each for _ in range(200) for each in producer.batch()]
    kinds = {each.WhichOneof("content") for each in made}
    assert kinds == {"event", "amendment", "voiding", "quarantine_release", "record"}
    assert len({id(each) for each in made}) < len(made), "nothing was resubmitted"
    ids = [Submitted(each).id for each in {id(each): each for each in made}.values()]
    assert len(set(ids)) < len(ids), "no id was taken"


def test_plan_covers_every_failpoint():
    """All failpoints listed in failpoint.h."""
    header = (ROOT / "common" / "base" / "failpoint.h").read_text()
    names = set(re.findall(r'^ +\{"([a-z_.]+)"', header, re.MULTILINE))
    assert len(names) > 30
    assert {*plan.POINTS["ingest"], *plan.POINTS["query"]} == names
    for service, points in plan.POINTS.items():
        faults = plan.Faults(1, service)
        drawn = {faults.next().armed.split("=")[0] for _ in range(2000)}
        assert drawn >= set(points), set(points) - drawn


def test_violation_names_its_validator():
    with pytest.raises(validators.Violation, match=r"durable: 1 violations\n  lost was ack"):
        run = Run()
        run.answer([event("lost")], [5])
        validators.check(validators.durable, run.history.answers, run.ledger)
    assert model.figures_at(Ledger(), 0, []) == {}
