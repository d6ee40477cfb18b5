"""Was a patient on the list that was shown that day? Told from what `due-today` has kept."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import dates
from caretool.store import shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from caretool.db import CareFile
    from caretool.store.shown import Showing

# How many days on which lists were shown are told unless one is asked for
_DAYS_BACK = 7
# So many times of the day are named one by one
_NAMED = 3


class Day(NamedTuple):
    """A day with the lists that were shown of it, and where one patient stood on each."""

    day: date
    lists: list[Showing]

    def record(self) -> dict[str, Any]:
        """The day as scripts get it."""
        return {
            "day": self.day,
            "times": len(self.lists),
            "on_list": any(one.place is not None for one in self.lists),
            "lists": [
                {
                    "at": one.at.isoformat(),
                    "place": one.place,
                    "of": one.listed,
                    "options": one.asked,
                    "rules": one.rules,
                    "version": one.version,
                    "user": one.user,
                }
                for one in self.lists
            ],
        }

    def words(self, patient: str, today: date) -> str:
        """The day as a sentence: how often, which place, when, cut by what, under which rules."""
        on = f"On {dates.show_short(self.day, today)}"
        if not self.lists:
            return f"{on} no list was shown."
        number = len(self.lists)
        times = "once" if number == 1 else f"{number} times"
        is_on = any(one.place is not None for one in self.lists)
        told = [
            self._told(where, list(several), is_on=is_on)
            for where, several in groupby(self.lists, key=_where)
        ]
        rules = " and ".join(dict.fromkeys(one.rules for one in self.lists))
        was = "was" if is_on else "was not"
        return (
            f"{on} the list was shown {times}; {patient} {was} on it, {'; '.join(told)}"
            f" (rules {rules})."
        )

    def _told(self, where: tuple[Any, ...], several: list[Showing], *, is_on: bool) -> str:
        place, listed, asked = where
        parts = [
            self._times(on, [one.at.strftime("%H:%M") for one in group])
            for on, group in groupby(several, key=lambda one: one.at.date())
        ]
        if place is not None:
            parts.insert(0, f"place {place} of {listed}")
        elif is_on:
            parts.insert(0, "not on it")
        text = ", ".join(parts)
        if asked:
            text += f" with {shown.words(dict(asked))}"
        return text

    def _times(self, on: date, clock: list[str]) -> str:
        """The times of one day; with the day where that is not the one that the list was about."""
        if len(clock) > _NAMED:
            words = f"{len(clock)} times from {clock[0]} to {clock[-1]}"
        else:
            words = f"at {_and(clock)}"
        return words if on == self.day else f"{words} on {dates.show(on)}"


def read(db: CareFile, patient_id: int, today: date, day: date | None = None) -> list[Day]:
    """The day that is asked for; else today and the last days on which lists were shown."""
    if day is not None:
        wanted = [day]
    else:
        wanted = shown.days(db, today, _DAYS_BACK)
        if today not in wanted:
            wanted = [today, *wanted]
    return [Day(one, shown.of_day(db, one, patient_id)) for one in wanted]


def _where(showing: Showing) -> tuple[Any, ...]:
    """What lists have in common that are told as one."""
    return showing.place, showing.listed, tuple(showing.asked.items())


def _and(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
