"""Cell texts become dates and times of day under the form of their column, nothing, or errors."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caretool.intake.moments import DateForm, has_utc

TODAY = date(2026, 11, 23)
ISO, MDY, DMY = (DateForm(order, births=False, today=TODAY) for order in ("iso", "mdy", "dmy"))


# what a date is


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("2026-11-05", date(2026, 11, 5), None),
        ("2026-11-05 12:00", date(2026, 11, 5), time(12)),
        ("2026-11-05 12:34:56.789", date(2026, 11, 5), time(12, 34, 56)),
        ("2026-11-05T23:50:00Z", date(2026, 11, 5), time(23, 50)),
        ("2026-11-05T23:50:00-07:00", date(2026, 11, 5), time(23, 50)),
        ("2026-11-05T23:50:00.000+0000", date(2026, 11, 5), time(23, 50)),
        ("2026/11/5", date(2026, 11, 5), None),
        ("  2026-11-05  ", date(2026, 11, 5), None),
        ("20261105", date(2026, 11, 5), None),
        ("202611052350", date(2026, 11, 5), time(23, 50)),
        ("20261105235001", date(2026, 11, 5), time(23, 50, 1)),
        ("20261105235001.1234-0500", date(2026, 11, 5), time(23, 50, 1)),
        ("20261105T235001Z", date(2026, 11, 5), time(23, 50, 1)),
        ("20261105 23:50", date(2026, 11, 5), time(23, 50)),
        ("Nov 09, 2026", date(2026, 11, 9), None),
        ("November 9, 2026", date(2026, 11, 9), None),
        ("Nov. 9 2026 1:05 PM", date(2026, 11, 9), time(13, 5)),
        ("09-Nov-2026", date(2026, 11, 9), None),
        ("9 NOV 2026", date(2026, 11, 9), None),
        ("09Nov2026", date(2026, 11, 9), None),
        ("9-Sept-26 08:00", date(2026, 9, 9), time(8)),
        ("Oct 9, 2026", date(2026, 10, 9), None),
        ("2026-11-05 24:00", date(2026, 11, 5), time(23, 59, 59)),
        # Spanish
        ("9 de noviembre de 2026", date(2026, 11, 9), None),
        ("9 de Noviembre del 2026", date(2026, 11, 9), None),
        ("noviembre 9, 2026", date(2026, 11, 9), None),
        ("09/nov/2026", date(2026, 11, 9), None),
        ("09-ENE-2026", date(2026, 1, 9), None),
        ("9 dic. 2026 8:05 a. m.", date(2026, 12, 9), time(8, 5)),
        ("9 dic. 2026 8:05 p.\u00a0m.", date(2026, 12, 9), time(20, 5)),
        ("1\u00ba de agosto de 2026", date(2026, 8, 1), None),
        ("1ro de agosto de 2026", date(2026, 8, 1), None),
        ("9agosto2026", date(2026, 8, 9), None),
        ("9 de octubre de 2026 a las 14:30", date(2026, 10, 9), time(14, 30)),
        # weekdays before it: 9 November 2026 is a Monday, 11 November a Wednesday
        ("Monday, November 9, 2026", date(2026, 11, 9), None),
        ("Mon Nov 09 2026 08:00", date(2026, 11, 9), time(8)),
        ("lunes, 9 de noviembre de 2026", date(2026, 11, 9), None),
        ("miércoles 11 de noviembre de 2026", date(2026, 11, 11), None),
        ("Mar 9, 2026", date(2026, 3, 9), None),  # March, although mar is martes too
        ("mar 10 de noviembre de 2026", date(2026, 11, 10), None),
        ("Wed. 2026-11-11 08:00", date(2026, 11, 11), time(8)),
        # ordinals
        ("November 9th, 2026", date(2026, 11, 9), None),
        ("1st November 2026", date(2026, 11, 1), None),
        ("9th of November 2026", date(2026, 11, 9), None),
        ("Nov 3rd 2026", date(2026, 11, 3), None),
        # other ways to write the clock
        ("2026-11-09-08.00.00", date(2026, 11, 9), time(8)),
        ("2026-11-09-08.00.00.123456", date(2026, 11, 9), time(8)),
        ("2026-11-09 0800", date(2026, 11, 9), time(8)),
        ("2026-11-09 @ 2350", date(2026, 11, 9), time(23, 50)),
        ("Nov 9, 2026 at 8:00 AM", date(2026, 11, 9), time(8)),
        ("2026-11-09 08:00 EST", date(2026, 11, 9), time(8)),
        ("2026-11-09 23:50 hrs", date(2026, 11, 9), time(23, 50)),
        ("20070207 0403-0500", date(2007, 2, 7), time(4, 3)),  # seen in PV1-44
        ("202611092350012345678901", date(2026, 11, 9), time(23, 50, 1)),  # 24 figures, seen
        ("2026110908", date(2026, 11, 9), time(8)),
        ("\uff12\uff10\uff12\uff16-11-05", date(2026, 11, 5), None),  # full-width figures
    ],
)
def test_dates_with_one_reading_are_read_under_every_form(text, day, at):
    for form in (ISO, MDY, DMY):
        assert form.read(text) == (day, at)
        assert form.read(text) == (day, at)  # the second time from memory


@pytest.mark.parametrize(
    ("text", "mdy", "dmy"),
    [
        ("03/04/2026", date(2026, 3, 4), date(2026, 4, 3)),
        ("3-4-2026", date(2026, 3, 4), date(2026, 4, 3)),
        ("3.4.26", date(2026, 3, 4), date(2026, 4, 3)),
        ("03042026", date(2026, 3, 4), date(2026, 4, 3)),
        ("Wed 03/04/2026", date(2026, 3, 4), None),  # 3 April 2026 is a Friday
        ("Fri 03/04/2026", None, date(2026, 4, 3)),
    ],
)
def test_dates_in_figures_are_read_under_their_form_only(text, mdy, dmy):
    for form, day in ((MDY, mdy), (DMY, dmy)):
        if day:
            assert form.read(text) == (day, None)
        else:
            with pytest.raises(ValueError, match="names a day of the week that the date is not"):
                form.read(text)
    with pytest.raises(ValueError, match="is not an ISO date"):
        ISO.read(text)


@pytest.mark.parametrize(
    ("clock", "at"),
    [
        ("0:05", time(0, 5)),
        ("23:50:59", time(23, 50, 59)),
        ("12:05 AM", time(0, 5)),
        ("12:05 PM", time(12, 5)),
        ("03:04 am", time(3, 4)),
        ("3:04PM", time(15, 4)),
        ("3:04 p.m.", time(15, 4)),
        ("3:04:05 P", time(15, 4, 5)),
        ("15:04 PM", time(15, 4)),  # seen: a 24-hour time with PM after it
    ],
)
def test_times_of_day_in_both_clocks(clock, at):
    assert MDY.read(f"11/09/26 {clock}") == (date(2026, 11, 9), at)
    assert MDY.read(f"11/09/2026  {clock}") == (date(2026, 11, 9), at)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-02-30", "is not a date"),
        ("02/30/2026", "is not a date"),
        ("02/29/2025", "is not a date"),
        ("13/13/2026", "is not a date"),
        ("Feb 30, 2026", "is not a date"),
        ("20261301", "is not a date"),
        ("0026-11-05", "is not a date"),
        ("2026-11", "is not a date"),
        ("10", "is not a date"),
        ("46331", "is not a date"),  # a spreadsheet's serial number
        ("Marble 3, 2026", "is not a date"),
        ("Total discharges: 47", "is not a date"),
        ("2026-11-05 12:00 noon", "is not a date"),
        ("2026-11-05x", "is not a date"),
        ("2026-11-0508:00", "is not a date"),
        ("1092026", "is not a date"),  # a lost zero: 9 January, or 2 or 10 September
        ("202611091", "is not a date"),
        ("Nov 9 08:00", "is not a date"),
        ("32132026", "is not a date"),
        ("Mon 2026-11-10", "names a day of the week that the date is not"),
        ("lunes", "is not a date"),
        ("2026-11-05 25:00", "has an impossible time of day"),
        ("2026-11-05 15:00 AM", "has an impossible time of day"),
        ("11/5-2026", "is not a date"),
        ("٢٠٢٦-11-05", "is not a date"),
    ],
)
def test_what_is_no_date_is_refused_without_being_repeated(text, reason):
    for _ in range(2):
        with pytest.raises(ValueError, match=reason) as caught:
            MDY.read(text)
        assert text not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "-", "--", "~", ".", "NaN", "NULL", "None", "N/A", "#N/A", "?", "1900-01-01",
     "01/01/1900", "1/1/1900 00:00", "Jan 01, 1900", "00000000", "0000-00-00", "00/00/0000",
     "99991231", "12/31/9999", "9999-12-31T00:00:00Z", "ZZZZ-ZZ-ZZ", "zzzz-zz-zz", "__/__/____",
     "0", "1/1/0001 00:00:00", "0001-01-01T00:00:00", "1753-01-01", "12/30/1899", "2999-12-31",
     "#REF!", "(null)", "Unknown", "not available", "desconocida", "n/d"],
)  # fmt: skip
def test_placeholders_are_no_date(text):
    assert MDY.read(text) is None
    assert MDY.read(text) is None


@pytest.mark.parametrize(
    ("text", "birth", "other"),
    [
        ("11/23/26", 2026, 2026),  # today
        ("11/24/26", 1926, 2026),  # a birth tomorrow was one a hundred years ago
        ("01/15/27", 1927, 2027),
        ("07/04/50", 1950, None),
        ("07/04/76", 1976, 1976),
        ("07/04/99", 1999, 1999),
        ("02/29/00", 2000, 2000),
        ("02/29/28", 1928, None),
        ("9-Mar-45", 1945, None),
        ("9-Mar-69", 1969, None),
        ("9-Mar-70", 1970, 1970),
    ],
)
def test_two_digit_years_of_birth_lie_in_the_past_and_others_never_far_ahead(text, birth, other):
    births = DateForm("mdy", births=True, today=TODAY)
    assert births.read(text)[0].year == birth
    if other:
        assert MDY.read(text)[0].year == other
    else:  # not of the last century either: the row would pass for an old stay
        with pytest.raises(ValueError, match="has a year far ahead of today"):
            MDY.read(text)


# month names, in full and short, one by one: a table of theirs once made February January

ENGLISH = {
    1: "January Jan", 2: "February Feb", 3: "March Mar", 4: "April Apr", 5: "May", 6: "June Jun",
    7: "July Jul", 8: "August Aug", 9: "September Sep Sept", 10: "October Oct", 11: "November Nov",
    12: "December Dec",
}  # fmt: skip
SPANISH = {
    1: "enero ene", 2: "febrero feb", 3: "marzo mar", 4: "abril abr", 5: "mayo may",
    6: "junio jun", 7: "julio jul", 8: "agosto ago", 9: "septiembre setiembre sep sept set",
    10: "octubre oct", 11: "noviembre nov", 12: "diciembre dic",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "month"),
    [
        (name, month)
        for table in (ENGLISH, SPANISH)
        for month in table
        for name in table[month].split()
    ],
)
def test_every_month_name_means_its_month(name, month):
    expected = (date(2026, month, 9), None)
    for written in (name, name.upper(), name.lower(), name.capitalize() + "."):
        for text in (f"{written} 9, 2026", f"9 {written} 2026", f"09-{written}-26"):
            assert DateForm("iso", births=True, today=date(2026, 12, 31)).read(text) == expected
    assert ISO.read(f"9 de {name} de 2026") == expected


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Mon Monday lun lunes", 9), ("Tue Tues Tuesday mar martes", 10),
        ("Wed Weds Wednesday mie mié miércoles", 11),
        ("Thu Thur Thurs Thursday jue jueves", 12),
        ("Fri Friday vie viernes", 13), ("Sat Saturday sab sáb sábado", 14),
        ("Sun Sunday dom domingo", 15),
    ],
)  # fmt: skip
def test_every_weekday_may_stand_before_its_date(name, day):
    for word in name.split():
        assert MDY.read(f"{word} 11/{day}/2026") == (date(2026, 11, day), None)
        assert ISO.read(f"{word}, {day} Nov 2026") == (date(2026, 11, day), None)
        with pytest.raises(ValueError, match="names a day of the week"):
            MDY.read(f"{word} 11/{day + 1}/2026")


# spreadsheets' numbers


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        # 25569 is 1970-01-01: 70 years of 365 days, 17 leap days, the false one, and one for day 1
        ("25569", date(1970, 1, 1), None),
        ("46336", date(2026, 11, 10), None),  # 25569 + 20767 days, of which 14 are leap days
        ("46336.0", date(2026, 11, 10), None),
        ("46336.5", date(2026, 11, 10), time(12)),
        ("46336,25", date(2026, 11, 10), time(6)),
        ("46336.99305555556", date(2026, 11, 10), time(23, 50)),
        ("46336.9999999", date(2026, 11, 10), time(23, 59, 59)),  # and stays on its date
        (" 59 ", date(1900, 2, 28), None),
        ("61", date(1900, 3, 1), None),
        ("2", date(1900, 1, 2), None),
        ("2026-11-05 08:00", date(2026, 11, 5), time(8)),
        ("Nov 9, 2026", date(2026, 11, 9), None),
    ],
)
def test_numbers_are_days_since_1900_in_a_column_of_them(text, day, at):
    form = DateForm("excel", births=True, today=TODAY)
    assert form.read(text) == form.read(text) == (day, at)


def test_a_number_that_stands_for_no_day_is_none_or_refused():
    form = DateForm("excel", births=False, today=TODAY)
    assert [form.read(text) for text in ("0", "1", "2958465", "")] == [None] * 4
    for text in (
        "60",
        "1950",
        "2026",
        "2958466",
        "9999999",
        "123456789",
        "11/09/2026",
        "x",
        "1.5.2",
    ):
        with pytest.raises(ValueError, match=r"is not a(n ISO)? date") as caught:
            form.read(text)
        assert text not in str(caught.value)


def test_a_lone_number_in_another_column_is_said_to_be_a_spreadsheets():
    with pytest.raises(ValueError, match="perhaps a spreadsheet's number"):
        MDY.read("46336")


# time zones


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        # New York is 5 hours behind in November, 4 until 1 November 2026
        ("2026-11-20T02:30:00Z", date(2026, 11, 19), time(21, 30)),
        ("2026-10-20T03:59:00Z", date(2026, 10, 19), time(23, 59)),
        ("2026-10-20T04:00:00Z", date(2026, 10, 20), time()),
        ("2026-11-20 12:00 UTC", date(2026, 11, 20), time(7)),
        ("2026-11-20 02:30:00 GMT", date(2026, 11, 19), time(21, 30)),
        ("2026-11-20T02:30:00.123+00:00", date(2026, 11, 19), time(21, 30)),
        ("20261120023000+0000", date(2026, 11, 19), time(21, 30)),
        ("11/20/2026 2:30 AM UTC", date(2026, 11, 19), time(21, 30)),
        ("2026-01-01T00:30:00Z", date(2025, 12, 31), time(19, 30)),
        # a date that software wrote as a stamp
        ("2026-11-20T00:00:00Z", date(2026, 11, 20), None),
        ("2026-11-20T00:00:00.000+0000", date(2026, 11, 20), None),
        # written with another offset or none
        ("2026-11-20T23:50:00-05:00", date(2026, 11, 20), time(23, 50)),
        ("2026-11-20T02:30:00-08:00", date(2026, 11, 20), time(2, 30)),
        ("2026-11-20T02:30:00", date(2026, 11, 20), time(2, 30)),
        ("2026-11-20", date(2026, 11, 20), None),
    ],
)
def test_only_stamps_in_utc_are_moved_to_the_zone(text, day, at):
    form = DateForm("mdy", births=False, today=TODAY, zone="America/New_York")
    assert form.read(text) == form.read(text) == (day, at)


def test_without_a_zone_a_stamp_is_read_as_written():
    assert MDY.read("2026-11-20T02:30:00Z") == (date(2026, 11, 20), time(2, 30))
    assert MDY.read("2026-11-20T00:00:00Z") == (date(2026, 11, 20), time())


def test_a_form_with_another_zone_remembers_nothing_of_the_first():
    form = DateForm("mdy", births=False, today=TODAY)
    assert form.read("2026-11-20T02:30:00Z")[0] == date(2026, 11, 20)
    moved = replace(form, zone="America/New_York")
    assert moved.read("2026-11-20T02:30:00Z")[0] == date(2026, 11, 19)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "America"])
def test_an_unknown_time_zone_is_refused(zone):
    with pytest.raises(ValueError, match="is not the name of a time zone"):
        DateForm("iso", births=False, today=TODAY, zone=zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T02:30:00Z", True), ("2026-11-20 02:30 UTC", True), ("20261120023000Z", True),
        ("20261120120000+0000", True), ("11/20/2026 02:30:00 GMT", True),
        ("2026-11-20T02:30:00.5+00:00", True), (" 2026-11-20T02:30Z ", True),
        ("2026-11-20T00:00:00Z", False), ("20261120000000Z", False), ("2026-11-20", False),
        ("2026-11-20T02:30:00-05:00", False), ("2026-11-20T02:30:00", False), ("Luz", False),
        ("2026-11-00", False), ("", False), ("Z", False),
    ],
)  # fmt: skip
def test_a_column_with_a_stamp_in_utc_is_told_from_others(text, expected):
    assert has_utc(["2026-11-05", text]) is expected
    assert has_utc([text, "2026-11-05"]) is expected


DATES = st.dates(date(1901, 1, 1), date(2199, 12, 31))
TIMES = st.times().map(lambda found: found.replace(microsecond=0))
FORMATS = {
    "iso": [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y%m%d",
        "%b %d, %Y",
        "%d-%b-%Y",
        "%d %B %Y",
        "%B %d %Y",
        "%A, %B %d, %Y",
        "%d de %E de %Y",
        "%E %d, %Y",
        "%A %d/%b/%Y",
        "%dth of %B %Y",
    ],
    "mdy": ["%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m%d%Y", "%A %m/%d/%Y"],
    "dmy": ["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d%m%Y", "%A, %d/%m/%Y"],
}
CLOCKS = [
    "",
    " %H:%M:%S",
    " %I:%M:%S %p",
    "T%H:%M:%SZ",
    " %H:%M:%S.250",
    "T%H:%M:%S-05:00",
    " %H%M%S",
    " @ %H:%M:%S",
    ", %I:%M:%S %p",
]


def written(day, at, text):
    """`text` filled in, by hand rather than by strftime (years below 1000, locales)."""
    for code, value in {
        "%Y": f"{day.year:04d}", "%m": f"{day.month:02d}", "%d": f"{day.day:02d}",
        "%A": WEEKDAYS[day.weekday()], "%E": MESES[day.month - 1],
        "%B": MONTHS[day.month - 1], "%b": MONTHS[day.month - 1][:3], "%H": f"{at.hour:02d}",
        "%I": f"{at.hour % 12 or 12:02d}", "%M": f"{at.minute:02d}", "%S": f"{at.second:02d}",
        "%p": "PM" if at.hour >= 12 else "AM",
    }.items():  # fmt: skip
        text = text.replace(code, value)
    return text


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
MESES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@settings(max_examples=600, deadline=None)
@given(day=DATES, at=TIMES, order=st.sampled_from(sorted(FORMATS)), data=st.data())
def test_a_date_written_in_any_supported_form_reads_back_under_it(day, at, order, data):
    clock = data.draw(st.sampled_from(CLOCKS))
    text = written(day, at, data.draw(st.sampled_from(FORMATS[order])) + clock)
    form = DateForm(order, births=False, today=TODAY)
    expected = (day, at if clock else None)
    assert form.read(text) == expected
    assert form.read(text) == expected


def test_every_birthday_since_1900_reads_back_in_every_form():
    """All days, each in two-digit years where that is certain, and as a spreadsheet's number."""
    excel = DateForm("excel", births=True, today=TODAY)
    forms = {order: DateForm(order, births=True, today=TODAY) for order in ("iso", "mdy", "dmy")}
    number, day = 2, date(1900, 1, 2)
    while day <= TODAY:
        y, m, d = day.year, day.month, day.day
        expected = (day, None)
        assert (
            forms["iso"].read(f"{y}-{m:02}-{d:02}")
            == forms["iso"].read(f"{y}{m:02}{d:02}")
            == expected
        )
        assert (
            forms["mdy"].read(f"{m}/{d}/{y}") == forms["mdy"].read(f"{m:02}{d:02}{y}") == expected
        )
        assert (
            forms["dmy"].read(f"{d}.{m}.{y}") == forms["dmy"].read(f"{d:02}{m:02}{y}") == expected
        )
        assert forms["iso"].read(f"{d} de {MESES[m - 1]} de {y}") == expected
        if day > date(1926, 11, 23):
            assert forms["mdy"].read(f"{m}/{d}/{y % 100:02}") == expected
        if not 1850 <= number < 2200:  # those look like years alone
            assert excel.read(str(number)) == expected
        day += timedelta(days=1)
        number += 2 if number == 59 else 1
    assert number == 46_350  # 2026-11-24


@settings(max_examples=300, deadline=None)
@given(
    texts=st.lists(
        st.text("0123456789/-.: TZAPMnovNOV,+~", max_size=24) | st.text(max_size=12), max_size=6
    ),
    order=st.sampled_from([*sorted(FORMATS), "excel"]),
    zone=st.sampled_from([None, "America/New_York"]),
)
@example(texts=["20261010203800", "2026-10-10 203800"], order="iso", zone=None)
@example(texts=["20261010T203800", "2026-10-10T203800", "10/10/26T203800"], order="mdy", zone=None)
@example(texts=["2026-10-10T03:04Z", "2026-11-20T03:04Z"], order="iso", zone="America/New_York")
@example(texts=["2026-10-10 03:04", "2026101003:04", "20261010 03:04"], order="iso", zone=None)
def test_what_was_read_before_never_changes_what_is_read(texts, order, zone):
    warm = DateForm(order, births=False, today=TODAY, zone=zone)
    for text in [*texts, *texts]:
        cold = DateForm(order, births=False, today=TODAY, zone=zone)
        assert outcome(warm, text) == outcome(cold, text)


def outcome(form, text):
    try:
        return form.read(text)
    except ValueError as problem:
        return str(problem)


def test_a_cell_of_any_length_is_refused_at_once():
    for text in ("1" + " " * 100_000 + "x", "9" * 100_000, "1 : " * 30_000):
        with pytest.raises(ValueError, match="is not a date"):
            MDY.read(text)
    assert MDY.read("2026-11-05" + " " * 100_000) == (date(2026, 11, 5), None)


def test_the_memory_of_a_form_stays_bounded():
    form = DateForm("iso", births=False, today=TODAY)
    start = date(1850, 1, 1)
    for number in range(70_000):
        form.read(str(start + timedelta(days=number)))
    assert len(form._moments) < 61_000


@settings(max_examples=500, deadline=None)
@given(
    st.text(max_size=60)
    | st.text("0123456789/-.:, TZAPMdenov+~\u00b2\u0663\u00a0\u0301", max_size=50)
    | st.from_regex(r"\A[0-9]{1,30}[.,]?[0-9]{0,30}\Z"),
    st.sampled_from(["iso", "mdy", "dmy", "excel"]),
    st.booleans(),
)
def test_any_text_is_a_date_nothing_or_a_value_error(text, order, births):
    found = outcome(DateForm(order, births=births, today=TODAY, zone="America/Puerto_Rico"), text)
    if isinstance(found, str):
        assert len(text.strip()) < 15 or text.strip() not in found
    elif found and births and len(text.strip()) == 8 and text.strip()[2] == "/":
        assert found[0] <= TODAY
    assert has_utc([text]) in (True, False)
