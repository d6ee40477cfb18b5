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
from caretool.errors import FileError
from caretool.intake import headless, layout_file, rejects
from caretool.intake.layout import Layout, header_key, map_columns, settle_claims
from caretool.intake.moments import DateForm
from caretool.intake.person_names import has_glued_digits
from caretool.intake.survey import survey
from caretool.model import PRACTICE
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
_FACILITY = re.compile(
    r"\b(hospital|medical cent(?:er|re)|clinic|infirmary|health (?:system|cent(?:er|re)))\b",
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
    """Did the user name the layout by its file? Then it is saved whatever comes of the rows."""

    @property
    def origin(self) -> str:
        """The name of the layout, or that it was worked out."""
        return self.layout.name or BUILT_IN


class Asked(NamedTuple):
    """What the command line says of the layout."""

    layout: str | None = None
    date_format: Order | None = None
    time_zone: str | None = None


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
    if saved is not None:
        layout = _with_more(layout_file.laid_over(saved, listing), listing)
    elif not listing.header_line:
        if kind != "discharges":
            message = f"{listing.name}: no column headings found"
            raise FileError(message, "the first line must hold the column headings")
        layout = headless.recognised(listing, today)
        said.append("no headings: its columns were told by their values")
    else:
        layout = map_columns(
            listing.header,
            kind,
            file=listing.name,
            line=listing.header_line,
            ours=sender == PRACTICE,
        )
    if kind == "discharges" and "facility" not in layout.columns and saved is None:
        layout = replace(layout, facility=_titled(listing))
        if layout.facility:
            said.append(f"facility: {layout.facility}, as it says above the headings")
    if kind == "discharges" and "birth_date" not in layout.columns:
        said.append("no birth dates: whoever it may be waits for your review")
    if listing.format == "workbook":
        said += _about_sheets(listing, layout)
    layout, decided = settle_claims(listing, layout)
    said += decided
    if saved is None and _has_digits(listing, layout):
        layout = replace(layout, digits_in_names=True)
        said.append("the digits at the end of names were left out")
    if saved is None and _has_h_and_m(listing, layout):
        layout = replace(layout, h_and_m=True)
        said.append("sexes are H and M: hombre and mujer")
    found = survey(
        listing,
        layout,
        declared=asked.date_format or rejects.date_format_of(listing),
        saved=saved.dates if saved else {},
        today=today,
    )
    layout = found.layout
    if found.in_utc:
        zone = asked.time_zone or layout.time_zone or dates.local_zone()
        said.append(_about_utc(zone))
        forms = {name: replace(form, zone=zone) for name, form in layout.dates.items()}
        layout = replace(layout, dates=forms, time_zone=zone)
    confirmed = saved is not None and asked.layout is not None
    return LaidOut(
        layout,
        found.latest,
        _titled_day(listing, layout, today),
        found.records,
        tuple(said),
        confirmed,
    )


def _saved(
    care_file: CareFile | None, listing: Listing, kind: Kind, sender: str, asked: Asked
) -> tuple[Saved | None, list[str]]:
    """The layout that was named, else the one saved for this header, else for this sender."""
    if asked.layout == AUTO:
        return None, []
    if asked.layout is not None:
        return _named(care_file, asked.layout, kind), []
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
    return None, []


def _named(care_file: CareFile | None, name: str, kind: Kind) -> Saved:
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        saved = read_file(path)
    elif care_file is None:
        message = f"no layout {name[:60]}"
        raise FileError(message, "name a file that ends in .toml, or import without --layout")
    else:
        row = layouts.named(care_file, name)
        saved = layout_file.parsed(row["content"], f"layout {name}")
    if saved.kind != kind:
        message = f"layout {saved.name} is for lists of {saved.kind}"
        raise FileError(message, f"this command reads {kind}")
    return saved


def read_file(path: Path) -> Saved:
    """The layout in a file. Raises FileError."""
    try:
        if path.stat().st_size > layout_file.MAX_TEXT:
            message = f"{path.name} is too long for a layout"
            raise FileError(message, "docs/layouts.md describes the format")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        message = f"{path.name}: no layout can be read there"
        raise FileError(message, "caretool sniff FILE > mine.toml makes one") from None
    return layout_file.parsed(text, path.name)


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
        message = f"{listing.name} is not as layout {saved.name} knows it: {found.words}"
        hint = "if the sender has changed it for good: --layout auto reads it as it is now"
        raise FileError(message, hint)
    return [f"not as before: {found.words}"] if found.words else []


def _with_more(layout: Layout, listing: Listing) -> Layout:
    """The saved layout, and the fields of columns that are new since."""
    if not listing.header_line:
        return layout
    used = set(layout.columns.values())
    now = map_columns(listing.header, layout.kind, file=listing.name, enough=False)
    new = {
        name: at
        for name, at in now.columns.items()
        if name not in layout.columns and at not in used
    }
    passed_over = {
        name: others
        for name, others in now.passed_over.items()
        if name in new or name == "patient_class"
    }
    return replace(layout, columns={**layout.columns, **new}, passed_over=passed_over)


def _titled(listing: Listing) -> str | None:
    """The facility that a line above the headings names, if it is one."""
    named = {text for text in listing.titles if _FACILITY.search(text) and not _DIGIT.search(text)}
    return named.pop() if len(named) == 1 else None


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
