"""`duplicates`: patients on file who may be one person, and her word that two are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import options, planning
from caretool.app import Session
from caretool.errors import InputError
from caretool.matching import likely_duplicates
from caretool.model import TIERED
from caretool.output import Column, Result
from caretool.store import links, merges, patients

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caretool.db import CareFile
    from caretool.matching import Evidence
    from caretool.model import Card

READS = False
_SHOWN = 20


def run(
    session: Session,
    top: Annotated[
        int, typer.Option("--top", min=1, metavar="N", help="How many pairs at most.")
    ] = _SHOWN,
    different: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--not",
            metavar="PATIENT PATIENT",
            help="These two are different people.",
            autocompletion=options.patient_ids,
        ),
        options.Mark.PATIENT,
    ] = None,
) -> Result:
    """List patients on file who may be one person, the likeliest pair first, with the evidence.

    caretool duplicates

    caretool duplicates --top 5

    caretool duplicates --not P42 P57
    """
    if different is not None:
        return _remember(session, *different)
    with session.reading() as care_file:
        found = _found(care_file)
        shown = found[:top]
        ids = {one for pair in shown for one in pair[:2]}
        cards = patients.cards(care_file, ids)
        plans = planning.of_patients(care_file, ids, session.today)
    followed = {one for one in ids if plans[one].standing.status in TIERED}
    rows = [_row(pair, cards, followed, mask=session.mask) for pair in shown]
    first = rows[0] if rows else None
    more = f"; {len(found) - len(shown)} more" if len(found) > len(shown) else ""
    hint = ""
    if first:
        pair = f"{first['patient']} {first['other']}"
        hint = f"caretool merge {pair}, or caretool duplicates --not {pair}"
    return Result(
        data=rows,
        columns=_columns(),
        summary=f"{len(rows)} pair{'' if len(rows) == 1 else 's'}{more}",
        hint=hint,
        empty="Nobody on file looks like somebody else.",
    )


def _remember(session: Session, one: str, other: str) -> Result:
    with session.writing() as care_file:
        first, second = (
            patients.resolve(care_file, text, with_names=session.terminal) for text in (one, other)
        )
        if first == second:
            msg = f"both are P{first}"
            raise InputError(msg, "caretool duplicates --not P42 P57")
        is_new = merges.note_different(care_file, first, second)
    words = f"P{first} and P{second} are different people"
    return Result(
        data={"patient": f"P{first}", "other": f"P{second}", "new": is_new},
        said=(f"{words}; they are not listed again" if is_new else f"{words}, as you said before",),
    )


def _found(care_file: CareFile) -> list[tuple[int, int, Evidence]]:
    """The likely pairs, without those who were said to be different people."""
    different = merges.different(care_file)
    return [
        (one, other, evidence)
        for one, other, evidence in likely_duplicates(links.roster(care_file))
        if (min(one, other), max(one, other)) not in different
    ]


def _row(
    pair: tuple[int, int, Evidence], cards: Mapping[int, Card], followed: set[int], *, mask: bool
) -> dict[str, Any]:
    """A pair; first the one who should stay: under care management, or on file for longer."""
    one, other, evidence = pair
    stays, goes = sorted((one, other), key=lambda who: (who not in followed, who))
    kept, gone = cards[stays], cards[goes]
    return {
        "patient": kept.id,
        "other": gone.id,
        "name": kept.name.initials if mask else kept.name.listed,
        "other_name": gone.name.initials if mask else gone.name.listed,
        "birth_date": None if mask else kept.birth_date,
        "other_birth_date": None if mask else gone.birth_date,
        "mrn": None if mask else kept.mrn,
        "other_mrn": None if mask else gone.mrn,
        "evidence": evidence.words,
    }


def _columns() -> tuple[Column, ...]:
    def person(row: Mapping[str, Any], which: str) -> str:
        name, born, mrn = (row[f"{which}{key}"] for key in ("name", "birth_date", "mrn"))
        return "\n".join(filter(None, (name, " ".join(str(one) for one in (born, mrn) if one))))

    return (
        Column("patient", "id"),
        Column("other", "and"),
        Column("name", "who", show=lambda row: person(row, ""), wrap=True),
        Column("other_name", "and who", show=lambda row: person(row, "other_"), wrap=True),
        Column("birth_date", "born", hidden=True),
        Column("other_birth_date", "other born", hidden=True),
        Column("mrn", "number", hidden=True),
        Column("other_mrn", "other number", hidden=True),
        Column("evidence", "evidence", wrap=True),
    )
