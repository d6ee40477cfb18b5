"""Which stays belong together, and what counts as a visit: the stays of one patient as episodes.

Stays at most one day apart are one episode: a transfer, an observation that turned into an
admission, an emergency visit that ended in a bed (BCBSND-PCR: a transfer is at most one calendar
day apart; two days apart are two stays).
"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from caretool.model import PatientClass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.model import StayFact

# A visit to these places is not a stay: it neither holds nor supersedes anything.
NOT_STAYS = frozenset({PatientClass.EMERGENCY.value, PatientClass.AMBULATORY.value})
ONE_DAY = timedelta(days=1)


class Episode(NamedTuple):
    """Stays without a gap between them; `discharged_on` is None while the last of them goes on."""

    admitted_on: date
    discharged_on: date | None
    stays: tuple[StayFact, ...]


def begins(stay: StayFact) -> date:
    """The first day of a stay; its last where nothing else is known."""
    return stay.admitted_on or stay.discharged_on or stay.arrived_on


def discharge_order(stay: StayFact) -> tuple[date, time, int]:
    """Sort key, latest discharge last; of two that cannot be told apart the one on file first."""
    return (stay.discharged_on or date.min, stay.discharged_at or time.min, -stay.stay_id)


def episodes(stays: Iterable[StayFact]) -> list[Episode]:
    """The stays of a patient, visits left out, as episodes, the earliest first."""
    found: list[Episode] = []
    last = date.min
    for stay in sorted(
        (one for one in stays if one.patient_class not in NOT_STAYS),
        key=lambda one: (begins(one), discharge_order(one)),
    ):
        ends = stay.discharged_on
        if found and begins(stay) <= last + ONE_DAY:
            before = found[-1]
            out = ends and max(ends, *(one.discharged_on or ends for one in before.stays))
            found[-1] = Episode(before.admitted_on, out, (*before.stays, stay))
        else:
            found.append(Episode(begins(stay), ends, (stay,)))
        last = max(last, ends or begins(stay))
    return found


def leads_to_a_stay(visit: StayFact, stays: Iterable[StayFact], until: date) -> bool:
    """Does a stay begin between the emergency visit and that day, both included?"""
    came = begins(visit)
    return any(
        came <= begins(stay) <= until for stay in stays if stay.patient_class not in NOT_STAYS
    )
