"""Reconciling a patient's medicines: reading what a file says of each, keeping what was decided.

The file has commas, semicolons or tabs between its columns, is UTF-8 (or else what
`intake.decoding` reads), and begins with a header; the columns in any order, those that are left
out are empty:

    medication, dose, times_per_day, discharge, taking, decision, why, since

- `medication`: a name, or the id of a medicine on the list before (`M3`)
- `dose`, `times_per_day`: from now on, where it is not as before
- `discharge`: on the discharge list? yes, no, unknown, or the dose that stands there
- `taking`: does the patient take it? yes, no, unknown, or how
- `decision`: continued, changed, new, stopped; empty where the three lists leave one only
- `why`: the reason; needed for what is stopped
- `since`: from when on, of what is changed or new; the day of the reconciliation where it is empty
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from caretool import dates, medicine_list, medicines
from caretool.errors import FileError, InputError, UsageProblem
from caretool.intake import blobs, decoding
from caretool.medicines import Medication
from caretool.reconciliation import Choice, Said, Settled, lists, settle_all
from caretool.store import medications

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from caretool.db import CareFile
    from caretool.intake.blobs import Blob

COLUMNS = ("medication", "dose", "times_per_day", "discharge", "taking", "decision", "why", "since")
_SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
_COLUMNS_WORDS = f"the columns: {', '.join(COLUMNS)}"


class Kept(NamedTuple):
    """A reconciliation as it was kept: its number, and the entry of each medicine from now on."""

    number: int
    settled: list[Settled]
    entries: list[str]
    """By medicine the id of its entry (`M7`): the new one where one took the old one's place."""


def read_list(source: Path | bytes, name: str, today: date) -> list[Said]:
    """What a file says of each medicine, in its order. Raises FileError naming the line.

    Args:
        source: its path, or its bytes.
        name: how messages call it.
        today: the day from which `since` counts where it is a word such as `yesterday`.
    """
    text = _text(blobs.open_blob(source, name=name))
    separator = _separator(text)
    rows = _rows(text, name, separator)
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
            raise FileError(msg, f"put what has {_SEPARATORS[separator]} in it in quotes")
        try:
            found.append(_said(dict(zip(columns, cells, strict=False)), place, today))
        except InputError as problem:
            msg = f"{name}, {place}: {problem.message}"
            raise FileError(msg, problem.hint) from None
    if not found:
        msg = f"{name} names no medicine"
        raise FileError(msg, "one line for each medicine")
    return found


def _text(blob: Blob) -> str:
    found = decoding.survey(blob)
    try:
        with found.text(blob) as stream:
            return stream.read().translate(dict.fromkeys(map(ord, found.stray)))
    except OSError as problem:
        raise blobs.unreadable(blob.name, problem) from None


def _separator(text: str) -> str:
    """What stands between the names in the header, which have none of them in them."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=header.count)


def _rows(text: str, name: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as problem:
        msg = f"{name}, line {line}: {problem}"
        raise FileError(msg, "each quote that is opened is closed") from None


def _said(cells: dict[str, str], place: str, today: date) -> Said:
    name = cells["medication"].strip()
    text = {key: medicines.read_line(cells.get(key), key) for key in COLUMNS}
    return Said(
        place,
        medicines.read_name(name),
        medicines.read_dose(text["dose"]),
        medicines.read_times(cells.get("times_per_day")),
        medicines.known(text["discharge"]),
        medicines.known(text["taking"]),
        _choice(text["decision"]),
        text["why"],
        _since(text["since"], today),
    )


def _since(text: str | None, today: date) -> date | None:
    """A day; raises InputError, which does not repeat what may be anything."""
    if text is None:
        return None
    try:
        return dates.parse_date(text, today)
    except UsageProblem as problem:
        msg = "since is no date that caretool reads"
        raise InputError(msg, problem.hint) from None


def _choice(text: str | None) -> Choice | None:
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
    for said in several:
        medicine_list.check_start(db, patient_id, said.since)
    number = medications.reconcile(db, patient_id, on=on, stay_id=stay_id)
    entries = [_entry(db, patient_id, one, on) for one in settled]
    for one, entry in zip(settled, entries, strict=True):
        medications.add_line(
            db, number, entry, lists=lists(one), decision=one.decision, reason=one.said.why
        )
    return Kept(number, settled, [f"M{entry}" for entry in entries])


def started_on(one: Settled, on: date) -> date | None:
    """Since when a medicine is taken as it is from now on: where that began, the day `on`.

    None where nobody said, and of what is stopped but was not on the list.
    """
    if one.decision in {Choice.CHANGED, Choice.NEW}:
        return one.said.since or on
    return one.before and one.before.started_on


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
            started_on=started_on(one, on),
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
        started_on=started_on(one, on),
        prescriber=before.prescriber,
        replaces=before.medication_id,
    )
