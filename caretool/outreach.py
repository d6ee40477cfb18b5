"""How the trying goes: which attempts count, when a letter is due, what to try next.

An attempt is an outbound contact that failed. The ladder (`[ladder]` in `rules/outcomes.toml`)
starts anew with whatever the patient says or sends: a two-way contact, or anything inbound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caretool.workdays import count_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, time

    from caretool.model import ContactFact
    from caretool.protocols import Attempts, Ladder, Protocols
    from caretool.workdays import Calendar

_MINUTES = 60
# One part of the day has been tried, so another is worth a try; the second try may be elsewhere
_FIRST_TRIES = 2


class Climb(NamedTuple):
    """How far the ladder has been climbed since the patient was last heard of."""

    attempts: int
    spent_by: ContactFact | None
    """The attempt with which trying has been enough."""


def failed(contacts: Iterable[ContactFact], protocols: Protocols) -> list[ContactFact]:
    """The attempts among these contacts: outbound ones that reached nobody."""
    return [
        contact
        for contact in contacts
        if protocols.outcomes[contact.outcome].attempt and not contact.inbound
    ]


def timely(attempts: Sequence[ContactFact], limit: date, rules: Attempts) -> int:
    """How many of these attempts are separate and within the limit (CAREJOURNEY, PPMC, UTH)?

    Two within `minutes_apart` by the same channel count once; without times, one a day and channel.
    """
    counted: list[ContactFact] = []
    for one in attempts:
        fits = one.on <= limit and one.party in {"patient", "caregiver"}
        if fits and all(_separate(one, other, rules.minutes_apart) for other in counted):
            counted.append(one)
    return len(counted)


def _separate(one: ContactFact, other: ContactFact, minutes: int) -> bool:
    if one.on != other.on or one.channel != other.channel:
        return True
    if one.at is None or other.at is None:
        return False
    return abs(_minute(one.at) - _minute(other.at)) >= minutes


def _minute(at: time) -> int:
    return at.hour * _MINUTES + at.minute


def part_of_day(at: time | None, ladder: Ladder) -> str | None:
    """Morning, afternoon or evening; None when nobody noted the time."""
    if at is None:
        return None
    if at.hour < ladder.morning_until:
        return "morning"
    return "afternoon" if at.hour < ladder.afternoon_until else "evening"


def climb(
    contacts: Sequence[ContactFact], protocols: Protocols, calendar: Calendar, since: date
) -> Climb:
    """How far has the ladder been climbed by these contacts, which are sorted by date?

    Attempts before or on `since` are left out: the day on which she decided to go on trying.
    """
    ladder = protocols.ladder
    heard = 0
    for number, contact in enumerate(contacts, 1):
        if contact.inbound or protocols.counts(contact) or contact.on <= since:
            heard = number
    tries = failed(contacts[heard:], protocols)
    return Climb(len(tries), _spent_by(tries, ladder, calendar))


def _spent_by(tries: list[ContactFact], ladder: Ladder, calendar: Calendar) -> ContactFact | None:
    if not _is_enough(tries, ladder):
        return None
    first = 0
    for number, last in enumerate(tries, 1):
        while count_from(tries[first].on, ladder.within, calendar) < last.on:
            first += 1
        if _is_enough(tries[first:number], ladder):
            return last
    return None


def _is_enough(tries: list[ContactFact], ladder: Ladder) -> bool:
    """Attempts on so many days, in so many parts of the day, by so many channels?"""
    if len(tries) < ladder.attempts:
        return False
    days = {one.on for one in tries}
    parts = {part_of_day(one.at, ladder) for one in tries} - {None}
    channels = {one.channel for one in tries}
    return (
        len(days) >= ladder.attempts
        and len(parts) >= ladder.parts_of_day
        and len(channels) >= ladder.channels
    )


def advice(tries: Sequence[ContactFact], ladder: Ladder) -> str:
    """What to try next: `in the afternoon`, `by another way than phone`; empty when all is tried.

    Attempts of which nobody noted the time say nothing of the time of day.
    """
    parts = {part_of_day(one.at, ladder) for one in tries} - {None}
    channels = {one.channel for one in tries}
    said = []
    if 0 < len(parts) < ladder.parts_of_day:
        said.append("in the afternoon" if parts == {"morning"} else "at another time of day")
    if len(channels) < ladder.channels and len(tries) >= _FIRST_TRIES:
        said.append(f"by another way than {channels.pop()}")
    return ", ".join(said)
