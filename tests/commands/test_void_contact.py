"""`void-contact`: dates are as if the contact had never been; the row and the reason stay."""

import pytest

STAYS = """\
MRN,Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition
A1,Rivera,Ana,1958-03-02,Inpatient,2026-11-18,2026-11-20,Home
"""


@pytest.fixture
def rivera(care, tmp_path):
    """P1: due after a discharge and by tier, tried twice (C1, C2)."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "A1", "--on", "2026-11-02")
    path = tmp_path / "stays.csv"
    path.write_text(STAYS, encoding="utf-8")
    care("import-discharges", path, "--source", "practice")
    care("log-contact", "P1", "--outcome", "left_voicemail", "--on", "2026-11-21T10:00")
    care("log-contact", "P1", "--outcome", "busy", "--on", "2026-11-22T10:00")
    return "P1"


def failed(care, *args, code):
    ran = care(*args, code=code)
    assert ran.out == ""
    error, hint = ran.err.splitlines()
    return error.removeprefix("error: "), hint.removeprefix("hint: ")


@pytest.mark.parametrize(
    "wrong",
    [
        ["reached_patient"],
        ["reached_patient", "--inbound", "--by", "portal"],
        ["no_answer"],
        ["rescheduled", "--next", "2026-11-30", "--why", "away"],
        ["reached_caregiver", "--next", "2026-11-24"],
        ["in_facility"],
        ["refused_program"],
        ["moved"],
        ["deceased"],
        ["reached_other"],
        ["letter_sent"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("day", ["2026-11-12", "2026-11-20", "2026-11-23"])
def test_everything_is_as_if_it_had_never_been(rivera, ok, wrong, day):
    before = ok("due-today", "--days", "90"), ok("why", rivera)
    ok("log-contact", rivera, "--outcome", *wrong, "--on", day)
    ok("void-contact", "C3", "--reason", "wrong patient")
    assert (ok("due-today", "--days", "90"), ok("why", rivera)) == before


def test_voiding_the_latest_attempt_leaves_the_earlier_one(rivera, ok):
    data = ok("void-contact", "C2", "--reason", "typed twice")
    assert data == {
        "contact": "C2",
        "patient": "P1",
        "reason": "typed twice",
        "next": {
            "due": "2026-11-23",
            "limit": "2026-11-24",
            "kind": "transition_contact",
            "strength": "must",
            "reason": "discharged Fri 20 Nov (D1), contact within 2 business days;"
            " 1 attempt, last Sat 21 Nov; try in the afternoon",
        },
    }


def test_voiding_a_newer_date_asked_for_gives_back_the_older_one(rivera, ok):
    for day, wanted in (("2026-11-21", "2026-11-27"), ("2026-11-22", "2026-12-04")):
        ok("log-contact", rivera, "--outcome", "rescheduled", "--on", day, "--next", wanted)
    ok("void-contact", "C4", "--reason", "misheard")
    asked = [item for item in ok("why", rivera)["items"] if item["kind"] == "requested"]
    assert [(item["target"], item["fact"]) for item in asked] == [("2026-11-27", "C3")]


def test_it_says_what_stays_and_what_comes_next(rivera, care):
    ran = care("void-contact", "C2", "--reason", "typed twice")
    assert ran.out == ""
    first, then = ran.err.splitlines()
    assert first == "C2 of P1 no longer counts; it stays on file as void"
    assert then.startswith("next: today, Mon 23 Nov, by Tue 24 Nov at the latest (")


def test_the_row_and_the_reason_stay_on_file(rivera, ok):
    ok("void-contact", "C2", "--reason", "typed twice")
    entry = next(one for one in ok("show", rivera)["contacts"] if one["contact"] == "C2")
    assert "typed twice" in str(entry)


@pytest.mark.parametrize("typed", ["c2", " C2 ", "C02", "C0002"])
def test_an_id_may_be_written_loosely(rivera, ok, typed):
    assert ok("void-contact", typed, "--reason", "x")["contact"] == "C2"


@pytest.mark.parametrize("typed", ["2", "C", "C0", "D1", "P1", "C2x", "C-2", "C1 C2", ""])
def test_what_is_no_contact_id_is_refused(rivera, care, typed):
    error, hint = failed(care, "void-contact", typed, "--reason", "x", code=2)
    assert error == "that is no contact's id"
    assert "C91" in hint


@pytest.mark.parametrize("typed", ["C3", "C999999999999999"])
def test_a_contact_that_is_not_on_file_is_refused(rivera, care, typed):
    error, _ = failed(care, "void-contact", typed, "--reason", "x", code=3)
    assert error == f"no contact {typed}"


def test_voiding_twice_is_refused_and_keeps_the_first_reason(rivera, care, ok):
    ok("void-contact", "C2", "--reason", "typed twice")
    error, hint = failed(care, "void-contact", "C2", "--reason", "again", code=3)
    assert (error, hint) == ("C2 is void already", "caretool show P1")
    assert "again" not in str(ok("show", rivera)["contacts"])


@pytest.mark.parametrize("more", [[], ["--reason", ""], ["--reason", " \t"]])
def test_a_reason_is_needed(rivera, care, ok, more):
    before = ok("why", rivera)
    assert failed(care, "void-contact", "C2", *more, code=2)[0] == "no --reason"
    assert ok("why", rivera) == before


def test_without_a_care_file_nothing_is_made(care, tmp_path):
    failed(care, "void-contact", "C1", "--reason", "x", code=5)
    assert not (tmp_path / "care.db").exists()
