"""Supply that ends and adherence in doubt: worked by hand, and against a count day by day."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import takewhile
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patient_facts import (
    DAY,
    FEDERAL,
    METFORMIN,
    PROTOCOLS,
    active,
    changed,
    contact,
    defer,
    facts,
    fill,
    listed,
    medicine,
    off,
    only,
    plan,
    report,
    status,
    stay,
    take_back,
    waive,
)

from caretool import explain, tracing
from caretool.absent import absent
from caretool.refills import Refill, Supplies, days_away

LISINOPRIL = medicine("lisinopril", "ras_antagonists", one_at_a_time=True)
LOSARTAN = medicine("losartan", "ras_antagonists", one_at_a_time=True)
GLIPIZIDE = medicine("glipizide", "diabetes")
AMOXICILLIN = medicine("amoxicillin")
REVIEWS = PROTOCOLS.by_trigger["adherence"]
SUPPLY = {"refill_due", "supply_ran_out"}
SINCE = active("2026-01-05")


def supplies(*known, away=()):
    """What is known of a patient's supply on that day; stays are spans of days."""
    found = facts(*known)
    spans = [(DAY(first).toordinal(), DAY(stop).toordinal()) for first, stop in away]
    return Supplies(found.supplies, found.listed, spans)


def ends(*known, away=()):
    """The last day with supply of each drug that is acted on."""
    found = supplies(*known, away=away)
    return {one.medicine.drug: str(date.fromordinal(one.runs_out)) for one in found.drugs}


def items(today, *known, kinds=SUPPLY, **more):
    return [one for one in plan(today, SINCE, *known, **more).items if one.rule.kind in kinds]


def dates_of(found):
    return [(one.rule.kind, str(one.target)) for one in found]


def review(today, *known, **more):
    return only(today, SINCE, *known, kind="adherence_review", **more)


def no_review(today, *known):
    return not items(today, *known, kinds={"adherence_review"})


# Until when there is supply


def test_thirty_days_from_the_first_of_march_last_to_the_thirtieth():
    assert ends(fill("2026-03-01")) == {"metformin": "2026-03-30"}


def test_an_early_refill_waits_until_the_drug_is_used_up():
    assert ends(fill("2026-03-01"), fill("2026-03-20")) == {"metformin": "2026-04-29"}


def test_another_drug_of_the_class_waits_for_nothing():
    found = ends(fill("2026-03-01"), fill("2026-03-20", of=GLIPIZIDE))
    assert found == {"metformin": "2026-03-30", "glipizide": "2026-04-18"}


def test_two_strengths_are_one_drug_and_it_is_called_as_last_filled():
    strong = METFORMIN._replace(name="metformin 1000 mg")
    (one,) = supplies(fill("2026-03-01"), fill("2026-03-20", of=strong)).drugs
    assert one.medicine.name == "metformin 1000 mg"
    assert date.fromordinal(one.runs_out) == date(2026, 4, 29)
    assert one.left == 11


def test_days_in_hospital_are_added_at_the_end():
    assert ends(fill("2026-03-01"), away=[("2026-03-10", "2026-03-13")]) == {
        "metformin": "2026-04-02"
    }
    # In hospital on what would be the last day, and the two after
    assert ends(fill("2026-03-01"), away=[("2026-03-30", "2026-04-02")]) == {
        "metformin": "2026-04-02"
    }


def test_what_it_rests_on_is_said_in_words():
    (one,) = supplies(
        fill("2026-03-01"), fill("2026-03-26"), away=[("2026-04-01", "2026-04-03")]
    ).drugs
    # 25 days used up to the 25th, 5 left; 35 from the 26th on, two days later for the hospital
    assert one.words == (
        "metformin: 30 days on Thu 26 Mar 2026, 5 left from before, 2 days in hospital not counted"
    )
    assert date.fromordinal(one.runs_out) == date(2026, 5, 1)


# What is acted on


def test_an_antibiotic_runs_out_and_that_is_that():
    assert ends(fill("2026-03-01", 7, AMOXICILLIN)) == {}


def test_what_is_on_the_medicines_list_is_acted_on_whatever_it_is():
    known = fill("2026-03-01", 7, AMOXICILLIN), listed("2026-03-01", "amoxicillin")
    assert ends(*known) == {"amoxicillin": "2026-03-07"}


def test_a_medicine_on_the_list_without_fills_has_no_end():
    assert ends(listed("2026-03-01", "metformin")) == {}


def test_what_was_stopped_since_its_last_fill_is_not():
    assert ends(fill("2026-03-01"), listed("2026-01-01", stopped="2026-03-01")) == {}
    assert ends(fill("2026-03-01"), listed("2026-01-01", stopped="2026-02-28")) != {}
    assert supplies(fill("2026-03-01"), listed("2026-01-01", stopped="2026-03-05")).stopped_on(
        "metformin"
    ) == date(2026, 3, 5)


def test_another_dose_stops_one_line_of_the_list_and_begins_another():
    lines = listed("2026-01-01", stopped="2026-03-05"), listed("2026-03-05")
    assert ends(fill("2026-03-01"), *lines) == {"metformin": "2026-03-30"}


def test_of_a_class_taken_one_at_a_time_the_new_drug_takes_the_place_of_the_old():
    known = fill("2026-03-01", of=LISINOPRIL), fill("2026-03-25", of=LOSARTAN)
    assert ends(*known) == {"losartan": "2026-04-23"}
    assert supplies(*known).replaced_by("lisinopril") == LOSARTAN


def test_two_that_were_taken_side_by_side_are_both_acted_on():
    losartan = [fill(day, of=LOSARTAN) for day in ("2026-02-25", "2026-03-25")]
    assert set(ends(fill("2026-03-01", of=LISINOPRIL), *losartan)) == {"lisinopril", "losartan"}
    same_day = fill("2026-03-01", of=LISINOPRIL), fill("2026-03-01", of=LOSARTAN)
    assert set(ends(*same_day)) == {"lisinopril", "losartan"}


def test_diabetes_medicines_are_added_not_replaced():
    known = fill("2026-03-01"), fill("2026-03-25", of=GLIPIZIDE)
    assert set(ends(*known)) == {"metformin", "glipizide"}


# Refills and how late they were


def test_the_days_without_supply_before_a_refill():
    first = fill("2026-03-01"), fill("2026-04-03"), fill("2026-05-05")
    (one,) = supplies(*first).drugs
    # 31 March, 1 and 2 April; 3 and 4 May
    assert one.late == (
        Refill(DAY("2026-04-03").toordinal(), 3), Refill(DAY("2026-05-05").toordinal(), 2),
    )  # fmt: skip
    (one,) = supplies(*first, fill("2026-06-04")).drugs
    assert one.late == ()


def test_days_in_hospital_make_no_refill_late():
    known = fill("2026-03-01"), fill("2026-04-05")
    (one,) = supplies(*known, away=[("2026-03-29", "2026-04-02")]).drugs
    # Four days away: supply to 3 April, without it on the 4th only
    assert [refill.late for refill in one.late] == [1]


def test_two_fills_of_one_day_are_one_refill():
    (one,) = supplies(fill("2026-03-01"), fill("2026-04-05"), fill("2026-04-05")).drugs
    assert [refill.late for refill in one.late] == [5]


# By counting day by day

FILLS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 90), st.sampled_from([METFORMIN, GLIPIZIDE])),
    min_size=1,
    max_size=12,
)
STAYS = st.lists(st.tuples(st.integers(0, 250), st.integers(1, 20)), max_size=3)
FIRST = DAY("2025-01-01")


def _fills(drawn):
    return [fill(str(FIRST + timedelta(day)), days, of) for day, days, of in drawn]


def _spans(drawn):
    first = FIRST.toordinal()
    return [(first + day, first + day + days) for day, days in drawn]


def by_counting(fills, away):
    """Of one drug: a stock that is filled up and used one a day at home; last day, days late."""
    gone = {day for first, stop in away for day in range(first, stop)}
    by_day = {}
    for one in fills:
        by_day.setdefault(one.day, []).append(one.days)
    stock = last = without = 0
    late = []
    for day in range(min(by_day), max(by_day) + 5000):
        if day in by_day:
            if stock == 0 and day != min(by_day):
                late.append(without)
            elif day != min(by_day):
                late.append(0)
            without = 0
            stock += sum(by_day[day])
        if day in gone:
            continue
        if stock:
            stock -= 1
            last = day
        else:
            without += 1
    return last, late


@given(FILLS, STAYS)
def test_a_count_day_by_day_gives_the_same_end_and_the_same_late_days(drawn, stays):
    fills, away = _fills(drawn), _spans(stays)
    for one in Supplies(fills, (), away).drugs:
        own = [each for each in fills if each.medicine.drug == one.medicine.drug]
        last, late = by_counting(own, away)
        in_row = list(takewhile(bool, reversed(late)))[::-1]
        assert (one.runs_out, [each.late for each in one.late]) == (last, in_row)


@given(FILLS, STAYS, st.integers(0, 2**16))
def test_the_order_of_fills_never_matters(drawn, stays, seed):
    fills, away = _fills(drawn), _spans(stays)
    shuffled = list(fills)
    Random(seed).shuffle(shuffled)  # noqa: S311
    one, other = (Supplies(each, (), away) for each in (fills, shuffled))
    adherence = PROTOCOLS.by_trigger["adherence"][0]
    today = FIRST + timedelta(300)
    assert one.drugs == other.drugs
    assert one.reasons(adherence, (), today) == other.reasons(adherence, (), today)


# Refill due, supply ran out


def test_medicines_that_end_on_one_day_are_one_item_that_names_them_all():
    known = fill("2026-10-30"), fill("2026-10-30", of=LISINOPRIL)
    (one,) = items("2026-11-21", *known)
    assert explain.reason(one, DAY("2026-11-21")) == (
        "supply of lisinopril and metformin ends Sat 28 Nov, refill due;"
        " fills known up to Fri 30 Oct"
    )
    assert explain.brief(one, DAY("2026-11-21")).startswith(
        "refill due, supply of lisinopril and metformin ends Sat 28 Nov"
    )


def test_three_are_joined_with_commas():
    known = [fill("2026-10-30", of=one) for one in (METFORMIN, LISINOPRIL, GLIPIZIDE)]
    (one,) = items("2026-10-30", *known)
    assert one.trace.fact == "supply of glipizide, lisinopril and metformin ends"


def test_medicines_that_end_on_different_days_are_an_item_each():
    known = fill("2026-10-30"), fill("2026-11-01", of=LISINOPRIL)
    assert dates_of(items("2026-11-21", *known)) == [
        ("refill_due", "2026-11-23"), ("refill_due", "2026-11-23"),
    ]  # fmt: skip


def test_only_one_of_the_two_is_open_for_one_supply():
    found = [dates_of(items(day, fill("2026-10-30"))) for day in ("2026-11-30", "2026-12-01")]
    assert found == [[("refill_due", "2026-11-23")], [("supply_ran_out", "2026-12-01")]]


def test_what_ran_out_does_not_hide_what_is_due_of_another_supply():
    known = fill("2026-10-30"), fill("2026-11-10", of=LISINOPRIL)
    assert dates_of(items("2026-12-02", *known)) == [
        ("supply_ran_out", "2026-12-01"), ("refill_due", "2026-12-02"),
    ]  # fmt: skip


def test_waived_the_refill_does_not_come_back_as_due():
    waived = waive("2026-12-02", "supply/ran_out", "2026-12-01")
    assert items("2026-12-02", fill("2026-10-30"), waived) == []


def test_a_decision_is_about_one_day_and_not_about_the_next():
    known = fill("2026-10-30"), fill("2026-11-02", of=LISINOPRIL)
    moved = defer("2026-11-21", "supply/refill", "2026-11-21", "2026-11-25")
    assert dates_of(items("2026-11-24", *known, moved)) == [
        ("refill_due", "2026-11-24"), ("refill_due", "2026-11-25"),
    ]  # fmt: skip


def test_a_call_about_one_refill_does_for_all_of_those_days():
    known = fill("2026-10-30"), fill("2026-11-02", of=LISINOPRIL)
    told = contact("2026-11-24", topics=["refill"])
    assert items("2026-11-24", *known, told) == []
    before = contact("2026-11-23", topics=["refill"])
    assert dates_of(items("2026-11-24", *known, before)) == [("refill_due", "2026-11-24")]


def test_a_failed_attempt_before_the_end_sets_the_next_try():
    tried = contact("2026-11-23", "no_answer")
    (one,) = items("2026-11-23", fill("2026-10-30"), tried)
    assert (one.attempts, str(one.due)) == (1, "2026-11-24")


def test_a_day_off_moves_a_refill_to_the_next_day_at_work():
    (one,) = items("2026-11-20", fill("2026-11-01"), calendar=off("2026-11-23"))
    assert str(one.target) == "2026-11-24"  # the last day with supply is the 30th


def test_supply_that_ended_long_before_the_list_came_is_history():
    assert items("2026-12-01", fill("2026-09-01", heard="2026-11-30")) == []
    # 30 September and 30 days: 30 October
    assert items("2026-12-01", fill("2026-09-01", heard="2026-10-30")) != []
    known = changed("supply", heard_within=None)
    assert items("2026-12-01", fill("2026-09-01", heard="2026-11-30"), protocols=known) != []


def test_fills_known_up_to_is_said_once_no_list_has_come_for_a_fortnight():
    def unclear(today, protocols=PROTOCOLS):
        (one,) = items(today, fill("2026-10-30", heard="2026-11-07"), protocols=protocols)
        return one.start.unclear

    assert unclear("2026-11-21") is None
    assert unclear("2026-11-22") == "fills known up to Sat 7 Nov"
    assert unclear("2026-11-22", changed("supply", fills_within=None)) is None


# Promised, and not fetched


def test_a_refill_promised_and_not_fetched_is_asked_about_again_and_again():
    ended = fill("2026-10-20")  # the last day is 18 November
    first = contact("2026-11-23", topics=["refill"])
    (one,) = items("2026-11-23", ended, first)
    assert (one.rule.kind, str(one.target)) == ("supply_ran_out", "2026-11-30")
    second = contact("2026-12-01", topics=["refill"])
    (one,) = items("2026-12-30", ended, first, second)
    assert (str(one.target), str(one.trace.planned)) == ("2026-12-08", "2026-12-08")
    (one,) = items("2026-12-30", ended, first, second, fill("2026-12-30"))
    assert one.rule.kind == "refill_due"
    stopped = listed("2026-10-01", stopped="2026-12-02")
    assert items("2026-12-30", ended, first, second, stopped) == []


def test_a_promise_before_the_end_answers_the_refill_and_not_that_it_never_came():
    for talk in ("2026-11-11", "2026-11-17"):
        known = fill("2026-10-20"), contact(talk, topics=["refill"])
        assert items("2026-11-20", *known) == []
        assert dates_of(items("2026-11-21", *known)) == [("supply_ran_out", "2026-11-23")]
    known = fill("2026-10-20"), contact("2026-11-18", topics=["refill"])
    assert dates_of(items("2026-11-21", *known)) == [("supply_ran_out", "2026-11-25")]


def test_over_a_weekend_what_is_past_its_limit_stays_until_not_refilled_is_asked():
    found = [dates_of(items(f"2026-11-{day}", fill("2026-10-20"))) for day in (20, 21, 22, 23)]
    assert found == [
        *[[("refill_due", "2026-11-12")]] * 3,  # the 11th is Veterans Day, the 21st a Saturday
        [("supply_ran_out", "2026-11-23")],
    ]
    away = off("2026-11-23")
    (one,) = items("2026-11-23", fill("2026-10-20"), calendar=away)
    assert one.rule.kind == "refill_due"
    (one,) = items("2026-11-24", fill("2026-10-20"), calendar=away)
    assert (one.rule.kind, str(one.target)) == ("supply_ran_out", "2026-11-24")


def test_why_says_since_when_it_is_out_and_when_it_was_last_talked_about():
    (one,) = items("2026-11-30", fill("2026-10-20"), contact("2026-11-23", topics=["refill"]))
    today = DAY("2026-11-30")
    assert explain.reason(one, today).startswith(
        "supply of metformin ended Wed 18 Nov, not refilled, last contact about it Mon 23 Nov (C1)"
    )
    assert explain.brief(one, today).startswith(
        "not refilled, supply of metformin ended Wed 18 Nov, last contact about it Mon 23 Nov"
    )
    steps = dict(tracing.trace_steps(one, today))
    assert steps["fact"] == (
        "supply of metformin ended Wed 18 Nov 2026; last contact about it Mon 23 Nov 2026 (C1)"
    )
    assert steps["rule"] == (
        "supply/ran_out: not refilled (target 3 days, 7 days after each contact about it while it"
        " goes on; should)"
    )
    assert "after a contact with --topic refill it comes again 7 days later" in steps["changes"]


def test_what_is_asked_about_again_on_one_day_is_one_item_that_names_them_all():
    known = fill("2026-10-18"), fill("2026-10-20", of=LISINOPRIL)  # to the 16th and to the 18th
    talk = contact("2026-11-23", topics=["refill"])
    (one,) = items("2026-11-30", *known, talk)
    assert one.start.fact == "supply of metformin and lisinopril (to Wed 18 Nov) ended"
    assert (str(one.start.on), str(one.target)) == ("2026-11-16", "2026-11-30")
    moved = defer("2026-11-30", "supply/ran_out", "2026-11-30", "2026-12-04")
    assert dates_of(items("2026-11-30", *known, talk, moved)) == [("supply_ran_out", "2026-12-04")]


def test_waived_it_stays_away_whatever_is_heard_of_others():
    known = fill("2026-10-18"), fill("2026-10-20", of=LISINOPRIL)
    left = waive("2026-11-21", "supply/ran_out", "2026-11-19")  # the metformin
    talk = contact("2026-11-23", topics=["refill"])
    (one,) = items("2026-11-30", *known, left, talk)
    assert one.start.fact == "supply of lisinopril ended"
    again = waive("2026-12-01", "supply/ran_out", "2026-11-30")
    later = contact("2026-12-02", topics=["refill"])
    assert items("2026-12-20", *known, left, talk, again, later) == []
    undone = take_back("2026-12-03", "supply/ran_out", "2026-11-30")
    (one,) = items("2026-12-20", *known, left, talk, again, later, undone)
    assert one.start.fact == "supply of lisinopril ended"


def test_while_no_fill_comes_something_is_open_from_the_third_day_on():
    chance = Random(5)  # noqa: S311
    for _ in range(60):
        talks = [
            contact(str(DAY("2026-11-01") + timedelta(day)), topics=["refill"])
            for day in sorted(chance.sample(range(45), chance.randint(0, 6)))
        ]
        ended = fill("2026-10-20"), fill(f"2026-10-{chance.randint(14, 27)}", of=LISINOPRIL)
        for day in range(30):
            today = DAY("2026-11-29") + timedelta(day)
            found = items(str(today), *ended, *talks)
            last = max((one.on for one in talks if one.on <= today), default=date.min)
            assert found
            names = " ".join(one.start.fact for one in found)
            assert "metformin" in names
            assert "lisinopril" in names
            assert len({(one.rule.id, one.trace.planned) for one in found}) == len(found)
            assert all(one.trace.planned <= last + timedelta(7) for one in found
                       if one.trace.anchor == last)  # fmt: skip


def test_the_list_told_of_it_only_then():
    known = fill("2026-10-04", heard="2026-11-23")  # to 2 November, so 5 November
    (one,) = items("2026-11-24", known)
    assert (str(one.trace.planned), str(one.target)) == ("2026-11-05", "2026-11-23")
    steps = dict(tracing.trace_steps(one, DAY("2026-11-24")))
    assert steps["shift"] == "Thu 5 Nov 2026 → Mon 23 Nov 2026: heard of on Mon 23 Nov 2026"
    assert steps["result"] == "Mon 23 Nov 2026: late"
    # Looking back to a day before the list, as if it had come at once
    (one,) = items("2026-11-10", known)
    assert str(one.target) == "2026-11-05"


def test_a_list_of_saturday_makes_nothing_due_on_a_saturday_nor_before_it():
    (one,) = items("2026-11-21", fill("2026-10-04", heard="2026-11-21"))
    assert str(one.target) == "2026-11-23"
    # The last day with supply is that Saturday: better on it than past it
    (one,) = items("2026-11-21", fill("2026-10-23", heard="2026-11-21"))
    assert (str(one.target), str(one.limit)) == ("2026-11-21", "2026-11-21")
    away = off("2026-11-20", "2026-11-21")
    (one,) = items("2026-11-21", fill("2026-10-23", heard="2026-11-21"), calendar=away)
    assert str(one.target) == "2026-11-23"


def test_nobody_in_a_facility_or_on_hold_is_asked_for_a_refill():
    known = fill("2026-10-30"), stay(None, admitted="2026-11-20")
    assert items("2026-11-22", *known) == []
    assert items("2026-11-22", fill("2026-10-30"), status("2026-11-01", "on_hold")) == []


def test_days_away_are_those_of_the_stays_that_the_figures_leave_out():
    known = facts(
        stay("2026-03-13", admitted="2026-03-10"),
        stay("2026-04-01", admitted="2026-04-01"),
        stay("2026-05-05"),
        stay("2026-05-09", admitted="2026-05-08", kind="emergency"),
        stay(None, admitted="2026-06-01"),
    )
    spans = [
        (str(date.fromordinal(first)), str(date.fromordinal(stop)))
        for first, stop in days_away(known.stays, DAY("2026-06-03"))
    ]
    assert spans == [
        ("2026-03-10", "2026-03-13"), ("2026-04-01", "2026-04-02"), ("2026-06-01", "2026-06-04"),
    ]  # fmt: skip


def test_why_shows_the_fills_it_rests_on():
    (one,) = items("2026-11-22", fill("2026-10-30"))
    steps = dict(tracing.trace_steps(one, DAY("2026-11-22")))
    assert steps["fact"] == "supply of metformin ends Sat 28 Nov 2026"
    assert steps["rests on"] == "metformin: 30 days on Fri 30 Oct 2026"
    assert steps["rule"] == "supply/refill: refill due (target 7 days before, limit 0 days; should)"
    assert steps["shift"].startswith("Sat 21 Nov 2026 → Mon 23 Nov 2026: Sat 21 Nov 2026 is a Sat")
    assert steps["result"] == "Mon 23 Nov 2026: to come"
    assert steps["changes"].startswith("a new fill ends it, so does a stop on the medicines list")


def because(kind, today, *known):
    found = facts(SINCE, *known)
    made = plan(today, SINCE, *known)
    told = absent(found, PROTOCOLS, FEDERAL, made, DAY(today))
    return next(one.because for one in told if one.kind == kind)


def test_why_says_what_became_of_medicines_nobody_is_asked_about():
    stopped = fill("2026-10-30"), listed("2026-01-10", stopped="2026-11-03")
    assert because("refill_due", "2026-11-22", *stopped) == "metformin was stopped Tue 3 Nov"
    second = fill("2026-09-01", of=LOSARTAN, heard="2026-11-20")
    replaced = fill("2026-08-01", of=LISINOPRIL), second
    assert because("refill_due", "2026-11-22", *replaced) == (
        "lisinopril was replaced by losartan; supply of losartan ended Wed 30 Sep, long before the"
        " list with its last fill came, Fri 20 Nov"
    )
    told = fill("2026-10-30"), contact("2026-11-22", topics=["refill"])
    assert because("refill_due", "2026-11-22", *told) == "done Sun 22 Nov (C1)"
    assert (
        because("supply_ran_out", "2026-11-22", *told) == "not before Tue 1 Dec, if it is still so"
    )
    waived = fill("2026-10-30"), waive("2026-11-22", "supply/refill", "2026-11-21", "has enough")
    assert because("refill_due", "2026-11-22", *waived) == "waived Sun 22 Nov: has enough"
    late = fill("2026-10-30")
    assert because("refill_due", "2026-12-02", late) == (
        "supply ran out, Tue 1 Dec, stands in its place"
    )


def test_of_a_patient_whose_medicines_nobody_acts_on_nothing_is_said():
    with pytest.raises(StopIteration):
        because("refill_due", "2026-11-22", fill("2026-10-30", 7, AMOXICILLIN))


# Adherence review

LATE = [fill(day) for day in ("2026-03-02", "2026-04-04", "2026-05-07")]
"""Three days late each time: 30 days from 2 March to 31 March, from 4 April to 3 May."""
LOW = [fill("2026-01-01"), fill("2026-01-31", 42)]
"""72 days of the 91 up to 1 April, 79.1 %."""


def test_the_reason_names_the_share_the_class_and_the_day():
    one = review("2026-04-02", *LOW)
    assert explain.reason(one, DAY("2026-04-02")).startswith(
        "adherence review: PDC 79 % of diabetes on Wed 1 Apr"
    )
    steps = tracing.trace_steps(one, DAY("2026-04-02"))
    assert ("reason", "PDC 79 % of diabetes on Wed 1 Apr") in steps
    assert (
        "rests on",
        "diabetes: supply on 72 of 91 days from Thu 1 Jan 2026 to Wed 1 Apr 2026, 2 fills",
    ) in steps
    assert dict(steps)["fact"] == "adherence in doubt since Wed 1 Apr 2026"
    assert "after 3 months it comes again if it is still so" in dict(steps)["changes"]


def test_all_reasons_are_named_and_the_earliest_starts_it():
    known = *LATE, report("2026-05-10", 3), report("2026-05-20", 2)
    one = review("2026-05-21", *known)
    assert str(one.trace.planned) == "2026-05-07"
    assert explain.brief(one, DAY("2026-05-21")).startswith(
        "adherence review, 2 late refills of metformin; 2 self-reports under 80 %"
    )


def test_its_day_stays_the_same_while_it_goes_on():
    for today in ("2026-04-02", "2026-05-20", "2026-11-01"):
        assert str(review(today, *LOW).trace.planned) == "2026-04-01"


def test_so_does_that_of_late_refills_in_a_row():
    more = [fill("2026-06-12")]  # 5 days late, a third
    one = review("2026-06-13", *LATE, *more)
    assert str(one.trace.planned) == "2026-05-07"
    assert one.start.because[0].words == "3 late refills of metformin"


def test_a_class_of_which_another_share_is_asked():
    strict = METFORMIN._replace(threshold=Fraction(9, 10))
    known = fill("2026-01-01", 30, strict), fill("2026-01-31", 48, strict)  # 78 of 91, 85.7 %
    assert str(review("2026-04-02", *known).trace.planned) == "2026-04-01"
    usual = fill("2026-01-01"), fill("2026-01-31", 48)
    assert no_review("2026-04-02", *usual)


def test_any_drug_of_the_class_covers_the_day():
    both = fill("2026-01-01"), fill("2026-01-31", 30, GLIPIZIDE), fill("2026-03-02", 30)
    assert no_review("2026-04-02", *both)  # 90 of 91
    assert str(review("2026-04-02", *both[:2]).trace.planned) == "2026-04-01"  # 60 of 91


def test_days_in_hospital_are_not_counted():
    away = stay("2026-03-25", admitted="2026-03-15")  # 10 days: 72 of 81, 88.9 %
    assert no_review("2026-04-02", *LOW, away)
    one = review("2026-04-02", *LOW[:1], fill("2026-01-31", 30), away)  # 60 of 81
    assert one.start.because[0].rests_on.startswith("diabetes: supply on 60 of 81 days")


def test_fills_that_a_list_told_of_later_could_not_be_known():
    late = [one._replace(heard_on=DAY("2026-05-20")) for one in LOW]
    assert str(review("2026-05-21", *late).trace.planned) == "2026-05-20"
    # Looking back to a day before the list, as if it had come at once
    assert str(review("2026-05-02", *late).trace.planned) == "2026-04-01"
    told = [one._replace(heard_on=DAY("2026-05-09")) for one in LATE]
    assert str(review("2026-05-10", *told).trace.planned) == "2026-05-09"


def test_a_short_fill_within_days_that_are_covered_anyway_covers_none_more():
    # to 31 March, 90 of 91 days; then to 11 March, 70 of 91
    assert no_review("2026-04-02", fill("2026-01-01", 90), fill("2026-01-10", 5, GLIPIZIDE))
    assert review("2026-04-02", fill("2026-01-01", 70), fill("2026-01-10", 5, GLIPIZIDE))


@pytest.mark.parametrize(
    ("known", "last_end", "expected"),
    [
        ([fill("2026-03-02")], "2026-03-30", False),  # the supply lasts to 31 March
        ([fill("2026-03-02")], "2026-03-31", True),
        (LATE, "2026-06-04", True),  # to 5 June; late twice
        (LATE[1:], "2026-06-04", False),  # late once
        (LOW, "2026-03-12", True),  # to 13 March; on 1 May 72 of 121 days were covered
    ],
)
def test_a_panel_leaves_out_whom_nothing_about_medicines_can_be_due_for(known, last_end, expected):
    asked = supplies(*known).may_act(REVIEWS, DAY("2026-05-20"), DAY(last_end))
    assert asked is expected


def test_a_review_answers_what_was_known_of_then():
    done = contact("2026-04-10", topics=["adherence_review"])
    assert str(review("2026-04-10", *LOW, done).trace.planned) == "2026-07-01"
    done = contact("2026-05-07", topics=["adherence_review"])
    assert no_review("2026-05-08", *LATE, done)


def test_a_new_reason_after_a_review_starts_another():
    done = contact("2026-03-20", topics=["adherence_review"])
    told = [report(day, 3, name="lisinopril") for day in ("2026-03-01", "2026-03-10")]
    assert no_review("2026-03-21", *told, done)
    more = report("2026-05-10", 3, name="lisinopril")
    # The third in a row: known before as a run, so again 3 months after the second
    assert str(review("2026-05-11", *told, more, done).trace.planned) == "2026-06-10"
    other = report("2026-05-01", 3, name="metformin"), report("2026-05-10", 3, name="metformin")
    assert str(review("2026-05-11", *told, *other, done).trace.planned) == "2026-05-10"


def test_what_she_leaves_undone_comes_again_after_three_months():
    left = waive("2026-04-03", "adherence/review", "2026-04-01")
    assert str(review("2026-04-03", *LOW, left).trace.planned) == "2026-07-01"


def test_a_waiver_answers_every_reason_of_that_day():
    known = *LATE, report("2026-04-10", 3), report("2026-05-01", 2)
    assert str(review("2026-05-08", *known).trace.planned) == "2026-05-01"
    left = waive("2026-05-08", "adherence/review", "2026-05-01")
    assert str(review("2026-05-08", *known, left).trace.planned) == "2026-08-01"
    # An honest report ends one reason; the other was answered with it all the same
    honest = report("2026-05-12", 0)
    assert str(review("2026-05-13", *known, honest, left).trace.planned) == "2026-08-01"


def test_a_report_of_medicines_at_large_counts_with_those_of_each():
    def told(*several):
        days = ("2026-03-02", "2026-03-10", "2026-03-20", "2026-03-30")
        return [report(day, *one) for day, one in zip(days, several, strict=False)]

    def words(*several):
        one = review("2026-03-31", *told(*several))
        return [(each.words[:14], each.typed, str(each.since)) for each in one.start.because]

    of_all, of_one, other = (3,), (3, 7, "metformin"), (3, 7, "lisinopril")
    assert words(of_one, of_all) == [("2 self-reports", "metformin", "2026-03-10")]
    assert words(of_all, of_one) == [("2 self-reports", "metformin", "2026-03-10")]
    assert words(of_all, of_all) == [("2 self-reports", "", "2026-03-10")]
    assert words(of_one, other, of_all) == [
        ("2 self-reports", "lisinopril", "2026-03-20"),
        ("2 self-reports", "metformin", "2026-03-20"),
    ]
    # What is part of the row of a medicine is not told twice
    assert words(of_all, of_all, of_one) == [("3 self-reports", "metformin", "2026-03-10")]
    # An honest report of one medicine ends its own row; of medicines at large that of each
    assert words(of_all, (0, 7, "metformin"), of_all) == [("2 self-reports", "", "2026-03-20")]
    assert no_review("2026-03-31", *told(of_one, (0,), of_one))
    assert no_review("2026-03-31", *told(of_one, other, (0, 7, "metformin")))


def test_the_medicine_that_she_typed_is_left_out_behind_a_mask():
    known = [report(day, 3, name="Glucophage") for day in ("2026-03-02", "2026-03-10")]
    one = review("2026-03-11", *known)
    text = explain.reason(one, DAY("2026-03-11"))
    assert text == "adherence review: 2 self-reports under 80 % of Glucophage"
    masked = explain.reason(one, DAY("2026-03-11"), mask=True)
    assert masked == "adherence review: 2 self-reports under 80 %"


def test_nothing_that_is_dated_later_is_seen():
    later = fill("2026-11-21"), fill("2026-10-30")
    (one,) = items("2026-11-20", *later, protocols=changed("supply", fills_within=None))
    assert str(one.trace.planned) == "2026-11-21"  # as if there had been one fill
    assert items("2026-11-21", *later)[0].trace.planned == DAY("2026-12-21")
    stops = fill("2026-10-30"), listed("2026-01-10", stopped="2026-11-22")
    assert items("2026-11-21", *stops) != []
    assert items("2026-11-22", *stops) == []
    told = [report(day, 3) for day in ("2026-11-01", "2026-11-22")]
    assert no_review("2026-11-21", *told)
    noted = fill("2026-10-30", of=AMOXICILLIN), listed("2026-11-22", "amoxicillin")
    assert items("2026-11-21", *noted) == []
    assert items("2026-11-22", *noted) != []


def test_a_practice_can_turn_each_kind_of_reason_off():
    for change, known in (("late_refills", LATE), ("low_reports", [report("2026-03-02", 3)] * 2)):
        under = changed("adherence", **{change: 0})
        assert not items("2026-05-08", *known, kinds={"adherence_review"}, protocols=under)
    under = changed("adherence", late=None)
    assert not items("2026-05-08", *LATE, kinds={"adherence_review"}, protocols=under)
