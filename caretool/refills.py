"""Until when does a patient have each medicine, and is it taken? What the schedule asks of fills.

Acted on is a drug that is on the medicines list, or of a class that the rules know and so taken for
good, unless it was stopped on the list since its last fill. In a class of which people take one
drug at a time, a drug is replaced when another one was filled for the first time after its last
fill. Everything else, such as an antibiotic, runs out and that is that.

Days are ordinals, spans half-open, as in `supply`; `runs_out` is the figure of `adherence` for the
drug alone: all its fills one after the other, days in hospital taken out.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from caretool import away, dates
from caretool.adherence import limits, measure, percent_of
from caretool.supply import Calendar, lay_out, new_supply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from caretool.adherence import Figure
    from caretool.model import StayFact
    from caretool.protocols import Protocol
    from caretool.supply import Supply
    from caretool.supply_facts import ListedFact, Medicine, ReportFact, SupplyFact

    Away = Sequence[tuple[int, int]]
    Fills = Sequence[SupplyFact]


class Refill(NamedTuple):
    """A day on which a drug was filled again, and the days without supply before it."""

    day: int
    late: int
    """Days in hospital do not count."""


class Supplied(NamedTuple):
    """One drug that is acted on: until when there is supply, and how late it was refilled."""

    fill: SupplyFact
    """The last one."""
    left: int
    """Days of supply that were still there on the day of that fill."""
    runs_out: int
    """The last day with supply."""
    late: tuple[Refill, ...]
    """The refills in a row, up to the last one, before which there was no supply."""

    @property
    def medicine(self) -> Medicine:
        """The drug, as its last fill calls it."""
        return self.fill.medicine

    @property
    def words(self) -> str:
        """What `runs_out` rests on."""
        fill = self.fill
        text = f"{fill.medicine.name}: {_days(fill.days)} on {dates.show(_date(fill.day))}"
        if self.left:
            text += f", {self.left} left from before"
        away = self.runs_out + 1 - fill.day - self.left - fill.days
        return f"{text}, {_days(away)} in hospital not counted" if away else text


class Reason(NamedTuple):
    """Why adherence should be looked into."""

    since: date
    last: date
    """The day of the latest fact of it."""
    words: str
    rests_on: str
    """The facts behind it, in words."""
    passes: bool
    """Is it over with a review, or does it go on being so, as a low share of days does?"""
    typed: str = ""
    """What she typed of the medicine, which a mask leaves out."""


class Supplies:
    """The fills of one patient up to a day, asked what there is to do about them."""

    def __init__(self, fills: Fills, listed: Sequence[ListedFact], away: Away) -> None:
        self.fills = sorted(fills, key=_order)
        self.listed = listed
        self.away = away
        self.by_drug: dict[str, list[SupplyFact]] = {}
        for fill in self.fills:
            self.by_drug.setdefault(fill.medicine.drug, []).append(fill)
        self.taken = [drug for drug, own in self.by_drug.items() if self._is_taken(drug, own)]
        """The drugs that are for good and not stopped, also those that were replaced."""

    @cached_property
    def drugs(self) -> list[Supplied]:
        """The drugs that are acted on, by name."""
        calendar = Calendar(self.away) if self.away else None
        found = [
            _supplied(self.by_drug[drug], calendar)
            for drug in self.taken
            if self.replaced_by(drug) is None
        ]
        return sorted(found, key=lambda one: (one.medicine.name, one.medicine.drug))

    def replaced_by(self, drug: str) -> Medicine | None:
        """What was taken up in place of a drug, of those of which people take one at a time."""
        last = self.by_drug[drug][-1]
        if not last.medicine.one_at_a_time:
            return None
        others = (
            fills[-1].medicine
            for other, fills in self.by_drug.items()
            if other != drug
            and fills[-1].medicine.group == last.medicine.group
            and fills[0].day > last.day
        )
        return next(others, None)

    def stopped_on(self, drug: str) -> date | None:
        """When a drug was stopped on the medicines list, if it was not filled or listed since."""
        lines = [one.stopped_on for one in self.listed if one.drug == drug]
        stops = [day for day in lines if day is not None]
        if len(stops) < len(lines) or not stops:
            return None
        return max(stops) if max(stops).toordinal() >= self.by_drug[drug][-1].day else None

    def _is_taken(self, drug: str, fills: Fills) -> bool:
        if any(one.drug == drug and one.stopped_on is None for one in self.listed):
            return True
        return fills[-1].medicine.chronic and self.stopped_on(drug) is None

    @cached_property
    def groups(self) -> dict[str, list[SupplyFact]]:
        """The fills of each class of which a drug is taken; of a drug without class by itself."""
        groups = {self.by_drug[drug][-1].medicine.group for drug in self.taken}
        found: dict[str, list[SupplyFact]] = {}
        for fill in self.fills:
            if fill.medicine.group in groups:
                found.setdefault(fill.medicine.group, []).append(fill)
        return found

    def late(self, one: Supplied, protocol: Protocol) -> list[Refill]:
        """The refills in a row that came too late, up to the last one."""
        span = protocol.late
        found: list[Refill] = []
        for refill in reversed(one.late):
            if span is None or refill.late < span.count:
                break
            found.append(refill)
        return found[::-1]

    def below(self, fills: Fills, day: date) -> Figure | None:
        """The proportion of days covered up to that day, of a class of which it is too low."""
        limit = limits()
        last = day.toordinal()
        first = last - limit.window_days + 1
        inside = [
            new_supply((fill.day, fill.days, fill.medicine.waits_for, 0))
            for fill in fills
            if first <= fill.day <= last
        ]
        share = fills[-1].medicine.threshold or limit.threshold
        if not inside or inside[0].day > last - limit.min_period + 1:
            return None
        if not self.away and _surely(inside, last) * share.denominator >= share.numerator * (
            last + 1 - inside[0].day
        ):
            return None
        figure = measure(inside, _date(first), day, away=self.away, threshold=share)
        if figure.adherent is not False or "one_fill_date" in figure.flags:
            return None
        return figure

    def reasons(
        self, protocol: Protocol, reports: Sequence[ReportFact], today: date
    ) -> list[Reason]:
        """Why adherence should be looked into, the earliest first."""
        found = [*self._low(today), *self._late(protocol, today), *_reported(protocol, reports)]
        return sorted(found, key=lambda one: (one.since, one.words))

    def _low(self, today: date) -> Iterable[Reason]:
        month = today.replace(day=1)
        for fills in self.groups.values():
            figure = self.below(fills, month)
            if figure is None:
                continue
            # What no list had told of nobody could have acted on
            heard = min(fill.heard_on for fill in fills)
            since = _unbroken(partial(self.below, fills), month, _known(heard, today))
            name = fills[-1].medicine.group_name
            percent = 100 * int(figure.days_covered or 0) // figure.days
            first, _ = figure.period or (month, month)
            yield Reason(
                since,
                month,
                f"PDC {percent} % of {name} on {dates.show_short(month, today)}",
                f"{name}: supply on {figure.days_covered} of {figure.days} days from"
                f" {dates.show(first)} to {dates.show(month)}, {figure.fills} fills",
                passes=False,
            )

    def _late(self, protocol: Protocol, today: date) -> Iterable[Reason]:
        for drug in self.drugs:
            late = self.late(drug, protocol)
            if protocol.late_refills and len(late) >= protocol.late_refills:
                name, second = drug.medicine.name, late[protocol.late_refills - 1]
                own = self.by_drug[drug.medicine.drug]
                heard = next(fill.heard_on for fill in own if fill.day == second.day)
                said = (f"{_days(one.late)} on {dates.show(_date(one.day))}" for one in late)
                yield Reason(
                    max(_date(second.day), _known(heard, today)),
                    _date(late[-1].day),
                    f"{len(late)} late refills of {name}",
                    f"{name}: refilled too late by {', by '.join(said)}",
                    passes=True,
                )

    def may_act(self, reviews: Sequence[Protocol], today: date, last_end: date) -> bool:
        """May there be something to do: a supply that ends by a day, a reason for a review?"""
        if any(one.runs_out <= last_end.toordinal() for one in self.drugs):
            return True
        month = today.replace(day=1)
        return any(
            any(self._late(protocol, today))
            or any(self.below(fills, month) for fills in self.groups.values())
            for protocol in reviews
        )


def days_away(stays: Iterable[StayFact], until: date) -> list[tuple[int, int]]:
    """The days in a facility up to a day, of stays as they are seen on it.

    A stay of unknown admission is left out.
    """
    kinds = away.kinds()
    return [
        away.span(stay.admitted_on, stay.discharged_on, until)
        for stay in stays
        if stay.admitted_on is not None and stay.patient_class in kinds
    ]


def _order(fill: SupplyFact) -> tuple[int, str, int, str, str]:
    """The order of rows in a file never matters."""
    medicine = fill.medicine
    return fill.day, medicine.name, fill.days, medicine.group, medicine.group_name


def _supplied(fills: Fills, calendar: Calendar | None) -> Supplied:
    """Lay the fills of one drug out, one after the other."""
    waits_for = (fills[0].medicine.drug,)
    days = [fill.day for fill in fills]
    if calendar is not None:
        days = [calendar.home(day) for day in days]
    uses = lay_out(
        [new_supply((day, fill.days, waits_for, 0)) for day, fill in zip(days, fills, strict=True)]
    )
    late: list[Refill] = []
    for number in range(len(fills) - 1, 0, -1):
        if fills[number].day == fills[number - 1].day:
            continue  # several fills of one day are one refill
        without = int(uses[number].first - uses[number - 1].stop)
        if not without:
            break
        late.append(Refill(fills[number].day, without))
    stop = uses[-1].stop
    if calendar is not None:
        stop = calendar.real([(stop - 1, stop)])[0][1]
    return Supplied(fills[-1], int(uses[-1].left), int(stop) - 1, tuple(reversed(late)))


def _surely(inside: Sequence[Supply], last: int) -> int:
    """At least so many days up to `last` are covered, whatever waits for what.

    What waits only covers days later that were covered anyway.
    """
    covered, free = 0, 0
    for day, days, *_ in inside:
        stop = min(day + days, last + 1)
        if stop > free:
            covered += stop - max(day, free)
            free = stop
    return covered


def _known(heard: date, today: date) -> date:
    """Since when it could be known; on a day before a list came, as if it had come at once."""
    return heard if heard <= today else date.min


def _unbroken(is_so: Callable[[date], object], month: date, known: date) -> date:
    """Since which first day of a month has it been so without a break, as far as was known?"""
    begin = month
    while begin > known:
        before = dates.add_months(begin, -1)
        if is_so(before) is None:
            break
        begin = before
    return max(begin, known)


def _reported(protocol: Protocol, reports: Sequence[ReportFact]) -> Iterable[Reason]:
    """What patients said in a row of one medicine; what they said of medicines at large counts too.

    A row that is part of that of a medicine is not told by itself.
    """
    if not protocol.low_reports:
        return
    share = limits().low_report
    rows = [
        row
        for drug in sorted({one.drug for one in reports}, key=lambda drug: (not drug, drug))
        if len(row := _low_in_row(reports, drug)) >= protocol.low_reports
    ]
    for number, row in enumerate(rows):
        if any(set(row) <= set(other) for other in rows[:number]):
            continue
        low = [reports[one] for one in row]
        said = (f"{one.missed} of {one.days} days on {dates.show(one.on)}" for one in low)
        yield Reason(
            low[protocol.low_reports - 1].on,
            low[-1].on,
            f"{len(low)} self-reports under {percent_of(share)} %",
            f"missed {', '.join(said)}",
            passes=True,
            typed=next((one.medicine for one in reversed(low) if one.medicine), ""),
        )


def _low_in_row(reports: Sequence[ReportFact], drug: str) -> list[int]:
    """The places of the last reports of a drug, or of medicines at large, that were too low."""
    share = limits().low_report
    low: list[int] = []
    for place, one in enumerate(reports):
        if one.drug in {drug, ""}:
            taken = one.days - one.missed
            is_low = taken * share.denominator < share.numerator * one.days
            low = [*low, place] if is_low else []
    return low


def _date(ordinal: int) -> date:
    return date.fromordinal(ordinal)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
