"""The traps that naive schedulers fall into, and what users of other systems complain of.

First the 30 traps of rulebook section 11, one test or group each, by number. Not here, because they
concern no date of the schedule: 8 in part (billing codes are never printed; the days are here), 17
(minutes), 18 (exclusions of codes), 19 (consent), 20 (days covered: test_adherence), 21 (points of
LACE and HOSPITAL: the tests of `lace`), 23 (wording), 24 (licensed texts), 25 (matching:
test_matching), 27 (export), 28 (Part 2), 29 (PHQ-9). Of 12 the empty date of death and of 15 and 16
the reading of files are held by tests/intake and tests/commands.

Then the complaints about other systems that concern schedules, by their number (A1 …); the others,
and why they have no test here, are in docs/decisions/0008-complaints-of-peers.md.
"""

import random
from datetime import timedelta

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
    defer,
    facts,
    hold,
    plan,
    status,
    stay,
    tier,
)

from caretool import schedule
from caretool.errors import RuleError
from caretool.model import State
from caretool.rule_files import load_protocols

FRIDAY = "2026-03-06"
THURSDAY = "2026-04-30"
CONTACT, VISIT = "transition/contact", "transition/visit_moderate"


def rules(today, *known, protocols=PROTOCOLS):
    return {item.rule.id: item for item in plan(today, *known, protocols=protocols).items}


def dates_of(rule, today, *known):
    found = rules(today, *known).get(rule)
    return found and (str(found.target), str(found.limit))


def state_of(rule, today, *known):
    item = rules(today, *known)[rule]
    return schedule.state(item.target, item.limit, DAY(today))


def day_after(day, number):
    return str(DAY(day) + timedelta(number))


def visit(on, *topics):
    return contact(on, "visit_done", by="clinic", topics=topics)


def ed(on, **more):
    return stay(on, kind="emergency", admitted=on, **more)


# The 30 traps


def test_trap_1_two_business_days_are_no_48_hours_and_the_day_of_discharge_is_day_0():
    # Friday: not Sunday 8, not Monday 9, but Tuesday 10 March, whatever the hour
    for at in (None, "00:05", "08:00", "23:50"):
        assert dates_of(CONTACT, FRIDAY, stay(FRIDAY, at=at)) == ("2026-03-09", "2026-03-10")
    # a Monday gives the Wednesday
    assert dates_of(CONTACT, "2026-03-09", stay("2026-03-09"))[1] == "2026-03-11"


@pytest.mark.parametrize("arrived", [FRIDAY, "2026-03-10", "2026-03-11", "2026-04-01"])
def test_trap_2_the_clock_starts_with_the_discharge_and_not_with_the_list(arrived):
    item = rules("2026-04-01", stay(FRIDAY, arrived=arrived))[CONTACT]
    assert str(item.limit) == "2026-03-10"
    late = arrived > "2026-03-10"
    assert (item.arrived_late_on and str(item.arrived_late_on)) == (arrived if late else None)


@pytest.mark.parametrize(
    ("left", "limit"),
    [
        ("2026-07-01", "2026-07-06"),  # Wednesday; Friday 3 July is observed
        ("2027-06-17", "2027-06-22"),  # Thursday; Friday 18 June is observed
        ("2027-07-02", "2027-07-07"),  # Friday; Monday 5 July is observed
        ("2027-12-23", "2027-12-28"),  # Thursday; Friday 24 December is observed
        ("2027-12-30", "2028-01-04"),  # Thursday; Friday 31 December 2027 is for 2028
    ],
)
def test_trap_3_holidays_count_on_the_day_on_which_they_are_observed(left, limit):
    assert dates_of(CONTACT, left, stay(left))[1] == limit


@pytest.mark.parametrize(
    ("left", "limit"),
    [
        ("2025-12-23", "2025-12-26"),  # Tuesday: Wednesday 24 and Friday 26 count
        ("2025-12-24", "2025-12-29"),  # Wednesday: Friday 26 and Monday 29
        ("2025-01-08", "2025-01-10"),  # Wednesday: Thursday 9 counts
    ],
)
def test_trap_4_closings_by_executive_order_are_no_holidays(left, limit):
    assert dates_of(CONTACT, left, stay(left))[1] == limit


def test_trap_5_visits_and_windows_run_in_calendar_days():
    # Saturday 20 June 2026: day 14 is Saturday 4 July, day 30 Monday 20 July
    found = rules("2026-06-20", stay("2026-06-20"))
    assert str(found[VISIT].limit) == "2026-07-04"
    assert str(found["windows/engagement"].limit) == "2026-07-20"
    # Friday 6 March: day 30 is a Sunday and stays one
    assert str(rules(FRIDAY, stay(FRIDAY))["windows/engagement"].limit) == "2026-04-05"
    # an emergency visit on Thursday 19 November: the 8 days end on Thanksgiving
    known = [ed("2026-11-19"), condition("ckd"), condition("copd")]
    assert dates_of("ed_chronic/visit", "2026-11-19", *known)[1] == "2026-11-26"


def test_trap_6_the_windows_of_thirty_days_are_several():
    found = rules(FRIDAY, stay(FRIDAY, dx="F32.9"))
    assert str(found[CONTACT].start.period_end) == "2026-04-04"  # D to D+29
    assert str(found["windows/engagement"].limit) == "2026-04-05"  # D+1 to D+30
    assert str(found["windows/reconciliation"].limit) == "2026-04-05"  # D to D+30
    assert str(found["psychiatric/thirty_days"].limit) == "2026-04-05"  # D+1 to D+30
    second = stay("2026-04-05", admitted="2026-03-20")  # a discharge on D+30 is still told
    assert rules("2026-04-05", stay(FRIDAY), second)[CONTACT].start.earlier.stay_id == 1
    # each has its own kind, so that none stands for another
    kinds = [item.rule.kind for item in found.values()]
    assert len(kinds) == len(set(kinds))


SAME_DAY = [
    (ed(THURSDAY), [condition("ckd"), condition("copd")], "ed_chronic/visit", (), True),
    (ed(THURSDAY, dx="F20.9"), [], "ed_psychiatric/seven_days", ("mental_health",), True),
    (ed(THURSDAY, dx="F10.20"), [], "ed_substance/seven_days", ("substance_use",), True),
    (stay(THURSDAY), [], "windows/reconciliation", ("medication_reconciliation",), True),
    (stay(THURSDAY), [], "windows/engagement", (), False),
    (stay(THURSDAY, dx="F20.9"), [], "psychiatric/seven_days", ("mental_health",), False),
]


@pytest.mark.parametrize(("event", "more", "rule", "topics", "counts"), SAME_DAY)
def test_trap_7_the_same_day_counts_for_some_windows_and_not_for_others(
    event, more, rule, topics, counts
):
    assert rule in rules(THURSDAY, event, *more)
    assert (rule not in rules(THURSDAY, event, *more, visit(THURSDAY, *topics))) is counts
    next_day = "2026-05-01"
    assert rule not in rules(next_day, event, *more, visit(next_day, *topics))


def test_trap_8_seven_days_are_for_high_and_fourteen_for_moderate_complexity():
    high = rules(FRIDAY, stay(FRIDAY), tier(FRIDAY, "high"))
    assert str(high["transition/visit_high"].limit) == "2026-03-13"
    assert "99496" in high["transition/visit_high"].rule.source
    moderate = rules(FRIDAY, stay(FRIDAY))
    assert str(moderate[VISIT].limit) == "2026-03-20"
    assert "99495" in moderate[VISIT].rule.source


def test_trap_9_two_attempts_complete_nothing_and_trying_goes_on():
    tries = [contact("2026-03-09", "no_answer", at="09:00")]
    tries.append(contact("2026-03-10", "left_voicemail", at="15:00"))
    item = rules("2026-03-10", stay(FRIDAY), *tries)[CONTACT]
    assert (item.documented, str(item.due)) == (True, "2026-03-11")
    for number in range(11, 30):  # it never goes away by trying
        tries.append(contact(f"2026-03-{number}", "no_answer", at="10:00"))
        assert CONTACT in rules(f"2026-03-{number}", stay(FRIDAY), *tries)
    assert CONTACT not in rules("2026-03-30", stay(FRIDAY), *tries, contact("2026-03-30"))


@pytest.mark.parametrize(
    "no_contact",
    [
        contact("2026-03-05"),  # before the discharge
        contact("2026-03-09", "reached_other", party="facility"),  # the hospital called
        contact("2026-03-09", party="provider"),
        contact("2026-03-09", "rescheduled"),  # about another day and nothing else
        contact("2026-03-09", "declined_today"),
        contact("2026-03-09", "portal_sent", by="portal"),
        contact("2026-03-09", "portal_read", by="portal"),
        contact("2026-03-09", "left_voicemail"),
        contact("2026-03-09", "letter_sent", by="letter"),
        contact("2026-03-09", "other"),
    ],
)
def test_trap_10_not_every_exchange_is_the_contact_after_a_discharge(no_contact):
    assert CONTACT in rules("2026-03-09", stay(FRIDAY), no_contact)


def test_trap_11_on_to_a_nursing_facility_waits_and_home_from_it_starts():
    to_facility = stay(FRIDAY, "03", admitted="2026-03-01")
    assert CONTACT not in rules("2026-03-09", to_facility)
    home = stay("2026-03-20", "01", kind="snf", admitted=FRIDAY)  # a Friday
    assert dates_of(CONTACT, "2026-03-20", to_facility, home) == ("2026-03-23", "2026-03-24")
    for code in ("04", "64"):  # custodial care, nursing facility: called, and for review
        item = rules("2026-03-09", stay(FRIDAY, code))[CONTACT]
        assert item.start.unclear
    assert CONTACT not in rules("2026-03-09", ed(FRIDAY, dx="I50.9"))


@pytest.mark.parametrize(
    "death",
    [
        *(stay("2026-03-09", code, admitted="2026-03-08") for code in ("20", "40", "41", "42")),
        contact("2026-03-09", "deceased"),
        status("2026-03-09", "closed", "deceased"),
    ],
)
def test_trap_12_the_families_of_the_dead_are_not_called(death):
    known = [active("2026-01-05"), stay(FRIDAY), appointment("2026-03-12", noted=FRIDAY), death]
    asked = contact("2026-03-07", "rescheduled", asked="2026-03-10")
    assert plan("2026-03-09", *known, asked).items == ()
    assert plan("2027-03-09", *known, asked, contact("2026-03-10")).items == ()


@pytest.mark.parametrize("outcome", ATTEMPTS)
def test_trap_13_a_failed_attempt_resets_nothing_and_the_overdue_stay(outcome):
    known = [active("2026-02-02"), contact("2026-03-02"), stay(FRIDAY)]
    tried = contact("2026-03-09", outcome)
    before, after = rules("2026-03-09", *known), rules("2026-03-09", *known, tried)
    assert before.keys() == after.keys()
    for rule, item in before.items():
        assert (after[rule].target, after[rule].limit) == (item.target, item.limit)
    assert rules("2028-03-09", *known, tried).keys() >= before.keys() - {"routine/moderate"}


def test_trap_14_a_readmission_suspends_and_its_discharge_plans_anew():
    first, again = stay(FRIDAY), stay("2026-03-12", admitted="2026-03-09")
    known = [active("2026-01-05"), first, again]
    assert CONTACT in rules("2026-03-08", *known)
    assert rules("2026-03-09", *known).keys() == {"facility/check"}
    item = rules("2026-03-12", *known)[CONTACT]  # a Thursday
    assert (str(item.target), str(item.limit)) == ("2026-03-13", "2026-03-16")
    assert item.start.earlier.stay_id == 1, "the biller is told of both"
    assert [one.rule.id for one in plan("2026-03-12", *known).items].count(CONTACT) == 1


def test_trap_15_a_cancelled_discharge_takes_its_items_and_leaves_the_contacts():
    known = [active("2026-02-02"), contact("2026-03-02"), contact("2026-03-07")]
    with_it = rules("2026-03-09", *known[:2], stay(FRIDAY))
    assert CONTACT in with_it
    # cancelled, the stay is no fact any more
    assert rules("2026-03-09", *known).keys() == {"routine/moderate"}
    assert rules("2026-03-09", *known)["routine/moderate"].trace.fact_id == "C2"


def test_trap_15_a_corrected_discharge_moves_its_dates_and_is_no_second_one():
    # the list first said Friday 6, then Thursday 5 March
    corrected = rules("2026-03-09", stay("2026-03-05"))
    assert (str(corrected[CONTACT].limit), corrected[CONTACT].start.earlier) == ("2026-03-09", None)


def test_trap_15_the_order_of_rows_changes_nothing():
    known = [
        active("2026-01-05"), tier("2026-01-05", "low"), condition("copd"),
        contact("2026-03-02"), contact("2026-03-09", "no_answer", at="09:00"),
        contact("2026-03-10", "no_answer", at="15:00"), hold("2026-03-10", "2026-03-20"),
        defer("2026-03-10", VISIT, "2026-03-13", "2026-03-17"),
        appointment("2026-03-18", noted="2026-03-10"),
    ]  # fmt: skip
    stays = [stay("2026-02-20", admitted="2026-02-16"), stay(FRIDAY, admitted="2026-03-03")]
    expected = [
        (rule, item.target, item.limit, item.due)
        for rule, item in rules("2026-03-10", *known, *stays).items()
    ]
    shuffled = random.Random(7)  # noqa: S311
    for _ in range(20):
        shuffled.shuffle(known)
        found = rules("2026-03-10", *known, *stays)
        assert [
            (rule, item.target, item.limit, item.due) for rule, item in found.items()
        ] == expected


def test_trap_16_a_discharge_just_before_midnight_is_of_that_day():
    late = stay(FRIDAY, at="23:50", arrived="2026-03-09")
    assert dates_of(CONTACT, "2026-03-09", late) == ("2026-03-09", "2026-03-10")
    assert CONTACT in rules("2026-03-09", late, contact(FRIDAY, at="23:49"))
    assert CONTACT not in rules("2026-03-09", late, contact(FRIDAY, at="23:55"))


def test_trap_16_a_stay_that_goes_on_has_no_discharge_to_count_from():
    assert CONTACT not in rules(FRIDAY, stay(None, admitted="2026-03-02", arrived="2026-03-03"))
    # nor has one whose discharge is yet to come
    assert CONTACT not in rules("2026-03-05", stay(FRIDAY, admitted="2026-03-02"))


@pytest.mark.parametrize(
    ("on_file", "is_due"),
    [(["diabetes", "hypertension"], False), (["diabetes", "hypertension", "copd"], False),
     (["copd", "stroke"], True)],
)  # fmt: skip
def test_trap_22_diabetes_and_hypertension_are_not_among_the_eight_groups(on_file, is_due):
    found = rules(THURSDAY, ed(THURSDAY), *map(condition, on_file))
    assert ("ed_chronic/visit" in found) is is_due


def test_trap_26_a_month_after_31_january_is_the_end_of_february(tmp_path):
    own = tmp_path / "protocols.toml"
    own.write_text(
        'version = "1"\n[[protocol]]\nname = "monthly"\ntitle = "t"\ntrigger = "enrolment"\n'
        'statuses = ["active"]\nsource = "own"\n[[protocol.rule]]\nname = "call"\ntitle = "t"\n'
        'kind = "monthly"\nstrength = "should"\nanchor = "event"\ntarget = "1 month"\n'
        'repeat = "1 month"\nsource = "own"\n'
    )
    monthly = load_protocols(own)
    expected = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    for number, day in enumerate(expected):
        done = [contact(on) for on in expected[:number]]
        found = rules(day, active("2026-01-31"), *done, protocols=monthly)
        assert str(found["monthly/call"].target) == day


def test_trap_30_seven_days_after_a_psychiatric_stay_are_seven_and_not_eight():
    known = stay(FRIDAY, kind="psychiatric")
    rule = "psychiatric/seven_days"
    assert state_of(rule, "2026-03-13", known) == State.OVERDUE  # the last day, Friday 13
    assert state_of(rule, "2026-03-14", known) == State.LATE_OPEN


# A. Dates


@pytest.mark.parametrize("number", range(-1, 16))
def test_a1_list_and_patient_page_have_one_definition_of_due(care, monkeypatch, number):
    monkeypatch.setenv("CARETOOL_TODAY", "2026-03-02")
    care("add-patient", "Hart, Lena", "--dob", "1950-02-03", "--tier", "moderate")
    today = day_after("2026-03-16", number)
    listed = care("due-today", "--as-of", today, "--json").data
    (item,) = care("why", "P1", "--as-of", today, "--json").data["items"]
    assert bool(listed) == (number >= 0)
    states = {row["state"] for row in listed}
    assert states <= {item["state"]}
    assert item["state"] == ("upcoming" if number < 0 else "overdue" if number else "due")


def test_a2_what_is_due_today_is_due_all_day_and_overdue_from_tomorrow():
    target = DAY("2026-03-16")
    states = [schedule.state(target, None, target + timedelta(n)) for n in (-1, 0, 1, 400)]
    assert states == [State.UPCOMING, State.DUE, State.OVERDUE, State.OVERDUE]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-03-08", State.UPCOMING),
        ("2026-03-09", State.DUE),
        ("2026-03-10", State.OVERDUE),
        ("2026-03-11", State.OVERDUE),  # the limit itself still counts
        ("2026-03-12", State.LATE_OPEN),
    ],
)
def test_a3_the_states_follow_from_target_and_limit_and_nothing_else(today, expected):
    assert schedule.state(DAY("2026-03-09"), DAY("2026-03-11"), DAY(today)) == expected


def test_a3_a_limit_that_is_the_target_and_one_before_it():
    day = DAY("2026-03-09")
    assert schedule.state(day, day, day) == State.DUE
    assert schedule.state(day, day, day + timedelta(1)) == State.LATE_OPEN
    assert schedule.state(day, day - timedelta(1), day) == State.LATE_OPEN


@pytest.mark.parametrize(
    "rule",
    [
        'target = "0 days"',  # last_contact again and again
        'anchor = "last_done"\ntarget = "0 days"',
        'anchor = "event"\ntarget = "1 week"\nrepeat = "0 weeks"',
        'anchor = "event"',  # no target at all
    ],
)
def test_a4_a_step_without_an_interval_is_refused(tmp_path, rule):
    own = tmp_path / "protocols.toml"
    own.write_text(
        'version = "1"\n[[protocol]]\nname = "own"\ntitle = "t"\ntrigger = "enrolment"\n'
        'statuses = ["active"]\nsource = "own"\n[[protocol.rule]]\nname = "call"\ntitle = "t"\n'
        f'kind = "k"\nstrength = "should"\nsource = "own"\n{rule}\n'
    )
    with pytest.raises(RuleError, match="own/call"):
        load_protocols(own)


def test_a5_it_is_counted_from_the_last_contact_and_not_from_the_plan():
    # planned for Monday 16 March, reached on Thursday 19: the next is Thursday 2 April
    known = [active("2026-02-02"), contact("2026-03-02")]
    assert dates_of("routine/moderate", "2026-03-16", *known)[0] == "2026-03-16"
    late = contact("2026-03-19")
    assert dates_of("routine/moderate", "2026-03-19", *known, late)[0] == "2026-04-02"
    early = contact("2026-03-10")
    assert dates_of("routine/moderate", "2026-03-10", *known, early)[0] == "2026-03-24"


def test_a6_a_step_has_a_day_to_aim_at_and_a_last_day():
    item = rules(FRIDAY, stay(FRIDAY))[VISIT]
    assert (str(item.target), str(item.limit)) == ("2026-03-13", "2026-03-20")


def test_a7_the_rhythm_goes_by_tier_and_one_person_can_have_another():
    known = [active("2026-03-02")]
    expected = {
        "high": "2026-03-09", "moderate": "2026-03-16", "low": "2026-03-30",
        "maintenance": "2026-05-26",  # 84 days: Memorial Day, so Tuesday
    }  # fmt: skip
    for level, target in expected.items():
        found = dates_of(f"routine/{level}", "2026-03-02", *known, tier("2026-03-02", level))
        assert found[0] == target


@pytest.mark.parametrize(
    ("since", "target"),
    [
        ("2026-02-21", "2026-03-09"),  # 14 days: Saturday 7 March → Monday
        ("2026-02-22", "2026-03-09"),  # Sunday 8 → Monday
        ("2026-02-23", "2026-03-09"),  # Monday
        ("2026-06-19", "2026-07-06"),  # Friday 3 July is observed → Monday
        ("2026-12-11", "2026-12-28"),  # Friday 25 December → Monday
    ],
)
def test_a8_a_weekend_or_holiday_is_passed_over_by_the_calendar(since, target):
    assert dates_of("routine/moderate", since, active(since))[0] == target


def test_a9_boundaries_are_tested_on_the_day_before_on_it_and_after():
    # day 30 after Friday 6 March is 5 April
    rule, known = "windows/engagement", stay(FRIDAY)
    states = [state_of(rule, day, known) for day in ("2026-04-04", "2026-04-05", "2026-04-06")]
    assert states == [State.OVERDUE, State.OVERDUE, State.LATE_OPEN]


def test_a10_a_missed_visit_and_a_missed_limit_are_two_words():
    known = [stay(FRIDAY), appointment("2026-03-18", noted="2026-03-09")]
    missed = contact("2026-03-18", "visit_missed", by="clinic")
    assert state_of(VISIT, "2026-03-18", *known, missed) == State.OVERDUE
    assert state_of(VISIT, "2026-03-21", *known, missed) == State.LATE_OPEN
    assert not [word for word in State if "miss" in word]


def test_a11_after_a_cancelled_appointment_the_rule_says_the_date_again():
    cancelled = appointment("2026-03-18", noted="2026-03-09", cancelled="2026-03-10")
    assert dates_of(VISIT, "2026-03-10", stay(FRIDAY), cancelled) == ("2026-03-13", "2026-03-20")


def test_a11_every_logged_contact_says_the_next_date_and_why(care, monkeypatch):
    monkeypatch.setenv("CARETOOL_TODAY", "2026-03-02")
    care("add-patient", "Hart, Lena", "--dob", "1950-02-03", "--tier", "moderate")
    said = care("log-contact", "P1", "--outcome", "reached_patient", "--json").data["next"]
    assert said["due"] == "2026-03-16"
    assert "every 14 days" in said["reason"]


def test_a12_what_was_late_before_somebody_came_does_not_count_against_it():
    # reached last year as a patient of the roster; enrolled on Monday 2 March
    known = [contact("2025-06-02"), active("2026-03-02")]
    assert dates_of("routine/moderate", "2026-03-02", *known)[0] == "2026-03-16"
    # a list that came after the limit says so; one of last year's stays is no work at all
    late = rules("2026-03-12", stay(FRIDAY, arrived="2026-03-12"))[CONTACT]
    assert str(late.arrived_late_on) == "2026-03-12"
    assert plan("2026-03-12", stay("2025-06-02", arrived="2026-03-12")).items == ()


def test_a13_tries_and_ladder_do_not_run_over_a_weekend():
    # tried on Friday 13 March: the next try is Monday 16, not Saturday
    known = [active("2026-02-02"), contact("2026-02-20")]
    tried = contact("2026-03-13", "no_answer", at="09:00")
    assert str(rules("2026-03-13", *known, tried)["routine/moderate"].due) == "2026-03-16"
    # with the third attempt on a Friday the letter is due on Monday
    more = [
        contact("2026-03-11", "no_answer", at="14:00"),
        contact("2026-03-12", "portal_sent", by="portal", at="10:00"),
        tried,
    ]
    assert str(rules("2026-03-13", *known, *more)["unreached/letter"].target) == "2026-03-16"


# B. What will not leave, or leaves too early


def test_b1_follow_up_ends_where_the_rule_says_and_is_not_extended_by_itself():
    known = [active("2026-01-05"), stay(FRIDAY)]
    for today in (FRIDAY, "2026-04-05", "2027-03-05"):
        found = rules(today, *known)
        assert str(found[CONTACT].start.period_end) == "2026-04-04"
        assert str(found["windows/engagement"].limit) == "2026-04-05"
    after = [visit("2026-03-10", "medication_reconciliation"), contact("2026-04-06")]
    assert rules("2026-04-06", *known, *after).keys() == {"routine/moderate"}


CLOSINGS = [
    status("2026-03-09", "closed", "graduated"),
    status("2026-03-09", "closed", "transferred"),
    status("2026-03-09", "closed", "entered_in_error"),
    contact("2026-03-09", "refused_program"),
    contact("2026-03-09", "moved"),
]


@pytest.mark.parametrize("closing", CLOSINGS)
def test_b2_whoever_is_closed_has_nothing_due(closing):
    asked = contact("2026-03-07", "rescheduled", asked="2026-03-20")
    known = [
        active("2026-01-05"), condition("depression"), stay(FRIDAY, dx="I50.9"), asked,
        appointment("2026-03-18", noted=FRIDAY),
    ]  # fmt: skip
    assert plan("2026-03-08", *known, closing).items
    for today in ("2026-03-09", "2026-03-20", "2027-03-09"):
        assert plan(today, *known, closing).items == ()


def test_b3_death_a_facility_and_a_transfer_come_before_any_other_rule():
    known = [active("2026-01-05"), stay(FRIDAY), condition("depression")]
    dead = stay("2026-03-10", "20", admitted="2026-03-09")
    assert plan("2026-03-10", *known, dead).items == ()
    inside = stay("2026-03-10", "03", admitted="2026-03-09")
    assert rules("2026-03-10", *known, inside).keys() == {"facility/check"}
    transferred = stay("2026-03-10", "02", admitted="2026-03-09")
    assert rules("2026-03-10", *known, transferred).keys() == {"facility/check"}


def test_b4_a_contact_that_counts_supersedes_what_was_open_before_it():
    known = [active("2026-02-02"), stay(FRIDAY), contact("2026-03-09", "no_answer")]
    assert {CONTACT, "transition/calls"} <= rules("2026-03-20", *known).keys()
    seen = visit("2026-03-20", "medication_reconciliation")  # day 14: days 7 and 14 as well
    assert rules("2026-03-20", *known, seen).keys() == {"transition/calls"}
    assert dates_of("transition/calls", "2026-03-20", *known, seen)[0] == "2026-03-27"


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize(
    "later", [contact("2026-03-20"), contact("2026-03-20", "no_answer"), stay("2026-03-20")]
)
def test_b5_whoever_is_closed_does_not_come_back_by_itself(closing, later):
    assert plan("2026-03-23", active("2026-01-05"), closing, later).items == ()
    assert plan("2026-03-23", active("2026-01-05"), closing, later, active("2026-03-23")).items


def test_b6_a_protocol_that_is_off_makes_nothing(tmp_path):
    own = tmp_path / "protocols.toml"
    own.write_text('version = "1"\n[[protocol]]\nname = "windows"\noff = true\n')
    without = rules(FRIDAY, stay(FRIDAY), protocols=load_protocols(own))
    assert rules(FRIDAY, stay(FRIDAY)).keys() - without.keys() == {
        "windows/engagement", "windows/reconciliation",
    }  # fmt: skip


def test_b7_what_was_done_in_time_counts_whenever_it_is_noted(care, monkeypatch):
    monkeypatch.setenv("CARETOOL_TODAY", FRIDAY)
    care("add-patient", "Hart, Lena", "--dob", "1950-02-03", "--tier", "moderate")
    monkeypatch.setenv("CARETOOL_TODAY", "2026-03-30")
    assert care("due-today", "--json").data
    noted = ["log-contact", "P1", "--outcome", "reached_patient", "--on", "2026-03-18", "--json"]
    assert care(*noted).data["next"]["due"] == "2026-04-01"
    assert care("due-today", "--json").data == []
    # two weeks late on paper, and in time on the day on which it was done
    assert care("due-today", "--as-of", "2026-03-20", "--json").data == []


def test_b8_nothing_is_remembered_between_two_looks():
    known = [active("2026-02-02"), stay(FRIDAY)]
    before = plan("2026-03-09", *known)
    assert plan("2026-03-09", *known, contact("2026-03-09")) != before
    assert plan("2026-03-09", *known) == before


@pytest.mark.parametrize("years", [1, 5, 30])
def test_b9_time_alone_completes_nothing(years):
    known = [active("2026-01-05"), stay(FRIDAY, dx="I50.9"), condition("depression")]
    then = f"{2026 + years}-03-09"
    assert rules(then, *known).keys() >= {
        CONTACT, VISIT, "transition/reconciliation", "transition/calls", "heart_failure/visit",
        "windows/engagement", "windows/reconciliation", "depression/first_weeks",
    }  # fmt: skip
    assert state_of(CONTACT, then, *known) == State.LATE_OPEN


def test_b10_a_contact_that_was_voided_never_was(care, monkeypatch):
    monkeypatch.setenv("CARETOOL_TODAY", "2026-03-02")
    care("add-patient", "Hart, Lena", "--dob", "1950-02-03", "--tier", "moderate")
    before = care("why", "P1", "--as-of", "2026-03-30", "--json").data["items"]
    care("log-contact", "P1", "--outcome", "reached_patient")
    care("void-contact", "C1", "--reason", "another patient")
    assert care("why", "P1", "--as-of", "2026-03-30", "--json").data["items"] == before


# C. Order and trust


def test_c1_what_must_be_done_by_a_limit_comes_before_older_dates():
    # the contact in the first weeks with depression is late for more than a year
    known = [active("2025-01-06"), condition("depression"), stay(FRIDAY)]
    order = [item.rule.id for item in plan("2026-03-10", *known).items]
    assert order[:2] == [CONTACT, "depression/first_weeks"]
    past = [item.rule.id for item in plan("2026-03-23", *known).items]
    # its limit of Tuesday 10 March first, then that of the visit, Friday 20
    assert past[:3] == [CONTACT, VISIT, "transition/reconciliation"]


# On Monday 16 March 2026, each the first item of a patient of its own, most urgent first
IN_ORDER = [
    # must, the limit has passed: whoever left against advice, then the earliest limit
    [stay("2026-03-11", "07")],  # by Friday 13
    [stay("2026-03-10")],  # by Thursday 12
    [stay("2026-03-11")],  # by Friday 13
    # must, by the limit
    [stay("2026-03-13", "07")],  # by Tuesday 17
    [stay("2026-03-12")],  # by Monday 16, today
    [stay("2026-03-13")],  # by Tuesday 17
    # asked for
    [active("2026-03-02"), contact("2026-03-09", "rescheduled", asked="2026-03-13")],
    [active("2026-03-02"), contact("2026-03-09", "rescheduled", asked="2026-03-16")],
    # due: tier, then the oldest target, then the nearest appointment
    [active("2026-03-09"), tier("2026-03-09", "high")],  # today
    [active("2026-02-23")],  # the 9th
    [active("2026-03-02"), appointment("2026-03-20", noted="2026-03-02")],  # today
    [active("2026-03-02"), appointment("2026-03-23", noted="2026-03-02")],
    [active("2026-03-02")],
    [active("2026-01-05"), tier("2026-01-05", "low")],  # 2 February
    # to come: by day; on one day a must comes first, then by tier
    [stay("2026-03-16")],  # Tuesday 17
    [active("2026-03-10"), tier("2026-03-10", "high")],  # Tuesday 17
    [active("2026-03-03")],  # Tuesday 17
    [active("2026-03-11"), tier("2026-03-11", "high")],  # Wednesday 18
]


def test_c1_the_order_of_the_list_is_the_one_that_is_documented():
    today = DAY("2026-03-16")
    firsts = [
        schedule.plan(facts(*known, patient=99 - number), PROTOCOLS, FEDERAL, today).items[0]
        for number, known in enumerate(IN_ORDER)
    ]
    ranks = [item.rank(today) for item in firsts]
    assert ranks == sorted(ranks)
    assert [rank.band for rank in ranks] == [0] * 3 + [1] * 3 + [2] * 2 + [3] * 6 + [4] * 4


def test_c1_of_two_alike_the_lower_id_comes_first_so_that_a_list_can_be_repeated():
    today = DAY("2026-03-16")
    known = [active("2026-03-02")]
    ranks = [
        schedule.plan(facts(*known, patient=patient), PROTOCOLS, FEDERAL, today)
        .items[0]
        .rank(today)
        for patient in (3, 12, 20)
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 3


def test_c3_nobody_is_dropped_for_being_long_overdue():
    known = [active("2024-03-04")]
    for today in ("2024-03-18", "2025-03-18", "2026-03-18", "2036-03-18"):
        assert rules(today, *known).keys() == {"routine/moderate"}


def test_c4_those_who_were_tried_stay_on_the_plan():
    known = [active("2026-02-02"), contact("2026-03-16", "no_answer")]
    item = rules("2026-03-16", *known)["routine/moderate"]
    assert (str(item.due), item.attempts) == ("2026-03-17", 1)


def test_c5_urgency_ends_by_itself_on_a_day_that_is_known():
    known = [active("2026-01-05"), stay(FRIDAY), contact("2026-03-30")]
    assert plan("2026-04-05", *known).standing.tier == "high"
    assert plan("2026-04-06", *known).standing.tier == "moderate"


def test_c6_of_two_alike_the_one_with_the_nearer_appointment_comes_first():
    def rank(patient, *more):
        known = [active("2026-02-02"), *more]
        found = schedule.plan(facts(*known, patient=patient), PROTOCOLS, FEDERAL, DAY("2026-03-09"))
        item = next(one for one in found.items if one.rule.kind == "routine")
        return item.rank(DAY("2026-03-09"))

    soon, later = appointment("2026-03-11", noted=FRIDAY), appointment("2026-03-25", noted=FRIDAY)
    ranks = [rank(3, soon), rank(2, later), rank(1)]
    assert ranks == sorted(ranks)


def test_c7_whoever_has_nothing_open_is_not_on_the_list():
    called = [ed("2024-03-04"), contact("2024-03-05")]
    for known in ([], [condition("copd")], [status("2026-01-05", "on_hold")], called):
        assert plan("2026-03-09", *known).items == ()


def test_c9_an_appointment_asks_for_no_call_before_its_day():
    known = [appointment("2026-03-18", noted="2026-03-09")]
    assert state_of("appointment/kept", "2026-03-18", *known) == State.UPCOMING
    assert state_of("appointment/kept", "2026-03-19", *known) == State.DUE


# D. What is logged


@pytest.mark.parametrize("party", ["provider", "agency", "pharmacy", "payer", "facility", "other"])
def test_d1_word_with_somebody_else_is_kept_and_is_no_contact_with_the_patient(party):
    known = [active("2026-02-02"), stay(FRIDAY), contact("2026-03-09", party=party)]
    found = rules("2026-03-09", *known)
    assert CONTACT in found
    assert found[CONTACT].attempts == 0


def test_d6_a_call_from_the_patient_counts_and_a_voicemail_comes_back_by_itself():
    known = [active("2026-02-02"), stay(FRIDAY)]
    assert CONTACT not in rules("2026-03-09", *known, contact("2026-03-09", inbound=True))
    left = contact("2026-03-09", "left_voicemail")
    assert str(rules("2026-03-09", *known, left)[CONTACT].due) == "2026-03-10"


def test_d7_silence_has_a_reason_and_an_end():
    away = hold("2026-03-09", "2026-03-30", "with her mother")
    item = rules("2026-03-09", active("2026-03-02"), away)["routine/moderate"]
    assert (str(item.target), item.trace.moves[-1].said) == ("2026-03-30", "with her mother")


def test_d11_what_an_outcome_means_is_data():
    assert {code for code, one in PROTOCOLS.outcomes.items() if one.counts} == PROTOCOLS.counting
    easy = PROTOCOLS._replace(counting=PROTOCOLS.counting | {"portal_read"})
    read = contact("2026-03-09", "portal_read", by="portal")
    assert CONTACT in rules("2026-03-09", stay(FRIDAY), read)
    assert CONTACT not in rules("2026-03-09", stay(FRIDAY), read, protocols=easy)


# E. Unreachable, stale, permission


def test_e3_whoever_has_no_phone_is_on_the_list(care, monkeypatch):
    monkeypatch.setenv("CARETOOL_TODAY", "2026-03-02")
    care("add-patient", "Hart, Lena", "--dob", "1950-02-03", "--tier", "moderate")
    (row,) = care("due-today", "--as-of", "2026-03-16", "--json").data
    assert (row["patient"], row["phone"]) == ("P1", None)


def test_e5_after_three_attempts_somebody_is_not_forgotten_and_not_called_every_day():
    made = [
        contact("2026-03-02", "no_answer", at="09:00"),
        contact("2026-03-03", "no_answer", at="14:00"),
        contact("2026-03-04", "portal_sent", by="portal", at="09:00"),
        contact("2026-03-05", "letter_sent", by="letter"),
    ]
    found = rules("2026-03-05", active("2026-02-02"), *made)
    assert str(found["routine/moderate"].due) == "2026-03-19"  # two weeks after the letter
    assert str(found["unreached/close"].target) == "2026-03-19"


def test_e6_a_letter_is_no_contact():
    for outcome in ("letter_sent", "letter_returned"):
        sent = contact("2026-03-09", outcome, by="letter")
        found = rules("2026-03-09", active("2026-02-02"), stay(FRIDAY), sent)
        assert {CONTACT, "transition/calls"} <= found.keys()
        assert found[CONTACT].attempts == 0
