"""`import-discharges`: what becomes of each record, of each file, and of a second import."""

from __future__ import annotations

import pytest
from discharge_lists import HILL, NOBODY, OUTCOMES, REED, SPOILED, counts, dump, listing, stay

FILE_KEYS = [
    "file", "run", "source", "layout", "encoding", "delimiter", "header_line", "records", "new",
    "updated", "unchanged", "cancelled", "skipped", "rejected", "linked", "review", "unmatched",
    "unknown_words", "vanished", "rejects_file", "sheet", "format", "layout_saved",
]  # fmt: skip
ROW_KEYS = [
    "line", "record", "outcome", "link", "patient", "mrn", "candidates", "discharge",
    "discharge_date", "admit_date", "birth_date", "disposition", "reason",
]  # fmt: skip


@pytest.fixture(autouse=True)
def panel(care):
    """Ana Hill (P1) and Max Reed (P2), under care management."""
    since = ["--on", "2026-09-01"]
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--mrn", "12345", *since)
    care("add-patient", "Reed, Max", "--dob", "1971-11-30", "--sex", "M", "--mrn", "777", *since)


@pytest.fixture
def put(tmp_path):
    """Write a list and give its path."""

    def write(*rows, name="list.csv", **form):
        path = tmp_path / name
        path.write_bytes(listing(*rows, **form))
        return path

    return write


@pytest.fixture
def import_rows(care, put):
    """Import these rows as one list; gives the report of the file with its rows."""

    def run(*rows, name="list.csv", more=(), code=0):
        path = put(*rows, name=name)
        (report,) = care("import-discharges", path, "--rows", "--json", *more, code=code).data
        return report

    return run


@pytest.fixture
def stored(tmp_path):
    """The whole table of stays, or some columns of it."""
    return lambda columns="*": dump(tmp_path / "care.db", columns=columns)


def due(ok):
    return [row["patient"] for row in ok("due-today", "--kind", "transition_contact")]


# the account


def test_each_record_has_one_outcome_and_the_report_has_the_contracts_keys(import_rows, care):
    import_rows(stay("1"), stay("2", REED), stay("3", NOBODY))

    report = import_rows(
        stay("1"),
        stay("2", REED, disp="SNF"),
        stay("3", NOBODY, event="A13"),
        stay("4", SPOILED, "2026-11-21"),
        stay("5", HILL, "", came="2026-11-22"),
        stay("6", HILL, "2026-13-45"),
        ["Total discharges: 6"] + [""] * 10,
        code=4,
    )

    assert list(report) == [*FILE_KEYS, "rows"]
    assert all(list(row) == ROW_KEYS for row in report["rows"])
    assert report["records"] == 7 == sum(report[outcome] for outcome in OUTCOMES)
    assert counts(report) == {
        "new": 1, "updated": 1, "unchanged": 1, "cancelled": 1, "skipped": 2, "rejected": 1,
    }  # fmt: skip
    assert [row["outcome"] for row in report["rows"]] == [
        "unchanged", "updated", "cancelled", "new", "skipped", "rejected", "skipped",
    ]  # fmt: skip
    links = [row["link"] for row in report["rows"]]
    assert links == ["linked", "linked", "unmatched", "review", "linked", None, None]
    assert (report["linked"], report["review"], report["unmatched"]) == (3, 1, 1)
    assert [(row["line"], row["record"]) for row in report["rows"]] == [
        (n + 1, n) for n in range(1, 8)
    ]
    assert report["run"] == "R2"
    assert (report["source"], report["layout"]) == ("list", "list"), "as saved the first time"
    assert (report["encoding"], report["delimiter"], report["header_line"]) == ("utf-8", ",", 1)


def test_a_row_says_whose_it_is_what_was_read_and_why(import_rows, ok):
    linked, review, nobody, rejected = import_rows(
        stay("1", disp="Home with home health"),
        stay("2", SPOILED),
        stay("3", NOBODY, disp="somewhere"),
        stay("4", left="soon"),
        code=4,
    )["rows"]
    assert linked == {
        "line": 2, "record": 1, "outcome": "new", "link": "linked", "patient": "P1",
        "mrn": "12345", "candidates": [], "discharge": "D1", "discharge_date": "2026-11-20",
        "admit_date": "2026-11-16", "birth_date": "1958-03-02", "disposition": "06",
        "reason": "full name and birth date",
    }  # fmt: skip
    assert review["patient"] is review["mrn"] is None
    assert review["candidates"] == [{"patient": "P1", "mrn": "12345"}]
    assert (review["birth_date"], review["discharge"]) == ("1958-02-03", "D2")
    assert nobody["candidates"] == []
    assert (nobody["disposition"], nobody["reason"]) == (None, "nobody on file fits")
    assert rejected["reason"] == "Disch Date: is not a date"
    assert {key for key, value in rejected.items() if value} == {
        "line", "record", "outcome", "reason",
    }  # fmt: skip


def test_masked_rows_hold_no_record_number_and_no_birth_date(import_rows):
    rows = import_rows(stay("1"), stay("2", SPOILED), more=["--mask"])["rows"]
    assert [row["patient"] for row in rows] == ["P1", None]
    assert rows[1]["candidates"] == [{"patient": "P1", "mrn": None}]
    assert {row["mrn"] for row in rows} == {row["birth_date"] for row in rows} == {None}


def test_people_are_told_the_counts_the_links_and_what_comes_next(care, put):
    ran = care("import-discharges", put(stay("1"), stay("2", SPOILED)))
    assert ran.out == ""
    said = ran.err.splitlines()
    assert said[0].endswith("list.csv: 2 records (R1): 2 new")
    assert said[1].strip() == "1 linked, 1 review, 0 unmatched"
    assert said[2:] == [
        "  layout saved as list: caretool layouts",
        "next: caretool review shows what needs your decision, then caretool due-today",
    ]
    assert care("import-discharges", put(stay("1"), name="b.csv")).err.endswith(
        "next: caretool due-today\n"
    )


def test_quiet_says_nothing_but_errors(care, put):
    assert care("import-discharges", put(stay("1")), "--quiet").err == ""
    ran = care("import-discharges", put(stay("1"), stay("2", left="x")), "--quiet", code=4)
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["error", "hint"]
    assert ran.out == ""


# again, and what later lists say


def test_importing_again_changes_nothing(import_rows, stored):
    rows = [
        stay("1"),
        stay("2", SPOILED),
        stay("3", NOBODY),
        stay("4", NOBODY, event="A13"),
        stay("5", REED),
        stay("5", REED, event="A13"),
        stay("", REED, mrn="9"),
        stay("6", HILL, "", came="2026-11-22"),
        stay("7", left="x"),
    ]
    first = import_rows(*rows, code=4)
    before = stored()
    again = import_rows(*rows, code=4)
    assert stored() == before
    assert counts(first) == {"new": 5, "cancelled": 1, "skipped": 2, "rejected": 1}
    assert counts(again) == {"unchanged": 7, "skipped": 1, "rejected": 1}
    assert again["rejects_file"] == first["rejects_file"]
    moved = import_rows(*rows, name="list_20261123.csv", code=4)
    assert counts(moved) == counts(again)
    assert stored() == before


def test_a_later_list_corrects_and_completes_and_keeps_what_it_does_not_say(import_rows, stored):
    told = "discharged_on, discharged_at, disposition, disposition_text, patient_class, sex"
    import_rows(stay("1", left="2026-11-20 10:15", disp=""))
    assert stored(told) == [("2026-11-20", "10:15", None, None, "inpatient", "F")]
    later = import_rows(stay("1", [*HILL[:2], ""], "2026-11-20", "SNF", kind="O"))
    assert counts(later) == {"updated": 1}
    assert stored(told) == [("2026-11-20", "10:15", "03", "SNF", "inpatient", "F")]
    import_rows(stay("1", left="2026-11-21", disp="to a friend", kind="OBS"))
    assert stored(told) == [("2026-11-21", None, None, "to a friend", "observation", "F")]


def test_a_corrected_name_or_birth_date_is_decided_anew(import_rows, stored):
    import_rows(stay("1", SPOILED), stay("2", REED))
    assert stored("id, link, patient_id") == [(1, "review", None), (2, "linked", 2)]
    report = import_rows(stay("1"), stay("2", [*REED[:1], "1971-11-20", "M"]))
    assert counts(report) == {"updated": 2}
    assert stored("id, link, patient_id") == [(1, "linked", 1), (2, "review", None)]


def test_what_a_correction_does_not_touch_stays_linked(import_rows, stored):
    import_rows(stay("1"))
    import_rows(stay("1", disp="SNF", kind="Rehab"))
    assert stored("link, patient_id, link_reason") == [("linked", 1, "full name and birth date")]


def test_a_list_that_now_names_another_patient_moves_nothing_by_itself(
    import_rows, care, ok, stored
):
    """Of twins the desk first wrote the one, then the other: only a reviewer says whose it is."""
    care("add-patient", "Hill, Anna", "--dob", "1958-03-02", "--roster-only")
    import_rows(stay("1"))
    anna = stay("1", ["HILL,ANNA", "1958-03-02", "F"])
    assert counts(import_rows(anna)) == {"updated": 1}
    waits = [("review", None, "the list now names somebody else")]
    assert stored("link, patient_id, link_reason") == waits
    assert [one["patient"] for one in ok("review")[0]["candidates"]] == ["P3", "P1"]
    assert counts(import_rows(anna)) == {"unchanged": 1}
    care("add-patient", "Hill, Mia", "--dob", "1958-03-02", "--roster-only")
    import_rows([*anna[:1], "99", *anna[2:]])
    assert stored("link, patient_id, link_reason") == waits
    care("review", "D1", "--is", "P3")
    assert stored("link, patient_id") == [("linked", 3)]


def test_two_senders_may_give_out_one_visit_number_and_neither_overwrites_the_other(
    import_rows, stored
):
    rows = [stay("1", facility=""), stay("1", NOBODY, facility=""), stay("1", REED, facility="")]
    assert counts(import_rows(*rows)) == {"new": 3}
    assert stored("id, last_name, patient_id") == [
        (1, "HILL", 1),
        (2, "STONE", None),
        (3, "REED", 2),
    ]
    assert counts(import_rows(*reversed(rows))) == {"unchanged": 3}
    (row,) = import_rows(stay("1", REED, facility="", event="A13"))["rows"]
    assert (row["outcome"], row["discharge"]) == ("cancelled", "D3")


def test_a_cancelled_discharge_withdraws_the_call_and_a_new_one_brings_it_back(
    import_rows, stored, ok
):
    import_rows(stay("1", left="2026-11-20 10:15"))
    assert due(ok) == ["P1"]
    assert import_rows(stay("1", left="", disp="", event="A13"))["cancelled"] == 1
    assert due(ok) == []
    again = import_rows(stay("1", left="", disp="", event="A13"))["rows"][0]
    assert (again["outcome"], again["reason"]) == ("unchanged", "was cancelled before")
    assert counts(import_rows(stay("1", left="2026-11-20 10:15"))) == {"unchanged": 1}
    assert due(ok) == [], "the old discharge once more is none"
    assert counts(import_rows(stay("1", left="2026-11-21 09:00"))) == {"new": 1}
    assert due(ok) == ["P1"]
    assert len(stored()) == 1


def test_whose_discharge_is_cancelled_is_in_hospital(import_rows, ok):
    import_rows(stay("1", left="2026-11-20 10:15"))
    import_rows(stay("1", left="", disp="", event="A13"))
    kinds = {one["patient"]: one["kind"] for one in ok("due-today", "--days", "60")}
    assert kinds["P1"] == "facility_check"


def test_whose_admission_is_cancelled_is_not(import_rows, ok, stored):
    import_rows(stay("1", left=""), stay("1", left="", event="A11"))
    assert stored("cancelled") == [(1,)]
    kinds = {one["patient"]: one["kind"] for one in ok("due-today", "--days", "60")}
    assert kinds["P1"] == "routine"


def test_a_patient_who_is_back_on_the_list_of_those_in_hospital_was_not_discharged(
    import_rows, stored
):
    import_rows(stay("1", left="2026-11-18"))
    back = [stay("1", left="", disp="Still a Patient"), stay("2", REED, left="2026-11-20")]
    assert counts(import_rows(*back)) == {"cancelled": 1, "new": 1}
    assert stored("discharged_on") == [(None,), ("2026-11-20",)]


def test_a_list_of_the_same_day_does_not_undo_a_discharge_that_it_may_not_know_of(
    import_rows, stored
):
    import_rows(stay("1", left="2026-11-20"))
    here = [stay("1", left="", disp="Still a Patient"), stay("2", REED, left="2026-11-20")]
    assert counts(import_rows(*here)) == {"skipped": 1, "new": 1}
    assert stored("discharged_on")[0] == ("2026-11-20",)


def test_a_discharge_of_the_day_that_was_cancelled_counts_when_it_has_a_later_time(
    import_rows, stored
):
    came, left = "2026-11-16 08:00", "2026-11-20 10:15"
    import_rows(stay("1", left=left, came=came), stay("1", left=left, came=came, event="A13"))
    assert stored("discharged_on") == [(None,)]
    import_rows(stay("1", left="2026-11-20 17:00", came=came))
    assert stored("discharged_on, discharged_at") == [("2026-11-20", "17:00")]


def test_a_cancellation_of_what_was_never_told_is_skipped(import_rows, stored):
    (row,) = import_rows(stay("1", event="Cancel Discharge"))["rows"]
    assert (row["outcome"], row["reason"]) == ("skipped", "cancels a stay that is not on file")


def test_a_cancellation_that_comes_before_what_it_cancels_cancels_it_all_the_same(
    import_rows, stored, ok
):
    import_rows(stay("1", event="Cancel Discharge"))
    (row,) = import_rows(stay("1"))["rows"]
    assert (row["outcome"], row["reason"]) == ("unchanged", "the sender took it back before")
    assert stored("discharged_on") == [(None,)]
    assert due(ok) == []


# still in


def test_a_linked_patient_who_is_still_in_is_held_until_the_list_that_completes_the_stay(
    import_rows, stored, ok
):
    (row,) = import_rows(stay("1", left="", disp="Still a Patient"))["rows"]
    assert (row["outcome"], row["link"], row["discharge"]) == ("skipped", "linked", "D1")
    assert (row["reason"], row["discharge_date"]) == ("still in hospital", None)
    assert stored("discharged_on, disposition, admitted_on") == [(None, None, "2026-11-16")]
    kinds = {one["patient"]: one["kind"] for one in ok("due-today", "--days", "60")}
    assert kinds == {"P1": "facility_check", "P2": "routine"}

    (row,) = import_rows(stay("1"))["rows"]
    assert (row["outcome"], row["discharge"]) == ("new", "D1")
    assert stored("discharged_on, disposition") == [("2026-11-20", "01")]
    assert due(ok) == ["P1"]


@pytest.mark.parametrize(
    "row",
    [
        stay("1", left="", kind="ED"),
        stay("1", NOBODY, kind="Office Visit"),
        stay("1", kind="Office Visit"),
    ],
)
def test_of_visits_nothing_is_kept(row, import_rows, stored):
    assert counts(import_rows(row)) == {"skipped": 1}
    assert stored() == []


def test_somebody_in_hospital_who_may_be_hers_waits_for_her_decision_and_is_held_by_it(
    import_rows, ok
):
    report = import_rows(stay("1", SPOILED, "", came="2026-11-18"))
    assert (report["skipped"], report["review"]) == (1, 1)
    (row,) = ok("review")
    assert (row["discharge"], row["discharge_date"]) == ("D1", None)
    ok("review", "D1", "--is", "P1")
    kinds = {one["patient"]: one["kind"] for one in ok("due-today", "--days", "60")}
    assert kinds["P1"] == "facility_check"


def test_somebody_in_hospital_is_held_once_the_roster_has_them(import_rows, ok, care):
    import_rows(stay("1", NOBODY, "", came="2026-11-18"))
    care("add-patient", "Stone, Eva", "--dob", "1944-05-17", "--sex", "F", "--on", "2026-09-01")
    kinds = {one["patient"]: one["kind"] for one in ok("due-today", "--days", "60")}
    assert kinds["P3"] == "facility_check"


def test_a_list_of_the_next_day_on_which_she_is_still_a_patient_takes_the_discharge_back(
    import_rows, stored
):
    """The list's own day is in its name; what is on it need not be from that day."""
    import_rows(stay("1", left="2026-11-20"), name="x_2026-11-20.csv")
    back = [stay("1", left="", disp="Still a Patient"), stay("2", REED, left="2026-11-20")]
    assert counts(import_rows(*back, name="x_2026-11-21.csv")) == {"cancelled": 1, "new": 1}
    assert stored("discharged_on")[0] == (None,)


def test_an_emergency_visit_that_ended_in_a_bed_holds_too(import_rows, stored, ok):
    (row,) = import_rows(stay("1", left="2026-11-16", kind="ED", disp="Admitted"))["rows"]
    assert (row["outcome"], row["reason"]) == ("skipped", "admitted, not discharged")
    assert stored("patient_class, admitted_on, discharged_on") == [
        ("inpatient", "2026-11-16", None)
    ]
    held = {one["patient"]: one["items"] for one in ok("due-today", "--days", "60")}["P1"]
    # in a bed since Monday the 16th: a word with the facility a week later, and nothing else
    assert [(one["kind"], one["due"]) for one in held] == [("facility_check", "2026-11-23")]


@pytest.mark.parametrize("first", [0, 1])
def test_an_emergency_visit_and_the_stay_that_it_led_to_are_one_whichever_comes_first(
    first, import_rows, ok
):
    """Two visit numbers: the ward gives one of its own."""
    rows = [
        stay("1", left="2026-11-16 23:10", kind="ED", disp="Admitted"),
        stay("2", left="2026-11-20", kind="Inpatient"),
    ]
    for row in (rows[first], rows[1 - first]):
        import_rows(row)
    due = {one["patient"]: one for one in ok("due-today", "--days", "1")}["P1"]
    assert due["kind"] == "transition_contact"
    assert {item["discharge"] for item in due["items"]} == {due["items"][0]["discharge"]}
    assert "facility_check" not in {item["kind"] for item in due["items"]}


def test_an_observation_that_became_an_admission_is_one_stay_of_the_later_kind(import_rows, stored):
    import_rows(stay("1", kind="OBS", left=""), name="a_20261117.csv")
    import_rows(stay("1", kind="Inpatient"), name="b_20261121.csv")
    import_rows(stay("1", kind="OBS", left=""), name="c_20261117.csv")
    assert stored("patient_class, discharged_on") == [("inpatient", "2026-11-20")]


def test_a_row_still_in_does_not_undo_a_discharge_on_file(import_rows, stored):
    import_rows(stay("1"))
    told = "discharged_on, disposition, link, patient_id, cancelled"
    before = stored(told)
    assert counts(import_rows(stay("1", left=""))) == {"skipped": 1}
    assert stored(told) == before


def test_a_newborn_is_skipped_unless_on_the_roster(import_rows, care):
    baby = ["HILL,BABY GIRL", "2026-11-16", "F"]
    (row,) = import_rows(stay("1", baby))["rows"]
    assert (row["outcome"], row["reason"]) == ("skipped", "a newborn who is not on the roster")
    care("add-patient", "Hill, Mia", "--dob", "2026-11-16", "--roster-only")
    (row,) = import_rows(stay("1", ["HILL,MIA", "2026-11-16", "F"]))["rows"]
    assert (row["outcome"], row["patient"]) == ("new", "P3")


def test_the_dead_are_never_due(import_rows, ok):
    import_rows(stay("1", disp="Expired"), stay("2", REED))
    assert due(ok) == ["P2"]
    assert "P1" not in [one["patient"] for one in ok("due-today", "--days", "90")]


# whose numbers


def test_numbers_are_the_facilitys_unless_the_list_sends_back_ours(import_rows, care):
    married = ["STONE,ANA", "1958-03-02", "F"]
    (row,) = import_rows(stay("1", married, mrn="12345"))["rows"]
    assert row["link"] == "review", "12345 of St. Brigid is another number than ours"
    (row,) = import_rows(stay("2", married, mrn="0012345"), more=["--source", "Practice"])["rows"]
    assert (row["link"], row["patient"]) == ("linked", "P1")
    assert row["reason"] == "record number, nothing against it"
