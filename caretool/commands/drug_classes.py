"""`drug-classes`: the classes of medicines in force; and what drug and class a medicine is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool.app import Session
from caretool.drug_names import drug_of
from caretool.errors import EXIT_INPUT, EXIT_OK, UsageProblem
from caretool.model import Product
from caretool.names import fold
from caretool.output import Block, Column, Result
from caretool.store import own_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caretool.drug_classes import Classes
    from caretool.errors import CareError

_BY = {"ndc": "its NDC", "atc": "its ATC code", "ingredient": "its ingredients"}


def run(
    session: Session,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help='A class; or a medicine, such as "Zestril 10 mg", by name, ATC code or NDC.',
            show_default=False,
        ),
    ] = None,
) -> Result:
    """List the classes of medicines; or say of one medicine what it is, and of which class.

    caretool drug-classes

    caretool drug-classes "Zestril 10 mg"
    """
    if name is not None and not fold(name):
        msg = f"{name!r} names nothing"
        raise UsageProblem(msg, "caretool drug-classes lists the classes")
    problems: list[CareError] = []
    known = own_files.classes_in_force(own_files.drug_classes(session.path), problems)
    if name is None:
        found = _list(known)
    elif code := known.code_for(name):
        found = _class(_row(known, code))
    else:
        found = _medicine(known, name)
    return found._replace(errors=tuple(problems), exit_code=EXIT_INPUT if problems else EXIT_OK)


def _list(known: Classes) -> Result:
    rows = [_row(known, code) for code in known.labels]

    def style(row: Mapping[str, Any]) -> str:
        return "" if row["origin"] == ["built-in"] else "bold"

    columns = (
        Column("code", "class", style=style),
        Column("label", "what it is", wrap=True),
        Column("threshold", "adherent from", _percent, right=True),
        Column("min_age", "age from", right=True),
        Column("excluded_by", "out of the measure by", _excluded, wrap=True),
        Column("excluded_conditions", "out by condition", hidden=True),
        Column("atc", "ATC", hidden=True),
        Column("ndc", "NDCs", hidden=True),
        Column("ingredients", "ingredients", hidden=True),
        Column("source", "source", hidden=True),
        Column("origin", "file", _origin, wrap=True),
    )
    return Result(
        data=rows,
        columns=columns,
        hint=f"caretool drug-classes {rows[0]['code']} shows a class, or say a medicine's name",
    )


def _row(known: Classes, code: str) -> dict[str, Any]:
    """All that is said of a class; lists in the order of the files, but for the ingredients."""
    entry = known.entries[code]
    return {
        "code": code,
        "label": entry.label,
        "threshold": float(entry.threshold),
        "min_age": entry.min_age,
        "excluded_by": list(entry.lists["excluded_by"]),
        "excluded_conditions": list(entry.lists["excluded_conditions"]),
        "atc": list(entry.lists["atc"]),
        "ndc": len(entry.lists["ndc"]),
        "ingredients": sorted(known.ingredients[code]),
        "source": entry.source,
        "origin": list(entry.origins),
    }


def _class(row: dict[str, Any]) -> Result:
    """One class in full."""
    pairs = (
        ("class", row["code"]),
        ("label", row["label"]),
        ("adherent from", _percent(row)),
        ("age from", str(row["min_age"])),
        ("out of the measure by", _excluded(row)),
        ("NDCs", str(row["ndc"] or "")),
        ("ATC", ", ".join(row["atc"])),
        ("ingredients", ", ".join(row["ingredients"])),
        ("source", row["source"]),
        ("file", _origin(row)),
    )
    shown = tuple((title, text) for title, text in pairs if text)
    return Result(data=row, blocks=(Block(pairs=shown, name="class"),))


def _medicine(known: Classes, name: str) -> Result:
    """What is a medicine of that name, ATC code or NDC?"""
    drug = drug_of(name)
    found = known.found(Product(name, atc=name))
    row = {
        "name": name,
        "drug": drug.key,
        "ingredients": list(drug.ingredients),
        "class": found.code,
        "label": known.labels[found.code] if found.code else None,
        "by": found.by or None,
        "origin": list(known.entries[found.code].origins) if found.code else [],
    }
    of_class = f"{row['label']}, by {_BY[found.by]}" if found.code else "none, or it could be two"
    ingredients = ", ".join(drug.ingredients) or "not known: it stands for itself"
    pairs = (
        ("medicine", name),
        ("drug", drug.key),
        ("ingredients", ingredients),
        ("class", of_class),
        *((("file", _origin(row)),) if found.code else ()),
    )
    return Result(
        data=row,
        blocks=(Block(pairs=pairs, name="medicine"),),
        hint="" if found.code else "caretool drug-classes lists the classes",
    )


def _percent(row: Mapping[str, Any]) -> str:
    return f"{row['threshold']:.0%}"


def _excluded(row: Mapping[str, Any]) -> str:
    words = [*row["excluded_by"], *row["excluded_conditions"]]
    return ", ".join(word.replace("_", " ") for word in words)


def _origin(row: Mapping[str, Any]) -> str:
    return ", ".join(row["origin"])
