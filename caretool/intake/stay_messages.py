"""From a row of a list to a message about a stay: what it says, as of when, what it takes back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from caretool.intake.discharges import OFFICE_VISIT
from caretool.model import PatientClass
from caretool.telling import FIELDS, Message, says_just

if TYPE_CHECKING:
    from datetime import date

    from caretool.intake.discharges import StayRow
    from caretool.telling import Columns

Withdraws = Literal["stay", "discharge"]

VISITS = frozenset({PatientClass.EMERGENCY, PatientClass.AMBULATORY})
"""Somebody in one of these is not held in a facility."""
CANCELS = frozenset({"cancel_admit", "cancel_discharge"})
"""The events that take something back."""
_ADMITTED, _STILL_IN = "09", "30"


def is_in_bed(row: StayRow) -> bool:
    """Is this about somebody who is in hospital, although it is no discharge yet?"""
    return row.patient_class not in VISITS or row.disposition == _ADMITTED


def withdraws(row: StayRow) -> Withdraws | None:
    """What the row takes back; one that says "still a patient" takes back a discharge."""
    if row.event == "cancel_admit":
        return "stay"
    still_in = row.disposition == _STILL_IN and row.discharged_on is None
    return "discharge" if row.event == "cancel_discharge" or still_in else None


def message_of(row: StayRow, *, listed_at: str, latest: date, known: str | None = None) -> Message:
    """What the row says of the stay, as of when its sender wrote it.

    A row that is no discharge yet tells of the admission only: desks fill in where somebody will go
    while they are still in bed (discharges.md, fact 8).

    Args:
        row: the row.
        listed_at: the moment for which the list stands; it counts where the row has none.
        latest: the list's own day, else the last one on which anything in it happened; what
            happened on it may not be in the list yet.
        known: the moment of the discharge that is on file, else of the admission; a cancellation
            that does not say when it was written is meant for that one, and for no later one.
    """
    fields = _fields(row)
    left = _left(row)
    if row.skip is not None and row.skip != OFFICE_VISIT:
        if left:
            fields["admitted_on"] = fields["admitted_on"] or left[:10]
        left = None
        if row.patient_class in VISITS and row.disposition == _ADMITTED:
            fields["patient_class"] = PatientClass.INPATIENT.value  # the visit ended in a bed
    told_at = row.told_at or listed_at
    taken_back = withdraws(row)
    if not taken_back:
        return Message(told_at, fields, left, row.disposition, row.disposition_text)
    until = row.told_at or ""
    if not until:
        if row.event in CANCELS:
            came = fields.get("admitted_on") if taken_back == "stay" else None
            until = left or known or came or ""
        # Else nobody says when: what happens on the list's last day may have come after it. The
        # sign behind it is greater than whatever a list of that day has behind its own moment.
        until = until or f"{latest - timedelta(days=1)}T24:00~"
    return Message(told_at, fields, withdraws=taken_back, until=until)


def is_on_file(row: StayRow, stay: Columns) -> bool:
    """Does the stay say just what this row of a discharge says, and is no more known of it?

    Compared without making a message of it: of an overlapping list most rows are like that.
    """
    return says_just(stay, _told(row), _left(row), (row.disposition, row.disposition_text))


def _left(row: StayRow) -> str | None:
    """The moment of the discharge, or its day alone."""
    if row.discharged_on is None:
        return None
    at = row.discharged_at
    return row.discharged_on.isoformat() + (f"T{at:%H:%M}" if at else "")


def _fields(row: StayRow) -> dict[str, str | None]:
    """What the row says in one value each, by the stay's columns; None where it says nothing."""
    return dict(zip(FIELDS, _told(row), strict=True))


def _told(row: StayRow) -> tuple[str | None, ...]:
    """What the row says in one value each, in the order of `FIELDS`."""
    kind, name = row.patient_class, row.name
    born, came, died = row.birth_date, row.admitted_on, row.died_on
    return (
        row.facility,
        row.visit,
        row.record_number,
        row.practice_number,
        row.member_number,
        name.last or None,
        name.first or None,
        name.middle or None,
        name.suffix or None,
        row.other_last,
        born.isoformat() if born else None,
        row.sex and row.sex.value,
        row.zip,
        row.address,
        row.phone,
        None if kind is PatientClass.UNKNOWN else kind.value,
        came.isoformat() if came else None,
        row.diagnosis,
        row.diagnosis_code,
        died.isoformat() if died else None,
    )
