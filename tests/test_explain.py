"""The words about a due item: reason, next step, absence and trace, and what a mask leaves out."""

import pytest
from patient_facts import (
    DAY,
    FEDERAL,
    PROTOCOLS,
    active,
    contact,
    facts,
    plan,
    status,
    stay,
    tier,
)

from caretool import explain, schedule, tracing
from caretool.model import (
    AppointmentFact,
    ConditionFact,
    DecisionFact,
    ReferralFact,
    ScoreFact,
    State,
    Status,
)
from caretool.standing import Standing

TODAY = DAY("2026-11-23")  # Monday
NOTE = "sister Zuleika visits"
AFTER = stay("2026-11-20")  # Friday: target Monday 23, limit Tuesday 24
LATE = stay("2026-11-12", arrived="2026-11-23")  # Thursday: target Friday 13, limit Monday 16
ASKED = contact("2026-11-19", asked="2026-11-25", why=NOTE)


HELD = DecisionFact(1, DAY("2026-11-21"), "hold", NOTE, to=DAY("2026-12-07"))


def item(*known, today="2026-11-23"):
    """What comes first."""
    return plan(today, *known).items[0]


def found(rule, *known, today="2026-11-23", **more):
    """The open item of that rule; `more` are facts of other kinds, by the list they are in."""
    told = facts(*known)._replace(**{name: tuple(several) for name, several in more.items()})
    items = schedule.plan(told, PROTOCOLS, FEDERAL, DAY(today)).items
    return next(one for one in items if one.rule.id == rule)


def reason(*known):
    return explain.reason(item(*known), TODAY)


def brief(*known):
    return explain.brief(item(*known), TODAY)


def steps(*known):
    return tracing.trace_steps(item(*known), TODAY)


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
    assert reason(AFTER, first, second).endswith(
        "days; 2 attempts, last Mon 23 Nov; 2 timely attempts documented, trying goes on"
    )
    assert brief(AFTER, first, second).endswith(
        "; 2 attempts, last Mon 23 Nov; 2 timely attempts documented"
    )


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


EMERGENCY = stay("2026-11-20", kind="emergency")  # Friday, went home


@pytest.mark.parametrize(
    ("rule", "known", "more", "said", "short"),
    [
        (
            "transition/visit_moderate",
            [AFTER],
            {},
            "discharged Fri 20 Nov (D1), visit within 14 days",
            "visit within 14 days, discharged Fri 20 Nov",
        ),
        (
            "transition/calls",
            [AFTER],
            {},
            "discharged Fri 20 Nov (D1), calls on days 7, 14, 21 and 30: day 7",
            "transition call, day 7, discharged Fri 20 Nov",
        ),
        (
            "ed/call",
            [EMERGENCY],
            {},
            "emergency visit Fri 20 Nov (D1), call within 2 business days",
            "emergency visit Fri 20 Nov",
        ),
        (
            "depression/first_weeks",
            [active("2026-11-02")],
            {"conditions": [ConditionFact(DAY("2026-10-01"), "depression")]},
            "under care management with depression since Mon 2 Nov,"
            " contact within the first 4 weeks",
            "contact within the first 4 weeks, with depression since Mon 2 Nov",
        ),
        (
            "depression/first_weeks",
            [active("2026-11-02")],
            {"conditions": [ConditionFact(DAY("2026-11-09"), "depression")]},
            "depression on file since Mon 9 Nov, contact within the first 4 weeks",
            "contact within the first 4 weeks, depression on file since Mon 9 Nov",
        ),
        (
            "referred/offer",
            [],
            {"referrals": [ReferralFact(4, DAY("2026-11-19"), NOTE)]},
            f"referred by {NOTE} Thu 19 Nov (F4), offer care management",
            f"offer care management, referred by {NOTE} Thu 19 Nov",
        ),
        (
            "appointment/kept",
            [],
            {
                "appointments": [
                    AppointmentFact(3, DAY("2026-11-02"), DAY("2026-11-20"), None, NOTE)
                ]
            },
            f"appointment with {NOTE} on Fri 20 Nov (A3), find out whether it was kept",
            f"find out whether it was kept, appointment with {NOTE} on Fri 20 Nov",
        ),
        (
            "facility/check",
            [active("2026-11-02"), stay("2026-11-16", "03")],
            {},
            "in a facility since Mon 16 Nov (D1), ask the facility every week",
            "ask the facility every week, in a facility since Mon 16 Nov",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) and "/" in one else "",
)
def test_each_kind_of_item_can_be_read_aloud(rule, known, more, said, short):
    one = found(rule, *known, **more)
    assert explain.reason(one, TODAY) == said
    assert explain.brief(one, TODAY) == short
    masked = explain.reason(one, TODAY, mask=True) + explain.brief(one, TODAY, mask=True)
    assert NOTE not in masked + str(tracing.trace_steps(one, TODAY, mask=True))


def test_three_attempts_and_a_letter_are_told_in_turn():
    tries = [
        contact("2026-11-16", "no_answer", at="09:00"),
        contact("2026-11-17", "left_voicemail", at="15:00"),
        contact("2026-11-18", "portal_sent", at="10:00", by="portal"),
    ]
    known = [active("2026-09-01"), *tries]
    letter = found("unreached/letter", *known)
    assert explain.reason(letter, TODAY) == (
        "3 attempts, enough since Wed 18 Nov (C3), send the unable-to-reach letter"
    )
    sent = contact("2026-11-19", "letter_sent", by="letter")
    question = found("unreached/close", *known, sent)
    assert explain.reason(question, TODAY) == "letter done Thu 19 Nov, close as unable to reach?"
    assert dict(tracing.trace_steps(question, TODAY))["changes"] == (
        "closing the patient or a stay in a facility ends it; to go on trying, waive it:"
        " attempts are counted anew from then on"
    )


def test_what_was_moved_is_said_with_why_and_until_when():
    moved = DecisionFact(
        1, DAY("2026-11-19"), "defer", NOTE, "routine/moderate", DAY("2026-11-16"),
        DAY("2026-11-25"),
    )  # fmt: skip
    one = found("routine/moderate", active("2026-11-02"), decisions=[moved])
    assert explain.reason(one, TODAY).endswith(f"; deferred to Wed 25 Nov: {NOTE}")
    assert explain.reason(one, TODAY, mask=True).endswith("; deferred to Wed 25 Nov")
    held = found("routine/moderate", active("2026-11-02"), decisions=[HELD])
    assert explain.reason(held, TODAY).endswith(f"; on hold until Mon 7 Dec: {NOTE}")
    must = found("transition/contact", AFTER, decisions=[HELD])
    assert explain.reason(must, TODAY).endswith("days; on hold until Mon 7 Dec")
    assert explain.item_record(must, TODAY)["on_hold_until"] == DAY("2026-12-07")
    over = HELD._replace(on=DAY("2026-11-10"), to=DAY("2026-11-20"))
    past = found("routine/moderate", active("2026-11-02"), decisions=[over])
    assert explain.reason(past, TODAY, mask=True).endswith("; was on hold until Fri 20 Nov")


def test_several_items_of_one_fact_take_one_line_and_the_rest_by_when():
    late = stay("2026-11-13")  # Friday: contact by Tuesday 17, visit by Friday 27
    items = plan("2026-11-23", late).items
    due = [one for one in items if one.due <= TODAY]
    # Past its limit: the contact. The visit of day 7 and the reconciliation with it were due on
    # Friday 20 and end on day 14, Friday 27; the call of day 7 has no limit.
    assert explain.briefs(due, TODAY) == [
        "discharged Fri 13 Nov",
        "also by Fri 27 Nov: visit, reconciliation",
        "also late: transition call",
    ]
    assert explain.briefs(items[:1], TODAY) == ["discharged Fri 13 Nov"]
    asked = plan("2026-11-23", active("2026-11-02"), ASKED).items
    assert explain.briefs(asked, TODAY) == [f"asked for Wed 25 Nov: {NOTE}"]


def test_every_line_of_a_list_fits_into_half_of_a_narrow_terminal_twice():
    """At 80 columns the reason has about 22; nothing of it should take more than four lines."""
    for one in (
        *plan("2026-11-23", AFTER, EMERGENCY).items,
        *plan("2026-11-23", stay("2026-11-20", kind="psychiatric")).items,
    ):
        assert len(explain.brief(one, TODAY)) <= 72


def test_a_mask_hides_what_was_typed():
    open_plan = plan("2026-11-23", ASKED)
    (asked,) = open_plan.items
    said = [
        explain.reason(asked, TODAY, mask=True),
        explain.brief(asked, TODAY, mask=True),
        explain.next_words(open_plan, TODAY, mask=True),
        str(explain.next_record(open_plan, TODAY, mask=True)),
        str(explain.item_record(asked, TODAY, mask=True)),
        str(tracing.trace_steps(asked, TODAY, mask=True)),
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
        "version": PROTOCOLS.version,
        "discharge": "D1",
        "attempts": 1,
        "timely_attempts": 1,
        "documented": False,
        "on_hold_until": None,
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
    # The emergency visit of Sunday: its call is due again on Tuesday too, and is a should
    both = plan("2026-11-23", AFTER, stay("2026-11-22", kind="emergency"), tried)
    assert [(one.rule.kind, str(one.due)) for one in both.items[:2]] == [
        ("transition_contact", "2026-11-24"),
        ("ed_call", "2026-11-24"),
    ]
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
        # Out on Thursday, so Monday is the limit: tried today, and to be tried again today
        (
            [stay("2026-11-19"), contact("2026-11-23", "busy")],
            "next: today, Mon 23 Nov, by Mon 23 Nov at the latest (discharged",
        ),
        # Two timely attempts are documented, and trying goes on after the limit
        (
            [stay("2026-11-19"), contact("2026-11-20", "busy"), contact("2026-11-23", "busy")],
            "next: Tue 24 Nov, past the limit of Mon 23 Nov (discharged",
        ),
        # After an emergency visit the next try is simply the next business day
        (
            [stay("2026-11-19", kind="emergency"), contact("2026-11-23", "busy")],
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
    ],
)
def test_absence_says_since_when_by_which_fact_and_what_changes_it(known, why):
    nothing = plan("2026-11-23", *known)
    assert nothing.items == ()
    assert explain.absence(nothing.standing, TODAY) == why
    assert explain.next_words(nothing, TODAY) == f"next: nothing. {why}"


@pytest.mark.parametrize(
    ("known", "fact"),
    [
        ([active("2026-11-02"), stay(None, admitted="2026-11-16")], "D1"),
        ([status("2026-11-02", "on_hold"), contact("2026-11-16", "in_facility")], "C1"),
    ],
)
def test_in_a_facility_there_is_a_weekly_check_and_a_word_for_all_else(known, fact):
    held = plan("2026-11-23", *known)
    assert [one.rule.id for one in held.items] == ["facility/check"]
    assert explain.absence(held.standing, TODAY) == (
        f"In a facility since Mon 16 Nov ({fact}); the next discharge or a two-way contact plans"
        " anew."
    )


def test_absence_has_a_word_for_an_active_patient_too():
    assert explain.absence(Standing(Status.ACTIVE), TODAY) == "Nothing is open."
    paused = Standing(Status.ACTIVE, hold=HELD)
    assert explain.absence(paused, TODAY) == "On hold until Mon 7 Dec."


# Trace


def test_the_trace_of_a_discharge_goes_from_the_fact_to_the_result():
    assert steps(AFTER) == [
        ("fact", "discharged Fri 20 Nov 2026 (D1)"),
        (
            "rule",
            "transition/contact: contact within 2 business days"
            " (target 1 business day, limit 2 business days; must)",
        ),
        ("source", PROTOCOLS.by_trigger["discharge"][0].rules[0].source),
        ("version", f"{PROTOCOLS.version} (built-in)"),
        ("notice", "the period ends on Sat 19 Dec 2026"),  # day 29
        ("target", "Mon 23 Nov 2026"),
        ("limit", "Tue 24 Nov 2026"),
        ("result", "Mon 23 Nov 2026: today"),
        (
            "changes",
            "a two-way contact with patient or caregiver completes it; closing the patient or a"
            " stay in a facility ends it",
        ),
    ]


def test_the_tier_is_a_step_only_where_it_changed_the_rule():
    known = [active("2026-11-02"), tier("2026-11-02", "low"), contact("2026-11-10")]
    home = stay("2026-11-13")
    reached = [contact("2026-11-16")]
    raised = "in transition after a discharge"
    # In transition everybody is high; the visit within 14 days is that of moderate risk
    visit = dict(tracing.trace_steps(found("transition/visit_moderate", *known, home), TODAY))
    assert not {"tier", "risk"} & set(visit)
    high = found(
        "transition/visit_high",
        *known,
        home,
        *reached,
        scores=[ScoreFact(DAY("2026-11-14"), 1, 12)],
    )
    assert dict(tracing.trace_steps(high, TODAY))["risk"] == "high: LACE 12"
    by_hand = found("transition/visit_high", active("2026-11-02"), tier("2026-11-02", "high"), home)
    assert dict(tracing.trace_steps(by_hand, TODAY))["risk"] == "high: high tier"
    # An emergency visit raises nothing by itself, four of them do: every 7 days instead of 28
    visits = [stay(f"2026-0{month}-01", kind="emergency") for month in (6, 7, 8, 9)]
    often = found("routine/high", active("2026-10-05"), tier("2026-10-05", "low"), *visits)
    assert explain.reason(often, TODAY).startswith("every 7 days (4 ED visits within 365 days), ")
    assert dict(tracing.trace_steps(often, TODAY))["tier"] == (
        "high instead of the one that was set: 4 ED visits within 365 days"
    )
    assert raised not in explain.reason(found("routine/low", *known), TODAY)


def test_a_date_of_the_raised_tier_stays_when_the_tier_has_sunk_again_and_says_why():
    # Reached on 1 October, out on the 5th: every 7 days gave Thursday 8 October. The transition
    # ended with 4 November, and what was due then is due still.
    known = [active("2026-09-01"), contact("2026-10-01"), stay("2026-10-05", kind="partial")]
    waived = [
        DecisionFact(n, DAY("2026-10-06"), "waive", None, "transition/calls", day)
        for n, day in enumerate(map(DAY, ("2026-10-12", "2026-10-19", "2026-10-26", "2026-11-04")))
    ]
    one = found("routine/high", *known, decisions=waived)
    assert (one.raised_by, one.chosen_by) == ("", "in transition after a discharge")
    assert str(one.target) == "2026-10-08"
    assert explain.reason(one, TODAY).startswith("every 7 days (in transition after a discharge), ")


def test_a_day_off_is_passed_over_and_what_she_said_of_it_is_masked():
    away = FEDERAL._replace(days_off={DAY("2026-11-23"): f"your day off ({NOTE})"})
    (routine,) = schedule.plan(facts(active("2026-11-09")), PROTOCOLS, away, TODAY).items
    said = dict(tracing.trace_steps(routine, TODAY))["shift"]
    assert said == (f"Mon 23 Nov 2026 → Tue 24 Nov 2026: Mon 23 Nov 2026 is your day off ({NOTE})")
    assert NOTE not in str(tracing.trace_steps(routine, TODAY, mask=True))


def test_the_trace_tells_each_shift_with_the_days_passed_over():
    enrolled = item(active("2026-12-11"), today="2026-12-11")  # Christmas, a Friday, is day 14
    traced = dict(tracing.trace_steps(enrolled, DAY("2026-12-11")))
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
        "the period ends on Fri 11 Dec 2026",
    ]


@pytest.mark.parametrize(
    ("tries", "text"),
    [
        (
            [contact("2026-11-23", "busy")],
            "1 attempt, the last Mon 23 Nov 2026, 1 of them timely;",
        ),
        (
            [contact("2026-11-21", "busy"), contact("2026-11-23", "no_answer")],
            "2 attempts, the last Mon 23 Nov 2026, 2 of them timely (documented; trying goes on);"
            " try by another way than phone;",
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
