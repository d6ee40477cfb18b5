"""Facts that cannot be: dates in an impossible order, and days that have not come yet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from caretool.db import CareFile
    from caretool.protocols import Protocols


class Impossible(NamedTuple):
    """One fact that cannot be as it stands on file."""

    what: str
    """In words, with ids and days."""
    letter: str
    """What kind of fact it is, as its id begins: C contact, D discharge, M medicine, P patient; F
    is a fill, R an entry of status, tier or decision, which people know by the patient."""
    number: int
    """The number of its id."""
    patient: int | None


_BORN_AFTER = """
SELECT 'C', c.id, c.patient_id, 'C' || c.id || ' is dated ' || c.on_date || ', before birth'
FROM contacts c JOIN patients p ON p.id = c.patient_id
WHERE c.voided_by IS NULL AND c.on_date < p.birth_date
UNION ALL
SELECT 'D', s.id, s.patient_id, 'D' || s.id || ' begins before birth'
FROM stays s JOIN patients p ON p.id = s.patient_id
WHERE s.cancelled = 0 AND COALESCE(s.admitted_on, s.discharged_on) < p.birth_date
UNION ALL
SELECT 'F', f.id, f.patient_id, 'a fill is dated ' || f.filled_on || ', before birth'
FROM fills f JOIN patients p ON p.id = f.patient_id WHERE f.filled_on < p.birth_date
"""
_TURNED = """
SELECT 'D', id, patient_id, 'D' || id || ' ends ' || discharged_on || ', before it begins'
FROM stays WHERE cancelled = 0 AND discharged_on < admitted_on
UNION ALL
SELECT 'M', id, patient_id, 'M' || id || ' stopped ' || stopped_on || ', before it was started'
FROM medications WHERE stopped_on < started_on
"""
_FUTURE = """
SELECT 'P', id, id, 'P' || id || ' is born after today' FROM patients WHERE birth_date > :today
UNION ALL
SELECT 'C', id, patient_id, 'C' || id || ' is dated ' || on_date || ', after today'
FROM contacts WHERE voided_by IS NULL AND on_date > :today
UNION ALL
SELECT 'D', id, patient_id, 'D' || id || ' is dated after today' FROM stays
WHERE cancelled = 0 AND (admitted_on > :today OR discharged_on > :today OR died_on > :today)
UNION ALL
SELECT 'F', id, patient_id, 'a fill is dated ' || filled_on || ', after today'
FROM fills WHERE filled_on > :today
UNION ALL
SELECT 'M', id, patient_id, 'M' || id || ' is dated after today' FROM medications
WHERE on_date > :today OR started_on > :today OR stopped_on > :today
UNION ALL
SELECT 'R', id, patient_id, 'a status is dated ' || on_date || ', after today'
FROM statuses WHERE on_date > :today
UNION ALL
SELECT 'R', id, patient_id, 'a tier is dated ' || on_date || ', after today'
FROM tiers WHERE on_date > :today
UNION ALL
SELECT 'R', id, patient_id, 'a decision is dated ' || on_date || ', after today'
FROM decisions WHERE on_date > :today
UNION ALL
SELECT 'R', id, patient_id, 'a reconciliation is dated ' || on_date || ', after today'
FROM reconciliations WHERE on_date > :today
"""
# The first death that a stay or a contact tells of, and what the patient is said to have done later
_AFTER_DEATH = """
WITH deaths AS (
  SELECT patient_id, min(day) AS day FROM (
    SELECT patient_id, died_on AS day FROM stays
    WHERE cancelled = 0 AND patient_id IS NOT NULL AND died_on IS NOT NULL
    UNION ALL
    SELECT patient_id, discharged_on FROM stays
    WHERE cancelled = 0 AND patient_id IS NOT NULL AND discharged_on IS NOT NULL
      AND disposition IN (SELECT value FROM json_each(:died))
    UNION ALL
    SELECT patient_id, on_date FROM contacts
    WHERE voided_by IS NULL AND outcome IN (SELECT value FROM json_each(:deceased)))
  GROUP BY patient_id)
SELECT 'C', c.id, c.patient_id, 'C' || c.id || ' with the patient is dated after the death of '
  || d.day
FROM deaths d JOIN contacts c ON c.patient_id = d.patient_id
WHERE c.voided_by IS NULL AND c.on_date > d.day AND c.party = 'patient'
  AND c.outcome IN (SELECT value FROM json_each(:reached))
UNION ALL
SELECT 'D', s.id, s.patient_id, 'D' || s.id || ' begins after the death of ' || d.day
FROM deaths d JOIN stays s ON s.patient_id = d.patient_id
WHERE s.cancelled = 0 AND COALESCE(s.admitted_on, s.discharged_on) > d.day
UNION ALL
SELECT 'F', f.id, f.patient_id, 'a fill of ' || f.filled_on || ' is after the death of ' || d.day
FROM deaths d JOIN fills f ON f.patient_id = d.patient_id WHERE f.filled_on > d.day
"""


def orders(db: CareFile, protocols: Protocols) -> Iterator[Impossible]:
    """Facts whose dates stand in an order that cannot be: before birth, after death, turned round.

    On a day itself anything may be.
    """
    outcomes = protocols.outcomes.values()
    never = [one.code for one in protocols.dispositions.values() if one.transition == "never"]
    values = {
        "died": json.dumps(never),
        "deceased": json.dumps([one.code for one in outcomes if one.closes == "deceased"]),
        "reached": json.dumps([one.code for one in outcomes if one.counts]),
    }
    for query in (_TURNED, _BORN_AFTER):
        yield from _found(db, query, {})
    yield from _found(db, _AFTER_DEATH, values)


def future(db: CareFile, today: date) -> Iterator[Impossible]:
    """Facts dated after today, which no command enters."""
    yield from _found(db, _FUTURE, {"today": today.isoformat()})


def _found(db: CareFile, query: str, values: dict[str, str]) -> Iterator[Impossible]:
    for letter, number, patient, what in db.stream(query, values):
        yield Impossible(what, letter, number, patient)
