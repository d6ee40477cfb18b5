"""Where a patient stands: status, death, in a facility, on hold, and what raises the tier.

Rulebook 7.3 (entry to the tiers), 5 (LACE bands, four ED visits in a rolling 365 days), trap 14.
"""

from datetime import date

import pytest
from patient_facts import (
    DAY,
    FEDERAL,
    PROTOCOLS,
    active,
    condition,
    contact,
    facts,
    hold,
    lace,
    lift,
    plan,
    status,
    stay,
    tier,
)

from caretool import standing as standings
from caretool.model import Status
from caretool.standing import Standing, hold_on

FRIDAY = "2026-03-06"


def standing(today, *known):
    return plan(today, *known).standing


def rules(today, *known):
    return {item.rule.id: item for item in plan(today, *known).items}


def raised(today, *known):
    """The tier today, and why it is higher than the one that was set."""
    found = standing(today, *known)
    return found.tier, found.raised_by


def intervals(today, *known):
    """What raises the tier: the first and the last day, and why."""
    return [(str(one.first), str(one.last), one.words) for one in standing(today, *known).raises]


# Status


def test_somebody_of_whom_nothing_is_known_is_on_the_roster_with_the_usual_tier():
    found = standing(FRIDAY)
    assert (found.status, found.since, found.tier, found.own_tier) == (
        Status.ROSTER, None, "moderate", "moderate",
    )  # fmt: skip
    assert (found.words, found.is_held, found.is_followed) == ("roster", False, False)


def test_the_last_status_holds_and_says_since_when_and_why():
    known = [active("2026-01-05"), status("2026-03-02", "closed", "graduated")]
    assert standing("2026-03-01", *known)[:3] == (Status.ACTIVE, DAY("2026-01-05"), None)
    assert standing("2026-03-01", *known).is_followed
    closed = standing("2026-03-02", *known)
    assert closed[:3] == (Status.CLOSED, DAY("2026-03-02"), "graduated")
    assert (closed.words, closed.is_followed) == ("closed (graduated)", False)


def test_a_contact_that_ends_outreach_on_the_day_of_a_status_is_the_later_word():
    known = facts(active(FRIDAY), contact(FRIDAY, "moved"))
    (first,), (made,) = known.statuses, known.contacts

    def status_of(entered, of_contact):
        one = known._replace(
            statuses=(first._replace(entered=entered),),
            contacts=(made._replace(entered=of_contact),),
        )
        return standings.standing(one, PROTOCOLS, FEDERAL, DAY(FRIDAY)).status

    assert status_of(1, 2) == Status.CLOSED
    assert status_of(1, 1) == Status.CLOSED, "of one command the ending holds"
    assert status_of(2, 1) == Status.ACTIVE, "reopened the same day"


def test_the_first_of_two_deaths_closes_and_says_where_it_was_said():
    known = [active("2026-01-05"), stay(FRIDAY, "41"), contact("2026-03-09", "deceased")]
    assert standing("2026-03-10", *known)[:4] == (
        Status.CLOSED, DAY(FRIDAY), "deceased", "D1",
    )  # fmt: skip
    assert standing("2026-03-05", *known).status == Status.ACTIVE


def test_a_closed_patient_is_in_no_facility_as_people_read_it():
    found = Standing(Status.CLOSED, reason="moved", held_since=DAY(FRIDAY))
    assert found.words == "closed (moved)"
    assert Standing(Status.ACTIVE, held_since=DAY(FRIDAY)).words == "active, in a facility"
    assert Standing(Status.ON_HOLD).words == "on hold"


# On hold until a day


def test_a_hold_lasts_until_its_day_and_goes_on_then():
    known = [active("2026-01-05"), hold("2026-03-09", "2026-03-16", "travels")]
    for day, is_on in (
        ("2026-03-08", False), ("2026-03-09", True), ("2026-03-15", True), ("2026-03-16", False),
    ):  # fmt: skip
        found = standing(day, *known)
        assert (found.hold is not None, found.is_held) == (is_on, is_on), day
    assert standing("2026-03-15", *known).hold.why == "travels"


def test_a_hold_that_was_lifted_or_replaced_is_over():
    first, second = hold("2026-03-09", "2026-03-30"), hold("2026-03-12", "2026-03-20")
    lifted = [active("2026-01-05"), first, lift("2026-03-11")]
    assert standing("2026-03-10", *lifted).hold is not None
    assert standing("2026-03-11", *lifted).hold is None
    replaced = [active("2026-01-05"), first, second]
    assert str(standing("2026-03-19", *replaced).hold.to) == "2026-03-20"
    assert standing("2026-03-20", *replaced).hold is None


def test_the_hold_of_a_day_is_asked_for_that_day():
    decisions = facts(hold("2026-03-09", "2026-03-16")).decisions
    assert hold_on(decisions, DAY("2026-03-08")) is None
    assert hold_on(decisions, DAY("2026-03-09")) == decisions[0]
    assert hold_on([], DAY("2026-03-09")) is None
    without_end = decisions[0]._replace(to=None)
    assert hold_on([without_end], DAY("2026-03-09")) is None


def test_paused_by_status_is_held_as_well():
    assert standing(FRIDAY, status("2026-01-05", "on_hold")).is_held


# In a facility


def held(today, *known):
    found = standing(today, *known)
    return found.held_since and (str(found.held_since), found.held_by)


@pytest.mark.parametrize(
    ("known", "by"),
    [
        ([stay(FRIDAY, "03")], "D1"),
        ([stay(None, admitted=FRIDAY)], "D1"),
        ([contact(FRIDAY, "in_facility")], "C1"),
        ([stay(FRIDAY, "30")], None),  # not a discharge at all
        ([stay(None, admitted=FRIDAY, kind="emergency")], None),
        ([stay(None, arrived=FRIDAY)], None),  # nobody knows when it began
        ([stay(FRIDAY)], None),
        ([contact(FRIDAY, "moved"), active("2026-03-09")], None),
    ],
)
def test_who_is_in_a_facility_since_when_and_who_says_so(known, by):
    assert held("2026-03-10", active("2026-01-05"), *known) == (by and (FRIDAY, by))


@pytest.mark.parametrize(
    ("end", "is_home"),
    [
        (stay("2026-03-09", kind="snf"), True),
        (stay("2026-03-09", "03", kind="rehab"), False),
        (contact("2026-03-09"), True),
        (contact("2026-03-09", by="facility"), False),
        (contact("2026-03-09", "no_answer"), False),
        (active("2026-03-09"), True),
        (status("2026-03-09", "on_hold"), False),
        (contact(FRIDAY), False),  # the day on which it was said
    ],
)
def test_what_brings_somebody_home(end, is_home):
    known = [active("2026-01-05"), stay(FRIDAY, "03"), end]
    assert (held("2026-03-10", *known) is None) is is_home


def test_a_second_word_of_a_facility_keeps_the_first_day_of_it():
    known = [stay(FRIDAY, "03"), contact("2026-03-09", "in_facility")]
    assert held("2026-03-10", *known) == (FRIDAY, "D1")


def test_on_one_day_a_discharge_comes_before_an_admission_and_that_before_word_of_it():
    admitted, sent_on = stay(None, admitted=FRIDAY), stay(FRIDAY, "03")
    assert held("2026-03-10", admitted, sent_on) == (FRIDAY, "D2")
    assert held("2026-03-10", contact(FRIDAY, "in_facility"), admitted) == (FRIDAY, "D1")


def test_a_discharge_home_on_the_day_of_an_admission_is_the_one_before_it():
    assert held("2026-03-10", stay(FRIDAY), stay(None, admitted=FRIDAY)) == (FRIDAY, "D2")
    assert held("2026-03-10", stay(FRIDAY, "03"), stay(FRIDAY, kind="snf")) == (FRIDAY, "D1")


def test_being_taken_in_brings_nobody_home():
    assert held("2026-03-10", stay(FRIDAY, "03"), active("2026-03-09")) == (FRIDAY, "D1")


# Raised by a transition: from the discharge to day 30

IN_TRANSITION = "in transition after a discharge"


@pytest.mark.parametrize(
    ("today", "tier_then"),
    [
        ("2026-03-05", ("low", "")),
        (FRIDAY, ("high", IN_TRANSITION)),
        ("2026-04-05", ("high", IN_TRANSITION)),  # day 30
        ("2026-04-06", ("low", "")),
    ],
)
def test_the_tier_is_high_from_the_discharge_to_day_30(today, tier_then):
    known = [active("2026-01-05"), tier("2026-01-05", "low"), stay(FRIDAY)]
    assert raised(today, *known) == tier_then
    assert standing(today, *known).own_tier == "low"


@pytest.mark.parametrize(
    "gone",
    [
        stay(FRIDAY, "03"),
        stay(FRIDAY, "30"),
        stay(FRIDAY, kind="emergency"),
        stay(None, admitted=FRIDAY),
    ],
)
def test_without_a_discharge_home_there_is_no_transition(gone):
    assert raised(FRIDAY, active("2026-01-05"), gone) == ("moderate", "")


def test_somebody_of_high_tier_needs_no_raise():
    assert raised(FRIDAY, active("2026-01-05"), tier("2026-01-05", "high"), stay(FRIDAY)) == (
        "high", "",
    )  # fmt: skip


def test_being_in_transition_does_not_make_the_risk_high():
    assert "transition/visit_moderate" in rules(FRIDAY, active("2026-01-05"), stay(FRIDAY))


# Raised by LACE


@pytest.mark.parametrize(
    ("total", "words"), [(9, IN_TRANSITION), (10, "LACE 10"), (11, "LACE 11"), (19, "LACE 19")]
)
def test_a_lace_of_ten_raises_the_tier(total, words):
    known = [active("2026-01-05"), stay(FRIDAY), lace("2026-03-09", total)]
    assert raised("2026-03-09", *known) == ("high", words)
    assert raised("2026-03-08", *known) == ("high", IN_TRANSITION)


@pytest.mark.parametrize(
    ("today", "tier_then"), [("2027-03-08", ("high", "LACE 12")), ("2027-03-09", ("moderate", ""))]
)
def test_a_lace_counts_for_twelve_months(today, tier_then):
    known = [active("2026-01-05"), stay(FRIDAY), lace("2026-03-09", 12)]
    assert raised(today, *known) == tier_then


def test_of_two_laces_of_one_stay_the_later_holds():
    known = [active("2026-01-05"), stay(FRIDAY), lace("2026-03-09", 12), lace("2026-03-10", 8)]
    assert raised("2026-03-09", *known)[1] == "LACE 12"
    assert raised("2026-03-10", *known)[1] == IN_TRANSITION


def test_a_high_lace_asks_for_the_visit_within_seven_days():
    known = [stay(FRIDAY), lace("2026-03-09", 10)]
    assert "transition/visit_moderate" in rules("2026-03-08", *known)
    found = rules("2026-03-09", *known)
    assert str(found["transition/visit_high"].limit) == "2026-03-13"
    assert "transition/visit_moderate" not in found


# Raised by two admissions within 12 months


@pytest.mark.parametrize(
    ("second", "tier_then"),
    [
        ("2026-03-08", ("high", "2 admissions within 12 months")),
        ("2026-03-09", ("high", "2 admissions within 12 months")),
        ("2026-03-10", ("moderate", "")),  # the first is a year old
    ],
)
def test_two_admissions_within_twelve_months_raise_the_tier(second, tier_then):
    known = [
        active("2025-01-06"),
        stay("2025-03-14", admitted="2025-03-10"),
        stay("2026-03-13", admitted=second),
    ]
    assert raised(second, *known) == tier_then


def test_they_count_until_the_first_of_them_is_a_year_old():
    known = [stay("2025-06-06", admitted="2025-06-02"), stay(FRIDAY, admitted="2026-03-02")]
    assert intervals(FRIDAY, *known) == [
        ("2025-06-06", "2025-07-06", IN_TRANSITION),
        (FRIDAY, "2026-04-05", IN_TRANSITION),
        ("2026-03-02", "2026-06-01", "2 admissions within 12 months"),
    ]
    found = rules(FRIDAY, *known)
    assert "transition/visit_high" in found, "use of hospital makes the risk high"
    assert raised("2026-06-01", *known) == ("high", "2 admissions within 12 months")
    assert raised("2026-06-02", *known) == ("moderate", "")


def test_a_transfer_is_no_second_admission():
    known = [stay("2026-03-04", "02", admitted="2026-03-02"), stay(FRIDAY, admitted="2026-03-05")]
    assert [words for _, _, words in intervals(FRIDAY, *known)] == [IN_TRANSITION]


def test_an_admission_counts_before_its_discharge():
    known = [
        active("2025-01-06"),
        stay("2026-01-09", admitted="2026-01-05"),
        stay(None, admitted=FRIDAY),
    ]
    assert raised(FRIDAY, *known) == ("high", "2 admissions within 12 months")


# Raised by four emergency visits in a rolling 365 days


def visits(*days):
    return [stay(day, kind="emergency", admitted=day) for day in days]


@pytest.mark.parametrize(
    ("fourth", "tier_then"),
    [
        ("2026-03-09", ("high", "4 ED visits within 365 days")),  # day 365, the first being day 1
        ("2026-03-10", ("moderate", "")),
    ],
)
def test_four_emergency_visits_in_365_days_raise_the_tier(fourth, tier_then):
    three = visits("2025-03-10", "2025-06-10", "2025-12-10")
    known = [active("2025-01-06"), *three, *visits(fourth)]
    assert raised(fourth, *known) == tier_then
    assert raised(fourth, active("2025-01-06"), *three) == ("moderate", "")


def test_they_count_until_fewer_than_four_are_left_within_the_time():
    days = visits("2025-03-20", "2025-08-01", "2025-12-01", "2026-03-05", "2026-03-10")
    # of the first four the oldest is of 20 March 2025, of the last four of 1 August 2025
    known = [active("2025-01-06"), *days]
    assert intervals("2026-03-10", *known) == [
        ("2026-03-05", "2026-03-19", "4 ED visits within 365 days"),
        ("2026-03-10", "2026-07-31", "4 ED visits within 365 days"),
    ]
    assert raised("2026-07-31", *known)[0] == "high"
    assert raised("2026-08-01", *known)[0] == "moderate"


def test_what_says_most_is_the_reason_that_is_given():
    known = [
        active("2025-01-06"),
        stay("2026-01-09", admitted="2026-01-05"),
        stay(FRIDAY, admitted="2026-03-02"),
        lace("2026-03-09", 12),
    ]
    assert raised(FRIDAY, *known)[1] == "2 admissions within 12 months"
    assert raised("2026-03-09", *known)[1] == "LACE 12"


# A tier that was set by hand


def test_a_tier_set_by_hand_with_a_reason_wins():
    by_hand = tier("2026-03-09", "low", why="lives with a nurse")
    known = [active("2026-01-05"), stay(FRIDAY), lace("2026-03-09", 14), by_hand]
    assert raised("2026-03-08", *known) == ("high", IN_TRANSITION)
    assert raised("2026-03-09", *known) == ("low", "")
    assert "transition/visit_moderate" in rules("2026-03-09", *known)


def test_one_set_without_a_reason_is_raised():
    known = [active("2026-01-05"), stay(FRIDAY), tier("2026-03-09", "low")]
    assert raised("2026-03-09", *known) == ("high", IN_TRANSITION)


# What the raised tier does to the routine date: low is every 28 days, high every 7


RAISED = [
    active("2025-01-06"),
    tier("2025-01-06", "low"),
    *visits("2025-03-20", "2025-08-01", "2025-12-01"),
    contact("2026-03-02"),
]


def routine(today, *known):
    found = [item for item in plan(today, *known).items if item.rule.kind == "routine"]
    (item,) = found
    said = [(str(move.before), str(move.after), move.said) for move in item.trace.moves]
    return item.rule.name, str(item.target), said


def test_the_routine_date_is_the_one_of_the_high_tier_while_it_is_raised():
    known = [*RAISED, *visits("2026-03-05")]  # raised from 5 to 19 March
    assert routine("2026-03-04", *known) == ("low", "2026-03-30", [])
    assert routine("2026-03-05", *known) == ("high", "2026-03-09", [])


def test_what_was_due_while_raised_stays_due_afterwards():
    known = [*RAISED, *visits("2026-03-05")]
    assert raised("2026-03-20", *known) == ("low", "")
    assert routine("2026-03-20", *known) == ("high", "2026-03-09", [])
    assert routine("2026-03-20", *known, contact("2026-03-20")) == ("low", "2026-04-17", [])


def test_a_raise_that_comes_later_than_the_high_interval_is_due_from_its_first_day():
    known = [*RAISED, *visits("2026-03-12")]  # raised from 12 to 19 March
    assert routine("2026-03-11", *known) == ("low", "2026-03-30", [])
    assert routine("2026-03-12", *known) == (
        "high", "2026-03-12", [("2026-03-09", "2026-03-12", "4 ED visits within 365 days")],
    )  # fmt: skip


def test_a_raise_that_is_over_before_the_high_interval_is_changes_nothing():
    known = [*RAISED, *visits("2026-03-05"), contact("2026-03-16")]
    # 16 March and 7 days are 23 March, after the last day of the raise; 28 days are 13 April
    assert routine("2026-03-16", *known) == ("low", "2026-04-13", [])


@pytest.mark.parametrize(("reached", "name"), [("2026-03-12", "high"), ("2026-03-13", "low")])
def test_a_raise_reaches_to_its_last_day(reached, name):
    # raised to Thursday 19 March: seven days after the 12th are within, after the 13th past it
    known = [*RAISED, *visits("2026-03-05"), contact(reached)]
    found = routine(reached, *known)
    assert found[0] == name
    assert found[1] == ("2026-03-19" if name == "high" else "2026-04-10")


def test_of_two_raises_the_one_that_gives_the_earlier_date_counts():
    # by LACE from 10 March, by emergency visits from the 12th; seven days after 2 March are the 9th
    known = [*RAISED, *visits("2026-03-12"), lace("2026-03-10", 12)]
    assert routine("2026-03-12", *known) == (
        "high", "2026-03-10", [("2026-03-09", "2026-03-10", "LACE 12")],
    )  # fmt: skip


def test_what_raised_the_tier_or_the_risk_is_told_with_the_item():
    known = [*RAISED, *visits("2026-03-12")]
    chosen = {rule: item.chosen_by for rule, item in rules("2026-03-12", *known).items()}
    assert chosen == {"routine/high": "4 ED visits within 365 days", "ed/call": ""}
    assert {item.chosen_by for item in rules("2026-03-11", *known).values()} == {""}
    left = [stay(FRIDAY), lace("2026-03-09", 10)]
    assert rules("2026-03-09", *left)["transition/visit_high"].chosen_by == "LACE 10"
    by_hand = [stay(FRIDAY), tier(FRIDAY, "high")]
    assert rules(FRIDAY, *by_hand)["transition/visit_high"].chosen_by == "high tier"
    assert rules(FRIDAY, stay(FRIDAY))["transition/visit_moderate"].chosen_by == ""


def test_use_of_hospital_that_was_over_before_the_discharge_is_no_high_risk():
    # four visits within 365 days up to 19 March; discharged on Thursday 19 and Friday 20 March
    known = [*visits("2025-03-20", "2025-08-01", "2025-12-01", "2026-03-05")]
    assert "transition/visit_high" in rules("2026-03-19", *known, stay("2026-03-19"))
    assert "transition/visit_moderate" in rules("2026-03-20", *known, stay("2026-03-20"))


def test_a_raise_that_is_yet_to_come_changes_nothing_yet():
    assert routine("2026-03-04", *RAISED, *visits("2026-03-05")) == ("low", "2026-03-30", [])


def test_a_hand_set_high_tier_stays_the_high_one():
    known = [active("2026-03-02"), tier("2026-03-02", "high"), *visits("2026-03-05")]
    assert routine("2026-03-05", *known) == ("high", "2026-03-09", [])


@pytest.mark.parametrize("at_least", [0, 1])
def test_a_practice_may_raise_at_the_first_visit(at_least):
    one = next(one for one in PROTOCOLS.raises if one.by == "ed_visits")
    easy = PROTOCOLS._replace(raises=(one._replace(at_least=at_least),))
    found = plan("2026-03-05", active("2026-03-02"), *visits("2026-03-05"), protocols=easy)
    assert found.standing.raised_by == "1 ED visits within 365 days"


def test_condition_facts_do_not_change_where_somebody_stands():
    assert standing(FRIDAY, condition("copd")) == standing(FRIDAY)


def test_nothing_is_raised_before_anything_has_happened():
    assert standing("2026-03-01", active("2026-01-05"), stay(FRIDAY)).raises == ()
    assert standings.hold_on((), date(2026, 3, 1)) is None
