"""Where does a patient stand on a day? Status, tier and what raised it, in a facility, on hold.

Nothing of it is stored: it is worked out from dated facts, of which only those dated up to the day
may be given (`schedule` cuts them). What closes a patient by itself is a death; everything else
that closes is an act, and so is reopening.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from caretool.episodes import NOT_STAYS, begins, discharge_order, episodes
from caretool.model import Decision, PatientClass, Status, Tier
from caretool.workdays import count_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from caretool.model import ContactFact, DecisionFact, PatientFacts
    from caretool.protocols import Protocols, Raise
    from caretool.workdays import Calendar

_DAY = timedelta(days=1)
_GOES_HOME = frozenset({"yes", "review", "unknown"})


class Raised(NamedTuple):
    """The high tier by itself, from the first to the last of these days, and why."""

    first: date
    last: date
    words: str
    hospital: bool


class Standing(NamedTuple):
    """Where a patient stands on a day, derived from dated facts."""

    status: Status
    since: date | None = None
    reason: str | None = None
    fact_id: str = ""
    tier: str = ""
    held_since: date | None = None
    """Since when the patient is in a facility; None when at home."""
    held_by: str = ""
    own_tier: str = ""
    """The tier that was set, before anything raised it."""
    raises: tuple[Raised, ...] = ()
    """What has raised the tier or will, of facts up to this day."""
    raised_by: str = ""
    """Why the tier is higher today than the one that was set; empty when it is not."""
    hold: DecisionFact | None = None
    """The hold in force today."""

    @property
    def is_held(self) -> bool:
        """Is follow-up paused: in a facility, on hold until a day, or on hold for now?"""
        return self.held_since is not None or self.hold is not None or self.status == Status.ON_HOLD

    @property
    def is_followed(self) -> bool:
        """Is this patient under care management, and so should have a next date?"""
        return self.status == Status.ACTIVE

    def high_risk(self, since: date, today: date) -> str:
        """What makes the risk high, in words; empty when nothing does.

        High tier by hand, or use of hospital that reaches into the time since the trigger.
        """
        for one in self.raises:
            if one.hospital and one.first <= today and one.last >= since:
                return one.words
        return "high tier" if self.own_tier == Tier.HIGH else ""

    @property
    def words(self) -> str:
        """The status as people read it."""
        text = self.status.value.replace("_", " ")
        if self.reason:
            text += f" ({self.reason.replace('_', ' ')})"
        if self.held_since and self.status != Status.CLOSED:
            text += ", in a facility"
        return text


def standing(
    facts: PatientFacts, protocols: Protocols, calendar: Calendar, today: date
) -> Standing:
    """Where this patient stands on `today`; the facts are already cut at that day."""
    tier = facts.tiers[-1].tier.value if facts.tiers else protocols.default_tier
    ending = [one for one in facts.contacts if one.outcome in protocols.ending]
    stand = _status(facts, ending, protocols, tier)
    if stand.status == Status.CLOSED:
        return stand
    if facts.stays or facts.scores:
        stand = _with_raises(stand, facts, protocols, calendar, today)
    if facts.decisions:
        stand = stand._replace(hold=hold_on(facts.decisions, today))
    held = _held(facts, protocols) if facts.stays or ending else None
    if held is None:
        return stand
    return stand._replace(held_since=held[0], held_by=held[1])


def _status(
    facts: PatientFacts, ending: list[ContactFact], protocols: Protocols, tier: str
) -> Standing:
    if facts.stays or ending:
        death = _death(facts, protocols)
        if death is not None:
            on, fact_id = death
            return Standing(Status.CLOSED, on, "deceased", fact_id, tier, own_tier=tier)
    if facts.statuses:
        last = facts.statuses[-1]
        stand = Standing(last.status, last.on, last.reason, "", tier, None, "", tier)
        settled = (last.on, last.entered)
    else:
        stand = Standing(Status.ROSTER, tier=tier, own_tier=tier)
        settled = (date.min, 0)
    for contact in ending:
        closes = protocols.outcomes[contact.outcome].closes
        if closes and (contact.on, contact.entered) >= settled:
            fact_id = f"C{contact.contact_id}"
            stand = Standing(Status.CLOSED, contact.on, closes, fact_id, tier, own_tier=tier)
    return stand


def _death(facts: PatientFacts, protocols: Protocols) -> tuple[date, str] | None:
    """The first fact that says this patient has died, other than a closing by hand."""
    deaths = [
        (stay.discharged_on, f"D{stay.stay_id}")
        for stay in facts.stays
        if stay.discharged_on and protocols.disposition_meaning(stay.disposition) == "never"
    ]
    deaths += [(stay.died_on, f"D{stay.stay_id}") for stay in facts.stays if stay.died_on]
    deaths += [
        (contact.on, f"C{contact.contact_id}")
        for contact in facts.contacts
        if protocols.outcomes[contact.outcome].closes == "deceased"
    ]
    return min(deaths, default=None)


def hold_on(decisions: Iterable[DecisionFact], day: date) -> DecisionFact | None:
    """The hold that is in force on a day: the last one, unless it is over or was lifted."""
    hold = None
    for one in decisions:
        if one.on <= day and one.decision in {Decision.HOLD, Decision.LIFT}:
            hold = one if one.decision == Decision.HOLD else None
    return hold if hold is not None and hold.to is not None and day < hold.to else None


def _held(facts: PatientFacts, protocols: Protocols) -> tuple[date, str] | None:
    """Since when the patient is in a facility, and which fact says so; None when at home.

    Facts are walked in date order; on one day a discharge home comes before a discharge to a
    facility, that before an admission, that before what a contact says. A two-way contact on a
    later day and not in a facility ends the hold, as does being made active again.
    """
    events: list[tuple[date, int, str]] = []
    for stay in facts.stays:
        if stay.discharged_on is None:
            if stay.admitted_on is not None and stay.patient_class not in NOT_STAYS:
                events.append((stay.admitted_on, 2, f"D{stay.stay_id}"))
            continue
        meaning = protocols.disposition_meaning(stay.disposition)
        if meaning == "hold":
            events.append((stay.discharged_on, 1, f"D{stay.stay_id}"))
        elif meaning != "ignore":
            events.append((stay.discharged_on, 0, ""))
    for contact in facts.contacts:
        if protocols.outcomes[contact.outcome].facility:
            events.append((contact.on, 3, f"C{contact.contact_id}"))
        elif events and protocols.counts(contact) and contact.channel != "facility":
            events.append((contact.on, -1, ""))
    if not events:
        return None
    # The first status takes somebody into care management; a later one makes them active again
    events += [(fact.on, -1, "") for fact in facts.statuses[1:] if fact.status == Status.ACTIVE]
    held: tuple[date, str] | None = None
    for on, _, fact_id in sorted(events):
        if not fact_id:
            held = None
        elif held is None:
            held = (on, fact_id)
    return held


# What raises the tier


def _with_raises(
    stand: Standing, facts: PatientFacts, protocols: Protocols, calendar: Calendar, today: date
) -> Standing:
    if facts.tiers and facts.tiers[-1].why:
        return stand  # set by hand with a reason: that wins
    raises = tuple(
        Raised(first, last, words, rule.hospital)
        for rule in protocols.raises
        for first, last, words in _RAISES[rule.by](facts, protocols, calendar, rule)
    )
    stand = stand._replace(raises=raises)
    now = [one for one in raises if one.first <= today <= one.last]
    if not now or stand.own_tier == Tier.HIGH:
        return stand
    # What says most of the patient comes first: the discharge is on the list anyway
    why = max(now, key=lambda one: (one.hospital, one.first))
    return stand._replace(tier=Tier.HIGH.value, raised_by=why.words)


Interval = tuple[date, date, str]


def _last_day(first: date, rule: Raise, calendar: Calendar) -> date:
    """The last day of so long from `first` on, that day included."""
    return count_from(first, rule.after, calendar) - _DAY


def _by_transition(
    facts: PatientFacts, protocols: Protocols, calendar: Calendar, rule: Raise
) -> Iterator[Interval]:
    for stay in sorted(facts.stays, key=discharge_order):
        if stay.discharged_on is None or stay.patient_class in NOT_STAYS:
            continue
        if protocols.disposition_meaning(stay.disposition) in _GOES_HOME:
            yield stay.discharged_on, _last_day(stay.discharged_on, rule, calendar), rule.words


def _by_lace(
    facts: PatientFacts, _protocols: Protocols, calendar: Calendar, rule: Raise
) -> Iterator[Interval]:
    known = {stay.stay_id for stay in facts.stays}  # a discharge that was taken back is none
    latest = {score.stay_id: score for score in facts.scores if score.stay_id in known}
    for one in latest.values():
        if one.total >= rule.at_least:
            yield one.on, _last_day(one.on, rule, calendar), f"{rule.words} {one.total}"


def _by_admissions(
    facts: PatientFacts, _protocols: Protocols, calendar: Calendar, rule: Raise
) -> Iterator[Interval]:
    admissions = [one.admitted_on for one in episodes(facts.stays)]
    yield from _crowded(admissions, calendar, rule)


def _by_ed_visits(
    facts: PatientFacts, _protocols: Protocols, calendar: Calendar, rule: Raise
) -> Iterator[Interval]:
    visits = [begins(one) for one in facts.stays if one.patient_class == PatientClass.EMERGENCY]
    yield from _crowded(sorted(visits), calendar, rule)


def _crowded(days: list[date], calendar: Calendar, rule: Raise) -> Iterator[Interval]:
    """From the day on which so many fall within that time, until the first of them is too old."""
    number = max(rule.at_least, 1)
    for oldest, newest in zip(days, days[number - 1 :], strict=False):
        last = _last_day(oldest, rule, calendar)
        if newest <= last:
            yield newest, last, f"{number} {rule.words}"


_RAISES = {
    "transition": _by_transition,
    "lace": _by_lace,
    "admissions": _by_admissions,
    "ed_visits": _by_ed_visits,
}
