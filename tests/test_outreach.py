"""How the trying goes: attempts that count, the ladder to the letter, what to try next.

Rulebook 2 (TCM_ATTEMPTS, "what counts as an attempt") and 7.4. March 2026 begins on a Sunday and
has no federal holiday; 2 March is a Monday.
"""

from datetime import date

import pytest
from patient_facts import (
    ATTEMPTS,
    DAY,
    FEDERAL,
    PROTOCOLS,
    active,
    contact,
    facts,
    hold,
    plan,
    status,
    stay,
    take_back,
    waive,
)

from caretool import outreach
from caretool.outreach import advice, failed, part_of_day, timely
from caretool.protocols import Attempts, Span

LADDER = PROTOCOLS.ladder
TWO, THREE, FOUR = "2026-03-02", "2026-03-03", "2026-03-04"  # Monday, Tuesday, Wednesday


def tries(*contacts):
    return list(facts(*contacts).contacts)


def climb(*contacts, since=date.min, protocols=PROTOCOLS):
    found = outreach.climb(tries(*contacts), protocols, FEDERAL, since)
    return found.attempts, found.spent_by and found.spent_by.contact_id


def phoned(on, at, outcome="no_answer", **more):
    return contact(on, outcome, at=at, **more)


def sent(on, at):
    return contact(on, "portal_sent", at=at, by="portal")


# What is an attempt


def test_the_ladder_is_the_one_of_the_rulebook():
    assert LADDER[:3] == (3, 2, 2)
    assert LADDER[3:5] == (Span(10, "business day"), Span(14, "day"))
    assert LADDER[5:] == (12, 17)
    assert PROTOCOLS.attempts == Attempts(documented=2, minutes_apart=30)


@pytest.mark.parametrize("outcome", ATTEMPTS)
def test_what_reached_nobody_is_an_attempt_unless_the_patient_made_it(outcome):
    assert len(failed(tries(contact(TWO, outcome)), PROTOCOLS)) == 1
    assert failed(tries(contact(TWO, outcome, inbound=True)), PROTOCOLS) == []


@pytest.mark.parametrize("outcome", sorted(set(PROTOCOLS.outcomes) - set(ATTEMPTS)))
def test_everything_else_is_none(outcome):
    assert failed(tries(contact(TWO, outcome)), PROTOCOLS) == []


# Separate and timely


@pytest.mark.parametrize(
    ("again", "count"), [("09:00", 1), ("09:29", 1), ("09:30", 2), ("08:31", 1), ("08:30", 2)]
)
def test_two_calls_of_one_day_are_separate_half_an_hour_apart(again, count):
    made = tries(phoned(TWO, "09:00"), phoned(TWO, again))
    assert timely(made, DAY(TWO), PROTOCOLS.attempts) == count


def test_an_attempt_is_measured_against_those_that_count_not_against_the_one_before():
    made = tries(phoned(TWO, "09:00"), phoned(TWO, "09:20"), phoned(TWO, "09:40"))
    assert timely(made, DAY(TWO), PROTOCOLS.attempts) == 2


def test_another_channel_makes_it_separate_within_the_minute():
    made = tries(phoned(TWO, "09:00"), sent(TWO, "09:00"))
    assert timely(made, DAY(TWO), PROTOCOLS.attempts) == 2


@pytest.mark.parametrize("times", [(None, None), (None, "09:00"), ("09:00", None)])
def test_without_times_two_calls_of_one_day_count_once(times):
    made = tries(*(phoned(TWO, at) for at in times))
    assert timely(made, DAY(TWO), PROTOCOLS.attempts) == 1


def test_calls_of_two_days_are_separate_whatever_the_hour():
    made = tries(phoned(TWO, "23:59"), phoned(THREE, "00:01"), phoned(FOUR, None))
    assert timely(made, DAY(FOUR), PROTOCOLS.attempts) == 3


@pytest.mark.parametrize(("limit", "count"), [(TWO, 1), (THREE, 2), (FOUR, 2)])
def test_an_attempt_on_the_limit_is_timely_and_one_past_it_is_not(limit, count):
    made = tries(phoned(TWO, "09:00"), phoned(THREE, "09:00"))
    assert timely(made, DAY(limit), PROTOCOLS.attempts) == count


@pytest.mark.parametrize(
    ("party", "count"), [("patient", 1), ("caregiver", 1), ("provider", 0), ("agency", 0)]
)
def test_an_attempt_goes_to_the_patient_or_the_caregiver(party, count):
    made = tries(phoned(TWO, "09:00", party=party))
    assert timely(made, DAY(TWO), PROTOCOLS.attempts) == count


def test_the_minutes_apart_are_the_practices_to_set():
    made = tries(phoned(TWO, "09:00"), phoned(TWO, "09:05"))
    assert timely(made, DAY(TWO), Attempts(documented=2, minutes_apart=5)) == 2


# Parts of the day


@pytest.mark.parametrize(
    ("at", "part"),
    [
        ("00:00", "morning"),
        ("11:59", "morning"),
        ("12:00", "afternoon"),
        ("16:59", "afternoon"),
        ("17:00", "evening"),
        ("23:59", "evening"),
    ],
)
def test_the_afternoon_is_from_twelve_to_five(at, part):
    assert part_of_day(phoned(TWO, at).at, LADDER) == part


def test_an_hour_that_nobody_noted_is_no_part_of_the_day():
    assert part_of_day(None, LADDER) is None


# The ladder

ENOUGH = [phoned(TWO, "09:00"), phoned(THREE, "14:00"), sent(FOUR, "09:00")]


def test_three_days_two_parts_of_the_day_and_two_channels_are_enough_for_a_letter():
    assert climb(*ENOUGH) == (3, 3)


@pytest.mark.parametrize(
    "short",
    [
        pytest.param(ENOUGH[:2], id="two attempts"),
        pytest.param([*ENOUGH[:2], sent(THREE, "09:00")], id="two days"),
        pytest.param(
            [phoned(TWO, "09:00"), phoned(THREE, "11:00"), sent(FOUR, "09:00")], id="mornings"
        ),
        pytest.param(
            [phoned(TWO, "09:00"), phoned(THREE, "14:00"), phoned(FOUR, "18:00")], id="by phone"
        ),
        pytest.param([phoned(TWO, None), phoned(THREE, None), sent(FOUR, None)], id="no times"),
        pytest.param([phoned(TWO, "09:00"), phoned(THREE, None), sent(FOUR, None)], id="one time"),
    ],
)
def test_with_less_it_is_not_enough(short):
    assert climb(*short) == (len(short), None)


def test_the_attempt_that_made_it_enough_stays_the_one_whatever_follows():
    after = [phoned("2026-03-05", "09:00"), phoned("2026-03-06", "15:00")]
    assert climb(*ENOUGH, *after) == (5, 3)


def test_a_fourth_attempt_can_supply_what_three_lacked():
    three = [phoned(TWO, "09:00"), phoned(THREE, "14:00"), phoned(FOUR, "18:00")]
    assert climb(*three, sent("2026-03-05", "09:00")) == (4, 4)


@pytest.mark.parametrize(
    ("third", "spent"),
    [
        ("2026-03-13", 3),  # Friday, business day 9 after Monday 2 March
        ("2026-03-16", 3),  # Monday, business day 10
        ("2026-03-17", None),  # Tuesday, business day 11
    ],
)
def test_the_attempts_lie_within_ten_business_days_of_the_first(third, spent):
    assert climb(phoned(TWO, "09:00"), phoned(THREE, "14:00"), sent(third, "09:00")) == (3, spent)


def test_an_old_attempt_drops_out_and_the_later_three_are_enough():
    # from 2 March business day 10 is 16 March; the others lie between 16 and 19 March
    made = [
        phoned(TWO, "09:00"),
        phoned("2026-03-16", "09:00"),
        phoned("2026-03-18", "14:00"),
        sent("2026-03-19", "09:00"),
    ]
    assert climb(*made) == (4, 4)


def test_a_holiday_among_the_ten_business_days_gives_one_day_more():
    # Monday 2026-11-16: Thanksgiving is the 26th, so business day 10 is Tuesday 1 December
    first = [phoned("2026-11-16", "09:00"), phoned("2026-11-17", "14:00")]
    assert climb(*first, sent("2026-12-01", "09:00")) == (3, 3)
    assert climb(*first, sent("2026-12-02", "09:00")) == (3, None)


@pytest.mark.parametrize(
    "heard",
    [
        contact(THREE),
        contact(THREE, "reached_caregiver"),
        contact(THREE, "portal_replied", by="portal"),
        contact(THREE, "left_voicemail", inbound=True),
        contact(THREE, "other", inbound=True),
        contact(THREE, "reached_other", inbound=True),
    ],
)
def test_whatever_the_patient_says_or_sends_starts_the_ladder_anew(heard):
    made = [phoned(TWO, "09:00"), heard, phoned(FOUR, "14:00"), sent("2026-03-05", "09:00")]
    assert climb(*made) == (2, None)


def test_word_from_somebody_else_or_a_letter_does_not():
    for other in (contact(THREE, "reached_other"), contact(THREE, "letter_sent", by="letter")):
        assert climb(*ENOUGH[:2], other, ENOUGH[2]) == (3, 4)


def test_an_inbound_contact_after_the_ladder_was_spent_starts_it_anew():
    assert climb(*ENOUGH, contact(FOUR, at="15:00", inbound=True)) == (0, None)


def test_attempts_up_to_the_day_on_which_she_decided_to_go_on_do_not_count():
    assert climb(*ENOUGH, since=DAY(TWO)) == (2, None)
    assert climb(*ENOUGH, since=DAY("2026-03-01")) == (3, 3)
    assert climb(*ENOUGH, since=DAY(FOUR)) == (0, None)


def test_nobody_was_tried():
    assert climb() == (0, None)


def test_a_ladder_of_the_practices_own():
    easy = PROTOCOLS._replace(ladder=LADDER._replace(attempts=2, parts_of_day=0, channels=1))
    made = [phoned(TWO, None), phoned(THREE, None)]
    assert climb(*made, protocols=easy) == (2, 2)


# What to try next


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ([phoned(TWO, "09:00")], "in the afternoon"),
        ([phoned(TWO, "14:00")], "at another time of day"),
        ([phoned(TWO, "18:00")], "at another time of day"),
        ([phoned(TWO, None)], ""),
        ([phoned(TWO, None), phoned(THREE, None)], "by another way than phone"),
        (
            [phoned(TWO, "09:00"), phoned(THREE, "10:00")],
            "in the afternoon, by another way than phone",
        ),
        ([phoned(TWO, "09:00"), phoned(THREE, "14:00")], "by another way than phone"),
        ([phoned(TWO, "09:00"), sent(THREE, "10:00")], "in the afternoon"),
        (ENOUGH, ""),
    ],
)
def test_the_advice_is_another_time_of_day_then_another_channel(made, words):
    assert advice(tries(*made), LADDER) == words


# The letter and the question whether to close: rules of the protocol "unreached"

LETTER, CLOSE, ROUTINE = "unreached/letter", "unreached/close", "routine/moderate"
# Enrolled on Monday 9 February, so routine on Monday 23 February; tried on 2, 3 and 4 March
KNOWN = [active("2026-02-09"), *ENOUGH]


def rules(today, *known):
    return {item.rule.id: item for item in plan(today, *known).items}


def dates_of(rule, today, *known):
    found = rules(today, *known).get(rule)
    return found and (str(found.target), str(found.due))


def letter(on):
    return contact(on, "letter_sent", by="letter")


def test_after_three_attempts_a_letter_is_due_on_the_next_business_day():
    found = rules(FOUR, *KNOWN)
    assert found.keys() == {ROUTINE, LETTER, CLOSE}
    item = found[LETTER]
    assert (str(item.target), item.limit, item.attempts) == ("2026-03-05", None, 0)
    assert (item.trace.fact, item.trace.fact_id) == ("3 attempts, enough since", "C3")
    assert LETTER not in rules(THREE, *KNOWN)


def test_attempts_after_that_do_not_move_the_letter():
    later = [phoned("2026-03-05", "09:00"), phoned("2026-03-06", "15:00")]
    assert dates_of(LETTER, "2026-03-06", *KNOWN, *later) == ("2026-03-05", "2026-03-05")


def test_two_weeks_after_the_letter_she_is_asked_whether_to_close():
    # sent on Thursday 5 March, so Thursday 19; sent on Friday 6, so Friday 20
    for sent_on, asked_on in (("2026-03-05", "2026-03-19"), ("2026-03-06", "2026-03-20")):
        found = rules(sent_on, *KNOWN, letter(sent_on))
        assert LETTER not in found
        assert (str(found[CLOSE].target), found[CLOSE].limit) == (asked_on, None)
        assert found[CLOSE].trace.fact == "letter done"


def test_two_weeks_after_a_letter_of_a_saturday_are_moved_to_the_monday():
    assert dates_of(CLOSE, "2026-03-07", *KNOWN, letter("2026-03-07"))[0] == "2026-03-23"


def test_a_letter_that_was_not_sent_is_counted_with_its_own_day():
    # due on 5 March and 14 days: 19 March; it stays on the list itself
    found = rules("2026-03-30", *KNOWN)
    assert (str(found[LETTER].target), str(found[CLOSE].target)) == ("2026-03-05", "2026-03-19")
    assert found[CLOSE].trace.fact == "letter to be done"


def test_a_letter_that_was_waived_is_counted_with_its_own_day():
    dropped = waive("2026-03-06", LETTER, "2026-03-05")
    found = rules("2026-03-06", *KNOWN, dropped)
    assert LETTER not in found
    assert str(found[CLOSE].target) == "2026-03-19"


def test_nobody_is_closed_by_itself():
    years_later = plan("2028-03-06", *KNOWN, letter("2026-03-05"))
    assert years_later.standing.status == "active"
    assert {ROUTINE, CLOSE} <= {item.rule.id for item in years_later.items}


def test_after_the_letter_nobody_is_tried_for_two_weeks():
    before = dates_of(ROUTINE, FOUR, *KNOWN)
    assert before == ("2026-02-23", "2026-03-05")
    sent_on = letter("2026-03-05")
    assert dates_of(ROUTINE, "2026-03-05", *KNOWN, sent_on) == ("2026-02-23", "2026-03-19")
    again = phoned("2026-03-20", "09:00")
    # past the rest the next try is the next business day, Monday 23 March
    assert dates_of(ROUTINE, "2026-03-20", *KNOWN, sent_on, again)[1] == "2026-03-23"


def test_a_letter_before_the_ladder_was_spent_is_not_the_letter():
    early = letter("2026-03-03")
    found = rules(FOUR, active("2026-02-09"), early, *ENOUGH)
    assert LETTER in found
    assert str(found[ROUTINE].due) == "2026-03-05"


@pytest.mark.parametrize(
    "heard",
    [
        contact("2026-03-10"),
        contact("2026-03-10", "left_voicemail", inbound=True),
        contact("2026-03-10", "portal_replied", by="portal", inbound=True),
    ],
)
def test_word_from_the_patient_ends_letter_and_question(heard):
    for known in (KNOWN, [*KNOWN, letter("2026-03-05")]):
        assert rules("2026-03-10", *known, heard).keys() == {ROUTINE}


def test_to_waive_the_question_is_to_go_on_trying_and_the_ladder_starts_anew():
    go_on = waive("2026-03-19", CLOSE, "2026-03-19")
    known = [*KNOWN, letter("2026-03-05"), go_on]
    assert rules("2026-03-19", *known).keys() == {ROUTINE}
    assert dates_of(ROUTINE, "2026-03-19", *known)[1] == "2026-03-05", "no rest any more"
    # three more on 20, 23 and 24 March: a second letter
    again = [
        phoned("2026-03-20", "09:00"),
        phoned("2026-03-23", "14:00"),
        sent("2026-03-24", "09:00"),
    ]
    assert rules("2026-03-23", *known, *again).keys() == {ROUTINE}
    assert dates_of(LETTER, "2026-03-24", *known, *again)[0] == "2026-03-25"


def test_the_question_can_be_waived_more_than_once():
    again = [
        phoned("2026-03-20", "09:00"),
        phoned("2026-03-23", "14:00"),
        sent("2026-03-24", "09:00"),
    ]
    first, second = (
        waive("2026-03-19", CLOSE, "2026-03-19"),
        waive("2026-04-08", CLOSE, "2026-04-08"),
    )
    known = [*KNOWN, letter("2026-03-05"), first, *again, letter("2026-03-25")]
    assert dates_of(CLOSE, "2026-04-08", *known)[0] == "2026-04-08"  # 25 March and 14 days
    assert rules("2026-04-08", *known, second).keys() == {ROUTINE}


def test_a_letter_of_the_day_of_the_third_attempt_is_the_letter():
    # 4 March and 14 days
    known = [*KNOWN, letter(FOUR)]
    assert rules(FOUR, *known).keys() == {ROUTINE, CLOSE}
    assert dates_of(ROUTINE, FOUR, *known)[1] == "2026-03-18"


def test_that_the_question_was_waived_can_be_taken_back():
    go_on = waive("2026-03-19", CLOSE, "2026-03-19")
    back = take_back("2026-03-20", CLOSE, "2026-03-19")
    known = [*KNOWN, letter("2026-03-05"), go_on, back]
    assert CLOSE not in rules("2026-03-19", *known)
    assert dates_of(CLOSE, "2026-03-20", *known)[0] == "2026-03-19"


def test_another_decision_starts_no_ladder_anew():
    for other in (waive("2026-03-05", LETTER, "2026-03-05"), hold("2026-03-05", "2026-03-06")):
        assert CLOSE in rules("2026-03-09", *KNOWN, other)


def test_on_the_roster_there_is_a_letter_and_nothing_to_close():
    # discharged on Friday 27 February, tried three times
    found = rules(FOUR, stay("2026-02-27"), *ENOUGH)
    assert LETTER in found
    assert CLOSE not in found
    paused = rules(FOUR, status("2026-01-05", "on_hold"), stay("2026-02-27"), *ENOUGH)
    assert {LETTER, CLOSE} <= paused.keys()


def test_where_nothing_is_open_nobody_needs_to_be_reached():
    assert rules(FOUR, *ENOUGH) == {}


def test_the_wait_for_the_answer_to_a_letter_does_not_move_a_limit():
    # a discharge on Friday 6 March while the letter of the 5th is out: call on 9 March, by the 10th
    known = [*KNOWN, letter("2026-03-05"), stay("2026-03-06")]
    item = rules("2026-03-06", *known)["transition/contact"]
    assert (str(item.target), str(item.limit), str(item.due)) == (
        "2026-03-09", "2026-03-10", "2026-03-09",
    )  # fmt: skip


def test_trying_after_the_letter_about_something_that_must_be_done_goes_on():
    known = [*KNOWN, letter("2026-03-05"), stay("2026-03-06"), phoned("2026-03-09", "09:00")]
    item = rules("2026-03-09", *known)["transition/contact"]
    assert str(item.due) == "2026-03-10", "the next try is no later than the limit"
