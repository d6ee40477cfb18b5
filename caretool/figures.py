"""Adherence figures from the care file: of one patient, or of everybody whose care has not ended.

What a figure needs besides fills is read here: which drug and class a product is, days in hospital,
the day of death, what keeps somebody out of the measure, rows that were refused. The figures
themselves are made in `adherence`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from caretool import adherence, coverage, medicines, planning
from caretool.adherence import Figure
from caretool.coverage import ALL_CLASSES, ANY_OF_CLASS, ONE_DRUG, By, Group
from caretool.model import Status
from caretool.names import fold
from caretool.store import (
    away_days,
    eligibility,
    endings,
    fills,
    medications,
    products,
    refused_fills,
)
from caretool.supply import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from fractions import Fraction

    from caretool.catalogue import Catalogue, Label
    from caretool.db import CareFile
    from caretool.methods import Method
    from caretool.model import Fill
    from caretool.supply import Carry

_DAY = timedelta(days=1)
_NOBODY: tuple[tuple[int, int], ...] = ()


class Wanted(NamedTuple):
    """What was asked for: window, method, one figure for what, parts of names, an upper bound."""

    start: date
    end: date
    today: date
    method: Method
    by: By = By.CLASS
    medication: str = ""
    drug_class: str = ""
    below: float | None = None
    carry: Carry | None = None
    by_dose: bool = False
    lookback: int | None = None
    """Fills so many days before the window and earlier bring nothing in; None for no limit."""
    mask: bool = False


class Found(NamedTuple):
    """One figure: whose it is, of which fills, and the same figure of the period before."""

    patient_id: int
    group: Group
    figure: Figure
    previous: Figure | None
    refused: int
    away: Sequence[tuple[int, int]] = _NOBODY

    @property
    def change(self) -> float | None:
        """How far the figure is from the one before; none where either is outside a measure."""
        now, before = self.figure, self.previous
        if before is None or before.value is None or now.value is None:
            return None
        if {"short_period", "one_fill_date"} & {*now.flags, *before.flags}:
            return None
        return now.value - before.value


class Known(NamedTuple):
    """What is read once for all patients."""

    catalogue: Catalogue
    away: Mapping[int, list[tuple[int, int]]]
    refused: Mapping[int, list[Label]]
    """By patient the medicine of each row that could not be used."""
    named: Mapping[int, list[tuple[Label, str]]]
    """By patient the medicines on the list or refused, and what to say of one without a fill."""
    young: Mapping[int, date]
    """The birth dates of those who may be too young for a measure."""
    ill: Mapping[int, frozenset[str]]
    """By patient the conditions that keep out of some measure."""
    threshold: Mapping[str, Fraction]
    """From which share of days on a patient is adherent, by class."""
    out_by_class: bool
    """Is any product on file of a class that takes a patient out of the measure of another?"""


def of_patient(care_file: CareFile, patient_id: int, wanted: Wanted) -> list[Found]:
    """The figures of one patient; of somebody who died up to that day."""
    known = _known(care_file, [patient_id], wanted)
    standing = planning.of_patient(care_file, patient_id, wanted.today).standing
    died = standing.status == Status.CLOSED and standing.reason == "deceased"
    history = fills.of_patient(care_file, patient_id, wanted.end)
    found = _figures(patient_id, history, wanted, known, standing.since if died else None)
    found += _unfilled(patient_id, found, wanted, known)
    return [one for one in found if _is_below(one.figure, wanted.below)]


def of_everybody(care_file: CareFile, wanted: Wanted) -> Iterator[Found]:
    """The figures of everybody who has fills, or a medicines list, and whose care has not ended."""
    known = _known(care_file, None, wanted)
    ended = _ended(care_file, wanted.today)
    unfilled = known.named.keys() - ended
    for patient_id, history in fills.of_everybody(care_file, wanted.end):
        if patient_id in ended:
            continue
        found = _figures(patient_id, history, wanted, known, None)
        if patient_id in known.named:
            unfilled.discard(patient_id)
            found += _unfilled(patient_id, found, wanted, known)
        if wanted.below is not None:
            found = [one for one in found if _is_below(one.figure, wanted.below)]
        yield from found
    if wanted.below is None:
        for patient_id in sorted(unfilled):
            yield from _unfilled(patient_id, (), wanted, known)


def _known(care_file: CareFile, ids: Iterable[int] | None, wanted: Wanted) -> Known:
    catalogue = products.catalogue(care_file)
    classes = catalogue.classes
    away: Mapping[int, list[tuple[int, int]]] = {}
    if wanted.method.stays_out:
        away = away_days.days(care_file, ids, wanted.end)
    refused: dict[int, list[Label]] = {}
    for row in refused_fills.until(care_file, ids, wanted.end):
        # Where no day could be read it may have been one of the window
        if row["drug"] and (row["filled_on"] or wanted.end.isoformat()) >= wanted.start.isoformat():
            refused.setdefault(row["patient_id"], []).append(catalogue.labelled(row["drug"]))
    conditions = frozenset[str]().union(*classes.excluded_conditions.values())
    oldest = max(classes.min_age.values(), default=0)
    excluding = frozenset[str]().union(*classes.excluded_by.values())
    return Known(
        catalogue,
        away,
        refused,
        _named(care_file, ids, wanted, catalogue, refused),
        eligibility.born_since(care_file, _years_before(wanted.start, oldest)),
        eligibility.with_conditions(care_file, conditions, wanted.end),
        classes.threshold,
        any(label.class_key in excluding for label in catalogue.labels.values()),
    )


def _ended(care_file: CareFile, today: date) -> frozenset[int]:
    """Everybody whose care has ended, by a closing, a contact or a death."""
    maybe = endings.maybe_ended(care_file, planning.rules(care_file, today).protocols, today)
    return planning.ended(care_file, maybe, today) if maybe else frozenset()


def _figures(
    patient_id: int, history: list[Fill], wanted: Wanted, known: Known, died: date | None
) -> list[Found]:
    """A patient's figures, of those that were asked for."""
    first = wanted.start.toordinal()
    if wanted.lookback is not None:
        history = [fill for fill in history if fill.day >= first - wanted.lookback]
    several = coverage.groups(history, known.catalogue, by_class=wanted.by is not By.MEDICATION)
    away = known.away.get(patient_id, _NOBODY)
    refused = known.refused.get(patient_id)
    narrow = wanted.medication or wanted.drug_class
    may_be_out = known.out_by_class or patient_id in known.young or patient_id in known.ill
    found = []
    for group in several:
        if narrow and not _is_wanted(group, wanted, known):
            continue
        figure = _measured(group, wanted, known, away, wanted.start, wanted.end, died)
        if may_be_out and figure.value is not None:
            flags = _flags(patient_id, group, several, wanted, known)
            figure = figure._replace(flags=(*figure.flags, *flags)) if flags else figure
        before = None
        if group.supplies[0].day < first:  # the period of the same length before
            end = wanted.start - _DAY
            start = end - (wanted.end - wanted.start)
            before = _measured(group, wanted, known, away, start, end, None)
        count = sum(_holds(group, label) for label in refused) if refused else 0
        found.append(Found(patient_id, group, figure, before, count, away))
    return _together(patient_id, found, wanted) if wanted.by is By.ALL else found


def _measured(
    group: Group,
    wanted: Wanted,
    known: Known,
    away: Sequence[tuple[int, int]],
    start: date,
    end: date,
    died: date | None,
) -> Figure:
    return adherence.measure(
        group.supplies, start, end, wanted.method, away=away, until=died,
        threshold=known.threshold.get(group.class_key or ""), carry=wanted.carry,
        by_dose=wanted.by_dose,
    )  # fmt: skip


def _together(patient_id: int, found: list[Found], wanted: Wanted) -> list[Found]:
    """All classes at once: one figure of the classes that have a fill in the window."""
    since = wanted.start.toordinal()
    classes = [
        one
        for one in found
        if one.group.class_key is not None and one.group.supplies[-1].day >= since
    ]
    if not found:
        return []
    if classes:
        figure = adherence.together([one.figure for one in classes])
        flags = {flag: None for one in classes for flag in one.figure.flags}
        out = tuple(flag for flag in flags if flag.startswith(("excluded_", "under_")))
        figure = figure._replace(flags=(*figure.flags, *(() if figure.missing else out)))
    else:
        figure = adherence.measure((), wanted.start, wanted.end, wanted.method)
        figure = figure._replace(missing="no medicine of a class was filled in the window")
    names = " + ".join(sorted(one.group.title for one in classes)) or None
    drugs = frozenset[str]().union(*(one.group.drugs for one in classes))
    supplies = in_order(supply for one in classes for supply in one.group.supplies)
    group = Group(None, names, None, drugs, supplies, ALL_CLASSES)
    refused = sum(one.refused for one in found)
    return [Found(patient_id, group, figure, None, refused, found[0].away)]


def _is_wanted(group: Group, wanted: Wanted, known: Known) -> bool:
    if wanted.medication and not any(
        wanted.medication in fold(name) for name in (group.medication or "", *group.drugs)
    ):
        return False
    if not wanted.drug_class:
        return True
    label = known.catalogue.classes.labels.get(group.class_key or "", "")
    names = (group.drug_class or "", (group.class_key or "").replace("_", " "), label)
    return any(wanted.drug_class in fold(name) for name in names)


def _unfilled(patient_id: int, found: Sequence[Found], wanted: Wanted, known: Known) -> list[Found]:
    """Medicines on the list, or in rows that were refused, without a fill: that is said."""
    if wanted.by is By.ALL:
        return []
    lacking: dict[str, Found] = {}
    for label, why in known.named.get(patient_id, ()):
        by_class = wanted.by is By.CLASS and label.class_key is not None
        key = (by_class and label.class_key) or label.drug
        if key in lacking or any(_holds(one.group, label) for one in found):
            continue
        group = Group(
            None if by_class else label.name,
            label.drug_class,
            label.class_key,
            frozenset({label.drug}),
            [],
            ANY_OF_CLASS if by_class else ONE_DRUG,
        )
        if _is_wanted(group, wanted, known):
            figure = adherence.measure((), wanted.start, wanted.end, wanted.method)
            refused = sum(_holds(group, one) for one in known.refused.get(patient_id, ()))
            lacking[key] = Found(patient_id, group, figure._replace(missing=why), None, refused)
    return list(lacking.values())


def _named(
    care_file: CareFile,
    ids: Iterable[int] | None,
    wanted: Wanted,
    catalogue: Catalogue,
    refused: Mapping[int, Sequence[Label]],
) -> dict[int, list[tuple[Label, str]]]:
    """By patient the medicines that are known by name, and from where."""
    found: dict[int, list[tuple[Label, str]]] = {}
    for patient_id, row in medications.taken_by(care_file, ids, wanted.end):
        atc = row.atc or ""
        if wanted.mask:  # what was typed is free text; its ingredients are not
            label = catalogue.labelled(medicines.ingredients(row.name, atc) or row.id, "", atc)
        else:
            label = catalogue.labelled(row.name, row.drug_class or "", atc)
        why = f"on the medicines list ({row.id}), no fill on file"
        found.setdefault(patient_id, []).append((label, why))
    for patient_id, labels in refused.items():
        named = found.setdefault(patient_id, [])
        named += [(label, "no fill on file that counts") for label in labels]
    return found


def _holds(group: Group, label: Label) -> bool:
    """Is a medicine of this drug, or of the class of a figure by class?"""
    if group.figure == ANY_OF_CLASS:
        return label.class_key == group.class_key
    return label.drug in group.drugs


def _flags(
    patient_id: int, group: Group, several: Sequence[Group], wanted: Wanted, known: Known
) -> list[str]:
    """What keeps a patient out of the measure of a class, besides what the figure itself says."""
    key, classes = group.class_key or "", known.catalogue.classes
    flags: list[str] = []
    if key not in classes.labels:
        return flags
    born = known.young.get(patient_id)
    if born is not None and _age(born, wanted.start) < classes.min_age[key]:
        flags.append(f"under_{classes.min_age[key]}")
    if classes.excluded_by[key]:
        since = wanted.start.toordinal()
        filled = {one.class_key for one in several if one.supplies[-1].day >= since}
        flags += [f"excluded_{code}" for code in sorted(classes.excluded_by[key]) if code in filled]
    if patient_id in known.ill:
        out = classes.excluded_conditions[key] & known.ill[patient_id]
        flags += [f"excluded_{code}" for code in sorted(out)]
    return flags


def _is_below(figure: Figure, below: float | None) -> bool:
    return below is None or (figure.value is not None and figure.value < below)


def _years_before(day: date, years: int) -> date:
    """The day so many years before; who was born later is younger than that."""
    return date(day.year - years, day.month, min(day.day, 28) if day.month == 2 else day.day)


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
