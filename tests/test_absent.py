"""Why something is not due: one reason for each kind that a fact could have made due."""

from datetime import date

import pytest
from patient_facts import (
    DAY,
    FEDERAL,
    PROTOCOLS,
    active,
    contact,
    facts,
    status,
    stay,
    tier,
)

from caretool import schedule
from caretool.absent import absent
from caretool.model import (
    AppointmentFact,
    ConditionFact,
    DecisionFact,
    ReferralFact,
)

TODAY = DAY("2026-11-23")  # Monday
NOTE = "sister Zuleika visits"
HOME = stay("2026-11-20")  # Friday
HEART = ConditionFact(date.min, "heart_failure")


def decision(on, word, *, item=None, planned=None, to=None):
    days = (None if day is None else DAY(day) for day in (planned, to))
    return DecisionFact(1, DAY(on), word, NOTE, item, *days)


def case(*known, today=TODAY, mask=False, **more):
    told = facts(*known)._replace(**{name: tuple(several) for name, several in more.items()})
    plan = schedule.plan(told, PROTOCOLS, FEDERAL, today)
    return plan, absent(told, PROTOCOLS, FEDERAL, plan, today, mask=mask)


def because(*known, **more):
    return {one.kind: one.because for one in case(*known, **more)[1]}


# everything at once


def test_nothing_of_a_closed_patient_is_due_and_one_line_says_so():
    _, found = case(active("2026-10-01"), status("2026-11-02", "closed", "graduated"), HOME)
    assert found == [(None, None, "Closed since Mon 2 Nov: graduated.")]


def test_in_a_facility_one_line_stands_for_all_but_the_check():
    plan, found = case(active("2026-10-01"), stay("2026-11-18", "03"))
    assert [item.rule.id for item in plan.items] == ["facility/check"]
    assert found == [
        (
            None,
            None,
            "In a facility since Wed 18 Nov (D1); the next discharge or a two-way contact plans"
            " anew.",
        )
    ]


# one kind at a time


@pytest.mark.parametrize(
    ("kind", "known", "more", "why"),
    [
        ("routine", [], {}, "on the roster only"),
        ("routine", [status("2026-11-02", "roster")], {}, "on the roster only"),
        ("routine", [status("2026-11-02", "on_hold")], {}, "on hold since Mon 2 Nov"),
        (
            "routine",
            [active("2026-11-02"), HOME],
            {},
            "transition call, Fri 27 Nov, stands in its place",
        ),
        (
            "routine",
            [active("2026-10-01"), contact("2026-11-12", "rescheduled", asked="2026-11-25")],
            {},
            "the date that was asked for, Wed 25 Nov, stands in its place",
        ),
        (
            "requested",
            [contact("2026-11-12", "rescheduled", asked="2026-11-18"), contact("2026-11-19")],
            {},
            "asked for Wed 18 Nov, reached Thu 19 Nov (C2)",
        ),
        # The contact was completed on Friday; a second one on Monday changes nothing of that
        (
            "transition_contact",
            [HOME, contact("2026-11-20"), contact("2026-11-23")],
            {},
            "done Fri 20 Nov (C1)",
        ),
        ("visit", [HOME, contact("2026-11-23", "visit_done")], {}, "done Mon 23 Nov (C1)"),
        (
            "transition_contact",
            [HOME, contact("2026-11-23", "no_answer")],
            {},
            "tried, next try Tue 24 Nov",
        ),
        (
            "routine",
            [active("2026-11-02")],
            {
                "decisions": [
                    decision(
                        "2026-11-16",
                        "defer",
                        item="routine/moderate",
                        planned="2026-11-16",
                        to="2026-11-25",
                    )
                ]
            },
            f"deferred to Wed 25 Nov: {NOTE}",
        ),
        (
            "routine",
            [active("2026-11-02")],
            {"decisions": [decision("2026-11-16", "hold", to="2026-12-07")]},
            f"on hold until Mon 7 Dec: {NOTE}",
        ),
        (
            "routine",
            [active("2026-11-02")],
            {
                "decisions": [
                    decision("2026-11-16", "waive", item="routine/moderate", planned="2026-11-16")
                ]
            },
            f"waived Mon 16 Nov: {NOTE}",
        ),
        (
            "offer",
            [HOME],
            {"conditions": [HEART], "decisions": [decision("2026-11-21", "decline")]},
            f"declined Sat 21 Nov: {NOTE}",
        ),
        (
            "offer",
            [],
            {
                "referrals": [ReferralFact(1, DAY("2026-11-16"), "Dr. Osei")],
                "decisions": [decision("2026-11-21", "not_suitable")],
            },
            f"not suitable, decided Sat 21 Nov: {NOTE}",
        ),
        (
            "ed_call",
            [stay("2026-11-18", kind="emergency"), stay("2026-11-20", admitted="2026-11-19")],
            {},
            "a stay began on Thu 19 Nov (D2)",
        ),
        (
            "ed_visit_follow_up",
            [stay("2026-11-18", kind="emergency")],
            {"conditions": [HEART]},
            "fewer than 2 high-risk chronic groups on file",
        ),
        ("engagement", [stay("2026-11-18", kind="partial")], {}, "D1 is of another kind: partial"),
        (
            "transition_contact",
            [stay("2026-09-01", arrived="2026-11-20")],
            {},
            "D1 is history: the list came Fri 20 Nov, too long after its end",
        ),
        (
            "appointment",
            [contact("2026-11-19")],
            {"appointments": [AppointmentFact(7, DAY("2026-11-10"), DAY("2026-11-18"))]},
            "known whether the appointment on Wed 18 Nov was kept (A7)",
        ),
        (
            "letter",
            [active("2026-10-01"), *(contact(f"2026-11-{n}", "no_answer") for n in (18, 19, 20))],
            {},
            "3 attempts; a letter takes 3 on as many days, in 2 parts of the day, by 2 channels,"
            " within 10 business days",
        ),
        (
            "blood_pressure",
            [active("2026-10-01")],
            {"conditions": [ConditionFact(date.min, "hypertension")]},
            "sleeps: blood pressure above goal, which is not measured yet",
        ),
        (
            "depression_contact",
            [active("2026-10-01"), contact("2026-10-09")],
            {"conditions": [ConditionFact(date.min, "depression")]},
            "done Fri 9 Oct (C1)",
        ),
    ],
)
def test_each_reason_is_said_with_its_day_and_its_fact(kind, known, more, why):
    assert because(*known, **more)[kind] == why
    masked = case(*known, mask=True, **more)[1]
    assert NOTE not in str(masked)
    assert {one.kind for one in masked} >= {kind}


def test_the_rule_is_named_where_one_is_meant_and_not_where_all_of_a_kind_are():
    _, found = case(active("2026-10-01"), tier("2026-10-01", "low"), HOME, contact("2026-11-20"))
    rules = {one.kind: one.rule for one in found}
    assert rules["transition_contact"] == "transition/contact"
    assert rules["routine"] == "routine/high"  # in transition: what it would be without the calls
    _, found = case(status("2026-11-02", "on_hold"))
    assert {one.kind: one.rule for one in found} == {"routine": None}


def test_the_visit_of_the_risk_that_holds_is_the_one_that_is_named():
    seen = contact("2026-11-23", "visit_done")
    _, found = case(HOME, seen)
    assert {one.kind: one.rule for one in found}["visit"] == "transition/visit_moderate"
    _, found = case(active("2026-10-01"), tier("2026-10-01", "high"), HOME, seen)
    assert {one.kind: one.rule for one in found}["visit"] == "transition/visit_high"


def test_what_never_had_a_fact_is_not_listed():
    assert because(active("2026-11-16")) == {}
    assert "offer" not in because(active("2026-11-02"), HOME, conditions=[HEART])


def test_a_decision_that_was_taken_back_is_no_reason():
    waived = decision("2026-11-16", "waive", item="routine/moderate", planned="2026-11-16")
    back = waived._replace(decision="take_back", on=DAY("2026-11-17"))
    plan, found = case(active("2026-11-02"), decisions=[waived, back])
    assert [item.rule.kind for item in plan.items] == ["routine"]
    assert found == []
