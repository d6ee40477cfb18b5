"""Lists that contradict what is on file: nothing is linked silently, and a reviewer decides."""

import csv
import io
import sqlite3
from contextlib import closing

import pytest

HEADER = ["CSN", "MRN", "Patient Name", "DOB", "Pt Class", "Admit Date", "Disch Date",
          "Disch Disp", "Event"]  # fmt: skip
HILL = ["12345", "HILL,ANA", "1958-03-02"]
NO_BIRTH_DATE = ["12345", "HILL,ANA", ""]


def stay(visit, admitted, left, to="Home", who=HILL, event=""):
    return [visit, *who, "Inpatient", admitted, left, to, event]


DEATH = stay("1", "2026-02-20", "2026-03-01", "Expired")
AFTER = stay("2", "2026-03-05", "2026-03-10")


@pytest.fixture(autouse=True)
def hill(care):
    """Ana Hill (P1), under care management since February."""
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", "12345", "--on", "2026-02-01")


@pytest.fixture
def bring(care, tmp_path):
    """Import these rows as one list; gives the report of it, or with `words` what is said."""

    def run(*rows, words=False, code=0):
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *rows])
        path = tmp_path / "list.csv"
        path.write_text(text.getvalue(), "utf-8")
        more = () if words else ("--rows", "--json")
        ran = care("import-discharges", path, "--source", "practice", *more, code=code)
        return ran.err.splitlines() if words else ran.data[0]

    return run


@pytest.fixture
def rows_of(tmp_path):
    def query(sql):
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return connection.execute(sql).fetchall()

    return query


@pytest.fixture
def links(rows_of):
    """Whose each stay is, or why it is nobody's."""
    return lambda: {
        f"D{stay_id}": f"P{patient}" if patient else f"{link}: {why}"
        for stay_id, patient, link, why in rows_of(
            "SELECT id, patient_id, link, link_reason FROM stays ORDER BY id"
        )
    }


DIED = "P1 died on 2026-03-01 (D1)"


# A stay after a death


def test_a_stay_after_a_death_on_file_waits_with_the_reason(bring, links, ok):
    bring(DEATH)
    report = bring(AFTER)
    assert (report["new"], report["linked"], report["review"]) == (1, 0, 1)
    (row,) = report["rows"]
    assert (row["outcome"], row["link"], row["patient"]) == ("new", "review", None)
    assert row["reason"] == DIED
    assert [one["patient"] for one in row["candidates"]] == ["P1"]
    assert links() == {"D1": "P1", "D2": f"review: {DIED}"}
    (listed,) = ok("review")
    assert (listed["discharge"], listed["reason"]) == ("D2", DIED)
    assert [one["patient"] for one in listed["candidates"]] == ["P1"]


def test_it_is_told_in_one_line(bring):
    bring(DEATH)
    said = bring(AFTER, words=True)
    assert said[0].endswith("list.csv: 1 record (R2): 1 new")
    assert said[1:3] == [
        "  0 linked, 1 review, 0 unmatched",
        f"  1 stay contradicts what is on file and is not linked: line 2, D2: {DIED}",
    ]


def test_of_many_the_first_three_are_told(bring):
    bring(DEATH)
    said = bring(
        *(stay(str(one), f"2026-04-{one:02d}", f"2026-04-{one:02d}") for one in range(11, 16)),
        words=True,
    )
    assert said[2] == (
        "  5 stays contradict what is on file and are not linked: "
        f"line 2, D2: {DIED}; line 3, D3: {DIED}; line 4, D4: {DIED}; and 2 more"
    )


@pytest.mark.parametrize("order", [(DEATH, AFTER), (AFTER, DEATH)], ids=["first", "last"])
def test_within_one_list_the_row_that_comes_second_waits(bring, links, order):
    bring(*order)
    first, second = links().values()
    assert first == "P1"
    assert second in {
        f"review: {DIED}",
        "review: P1 was in hospital on 2026-03-10 (D1), after this death",
    }


def test_imported_twice_nothing_changes(bring, links, rows_of):
    for rows in ([DEATH, AFTER], [AFTER], [DEATH]):
        bring(*rows)
    before, stored = links(), rows_of("SELECT * FROM stays ORDER BY id")
    report = bring(DEATH, AFTER)
    assert (report["unchanged"], report["linked"], report["review"]) == (2, 1, 1)
    assert (links(), rows_of("SELECT * FROM stays ORDER BY id")) == (before, stored)


def test_a_death_that_comes_after_a_later_stay_waits_too(bring, links, ok):
    bring(AFTER)
    report = bring(DEATH)
    assert report["rows"][0]["reason"] == (
        "P1 was in hospital on 2026-03-10 (D1), after this death"
    )
    assert links()["D1"] == "P1"
    assert ok("show", "P1")["status"] == "active", "whoever was home after it is not closed"
    bring(DEATH)
    assert links()["D2"].startswith("review: P1 was in hospital")


@pytest.mark.parametrize(
    ("admitted", "left", "to", "linked"),
    [
        ("2026-02-25", "2026-03-01", "Home", True),  # on its day
        ("2026-02-25", "2026-03-02", "Home", False),  # the day after
        ("2026-02-25", "2026-03-02", "Expired", True),  # two lists date one death
        ("2026-03-01", "2026-03-03", "Expired", True),
        ("2026-03-02", "2026-03-03", "Expired", False),  # admitted after it
        ("2026-01-02", "2026-01-05", "Home", True),
        ("", "2026-03-02", "Home", False),
    ],
)
def test_the_day_of_the_death_still_counts_and_the_next_does_not(
    bring, links, admitted, left, to, linked
):
    bring(DEATH)
    bring(stay("2", admitted, left, to))
    assert links()["D2"] == ("P1" if linked else f"review: {DIED}")


def test_somebody_still_in_hospital_after_a_death_waits_for_a_reviewer(bring, links, ok):
    bring(DEATH)
    report = bring(stay("2", "2026-11-20", ""))
    assert (report["skipped"], report["review"]) == (1, 1)
    assert links() == {"D1": "P1", "D2": f"review: {DIED}"}
    assert [row["discharge"] for row in ok("review")] == ["D2"]
    said = bring(stay("2", "2026-11-20", ""), words=True)
    assert said[2] == (
        f"  1 stay contradicts what is on file and is not linked: line 2, D2: {DIED}"
    )


@pytest.mark.parametrize(
    ("words", "died"),
    [
        (["log-contact", "P1", "--outcome", "deceased", "--on", "2026-03-01"], "2026-03-01 (C1)"),
        (["edit-patient", "P1", "--status", "closed", "--reason", "deceased", "--on",
          "2026-03-01"], "2026-03-01"),
    ],
    ids=["a contact", "by hand"],
)  # fmt: skip
def test_a_death_by_a_contact_or_by_hand_counts_as_well(care, bring, links, words, died):
    care(*words)
    bring(AFTER)
    assert links() == {"D1": f"review: P1 died on {died}"}


def test_a_death_that_was_taken_back_speaks_against_nothing(care, bring, links):
    care("log-contact", "P1", "--outcome", "deceased", "--on", "2026-03-01")
    care("void-contact", "C1", "--reason", "her sister")
    bring(AFTER)
    assert links() == {"D1": "P1"}


def test_a_death_that_its_sender_cancelled_or_corrected_speaks_against_nothing(bring, links):
    bring(DEATH, AFTER)
    bring([*DEATH[:-1], "A13"], AFTER)
    assert links() == {"D1": "P1", "D2": "P1"}
    bring(stay("3", "2026-04-20", "2026-04-25", "Expired"))
    bring(stay("3", "2026-04-20", "2026-04-25"), stay("4", "2026-05-05", "2026-05-07"))
    assert links()["D4"] == "P1"


def test_a_status_after_it_takes_a_death_by_hand_back(bring, links, rows_of, tmp_path):
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection, connection:
        connection.execute(
            "INSERT INTO statuses (patient_id, on_date, status, reason, command_id)"
            " VALUES (1, '2026-03-01', 'closed', 'deceased', 1),"
            " (1, '2026-03-02', 'active', NULL, 1)"
        )
    bring(AFTER)
    assert links() == {"D1": "P1"}


# What a reviewer says stands


def test_a_reviewers_yes_links_all_the_same_and_for_good(care, bring, links, rows_of):
    bring(DEATH, AFTER)
    care("review", "D2", "--is", "P1")
    assert links() == {"D1": "P1", "D2": "P1"}
    report = bring(DEATH, AFTER)
    assert (report["unchanged"], report["linked"]) == (2, 2)
    corrected = stay("2", "2026-03-05", "2026-03-11", who=["12345", "HILL,ANNA", "1958-03-02"])
    bring(corrected)
    assert links()["D2"] == "P1", "a correction of hers to decide was decided"
    bring(stay("3", "2026-04-05", "2026-04-10"))
    assert links()["D3"] == f"review: {DIED}", "it was said of that stay only"


def test_to_take_the_death_back_links_what_waited_for_it(care, bring, links):
    """A namesake with a middle initial: her words are not those of the stay that waits."""
    namesake = ["12345", "HILL,ANA M", "1958-03-02"]
    bring(stay("1", "2026-02-20", "2026-03-01", "Expired", namesake), AFTER)
    assert links() == {"D1": "P1", "D2": f"review: {DIED}"}
    care("review", "D1", "--not", "P1")
    assert links() == {"D1": "unmatched: nobody on file fits", "D2": "P1"}


def test_what_waits_is_not_linked_when_somebody_is_added(care, bring, links):
    bring(DEATH, AFTER)
    care("add-patient", "Stone, Eva", "--dob", "1958-03-02", "--roster-only")
    care("add-patient", "Stone, Tom", "--dob", "1944-05-17", "--roster-only")
    assert links()["D2"] == f"review: {DIED}"


def test_stays_that_waited_for_the_patient_are_judged_among_each_other(care, bring, links):
    """Both came before the patient was on file."""
    who = ["", "STONE,EVA", "1944-05-17"]
    bring(
        stay("1", "2026-02-20", "2026-03-01", "Expired", who),
        stay("2", "2026-03-05", "2026-03-10", who=who),
    )
    care("add-patient", "Stone, Eva", "--dob", "1944-05-17", "--roster-only")
    first, second = links().values()
    assert first == "P2"
    assert second == "review: P2 died on 2026-03-01 (D1)"


# A stay before the birth


@pytest.mark.parametrize(
    ("admitted", "left", "linked"),
    [
        ("1958-02-27", "1958-03-01", False),
        ("", "1958-03-01", False),
        ("1958-02-27", "1958-03-05", True),  # the mother's admission, or a newborn's
        ("1958-01-05", "1958-03-05", False),
        ("1957-03-05", "2026-03-05", False),
        ("1958-03-02", "1958-03-02", True),
    ],
)
def test_a_stay_before_the_birth_on_file_waits(bring, links, admitted, left, linked):
    bring(stay("1", admitted, left, who=NO_BIRTH_DATE))
    expected = "P1" if linked else f"review: P1 was not born yet on {admitted or left}"
    assert links() == {"D1": expected}


# A discharge before its admission


def test_a_row_whose_discharge_lies_before_its_admission_is_rejected(bring, rows_of):
    report = bring(stay("1", "2026-03-05", "2026-03-04"), code=4)
    (row,) = report["rows"]
    assert (row["outcome"], row["line"]) == ("rejected", 2)
    assert row["reason"] == "Disch Date: is before the admission"
    assert rows_of("SELECT count(*) FROM stays") == [(0,)]
    assert bring(stay("1", "2026-03-05", "2026-03-05"))["linked"] == 1


def test_a_correction_that_puts_the_discharge_before_the_admission_unlinks_the_stay(bring, links):
    bring(stay("1", "2026-03-05", "2026-03-10"))
    report = bring(stay("1", "", "2026-03-01"))
    why = "discharged on 2026-03-01, before the admission on 2026-03-05"
    assert (report["rows"][0]["outcome"], report["rows"][0]["reason"]) == ("updated", why)
    assert links() == {"D1": f"review: {why}"}
    assert bring(stay("1", "", "2026-03-01"))["unchanged"] == 1
    bring(stay("1", "2026-02-25", "2026-03-01"))
    assert links() == {"D1": "P1"}, "the dates fit again"


def test_a_correction_that_moves_a_stay_past_the_death_unlinks_it(bring, links):
    bring(DEATH, stay("2", "2026-02-01", "2026-02-05"))
    assert links() == {"D1": "P1", "D2": "P1"}
    bring(stay("2", "2026-02-01", "2026-03-05"))
    assert links() == {"D1": "P1", "D2": f"review: {DIED}"}


def test_no_account_of_it_names_anybody(bring, care, tmp_path):
    bring(DEATH)
    said = "\n".join(bring(AFTER, words=True))
    masked = care("review", "--mask", "--plain").out
    for secret in ("HILL", "Hill", "1958", "12345"):
        assert secret not in said + masked
