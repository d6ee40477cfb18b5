"""From columns to fields: which column of a file holds the birth date, and how are dates written?

The headings that are known stand in `rules/columns.toml`. A `Layout` is the whole of what has been
worked out about one file's columns, in plain values, so that it can be shown, saved and compared.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from caretool.errors import FileError, RuleError
from caretool.intake.values import DateForm, Order, settle_dates
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from caretool.intake.reader import Table

Kind = Literal["discharges", "patients", "fills"]

DATE_FIELDS: Final = frozenset(
    {"birth_date", "admit", "discharge", "death_date", "event_time", "fill_date"}
)
_NOT_KEPT: Final = frozenset({"department"})
_NAMED: Final = (("name",), ("last", "first"))
_IDENTIFIED: Final = (("mrn",), ("practice_mrn",), ("patient_id",), ("member_id",))

# What a file of each kind cannot do without: how messages call it, and the sets of fields of which
# one has to be there completely.
_NEEDS: Final[Mapping[Kind, tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]]] = {
    "discharges": (
        ("birth date", (("birth_date",),)),
        ("discharge date", (("discharge",),)),
        ("name or record number", _NAMED + _IDENTIFIED),
    ),
    "patients": (
        ("name", _NAMED),
        ("birth date", (("birth_date",),)),
    ),
    "fills": (
        (
            "record number, or name and birth date",
            (*_IDENTIFIED, *((*fields, "birth_date") for fields in _NAMED)),
        ),
        ("medicine", (("drug",),)),
        ("fill date", (("fill_date",),)),
        ("days' supply", (("days_supply",),)),
    ),
}

_WIDTH: Final = re.compile(r"\(\d+\)\s*$")
_NUMBER_SIGN: Final = re.compile(r"#\s*$")


@dataclass(frozen=True)
class Layout:
    """Where each field of a file stands and how its dates are written."""

    kind: Kind
    header: tuple[str, ...]
    columns: dict[str, int]
    """Field to position (0 is the first column)."""
    passed_over: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Columns that could have been the field, but whose heading stands later in the list."""
    dates: dict[str, DateForm] = field(default_factory=dict)
    """Date field to the form of its column; filled by `settle_forms`."""

    @property
    def needed(self) -> int:
        """How many cells a row must have, so that every field can be read."""
        return 1 + max(self.columns.values())


def fold_header(text: str) -> str:
    """What of a heading counts when headings are compared? See the top of `columns.toml`."""
    text = _NUMBER_SIGN.sub("no", _WIDTH.sub("", text))
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())


def known_header(kind: Kind) -> Callable[[str], bool]:
    """A test for headings that mean something in files of this kind (for `open_table`)."""
    words = _vocabulary(kind)
    return lambda text: fold_header(text) in words


def map_columns(header: Sequence[str], kind: Kind, *, file: str, line: int = 1) -> Layout:
    """Which column holds which field?

    Args:
        header: the column headings as written.
        kind: what the file lists.
        file: how messages call the file.
        line: the header's line in the file, for messages.

    Raises:
        FileError: a column that the kind cannot do without is missing, or two columns have the
            same heading, so that only the user can say which one counts.
    """
    claims: dict[str, list[tuple[int, int]]] = {}
    words = _vocabulary(kind)
    for position, text in enumerate(header):
        if found := words.get(fold_header(text)):
            claims.setdefault(found[0], []).append((found[1], position))
    columns: dict[str, int] = {}
    passed_over: dict[str, tuple[int, ...]] = {}
    for name, ranked in claims.items():
        (rank, position), *others = sorted(ranked)
        if others and others[0][0] == rank and name not in _NOT_KEPT:
            raise _clash(header, name, (position, others[0][1]), f"{file} line {line}")
        columns[name] = position
        if others:
            passed_over[name] = tuple(other for _, other in others)
    _must_suffice(columns, kind, f"{file} line {line}")
    return Layout(kind, tuple(header), columns, passed_over)


def settle_forms(table: Table, layout: Layout, *, declared: Order | None, today: date) -> Layout:
    """How are the dates of each date column written? Reads the whole table once.

    Args:
        table: the file that `layout` was made for.
        layout: its columns.
        declared: the form that the user named, for all columns.
        today: no two-digit birth year lies after it.

    Raises:
        FileError: a column's dates can be read in two ways and nobody has said which one holds.
    """
    chosen = {name: at for name, at in layout.columns.items() if name in DATE_FIELDS}
    starts: dict[str, dict[str, int]] = {name: {} for name in chosen}
    pairs = [(at, starts[name]) for name, at in chosen.items()]
    needed = layout.needed
    for line, _, cells in table:
        if len(cells) >= needed:
            for at, first_seen in pairs:
                start = cells[at].strip()[:10]  # the longest date that needs settling
                if start not in first_seen:
                    first_seen[start] = line
    forms = {
        name: settle_dates(
            starts[name],
            field=f'{table.name} column "{layout.header[at]}"',
            declared=declared,
            births=name == "birth_date",
            today=today,
        )
        for name, at in chosen.items()
    }
    return replace(layout, dates=forms)


@cache
def _vocabulary(kind: Kind) -> dict[str, tuple[str, int]]:
    """Folded heading to its field and its rank there; a heading has one meaning within a kind."""
    known: dict[str, tuple[str, int]] = {}
    for name, headings in _synonyms(kind).items():
        for rank, heading in enumerate(headings):
            field_before, _ = known.setdefault(fold_header(heading), (name, rank))
            if field_before != name:
                message = f'columns.toml: "{heading}" stands for {field_before} and for {name}'
                raise RuleError(message, f"take it out of one of the two lists for {kind}")
    return known


def _synonyms(kind: Kind) -> dict[str, list[str]]:
    rules = read_rules("columns.toml")
    return {**rules["person"], **rules[kind]}


def _must_suffice(columns: Mapping[str, int], kind: Kind, where: str) -> None:
    missing = [
        (words, options)
        for words, options in _NEEDS[kind]
        if not any(all(name in columns for name in option) for option in options)
    ]
    if not missing:
        return
    synonyms = _synonyms(kind)
    headings = "; ".join(
        f"{words}: {', '.join(synonyms[options[0][0]][:4])}" for words, options in missing
    )
    message = f"{where}: no column for {', none for '.join(words for words, _ in missing)}"
    hint = f"headings that are recognised, among others, for {headings}"
    if not columns:
        hint = "the first line must hold the column headings; " + hint
    raise FileError(message, hint)


def _clash(header: Sequence[str], name: str, pair: tuple[int, int], where: str) -> FileError:
    first, second = (f'"{header[at]}" (column {at + 1})' for at in pair)
    message = f"{where}: {first} and {second} both stand for {name.replace('_', ' ')}"
    return FileError(message, "rename the heading of the one that does not count")
