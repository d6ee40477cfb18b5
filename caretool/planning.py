"""The plans of the people on file: their facts, under the rules and the calendar in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool import schedule
from caretool.protocols import load_protocols
from caretool.store import facts
from caretool.workdays import load_calendar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from caretool.db import CareFile
    from caretool.model import PatientFacts
    from caretool.schedule import Plan


def of_patient(db: CareFile, patient_id: int, today: date) -> Plan:
    """What is open for one patient on `today`."""
    return _plans([facts.patient(db, patient_id, load_protocols(), today)], today)[0]


def of_patients(db: CareFile, ids: Iterable[int], today: date) -> dict[int, Plan]:
    """What is open for each of these patients on `today`."""
    found = _plans(facts.many(db, ids, load_protocols(), today), today)
    return {plan.patient_id: plan for plan in found}


def of_panel(db: CareFile, today: date) -> list[Plan]:
    """The plans of everybody who may have something open on `today`."""
    return _plans(facts.panel(db, load_protocols(), today), today)


def _plans(known: list[PatientFacts], today: date) -> list[Plan]:
    protocols = load_protocols()
    calendar = load_calendar(protocols.calendar)
    return [schedule.plan(one, protocols, calendar, today) for one in known]
