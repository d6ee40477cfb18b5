"""Business days over the federal calendar, against the rulebook, `holidays` and NumPy."""

import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from caretool import planning, workdays
from caretool.errors import RuleError
from caretool.protocols import Span
from caretool.workdays import Calendar, add_workdays, is_workday, on_or_after, on_or_before

FEDERAL = workdays.load_calendar()
ENGLAND = Path(__file__).parent / "data" / "calendars" / "uk-england.toml"
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


def _numpy_count(days, n):
    closed = np.array(sorted(FEDERAL.holidays), dtype="datetime64[D]")
    # NumPy first rolls a weekend or holiday to a business day: to the one before the count starts
    roll = "backward" if n > 0 else "forward"
    return np.busday_offset(days, n, roll=roll, holidays=closed).tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, -1, -2, -10])
def test_counting_agrees_with_numpy_on_every_day_of_fifty_one_years(n):
    days = np.arange(date(2010, 1, 1), date(2061, 1, 1), dtype="datetime64[D]")
    refused = 0
    for day, expected in zip(days.tolist(), _numpy_count(days, n), strict=True):
        if expected.year in {2009, 2061}:  # past the edge of the calendar, as NumPy does not know
            refused += 1
            with pytest.raises(RuleError, match="us-federal"):
                add_workdays(day, n, FEDERAL)
        else:
            assert add_workdays(day, n, FEDERAL) == expected, day
    assert abs(n) <= refused <= 2 * abs(n) + 4, "a few days at one edge, and no others"


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_a_span_of_business_days_agrees_with_numpy_on_every_day_of_fifty_years(n):
    days = np.arange(date(2010, 1, 1), date(2060, 1, 1), dtype="datetime64[D]")
    span = Span(n, "business day")
    ours = [workdays.count_from(day, span, FEDERAL) for day in days.tolist()]
    assert ours == _numpy_count(days, n)


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


def test_a_calendar_may_begin_in_the_second_year_of_all():
    rules = {"first": 2, "last": 9998, "holidays": {}}
    assert workdays.calendar_from("long", rules)[2:4] == (2, 9998)


def test_a_calendar_that_does_not_exist_is_an_error():
    with pytest.raises(RuleError, match="atlantis"):
        workdays.load_calendar("atlantis")


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        ({}, "first and last"),
        ({"first": 2026}, "first and last"),
        ({"first": 1, "last": 2026}, "first and last"),
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


# The care manager's own days off


AWAY = FEDERAL._replace(
    days_off={
        date(2026, 7, 2): "at a course",  # the Thursday before the observed holiday
        date(2026, 7, 6): "leave",  # the Monday after it
        date(2026, 7, 4): "leave",  # a Saturday, closed anyway
    }
)


@pytest.mark.parametrize(
    ("day", "is_at_work"),
    [
        ("2026-07-01", True),  # Wednesday
        ("2026-07-02", False),  # a day off
        ("2026-07-03", False),  # Friday, Independence Day observed
        ("2026-07-04", False),  # Saturday, and a day off
        ("2026-07-06", False),  # a day off
        ("2026-07-07", True),
    ],
)
def test_she_is_at_work_on_business_days_that_she_has_not_off(day, is_at_work):
    assert workdays.is_open(date.fromisoformat(day), AWAY) is is_at_work


def test_a_day_off_stays_a_business_day_so_that_no_limit_moves_with_it():
    assert is_workday(date(2026, 7, 2), AWAY)
    assert add_workdays(date(2026, 7, 1), 2, AWAY) == date(2026, 7, 6)
    assert on_or_after(date(2026, 7, 4), AWAY) == date(2026, 7, 6)


def test_the_next_and_the_last_day_on_which_she_is_at_work():
    for day in ("2026-07-02", "2026-07-03", "2026-07-06"):
        assert workdays.open_on_or_after(date.fromisoformat(day), AWAY) == date(2026, 7, 7)
        assert workdays.open_on_or_before(date.fromisoformat(day), AWAY) == date(2026, 7, 1)
    for day in (date(2026, 7, 1), date(2026, 7, 7)):
        assert workdays.open_on_or_after(day, AWAY) == day
        assert workdays.open_on_or_before(day, AWAY) == day


def test_what_was_passed_over_is_told_with_her_own_words_only_for_days_off():
    assert workdays.skipped(date(2026, 7, 2), date(2026, 7, 7), AWAY) == [
        (date(2026, 7, 2), "at a course"),
        (date(2026, 7, 3), "Independence Day"),
        (date(2026, 7, 4), "Saturday"),
        (date(2026, 7, 5), "Sunday"),
        (date(2026, 7, 6), "leave"),
    ]


# Lengths of time


@pytest.mark.parametrize(
    ("day", "count", "unit", "reached"),
    [
        ("2026-03-06", 7, "day", "2026-03-13"),
        ("2026-03-06", 0, "day", "2026-03-06"),
        ("2026-03-06", 4, "week", "2026-04-03"),
        ("2026-03-06", 2, "business day", "2026-03-10"),  # from a Friday
        ("2026-03-07", 0, "business day", "2026-03-07"),  # a Saturday: day 0 is the day itself
        ("2026-01-31", 1, "month", "2026-02-28"),
        ("2026-01-31", 2, "month", "2026-03-31"),  # counted from January, not from February
        ("2026-01-31", 3, "month", "2026-04-30"),
        ("2028-01-31", 1, "month", "2028-02-29"),
        ("2026-11-30", 3, "month", "2027-02-28"),
        ("2026-12-24", 29, "day", "2027-01-22"),
    ],
)
def test_a_length_of_time_is_counted_from_its_day(day, count, unit, reached):
    found = workdays.count_from(date.fromisoformat(day), Span(count, unit), FEDERAL)
    assert found == date.fromisoformat(reached)


# Another country


@pytest.fixture
def in_england(tmp_path):
    """A practice whose file of rules names a calendar that lies beside it."""
    (tmp_path / "calendars").mkdir()
    shutil.copy(ENGLAND, tmp_path / "calendars")
    (tmp_path / "protocols.toml").write_text('version = "1"\ncalendar = "uk-england"\n')
    return tmp_path


@pytest.mark.parametrize(
    ("left", "first", "second", "federal"),
    [
        # Good Friday and Easter Monday
        ("2026-04-02", "2026-04-07", "2026-04-08", "2026-04-06"),
        # Independence Day is observed on Friday 3 July 2026, and not in England
        ("2026-07-02", "2026-07-03", "2026-07-06", "2026-07-07"),
        # Friday 25 December, and Monday 28 December for Boxing Day
        ("2026-12-24", "2026-12-29", "2026-12-30", "2026-12-29"),
        # Monday 27 and Tuesday 28 December 2027 for Christmas and Boxing Day; Friday 24 in the US
        ("2027-12-23", "2027-12-24", "2027-12-29", "2027-12-28"),
        ("2025-08-22", "2025-08-26", "2025-08-27", "2025-08-26"),  # summer bank holiday
    ],
)
def test_the_calendar_of_another_country_works_by_setting(in_england, left, first, second, federal):
    _, england = planning.load_rules(in_england / "protocols.toml")
    day = date.fromisoformat(left)
    assert [add_workdays(day, n, england).isoformat() for n in (1, 2)] == [first, second]
    assert add_workdays(day, 2, FEDERAL).isoformat() == federal


def test_the_calendar_of_another_country_decides_the_limits_of_the_list(
    in_england, care, monkeypatch
):
    monkeypatch.setenv("CARETOOL_TODAY", "2026-04-03")  # Good Friday
    care("add-patient", "Hart, Lena", "--dob", "1950-02-03", "--mrn", "H1", "--roster-only")
    listed = in_england / "list.csv"
    listed.write_text(
        "MRN,Patient Name,DOB,Admit Date,Discharge Date,Disposition,Class\n"
        'H1,"Hart, Lena",1950-02-03,2026-03-30,2026-04-02,01,Inpatient\n'
    )
    care("import-discharges", listed)
    (row,) = care("due-today", "--days", "7", "--json").data
    contact = next(one for one in row["items"] if one["kind"] == "transition_contact")
    assert (contact["target"], contact["limit"]) == ("2026-04-07", "2026-04-08")


def test_the_years_of_a_calendar_of_ones_own_end_where_its_file_says(in_england):
    _, england = planning.load_rules(in_england / "protocols.toml")
    with pytest.raises(RuleError, match="the calendar uk-england ends with 2027"):
        add_workdays(date(2027, 12, 30), 2, england)


def test_the_calendar_of_england_agrees_with_the_holidays_library():
    england = workdays.load_calendar("uk-england", ENGLAND.parents[1])
    library = country_holidays("GB", subdiv="ENG", years=range(2025, 2028), observed=True)
    assert sorted(england.holidays) == sorted(day for day in library if day.weekday() < 5)


def test_a_calendar_that_is_not_beside_the_file_is_the_built_in_one(tmp_path):
    assert workdays.load_calendar("us-federal", tmp_path) == FEDERAL


def test_a_folder_of_the_calendars_name_is_not_passed_over_for_the_built_in_one(tmp_path):
    (tmp_path / "calendars" / "us-federal.toml").mkdir(parents=True)
    with pytest.raises(RuleError, match=r"us-federal\.toml cannot be read: Is a directory"):
        workdays.load_calendar("us-federal", tmp_path)


def test_a_calendar_whose_name_no_file_can_have_is_not_there():
    """A TOML text may hold `\\u0000`."""
    with pytest.raises(RuleError, match="cannot be read: not a usable name"):
        workdays.load_calendar("us\0federal")
