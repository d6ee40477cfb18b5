"""The facts that the schedule reads: for one patient all of them, for a panel just enough.

`panel` leaves out whom and what cannot matter on that day: who was merged into somebody else; who
was never under care management, with nothing open; of whom SQL can tell that nothing but a routine
date to come is open; and contacts before the last two-way one, where those cannot change the plan.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.model import (
    AppointmentFact,
    ConditionFact,
    ContactFact,
    DecisionFact,
    PatientFacts,
    ReferralFact,
    ScoreFact,
    Status,
    StatusFact,
    StayFact,
    Strength,
    Tier,
    TierFact,
)
from caretool.store import merges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from caretool.db import CareFile
    from caretool.protocols import Protocols

_NO_TOPICS: frozenset[str] = frozenset()
_NOTHING: tuple[tuple[Any, ...], ...] = ((),) * (len(PatientFacts._fields) - 1)
# By value, which is faster than to call the enumeration
_STATUSES = {one.value: one for one in Status}
_TIERS = {one.value: one for one in Tier}
# The days of a length of time, at least and at most; how many a target may move to an earlier day
_AT_LEAST = {"day": 1, "week": 7, "month": 28, "business day": 1}
_AT_MOST = {"day": 1, "week": 7, "month": 31, "business day": 4}
_MARGIN, _FOREVER = 60, 100_000

_COUNTING = """outcome IN (SELECT value FROM json_each(:counting))
    AND party IN ('patient', 'caregiver')"""

# Whose plan may hold more than routine follow-up: a stay, a decision, an appointment, a referral, a
# contact that closes or says "in a facility", a date asked for and not kept. Some of them were
# never under care management; for them a stay of which the practice heard too late is history.
_MORE = f"""
SELECT patient_id FROM stays s
WHERE patient_id IS NOT NULL AND cancelled = 0
  AND (discharged_on <= :today OR admitted_on <= :today)
  AND (arrived_on <= date(COALESCE(discharged_on, :today), :heard_within)
    OR EXISTS (SELECT 1 FROM statuses WHERE patient_id = s.patient_id))
UNION
SELECT patient_id FROM decisions WHERE on_date <= :today
UNION
SELECT patient_id FROM appointments WHERE on_date <= :today
UNION
SELECT patient_id FROM referrals WHERE on_date <= :today
UNION
SELECT c.patient_id FROM json_each(:ending) j
  CROSS JOIN contacts c INDEXED BY contacts_by_outcome ON c.outcome = j.value
WHERE c.voided_by IS NULL AND c.on_date <= :today
UNION
SELECT r.patient_id FROM contacts r INDEXED BY contacts_with_request
WHERE r.next_on IS NOT NULL AND r.voided_by IS NULL AND r.on_date <= :today
  AND NOT EXISTS (SELECT 1 FROM contacts WHERE patient_id = r.patient_id AND voided_by IS NULL
                  AND on_date >= r.next_on AND on_date <= :today AND {_COUNTING})
"""

# Everybody with a status: whether closed, the last two-way contact, whether the routine date surely
# comes after the horizon, without attempts enough for a letter or a condition nobody has answered.
_FOLLOWED = f"""
WITH now AS MATERIALIZED (
  SELECT s.patient_id, s.status, s.on_date AS since, COALESCE(
    (SELECT on_date FROM contacts INDEXED BY contacts_by_patient
     WHERE patient_id = s.patient_id AND voided_by IS NULL AND on_date <= :today AND {_COUNTING}
     ORDER BY on_date DESC LIMIT 1), '') AS reached
  FROM statuses s
  WHERE s.on_date <= :today AND NOT EXISTS (
    SELECT 1 FROM statuses t WHERE t.patient_id = s.patient_id AND t.on_date <= :today
      AND (t.on_date, t.id) > (s.on_date, s.id)))
SELECT n.patient_id, n.status = 'closed', n.reached, n.status = 'active'
  AND max(n.since, n.reached) > CASE COALESCE(
    (SELECT tier FROM tiers WHERE patient_id = n.patient_id AND on_date <= :today
     ORDER BY on_date DESC, id DESC LIMIT 1), :default_tier)
    WHEN 'high' THEN :high WHEN 'moderate' THEN :moderate WHEN 'low' THEN :low
    ELSE :maintenance END
  AND (SELECT count(*) FROM contacts INDEXED BY contacts_by_patient
    WHERE patient_id = n.patient_id AND voided_by IS NULL AND on_date >= n.reached
      AND outcome IN (SELECT value FROM json_each(:attempts))) < :enough
  AND NOT EXISTS (SELECT 1 FROM conditions
    WHERE patient_id = n.patient_id AND code IN (SELECT value FROM json_each(:conditions))
      AND NOT (n.reached >= n.since AND n.reached >= COALESCE(on_date, '')))
FROM now n
"""
_REACHED = f"""
SELECT j.value, COALESCE(
  (SELECT on_date FROM contacts INDEXED BY contacts_by_patient
   WHERE patient_id = j.value AND voided_by IS NULL AND on_date <= :today AND {_COUNTING}
   ORDER BY on_date DESC LIMIT 1), '')
FROM json_each(:ids) j
"""


class Panel(NamedTuple):
    """Whom a list is about: the facts of those who may be due, and how many others are followed."""

    facts: list[PatientFacts]
    others: int
    """Under care management, with nothing but a routine date after the horizon."""


def panel(db: CareFile, protocols: Protocols, today: date, horizon: date | None = None) -> Panel:
    """The facts of everybody who may have something open on `today`, by patient id.

    With a `horizon`, without those who have nothing to act on up to that day.
    """
    values = _values(protocols, today) | _narrowing(protocols, horizon)
    more, merged = _more(db, values), merges.merged(db)
    told = _can_be_told(protocols)
    others = 0
    from_when: dict[int, str] = {}
    for patient_id, closed, reached, later in db.stream(_FOLLOWED, values):
        if closed or patient_id in merged:
            more.discard(patient_id)
        elif later and patient_id not in more:
            others += 1
        else:
            from_when[patient_id] = reached if told else ""
    from_when.update(dict.fromkeys(more, ""))
    return Panel(_gather(db, from_when, values), others)


def _more(db: CareFile, values: dict[str, Any]) -> set[int]:
    """Whose plan may hold more than routine follow-up, so that every contact may matter."""
    return {row[0] for row in db.stream(_MORE, values)}


def _narrowing(protocols: Protocols, horizon: date | None) -> dict[str, Any]:
    """What SQL needs to tell whose routine date is certainly after the horizon.

    The day after which the last contact must lie, by tier: counted short, because a target may
    move to an earlier day. Where the rules are such that SQL cannot tell, it leaves nobody out.
    """
    after: dict[str, Any] = dict.fromkeys(protocols.routine, "9999-12-31")
    if horizon is not None and _can_be_told(protocols):
        for tier, rule in protocols.routine.items():
            back = rule.move == "earlier" or rule.strength == Strength.MUST
            days = _AT_LEAST[rule.target.unit] * rule.target.count - (_MARGIN if back else 0)
            after[tier] = (horizon - timedelta(days=days)).isoformat()
    outcomes = protocols.outcomes.values()
    return {
        **after,
        "default_tier": protocols.default_tier,
        "attempts": json.dumps([one.code for one in outcomes if one.attempt]),
        "enough": protocols.ladder.attempts,
    }


def _can_be_told(protocols: Protocols) -> bool:
    """Are the rules about people under care management of the forms that SQL knows?"""
    by_trigger = protocols.by_trigger
    routine = [rule for protocol in by_trigger["status"] for rule in protocol.rules]
    once = [rule for protocol in by_trigger["condition"] for rule in protocol.rules]
    return (
        not by_trigger["enrolment"]
        and all(rule.tier and rule.anchor == "last_contact" for rule in routine)
        and all(rule.needs is None and rule.no_later_than is None for rule in routine)
        and all(
            rule.needs is not None
            or (
                rule.anchor == "event"
                and "contact" in rule.done_by
                and not (rule.then or rule.repeat or rule.counts_from)
            )
            for rule in once
        )
    )


def patient(db: CareFile, patient_id: int, protocols: Protocols, today: date) -> PatientFacts:
    """All facts of one patient up to `today`."""
    return _gather(db, {patient_id: ""}, _values(protocols, today))[0]


def many(db: CareFile, ids: Iterable[int], protocols: Protocols, today: date) -> list[PatientFacts]:
    """The facts of the named patients, enough for their plans on `today`."""
    values = _values(protocols, today) | {"heard_within": f"+{_FOREVER} days"}  # where they are
    wanted = {**values, "ids": json.dumps(sorted(set(ids)))}
    more = _more(db, values)
    told = _can_be_told(protocols)
    found = db.stream(_REACHED, wanted)
    from_when = {row[0]: row[1] if told and row[0] not in more else "" for row in found}
    return _gather(db, from_when, values)


def _values(protocols: Protocols, today: date) -> dict[str, Any]:
    outcomes = protocols.outcomes.values()
    codes = {
        code
        for protocol in protocols.by_trigger["condition"]
        if any(rule.needs is None for rule in protocol.rules)
        for code in protocol.conditions
    }
    return {
        "today": today.isoformat(),
        "counting": json.dumps([one.code for one in outcomes if one.counts]),
        "ending": json.dumps([one.code for one in outcomes if one.closes or one.facility]),
        "conditions": json.dumps(sorted(codes)),
        "heard_within": f"+{_heard_within(protocols)} days",
    }


def _heard_within(protocols: Protocols) -> int:
    """After how many days at least a stay that is heard of late can start nothing."""
    days = [0]
    for trigger in ("discharge", "ed_visit", "candidate", "facility"):
        for protocol in protocols.by_trigger[trigger]:
            if Status.ROSTER in protocol.statuses:
                span = protocol.heard_within
                days.append(_FOREVER if span is None else span.count * _AT_MOST[span.unit])
    return max(days)


def _gather(db: CareFile, from_when: dict[int, str], values: dict[str, Any]) -> list[PatientFacts]:
    """The facts of these patients, by id; their contacts from the day on that goes with each."""
    ids = sorted(from_when)
    wanted = {
        "ids": json.dumps(ids),
        "from_when": json.dumps(from_when),
        "today": values["today"],
    }
    parts = [
        (place, _grouped(db, table, wanted))
        for place, table in enumerate(_TABLES, start=1)
        # cheaper than to look for each patient in an empty table
        if db.value(f"SELECT 1 FROM {table} LIMIT 1") is not None
    ]
    found = []
    for patient_id in ids:
        columns: list[Any] = [patient_id, *_NOTHING]
        for place, part in parts:
            facts = part.get(patient_id)
            if facts:
                columns[place] = tuple(facts)
        found.append(PatientFacts._make(columns))
    return found


def _grouped(db: CareFile, table: str, wanted: dict[str, str]) -> dict[int, list[Any]]:
    """The facts of one table by patient, each patient's in their order."""
    query, make = _TABLES[table]
    found: dict[int, list[Any]] = defaultdict(list)
    for patient_id, *columns in db.stream(query, wanted):
        found[patient_id].append(make(*columns))
    if table == "contacts":
        for several in found.values():
            if len(several) > 1:  # cheaper here than in SQL, which would sort all at once
                several.sort(key=_in_order)
    return found


def _of_ids(table: str, columns: str, order: str = "on_date, t.id") -> str:
    return (
        f"SELECT t.patient_id, {columns} FROM json_each(:ids) j CROSS JOIN {table} t"
        f" ON t.patient_id = j.value ORDER BY t.patient_id, t.{order}"
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _status(on: str, status: str, reason: str | None, entered: int) -> StatusFact:
    return StatusFact(date.fromisoformat(on), _STATUSES[status], reason, entered)


def _tier(on: str, tier: str, why: str | None) -> TierFact:
    return TierFact(date.fromisoformat(on), _TIERS[tier], why)


def _stay(
    stay_id: int,
    patient_class: str,
    admitted_on: str | None,
    discharged_on: str | None,
    discharged_at: str | None,
    disposition: str | None,
    arrived_on: str,
    diagnosis: str | None,
    died_on: str | None,
) -> StayFact:
    return StayFact(
        stay_id,
        patient_class,
        _day(admitted_on),
        _day(discharged_on),
        _time(discharged_at),
        disposition,
        date.fromisoformat(arrived_on),
        diagnosis,
        _day(died_on),
    )


def _contact(
    contact_id: int,
    on: str,
    at: str | None,
    outcome: str,
    channel: str,
    party: str,
    inbound: int,
    next_on: str | None,
    next_why: str | None,
    entered: int,
    topics: str | None,
) -> ContactFact:
    return ContactFact(
        contact_id,
        date.fromisoformat(on),
        _time(at),
        outcome,
        channel,
        party,
        bool(inbound),
        _day(next_on),
        next_why,
        entered,
        frozenset(topics.split()) if topics else _NO_TOPICS,
    )


def _in_order(contact: ContactFact) -> tuple[date, time, int]:
    return contact.on, contact.at or time.min, contact.contact_id


def _condition(on: str | None, code: str) -> ConditionFact:
    return ConditionFact(_day(on) or date.min, code)


def _decision(
    decision_id: int,
    on: str,
    decision: str,
    why: str | None,
    item: str | None,
    planned: str | None,
    to: str | None,
    entered: int,
) -> DecisionFact:
    return DecisionFact(
        decision_id, date.fromisoformat(on), decision, why, item, _day(planned), _day(to), entered
    )


def _appointment(
    appointment_id: int,
    noted_on: str,
    on: str,
    at: str | None,
    with_whom: str | None,
    cancelled_on: str | None,
) -> AppointmentFact:
    return AppointmentFact(
        appointment_id,
        date.fromisoformat(noted_on),
        date.fromisoformat(on),
        _time(at),
        with_whom,
        _day(cancelled_on),
    )


def _score(on: str, stay_id: int, total: int) -> ScoreFact:
    return ScoreFact(date.fromisoformat(on), stay_id, total)


def _referral(referral_id: int, on: str, by: str | None) -> ReferralFact:
    return ReferralFact(referral_id, date.fromisoformat(on), by)


# In the order of the fields of PatientFacts. Contacts come from the last two-way one on; all of
# those whose plan may hold more than routine follow-up.
_TABLES: dict[str, tuple[str, Callable[..., Any]]] = {
    "statuses": (_of_ids("statuses", "t.on_date, t.status, t.reason, t.command_id"), _status),
    "tiers": (_of_ids("tiers", "t.on_date, t.tier, t.reason"), _tier),
    "stays": (
        """SELECT t.patient_id, t.id, t.patient_class, t.admitted_on, t.discharged_on,
          t.discharged_at, t.disposition, t.arrived_on, t.diagnosis, t.died_on
        FROM json_each(:ids) j CROSS JOIN stays t ON t.patient_id = j.value
        WHERE t.cancelled = 0 ORDER BY t.id""",
        _stay,
    ),
    "contacts": (
        """SELECT c.patient_id, c.id, c.on_date, c.at_time, c.outcome, c.channel, c.party,
          c.inbound, c.next_on, c.next_why, c.command_id, c.topics
        FROM json_each(:from_when) j CROSS JOIN contacts c
          ON c.patient_id = j.key AND c.on_date >= j.value
        WHERE c.voided_by IS NULL AND c.on_date <= :today""",
        _contact,
    ),
    "conditions": (_of_ids("conditions", "t.on_date, t.code"), _condition),
    "decisions": (
        _of_ids(
            "decisions",
            "t.id, t.on_date, t.decision, t.reason, t.item, t.planned, t.to_date, t.command_id",
        ),
        _decision,
    ),
    "appointments": (
        _of_ids(
            "appointments", "t.id, on_date, day, at_time, with_whom, cancelled_on", "day, t.id"
        ),
        _appointment,
    ),
    "scores": (_of_ids("scores", "t.on_date, t.stay_id, t.total"), _score),
    "referrals": (_of_ids("referrals", "t.id, t.on_date, t.referred_by"), _referral),
}
