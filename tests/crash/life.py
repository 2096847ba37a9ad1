"""Runs one ledger under faults: a number of cycles on the same data, then a final check.

A cycle starts services that have ended, submits batches while faults happen, restarts the services,
and checks everything against the answers. Ledgers are independent; each is determined by its seed.
"""
import collections
import concurrent.futures
import contextlib
import dataclasses
import pathlib
import random
import shutil
import socket
import tempfile
import threading
import time
import traceback

import grpc

import model
import plan
import validators
from clients import GONE, Follower, Producer, Watcher, LedgerRolledBack
from harness import TIMEOUT_S, Service, query_stub
from history import History, Ledger
from machine import Machine
from stubs import v1
from validators import Violation, check

_PRODUCERS = 3
_QUESTIONS = 3  # per cycle
# How long a call may wait for the replica, before checking whether a fault is the reason.
_CALL_S = 2
_RETRYABLE = (*GONE, grpc.StatusCode.DEADLINE_EXCEEDED)
_FULL_CHECK_EVERY = 8
_REBUILD_EVERY = 12

# Small limits, so that tables, runs, merges and filters are created and removed constantly.
_SMALL = ("--id_filter_bytes=1048576", "--id_run_ids=100", "--id_merge_runs=3",
          "--id_filter_save_ids=400", "--store_write_buffer_bytes=65536",
          "--store_cache_bytes=1048576")
_QUERY = ("--follow_backoff_max=100ms", "--watch_interval_min=1ms",
          "--watch_progress_interval=10ms", f"--min_position_wait_max={TIMEOUT_S}s")


@dataclasses.dataclass
class Outcome:
    """The result of one ledger."""
    seed: int
    cycles: int = 0
    tally: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    acknowledged: int = 0
    rebuilt: int = 0
    questions: int = 0
    violation: str = ""
    lost: int = 0
    folder: str = ""  # where its data is, if there was a violation


class Life:
    def __init__(self, seed, ports, canary=False):
        # Queries depend on the ledger's content, so they have their own generator.
        self._draw = random.Random(f"{seed}/cycles")
        self._draw_question = random.Random(f"{seed}/questions")
        self.outcome = Outcome(seed)
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="repat-crash-"))
        self._history = History()
        self._ledger = Ledger()
        self._ingest = self._machine("ingest", seed, canary, *_SMALL)
        self._ingest.service.port = _free_port(ports)
        self._query = self._machine("query", seed, canary, *self._query_flags())
        self._machines = (self._ingest, self._query)
        self._producers = [
            Producer(plan.Producer(seed, number, _PRODUCERS), self._history, streams=number > 0)
            for number in range(_PRODUCERS)]
        self._follower = Follower(self._ledger, self._history)
        self._watcher = Watcher([v1.DIMENSION_SITE], missions=plan.MISSIONS[:1])
        self._watched = WatchedFigure()
        self._answers_checked = 0
        self._threads = concurrent.futures.ThreadPoolExecutor(max_workers=16)
        self._watch = None

    def _query_flags(self):
        return (f"--ingest={self._ingest.service.address}", *_QUERY, *_SMALL)

    def _machine(self, name, seed, canary, *flags):
        service = Service(name, f"{name}_service", self._folder, flags)
        return Machine(service, plan.Faults(seed, name, canary), self.outcome.tally)

    def run(self, cycles, deadline, stop):
        """Runs up to `cycles` cycles; ends early at `deadline` (time.monotonic()) or on stop()."""
        try:
            while self.outcome.cycles < cycles and time.monotonic() < deadline and not stop():
                self._cycle()
            self._final_check()
        except Violation as violation:
            self.outcome.violation = str(violation)
            if violation.validator == "durable":
                self.outcome.lost = len(violation.found)
        except Exception:  # reported with the seed, like a violation
            self.outcome.violation = traceback.format_exc()
        finally:
            self._close()
        self.outcome.acknowledged = len(self._history.acknowledged)
        return self.outcome

    def _cycle(self):
        batches = self._draw.randint(5, 15)
        both_or_one = (self._machines, self._machines[:1], self._machines[1:])
        kill_if_no_fault = self._draw.choice(both_or_one)
        self._ensure_running()
        self._submit(batches)
        if not any(machine.ended() for machine in self._machines):
            for machine in kill_if_no_fault:
                machine.kill()
                machine.await_end()
        self.outcome.cycles += 1
        full = self.outcome.cycles % _FULL_CHECK_EVERY == 0
        questions = [self._question() for _ in range(_QUESTIONS)]
        self._retry(lambda: self._check(full, questions))
        if self.outcome.cycles % _REBUILD_EVERY == 0:
            self._retry(self._rebuild)

    def _ensure_running(self):
        """Starts the services that have ended, with their next faults."""
        for machine in self._machines:
            machine.ensure_started()
        for machine in self._machines:
            machine.ensure_serving()
        if self._watch is None or self._watch.done():
            if self._watch is not None:
                self._watch.result()
            call = self._watcher.watch(self._query.service)
            self._watch = self._threads.submit(self._watcher.read, call)

    def _submit(self, batches):
        """Runs the producers until everything is answered or the ingest service is gone."""
        over = threading.Event()
        answered = self._history.answer_count()
        killing = [self._threads.submit(self._kill_after, machine, answered, over)
                   for machine in self._machines if machine.fault.kill_at]
        call = self._follower.follow(self._ingest.service)
        following = self._threads.submit(self._follower.read, call, False)
        producing = [self._threads.submit(each.run, self._ingest.service, batches)
                     for each in self._producers]
        try:
            for each in producing:
                each.result()
        finally:
            over.set()
            self._history.wake()
            call.cancel()
            concurrent.futures.wait([*killing, *producing, following])
        try:
            following.result()
        except LedgerRolledBack:
            pass  # _check() reports what is lost
        if not all(each.is_answered for each in self._producers):
            self._ingest.await_end()

    def _kill_after(self, machine, answered, over):
        """Kills it after the planned number of answers in this cycle."""
        self._history.await_answers(answered + machine.fault.kill_at, over)
        if not over.is_set():
            machine.kill()

    def _retry(self, step):
        """Retries `step` while faults make it fail."""
        give_up = time.monotonic() + TIMEOUT_S
        while True:
            try:
                self._ensure_running()
                return step()
            except grpc.RpcError as error:
                if error.code() not in _RETRYABLE or time.monotonic() > give_up:
                    self._raise_failure(error)
                if error.code() in GONE:
                    self._await_any_end()

    def _raise_failure(self, error):
        """Raises the Violation behind a query without an answer, e.g. of the ledger itself."""
        with contextlib.suppress(grpc.RpcError):
            self._read_feed()
            self._check_ledger(full=True)
        logs = "".join(f"\n{machine.service.log(6)}" for machine in self._machines)
        raise Violation("recovers", [
            f"a query ends with {error.code()} {error.details()}; last lines of the logs:{logs}"])

    def _await_any_end(self):
        """Waits briefly for a service to end, after an error that indicates it."""
        if not any(machine.ended() for machine in self._machines):
            concurrent.futures.wait([self._watch], timeout=0.1)

    def _check(self, full, questions):
        tail = self._read_feed()
        self._check_ledger(full)
        headers = [("query", *_header(self._query.service, tail))]
        check(validators.same_hash, headers, self._ledger)
        answered = [self._query_figure(self._query.service, *question) for question in questions]
        check(validators.figures, answered, self._ledger)
        found = [self._query_history(self._query.service) for _ in range(_QUESTIONS) if tail]
        check(validators.findable, found, self._ledger)
        if not self._watcher.await_position(tail):
            raise _ServiceGone()
        check(validators.resumable, *self._watched.apply(self._watcher, self._ledger))

    def _check_ledger(self, full):
        """Checks all answers against the ledger, or only the new ones."""
        answers = self._history.answers
        fresh = answers if full else answers[self._answers_checked:]
        check(validators.durable, fresh, self._ledger)
        if full:
            check(validators.exactly_once, answers, self._ledger, self._history.submissions)
            check(validators.ordered, answers)
            check(validators.contiguous, self._ledger)
            check(validators.justified, answers, self._ledger)
        self._answers_checked = len(answers)

    def _read_feed(self):
        try:
            self._read_all(self._follower)
        except LedgerRolledBack as error:
            remaining = Ledger()
            self._read_all(Follower(remaining, History()))
            check(validators.durable, self._history.answers, remaining)
            raise Violation("resumable", [f"the feed was rejected: {error}"]) from None
        return len(self._ledger)

    def _read_all(self, follower):
        call = follower.follow(self._ingest.service)
        try:
            if not follower.read(call, True):
                raise _ServiceGone()
        finally:
            call.cancel()

    def _question(self):
        """The arguments of a query, and the share of the ledger to count, 0 to 1."""
        draw = self._draw_question
        arguments = {
            "group_by": draw.sample(sorted(model.DIMENSIONS), draw.randint(0, 2)),
            "missions": tuple(draw.sample(plan.MISSIONS, draw.randint(0, 2))),
            "kinds": tuple(draw.sample(range(1, 6), draw.randint(0, 3))),
            "planned": draw.random() < 0.2}
        return arguments, draw.choice((1.0, draw.random()))

    def _query_figure(self, service, arguments, share):
        known_at = round(share * len(self._ledger))
        statuses = model.PLANNED if arguments["planned"] else model.HAPPENED
        answer = query_stub(service).GetAggregate(v1.GetAggregateRequest(
            read=v1.ReadOptions(min_position=len(self._ledger), known_at_position=known_at),
            filter=v1.Filter(missions=arguments["missions"], kinds=arguments["kinds"],
                             statuses=statuses),
            group_by=arguments["group_by"], page_size=10_000), timeout=_CALL_S)
        self.outcome.questions += 1
        return (service.name, known_at, arguments,
                model.figures_of(answer.rows, arguments["group_by"]))

    def _query_history(self, service):
        entry_id = self._draw_question.choice(self._ledger.entries).id
        answer = query_stub(service).GetEvent(v1.GetEventRequest(
            event_id=entry_id, read=v1.ReadOptions(min_position=len(self._ledger))),
                                              timeout=_CALL_S)
        return service.name, entry_id, [each.position for each in answer.history]

    def _rebuild(self):
        """Checks that a replica built from scratch has the same hash and figures."""
        tail = self._read_feed()
        rebuilt = Service("rebuilt", "query_service", self._folder, self._query_flags())
        try:
            rebuilt.start()
            check(validators.same_hash, [("rebuilt", *_header(rebuilt, tail))], self._ledger)
            asked = [self._query_figure(rebuilt, *self._question()) for _ in range(_QUESTIONS)]
            check(validators.figures, asked, self._ledger)
            rebuilt.kill9()
        finally:
            if rebuilt.alive():
                rebuilt.kill9()
            shutil.rmtree(rebuilt.data_dir, ignore_errors=True)
        self.outcome.rebuilt += 1

    def _final_check(self):
        """Checks everything once more, reads the ledger from its beginning, and stops cleanly."""
        self._retry(lambda: self._check(True, [self._question()]))
        self._retry(self._reread_ledger)
        self._retry(self._rebuild)
        for machine in self._machines:
            machine.finish()

    def _reread_ledger(self):
        again = Ledger()
        self._read_all(Follower(again, History()))
        check(validators.contiguous, again)
        check(validators.same_hash,
              [("the ledger read again", position, end.hex())
               for position, end in again.ends.items()], self._ledger)

    def _close(self):
        for machine in self._machines:
            machine.abandon()
        self._threads.shutdown()
        if self.outcome.violation:
            self.outcome.folder = str(self._folder)
        else:
            shutil.rmtree(self._folder)


class _ServiceGone(grpc.RpcError):
    """A stream ended because its service did."""

    def code(self):
        return grpc.StatusCode.UNAVAILABLE

    def details(self):
        return "the stream ended"


class WatchedFigure:
    """The figure from all answers of a watcher, compared with a recount."""

    def __init__(self):
        self._recount = model.Recount()
        self._rows = {}
        self._positions = []

    def apply(self, watcher, ledger):
        """Applies the new answers; returns the arguments for validators.resumable."""
        wrong = []
        for answer in watcher.pop_answers():
            known_at = answer.header.known_at_position
            self._positions.append(known_at)
            self._rows.update(model.figures_of(answer.rows, watcher.group_by))
            watched = {key: figure for key, figure in self._rows.items() if figure != (0, 0)}
            expected = self._recount.advance(ledger, known_at).figures(
                watcher.group_by, **watcher.filters)
            if watched != expected:
                wrong.append(("the watch", known_at, watched, expected))
        return [("a watch", self._positions)], wrong


def _free_port(ports):
    """A port that nobody listens on."""
    while True:
        port = random.choice(ports)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def _header(service, min_position):
    """The position and hash that its answer is based on."""
    request = v1.ListMissionsRequest(read=v1.ReadOptions(min_position=min_position), page_size=1)
    header = query_stub(service).ListMissions(request, timeout=_CALL_S).header
    return header.applied_position, header.applied_hash
