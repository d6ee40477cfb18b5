"""The clock and the grammar of dates: what is typed, what it means, what is refused."""

import calendar
import re
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretool import dates
from caretool.errors import EXIT_USAGE, UsageProblem

MONDAY = date(2026, 11, 23)
TYPED_YEARS = st.dates(date(1900, 1, 1), date(2100, 12, 31))

MEANINGS = [
    # typed, the day it means on Monday 2026-11-23, the day when something past is meant
    ("2026-11-25", "2026-11-25", "2026-11-25"),
    ("  2026-11-25\t", "2026-11-25", "2026-11-25"),
    ("1900-01-01", "1900-01-01", "1900-01-01"),
    ("2100-12-31", "2100-12-31", "2100-12-31"),
    ("2028-02-29", "2028-02-29", "2028-02-29"),
    ("today", "2026-11-23", "2026-11-23"),
    ("TODAY", "2026-11-23", "2026-11-23"),
    ("yesterday", "2026-11-22", "2026-11-22"),
    ("Tomorrow", "2026-11-24", "2026-11-24"),
    ("mon", "2026-11-30", "2026-11-16"),
    ("monday", "2026-11-30", "2026-11-16"),
    ("tue", "2026-11-24", "2026-11-17"),
    ("Tuesday", "2026-11-24", "2026-11-17"),
    ("wed", "2026-11-25", "2026-11-18"),
    ("wednesday", "2026-11-25", "2026-11-18"),
    ("thu", "2026-11-26", "2026-11-19"),
    ("thursday", "2026-11-26", "2026-11-19"),
    (" FRI ", "2026-11-27", "2026-11-20"),
    ("friday", "2026-11-27", "2026-11-20"),
    ("sat", "2026-11-28", "2026-11-21"),
    ("saturday", "2026-11-28", "2026-11-21"),
    ("sun", "2026-11-29", "2026-11-22"),
    ("sunday", "2026-11-29", "2026-11-22"),
    ("+0d", "2026-11-23", "2026-11-23"),
    ("+3d", "2026-11-26", "2026-11-26"),
    ("+3D", "2026-11-26", "2026-11-26"),
    ("-3d", "2026-11-20", "2026-11-20"),
    ("+2w", "2026-12-07", "2026-12-07"),
    ("-1w", "2026-11-16", "2026-11-16"),
    ("+1m", "2026-12-23", "2026-12-23"),
    ("-2m", "2026-09-23", "2026-09-23"),
    ("+14m", "2028-01-23", "2028-01-23"),
]

NOT_DATES = [
    "",
    " ",
    "10",
    "1",
    "03/04/2026",
    "12.05.26",
    "25 Nov 2026",
    "2026-11",
    "2026-1-5",
    "26-11-25",
    "20261125",
    "2026-W01-1",
    "2026W011",
    "2026-11-25T00:00",
    "2026-11-25 14:05",
    "2026-11-25\x00",
    "\u0662\u0660\u0662\u0666-\u0661\u0661-\u0662\u0665",
    "\uff12\uff10\uff12\uff16-\uff11\uff11-\uff12\uff15",
    "+\u0663d",
    "2026\u201311\u201325",
    "now",
    "fr",
    "frid",
    "freitag",
    "next fri",
    "3d",
    "+3",
    "+d",
    "+3 d",
    "++3d",
    "+3.5d",
    "+1y",
    "\u22121w",
    "+1w2d",
]

NO_SUCH_DAY = ["2026-02-30", "2026-02-29", "2026-13-01", "2026-00-10", "2026-11-00", "2026-11-31"]

TOO_FAR = [
    "1899-12-31",
    "2101-01-01",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "1826-02-30",
    "+999999d",
    "-999999d",
    "+99999w",
    "+99999m",
    "-99999m",
    "+99999999999999999999m",
    f"+{'9' * 5000}d",
]


@pytest.mark.parametrize(("typed", "expected", "expected_past"), MEANINGS)
def test_a_date_typed_by_the_grammar_means_one_day(typed, expected, expected_past):
    assert dates.parse_date(typed, MONDAY).isoformat() == expected
    assert dates.parse_date(typed, MONDAY, past=True).isoformat() == expected_past


@pytest.mark.parametrize("typed", NOT_DATES)
def test_anything_else_is_refused_with_the_forms_that_work(typed):
    with pytest.raises(UsageProblem) as refused:
        dates.parse_date(typed, MONDAY)
    assert refused.value.message == f"{typed!r} is not a date that caretool reads"
    assert refused.value.code == "date"
    assert refused.value.exit_code == EXIT_USAGE


@pytest.mark.parametrize("typed", NO_SUCH_DAY)
def test_a_day_that_no_calendar_has_is_refused_as_such(typed):
    with pytest.raises(UsageProblem) as refused:
        dates.parse_date(typed, MONDAY)
    assert refused.value.message == f"there is no day {typed}"
    assert refused.value.code == "date"


@pytest.mark.parametrize("typed", TOO_FAR)
def test_a_day_too_far_away_is_refused_and_never_an_overflow(typed):
    with pytest.raises(UsageProblem) as refused:
        dates.parse_date(typed, MONDAY)
    assert refused.value.message.endswith(" is not within the years 1900 to 2100")
    assert refused.value.code == "date"


@pytest.mark.parametrize("typed", ["tomorrow", "fri", "+1d", "+1w", "+1m"])
def test_the_end_of_time_is_refused_and_never_an_overflow(typed):
    with pytest.raises(UsageProblem):
        dates.parse_date(typed, date.max)


def test_every_form_that_the_hint_offers_works():
    with pytest.raises(UsageProblem) as refused:
        dates.parse_date("10", MONDAY)
    _, _, forms = refused.value.hint.partition(": ")
    assert len(forms.split(", ")) == 9
    for form in forms.split(", "):
        dates.parse_date(form, MONDAY)


def test_a_message_stays_on_one_short_line_whatever_was_typed():
    with pytest.raises(UsageProblem) as refused:
        dates.parse_date("x\n\x1b[31m" + "y" * 1000, MONDAY)
    assert len(refused.value.message) < 100
    assert refused.value.message.isprintable()


def test_months_clamp_to_the_last_day_of_the_month():
    assert dates.parse_date("+1m", date(2026, 1, 31)) == date(2026, 2, 28)
    assert dates.parse_date("+1m", date(2028, 1, 31)) == date(2028, 2, 29)
    assert dates.parse_date("-1m", date(2026, 3, 31)) == date(2026, 2, 28)
    assert dates.parse_date("+12m", date(2028, 2, 29)) == date(2029, 2, 28)


@given(TYPED_YEARS, st.dates())
def test_an_iso_date_means_itself_whatever_today_is(day, today):
    assert dates.parse_date(day.isoformat(), today) == day


@given(st.dates(date(1900, 1, 8), date(2100, 12, 24)), st.sampled_from(dates.WEEKDAYS))
def test_a_weekday_is_within_a_week_and_never_today(today, name):
    after = dates.parse_date(name[:3], today)
    before = dates.parse_date(name, today, past=True)
    assert calendar.day_name[after.weekday()] == calendar.day_name[before.weekday()] == name
    assert timedelta(1) <= after - today <= timedelta(7)
    assert timedelta(1) <= today - before <= timedelta(7)


# the characters of the grammar, and some that only look like them
@given(st.text(st.sampled_from("0123456789+-/:.TWtodaymnwfri \n\u0661\u2212\u017f")))
def test_any_text_is_a_date_or_a_usage_problem(text):
    for parse in (dates.parse_date, dates.parse_moment):
        with suppress(UsageProblem):
            parse(text, MONDAY)


@given(st.dates(date(1900, 1, 1), date(2000, 12, 31)), st.integers(-60, 1200))
def test_months_counted_from_the_anchor_never_drift(anchor, months):
    day = dates.add_months(anchor, months)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    assert day == date(year, month + 1, min(anchor.day, last))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2026-11-20", (date(2026, 11, 20), None)),
        ("fri", (date(2026, 11, 20), None)),
        ("2026-11-20T14:05", (date(2026, 11, 20), time(14, 5))),
        ("2026-11-20t14:05", (date(2026, 11, 20), time(14, 5))),
        ("2026-11-20 14:05", (date(2026, 11, 20), time(14, 5))),
        (" 2026-11-20   09:05 ", (date(2026, 11, 20), time(9, 5))),
        ("today 00:00", (date(2026, 11, 23), time(0, 0))),
        ("yesterdayT23:59", (date(2026, 11, 22), time(23, 59))),
        ("satT08:30", (date(2026, 11, 21), time(8, 30))),
        ("SAT 08:30", (date(2026, 11, 21), time(8, 30))),
        ("-1w 10:00", (date(2026, 11, 16), time(10, 0))),
    ],
)
def test_a_moment_is_a_date_and_perhaps_a_time(typed, expected):
    assert dates.parse_moment(typed, MONDAY) == expected


def test_a_moment_to_come_takes_the_next_weekday():
    assert dates.parse_moment("fri 14:05", MONDAY, past=False) == (date(2026, 11, 27), time(14, 5))


@pytest.mark.parametrize(
    "typed",
    [
        "14:05",
        "T14:05",
        "2026-11-20T24:00",
        "2026-11-20T14:60",
        "2026-11-20T9:05",
        "2026-11-20T1405",
        "2026-11-20T14:05:09",
        "2026-11-20T14:05Z",
        "2026-11-20T",
        "2026-11-2014:05",
        "sat08:30",
        "2026-11-20T\u0661\u0664:\u0660\u0665",
        "03/04/2026 14:05",
        "2026-02-30T14:05",
    ],
)
def test_any_other_moment_is_refused_with_the_forms_that_work(typed):
    with pytest.raises(UsageProblem) as refused:
        dates.parse_moment(typed, MONDAY)
    assert "2026-11-25T14:05" in refused.value.hint
    assert refused.value.code == "date"


def test_now_is_an_instant_with_the_local_offset():
    before = datetime.now(UTC)  # noqa: TID251 - compared with the clock
    moment = dates.now()
    after = datetime.now(UTC)  # noqa: TID251
    assert before <= moment <= after
    assert moment.utcoffset() == moment.astimezone().utcoffset()


def test_today_is_the_local_date_unless_the_environment_says_otherwise():
    earliest = dates.now().date()
    assert earliest <= dates.today({}) <= dates.now().date()
    assert earliest <= dates.today({"CARETOOL_TODAY": " "}) <= dates.now().date()
    assert dates.today({"CARETOOL_TODAY": "2026-11-23"}) == MONDAY


def test_today_reads_the_environment_as_it_is_when_asked(monkeypatch):
    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-23")
    assert dates.today() == MONDAY


@pytest.mark.parametrize(
    "text", ["tomorrow", "+1d", "20261123", "2026-02-30", "1899-12-31", "03/04/2026"]
)
def test_the_environment_takes_iso_dates_only_and_the_error_names_the_variable(text):
    with pytest.raises(UsageProblem, match=re.escape(f"CARETOOL_TODAY is '{text}'")) as refused:
        dates.today({"CARETOOL_TODAY": text})
    assert refused.value.code == "date"


@pytest.mark.parametrize(
    ("day", "full", "short"),
    [
        (date(2026, 2, 3), "Tue 3 Feb 2026", "Tue 3 Feb"),
        (date(2026, 12, 31), "Thu 31 Dec 2026", "Thu 31 Dec"),
        (date(2027, 1, 1), "Fri 1 Jan 2027", "Fri 1 Jan 2027"),
        (date(2025, 11, 23), "Sun 23 Nov 2025", "Sun 23 Nov 2025"),
    ],
)
def test_a_day_is_shown_in_english_with_the_year_where_it_is_needed(day, full, short):
    assert dates.show(day) == full
    assert dates.show_short(day, MONDAY) == short


@given(st.dates())
def test_a_shown_day_names_weekday_day_month_and_year(day):
    weekday, number, month, year = dates.show(day).split()
    assert weekday == calendar.day_abbr[day.weekday()]
    assert (number, month, year) == (str(day.day), calendar.month_abbr[day.month], str(day.year))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T14:05:09-05:00", ("2026-11-23T19:05:09Z", -300)),
        ("2026-11-23T23:50:00-05:00", ("2026-11-24T04:50:00Z", -300)),
        ("2026-11-24T03:05:09.999999+05:45", ("2026-11-23T21:20:09Z", 345)),
        ("2026-11-23T14:05:09+00:00", ("2026-11-23T14:05:09Z", 0)),
    ],
)
def test_an_instant_is_stored_as_utc_and_the_local_offset(moment, expected):
    assert dates.utc_and_offset(datetime.fromisoformat(moment)) == expected


def test_a_moment_without_zone_cannot_be_stored():
    with pytest.raises(ValueError, match="time zone"):
        dates.utc_and_offset(datetime(2026, 11, 23, 14, 5))  # noqa: DTZ001 - the point of the test


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - zone comes from below
    st.integers(-14 * 60, 14 * 60),
)
def test_the_stored_values_give_the_instant_and_the_local_time_back(local, minutes):
    zone = timezone(timedelta(minutes=minutes))
    moment = local.replace(tzinfo=zone, microsecond=0)
    utc, offset = dates.utc_and_offset(moment)
    back = datetime.fromisoformat(utc).astimezone(timezone(timedelta(minutes=offset)))
    assert back.isoformat() == moment.isoformat()


def test_the_clock_loads_nothing_slow():
    code = "import sys, caretool.dates; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"dateutil", "tomllib", "typer", "rich", "sqlite3"} & set(loaded)


# the local time zone


@pytest.mark.parametrize(
    ("named", "expected"),
    [("America/New_York", "America/New_York"), (":Europe/Berlin", "Europe/Berlin"),
     ("Nowhere/Land", None)],
)  # fmt: skip
def test_the_time_zone_that_is_named_is_the_local_one_if_there_is_such_a_zone(
    named, expected, monkeypatch
):
    monkeypatch.setenv("TZ", named)
    assert dates.local_zone() == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [("zoneinfo/America/Puerto_Rico", "America/Puerto_Rico"), ("zoneinfo/Nowhere", None),
     ("elsewhere", None)],
)  # fmt: skip
@pytest.mark.parametrize("named", ["", "EST5EDT", "/usr/share/zoneinfo/UTC"])
def test_else_it_is_the_one_to_which_the_machines_own_file_leads(
    place, expected, named, tmp_path, monkeypatch
):
    monkeypatch.setenv("TZ", named)
    target = tmp_path / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"")
    (tmp_path / "localtime").symlink_to(target)
    monkeypatch.setattr(dates, "_LOCAL_TIME", tmp_path / "localtime")
    assert dates.local_zone() == expected
