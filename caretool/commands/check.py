"""`check`: is the file whole and private, does its history hold, what of the care wants mending?"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import care_checks, checking, dates
from caretool.app import Session
from caretool.errors import EXIT_OK, EXIT_PARTIAL, EXIT_STORE, StoreError
from caretool.findings import Finding, Severity
from caretool.output import Block, Column, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_TITLES = {
    Severity.DAMAGE: "Damage: the file cannot be relied on",
    Severity.RISK: "Risk: the file is whole, its safety is not",
    Severity.CARE: "Care",
}


def run(
    session: Session,
    file_only: Annotated[
        bool, typer.Option("--file-only", help="Only the file, not what it says of the care.")
    ] = False,
) -> Result:
    """Check the file, its history and what of the care wants mending; changes nothing.

    Each finding comes with the command that mends it, the gravest first. Exit 0 when nothing is
    wrong, 4 when something wants mending, 5 when the file is damaged or was changed outside
    caretool.

    caretool check

    caretool check --file-only
    """
    now, encrypted = checking.now(), checking.is_encrypted(session.path)
    with checking.examining(session.path, session.unlock) as opened:
        care_file, found = opened.care_file, checking.of_contents(opened)
        readable = not found
        begun = checking.begun(care_file) if readable else None
        if readable:
            found += checking.of_clock(care_file, now)
        found += checking.of_surroundings(session.path, begun, now, encrypted=encrypted)
        if readable and not file_only:
            # A day that was set for trying things makes no fact one of the future
            latest = max(dates.today(), now.date())
            found += care_checks.found(care_file, session.today, latest)
    found.sort(key=lambda one: list(Severity).index(one.severity))
    return _result(session, found)


def _result(session: Session, found: Sequence[Finding]) -> Result:
    counts = Counter(one.severity for one in found)
    damaged = counts[Severity.DAMAGE] > 0
    errors: tuple[StoreError, ...] = ()
    if damaged:
        msg = f"{session.path} is damaged or was changed outside caretool"
        hint = "keep a copy of it as it is, then caretool restore a backup"
        errors = (StoreError(msg, hint, code="damaged"),)
    return Result(
        data=[_row(one) for one in found],
        columns=_columns(("severity", "kind", "patient", "what", "fix")),
        blocks=tuple(_page(found)),
        summary=_summary(counts),
        empty="Nothing is wrong.",
        errors=errors,
        exit_code=EXIT_STORE if damaged else EXIT_PARTIAL if found else EXIT_OK,
        # A damaged file is not written to
        shown=[] if damaged else list(dict.fromkeys(one.patient for one in found if one.patient)),
    )


def _row(one: Finding) -> dict[str, Any]:
    return {
        "severity": one.severity,
        "kind": one.kind,
        "patient": None if one.patient is None else f"P{one.patient}",
        "what": one.what,
        "fix": one.fix,
    }


def _columns(keys: Iterable[str]) -> tuple[Column, ...]:
    titles = {"patient": "id", "what": "what is wrong", "fix": "what mends it"}
    wrapped = {"what", "fix"}
    return tuple(Column(key, titles.get(key, key), wrap=key in wrapped) for key in keys)


def _page(found: Sequence[Finding]) -> Iterator[Block]:
    """What people see: each severity under a heading, with patients where it is about any."""
    for severity, several in groupby(found, key=lambda one: one.severity):
        rows = tuple(_row(one) for one in several)
        keys = ["what", "fix"]
        if any(row["patient"] for row in rows):
            keys.insert(0, "patient")
        yield Block(_TITLES[severity], columns=_columns(keys), rows=rows)


def _summary(counts: Mapping[Severity, int]) -> str:
    many = ", ".join(f"{counts[one]} {one}" for one in Severity if counts[one])
    unseen = "; the care was not looked at" if counts[Severity.DAMAGE] else ""
    return f"{sum(counts.values())} found: {many}{unseen}" if many else ""
