"""The care rules that are built in say what the rulebook says."""

import pytest

from caretool import diagnoses
from caretool.model import CloseReason, Party, PatientClass, Status, Strength, Tier
from caretool.protocols import Span
from caretool.rule_files import load_conditions, load_outcomes, load_protocols
from caretool.rules import read_rules
from caretool.workdays import load_calendar

# Rulebook section 2, "Disposition → TCM decision": codes, what the call list does with them.
# 81 to 95 are the same places as 01 to 70 "with a planned readmission".
CALL_LIST = {
    "yes": "01 06 81 86",
    "review": "04 84 64 92 07",
    "hold": "03 61 62 63 65 66 02 05 43 70 82 83 85 88 89 90 91 93 94 95 50 51 21 87",
    "never": "20 40 41 42",
    "ignore": "09 30",
}
CODES = [(code, meaning) for meaning, codes in CALL_LIST.items() for code in codes.split()]
PLANNED_READMISSION = {
    "81": "01", "82": "02", "83": "03", "84": "04", "85": "05", "86": "06", "87": "21",
    "88": "43", "89": "61", "90": "62", "91": "63", "92": "64", "93": "65", "94": "66", "95": "70",
}  # fmt: skip

# Rulebook section 8 names the outcomes; `reached_other` and those of visits are the project's own
REACHED = {
    "reached_patient", "reached_caregiver", "portal_replied", "reached_other", "declined_today",
    "rescheduled", "refused_program", "visit_done",
}  # fmt: skip
COUNTS = {
    "reached_patient", "reached_caregiver", "portal_replied", "refused_program", "visit_done",
}  # fmt: skip
ATTEMPTS = {
    "declined_today", "rescheduled", "left_voicemail", "no_answer", "busy", "not_home",
    "mailbox_full", "wrong_number", "disconnected", "language_barrier", "portal_sent",
    "portal_read",
}  # fmt: skip
CLOSES = {"refused_program": "declined", "moved": "moved", "deceased": "deceased"}
NEITHER = {
    "letter_sent", "letter_returned", "in_facility", "moved", "deceased", "other", "visit_missed",
}  # fmt: skip

# Rulebook sections 2, 4, 7.1 and 7.2: target and limit, from the day of the event; those of project
# default or decision as the file says
AFTER_THE_EVENT = {
    "transition/contact": ("1 business day", "2 business days"),
    "transition/visit_high": ("5 days", "7 days"),
    "transition/visit_moderate": ("7 days", "14 days"),
    "transition/reconciliation": ("7 days", "30 days"),
    "windows/engagement": ("23 days", "30 days"),
    "windows/reconciliation": ("23 days", "30 days"),
    "psychiatric/seven_days": ("5 days", "7 days"),
    "psychiatric/thirty_days": ("23 days", "30 days"),
    "ed/call": ("1 business day", "2 business days"),
    "ed_chronic/visit": ("5 days", "7 days"),
    "ed_psychiatric/seven_days": ("5 days", "7 days"),
    "ed_psychiatric/thirty_days": ("23 days", "30 days"),
    "ed_substance/seven_days": ("5 days", "7 days"),
    "ed_substance/thirty_days": ("23 days", "30 days"),
    "heart_failure/visit": ("5 days", "7 days"),
    "depression/first_weeks": ("2 weeks", "4 weeks"),
    "depression/consultation": ("8 weeks", "12 weeks"),
    "candidate/offer": ("1 business day", "2 business days"),
    "referred/offer": ("2 business days", "5 business days"),
    "supply/refill": ("7 days before", "0 days"),
}
# Traps 6 and 7: where the day of the event itself does not count
NOT_THE_DAY_ITSELF = {
    "windows/engagement", "psychiatric/seven_days", "psychiatric/thirty_days",
}  # fmt: skip


# What is built in


def test_every_code_of_the_rulebook_is_there_and_one_disaster_site_more():
    known = load_protocols().dispositions
    assert known.keys() == {code for code, _ in CODES} | {"69"}
    assert known["69"].transition == "hold"


@pytest.mark.parametrize(("code", "meaning"), CODES)
def test_a_disposition_means_what_the_rulebook_says(code, meaning):
    assert load_protocols().disposition_meaning(code) == meaning


@pytest.mark.parametrize("code", [None, "", "99", "1", "home"])
def test_any_other_disposition_is_unknown(code):
    assert load_protocols().disposition_meaning(code) == "unknown"


def test_only_who_left_against_advice_comes_first():
    known = load_protocols().dispositions.values()
    assert [one.code for one in known if one.first] == ["07"]


@pytest.mark.parametrize(("planned", "plain"), PLANNED_READMISSION.items())
def test_a_planned_readmission_changes_nothing(planned, plain):
    meaning = load_protocols().disposition_meaning
    assert meaning(planned) == meaning(plain)


def test_the_outcomes_have_the_flags_of_the_rulebook():
    known = load_outcomes()
    assert known.keys() == REACHED | ATTEMPTS | NEITHER
    assert {code for code, one in known.items() if one.reached} == REACHED
    assert {code for code, one in known.items() if one.counts} == COUNTS
    assert {code for code, one in known.items() if one.attempt} == ATTEMPTS
    assert {code: one.closes for code, one in known.items() if one.closes} == CLOSES
    assert [code for code, one in known.items() if one.facility] == ["in_facility"]
    assert [code for code, one in known.items() if one.visit] == ["visit_done"]
    assert [code for code, one in known.items() if one.letter] == ["letter_sent"]
    bad = [code for code, one in known.items() if one.bad_number]
    assert bad == ["wrong_number", "disconnected"]


@pytest.mark.parametrize("outcome", load_outcomes().values(), ids=str)
def test_the_flags_of_an_outcome_do_not_contradict_each_other(outcome):
    assert not (outcome.counts and not outcome.reached)
    assert not (outcome.counts and outcome.attempt)
    assert not (outcome.closes and outcome.attempt)
    assert outcome.party in set(Party)
    assert outcome.closes is None or outcome.closes in set(CloseReason)
    assert outcome.label


def test_somebody_else_is_spoken_to_only_where_the_outcome_says_so():
    others = {one.code: one.party for one in load_outcomes().values() if one.party != "patient"}
    assert others == {"reached_caregiver": "caregiver", "reached_other": "provider"}


def of(known, name):
    """The protocol of that name."""
    return next(one for several in known.by_trigger.values() for one in several if one.name == name)


def rules(known):
    return {rule.id: rule for rule in known.rules}


def test_the_contact_after_a_discharge_is_as_medicare_has_it():
    transition = of(load_protocols(), "transition")
    rule = transition.rules[0]
    assert (rule.target, rule.limit) == (Span(1, "business day"), Span(2, "business day"))
    assert (rule.strength, rule.move, rule.documents) == (Strength.MUST, "stay", True)
    assert transition.classes == set(PatientClass) - {"emergency", "ambulatory"}
    assert transition.dispositions == {"yes", "review", "unknown"}
    assert transition.statuses == set(Status) - {"closed"}
    assert transition.period == Span(29, "day")


def test_each_window_after_an_event_is_the_one_of_its_source():
    found = {
        rule.id: (str(rule.target), str(rule.limit))
        for rule in load_protocols().rules
        if rule.anchor == "event" and rule.limit
    }
    assert found == AFTER_THE_EVENT


def test_only_where_the_source_says_so_does_the_day_itself_not_count():
    found = {rule.id for rule in load_protocols().rules if rule.counts_from == Span(1, "day")}
    assert found == NOT_THE_DAY_ITSELF


def test_what_must_be_done_is_what_medicare_asks_for_and_the_offer():
    must = {rule.id for rule in load_protocols().rules if rule.strength == Strength.MUST}
    assert must == {
        "transition/contact", "transition/visit_high", "transition/visit_moderate",
        "transition/reconciliation", "candidate/offer", "referred/offer",
    }  # fmt: skip


def test_the_calls_of_the_transition_are_on_days_7_14_21_and_30():
    rule = rules(load_protocols())["transition/calls"]
    assert [span.count for span in (rule.target, *rule.then)] == [7, 14, 21, 30]


def test_what_needs_a_measured_value_sleeps_and_nothing_else():
    asleep = {rule.id for rule in load_protocols().rules if rule.needs}
    assert asleep == {"depression/consultation", "hypertension/monthly", "diabetes/quarterly"}


def test_each_tier_has_its_interval():
    known = load_protocols()
    assert {tier: rule.target for tier, rule in known.routine.items()} == {
        "high": Span(7, "day"),
        "moderate": Span(14, "day"),
        "low": Span(28, "day"),
        "maintenance": Span(84, "day"),
    }
    assert set(known.routine) == set(Tier)
    assert {rule.move for rule in known.routine.values()} == {"later"}
    assert {rule.limit for rule in known.routine.values()} == {None}
    assert of(known, "routine").statuses == {"active"}
    assert known.default_tier == "moderate"


def test_what_raises_the_tier_is_what_the_rulebook_counts():
    found = {one.by: (one.at_least, str(one.after)) for one in load_protocols().raises}
    # Rulebook 7.3 (D to D+30 are 31 days), section 5 (LACE 10 and more; four in 365 days)
    assert found == {
        "transition": (1, "31 days"),
        "lace": (10, "12 months"),
        "admissions": (2, "12 months"),
        "ed_visits": (4, "365 days"),
    }


def test_the_ladder_is_three_attempts_within_ten_business_days_by_two_ways():
    ladder = load_protocols().ladder  # rulebook 7.4
    assert (ladder.attempts, ladder.channels, str(ladder.within)) == (3, 2, "10 business days")
    assert str(ladder.rest) == str(rules(load_protocols())["unreached/close"].target) == "14 days"
    assert load_protocols().attempts.documented == 2  # rulebook TCM_ATTEMPTS
    assert load_protocols().attempts.minutes_apart == 30


def test_a_failed_attempt_is_repeated_on_the_next_business_day():
    assert load_protocols().retry == Span(1, "business day")


def test_a_date_asked_for_stays_where_it_is():
    (rule,) = of(load_protocols(), "request").rules
    assert (rule.move, rule.target, rule.limit) == ("stay", Span(0, "day"), None)


def test_every_rule_and_protocol_names_its_source():
    for several in load_protocols().by_trigger.values():
        for protocol in several:
            assert protocol.source
            assert protocol.rules
            assert all(rule.source for rule in protocol.rules)
            assert all(rule.protocol == protocol.name for rule in protocol.rules)


def test_the_calendar_that_the_rules_name_is_there():
    assert load_calendar(load_protocols().calendar).last >= 2060


def test_conditions_have_icd_10_prefixes_without_the_dot():
    known = load_conditions()
    assert "heart_failure" in known
    assert all(prefix.isalnum() for prefixes in known.values() for prefix in prefixes)


def test_what_protocols_name_are_conditions_that_there_are():
    known = diagnoses.known()
    for several in load_protocols().by_trigger.values():
        for protocol in several:
            assert protocol.conditions | protocol.diagnoses <= known


def test_the_high_risk_chronic_groups_are_the_eight_without_diabetes_and_hypertension():
    groups = read_rules("conditions.toml")["high_risk_chronic"]
    assert len(groups) == 8
    assert {code for group in groups for code in group}.isdisjoint({"diabetes", "hypertension"})
    assert ["copd", "asthma"] in groups
    assert {code for group in groups for code in group} <= load_conditions().keys()
