"""The words about a due item: reason, next step, absence and trace, and what a mask leaves out."""

import pytest
from patient_facts import DAY, PROTOCOLS, active, contact, only, plan, status, stay, tier

from caretool import explain
from caretool.model import State, Status
from caretool.schedule import Standing

TODAY = DAY("2026-11-23")  # Monday
NOTE = "sister Zuleika visits"
AFTER = stay("2026-11-20")  # Friday: target Monday 23, limit Tuesday 24
LATE = stay("2026-11-12", arrived="2026-11-23")  # Thursday: target Friday 13, limit Monday 16
ASKED = contact("2026-11-19", asked="2026-11-25", why=NOTE)


def item(*known, today="2026-11-23"):
    return only(today, *known)


def reason(*known):
    return explain.reason(item(*known), TODAY)


def brief(*known):
    return explain.brief(item(*known), TODAY)


def steps(*known):
    return explain.trace_steps(item(*known), TODAY)


def words(*known):
    return explain.next_words(plan("2026-11-23", *known), TODAY)


# Reason


def test_after_a_discharge_the_reason_names_the_day_the_stay_and_the_rule():
    assert reason(AFTER) == "discharged Fri 20 Nov (D1), contact within 2 business days"
    assert brief(AFTER) == "discharged Fri 20 Nov"


def test_the_reason_says_who_left_against_advice_and_says_it_once():
    assert reason(stay("2026-11-20", "07")).endswith("days; left against medical advice")
    assert brief(stay("2026-11-20", "07")) == "discharged Fri 20 Nov; left against medical advice"


def test_the_reason_says_what_the_sender_left_open():
    known = stay("2026-11-20", None, kind="unknown")
    assert reason(known).endswith("days; disposition unknown, kind of stay unknown")
    assert brief(known) == "discharged Fri 20 Nov; disposition unknown"
    home = stay("2026-11-20", "01", kind="unknown")
    assert reason(home).endswith("days; kind of stay unknown")
    assert brief(home) == "discharged Fri 20 Nov"
    assert brief(stay("2026-11-20", "04")).endswith("; custodial or supportive care")


def test_the_reason_says_when_a_late_list_arrived():
    assert reason(LATE).endswith("days; list arrived Mon 23 Nov, after the limit")
    assert brief(LATE) == "discharged Thu 12 Nov; list came today"
    earlier = stay("2026-11-12", arrived="2026-11-19")
    assert brief(earlier) == "discharged Thu 12 Nov; list came Thu 19 Nov"


def test_the_reason_counts_the_attempts():
    first, second = contact("2026-11-21", "no_answer"), contact("2026-11-23", "busy")
    assert reason(AFTER, first).endswith("days; 1 attempt, last Sat 21 Nov")
    assert brief(AFTER, first) == "discharged Fri 20 Nov; 1 attempt Sat 21 Nov"
    assert reason(AFTER, first, second).endswith("days; 2 attempts, last Mon 23 Nov")
    assert brief(AFTER, first, second).endswith("; 2 attempts, last Mon 23 Nov")


def test_a_routine_reason_names_the_interval_and_what_it_counts_from():
    enrolled, reached = active("2025-12-30"), contact("2026-11-02")
    assert reason(enrolled) == "every 14 days, under care management since Tue 30 Dec 2025"
    assert brief(enrolled) == "every 14 days, since Tue 30 Dec 2025"
    assert reason(enrolled, reached) == "every 14 days, last two-way contact Mon 2 Nov"
    assert brief(enrolled, reached) == "every 14 days, last reached Mon 2 Nov"


def test_a_date_asked_for_is_told_with_its_reason():
    assert reason(ASKED) == f"asked on Thu 19 Nov to be contacted Wed 25 Nov: {NOTE}"
    assert brief(ASKED) == f"asked for Wed 25 Nov: {NOTE}"
    bare = contact("2026-11-19", asked="2026-11-23")
    assert reason(bare) == "asked on Thu 19 Nov to be contacted Mon 23 Nov"
    assert brief(bare) == "asked for today"


def test_a_mask_hides_what_was_typed():
    open_plan = plan("2026-11-23", ASKED)
    (asked,) = open_plan.items
    said = [
        explain.reason(asked, TODAY, mask=True),
        explain.brief(asked, TODAY, mask=True),
        explain.next_words(open_plan, TODAY, mask=True),
        str(explain.next_record(open_plan, TODAY, mask=True)),
        str(explain.item_record(asked, TODAY, mask=True)),
        str(explain.trace_steps(asked, TODAY)),
    ]
    assert "Zuleika" not in " ".join(said)
    assert explain.reason(asked, TODAY, mask=True).endswith("to be contacted Wed 25 Nov")


# State and records


@pytest.mark.parametrize(
    ("today", "state", "words", "late"),
    [
        ("2026-11-20", State.UPCOMING, "to come", 0),
        ("2026-11-23", State.DUE, "today", 0),
        ("2026-11-24", State.OVERDUE, "late", 1),
        ("2026-11-25", State.LATE_OPEN, "past the limit", 2),
    ],
)
def test_state_and_days_late_count_from_the_target(today, state, words, late):
    one, day = item(AFTER, today=today), DAY(today)
    assert explain.state(one, day) == state
    assert explain.state_words(one, day) == words
    assert explain.days_late(one, day) == late


def test_an_item_is_told_to_scripts_with_all_its_dates():
    assert explain.item_record(item(AFTER, contact("2026-11-23", "busy")), TODAY) == {
        "kind": "transition_contact",
        "strength": "must",
        "due": DAY("2026-11-24"),
        "target": DAY("2026-11-23"),
        "limit": DAY("2026-11-24"),
        "state": "due",
        "reason": "discharged Fri 20 Nov (D1), contact within 2 business days;"
        " 1 attempt, last Mon 23 Nov",
        "protocol": "transition",
        "rule": "contact",
        "discharge": "D1",
        "attempts": 1,
    }
    assert explain.item_record(item(active("2026-11-02")), TODAY)["discharge"] is None


# What comes next


def test_next_is_what_the_list_puts_first_so_that_an_open_must_is_not_hidden():
    known = [active("2026-11-02"), contact("2026-11-09"), AFTER]  # routine today as well
    assert explain.next_item(plan("2026-11-23", *known)).rule.kind == "transition_contact"
    earlier = [active("2026-10-26"), AFTER]  # routine due on 9 November
    assert explain.next_item(plan("2026-11-23", *earlier)).rule.kind == "transition_contact"
    assert explain.next_item(plan("2026-11-23")) is None


def test_on_one_day_a_must_comes_first_and_two_without_a_limit_can_be_compared():
    tried = contact("2026-11-23", "no_answer")
    both = plan("2026-11-23", active("2026-10-26"), AFTER, tried)
    assert {str(one.due) for one in both.items} == {"2026-11-24"}
    assert explain.next_item(both).rule.strength == "must"
    asked = contact("2026-11-02", "rescheduled", asked="2026-11-23")
    equal = plan("2026-11-23", active("2026-10-26"), asked, contact("2026-11-09", inbound=True))
    assert {str(one.due) for one in equal.items} == {"2026-11-23"}
    assert explain.next_item(equal) in equal.items


def test_next_is_told_to_scripts_with_five_keys():
    assert explain.next_record(plan("2026-11-23", AFTER), TODAY) == {
        "due": DAY("2026-11-23"),
        "limit": DAY("2026-11-24"),
        "kind": "transition_contact",
        "strength": "must",
        "reason": "discharged Fri 20 Nov (D1), contact within 2 business days",
    }
    assert explain.next_record(plan("2026-11-23"), TODAY) is None


@pytest.mark.parametrize(
    ("known", "start"),
    [
        ([active("2026-11-16")], "next: Mon 30 Nov (every 14 days,"),
        ([active("2026-11-09")], "next: today, Mon 23 Nov (every 14 days,"),
        ([active("2026-11-02")], "next: Mon 16 Nov, now late (every 14 days,"),
        ([AFTER], "next: today, Mon 23 Nov, by Tue 24 Nov at the latest (discharged"),
        (
            [AFTER, contact("2026-11-23", "busy")],
            "next: Tue 24 Nov, by Tue 24 Nov at the latest (discharged",
        ),
        ([LATE], "next: Fri 13 Nov, now late, past the limit of Mon 16 Nov (discharged"),
        (
            [LATE, contact("2026-11-23", "busy")],
            "next: Tue 24 Nov, past the limit of Mon 16 Nov (discharged",
        ),
        (
            [stay("2026-11-19"), contact("2026-11-23", "busy")],
            "next: Tue 24 Nov, past the limit of Mon 23 Nov: better try once more before then (",
        ),
    ],
)
def test_next_is_said_with_its_day_its_limit_and_why(known, start):
    assert words(*known).startswith(start)
    assert words(*known).endswith(")")


# Why nothing is due


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (
            [],
            "On the roster only: a discharge or being made active starts follow-up.",
        ),
        (
            [status("2026-11-16", "on_hold")],
            "On hold since Mon 16 Nov; made active again, follow-up starts anew.",
        ),
        (
            [status("2025-11-17", "closed", "unable_to_reach")],
            "Closed since Mon 17 Nov 2025: unable to reach.",
        ),
        (
            [active("2026-11-02"), contact("2026-11-16", "refused_program")],
            "Closed since Mon 16 Nov: declined (C1).",
        ),
        ([stay("2026-11-16", "20")], "Closed since Mon 16 Nov: deceased (D1)."),
        (
            [active("2026-11-02"), stay(None, admitted="2026-11-16")],
            "In a facility since Mon 16 Nov (D1); the next discharge or a two-way contact"
            " plans anew.",
        ),
        (
            [status("2026-11-02", "on_hold"), contact("2026-11-16", "in_facility")],
            "In a facility since Mon 16 Nov (C1); the next discharge or a two-way contact"
            " plans anew.",
        ),
    ],
)
def test_absence_says_since_when_by_which_fact_and_what_changes_it(known, why):
    nothing = plan("2026-11-23", *known)
    assert nothing.items == ()
    assert explain.absence(nothing.standing, TODAY) == why
    assert explain.next_words(nothing, TODAY) == f"next: nothing. {why}"


def test_absence_has_a_word_for_an_active_patient_too():
    assert explain.absence(Standing(Status.ACTIVE), TODAY) == "Nothing is open."


# Trace


def test_the_trace_of_a_discharge_goes_from_the_fact_to_the_result():
    assert steps(AFTER) == [
        ("fact", "discharged Fri 20 Nov 2026 (D1)"),
        (
            "rule",
            "transition/contact: contact within 2 business days"
            " (target 1 business day, limit 2 business days; must)",
        ),
        ("source", PROTOCOLS.transition.rules[0].source),
        ("target", "Mon 23 Nov 2026"),
        ("limit", "Tue 24 Nov 2026"),
        ("result", "Mon 23 Nov 2026: today"),
        (
            "changes",
            "a two-way contact with patient or caregiver completes it; closing the patient or a"
            " stay in a facility ends it",
        ),
    ]


def test_the_trace_tells_each_shift_with_the_days_passed_over():
    enrolled = item(active("2026-12-11"), today="2026-12-11")  # Christmas, a Friday, is day 14
    traced = dict(explain.trace_steps(enrolled, DAY("2026-12-11")))
    assert traced["shift"] == (
        "Fri 25 Dec 2026 → Mon 28 Dec 2026: Fri 25 Dec 2026 is Christmas Day,"
        " Sat 26 Dec 2026 is a Saturday, Sun 27 Dec 2026 is a Sunday"
    )
    assert (traced["target"], traced["result"]) == (
        "Mon 28 Dec 2026",
        "Mon 28 Dec 2026: to come",
    )
    assert traced["fact"] == "under care management since Fri 11 Dec 2026"
    assert "limit" not in traced


def test_the_trace_of_a_routine_says_what_starts_it_anew():
    known = [active("2026-10-01"), tier("2026-10-01", "high"), contact("2026-11-09")]
    traced = dict(steps(*known))
    assert traced["fact"] == "last two-way contact Mon 9 Nov 2026 (C1)"
    assert traced["rule"] == "routine/high: every 7 days (target 7 days; should)"
    assert traced["result"] == "Mon 16 Nov 2026: late"
    assert traced["changes"].startswith("the next two-way contact starts the interval anew;")


def test_the_trace_of_a_date_asked_for_has_no_length_of_time():
    traced = dict(steps(ASKED))
    assert traced["fact"] == "asked for on Thu 19 Nov 2026 (C1)"
    assert traced["rule"] == (
        "request/asked: date that was asked for (the day that was asked for; should)"
    )
    assert traced["changes"].startswith("reaching the patient on or after that day completes it;")


def test_the_trace_notes_a_late_list_and_what_is_unclear():
    known = stay("2026-11-12", None, arrived="2026-11-23")
    notices = [text for step, text in steps(known) if step == "notice"]
    assert notices == [
        "the list arrived Mon 23 Nov 2026, after the limit",
        "disposition unknown",
    ]


@pytest.mark.parametrize(
    ("tries", "text"),
    [
        ([contact("2026-11-23", "busy")], "1 attempt, the last Mon 23 Nov 2026;"),
        (
            [contact("2026-11-21", "busy"), contact("2026-11-23", "no_answer")],
            "2 attempts, the last Mon 23 Nov 2026;",
        ),
    ],
)
def test_the_trace_tells_the_attempts_and_that_they_move_nothing(tries, text):
    traced = dict(steps(AFTER, *tries))
    assert traced["attempts"] == (
        f"{text} next try Tue 24 Nov 2026; neither target nor limit moves"
    )
    assert (traced["target"], traced["limit"]) == ("Mon 23 Nov 2026", "Tue 24 Nov 2026")
    assert traced["result"] == "Tue 24 Nov 2026: to come"
