"""`edit-patient`: each part of a patient, status and tier from a day on, deaths not talked away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from caretool.model import CloseReason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EDIT = ("edit-patient", "P1")


@pytest.fixture(autouse=True)
def _ana(care: Callable) -> None:
    """P1, followed up every 7 days since Monday 2 November: next was the 9th."""
    care(
        "add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--tier", "high", "--mrn", "0012345",
        "--phone", "4235550142", "--on", "2026-11-02",
    )  # fmt: skip


@pytest.fixture
def deceased(care: Callable, tmp_path: Path) -> Callable[[str], str]:
    """Let P1 die by a discharge list (`D1`) or by a contact (`C1`)."""

    def die(how: str) -> str:
        if how == "D1":
            text = (
                "Patient Name,DOB,Discharge Date,Disposition\n"
                '"Rivera, Ana",1958-03-02,2026-11-20,Expired\n'
            )
            (tmp_path / "list.csv").write_text(text, encoding="utf-8")
            care("import-discharges", tmp_path / "list.csv")
        else:
            care("log-contact", "P1", "--outcome", "deceased", "--on", "2026-11-20")
        return how

    return die


def test_it_gives_what_changed_where_the_patient_stands_and_what_is_next(ok: Callable) -> None:
    assert ok(*EDIT, "--tier", "low", "--zip", "37391") == {
        "patient": "P1",
        "changed": ["zip", "tier low"],
        "status": "active",
        "tier": "low",
        "next": {
            "due": "2026-11-30",
            "limit": None,
            "kind": "routine",
            "strength": "should",
            "reason": "every 28 days, under care management since Mon 2 Nov",
        },
    }


def test_it_says_what_changed_and_what_comes_next(care: Callable) -> None:
    ran = care(*EDIT, "--phone", "423-555-0177", "--language", "Spanish")

    assert ran.out == ""
    assert ran.err == (
        "P1: language, phone\n"
        "next: Mon 9 Nov, now late (every 7 days, under care management since Mon 2 Nov)\n"
    )


FIELDS: list[tuple[list[str], str, Any]] = [
    (["--name", "Núñez de Rivera, Ana Maria"], "name", "Núñez de Rivera, Ana Maria"),
    (["--name", "Ana Rivera Jr."], "name", "Rivera Jr, Ana"),
    (["--name", "Rivera [/b], Ana"], "name", "Rivera [/b], Ana"),
    (["--dob", "1958-03-03"], "birth_date", "1958-03-03"),
    (["--sex", "x"], "sex", "X"),
    (["--zip", "37391-1234"], "zip", "37391"),
    (["--language", " Spanish "], "language", "Spanish"),
    (["--channel", "portal"], "channel", "portal"),
    (["--phone", "(423) 555-0177"], "phones", ["4235550177", "4235550142"]),
    (["--condition", "copd", "--condition", "E11.9"], "conditions", ["copd", "diabetes"]),
    (["--tier", "maintenance"], "tier", "maintenance"),
    (["--status", "on_hold"], "status", "on_hold"),
    (["--status", "roster"], "status", "roster"),
    (["--status", "closed", "--reason", "moved"], "status_reason", "moved"),
    (
        ["--mrn", "777", "--issuer", "St. Brigid"],
        "identifiers",
        [
            {"number": "0012345", "issuer": "practice"},
            {"number": "777", "issuer": "St. Brigid"},
        ],
    ),
]


@pytest.mark.parametrize(("words", "key", "value"), FIELDS, ids=lambda one: str(one))
def test_each_part_can_be_edited(words: list[str], key: str, value: Any, ok: Callable) -> None:
    before = ok("show", "P1")
    ok(*EDIT, *words)
    after = ok("show", "P1")

    assert after[key] == value
    follow = {
        "age", "since", "status", "status_reason", "tier", "own_tier", "tier_since", "next", "due",
        "not_due_because",
    }  # fmt: skip
    others = set(before) - {key} - (follow if key in follow or key == "birth_date" else set())
    assert {one: after[one] for one in others} == {one: before[one] for one in others}


def test_several_parts_change_in_one_go(ok: Callable) -> None:
    done = ok(*EDIT, "--name", "Hill, Ana", "--sex", "F", "--mrn", "9", "--status", "on_hold")

    assert done["changed"] == [
        "last_name", "first_name", "middle_name", "suffix", "sex", "record number",
        "status on_hold",
    ]  # fmt: skip
    assert done["status"] == "on_hold"
    assert done["next"] is None


def test_a_new_name_is_found_and_the_old_one_is_not(care: Callable, ok: Callable) -> None:
    ok(*EDIT, "--name", "Núñez, Zoë")

    assert [one["patient"] for one in ok("patients", "nunez zoe")] == ["P1"]
    assert ok("patients", "rivera") == []
    care("show", "rivera", code=3)


def test_what_was_known_already_is_nothing_new(care: Callable, ok: Callable) -> None:
    ok(*EDIT, "--condition", "copd")
    words = ["--phone", "423.555.0142", "--mrn", "12345", "--condition", "COPD"]

    assert ok(*EDIT, *words)["changed"] == []
    assert care(*EDIT, *words).err.startswith("P1: nothing new\n")
    assert ok("show", "P1")["phones"] == ["4235550142"]


@pytest.mark.parametrize(
    "who", ["P1", "p1", "P001", " P1 ", "0012345", "12345", "rivera", "RIV", "ana rivera"]
)
def test_the_patient_is_an_id_a_number_or_part_of_a_name(who: str, ok: Callable) -> None:
    assert ok("edit-patient", who, "--zip", "37391")["patient"] == "P1"


def test_an_ambiguous_name_changes_nobody(care: Callable, ok: Callable) -> None:
    care("add-patient", "Rivera, Bea", "--dob", "1960-05-05")
    ran = care("edit-patient", "rivera", "--zip", "37391", code=3)

    assert ran.err == "error: 2 patients fit: P1, P2\nhint: say which one by its id\n"
    assert [ok("show", one)["zip"] for one in ("P1", "P2")] == [None, None]


def test_nobody_of_that_id_or_name(care: Callable) -> None:
    assert care("edit-patient", "P9", "--zip", "37391", code=3).err.startswith(
        "error: no patient P9\n"
    )
    assert care("edit-patient", "Nobody", "--zip", "37391", code=3).err.startswith(
        "error: no patient fits what was typed\n"
    )


REFUSED = [
    ([], 2, "nothing to change"),
    (["--issuer", "St. Brigid"], 2, "nothing to change"),
    (["--status", "closed"], 2, "closing needs a reason, and only closing has one"),
    (["--reason", "moved"], 2, "closing needs a reason, and only closing has one"),
    (["--status", "active", "--reason", "moved"], 2, "closing needs a reason, and only"),
    (["--status", "closed", "--reason", "tired"], 2, "invalid value for '--reason'"),
    (["--status", "gone"], 2, "invalid value for '--status'"),
    (["--tier", "highest"], 2, "invalid value for '--tier'"),
    (["--condition", "frobnitis"], 2, "no condition 'frobnitis'"),
    (["--dob", "02/30/1958"], 2, "the birth date is not a date that caretool reads"),
    (["--dob", "+1d"], 6, "the birth date is in the future"),
    (["--name", "Ana"], 3, "the name lacks a first or a last name"),
    (["--name", "Rivera\x1b, Ana"], 3, "the name has control characters"),
    (["--phone", "911"], 3, "that is no phone number"),
    (["--zip", "1"], 3, "a ZIP code has 5 digits"),
    (["--mrn", "-"], 3, "a record number has letters or digits"),
    (["--tier", "low", "--on", "tomorrow"], 6, "2026-11-24 is in the future"),
    (["--calls", "--no-calls"], 2, "--calls and --no-calls exclude each other"),
    (["--why", "x"], 2, "--why explains --tier, --calls or --no-calls"),
    (["--status", "roster", "--why", "x"], 2, "--why explains --tier, --calls or --no-calls"),
]


@pytest.mark.parametrize(("words", "code", "message"), REFUSED, ids=lambda one: str(one))
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, message: str, care: Callable, ok: Callable
) -> None:
    before = ok("show", "P1")
    fine = [] if message == "nothing to change" else ["--sex", "F"]
    ran = care(*EDIT, *fine, *words, code=code)

    assert ran.err.startswith(f"error: {message}")
    assert ok("show", "P1") == before


def test_the_number_of_somebody_else_is_refused_and_all_of_the_edit_with_it(
    care: Callable, ok: Callable
) -> None:
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    ran = care("edit-patient", "P2", "--zip", "37391", "--mrn", "12345", code=3)

    assert ran.err == "error: P1 has this record number already\nhint: caretool show P1\n"
    assert ok("show", "P2")["zip"] is None


# status and tier


def test_a_tier_holds_from_a_day_on_and_moves_the_next_date(ok: Callable) -> None:
    """Counted from the enrolment on 2 November: 28 days are the 30th, 14 the 16th."""
    assert ok(*EDIT, "--tier", "low")["next"]["due"] == "2026-11-30"
    assert ok(*EDIT, "--tier", "moderate")["next"]["due"] == "2026-11-16"
    ok(*EDIT, "--tier", "maintenance", "--on", "2026-11-10")
    assert ok("show", "P1")["tier"] == "moderate", "what was said for a later day stands"


@pytest.mark.parametrize("reason", CloseReason)
def test_closing_ends_follow_up_and_keeps_the_reason(reason: CloseReason, ok: Callable) -> None:
    done = ok(*EDIT, "--status", "closed", "--reason", reason.value)

    assert (done["status"], done["next"]) == ("closed", None)
    assert ok("due-today") == []
    assert ok("show", "P1")["status_reason"] == reason.value


def test_closing_says_since_when_and_why(care: Callable) -> None:
    ran = care(*EDIT, "--status", "closed", "--reason", "unable_to_reach", "--on", "fri")

    assert ran.err == (
        "P1: status closed\nnext: nothing. Closed since Fri 20 Nov: unable to reach.\n"
    )


def test_before_the_day_of_closing_the_patient_was_due(ok: Callable) -> None:
    ok(*EDIT, "--status", "closed", "--reason", "moved", "--on", "2026-11-20")

    assert [one["patient"] for one in ok("due-today", "--as-of", "2026-11-19")] == ["P1"]
    assert ok("due-today", "--as-of", "2026-11-20") == []


def test_on_hold_pauses_and_being_made_active_starts_anew(ok: Callable) -> None:
    assert ok(*EDIT, "--status", "on_hold", "--on", "2026-11-10")["next"] is None
    again = ok(*EDIT, "--status", "active")

    assert again["next"]["due"] == "2026-11-30", "7 days from today"
    assert again["next"]["reason"] == "every 7 days, under care management since Mon 23 Nov"


@pytest.mark.parametrize("status", ["active", "on_hold", "roster"])
def test_a_closed_patient_is_not_reopened_by_a_status(
    status: str, care: Callable, ok: Callable
) -> None:
    """Reopening is an act of its own, with a reason."""
    ok(*EDIT, "--status", "closed", "--reason", "graduated", "--on", "2026-11-10")
    before = ok("show", "P1")
    ran = care(*EDIT, "--status", status, "--zip", "37391", code=6)

    assert ran.err == "error: P1 is closed: graduated\nhint: caretool reopen P1 --why TEXT\n"
    assert ok("show", "P1") == before


def test_the_reason_of_a_closing_can_be_corrected(ok: Callable) -> None:
    ok(*EDIT, "--status", "closed", "--reason", "graduated")
    ok(*EDIT, "--status", "closed", "--reason", "moved")

    assert ok("show", "P1")["status_reason"] == "moved"


@pytest.mark.parametrize(
    ("how", "undo"),
    [("D1", "caretool review D1 --not P…"), ("C1", "caretool void-contact C1 --reason TEXT")],
)
@pytest.mark.parametrize("status", ["active", "on_hold", "roster"])
def test_a_death_that_was_reported_is_taken_back_where_it_was_said(
    how: str, undo: str, status: str, care: Callable, ok: Callable, deceased: Callable
) -> None:
    deceased(how)
    before = ok("show", "P1")
    assert before["status_reason"] == "deceased"
    ran = care(*EDIT, "--status", status, "--zip", "37391", code=3)

    assert ran.err == (
        f"error: {how} says that this patient has died\nhint: if that is wrong: {undo}\n"
    )
    assert ok("show", "P1") == before
    assert ok(*EDIT, "--zip", "37391")["changed"] == ["zip"], "the rest can still be corrected"


@pytest.mark.parametrize(
    ("how", "undo"),
    [("D1", ["review", "D1", "--not", "P1"]), ("C1", ["void-contact", "C1", "--reason", "wrong"])],
)
def test_a_death_taken_back_where_it_was_said_is_gone(
    how: str, undo: list[str], care: Callable, ok: Callable, deceased: Callable
) -> None:
    deceased(how)
    care(*undo)

    assert ok("show", "P1")["status"] == "active"
    assert [one["patient"] for one in ok("due-today")] == ["P1"]


def test_who_refused_is_not_reopened_by_a_status(care: Callable, ok: Callable) -> None:
    ok("log-contact", "P1", "--outcome", "refused_program")

    assert care(*EDIT, "--status", "active", code=6).err == (
        "error: P1 is closed: declined\nhint: caretool reopen P1 --why TEXT\n"
    )


def test_a_patient_of_the_roster_made_active_is_no_longer_offered_care(
    care: Callable, ok: Callable, tmp_path: Path
) -> None:
    """And not again for the same stay, should they go back to the roster."""
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    text = "Patient Name,DOB,Discharge Date,Disposition,Diagnosis\n"
    (tmp_path / "list.csv").write_text(f'{text}"Hill, Tom",1944-11-30,2026-11-20,Home,I50.9\n')
    care("import-discharges", tmp_path / "list.csv")
    assert "offer" in open_kinds(ok, "P2")

    ok("edit-patient", "P2", "--status", "active", "--on", "sun")
    assert "offer" not in open_kinds(ok, "P2")
    ok("edit-patient", "P2", "--status", "roster")
    assert "offer" not in open_kinds(ok, "P2")


# a tier with a reason, calls, referrals, conditions


def open_kinds(ok: Callable, patient: str) -> set[str]:
    return {one["kind"] for one in ok("why", patient)["items"]}


@pytest.fixture
def discharged(care: Callable, tmp_path: Path) -> None:
    """P1 went home from hospital on Friday 20 November, which raises the tier for a month."""
    text = "Patient Name,DOB,Discharge Date,Disposition\n"
    (tmp_path / "list.csv").write_text(f'{text}"Rivera, Ana",1958-03-02,2026-11-20,Home\n')
    care("import-discharges", tmp_path / "list.csv")


def test_a_tier_that_was_set_for_a_reason_is_not_raised(discharged: None, ok: Callable) -> None:
    assert ok(*EDIT, "--tier", "low")["tier"] == "high", "in transition after the discharge"
    assert ok(*EDIT, "--tier", "low", "--why", "a nurse visits daily")["tier"] == "low"
    assert ok("why", "P1", "--as-of", "2026-11-22")["tier"] == "high", "before it was set"


def test_a_tier_set_again_without_a_reason_can_be_raised(discharged: None, ok: Callable) -> None:
    ok(*EDIT, "--tier", "low", "--why", "a nurse visits daily")

    assert ok(*EDIT, "--tier", "low")["tier"] == "high"


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_the_reason_for_a_tier_is_not_said_behind_the_mask(form: list[str], care: Callable) -> None:
    ran = care(*EDIT, "--tier", "low", "--why", "her son Bob helps", "--mask", *form)

    assert "Bob" not in ran.out + ran.err


def test_who_does_not_want_calls_is_reached_by_other_ways(care: Callable, ok: Callable) -> None:
    def way(*more: str) -> tuple[str | None, str | None]:
        (row,) = ok("due-today", *more)
        return row["phone"], row["channel"]

    assert way()[0] == "4235550142"
    done = ok(*EDIT, "--no-calls", "--why", "her employer listens in")
    assert done["changed"] == ["no_calls"]
    assert way() == (None, "letter")
    assert way("--as-of", "2026-11-22")[0] == "4235550142"

    assert care(*EDIT, "--calls").err.startswith("P1: calls\n")
    assert way()[0] == "4235550142"


def test_what_was_said_of_calls_already_is_nothing_new(ok: Callable) -> None:
    ok(*EDIT, "--no-calls")

    assert ok(*EDIT, "--no-calls")["changed"] == []
    assert ok(*EDIT, "--calls")["changed"] == ["calls"]


def test_no_calls_may_have_begun_earlier(ok: Callable) -> None:
    ok(*EDIT, "--no-calls", "--on", "2026-11-20")

    assert ok("due-today", "--as-of", "2026-11-19")[0]["phone"] == "4235550142"
    assert ok("due-today", "--as-of", "2026-11-20")[0]["phone"] is None


def test_each_of_the_two_flags_has_only_its_own_name(care: Callable) -> None:
    text = care("edit-patient", "--help").out

    assert text.count("--no-calls") == text.count("--no-calls ")
    care(*EDIT, "--no-no-calls", code=2)


def test_a_referral_makes_an_offer_due_within_five_business_days(
    care: Callable, ok: Callable
) -> None:
    """Friday the 20th; Mon 1, Tue 2, Wed 3, Fri 4 (the 26th is Thanksgiving), Mon 30 Nov 5."""
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    done = ok("edit-patient", "P2", "--referred-by", "Dr. Okafor", "--on", "fri")

    assert (done["changed"], done["status"]) == (["referred_by"], "roster")
    assert done["next"] == {
        "due": "2026-11-24",
        "limit": "2026-11-30",
        "kind": "offer",
        "strength": "must",
        "reason": "referred by Dr. Okafor Fri 20 Nov (F1), offer care management",
    }
    assert ok("show", "P2")["referred_by"] == "Dr. Okafor"
    assert open_kinds(ok, "P2") == {"offer"}
    assert "P2" not in {one["patient"] for one in ok("due-today", "--as-of", "2026-11-19")}


def test_a_referral_of_somebody_under_care_management_is_only_noted(ok: Callable) -> None:
    before = open_kinds(ok, "P1")
    ok(*EDIT, "--referred-by", "Dr. Okafor")

    assert ok("show", "P1")["referred_by"] == "Dr. Okafor"
    assert open_kinds(ok, "P1") == before


def test_somebody_closed_is_reopened_before_a_referral(care: Callable, ok: Callable) -> None:
    ok(*EDIT, "--status", "closed", "--reason", "moved")

    assert care(*EDIT, "--referred-by", "Dr. Okafor", code=6).err.endswith(
        "hint: caretool reopen P1 --why TEXT\n"
    )
    assert ok("show", "P1")["referred_by"] is None


def test_a_condition_is_on_file_from_its_day_on(ok: Callable) -> None:
    """Depression: a contact within 4 weeks of Friday 20 November, the target after two."""
    ok(*EDIT, "--condition", "depression", "--on", "fri")
    (item,) = [one for one in ok("why", "P1")["items"] if one["kind"] == "depression_contact"]

    assert (item["target"], item["limit"]) == ("2026-12-04", "2026-12-18")
    assert open_kinds(ok, "P1") == {"routine", "depression_contact"}
    early = ok("why", "P1", "--as-of", "2026-11-19")["items"]
    assert {one["kind"] for one in early} == {"routine"}
