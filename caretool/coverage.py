"""Fills grouped into what a figure is about; the figure in words, as a bar, and for scripts.

The arithmetic is in `adherence`. What is said here is read from its figure, never computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import adherence, dates, drug_classes
from caretool.model import Fill
from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from caretool.adherence import Figure

Row = Mapping[str, Any]

CELLS = 56
FULL, PARTLY, NONE, OUTSIDE = "█", "▒", "·", " "
_MONTHS = "JFMAMJJASOND"

_OUTSIDE_MEASURE = {
    "short_period": f"under {adherence.MIN_PERIOD} days",
    "one_fill_date": "one fill date",
}


class Group(NamedTuple):
    """The fills that one figure is made of: those of a class, or of one medicine."""

    medication: str | None
    drug_class: str | None
    fills: list[Fill]

    @property
    def title(self) -> str:
        """What the figure is about, as people call it."""
        return self.medication or self.drug_class or ""

    def is_about(self, name: str) -> bool:
        """Does a folded name, such as a patient uses it, mean a medicine or the class in here?"""
        drugs = {fold(fill.drug) for fill in self.fills}
        return name in fold(self.drug_class or "") or any(
            name in drug or drug in name for drug in drugs
        )


def groups(history: Sequence[Fill], *, by_class: bool) -> list[Group]:
    """A patient's fills by class or by medicine, called as the latest fill spells it.

    A medicine's class is that of its latest fill which has one, for an older export may lack it;
    when no fill has one, the code of the class that ATC code or ingredient say.
    A class goes by the name that a file gave it, where one did. By class, a medicine without
    class stands for itself.
    """
    drugs = [adherence.drug_key(fill.drug) for fill in history]
    told = {
        drug: fill.drug_class for drug, fill in zip(drugs, history, strict=True) if fill.drug_class
    }
    looked_up = _looked_up(drugs, history)
    found: dict[tuple[bool, str], Group] = {}
    names: dict[str, str] = {}
    for drug, fill in zip(drugs, history, strict=True):
        by_file = fill.drug_class or told.get(drug)
        drug_class = by_file or looked_up.get(drug)
        if not by_class or drug_class is None:
            key = (False, drug)
        else:
            key = (True, fold(drug_class) or drug_class)
            if by_file:
                names[key[1]] = by_file
            drug_class = names.get(key[1], drug_class)
        before = found.get(key)
        fills = [fill] if before is None else before.fills
        if before is not None:
            fills.append(fill)
        found[key] = Group(None if key[0] else fill.drug, drug_class, fills)
    return list(found.values())


def _looked_up(drugs: Sequence[str], history: Sequence[Fill]) -> dict[str, str]:
    """Medicines' classes by the rules; of fills that differ in the ATC code the latest wins."""
    codes = (drug_classes.class_of(fill.drug, fill.atc) for fill in history)
    return {drug: code for drug, code in zip(drugs, codes, strict=True) if code}


def record(figure: Figure) -> dict[str, Any]:
    """The figure's part of a row of the contract, from `method` on."""
    return {
        "method": figure.method,
        "from": figure.start,
        "to": figure.end,
        "index_date": figure.index_date,
        "days": figure.days,
        "days_covered": figure.days_covered,
        "value": figure.value,
        "adherent": figure.adherent,
        "fills": figure.fills,
        "last_fill": figure.last_fill,
        "runs_out": figure.runs_out,
        "gaps": [
            {"from": gap.first, "to": gap.last, "days": gap.days, "open": gap.open}
            for gap in figure.gaps
        ],
        "flags": list(figure.flags),
        "missing": figure.missing,
    }


def what(row: Row) -> str:
    """What a row is about; the code of a class as people write it."""
    return str(row["medication"] or row["class"].replace("_", " "))


def percent(row: Row) -> str:
    """The share as people read it, never rounded up: 79.96 % is not 80 %."""
    if not row["days"]:
        return ""
    tenths = 1000 * row["days_covered"] // row["days"]
    return f"{tenths // 10}.{tenths % 10} %"


def gap_list(row: Row) -> str:
    """All gaps in one cell: first and last days."""
    return ";".join(f"{gap['from']}/{gap['to']}" for gap in row["gaps"])


def report_cell(row: Row) -> str:
    """What the patient said in one cell: missed days of how many, on which day."""
    report = row["self_report"]
    return f"{report['missed']}/{report['days']} {report['on']}" if report else ""


def notes(row: Row, today: date, *, details: bool = False) -> list[str]:
    """What to know beside the figure: why there is none, what weakens it, what the patient said."""
    words = []
    outside = [_OUTSIDE_MEASURE[flag] for flag in row["flags"] if flag in _OUTSIDE_MEASURE]
    if outside:
        words.append(f"{', '.join(outside)}: not in the measure")
    if "duplicate_fill" in row["flags"]:
        words.append("the same fill twice, both count")
    if row["missing"]:
        words.append(row["missing"])
    if row["self_report"]:
        words.append(report_words(row["self_report"], today))
    if details:
        words += [_gap_words(gap, today) for gap in row["gaps"]]
    return words


def latest_report(reports: Iterable[Any], group: Group | None) -> dict[str, Any] | None:
    """Of reports, latest first, the first one about this group or about medicines at large."""
    for report in reports:
        about = fold(report["medication"] or "")
        if group is None or not about or group.is_about(about):
            missed, days = report["missed"], report["days"]
            value = adherence.self_reported(missed, days)
            on = date.fromisoformat(report["on_date"])
            return {"on": on, "missed": missed, "days": days, "value": value}
    return None


def rule_words(start: date, end: date, today: date) -> str:
    """By which rule, of which days, as of when."""
    first, last = (dates.show(day).split(" ", 1)[1] for day in (start, end))
    dash = "\N{EN DASH}"
    return (
        f"PDC (Pharmacy Quality Alliance), {first} {dash} {last}, as of {dates.show(today)};"
        " adherent from 80%"
    )


def report_words(report: Row, today: date) -> str:
    """What the patient said of missed doses, beside the figure and never in it."""
    said = dates.show_short(report["on"], today)
    return f"said on {said}: missed {report['missed']} of {report['days']} days"


def details(row: Row, today: date) -> list[str]:
    """What the figure rests on: days, fills, gaps, and until when there is medicine."""
    words = []
    if row["days"]:
        since = dates.show_short(row["index_date"], today)
        words.append(f"{row['days_covered']} of {_days(row['days'])} since the fill on {since}")
    last = dates.show_short(row["last_fill"], today)
    count = "1 fill" if row["fills"] == 1 else f"{row['fills']} fills"
    words.append(f"{count}, last on {last}" if row["fills"] else f"last fill on {last}")
    ends, supplied = row["runs_out"], dates.show_short(row["runs_out"], today)
    if ends < today:
        supplied += f", {_days((today - ends).days)} ago"
    words.append(f"{'supply until' if ends >= today else 'ran out on'} {supplied}")
    if row["days"]:
        words.append(_gaps_words(row["gaps"]))
    return ["; ".join(words[:2]), "; ".join(words[2:])] if row["days"] else ["; ".join(words)]


def bar(figure: Figure) -> list[str]:
    """The window day by day, in at most 56 signs, and under it where months (or years) begin."""
    first, length = figure.start.toordinal(), (figure.end - figure.start).days + 1
    cells = min(CELLS, length)
    index = figure.index_date or figure.end
    before = index.toordinal() - first if figure.index_date else length
    had = bytearray(length)
    for begin, last in figure.covered:
        at, days = begin.toordinal() - first, (last - begin).days + 1
        had[at : at + days] = b"\1" * days
    signs = [
        _sign(had[max(at * length // cells, before) : (at + 1) * length // cells])
        for at in range(cells)
    ]
    return ["".join(signs), _scale(figure.start, length, cells)]


def legend(figure: Figure) -> str:
    """What the signs of a bar mean."""
    length = (figure.end - figure.start).days + 1
    each = f"{length / CELLS:.1f} days" if length > CELLS else "a day"
    return f"{FULL} medicine   {PARTLY} on some days   {NONE} none   (a sign is {each})"


def _gap_words(gap: Row, today: date) -> str:
    first, last = (dates.show_short(gap[end], today) for end in ("from", "to"))
    span = first if first == last else f"{first} to {last}"
    text = f"none {span}, {_days(gap['days'])}"
    return f"{text}, not refilled" if gap["open"] else text


def _gaps_words(gaps: Sequence[Row]) -> str:
    if not gaps:
        return "no gap"
    longest = _days(max(gap["days"] for gap in gaps))
    return f"1 gap of {longest}" if len(gaps) == 1 else f"{len(gaps)} gaps, the longest {longest}"


def _sign(days: bytearray) -> str:
    if not days:
        return OUTSIDE
    covered = sum(days)
    return FULL if covered == len(days) else PARTLY if covered else NONE


def _scale(start: date, length: int, cells: int) -> str:
    """The initial of each month under the sign that holds its first day; of long windows years."""
    marks = [" "] * cells
    day = start if start.day == 1 else dates.add_months(start.replace(day=1), 1)
    in_years = length > cells * 31 // 2
    free = 0
    while (offset := (day - start).days) < length:
        at = ((offset + 1) * cells - 1) // length  # the sign in which that day lies
        text = str(day.year) if in_years else _MONTHS[day.month - 1]
        if at >= free and at + len(text) <= cells and (day.month == 1 or not in_years):
            marks[at : at + len(text)] = text
            free = at + len(text) + (1 if in_years else 0)
        day = dates.add_months(day, 1)
    return "".join(marks).rstrip()


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
