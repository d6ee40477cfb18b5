"""From columns to fields: which column of a file holds the birth date, and how are dates written?

The headings that are known stand in `rules/columns.toml`. A `Layout` is the whole of what has been
worked out about one file's columns, in plain values, so that it can be shown, saved and compared.
How a layout is found is numbered in docs/layouts.md.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from caretool.errors import FileError, RuleError
from caretool.intake.moments import DateForm
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from caretool.intake.listing import Listing

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
        ("birth date", (("birth_date",), ("practice_mrn",))),
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
        ("medicine", (("drug",), ("ndc",), ("atc",))),
        ("fill date", (("fill_date",),)),
        ("days' supply", (("days_supply",),)),
    ),
}

_WIDTH: Final = re.compile(r"\(\d+\)\s*$")
_NUMBER_SIGN: Final = re.compile(r"#\s*$")


@dataclass(frozen=True)
class Layout:
    """Where each field of a file stands and how its dates and words are written."""

    kind: Kind
    header: tuple[str, ...]
    columns: dict[str, int]
    """Field to position (0 is the first column)."""
    passed_over: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Columns that could have been the field; `settle_claims` decides between them by values."""
    tied: frozenset[str] = frozenset()
    """Fields for which two columns have headings of the same rank."""
    dates: dict[str, DateForm] = field(default_factory=dict)
    """Date field to the form of its column; filled by `survey`."""
    dispositions: dict[str, str] = field(default_factory=dict)
    """The source's own words, folded, to UB-04 codes; they come before the built-in words."""
    classes: dict[str, str] = field(default_factory=dict)
    """The source's own words for kinds of stay, folded."""
    time_zone: str | None = None
    """Where stamps in UTC are lived through (an IANA name)."""
    facility: str | None = None
    """Where all stays of the list were, when it has no column for it."""
    facility_titled: bool = False
    """The facility was named above the headings: where a later list names another, that counts."""
    h_and_m: bool = False
    """Sexes are H and M, as in Spanish: hombre and mujer."""
    digits_in_names: bool = False
    """Names end in digits, as Synthea writes them: `Maynard46`."""
    name: str = ""
    """Under which name it was saved; empty while it is only worked out."""

    @property
    def needed(self) -> int:
        """How many cells a row must have, so that every field can be read."""
        return 1 + max(self.columns.values())

    def heading(self, name: str) -> str:
        """The heading of the column of a field."""
        return self.header[self.columns[name]]


def fold_header(text: str) -> str:
    """What of a heading counts when headings are compared? See the top of `columns.toml`."""
    text = _NUMBER_SIGN.sub("no", _WIDTH.sub("", text))
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())


def header_key(header: Iterable[str]) -> str:
    """What makes two headers the same: their headings in their order, compared as headings are."""
    return "|".join(map(fold_header, header))


def known_header(kind: Kind) -> Callable[[str], bool]:
    """A test for headings that mean something in files of this kind (for `open_listings`)."""
    words = _vocabulary(kind)
    return lambda text: fold_header(text) in words


def first_heading(kind: Kind, name: str) -> str:
    """A heading by which the field is known in files of this kind."""
    return _synonyms(kind)[name][0]


def fields_of(kind: Kind) -> frozenset[str]:
    """The fields that files of this kind can have."""
    return frozenset(_synonyms(kind))


def map_columns(
    header: Sequence[str],
    kind: Kind,
    *,
    file: str,
    line: int = 1,
    ours: bool = False,
    enough: bool = True,
) -> Layout:
    """Which column holds which field?

    Args:
        header: the column headings as written.
        kind: what the file lists.
        file: how messages call the file.
        line: the header's line in the file, for messages.
        ours: whether the record numbers are the practice's own, so that they name somebody.
        enough: whether a list of this kind has to be readable by these columns alone.

    Raises:
        FileError: a column that the kind cannot do without is missing.
    """
    claims: dict[str, list[tuple[int, int]]] = {}
    words = _vocabulary(kind)
    for position, text in enumerate(header):
        if found := words.get(fold_header(text)):
            claims.setdefault(found[0], []).append((found[1], position))
    if "first" in claims and "last" not in claims and "name" not in claims:
        claims["name"] = claims.pop("first")  # `Nombre` alone holds the whole name
    columns: dict[str, int] = {}
    passed_over: dict[str, tuple[int, ...]] = {}
    tied = set()
    for name, ranked in claims.items():
        (rank, position), *others = sorted(ranked)
        columns[name] = position
        if others and name not in _NOT_KEPT:
            passed_over[name] = tuple(other for _, other in others)
            if others[0][0] == rank:
                tied.add(name)
    if enough:
        must_suffice(columns, kind, f"{file} line {line}", ours=ours)
    return Layout(kind, tuple(header), columns, passed_over, frozenset(tied))


def settle_claims(listing: Listing, layout: Layout) -> tuple[Layout, list[str]]:
    """Of several columns that could be one field, which one counts? Told by their values.

    An empty column does not count. Where the others never contradict each other the first one
    counts (its heading stands before theirs in `columns.toml`). Where they do, the first one counts
    and it is said; between two headings of one rank only a layout can decide.

    Returns:
        The layout with one column a field, and in words what was decided between columns that
        differ.

    Raises:
        FileError: two columns of one rank say different things.
    """
    contested = {
        name: (layout.columns[name], *others)
        for name, others in layout.passed_over.items()
        if name != "patient_class"  # all of its columns are asked, one after the other
    }
    if not contested:
        return layout, []
    filled, differ = _compared(listing, contested)
    columns, said = dict(layout.columns), []
    for name, positions in contested.items():
        used = [at for at in positions if filled[name, at]] or [positions[0]]
        columns[name] = used[0]
        against = [at for at in used[1:] if (name, at) in differ]
        if used[0] == positions[0] and name in layout.tied and positions[1] in against:
            raise _clash(listing, name, positions[:2], differ[name, positions[1]])
        if against:
            others = ", ".join(f'"{layout.header[at]}"' for at in against)
            field_name = name.replace("_", " ")
            said.append(f'{field_name}: "{layout.header[used[0]]}" counts, not {others}')
    kept = {name: at for name, at in layout.passed_over.items() if name == "patient_class"}
    return replace(layout, columns=columns, passed_over=kept, tied=frozenset()), said


def _compared(
    listing: Listing, contested: Mapping[str, tuple[int, ...]]
) -> tuple[dict[tuple[str, int], bool], dict[tuple[str, int], int]]:
    """Which columns are ever filled; on which line each first differs from the first filled one."""
    filled = {(name, at): False for name, positions in contested.items() for at in positions}
    differ: dict[tuple[str, int], int] = {}
    header = tuple(map(fold_header, listing.header))
    for line, _, cells in listing:
        for name, positions in contested.items():
            texts = [fold_header(cells[at]) if at < len(cells) else "" for at in positions]
            if texts == [header[at] for at in positions]:
                continue  # the header again
            first = ""
            for at, text in zip(positions, texts, strict=True):
                if text:
                    filled[name, at] = True
                    first = first or text
                    if text != first:
                        differ.setdefault((name, at), line)
    return filled, differ


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


def must_suffice(columns: Mapping[str, int], kind: Kind, where: str, *, ours: bool = False) -> None:
    """Have all fields a column that files of this kind cannot do without? Raises FileError."""
    named = {*columns, "practice_mrn"} if ours and "mrn" in columns else columns.keys()
    missing = [
        (words, options)
        for words, options in _NEEDS[kind]
        if not any(all(name in named for name in option) for option in options)
    ]
    if not missing:
        return
    synonyms = _synonyms(kind)
    headings = "; ".join(
        f"{words}: {', '.join(synonyms[options[0][0]][:4])}" for words, options in missing
    )
    message = f"{where}: no column for {', none for '.join(words for words, _ in missing)}"
    hint = f"headings that are recognised, among others, for {headings}"
    raise FileError(message, hint)


def _clash(listing: Listing, name: str, pair: tuple[int, ...], line: int) -> FileError:
    first, second = (f'"{listing.header[at]}" (column {at + 1})' for at in pair)
    message = (
        f"{listing.name} line {line}: {first} and {second} both stand for"
        f" {name.replace('_', ' ')} and differ"
    )
    return FileError(
        message,
        "caretool sniff FILE > mine.toml, say there which one counts, then --layout mine.toml",
    )
