"""The facts that the schedule reads: for one patient all of them, for a panel just enough.

`panel` leaves out whom and what cannot matter on that day: who was merged into somebody else; who
was never under care management, with nothing open; of whom SQL can tell that nothing but a routine
date to come is open; and contacts before the last two-way one, where those cannot change the plan.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.model import PatientFacts, Status, Strength
from caretool.store import merges
from caretool.store.fact_rows import TABLES, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.db import CareFile
    from caretool.protocols import Protocols

_SUPPLIES, _KNOWN_ON = (PatientFacts._fields.index(one) for one in ("supplies", "fills_known_on"))
_NOTHING: tuple[tuple[Any, ...], ...] = ((),) * (len(PatientFacts._fields) - 1)
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
_DOUBTED = """
SELECT c.patient_id FROM self_reports s JOIN contacts c ON c.id = s.contact_id
WHERE s.missed > 0 AND c.voided_by IS NULL AND c.on_date <= :today
GROUP BY c.patient_id HAVING count(*) >= :often
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
    doubted = _doubted(db, protocols, values)
    told = _can_be_told(protocols)
    rested: list[int] = []
    from_when: dict[int, str] = {}
    for patient_id, closed, reached, later in db.stream(_FOLLOWED, values):
        if closed or patient_id in merged:
            more.discard(patient_id)
        elif later and patient_id not in more and patient_id not in doubted:
            rested.append(patient_id)
        else:
            from_when[patient_id] = reached if told else ""
    more |= _supplied(db, rested, protocols, today, horizon)
    from_when.update(dict.fromkeys(more | (doubted & from_when.keys()), ""))
    others = len(rested) - len(more.intersection(rested))
    return Panel(_gather(db, from_when, values), others)


def _more(db: CareFile, values: dict[str, Any]) -> set[int]:
    """Whose plan may hold more than routine follow-up, so that every contact may matter."""
    return {row[0] for row in db.stream(_MORE, values)}


def _doubted(db: CareFile, protocols: Protocols, values: dict[str, Any]) -> set[int]:
    """Who told of missed doses as often as gives rise to a review; perhaps not in a row."""
    often = [one.low_reports for one in protocols.by_trigger["adherence"] if one.low_reports]
    if not often:
        return set()
    return {row[0] for row in db.stream(_DOUBTED, {**values, "often": min(often)})}


def _supplied(
    db: CareFile, ids: list[int], protocols: Protocols, today: date, horizon: date | None
) -> set[int]:
    """For whom of these patients there may be something to do about medicines by then."""
    if not ids or horizon is None or not _has_rows(db, "fills"):
        return set()
    from caretool.store import supplies

    wanted = {"ids": json.dumps(ids)}
    listed = _grouped(db, "medications", wanted) if _has_rows(db, "medications") else {}
    return supplies.may_act(db, ids, listed, protocols, today, horizon)


def _has_rows(db: CareFile, table: str) -> bool:
    return db.value(f"SELECT 1 FROM {table} LIMIT 1") is not None


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
    more = _more(db, values) | _doubted(db, protocols, values)
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
    """The facts of these patients, by id; their contacts from the day on that goes with each.

    Of who has fills, all contacts: one that completed something may lie before the last.
    """
    ids = sorted(from_when)
    filled: dict[int, Any] = {}
    known_on = None
    if _has_rows(db, "fills"):
        from caretool.store import supplies

        today = date.fromisoformat(values["today"])
        filled = supplies.read(db, ids, today)
        known_on = supplies.known_on(db, today)
        from_when = from_when | dict.fromkeys(filled, "")
    wanted = {
        "ids": json.dumps(ids),
        "from_when": json.dumps(from_when),
        "today": values["today"],
    }
    parts = [
        (place, _grouped(db, table, wanted))
        for place, table in enumerate(TABLES, start=1)
        if _has_rows(db, table)  # cheaper than to look for each patient in an empty table
    ]
    parts.append((_SUPPLIES, filled))
    found = []
    for patient_id in ids:
        columns: list[Any] = [patient_id, *_NOTHING]
        columns[_KNOWN_ON] = known_on if patient_id in filled else None
        for place, part in parts:
            facts = part.get(patient_id)
            if facts:
                columns[place] = tuple(facts)
        found.append(PatientFacts._make(columns))
    return found


def _grouped(db: CareFile, table: str, wanted: dict[str, str]) -> dict[int, list[Any]]:
    """The facts of one table by patient, each patient's in their order."""
    query, make = TABLES[table]
    found: dict[int, list[Any]] = defaultdict(list)
    for patient_id, *columns in db.stream(query, wanted):
        found[patient_id].append(make(*columns))
    if table == "contacts":
        for several in found.values():
            if len(several) > 1:  # cheaper here than in SQL, which would sort all at once
                several.sort(key=in_order)
    return found
