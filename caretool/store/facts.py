"""The facts that the schedule reads: for one patient all of them, for a panel just enough.

`panel` leaves out whom and what cannot matter on that day: people who were never under care
management, with no discharge to answer and no date asked for; and contacts before the last two-way
one. A property test holds that the plans made from both are the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, time
from typing import TYPE_CHECKING, Any

from caretool.model import ContactFact, PatientFacts, Status, StatusFact, StayFact, Tier, TierFact

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from caretool.db import CareFile
    from caretool.protocols import Protocols

_CONTACT = """c.id, c.patient_id, c.on_date, c.at_time, c.outcome, c.channel, c.party, c.inbound,
    c.next_on, c.next_why, c.command_id"""
_COUNTING = """outcome IN (SELECT value FROM json_each(:counting))
    AND party IN ('patient', 'caregiver')"""

# People who may have something open although they were never under care management: a discharge
# without a two-way contact since, or a date asked for and not kept.
_OTHERS = f"""
SELECT s.patient_id FROM stays s
WHERE s.patient_id IS NOT NULL AND s.cancelled = 0 AND s.discharged_on <= :today
  AND NOT EXISTS (SELECT 1 FROM contacts WHERE patient_id = s.patient_id AND voided_by IS NULL
                  AND on_date > s.discharged_on AND on_date <= :today AND {_COUNTING})
UNION
SELECT r.patient_id FROM contacts r INDEXED BY contacts_with_request
WHERE r.next_on IS NOT NULL AND r.voided_by IS NULL AND r.on_date <= :today
  AND NOT EXISTS (SELECT 1 FROM contacts WHERE patient_id = r.patient_id AND voided_by IS NULL
                  AND on_date >= r.next_on AND on_date <= :today AND {_COUNTING})
"""

_LATEST_REQUEST = """SELECT r.id FROM contacts r
  WHERE r.patient_id = cut.patient_id AND r.next_on IS NOT NULL
    AND r.voided_by IS NULL AND r.on_date <= :today
  ORDER BY r.on_date DESC, r.at_time DESC, r.id DESC LIMIT 1"""

# From the last two-way contact outside a facility on, every contact; before it only what ends
# outreach and the latest date that was asked for.
_CONTACTS = f"""
WITH cut AS MATERIALIZED (
  SELECT j.value AS patient_id, COALESCE(
    (SELECT on_date FROM contacts WHERE patient_id = j.value AND voided_by IS NULL
       AND on_date <= :today AND {_COUNTING} AND channel <> 'facility'
     ORDER BY on_date DESC LIMIT 1), '') AS since
  FROM json_each(:ids) j)
SELECT {_CONTACT} FROM cut CROSS JOIN contacts c
  ON c.patient_id = cut.patient_id AND c.on_date >= cut.since
WHERE c.voided_by IS NULL AND c.on_date <= :today
UNION ALL
SELECT {_CONTACT} FROM cut CROSS JOIN contacts c INDEXED BY contacts_by_outcome
  ON c.patient_id = cut.patient_id AND c.outcome IN (SELECT value FROM json_each(:closing))
WHERE c.voided_by IS NULL AND c.on_date <= :today AND c.on_date < cut.since
  AND (c.next_on IS NULL OR c.id <> ({_LATEST_REQUEST}))
UNION ALL
SELECT {_CONTACT} FROM cut CROSS JOIN contacts c ON c.id = ({_LATEST_REQUEST})
WHERE c.on_date < cut.since
ORDER BY 2, 3, 4, 1
"""


def panel(db: CareFile, protocols: Protocols, today: date) -> list[PatientFacts]:
    """The facts of everybody who may have something open on `today`, by patient id."""
    values = _values(protocols, today)
    statuses = _statuses(
        db.stream(
            "SELECT patient_id, on_date, status, reason, command_id FROM statuses"
            " WHERE on_date <= :today ORDER BY patient_id, on_date, id",
            values,
        )
    )
    ids = {patient for patient, facts in statuses.items() if facts[-1].status != Status.CLOSED}
    ids.update(row["patient_id"] for row in db.stream(_OTHERS, values))
    return _gather(db, sorted(ids), statuses, _CONTACTS, values)


def patient(db: CareFile, patient_id: int, protocols: Protocols, today: date) -> PatientFacts:
    """All facts of one patient up to `today`."""
    values = _values(protocols, today)
    statuses = _statuses(
        db.stream(
            "SELECT patient_id, on_date, status, reason, command_id FROM statuses"
            " WHERE patient_id = ? ORDER BY on_date, id",
            (patient_id,),
        )
    )
    everything = f"""SELECT {_CONTACT} FROM json_each(:ids) j CROSS JOIN contacts c
        ON c.patient_id = j.value WHERE c.voided_by IS NULL AND c.on_date <= :today
        ORDER BY 2, 3, 4, 1"""
    return _gather(db, [patient_id], statuses, everything, values)[0]


def many(db: CareFile, ids: Iterable[int], protocols: Protocols, today: date) -> list[PatientFacts]:
    """The facts of the named patients, enough for their plans on `today`."""
    values = _values(protocols, today)
    wanted = sorted(set(ids))
    statuses = _statuses(
        db.stream(
            "SELECT s.patient_id, s.on_date, s.status, s.reason, s.command_id FROM json_each(?) j"
            " CROSS JOIN statuses s ON s.patient_id = j.value"
            " ORDER BY s.patient_id, s.on_date, s.id",
            (json.dumps(wanted),),
        )
    )
    return _gather(db, wanted, statuses, _CONTACTS, values)


def _values(protocols: Protocols, today: date) -> dict[str, Any]:
    outcomes = protocols.outcomes.values()
    return {
        "today": today.isoformat(),
        "counting": json.dumps([outcome.code for outcome in outcomes if outcome.counts]),
        "closing": json.dumps([outcome.code for outcome in outcomes if outcome.closes]),
    }


def _statuses(rows: Iterable[sqlite3.Row]) -> dict[int, list[StatusFact]]:
    found: dict[int, list[StatusFact]] = defaultdict(list)
    for patient_id, on, status, reason, entered in rows:
        found[patient_id].append(
            StatusFact(date.fromisoformat(on), Status(status), reason, entered)
        )
    return found


def _gather(
    db: CareFile,
    ids: list[int],
    statuses: dict[int, list[StatusFact]],
    contact_query: str,
    values: dict[str, Any],
) -> list[PatientFacts]:
    values = {**values, "ids": json.dumps(ids)}
    tiers: dict[int, list[TierFact]] = defaultdict(list)
    for patient_id, on, tier in db.stream(
        "SELECT t.patient_id, t.on_date, t.tier FROM json_each(:ids) j CROSS JOIN tiers t"
        " ON t.patient_id = j.value ORDER BY t.patient_id, t.on_date, t.id",
        {"ids": values["ids"]},
    ):
        tiers[patient_id].append(TierFact(date.fromisoformat(on), Tier(tier)))
    stays: dict[int, list[StayFact]] = defaultdict(list)
    for row in db.stream(
        "SELECT s.patient_id, s.id, s.patient_class, s.admitted_on, s.discharged_on,"
        " s.discharged_at, s.disposition, s.arrived_on FROM json_each(:ids) j CROSS JOIN stays s"
        " ON s.patient_id = j.value WHERE s.cancelled = 0 ORDER BY s.id",
        {"ids": values["ids"]},
    ):
        stays[row[0]].append(_stay(row))
    contacts: dict[int, list[ContactFact]] = defaultdict(list)
    for row in db.stream(contact_query, values):
        contacts[row[1]].append(_contact(row))
    return [
        PatientFacts(
            patient_id,
            tuple(statuses.get(patient_id, ())),
            tuple(tiers.get(patient_id, ())),
            tuple(stays.get(patient_id, ())),
            tuple(contacts.get(patient_id, ())),
        )
        for patient_id in ids
    ]


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _stay(row: sqlite3.Row) -> StayFact:
    return StayFact(
        row[1],
        row[2],
        _day(row[3]),
        _day(row[4]),
        _time(row[5]),
        row[6],
        date.fromisoformat(row[7]),
    )


def _contact(row: sqlite3.Row) -> ContactFact:
    return ContactFact(
        row[0],
        date.fromisoformat(row[2]),
        _time(row[3]),
        row[4],
        row[5],
        row[6],
        bool(row[7]),
        _day(row[8]),
        row[9],
        row[10],
    )
