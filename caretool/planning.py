"""The plans of the people on file: their facts, under the rules and the calendar in force.

A practice's own files lie beside the care file (`store.own_files`); its calendars in `calendars/`
beside its rules. Her days off are in the care file itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caretool import schedule, workdays
from caretool.errors import RuleError
from caretool.model import Status
from caretool.rule_files import load_protocols
from caretool.store import days_off, facts, own_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from caretool.db import CareFile
    from caretool.errors import CareError
    from caretool.items import Plan
    from caretool.model import PatientFacts
    from caretool.protocols import Protocols
    from caretool.workdays import Calendar


class Rules(NamedTuple):
    """The rules and the calendar in force for one care file."""

    protocols: Protocols
    calendar: Calendar


class PanelPlans(NamedTuple):
    """The plans of all who may be due, and how many others are under care management."""

    plans: list[Plan]
    others: int


def rules(db: CareFile, today: date) -> Rules:
    """The rules in force, with the days off that she knew of on `today`; see `in_force`."""
    found = in_force(own_files.rules(db.path), db.noticed)
    return found._replace(calendar=found.calendar._replace(days_off=days_off.read(db, today)))


def in_force(own: Path | None, noticed: list[CareError]) -> Rules:
    """The rules with those of the practice's own file.

    When that file is wrong, the built-in ones, and what is wrong is added to what was noticed.
    """
    try:
        return Rules(*load_rules(own))
    except RuleError as problem:
        if own is None:
            raise
        own_files.notice(problem, noticed, "rules")
    return Rules(*load_rules(None))


def load_rules(own: Path | None) -> tuple[Protocols, Calendar]:
    """The rules with those of that file, and the calendar that they name; raises RuleError."""
    own = None if own is None else own.absolute()  # what was read of a file is kept by its path
    protocols = load_protocols(own)
    return protocols, workdays.load_calendar(protocols.calendar, own.parent if own else None)


def of_patient(db: CareFile, patient_id: int, today: date) -> Plan:
    """What is open for one patient on `today`."""
    known = rules(db, today)
    return plan(facts.patient(db, patient_id, known.protocols, today), known, today)


def of_patients(db: CareFile, ids: Iterable[int], today: date) -> dict[int, Plan]:
    """What is open for each of these patients on `today`."""
    known = rules(db, today)
    return {
        one.patient_id: plan(one, known, today)
        for one in facts.many(db, ids, known.protocols, today)
    }


def ended(db: CareFile, ids: Iterable[int], today: date) -> frozenset[int]:
    """Those of these patients whose care has ended: a closing by hand, a contact, a death."""
    return frozenset(
        patient_id
        for patient_id, one in of_patients(db, ids, today).items()
        if one.standing.status == Status.CLOSED
    )


def of_panel(db: CareFile, today: date, horizon: date | None = None) -> PanelPlans:
    """The plans of everybody who may have something open on `today`.

    With a `horizon`, without people of whom it is certain that they have nothing to do up to then.
    """
    known = rules(db, today)
    found = facts.panel(db, known.protocols, today, horizon)
    return PanelPlans([plan(one, known, today) for one in found.facts], found.others)


def listed(found: Iterable[Plan], horizon: date, today: date) -> list[Plan]:
    """The plans with something to act on up to the horizon, cut to those items, in list order."""
    cut = []
    for one in found:
        items = tuple(item for item in one.items if item.due <= horizon)
        if items:
            cut.append(one._replace(items=items))
    cut.sort(key=lambda one: one.items[0].rank(today))
    return cut


def plan(known: PatientFacts, under: Rules, today: date) -> Plan:
    """What is open for a patient of these facts under those rules."""
    return schedule.plan(known, under.protocols, under.calendar, today)
