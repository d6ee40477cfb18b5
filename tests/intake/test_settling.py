"""A column's dates are settled from all of its values and those of the file, or it is refused."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.errors import FileError
from caretool.intake.moments import DateForm
from caretool.intake.settling import settle_all

TODAY = date(2026, 11, 23)
DATES = st.dates(date(1901, 1, 1), date(2199, 12, 31))


def settle(values, declared=None, births=False):
    """The form of one column; `values` may give the line of each."""
    lines = values if isinstance(values, dict) else dict.fromkeys(values, 0)
    field = "birth_date" if births else "discharge"
    names = {field: 'list.csv column "Disch Date"'}
    return settle_all({field: lines}, names=names, declared=declared, today=TODAY)[field]


def settle_file(**columns):
    """The orders of several columns; each is given as its values, read from line 2 on."""
    return {name: form.order for name, form in forms(**columns).items()}


def forms(declared=None, known=None, pairs=None, today=TODAY, zone=None, **columns):
    lines = {
        name: {text: line for line, text in enumerate(texts, start=2)}
        for name, texts in columns.items()
    }
    names = {name: f'list.csv column "{name}"' for name in columns}
    return settle_all(
        lines, names=names, declared=declared, today=today, known=known, pairs=pairs, zone=zone
    )


def refusal(**columns):
    with pytest.raises(FileError) as caught:
        forms(**columns)
    return caught.value


# the own values


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["2026-11-05", "20261106", "Nov 7, 2026", ""], "iso"),
        ([], "iso"),
        (["NaN", "Total"], "iso"),
        (["03/04/2026", "11/13/2026"], "mdy"),
        (["03/04/2026", "13/11/2026"], "dmy"),
        (["3.4.2026 10:00", "13.11.2026 08:00"], "dmy"),
        (["3.4.2026", "11.13.2026"], "mdy"),  # dots decide nothing
        (["03/04/26 23:50", "11/13/26 00:10"], "mdy"),
        (["2026-11-05", "11/13/2026"], "mdy"),
        (["05/05/2026", "11/11/26"], "mdy"),  # the same in both readings
        (["01/01/1900", "00/00/0000"], "mdy"),
        (["02/30/2026", "03/04/2026"], "mdy"),  # impossible, yet only month first
        (["13/13/2026", "11/13/2026"], "mdy"),  # neither: that row is bad, the column is not
        (["13/13/2026"], "iso"),
        (["03042026", "11132026"], "mdy"),
        (["03042026 0800", "13112026 1210"], "dmy"),
        (["Wed 03/04/2026", "05/06/2026"], "mdy"),  # 4 March 2026 is a Wednesday, 3 April a Friday
        (["Fri 03/04/2026", "05/06/2026"], "dmy"),
        (["miércoles, 03/04/2026 10:00"], "mdy"),
        (["12/31/9999", "03/04/2026"], "mdy"),
    ],
)
def test_a_column_has_the_form_that_all_its_values_allow(values, order):
    assert settle(values).order == order


def test_an_open_column_is_refused_with_two_examples_and_the_option_that_decides():
    with pytest.raises(FileError) as caught:
        settle({"05/05/2026": 2, "03/04/2026 10:00": 7, "12/01/2026": 9, "01/02/2026": 11})
    assert caught.value.message == (
        'list.csv column "Disch Date": 03/04/2026 (line 7) can be 4 March or 3 April, '
        "12/01/2026 (line 9) can be 1 December or 12 January"
    )
    assert caught.value.hint == "say which: --date-format mdy (month first) or dmy (day first)"


def test_a_single_open_date_is_the_only_example():
    with pytest.raises(FileError, match=r"03/04/2026 can be 4 March or 3 April$"):
        settle(["03/04/2026"])
    with pytest.raises(FileError, match=r"03042026 can be 4 March or 3 April$"):
        settle(["03042026 0800"])


def test_a_column_that_fits_neither_reading_is_refused_with_two_examples():
    with pytest.raises(FileError) as caught:
        settle({"11/13/2026": 2, "13/11/2026": 5})
    assert caught.value.message == (
        'list.csv column "Disch Date": 11/13/2026 (line 2) can only be month first, '
        "13/11/2026 (line 5) only day first"
    )


def test_birth_dates_are_not_repeated_in_messages():
    with pytest.raises(FileError) as caught:
        settle({"03/04/1950": 2, "05/06/1951": 4}, births=True)
    assert caught.value.message == (
        'list.csv column "Disch Date": one date (line 2) and one date (line 4) can be read month '
        "first or day first, like all others"
    )
    with pytest.raises(FileError) as caught:
        settle({"11/13/1950": 2, "13/11/1950": 3}, births=True)
    assert "1950" not in caught.value.message
    assert "(line 2)" in caught.value.message


def test_every_month_has_its_name_in_the_message():
    for month in range(1, 12):
        with pytest.raises(FileError) as caught:
            settle([f"{month:02d}/12/2026"])
        assert f"{date(2026, month, 12):12 %B} or {month} December" in caught.value.message


def test_what_the_user_declares_is_not_questioned():
    assert settle(["11/13/2026", "13/11/2026"], declared="dmy").order == "dmy"
    form = settle(["03/04/2026"], declared="iso")
    assert form.order == "iso"
    assert form.read("2026-11-05") == (date(2026, 11, 5), None)
    with pytest.raises(ValueError, match="is not a date"):
        settle(["11/13/2026"], declared="dmy").read("11/13/2026")


# spreadsheets' numbers


@pytest.mark.parametrize(
    ("values", "births", "order"),
    [
        (["46330", "46331.5", ""], False, "excel"),
        (["46330", "46331", "46332", "Total: 3"], False, "excel"),
        (["46330", "46331", "46332", "47"], False, "excel"),  # a total in this column
        (["46330", "2026-11-05", "46331"], False, "excel"),  # those are read under every form
        (["18500", "9000", "30211"], True, "excel"),  # 1950, 1924, 1982
        (["46330", "11/13/2026"], False, "mdy"),  # the number is then a bad value of its row
        (["20261105", "20261106"], False, "iso"),
        (["46330", "20261106", "20261107"], False, "iso"),
        (["10234", "99871", "54123"], False, "iso"),  # numbers of another kind
        (["10234", "99871", "54123"], True, "iso"),
        (["46330", "123456"], False, "iso"),
        (["46330", "60000"], False, "iso"),  # 2064
        (["30000"], False, "iso"),  # a stay of 1982
        (["1950", "1951"], True, "iso"),  # years
        (["1950", "1951", "19500"], True, "iso"),
        (["46360"], True, "iso"),  # born after today
        (["0", "1", ""], True, "iso"),
    ],
)
def test_numbers_are_dates_only_in_a_column_that_has_nothing_else(values, births, order):
    assert settle(values, births=births).order == order


def test_numbers_are_found_whatever_form_the_user_names_for_the_other_columns():
    found = settle_file(declared="dmy", birth_date=["18500", "19000"], discharge=["01/02/2026"])
    assert found == {"birth_date": "excel", "discharge": "dmy"}


# the other columns


def test_an_open_column_is_written_like_the_others():
    found = forms(birth_date=["01/25/1951", "03/04/1950"], discharge=["11/09/26 08:00", "11/10/26"])
    assert found["discharge"].order == "mdy"
    assert found["discharge"].settled_by == "the other columns"
    assert found["birth_date"].settled_by == "its own values"
    assert list(found) == ["birth_date", "discharge"]
    found = settle_file(birth_date=["03/04/1950"], admit=["2026-11-01"], discharge=["13.11.2026"])
    assert found == {"birth_date": "dmy", "admit": "iso", "discharge": "dmy"}


def test_columns_that_are_the_same_in_both_readings_follow_too():
    assert settle_file(admit=["05/05/2026"], discharge=["13/11/2026"])["admit"] == "dmy"
    assert settle_file(admit=["05/05/2026"])["admit"] == "mdy"


def test_other_columns_that_are_iso_or_numbers_or_disagree_decide_nothing():
    open_ = ["03/04/2026"]
    assert "can be" in refusal(admit=open_, discharge=["2026-11-13"]).message
    assert "can be" in refusal(admit=open_, discharge=["46330"]).message
    assert "can be" in refusal(
        admit=open_, discharge=["11/13/2026"], birth_date=["31/01/1950"]
    ).message  # fmt: skip
    assert refusal(birth_date=["03/04/1950"], discharge=["05/06/2026"]).message.startswith(
        'list.csv column "birth_date"'
    )


def test_the_saved_layout_decides_an_open_column():
    known = {
        "birth_date": DateForm("dmy", births=True, today=TODAY),
        "admit": DateForm("mdy", births=False, today=TODAY),
    }
    # of the column itself, whatever the other columns are
    found = forms(known=known, birth_date=["31/01/1950"], admit=["03/04/2026"])
    assert [form.order for form in found.values()] == ["dmy", "mdy"]
    assert found["admit"].settled_by == "the saved layout"
    # of another column
    del known["admit"]
    assert settle_file(known=known, admit=["03/04/2026"]) == {"admit": "dmy"}
    # but not against what its values say themselves
    assert settle_file(known=known, birth_date=["01/31/1950"]) == {"birth_date": "mdy"}
    # nor where it would put a birth after today: 3 December
    with pytest.raises(FileError):
        forms(known={"birth_date": DateForm("mdy", births=True, today=TODAY)},
              birth_date=["12/03/2026"])  # fmt: skip


# today


def test_no_birth_lies_after_today():
    # 3 December 2026 is after today, 12 March is not
    assert settle_file(birth_date=["12/03/2026", "01/02/1950"]) == {"birth_date": "dmy"}
    assert settle_file(birth_date=["03/12/2026", "01/02/1950"]) == {"birth_date": "mdy"}
    # both readings lie in the past: 4 March and 3 April
    assert refusal(birth_date=["03/04/2026", "01/02/1950"])
    # neither reading is possible
    assert refusal(birth_date=["12/03/2026", "03/12/2026"])
    # two figures of a year are never in the future
    assert refusal(birth_date=["12/03/26"])


def test_other_dates_may_lie_ahead_as_plans_do_but_not_far():
    june = date(2026, 6, 24)
    # month first: 6 October, 104 days ahead; day first: 10 June
    assert forms(today=june, discharge=["10/06/2026"])["discharge"].order == "dmy"
    # month first: 7 June; day first: 6 July, 12 days ahead, perhaps planned
    with pytest.raises(FileError):
        forms(today=june, discharge=["06/07/2026"])
    # month first: 11 December, 18 days ahead; day first: 12 November
    assert refusal(discharge=["12/11/2026"])


# rows


def test_no_stay_ends_before_it_begins():
    pairs = {("admit", "discharge"): {("11/09/2026", "02/10/2026"), ("09/08/2026", "01/09/2026")}}
    # month first both end before they begin; day first 11 September to 2 October, 9 August to
    # 1 September
    found = forms(
        pairs=pairs, admit=["11/09/2026", "09/08/2026"], discharge=["02/10/2026", "01/09/2026"]
    )
    assert {form.order for form in found.values()} == {"dmy"}
    assert found["admit"].settled_by == "no date before an earlier one"


def test_one_row_in_the_wrong_order_decides_nothing():
    pairs = {("admit", "discharge"): {("11/09/2026", "02/10/2026")}}
    with pytest.raises(FileError):
        forms(pairs=pairs, admit=["11/09/2026"], discharge=["02/10/2026"])


def test_an_open_column_is_compared_with_a_certain_one():
    admit, discharge = ["11/10/2026", "12/10/2026", "x"], ["2026-10-14", "2026-10-15", ""]
    pairs = {("admit", "discharge"): list(zip(admit, discharge, strict=True))}
    # month first 10 November and 10 December, after the stays; day first 11 and 12 October
    assert settle_file(pairs=pairs, admit=admit, discharge=discharge) == {
        "admit": "dmy",
        "discharge": "iso",
    }
    # nor does it matter that the certain one is known only from the saved layout
    known = {"discharge": DateForm("iso", births=False, today=TODAY)}
    assert settle_file(pairs=pairs, known=known, admit=admit) == {"admit": "dmy"}
    # columns that are not there are not compared
    with pytest.raises(FileError):
        forms(pairs={("birth_date", "admit"): [("a", "b")]}, admit=admit)


def test_hints_that_disagree_decide_nothing():
    # the other column is month first, but a birth on 3 December 2026 cannot be
    assert refusal(birth_date=["12/03/2026"], discharge=["11/13/2026"])


def test_the_zone_goes_into_every_form():
    found = forms(zone="America/Puerto_Rico", admit=["2026-11-01"], discharge=["46330"])
    assert {form.zone for form in found.values()} == {"America/Puerto_Rico"}
    with pytest.raises(ValueError, match="is not the name of a time zone"):
        forms(zone="Nowhere", admit=["2026-11-01"])


# anything


@settings(max_examples=200, deadline=None)
@given(days=st.lists(DATES, min_size=1, max_size=8), order=st.sampled_from(["mdy", "dmy"]))
def test_a_column_is_settled_as_written_or_refused(days, order):
    """Whatever decides, it never decides wrongly for dates that are all in the past."""
    late = max(days) + timedelta(days=1)
    figures = "{0.month:02d}/{0.day:02d}" if order == "mdy" else "{0.day:02d}/{0.month:02d}"
    form = figures + "/{0.year}"
    texts = [form.format(day) for day in days]
    try:
        found = forms(today=late, birth_date=texts)["birth_date"]
    except FileError:
        assert all(day.day <= 12 for day in days)
        assert any(day.day != day.month for day in days)
    else:
        assert [found.read(text) for text in texts] == [(day, None) for day in days]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text("0123456789/-. Monlues,", max_size=20) | st.text(max_size=30),
                       st.integers(0, 99), max_size=8),
       st.booleans())  # fmt: skip
def test_any_column_is_settled_or_refused_by_name(values, births):
    try:
        order = settle(values, births=births).order
    except FileError as problem:
        order = problem.message
    assert order in ("iso", "mdy", "dmy", "excel") or (
        order.startswith('list.csv column "Disch Date": ') and order.isprintable()
    )


def test_a_date_of_long_ago_in_a_date_of_the_stay_is_told_by_its_line_only():
    """It may be a birth date, in a row whose cells have slipped."""
    with pytest.raises(FileError) as caught:
        settle({"12/06/1962": 41, "11/12/2026": 7}, births=False)
    assert "1962" not in caught.value.message
    assert "line 41" in caught.value.message
