"""A patient's facts in few words, for tests: `plan("2026-03-09", active("2026-01-05"), …)`."""

from datetime import date, time
from itertools import count

from caretool import schedule, workdays
from caretool.model import ContactFact, PatientFacts, Status, StatusFact, StayFact, Tier, TierFact
from caretool.protocols import load_protocols

PROTOCOLS = load_protocols()
FEDERAL = workdays.load_calendar()
DAY = date.fromisoformat

ATTEMPTS = [
    "declined_today", "rescheduled", "left_voicemail", "no_answer", "busy", "not_home",
    "mailbox_full", "wrong_number", "disconnected", "language_barrier", "portal_sent",
    "portal_read",
]  # fmt: skip


def _time(text):
    return None if text is None else time.fromisoformat(text)


def status(on, word, reason=None):
    return StatusFact(DAY(on), Status(word), reason)


def active(on):
    return status(on, "active")


def tier(on, word):
    return TierFact(DAY(on), Tier(word))


def stay(left, to="01", *, kind="inpatient", admitted=None, at=None, arrived=None):
    """A stay that ended on `left` with that disposition; None for one that goes on."""
    left, admitted = (None if day is None else DAY(day) for day in (left, admitted))
    arrived_on = DAY(arrived) if arrived else left or admitted
    return StayFact(0, kind, admitted, left, _time(at), to if left else None, arrived_on)


def contact(on, outcome="reached_patient", *, at=None, party=None, by="phone", inbound=False,
            asked=None, why=None):  # fmt: skip
    party = party or PROTOCOLS.outcomes[outcome].party
    wanted = None if asked is None else DAY(asked)
    return ContactFact(0, DAY(on), _time(at), outcome, by, party, inbound, wanted, why)


def facts(*known, patient=1):
    """A patient's facts, numbered in the order given, sorted as the store does."""
    stays, contacts = count(1), count(1)
    numbered = []
    for fact in known:
        if isinstance(fact, StayFact):
            numbered.append(fact._replace(stay_id=next(stays)))
        elif isinstance(fact, ContactFact):
            numbered.append(fact._replace(contact_id=next(contacts)))
        else:
            numbered.append(fact)

    def of(kind, key):
        return tuple(sorted((one for one in numbered if isinstance(one, kind)), key=key))

    return PatientFacts(
        patient,
        of(StatusFact, lambda one: one.on),
        of(TierFact, lambda one: one.on),
        of(StayFact, lambda one: one.stay_id),
        of(ContactFact, lambda one: (one.on, one.at or time.min, one.contact_id)),
    )


def plan(today, *known, protocols=PROTOCOLS):
    return schedule.plan(facts(*known), protocols, FEDERAL, DAY(today))


def only(today, *known):
    """The one item that is open."""
    (item,) = plan(today, *known).items
    return item


def open_kinds(today, *known):
    return {item.rule.kind for item in plan(today, *known).items}


def days(item):
    return str(item.target), str(item.limit), str(item.due)
