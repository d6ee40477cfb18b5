"""Fills: which column tells what became of a claim, and what its words mean."""

from __future__ import annotations

import pytest

HEADER = "MRN,Drug,Fill Date,Days Supply,Qty"
OUTCOMES = ("new", "cancelled", "skipped", "rejected")


@pytest.fixture(autouse=True)
def people(care):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "77")


@pytest.fixture
def write(tmp_path):
    """A list of fills of one day each, with these words in its last column."""

    def run(heading, words, name="fills.csv"):
        path = tmp_path / name
        rows = [f"77,Metformin,2026-01-{day:02},30,60,{word}" for day, word in enumerate(words, 1)]
        path.write_text("\n".join([f"{HEADER},{heading}", *rows]) + "\n", encoding="utf-8")
        return path

    return run


@pytest.fixture
def take(care, write):
    def run(heading, *words, options=(), name="fills.csv"):
        path = write(heading, words, name)
        (report,) = care("import-fills", path, "--rows", "--json", *options).data
        return report

    return run


def fates(report):
    return [row["outcome"] for row in report["rows"]]


@pytest.mark.parametrize(
    "heading",
    ["Status", "State", "Claim State", "Fill Status", "Rx Status", "STATUS", "rx_status"],
)
def test_a_column_headed_status_is_read_where_its_values_are_states_of_claims(take, heading):
    report = take(heading, "Paid", "Reversed", "Pending", "Denied")
    assert fates(report) == ["new", "cancelled", "skipped", "skipped"]
    assert report["rows"][2]["reason"] == "a prescription that waits"


def test_the_column_is_read_again_by_the_layout_that_was_saved(take):
    take("Status", "Paid", "Filled")
    report = take("Status", "Frobbed", "Returned to Stock", "P")
    assert fates(report) == ["unchanged", "cancelled", "new"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Active", "Inactive", "On hold"), True),
        (("A", "R", "P"), True),
        (("", "", ""), False),
    ],
)
def test_the_status_of_a_patient_is_not_taken_for_that_of_a_claim(care, write, words, said):
    path = write("Status", words)
    ran = care("import-fills", path)
    assert "3 new" in ran.err
    assert ('"Status" is not read: its words are not those of claims' in ran.err) == said


def test_the_postal_state_is_neither_read_nor_spoken_of(care, write):
    ran = care("import-fills", write("State", ["PA", "CA", "PR"]))
    assert "3 new" in ran.err
    assert "State" not in ran.err


@pytest.mark.parametrize("command", ["sniff", "import-fills"])
def test_states_of_claims_under_another_heading_are_named(care, write, command):
    path = write("What Happened", ["Paid", "Reversed"])
    ran = care(command, path)
    assert '"What Happened" holds states of claims and is not read' in ran.out + ran.err


def test_a_layout_that_leaves_the_column_out_is_kept_to_and_it_is_said(care, write, take, tmp_path):
    take("Status", "Paid", "Paid")
    own = tmp_path / "own.toml"
    text = care("layouts", "export", "fills").out
    kept = [line for line in text.splitlines() if not line.startswith("reversal")]
    own.write_text("\n".join(kept) + "\n", encoding="utf-8")
    ran = care("import-fills", write("Status", ["Reversed", "Paid"], "b.csv"), "--layout", own)
    assert '"Status" holds states of claims and is not read' in ran.err


@pytest.mark.parametrize(
    "word",
    ["Paid", "filled", "Dispensed", "SOLD", "P", "C", "A", "Captured and paid", "No", "N", "0",
     "Picked up", "B1", "", "N/A"],
)  # fmt: skip
def test_words_that_say_that_it_was_dispensed(take, word):
    assert fates(take("Claim Status", word)) == ["new"]


@pytest.mark.parametrize(
    "word", ["Returned to Stock", "RTS", "return-to-stock", "Reversed by payer", "Voided", "r"]
)
def test_words_that_take_a_fill_back(take, word):
    assert fates(take("Claim Status", word)) == ["cancelled"]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("Pending", "a prescription that waits"),
        ("On Hold", "a prescription that waits"),
        ("Duplicate", "a claim told twice"),
        ("Captured", "a claim captured and not paid"),
        ("Cancelled before pickup", "never picked up"),
        ("Transferred", "a prescription transferred to another pharmacy"),
        ("Rejected: 75", "a claim that was refused"),
        ("D", "a claim told twice"),
    ],
)
def test_words_of_what_was_never_dispensed_skip_the_row_with_the_reason(take, word, reason):
    report = take("Claim Status", word)
    assert fates(report) == ["skipped"]
    assert report["rows"][0]["reason"] == reason


def test_an_unknown_word_is_told_once_with_its_count_and_counts_as_a_fill(care, take, write):
    words = ["Paid", "Frobbed", "Frobbed", "Paid"]
    report = take("Claim Status", *words)
    assert fates(report) == ["new"] * 4
    assert report["unknown_words"] == {"claim_state": {"Frobbed": 2}}
    said = care("import-fills", write("Claim Status", words)).err
    assert (
        said.count('claim state "Frobbed" is not known (2 rows); such a row counts as a fill') == 1
    )
