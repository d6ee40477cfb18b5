"""The words for what the schedule knows of medicines: fills, the patient's list, their own word."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction


class Medicine(NamedTuple):
    """What fills are of, as far as the schedule acts on it; kept once for all fills of it."""

    name: str
    """As a file calls it."""
    drug: str
    """The same for every strength and brand of one drug (`drug_names.Drug.key`)."""
    group: str
    """The same for every drug of its class; the drug itself where it is of no class."""
    group_name: str
    """The class, or the medicine, as people call it."""
    waits_for: tuple[str, ...]
    """The ingredients that must be used up first."""
    chronic: bool = False
    """Is it of a class that the rules know, and so taken for good?"""
    one_at_a_time: bool = False
    """Of such a class, do people take one drug only?"""
    threshold: Fraction | None = None
    """Adherent from this share of days on; None for the usual one."""


class SupplyFact(NamedTuple):
    """One fill: medicine for `days` days from `day` on, an ordinal; both ends counted."""

    day: int
    days: int
    medicine: Medicine
    heard_on: date
    """When the first list that told of it was imported."""


class ListedFact(NamedTuple):
    """A line of the patient's medicines list, noted on a day; `stopped_on` is None while taken."""

    on: date
    drug: str
    """As in `Medicine`."""
    stopped_on: date | None = None

    def seen(self, today: date) -> ListedFact:
        """The line as it is known on that day: a stop that is dated later is not seen."""
        later = self.stopped_on is not None and self.stopped_on > today
        return self._replace(stopped_on=None) if later else self


class ReportFact(NamedTuple):
    """On how many of so many days a dose was missed, as the patient said it."""

    on: date
    missed: int
    days: int
    medicine: str = ""
    """As it was typed; empty where it was about medicines at large."""
    drug: str = ""
    """As in `Medicine`."""


def filled(fills: tuple[SupplyFact, ...], today: date) -> tuple[SupplyFact, ...]:
    """The fills, oldest first, up to that day."""
    last = today.toordinal()
    if not fills or fills[-1].day <= last:
        return fills  # nearly always, and there may be many
    return tuple(fill for fill in fills if fill.day <= last)
