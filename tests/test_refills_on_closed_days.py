"""What replaces an item takes its place on its own day; on closed days before it none is lost."""

from datetime import timedelta

import pytest
from patient_facts import DAY, active, fill, plan

SINCE = active("2026-01-05")


def open_kinds(today, *known):
    """The items of supply that are due on that day."""
    found = plan(str(today), SINCE, *known).items
    kinds = {"refill_due", "supply_ran_out"}
    return [one.rule.kind for one in found if one.rule.kind in kinds and one.due <= today]


# 3 days without supply on Thanksgiving, on a Saturday, on Christmas Day before a weekend
@pytest.mark.parametrize(
    ("filled", "third", "asked"),
    [
        ("2026-10-25", "2026-11-26", "2026-11-27"),
        ("2026-10-27", "2026-11-28", "2026-11-30"),
        ("2026-11-23", "2026-12-25", "2026-12-28"),
    ],
)
def test_a_refill_stays_due_until_the_day_on_which_she_is_asked_again(filled, third, asked):
    known = fill(filled)  # 30 days
    assert DAY(third) - DAY(filled) == timedelta(32)
    day = DAY(filled)
    while day < DAY(asked) + timedelta(7):
        kinds = open_kinds(day, known)
        if day >= DAY(asked):
            assert kinds == ["supply_ran_out"], day
        elif day >= DAY(third) - timedelta(3):  # at the latest on the last day with supply
            assert kinds == ["refill_due"], day
        day += timedelta(1)


def test_one_of_the_two_is_always_open_whenever_supply_ends():
    for number in range(90):
        filled = DAY("2026-09-01") + timedelta(number)
        out = filled + timedelta(29)
        known = fill(str(filled))
        for later in range(12):
            assert len(open_kinds(out + timedelta(later), known)) == 1, (filled, later)
