"""Which layout is this list read by? The named one, the saved one, or what its headings say.

The order is numbered in docs/layouts.md. Nothing is stored before it is settled.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from caretool import dates
from caretool.errors import FileError, NotFoundError
from caretool.intake import headless, layout_file, rejects
from caretool.intake.claim_columns import settle_claim_column
from caretool.intake.layout import (
    Layout,
    fold_header,
    header_key,
    known_header,
    map_columns,
    settle_claims,
)
from caretool.intake.moments import DateForm
from caretool.intake.person_names import has_glued_digits
from caretool.intake.survey import survey
from caretool.model import PRACTICE
from caretool.names import fold
from caretool.short_file import read_short
from caretool.store import layouts

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile
    from caretool.intake.layout import Kind
    from caretool.intake.layout_file import Saved
    from caretool.intake.listing import Listing
    from caretool.intake.moments import Order

AUTO = "auto"
BUILT_IN = "built-in"
_IDENTIFIERS = ("mrn", "practice_mrn", "member_id", "visit", "patient_id")
_ALIKE = 0.5
_SAMPLE = 500
_LONGEST_FACILITY = 100  # characters
_FACILITY = re.compile(
    r"\b(hospital|medical cent(?:er|re)|clinic|infirmary|health (?:system|cent(?:er|re))"
    r"|cl[ií]nica|centro m[eé]dico)\b",
    re.IGNORECASE,
)
# What stands in a title beside the facility, and what makes a text the list's name, not a place's
_BETWEEN = re.compile(r"\s*(?:[:|\u2013\u2014]|\s-\s)\s*")
_ABOUT_LISTS = re.compile(
    r"\b(reports?|lists?|census|discharges?|discharged|admissions?|daily|weekly|summary|log|roster"
    r"|notifications?|alerts?|patients?|extract|export|printed|prepared|page|name|confidential"
    r"|informe|reporte|listas?|listado|censo|altas?|egresos?|diario|pacientes?)\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?<![\w/.-])(?:\d{1,4}([-/.])\d{1,2}\1\d{1,4}|[^\W\d_]{3,10}\.? \d{1,2},? \d{4})(?![\w/-])"
)
_DIGIT = re.compile(r"\d")


class LaidOut(NamedTuple):
    """How a list is read, and what is to be said about that."""

    layout: Layout
    latest: date | None
    """The last day that the list knows of."""
    titled: date | None
    """The last day that is named above the headings."""
    records: int
    said: tuple[str, ...]
    confirmed: bool
    """Did the user name the layout? Then it is saved whatever comes of the rows."""
    sender: str
    """Who sent it: as the user says, else as the layout that the user named says."""
    borrowed: bool = False
    """Is the layout that of other lists: of another sender's, or of those that have headings?"""

    @property
    def origin(self) -> str:
        """The name of the layout, or that it was worked out."""
        return self.layout.name or BUILT_IN


class Asked(NamedTuple):
    """What the command line says of the layout."""

    layout: str | None = None
    date_format: Order | None = None
    time_zone: str | None = None
    source: str | None = None
    """Who sends the list; then a layout's own source does not count."""


def lay_out(
    care_file: CareFile | None,
    listing: Listing,
    *,
    kind: Kind,
    sender: str,
    asked: Asked,
    today: date,
) -> LaidOut:
    """How is this list read?

    Raises:
        FileError: a column or a form is unclear, or not as the saved layout says.
        NotFoundError: no layout of the name that was asked for.
    """
    saved, said = _saved(care_file, listing, kind, sender, asked)
    confirmed = saved is not None and asked.layout is not None
    borrowed, known = False, saved.dates if saved else {}
    if saved is not None:
        if confirmed and asked.source is None:
            sender = PRACTICE if fold(saved.source) == PRACTICE else saved.source
        borrowed = not confirmed and fold(saved.source) != fold(sender)
        if borrowed:
            said.append(f"its headings are those of layout {saved.name}: read in the same way")
            saved = saved._replace(facility=None)
            known = {}  # who writes the same headings may still write the day before the month
        borrowed |= saved.has_header and not listing.header_line
        saved = saved._replace(source=sender)
        layout = _with_more(layout_file.laid_over(saved, listing), saved, listing)
    else:
        layout = _worked_out(listing, kind, sender, today, said)
    if listing.format == "workbook":
        said += _about_sheets(listing, layout)
    if kind == "fills" and listing.header_line:
        layout, unread = settle_claim_column(listing, layout, worked_out=saved is None)
        said += unread
    layout, decided = settle_claims(listing, layout)
    carried = rejects.carried(listing)
    said += decided
    layout = _with_peculiarities(listing, layout, carried.marks, said)
    found = survey(
        listing,
        layout,
        declared=asked.date_format or carried.date_format,
        saved=known,
        today=today,
    )
    layout = found.layout
    said += found.changed
    if found.in_utc:
        zone = asked.time_zone or carried.time_zone or layout.time_zone or dates.local_zone()
        said.append(_about_utc(zone))
        forms = {name: replace(form, zone=zone) for name, form in layout.dates.items()}
        layout = replace(layout, dates=forms, time_zone=zone)
    titled = _titled_day(listing, layout, today)
    told = tuple(said)
    return LaidOut(layout, found.latest, titled, found.records, told, confirmed, sender, borrowed)


def _worked_out(listing: Listing, kind: Kind, sender: str, today: date, said: list[str]) -> Layout:
    """What the headings mean or, without any, what the columns hold. Raises FileError."""
    if listing.header_line:
        return map_columns(
            listing.header,
            kind,
            file=listing.name,
            line=listing.header_line,
            ours=sender == PRACTICE,
        )
    if kind != "discharges":
        message = f"{listing.name}: no column headings found"
        raise FileError(message, "the first line must hold the column headings")
    said.append("no headings: its columns were told by their values")
    return headless.recognised(listing, today)


def _with_peculiarities(
    listing: Listing, layout: Layout, marks: frozenset[str], said: list[str]
) -> Layout:
    """The layout with what only the lines above the headings or the values tell; it is said."""
    if layout.kind == "discharges" and (titled := _other_facility(listing, layout)):
        layout = replace(layout, facility=titled, facility_titled=True)
        said.append(f"facility: {titled}, as it says above the headings")
    if layout.kind == "discharges" and "birth_date" not in layout.columns:
        said.append("no birth dates: whoever it may be waits for your review")
    if not layout.digits_in_names and ("digits_in_names" in marks or _has_digits(listing, layout)):
        layout = replace(layout, digits_in_names=True)
        said.append("the digits at the end of names were left out")
    if not layout.h_and_m and ("h_and_m" in marks or _has_h_and_m(listing, layout)):
        layout = replace(layout, h_and_m=True)
        said.append("sexes are H and M: hombre and mujer")
    return layout


def _saved(
    care_file: CareFile | None, listing: Listing, kind: Kind, sender: str, asked: Asked
) -> tuple[Saved | None, list[str]]:
    """The layout that was named, else the one saved for this header, else for this sender."""
    if asked.layout == AUTO:
        return None, []
    if asked.layout is not None:
        saved = named(care_file, asked.layout)
        if saved.kind != kind:
            message = f"layout {saved.name} is for lists of {saved.kind}"
            raise FileError(message, f"this command reads {kind}")
        return saved, _drift(saved, listing)
    if care_file is None:
        return None, []
    key = _key(listing)
    row = layouts.for_header(care_file, kind, key, sender)
    if row is not None:
        return layout_file.parsed(row["content"], f"layout {row['name']}"), []
    for row in layouts.of_source(care_file, kind, sender):
        saved = layout_file.parsed(row["content"], f"layout {row['name']}")
        if _share(saved, listing) >= _ALIKE:
            return saved, _drift(saved, listing)
        if saved.has_header and key == f"#{len(saved.header)}":
            said = f"no headings: its columns are taken to be those of layout {saved.name}"
            return saved, [said]
    return None, []


def named(care_file: CareFile | None, name: str) -> Saved:
    """The layout in the file of that name if it ends in .toml, else the saved one, else a file.

    Raises:
        FileError: the file is no layout.
        NotFoundError: neither is there.
    """
    row = None if care_file is None else layouts.find(care_file, name)
    if Path(name).suffix != ".toml" and row is not None:
        saved = layout_file.parsed(row["content"], f"layout {row['name']}")
    elif Path(name).suffix == ".toml" or _is_file(name):
        saved = read_file(Path(name))
    else:
        message = f"no layout {name[:60]}"
        raise NotFoundError(message, "caretool layouts lists them; a file's name ends in .toml")
    return saved


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # too long a name for a file
        return False


def read_file(path: Path) -> Saved:
    """The layout in a file. Raises FileError."""
    return layout_file.parsed(text_of(path), path.name)


def text_of(path: Path) -> str:
    """What the file of a layout says. Raises FileError when it cannot be read."""
    try:
        return read_short(path)
    except (OSError, UnicodeDecodeError):
        message = f"{path.name}: no layout can be read there"
        raise FileError(message, "caretool sniff FILE > mine.toml makes one") from None


def _key(listing: Listing) -> str:
    """By which a layout is found; the columns that a rejects file has of ours do not count."""
    own = rejects.original_header(listing.header)
    if not listing.header_line or all(text == f"Column {n}" for n, text in enumerate(own, 1)):
        return f"#{len(own)}"
    return header_key(own)


def _share(saved: Saved, listing: Listing) -> float:
    """How much two headers have in common."""
    before, now = set(saved.key.split("|")), set(header_key(listing.header).split("|"))
    return len(before & now) / max(len(before | now), 1) if saved.has_header else 0.0


def _drift(saved: Saved, listing: Listing) -> list[str]:
    """What has changed since the layout was saved; raises FileError when that may do harm."""
    found = layout_file.drift(saved, listing)
    if found.vital:
        # What is taken for the headings may be a row, with a name or a birth date in it
        found = found._replace(new=tuple(filter(known_header(saved.kind), found.new)))
        message = f"{listing.name} is not as layout {saved.name} knows it: {found.words}"
        hint = "if its sender has changed it for good: --layout auto reads it as it is now"
        raise FileError(message, hint)
    return [f"not as before: {found.words}"] if found.words else []


def _with_more(layout: Layout, saved: Saved, listing: Listing) -> Layout:
    """The saved layout, and the fields of columns that are new since.

    What somebody has taken out of a layout stays out.
    """
    if not listing.header_line or not saved.has_header or not saved.header:
        return layout
    before = set(saved.key.split("|"))
    used = {*layout.columns.values()}
    used |= {at for at, text in enumerate(listing.header) if fold_header(text) in before}
    now = map_columns(listing.header, layout.kind, file=listing.name, enough=False)
    new = {
        name: at
        for name, at in now.columns.items()
        if name not in layout.columns and at not in used
    }
    passed_over = {
        name: tuple(at for at in others if name == "patient_class" or at not in used)
        for name, others in now.passed_over.items()
        if name in new or name == "patient_class"
    }
    return replace(layout, columns={**layout.columns, **new}, passed_over=passed_over)


def _titled(listing: Listing) -> str | None:
    """The facility that a line above the headings names, if it is one."""
    texts = [one for title in listing.titles for one in _BETWEEN.split(title)]
    named = {
        text
        for text in texts
        if _FACILITY.search(text)
        and " " in text
        and len(text) <= _LONGEST_FACILITY
        and not _DIGIT.search(text)
        and not _ABOUT_LISTS.search(text)
    }
    return named.pop() if len(named) == 1 else None


def _other_facility(listing: Listing, layout: Layout) -> str | None:
    """What stands above the headings, unless a column or the layout says where the stays were."""
    if "facility" in layout.columns or (layout.facility and not layout.facility_titled):
        return None
    titled = _titled(listing)
    return None if titled == layout.facility else titled


def _titled_day(listing: Listing, layout: Layout, today: date) -> date | None:
    """The last day that the lines above the headings name: a run date, the end of a period."""
    orders = {form.order for form in layout.dates.values()} & {"mdy", "dmy"}
    form = DateForm(orders.pop() if len(orders) == 1 else "iso", births=False, today=today)
    days = []
    for match in _DAY.finditer(" ".join(listing.titles)):
        try:
            moment = form.read(match[0])
        except ValueError:
            continue
        if moment is not None and moment[0] <= today:
            days.append(moment[0])
    return max(days, default=None)


def _has_digits(listing: Listing, layout: Layout) -> bool:
    """Do all last names end in digits, as synthetic people's do?"""
    at = layout.columns.get("last")
    if at is None:
        return False
    rows = islice(listing, _SAMPLE)
    return has_glued_digits(cells[at] for _, _, cells in rows if at < len(cells))


def _has_h_and_m(listing: Listing, layout: Layout) -> bool:
    """Does the column of sexes speak Spanish? Then its M is no man."""
    at = layout.columns.get("sex")
    if at is None:
        return False
    rows = islice(listing, _SAMPLE)
    return any(cells[at].strip().upper() == "H" for _, _, cells in rows if at < len(cells))


def _about_sheets(listing: Listing, layout: Layout) -> list[str]:
    """Which sheets are passed over, and which numbers may have lost their leading zeros."""
    from caretool.intake.workbook import Sheet

    if not isinstance(listing, Sheet):
        return []
    said = [f"passed over: {text}" for text in listing.passed_over]
    said += [
        f'"{layout.heading(name)}" is kept as numbers: leading zeros may be lost'
        for name in _IDENTIFIERS
        if layout.columns.get(name) in listing.numeric_columns
    ]
    return said


def _about_utc(zone: str | None) -> str:
    if zone is None:
        return (
            "its times are in UTC and were left so: an evening may show as the day after;"
            " say --time-zone, for example America/New_York"
        )
    return f"its times in UTC were read as those of {zone}"
