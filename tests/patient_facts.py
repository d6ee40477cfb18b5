"""A patient's facts in few words, for tests: `plan("2026-03-09", active("2026-01-05"), …)`."""

from datetime import date, time
from itertools import count

from caretool import schedule, workdays
from caretool.model import (
    AppointmentFact,
    ConditionFact,
    ContactFact,
    Decision,
    DecisionFact,
    PatientFacts,
    ReconciliationFact,
    ReferralFact,
    ScoreFact,
    Status,
    StatusFact,
    StayFact,
    Tier,
    TierFact,
)
from caretool.protocols import Span
from caretool.rule_files import load_protocols
from caretool.supply_facts import ListedFact, Medicine, ReportFact, SupplyFact

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


def tier(on, word, why=None):
    return TierFact(DAY(on), Tier(word), why)


def condition(code, on="2000-01-01"):
    return ConditionFact(DAY(on), code)


def stay(left, to="01", *, kind="inpatient", admitted=None, at=None, arrived=None, dx=None):
    """A stay that ended on `left` with that disposition; None for one that goes on."""
    left, admitted = (None if day is None else DAY(day) for day in (left, admitted))
    arrived_on = DAY(arrived) if arrived else left or admitted
    return StayFact(0, kind, admitted, left, _time(at), to if left else None, arrived_on, dx)


def contact(on, outcome="reached_patient", *, at=None, party=None, by="phone", inbound=False,
            asked=None, why=None, topics=()):  # fmt: skip
    party = party or PROTOCOLS.outcomes[outcome].party
    wanted = None if asked is None else DAY(asked)
    return ContactFact(
        0, DAY(on), _time(at), outcome, by, party, inbound, wanted, why, topics=frozenset(topics)
    )


def _decided(on, decision, why=None, *, item=None, planned=None, to=None):
    planned, to = (None if day is None else DAY(day) for day in (planned, to))
    return DecisionFact(0, DAY(on), decision, why, item, planned, to)


def hold(on, to, why="away"):
    return _decided(on, Decision.HOLD, why, to=to)


def lift(on, why="back"):
    return _decided(on, Decision.LIFT, why)


def defer(on, item, planned, to, why="asked"):
    """The item of that rule (`transition/calls`) and of the date that the rule gave it."""
    return _decided(on, Decision.DEFER, why, item=item, planned=planned, to=to)


def waive(on, item, planned, why="done elsewhere"):
    return _decided(on, Decision.WAIVE, why, item=item, planned=planned)


def take_back(on, item, planned, why="in error"):
    return _decided(on, Decision.TAKE_BACK, why, item=item, planned=planned)


def accept(on, why=None):
    return _decided(on, Decision.ACCEPT, why)


def decline(on, why=None):
    return _decided(on, Decision.DECLINE, why)


def not_suitable(on, why=None):
    return _decided(on, Decision.NOT_SUITABLE, why)


def appointment(on, *, noted=None, at=None, with_whom=None, cancelled=None):
    """A visit on that day, noted on another (the same unless said), perhaps cancelled."""
    off = None if cancelled is None else DAY(cancelled)
    return AppointmentFact(0, DAY(noted or on), DAY(on), _time(at), with_whom, off)


def lace(on, total, stay_id=1):
    return ScoreFact(DAY(on), stay_id, total)


def referral(on, by=None):
    return ReferralFact(0, DAY(on), by)


def reconciled(on, stay_id=None):
    """The medicines were gone through, perhaps by the discharge list of that stay."""
    return ReconciliationFact(0, DAY(on), stay_id)


def medicine(name, group=None, **words):
    """A medicine by its name: of a class that the rules know, else of none."""
    if group is None:
        return Medicine(name, name, name, name, (name,), **words)
    return Medicine(name, name, group, group, (name,), **{"chronic": True, **words})


METFORMIN = medicine("metformin", "diabetes")


def fill(on, days=30, of=METFORMIN, *, heard=None):
    """A fill of which a list told on that day or, unless said, at once."""
    return SupplyFact(DAY(on).toordinal(), days, of, DAY(heard or on))


def listed(on, name="metformin", stopped=None):
    """A line of the medicines list, perhaps stopped on a day."""
    return ListedFact(DAY(on), name, None if stopped is None else DAY(stopped))


def report(on, missed, days=7, name=""):
    """What the patient said of missed doses."""
    return ReportFact(DAY(on), missed, days, name, name)


_NUMBERED = {
    StayFact: "stay_id",
    ContactFact: "contact_id",
    DecisionFact: "decision_id",
    AppointmentFact: "appointment_id",
    ReferralFact: "referral_id",
    ReconciliationFact: "reconciliation_id",
}


def facts(*known, patient=1):
    """A patient's facts, numbered in the order given, sorted as the store does."""
    numbers = {kind: count(1) for kind in _NUMBERED}
    numbered = []
    for fact in known:
        kind = type(fact)
        if kind in _NUMBERED:
            numbered.append(fact._replace(**{_NUMBERED[kind]: next(numbers[kind])}))
        else:
            numbered.append(fact)

    def of(kind, key=lambda one: one.on):
        return tuple(sorted((one for one in numbered if isinstance(one, kind)), key=key))

    supplies = of(SupplyFact, lambda one: one.day)

    return PatientFacts(
        patient,
        of(StatusFact),
        of(TierFact),
        of(StayFact, lambda one: one.stay_id),
        of(ContactFact, lambda one: (one.on, one.at or time.min, one.contact_id)),
        of(ConditionFact),
        of(DecisionFact),
        of(AppointmentFact),
        of(ScoreFact),
        of(ReferralFact),
        of(ReconciliationFact),
        of(ListedFact),
        of(ReportFact),
        supplies,
        max((one.heard_on for one in supplies), default=None),
    )


def plan(today, *known, protocols=PROTOCOLS, calendar=FEDERAL):
    return schedule.plan(facts(*known), protocols, calendar, DAY(today))


MAIN_KINDS = frozenset({"transition_contact", "routine", "requested"})
"""Whom to call and when: the contact after a discharge, by tier, and what was asked for."""


def only(today, *known, kind=None, protocols=PROTOCOLS, calendar=FEDERAL):
    """The one item of that kind that is open; unless said the one of the MAIN_KINDS."""
    kinds = MAIN_KINDS if kind is None else {kind}
    items = plan(today, *known, protocols=protocols, calendar=calendar).items
    (item,) = [one for one in items if one.rule.kind in kinds]
    return item


def open_kinds(today, *known, protocols=PROTOCOLS):
    """The kinds of all items that are open."""
    return {item.rule.kind for item in plan(today, *known, protocols=protocols).items}


def main_kinds(today, *known, protocols=PROTOCOLS):
    """Those of the MAIN_KINDS that are open."""
    return open_kinds(today, *known, protocols=protocols) & MAIN_KINDS


def off(*days):
    """The calendar with those days off, of which she said "away"."""
    return FEDERAL._replace(days_off={DAY(day): "away" for day in days})


def span(text):
    """`2 weeks` as a length of time."""
    number, unit = text.split(maxsplit=1)
    return Span(int(number), unit.removesuffix("s"))


def rule(kind, **words):
    """A rule of a practice's own protocol `own`: a should, counted in the words of its file."""
    spans = {"target", "limit", "repeat", "stop", "counts_from", "early"}
    given = {key: span(value) if key in spans else value for key, value in words.items()}
    usual = PROTOCOLS.routine["moderate"]._replace(
        protocol="own", name=kind, kind=kind, anchor="event", tier=None, move="stay"
    )
    return usual._replace(**given)


def own(*rules):
    """Nothing but a protocol `own` of these rules, which counts from the enrolment."""
    protocol = PROTOCOLS.by_trigger["status"][0]._replace(
        name="own", trigger="enrolment", rules=rules
    )
    by_trigger = dict.fromkeys(PROTOCOLS.by_trigger, ())
    return PROTOCOLS._replace(by_trigger={**by_trigger, "enrolment": (protocol,)})


def changed(name, rule=None, **changes):
    """The protocols with those changes to one protocol, or to one rule of it."""

    def of(protocol):
        if protocol.name != name:
            return protocol
        own = protocol._replace(**changes) if rule is None else protocol
        to_rules = {key: value for key, value in changes.items() if rule or key == "statuses"}
        known = [one._replace(**to_rules) if rule in {None, one.name} else one for one in own.rules]
        return own._replace(rules=tuple(known))

    by_trigger = {
        trigger: tuple(map(of, several)) for trigger, several in PROTOCOLS.by_trigger.items()
    }
    by_tier = {one.tier: one for several in by_trigger["status"] for one in several.rules}
    return PROTOCOLS._replace(by_trigger=by_trigger, routine=by_tier)


def days(item):
    return str(item.target), str(item.limit), str(item.due)
