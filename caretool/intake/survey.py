"""How are the dates of a list written, and for which moment does the list stand?

Both are told by all of its values: the whole list is read once, before anything is stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from caretool.errors import FileError
from caretool.intake.layout import DATE_FIELDS
from caretool.intake.moments import DateForm, has_utc
from caretool.intake.settling import BIRTHS, BY_LAYOUT, as_read, settle_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from caretool.intake.layout import Layout
    from caretool.intake.listing import Listing
    from caretool.intake.moments import Order, Written

# The longest beginning of a date that tells it from others: `9 noviembre 20` and an hour do not
_START: Final = 24
_DIGITS: Final = 8
_KNOWN: Final = 20_000  # texts of a column that are remembered whole; most columns have fewer
_PAIRED: Final = 5_000  # rows of which pairs of dates are looked at
_ORDERED: Final = (("admit", "discharge"), ("birth_date", "admit"), ("birth_date", "discharge"))
_OF_THE_STAY: Final = ("discharge", "admit", "event_time", "fill_date")

NO_VALUES: Final = "no values"
"""What settled the form of a date column in which nothing stands: there is nothing to remember."""

Texts = dict[str, int]
"""The texts of a column, one for each date and hour, with the line where it was first seen."""
Pairs = dict[tuple[str, str], set[tuple[str, str]]]


class Survey(NamedTuple):
    """What the values of a list have told of it."""

    layout: Layout
    latest: date | None
    """The last day, not after today, that the list knows of."""
    in_utc: tuple[str, ...]
    """Fields whose stamps are in UTC."""
    records: int
    changed: tuple[str, ...] = ()
    """In words, which columns write dates otherwise than before, where nothing can be mistaken;
    and how dates were read that only the saved layout decides."""


def survey(
    listing: Listing,
    layout: Layout,
    *,
    declared: Order | None,
    saved: Mapping[str, Written],
    today: date,
) -> Survey:
    """The layout with the form of each date column. Reads the whole list once.

    Args:
        listing: the file that `layout` was made for.
        layout: its columns.
        declared: the form that the user named, for all columns.
        saved: the forms of the saved layout, by field. They decide what the values leave open.
        today: no two-digit birth year lies after it.

    Raises:
        FileError: a column's dates can be read in two ways and nobody has said which one holds;
            or they are certainly written otherwise than the saved layout says.
    """
    columns, pairs, records = _texts(listing, layout)
    names = {name: f'{listing.name} column "{layout.heading(name)}"' for name in columns}
    as_saved = {
        name: DateForm(order, births=name in BIRTHS, today=today) for name, order in saved.items()
    }
    forms = settle_all(
        columns, names=names, declared=declared, today=today, known=as_saved, pairs=pairs
    )
    changed = []
    for name in sorted(saved.keys() & columns.keys()) if declared is None else ():
        before, now = saved[name], forms[name].order
        _must_be_as_before(columns[name], names[name], before, forms[name])
        if now == "iso" and before in {"mdy", "dmy"}:  # no date today whose order is open
            forms[name] = replace(as_saved[name], settled_by="what was said before")
        elif before == "iso" != now:
            changed.append(f'"{layout.heading(name)}" had the year first and is {now} now')
        elif forms[name].settled_by == BY_LAYOUT and name not in BIRTHS:
            changed += as_read(columns[name], forms[name])
    for name in columns.keys() - saved.keys():
        if not any(columns[name]):
            forms[name] = replace(forms[name], settled_by=NO_VALUES)
    days = [
        day
        for name in _OF_THE_STAY
        if name in columns
        for day in days_in(columns[name], forms[name])
        if day <= today
    ]
    in_utc = tuple(name for name, texts in columns.items() if has_utc(texts))
    return Survey(
        replace(layout, dates=forms), max(days, default=None), in_utc, records, tuple(changed)
    )


def _texts(listing: Listing, layout: Layout) -> tuple[dict[str, Texts], Pairs, int]:
    """The texts of each date column, pairs of them from some rows, and how many rows there are."""
    chosen = {name: at for name, at in layout.columns.items() if name in DATE_FIELDS}
    starts: dict[str, set[str]] = {name: set() for name in chosen}
    found: dict[str, Texts] = {name: {} for name in chosen}
    columns: list[tuple[int, set[str], set[str], Texts]] = [
        (at, set(), starts[name], found[name]) for name, at in chosen.items()
    ]
    ordered = [one for one in _ORDERED if one[0] in chosen and one[1] in chosen]
    pairs: dict[tuple[str, str], set[tuple[str, str]]] = {one: set() for one in ordered}
    needed, records = layout.needed, 0
    for line, record, cells in listing:
        records = record
        if len(cells) >= needed:
            for at, known, seen, texts in columns:
                text = cells[at]
                if text in known:
                    continue
                if len(known) < _KNOWN:
                    known.add(text)
                start = text[:_DIGITS] if text[:_DIGITS].isdecimal() else text[:_START]
                if start not in seen:
                    seen.add(start)
                    texts[text.strip()] = line
            if record <= _PAIRED:
                for first, last in ordered:
                    pairs[first, last].add((cells[chosen[first]], cells[chosen[last]]))
    return found, pairs, records


def _must_be_as_before(texts: Texts, label: str, before: Written, now: DateForm) -> None:
    """Raises FileError where the dates certainly have another form than the saved layout says."""
    if now.order == before or "iso" in {now.order, before}:
        return
    form = replace(now, order=before)
    misfit = next((text for text in texts if not _reads(form, text)), None)
    if misfit is not None:
        message = f"{label} was {before}, and from line {texts[misfit]} on it is {now.order}"
        raise FileError(message, f"if that is right: --layout auto, or --date-format {now.order}")


def _reads(form: DateForm, text: str) -> bool:
    try:
        form.read(text)
    except ValueError:
        return False
    return True


def days_in(texts: Iterable[str], form: DateForm) -> list[date]:
    """The dates among these texts, those that cannot be read left out."""
    found = []
    for text in texts:
        try:
            moment = form.read(text)
        except ValueError:
            continue
        if moment is not None:
            found.append(moment[0])
    return found
