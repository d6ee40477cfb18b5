"""Reconciling a patient's medicines: reading what a file says of each, keeping what was decided.

The file is CSV or tab-separated, UTF-8, with a header; the columns in any order, those that are
left out are empty:

    medication, dose, times_per_day, discharge, taking, decision, why

- `medication`: a name, or the id of a medicine on the list before (`M3`)
- `dose`, `times_per_day`: from now on, where it is not as before
- `discharge`: on the discharge list? yes, no, or the dose that stands there
- `taking`: does the patient take it? yes, no, or how
- `decision`: continued, changed, new, stopped; empty where the three lists leave one only
- `why`: the reason; needed for what is stopped
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from caretool import medicines
from caretool.errors import FileError, InputError
from caretool.medicines import Medication
from caretool.reconciliation import Choice, Said, Settled, lists, settle_all
from caretool.store import medications

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from caretool.db import CareFile

COLUMNS = ("medication", "dose", "times_per_day", "discharge", "taking", "decision", "why")
_COLUMNS_WORDS = f"the columns: {', '.join(COLUMNS)}"


class Kept(NamedTuple):
    """A reconciliation as it was kept: its number, and the entry of each medicine from now on."""

    number: int
    settled: list[Settled]
    entries: list[str]
    """By medicine the id of its entry (`M7`): the new one where one took the old one's place."""


def read_list(data: bytes, name: str) -> list[Said]:
    """What a file says of each medicine, in its order. Raises FileError naming the line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = f"{name} is not UTF-8 text"
        raise FileError(msg, "save it as UTF-8") from None
    rows = _rows(text, name)
    _, header = next(rows, (0, []))
    columns = [one.strip().casefold().replace(" ", "_") for one in header]
    if "medication" not in columns:
        msg = f"{name} has no column medication"
        raise FileError(msg, f"the first line names {_COLUMNS_WORDS}")
    unknown = [number for number, one in enumerate(columns, 1) if one not in COLUMNS]
    if unknown or len(set(columns)) < len(columns):
        which = f"column {unknown[0]} is none of those" if unknown else "a column stands twice"
        msg = f"{name}: {which}"
        raise FileError(msg, _COLUMNS_WORDS)
    found = []
    for line, cells in rows:
        place = f"line {line}"
        if len(cells) > len(columns):
            msg = f"{name}, {place}: {len(cells)} cells, the header has {len(columns)}"
            raise FileError(msg, "put what has a comma in it in quotes")
        try:
            found.append(_said(dict(zip(columns, cells, strict=False)), place))
        except InputError as problem:
            msg = f"{name}, {place}: {problem.message}"
            raise FileError(msg, problem.hint) from None
    if not found:
        msg = f"{name} names no medicine"
        raise FileError(msg, "one line for each medicine")
    return found


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the line on which it begins."""
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",", strict=True
    )
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as problem:
        msg = f"{name}, line {line}: {problem}"
        raise FileError(msg, "each quote that is opened is closed") from None


def _said(cells: dict[str, str], place: str) -> Said:
    name = cells["medication"].strip()
    text = {key: medicines.read_line(cells.get(key), key) for key in COLUMNS}
    return Said(
        place,
        medicines.read_name(name),
        text["dose"],
        medicines.read_times(cells.get("times_per_day")),
        text["discharge"],
        text["taking"],
        read_choice(text["decision"]),
        text["why"],
    )


def read_choice(text: str | None) -> Choice | None:
    """A decision in its own word; raises InputError."""
    if text is None:
        return None
    try:
        return Choice(text.strip().casefold())
    except ValueError:
        msg = "that is no decision"
        raise InputError(msg, f"one of: {', '.join(Choice)}") from None


def keep(
    db: CareFile,
    patient_id: int,
    several: Sequence[Said],
    *,
    on: date,
    today: date,
    stay_id: int | None,
) -> Kept:
    """Keep what was decided of each medicine on the list of today, as of the day `on`.

    Raises InputError for what cannot be decided so, or does not answer the whole list; then nothing
    is kept.
    """
    settled = settle_all(several, medications.active(db, patient_id, today))
    number = medications.reconcile(db, patient_id, on=on, stay_id=stay_id)
    entries = [_entry(db, patient_id, one, on) for one in settled]
    for one, entry in zip(settled, entries, strict=True):
        medications.add_line(
            db, number, entry, lists=lists(one), decision=one.decision, reason=one.said.why
        )
    return Kept(number, settled, [f"M{entry}" for entry in entries])


def _entry(db: CareFile, patient_id: int, one: Settled, on: date) -> int:
    """Carry out one decision; returns the number of the entry that tells of the medicine now."""
    before = one.before
    if before is None:
        number = medications.add(
            db,
            patient_id,
            on=on,
            name=one.said.name,
            dose=one.dose,
            times_per_day=one.times_per_day,
        )
        if one.decision == Choice.STOPPED:
            added = Medication(number, on, one.said.name)
            medications.stop(db, added, on, one.said.why or "")
        return number
    if one.decision == Choice.CONTINUED:
        return before.medication_id
    reason = one.said.why
    if one.decision == Choice.CHANGED:
        reason = f"another dose: {reason}" if reason else "another dose"
    medications.stop(db, before, on, reason or "")
    if one.decision == Choice.STOPPED:
        return before.medication_id
    return medications.add(
        db,
        patient_id,
        on=on,
        name=before.name,
        dose=one.dose,
        times_per_day=one.times_per_day,
        drug_class=before.drug_class,
        atc=before.atc,
        prescriber=before.prescriber,
        replaces=before.medication_id,
    )
