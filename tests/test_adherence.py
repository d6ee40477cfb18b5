"""Every published method by hand, by the published examples, and by laws that must hold.

Expected values come from PQA's training claims, from the example of the Centers for Medicare &
Medicaid Services and from the project's reference notes (numbers W1 to W19), each worked out on
paper; the figures of the R package AdhereR are in test_adherence_public. None was copied from what
caretool printed.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from caretool.adherence import Gap, limits, measure, self_reported, together
from caretool.errors import InputError
from caretool.methods import METHODS, definition, title
from caretool.persistence import Episode, episodes
from caretool.supply import (
    Calendar,
    Carry,
    Supply,
    Use,
    clip,
    common,
    lay_out,
    merge,
    total,
    without,
)

YEAR = (date(2023, 1, 1), date(2023, 12, 31))


def fills(*rows):
    """Each row: ISO date, days of supply, and the ingredients unless it is "a" alone."""
    return [
        Supply(date.fromisoformat(on).toordinal(), days, tuple(drug) or ("a",))
        for on, days, *drug in rows
    ]


def day(month, number, year=2023):
    return date(year, month, number)


def away(*stays):
    """Days in hospital: each stay by its first and its last day."""
    return [(first.toordinal(), last.toordinal() + 1) for first, last in stays]


def pdc(rows, start, end, *, stays=(), **more):
    return measure(rows, start, end, METHODS["pdc"], away=away(*stays), **more)


def by(method, rows, start=YEAR[0], end=YEAR[1], **more):
    return measure(rows, start, end, METHODS[method], **more)


def ratio(figure):
    return (figure.numerator, figure.days)


def dates_of(spans):
    """First and last day of each span."""
    return tuple((date.fromordinal(first), date.fromordinal(stop - 1)) for first, stop in spans)


# --- worked examples, calendar year 2023: covered days by PQA, with everything in one stock, the
# --- same but left-over thrown away when the drug changes, nothing carried; days of the period

WORKED = {
    "W1 one fill": ([("2023-01-01", 30)], (30, 30, 30, 30), 365),
    "W2 early refill of the same drug": (
        [("2023-01-01", 30), ("2023-01-25", 30)], (60, 60, 60, 54), 365,
    ),
    "W3 early fill of another drug": (
        [("2023-01-01", 30), ("2023-01-25", 30, "b")], (54, 60, 54, 54), 365,
    ),
    "W4 short course inside": (
        [("2023-01-01", 60), ("2023-01-11", 10, "b")], (60, 70, 20, 60), 365,
    ),
    "W5 earlier supply is not brought in": (
        [("2022-12-17", 30), ("2023-03-01", 30)], (30, 30, 30, 30), 306,
    ),
    "W6 same day, same drug": ([("2023-01-01", 30), ("2023-01-01", 30)], (60, 60, 60, 30), 365),
    "W6b same day, other drug": (
        [("2023-01-01", 30), ("2023-01-01", 30, "b")], (30, 60, 30, 30), 365,
    ),
    "W7 fill on the last day": ([("2023-12-31", 90)], (1, 1, 1, 1), 1),
    "W9 switch within the class": (
        [("2023-01-01", 90), ("2023-03-22", 90, "b")], (170, 180, 170, 170), 365,
    ),
    "W11 a gap, then an early refill": (
        [("2023-03-01", 30), ("2023-04-10", 30), ("2023-05-05", 30)], (90, 90, 90, 85), 306,
    ),
    "W12 hoarding counts later": (
        [("2023-01-01", 90), ("2023-01-15", 90), ("2023-02-01", 90), ("2023-12-01", 90)],
        (301, 301, 301, 152), 365,
    ),
    "W17 PQA's training claims, cut at the end": (
        [("2023-03-25", 90), ("2023-07-05", 90), ("2023-09-25", 90)], (270, 270, 270, 262), 282,
    ),
    "W18 PQA's training claims, full year": (
        [("2023-01-01", 90), ("2023-03-25", 90), ("2023-07-05", 90), ("2023-10-15", 90)],
        (348, 348, 348, 341), 365,
    ),
    "W19 a chain of shifts": (
        [("2023-01-01", 30), ("2023-01-11", 30), ("2023-01-21", 30)], (90, 90, 90, 50), 365,
    ),
    "a fill on the day after the window is outside": (
        [("2023-01-01", 30), ("2024-01-01", 30)], (30, 30, 30, 30), 365,
    ),
}  # fmt: skip
COLUMNS = {
    "PQA": ("pdc", None),
    "pooled": ("cma6", None),
    "same drug only": ("cma6", Carry.SAME),
    "nothing carried": ("pdc", Carry.NONE),
}


@pytest.mark.parametrize(("method", "carry"), COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize(("rows", "covered", "days"), WORKED.values(), ids=WORKED)
def test_worked_example_gives_the_published_days(rows, covered, days, method, carry):
    expected = covered[list(COLUMNS.values()).index((method, carry))]

    figure = by(method, fills(*rows), carry=carry)

    assert (figure.days_covered, figure.days) == (expected, days)
    assert figure.value == expected / days
    assert figure.carry == (carry or METHODS[method].carry)
    assert figure.missing is None


@pytest.mark.parametrize(
    ("method", "rows", "expected"),
    [
        ("pdc", [("2022-12-17", 30), ("2023-03-01", 30)], (30, 306)),  # W5
        ("cma6", [("2022-12-17", 30), ("2023-03-01", 30)], (30, 306)),
        ("pdc-window", [("2022-12-17", 30), ("2023-03-01", 30)], (45, 365)),
        ("cma7", [("2022-12-17", 30), ("2023-03-01", 30)], (45, 365)),
        ("pdc-window", [("2023-12-31", 90)], (1, 365)),  # W7
        ("cma7", [("2023-12-31", 90)], (1, 365)),
        ("pdc-window", [("2022-12-17", 30)], (15, 365)),  # no fill in the window: earlier supply
        ("pdc-window", [("2022-06-01", 30)], (0, 365)),  # used up: 0, with that said by the fills
        ("cma5", [("2023-01-01", 30), ("2023-01-25", 30)], (24, 24)),  # W2, first to last fill
        ("cma5", [("2023-03-01", 30), ("2023-04-10", 30), ("2023-05-05", 30)], (55, 65)),  # W11
    ],
)
def test_methods_differ_in_the_period_and_in_what_is_brought_into_it(method, rows, expected):
    assert ratio(by(method, fills(*rows))) == expected


W2 = [("2023-01-01", 30), ("2023-01-25", 30)]
W12 = [("2023-01-01", 90), ("2023-01-15", 90), ("2023-02-01", 90), ("2023-12-01", 90)]


@pytest.mark.parametrize(
    ("method", "rows", "expected", "value"),
    [
        ("mpr", W12, (360, 365), 360 / 365),
        ("cma2", W12, (360, 365), 360 / 365),
        ("cma4", W12, (360, 365), 360 / 365),
        ("cma1", W12, (270, 334), 270 / 334),
        ("cma3", W12, (270, 334), 270 / 334),
        ("cma1", W2, (30, 24), 1.25),
        ("cma3", W2, (30, 24), 1.0),
        # of the last date nothing counts, however many fills: free of the order of rows
        ("cma1", [("2023-01-01", 30), ("2023-01-31", 10), ("2023-01-31", 20)], (30, 30), 1.0),
    ],
)
def test_possession_ratios_add_up_supply(method, rows, expected, value):
    figure = by(method, fills(*rows))

    assert ratio(figure) == expected == (figure.days_supplied, figure.days)
    assert figure.value == value
    assert (figure.days_covered, figure.covered, figure.gaps) == (None, (), ())


def test_possession_ratio_may_be_over_1_unless_the_method_caps_it():  # W13, to the day of death
    rows = fills(("2023-01-01", 90), ("2023-04-01", 90))
    found = {name: by(name, rows, until=day(5, 10)) for name in ("mpr", "cma2", "cma4")}

    assert {ratio(one) for one in found.values()} == {(180, 130)}
    assert found["mpr"].value == found["cma2"].value == 180 / 130
    assert found["cma4"].value == 1.0
    assert all(one.adherent for one in found.values())


def test_possession_ratio_carries_nothing_over_whatever_is_asked():
    assert by("mpr", fills(*W2), carry=Carry.POOL).carry == Carry.NONE


@pytest.mark.parametrize("method", ["cma1", "cma3", "cma5"])
@pytest.mark.parametrize("rows", [[("2023-01-01", 30)], [("2023-01-01", 30), ("2023-01-01", 30)]])
def test_from_first_to_last_fill_takes_two_dates(method, rows):  # W1 and W6
    figure = by(method, fills(*rows))

    assert (figure.value, figure.adherent) == (None, None)
    assert figure.missing == "fills on one date only, 2023-01-01"


@pytest.mark.parametrize(
    ("doses", "by_dose", "covered"),
    [((2, 1), True, 70), ((1, 2), True, 55), ((2, 1), False, 60), ((1, 2), False, 60)],
)
def test_what_is_left_lasts_by_the_new_dose(doses, by_dose, covered):  # W10
    rows = [
        one._replace(per_day=dose)
        for one, dose in zip(fills(("2023-01-01", 30), ("2023-01-21", 30)), doses, strict=True)
    ]

    assert ratio(by("cma6", rows, by_dose=by_dose)) == (covered, 365)


def test_part_of_a_day_with_supply_is_a_part_of_the_figure_and_no_gap():
    # 3 days from 1 January, on the 3rd one day is left, which at the double dose is half a day:
    # 2 + 2.5 days; the 5th is covered in part, from the 6th on there is nothing
    rows = [
        one._replace(per_day=dose)
        for one, dose in zip(fills(("2023-01-01", 3), ("2023-01-03", 2)), (1, 2), strict=True)
    ]

    figure = by("cma6", rows, end=day(1, 8), by_dose=True)

    assert ratio(figure) == (Fraction(9, 2), 8)
    assert figure.runs_out == day(1, 5)  # each drug used up after another, whatever the dose
    assert figure.gaps == (Gap(day(1, 6), day(1, 8), 3, open=True),)


def test_last_part_of_a_day_before_the_next_fill_is_no_gap():
    rows = [
        one._replace(per_day=dose)
        for one, dose in zip(
            fills(("2023-01-01", 3), ("2023-01-03", 2), ("2023-01-06", 1)), (1, 2, 2), strict=True
        )
    ]

    figure = by("cma6", rows, end=day(1, 6), by_dose=True)

    assert ratio(figure) == (Fraction(11, 2), 6)
    assert figure.gaps == ()


def test_change_of_dose_takes_the_dose_of_every_fill():
    with pytest.raises(InputError, match="how many doses a day"):
        by("cma6", fills(*W2), by_dose=True)


@pytest.mark.parametrize(
    ("rows", "covered"),
    [
        ([("2023-01-01", 30, "a"), ("2023-01-21", 30, "a", "h")], 60),  # W15
        ([("2023-01-01", 30, "a"), ("2023-01-21", 30, "a+h")], 50),  # as separate drugs
        ([("2023-01-01", 30, "a", "h"), ("2023-01-21", 30, "a")], 60),  # the other way round
        ([("2023-01-01", 30, "a", "h"), ("2023-01-21", 30, "h", "k")], 60),  # two combinations
        # of its two ingredients the one that lasts longer counts: h to 9 February, then 10 days
        ([("2023-01-01", 30, "a"), ("2023-01-11", 30, "h"), ("2023-01-21", 10, "a", "h")], 50),
    ],
)
def test_combination_product_waits_for_what_shares_an_ingredient(rows, covered):
    assert ratio(by("pdc", fills(*rows))) == (covered, 365)


@pytest.mark.parametrize(
    ("rows", "start", "end", "expected", "adherent"),
    [
        pytest.param(
            [("2018-01-01", 90), ("2018-03-25", 90), ("2018-07-05", 90), ("2018-10-15", 90)],
            date(2018, 1, 1), date(2018, 12, 31), (348, 365), True, id="PQA four fills",
        ),
        pytest.param(
            [("2018-03-25", 90), ("2018-07-05", 90), ("2018-09-25", 90)],
            date(2018, 1, 1), date(2018, 12, 31), (270, 282), True, id="PQA three fills",
        ),
        pytest.param(
            [("2018-01-01", 90), ("2018-04-01", 90, "B")],
            date(2018, 1, 1), date(2018, 12, 31), (180, 365), False, id="PQA two drugs",
        ),
        pytest.param(
            [("2026-01-05", 30), ("2026-01-28", 30), ("2026-03-20", 90), ("2026-06-10", 90),
             ("2026-10-01", 30)],
            date(2026, 1, 1), date(2026, 12, 31), (270, 361), False, id="lisinopril 2026",
        ),
        pytest.param(
            [("2026-01-05", 30, "lisinopril"), ("2026-01-28", 30, "losartan")],
            date(2026, 1, 1), date(2026, 4, 30), (53, 116), False, id="switch 2026",
        ),
    ],
)  # fmt: skip
def test_rulebook_example_gives_the_published_ratio(rows, start, end, expected, adherent):
    figure = pdc(fills(*rows), start, end)

    assert ratio(figure) == expected
    assert figure.adherent is adherent


def test_shifted_fills_cover_the_days_that_the_rulebook_lists():
    four = [("2018-01-01", 90), ("2018-03-25", 90), ("2018-07-05", 90), ("2018-10-15", 90)]

    figure = pdc(fills(*four), date(2018, 1, 1), date(2018, 12, 31))

    assert dates_of(figure.covered) == (
        (date(2018, 1, 1), date(2018, 6, 29)),
        (date(2018, 7, 5), date(2018, 10, 2)),
        (date(2018, 10, 15), date(2018, 12, 31)),
    )
    assert figure.gaps == (
        Gap(date(2018, 6, 30), date(2018, 7, 4), 5, open=False),
        Gap(date(2018, 10, 3), date(2018, 10, 14), 12, open=False),
    )


def test_last_fill_pushed_to_october_leaves_one_gap_in_summer():
    figure = pdc(fills(("2023-03-25", 90), ("2023-07-05", 90), ("2023-09-25", 90)), *YEAR)

    assert figure.index_date == day(3, 25)
    assert figure.gaps == (Gap(day(6, 23), day(7, 4), 12, open=False),)
    assert dates_of(figure.covered)[-1] == (day(7, 5), day(12, 31))
    assert figure.runs_out == day(12, 31)  # 3 Oct + 90 days, exactly the last of the year
    assert figure.flags == ()


def test_figure_carries_all_that_is_needed_to_check_it():
    figure = pdc(fills(("2023-12-01", 90), ("2023-01-01", 30)), *YEAR)

    assert figure.method is METHODS["pdc"]
    assert (figure.start, figure.end, figure.index_date) == (*YEAR, day(1, 1))
    assert figure.period == (day(1, 1), day(12, 31))
    assert (figure.days, figure.days_covered, figure.fills) == (365, 61, 2)
    assert (figure.fills_before, figure.threshold) == (0, Fraction(4, 5))
    assert figure.last_fill == day(12, 1)
    assert figure.runs_out == date(2024, 2, 28)  # 31 days in December, 31 in January, 28 left
    assert figure.flags == ("truncated",)
    assert figure.gaps == (Gap(day(1, 31), day(11, 30), 304, open=False),)


def test_earlier_fills_are_counted_where_they_bring_supply_in():
    rows = fills(("2022-12-01", 30), ("2022-12-17", 30), ("2023-03-01", 30))

    assert (by("pdc-window", rows).fills, by("pdc-window", rows).fills_before) == (1, 2)
    assert (by("cma7", rows).fills, by("cma7", rows).fills_before) == (1, 2)
    assert (by("pdc", rows).fills, by("pdc", rows).fills_before) == (1, 0)


def test_every_method_says_its_name_and_its_definition():
    assert [(name, one.name) for name, one in METHODS.items()] == [
        (name, name)
        for name in (
            "pdc", "pdc-window", "mpr", "cma1", "cma2", "cma3", "cma4", "cma5", "cma6", "cma7",
        )
    ]  # fmt: skip
    assert all(one.title for one in METHODS.values())
    # The definitions of section 3 of the reference, put together from the fields of each row
    words = {name: definition(one, one.carry) for name, one in METHODS.items()}
    from_first = "days covered from the first fill in the window to its end, by those days"
    whole = "days covered in the whole window, by its days"
    waits = "a refill waits until that drug is used up, different drugs do not"
    pooled = "whatever is left, of whichever drug, is used up first"
    ignored, brought = "earlier fills do not count", "what earlier fills left counts too"
    out = "days in hospital are taken out"
    to_the_end = (
        "days' supply of all fills in the window, by the days from the first of them to the"
        " window's end"
    )
    between = (
        "days' supply of the fills before the last fill date, by the days from the first to the"
        " last fill"
    )
    assert words == {
        "pdc": f"{from_first}; {waits}; {ignored}; {out}",
        "pdc-window": f"{whole}; {waits}; {brought}; {out}",
        "mpr": f"{to_the_end}; may be over 100 %",
        "cma1": f"{between}; may be over 100 %",
        "cma2": f"{to_the_end}; may be over 100 %",
        "cma3": f"{between}; at most 100 %",
        "cma4": f"{to_the_end}; at most 100 %",
        "cma5": "days covered from the first to the last fill in the window, by those days;"
        f" {pooled}; {ignored}",
        "cma6": f"{from_first}; {pooled}; {ignored}",
        "cma7": f"{whole}; {pooled}; {brought}",
    }


def test_another_carry_over_is_said_in_the_definition_and_takes_the_published_name_away():
    pdc = METHODS["pdc"]

    assert "what overlaps counts once" in definition(pdc, Carry.NONE)
    assert "different drugs do not" not in definition(pdc, Carry.NONE)
    assert title(pdc, Carry.DRUG) == "PDC (Pharmacy Quality Alliance)"
    assert title(pdc, Carry.NONE) == "pdc with another carry-over (none)"
    assert title(METHODS["mpr"], Carry.POOL) == "MPR, medication possession ratio"


def test_leap_day_is_a_day_like_any_other():  # W16
    figure = pdc(fills(("2024-02-15", 30)), date(2024, 2, 1), date(2024, 3, 31))

    assert ratio(figure) == (30, 46)
    assert figure.gaps == (Gap(date(2024, 3, 16), date(2024, 3, 31), 16, open=True),)


def test_period_ends_with_death():  # W13
    figure = pdc(fills(("2023-01-01", 90), ("2023-04-01", 90)), *YEAR, until=day(5, 10))

    assert ratio(figure) == (130, 130)
    assert figure.end == day(5, 10)
    assert figure.flags == ("truncated",)


def test_disenrolment_after_the_window_changes_nothing():
    rows = fills(("2023-01-01", 90))

    assert pdc(rows, *YEAR, until=date(2024, 6, 1)) == pdc(rows, *YEAR)


def test_fills_after_death_are_ignored():
    rows = fills(("2023-01-01", 30), ("2023-06-01", 30))

    figure = pdc(rows, *YEAR, until=day(1, 30))

    assert (figure.fills, figure.last_fill, figure.runs_out) == (1, day(1, 1), day(1, 30))
    assert ratio(figure) == (30, 30)


# --- no figure: always with the reason, never a zero


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("until", "why"),
    [
        (day(5, 10), "no fill from 2023-01-01 to 2023-05-10, when the period ended"),
        (date(2022, 7, 1), "the period ended on 2022-07-01, before the window began"),
    ],
)
def test_period_that_ends_before_the_first_fill_has_no_figure(until, why, method):
    figure = by(method, fills(("2023-06-01", 30), ("2023-07-01", 30)), until=until)

    assert (figure.value, figure.adherent, figure.index_date, figure.period) == (None,) * 4
    assert figure.missing == why


@pytest.mark.parametrize("method", METHODS)
def test_no_fill_in_the_window_has_no_figure_but_says_why(method):
    figure = by(method, [])

    assert (figure.value, figure.adherent, figure.fills) == (None, None, 0)
    assert figure.missing == "no fill from 2023-01-01 to 2023-12-31"
    assert (figure.last_fill, figure.runs_out, figure.gaps, figure.flags) == (None, None, (), ())


def test_fill_before_the_window_gives_no_figure_but_tells_when_supply_ends():
    figure = pdc(fills(("2022-12-17", 30)), *YEAR)

    assert figure.missing == "no fill from 2023-01-01 to 2023-12-31"
    assert figure.last_fill == date(2022, 12, 17)
    assert figure.runs_out == day(1, 15)


def test_period_spent_in_hospital_has_no_figure():
    rows = fills(("2023-12-30", 30))

    figure = pdc(rows, *YEAR, stays=[(day(12, 20), date(2024, 1, 4))])

    assert (figure.value, figure.adherent) == (None, None)
    assert (figure.days, figure.days_covered, figure.gaps) == (0, None, ())
    assert figure.missing == "every day from 2023-12-30 to 2023-12-31 is inpatient"
    assert figure.runs_out == date(2024, 2, 3)  # 30 days from 5 January on


# --- the threshold is decided in whole numbers


@pytest.mark.parametrize(
    ("covered", "of", "threshold", "adherent"),
    [
        (80, 100, None, True),  # PQA's 0.80 unless said
        (79, 100, None, False),
        (80, 100, Fraction(4, 5), True),
        (79, 100, Fraction(4, 5), False),
        (292, 365, Fraction(4, 5), True),  # 0.8 exactly
        (291, 365, Fraction(4, 5), False),  # 79.7 % is not 80 %
        (80, 100, Fraction(9, 10), False),
        (90, 100, Fraction(9, 10), True),
        (7, 10, Fraction(7, 10), True),  # 0.7 has no exact binary form
        (100, 100, Fraction(1), True),
        (99, 100, Fraction(1), False),
    ],
)
def test_threshold_is_met_from_the_exact_ratio_on(covered, of, threshold, adherent):
    figure = pdc(
        fills(("2023-01-01", covered)),
        day(1, 1),
        day(1, 1) + timedelta(of - 1),
        threshold=threshold,
    )

    assert ratio(figure) == (covered, of)
    assert figure.adherent is adherent


# --- who would be in the payer's measure: flags, never a missing figure


@pytest.mark.parametrize(
    ("index", "days", "flagged"), [("2023-10-02", 91, False), ("2023-10-03", 90, True)]
)
def test_period_under_91_days_is_flagged(index, days, flagged):
    figure = pdc(fills((index, 30), ("2023-11-20", 30)), *YEAR)

    assert figure.days == days
    assert figure.value is not None
    assert ("short_period" in figure.flags) is flagged


def test_fills_from_october_4_on_make_89_days_and_are_flagged():  # PQA's training claims
    rows = fills(("2018-10-04", 30), ("2018-11-01", 30), ("2018-12-01", 30))

    figure = pdc(rows, date(2018, 1, 1), date(2018, 12, 31))

    assert figure.days == 89
    assert figure.flags == ("short_period", "truncated")  # 4 Oct + 90 days is 1 January


def test_inpatient_days_do_not_shorten_the_period_below_91_days():
    rows = fills(("2023-10-02", 30), ("2023-11-20", 30))

    figure = pdc(rows, *YEAR, stays=[(day(12, 1), day(12, 5))])

    assert figure.days == 86
    assert figure.flags == ()


def test_two_drugs_on_one_day_are_one_fill_date():  # PQA's training claims
    rows = fills(("2018-01-01", 90, "A"), ("2018-01-01", 90, "B"))

    figure = pdc(rows, date(2018, 1, 1), date(2018, 12, 31))

    assert ratio(figure) == (90, 365)
    assert figure.flags == ("one_fill_date",)


def test_exact_duplicate_is_counted_and_flagged():
    figure = pdc(fills(("2023-01-01", 30), ("2023-01-01", 30)), *YEAR)

    assert (figure.days_covered, figure.fills) == (60, 2)
    assert figure.flags == ("one_fill_date", "duplicate_fill")


@pytest.mark.parametrize("second", [("2023-01-01", 60), ("2023-01-01", 30, "b")])
def test_same_day_fills_of_different_size_or_drug_are_no_duplicate(second):
    assert "duplicate_fill" not in pdc(fills(("2023-01-01", 30), second), *YEAR).flags


def test_supply_that_ends_with_the_period_is_not_truncated():
    assert pdc(fills(("2023-12-02", 30)), *YEAR).flags == ("short_period", "one_fill_date")


def test_supply_past_the_end_is_truncated_though_a_later_fill_ends_before():
    rows = fills(("2023-06-01", 365), ("2023-09-01", 30, "b"))

    assert pdc(rows, *YEAR).flags == ("truncated",)


# --- inpatient days leave numerator and denominator, their supply moves behind the stay


def test_published_example_of_cms_rises_from_12_of_15_to_12_of_13():
    rows = fills(("2023-01-01", 8), ("2023-01-12", 4))
    window = (day(1, 1), day(1, 15))

    before = pdc(rows, *window)
    after = pdc(rows, *window, stays=[(day(1, 5), day(1, 6))])

    assert ratio(before) == (12, 15)
    assert ratio(after) == (12, 13)
    assert dates_of(after.covered) == (
        (day(1, 1), day(1, 4)),
        (day(1, 7), day(1, 10)),
        (day(1, 12), day(1, 15)),
    )
    assert dates_of(after.away) == ((day(1, 5), day(1, 6)),)
    assert after.gaps == (Gap(day(1, 11), day(1, 11), 1, open=False),)


@pytest.mark.parametrize("method", sorted(METHODS.keys() - {"pdc", "pdc-window"}))
def test_methods_of_adherer_and_mpr_leave_stays_in(method):
    rows = fills(("2023-01-01", 8), ("2023-01-12", 4))
    window = (day(1, 1), day(1, 15))

    assert by(method, rows, *window, away=away((day(1, 5), day(1, 6)))) == by(method, rows, *window)


def test_supply_moved_behind_a_stay_pushes_the_next_fill_of_that_drug_only():
    rows = fills(("2023-01-01", 8), ("2023-01-09", 4), ("2023-01-09", 1, "b"))
    stays = [(day(1, 5), day(1, 6))]

    figure = pdc(rows, day(1, 1), day(1, 20), stays=stays)

    # a: 1-4, 7-10, then 11-14; b: 9
    assert dates_of(figure.covered) == ((day(1, 1), day(1, 4)), (day(1, 7), day(1, 14)))
    assert ratio(figure) == (12, 18)
    assert figure.runs_out == day(1, 14)


def test_fill_in_hospital_is_used_after_the_stay():
    figure = pdc(fills(("2023-01-03", 5)), day(1, 1), day(1, 20), stays=[(day(1, 2), day(1, 6))])

    assert figure.index_date == day(1, 3)
    assert dates_of(figure.covered) == ((day(1, 7), day(1, 11)),)
    assert ratio(figure) == (5, 14)  # 7 to 20 January


def test_overlapping_and_touching_stays_are_one():
    rows = fills(("2023-01-01", 8))
    pieces = [(day(1, 6), day(1, 7)), (day(1, 3), day(1, 5)), (day(1, 4), day(1, 4))]

    assert pdc(rows, *YEAR, stays=pieces) == pdc(rows, *YEAR, stays=[(day(1, 3), day(1, 7))])


def test_stay_outside_the_supply_and_the_period_changes_nothing():
    rows = fills(("2023-03-01", 30))
    window = (day(1, 1), day(6, 30))
    stays = [(day(2, 1), day(2, 5)), (day(8, 1), day(8, 5))]

    assert pdc(rows, *window, stays=stays) == pdc(rows, *window)


def test_stay_parts_a_gap_in_two_and_only_the_last_part_is_open():
    figure = pdc(fills(("2023-01-01", 4)), day(1, 1), day(1, 12), stays=[(day(1, 7), day(1, 8))])

    assert figure.gaps == (
        Gap(day(1, 5), day(1, 6), 2, open=False),
        Gap(day(1, 9), day(1, 12), 4, open=True),
    )


def test_gap_before_a_stay_that_lasts_to_the_end_is_open():
    figure = pdc(fills(("2023-01-01", 4)), day(1, 1), day(1, 12), stays=[(day(1, 9), day(1, 20))])

    assert figure.gaps == (Gap(day(1, 5), day(1, 8), 4, open=True),)
    assert ratio(figure) == (4, 8)


# --- when the supply runs out


def test_supply_runs_out_with_earlier_fills_brought_in_though_pdc_ignores_them():
    figure = pdc(fills(("2022-12-22", 30), ("2023-01-11", 30)), *YEAR)

    assert figure.runs_out == day(2, 19)  # 22 Dec + 60 days
    assert dates_of(figure.covered) == ((day(1, 11), day(2, 9)),)
    assert figure.fills == 1


def test_supply_of_several_drugs_runs_out_with_the_last_of_them():
    rows = fills(("2023-01-01", 90), ("2023-02-01", 30, "b"), ("2023-02-02", 30, "b"))

    assert pdc(rows, *YEAR).runs_out == day(4, 1)  # b: 1 February + 60 days; a: 31 March


@pytest.mark.parametrize("method", METHODS)
def test_supply_runs_out_on_the_same_day_by_every_method(method):
    rows = fills(("2022-12-22", 30), ("2023-01-11", 30), ("2023-01-12", 5, "b"))

    assert by(method, rows).runs_out == day(2, 19)


# --- all classes at once


X = fills(("2023-01-01", 30, "x"))
Y = fills(("2023-01-11", 30, "y"))


def test_days_on_which_every_class_is_covered_begin_with_the_last_first_fill():
    both = together([pdc(X, *YEAR), pdc(Y, *YEAR)])

    assert ratio(both) == (20, 355)  # the reference's example: 11 to 30 January
    assert both.value == 20 / 355
    assert both.period == (day(1, 11), day(12, 31))
    assert dates_of(both.covered) == ((day(1, 11), day(1, 30)),)
    assert both.gaps == (Gap(day(1, 31), day(12, 31), 335, open=True),)
    assert (both.fills, both.adherent, both.flags) == (2, False, ("one_fill_date",))
    assert both.last_fill == day(1, 11)
    assert both.runs_out == day(1, 30)  # with the first class that does
    assert both == together([pdc(Y, *YEAR), pdc(X, *YEAR)])


def test_classes_over_the_whole_window_begin_with_it_and_bring_supply_in():
    earlier = fills(("2022-12-22", 30, "x"))

    both = together([by("pdc-window", [*earlier, *X]), by("pdc-window", Y)])

    # x: 22 December to 19 February; y: 11 January to 9 February
    assert ratio(both) == (30, 365)
    assert (both.fills, both.fills_before) == (2, 1)


def test_days_in_hospital_are_taken_out_of_every_class():
    stays = [(day(1, 21), day(1, 25))]

    both = together([pdc(X, *YEAR, stays=stays), pdc(Y, *YEAR, stays=stays)])

    # x to 4 February, y to 14 February; from the 11th on 10 days, then 10 more
    assert ratio(both) == (20, 350)
    assert dates_of(both.away) == ((day(1, 21), day(1, 25)),)


def test_a_class_without_a_figure_leaves_all_without_one():
    both = together([pdc(X, *YEAR), pdc([], *YEAR)])

    assert (both.value, both.adherent, both.days, both.days_covered) == (None, None, 0, None)
    assert (both.period, both.index_date, both.covered, both.flags) == (None, None, (), ())
    assert both.missing == "a class has none: no fill from 2023-01-01 to 2023-12-31"
    assert both.fills == 1
    assert both.runs_out == day(1, 30)


def test_no_fill_of_any_class_has_no_last_fill_either():
    both = together([pdc([], *YEAR), pdc([], *YEAR)])

    assert (both.last_fill, both.runs_out) == (None, None)


def test_the_highest_threshold_of_the_classes_counts():
    rows = fills(("2023-01-01", 85))
    days = (day(1, 1), day(4, 10))  # 100 days

    both = together([pdc(rows, *days), pdc(rows, *days, threshold=Fraction(9, 10))])

    assert (both.value, both.threshold, both.adherent) == (0.85, Fraction(9, 10), False)


def test_period_is_short_by_the_class_that_begins_last():
    late = fills(("2023-11-01", 10, "y"), ("2023-11-11", 10, "y"))
    early = fills(("2023-01-01", 30, "x"), ("2023-01-31", 30, "x"))

    both = together([pdc(early, *YEAR), pdc(late, *YEAR)])

    assert both.days == 61
    assert both.flags == ("short_period",)


# --- what cannot be computed is refused


@pytest.mark.parametrize("days", [0, -30])
def test_fill_without_supply_is_refused(days):
    with pytest.raises(InputError, match=f"2023-03-01 has {days} days of supply") as caught:
        pdc(fills(("2023-01-01", 30), ("2023-03-01", days)), *YEAR)

    assert caught.value.hint


def test_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError, match="from 2023-12-31 to 2023-01-01 ends before it begins"):
        pdc([], *reversed(YEAR))


def test_supply_past_the_end_of_the_calendar_is_refused():
    with pytest.raises(InputError, match="past the year 9999"):
        pdc(fills(("2023-01-01", 10**9)), *YEAR)


# --- the patient's own word


@pytest.mark.parametrize(
    ("missed", "days", "share"), [(2, 7, 5 / 7), (0, 1, 1.0), (90, 90, 0.0), (3, 30, 0.9)]
)
def test_self_report_is_the_share_of_days_not_missed(missed, days, share):
    assert self_reported(missed, days) == share


@pytest.mark.parametrize(("missed", "days"), [(0, 0), (0, 91), (-1, 7), (8, 7), (0, -7)])
def test_impossible_self_report_is_refused(missed, days):
    with pytest.raises(InputError):
        self_reported(missed, days)


def test_numbers_of_the_measures_are_those_of_their_sources():
    # PQA: 0.80, 91 days, two fill dates; a year of window; rulebook 6 for the rest
    found = limits()

    assert (found.threshold, found.min_period, found.min_fill_dates) == (Fraction(4, 5), 91, 2)
    assert found.window_days == 365
    assert found.permitted_gap in {30, 60, 90}


# --- the steps that every method shares


def supplies(*rows):
    return [Supply(at, days, tuple(drug)) for drug, at, days in rows]


def test_laying_out_puts_fills_of_a_drug_one_after_another():
    assert lay_out(supplies(("a", 10, 5), ("a", 12, 5), ("b", 12, 5), ("a", 30, 1))) == [
        Use(10, 15, 0),
        Use(15, 20, 3),
        Use(12, 17, 0),
        Use(30, 31, 0),
    ]


def test_laying_out_in_one_stock_hands_over_what_is_left_at_the_next_fill():
    rows = supplies(("a", 10, 5), ("b", 12, 5), ("b", 13, 5), ("a", 40, 1))

    assert lay_out(rows, Carry.POOL) == [
        Use(10, 12, 0), Use(12, 13, 3), Use(13, 25, 7), Use(40, 41, 0),
    ]  # fmt: skip
    assert lay_out(rows, Carry.SAME) == [
        Use(10, 12, 0), Use(12, 13, 0), Use(13, 22, 4), Use(40, 41, 0),
    ]  # fmt: skip


def test_laying_out_without_carrying_uses_each_fill_from_its_own_day():
    rows = supplies(("a", 10, 5), ("a", 12, 5))

    assert lay_out(rows, Carry.NONE) == [Use(10, 15, 0), Use(12, 17, 0)]


def real_days(at, days, *stays):
    calendar = Calendar(stays)
    [use] = lay_out([Supply(calendar.home(at), days, ("a",))])
    return calendar.real([(use.first, use.stop)])


def test_laying_out_leaps_over_days_away():
    found = real_days(10, 5, (1, 3), (11, 12), (13, 15), (99, 100))

    assert found == [(10, 11), (12, 13), (15, 18)]


def test_supply_that_lasts_just_up_to_a_day_away_needs_no_leap():
    assert real_days(10, 5, (15, 21)) == [(10, 15)]


def test_fill_on_the_first_day_away_is_used_from_the_day_after():
    assert real_days(15, 5, (15, 21)) == [(21, 26)]


def test_merging_joins_what_overlaps_or_touches():
    assert merge([(5, 7), (1, 4), (2, 3), (7, 9), (10, 11)]) == [(1, 4), (5, 9), (10, 11)]
    assert merge([]) == []


def test_spans_are_cut_to_what_is_asked_for():
    assert clip([(1, 4), (5, 9), (10, 11)], 3, 7) == [(3, 4), (5, 7)]
    assert common([(1, 4), (5, 9)], [(3, 6), (8, 20)]) == [(3, 4), (5, 6), (8, 9)]
    assert without([(1, 10)], [(0, 2), (4, 5), (9, 12)]) == [(2, 4), (5, 9)]
    assert without([(1, 10), (20, 21)], [(3, 4)]) == [(1, 3), (4, 10), (20, 21)]
    assert total([(1, 4), (5, 9)]) == 7


# --- episodes of treatment


def test_gap_of_just_the_permitted_length_ends_no_episode():
    rows = supplies(("a", 0, 30), ("a", 60, 30), ("a", 121, 30))

    # 30 days without supply before day 60, 31 before day 121
    assert episodes(rows, 151, 30) == [Episode(0, 90, 31), Episode(121, 151, 0)]
    assert episodes(rows, 151, 29) == [
        Episode(0, 30, 30), Episode(60, 90, 31), Episode(121, 151, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (60, [Episode(0, 60, 30)]),  # the last gap is as long as permitted: still in treatment
        (61, [Episode(0, 30, 31)]),
        (20, [Episode(0, 20, 0)]),
        (0, []),
    ],
)
def test_last_episode_lasts_to_the_end_unless_the_gap_before_it_is_longer(stop, expected):
    assert episodes(supplies(("a", 0, 30)), stop, 30) == expected


def test_change_of_drug_begins_an_episode_only_where_asked_for():
    rows = supplies(("a", 0, 30), ("b", 20, 30), ("b", 50, 10))

    assert episodes(rows, 70, 30) == [Episode(0, 70, 0)]
    assert episodes(rows, 70, 30, by_drug=True) == [Episode(0, 20, 0), Episode(20, 70, 0)]


# --- laws, on whatever fills there may be

ZERO = date(2024, 1, 1)  # day 0 of the made-up calendars
FIRST = ZERO.toordinal()
LENGTH = 120
WINDOW = (ZERO, ZERO + timedelta(LENGTH))

DAYS = st.integers(-60, LENGTH + 20)
SINGLE = st.sampled_from([("a",), ("b",), ("c",)])
ANY = st.sampled_from([("a",), ("b",), ("c",), ("a", "b"), ("b", "c"), ("a", "b", "c")])


def supply(drugs, days=DAYS):
    return st.builds(Supply, days.map(lambda at: FIRST + at), st.integers(1, 45), drugs)


FILLS = st.lists(supply(ANY), max_size=9)
STAYS = st.lists(
    st.tuples(DAYS, st.integers(1, 26)).map(lambda one: (FIRST + one[0], FIRST + sum(one))),
    max_size=4,
)
UNTIL = st.none() | st.integers(-5, LENGTH + 20).map(lambda at: ZERO + timedelta(at))
WITH_STAYS = st.sampled_from(["pdc", "pdc-window"])
COUNTING = st.sampled_from(["pdc", "pdc-window", "cma5", "cma6", "cma7"])
CARRY = st.sampled_from([None, *Carry])
laws = settings(max_examples=250, deadline=None)


def figure_of(rows, method="pdc", **more):
    return measure(rows, *WINDOW, METHODS[method], **more)


def taken(rows, absent, carry):
    """On which days was something taken? Lived through day by day, each fill a heap of its own."""
    rows = sorted(rows, key=lambda one: (one.day, one.waits_for, one.days))
    left = [one.days for one in rows]
    used = set()
    today = rows[0].day if rows else 0
    while any(left):
        for at, one in enumerate(rows):
            if one.day == today and carry in {Carry.POOL, Carry.SAME}:  # it takes over
                if carry == Carry.POOL or rows[at - 1].waits_for == one.waits_for:
                    left[at] += sum(left[:at])
                left[:at] = [0] * at
        if today not in absent:
            heaps = [at for at, one in enumerate(rows) if one.day <= today and left[at]]
            for at in heaps:
                before = (rows[other] for other in heaps if other < at)
                waits = any(set(one.waits_for) & set(rows[at].waits_for) for one in before)
                if carry != Carry.DRUG or not waits:
                    used.add(today)
                    left[at] -= 1
        today += 1
    return used


def days_in(spans):
    return {number for first, stop in spans for number in range(first, stop)}


def listed(first, last):
    return range(first.toordinal(), last.toordinal() + 1)


@laws
@given(FILLS, STAYS, UNTIL, COUNTING, CARRY)
def test_living_through_every_day_gives_the_same_figure(rows, stays, until, method, carry):
    figure = figure_of(rows, method, away=stays, until=until, carry=carry)

    last = FIRST + LENGTH if until is None else min(FIRST + LENGTH, until.toordinal())
    absent = days_in(stays) if method.startswith("pdc") else set()
    stock = [one for one in rows if one.day <= last]
    inside = [one for one in stock if one.day >= FIRST]
    dates = {one.day for one in inside}
    whole = method in {"pdc-window", "cma7"}
    first = FIRST if whole and stock else min(dates, default=last + 1)
    stop = max(dates, default=first) if method == "cma5" else last + 1
    period = [number for number in range(first, stop) if number not in absent]
    used = taken(stock if whole else inside, absent, carry or METHODS[method].carry)
    covered = [number for number in period if number in used]
    uncovered = [number for number in period if number not in used]

    assert (figure.value is None) == (not period) == (figure.missing is not None)
    assert figure.last_fill == max((date.fromordinal(one.day) for one in stock), default=None)
    out = max(taken(stock, absent, Carry.DRUG), default=None)
    assert figure.runs_out == (None if out is None else date.fromordinal(out))
    if not period:
        assert (figure.days, figure.covered, figure.gaps) == (0, (), ())
        return
    assert (figure.fills, figure.fills_before) == (
        len(inside), len(stock) - len(inside) if whole else 0,
    )  # fmt: skip
    assert ratio(figure) == (len(covered), len(period))
    assert sorted(days_in(figure.covered)) == covered
    assert days_in(figure.away) == {day for day in range(first, stop) if day in absent}
    assert [number for gap in figure.gaps for number in listed(gap.first, gap.last)] == uncovered
    for gap in figure.gaps:
        assert gap.first.toordinal() - 1 not in uncovered
        assert gap.last.toordinal() + 1 not in uncovered
        assert gap.open == (gap.last.toordinal() == period[-1])
    assert ("truncated" in figure.flags) == any(number >= stop for number in used)


@laws
@given(FILLS, STAYS, UNTIL, COUNTING, CARRY)
def test_figure_is_a_share_and_gaps_fill_up_the_rest(rows, stays, until, method, carry):
    figure = figure_of(rows, method, away=stays, until=until, carry=carry)

    assert figure.value is None or 0 <= figure.value <= 1
    assert sum(gap.days for gap in figure.gaps) == figure.days - (figure.days_covered or 0)
    assert all((gap.last - gap.first).days + 1 == gap.days for gap in figure.gaps)
    assert [gap.open for gap in figure.gaps[:-1]] == [False] * len(figure.gaps[:-1])


@laws
@given(
    FILLS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))),
    STAYS,
    st.sampled_from(sorted(METHODS)),
)
def test_order_of_rows_never_matters(orders, stays, method):
    rows, mixed = orders

    assert figure_of(mixed, method, away=stays) == figure_of(rows, method, away=stays)


@pytest.mark.parametrize(("days", "covered"), [(38, 77), (39, 78), (40, 79)])
def test_how_long_a_fill_lasts_does_not_change_which_of_one_day_comes_first(days, covered):
    # The combination of b and c first, 39 days; then c; b of the next day is used beside c. Taken
    # in the order of their days, 39 days of c would have covered fewer days than 38.
    first = YEAR[0].toordinal()
    rows = [
        Supply(first, days, ("c",)),
        Supply(first, 39, ("b", "c")),
        Supply(first + 1, 2, ("b",)),
    ]

    assert measure(rows, *YEAR).days_covered == covered


@laws
@given(FILLS, STAYS, WITH_STAYS, st.sampled_from([Carry.DRUG, Carry.NONE, Carry.POOL]), st.data())
def test_more_supply_never_lowers_the_days_covered(rows, stays, method, carry, data):
    def covered(these):
        return figure_of(these, method, away=stays, carry=carry).days_covered or 0

    extra = data.draw(supply(ANY))
    before = covered(rows)

    assert covered([*rows, extra]) >= before
    for at, one in enumerate(rows):
        larger = one._replace(days=one.days + extra.days)
        assert covered([*rows[:at], larger, *rows[at + 1 :]]) >= before


@laws
@given(st.lists(supply(SINGLE), max_size=9), STAYS, SINGLE, st.integers(0, LENGTH))
def test_splitting_90_days_into_three_fills_on_run_out_days_changes_nothing(rows, stays, drug, on):
    """On the day after supply of the piece before runs out, days in hospital passed over."""
    calendar = Calendar(stays)
    rows = [one for one in rows if one.waits_for != drug]
    whole = Supply(FIRST + on, 90, drug)
    pieces = [whole._replace(days=30)]
    for used in (30, 60):
        home = calendar.home(whole.day) + used
        [(day_, _)] = calendar.real([(home, home + 1)])
        pieces.append(Supply(day_, 30, drug))

    one = figure_of([*rows, whole], away=stays)
    three = figure_of([*rows, *pieces], away=stays)

    assert (ratio(three), three.covered, three.gaps) == (ratio(one), one.covered, one.gaps)
    assert (three.value, three.adherent) == (one.value, one.adherent)


@laws
@given(st.lists(supply(SINGLE), max_size=9), SINGLE, st.integers(0, LENGTH))
def test_splitting_90_days_among_other_fills_of_that_drug_changes_nothing(rows, drug, on):
    first = FIRST + on

    one = figure_of([*rows, Supply(first, 90, drug)])
    three = figure_of([*rows, *(Supply(first + n, 30, drug) for n in (0, 30, 60))])

    assert (ratio(three), three.covered, three.gaps) == (ratio(one), one.covered, one.gaps)


@laws
@given(st.lists(supply(SINGLE), max_size=9), STAYS, WITH_STAYS)
def test_figure_by_drug_lies_between_those_of_one_stock(rows, stays, method):
    """CMA with `same` <= PDC <= CMA with everything in one stock (adherence.md 4)."""
    same, drug, pool = (
        figure_of(rows, method, away=stays, carry=carry)
        for carry in (Carry.SAME, Carry.DRUG, Carry.POOL)
    )
    assume(drug.value is not None)

    assert same.value <= drug.value <= pool.value
    if len({one.waits_for for one in rows}) == 1:
        assert same.value == drug.value == pool.value


@laws
@given(FILLS, UNTIL)
def test_methods_that_are_the_same_but_for_one_thing_differ_in_that_alone(rows, until):
    found = {name: figure_of(rows, name, until=until).value for name in METHODS}

    def capped(value):
        return None if value is None else min(value, 1.0)

    assert found["mpr"] == found["cma2"]
    assert (found["cma3"], found["cma4"]) == (capped(found["cma1"]), capped(found["cma2"]))
    pooled = figure_of(rows, "pdc", until=until, carry=Carry.POOL)
    assert found["cma6"] == pooled.value


@laws
@given(FILLS, st.integers(1, 4))
def test_same_dose_throughout_changes_nothing(rows, dose):
    dosed = [one._replace(per_day=Fraction(dose, 2)) for one in rows]

    assert figure_of(dosed, "cma7", by_dose=True) == figure_of(dosed, "cma7")


@laws
@given(FILLS, STAYS)
def test_all_classes_at_once_is_never_more_than_the_least_of_them_counted_alike(rows, stays):
    """Lived through again: over the whole window, days on which each of a, b and c was there."""
    parts = [[one for one in rows if drug in one.waits_for] for drug in "abc"]
    figures = [figure_of(part, "pdc-window", away=stays) for part in parts]
    both = together(figures)

    if any(one.value is None for one in figures):
        assert both.value is None
        return
    absent = days_in(stays)
    each = [
        taken([one for one in part if one.day <= FIRST + LENGTH], absent, Carry.DRUG)
        for part in parts
    ]
    assert days_in(both.covered) == set.intersection(*each) & set(range(FIRST, FIRST + LENGTH + 1))
    assert both.value <= min(one.value for one in figures)
