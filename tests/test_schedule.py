"""What starts, holds, ends and completes an item: each rule of the rulebook worked by hand."""

import pytest
from patient_facts import (
    ATTEMPTS,
    DAY,
    active,
    changed,
    contact,
    days,
    main_kinds,
    only,
    open_kinds,
    plan,
    status,
    stay,
    tier,
)

from caretool.model import Status, Strength

AFTER_A_STAY = {
    "transition_contact", "visit", "reconciliation", "transition_call", "engagement",
    "reconciliation_window",
}  # fmt: skip


def of_stay(item):
    """The number of the stay that started it."""
    return item.start.stay.stay_id


# After a discharge: rulebook 2.1, and who comes from where and goes where

TABLE = [
    ("2026-03-09", "2026-03-10", "2026-03-11"),
    ("2026-03-06", "2026-03-09", "2026-03-10"),
    ("2026-03-07", "2026-03-09", "2026-03-10"),
    ("2026-03-08", "2026-03-09", "2026-03-10"),
    ("2025-08-29", "2025-09-02", "2025-09-03"),
    ("2025-11-26", "2025-11-28", "2025-12-01"),
    ("2026-01-16", "2026-01-20", "2026-01-21"),
    ("2026-06-18", "2026-06-22", "2026-06-23"),
    ("2026-07-01", "2026-07-02", "2026-07-06"),
    ("2026-07-02", "2026-07-06", "2026-07-07"),
    ("2026-11-10", "2026-11-12", "2026-11-13"),
    ("2026-11-25", "2026-11-27", "2026-11-30"),
    ("2026-12-24", "2026-12-28", "2026-12-29"),
    ("2027-07-02", "2027-07-06", "2027-07-07"),
    ("2027-12-30", "2028-01-03", "2028-01-04"),
    ("2025-12-23", "2025-12-24", "2025-12-26"),
]


@pytest.mark.parametrize(("left", "first", "second"), TABLE)
def test_the_contact_is_due_on_the_first_business_day_and_at_latest_on_the_second(
    left, first, second
):
    item = only(second, stay(left))
    assert (item.rule.kind, item.rule.strength) == ("transition_contact", Strength.MUST)
    assert days(item) == (first, second, first)
    assert (of_stay(item), item.trace.fact_id, str(item.trace.anchor)) == (1, "D1", left)
    assert item.trace.moves == ()


@pytest.mark.parametrize(("left", "first", "second"), TABLE)
def test_it_is_on_the_list_from_the_day_of_discharge(left, first, second):
    assert days(only(left, stay(left))) == (first, second, first)


@pytest.mark.parametrize(
    "kind", ["inpatient", "observation", "snf", "rehab", "ltch", "psychiatric", "partial"]
)
def test_a_stay_of_this_kind_starts_a_transition(kind):
    assert only("2026-03-06", stay("2026-03-06", kind=kind)).start.unclear is None


def test_a_stay_of_unknown_kind_starts_a_transition_and_says_so():
    assert (
        only("2026-03-06", stay("2026-03-06", kind="unknown")).start.unclear
        == "kind of stay unknown"
    )


@pytest.mark.parametrize(("kind", "starts"), [("emergency", {"ed_call"}), ("ambulatory", set())])
def test_a_visit_without_admission_starts_no_transition(kind, starts):
    assert open_kinds("2026-03-09", stay("2026-03-06", kind=kind)) == starts


def test_a_kind_of_stay_that_the_protocol_does_not_list_starts_no_transition():
    without = changed("transition", classes=frozenset({"inpatient"}))
    rehab = stay("2026-03-06", kind="rehab")
    assert open_kinds("2026-03-09", rehab) == AFTER_A_STAY
    others = {"engagement", "reconciliation_window"}
    assert open_kinds("2026-03-09", rehab, protocols=without) == others


@pytest.mark.parametrize("code", ["01", "06", "81", "86"])
def test_who_went_home_is_called(code):
    item = only("2026-03-09", stay("2026-03-06", code))
    assert (item.start.unclear, item.start.first) == (None, False)


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("04", "custodial or supportive care"),
        ("84", "custodial care, planned readmission"),
        ("64", "Medicaid nursing facility"),
        ("92", "Medicaid nursing facility, planned readmission"),
    ],
)
def test_who_went_to_supportive_care_is_called_and_flagged(code, label):
    item = only("2026-03-09", stay("2026-03-06", code))
    assert (item.start.unclear, item.start.first) == (label, False)


def test_who_left_against_medical_advice_is_called_first():
    item = only("2026-03-09", stay("2026-03-06", "07"))
    assert (item.start.unclear, item.start.first) == ("left against medical advice", True)


@pytest.mark.parametrize("code", [None, "", "99"])
def test_who_went_nobody_knows_where_is_called_and_flagged(code):
    item = only("2026-03-09", stay("2026-03-06", code))
    assert (item.start.unclear, item.start.first) == ("disposition unknown", False)


def test_two_doubts_are_both_told():
    item = only("2026-03-09", stay("2026-03-06", None, kind="unknown"))
    assert item.start.unclear == "disposition unknown, kind of stay unknown"


@pytest.mark.parametrize(
    "code",
    [
        *("02", "03", "05", "21", "43", "50", "51", "61", "62", "63", "65", "66", "69", "70"),
        *("82", "83", "85", "87", "88", "89", "90", "91", "93", "94", "95"),
    ],
)
def test_who_went_to_a_facility_or_hospice_is_held_but_for_a_weekly_word(code):
    held = plan("2026-03-09", active("2026-01-05"), stay("2026-03-06", code))
    (check,) = held.items
    assert (check.rule.kind, check.trace.fact_id) == ("facility_check", "D1")
    assert days(check) == ("2026-03-13", "None", "2026-03-13")
    assert (held.standing.status, held.standing.held_by) == (Status.ACTIVE, "D1")
    assert held.standing.held_since == DAY("2026-03-06")


@pytest.mark.parametrize("code", ["20", "40", "41", "42"])
def test_the_dead_are_never_called(code):
    dead = plan("2026-03-09", active("2026-01-05"), stay("2026-03-06", code))
    assert dead.items == ()
    assert dead.standing[:4] == (Status.CLOSED, DAY("2026-03-06"), "deceased", "D1")


@pytest.mark.parametrize("code", ["09", "30"])
def test_what_is_no_discharge_neither_calls_nor_holds(code):
    assert plan("2026-03-09", stay("2026-03-06", code)).items == ()
    assert plan("2026-03-09", stay("2026-03-06", code)).standing.held_since is None
    earlier = only("2026-03-09", stay("2026-03-04"), stay("2026-03-06", code))
    assert (of_stay(earlier), days(earlier)[0]) == (1, "2026-03-05")


@pytest.mark.parametrize("word", ["roster", "on_hold"])
def test_whoever_is_not_under_care_management_is_called_after_a_discharge_only(word):
    known = [status("2026-01-05", word), contact("2026-02-02"), stay("2026-03-06")]
    assert open_kinds("2026-03-09", *known) == AFTER_A_STAY
    assert plan("2026-03-05", *known).items == ()


def test_nothing_is_owed_to_the_closed():
    closed = status("2026-03-05", "closed", "moved")
    assert plan("2026-03-09", active("2026-01-05"), closed, stay("2026-03-06")).items == ()


def test_the_list_that_arrives_late_is_a_fact_and_no_new_clock():
    item = only("2026-03-16", stay("2026-03-06", arrived="2026-03-16"))
    assert days(item) == ("2026-03-09", "2026-03-10", "2026-03-09")
    assert item.arrived_late_on == DAY("2026-03-16")


@pytest.mark.parametrize("arrived", ["2026-03-07", "2026-03-10"])
def test_a_list_that_arrives_within_the_limit_is_not_late(arrived):
    assert only("2026-03-16", stay("2026-03-06", arrived=arrived)).arrived_late_on is None


# From stay to stay, and in and out of facilities


def test_to_a_nursing_facility_holds_and_from_there_home_starts():
    known = [stay("2026-03-06", "03"), stay("2026-03-20", kind="snf", admitted="2026-03-06")]
    assert open_kinds("2026-03-19", *known) == {"facility_check"}
    item = only("2026-03-20", *known)
    assert (of_stay(item), days(item)[:2]) == (2, ("2026-03-23", "2026-03-24"))
    assert open_kinds("2026-03-20", *known) == AFTER_A_STAY


def test_a_readmission_holds_and_its_discharge_supersedes_the_earlier_one():
    known = [stay("2026-03-06"), stay("2026-03-12", admitted="2026-03-09")]
    assert of_stay(only("2026-03-08", *known)) == 1
    assert open_kinds("2026-03-09", *known) == {"facility_check"}
    item = only("2026-03-12", *known)
    assert (of_stay(item), days(item)[:2]) == (2, ("2026-03-13", "2026-03-16"))
    assert {of_stay(one) for one in plan("2026-03-12", *known).items} == {2}


def test_an_emergency_visit_supersedes_nothing():
    item = only("2026-03-09", stay("2026-03-06"), stay("2026-03-08", kind="emergency"))
    assert of_stay(item) == 1


@pytest.mark.parametrize("numbering", [1, -1])
def test_of_two_stays_that_end_on_one_day_the_later_hour_counts(numbering):
    morning, evening = stay("2026-03-06", at="08:00"), stay("2026-03-06", at="18:00")
    between = contact("2026-03-06", at="10:00")
    item = only("2026-03-06", *(morning, evening)[::numbering], between)
    assert of_stay(item) == (2 if numbering == 1 else 1)


def test_of_two_stays_that_cannot_be_told_apart_the_one_on_file_first_counts():
    assert of_stay(only("2026-03-06", stay("2026-03-06"), stay("2026-03-06"))) == 1


def test_where_a_patient_stands_does_not_depend_on_which_stay_was_entered_first():
    stays = [stay("2026-03-02"), stay("2026-03-09")]
    first, second = (
        plan("2026-03-10", active("2026-01-05"), *known).standing for known in (stays, stays[::-1])
    )
    assert first == second
    assert [str(one.first) for one in first.raises] == ["2026-03-02", "2026-03-09", "2026-03-09"]


def test_an_open_admission_holds():
    held = plan("2026-03-09", active("2026-01-05"), stay(None, admitted="2026-03-06"))
    assert [item.rule.kind for item in held.items] == ["facility_check"]
    assert held.standing.held_since == DAY("2026-03-06")
    assert held.standing.words == "active, in a facility"


@pytest.mark.parametrize("kind", ["emergency", "ambulatory"])
def test_an_open_visit_does_not_hold(kind):
    open_visit = stay(None, admitted="2026-03-06", kind=kind)
    assert open_kinds("2026-03-09", active("2026-01-05"), open_visit) == {"routine"}


HOLDS = {
    "discharged to a nursing facility": stay("2026-03-06", "03"),
    "still in hospital": stay(None, admitted="2026-03-06"),
    "said to be in a facility": contact("2026-03-06", "in_facility"),
}


@pytest.fixture(params=HOLDS.values(), ids=HOLDS.keys())
def hold(request):
    return request.param


@pytest.mark.parametrize(
    "end",
    [
        lambda day: stay(day, kind="snf"),
        lambda day: contact(day),
        lambda day: contact(day, "reached_caregiver"),
        lambda day: contact(day, inbound=True, by="portal"),
        active,
    ],
    ids=["discharged home", "reached", "reached the caregiver", "called us", "made active again"],
)
def test_a_hold_ends_on_a_later_day_and_not_on_the_same_day(hold, end):
    def held(day):
        return plan("2026-03-20", active("2026-01-05"), hold, end(day)).standing.held_since

    assert held("2026-03-07") is None
    assert held("2026-03-06") == DAY("2026-03-06")
    assert held("2026-03-05") == DAY("2026-03-06")


@pytest.mark.parametrize(
    "later",
    [
        contact("2026-03-09", by="facility"),
        contact("2026-03-09", "reached_other"),
        contact("2026-03-09", party="provider"),
        contact("2026-03-09", "no_answer"),
        contact("2026-03-09", "declined_today"),
        status("2026-03-09", "on_hold"),
        stay("2026-03-09", "03", kind="rehab"),
        stay("2026-03-09", "30"),
    ],
)
def test_a_hold_is_not_ended_by_anything_else(hold, later):
    held = plan("2026-03-20", active("2026-01-05"), hold, later).standing
    assert held.held_since == DAY("2026-03-06")


def test_a_second_hold_after_the_first_has_ended_counts_anew():
    known = [stay("2026-03-06", "03"), contact("2026-03-10"), contact("2026-03-12", "in_facility")]
    assert plan("2026-03-20", *known).standing.held_since == DAY("2026-03-12")


def test_made_active_while_in_a_nursing_facility_starts_routine_and_no_transition():
    known = [active("2026-01-05"), stay("2026-03-06", "03"), active("2026-03-09")]
    assert open_kinds("2026-03-09", *known) == {"routine"}


def test_being_taken_into_care_management_does_not_bring_anybody_home():
    in_hospital = [stay(None, admitted="2026-03-05"), active("2026-03-09")]
    in_nursing_facility = [stay("2026-03-06", "03"), active("2026-03-09")]
    for known in (in_hospital, in_nursing_facility):
        assert open_kinds("2026-03-30", *known) == {"facility_check"}
        assert plan("2026-03-30", *known).standing.held_since is not None


def test_after_a_hold_the_earlier_discharge_is_open_again_when_the_stay_proves_wrong():
    known = [active("2026-01-05"), stay("2026-03-06"), stay(None, admitted="2026-03-08")]
    assert open_kinds("2026-03-09", *known) == {"facility_check"}
    again = active("2026-03-10")
    # A call on day 7 stands in place of the routine
    assert open_kinds("2026-03-10", *known, again) == AFTER_A_STAY


# Death and closing


def test_a_contact_that_reports_a_death_closes_for_good():
    known = [active("2026-01-05"), contact("2026-03-06", "deceased")]
    later = [active("2026-03-09"), contact("2026-03-10"), stay("2026-03-11")]
    assert plan("2026-03-05", *known).items != ()
    dead = plan("2026-03-20", *known, *later)
    assert (dead.items, dead.standing.reason, dead.standing.fact_id) == ((), "deceased", "C1")


def test_of_two_reports_of_a_death_the_first_counts():
    known = [contact("2026-03-09", "deceased"), stay("2026-03-06", "20")]
    assert plan("2026-03-20", *known).standing[1:4] == (DAY("2026-03-06"), "deceased", "D1")


@pytest.mark.parametrize("reason", ["deceased", "graduated", "declined", "moved"])
def test_closing_by_hand_ends_everything_and_a_later_status_opens_again(reason):
    known = [active("2026-01-05"), stay("2026-03-06"), status("2026-03-09", "closed", reason)]
    closed = plan("2026-03-10", *known)
    assert (closed.items, closed.standing.words) == ((), f"closed ({reason})")
    assert plan("2026-03-16", *known, active("2026-03-16")).items != ()


@pytest.mark.parametrize(
    ("outcome", "reason"), [("refused_program", "declined"), ("moved", "moved")]
)
def test_an_outcome_that_ends_outreach_closes_until_a_later_status(outcome, reason):
    known = [active("2026-01-05"), contact("2026-03-06", outcome)]
    closed = plan("2026-03-09", *known)
    assert closed.items == ()
    assert closed.standing[:4] == (Status.CLOSED, DAY("2026-03-06"), reason, "C1")
    again = plan("2026-03-10", *known, active("2026-03-10"))
    assert again.standing[:3] == (Status.ACTIVE, DAY("2026-03-10"), None)
    assert days(again.items[0]) == ("2026-03-24", "None", "2026-03-24")


def test_who_refuses_on_the_day_of_enrolment_is_closed():
    assert plan("2026-03-06", active("2026-03-06"), contact("2026-03-06", "moved")).items == ()


def test_an_outcome_that_ends_outreach_closes_a_roster_patient_too():
    assert plan("2026-03-09", stay("2026-03-04"), contact("2026-03-06", "moved")).items == ()


def test_a_later_closing_contact_says_since_when():
    known = [contact("2026-03-06", "moved"), contact("2026-03-09", "refused_program")]
    assert plan("2026-03-10", *known).standing[1:4] == (DAY("2026-03-09"), "declined", "C2")


# Routine follow-up


@pytest.mark.parametrize(
    ("word", "target"),
    [
        ("high", "2026-11-09"),
        ("moderate", "2026-11-16"),
        ("low", "2026-11-30"),
        ("maintenance", "2027-01-25"),
    ],
)
def test_routine_follows_the_tier_from_the_enrolment(word, target):
    item = only("2026-11-02", active("2026-11-02"), tier("2026-11-02", word))
    assert days(item) == (target, "None", target)
    assert (item.rule.strength, item.tier, item.trace.fact_id) == (Strength.SHOULD, word, "")
    assert item.trace.fact == "under care management since"


def test_routine_counts_from_the_last_two_way_contact():
    known = [active("2026-10-01"), contact("2026-10-15"), contact("2026-11-02", inbound=True)]
    item = only("2026-11-02", *known)
    assert days(item)[0] == "2026-11-16"
    assert (item.trace.fact, item.trace.fact_id) == ("last two-way contact", "C2")


def test_being_made_active_again_counts_anew():
    known = [active("2026-10-01"), contact("2026-10-15"), active("2026-11-02")]
    assert str(only("2026-11-02", *known).trace.anchor) == "2026-11-02"


def test_a_contact_on_the_day_of_enrolment_is_what_routine_counts_from():
    assert only("2026-11-02", active("2026-11-02"), contact("2026-11-02")).trace.fact_id == "C1"


def test_another_tier_counts_from_its_day_on():
    known = [active("2026-11-02"), tier("2026-11-02", "low"), tier("2026-11-04", "high")]
    assert days(only("2026-11-03", *known))[0] == "2026-11-30"
    assert days(only("2026-11-04", *known))[0] == "2026-11-09"


def test_without_a_tier_it_is_the_default_one():
    item = only("2026-11-02", active("2026-11-02"))
    assert (item.tier, item.rule.name) == ("moderate", "moderate")


@pytest.mark.parametrize(
    "weak",
    [
        contact("2026-11-05", "reached_other"),
        contact("2026-11-05", party="provider"),
        contact("2026-11-05", "reached_caregiver", party="agency"),
        contact("2026-11-05", "letter_sent"),
        contact("2026-11-05", "letter_returned"),
        contact("2026-11-05", "other"),
        *(contact("2026-11-05", outcome) for outcome in ATTEMPTS),
        *(contact("2026-11-05", outcome, inbound=True) for outcome in ATTEMPTS),
    ],
)
def test_only_a_two_way_contact_with_patient_or_caregiver_counts(weak):
    routine = only("2026-11-05", active("2026-11-02"), weak)
    assert (str(routine.trace.anchor), days(routine)[0]) == ("2026-11-02", "2026-11-16")
    after = only("2026-11-05", stay("2026-11-04"), weak)
    assert days(after)[:2] == ("2026-11-05", "2026-11-06")


@pytest.mark.parametrize("outcome", ["reached_patient", "reached_caregiver", "portal_replied"])
@pytest.mark.parametrize("inbound", [False, True])
def test_a_two_way_contact_completes_a_transition_and_starts_the_interval_anew(outcome, inbound):
    reached = contact("2026-11-05", outcome, inbound=inbound)
    known = [active("2026-11-02"), stay("2026-11-04"), reached]
    assert open_kinds("2026-11-05", *known) == AFTER_A_STAY - {"transition_contact"}
    # Day 7 is Veterans Day
    assert days(only("2026-11-05", *known, kind="transition_call"))[0] == "2026-11-12"
    # The last call, on day 30; its tier is raised no longer
    known.append(contact("2026-12-04", outcome, inbound=inbound))
    routine = only("2026-12-04", *known)
    assert (routine.trace.fact_id, days(routine)[0]) == ("C2", "2026-12-18")


ABOUT_MEDICATION = ("medication_reconciliation",)


@pytest.mark.parametrize("outcome", ATTEMPTS)
def test_a_failed_attempt_about_the_medication_completes_no_reconciliation(outcome):
    tried = contact("2026-11-05", outcome, topics=ABOUT_MEDICATION)
    assert open_kinds("2026-11-05", stay("2026-11-04"), tried) == AFTER_A_STAY


@pytest.mark.parametrize("outcome", ["reached_patient", "reached_other", "visit_done", "other"])
def test_every_other_contact_about_it_does(outcome):
    told = contact("2026-11-05", outcome, topics=ABOUT_MEDICATION)
    still = open_kinds("2026-11-05", stay("2026-11-04"), told)
    assert still & {"reconciliation", "reconciliation_window"} == set()


def test_while_calls_after_a_discharge_are_open_they_stand_for_the_routine():
    known = [active("2026-11-02"), stay("2026-11-04"), contact("2026-12-03")]
    assert main_kinds("2026-12-03", *known[:2]) == {"transition_contact"}
    # Day 30 is 4 December; a call up to three days early serves
    assert main_kinds("2026-12-03", *known) == {"routine"}
    assert main_kinds("2026-11-30", *known[:2], contact("2026-11-30")) == set()
    assert main_kinds("2026-12-01", *known[:2], contact("2026-12-01")) == {"routine"}


@pytest.mark.parametrize(
    ("since", "planned", "moved", "skipped"),
    [
        ("2026-10-31", "2026-11-14", "2026-11-16", ["11-14 Saturday", "11-15 Sunday"]),
        ("2026-11-01", "2026-11-15", "2026-11-16", ["11-15 Sunday"]),
        ("2026-10-28", "2026-11-11", "2026-11-12", ["11-11 Veterans Day"]),
        ("2026-11-12", "2026-11-26", "2026-11-27", ["11-26 Thanksgiving Day"]),
        (
            "2026-12-11",
            "2026-12-25",
            "2026-12-28",
            ["12-25 Christmas Day", "12-26 Saturday", "12-27 Sunday"],
        ),
    ],
)
def test_routine_on_a_weekend_or_holiday_moves_later_and_names_what_it_skips(
    since, planned, moved, skipped
):
    item = only(since, active(since))
    (move,) = item.trace.moves
    assert (move.why, move.said, str(item.trace.planned)) == ("closed days", None, planned)
    assert (str(move.before), str(move.after), str(item.target)) == (planned, moved, moved)
    assert [f"{day:%m-%d} {why}" for day, why in move.skipped] == skipped


def test_a_rule_may_move_earlier():
    earlier = changed("routine", "moderate", move="earlier")
    item = only("2026-12-11", active("2026-12-11"), protocols=earlier)
    assert str(item.target) == "2026-12-24"
    (move,) = item.trace.moves
    assert move.skipped == ((DAY("2026-12-25"), "Christmas Day"),)


def test_a_rule_may_leave_its_target_where_it_falls():
    as_it_is = changed("routine", "moderate", move="stay")
    item = only("2026-12-11", active("2026-12-11"), protocols=as_it_is)
    assert (str(item.target), item.trace.moves) == ("2026-12-25", ())


def test_whoever_was_never_enrolled_has_no_routine_even_where_a_rule_is_for_all():
    for_all = changed("routine", statuses=frozenset({"roster", "active"}))
    assert plan("2026-11-02", protocols=for_all).items == ()
    assert plan("2026-11-02", contact("2026-11-02"), protocols=for_all).items == ()
    on_file = status("2026-10-26", "roster")
    assert days(only("2026-11-02", on_file, protocols=for_all))[0] == "2026-11-09"
