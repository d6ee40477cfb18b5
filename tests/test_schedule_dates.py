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
    condition,
    contact,
    days,
    defer,
    facts,
    hold,
    lace,
    main_kinds,
    only,
    open_kinds,
    plan,
    referral,
    status,
    stay,
    tier,
    waive,
)

from caretool import schedule
from caretool.errors import RuleError
from caretool.items import Plan
from caretool.model import PatientFacts, State, Status
from caretool.protocols import Span
from caretool.standing import Standing
from caretool.workdays import count_from

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
