"""`duplicates`: pairs who may be one person, and her word that they are not."""

from __future__ import annotations

import pytest

KEYS = ["patient", "other", "name", "other_name", "birth_date", "other_birth_date", "mrn",
        "other_mrn", "evidence"]  # fmt: skip


@pytest.fixture(autouse=True)
def panel(care):
    """Ana Hill twice (P1, and P2 under care management), her twin, and Tom Reed."""
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--zip", "37391",
         "--mrn", "1", "--roster-only")  # fmt: skip
    care("add-patient", "HILL, ANA", "--dob", "1958-03-02", "--sex", "F", "--zip", "37391",
         "--mrn", "2", "--anyway")  # fmt: skip
    care("add-patient", "Hill, Grace", "--dob", "1958-03-02", "--sex", "F", "--roster-only")
    care("add-patient", "Reed, Tom", "--dob", "1971-11-30", "--sex", "M", "--roster-only")


def pairs(ok, *more):
    return [(row["patient"], row["other"]) for row in ok("duplicates", *more)]


def test_a_pair_is_listed_with_its_evidence_the_one_who_is_followed_first(care, ok):
    (row,) = ok("duplicates")
    assert list(row) == KEYS
    assert (row["patient"], row["other"], row["mrn"], row["other_mrn"]) == ("P2", "P1", "2", "1")
    for word in ("last", "first", "birth date", "sex", "zip"):
        assert word in row["evidence"]
    assert care("duplicates", "--plain").out.startswith("P2\tP1\tHILL, ANA\tHill, Ana\t")


def test_on_a_terminal_it_says_what_to_type_next(care, monkeypatch):
    import sys

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    ran = care("duplicates")
    assert "1 pair" in ran.err
    assert "caretool merge P2 P1, or caretool duplicates --not P2 P1" in ran.err


def test_a_pair_said_to_be_different_is_not_listed_again_whichever_comes_first(care, ok):
    ran = care("duplicates", "--not", "P2", "P1")
    assert "P2 and P1 are different people; they are not listed again" in ran.err
    assert pairs(ok) == []
    assert ok("duplicates", "--not", "P1", "P2") == {"patient": "P1", "other": "P2", "new": False}


def test_the_word_holds_for_whom_they_are_merged_into(care, ok):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--zip", "37391",
         "--mrn", "3", "--anyway")  # fmt: skip
    care("duplicates", "--not", "P1", "P5")
    care("merge", "P2", "P1")
    assert pairs(ok) == [], "P1 is P2 now, and P5 is not P1"


def test_so_many_pairs_as_asked_for_and_the_rest_is_counted(care, ok, monkeypatch):
    import sys

    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--zip", "37391",
         "--mrn", "3", "--anyway")  # fmt: skip
    assert len(pairs(ok)) == 3
    assert len(pairs(ok, "--top", "1")) == 1
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "1 pair; 2 more" in care("duplicates", "--top", "1").err


def test_looking_changes_nothing_and_masked_it_shows_initials(care, untouched):
    before = untouched()
    (row,) = care("duplicates", "--json", "--mask").data
    assert (row["name"], row["birth_date"], row["mrn"]) == ("A.H.", None, None)
    assert (row["other_name"], row["other_birth_date"], row["other_mrn"]) == ("A.H.", None, None)
    assert untouched() == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--not", "P1", "P1"], 3, "both are P1"),
        (["--not", "P1", "P9"], 3, "no patient P9"),
        (["--not", "P1"], 2, "--not"),
        (["--top", "0"], 2, "--top"),
    ],
)
def test_what_is_typed_wrong_is_refused(words, code, said, care):
    assert said in care("duplicates", *words, code=code).err
