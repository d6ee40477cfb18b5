"""`medications`: what a patient takes, since when, and what the fills say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, medicine_list, medicines, options
from caretool.app import Session
from caretool.output import Column, Result
from caretool.store import patients

if TYPE_CHECKING:
    from collections.abc import Mapping
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
        rows = medicine_list.read(care_file, patient_id, today, every=every, mask=session.mask)
    stopped = sum(row["stopped_on"] is not None for row in rows)
    words = f"{len(rows) - stopped} on the list of P{patient_id}"
    return Result(
        data=rows,
        columns=_columns(today, every=every),
        summary=f"{words}, {stopped} stopped" if stopped else words,
        empty=f"No medicine is on the list of P{patient_id}.",
        hint="" if rows else f"caretool add-medication P{patient_id} NAME puts one on it",
    )


def _columns(today: date, *, every: bool) -> tuple[Column, ...]:
    def style(row: Mapping[str, Any]) -> str:
        return "dim" if row["stopped_on"] else ""

    def how(row: Mapping[str, Any]) -> str:
        return medicines.amount(row["dose"], row["times_per_day"])

    def day(key: str) -> Column:
        return Column(key, key.replace("_", " "), show=lambda row: _day(row[key], today))

    return (
        Column("medication", "id", style=style),
        Column("name", "medicine", style=style, wrap=True),
        Column("dose", "dose", show=how, style=style, wrap=True),
        Column("times_per_day", "times a day", hidden=True),
        Column("class", "class", style=style, wrap=True),
        Column("atc", "ATC", hidden=True),
        Column("started_on", "since", show=lambda row: _since(row["started_on"], today)),
        Column("prescriber", "prescriber", style=style, wrap=True),
        Column(
            "stopped_on", "stopped", show=lambda row: _day(row["stopped_on"], today),
            hidden=not every,
        ),
        Column("stop_reason", "why", wrap=True, hidden=not every),
        Column("replaces", "instead of", hidden=not every),
        day("last_fill"),
        Column("runs_out", "runs out", show=lambda row: _ends(row["runs_out"], today)),
    )  # fmt: skip


def _day(day: date | None, today: date) -> str:
    return "" if day is None else dates.show_short(day, today)


def _since(day: date | None, today: date) -> str:
    return f"from {_day(day, today)}" if day is not None and day > today else _day(day, today)


def _ends(day: date | None, today: date) -> str:
    return f"ran out {_day(day, today)}" if day is not None and day < today else _day(day, today)
