"""Medication reconciliation: three lists of medicines side by side, and a decision on each.

The list before (what is on file), what the discharge list says, what the patient takes. Of each
medicine it is said whether it stands on the discharge list and whether it is taken; where that
leaves one decision only, it need not be said. That a discharge list leaves a medicine out may be
an oversight, so that stopping is never concluded from the list alone. Source: NCQA-TRC (the current
medicines are compared with those of the discharge); which decision is left: project decision.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from caretool import medicines
from caretool.drug_names import drug_of
from caretool.errors import InputError
from caretool.medicines import NO, amount, amount_in, is_amount, parse_amount, same_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from caretool.medicines import Medication


class Choice(StrEnum):
    """What becomes of a medicine."""

    CONTINUED = "continued"
    CHANGED = "changed"
    NEW = "new"
    STOPPED = "stopped"


class Call(StrEnum):
    """What needs a call: to the patient, the prescriber or the pharmacy."""

    ON_NEITHER_LIST = "on_neither_list"
    NOT_TAKEN = "not_taken"
    TAKEN_DIFFERENTLY = "taken_differently"
    STILL_TAKEN = "still_taken"


CALL_WORDS = {
    Call.ON_NEITHER_LIST: "taken, but on neither list",
    Call.NOT_TAKEN: "on the list, but not taken",
    Call.TAKEN_DIFFERENTLY: "not taken as the list says",
    Call.STILL_TAKEN: "stopped, but still taken",
}


class Said(NamedTuple):
    """What was said of one medicine; None where nothing was."""

    place: str
    """Where it was said, for messages: `line 4`, `M3`."""
    name: str
    """A name, or the id of a medicine on the list before (`M3`)."""
    dose: str | None = None
    """The dose from now on, where it is not the one before."""
    times_per_day: str | None = None
    discharge: str | None = None
    """Is it on the discharge list: yes, no, or the dose that stands there."""
    taking: str | None = None
    """Is it taken: yes, no, or how it is taken."""
    decision: Choice | None = None
    why: str | None = None
    since: date | None = None
    """From when on, of what is changed or new; the day of the reconciliation unless said."""


class Settled(NamedTuple):
    """What becomes of one medicine."""

    said: Said
    before: Medication | None
    """The entry on the list before, if there is one."""
    decision: Choice
    dose: str | None
    times_per_day: str | None
    """From now on."""
    calls: tuple[Call, ...]


class _Lists(NamedTuple):
    """One medicine on the three lists."""

    before: Medication | None
    listed: bool | None
    """On the discharge list; None where nothing was said."""
    taken: bool | None
    dose: str | None
    times_per_day: str | None

    @property
    def differs(self) -> bool:
        """Is the dose from now on another than before?"""
        one = self.before
        return one is not None and not same_amount(
            (one.dose, one.times_per_day), (self.dose, self.times_per_day)
        )


def _is(answer: str | None) -> bool | None:
    """What is neither yes nor no is a dose, and so a yes."""
    return None if answer is None else answer.lower() not in NO


def _compared(said: Said, before: Medication | None) -> _Lists:
    """The three lists, and the dose from now on: the one said, on the discharge list, before."""
    on_list = amount_in(said.discharge)
    listed, often = (None, None) if on_list is None else parse_amount(on_list)
    dose, times = said.dose or listed, said.times_per_day or often
    if before is not None:
        dose, times = dose or before.dose, times or before.times_per_day
    return _Lists(before, _is(said.discharge), _is(said.taking), dose, times)


def choices(said: Said, before: Medication | None) -> tuple[Choice, ...]:
    """Which decisions do the three lists leave? None when the medicine is on none of them."""
    three = _compared(said, before)
    if before is None:
        if three.listed:
            return (Choice.NEW,)
        return (Choice.NEW, Choice.STOPPED) if three.taken else ()
    goes_on = Choice.CHANGED if three.differs else Choice.CONTINUED
    if three.listed or (three.listed is None and (three.taken or three.differs)):
        return (goes_on,)
    if three.listed is False and three.taken is False:
        return (Choice.STOPPED,)
    return (goes_on, Choice.STOPPED)


def settle(said: Said, before: Medication | None) -> Settled:
    """What becomes of one medicine. Raises InputError that names the place, never the medicine."""
    three, left = _compared(said, before), choices(said, before)
    decision = said.decision or (left[0] if len(left) == 1 else None)
    if decision is None:
        words = ", or ".join(left) if left else ""
        msg = f"{said.place}: {'no decision' if left else 'on none of the three lists'}"
        raise InputError(msg, f"say which: {words}" if left else "leave it away, or say taking yes")
    _must_fit(said, three, decision)
    calls = tuple(_calls(said, three, decision))
    return Settled(said, before, decision, three.dose, three.times_per_day, calls)


def _must_fit(said: Said, three: _Lists, decision: Choice) -> None:
    wrong = ""
    if three.before is None and decision in {Choice.CONTINUED, Choice.CHANGED}:
        wrong, hint = f"{decision}, but it is not on the list before", "that is new"
    elif three.before is not None and decision == Choice.NEW:
        hint = "that is continued, or changed where the dose is another"
        wrong = f"new, but {three.before.id} is on the list before"
    elif decision == Choice.CONTINUED and three.differs:
        wrong, hint = "continued, but with another dose", "that is changed"
    elif decision == Choice.CHANGED and not three.differs:
        wrong, hint = "changed, but dose and times a day are as before", "say the new dose"
    elif decision == Choice.STOPPED and said.why is None:
        wrong, hint = "stopped without a reason", "say why"
    elif decision in {Choice.CONTINUED, Choice.STOPPED} and said.since is not None:
        wrong, hint = f"{decision}, but with since", "since is for what is changed or new"
    if wrong:
        msg = f"{said.place}: {wrong}"
        raise InputError(msg, hint)


def _calls(said: Said, three: _Lists, decision: Choice) -> Iterable[Call]:
    """What the three lists do not agree on."""
    if three.before is None and not three.listed and three.taken:
        yield Call.ON_NEITHER_LIST
    if decision == Choice.STOPPED:
        if three.taken:
            yield Call.STILL_TAKEN
        return
    how = amount_in(said.taking)
    if three.taken is False:
        yield Call.NOT_TAKEN
    elif how is not None and not is_amount(how, three.dose, three.times_per_day):
        yield Call.TAKEN_DIFFERENTLY


def settle_all(several: Sequence[Said], before: Sequence[Medication]) -> list[Settled]:
    """What becomes of every medicine: each of the list before is answered, and answered once.

    Raises InputError for the first that cannot be settled, and for those that were not answered,
    by their ids.
    """
    meant = [_meant(said, before) for said in several]
    settled = [settle(said, one) for said, one in zip(several, meant, strict=True)]
    answered = Counter(one.medication_id for one in meant if one is not None)
    twice = [one.id for one in before if answered[one.medication_id] > 1]
    if twice:
        msg = f"answered more than once: {', '.join(twice)}"
        raise InputError(msg, "one line for each medicine")
    names = Counter(drug_of(one.said.name).key for one in settled if one.before is None)
    places = [
        one.said.place
        for one in settled
        if one.before is None and names[drug_of(one.said.name).key] > 1
    ]
    if places:
        msg = f"the same medicine at {' and '.join(places)}"
        raise InputError(msg, "one line for each medicine")
    open_ones = [one.id for one in before if not answered[one.medication_id]]
    if open_ones:
        msg = f"not answered: {', '.join(open_ones)}"
        raise InputError(msg, "every medicine on the list before needs a line; nothing was kept")
    return settled


def _meant(said: Said, before: Sequence[Medication]) -> Medication | None:
    """The entry on the list before that is meant by an id, or by the name of the same medicine."""
    text = said.name.strip()
    number = medicines.number(text)
    if number is not None:
        found = [one for one in before if one.medication_id == number]
        if not found:
            msg = f"{said.place}: no {text.upper()} on the list before"
            raise InputError(msg, f"there: {', '.join(one.id for one in before) or 'nothing'}")
        return found[0]
    key = drug_of(text).key
    found = [one for one in before if one.key == key]
    if len(found) > 1:
        msg = f"{said.place}: {', '.join(one.id for one in found)} are that medicine"
        raise InputError(msg, "say which one by its id")
    return found[0] if found else None


def lists(one: Settled) -> tuple[str | None, str | None, str | None]:
    """What the three lists say of it, to be kept: before, discharge, taken."""
    before = None if one.before is None else one.before.amount or "yes"
    return before, one.said.discharge, one.said.taking


def amount_now(one: Settled) -> str:
    """How much and how often from now on: `500 mg, 2 a day`."""
    return amount(one.dose, one.times_per_day)
