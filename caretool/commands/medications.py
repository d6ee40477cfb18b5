"""`medications`: what a patient takes, since when, and what the fills say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, medicine_list, medicines, options
from caretool.app import Session
from caretool.output import Column, Result
from caretool.store import own_files, patients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date


def run(
    session: Session,
    patient: options.PatientArgument,
    every: Annotated[
        bool, typer.Option("--all", help="Also those that were stopped, with the reason.")
    ] = False,
) -> Result:
    """List a patient's medicines, with the last fill of each and when its supply runs out.

    caretool medications P42

    caretool medications P42 --all
    """
    today = session.today
    with session.reading() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        dispensed = medicine_list.dispensed(care_file, patient_id, today)
        rows = medicine_list.read(
            care_file, patient_id, today, dispensed, every=every, mask=session.mask
        )
        labels = own_files.classes(care_file).labels if rows else {}
    stopped = sum(row["stopped_on"] is not None for row in rows)
    words = f"{len(rows) - stopped} on the list of P{patient_id}"
    if stopped:
        words += f", {stopped} stopped"
    return Result(
        data=rows,
        columns=_columns(rows, labels, today, every=every),
        summary=words if rows else "",
        empty=f"No medicine is on the list of P{patient_id}.",
        shown=[patient_id],
        hint="" if rows else _hint(patient_id, len(dispensed)),
    )


def _hint(patient_id: int, dispensed: int) -> str:
    """What there is of somebody without a list, or how to begin one."""
    if dispensed:
        word = "medicine" if dispensed == 1 else "medicines"
        return f"{dispensed} {word} dispensed: caretool show P{patient_id}"
    return f"caretool add-medication P{patient_id} NAME puts one on it"


def _columns(
    rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str], today: date, *, every: bool
) -> tuple[Column, ...]:
    """The columns; for people without those in which no row has anything."""

    def style(row: Mapping[str, Any]) -> str:
        return "dim" if row["stopped_on"] else ""

    def column(
        key: str, title: str, show: Callable[[Mapping[str, Any]], str] | None = None
    ) -> Column:
        used = any(row[key] is not None for row in rows)
        return Column(key, title, show=show, style=style, wrap=True, hidden=not used)

    return (
        Column("medication", "id", style=style),
        Column(
            "name",
            "medicine",
            show=lambda row: _name(row, today, every=every),
            style=style,
            wrap=True,
        ),
        Column(
            "dose", "dose", show=_amount, style=style, wrap=True, hidden=not any(map(_amount, rows))
        ),
        Column("times_per_day", "times a day", hidden=True),
        column("class", "class", lambda row: labels.get(row["class"], row["class"] or "")),
        Column("atc", "ATC", hidden=True),
        column("started_on", "since", lambda row: _since(row["started_on"], today)),
        column("prescriber", "prescriber"),
        Column("stopped_on", "stopped", hidden=True),
        Column("stop_reason", "why", hidden=True),
        Column("replaces", "instead of", hidden=True),
        column("last_fill", "last fill", lambda row: _day(row["last_fill"], today)),
        column("runs_out", "runs out", lambda row: _ends(row["runs_out"], today)),
    )


def _name(row: Mapping[str, Any], today: date, *, every: bool) -> str:
    """The name; below it when and why it was stopped, and with all of them whose place it took."""
    lines = [row["name"] or ""]
    if row["replaces"] and every:
        lines.append(f"instead of {row['replaces']}")
    if row["stopped_on"]:
        why = f": {row['stop_reason']}" if row["stop_reason"] else ""
        lines.append(f"stopped {_day(row['stopped_on'], today)}{why}")
    return "\n".join(filter(None, lines))


def _amount(row: Mapping[str, Any]) -> str:
    return medicines.amount(row["dose"], row["times_per_day"])


def _day(day: date | None, today: date) -> str:
    return "" if day is None else dates.show_short(day, today)


def _since(day: date | None, today: date) -> str:
    return f"from {_day(day, today)}" if day is not None and day > today else _day(day, today)


def _ends(day: date | None, today: date) -> str:
    return f"ran out {_day(day, today)}" if day is not None and day < today else _day(day, today)
