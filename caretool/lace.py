"""The LACE score of a stay in hospital: length of stay, acute, comorbidities, emergency visits.

Points and comorbidities are in `rules/lace.toml`. What is not known is never taken for 0: then
there is no score, and it is said what is missing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from caretool import dates
from caretool.episodes import ONE_DAY, begins, discharge_order, episodes
from caretool.model import PatientClass
from caretool.names import fold
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from caretool.model import StayFact

_ICD10 = re.compile(r"[A-Z][0-9][0-9AB][0-9A-Z]{0,4}")
_V = TypeVar("_V")
Steps = tuple[tuple[int, int], ...]
"""From so many on, so many points."""


class Comorbidity(NamedTuple):
    """One of the diseases that count, and what on file tells of it."""

    code: str
    label: str
    points: int
    conditions: frozenset[str]
    icd10: tuple[str, ...]
    instead_of: str | None


class LaceRules(NamedTuple):
    """What `rules/lace.toml` says."""

    method: str
    classes: frozenset[str]
    length: Steps
    acute: int
    comorbidity: Steps
    months: int
    ed_visits: Steps
    bands: tuple[tuple[int, str], ...]
    comorbidities: Mapping[str, Comorbidity]


class HospitalStay(NamedTuple):
    """A stay in hospital from the first admission to the last discharge, transfers included."""

    stays: tuple[StayFact, ...]
    """In the order of their discharges; the score is kept for the last one."""
    admitted_on: date | None
    """None when the file does not say."""
    discharged_on: date | None
    """None while the patient is still in."""

    @property
    def stay_id(self) -> int:
        """The stay that the score is kept for."""
        return self.stays[-1].stay_id


class Known(NamedTuple):
    """What is known for a score; None is what nobody knows."""

    admitted_on: date | None
    discharged_on: date
    acute: bool | None
    comorbidities: frozenset[str] | None
    ed_visits: int | None


class Score(NamedTuple):
    """A LACE score with its parts: what was counted, and the points for it."""

    nights: int
    length: int
    acute: int
    weight: int
    """The sum of the comorbidities' own points."""
    counted: tuple[str, ...]
    """The comorbidities in that sum, by code."""
    comorbidity: int
    ed_visits: int
    emergency: int

    @property
    def total(self) -> int:
        """0 to 19."""
        return self.length + self.acute + self.comorbidity + self.emergency

    @property
    def band(self) -> str:
        """low, moderate or high."""
        return _last_that_fits(load_lace().bands, self.total)


@cache
def load_lace() -> LaceRules:
    """The points, bands and comorbidities in force."""
    raw = read_rules("lace.toml")
    return LaceRules(
        method=raw["length"]["method"],
        classes=frozenset(raw["length"]["classes"]),
        length=_steps(raw["length"]),
        acute=raw["acute"]["points"],
        comorbidity=_steps(raw["comorbidities"]),
        months=raw["ed_visits"]["months"],
        ed_visits=_steps(raw["ed_visits"]),
        bands=tuple((band["from"], band["name"]) for band in raw["band"]),
        comorbidities={
            one["code"]: Comorbidity(
                one["code"],
                one["label"],
                one["points"],
                frozenset(one["conditions"]),
                tuple(one["icd10"]),
                one.get("instead_of"),
            )
            for one in raw["comorbidity"]
        },
    )


def _steps(table: Mapping[str, Any]) -> Steps:
    return tuple((least, points) for least, points in table["steps"])


def _last_that_fits(steps: Sequence[tuple[int, _V]], number: int) -> _V:
    """What the highest of these steps gives that the number reaches; the first begins at 0."""
    return [given for least, given in steps if number >= least][-1]


# the stay


def hospital_stays(stays: Iterable[StayFact]) -> list[HospitalStay]:
    """A patient's stays in hospital, the earliest first; those in other places are left out."""
    classes = load_lace().classes
    found = []
    for episode in episodes(one for one in stays if one.patient_class in classes):
        parts = sorted(episode.stays, key=discharge_order)
        admitted_on = _admitted_on(parts)
        ended_on = episode.discharged_on
        if admitted_on is not None and ended_on is not None and admitted_on > ended_on:
            admitted_on = None  # one of the two is wrong, so nobody knows
        found.append(HospitalStay(tuple(parts), admitted_on, ended_on))
    return found


def _admitted_on(parts: Iterable[StayFact]) -> date | None:
    """The first admission; None when that of a part that may have begun before it is not known."""
    first = min(parts, key=lambda one: (begins(one), one.admitted_on is not None))
    return first.admitted_on


def ed_visits_before(
    stays: Iterable[StayFact], admitted_on: date, went_home: Collection[str | None]
) -> int:
    """How many emergency visits lie in the six months before the admission, by their first day?

    Not counted is the one that led to it: the last one that went on to the day of the admission,
    or to the day before unless its disposition is one of `went_home`.
    """
    earliest = dates.add_months(admitted_on, -load_lace().months)
    visits = [
        one
        for one in stays
        if one.patient_class == PatientClass.EMERGENCY and earliest <= begins(one) <= admitted_on
    ]
    led = [one for one in visits if _leads_to(one, admitted_on, went_home)]
    return len(visits) - min(len(led), 1)


def _leads_to(visit: StayFact, admitted_on: date, went_home: Collection[str | None]) -> bool:
    ended_on = visit.discharged_on or begins(visit)
    if ended_on >= admitted_on:
        return True
    return ended_on == admitted_on - ONE_DAY and visit.disposition not in went_home


# comorbidities


def comorbidities_of(code: str) -> frozenset[str]:
    """Which comorbidity does a code mean: one of lace.toml itself, ICD-10, or a condition of ours?

    Empty when it is none of those that count.
    """
    known = load_lace().comorbidities
    if (named := _names().get(fold(code))) is not None:
        return frozenset({named})
    bare = code.strip().upper().replace(".", "")
    if _ICD10.fullmatch(bare):
        fits = [
            (len(prefix), one.code)
            for one in known.values()
            for prefix in one.icd10
            if bare.startswith(prefix)
        ]
        return frozenset({max(fits)[1]} if fits else ())
    return frozenset(one.code for one in known.values() if code in one.conditions)


@cache
def _names() -> dict[str, str]:
    """The folded codes and labels of the comorbidities."""
    return {
        fold(name): one.code
        for one in load_lace().comorbidities.values()
        for name in (one.code, one.label)
    }


def on_file(conditions: Iterable[str]) -> frozenset[str]:
    """The comorbidities that these conditions on file tell of."""
    return frozenset().union(*map(comorbidities_of, conditions))


# the score


def missing(known: Known) -> list[str]:
    """What is not known, in words; nothing when there is a score."""
    said = []
    if known.admitted_on is None:
        said.append("admission date unknown")
    if known.acute is None:
        said.append("acute or elective not given")
    if known.comorbidities is None:
        said.append("comorbidities not given")
    return said


def score(known: Known) -> Score | None:
    """The score of what is known; None when something is missing (`missing` says what)."""
    if (
        known.admitted_on is None
        or known.acute is None
        or known.comorbidities is None
        or known.ed_visits is None
    ):
        return None
    rules = load_lace()
    nights = (known.discharged_on - known.admitted_on).days
    counted = _counted(known.comorbidities)
    weight = sum(rules.comorbidities[code].points for code in counted)
    return Score(
        nights=nights,
        length=_last_that_fits(rules.length, nights),
        acute=rules.acute if known.acute else 0,
        weight=weight,
        counted=counted,
        comorbidity=_last_that_fits(rules.comorbidity, weight),
        ed_visits=known.ed_visits,
        emergency=_last_that_fits(rules.ed_visits, known.ed_visits),
    )


def _counted(codes: frozenset[str]) -> tuple[str, ...]:
    """The comorbidities that count, in the order of the file; of two stages only the heavier."""
    known = load_lace().comorbidities
    replaced = {known[code].instead_of for code in codes}
    return tuple(code for code in known if code in codes and code not in replaced)
