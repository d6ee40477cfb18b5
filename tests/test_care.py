"""The built-in care protocols, one worked example after the other: what is due, when, until when.

Every date is worked by hand from rulebook 2, 4, 5 and 7. Days of 2026 that many of them count from:
Friday 6 March (no holiday near it; 9 March is the Monday after), Thursday 30 April.
"""

import pytest
from patient_facts import (
    DAY,
    FEDERAL,
    PROTOCOLS,
    accept,
    active,
    appointment,
    condition,
    contact,
    decline,
    defer,
    facts,
    hold,
    lift,
    not_suitable,
    plan,
    referral,
    status,
    stay,
    take_back,
    tier,
    waive,
)

from caretool import schedule
from caretool.model import State, Strength
from caretool.rule_files import load_protocols

FRIDAY = "2026-03-06"
THURSDAY = "2026-04-30"


def rules(today, *known):
    """The open items by the rule that made them."""
    return {item.rule.id: item for item in plan(today, *known).items}


def dates_of(rule, today, *known):
    """Target and limit of the item of that rule; None when it is not open."""
    found = rules(today, *known).get(rule)
    return found and (str(found.target), str(found.limit))


def is_open(rule, today, *known):
    return rule in rules(today, *known)


def state_of(rule, today, *known):
    item = rules(today, *known)[rule]
    return schedule.state(item.target, item.limit, DAY(today))


def moves(item):
    return [(move.why, str(move.before), str(move.after)) for move in item.trace.moves]


def visit(on, *topics, **more):
    return contact(on, "visit_done", by="clinic", topics=topics, **more)


RECONCILED = "medication_reconciliation"

# Transition of care: rulebook 2.1, the whole table
# discharge, business day 1, business day 2, day 7, day 14, last day of the period

TABLE = [
    ("2026-03-09", "2026-03-10", "2026-03-11", "2026-03-16", "2026-03-23", "2026-04-07"),
    ("2026-03-06", "2026-03-09", "2026-03-10", "2026-03-13", "2026-03-20", "2026-04-04"),
    ("2026-03-07", "2026-03-09", "2026-03-10", "2026-03-14", "2026-03-21", "2026-04-05"),
    ("2026-03-08", "2026-03-09", "2026-03-10", "2026-03-15", "2026-03-22", "2026-04-06"),
    ("2025-08-29", "2025-09-02", "2025-09-03", "2025-09-05", "2025-09-12", "2025-09-27"),
    ("2025-11-26", "2025-11-28", "2025-12-01", "2025-12-03", "2025-12-10", "2025-12-25"),
    ("2026-01-16", "2026-01-20", "2026-01-21", "2026-01-23", "2026-01-30", "2026-02-14"),
    ("2026-06-18", "2026-06-22", "2026-06-23", "2026-06-25", "2026-07-02", "2026-07-17"),
    ("2026-07-01", "2026-07-02", "2026-07-06", "2026-07-08", "2026-07-15", "2026-07-30"),
    ("2026-07-02", "2026-07-06", "2026-07-07", "2026-07-09", "2026-07-16", "2026-07-31"),
    ("2026-11-10", "2026-11-12", "2026-11-13", "2026-11-17", "2026-11-24", "2026-12-09"),
    ("2026-11-25", "2026-11-27", "2026-11-30", "2026-12-02", "2026-12-09", "2026-12-24"),
    ("2026-12-24", "2026-12-28", "2026-12-29", "2026-12-31", "2027-01-07", "2027-01-22"),
    ("2027-07-02", "2027-07-06", "2027-07-07", "2027-07-09", "2027-07-16", "2027-07-31"),
    ("2027-12-30", "2028-01-03", "2028-01-04", "2028-01-06", "2028-01-13", "2028-01-28"),
    ("2025-12-23", "2025-12-24", "2025-12-26", "2025-12-30", "2026-01-06", "2026-01-21"),
]


@pytest.mark.parametrize(("left", "first", "second", "day7", "day14", "ends"), TABLE)
def test_the_dates_after_a_discharge_are_those_of_the_rulebook(
    left, first, second, day7, day14, ends
):
    found = rules(left, stay(left))
    contact_item, visit_item = found["transition/contact"], found["transition/visit_moderate"]
    assert (str(contact_item.target), str(contact_item.limit)) == (first, second)
    assert str(visit_item.limit) == day14
    assert "transition/visit_high" not in found
    assert str(contact_item.start.period_end) == ends
    high = rules(left, stay(left), tier(left, "high"))
    assert str(high["transition/visit_high"].limit) == day7
    assert "transition/visit_moderate" not in high
    assert {high[rule].rule.strength for rule in high if rule.startswith("transition/v")} == {
        Strength.MUST
    }


@pytest.mark.parametrize(
    ("left", "high", "moderate"),
    [
        ("2026-03-06", "2026-03-11", "2026-03-13"),  # Friday: Wednesday, Friday
        ("2026-03-09", "2026-03-13", "2026-03-16"),  # Monday: Saturday 14 → Friday; Monday
        ("2026-03-07", "2026-03-12", "2026-03-13"),  # Saturday: Thursday; Saturday 14 → Friday
        ("2026-11-19", "2026-11-24", "2026-11-25"),  # Thursday 26 is Thanksgiving → Wednesday
        ("2026-12-24", "2026-12-29", "2026-12-31"),  # Thursday: Tuesday, Thursday
    ],
)
def test_the_visit_is_aimed_at_day_5_or_7_and_before_a_weekend_or_holiday(left, high, moderate):
    assert dates_of("transition/visit_high", left, stay(left), tier(left, "high"))[0] == high
    assert dates_of("transition/visit_moderate", left, stay(left))[0] == moderate


QUALIFYING = ["inpatient", "observation", "snf", "rehab", "ltch", "psychiatric", "partial"]


@pytest.mark.parametrize("kind", [*QUALIFYING, "unknown"])
def test_a_stay_of_this_kind_starts_the_transition(kind):
    assert is_open("transition/contact", FRIDAY, stay(FRIDAY, kind=kind))


def test_what_the_list_leaves_open_is_told():
    def unclear(*left, **more):
        return rules(FRIDAY, stay(FRIDAY, *left, **more))["transition/contact"].start.unclear

    assert unclear() is None
    assert unclear(kind="unknown") == "kind of stay unknown"
    assert unclear(None) == "disposition unknown"
    assert unclear(None, kind="unknown") == "disposition unknown, kind of stay unknown"
    assert unclear("04") == "custodial or supportive care"


def test_who_left_against_medical_advice_comes_first_and_nobody_else():
    for code, first in (("07", True), ("01", False), ("04", False), (None, False)):
        assert rules(FRIDAY, stay(FRIDAY, code))["transition/contact"].start.first is first
    assert rules(FRIDAY, referral(FRIDAY))["referred/offer"].start.first is False


def test_an_emergency_visit_supersedes_no_stay():
    known = [stay(FRIDAY), ed("2026-03-08")]
    found = rules("2026-03-09", *known)
    assert found["transition/contact"].start.stay.stay_id == 1
    assert found["ed/call"].start.stay.stay_id == 2
    inside = stay(None, admitted="2026-03-08", kind="emergency")
    assert is_open("transition/contact", "2026-03-09", stay(FRIDAY), inside)


@pytest.mark.parametrize("kind", ["emergency", "ambulatory"])
def test_a_visit_of_this_kind_starts_no_transition(kind):
    assert not any(
        rule.startswith(("transition/", "windows/"))
        for rule in rules(FRIDAY, stay(FRIDAY, kind=kind, dx="I50.9"))
    )


# Rulebook 2, the table of dispositions: called; called and flagged; held; never; no discharge
WENT = {
    "yes": ["01", "06", "81", "86"],
    "review": ["04", "84", "64", "92", "07"],
    "hold": [
        *("03", "61", "62", "63", "65", "66", "02", "05", "43", "70", "82", "83", "85", "88"),
        *("89", "90", "91", "93", "94", "95", "50", "51", "21", "87"),
    ],
    "never": ["20", "40", "41", "42"],
    "ignore": ["09", "30"],
    "unknown": [None, "", "99"],
}
OF_CODES = [(code, meaning) for meaning, codes in WENT.items() for code in codes]


@pytest.mark.parametrize(("code", "meaning"), OF_CODES)
def test_where_the_patient_went_decides(code, meaning):
    assert PROTOCOLS.disposition_meaning(code) == meaning
    found = plan("2026-03-09", active("2026-01-05"), stay(FRIDAY, code))
    open_rules = {item.rule.id for item in found.items}
    called = "transition/contact" in open_rules
    assert called == (meaning in {"yes", "review", "unknown"})
    assert (open_rules == {"facility/check"}) == (meaning == "hold")
    assert (found.items == ()) == (meaning == "never")
    assert ("routine/moderate" in open_rules) == (meaning == "ignore")


def test_every_code_of_the_file_is_in_that_table():
    assert set(PROTOCOLS.dispositions) - {"69"} == {code for code, _ in OF_CODES if code} - {"99"}


# What completes the parts of a transition


@pytest.mark.parametrize(
    "made",
    [
        contact("2026-03-09"),
        contact("2026-03-09", "reached_caregiver"),
        contact("2026-03-09", "portal_replied", by="portal"),
        contact("2026-03-09", inbound=True),
        visit("2026-03-09"),
        contact(FRIDAY),
    ],
)
def test_a_two_way_contact_or_a_visit_completes_the_contact(made):
    assert is_open("transition/contact", "2026-03-10", stay(FRIDAY))
    assert not is_open("transition/contact", "2026-03-10", stay(FRIDAY), made)


@pytest.mark.parametrize(
    ("at", "left_at", "counts"),
    [
        ("10:00", "10:00", True),
        ("10:01", "10:00", True),
        ("09:59", "10:00", False),  # before discharge nothing counts
        (None, "10:00", True),
        ("09:59", None, True),
    ],
)
def test_on_the_day_of_discharge_the_hours_decide_where_they_are_known(at, left_at, counts):
    known = [stay(FRIDAY, at=left_at), contact(FRIDAY, at=at)]
    assert is_open("transition/contact", FRIDAY, *known) is not counts


def test_a_contact_past_the_limit_completes_it_all_the_same_and_is_late_until_then():
    assert state_of("transition/contact", "2026-03-10", stay(FRIDAY)) == State.OVERDUE
    assert state_of("transition/contact", "2026-03-11", stay(FRIDAY)) == State.LATE_OPEN
    late = [stay(FRIDAY), contact("2026-03-12")]
    assert is_open("transition/contact", "2026-03-11", *late)
    assert not is_open("transition/contact", "2026-03-12", *late)


@pytest.mark.parametrize("rule", ["visit_moderate", "visit_high"])
def test_only_a_visit_completes_the_visit(rule):
    known = [stay(FRIDAY), tier(FRIDAY, "high" if rule == "visit_high" else "moderate")]
    talked = contact("2026-03-09")
    assert is_open(f"transition/{rule}", "2026-03-10", *known, talked)
    missed = contact("2026-03-11", "visit_missed", by="clinic")
    assert is_open(f"transition/{rule}", "2026-03-12", *known, talked, missed)
    for by in ("clinic", "home", "video"):
        seen = contact("2026-03-11", "visit_done", by=by)
        assert not is_open(f"transition/{rule}", "2026-03-12", *known, talked, seen)


def test_a_visit_before_the_discharge_is_not_the_visit_after_it():
    assert is_open("transition/visit_moderate", FRIDAY, visit("2026-03-05"), stay(FRIDAY))


# Medication reconciliation: no later than the visit, and within 30 days


def test_the_reconciliation_is_due_by_the_last_day_of_the_visit():
    item = rules(FRIDAY, stay(FRIDAY))["transition/reconciliation"]
    assert (str(item.target), str(item.limit)) == ("2026-03-13", "2026-03-20")
    assert str(item.trace.limit_moved) == "2026-04-05"  # day 30
    high = rules(FRIDAY, stay(FRIDAY), tier(FRIDAY, "high"))["transition/reconciliation"]
    assert (str(high.target), str(high.limit)) == ("2026-03-13", "2026-03-13")


def test_the_reconciliation_is_due_on_the_day_of_an_early_visit():
    known = [stay(FRIDAY), visit("2026-03-10")]
    item = rules("2026-03-10", *known)["transition/reconciliation"]
    assert (str(item.target), str(item.limit)) == ("2026-03-10", "2026-03-10")
    assert moves(item) == [("no later", "2026-03-13", "2026-03-10")]
    assert state_of("transition/reconciliation", "2026-03-10", *known) == State.DUE
    assert state_of("transition/reconciliation", "2026-03-11", *known) == State.LATE_OPEN


def test_a_visit_on_the_day_that_was_aimed_at_moves_nothing():
    known = [stay(FRIDAY), visit("2026-03-13")]
    item = rules("2026-03-13", *known)["transition/reconciliation"]
    assert (str(item.target), str(item.limit), moves(item)) == ("2026-03-13", "2026-03-13", [])


def test_a_late_visit_does_not_make_the_reconciliation_later():
    # the visit on day 17, the limit of the visit is day 14, that of the reconciliation day 30
    known = [stay(FRIDAY), visit("2026-03-23")]
    assert dates_of("transition/reconciliation", "2026-03-23", *known) == (
        "2026-03-13",
        "2026-03-23",
    )


def test_where_the_visit_is_waived_the_reconciliation_has_its_30_days():
    known = [stay(FRIDAY), waive("2026-03-09", "transition/visit_moderate", "2026-03-13")]
    item = rules("2026-03-09", *known)["transition/reconciliation"]
    assert (str(item.target), str(item.limit)) == ("2026-03-13", "2026-04-05")
    assert item.trace.limit_moved is None


@pytest.mark.parametrize("on", [FRIDAY, "2026-03-09", "2026-04-10"])
def test_a_contact_with_that_topic_completes_both_reconciliations(on):
    known = [stay(FRIDAY), contact(on, topics=[RECONCILED])]
    assert {"transition/reconciliation", "windows/reconciliation"}.isdisjoint(rules(on, *known))
    other = [stay(FRIDAY), contact(on, topics=["diet"])]
    assert {"transition/reconciliation", "windows/reconciliation"} <= rules(on, *other).keys()


# Calls on days 7, 14, 21 and 30

CALLS = "transition/calls"


def calls(today, *made):
    return dates_of(CALLS, today, stay(FRIDAY), *(contact(on) for on in made))


def test_the_calls_are_due_on_days_7_14_21_and_30():
    # Fridays 13, 20, 27 March; day 30 is Sunday 5 April, so Monday 6
    assert calls(FRIDAY) == ("2026-03-13", "None")
    assert calls("2026-03-13", "2026-03-13") == ("2026-03-20", "None")
    assert calls("2026-03-20", "2026-03-13", "2026-03-20") == ("2026-03-27", "None")
    assert calls("2026-03-27", "2026-03-27") == ("2026-04-06", "None")
    assert calls("2026-04-06", "2026-04-06") is None


@pytest.mark.parametrize(
    ("on", "next_call"),
    [
        ("2026-03-09", "2026-03-13"),  # day 3: too early for day 7
        ("2026-03-10", "2026-03-20"),  # day 4: three days early serves
        ("2026-03-16", "2026-03-20"),  # day 10: too early for day 14
        ("2026-03-17", "2026-03-27"),  # day 11
        ("2026-03-23", "2026-03-27"),  # day 17: too early for day 21
        ("2026-03-24", "2026-04-06"),  # day 18
        ("2026-04-01", "2026-04-06"),  # day 26: too early for day 30
        ("2026-04-02", None),  # day 27
    ],
)
def test_a_call_up_to_three_days_early_serves(on, next_call):
    found = calls(on, on)
    assert (found and found[0]) == next_call


def test_a_late_call_stands_for_all_before_it_and_nothing_is_replayed():
    # nobody was reached until day 15: days 7 and 14 are done with it
    assert calls("2026-03-20")[0] == "2026-03-13"
    assert calls("2026-03-21", "2026-03-21")[0] == "2026-03-27"


def test_while_calls_are_open_there_is_no_routine_and_afterwards_it_counts_from_the_last():
    known = [active("2026-01-05"), tier("2026-01-05", "low"), stay(FRIDAY)]
    made = [contact("2026-03-13"), contact("2026-03-20"), contact("2026-03-27")]
    assert "routine/low" not in rules("2026-03-27", *known, *made)
    # after day 30 the raised tier (until day 30, Sunday 5 April) no longer gives an earlier date
    last = contact("2026-04-06")
    assert dates_of("routine/low", "2026-04-06", *known, *made, last) == ("2026-05-04", "None")


# A second discharge, and lists that arrive late


@pytest.mark.parametrize(
    ("admitted", "left", "told"),
    [
        ("2026-03-15", "2026-04-05", 1),  # day 30 after the first discharge
        ("2026-03-15", "2026-04-06", None),  # day 31
        ("2026-03-08", "2026-03-12", 1),  # two days apart: a readmission
        ("2026-03-07", "2026-03-12", None),  # one day apart: a transfer, one episode
        (None, "2026-03-12", 1),
    ],
)
def test_a_second_discharge_within_30_days_is_told_beside_its_own_dates(admitted, left, told):
    known = [stay(FRIDAY, admitted="2026-03-02"), stay(left, admitted=admitted)]
    found = rules(left, *known)
    earlier = found["transition/contact"].start.earlier
    assert (earlier and earlier.stay_id) == told
    assert {item.start.stay.stay_id for item in found.values()} == {2}


@pytest.mark.parametrize(
    "first", [stay(FRIDAY, "03"), stay(FRIDAY, "09"), stay(FRIDAY, kind="emergency")]
)
def test_what_started_no_transition_is_no_first_discharge(first):
    item = rules("2026-03-20", first, stay("2026-03-20", admitted="2026-03-15"))[
        "transition/contact"
    ]
    assert item.start.earlier is None


def test_of_three_discharges_the_one_before_is_told():
    known = [
        stay(FRIDAY),
        stay("2026-03-12", admitted="2026-03-10"),
        stay("2026-03-20", admitted="2026-03-16"),
    ]
    item = rules("2026-03-20", *known)["transition/contact"]
    assert (item.start.stay.stay_id, item.start.earlier.stay_id) == (3, 2)


def test_the_period_of_a_second_discharge_is_its_own():
    known = [stay(FRIDAY), stay("2026-03-20", admitted="2026-03-15")]
    item = rules("2026-03-20", *known)["transition/contact"]
    assert str(item.start.period_end) == "2026-04-18"  # 20 March is day 1, 18 April day 30


@pytest.mark.parametrize(
    ("arrived", "late"), [(FRIDAY, None), ("2026-03-10", None), ("2026-03-11", "2026-03-11")]
)
def test_a_list_that_arrives_after_the_limit_is_told_and_moves_no_date(arrived, late):
    item = rules("2026-03-12", stay(FRIDAY, arrived=arrived))["transition/contact"]
    assert (item.arrived_late_on and str(item.arrived_late_on)) == late
    assert (str(item.target), str(item.limit)) == ("2026-03-09", "2026-03-10")


@pytest.mark.parametrize(
    ("arrived", "is_work"), [("2026-04-05", True), ("2026-04-06", False)]
)  # day 30, day 31
def test_a_stay_first_heard_of_after_30_days_is_history_and_no_work(arrived, is_work):
    known = stay(FRIDAY, arrived=arrived, dx="I50.9")
    assert bool(plan("2026-04-07", known).items) is is_work


# The windows of 30 days of trap 6, each under its own name


def test_three_windows_of_thirty_days_end_on_three_days():
    # rulebook 4: TRC_3 7 March to Sunday 5 April; TRC_4 6 March to 5 April; the period 4 April
    found = rules(FRIDAY, stay(FRIDAY))
    assert str(found["windows/engagement"].limit) == "2026-04-05"
    assert str(found["windows/reconciliation"].limit) == "2026-04-05"
    assert str(found["transition/contact"].start.period_end) == "2026-04-04"
    # both aim at day 23, Sunday 29 March, and so at the Friday before
    assert {str(found[f"windows/{name}"].target) for name in ("engagement", "reconciliation")} == {
        "2026-03-27"
    }


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        ("2026-03-05", False),
        (FRIDAY, False),  # the discharge date does not count
        ("2026-03-07", True),
        ("2026-04-05", True),
    ],
)
def test_the_engagement_visit_counts_from_the_day_after_the_discharge(on, counts):
    assert is_open("windows/engagement", "2026-04-05", stay(FRIDAY), visit(on)) is not counts
    assert not is_open("windows/engagement", "2026-04-05", stay(FRIDAY), visit("2026-03-10"))


def test_an_engagement_visit_that_did_not_come_about_stays_open_past_the_limit():
    assert state_of("windows/engagement", "2026-04-05", stay(FRIDAY)) == State.OVERDUE
    assert state_of("windows/engagement", "2026-04-06", stay(FRIDAY)) == State.LATE_OPEN
    assert state_of("windows/engagement", "2027-03-06", stay(FRIDAY)) == State.LATE_OPEN


@pytest.mark.parametrize(("on", "counts"), [("2026-03-05", False), (FRIDAY, True)])
def test_the_reconciliation_counts_from_the_discharge_date_on(on, counts):
    known = [stay(FRIDAY), contact(on, topics=[RECONCILED])]
    assert is_open("windows/reconciliation", "2026-03-09", *known) is not counts


# Psychiatric discharge: 7 and 30 days, day 0 does not count

PSYCHIATRIC = stay(FRIDAY, kind="psychiatric")


def test_after_a_psychiatric_stay_visits_are_due_within_7_and_30_days():
    # target of the first: day 5, Wednesday 11 March; of the second: day 23, Sunday → Friday 27
    assert dates_of("psychiatric/seven_days", FRIDAY, PSYCHIATRIC) == ("2026-03-11", "2026-03-13")
    assert dates_of("psychiatric/thirty_days", FRIDAY, PSYCHIATRIC) == ("2026-03-27", "2026-04-05")


@pytest.mark.parametrize("rule", ["psychiatric/seven_days", "psychiatric/thirty_days"])
def test_the_day_of_a_psychiatric_discharge_never_counts(rule):
    for on, counts in ((FRIDAY, False), ("2026-03-07", True), ("2026-03-13", True)):
        seen = visit(on, "mental_health")
        assert is_open(rule, "2026-03-13", PSYCHIATRIC, seen) is not counts
    assert is_open(rule, "2026-03-13", PSYCHIATRIC, visit("2026-03-09"))
    assert is_open(rule, "2026-03-13", PSYCHIATRIC, contact("2026-03-09", topics=["mental_health"]))


@pytest.mark.parametrize(
    ("known", "follows"),
    [
        (stay(FRIDAY, dx="F32.9"), True),
        (stay(FRIDAY, dx="F20.0, I10"), True),
        (stay(FRIDAY, dx="I10; F20.0"), False),  # not the principal diagnosis
        (stay(FRIDAY, dx="bipolar disorder"), True),
        (stay(FRIDAY, dx="J18.9"), False),
        (stay(FRIDAY), False),
        (stay(FRIDAY, dx="F32.9", kind="unknown"), True),
        (stay(FRIDAY, dx="F32.9", kind="observation"), False),
        (stay(FRIDAY, "65", dx="F32.9"), False),  # on to a psychiatric unit: still inside
        (stay(FRIDAY, "07", kind="psychiatric"), True),
    ],
)
def test_a_psychiatric_stay_is_one_by_its_kind_or_its_principal_diagnosis(known, follows):
    assert is_open("psychiatric/seven_days", FRIDAY, known) is follows


# Emergency visit without admission; Thursday 30 April 2026


def ed(on=THURSDAY, **more):
    return stay(on, kind="emergency", admitted=more.pop("admitted", on), **more)


def test_after_an_emergency_visit_a_call_is_due_within_two_business_days():
    # Friday 1 May, Monday 4 May
    found = rules(THURSDAY, ed())
    assert found.keys() == {"ed/call"}
    item = found["ed/call"]
    assert (str(item.target), str(item.limit)) == ("2026-05-01", "2026-05-04")
    assert (item.rule.strength, item.trace.fact) == (Strength.SHOULD, "emergency visit")
    assert not is_open("ed/call", "2026-05-01", ed(), contact("2026-05-01"))


@pytest.mark.parametrize(
    ("admitted", "call", "follow_up"),
    [
        (THURSDAY, False, False),
        ("2026-05-01", False, False),  # the next day: the visit led to the stay
        ("2026-05-02", True, False),
        ("2026-05-07", True, False),  # within 7 days: excluded from the follow-up
        ("2026-05-08", True, True),
    ],
)
def test_an_emergency_visit_that_led_to_a_stay_is_none(admitted, call, follow_up):
    known = [ed(), condition("copd"), condition("ckd"), stay("2026-05-10", admitted=admitted)]
    found = rules("2026-05-10", *known)
    assert ("ed/call" in found) is call
    assert ("ed_chronic/visit" in found) is follow_up
    assert "transition/contact" in found


@pytest.mark.parametrize("code", ["02", "03", "09", "20", "65"])
def test_an_emergency_visit_that_did_not_end_at_home_starts_nothing(code):
    assert not any(rule.startswith("ed") for rule in rules(THURSDAY, ed(to=code)))


def test_who_was_sent_on_from_there_and_is_home_again_has_no_emergency_call():
    known = [active("2026-01-05"), ed(to="02"), active("2026-05-04")]
    assert rules("2026-05-04", *known).keys() == {ROUTINE}


@pytest.mark.parametrize(
    ("on_file", "is_due"),
    [
        (["copd", "ckd"], True),
        (["heart_failure", "depression"], True),
        (["copd", "asthma"], False),  # one group
        (["copd", "asthma", "ami"], True),
        (["diabetes", "hypertension"], False),
        (["diabetes", "ckd"], False),
        (["hypertension", "stroke"], False),
        (["dementia"], False),
        (["cancer", "sepsis", "pneumonia"], False),
    ],
)
def test_a_visit_is_due_with_two_of_the_eight_groups(on_file, is_due):
    known = [ed(), *map(condition, on_file)]
    # day 5 is Tuesday 5 May; 30 April to 7 May are the 8 days
    expected = ("2026-05-05", "2026-05-07") if is_due else None
    assert dates_of("ed_chronic/visit", THURSDAY, *known) == expected


def test_what_earlier_stays_say_counts_among_the_groups_and_what_this_visit_says_does_not():
    earlier = stay("2026-01-09", dx="I50.9, J44.9")
    assert is_open("ed_chronic/visit", THURSDAY, earlier, ed())
    assert not is_open("ed_chronic/visit", THURSDAY, ed(dx="I50.9, J44.9"))
    assert not is_open("ed_chronic/visit", THURSDAY, condition("ckd"), ed(dx="I50.9"))


@pytest.mark.parametrize("on", [THURSDAY, "2026-05-07"])
def test_the_visit_after_an_emergency_counts_from_the_same_day_on(on):
    known = [ed(), condition("copd"), condition("ckd"), visit(on)]
    assert not is_open("ed_chronic/visit", "2026-05-07", *known)


def test_the_ninth_day_is_past_the_limit():
    known = [ed(), condition("copd"), condition("ckd")]
    assert state_of("ed_chronic/visit", "2026-05-07", *known) == State.OVERDUE
    assert state_of("ed_chronic/visit", "2026-05-08", *known) == State.LATE_OPEN


@pytest.mark.parametrize(
    ("dx", "protocol", "topic"),
    [
        ("F20.9", "ed_psychiatric", "mental_health"),
        ("suicidal ideation", "ed_psychiatric", "mental_health"),
        ("F10.20", "ed_substance", "substance_use"),
        ("T40.2X1A", "ed_substance", "substance_use"),
    ],
)
def test_psychiatric_and_substance_visits_are_followed_within_7_and_30_days(dx, protocol, topic):
    # day 5 Tuesday 5 May, day 7 Thursday 7 May; day 23 Saturday 23 → Friday 22 May, day 30 the 30th
    known = ed(dx=dx)
    assert dates_of(f"{protocol}/seven_days", THURSDAY, known) == ("2026-05-05", "2026-05-07")
    assert dates_of(f"{protocol}/thirty_days", THURSDAY, known) == ("2026-05-22", "2026-05-30")
    for name in ("seven_days", "thirty_days"):
        rule = f"{protocol}/{name}"
        assert not is_open(rule, THURSDAY, known, visit(THURSDAY, topic)), "the same day counts"
        assert is_open(rule, "2026-05-04", known, visit("2026-05-04", "diet"))


@pytest.mark.parametrize("dx", [None, "J18.9", "F17.210", "J18.9, F20.9"])
def test_other_emergency_visits_are_not(dx):
    found = rules(THURSDAY, ed(dx=dx))
    assert not {"ed_psychiatric", "ed_substance"} & {rule.partition("/")[0] for rule in found}


def test_a_later_emergency_visit_for_something_else_does_not_end_that_follow_up():
    # Friday 8 May: an ankle
    known = [ed(dx="F20.9"), ed("2026-05-08", dx="S93.401A")]
    found = rules("2026-05-08", *known)
    assert found["ed_psychiatric/thirty_days"].start.stay.stay_id == 1
    assert found["ed/call"].start.stay.stay_id == 2
    again = [*known, ed("2026-05-15", dx="F31.9")]
    assert rules("2026-05-15", *again)["ed_psychiatric/thirty_days"].start.stay.stay_id == 3


def test_an_overdose_by_intent_may_be_both():
    found = rules(THURSDAY, ed(dx="suicide attempt, opioid overdose"))
    assert {"ed_psychiatric/seven_days", "ed_substance/seven_days"} <= found.keys()


# Heart failure


@pytest.mark.parametrize(
    ("known", "is_due"),
    [
        ([stay(FRIDAY, dx="I50.9")], True),
        ([stay(FRIDAY, dx="CHF exacerbation")], True),
        ([stay(FRIDAY), condition("heart_failure")], True),  # the list says no diagnosis
        ([stay(FRIDAY, dx="  "), condition("heart_failure")], True),
        ([stay(FRIDAY, dx="S72.001A"), condition("heart_failure")], False),
        ([stay(FRIDAY, dx="N17.9, I50.9")], False),  # not the principal diagnosis
        ([stay(FRIDAY), condition("copd")], False),
        ([stay(FRIDAY, dx="I50.9", kind="emergency")], False),
        ([stay(FRIDAY, "03", dx="I50.9")], False),
    ],
)
def test_after_heart_failure_a_visit_is_due_within_7_days(known, is_due):
    # day 5 is Wednesday 11 March, day 7 Friday 13
    expected = ("2026-03-11", "2026-03-13") if is_due else None
    assert dates_of("heart_failure/visit", FRIDAY, *known) == expected
    assert not is_open("heart_failure/visit", "2026-03-10", *known, visit("2026-03-10"))


# Depression, and rules that wait for a measure


def test_with_depression_a_contact_is_due_in_the_first_four_weeks():
    # Monday 2 March: two weeks are Monday 16, four are Monday 30
    known = [active("2026-03-02"), condition("depression")]
    rule = "depression/first_weeks"
    assert dates_of(rule, "2026-03-02", *known) == ("2026-03-16", "2026-03-30")
    assert not is_open(rule, "2026-03-10", *known, contact("2026-03-10"))
    assert state_of(rule, "2026-03-30", *known) == State.OVERDUE
    assert state_of(rule, "2026-03-31", *known) == State.LATE_OPEN


def test_a_depression_that_is_found_later_counts_from_its_day():
    known = [active("2026-01-05"), contact("2026-01-12"), condition("depression", "2026-03-02")]
    assert dates_of("depression/first_weeks", "2026-03-02", *known) == ("2026-03-16", "2026-03-30")
    assert not is_open("depression/first_weeks", "2026-03-01", *known)
    # nor is it seen before its day where there is more to be seen
    assert is_open("depression/first_weeks", "2026-03-02", *known, stay("2026-02-27"))
    assert not is_open("depression/first_weeks", "2026-03-01", *known, stay("2026-02-27"))


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ("2026-03-03", "depression on file since"),
        ("2026-03-02", "under care management with depression since"),
        ("2020-01-01", "under care management with depression since"),
    ],
)
def test_the_trace_says_what_the_first_weeks_are_counted_from(noted, words):
    known = [active("2026-03-02"), condition("depression", noted)]
    assert rules("2026-03-03", *known)["depression/first_weeks"].trace.fact == words


def test_of_a_condition_that_was_noted_twice_the_first_time_counts():
    twice = [condition("depression", "2026-03-09"), condition("depression", "2026-03-04")]
    found = dates_of("depression/first_weeks", "2026-03-09", active("2026-03-02"), *twice)
    assert found == ("2026-03-18", "2026-04-01")


def test_a_contact_on_the_day_of_enrolment_counts_in_the_first_weeks():
    known = [active("2026-03-02"), condition("depression"), contact("2026-03-02")]
    assert rules("2026-03-02", *known).keys() == {"routine/moderate"}
    assert rules("2026-03-02", *known)["routine/moderate"].trace.fact_id == "C1"


def test_the_target_with_depression_moves_past_a_holiday():
    # Thursday 12 November and two weeks: Thanksgiving
    known = [active("2026-11-12"), condition("depression")]
    assert dates_of("depression/first_weeks", "2026-11-12", *known) == ("2026-11-27", "2026-12-10")


def test_depression_alone_starts_nothing_for_the_roster():
    assert plan("2026-03-02", condition("depression")).items == ()
    assert plan("2026-03-02", status("2026-03-02", "on_hold"), condition("depression")).items == ()


def test_rules_that_wait_for_a_measure_make_nothing():
    asleep = {rule.id for rule in PROTOCOLS.rules if rule.needs}
    assert asleep == {"depression/consultation", "hypertension/monthly", "diabetes/quarterly"}
    known = [active("2025-03-03"), *map(condition, ("depression", "hypertension", "diabetes"))]
    assert rules("2026-03-02", *known).keys() == {"routine/moderate", "depression/first_weeks"}


# Candidates: who is offered care management

OFFER = "candidate/offer"


@pytest.mark.parametrize(
    ("known", "is_offered"),
    [
        ([stay(FRIDAY, dx="I50.9")], True),
        ([stay(FRIDAY, dx="COPD exacerbation")], True),
        ([stay(FRIDAY, dx="S72.001A, E11.9")], True),  # any of them, not only the principal one
        ([stay(FRIDAY), condition("diabetes")], True),
        ([stay(FRIDAY, dx="F32.9", kind="emergency")], True),
        ([stay(FRIDAY, dx="I50.9", kind="ambulatory")], False),
        ([stay(FRIDAY, dx="I10"), condition("hypertension")], False),
        ([stay(FRIDAY, dx="S72.001A")], False),
        ([stay(FRIDAY)], False),
        ([stay(FRIDAY, "03", dx="I50.9")], False),  # in a nursing facility: at its discharge
        ([stay(FRIDAY, "09", dx="I50.9")], False),
        ([stay(None, admitted=FRIDAY, dx="I50.9")], False),
        ([active("2026-01-05"), stay(FRIDAY, dx="I50.9")], False),  # already under care
        ([condition("heart_failure")], False),  # no event
    ],
)
def test_an_event_with_a_target_condition_becomes_an_offer_within_two_business_days(
    known, is_offered
):
    # Monday 9 and Tuesday 10 March
    found = rules(FRIDAY, *known)
    assert (OFFER in found) is is_offered
    if is_offered:
        assert found[OFFER].rule.strength == Strength.MUST
        assert dates_of(OFFER, FRIDAY, *known) == ("2026-03-09", "2026-03-10")


@pytest.mark.parametrize("answer", [accept, decline, not_suitable])
def test_an_answer_completes_the_offer_and_is_remembered(answer):
    known = [stay(FRIDAY, dx="I50.9")]
    for on in (FRIDAY, "2026-03-09", "2026-03-20"):
        assert not is_open(OFFER, on, *known, answer(on))
        assert not is_open(OFFER, "2027-03-09", *known, answer(on))
    assert is_open(OFFER, "2026-03-08", *known, answer("2026-03-09"))


def test_a_contact_is_no_answer():
    assert is_open(OFFER, "2026-03-10", stay(FRIDAY, dx="I50.9"), contact("2026-03-09"))


def test_a_new_event_after_a_decline_offers_again():
    known = [stay(FRIDAY, dx="I50.9"), decline("2026-03-09")]
    again = stay("2026-05-15", dx="J44.1", kind="emergency")  # a Friday
    assert dates_of(OFFER, "2026-05-15", *known, again) == ("2026-05-18", "2026-05-19")
    assert rules("2026-05-15", *known, again)[OFFER].trace.fact == "emergency visit"


def test_whoever_is_not_suitable_is_not_offered_it_again():
    known = [stay(FRIDAY, dx="I50.9"), not_suitable("2026-03-09"), stay("2026-05-15", dx="I50.9")]
    assert not is_open(OFFER, "2026-05-15", *known)


def test_whoever_is_suitable_after_all_is_offered_it_at_the_next_event():
    known = [stay(FRIDAY, dx="I50.9"), not_suitable("2026-03-09"), decline("2026-03-10")]
    assert is_open(OFFER, "2026-05-15", *known, stay("2026-05-15", dx="I50.9"))


@pytest.mark.parametrize(
    ("since", "is_offered"),
    [
        ([status("2026-01-05", "roster")], True),
        ([status("2026-03-09", "roster")], True),  # a roster that came after the stay
        ([active("2026-01-05"), status("2026-03-09", "roster")], False),  # was under care then
        ([status("2026-01-05", "closed", "moved"), status("2026-03-09", "roster")], False),
        ([active("2026-01-05"), status("2026-03-02", "roster")], True),
    ],
)
def test_what_happened_under_care_management_needs_no_offer(since, is_offered):
    assert is_open(OFFER, "2026-03-09", *since, stay(FRIDAY, dx="I50.9")) is is_offered


def test_of_two_events_without_an_answer_the_first_is_the_one_that_waits():
    known = [stay("2026-03-20", dx="J44.1"), stay(FRIDAY, dx="I50.9")]
    item = rules("2026-03-20", *known)[OFFER]
    assert (item.start.stay.stay_id, str(item.limit)) == (2, "2026-03-10")


REFERRED = "referred/offer"


def test_a_referral_becomes_an_offer_within_five_business_days():
    # Friday 6 March: business day 2 is Tuesday 10, business day 5 Friday 13
    known = [referral(FRIDAY, "Dr Reed")]
    assert dates_of(REFERRED, FRIDAY, *known) == ("2026-03-10", "2026-03-13")
    item = rules(FRIDAY, *known)[REFERRED]
    assert (item.trace.fact, item.trace.fact_id, item.start.note) == ("referred", "F1", "Dr Reed")
    assert not is_open(REFERRED, FRIDAY, active("2026-01-05"), *known)


@pytest.mark.parametrize("answer", [accept, decline, not_suitable])
def test_a_referral_is_answered_once_and_another_one_asks_anew(answer):
    known = [referral(FRIDAY), answer("2026-03-09")]
    assert not is_open(REFERRED, "2026-03-09", *known)
    again = referral("2026-05-15")
    assert dates_of(REFERRED, "2026-05-15", *known, again) == ("2026-05-19", "2026-05-22")
    assert rules("2026-05-15", *known, again)[REFERRED].trace.fact_id == "F2"


def test_of_two_referrals_the_first_that_nobody_answered_counts():
    known = [referral(FRIDAY), referral("2026-03-09")]
    assert dates_of(REFERRED, "2026-03-09", *known) == ("2026-03-10", "2026-03-13")


# While in a facility: a weekly word and nothing else

CHECK = "facility/check"


def test_the_facility_is_asked_every_week():
    known = [active("2026-01-05"), condition("depression"), stay(FRIDAY, "03")]
    assert rules("2026-03-09", *known).keys() == {CHECK}
    assert dates_of(CHECK, "2026-03-09", *known) == ("2026-03-13", "None")
    word = contact("2026-03-12", "reached_other", party="facility")
    assert dates_of(CHECK, "2026-03-12", *known, word) == ("2026-03-19", "None")
    assert rules("2026-03-12", *known, word)[CHECK].trace.fact == "last done"
    # Saturday 14 March and 7 days are a Saturday, so Monday 23
    assert dates_of(CHECK, "2026-03-14", *known, word, contact("2026-03-14", by="facility")) == (
        "2026-03-23",
        "None",
    )


@pytest.mark.parametrize(
    ("made", "counts"),
    [
        (contact("2026-03-12", "reached_other", by="facility"), True),
        (contact("2026-03-12", "in_facility"), True),
        (contact("2026-03-12", by="facility"), True),  # with the patient, there
        (contact("2026-03-12", "no_answer", party="facility"), False),
        (contact("2026-03-12", "reached_other"), False),  # some provider
        (contact("2026-03-12", "letter_sent", by="letter"), False),
    ],
)
def test_word_from_the_facility_is_what_counts(made, counts):
    target = dates_of(CHECK, "2026-03-12", active("2026-01-05"), stay(FRIDAY, "03"), made)[0]
    assert target == ("2026-03-19" if counts else "2026-03-13")


def test_the_discharge_from_a_nursing_facility_starts_the_transition():
    # home from the nursing facility on Friday 20 March
    known = [stay(FRIDAY, "03"), stay("2026-03-20", kind="snf")]
    found = rules("2026-03-20", *known)
    assert CHECK not in found
    assert dates_of("transition/contact", "2026-03-20", *known) == ("2026-03-23", "2026-03-24")
    assert found["transition/contact"].start.stay.stay_id == 2


@pytest.mark.parametrize(
    ("arrived", "is_asked"), [(FRIDAY, True), ("2026-04-05", True), ("2026-04-06", False)]
)
def test_a_facility_of_an_old_list_is_not_asked_about_somebody_on_the_roster_only(
    arrived, is_asked
):
    roster = "facility_roster/check"
    known = [stay(FRIDAY, "03", arrived=arrived)]
    assert is_open(roster, "2026-04-07", *known) is is_asked
    assert is_open(roster, "2026-04-07", contact(FRIDAY, "in_facility"))
    # of somebody under care management she is told whenever it was heard of
    assert rules("2026-04-07", active("2026-01-05"), *known).keys() == {CHECK}


def test_a_hold_does_not_stop_the_weekly_word():
    known = [active("2026-01-05"), stay(FRIDAY, "03"), hold("2026-03-09", "2026-04-20")]
    assert dates_of(CHECK, "2026-03-13", *known) == ("2026-03-13", "None")


# Attempts at the contact after a discharge: two timely ones documented, trying goes on


def tried(on, at=None, by="phone", outcome="no_answer", **more):
    return contact(on, outcome, at=at, by=by, **more)


@pytest.mark.parametrize(
    ("made", "timely", "documented", "next_try"),
    [
        ([tried("2026-03-09", "09:00")], 1, False, "2026-03-10"),
        ([tried("2026-03-09", "09:00"), tried("2026-03-09", "09:29")], 1, False, "2026-03-10"),
        ([tried("2026-03-09", "09:00"), tried("2026-03-09", "09:30")], 2, True, "2026-03-10"),
        (
            [tried("2026-03-09", "09:00"), tried("2026-03-09", "09:00", "sms", "portal_sent")],
            2,
            True,
            "2026-03-10",
        ),
        # on the last day one attempt is not enough: it stays on the list of that day
        ([tried("2026-03-10", "09:00")], 1, False, "2026-03-10"),
        ([tried("2026-03-09", "09:00"), tried("2026-03-10", "09:00")], 2, True, "2026-03-11"),
        ([tried("2026-03-10", "09:00"), tried("2026-03-11", "09:00")], 1, False, "2026-03-12"),
        ([tried("2026-03-09", party="provider"), tried("2026-03-10")], 1, False, "2026-03-10"),
        ([tried("2026-03-05"), tried("2026-03-10")], 1, False, "2026-03-10"),  # before discharge
    ],
)
def test_two_timely_attempts_are_documented_and_trying_goes_on(made, timely, documented, next_try):
    item = rules(made[-1].on.isoformat(), stay(FRIDAY), *made)["transition/contact"]
    assert (item.timely, item.documented, str(item.due)) == (timely, documented, next_try)
    assert (str(item.target), str(item.limit)) == ("2026-03-09", "2026-03-10")


def test_without_an_attempt_nothing_is_documented():
    item = rules("2026-03-09", stay(FRIDAY))["transition/contact"]
    assert (item.attempts, item.timely, item.documented, item.trace.retry) == (0, 0, False, None)


def test_only_what_must_be_done_by_a_limit_has_timely_attempts():
    found = rules("2026-03-09", ed(FRIDAY), active("2026-02-16"), tried("2026-03-09"))
    assert {(item.attempts, item.timely) for item in found.values()} == {(1, 0)}
    assert found.keys() == {"ed/call", "routine/moderate"}


def test_a_practice_that_documents_no_attempts_never_has_enough_of_them():
    none = PROTOCOLS._replace(attempts=PROTOCOLS.attempts._replace(documented=0))
    known = [stay(FRIDAY), tried("2026-03-10", party="provider")]
    items = plan("2026-03-10", *known, protocols=none).items
    item = next(one for one in items if one.rule.id == "transition/contact")
    assert (item.timely, item.documented, str(item.due)) == (0, False, "2026-03-10")


def test_a_practice_may_be_content_with_one_documented_attempt():
    one = PROTOCOLS._replace(attempts=PROTOCOLS.attempts._replace(documented=1))
    items = plan("2026-03-10", stay(FRIDAY), tried("2026-03-10"), protocols=one).items
    item = next(found for found in items if found.rule.id == "transition/contact")
    assert (item.timely, item.documented, str(item.due)) == (1, True, "2026-03-11")


@pytest.mark.parametrize(
    ("reached_at", "tried_at", "attempts"),
    [
        ("10:00", "15:00", 1),
        ("10:00", "09:00", 0),
        ("10:00", "10:00", 0),
        (None, "15:00", 0),
        ("10:00", None, 0),
    ],
)
def test_an_attempt_on_the_day_of_a_contact_counts_where_the_hours_say_it_was_later(
    reached_at, tried_at, attempts
):
    known = [active("2026-02-02"), contact("2026-03-02", at=reached_at)]
    item = rules("2026-03-03", *known, tried("2026-03-02", tried_at))["routine/moderate"]
    assert item.attempts == attempts


def test_attempts_are_documented_of_the_contact_and_of_nothing_else():
    made = [tried("2026-03-09", "09:00"), tried("2026-03-09", "15:00")]
    found = rules("2026-03-09", stay(FRIDAY), *made)
    assert [rule for rule, item in found.items() if item.documented] == ["transition/contact"]


def test_a_failed_attempt_moves_neither_target_nor_limit_and_resets_no_interval():
    known = [active("2026-02-02"), contact("2026-03-02")]
    before = rules("2026-03-16", *known)["routine/moderate"]
    after = rules("2026-03-16", *known, tried("2026-03-16"))["routine/moderate"]
    assert (before.target, before.limit) == (after.target, after.limit)
    assert (str(before.due), str(after.due)) == ("2026-03-16", "2026-03-17")


# On hold until a day

ON_MONDAYS = [active("2026-02-02"), contact("2026-03-02")]  # routine on Monday 16 March
ROUTINE = "routine/moderate"


def test_a_hold_moves_what_should_be_done_to_its_end():
    item = rules("2026-03-09", *ON_MONDAYS, hold("2026-03-09", "2026-03-20", "travels"))[ROUTINE]
    assert moves(item) == [("on hold", "2026-03-16", "2026-03-20")]
    assert (item.trace.moves[0].said, item.on_hold_until) == ("travels", None)


def test_the_end_of_a_hold_on_a_weekend_means_the_monday_after():
    # until Saturday 21 March
    item = rules("2026-03-09", *ON_MONDAYS, hold("2026-03-09", "2026-03-21"))[ROUTINE]
    assert moves(item) == [("on hold", "2026-03-16", "2026-03-23")]


@pytest.mark.parametrize(
    ("hold_on", "until", "target"),
    [
        ("2026-03-09", "2026-03-15", "2026-03-16"),  # over before
        ("2026-03-09", "2026-03-16", "2026-03-16"),  # goes on on that day
        ("2026-03-09", "2026-03-17", "2026-03-17"),
        ("2026-03-18", "2026-03-20", "2026-03-20"),  # late before the hold: waits as well
        ("2026-02-20", "2026-02-27", "2026-03-16"),  # before what it is counted from
    ],
)
def test_a_hold_holds_what_falls_before_its_end(hold_on, until, target):
    assert dates_of(ROUTINE, "2026-03-18", *ON_MONDAYS, hold(hold_on, until))[0] == target


def test_a_hold_shows_and_marks_what_must_be_done():
    known = [stay(FRIDAY), hold("2026-03-09", "2026-03-20")]
    found = rules("2026-03-09", *known)
    item = found["transition/contact"]
    assert (str(item.target), str(item.limit)) == ("2026-03-09", "2026-03-10")
    assert str(item.on_hold_until) == "2026-03-20"
    assert moves(item) == []
    assert moves(found[CALLS]) == [("on hold", "2026-03-13", "2026-03-20")]
    after = rules("2026-03-20", *known)["transition/contact"]
    assert after.on_hold_until is None


def test_a_lifted_hold_ends_on_that_day():
    known = [*ON_MONDAYS, hold("2026-03-09", "2026-03-30"), lift("2026-03-18")]
    assert dates_of(ROUTINE, "2026-03-17", *known)[0] == "2026-03-30"
    assert dates_of(ROUTINE, "2026-03-18", *known)[0] == "2026-03-18"
    early = [*ON_MONDAYS, hold("2026-03-09", "2026-03-30"), lift("2026-03-12")]
    assert dates_of(ROUTINE, "2026-03-12", *early)[0] == "2026-03-16"
    same_day = [*ON_MONDAYS, hold("2026-03-18", "2026-03-30"), lift("2026-03-18")]
    assert dates_of(ROUTINE, "2026-03-18", *same_day)[0] == "2026-03-16"


def test_a_second_hold_takes_the_place_of_the_first():
    known = [*ON_MONDAYS, hold("2026-03-09", "2026-03-30"), hold("2026-03-12", "2026-03-18")]
    assert dates_of(ROUTINE, "2026-03-12", *known)[0] == "2026-03-18"


def test_nothing_that_fell_into_a_hold_is_replayed_one_by_one():
    # days 7 and 14 (13 and 20 March) fall into it: one call at its end, then day 21
    known = [stay(FRIDAY), hold("2026-03-09", "2026-03-23")]
    assert dates_of(CALLS, "2026-03-23", *known)[0] == "2026-03-23"
    assert dates_of(CALLS, "2026-03-23", *known, contact("2026-03-23"))[0] == "2026-03-27"


# Moved by a decision: defer, waive, take back


def test_what_is_deferred_is_due_on_that_day_and_says_why():
    item = rules(
        "2026-03-09", *ON_MONDAYS, defer("2026-03-09", ROUTINE, "2026-03-16", "2026-03-18", "asked")
    )[ROUTINE]
    assert moves(item) == [("deferred", "2026-03-16", "2026-03-18")]
    assert (item.trace.moves[0].said, str(item.trace.planned)) == ("asked", "2026-03-16")


def test_a_deferral_names_its_item_by_rule_and_date_and_strays_to_no_other():
    for rule, planned in ((ROUTINE, "2026-03-15"), ("routine/high", "2026-03-16")):
        moved = defer("2026-03-09", rule, planned, "2026-03-18")
        assert dates_of(ROUTINE, "2026-03-09", *ON_MONDAYS, moved)[0] == "2026-03-16"
    moved = defer("2026-03-09", ROUTINE, "2026-03-16", "2026-03-18")
    # reached on the 10th: the next item, of the 24th, is another one
    assert dates_of(ROUTINE, "2026-03-10", *ON_MONDAYS, moved, contact("2026-03-10"))[0] == (
        "2026-03-24"
    )


def test_the_last_deferral_holds_and_taking_it_back_gives_the_date_of_the_rule():
    first = defer("2026-03-09", ROUTINE, "2026-03-16", "2026-03-18")
    second = defer("2026-03-10", ROUTINE, "2026-03-16", "2026-03-20")
    back = take_back("2026-03-11", ROUTINE, "2026-03-16")
    assert dates_of(ROUTINE, "2026-03-10", *ON_MONDAYS, first, second)[0] == "2026-03-20"
    assert dates_of(ROUTINE, "2026-03-11", *ON_MONDAYS, first, second, back)[0] == "2026-03-16"
    assert dates_of(ROUTINE, "2026-03-10", *ON_MONDAYS, first, second, back)[0] == "2026-03-20"


def test_a_deferral_to_the_day_itself_moves_nothing():
    item = rules(
        "2026-03-09", *ON_MONDAYS, defer("2026-03-09", ROUTINE, "2026-03-16", "2026-03-16")
    )[ROUTINE]
    assert moves(item) == []


def test_a_deferral_moves_no_limit():
    moved = defer("2026-03-09", "transition/visit_moderate", "2026-03-13", "2026-03-25")
    known = [stay(FRIDAY), moved]
    assert dates_of("transition/visit_moderate", "2026-03-09", *known) == (
        "2026-03-25",
        "2026-03-20",
    )
    assert state_of("transition/visit_moderate", "2026-03-21", *known) == State.LATE_OPEN


def test_what_was_deferred_into_a_later_hold_waits_for_its_end():
    moved = defer("2026-03-09", ROUTINE, "2026-03-16", "2026-03-18")
    item = rules("2026-03-10", *ON_MONDAYS, moved, hold("2026-03-10", "2026-03-25"))[ROUTINE]
    assert moves(item) == [
        ("deferred", "2026-03-16", "2026-03-18"),
        ("on hold", "2026-03-18", "2026-03-25"),
    ]


def test_what_is_deferred_during_a_hold_has_the_day_that_was_said():
    moved = defer("2026-03-11", ROUTINE, "2026-03-16", "2026-03-18")
    item = rules("2026-03-11", *ON_MONDAYS, hold("2026-03-10", "2026-03-25"), moved)[ROUTINE]
    assert moves(item) == [
        ("on hold", "2026-03-16", "2026-03-25"),
        ("deferred", "2026-03-25", "2026-03-18"),
    ]


def test_of_a_hold_and_a_deferral_of_one_day_the_one_decided_last_holds():
    moved = defer("2026-03-10", ROUTINE, "2026-03-16", "2026-03-18")
    pause = hold("2026-03-10", "2026-03-25")
    for known, target in (((moved, pause), "2026-03-25"), ((pause, moved), "2026-03-18")):
        assert dates_of(ROUTINE, "2026-03-10", *ON_MONDAYS, *known)[0] == target


def test_to_waive_one_call_leaves_the_next():
    dropped = waive("2026-03-09", CALLS, "2026-03-13")
    assert dates_of(CALLS, "2026-03-09", stay(FRIDAY), dropped)[0] == "2026-03-20"
    back = take_back("2026-03-10", CALLS, "2026-03-13")
    assert dates_of(CALLS, "2026-03-10", stay(FRIDAY), dropped, back)[0] == "2026-03-13"
    all_four = [
        waive("2026-03-09", CALLS, day)
        for day in ("2026-03-13", "2026-03-20", "2026-03-27", "2026-04-05")  # of the rule
    ]
    assert dates_of(CALLS, "2026-03-09", stay(FRIDAY), *all_four) is None


def test_a_waived_visit_is_gone_until_that_is_taken_back():
    rule = "transition/visit_moderate"
    known = [stay(FRIDAY), waive("2026-03-09", rule, "2026-03-13")]
    assert not is_open(rule, "2026-03-09", *known)
    assert is_open(rule, "2026-03-10", *known, take_back("2026-03-10", rule, "2026-03-13"))


def test_a_date_that_was_asked_for_can_be_waived_and_deferred_like_everything_else():
    asked = contact("2026-03-09", "rescheduled", asked="2026-03-18", why="after the wedding")
    known = [*ON_MONDAYS, asked]
    rule = "request/asked"
    item = rules("2026-03-09", *known)[rule]
    assert (str(item.target), str(item.trace.planned)) == ("2026-03-18", "2026-03-18")
    moved = defer("2026-03-10", rule, "2026-03-18", "2026-03-19")
    assert dates_of(rule, "2026-03-10", *known, moved)[0] == "2026-03-19"
    dropped = waive("2026-03-10", rule, "2026-03-18")
    assert rules("2026-03-10", *known, dropped).keys() == {ROUTINE}


def test_a_decision_about_nothing_in_particular_changes_nothing():
    vague = defer("2026-03-09", ROUTINE, "2026-03-16", "2026-03-18")._replace(planned=None)
    no_day = defer("2026-03-09", ROUTINE, "2026-03-16", "2026-03-18")._replace(to=None)
    no_end = hold("2026-03-09", "2026-03-20")._replace(to=None)
    for decision in (vague, no_day, no_end):
        assert dates_of(ROUTINE, "2026-03-09", *ON_MONDAYS, decision)[0] == "2026-03-16"


# A date that the patient asked for

ASKED = "request/asked"


def asked(on, wanted, outcome="rescheduled"):
    return contact(on, outcome, asked=wanted, why="after the wedding")


def test_a_date_that_was_asked_for_is_that_day_also_on_a_weekend():
    item = rules("2026-03-09", *ON_MONDAYS, asked("2026-03-09", "2026-03-21"))[ASKED]  # Saturday
    assert (str(item.target), item.limit, moves(item)) == ("2026-03-21", None, [])
    assert (item.trace.fact, item.trace.fact_id) == ("asked for on", "C2")
    assert item.start.note == "after the wedding"


@pytest.mark.parametrize(
    ("made", "is_kept"),
    [
        (contact("2026-03-17"), False),  # the day before
        (contact("2026-03-18"), True),
        (contact("2026-03-19"), True),
        (contact("2026-03-18", "no_answer"), False),
        (contact("2026-03-18", "reached_other"), False),
    ],
)
def test_a_promise_is_kept_by_a_two_way_contact_on_that_day_or_later(made, is_kept):
    known = [*ON_MONDAYS, asked("2026-03-09", "2026-03-18")]
    assert is_open(ASKED, "2026-03-19", *known, made) is not is_kept


def test_the_latest_date_that_was_asked_for_counts():
    known = [*ON_MONDAYS, asked("2026-03-09", "2026-03-18"), asked("2026-03-10", "2026-03-12")]
    assert dates_of(ASKED, "2026-03-10", *known)[0] == "2026-03-12"


def test_a_promise_stands_in_place_of_routine_unless_the_patient_called_since():
    known = [*ON_MONDAYS, asked("2026-03-09", "2026-03-25")]
    assert rules("2026-03-09", *known).keys() == {ASKED}
    called = contact("2026-03-10", inbound=True)  # two weeks are Tuesday 24 March
    found = rules("2026-03-10", *known, called)
    assert found.keys() == {ASKED, ROUTINE}
    assert str(found[ROUTINE].target) == "2026-03-24"


def test_who_asks_while_being_reached_is_called_that_day_and_has_no_routine_date():
    reached = asked("2026-03-09", "2026-04-01", "reached_patient")
    assert rules("2026-03-09", *ON_MONDAYS, reached).keys() == {ASKED}


# Appointments

VISIT = "transition/visit_moderate"


@pytest.mark.parametrize(
    ("on", "target"),
    [
        ("2026-03-10", "2026-03-10"),  # before the target
        ("2026-03-13", "2026-03-13"),  # on it
        ("2026-03-18", "2026-03-18"),
        ("2026-03-20", "2026-03-20"),  # on the limit
        ("2026-03-21", "2026-03-13"),  # past it: the limit asks for another one
        ("2026-03-06", "2026-03-06"),  # on the day of the discharge
        ("2026-03-05", "2026-03-13"),  # before it
    ],
)
def test_the_visit_is_aimed_at_the_appointment_within_the_limit(on, target):
    known = [stay(FRIDAY), appointment(on, noted="2026-03-04")]
    assert dates_of(VISIT, "2026-03-09", *known) == (target, "2026-03-20")
    item = rules("2026-03-09", *known)[VISIT]
    expected = [] if target == "2026-03-13" else [("appointment", "2026-03-13", target)]
    assert moves(item) == expected


def test_an_appointment_moves_visits_and_no_calls():
    known = [stay(FRIDAY), appointment("2026-03-18", noted="2026-03-09")]
    assert dates_of(CALLS, "2026-03-09", *known)[0] == "2026-03-13"
    assert dates_of("windows/engagement", "2026-03-09", *known)[0] == "2026-03-18"


def test_whether_an_appointment_was_kept_is_asked_on_the_next_business_day():
    # Friday 13 March → Monday 16
    known = [appointment("2026-03-13", noted="2026-03-09", with_whom="Dr Reed")]
    item = rules("2026-03-09", *known)["appointment/kept"]
    assert (str(item.target), item.limit, item.start.note) == ("2026-03-16", None, "Dr Reed")
    assert (item.trace.fact, item.trace.fact_id) == ("appointment on", "A1")
    assert not rules("2026-03-08", *known)


@pytest.mark.parametrize(
    ("word", "is_told"),
    [
        (visit("2026-03-13"), True),
        (contact("2026-03-16"), True),  # she asked
        (contact("2026-03-16", "visit_missed"), True),
        (contact("2026-03-16", "no_answer"), False),
        (contact("2026-03-12"), False),  # before the day
        (contact("2026-03-16", "reached_other"), False),
    ],
)
def test_what_tells_whether_it_was_kept(word, is_told):
    known = [appointment("2026-03-13", noted="2026-03-09"), word]
    assert is_open("appointment/kept", "2026-03-16", *known) is not is_told


def test_what_is_told_of_one_appointment_is_not_told_of_a_later_one():
    known = [contact("2026-02-10"), appointment("2026-03-13", noted="2026-03-09")]
    assert is_open("appointment/kept", "2026-03-20", *known)
    told = visit("2026-03-13")
    assert not is_open("appointment/kept", "2026-03-20", *known, told)
    later = appointment("2026-03-18", noted="2026-03-09")
    assert dates_of("appointment/kept", "2026-03-20", *known, told, later)[0] == "2026-03-19"


def test_a_missed_visit_is_due_again_at_once():
    known = [stay(FRIDAY), appointment("2026-03-18", noted="2026-03-09")]
    missed = contact("2026-03-18", "visit_missed", by="clinic")
    assert dates_of(VISIT, "2026-03-18", *known, missed) == ("2026-03-13", "2026-03-20")
    assert state_of(VISIT, "2026-03-18", *known, missed) == State.OVERDUE
    new = appointment("2026-03-20", noted="2026-03-18")
    assert dates_of(VISIT, "2026-03-18", *known, missed, new) == ("2026-03-20", "2026-03-20")


def test_a_cancelled_appointment_counts_until_it_was_cancelled():
    known = [
        stay(FRIDAY),
        appointment("2026-03-18", noted="2026-03-09", cancelled="2026-03-16"),
    ]
    assert dates_of(VISIT, "2026-03-08", *known)[0] == "2026-03-13"
    assert dates_of(VISIT, "2026-03-15", *known)[0] == "2026-03-18"
    assert dates_of(VISIT, "2026-03-16", *known)[0] == "2026-03-13"
    assert not is_open("appointment/kept", "2026-03-19", *known)


def test_of_two_appointments_the_nearer_one_counts_and_then_the_other():
    known = [
        stay(FRIDAY),
        appointment("2026-03-18", noted="2026-03-09"),
        appointment("2026-04-20", noted="2026-03-09"),
    ]
    item = rules("2026-03-09", *known)[VISIT]
    assert (str(item.target), str(item.appointment)) == ("2026-03-18", "2026-03-18")
    assert dates_of("appointment/kept", "2026-03-09", *known)[0] == "2026-03-19"
    kept = visit("2026-03-18")
    found = rules("2026-03-18", *known, kept)
    assert str(found["appointment/kept"].target) == "2026-04-21"  # Monday 20 April and one
    assert {str(one.appointment) for one in found.values()} == {"2026-04-20"}


def test_an_appointment_of_which_nobody_heard_hides_no_later_one():
    known = [
        appointment("2026-02-10", noted="2026-02-03"),
        stay(FRIDAY),
        appointment("2026-03-18", noted="2026-03-09"),
    ]
    item = rules("2026-03-09", *known)[VISIT]
    assert (str(item.target), str(item.appointment)) == ("2026-03-18", "2026-03-18")
    assert dates_of("appointment/kept", "2026-03-09", *known)[0] == "2026-02-11"


# Her own days off: what must be done before, what should be done after


def away_plan(today, off, *known):
    calendar = FEDERAL._replace(days_off={DAY(day): "leave" for day in off})
    found = schedule.plan(facts(*known), PROTOCOLS, calendar, DAY(today))
    return {item.rule.id: item for item in found.items}


def test_what_must_be_done_is_pulled_before_a_day_off_and_no_limit_moves():
    # discharged Thursday 5 March: business day 1 is Friday 6, business day 2 Monday 9
    left = stay("2026-03-05")
    item = away_plan("2026-03-05", ["2026-03-06"], left)["transition/contact"]
    assert moves(item) == [("closed days", "2026-03-06", "2026-03-05")]
    assert item.trace.moves[0].skipped == ((DAY("2026-03-06"), "leave"),)
    assert str(item.limit) == "2026-03-09"


def test_nothing_is_pulled_before_the_day_from_which_it_counts():
    item = away_plan("2026-03-05", ["2026-03-05", "2026-03-06"], stay("2026-03-05"))[
        "transition/contact"
    ]
    assert (moves(item), str(item.target)) == ([], "2026-03-06")


def test_what_should_be_done_moves_after_a_day_off():
    item = away_plan("2026-03-09", ["2026-03-16", "2026-03-17"], *ON_MONDAYS)[ROUTINE]
    assert moves(item) == [("closed days", "2026-03-16", "2026-03-18")]
    assert item.trace.moves[0].skipped == (
        (DAY("2026-03-16"), "leave"),
        (DAY("2026-03-17"), "leave"),
    )


def test_what_should_be_done_by_a_limit_is_not_moved_past_it():
    # an emergency visit on Friday 6 March: call on Monday 9, at the latest on Tuesday 10
    visited = ed(FRIDAY)
    one_day = away_plan(FRIDAY, ["2026-03-09"], visited)["ed/call"]
    assert moves(one_day) == [("closed days", "2026-03-09", "2026-03-10")]
    both = away_plan(FRIDAY, ["2026-03-09", "2026-03-10"], visited)["ed/call"]
    assert moves(both) == [("closed days", "2026-03-09", "2026-03-06")]
    three = away_plan(FRIDAY, ["2026-03-06", "2026-03-09", "2026-03-10"], visited)["ed/call"]
    assert moves(three) == [("closed days", "2026-03-09", "2026-03-11")]


def test_what_should_be_done_on_its_last_day_is_pulled_before_a_day_off(own):
    rules_of = own('name = "a"\nkind = "a"\nanchor = "event"\ntarget = "1 week"\nlimit = "1 week"')
    calendar = FEDERAL._replace(days_off={DAY("2026-03-09"): "leave"})
    known = facts(active("2026-03-02"))
    items = schedule.plan(known, rules_of, calendar, DAY("2026-03-02")).items
    item = next(one for one in items if one.rule.id == "own/a")
    assert moves(item) == [("closed days", "2026-03-09", "2026-03-06")]


def test_the_next_try_is_not_on_a_day_off():
    known = [active("2026-02-02"), contact("2026-03-02"), tried("2026-03-16")]
    assert str(away_plan("2026-03-16", ["2026-03-17"], *known)[ROUTINE].due) == "2026-03-18"


def test_before_a_limit_on_a_day_off_the_last_try_is_the_day_before_it():
    # discharged Friday 6 March, limit Tuesday 10, which is a day off; tried on Monday 9
    item = away_plan("2026-03-09", ["2026-03-10"], stay(FRIDAY), tried("2026-03-09"))[
        "transition/contact"
    ]
    assert str(item.due) == "2026-03-09"


def test_a_day_that_was_asked_for_and_is_a_day_off_moves_after_it():
    asked = contact("2026-03-09", "rescheduled", asked="2026-03-18")
    item = away_plan("2026-03-09", ["2026-03-18"], *ON_MONDAYS, asked)["request/asked"]
    assert moves(item) == [("closed days", "2026-03-18", "2026-03-19")]
    # on a Saturday that is no day off it stays: the day that was promised
    sunday = contact("2026-03-09", "rescheduled", asked="2026-03-22")
    found = away_plan("2026-03-09", ["2026-03-18"], *ON_MONDAYS, sunday)["request/asked"]
    assert (moves(found), str(found.target)) == ([], "2026-03-22")


# Rules of a practice's own, by what the grammar allows


@pytest.fixture
def own(tmp_path):
    """The rules with a protocol of the practice's own: `own('name = "a"\\n…', '…')`."""

    def written(*its_rules, trigger="enrolment", statuses='"active"', more=""):
        blocks = "".join(
            f'[[protocol.rule]]\nstrength = "should"\ntitle = "t"\nsource = "own"\n{one}\n'
            for one in its_rules
        )
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.toml"
        path.write_text(
            'version = "clinic 1"\n[[protocol]]\nname = "own"\ntitle = "own"\n'
            f'trigger = "{trigger}"\nstatuses = [{statuses}]\nsource = "own"\n{more}\n{blocks}'
        )
        return load_protocols(path)

    return written


def own_dates(protocols, today, *known, rule="own/a"):
    found = plan(today, *known, protocols=protocols).items
    return next(((str(one.target), str(one.limit)) for one in found if one.rule.id == rule), None)


MONTHLY = 'name = "a"\nkind = "a"\nanchor = "event"\ntarget = "1 month"\nrepeat = "1 month"'


def test_months_do_not_drift(own):
    # from Saturday 31 January: 28 February, 31 March, 30 April, 31 May
    rules_of = own(MONTHLY)
    known = [active("2026-01-31")]
    expected = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]
    for number, day in enumerate(expected):
        made = [contact(on) for on in expected[:number]]
        assert own_dates(rules_of, "2026-01-31", *known, *made) == ("2026-02-28", "None")
        assert own_dates(rules_of, day, *known, *made) == (day, "None")


def test_a_step_that_was_done_late_does_not_move_the_next_one(own):
    # the one of 28 February on 10 March: the next stays 31 March
    known = [active("2026-01-31"), contact("2026-03-10")]
    assert own_dates(own(MONTHLY), "2026-03-10", *known) == ("2026-03-31", "None")


def test_a_step_done_a_day_early_is_not_done_unless_the_rule_says_so(own):
    known = [active("2026-01-31"), contact("2026-02-27")]
    assert own_dates(own(MONTHLY), "2026-02-27", *known) == ("2026-02-28", "None")
    early = own(MONTHLY + '\nearly = "1 day"')
    assert own_dates(early, "2026-02-27", *known) == ("2026-03-31", "None")


def test_each_step_of_a_repeat_has_its_own_limit(own):
    rules_of = own(MONTHLY + '\nlimit = "2 months"')
    known = [active("2026-01-31"), contact("2026-02-28")]
    assert own_dates(rules_of, "2026-02-27", *known) == ("2026-02-28", "2026-03-31")
    assert own_dates(rules_of, "2026-02-28", *known) == ("2026-03-31", "2026-04-30")


@pytest.mark.parametrize(
    ("stop", "last"), [("3 months", "2026-04-30"), ("100 days", "2026-04-30"), ("1 day", None)]
)
def test_no_step_begins_after_the_stop_and_an_open_one_stays(own, stop, last):
    # 100 days after 31 January is 11 May
    rules_of = own(MONTHLY + f'\nstop = "{stop}"')
    open_one = own_dates(rules_of, "2027-01-31", active("2026-01-31"))
    assert open_one == ("2026-02-28", "None")
    known = [active("2026-01-31"), contact("2026-03-31")]
    assert own_dates(rules_of, "2026-03-31", *known) == (last and (last, "None"))
    assert own_dates(rules_of, "2026-06-01", *known, contact("2026-04-30")) is None


def test_one_waived_step_of_a_repeat_leaves_the_next(own):
    known = [active("2026-01-31"), waive("2026-02-02", "own/a", "2026-02-28")]
    assert own_dates(own(MONTHLY), "2026-02-02", *known) == ("2026-03-31", "None")


def test_the_enrolment_is_a_trigger_for_those_under_care_management(own):
    rules_of = own('name = "a"\nkind = "a"\nanchor = "event"\ntarget = "1 week"')
    assert own_dates(rules_of, "2026-03-02", active("2026-03-02")) == ("2026-03-09", "None")
    assert own_dates(rules_of, "2026-03-02") is None
    again = [active("2026-03-02"), contact("2026-03-09"), active("2026-04-06")]
    assert own_dates(rules_of, "2026-03-09", *again) is None
    assert own_dates(rules_of, "2026-04-06", *again) == ("2026-04-13", "None")


def test_somebody_who_never_was_under_care_has_no_enrolment_to_count_from(own):
    base = 'name = "a"\nkind = "a"\nanchor = "event"\ntarget = "1 week"'
    for_all = own(base, statuses='"roster", "active"')
    assert own_dates(for_all, "2026-03-02") is None
    found = own_dates(for_all, "2026-03-02", status("2026-03-02", "roster"))
    assert found == ("2026-03-09", "None")


FIRST = 'name = "a"\nkind = "a"\nanchor = "event"\ntarget = "5 days"'
VISITED = '\ndone_by = ["visit"]'


@pytest.mark.parametrize(
    ("first", "target"),
    [
        (FIRST + '\nlimit = "10 days"', "2026-03-14"),  # 2 March and 10 days, and 2 days
        (FIRST, "2026-03-09"),  # it has no limit: its target counts
        (FIRST + '\nlimit = "10 days"\nrisk = "high"', "2026-03-04"),  # it does not apply
    ],
)
def test_a_rule_may_be_counted_from_the_limit_of_another(own, first, target):
    second = 'name = "b"\nkind = "b"\nanchor = "limit of a"\ntarget = "2 days"' + VISITED
    rules_of = own(first + VISITED, second)
    known = [active("2026-03-02")]
    assert own_dates(rules_of, "2026-03-02", *known, rule="own/b") == (target, "None")
    trace = next(
        item.trace
        for item in plan("2026-03-02", *known, protocols=rules_of).items
        if item.rule.id == "own/b"
    )
    fact = "under care management since" if "risk" in first else "limit of a"
    assert trace.fact == fact


def test_a_rule_may_be_counted_from_the_day_another_was_done_else_from_its_target(own):
    second = 'name = "b"\nkind = "b"\nanchor = "after a"\ntarget = "2 days"' + VISITED
    rules_of = own(FIRST, second)  # the first is done by a contact
    known = [active("2026-03-02")]
    # not done: 7 March is its target; done on the 4th, or late on the 12th
    assert own_dates(rules_of, "2026-03-20", *known, rule="own/b") == ("2026-03-09", "None")
    for on, target in (("2026-03-04", "2026-03-06"), ("2026-03-12", "2026-03-14")):
        found = own_dates(rules_of, "2026-03-20", *known, contact(on), rule="own/b")
        assert found == (target, "None")
    # a step that was skipped counts with its own target as well
    skipped = waive("2026-03-03", "own/a", "2026-03-07")
    assert own_dates(rules_of, "2026-03-20", *known, skipped, rule="own/b") == (
        "2026-03-09",
        "None",
    )


def test_a_chain_is_counted_link_by_link(own):
    second = 'name = "b"\nkind = "b"\nanchor = "after a"\ntarget = "2 days"' + VISITED
    third = 'name = "c"\nkind = "c"\nanchor = "limit of b"\ntarget = "1 week"' + VISITED
    rules_of = own(FIRST, second, third)
    # 2 March and 5, 2 and 7 days
    assert own_dates(rules_of, "2026-03-02", active("2026-03-02"), rule="own/c") == (
        "2026-03-16",
        "None",
    )


def test_a_rule_may_be_counted_from_the_last_time_it_was_done(own):
    weekly = (
        'name = "a"\nkind = "a"\nanchor = "last_done"\ntarget = "1 week"'
        '\ndone_by = ["topic:weight"]'
    )
    rules_of = own(weekly)
    known = [active("2026-03-02"), contact("2026-03-05")]
    assert own_dates(rules_of, "2026-03-05", *known) == ("2026-03-09", "None")
    weighed = contact("2026-03-06", topics=["weight"])
    assert own_dates(rules_of, "2026-03-06", *known, weighed) == ("2026-03-13", "None")


def test_a_rule_may_be_due_no_later_than_another(own):
    capped = (
        'name = "b"\nkind = "b"\nanchor = "event"\ntarget = "3 weeks"\nno_later_than = "a"'
        '\ndone_by = ["topic:x"]'
    )
    known = [active("2026-03-02")]
    for first, expected in (
        (FIRST + '\nlimit = "10 days"', ("2026-03-12", "2026-03-12")),
        (FIRST, ("2026-03-23", "None")),  # neither done nor limited
        (FIRST + '\nlimit = "10 days"\nrisk = "high"', ("2026-03-23", "None")),  # not this time
    ):
        assert own_dates(own(first, capped), "2026-03-02", *known, rule="own/b") == expected


def test_a_rule_may_take_the_place_of_another_kind(own):
    instead = FIRST + '\nreplaces = ["routine"]'
    found = plan("2026-03-02", active("2026-03-02"), protocols=own(instead)).items
    assert [item.rule.id for item in found] == ["own/a"]


def test_a_protocol_may_ask_for_a_condition_on_file(own):
    rules_of = own(FIRST, trigger="discharge", more=(
        'classes = ["inpatient"]\ndispositions = ["yes"]\nconditions = ["copd"]'
    ))  # fmt: skip
    known = [active("2026-01-05"), stay(FRIDAY)]
    assert own_dates(rules_of, FRIDAY, *known) is None
    assert own_dates(rules_of, FRIDAY, *known, condition("copd")) == ("2026-03-11", "None")


def test_emergency_visits_may_count_whatever_followed(own):
    rules_of = own(FIRST, trigger="ed_visit", more='dispositions = ["yes"]')
    known = [active("2026-01-05"), ed(FRIDAY), stay("2026-03-09", admitted="2026-03-07")]
    assert own_dates(rules_of, "2026-03-09", *known) == ("2026-03-11", "None")


def test_a_practice_may_move_targets_its_own_way(own):
    # two weeks after Thursday 12 November 2026: Thanksgiving
    base = 'name = "a"\nkind = "a"\nanchor = "event"\ntarget = "2 weeks"'
    known = [active("2026-11-12")]
    for how, target in (("later", "2026-11-27"), ("earlier", "2026-11-25"), ("stay", "2026-11-26")):
        found = own_dates(own(base + f'\nmove = "{how}"'), "2026-11-12", *known)
        assert found == (target, "None")
