"""Attempts, dates asked for, order of the list, lateness, lengths of time, and what a day sees."""

from itertools import pairwise

import pytest
from patient_facts import (
    ATTEMPTS,
    DAY,
    FEDERAL,
    PROTOCOLS,
    active,
    appointment,
    changed,
    condition,
    contact,
    days,
    defer,
    facts,
    hold,
    lace,
    lift,
    main_kinds,
    off,
    only,
    open_kinds,
    own,
    plan,
    referral,
    rule,
    span,
    status,
    stay,
    take_back,
    tier,
    waive,
)

from caretool import schedule
from caretool.errors import RuleError
from caretool.items import Plan
from caretool.model import PatientFacts, State, Status, Strength
from caretool.protocols import Span
from caretool.standing import Standing
from caretool.workdays import calendar_from, count_from, is_workday

# Failed attempts


@pytest.mark.parametrize("outcome", ATTEMPTS)
def test_after_a_failed_attempt_the_next_try_is_on_the_next_business_day(outcome):
    item = only("2026-11-16", stay("2026-11-13"), contact("2026-11-16", outcome))
    assert days(item) == ("2026-11-16", "2026-11-17", "2026-11-17")
    assert (item.attempts, item.trace.last_attempt) == (1, DAY("2026-11-16"))


@pytest.mark.parametrize(
    ("tried", "again"),
    [
        ("2026-11-13", "2026-11-16"),  # Friday to Monday
        ("2026-11-14", "2026-11-16"),  # on a Saturday
        ("2026-11-25", "2026-11-27"),  # over Thanksgiving
        ("2026-07-02", "2026-07-06"),  # Friday 3 July is observed
        ("2026-12-24", "2026-12-28"),  # Christmas on a Friday
        ("2027-12-30", "2028-01-03"),  # New Year's Day of 2028 is observed on the 31st
        ("2026-01-16", "2026-01-20"),  # Martin Luther King Jr. Day
    ],
)
def test_the_next_try_passes_over_weekends_and_holidays(tried, again):
    item = only(tried, active("2025-11-03"), contact(tried, "no_answer"))
    assert str(item.due) == again
    assert str(item.target) == "2025-11-17"


def test_each_failed_attempt_adds_one_and_moves_neither_target_nor_limit():
    known = [active("2026-05-04"), stay("2026-07-01")]
    tries = [
        contact("2026-07-02", "no_answer"),
        contact("2026-07-02", "left_voicemail"),
        contact("2026-07-06", "busy"),
        contact("2026-07-07", "portal_sent"),
    ]
    expected = ["2026-07-06", "2026-07-06", "2026-07-07", "2026-07-08"]
    for number, due in enumerate(expected, start=1):
        made = tries[:number]
        after = only("2026-07-07", *known, *made)
        call = only("2026-07-07", *known, *made, kind="transition_call")
        routine = only("2026-07-07", known[0], *made)
        assert days(after) == ("2026-07-02", "2026-07-06", due)
        assert days(call) == ("2026-07-08", "None", "2026-07-08")
        assert days(routine) == ("2026-05-18", "None", due)
        assert after.attempts == call.attempts == routine.attempts == number


def test_an_attempt_before_the_target_does_not_bring_it_forward():
    item = only("2026-11-04", active("2026-11-02"), contact("2026-11-04", "no_answer"))
    assert days(item) == ("2026-11-16", "None", "2026-11-16")


def test_attempts_past_the_limit_go_on():
    known = [stay("2026-11-05"), contact("2026-11-09", "no_answer"), contact("2026-11-13", "busy")]
    assert days(only("2026-11-13", *known)) == ("2026-11-06", "2026-11-09", "2026-11-16")


# Discharged on Friday the 13th: target Monday the 16th, limit Tuesday the 17th
@pytest.mark.parametrize(
    ("tries", "again"),
    [
        ([contact("2026-11-13", "busy")], "2026-11-16"),
        ([contact("2026-11-15", "busy")], "2026-11-16"),
        ([contact("2026-11-16", "busy")], "2026-11-17"),
        # The last day that counts, with one attempt that counts: again on that day
        ([contact("2026-11-17", "busy")], "2026-11-17"),
        ([contact("2026-11-17", "busy"), contact("2026-11-17", "no_answer")], "2026-11-17"),
        (
            [contact("2026-11-17", "busy", at="08:00"), contact("2026-11-17", "busy", at="08:29")],
            "2026-11-17",
        ),
        ([contact("2026-11-16", "busy", party="agency"), contact("2026-11-17", "busy")],
         "2026-11-17"),
        # Two of them
        (
            [contact("2026-11-17", "busy", at="08:00"), contact("2026-11-17", "busy", at="08:30")],
            "2026-11-18",
        ),
        ([contact("2026-11-17", "busy"), contact("2026-11-17", "portal_sent", by="portal")],
         "2026-11-18"),
        ([contact("2026-11-13", "busy"), contact("2026-11-17", "busy")], "2026-11-18"),
        # Past the limit there is nothing to hurry for
        ([contact("2026-11-18", "busy")], "2026-11-19"),
        ([contact("2026-11-17", "busy"), contact("2026-11-18", "busy")], "2026-11-19"),
    ],
)  # fmt: skip
def test_before_the_limit_the_next_try_is_no_later_until_two_attempts_are_documented(tries, again):
    item = only("2026-11-18", stay("2026-11-13"), *tries)
    assert days(item) == ("2026-11-16", "2026-11-17", again)


# Discharged on Saturday 7 March, moderate: the visit is due by Saturday the 21st
@pytest.mark.parametrize(
    ("tried", "again"),
    [
        ("2026-03-19", "2026-03-20"),
        ("2026-03-20", "2026-03-20"),  # the last business day before the limit
        ("2026-03-21", "2026-03-21"),  # the limit itself
        ("2026-03-22", "2026-03-23"),
    ],
)
def test_before_a_limit_on_a_weekend_the_next_try_is_on_the_business_day_before_it(tried, again):
    known = [stay("2026-03-07"), contact(tried, "no_answer")]
    item = only("2026-03-22", *known, kind="visit")
    assert days(item) == ("2026-03-13", "2026-03-21", again)


def test_a_should_with_a_limit_is_tried_on_the_next_business_day():
    known = [stay("2026-11-13", kind="emergency"), contact("2026-11-17", "busy")]
    assert days(only("2026-11-17", *known, kind="ed_call")) == (
        "2026-11-16", "2026-11-17", "2026-11-18",
    )  # fmt: skip


def test_a_failed_attempt_from_their_side_is_not_an_attempt():
    item = only("2026-11-16", stay("2026-11-13"), contact("2026-11-16", "busy", inbound=True))
    assert (item.attempts, item.trace.retry) == (0, None)


@pytest.mark.parametrize(
    "outcome", ["reached_other", "letter_sent", "letter_returned", "other", "in_facility"]
)
def test_these_outcomes_are_no_attempt(outcome):
    known = [active("2026-10-01"), stay("2026-11-13"), contact("2026-11-16", outcome)]
    known.append(active("2026-11-17"))
    assert {item.attempts for item in plan("2026-11-17", *known).items} == {0}


def test_attempts_before_the_discharge_or_the_last_contact_are_not_counted():
    known = [active("2026-10-01"), contact("2026-11-02", "no_answer"), contact("2026-11-03")]
    assert only("2026-11-13", *known).attempts == 0
    after = plan("2026-11-13", *known, stay("2026-11-12")).items[0]
    assert (after.rule.kind, after.attempts) == ("transition_contact", 0)


def test_an_attempt_on_the_day_of_enrolment_is_counted():
    item = only("2026-11-02", active("2026-11-02"), contact("2026-11-02", "no_answer"))
    assert item.attempts == 1


@pytest.mark.parametrize(
    ("reached", "tried", "attempts"),
    [
        ("10:00", "14:00", 1),
        ("14:00", "10:00", 0),
        ("10:00", "10:00", 0),
        (None, "14:00", 0),
        ("10:00", None, 0),
    ],
)
def test_on_the_day_of_the_last_contact_only_a_later_hour_makes_an_attempt(
    reached, tried, attempts
):
    known = [contact("2026-11-03", at=reached), contact("2026-11-03", "no_answer", at=tried)]
    assert only("2026-11-03", active("2026-10-01"), *known).attempts == attempts


@pytest.mark.parametrize("outcome", ["reached_patient", "no_answer"])
@pytest.mark.parametrize(
    ("left", "called", "counts"),
    [
        ("14:00", "13:59", False),
        ("14:00", "14:00", True),
        ("14:00", "15:00", True),
        (None, "13:00", True),
        ("14:00", None, True),
    ],
)
def test_on_the_day_of_discharge_a_contact_before_the_hour_does_not_count(
    left, called, counts, outcome
):
    known = [stay("2026-11-03", at=left), contact("2026-11-03", outcome, at=called)]
    items = plan("2026-11-04", *known).items
    attempts = [one.attempts for one in items if one.rule.kind == "transition_contact"]
    if outcome == "reached_patient":
        assert attempts == ([] if counts else [0])
    else:
        assert attempts == [1 if counts else 0]


def test_a_contact_on_the_day_before_discharge_does_not_count():
    assert main_kinds("2026-11-04", stay("2026-11-03"), contact("2026-11-02")) == {
        "transition_contact"
    }


# Dates that the patient asked for

ASKED = contact("2026-11-02", asked="2026-11-14", why="after the trip")  # for a Saturday


def test_a_date_that_was_asked_for_stands_in_place_of_the_routine_also_on_a_weekend():
    item = only("2026-11-03", active("2026-10-01"), ASKED)
    assert days(item) == ("2026-11-14", "None", "2026-11-14")
    assert (item.rule.kind, item.trace.fact_id) == ("requested", "C1")
    assert item.start.note == "after the trip"
    assert (str(item.trace.anchor), item.trace.moves) == ("2026-11-02", ())


@pytest.mark.parametrize("word", ["roster", "on_hold", "active"])
def test_a_date_asked_for_is_kept_whatever_the_standing(word):
    assert open_kinds("2026-11-03", status("2026-10-01", word), ASKED) == {"requested"}


def test_nobody_keeps_a_date_with_the_closed():
    closed = status("2026-11-03", "closed", "moved")
    assert plan("2026-11-14", active("2026-10-01"), ASKED, closed).items == ()


@pytest.mark.parametrize("kept", ["2026-11-14", "2026-11-20"])
def test_reaching_them_on_or_after_the_day_keeps_it_and_routine_goes_on(kept):
    item = only("2026-11-20", active("2026-10-01"), ASKED, contact(kept))
    assert (item.rule.kind, str(item.trace.anchor)) == ("routine", kept)


@pytest.mark.parametrize(
    "later",
    [
        contact("2026-11-13"),
        contact("2026-11-13", inbound=True),
        contact("2026-11-16", "no_answer"),
        contact("2026-11-16", "reached_other"),
        contact("2026-11-16", party="provider"),
    ],
)
def test_nothing_else_keeps_it(later):
    assert "requested" in open_kinds("2026-11-20", active("2026-10-01"), ASKED, later)


def test_reached_before_the_day_the_interval_starts_anew_and_the_promise_stands():
    known = [active("2026-10-01"), ASKED, contact("2026-11-09", inbound=True)]
    asked, routine = plan("2026-11-09", *known).items
    assert days(asked)[0] == "2026-11-14"
    assert days(routine)[0] == "2026-11-23"


def test_a_newer_date_replaces_the_older_one():
    newer = contact("2026-11-05", "rescheduled", asked="2026-11-10")
    assert only("2026-11-16", active("2026-10-01"), ASKED, newer).trace.fact_id == "C2"
    kept = only("2026-11-16", active("2026-10-01"), ASKED, newer, contact("2026-11-12"))
    assert kept.rule.kind == "routine"


def test_an_attempt_on_the_day_that_was_asked_for_is_repeated_and_one_before_it_is_not():
    before, on = contact("2026-11-12", "busy"), contact("2026-11-14", "no_answer")
    assert days(only("2026-11-14", ASKED, before))[2] == "2026-11-14"
    item = only("2026-11-14", ASKED, before, on)
    assert (days(item)[2], item.attempts) == ("2026-11-16", 1)


def test_a_date_asked_for_does_not_stand_in_place_of_the_contact_after_a_discharge():
    known = [active("2026-10-01"), ASKED, stay("2026-11-05")]
    assert main_kinds("2026-11-06", *known) == {"transition_contact", "requested"}


# The order of the list, on Tuesday 17 November 2026, most urgent first

ORDER = {
    "left against advice, past the limit of the 16th": [stay("2026-11-12", "07")],
    "past the limit of the 13th": [stay("2026-11-11")],
    "past the limit of the 16th": [stay("2026-11-12")],
    "left against advice, due by the 18th": [stay("2026-11-16", "07")],
    "due by the 17th": [stay("2026-11-13")],
    "due by the 18th": [stay("2026-11-16")],
    "asked for the 12th": [contact("2026-11-09", asked="2026-11-12")],
    "asked for the 17th": [contact("2026-11-02", asked="2026-11-17")],
    "high tier, target the 16th": [active("2026-11-09"), tier("2026-11-09", "high")],
    "high tier, target the 17th": [active("2026-11-10"), tier("2026-11-10", "high")],
    "moderate tier, target the 9th": [active("2026-10-26")],
    "moderate tier, target the 16th": [active("2026-11-02")],
    "low tier, target 2 November": [active("2026-10-05"), tier("2026-10-05", "low")],
    "maintenance, target 5 October": [active("2026-07-13"), tier("2026-07-13", "maintenance")],
    "to come on the 18th, a must": [stay("2026-11-17")],
    "to come on the 18th, high tier": [active("2026-11-11"), tier("2026-11-11", "high")],
    "to come on the 18th, moderate": [active("2026-11-04")],
    "to come on the 19th, high tier": [active("2026-11-12"), tier("2026-11-12", "high")],
}


@pytest.mark.parametrize(("urgent", "less"), list(pairwise(ORDER)))
def test_the_list_is_ordered_as_documented(urgent, less):
    today = DAY("2026-11-17")

    def rank(name, patient):
        known = facts(*ORDER[name], patient=patient)
        return schedule.plan(known, PROTOCOLS, FEDERAL, today).items[0].rank(today)

    assert rank(urgent, 2) < rank(less, 1)


@pytest.mark.parametrize("name", ORDER)
def test_ties_are_broken_by_patient_id(name):
    today = DAY("2026-11-17")
    ranks = []
    for patient in (9, 10):
        known = facts(*ORDER[name], patient=patient)
        ranks.append(schedule.plan(known, PROTOCOLS, FEDERAL, today).items[0].rank(today))
    assert ranks[0] < ranks[1]


def test_a_must_that_was_tried_today_is_to_come():
    known = [stay("2026-11-12"), contact("2026-11-17", "no_answer")]
    assert only("2026-11-17", *known).rank(DAY("2026-11-17"))[0] == 4


def test_the_items_of_one_patient_come_in_the_same_order():
    known = [active("2026-10-26"), contact("2026-11-02", "busy", asked="2026-11-12"),
             contact("2026-11-05", inbound=True), stay("2026-11-16")]  # fmt: skip
    # Two musts for the 23rd, then the call of that day, then two windows to 9 December
    to_come = ["visit", "reconciliation", "transition_call", "engagement", "reconciliation_window"]
    kinds = [item.rule.kind for item in plan("2026-11-17", *known).items]
    assert kinds == ["transition_contact", "requested", *to_come]
    tried = plan("2026-11-17", *known, contact("2026-11-17", "no_answer")).items
    assert [item.rule.kind for item in tried] == ["transition_contact", "requested", *to_come]
    assert {item.rank(DAY("2026-11-17")).band for item in tried} == {4}


# Due and overdue


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-11-09", State.UPCOMING),
        ("2026-11-10", State.DUE),
        ("2026-11-11", State.OVERDUE),
        ("2026-11-12", State.OVERDUE),
        ("2026-11-13", State.OVERDUE),
        ("2026-11-14", State.LATE_OPEN),
        ("2027-11-14", State.LATE_OPEN),
    ],
)
def test_the_target_day_is_due_the_day_after_is_late_and_the_limit_still_counts(today, expected):
    assert schedule.state(DAY("2026-11-10"), DAY("2026-11-13"), DAY(today)) == expected


@pytest.mark.parametrize(
    ("today", "limit", "expected"),
    [
        ("2026-11-09", None, State.UPCOMING),
        ("2026-11-10", None, State.DUE),
        ("2026-11-11", None, State.OVERDUE),
        ("2027-11-11", None, State.OVERDUE),
        ("2026-11-10", "2026-11-10", State.DUE),
        ("2026-11-11", "2026-11-10", State.LATE_OPEN),
        ("2026-11-10", "2026-11-09", State.LATE_OPEN),
    ],
)
def test_without_a_limit_it_is_never_past_it(today, limit, expected):
    limit = limit and DAY(limit)
    assert schedule.state(DAY("2026-11-10"), limit, DAY(today)) == expected


# Steps, and what a rule is counted from; days of March 2026: Monday the 2nd, 9th, 16th, 23rd, 30th

SINCE = active("2026-03-02")
MUST = Strength.MUST


def dates_of(item):
    return str(item.target), str(item.limit)


def targets(protocols, today, *known):
    """The targets of the own rules that are open, by kind."""
    return {
        one.rule.kind: str(one.target) for one in plan(today, *known, protocols=protocols).items
    }


def moves(item):
    return [(move.why, str(move.before), str(move.after), move.said) for move in item.trace.moves]


@pytest.mark.parametrize(
    ("done", "target"),
    [
        (None, "2026-02-28"),
        ("2026-02-24", "2026-02-28"),
        ("2026-02-25", "2026-03-31"),  # three days before its target
        ("2026-02-28", "2026-03-31"),
        ("2026-03-28", "2026-04-30"),
        ("2026-05-01", "2026-05-31"),  # a late step moves none of those after it
    ],
)
def test_a_step_of_every_month_is_the_last_of_the_month_and_may_be_done_so_much_early(done, target):
    monthly = rule("a", target="1 month", repeat="1 month", early="3 days")
    known = [active("2026-01-31"), *([contact(done)] if done else [])]
    assert targets(own(monthly), "2026-05-01", *known) == {"a": target}


def test_a_step_that_is_done_a_day_early_is_open_unless_the_rule_says_otherwise():
    monthly = own(rule("a", target="1 month", repeat="1 month"))
    known = active("2026-01-31")
    assert targets(monthly, "2026-03-01", known, contact("2026-02-27")) == {"a": "2026-02-28"}
    assert targets(monthly, "2026-03-01", known, contact("2026-02-28")) == {"a": "2026-03-31"}


def test_a_repeat_has_a_limit_for_each_step_and_begins_none_after_its_stop():
    weekly = own(rule("a", target="7 days", limit="9 days", repeat="7 days", stop="21 days"))
    expected = {
        "2026-03-08": ("2026-03-09", "2026-03-11"),
        "2026-03-09": ("2026-03-16", "2026-03-18"),
        "2026-03-16": ("2026-03-23", "2026-03-25"),
    }
    for done, step in expected.items():
        item = only("2026-03-30", SINCE, contact(done), kind="a", protocols=weekly)
        assert dates_of(item) == step
    assert targets(weekly, "2026-03-30", SINCE, contact("2026-03-23")) == {}


def test_a_repeat_may_go_on_and_have_no_limit():
    weekly = own(rule("a", target="1 week", repeat="2 weeks"))
    for done, step in (("2026-03-09", "2026-03-23"), ("2026-03-23", "2026-04-06")):
        item = only("2026-03-30", SINCE, contact(done), kind="a", protocols=weekly)
        assert dates_of(item) == (step, "None")


def test_steps_may_be_counted_in_business_days():
    # Target and limit of the second step are business days 10 and 11, of the stop it is day 14
    steps = own(
        rule("a", target="5 business days", limit="6 business days", repeat="5 business days",
             stop="14 business days"),
        rule("b", target="5 business days", then=(span("8 business days"),)),
    )  # fmt: skip
    reached = contact("2026-03-09")
    found = plan("2026-03-30", SINCE, reached, protocols=steps).items
    assert {one.rule.kind: dates_of(one) for one in found} == {
        "a": ("2026-03-16", "2026-03-17"),
        "b": ("2026-03-12", "None"),
    }
    assert targets(steps, "2026-03-30", SINCE, contact("2026-03-16")) == {}


def test_a_waived_step_leaves_the_next_and_taking_that_back_brings_it_again():
    weekly = own(rule("a", target="7 days", repeat="7 days"))
    dropped = waive("2026-03-03", "own/a", "2026-03-09")
    again = take_back("2026-03-04", "own/a", "2026-03-09")
    assert targets(weekly, "2026-03-04", SINCE, dropped) == {"a": "2026-03-16"}
    assert targets(weekly, "2026-03-04", SINCE, dropped, again) == {"a": "2026-03-09"}
    # Of another rule, or of another date
    for stray in (waive("2026-03-03", "own/b", "2026-03-09"),
                  waive("2026-03-03", "own/a", "2026-03-10")):  # fmt: skip
        assert targets(weekly, "2026-03-04", SINCE, stray) == {"a": "2026-03-09"}


@pytest.mark.parametrize(("limit", "target"), [("5 days", "2026-03-10"), (None, "2026-03-07")])
def test_a_rule_may_be_counted_from_the_limit_of_another_else_from_its_target(limit, target):
    first = rule("first_call", target="2 days", **({"limit": limit} if limit else {}))
    second = rule("b", anchor="limit of first_call", target="3 days", done_by=("visit",))
    item = only("2026-03-03", SINCE, kind="b", protocols=own(first, second))
    assert (str(item.target), item.trace.fact) == (target, "limit of first call")
    assert item.trace.fact_id == ""
    reached = contact("2026-03-03")  # completes the first and moves nothing
    assert targets(own(first, second), "2026-03-03", SINCE, reached) == {"b": target}


def test_a_rule_may_be_counted_from_the_day_another_was_done_else_from_its_target():
    first = rule("first_call", target="2 days")
    second = rule("b", anchor="after first_call", target="3 days", done_by=("visit",))
    both = own(first, second)
    item = only("2026-03-08", SINCE, kind="b", protocols=both)
    assert (str(item.target), item.trace.fact) == ("2026-03-07", "first call to be done")
    known = [SINCE, contact("2026-03-03"), contact("2026-03-06")]
    item = only("2026-03-08", *known, kind="b", protocols=both)
    assert (str(item.target), item.trace.fact) == ("2026-03-06", "first call done")
    dropped = waive("2026-03-03", "own/first_call", "2026-03-04")
    assert targets(both, "2026-03-08", SINCE, dropped) == {"b": "2026-03-07"}


def test_a_chain_is_counted_link_by_link():
    links = own(
        rule("a", target="2 days"),
        rule("b", anchor="after a", target="3 days", done_by=("visit",)),
        rule("c", anchor="after b", target="4 days", done_by=("letter",)),
    )
    expected = {"a": "2026-03-04", "b": "2026-03-07", "c": "2026-03-11"}
    assert targets(links, "2026-03-03", SINCE) == expected
    reached = contact("2026-03-03")
    expected = {"b": "2026-03-06", "c": "2026-03-10"}
    assert targets(links, "2026-03-03", SINCE, reached) == expected


def test_no_later_than_another_that_does_not_apply_it_has_its_own_dates():
    asleep = rule("first_call", target="2 days", limit="4 days", needs="a measure")
    second = rule("b", target="6 days", limit="8 days", no_later_than="first_call")
    item = only("2026-03-03", SINCE, kind="b", protocols=own(asleep, second))
    assert (*dates_of(item), moves(item)) == ("2026-03-08", "2026-03-10", [])


@pytest.mark.parametrize("how", ["after", "limit of"])
def test_counted_from_another_that_does_not_apply_it_counts_from_the_event(how):
    asleep = rule("first_call", target="2 days", needs="a measure")
    second = rule("b", anchor=f"{how} first_call", target="3 days")
    item = only("2026-03-03", SINCE, kind="b", protocols=own(asleep, second))
    assert (str(item.target), item.trace.fact) == ("2026-03-05", "under care management since")


def test_the_facility_is_asked_a_week_after_its_last_word():
    known = [active("2026-01-05"), stay("2026-03-06", "03")]
    first = only("2026-03-13", *known, kind="facility_check")
    assert (str(first.target), first.trace.fact) == ("2026-03-13", "in a facility since")
    word = contact("2026-03-11", "reached_other", party="facility")
    second = only("2026-03-13", *known, word, kind="facility_check")
    assert (str(second.target), second.trace.fact) == ("2026-03-18", "last done")
    assert second.trace.fact_id == "C1"
    never = changed("facility", "check", suspended_by=frozenset({"facility"}))
    assert open_kinds("2026-03-13", *known, protocols=never) == set()


RECONCILED = "transition/reconciliation"


@pytest.mark.parametrize(
    ("done", "target", "limit", "moved"),
    [
        # The visit is due by Friday the 20th
        (None, "2026-03-13", "2026-03-20", []),
        ("2026-03-10", "2026-03-10", "2026-03-10",
         [("no later", "2026-03-13", "2026-03-10", "visit")]),
        ("2026-03-13", "2026-03-13", "2026-03-13", []),
        ("2026-03-18", "2026-03-13", "2026-03-18", []),
    ],
)  # fmt: skip
def test_the_reconciliation_is_due_by_the_day_of_the_visit_or_the_last_for_it(
    done, target, limit, moved
):
    known = [stay("2026-03-06"), *([contact(done, "visit_done")] if done else [])]
    item = only("2026-03-18", *known, kind="reconciliation")
    assert (*dates_of(item), moves(item)) == (target, limit, moved)
    assert str(item.trace.limit_moved) == "2026-04-05"
    without = changed("transition", "reconciliation", limit=None)
    item = only("2026-03-18", *known, kind="reconciliation", protocols=without)
    assert dates_of(item) == (target, limit)


@pytest.mark.parametrize(
    ("arranged", "limit"),
    [
        ("2026-03-05", "2026-03-20"),  # before the discharge
        ("2026-03-17", "2026-03-17"),
        ("2026-03-20", "2026-03-20"),
        ("2026-03-21", "2026-03-20"),  # past the limit of the visit
    ],
)
def test_the_reconciliation_is_due_by_the_day_for_which_the_visit_is_arranged(arranged, limit):
    known = [stay("2026-03-06"), appointment(arranged, noted="2026-03-04")]
    assert dates_of(only("2026-03-09", *known, kind="reconciliation")) == ("2026-03-13", limit)
    # Of two the nearer one; when that was missed, the other
    known += [appointment("2026-03-18", noted="2026-03-09")]
    missed = contact("2026-03-17", "visit_missed")
    nearest = min(limit, "2026-03-18")
    assert str(only("2026-03-17", *known, kind="reconciliation").limit) == nearest
    assert str(only("2026-03-17", *known, missed, kind="reconciliation").limit) == "2026-03-18"


def test_an_appointment_with_somebody_else_is_no_limit_of_another_kind():
    first = rule("first_call", target="2 days", limit="9 days")
    second = rule("b", target="6 days", done_by=("topic:a1c",), no_later_than="first_call")
    known = [SINCE, appointment("2026-03-04", noted="2026-03-02")]
    item = only("2026-03-03", *known, kind="b", protocols=own(first, second))
    assert dates_of(item) == ("2026-03-08", "2026-03-11")


def test_where_the_visit_is_waived_the_reconciliation_keeps_its_own_limit():
    known = [stay("2026-03-06"), waive("2026-03-09", "transition/visit_moderate", "2026-03-13")]
    item = only("2026-03-18", *known, kind="reconciliation")
    assert (*dates_of(item), item.trace.limit_moved) == ("2026-03-13", "2026-04-05", None)
    without = changed("transition", "reconciliation", limit=None)
    item = only("2026-03-18", *known, kind="reconciliation", protocols=without)
    assert dates_of(item) == ("2026-03-13", "None")


def test_with_a_visit_that_has_no_limit_the_reconciliation_keeps_its_own():
    known = stay("2026-03-06")
    without = changed("transition", "visit_moderate", limit=None)
    item = only("2026-03-18", known, kind="reconciliation", protocols=without)
    assert dates_of(item) == ("2026-03-13", "2026-04-05")


def test_a_rule_may_be_due_no_later_than_one_without_a_limit_before_its_own_target():
    first = rule("first_call", target="2 days", limit="4 days")
    second = rule("b", target="6 days", done_by=("visit",), no_later_than="first_call")
    item = only("2026-03-03", SINCE, kind="b", protocols=own(first, second))
    assert dates_of(item) == ("2026-03-06", "2026-03-06")
    assert moves(item) == [("no later", "2026-03-08", "2026-03-06", "first_call")]


# A raised tier: the routine of Monday 16 March; LACE of 10 counts for 12 months

OLD = stay("2026-02-20", kind="ambulatory")


@pytest.mark.parametrize(
    ("scored", "today", "name", "target", "moved"),
    [
        ("2026-03-08", "2026-03-08", "high", "2026-03-09", []),
        ("2026-03-09", "2026-03-09", "high", "2026-03-09", []),
        ("2026-03-11", "2026-03-10", "moderate", "2026-03-16", []),
        ("2026-03-11", "2026-03-11", "high", "2026-03-11",
         [("raised", "2026-03-09", "2026-03-11", "LACE 10")]),
        ("2026-03-16", "2026-03-16", "moderate", "2026-03-16", []),
    ],
)  # fmt: skip
def test_a_raised_tier_gives_its_date_from_the_day_on_which_it_is_raised(
    scored, today, name, target, moved
):
    item = only(today, SINCE, OLD, lace(scored, 10))
    assert (item.rule.name, str(item.target), moves(item)) == (name, target, moved)
    is_raised = today >= scored
    assert (item.tier, item.raised_by) == (("high", "LACE 10") if is_raised else ("moderate", ""))
    assert item.chosen_by == ("LACE 10" if name == "high" else "")


@pytest.mark.parametrize(
    ("reached", "name", "target"),
    [
        # Scored on 11 March 2026, so raised to 10 March 2027
        ("2027-03-03", "high", "2027-03-10"),
        ("2027-03-04", "moderate", "2027-03-18"),
    ],
)
def test_a_raised_tier_gives_its_date_until_its_last_day(reached, name, target):
    item = only("2027-03-04", SINCE, OLD, lace("2026-03-11", 10), contact(reached))
    assert (item.rule.name, str(item.target)) == (name, target)
    assert item.chosen_by == ("LACE 10" if name == "high" else "")


def test_of_two_that_raise_it_the_earlier_date_counts():
    scores = [lace("2026-03-12", 10), lace("2026-03-11", 11, 2)]
    item = only("2026-03-12", SINCE, OLD, OLD, *scores)
    assert (str(item.target), item.chosen_by) == ("2026-03-11", "LACE 11")


def test_a_tier_that_is_high_by_hand_is_not_raised():
    item = only("2026-03-12", SINCE, tier("2026-03-02", "high"), OLD, lace("2026-03-11", 10))
    assert (item.rule.name, str(item.target), item.chosen_by) == ("high", "2026-03-09", "")


def test_intervals_in_business_days_are_raised_as_well():
    high = changed("routine", "high", target=span("6 business days"))
    known = [SINCE, OLD, lace("2026-03-09", 10)]
    assert str(only("2026-03-09", *known, protocols=high).target) == "2026-03-10"
    moderate = changed("routine", "moderate", target=span("5 business days"))
    assert str(only("2026-03-09", *known, protocols=moderate).target) == "2026-03-09"


def test_what_raises_may_last_for_so_many_business_days():
    raises = [
        one._replace(after=span("3 business days")) if one.by == "lace" else one
        for one in PROTOCOLS.raises
    ]
    brief = PROTOCOLS._replace(raises=tuple(raises))
    known = [SINCE, OLD, lace("2026-03-06", 10)]  # Friday; the third business day is Wednesday
    tiers = [only(day, *known, protocols=brief).tier for day in ("2026-03-10", "2026-03-11")]
    assert tiers == ["high", "moderate"]


def test_the_visit_is_that_of_the_risk_and_says_what_made_it_high():
    moderate = only("2026-03-09", stay("2026-03-06"), kind="visit")
    assert (moderate.rule.name, moderate.chosen_by) == ("visit_moderate", "")
    high = only("2026-03-09", stay("2026-03-06"), lace("2026-03-09", 10), kind="visit")
    assert (high.rule.name, high.chosen_by) == ("visit_high", "LACE 10")
    assert dates_of(high) == ("2026-03-11", "2026-03-13")


# What an item says of itself


def test_an_item_that_nobody_tried_says_so():
    item = only("2026-03-09", stay("2026-03-06"))
    assert (item.attempts, item.timely, item.documented, item.advice) == (0, 0, False, "")
    assert (item.trace.last_attempt, item.trace.retry, item.trace.limit_moved) == (None,) * 3
    assert (item.on_hold_until, item.appointment) == (None, None)


def test_two_timely_attempts_are_documented_for_the_contact_alone():
    tries = [contact("2026-03-09", "busy", at="09:00"), contact("2026-03-10", "busy", at="09:30")]
    items = {one.rule.kind: one for one in plan("2026-03-10", stay("2026-03-06"), *tries).items}
    of_contact = items["transition_contact"]
    assert (of_contact.timely, of_contact.documented) == (2, True)
    assert of_contact.advice == "in the afternoon, by another way than phone"
    assert (items["visit"].timely, items["visit"].documented) == (2, False)
    assert (items["transition_call"].timely, items["transition_call"].documented) == (0, False)
    once = only("2026-03-10", stay("2026-03-06"), tries[0])
    assert (once.timely, once.documented, once.advice) == (1, False, "in the afternoon")


def test_a_should_has_no_timely_attempts_whatever_its_limit():
    known = [stay("2026-03-06", kind="emergency"), contact("2026-03-09", "busy")]
    item = only("2026-03-09", *known, kind="ed_call")
    assert (item.attempts, item.timely) == (1, 0)


def test_where_no_attempts_are_asked_for_none_are_documented():
    none = PROTOCOLS._replace(attempts=PROTOCOLS.attempts._replace(documented=0))
    known = [stay("2026-03-06"), contact("2026-03-10", "busy")]
    item = only("2026-03-10", *known, protocols=none)
    assert (item.documented, str(item.due)) == (False, "2026-03-10")
    one = PROTOCOLS._replace(attempts=PROTOCOLS.attempts._replace(documented=1))
    item = only("2026-03-10", *known, protocols=one)
    assert (item.documented, str(item.due)) == (True, "2026-03-11")


def test_a_must_without_a_limit_is_tried_on_the_next_business_day():
    without = changed("transition", "contact", limit=None)
    item = only("2026-03-10", stay("2026-03-06"), contact("2026-03-10", "busy"), protocols=without)
    assert (item.timely, days(item)) == (0, ("2026-03-09", "None", "2026-03-11"))


def test_a_rule_may_not_be_tried_again_by_itself():
    once = changed("transition", "contact", retry=False)
    item = only("2026-03-10", stay("2026-03-06"), contact("2026-03-10", "busy"), protocols=once)
    assert (item.attempts, item.trace.retry) == (0, None)


def test_a_discharge_says_when_its_period_ends():
    item = only("2026-03-09", stay("2026-03-06"))
    assert (str(item.start.period_end), item.start.earlier) == ("2026-04-04", None)
    again = stay("2026-03-20", admitted="2026-03-12")
    item = only("2026-03-20", stay("2026-03-06"), again)
    assert (str(item.start.period_end), item.start.earlier.stay_id) == ("2026-04-18", 1)


def test_the_plan_of_the_closed_is_empty_and_theirs():
    known = facts(status("2026-03-02", "closed", "moved"), patient=9)
    closed = schedule.plan(known, PROTOCOLS, FEDERAL, DAY("2026-03-09"))
    assert (closed.patient_id, closed.items) == (9, ())


# After the letter nobody is tried for 14 days, but for what must be done by a limit

TRIED = [
    contact("2026-03-16", "no_answer", at="09:00"),
    contact("2026-03-17", "no_answer", at="14:00", by="portal"),
    contact("2026-03-18", "no_answer", at="09:00"),
]
LETTER = contact("2026-03-19", "letter_sent", by="letter")


def test_the_next_try_after_the_letter_is_14_days_later():
    assert days(only("2026-03-20", SINCE, *TRIED))[2] == "2026-03-19"
    assert days(only("2026-03-20", SINCE, *TRIED, LETTER))[2] == "2026-04-02"
    waiting, trying = only("2026-03-20", SINCE, *TRIED, LETTER), only("2026-03-20", SINCE, *TRIED)
    assert (waiting.rests, trying.rests, only("2026-03-20", SINCE).rests) == (True, False, False)
    # Tried all the same, on the last day of the rest: the next business day is Friday 3 April
    again = contact("2026-04-02", "busy")
    item = only("2026-04-02", SINCE, *TRIED, LETTER, again)
    assert (days(item)[2], item.rests) == ("2026-04-03", False)
    # What a call does not complete is not waited for
    visit = own(rule("a", target="5 days", done_by=("visit",)), rule("b", target="5 days"))
    found = plan("2026-03-20", SINCE, *TRIED, LETTER, protocols=visit).items
    assert {one.rule.kind: str(one.due) for one in found} == {"a": "2026-03-19", "b": "2026-04-02"}


def test_what_must_be_done_is_tried_after_the_letter_as_before():
    late = stay("2026-03-20")  # Friday: target Monday 23, limit Tuesday 24
    tries = [contact("2026-03-23", "busy"), contact("2026-03-24", "busy")]
    known = [SINCE, *TRIED, LETTER, late]
    assert days(only("2026-03-24", *known, tries[0]))[2] == "2026-03-24"
    assert days(only("2026-03-24", *known, *tries))[2] == "2026-03-25"
    call = only("2026-03-24", *known, *tries, kind="transition_call")
    assert days(call)[2] == "2026-04-02"


def test_a_letter_is_due_while_there_is_something_to_reach_them_for():
    assert "letter" in open_kinds("2026-03-20", SINCE, *TRIED)
    assert open_kinds("2026-03-20", *TRIED) == set()
    visits = own(rule("a", target="5 days", done_by=("visit",)))
    unreached = PROTOCOLS.by_trigger["unreached"]
    for protocols, kinds in ((visits, {"a"}), (own(rule("a", target="5 days")), {"a", "letter"})):
        with_letter = protocols._replace(
            by_trigger={**protocols.by_trigger, "unreached": unreached}
        )
        found = open_kinds("2026-03-20", SINCE, *TRIED, protocols=with_letter)
        assert found - {"close_unreachable"} == kinds


# Decisions: what she put on hold, moved, waived


@pytest.mark.parametrize(
    ("until", "target", "moved"),
    [
        ("2026-03-10", "2026-03-16", []),
        ("2026-03-16", "2026-03-16", []),
        ("2026-03-17", "2026-03-17", [("on hold", "2026-03-16", "2026-03-17", "away")]),
        ("2026-03-21", "2026-03-23", [("on hold", "2026-03-16", "2026-03-23", "away")]),
    ],
)
def test_what_falls_into_a_hold_waits_for_its_end(until, target, moved):
    item = only("2026-03-05", SINCE, hold("2026-03-05", until))
    assert (str(item.target), moves(item)) == (target, moved)


def test_a_hold_before_the_day_that_is_counted_from_holds_nothing():
    known = [active("2026-02-01"), hold("2026-02-10", "2026-03-02"), contact("2026-03-02")]
    assert moves(only("2026-03-05", *known)) == []


def test_a_hold_is_over_when_it_is_lifted_or_replaced():
    first = hold("2026-03-05", "2026-03-27")
    assert str(only("2026-03-20", SINCE, first, lift("2026-03-18")).target) == "2026-03-18"
    second = hold("2026-03-18", "2026-03-20", "in the mountains")
    item = only("2026-03-20", SINCE, first, second)
    assert moves(item) == [
        ("on hold", "2026-03-16", "2026-03-18", "away"),
        ("on hold", "2026-03-18", "2026-03-20", "in the mountains"),
    ]


def test_a_must_is_not_held_and_marked():
    known = [stay("2026-03-06"), hold("2026-03-07", "2026-03-20")]
    items = {one.rule.kind: one for one in plan("2026-03-09", *known).items}
    marked = items["transition_contact"]
    assert (moves(marked), str(marked.on_hold_until)) == ([], "2026-03-20")
    call = items["transition_call"]
    assert (str(call.target), call.on_hold_until) == ("2026-03-20", None)


def test_what_is_deferred_is_due_on_that_day():
    moved = defer("2026-03-10", "routine/moderate", "2026-03-16", "2026-03-21", "at a wedding")
    item = only("2026-03-10", SINCE, moved)
    assert moves(item) == [("deferred", "2026-03-16", "2026-03-21", "at a wedding")]
    assert (str(item.target), str(item.trace.planned)) == ("2026-03-21", "2026-03-16")
    to_no_day = moved._replace(to=None)
    assert moves(only("2026-03-10", SINCE, to_no_day)) == []
    to_itself = defer("2026-03-10", "routine/moderate", "2026-03-16", "2026-03-16")
    assert moves(only("2026-03-10", SINCE, to_itself)) == []


def test_the_later_of_a_hold_and_a_deferral_has_the_last_word():
    rule_id, planned = "routine/moderate", "2026-03-16"
    week = hold("2026-03-05", "2026-03-20")
    within = defer("2026-03-10", rule_id, planned, "2026-03-12")
    assert str(only("2026-03-10", SINCE, week, within).target) == "2026-03-12"
    first = defer("2026-03-04", rule_id, planned, "2026-03-12")
    assert moves(only("2026-03-10", SINCE, first, week)) == [
        ("deferred", "2026-03-16", "2026-03-12", "asked"),
        ("on hold", "2026-03-12", "2026-03-20", "away"),
    ]
    # The day on which a hold is over is one to act on, as she said
    saturday = defer("2026-03-04", rule_id, planned, "2026-03-21")
    held = hold("2026-03-05", "2026-03-21")
    assert str(only("2026-03-10", SINCE, saturday, held).target) == "2026-03-21"
    same_day = defer("2026-03-05", rule_id, planned, "2026-03-12")
    assert str(only("2026-03-10", SINCE, week, same_day).target) == "2026-03-12"
    assert str(only("2026-03-10", SINCE, same_day, week).target) == "2026-03-20"


# Appointments


@pytest.mark.parametrize(
    ("on", "target", "moved"),
    [
        ("2026-03-13", "2026-03-13", []),
        ("2026-03-17", "2026-03-17", [("appointment", "2026-03-13", "2026-03-17", None)]),
        ("2026-03-20", "2026-03-20", [("appointment", "2026-03-13", "2026-03-20", None)]),
        ("2026-03-21", "2026-03-13", []),  # past the limit
        ("2026-03-05", "2026-03-13", []),  # before the discharge
        ("2026-03-06", "2026-03-06", [("appointment", "2026-03-13", "2026-03-06", None)]),
    ],
)
def test_a_visit_is_aimed_at_the_appointment_within_its_limit(on, target, moved):
    known = [stay("2026-03-06"), appointment(on, noted="2026-03-04")]
    visit = only("2026-03-09", *known, kind="visit")
    assert (str(visit.target), moves(visit)) == (target, moved)
    assert str(visit.appointment) == (on if on >= "2026-03-09" else "None")
    assert moves(only("2026-03-09", *known, kind="transition_call")) == []
    without = changed("transition", "visit_moderate", limit=None)
    aimed = only("2026-03-09", *known, kind="visit", protocols=without).target
    assert str(aimed) == ("2026-03-13" if on == "2026-03-05" else on)


def test_a_hold_moves_a_visit_from_its_appointment():
    known = [stay("2026-03-06"), appointment("2026-03-17", noted="2026-03-07")]
    visit = only("2026-03-09", *known, hold("2026-03-07", "2026-03-24"), kind="engagement")
    assert moves(visit) == [
        ("closed days", "2026-03-29", "2026-03-27", None),
        ("appointment", "2026-03-27", "2026-03-17", None),
        ("on hold", "2026-03-17", "2026-03-24", "away"),
    ]


@pytest.mark.parametrize("done_by", [("visit:mental_health",), ("contact", "visit")])
def test_whatever_a_visit_completes_is_aimed_at_the_appointment(done_by):
    visits = own(rule("a", target="7 days", done_by=done_by))
    assert targets(visits, "2026-03-02", SINCE, appointment("2026-03-12", noted="2026-03-02")) == {
        "a": "2026-03-12"
    }


# Her days off, Friday 6 March and those after


def test_a_must_is_pulled_before_a_day_off_but_not_before_the_day_it_counts_from():
    item = only("2026-03-09", stay("2026-03-09"), calendar=off("2026-03-10"))
    assert (days(item)[:2], moves(item)) == (
        ("2026-03-09", "2026-03-11"),
        [("closed days", "2026-03-10", "2026-03-09", None)],
    )
    assert item.trace.moves[0].skipped == ((DAY("2026-03-10"), "away"),)
    both = only("2026-03-09", stay("2026-03-09"), calendar=off("2026-03-09", "2026-03-10"))
    assert (days(both)[0], moves(both)) == ("2026-03-10", [])


def test_a_must_that_is_moved_before_a_weekend_is_pulled_before_a_day_off_too():
    # Day 7 is Saturday the 14th
    visit = only("2026-03-09", stay("2026-03-07"), kind="visit", calendar=off("2026-03-13"))
    assert (str(visit.target), moves(visit)) == (
        "2026-03-12", [("closed days", "2026-03-14", "2026-03-12", None)],
    )  # fmt: skip
    assert [day.day for day, _ in visit.trace.moves[0].skipped] == [14, 13]


def test_a_should_is_moved_after_a_day_off():
    item = only("2026-03-09", SINCE, calendar=off("2026-03-16", "2026-03-17"))
    assert moves(item) == [("closed days", "2026-03-16", "2026-03-18", None)]
    assert moves(only("2026-03-09", SINCE, calendar=off("2026-03-13"))) == []


@pytest.mark.parametrize(
    ("days_off", "target"),
    [
        # An emergency visit of Friday 6 March: target Monday 9, limit Tuesday 10
        (["2026-03-09"], "2026-03-10"),
        (["2026-03-09", "2026-03-10"], "2026-03-06"),
        (["2026-03-06", "2026-03-09", "2026-03-10"], "2026-03-11"),
    ],
)
def test_a_should_is_not_moved_past_its_limit_if_there_is_a_day_before(days_off, target):
    known = stay("2026-03-06", kind="emergency")
    item = only("2026-03-06", known, kind="ed_call", calendar=off(*days_off))
    assert dates_of(item) == (target, "2026-03-10")


def test_a_should_that_is_due_on_its_limit_is_pulled_before_a_day_off():
    last = own(rule("a", target="4 days", limit="4 days"))
    item = only("2026-03-02", SINCE, kind="a", protocols=last, calendar=off("2026-03-06"))
    assert str(item.target) == "2026-03-05"


def test_the_end_of_a_hold_on_a_day_off_is_the_day_after_it():
    known = [stay("2026-03-06", kind="emergency"), hold("2026-03-06", "2026-03-16")]
    item = only("2026-03-09", *known, kind="ed_call", calendar=off("2026-03-16"))
    assert dates_of(item) == ("2026-03-17", "2026-03-10")
    # On the limit itself nothing is left before it
    known = [stay("2026-03-06", kind="emergency"), hold("2026-03-06", "2026-03-10")]
    item = only("2026-03-09", *known, kind="ed_call", calendar=off("2026-03-10"))
    assert dates_of(item) == ("2026-03-11", "2026-03-10")


def test_the_end_of_a_hold_that_is_off_is_brought_to_the_last_day_before_a_limit():
    by_the_limit = own(rule("a", target="2 days", limit="9 days", suspended_by={"hold"}))
    known = [SINCE, hold("2026-03-02", "2026-03-10")]
    days_off = off("2026-03-10", "2026-03-11")
    item = only("2026-03-02", *known, kind="a", protocols=by_the_limit, calendar=days_off)
    assert dates_of(item) == ("2026-03-12", "2026-03-11")


def test_what_stays_on_a_weekend_stays_there_and_moves_after_a_day_off():
    asked = contact("2026-11-02", asked="2026-11-14")
    elsewhere = off("2026-11-20")
    assert moves(only("2026-11-03", asked, calendar=elsewhere)) == []
    item = only("2026-11-03", asked, calendar=off("2026-11-14"))
    assert moves(item) == [("closed days", "2026-11-14", "2026-11-16", None)]


def test_the_next_try_is_after_a_day_off_and_before_one_that_is_the_limit():
    tried = contact("2026-03-16", "busy")
    assert str(only("2026-03-16", SINCE, tried, calendar=off("2026-03-17")).due) == "2026-03-18"
    known = [stay("2026-03-06"), contact("2026-03-09", "busy")]
    assert str(only("2026-03-09", *known, calendar=off("2026-03-10")).due) == "2026-03-09"


# Lengths of time


@pytest.mark.parametrize(
    ("anchor", "count", "unit", "expected"),
    [
        ("2026-11-23", 0, "day", "2026-11-23"),
        ("2026-11-23", 7, "day", "2026-11-30"),
        ("2026-02-27", 2, "day", "2026-03-01"),
        ("2028-02-28", 1, "day", "2028-02-29"),
        ("2026-11-23", 2, "week", "2026-12-07"),
        ("2026-12-24", 12, "week", "2027-03-18"),
        ("2026-01-31", 1, "month", "2026-02-28"),
        ("2028-01-31", 1, "month", "2028-02-29"),
        ("2026-01-31", 2, "month", "2026-03-31"),
        ("2026-01-31", 3, "month", "2026-04-30"),
        ("2026-12-31", 2, "month", "2027-02-28"),
        ("2026-11-23", 0, "business day", "2026-11-23"),
        ("2026-11-22", 0, "business day", "2026-11-22"),
        ("2026-11-24", 1, "business day", "2026-11-25"),
        ("2026-11-25", 1, "business day", "2026-11-27"),
        ("2026-11-25", 2, "business day", "2026-11-30"),
        ("2026-11-22", 1, "business day", "2026-11-23"),
        ("2026-12-23", 5, "business day", "2026-12-31"),
    ],
)
def test_a_length_of_time_is_counted_from_its_anchor(anchor, count, unit, expected):
    assert str(count_from(DAY(anchor), Span(count, unit), FEDERAL)) == expected


def test_beyond_the_years_of_the_calendar_it_is_an_error_and_not_a_guess():
    with pytest.raises(RuleError, match="2061-01-01 cannot be checked for holidays"):
        plan("2060-12-30", stay("2060-12-30"))
    # The engagement visit is aimed at day 23: 31 December is in the calendar, 1 January is not
    with pytest.raises(RuleError, match="2061-01-01 cannot be checked for holidays"):
        plan("2060-12-09", stay("2060-12-09"))
    with pytest.raises(RuleError, match="begins with 2010"):
        plan("2009-11-02", active("2009-11-02"))
    last = only("2060-12-08", stay("2060-12-08"), kind="engagement")
    # 1 January 2061 is a Saturday, observed on that Friday
    assert days(last)[:2] == ("2060-12-30", "2061-01-07")


@pytest.mark.parametrize(
    ("day", "edge"), [("2061-01-01", "ends with 2060"), ("2009-12-31", "begins with 2010")]
)
def test_such_an_error_says_which_day_and_where_the_calendar_ends(day, edge):
    with pytest.raises(RuleError) as caught:
        is_workday(DAY(day), FEDERAL)
    expected = f"{day} cannot be checked for holidays: the calendar us-federal {edge}"
    assert caught.value.message == expected
    assert caught.value.hint == "check the dates that were entered; this one is far away"
    assert is_workday(DAY("2060-12-30"), FEDERAL)
    assert is_workday(DAY("2010-01-04"), FEDERAL)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"last": "2027"}, "first and last are the years it covers, such as 2010 and 2060"),
        ({"holidays": []}, "it has no table [holidays]"),
        ({"holidays": {"Rest": "2026-05-01"}},
         "'Rest' is not a list of dates such as [2026-12-25]"),
        ({"holidays": {"Rest": ["May"]}}, "'Rest' has 'May', which is not a date"),
        ({"holidays": {"Rest": [DAY("2028-05-01")]}},
         "'Rest' has 2028-05-01, not within 2026 to 2027"),
    ],
)  # fmt: skip
def test_a_calendar_that_is_wrong_says_what_is(wrong, said):
    with pytest.raises(RuleError) as caught:
        calendar_from("ours", {"first": 2026, "last": 2027, "holidays": {}, **wrong})
    assert caught.value.message == f"calendar ours: {said}"
    assert caught.value.hint == "correct calendars/ours.toml"


def test_a_date_asked_for_needs_no_calendar():
    assert str(only("2026-11-02", contact("2026-11-02", asked="2099-01-01")).target) == "2099-01-01"


# A plan sees the facts dated up to its day


def test_without_facts_there_is_a_roster_patient_with_nothing_to_do():
    nobody = schedule.plan(PatientFacts(7), PROTOCOLS, FEDERAL, DAY("2026-11-23"))
    where = Standing(Status.ROSTER, tier="moderate", own_tier="moderate")
    assert nobody == Plan(7, where, ())
    assert nobody.standing.words == "roster"


@pytest.mark.parametrize(
    "later",
    [
        status("2026-11-24", "closed", "moved"),
        tier("2026-11-24", "high"),
        contact("2026-11-24"),
        contact("2026-11-24", "deceased"),
        contact("2026-11-24", "no_answer", asked="2026-11-30"),
        stay("2026-11-24", "20"),
        stay("2026-11-24"),
        stay(None, admitted="2026-11-24"),
        stay("2026-11-26", admitted="2026-11-24"),
        stay("2026-11-24", kind="emergency"),
        condition("depression", "2026-11-24"),
        hold("2026-11-24", "2026-12-24"),
        defer("2026-11-24", "transition/calls", "2026-11-12", "2026-11-30"),
        waive("2026-11-24", "transition/calls", "2026-11-12"),
        appointment("2026-11-25", noted="2026-11-24"),
        lace("2026-11-24", 10),
    ],
)
def test_a_fact_of_tomorrow_is_seen_tomorrow(later):
    known = [active("2026-11-02"), stay("2026-11-05"), contact("2026-11-06", "busy")]
    assert plan("2026-11-23", *known, later) == plan("2026-11-23", *known)
    assert plan("2026-11-24", *known, later) != plan("2026-11-24", *known)


@pytest.mark.parametrize(
    "later",
    [
        status("2026-11-24", "closed", "moved"),
        tier("2026-11-24", "high"),
        contact("2026-11-24"),
        condition("depression", "2026-11-24"),
        hold("2026-11-24", "2026-12-24"),
        defer("2026-11-24", "routine/moderate", "2026-11-16", "2026-11-30"),
        appointment("2026-11-25", noted="2026-11-24"),
    ],
)
def test_so_it_is_for_a_patient_without_stays(later):
    known = active("2026-11-02")
    assert plan("2026-11-23", known, later) == plan("2026-11-23", known)
    assert plan("2026-11-24", known, later) != plan("2026-11-24", known)


def test_so_it_is_for_a_referral_of_a_roster_patient():
    assert open_kinds("2026-11-23", referral("2026-11-24")) == set()
    assert open_kinds("2026-11-24", referral("2026-11-24")) == {"offer"}


def test_an_appointment_counts_until_the_day_on_which_it_is_cancelled():
    visit = appointment("2026-11-25", noted="2026-11-20", cancelled="2026-11-24")
    kinds = [open_kinds(day, visit) for day in ("2026-11-19", "2026-11-20", "2026-11-23")]
    assert kinds == [set(), {"appointment"}, {"appointment"}]
    assert open_kinds("2026-11-24", visit) == set()


@pytest.mark.parametrize("code", ["01", "03", "20"])
def test_between_admission_and_discharge_the_stay_goes_on(code):
    known = facts(active("2026-11-02"), stay("2026-11-24", code, at="10:00", admitted="2026-11-20"))
    for day, held in (("2026-11-19", None), ("2026-11-20", "2026-11-20"),
                      ("2026-11-23", "2026-11-20")):  # fmt: skip
        stand = schedule.plan(known, PROTOCOLS, FEDERAL, DAY(day)).standing
        assert (stand.status, stand.held_since) == (Status.ACTIVE, held and DAY(held))


def test_the_words_of_a_standing_say_status_reason_and_facility():
    assert plan("2026-11-23", status("2026-11-02", "on_hold")).standing.words == "on hold"
    closed = status("2026-11-02", "closed", "unable_to_reach")
    held = stay("2026-11-05", "03")
    assert plan("2026-11-23", closed, held).standing.words == "closed (unable to reach)"
    assert plan("2026-11-23", held).standing.words == "roster, in a facility"


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (contact("2026-11-02"), True),
        (contact("2026-11-02", "refused_program"), True),
        (contact("2026-11-02", party="caregiver", inbound=True, by="facility"), True),
        (contact("2026-11-02", party="pharmacy"), False),
        (contact("2026-11-02", "rescheduled"), False),
        (contact("2026-11-02", "reached_other", party="patient"), False),
    ],
)
def test_a_contact_counts_by_its_outcome_and_its_party(fact, expected):
    assert PROTOCOLS.counts(fact) is expected
