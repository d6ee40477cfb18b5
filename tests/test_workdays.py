"""Business days over the federal calendar, against the rulebook, `holidays` and NumPy."""

import re
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from caretool import workdays
from caretool.errors import RuleError
from caretool.workdays import Calendar, add_workdays, is_workday, on_or_after, on_or_before

FEDERAL = workdays.load_calendar()
COVERED = st.dates(date(2010, 1, 10), date(2060, 12, 20))

# rulebook section 2.1: discharge, business day 1, contact by (business day 2)
WORKED = [
    ("2026-03-09", "2026-03-10", "2026-03-11"),
    ("2026-03-06", "2026-03-09", "2026-03-10"),
    ("2026-03-07", "2026-03-09", "2026-03-10"),
    ("2026-03-08", "2026-03-09", "2026-03-10"),
    ("2025-08-29", "2025-09-02", "2025-09-03"),
    ("2025-11-26", "2025-11-28", "2025-12-01"),
    ("2026-01-16", "2026-01-20", "2026-01-21"),
    ("2026-06-18", "2026-06-22", "2026-06-23"),
    ("2026-07-01", "2026-07-02", "2026-07-06"),
    ("2026-07-02", "2026-07-06", "2026-07-07"),
    ("2026-11-10", "2026-11-12", "2026-11-13"),
    ("2026-11-25", "2026-11-27", "2026-11-30"),
    ("2026-12-24", "2026-12-28", "2026-12-29"),
    ("2027-07-02", "2027-07-06", "2027-07-07"),
    ("2027-12-30", "2028-01-03", "2028-01-04"),
    ("2025-12-23", "2025-12-24", "2025-12-26"),
]

# rulebook section 2.1: the weekdays on which offices are closed
CLOSED = {
    2025: "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25",
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
}


@pytest.mark.parametrize(("discharge", "first", "second"), WORKED)
def test_the_worked_dates_of_the_rulebook_hold(discharge, first, second):
    day = date.fromisoformat(discharge)
    assert add_workdays(day, 1, FEDERAL).isoformat() == first
    assert workdays.add_workdays(day, 1, FEDERAL).isoformat() == first
    assert add_workdays(day, 2, FEDERAL).isoformat() == second


@pytest.mark.parametrize("year", CLOSED)
def test_the_holidays_of_a_year_are_those_of_the_rulebook(year):
    listed = sorted(f"{day:%m-%d}" for day in FEDERAL.holidays if day.year == year)
    assert listed == CLOSED[year].split()


@pytest.mark.parametrize("closing", ["2025-01-09", "2025-12-24", "2025-12-26"])
def test_an_executive_closing_is_a_business_day(closing):
    assert is_workday(date.fromisoformat(closing), FEDERAL)


def test_inauguration_day_is_a_business_day():
    assert is_workday(date(2021, 1, 20), FEDERAL)


def test_juneteenth_counts_from_the_day_after_it_became_law():
    juneteenths = sorted(day for day, name in FEDERAL.holidays.items() if "Juneteenth" in name)
    assert juneteenths[0] == date(2021, 6, 18)
    assert is_workday(date(2020, 6, 19), FEDERAL)


def test_a_holiday_bears_its_name():
    assert FEDERAL.holidays[date(2026, 11, 26)] == "Thanksgiving Day"
    assert FEDERAL.holidays[date(2027, 12, 31)] == "New Year's Day"


def test_the_calendar_agrees_with_the_holidays_library():
    years = range(2010, 2061)
    library = country_holidays("US", years=years, observed=True, categories="public")
    weekdays = {
        day: name.removesuffix(" (observed)") for day, name in library.items() if day.weekday() < 5
    }
    assert dict(FEDERAL.holidays) == weekdays
    assert (FEDERAL.first, FEDERAL.last) == (2010, 2060)


@pytest.mark.parametrize("n", [1, 2, 3, -1, -2])
def test_counting_agrees_with_numpy_on_every_day_of_fifty_years(n):
    first = date(2010, 1, 1) if n > 0 else date(2010, 1, 10)
    days = np.arange(first, date(2060, 1, 1), dtype="datetime64[D]")
    closed = np.array(sorted(FEDERAL.holidays), dtype="datetime64[D]")
    # NumPy first rolls a weekend or holiday to a business day: to the one before the count starts
    roll = "backward" if n > 0 else "forward"
    expected = np.busday_offset(days, n, roll=roll, holidays=closed)
    ours = [add_workdays(day, n, FEDERAL) for day in days.tolist()]
    assert np.array_equal(np.array(ours, dtype="datetime64[D]"), expected)


def test_business_days_agree_with_numpy_on_every_day_of_fifty_years():
    days = np.arange(date(2010, 1, 1), date(2061, 1, 1), dtype="datetime64[D]")
    closed = np.array(sorted(FEDERAL.holidays), dtype="datetime64[D]")
    ours = [is_workday(day, FEDERAL) for day in days.tolist()]
    assert np.array_equal(ours, np.is_busday(days, holidays=closed))


def test_day_zero_is_the_day_itself_business_day_or_not():
    assert add_workdays(date(2026, 11, 26), 0, FEDERAL) == date(2026, 11, 26)


@given(COVERED)
def test_a_moved_day_is_the_nearest_business_day_on_its_side(day):
    later, earlier = on_or_after(day, FEDERAL), on_or_before(day, FEDERAL)
    assert earlier <= day <= later
    assert is_workday(later, FEDERAL)
    assert is_workday(earlier, FEDERAL)
    assert (later == earlier == day) == is_workday(day, FEDERAL)
    between = [earlier + timedelta(n) for n in range(1, (later - earlier).days)]
    assert not any(is_workday(other, FEDERAL) for other in between)
    assert later - earlier <= timedelta(5)  # Saturday to Monday, a holiday before or after


@given(COVERED, st.integers(1, 3))
def test_counting_back_undoes_counting_forward_from_a_business_day(day, n):
    start = on_or_before(day, FEDERAL)
    assert add_workdays(add_workdays(start, n, FEDERAL), -n, FEDERAL) == start


def test_skipped_days_bear_the_name_of_holiday_or_weekday():
    assert workdays.skipped(date(2026, 7, 3), date(2026, 7, 6), FEDERAL) == [
        (date(2026, 7, 3), "Independence Day"),
        (date(2026, 7, 4), "Saturday"),
        (date(2026, 7, 5), "Sunday"),
    ]


def test_skipped_days_of_a_move_to_an_earlier_day_come_in_walking_order():
    assert workdays.skipped(date(2026, 7, 5), date(2026, 7, 2), FEDERAL) == [
        (date(2026, 7, 5), "Sunday"),
        (date(2026, 7, 4), "Saturday"),
        (date(2026, 7, 3), "Independence Day"),
    ]


def test_nothing_is_skipped_on_a_business_day():
    assert workdays.skipped(date(2026, 7, 6), date(2026, 7, 6), FEDERAL) == []


@given(COVERED)
def test_skipped_days_are_all_the_days_that_a_move_passes_over(day):
    moved = on_or_after(day, FEDERAL)
    passed = workdays.skipped(day, moved, FEDERAL)
    assert [on for on, _ in passed] == [day + timedelta(n) for n in range((moved - day).days)]


@pytest.mark.parametrize(
    ("leave", "edge"),
    [
        (lambda: is_workday(date(2061, 1, 3), FEDERAL), "ends with 2060"),
        (lambda: is_workday(date(2009, 12, 31), FEDERAL), "begins with 2010"),
        (lambda: add_workdays(date(2060, 12, 30), 1, FEDERAL), "ends with 2060"),
        (lambda: add_workdays(date(2010, 1, 4), -1, FEDERAL), "begins with 2010"),
        (lambda: on_or_after(date(2060, 12, 31), FEDERAL), "ends with 2060"),
        (lambda: on_or_before(date(2010, 1, 1), FEDERAL), "begins with 2010"),
        (lambda: add_workdays(date(9999, 12, 30), 1, FEDERAL), "ends with 2060"),
        (
            lambda: workdays.skipped(date(2060, 12, 30), date(2061, 1, 1), FEDERAL),
            "ends with 2060",
        ),
    ],
)
def test_leaving_the_years_of_the_calendar_is_an_error(leave, edge):
    with pytest.raises(RuleError, match=re.escape(f"the calendar us-federal {edge}")) as refused:
        leave()
    assert refused.value.hint


def test_a_calendar_of_ones_own_may_have_any_holidays():
    rules = {"first": 2026, "last": 2026, "holidays": {"Town Day": [date(2026, 7, 6)]}}
    town = workdays.calendar_from("town", rules)
    assert town == Calendar("town", {date(2026, 7, 6): "Town Day"}, 2026, 2026)
    assert add_workdays(date(2026, 7, 3), 1, town) == date(2026, 7, 7)


def test_a_calendar_that_does_not_exist_is_an_error():
    with pytest.raises(RuleError, match="atlantis"):
        workdays.load_calendar("atlantis")


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        ({}, "first and last"),
        ({"first": 2026}, "first and last"),
        ({"first": "2026", "last": 2026}, "first and last"),
        ({"first": True, "last": 2026}, "first and last"),
        ({"first": 2027, "last": 2026}, "first and last"),
        ({"first": 2026, "last": 9999}, "first and last"),
        ({"first": 2026, "last": 2026}, "no table"),
        ({"first": 2026, "last": 2026, "holidays": []}, "no table"),
        ({"first": 2026, "last": 2026, "holidays": {"A": date(2026, 1, 1)}}, "'A' is not a list"),
        ({"first": 2026, "last": 2026, "holidays": {"A": ["2026-01-01"]}}, "'2026-01-01'"),
        ({"first": 2026, "last": 2026, "holidays": {"A": [date(2027, 1, 1)]}}, "A.*2027-01-01"),
    ],
)
def test_a_malformed_calendar_is_refused_by_name(rules, what):
    with pytest.raises(RuleError, match=f"calendar town: .*{what}") as refused:
        workdays.calendar_from("town", rules)
    assert "town.toml" in refused.value.hint


def test_a_time_is_not_a_holiday():
    rules = {"first": 2026, "last": 2026, "holidays": {"A": [datetime(2026, 1, 1)]}}  # noqa: DTZ001
    with pytest.raises(RuleError, match="not a date"):
        workdays.calendar_from("town", rules)
