"""The calendar of one patient's medicines: which day was what, in signs, and as a picture.

Expected calendars were worked out on paper, day by day; random ones by living through the days.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool import day_page, day_picture
from caretool.adherence import measure, together
from caretool.day_page import Sign
from caretool.methods import METHODS, Top
from caretool.supply import Carry, Supply

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
SVG = "{http://www.w3.org/2000/svg}"


def fill(on: str, days: int, *drug: str, per_day: int = 0) -> Supply:
    return Supply(date.fromisoformat(on).toordinal(), days, drug or ("a",), per_day)


def stay(first: str, back: str) -> tuple[int, int]:
    """Away from the first day up to and without the day back."""
    return date.fromisoformat(first).toordinal(), date.fromisoformat(back).toordinal()


def window(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)


def figure_of(supplies, days, method="pdc", **more):
    return measure(supplies, *days, METHODS[method], **more)


def calendar(supplies, days, method="pdc", away=(), **more):
    figure = figure_of(supplies, days, method, away=away, **more)
    return day_page.months(day_page.days(supplies, figure, away))


# --- calendars worked out by hand


def test_february_of_a_leap_year_in_a_window_that_begins_and_ends_within_months():
    # 40 days from 1 February on: 29 in February, 11 in March; the window is 30 Jan to 15 Mar
    lines = calendar([fill("2024-02-01", 40)], window("2024-01-30", "2024-03-15"))

    assert lines == [
        "2024 1   5    10   15   20   25   30",
        "Jan                               --",
        "Feb  F████████████████████████████",
        "Mar  ███████████····",
    ]


def test_supply_that_an_early_refill_leaves_is_carried():
    # 10 days on the 1st, 10 more on the 8th: days 8 to 17 have that fill's own supply, and the
    # three days that were left reach to the 20th
    lines = calendar(
        [fill("2026-06-01", 10), fill("2026-06-08", 10)], window("2026-06-01", "2026-06-30")
    )

    assert lines[1] == "Jun  F██████F█████████▒▒▒··········"


def test_supply_of_a_stay_over_the_end_of_a_month_is_carried_behind_it():
    # 12 days from 28 January; away 30 January to 3 February: 2 days before, 10 from 4 February on,
    # of which those up to 8 February would have been covered without the stay
    lines = calendar(
        [fill("2026-01-28", 12)],
        window("2026-01-28", "2026-02-28"),
        away=[stay("2026-01-30", "2026-02-04")],
    )

    assert lines[1:] == [
        "Jan                             F█HH",
        "Feb  HHH█████▒▒▒▒▒···············",
    ]


def test_fill_on_a_day_in_hospital_is_seen_as_both():
    lines = calendar(
        [fill("2026-06-02", 2)],
        window("2026-06-01", "2026-06-06"),
        away=[stay("2026-06-01", "2026-06-03")],
    )

    assert lines[1] == "Jun  -f█▒··"  # filled on the 2nd; its second day would have been the 3rd


def test_methods_that_leave_stays_in_show_none():
    supplies = [fill("2026-06-01", 3)]

    lines = calendar(
        supplies, window("2026-06-01", "2026-06-05"), "cma6", [stay("2026-06-02", "2026-06-03")]
    )

    assert lines[1] == "Jun  F██··"


def test_supply_brought_into_the_window_is_carried_only_past_its_own_days():
    # 31 May: 10 days; 5 June: 4 days. Days 1 to 9 are the first fill's, 10 to 13 the second's
    supplies = [fill("2026-05-31", 10), fill("2026-06-05", 4)]

    lines = calendar(supplies, window("2026-06-01", "2026-06-15"), "pdc-window")

    assert lines[1] == "Jun  ████F████▒▒▒▒··"


def test_fills_before_the_window_that_do_not_count_are_not_shown():
    lines = calendar(
        [fill("2026-05-31", 10), fill("2026-06-03", 2)], window("2026-06-01", "2026-06-06")
    )

    assert lines[1] == "Jun  --F█··"


def test_days_after_a_period_that_ends_with_the_last_fill_are_not_counted():
    lines = calendar(
        [fill("2026-06-01", 2), fill("2026-06-05", 9)], window("2026-06-01", "2026-06-07"), "cma5"
    )

    assert lines[1] == "Jun  F█··---"


def test_window_ends_with_death():
    lines = calendar(
        [fill("2026-06-01", 3)], window("2026-06-01", "2026-06-30"), until=date(2026, 6, 5)
    )

    assert lines[1:] == ["Jun  F██··"]


def test_method_that_counts_no_days_shows_each_fill_on_its_own_days():
    lines = calendar(
        [fill("2026-06-01", 4), fill("2026-06-03", 4)], window("2026-06-01", "2026-06-08"), "mpr"
    )

    assert lines[1] == "Jun  F█F███··"


def test_no_figure_leaves_every_day_uncounted():
    supplies = [fill("2026-05-01", 3)]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-04"))

    assert figure.missing
    assert day_page.months(day_page.days(supplies, figure))[1] == "Jun  ----"


def test_period_that_ended_before_the_window_has_no_days():
    figure = figure_of([fill("2026-01-01", 3)], YEAR, until=date(2025, 6, 1))
    days = day_page.days([fill("2026-01-01", 3)], figure)

    assert days.signs == ()
    assert day_page.months(days) == []
    assert day_page.side_by_side([("metformin", [])]) == ["metformin"]


def test_year_stands_where_it_changes():
    lines = calendar([fill("2025-12-30", 4)], window("2025-12-30", "2026-01-04"))

    assert lines == [
        "2025 1   5    10   15   20   25   30",
        "Dec                               F█",
        "2026",
        "Jan  ██··",
    ]


def test_days_outside_the_window_have_a_sign_too():
    supplies = [fill("2026-06-01", 3)]
    days = day_page.days(supplies, figure_of(supplies, window("2026-06-01", "2026-06-04")))

    assert days.end == date(2026, 6, 4)
    assert days.on(date(2026, 5, 31)) == days.on(date(2026, 6, 5)) == Sign.OUTSIDE
    assert days.on(date(2026, 6, 4)) == Sign.UNCOVERED


def test_day_that_a_change_of_dose_covers_in_part_is_covered():
    # 3 days at 1 a day on the 1st; on the 3rd 2 days at 2 a day: one day left makes half a day
    supplies = [fill("2026-06-01", 3, per_day=1), fill("2026-06-03", 2, per_day=2)]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-08"), "cma6", by_dose=True)

    lines = day_page.months(day_page.days(supplies, figure))

    assert figure.days_covered == Fraction(9, 2)
    assert lines[1] == "Jun  F█F█▒···"


# --- several medicines


def test_switch_within_a_class_shows_the_class_and_each_drug():
    supplies = [fill("2026-06-01", 4, "lisinopril"), fill("2026-06-03", 4, "losartan")]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-08"))

    found = day_page.strips("RAS antagonists", supplies, figure)

    assert [(name, day_page.months(days)[1]) for name, days in found] == [
        ("RAS antagonists", "Jun  F█F███··"),
        ("lisinopril", "Jun  F███····"),
        ("losartan", "Jun  ··F███··"),
    ]


def test_combination_product_shares_the_calendar_of_what_it_waits_for():
    # a: 1 to 5; a+h waits: 6 to 8; b beside them
    supplies = [
        fill("2026-06-01", 5, "a"), fill("2026-06-02", 2, "b"), fill("2026-06-03", 3, "a", "h"),
    ]  # fmt: skip
    figure = figure_of(supplies, window("2026-06-01", "2026-06-09"))

    found = day_page.strips("class", supplies, figure)

    assert [(name, day_page.months(days)[1]) for name, days in found] == [
        ("class", "Jun  FFF██▒▒▒·"),
        ("a, a+h", "Jun  F█F██▒▒▒·"),
        ("b", "Jun  ·F█······"),
    ]


def test_combination_joins_the_stocks_of_both_its_ingredients():
    supplies = [
        fill("2026-06-01", 1, "a"),
        fill("2026-06-02", 1, "h"),
        fill("2026-06-03", 1, "a", "h"),
    ]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-04"))

    assert [name for name, _ in day_page.strips("class", supplies, figure)] == ["class"]


def test_stay_is_seen_in_every_calendar():
    supplies = [fill("2026-06-01", 3, "a"), fill("2026-06-01", 1, "b")]
    away = [stay("2026-06-02", "2026-06-03")]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-05"), away=away)

    found = day_page.strips("class", supplies, figure, away)

    assert [day_page.months(days)[1] for _, days in found] == [
        "Jun  FH█▒·",
        "Jun  FH█▒·",
        "Jun  FH···",
    ]


@pytest.mark.parametrize("carry", [Carry.POOL, Carry.SAME])
def test_one_stock_of_all_drugs_is_one_calendar(carry):
    supplies = [fill("2026-06-01", 4, "a"), fill("2026-06-03", 4, "b")]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-09"), "cma6", carry=carry)

    (name, days), = day_page.strips("class", supplies, figure)  # fmt: skip

    kept = "▒▒" if carry == Carry.POOL else "··"
    assert (name, day_page.months(days)[1]) == ("class", f"Jun  F█F███{kept}·")


def test_all_classes_at_once_show_the_days_on_which_each_had_medicine():
    x, y = [fill("2026-06-01", 6, "x")], [fill("2026-06-04", 6, "y")]
    days = window("2026-06-01", "2026-06-10")
    figure = together([figure_of(x, days), figure_of(y, days)])

    found = day_page.strips("x + y", [*x, *y], figure)

    assert [(name, day_page.months(one)[1]) for name, one in found] == [
        ("x + y", "Jun  ---F██····"),
        ("x", "Jun  ---███····"),
        ("y", "Jun  ---F█████·"),
    ]


# --- each fill as it is used


def test_uses_tell_first_and_last_day_and_what_was_left():
    supplies = [fill("2026-06-08", 10), fill("2026-06-01", 10)]
    away = [stay("2026-06-03", "2026-06-05")]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-30"), away=away)

    # 10 days around two in hospital: to 12 June; the next 10 from 13 to 22 June
    assert day_page.uses(supplies, figure, away) == [
        {"drug": "a", "filled_on": date(2026, 6, 1), "days_supply": 10, "left": 0,
         "from": date(2026, 6, 1), "to": date(2026, 6, 12)},
        {"drug": "a", "filled_on": date(2026, 6, 8), "days_supply": 10, "left": 5,
         "from": date(2026, 6, 13), "to": date(2026, 6, 22)},
    ]  # fmt: skip


def test_fill_that_the_next_one_takes_over_at_once_has_no_days_of_its_own():
    supplies = [fill("2026-06-01", 2), fill("2026-06-01", 3)]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-30"), "cma6")

    first, second = day_page.uses(supplies, figure)

    assert (first["from"], first["to"]) == (None, None)
    assert (second["left"], second["from"], second["to"]) == (2, date(2026, 6, 1), date(2026, 6, 5))


def test_part_of_a_day_that_is_left_is_told_as_a_fraction():
    supplies = [fill("2026-06-01", 3, per_day=1), fill("2026-06-03", 2, per_day=2)]
    figure = figure_of(supplies, window("2026-06-01", "2026-06-08"), "cma6", by_dose=True)

    used = day_page.uses(supplies, figure, by_dose=True)

    assert (used[1]["left"], used[1]["to"]) == (0.5, date(2026, 6, 5))


# --- on a terminal


def test_long_window_shows_its_last_24_months_and_says_so():
    lines = calendar([fill("2023-01-01", 30)], window("2023-01-01", "2026-12-31"))

    assert lines[0] == "the last 24 of 48 months"
    assert lines[1].startswith("2025 1   5")
    assert len(lines) == 27  # a line that says so, the scale, 24 months, the year 2026


@pytest.mark.parametrize(("width", "beside"), [(80, 2), (120, 3)])
def test_calendars_stand_side_by_side_as_the_terminal_is_wide(width, beside):
    one = calendar([fill("2026-01-01", 365)], YEAR)
    four = [(name, one) for name in ("metformin", "atorvastatin", "losartan", "apixaban")]

    lines = day_page.side_by_side(four, width - 2)  # a page is indented by two

    assert max(map(len, lines)) <= width - 2
    assert lines[0].split() == [name for name, _ in four[:beside]]
    assert lines[1 + 13 + 1].split() == [name for name, _ in four[beside : 2 * beside]]


def test_third_calendar_goes_below_and_long_titles_break_between_words():
    one = calendar([fill("2026-06-01", 3)], window("2026-06-01", "2026-06-04"))
    long = "hydrochlorothiazide+losartan, losartan"

    lines = day_page.side_by_side([("a", one), (long, one), ("c", one)])

    assert lines == [
        "                                      hydrochlorothiazide+losartan,",
        "a                                     losartan",
        "2026 1   5    10   15   20   25   30  2026 1   5    10   15   20   25   30",
        "Jun  F██·                             Jun  F██·",
        "",
        "c",
        "2026 1   5    10   15   20   25   30",
        "Jun  F██·",
    ]


def test_narrow_terminal_shows_one_below_the_other():
    one = calendar([fill("2026-06-01", 3)], window("2026-06-01", "2026-06-04"))

    assert len(day_page.side_by_side([("a", one), ("b", one)], 40)) == 2 * 3 + 1


def test_no_calendar_takes_no_line():
    assert day_page.side_by_side([]) == []


def test_legend_names_every_sign_in_80_columns():
    legend = day_page.legend()

    assert len(legend) <= 80
    assert all(mark in legend for mark in (*day_page.MARKS.values(), day_page.FILLED))


def test_signs_are_all_different():
    marks = [*day_page.MARKS.values(), day_page.FILLED]

    assert len(set(marks)) == len(marks) == len(Sign) + 1


# --- as a picture


def drawn(title="P42", lines=("PDC, as of Tue 24 Nov 2026",), drugs=("a",), days=YEAR):
    supplies = [fill("2026-06-01", 10, drug) for drug in drugs]
    supplies += [fill("2026-06-08", 10, drug) for drug in drugs]
    away = [stay("2026-06-19", "2026-06-21")]
    figure = figure_of(supplies, days, away=away)
    parts = [("diabetes: 40.0 %", day_page.strips("diabetes", supplies, figure, away))]
    return day_picture.svg(title, lines, parts)


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def test_picture_says_who_by_which_method_how_much_and_what_the_shapes_mean():
    said = texts(drawn())

    assert said[:2] == ["P42", "PDC, as of Tue 24 Nov 2026"]
    for words in ("medicine", "filled on that day", "none", "in hospital", "not counted"):
        assert words in said
    assert "diabetes: 40.0 %" in said
    # 20 days of supply, 2 of them moved behind the stay; from 1 June 214 days less 2
    assert any(text.startswith("medicine on 20 of 212 days, 3 of them left over") for text in said)
    assert "Jan 2026" in said
    assert "Dec 2026" in said
    assert said.count("H") == 3  # two days, and the legend


def test_every_kind_of_day_has_a_shape_of_its_own():
    root = ET.fromstring(drawn())  # noqa: S314
    paths = {path.get("class"): path.get("d") for path in root.iter(f"{SVG}path")}

    assert set(paths) == {sign.value for sign in Sign} - {"outside"}
    assert paths["covered"].count("M") == 17  # 1 to 17 June
    assert paths["carried"].count("M") == 3  # the 18th, then the 21st and 22nd
    assert paths["away"].count("M") == 2
    assert paths["not_counted"].count("M") == 151  # up to 31 May
    assert len(list(root.iter(f"{SVG}circle"))) == 2 + 1  # two fills, and the legend
    assert ".carried { fill: url(#left-over)" in root.findtext(f"{SVG}style")
    assert root.find(f"{SVG}pattern").get("id") == "left-over"


def test_legend_is_one_line_inside_the_margins():
    root = ET.fromstring(drawn())  # noqa: S314
    words = [text for text in root.iter(f"{SVG}text") if text.text == "not counted"]

    assert len(words) == 1
    assert int(words[0].get("x")) + 6 * len("not counted") <= 794 - 30


def test_picture_can_be_read_aloud():
    root = ET.fromstring(drawn())  # noqa: S314

    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    assert root.findtext(f"{SVG}title") == "P42"
    assert root.findtext(f"{SVG}desc") == (
        "PDC, as of Tue 24 Nov 2026. diabetes: 40.0 %: medicine on 20 of 212 days, 3 of them left"
        " over; 2 days in hospital"
    )


@pytest.mark.parametrize("drugs", [("a",), ("a", "b"), ("a", "b", "c", "d")])
def test_picture_is_as_wide_as_a_sheet_and_holds_all_that_it_draws(drugs):
    svg = drawn(drugs=drugs)
    root = ET.fromstring(svg)  # noqa: S314

    assert root.get("width") == "794"
    assert root.get("viewBox") == f"0 0 794 {root.get('height')}"
    assert float(root.get("height")) <= 1123  # A4, for up to eight calendars of a year
    for path in root.iter(f"{SVG}path"):
        for piece in path.get("d").split("M")[1:]:
            x, y = piece.split("h")[0].split()
            width, height = piece.split("h")[1].split("v")
            assert float(x) >= 0
            assert float(x) + float(width) <= 794
            assert float(y) + float(height) <= float(root.get("height"))


def test_each_medicine_of_a_figure_has_a_calendar_with_its_name():
    said = texts(drawn(drugs=("metformin", "glipizide")))

    assert said.count("diabetes: 40.0 %") == 1
    assert {"diabetes: metformin", "diabetes: glipizide"} <= set(said)
    assert said.count("Jan 2026") == 3


def test_text_of_any_kind_is_told_as_text():
    odd = "Zoë <b>&\"' \x00\x0b\ufffe\u202e]]> 名"

    svg = drawn(title=odd, lines=(odd,), drugs=("a & <b>", "c\x01"))

    shown = r"""Zoë <b>&"' \x00\x0b\ufffe\u202e]]> 名"""
    assert texts(svg)[0] == shown
    assert shown in texts(svg)
    assert ET.fromstring(svg).findtext(f"{SVG}title") == shown  # noqa: S314
    assert {"diabetes: a & <b>", r"diabetes: c\x01"} <= set(texts(svg))


def test_picture_holds_no_scripts_links_or_fonts():
    svg = drawn()

    for forbidden in ("<script", "href", "@import", "@font-face", "onload", "<image", "<style>@"):
        assert forbidden not in svg
    assert svg.count("http") == 1  # the name of the language
    assert svg.count("url(") == svg.count("url(#left-over)") == 1


def test_same_figures_make_the_same_picture():
    assert drawn() == drawn()


def test_medicine_without_a_figure_is_told_below_the_calendars():
    rows = [fill("2026-06-01", 10)]
    figure = figure_of(rows, YEAR)
    parts = [
        ("aspirin: on the medicines list (M3), no fill on file", []),
        ("statins: 4.7 %", day_page.strips("statins", rows, figure)),
    ]

    svg = day_picture.svg("P42", [], parts)

    assert texts(svg)[-1] == "aspirin: on the medicines list (M3), no fill on file"
    root = ET.fromstring(svg)  # noqa: S314
    assert root.findtext(f"{SVG}desc").endswith(f". {texts(svg)[-1]}")
    assert int(root.get("height")) > int(list(root.iter(f"{SVG}text"))[-1].get("y"))


def test_picture_of_no_medicine_says_what_was_asked():
    assert texts(day_picture.svg("P42", ["no fills on file"], []))[:2] == [
        "P42",
        "no fills on file",
    ]


@given(st.text(max_size=60), st.text(max_size=200))
def test_picture_is_always_xml(title, line):
    figure = figure_of([], window("2026-06-01", "2026-06-02"))
    svg = day_picture.svg(title, [line], [(line, [(title, day_page.days([], figure))])])

    assert ET.fromstring(svg).tag == f"{SVG}svg"  # noqa: S314


# --- laws, on whatever fills there may be

ZERO = date(2024, 1, 15)
LENGTH = 75
DAYS = st.integers(-40, LENGTH + 5)
FILLS = st.lists(
    st.builds(
        Supply,
        DAYS.map(lambda at: ZERO.toordinal() + at),
        st.integers(1, 40),
        st.sampled_from([("a",), ("b",), ("a", "b"), ("c",)]),
    ),
    max_size=8,
)
AWAY = st.lists(
    st.tuples(DAYS, st.integers(1, 15)).map(
        lambda one: (ZERO.toordinal() + one[0], ZERO.toordinal() + sum(one))
    ),
    max_size=3,
)
COUNTING = [name for name, method in METHODS.items() if method.numerator == Top.COVERED]
UNTIL = st.none() | st.integers(-3, LENGTH + 5).map(lambda at: ZERO + timedelta(at))
laws = settings(max_examples=200, deadline=None)


def lived(supplies, away):
    """Live through the days one by one: on which of them was something taken?"""
    used = set()
    waiting = sorted(supplies, key=lambda one: (one.day, one.waits_for, one.days))
    free = {}
    for one in waiting:  # fills of one stock wait for each other, in order
        day = max([one.day, *(free.get(each, one.day) for each in one.waits_for)])
        left = one.days
        while left:
            if day not in away:
                used.add(day)
                left -= 1
            day += 1
        free.update(dict.fromkeys(one.waits_for, day))
    return used


@laws
@given(FILLS, AWAY, UNTIL, st.sampled_from(COUNTING), st.sampled_from([None, *Carry]))
def test_days_with_medicine_are_those_that_the_figure_counted(rows, away, until, method, carry):
    days = (ZERO, ZERO + timedelta(LENGTH))
    figure = figure_of(rows, days, method, away=away, until=until, carry=carry)

    for name, days in day_page.strips("all", rows, figure, away):
        had = [sign for sign in days.signs if sign in {Sign.COVERED, Sign.CARRIED}]
        counted = len(had) + days.signs.count(Sign.UNCOVERED)
        assert counted == figure.days
        assert len(days.signs) == max(0, (figure.end - ZERO).days + 1)
        if name == "all":
            assert len(had) == (figure.days_covered or 0)
        assert days.signs.count(Sign.AWAY) == sum(stop - begin for begin, stop in figure.away) or (
            figure.missing is not None
        )


@laws
@given(FILLS, AWAY, st.sampled_from(["pdc", "pdc-window"]))
def test_living_through_every_day_gives_the_same_calendars(rows, away, method):
    figure = figure_of(rows, (ZERO, ZERO + timedelta(LENGTH)), method, away=away)
    absent = {day for begin, stop in away for day in range(begin, stop)}
    used = [one for one in rows if method == "pdc-window" or one.day >= ZERO.toordinal()]
    used = [one for one in used if one.day <= figure.end.toordinal()]

    together_, *parts = day_page.strips("all", rows, figure, away)
    expected = lived(used, absent)
    fresh = {day for one in used for day in range(one.day, one.day + one.days)}
    for at, sign in enumerate(together_[1].signs):
        day = ZERO.toordinal() + at
        if not figure.first <= day < figure.stop:
            assert sign == Sign.NOT_COUNTED
        elif day in absent:
            assert sign == Sign.AWAY
        elif day not in expected:
            assert sign == Sign.UNCOVERED
        else:
            assert sign == (Sign.COVERED if day in fresh else Sign.CARRIED)
    drugs = {"+".join(one.waits_for) for one in used}
    if parts and figure.days:
        assert {drug for name, _ in parts for drug in name.split(", ")} == drugs
        covered = [
            {at for at, sign in enumerate(days.signs) if sign in {Sign.COVERED, Sign.CARRIED}}
            for _, days in (together_, *parts)
        ]
        assert covered[0] == set().union(*covered[1:])
    for name, days in parts:
        own = [one for one in used if "+".join(one.waits_for) in name.split(", ")]
        mine = lived(own, absent)
        for at, sign in enumerate(days.signs):
            if sign in {Sign.COVERED, Sign.CARRIED, Sign.UNCOVERED}:
                assert (sign != Sign.UNCOVERED) == (ZERO.toordinal() + at in mine)
