"""What cannot be true beside a stay: a death before it, a birth after it, its own dates.

A stay that contradicts what is on file of its patient is never linked by itself: it waits for a
reviewer, with the reason. Which of the two is wrong only a person can tell, and a reviewer's word
stands against any contradiction.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.matching import Candidate, Match, compare
from caretool.model import Link
from caretool.rule_files import load_outcomes
from caretool.rules import read_rules

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from caretool.db import CareFile
    from caretool.matching import Person, Roster

YOUR_DECISION = "your decision"
"""Why a stay is linked that a reviewer has decided."""

# A newborn's stay may begin with the admission of the mother
_BEFORE_BIRTH = timedelta(days=31)

_DEATHS = """
SELECT patient_id, day, 'D' || id FROM (
  SELECT id, patient_id, CASE
    WHEN discharged_on IS NOT NULL
      AND disposition IN (SELECT value FROM json_each(:dispositions)) THEN discharged_on
    ELSE died_on END AS day
  FROM stays WHERE patient_id IS NOT NULL AND cancelled = 0)
WHERE day IS NOT NULL
UNION ALL
SELECT c.patient_id, c.on_date, 'C' || c.id FROM json_each(:outcomes) j
  CROSS JOIN contacts c INDEXED BY contacts_by_outcome ON c.outcome = j.value
WHERE c.voided_by IS NULL
UNION ALL
SELECT s.patient_id, s.on_date, '' FROM statuses s
WHERE s.status = 'closed' AND s.reason = 'deceased' AND NOT EXISTS (
  SELECT 1 FROM statuses t WHERE t.patient_id = s.patient_id
    AND (t.on_date, t.id) > (s.on_date, s.id))
"""
_OTHERS = """
SELECT id, patient_id, admitted_on, discharged_on, disposition FROM stays
WHERE patient_id = ? AND cancelled = 0
"""


class Dates(NamedTuple):
    """What a stay says of its time, and whether it says that the patient died at its end."""

    stay_id: int
    """0 where the stay is not on file yet."""
    admitted_on: date | None
    discharged_on: date | None
    died: bool

    @property
    def first(self) -> date | None:
        """The first day that is known."""
        return self.admitted_on or self.discharged_on

    @property
    def last(self) -> date | None:
        """The last day that is known."""
        return self.discharged_on or self.admitted_on


class Death(NamedTuple):
    """That somebody died on a day, by which stay or contact; by hand it has no id."""

    on: date
    fact_id: str


@cache
def deadly() -> frozenset[str]:
    """The dispositions that say that the patient has died."""
    entries = read_rules("dispositions.toml")["disposition"]
    return frozenset(one["code"] for one in entries if one["transition"] == "never")


def dates_of(stay: sqlite3.Row | dict[str, Any]) -> Dates:
    """What a stay on file says of its time."""
    admitted, discharged = stay["admitted_on"], stay["discharged_on"]
    return Dates(
        stay["id"],
        date.fromisoformat(admitted) if admitted else None,
        date.fromisoformat(discharged) if discharged else None,
        discharged is not None and stay["disposition"] in deadly(),
    )


class Contradictions:
    """The deaths on file, read once, and what speaks against linking a stay to a patient.

    Who links stays on the way tells of each by `note`, so that the next one is judged by it.
    """

    def __init__(self, db: CareFile, roster: Roster) -> None:
        self._db = db
        self._people = roster.people
        self._deaths: dict[int, set[Death]] = {}
        self._whose: dict[str, int] = {}
        self.reasons: set[str] = set()
        """Every contradiction that was found, in words."""
        outcomes = [one.code for one in load_outcomes().values() if one.closes == "deceased"]
        values = {
            "dispositions": json.dumps(sorted(deadly())),
            "outcomes": json.dumps(sorted(outcomes)),
        }
        for patient_id, on, fact_id in db.rows(_DEATHS, values):
            self._add(patient_id, Death(date.fromisoformat(on), fact_id))

    def _add(self, patient_id: int, death: Death) -> None:
        self._deaths.setdefault(patient_id, set()).add(death)
        self._whose[death.fact_id] = patient_id

    def note(self, stay: sqlite3.Row | dict[str, Any]) -> None:
        """Take in whether a stay says now that its patient died, whatever it said before."""
        fact_id = f"D{stay['id']}"
        before = self._whose.pop(fact_id, None)
        if before is not None:
            known = self._deaths[before]
            self._deaths[before] = {one for one in known if one.fact_id != fact_id}
        if stay["patient_id"] is None or stay["cancelled"]:
            return
        there = stay["disposition"] in deadly() and stay["discharged_on"] is not None
        day = stay["discharged_on"] if there else stay["died_on"]
        if day is not None:
            self._add(stay["patient_id"], Death(date.fromisoformat(day), fact_id))

    def checked(
        self, match: Match, who: Person, says: Dates, waiting: Iterable[dict[str, Any]] = ()
    ) -> Match:
        """The match, or a review with the reason when the stay contradicts what is on file.

        `waiting` are stays that are linked or changed, and not written yet.
        """
        if match.patient_id is None:
            return match
        why = self._against(match.patient_id, says, waiting)
        if why is None:
            return match
        self.reasons.add(why)
        evidence = compare(who, self._people[match.patient_id])
        return Match(Link.REVIEW, why, None, (Candidate(match.patient_id, evidence),))

    def _against(
        self, patient_id: int, says: Dates, waiting: Iterable[dict[str, Any]]
    ) -> str | None:
        first, last = says.first, says.last
        assert first is not None and last is not None  # noqa: S101, PT018 - a stay has a date
        if last < first:
            return f"discharged on {last}, before the admission on {first}"
        born = self._people[patient_id].birth_date
        if born is not None and (last < born or first < born - _BEFORE_BIRTH):
            return f"P{patient_id} was not born yet on {first}"
        for death in sorted(self._deaths.get(patient_id, ())):
            # Two lists may date one death differently; nobody is admitted after it
            if death.fact_id != f"D{says.stay_id}" and (first if says.died else last) > death.on:
                by = f" ({death.fact_id})" if death.fact_id else ""
                return f"P{patient_id} died on {death.on}{by}"
        return self._after_its_death(patient_id, says, waiting) if says.died else None

    def _after_its_death(
        self, patient_id: int, says: Dates, waiting: Iterable[dict[str, Any]]
    ) -> str | None:
        """A stay of the patient that goes on after the death that this one tells of."""
        found = {row["id"]: row for row in map(dict, self._db.rows(_OTHERS, (patient_id,)))}
        found |= {stay["id"]: stay for stay in waiting}
        for stay_id, stay in sorted(found.items()):
            if stay_id == says.stay_id or stay["patient_id"] != patient_id or stay.get("cancelled"):
                continue
            other = dates_of(stay)
            day = other.first if other.died else other.last
            if day is not None and says.discharged_on is not None and day > says.discharged_on:
                return f"P{patient_id} was in hospital on {day} (D{stay_id}), after this death"
        return None
