"""Does what the care file says of the care want mending? Who, why, and by which command."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from caretool import dates, explain, planning
from caretool.errors import FileError
from caretool.findings import Finding, Severity
from caretool.intake import layout_file
from caretool.matching import likely_duplicates
from caretool.model import Link, State, Status
from caretool.proof import is_certain
from caretool.store import (
    appointments,
    decisions,
    endings,
    impossible,
    layouts,
    links,
    merges,
    own_files,
    patients,
    stays,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.db import CareFile
    from caretool.items import Plan
    from caretool.planning import Rules

_WAITS = timedelta(days=2)
"""So long a stay may wait for review: the first call is due within two business days."""
_FORGOTTEN = timedelta(days=30)
"""So long after a hold's end without a try it is taken for forgotten."""
_AFTER = timedelta(days=30)
"""So long after a discharge there is something to do about it (rules/protocols.toml)."""


def found(db: CareFile, today: date, real_today: date) -> list[Finding]:
    """Everything about the care that wants mending on `today`, the gravest kind first.

    `real_today` is the day by which facts are of the future; rules that cannot be read are found
    here and not left among what was noticed.
    """
    rules = planning.rules(db, today)
    own_files.classes(db)
    unread = [
        Finding(Severity.CARE, "rules", one.message, one.hint or "caretool check-protocols")
        for one in db.noticed
    ]
    db.noticed.clear()
    panel = planning.of_panel(db, today).plans
    db.noticed.clear()  # the same again
    return [
        *_past_limit(panel, today),
        *_without_date(panel),
        *_impossible(db, rules, real_today),
        *_closed(db, rules, today),
        *_waiting(db, today),
        *_forgotten(db, panel, today),
        *_twice(db),
        *_without_phone(db, panel, today),
        *unread,
        *_layouts(db),
    ]


def _care(kind: str, what: str, fix: str, patient: int | None = None) -> Finding:
    return Finding(Severity.CARE, kind, what, fix, patient)


def _past_limit(panel: list[Plan], today: date) -> Iterator[Finding]:
    for plan in panel:
        late = [one for one in plan.items if explain.state(one, today) == State.LATE_OPEN]
        if not late:
            continue
        first, more = late[0], f", and {len(late) - 1} more" if len(late) > 1 else ""
        limit = dates.show_short(first.limit, today) if first.limit else ""
        what = f"{explain.kind_words(first.rule.kind)} is past its limit, {limit}{more}"
        fix = f"caretool log-contact P{plan.patient_id} --outcome CODE"
        yield _care("limit", what, fix, plan.patient_id)


def _without_date(panel: list[Plan]) -> Iterator[Finding]:
    for plan in panel:
        if plan.standing.is_followed and not plan.items and not plan.standing.is_held:
            fix = f"caretool log-contact P{plan.patient_id} --outcome CODE --next DATE"
            yield _care("no_date", "active, without a next date", fix, plan.patient_id)


def _impossible(db: CareFile, rules: Rules, real_today: date) -> Iterator[Finding]:
    for one in (
        *impossible.orders(db, rules.protocols),
        *impossible.future(db, real_today),
    ):
        whose = "" if one.patient is None else f" P{one.patient}"
        fix = {
            "C": f"caretool void-contact C{one.number} --reason TEXT",
            "D": "import the corrected list",
            "F": "import the corrected list",
            "P": f"caretool edit-patient P{one.number} --dob DATE",
        }.get(one.letter, f"caretool history{whose}, then caretool undo")
        yield _care("dates", one.what, fix, one.patient)


def _closed(db: CareFile, rules: Rules, today: date) -> Iterator[Finding]:
    """Closed, but somebody waits for the patient, or they have been in hospital since."""
    recent = today - _AFTER
    maybe = endings.maybe_ended(db, rules.protocols, today)
    for patient_id, plan in sorted(planning.of_patients(db, maybe, today).items()):
        stand = plan.standing
        if stand.status != Status.CLOSED or stand.reason == "deceased" or stand.since is None:
            continue
        what = ""
        if coming := appointments.coming(db, patient_id, today):
            day = date.fromisoformat(coming[0]["day"])
            what = f"closed, with an appointment on {dates.show_short(day, today)}"
        elif stay := stays.discharged_after(db, patient_id, max(stand.since, recent), today):
            what = f"closed, and discharged since (D{stay})"
        if what:
            fix = f"caretool reopen P{patient_id} --why TEXT"
            yield _care("closed", what, fix, patient_id)


def _waiting(db: CareFile, today: date) -> Iterator[Finding]:
    for stay in stays.open_ones(db, Link.REVIEW, today):
        arrived = date.fromisoformat(stay["arrived_on"])
        if today - arrived > _WAITS:
            what = f"D{stay['id']} waits for review since {dates.show_short(arrived, today)}"
            yield _care("review", what, f"caretool review D{stay['id']}")


def _forgotten(db: CareFile, panel: list[Plan], today: date) -> Iterator[Finding]:
    followed = {one.patient_id for one in panel if one.standing.is_followed}
    for patient_id, ended in decisions.ended_holds(db, today - _FORGOTTEN):
        if patient_id in followed:
            day = dates.show_short(date.fromisoformat(ended), today)
            fix = f"caretool log-contact P{patient_id} --outcome CODE"
            yield _care("hold", f"the hold ended {day}, not tried since", fix, patient_id)


def _twice(db: CareFile) -> Iterator[Finding]:
    different = merges.different(db)
    for one, other, evidence in likely_duplicates(links.roster(db)):
        if is_certain(evidence) and (one, other) not in different:
            fix = f"caretool merge P{one} P{other}, or caretool duplicates --not P{one} P{other}"
            yield _care("duplicate", f"P{one} and P{other} look like one person", fix, one)


def _without_phone(db: CareFile, panel: list[Plan], today: date) -> Iterator[Finding]:
    followed = [one.patient_id for one in panel if one.standing.is_followed]
    cards = patients.cards(db, followed)
    no_calls = decisions.without_calls(db, today)
    for patient_id, way in patients.reach(db, cards, today).items():
        if way.number is None and patient_id not in no_calls:
            fix = f"caretool edit-patient P{patient_id} --phone NUMBER"
            what = "active, without a phone number that works"
            yield _care("no_phone", what, fix, patient_id)


def _layouts(db: CareFile) -> Iterator[Finding]:
    for row in layouts.all_of(db):
        try:
            layout_file.parsed(row["content"], f"layout {row['name']}")
        except FileError as error:
            fix = f"caretool layouts drop '{row['name']}'"
            yield _care("layout", error.message, fix)
