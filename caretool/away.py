"""Which days is somebody in a facility and uses nothing of their own? For adherence and refills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.rules import read_rules

if TYPE_CHECKING:
    from datetime import date


def kinds() -> list[str]:
    """The kinds of stay whose days are taken out; `rules/adherence.toml` says why."""
    return list(read_rules("adherence.toml")["stays"]["classes"])


def span(admitted: date, discharged: date | None, until: date) -> tuple[int, int]:
    """The days of one stay up to a day, as a half-open span of ordinals.

    The day of admission is one, that of discharge is not; in and out on one day is one day
    (Medicare Benefit Policy Manual 3.20.1). Who is still in is away up to `until`.
    """
    first, stop = admitted.toordinal(), until.toordinal() + 1
    if discharged is not None:
        stop = min(stop, max(first + 1, discharged.toordinal()))
    return first, stop
