"""Fills grouped into what a figure is about; the figure in words and for scripts.

The arithmetic is in `adherence`. What is said here is read from its figure, never computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import adherence, dates
from caretool.adherence import percent_of
from caretool.drug_names import drug_of
from caretool.methods import definition, title
from caretool.names import fold
from caretool.supply import new_supply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from fractions import Fraction

    from caretool.adherence import Figure
    from caretool.catalogue import Catalogue, Label
    from caretool.methods import Method
    from caretool.model import Fill
    from caretool.supply import Carry, Supply

Row = Mapping[str, Any]


class By(StrEnum):
    """What one figure is about; they are different figures and have different names."""

    CLASS = "class"
    MEDICATION = "medication"
    ALL = "all"


ANY_OF_CLASS, ONE_DRUG, ALL_CLASSES = "any_drug_of_class", "one_drug", "all_classes"
"""What a figure is about, in its own words: they are different figures."""


class Group(NamedTuple):
    """The fills that one figure is made of: those of a class, or of one drug."""

    medication: str | None
    """The drug, as the latest fill calls it; None for a class."""
    drug_class: str | None
    class_key: str | None
    drugs: frozenset[str]
    supplies: list[Supply]
    figure: str
    """`any_drug_of_class`, `one_drug` or `all_classes`."""

    @property
    def title(self) -> str:
        """What the figure is about, as people call it."""
        return self.medication or self.drug_class or ""

    def is_about(self, name: str) -> bool:
        """Does a name, such as a patient uses it, mean a medicine or the class in here?"""
        folded, key = fold(name), drug_of(name).key
        return (
            key in self.drugs
            or folded in fold(self.drug_class or "")
            or any(folded in fold(drug) or fold(drug) in folded for drug in self.drugs)
        )


def groups(fills: Sequence[Fill], catalogue: Catalogue, *, by_class: bool) -> list[Group]:
    """A patient's fills, oldest first, by class or by drug.

    A drug is called as its latest fill calls it, and its class is the one that the latest fill
    gives which gives one: an older export may leave it out. By class, a drug without class stands
    for itself.
    """
    labels: Mapping[int, Label] = catalogue.labels
    ordered = _by_last_fill(fills, labels)
    if catalogue.tells_classes:
        labels = _as_told(ordered, labels)
    supplies: dict[tuple[bool, str], list[Supply]] = {}
    latest: dict[tuple[bool, str], Label] = {}
    drugs: dict[tuple[bool, str], set[str]] = {}
    goes_to: dict[int, tuple[Callable[[Supply], None], tuple[str, ...], Fraction | int]] = {}
    # The products are few, and the fills many: what is the same for a product is found out once
    for product_id in reversed(ordered):
        label = labels[product_id]
        of_class = by_class and label.class_key is not None
        key = (of_class, label.class_key or "" if of_class else label.drug)
        if key not in supplies:
            supplies[key], drugs[key], latest[key] = [], set(), label
        elif of_class and label.told and not latest[key].told:
            latest[key] = label
        drugs[key].add(label.drug)
        waits_for = label.waits_for if of_class else label.as_drug
        goes_to[product_id] = supplies[key].append, waits_for, label.per_day
    for day, days, product_id in fills:
        add, waits_for, per_day = goes_to[product_id]
        add(new_supply((day, days, waits_for, per_day)))
    return [
        Group(
            None if of_class else latest[of_class, name].name,
            latest[of_class, name].drug_class,
            latest[of_class, name].class_key,
            frozenset(drugs[of_class, name]),
            own,
            ANY_OF_CLASS if of_class else ONE_DRUG,
        )
        for (of_class, name), own in supplies.items()
    ]


def _as_told(ordered: Sequence[int], labels: Mapping[int, Label]) -> dict[int, Label]:
    """What the products of one patient are, where some of their files leave the class out."""
    own = {product_id: labels[product_id] for product_id in ordered}
    told = {label.drug: label for label in own.values() if label.told}
    return {
        product_id: label
        if label.told or label.drug not in told
        else told[label.drug]._replace(name=label.name, told=False, per_day=label.per_day)
        for product_id, label in own.items()
    }


def _by_last_fill(fills: Iterable[Fill], labels: Mapping[int, Label]) -> list[int]:
    """The products of these fills, the one that was filled last at the end.

    Of one day by what they are called: their numbers say in which order files came.
    """
    last = {product_id: day for day, _, product_id in fills}
    if len(last) == 1:
        return list(last)
    called = {one: (labels[one].name, labels[one].drug_class or "") for one in last}
    return sorted(last, key=lambda one: (last[one], *called[one]))


def record(figure: Figure) -> dict[str, Any]:
    """The figure's part of a row of the contract, from `method` to `missing`."""
    return {
        "method": figure.method.name,
        "from": figure.start,
        "to": figure.end,
        "index_date": figure.index_date,
        "days": figure.days,
        "days_covered": _number(0 if figure.missing else figure.days_covered),
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


def working(figure: Figure, about: str) -> dict[str, Any]:
    """What else is needed to check a figure: how it is defined, and what it was made of."""
    first, last = figure.period or (None, None)
    return {
        "definition": words_of(figure.method, figure.carry, about),
        "carry": figure.carry,
        "threshold": float(figure.threshold),
        "period_from": first,
        "period_to": last,
        "days_supplied": figure.days_supplied,
        "days_inpatient": int(sum(stop - begin for begin, stop in figure.away)),
        "fills_before": figure.fills_before,
    }


def _number(days: Any) -> int | float | None:  # noqa: ANN401 - whole, or a fraction by dose
    if days is None:
        return None
    return int(days) if days == int(days) else float(days)


def what(row: Row, labels: Mapping[str, str]) -> str:
    """What a row is about; a class by its label, or as a file calls it.

    `labels` are those of the classes in force, by code.
    """
    if row["figure"] == ALL_CLASSES:
        return "all classes at once"
    return str(row["medication"] or labels.get(row["class"], row["class"]))


def percent(row: Row) -> str:
    """The share as people read it, never rounded up: 79.96 % is not 80 %."""
    if not row["days"]:
        return ""
    covered = row["days_supplied"] if row["days_covered"] is None else row["days_covered"]
    tenths = int(1000 * covered // row["days"])
    if row["value"] <= 1:
        tenths = min(tenths, 1000)
    return f"{tenths // 10}.{tenths % 10} %"


def change(row: Row) -> str:
    """How far the figure is from that of the period before, in whole points: `+4`, `-12`."""
    if row["change"] is None:
        return ""
    points = round(100 * row["change"])
    return f"{points:+d}" if points else "0"


def gap_list(row: Row) -> str:
    """All gaps in one cell: first and last days."""
    return ";".join(f"{gap['from']}/{gap['to']}" for gap in row["gaps"])


def report_cell(row: Row) -> str:
    """What the patient said in one cell: missed days of how many, on which day."""
    report = row["self_report"]
    return f"{report['missed']}/{report['days']} {report['on']}" if report else ""


def _outside(flags: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    """What keeps a patient out of the measure."""
    limits = adherence.limits()
    words = {
        "short_period": f"under {limits.min_period} days",
        "one_fill_date": "one fill date",
    }
    found = []
    for flag in flags:
        if flag in words:
            found.append(words[flag])
        elif flag.startswith(("excluded_", "under_")):
            by = flag.removeprefix("excluded_")
            found.append(labels.get(by, by.replace("_", " ")))
    return found


def notes(row: Row, today: date, labels: Mapping[str, str], *, details: bool = False) -> list[str]:
    """What to know beside the figure: why there is none, what weakens it, what the patient said."""
    words = []
    if outside := _outside(row["flags"], labels):
        words.append(f"{', '.join(outside)}: not in the measure")
    if "duplicate_fill" in row["flags"]:
        words.append("two alike of one day, both count")
    if row["fills_refused"]:
        refused = row["fills_refused"]
        words.append(f"{refused} fill{'' if refused == 1 else 's'} refused at import")
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
        about = report["medication"] or ""
        if group is None or not fold(about) or group.is_about(about):
            missed, days = report["missed"], report["days"]
            value = adherence.self_reported(missed, days)
            on = date.fromisoformat(report["on_date"])
            reasons = (report["reasons"] or "").split()
            return {"on": on, "missed": missed, "days": days, "value": value, "reasons": reasons}
    return None


def footer(
    method: Method,
    carry: Carry,
    window: tuple[date, date],
    today: date,
    rows: Sequence[Row],
    *,
    labels: Mapping[str, str],
    lookback: int | None = None,
) -> str:
    """What stands under a list: method, window, as-of date, thresholds, and the definition."""
    all_at_once = any(row["figure"] == ALL_CLASSES for row in rows)
    name = title(method, carry) + (", all classes at once" if all_at_once else "")
    text = f"{name}, {_window(*window)}, as of {dates.show(today)}"
    if window[1] < today:
        text += f", by the fills up to {dates.show(window[1])}"
    text += f"; adherent from {_thresholds(rows, labels)}. {method.name}: "
    text += words_of(method, carry, ALL_CLASSES if all_at_once else ANY_OF_CLASS)
    if lookback is not None:
        text += f"; fills more than {lookback} days before the window are left out"
    if any(row["change"] is not None for row in rows):
        length = window[1] - window[0]
        before = window[0] - timedelta(days=1)
        text += f". trend: points against {_window(before - length, before)}"
    return text


def words_of(method: Method, carry: Carry, about: str) -> str:
    """The definition of a figure in words."""
    words = definition(method, carry)
    if about != ALL_CLASSES:
        return words
    return (
        f"{words}; a day counts when every class that was filled in the window is covered, from the"
        " last of their first days on; medicines without a class are left out"
    )


def _window(first: date, last: date) -> str:
    begins, ends = (dates.show(day).split(" ", 1)[1] for day in (first, last))
    return f"{begins} \N{EN DASH} {ends}"


def _thresholds(rows: Sequence[Row], labels: Mapping[str, str]) -> str:
    """From which share on somebody is adherent: the usual one, and those of single classes."""
    usual = float(adherence.limits().threshold)
    others = {what(row, labels): row["threshold"] for row in rows if row["threshold"] != usual}
    parts = [f"{percent_of(usual)}%"]
    parts += [f"{name} from {percent_of(share)}%" for name, share in others.items()]
    return ", ".join(parts)


def report_words(report: Row, today: date) -> str:
    """What the patient said of missed doses, beside the figure and never in it."""
    said = dates.show_short(report["on"], today)
    why = ", ".join(reason.replace("_", " ") for reason in report["reasons"])
    text = f"said on {said}: missed {report['missed']} of {report['days']} days"
    return f"{text} ({why})" if why else text


def details(row: Row, today: date) -> list[str]:
    """What the figure rests on: days, fills, gaps, and until when there is medicine."""
    words = []
    if row["days"]:
        since = dates.show_short(row["period_from"], today)
        counted = row["days_covered"]
        counted = f"{row['days_supplied']} supplied for" if counted is None else f"{counted} of"
        words.append(f"{counted} {_days(row['days'])} since {since}")
        if row["days_inpatient"]:
            words[-1] += f", {_days(row['days_inpatient'])} in hospital taken out"
    count = "1 fill" if row["fills"] == 1 else f"{row['fills']} fills"
    if row["fills_before"]:
        count += f" and {row['fills_before']} before"
    if row["last_fill"]:
        last = dates.show_short(row["last_fill"], today)
        words.append(f"{count}, last on {last}" if row["fills"] else f"last fill on {last}")
    if ends := row["runs_out"]:
        supplied = dates.show_short(ends, today)
        if ends < row["to"] == today:  # what came later is not seen
            supplied += f", {_days((today - ends).days)} ago"
        words.append(f"{'supply until' if ends >= row['to'] else 'ran out on'} {supplied}")
    if row["days"] and row["days_covered"] is not None:
        words.append(_gaps_words(row["gaps"]))
    half = 2 if row["days"] else len(words)
    return ["; ".join(part) for part in (words[:half], words[half:]) if part]


def uses_words(uses: Iterable[Row], today: date) -> list[str]:
    """Each fill as it is used: when dispensed, for how long, on which days, after how much left."""
    words = []
    uses = list(uses)
    several = len({use["drug"] for use in uses}) > 1
    for use in uses:
        drug = f"{use['drug']} " if several else ""
        filled = dates.show_short(use["filled_on"], today)
        used = "none used before the next fill"
        if use["from"] is not None:
            first, last = (dates.show_short(use[end], today) for end in ("from", "to"))
            used = f"used {first} to {last}"
        left = f", after {_days(use['left'])} left" if use["left"] else ""
        words.append(f"{drug}filled {filled}, {_days(use['days_supply'])}: {used}{left}")
    return words


def episodes_words(episodes: Sequence[Row], today: date) -> list[str]:
    """Episodes of treatment, and the gap that ended each."""
    words = []
    for one in episodes:
        first, last = (dates.show_short(one[key], today) for key in ("from", "to"))
        after = f", then {_days(one['gap_after'])} without" if one["gap_after"] else ""
        words.append(f"in treatment {first} to {last}, {_days(one['days'])}{after}")
    return words


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


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
