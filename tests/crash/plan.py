"""What a run does, determined by its seed alone: the traffic of each producer, the faults of each
service, the queries of each cycle.

Thread timing is not determined by it and differs from run to run.
"""
import dataclasses
import random

from stubs import v1

# Failpoints of common/base/failpoint.h, with the highest count drawn: low for rare points, so that
# most of them are reached within a cycle or two.
_COMMON = {
    "ids.run.before_finish": 3, "ids.run.after_finish": 3,
    "ids.merge.before_finish": 2, "ids.merge.after_finish": 2, "ids.merge.between_removals": 3,
    "ids.filter.chunk_written": 2, "ids.filter.before_finish": 2,
    "file.before_sync": 4, "file.before_rename": 4, "file.after_rename": 4,
    "store.wal.append": 30, "store.wal.appended": 30, "store.wal.sync": 30, "store.wal.synced": 30,
    "store.table.append": 6, "store.table.appended": 6, "store.table.sync": 3,
    "store.table.synced": 3,
    "store.manifest.append": 6, "store.manifest.appended": 6, "store.manifest.sync": 4,
    "store.manifest.synced": 4, "store.current.rename": 1, "store.current.renamed": 1,
    "store.file.delete": 6, "store.file.deleted": 6,
}
POINTS = {
    "ingest": {**_COMMON,
               "ledger.before_write": 30, "ledger.after_sync": 30, "ledger.before_voided": 30,
               "ledger.before_answer": 30, "ledger.between_answers": 40,
               "feed.before_send": 30, "feed.after_send": 30},
    "query": {**_COMMON,
              "replica.before_write": 30, "replica.after_write": 30, "replica.before_ids": 30,
              "replica.after_ids": 30},
}
# A replica's writes are synced only when a log is closed.
POINTS["query"].update({"store.wal.sync": 1, "store.wal.synced": 1})
APPENDS = ("store.wal.append", "store.table.append", "store.manifest.append")
SYNCS = ("store.wal.sync", "store.table.sync", "store.manifest.sync")
HOLD = ";".join(f"{point}=hold@1" for point in APPENDS)
# The planted bug of the canary: the log's sync reports success without syncing.
SKIPPED_SYNC = "store.wal.append=hold@1;store.wal.sync=skip@1"


@dataclasses.dataclass(frozen=True)
class Fault:
    """The fault of one start of a service: its name, the failpoints to arm, and the number of
    answered batches of the cycle after which the service is killed."""
    kind: str
    armed: str = ""
    kill_at: int = 0


class Faults:
    """The faults of one service, one per start."""

    def __init__(self, seed, service, canary=False):
        self._draw = random.Random(f"{seed}/{service}/faults")
        self._points = POINTS[service]
        self._names = sorted(self._points)
        self._canary = canary and service == "ingest"

    def next(self):
        fault = self._next()
        hold = self._draw.random() < 0.35
        if self._canary:
            return dataclasses.replace(fault, armed=_joined(fault.armed, SKIPPED_SYNC))
        if not hold:
            return fault
        # The unsynced bytes are lost too.
        return dataclasses.replace(fault, kind=f"{fault.kind}, unsynced bytes lost",
                                   armed=_joined(fault.armed, HOLD))

    def _next(self):
        dice = self._draw.random()
        if dice < 0.25:
            return Fault("kill -9", kill_at=self._draw.randint(1, 40))
        if dice < 0.40:
            name, action, kind = self._draw.choice(APPENDS), "torn", "torn write"
        elif dice < 0.45:
            name, action, kind = self._draw.choice(APPENDS + SYNCS), "error", "failing disk"
        else:
            name, action, kind = self._draw.choice(self._names), "kill", "failpoint"
        count = self._draw.randint(1, self._points[name])
        return Fault(kind, armed=f"{name}={action}@{count}")


def _joined(*parts):
    return ";".join(part for part in parts if part)


MISSIONS = ("CRASH", "CRASH-2", "CRASH-Q")  # the last one has strength tables, so a quarantine
_COUNTRIES = ("SEN", "TGO", "DEU", "BGD", "")
_SITES = ("Gao", "Mopti", "Kidal", "")
_UNITS = ("", "", "1st Battalion", "Signals")


class Producer:
    """The batches of one producer. It numbers its events; corrections, repetitions and conflicts
    refer to earlier submissions of its own or of another producer."""

    def __init__(self, seed, number, producers):
        self._draw = random.Random(f"{seed}/producer {number}")
        self._name = number
        self._producers = producers
        self._serial = 0
        self._made = []  # submissions, for repetitions
        self._events = []  # (id, mission)

    def batch(self):
        return [self._submission() for _ in range(self._draw.randint(1, 9))]

    def _id(self, what):
        self._serial += 1
        return f"{what}-{self._name}-{self._serial}"

    def _submission(self):
        dice = self._draw.random()
        if self._made and dice < 0.05:
            return self._draw.choice(self._made)
        if self._events and dice < 0.08:
            return v1.Submission(event=self._event(self._draw.choice(self._events)[0]))
        make = self._correction if self._events and dice < 0.28 else (
            self._record if dice < 0.35 else self._new_event)
        made = make()
        self._made.append(made)
        return made

    def _new_event(self):
        event = self._event(self._id("event"))
        self._events.append((event.event_id, event.mission))
        return v1.Submission(event=event)

    def _event(self, event_id, mission=None):
        draw = self._draw
        people = draw.randint(1, 300)
        kind = draw.choices((v1.KIND_REPATRIATION, v1.KIND_RELOCATION, v1.KIND_ARRIVAL,
                             v1.KIND_SEPARATION, v1.KIND_DEATH), (80, 8, 8, 3, 1))[0]
        event = v1.Event(
            event_id=event_id, mission=mission or draw.choice(MISSIONS), kind=kind,
            day=self._day(), category=draw.randint(1, 8), country=draw.choice(_COUNTRIES),
            site=draw.choice(_SITES), unit=draw.choice(_UNITS), headcount=people,
            qualifier=draw.randint(0, 5), source="a made-up source")
        if kind == v1.KIND_RELOCATION:
            event.destination_site = "Bamako"
        if draw.random() < 0.3:
            event.female = draw.randint(0, people)
        if draw.random() < 0.1:
            event.status = v1.EVENT_STATUS_PLANNED
        return event

    def _day(self):
        return f"2023-{self._draw.randint(1, 12):02}-{self._draw.randint(1, 28):02}"

    def _correction(self):
        draw = self._draw
        event_id, mission = draw.choice(self._events)
        if draw.random() < 0.05:
            # Another producer's, which may or may not be recorded yet.
            event_id = f"event-{draw.randrange(self._producers)}-{draw.randint(1, self._serial)}"
            return v1.Submission(voiding=v1.Voiding(
                correction_id=self._id("void"), event_id=event_id, reason="not ours"))
        correction_id, dice = self._id("correction"), draw.random()
        if dice < 0.5:
            return v1.Submission(amendment=v1.Amendment(
                correction_id=correction_id, event_id=event_id, reason=f"recount {self._serial}",
                event=self._event("", mission)))
        if dice < 0.75:
            return v1.Submission(voiding=v1.Voiding(
                correction_id=correction_id, event_id=event_id, reason="recorded twice"))
        return v1.Submission(quarantine_release=v1.QuarantineRelease(
            correction_id=correction_id, event_id=event_id, reason="the table was late"))

    def _record(self):
        draw = self._draw
        record_id, dice = self._id("record"), draw.random()
        if dice < 0.4:
            return v1.Submission(record=v1.Record(strength=v1.StrengthReport(
                record_id=record_id, mission=MISSIONS[2], series="monthly", as_of=self._day(),
                category=draw.randint(1, 8), country=draw.choice(_COUNTRIES),
                headcount=draw.randint(0, 3000))))
        if dice < 0.6:
            return v1.Submission(record=v1.Record(statement=v1.Statement(
                record_id=record_id, mission=draw.choice(MISSIONS), measure=v1.MEASURE_DEPARTED,
                day=self._day(), category=v1.CATEGORY_UNIFORMED,
                headcount=draw.randint(0, 5000))))
        if dice < 0.8:
            return v1.Submission(record=v1.Record(reported_through=v1.ReportedThrough(
                record_id=record_id, mission=draw.choice(MISSIONS), reporter="MOVCON",
                day=self._day())))
        return v1.Submission(record=v1.Record(site_closure=v1.SiteClosure(
            record_id=record_id, mission=draw.choice(MISSIONS), site="Kidal", day=self._day())))
