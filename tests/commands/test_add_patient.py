"""`add-patient`: one person by hand, once, with the first follow-up date by the rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ANA = ("add-patient", "Rivera, Ana", "--dob", "1958-03-02")


def test_it_gives_the_keys_of_the_contract_and_the_first_date(ok: Callable) -> None:
    assert ok(*ANA, "--mrn", "0012345", "--tier", "high") == {
        "patient": "P1",
        "mrn": "0012345",
        "name": "Rivera, Ana",
        "tier": "high",
        "status": "active",
        "next": {
            "due": "2026-11-30",
            "limit": None,
            "kind": "routine",
            "strength": "should",
            "reason": "every 7 days, under care management since Mon 23 Nov",
        },
    }


def test_it_says_who_was_added_and_what_comes_next_and_why(care: Callable) -> None:
    ran = care(*ANA, "--tier", "high")

    assert ran.out == ""
    assert ran.err == (
        "added P1 Rivera, Ana, active, high tier from Mon 23 Nov\n"
        "next: Mon 30 Nov (every 7 days, under care management since Mon 23 Nov)\n"
    )


def test_roster_only_means_known_and_no_follow_up(care: Callable, ok: Callable) -> None:
    data = ok(*ANA, "--roster-only")

    assert (data["status"], data["tier"], data["next"]) == ("roster", None, None)
    ran = care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    assert ran.err.startswith("added P2 Hill, Tom, roster\nnext: nothing. On the roster only")
    assert ok("due-today", "--days", "3660") == []


# Today is Monday 23 November 2026; Thursday the 26th is Thanksgiving, 15 February 2027 Washington's
# Birthday, 25 December 2026 a Friday. Tiers: 7, 14, 28, 84 days; a holiday or weekend moves later.
FIRST_DATES = [
    ("high", "2026-11-23", "2026-11-30"),
    ("moderate", "2026-11-23", "2026-12-07"),
    ("low", "2026-11-23", "2026-12-21"),
    ("maintenance", "2026-11-23", "2027-02-16"),
    ("high", "2026-11-19", "2026-11-27"),
    ("high", "2026-11-21", "2026-11-30"),
    ("high", "2026-11-02", "2026-11-09"),
    ("moderate", "2026-11-11", "2026-11-25"),
    ("moderate", "2026-11-12", "2026-11-27"),
    ("low", "2026-10-29", "2026-11-27"),
    ("maintenance", "2026-10-02", "2026-12-28"),
    ("maintenance", "2026-10-09", "2027-01-04"),
]


@pytest.mark.parametrize(("tier", "on", "due"), FIRST_DATES)
def test_the_first_date_by_tier_from_the_day_of_enrolment(
    tier: str, on: str, due: str, ok: Callable
) -> None:
    data = ok(*ANA, "--tier", tier, "--on", on)

    assert data["tier"] == tier
    assert data["next"]["due"] == due


def test_without_a_tier_it_is_moderate(ok: Callable) -> None:
    assert ok(*ANA)["tier"] == "moderate"


def test_a_weekday_is_the_last_one_for_what_has_happened(care: Callable) -> None:
    assert "from Fri 20 Nov\nnext: Fri 27 Nov" in care(*ANA, "--tier", "high", "--on", "fri").err


def test_a_first_date_that_has_passed_says_so(care: Callable) -> None:
    ran = care(*ANA, "--tier", "high", "--on", "2026-11-02")

    assert "next: Mon 9 Nov, now late (every 7 days" in ran.err


NAMES = [
    ("Rivera, Ana", "Rivera, Ana"),
    ("Ana Rivera", "Rivera, Ana"),
    ("  Rivera ,   Ana  ", "Rivera, Ana"),
    ("Rivera, Ana Maria", "Rivera, Ana Maria"),
    ("Ana Maria Rivera", "Rivera, Ana Maria"),
    ("Maria de la Cruz", "de la Cruz, Maria"),
    ("De La Cruz, Maria", "De La Cruz, Maria"),
    ("Hill Jr, Tom", "Hill Jr, Tom"),
    ("Tom Hill Jr.", "Hill Jr, Tom"),
    ("Hill, Tom, III", "Hill III, Tom"),
    ("HILL^TOM", "HILL, TOM"),
    ("O'Brien, Seán", "O'Brien, Seán"),
    ("Núñez-Ortega, Zoë", "Núñez-Ortega, Zoë"),
    ("王, 小明", "王, 小明"),
    ("Hill [/b], Tom [red]", "Hill [/b], Tom [red]"),
    (":smile:, Tom", ":smile:, Tom"),
]


@pytest.mark.parametrize(("typed", "listed"), NAMES)
def test_a_name_is_last_comma_first_or_first_last(typed: str, listed: str, ok: Callable) -> None:
    assert ok("add-patient", typed, "--dob", "1950-01-01")["name"] == listed
    assert ok("patients")[0]["name"] == listed


@pytest.mark.parametrize(
    "name",
    ["", " ", "Ana", ",", "Rivera,", ", Ana", "Jr.", "., .", "Rivera, !", "x" * 201 + ", Y"],
)
def test_half_a_name_is_refused_and_nothing_is_made(name: str, care: Callable) -> None:
    ran = care("add-patient", name, "--dob", "1950-01-01", code=3)

    assert ran.err.endswith('hint: write it as "Last, First Middle" or "First Last"\n')
    assert not Path(os.environ["CARETOOL_DB"]).exists()


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b[31m", "\n", "\r", "\x7f", "\x9b", "\u202e"])
def test_control_characters_in_a_name_are_refused(sign: str, care: Callable) -> None:
    ran = care("add-patient", f"Rivera{sign}x, Ana", "--dob", "1950-01-01", code=3)

    assert ran.err.startswith("error: the name has control characters\n")


@pytest.mark.parametrize(
    "name", ["Hill [/b], Tom", "Hill, [bold]Tom", "Hill :smile:, Tom [link=x]"]
)
def test_what_looks_like_markup_is_shown_as_it_is(
    name: str, care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("add-patient", name, "--dob", "1950-01-01", "--on", "-3w")
    listed = care("patients").out.split("\t")[1]
    assert listed == name

    monkeypatch.setenv("COLUMNS", "200")
    for words in (["patients"], ["due-today"], ["show", "P1"], ["why", "P1"]):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        assert name in care(*words).out


def test_everything_that_is_told_is_kept(ok: Callable) -> None:
    ok(
        *ANA, "--sex", "f", "--mrn", "0012345", "--phone", "(423) 555-0142", "--phone",
        "+1 423 555 0177", "--zip", "37391-1234", "--tier", "low", "--condition", "heart-failure",
        "--condition", "COPD", "--condition", "e11.9",
        "--condition", "M54.5", "--source", "referral", "--referred-by",
        "Dr. Okafor", "--language", "Spanish", "--channel", "portal",
    )  # fmt: skip
    page = ok("show", "P1")

    assert page["birth_date"] == "1958-03-02"
    assert page["sex"] == "F"
    assert page["identifiers"] == [{"number": "0012345", "issuer": "practice"}]
    assert page["phones"] == ["4235550142", "4235550177"]
    assert page["zip"] == "37391"
    assert sorted(page["conditions"]) == ["M54.5", "copd", "diabetes", "heart_failure"]
    assert (page["source"], page["referred_by"]) == ("referral", "Dr. Okafor")
    assert (page["language"], page["channel"]) == ("Spanish", "portal")
    assert (page["status"], page["tier"]) == ("active", "low")
    assert (page["since"], page["tier_since"]) == ("2026-11-23", "2026-11-23")


def test_a_number_belongs_to_its_issuer(ok: Callable) -> None:
    data = ok(*ANA, "--mrn", "777", "--issuer", "St. Brigid")

    assert data["mrn"] is None, "it is not the practice's number"
    assert ok("show", "777")["identifiers"] == [{"number": "777", "issuer": "St. Brigid"}]


REFUSED = [
    (["--phone", "12345"], 3, "that is no phone number"),
    (["--phone", ""], 3, "that is no phone number"),
    (["--zip", "37X91"], 3, "a ZIP code has 5 digits"),
    (["--mrn", "---"], 3, "a record number has letters or digits"),
    (["--condition", "frobnitis"], 2, "no condition 'frobnitis'"),
    (["--tier", "highest"], 2, "invalid value for '--tier'"),
    (["--sex", "Q"], 2, "invalid value for '--sex'"),
    (["--channel", "pigeon"], 2, "invalid value for '--channel'"),
    (["--source", "luck"], 2, "invalid value for '--source'"),
    (["--on", "tomorrow"], 6, "2026-11-24 is in the future; today is 2026-11-23"),
    (["--on", "2026-12-01"], 6, "2026-12-01 is in the future; today is 2026-11-23"),
]


@pytest.mark.parametrize(("words", "code", "message"), REFUSED, ids=lambda one: str(one))
def test_what_cannot_be_is_refused_and_nothing_is_made(
    words: list[str], code: int, message: str, care: Callable
) -> None:
    ran = care(*ANA, *words, code=code)

    assert ran.err.startswith(f"error: {message}")
    assert not Path(os.environ["CARETOOL_DB"]).exists()


@pytest.mark.parametrize(
    ("dob", "code", "message"),
    [
        ("2026-11-24", 6, "the birth date is in the future"),
        ("03/02/1958", 2, "the birth date is not a date that caretool reads"),
        ("1958", 2, "the birth date is not a date that caretool reads"),
        ("1958-02-30", 2, "the birth date is not a date that caretool reads"),
        ("1899-12-31", 2, "the birth date is not a date that caretool reads"),
    ],
)
def test_a_birth_date_is_a_day_that_has_been(
    dob: str, code: int, message: str, care: Callable
) -> None:
    ran = care("add-patient", "Rivera, Ana", "--dob", dob, code=code)

    assert ran.err.startswith(f"error: {message}\nhint: ")
    assert dob not in ran.err


def test_born_yesterday_and_born_today_can_be_added(ok: Callable) -> None:
    ok("add-patient", "New, Nell", "--dob", "yesterday")
    ok("add-patient", "Newer, Ned", "--dob", "today")

    assert [one["birth_date"] for one in ok("patients")] == ["2026-11-22", "2026-11-23"]


SAME = [
    (("Rivera, Ana", "1958-03-02"), []),
    (("ANA RIVERA", "1958-03-02"), []),
    (("Rívera, Aña", "1958-03-02"), []),
    (("Rivera, Ana Maria", "1958-03-02"), []),
    (("Other, Person", "1970-01-01"), ["--mrn", "0012345"]),
    (("Other, Person", "1970-01-01"), ["--mrn", "12345"]),
    (("Other, Person", "1970-01-01"), ["--mrn", "00-123-45"]),
]


@pytest.mark.parametrize(("who", "more"), SAME)
def test_the_same_person_or_number_is_refused_unless_it_is_meant(
    who: tuple[str, str], more: list[str], care: Callable, ok: Callable
) -> None:
    ok(*ANA, "--mrn", "0012345")
    words = ["add-patient", who[0], "--dob", who[1], *more]
    ran = care(*words, "--json", code=3)

    (error,) = ran.document["errors"]
    assert error["code"] == "duplicate"
    what = "this record number" if more else "this name and birth date"
    assert error["message"] == f"P1 has {what} already"
    assert error["hint"] == "caretool show P1; --anyway adds all the same"
    assert len(ok("patients")) == 1
    assert ok(*words, "--anyway")["patient"] == "P2"


OTHERS = [
    (("Rivera, Ana", "1958-03-03"), []),
    (("Rivera, Anna", "1958-03-02"), []),
    (("Rivera, Bea", "1958-03-02"), ["--mrn", "12346"]),
    (("Rivera, Bea", "1958-03-02"), ["--mrn", "12345", "--issuer", "St. Brigid"]),
]


@pytest.mark.parametrize(("who", "more"), OTHERS)
def test_another_person_is_added(who: tuple[str, str], more: list[str], ok: Callable) -> None:
    ok(*ANA, "--mrn", "0012345")

    assert ok("add-patient", who[0], "--dob", who[1], *more)["patient"] == "P2"


# referred by a provider

# 5 business days after Monday 23 November: Thanksgiving does not count, so Tuesday 1 December; 2
# after it Wednesday the 25th. After Friday the 20th: Monday the 30th and Tuesday the 24th.
REFERRED = [
    (["--source", "referral"], "2026-11-25", "2026-12-01"),
    (["--source", "referral", "--referred-by", "Dr. Okafor"], "2026-11-25", "2026-12-01"),
    (["--referred-by", "Dr. Okafor"], "2026-11-25", "2026-12-01"),
    (["--source", "referral", "--on", "2026-11-20"], "2026-11-24", "2026-11-30"),
]


@pytest.mark.parametrize(("more", "due", "limit"), REFERRED, ids=str)
def test_somebody_referred_to_the_roster_is_to_be_offered_care(
    more: list[str], due: str, limit: str, ok: Callable
) -> None:
    step = ok(*ANA, "--roster-only", *more)["next"]

    assert (step["kind"], step["strength"], step["due"], step["limit"]) == (
        "offer", "must", due, limit,
    )  # fmt: skip


@pytest.mark.parametrize(
    "more", [["--source", "payer"], ["--source", "registry", "--referred-by", "Dr. Okafor"], []]
)
def test_somebody_who_came_otherwise_is_not(more: list[str], ok: Callable) -> None:
    assert ok(*ANA, "--roster-only", *more)["next"] is None


def test_somebody_added_to_care_management_needs_no_offer(ok: Callable) -> None:
    data = ok(*ANA, "--source", "referral", "--referred-by", "Dr. Okafor")

    assert data["next"]["kind"] == "routine"
    assert [one["kind"] for one in ok("why", "P1")["items"]] == ["routine"]


def test_who_referred_is_not_said_behind_the_mask(care: Callable) -> None:
    ran = care(*ANA, "--roster-only", "--referred-by", "Dr. Okafor", "--mask")

    assert "Okafor" not in ran.out + ran.err
    assert "offer care management" in ran.err


# asking


def test_nothing_is_asked_when_nobody_sits_at_the_terminal(care: Callable) -> None:
    ran = care("add-patient", code=3, stdin=b"Rivera, Ana\n1958-03-02\n")
    assert ran.err == (
        "error: name (Last, First): nobody to ask, standard input is not a terminal\n"
        "hint: give it on the command line\n"
    )
    ran = care("add-patient", "Rivera, Ana", code=3, stdin=b"1958-03-02\n")
    assert ran.err.startswith("error: birth date (YYYY-MM-DD): nobody to ask")


def typing(keys: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run with a keyboard for standard input, and pipes for what it says."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    os.write(ours, keys)
    try:
        return subprocess.run(
            [sys.executable, "-m", "caretool", *words],
            stdin=theirs,
            capture_output=True,
            timeout=60,
        )
    finally:
        os.close(theirs)
        os.close(ours)


def test_on_a_terminal_it_asks_on_stderr_for_what_is_missing(ok: Callable) -> None:
    ran = typing("Núñez, Zoë\n1958-03-02\n".encode(), "add-patient")

    assert ran.returncode == 0
    assert ran.stdout == b"", "standard output is for data"
    asked = b"name (Last, First): birth date (YYYY-MM-DD): added P1 "
    assert ran.stderr.startswith(asked)
    assert ok("patients")[0]["name"] == "Núñez, Zoë"


def test_an_empty_answer_is_asked_for_again_and_json_stays_one_document() -> None:
    ran = typing(b"\n \n1958-03-02\n", "add-patient", "Rivera, Ana", "--json")

    assert ran.stderr == b"birth date (YYYY-MM-DD): " * 3
    assert _one_document(ran.stdout)["data"]["patient"] == "P1"


def test_what_was_given_is_not_asked_for(ok: Callable) -> None:
    ran = typing(b"", *ANA)

    assert ran.stderr.startswith(b"added P1 ")


def _one_document(text: bytes) -> Any:
    assert text.startswith(b"{")
    return json.loads(text)
