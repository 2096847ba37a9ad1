"""The invariants that must hold after any fault, one validator each.

Every validator takes what a run knows and returns a list of violations as sentences, empty if there
are none. They are pure functions, so that validators_test.py can test them with wrong histories.
"""
import blocks
import model
from history import ZERO_HASH

# Violations of one kind that are printed; the others are only counted.
REPORTED_MAX = 5


def durable(answers, ledger):
    """Every acknowledged entry is at its position, as submitted."""
    found = {}  # by id and position, so that an entry answered twice is lost once
    for answer in answers:
        for submitted, position in zip(answer.submitted, answer.positions):
            entry = ledger.at(position)
            if not position or (entry and submitted.is_recorded_as(entry, ledger)):
                continue
            there = f"where the ledger has {entry}" if entry else (
                f"and the ledger ends at {len(ledger)}")
            found[submitted.id, position] = (
                f"{submitted.id} was acknowledged at position {position}, {there}")
    return list(found.values())


def exactly_once(answers, ledger, submissions):
    """No id is recorded twice; all answers have its first position; every entry was submitted."""
    found = []
    for entry in ledger.entries:
        first = ledger.position_of[entry.id]
        if first != entry.position:
            found.append(f"{entry.id} is at position {first} and again at {entry.position}")
        elif not any(each.is_recorded_as(entry, ledger) for each in submissions.get(entry.id, ())):
            found.append(f"nobody submitted the entry at position {entry.position}: {entry}")
    new = set()
    for answer in answers:
        for index, (submitted, position) in enumerate(zip(answer.submitted, answer.positions)):
            if not position:
                continue
            if ledger.position_of.get(submitted.id, position) != position:
                found.append(f"{submitted.id} was answered with position {position}, but its "
                             f"first is {ledger.position_of[submitted.id]}")
            if index not in answer.duplicates:
                if submitted.id in new:
                    found.append(f"{submitted.id} was answered as new twice")
                new.add(submitted.id)
    return found


def ordered(answers):
    """A batch answered before another was sent has lower positions; they ascend within a batch."""
    found = []
    events = []  # (time, whether it is the answer, answer)
    for answer in answers:
        fresh = [position for index, position in enumerate(answer.positions)
                 if position and index not in answer.duplicates]
        if fresh != sorted(fresh):
            found.append(f"the positions of one batch do not ascend: {fresh}")
        if fresh:
            events += [(answer.sent, False, answer, fresh), (answer.answered, True, answer, fresh)]
    highest, at_sending = 0, {}
    for _, is_answer, answer, fresh in sorted(events, key=lambda event: event[0]):
        if not is_answer:
            at_sending[id(answer)] = highest
            continue
        if fresh[0] <= at_sending[id(answer)]:
            found.append(f"position {at_sending[id(answer)]} was acknowledged before a batch was "
                         f"sent that got {fresh[0]}")
        highest = max(highest, fresh[-1])
    return found


def contiguous(ledger):
    """Positions are dense, every block has the hash of the previous one, and recorded time never
    decreases."""
    found = []
    next_position, previous, time_us = 1, ZERO_HASH, 0
    for block in ledger.blocks:
        name = f"the block at position {block.first_position}"
        if block.first_position != next_position:
            found.append(f"expected a block at position {next_position}, got {name}")
        if block.previous_hash != previous:
            found.append(f"{name} follows {block.previous_hash.hex()}, the previous one has "
                         f"{previous.hex()}")
        if not block.hash_is_right:
            found.append(f"{name} does not have the hash of its bytes")
        if block.ledger_id != ledger.ledger_id:
            found.append(f"{name} is of ledger {block.ledger_id}, not {ledger.ledger_id}")
        if block.recorded_time_us < time_us:
            found.append(f"{name} has an earlier time than the previous one")
        next_position, previous = block.last_position + 1, block.hash
        time_us = block.recorded_time_us
    return found


def same_hash(headers, ledger):
    """Services have the ledger's hash at their position. `headers`: (who, position, hash)."""
    found = []
    for who, position, answered in headers:
        if position not in ledger.ends:
            found.append(f"{who} answers from position {position}, where no block of the ledger "
                         f"ends (it ends at {len(ledger)})")
        elif position and ledger.ends[position].hex() != answered:
            found.append(f"{who} has the hash {answered} at position {position}, the ledger has "
                         f"{ledger.ends[position].hex()}")
    return found


def resumable(positions, wrong):
    """A watch resumes after its token: each answer once, in order, and they add up.

    `positions`: who watched, and the positions of the answers over all resumptions. `wrong`: who,
    position, the sum of the answers there, the result of a recount.
    """
    found = [f"{who} sent position {seen[i]} and then {seen[i + 1]}"
             for who, seen in positions
             for i in range(len(seen) - 1) if seen[i + 1] <= seen[i]]
    found += [f"the answers of {who} total {watched} at position {position}, a recount {expected}"
              for who, position, watched, expected in wrong]
    return found


def justified(answers, ledger):
    """Each decision is correct for the ledger before it, also if that was read from disk."""
    found = _corrections(ledger)
    voided = {entry.target for entry in ledger.entries if entry.type == blocks.VOIDING}
    for answer in answers:
        for index, reason in answer.rejections.items():
            wrong = _rejection(answer.submitted[index], reason, answer.known_through, ledger,
                               voided)
            if wrong:
                found.append(f"{answer.submitted[index].id} was rejected as {reason}, but {wrong}")
    return found


def _corrections(ledger):
    found = []
    voided = set()
    for entry in ledger.entries:
        if entry.type not in blocks.CORRECTIONS:
            continue
        name = f"the correction {entry.id} at position {entry.position}"
        target = ledger.at(entry.target)
        if target is None or target.position >= entry.position or target.type not in blocks.EVENTS:
            found.append(f"{name} targets no earlier event, but {target}")
        elif entry.target in voided:
            found.append(f"{name} is of {target.id}, which was voided before")
        elif entry.content and entry.content.mission != target.content.mission:
            found.append(f"{name} moves {target.id} to another mission")
        if entry.type == blocks.VOIDING:
            voided.add(entry.target)
    return found


def _rejection(submitted, reason, known_through, ledger, voided):
    """Why the rejection is wrong, or None."""
    taken = ledger.position_of.get(submitted.id)
    target = ledger.position_of.get(submitted.target_id)
    if reason == "ID_TAKEN":
        if taken is None:
            return "nothing has its id"
        if submitted.is_recorded_as(ledger.at(taken), ledger):
            return f"it equals the entry at position {taken}"
        return None
    if taken is not None and taken <= known_through:
        return f"its id was at position {taken}"
    if reason == "EVENT_UNKNOWN":
        known = target is not None and target <= known_through
        return f"its event was at position {target}" if known else None
    if reason == "EVENT_VOIDED":
        return None if target in voided else f"its event at position {target} is not voided"
    if reason == "NOT_AN_EVENT":
        is_event = target is not None and ledger.at(target).type in blocks.EVENTS
        return f"position {target} is one" if is_event else None
    return "it is valid"


def findable(histories, ledger):
    """An id finds its event and all of its corrections. `histories`: (who, id, positions)."""
    found = []
    for who, entry_id, positions in histories:
        named = ledger.at(ledger.position_of[entry_id])
        first = named.target or named.position
        expected = [first] + [each.position for each in ledger.entries if each.target == first]
        if positions != expected:
            found.append(f"{who} finds {entry_id} at positions {positions}, the ledger has its "
                         f"history at {expected}")
    return found


def figures(questions, ledger):
    """A recount equals the service's answer. `questions`: (who, known at, arguments, rows)."""
    found = []
    for who, known_at, arguments, rows in questions:
        expected = model.figures_at(ledger, known_at, **arguments)
        if rows != expected:
            differ = {key for key in {*rows, *expected} if rows.get(key) != expected.get(key)}
            key = min(differ, key=repr)
            found.append(f"{who}, {arguments} as known at {known_at}: {len(differ)} groups differ, "
                         f"{key} has {rows.get(key)}, a recount gives {expected.get(key)}")
    return found


class Violation(AssertionError):
    """An invariant is violated."""

    def __init__(self, validator, found):
        self.validator, self.found = validator, found
        printed = "".join(f"\n  {sentence[:4000]}" for sentence in found[:REPORTED_MAX])
        super().__init__(f"{validator}: {len(found)} violations{printed}")


def check(validator, *arguments):
    found = validator(*arguments)
    if found:
        raise Violation(validator.__name__, found)
