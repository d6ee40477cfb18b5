"""PDC by hand, by the published examples, by a second program, and by laws that must hold.

Expected values come from PQA's training claims and the project's reference notes (numbers W1 to
W19), each worked out on paper, and from data/adherence/ (see the README there). None was copied
from what caretool printed.
"""

import csv
import itertools
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.adherence import Gap, drug_key, lay_out, merge, pdc, self_reported
from caretool.errors import InputError
from caretool.model import Fill

DATA = Path(__file__).parent / "data" / "adherence"
YEAR = (date(2023, 1, 1), date(2023, 12, 31))


def fills(*rows):
    """Each row: ISO date, days of supply, and a drug unless it is "a"."""
    return [
        Fill(rest[0] if rest else "a", date.fromisoformat(on), days) for on, days, *rest in rows
    ]


def day(month, number, year=2023):
    return date(year, month, number)


def ratio(figure):
    return (figure.days_covered, figure.days)


# --- worked examples, calendar year 2023, expected covered days and days of the period

WORKED = {
    "W1 one fill": ([("2023-01-01", 30)], (30, 365)),
    "W2 early refill of the same drug": ([("2023-01-01", 30), ("2023-01-25", 30)], (60, 365)),
    "W3 early fill of another drug": ([("2023-01-01", 30), ("2023-01-25", 30, "b")], (54, 365)),
    "W4 short course inside": ([("2023-01-01", 60), ("2023-01-11", 10, "b")], (60, 365)),
    "W5 earlier supply is not brought in": ([("2022-12-17", 30), ("2023-03-01", 30)], (30, 306)),
    "W6 same day, same drug": ([("2023-01-01", 30), ("2023-01-01", 30)], (60, 365)),
    "W6b same day, other drug": ([("2023-01-01", 30), ("2023-01-01", 30, "b")], (30, 365)),
    "W7 fill on the last day": ([("2023-12-31", 90)], (1, 1)),
    "W9 switch within the class": ([("2023-01-01", 90), ("2023-03-22", 90, "b")], (170, 365)),
    "W11 a gap, then an early refill": (
        [("2023-03-01", 30), ("2023-04-10", 30), ("2023-05-05", 30)],
        (90, 306),
    ),
    "W12 hoarding counts later": (
        [("2023-01-01", 90), ("2023-01-15", 90), ("2023-02-01", 90), ("2023-12-01", 90)],
        (301, 365),
    ),
    "W17 PQA's training claims, cut at the end": (
        [("2023-03-25", 90), ("2023-07-05", 90), ("2023-09-25", 90)],
        (270, 282),
    ),
    "W18 PQA's training claims, full year": (
        [("2023-01-01", 90), ("2023-03-25", 90), ("2023-07-05", 90), ("2023-10-15", 90)],
        (348, 365),
    ),
    "W19 a chain of shifts": (
        [("2023-01-01", 30), ("2023-01-11", 30), ("2023-01-21", 30)],
        (90, 365),
    ),
    "a fill on the day after the window is outside": (
        [("2023-01-01", 30), ("2024-01-01", 30)],
        (30, 365),
    ),
}


@pytest.mark.parametrize(("rows", "expected"), WORKED.values(), ids=WORKED)
def test_worked_example_gives_the_published_days(rows, expected):
    figure = pdc(fills(*rows), *YEAR)

    assert ratio(figure) == expected
    assert figure.value == expected[0] / expected[1]
    assert figure.missing is None


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

    assert figure.covered == (
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
    assert figure.covered[-1] == (day(7, 5), day(12, 31))
    assert figure.runs_out == day(12, 31)  # 3 Oct + 90 days, exactly the last of the year
    assert figure.flags == ()


def test_figure_carries_all_that_is_needed_to_check_it():
    figure = pdc(fills(("2023-12-01", 90), ("2023-01-01", 30)), *YEAR)

    assert figure.method == "pdc"
    assert (figure.start, figure.end, figure.index_date) == (*YEAR, day(1, 1))
    assert (figure.days, figure.days_covered, figure.fills) == (365, 61, 2)
    assert figure.last_fill == day(12, 1)
    assert figure.runs_out == date(2024, 2, 28)  # 31 days in December, 31 in January, 28 left
    assert figure.flags == ("truncated",)
    assert figure.gaps == (Gap(day(1, 31), day(11, 30), 304, open=False),)


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


@pytest.mark.parametrize("until", [day(5, 10), date(2022, 7, 1)])
def test_period_that_ends_before_the_first_fill_has_no_figure(until):
    figure = pdc(fills(("2023-06-01", 30), ("2023-07-01", 30)), *YEAR, until=until)

    assert figure.value is None
    assert figure.adherent is None
    assert figure.index_date is None
    assert figure.missing == f"the period ended on {until}, before the first fill on 2023-06-01"


def test_no_fill_in_the_window_has_no_figure_but_says_why():
    figure = pdc([], *YEAR)

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
    assert (figure.days, figure.days_covered, figure.gaps) == (0, 0, ())
    assert figure.missing == "every day from 2023-12-30 to 2023-12-31 is inpatient"
    assert figure.runs_out == date(2024, 2, 3)  # 30 days from 5 January on


# --- the threshold is decided in whole numbers


@pytest.mark.parametrize(
    ("covered", "of", "threshold", "adherent"),
    [
        (80, 100, (4, 5), True),
        (79, 100, (4, 5), False),
        (292, 365, (4, 5), True),  # 0.8 exactly
        (291, 365, (4, 5), False),  # 79.7 % is not 80 %
        (80, 100, (9, 10), False),
        (90, 100, (9, 10), True),
        (7, 10, (7, 10), True),  # 0.7 has no exact binary form
        (100, 100, (1, 1), True),
        (99, 100, (1, 1), False),
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
    rows = fills(("2023-01-01", 30, "Lisinopril"), ("2023-01-01", 30, " lisinopril "))

    figure = pdc(rows, *YEAR)

    assert (figure.days_covered, figure.fills) == (60, 2)
    assert figure.flags == ("one_fill_date", "duplicate_fill")


def test_same_day_fills_of_different_size_are_no_duplicate():
    assert "duplicate_fill" not in pdc(fills(("2023-01-01", 30), ("2023-01-01", 60)), *YEAR).flags


def test_supply_that_ends_with_the_period_is_not_truncated():
    assert pdc(fills(("2023-12-02", 30)), *YEAR).flags == ("short_period", "one_fill_date")


# --- drugs are told apart by name, case and spaces aside


def test_names_that_differ_in_case_and_spaces_are_one_drug():
    rows = fills(("2023-01-01", 30, "Metformin  HCl"), ("2023-01-25", 30, " metformin hcl"))

    assert pdc(rows, *YEAR).days_covered == 60
    assert drug_key(" STRASSE\t x ") == drug_key("straße x") == "strasse x"


# --- inpatient days leave numerator and denominator, their supply moves behind the stay


def test_published_example_of_cms_rises_from_12_of_15_to_12_of_13():
    rows = fills(("2023-01-01", 8), ("2023-01-12", 4))
    window = (day(1, 1), day(1, 15))

    before = pdc(rows, *window)
    after = pdc(rows, *window, stays=[(day(1, 5), day(1, 6))])

    assert ratio(before) == (12, 15)
    assert ratio(after) == (12, 13)
    assert after.covered == (
        (day(1, 1), day(1, 4)),
        (day(1, 7), day(1, 10)),
        (day(1, 12), day(1, 15)),
    )
    assert after.gaps == (Gap(day(1, 11), day(1, 11), 1, open=False),)


def test_supply_moved_behind_a_stay_pushes_the_next_fill_of_that_drug_only():
    rows = fills(("2023-01-01", 8), ("2023-01-09", 4), ("2023-01-09", 1, "b"))
    stays = [(day(1, 5), day(1, 6))]

    figure = pdc(rows, day(1, 1), day(1, 20), stays=stays)

    # a: 1-4, 7-10, then 11-14; b: 9
    assert figure.covered == ((day(1, 1), day(1, 4)), (day(1, 7), day(1, 14)))
    assert ratio(figure) == (12, 18)
    assert figure.runs_out == day(1, 14)


def test_fill_in_hospital_is_used_after_the_stay():
    figure = pdc(fills(("2023-01-03", 5)), day(1, 1), day(1, 20), stays=[(day(1, 2), day(1, 6))])

    assert figure.index_date == day(1, 3)
    assert figure.covered == ((day(1, 7), day(1, 11)),)
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
    assert figure.covered == ((day(1, 11), day(2, 9)),)
    assert figure.fills == 1


def test_supply_of_several_drugs_runs_out_with_the_last_of_them():
    rows = fills(("2023-01-01", 90), ("2023-02-01", 30, "b"), ("2023-02-02", 30, "b"))

    assert pdc(rows, *YEAR).runs_out == day(4, 1)  # b: 1 February + 60 days; a: 31 March


# --- what cannot be computed is refused


@pytest.mark.parametrize("days", [0, -30])
def test_fill_without_supply_is_refused(days):
    with pytest.raises(InputError, match=f"2023-03-01 has {days} days of supply") as caught:
        pdc(fills(("2023-01-01", 30), ("2023-03-01", days)), *YEAR)

    assert caught.value.hint


def test_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError, match="from 2023-12-31 to 2023-01-01 ends before it begins"):
        pdc([], *reversed(YEAR))


def test_stay_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError, match="a stay from 2023-03-02 to 2023-03-01"):
        pdc([], *YEAR, stays=[(day(3, 2), day(3, 1))])


@pytest.mark.parametrize("threshold", [(5, 4), (-1, 5), (1, 0), (80, 1), (0, 0), (-4, -5)])
def test_threshold_that_is_no_ratio_is_refused(threshold):
    with pytest.raises(InputError, match="is not a threshold"):
        pdc([], *YEAR, threshold=threshold)


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


# --- the two steps that every method shares


def test_laying_out_puts_fills_of_a_drug_one_after_another():
    assert sorted(lay_out([("a", 10, 5), ("a", 12, 5), ("b", 12, 5), ("a", 30, 1)])) == [
        (10, 14),
        (12, 16),
        (15, 19),
        (30, 30),
    ]


def test_laying_out_leaps_over_days_away():
    assert lay_out([("a", 10, 5)], [(1, 2), (11, 11), (13, 14), (99, 99)]) == [
        (10, 10),
        (12, 12),
        (15, 17),
    ]


def test_supply_that_lasts_just_up_to_a_day_away_needs_no_leap():
    assert lay_out([("a", 10, 5)], [(15, 20)]) == [(10, 14)]


def test_fill_on_the_first_day_away_is_used_from_the_day_after():
    assert lay_out([("a", 15, 5)], [(15, 20)]) == [(21, 25)]


def test_merging_joins_what_overlaps_or_touches():
    assert merge([(5, 6), (1, 3), (2, 2), (7, 8), (10, 10)]) == [(1, 3), (5, 8), (10, 10)]
    assert merge([]) == []


# --- 100 invented patients, computed by another program (data/adherence/README.md)


def read(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EVENTS = read("med_events.csv")
PUBLIC = [row for row in read("expected_pqa_public.csv") if row["config"].startswith("pqa/")]


def test_public_figures_are_all_there():
    counts = Counter((row["config"], row["key"]) for row in PUBLIC)

    assert counts == dict.fromkeys(
        itertools.product(["pqa/o182d365", "pqa/calyear2"], ["any", "medA", "medB"]), 50
    )


@pytest.mark.parametrize(
    "row", PUBLIC, ids=lambda row: f"{row['config']}-{row['patient_id']}-{row['key']}"
)
def test_public_figure_is_reproduced(row):
    events = [
        Fill(event["category"], date.fromisoformat(event["date"]), int(event["duration"]))
        for event in EVENTS
        if event["patient_id"] == row["patient_id"] and row["key"] in ("any", event["category"])
    ]

    figure = pdc(events, date.fromisoformat(row["from"]), date.fromisoformat(row["to"]))

    assert figure.fills == int(row["n_fills"])
    assert figure.days == int(row["days_in_period"])
    assert figure.days_covered == int(row["days_covered"])
    assert len(figure.gaps) == int(row["n_gaps"])
    assert max((gap.days for gap in figure.gaps), default=0) == int(row["longest_gap"])
    if row["pdc"]:
        assert figure.index_date == date.fromisoformat(row["index_date"])
        assert figure.value == pytest.approx(float(row["pdc"]), abs=1e-12, rel=0)
    else:
        assert (figure.value, figure.index_date) == (None, None)
        assert figure.missing


# --- laws, on whatever fills there may be

ZERO = date(2024, 1, 1)  # day 0 of the made-up calendars
LENGTH = 120


def after(days):
    return ZERO + timedelta(days)


DAYS = st.integers(-60, LENGTH + 20)
FILLS = st.lists(
    st.builds(Fill, st.sampled_from("abc"), DAYS.map(after), st.integers(1, 45)), max_size=9
)
STAYS = st.lists(
    st.tuples(DAYS, st.integers(0, 25)).map(lambda stay: (after(stay[0]), after(sum(stay)))),
    max_size=4,
)
UNTIL = st.none() | st.integers(-5, LENGTH + 20).map(after)
WINDOW = (ZERO, after(LENGTH))
laws = settings(max_examples=250, deadline=None)


def numbers(first, last):
    return range((first - ZERO).days, (last - ZERO).days + 1)


def consume(rows, away):
    """Live through the days one by one: who has supply of a drug uses one day of it."""
    used = set()
    for drug in {row.drug for row in rows}:
        stock, today = 0, -60
        arrivals = Counter()
        for row in rows:
            if row.drug == drug:
                arrivals[(row.filled_on - ZERO).days] += row.days_supply
        while stock or any(on >= today for on in arrivals):
            stock += arrivals[today]
            if stock and today not in away:
                used.add(today)
                stock -= 1
            today += 1
    return used


@laws
@given(FILLS, STAYS, UNTIL)
def test_living_through_every_day_gives_the_same_figure(rows, stays, until):
    figure = pdc(rows, *WINDOW, stays=stays, until=until)

    last = LENGTH if until is None else min(LENGTH, (until - ZERO).days)
    away = {number for stay in stays for number in numbers(*stay)}
    stock = [row for row in rows if (row.filled_on - ZERO).days <= last]
    inside = [row for row in stock if row.filled_on >= ZERO]
    index = min(((row.filled_on - ZERO).days for row in inside), default=last + 1)
    period = [number for number in range(index, last + 1) if number not in away]
    covered = consume(inside, away)
    uncovered = [number for number in period if number not in covered]

    assert figure.fills == len(inside)
    assert ratio(figure) == (len(period) - len(uncovered), len(period))
    assert (figure.value is None) == (not period) == (figure.missing is not None)
    assert figure.last_fill == max((row.filled_on for row in stock), default=None)
    assert figure.runs_out == max((after(number) for number in consume(stock, away)), default=None)
    assert [number for span in figure.covered for number in numbers(*span)] == [
        number for number in period if number in covered
    ]
    assert [number for gap in figure.gaps for number in numbers(gap.first, gap.last)] == uncovered
    for gap in figure.gaps:
        assert (gap.first - ZERO).days - 1 not in uncovered
        assert (gap.last - ZERO).days + 1 not in uncovered
        assert gap.open == ((gap.last - ZERO).days == period[-1])
    if period:
        assert ("truncated" in figure.flags) == (max(covered) > last)


@laws
@given(FILLS, STAYS, UNTIL)
def test_figure_is_a_share_and_gaps_fill_up_the_rest(rows, stays, until):
    figure = pdc(rows, *WINDOW, stays=stays, until=until)

    assert figure.value is None or 0 <= figure.value <= 1
    assert sum(gap.days for gap in figure.gaps) == figure.days - figure.days_covered
    assert all((gap.last - gap.first).days + 1 == gap.days for gap in figure.gaps)
    assert [gap.open for gap in figure.gaps[:-1]] == [False] * len(figure.gaps[:-1])


@laws
@given(FILLS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))), STAYS)
def test_order_of_rows_never_matters(orders, stays):
    rows, mixed = orders

    assert pdc(mixed, *WINDOW, stays=stays) == pdc(rows, *WINDOW, stays=stays)


@laws
@given(FILLS, STAYS, st.data())
def test_more_supply_never_lowers_the_days_covered(rows, stays, data):
    extra = data.draw(st.builds(Fill, st.sampled_from("abc"), DAYS.map(after), st.integers(1, 45)))
    before = pdc(rows, *WINDOW, stays=stays)

    assert pdc([*rows, extra], *WINDOW, stays=stays).days_covered >= before.days_covered
    for number, row in enumerate(rows):
        larger = Fill(row.drug, row.filled_on, row.days_supply + extra.days_supply)
        changed = [*rows[:number], larger, *rows[number + 1 :]]
        assert pdc(changed, *WINDOW, stays=stays).days_covered >= before.days_covered


@laws
@given(FILLS, st.sampled_from("abc"), st.integers(0, LENGTH).map(after))
def test_splitting_90_days_into_three_fills_of_30_changes_nothing(rows, drug, on):
    whole = pdc([*rows, Fill(drug, on, 90)], *WINDOW)
    split = pdc([*rows, *(Fill(drug, on + timedelta(n), 30) for n in (0, 30, 60))], *WINDOW)

    assert (ratio(split), split.covered, split.gaps) == (ratio(whole), whole.covered, whole.gaps)
    assert (split.value, split.adherent) == (whole.value, whole.adherent)
