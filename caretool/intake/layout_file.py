"""Layouts as files that people can read and change: writing, reading, laying over a list.

The format is TOML, version 1, described in docs/layouts.md. A column is named by its heading; in
lists without headings, or where two headings are the same, by its number, counted from 1.
"""

from __future__ import annotations

import json
import tomllib
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

from caretool.errors import FileError
from caretool.intake import rejects, vocabulary
from caretool.intake.layout import (
    DATE_FIELDS,
    Kind,
    Layout,
    fields_of,
    fold_header,
    header_key,
    map_columns,
    must_suffice,
)
from caretool.intake.moments import zone_name
from caretool.intake.survey import NO_VALUES
from caretool.model import PRACTICE, PatientClass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from caretool.intake.listing import Listing
    from caretool.intake.moments import Written

VERSION: Final = 1
FORMS: Final = ("iso", "mdy", "dmy", "excel")
_LONGEST_NAME: Final = 400  # a file's name, which stands for its sender, has up to 255
_MOST_TOLD, _LONGEST_TOLD = 6, 60
_KEYS: Final = frozenset(
    {
        "version", "name", "kind", "source", "has_header", "header", "time_zone",
        "facility", "facility_titled", "h_and_m", "digits_in_names",
        "columns", "dates", "dispositions", "classes",
    }
)  # fmt: skip
_KINDS_OF_STAY: Final = ", ".join(one.value for one in PatientClass)
# Without these somebody may be taken for somebody else, or a date be lost
_VITAL: Final = frozenset(
    {
        "birth_date", "discharge", "admit", "disposition", "visit", "mrn", "practice_mrn",
        "event", "event_time", "name", "last", "first",
    }
)  # fmt: skip


class Saved(NamedTuple):
    """A layout as a file says it, before it is laid over a list."""

    name: str
    kind: Kind
    source: str
    header: tuple[str, ...]
    has_header: bool
    columns: dict[str, str | int]
    dates: dict[str, Written]
    dispositions: dict[str, str]
    classes: dict[str, str]
    time_zone: str | None
    facility: str | None
    facility_titled: bool
    h_and_m: bool
    digits_in_names: bool

    @property
    def key(self) -> str:
        """By which it is found again."""
        return header_key(self.header) if self.has_header else f"#{len(self.header)}"


class Drift(NamedTuple):
    """How a list's header differs from the one that a layout was saved for."""

    moved: tuple[str, ...]
    vanished: tuple[str, ...]
    """Headings of fields that the layout needs and the list no longer has."""
    shifted: tuple[str, ...]
    """Columns that the layout knows by number and that have another heading now."""
    vital: tuple[str, ...]
    """Those of the last two without which people or dates may be mistaken."""
    new: tuple[str, ...]

    @property
    def words(self) -> str:
        """What is different, in one line; empty when nothing is."""
        parts = (
            ("moved", self.moved),
            ("gone", self.vanished),
            ("under another heading", self.shifted),
            ("new", self.new),
        )
        return "; ".join(f"{word}: {_some(texts)}" for word, texts in parts if texts)


def key_of(listing: Listing) -> str:
    """By which a saved layout is found for this list."""
    if not listing.header_line:
        return f"#{len(listing.header)}"
    return header_key(listing.header)


def written(layout: Layout, *, name: str, source: str, has_header: bool = True) -> str:
    """The layout as a file, with the reasons for its parts."""
    names = layout.header

    def column(at: int) -> str:
        text = names[at]
        if not has_header or sum(fold_header(one) == fold_header(text) for one in names) > 1:
            return str(at + 1)
        return _text(text)

    lines = [
        "# How lists of this kind are read: docs/layouts.md says what each line does, and in",
        "# which order. Change what is wrong and import with --layout THIS-FILE.",
        f"version = {VERSION}",
        f"name = {_text(name)}",
        f"kind = {_text(layout.kind)}",
        f"source = {_text(source)}",
        f"has_header = {str(has_header).lower()}",
        "header = [",
        *(f"    {_text(one)}," for one in names),
        "]",
    ]
    if layout.time_zone:
        lines.append(f"time_zone = {_text(layout.time_zone)}")
    if layout.facility:
        lines.append(f"facility = {_text(layout.facility)}")
    if layout.facility and layout.facility_titled:
        lines.append("facility_titled = true  # what stands above the headings comes first")
    if layout.h_and_m:
        lines.append("h_and_m = true  # hombre and mujer")
    if layout.digits_in_names:
        lines.append("digits_in_names = true")
    lines += ["", "# field = heading, or the number of the column", "[columns]"]
    lines += [f"{one} = {column(at)}" for one, at in layout.columns.items()]
    if layout.dates:
        lines += ["", "# mdy: 03/04 is 4 March; dmy: 3 April; iso: the year first", "[dates]"]
        lines += [
            f"{one} = {_text(form.order)}  # by {form.settled_by or 'what was said before'}"
            for one, form in layout.dates.items()
            if form.settled_by != NO_VALUES
        ]
    if layout.kind == "discharges":
        lines += ["", '# "their words" = "UB-04 code"', "[dispositions]"]
        lines += [f"{_text(one)} = {_text(code)}" for one, code in layout.dispositions.items()]
        lines += ["", '# "their words" = "inpatient", "observation", "emergency" …', "[classes]"]
        lines += [f"{_text(one)} = {_text(code)}" for one, code in layout.classes.items()]
    return "\n".join(lines) + "\n"


def skeleton(listing: Listing, kind: Kind) -> Layout:
    """What can be said of a list that cannot be read yet: the columns whose headings are known."""
    found = map_columns(listing.header, kind, file=listing.name, enough=False)
    return Layout(kind, listing.header, found.columns)


def parsed(text: str, where: str) -> Saved:
    """What a layout's file says.

    Raises:
        FileError: not TOML, another version, a key, field, form, code or zone that is unknown.
    """
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number too long, a list too deep
        raise _wrong(where, f"is no TOML: {' '.join(str(error).split())[:80]}") from None
    if raw.get("version") != VERSION:
        raise _wrong(where, f'has no "version = {VERSION}"')
    for key in raw:
        if key not in _KEYS:
            raise _wrong(where, f"has a key that is not known: {key[:40]}")
    kind: Kind | None = raw.get("kind")
    if kind is None or kind not in get_args(Kind):
        raise _wrong(where, f"kind is one of {', '.join(get_args(Kind))}")
    header = tuple(_texts(raw.get("header", []), where, "header"))
    columns = _table(raw, "columns", where, (str, int))
    for name, column in columns.items():
        if name not in fields_of(kind):
            raise _wrong(where, f"[columns] has no field {name[:40]} in lists of {kind}")
        if isinstance(column, bool) or (isinstance(column, int) and column < 1):
            raise _wrong(where, f"[columns] {name}: a heading, or a number from 1 on")
    return Saved(
        name=_string(raw, "name", where),
        kind=kind,
        source=_string(raw, "source", where),
        header=header,
        has_header=_flag(raw, "has_header", where, default=True),
        columns=columns,
        dates=_dates(raw, where),
        dispositions=_words(raw, "dispositions", where),
        classes=_words(raw, "classes", where),
        time_zone=_zone(raw, where),
        facility=_string(raw, "facility", where) if "facility" in raw else None,
        facility_titled=_flag(raw, "facility_titled", where),
        h_and_m=_flag(raw, "h_and_m", where),
        digits_in_names=_flag(raw, "digits_in_names", where),
    )


def laid_over(saved: Saved, listing: Listing) -> Layout:
    """The layout for this list; its date forms are left to be settled.

    Fields whose heading is not there are left out: `drift` says which. In a list that has no
    headings they are those of the layout, in the same order.

    Raises:
        FileError: a column's number is not there, or what is left does not suffice.
    """
    width = len(listing.header)
    if not listing.header_line and len(saved.header) not in {0, width}:
        msg = f"{listing.name} has no headings and {width} columns"
        raise FileError(msg, f"layout {saved.name} is for lists of {len(saved.header)} columns")
    places = _places(listing.header if listing.header_line else saved.header)
    columns: dict[str, int] = {}
    for name, column in saved.columns.items():
        at = column - 1 if isinstance(column, int) else places.get(fold_header(column), -1)
        if 0 <= at < len(listing.header):
            columns[name] = at
        elif isinstance(column, int):
            msg = f"{listing.name}: no column {column} for {name}, there are {len(listing.header)}"
            raise FileError(msg, f"layout {saved.name} does not fit; caretool layouts show it")
    named = saved.header or listing.header
    where = f"{listing.name}, layout {saved.name}"
    must_suffice(columns, saved.kind, where, ours=saved.source == PRACTICE)
    return Layout(
        kind=saved.kind,
        header=listing.header if listing.header_line or not saved.has_header else named,
        columns=columns,
        dispositions=saved.dispositions,
        classes=saved.classes,
        time_zone=saved.time_zone,
        facility=saved.facility,
        facility_titled=saved.facility_titled,
        h_and_m=saved.h_and_m,
        digits_in_names=saved.digits_in_names,
        name=saved.name,
    )


def drift(saved: Saved, listing: Listing) -> Drift:
    """How does this list's header differ from the one that the layout was saved for?"""
    if not saved.has_header or not listing.header_line:
        return Drift((), (), (), (), ())
    before, now = _places(saved.header), _places(listing.header)
    used = {fold_header(one): name for name, one in saved.columns.items() if isinstance(one, str)}
    named = [*saved.header, *(one for one in saved.columns.values() if isinstance(one, str))]
    gone = {fold_header(text): text for text in named if fold_header(text) not in now}
    used_gone = [text for one, text in gone.items() if one in used]
    shifted = {
        f"column {at} ({saved.header[at - 1]})": name
        for name, at in saved.columns.items()
        if isinstance(at, int)
        and at <= len(saved.header)
        and header_key(saved.header[at - 1 : at]) != header_key(listing.header[at - 1 : at])
    }
    common = sorted((one for one in before if one in now and one), key=before.__getitem__)
    stayed = _in_order([now[one] for one in common])
    moved = [listing.header[now[one]] for one in common if now[one] not in stayed]
    return Drift(
        tuple(one for one in moved if fold_header(one) in used),
        tuple(used_gone),
        tuple(shifted),
        (
            *(text for text in used_gone if used[fold_header(text)] in _VITAL),
            *(text for text, name in shifted.items() if name in _VITAL),
        ),
        tuple(
            text
            for text in rejects.original_header(listing.header)
            if text and before and fold_header(text) not in before
        ),
    )


def _in_order(places: Sequence[int]) -> set[int]:
    """The most of these places that stand in order, so that the fewest have moved."""
    ends: list[int] = []  # the smallest place at which a row of so many can end
    chains: dict[int, tuple[int, ...]] = {}
    for place in places:
        length = bisect_left(ends, place)
        chains[place] = (*(chains[ends[length - 1]] if length else ()), place)
        ends[length : length + 1] = [place]
    return set(chains[ends[-1]]) if ends else set()


def _places(header: Sequence[str]) -> dict[str, int]:
    """Where each heading stands first."""
    return {fold_header(text): at for at, text in reversed(list(enumerate(header)))}


def _some(texts: tuple[str, ...]) -> str:
    """The first of these texts, so that they fit in a line."""
    more = f" and {len(texts) - _MOST_TOLD} more" if len(texts) > _MOST_TOLD else ""
    return ", ".join(text[:_LONGEST_TOLD] for text in texts[:_MOST_TOLD]) + more


def _text(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's; what cannot be seen is written by its number."""
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 1 << 16 else f"\\U{ord(c):08x}"
        for c in quoted
    )


def _wrong(where: str, what: str) -> FileError:
    return FileError(f"{where} {what}", "docs/layouts.md describes the format")


def _string(raw: Mapping[str, Any], key: str, where: str) -> str:
    text = raw.get(key, "")
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_NAME:
        raise _wrong(where, f"needs {key} = a text of at most {_LONGEST_NAME} characters")
    return text.strip()


def _flag(raw: Mapping[str, Any], key: str, where: str, *, default: bool = False) -> bool:
    flag = raw.get(key, default)
    if not isinstance(flag, bool):
        raise _wrong(where, f"{key} is true or false")
    return flag


def _texts(raw: object, where: str, key: str) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        raise _wrong(where, f"{key} is a list of texts")
    return raw


def _table(raw: Mapping[str, Any], key: str, where: str, kinds: tuple[type, ...]) -> dict[str, Any]:
    table = raw.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(one, kinds) for one in table.values()):
        raise _wrong(where, f"[{key}] is a table")
    return table


def _dates(raw: Mapping[str, Any], where: str) -> dict[str, Written]:
    table: dict[str, Written] = _table(raw, "dates", where, (str,))
    for name, form in table.items():
        if name not in DATE_FIELDS or form not in FORMS:
            raise _wrong(where, f"[dates] {name[:40]}: one of {', '.join(FORMS)} for a date field")
    return table


def _words(raw: Mapping[str, Any], key: str, where: str) -> dict[str, str]:
    """The source's own words, folded as they are compared, with what they mean."""
    table: dict[str, str] = _table(raw, key, where, (str,))
    for meaning in table.values():
        known = (
            meaning in vocabulary.codes()
            if key == "dispositions"
            else meaning in PatientClass.__members__.values()
        )
        if not known:
            allowed = "UB-04 codes such as 01" if key == "dispositions" else _KINDS_OF_STAY
            raise _wrong(where, f"[{key}]: {meaning[:40]} is not known; allowed are {allowed}")
    return {vocabulary.fold(text): meaning for text, meaning in table.items()}


def _zone(raw: Mapping[str, Any], where: str) -> str | None:
    zone = raw.get("time_zone")
    if zone is None:
        return None
    try:
        return zone_name(str(zone))
    except ValueError as error:
        raise _wrong(where, f"time_zone {error}") from None
