"""`merge` and `unmerge`: nothing is lost, all is given back, and nobody drops off the list."""

from __future__ import annotations

import csv
import io
import random
import sqlite3
from contextlib import closing
from datetime import date

import pytest

from caretool import db, joining, planning
from caretool.model import Identifier, Name, PatientRecord, Product, Status
from caretool.store import (
    links,
    merges,
    other_names,
    patients,
    products,
    refused_fills,
    reversals,
)

TODAY = date(2026, 11, 23)
# Facts about people; what the merge itself writes down and which command wrote what is left out
TABLES = (
    "patients", "identifiers", "phones", "conditions", "statuses", "tiers", "stays",
    "link_decisions", "contacts", "fills", "reversals", "refused_fills", "decisions",
    "appointments", "scores", "referrals", "other_names", "different_people", "self_reports",
    "medications", "reconciliations",
)  # fmt: skip
MOVED_KEYS = (
    "stays", "contacts", "fills", "reversals", "refused_fills", "decisions", "appointments",
    "scores", "referrals", "medications", "reconciliations", "statuses", "tiers", "identifiers",
    "phones", "conditions", "other_names", "link_decisions",
)  # fmt: skip
HEADER = ["CSN", "MRN", "Patient Name", "DOB", "Sex", "Pt Class", "Disch Date", "Disch Disp",
          "Facility"]  # fmt: skip


@pytest.fixture
def rows_of(tmp_path):
    def query(sql):
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return connection.execute(sql).fetchall()

    return query


@pytest.fixture
def bring(care, tmp_path):
    """Import these rows as one discharge list."""

    def run(*rows):
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *rows])
        path = tmp_path / "list.csv"
        path.write_text(text.getvalue(), "utf-8")
        return care("import-discharges", path, "--rows", "--json").data[0]["rows"]

    return run


def stay(visit, name, born="1958-03-02", *, mrn="", left="2026-11-20"):
    return [visit, mrn, name, born, "F", "Inpatient", left, "Home", "St. Brigid"]


@pytest.fixture
def pair(care):
    """Ana Hill on the roster (P1), and the same woman under care management by her maiden name."""
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", "12345", "--phone",
         "423-555-0101", "--roster-only", "--on", "2026-09-01")  # fmt: skip
    care("add-patient", "Quinn, Ana", "--dob", "1958-03-02", "--sex", "F", "--mrn", "777",
         "--phone", "423-555-0102", "--phone", "423-555-0101", "--zip", "37391", "--tier", "high",
         "--condition", "copd", "--on", "2026-10-01")  # fmt: skip
    care("log-contact", "P2", "--outcome", "reached_patient", "--on", "2026-10-20")


# what moves


def test_everything_becomes_the_others_and_what_both_have_stays_behind(care, ok, pair, bring):
    bring(stay("1", "QUINN,ANA"))
    data = ok("merge", "P1", "P2", "--why", "she told me")
    moved = {key: count for key, count in data.pop("moved").items() if count}
    assert moved == {"stays": 1, "contacts": 1, "statuses": 1, "tiers": 1, "identifiers": 1,
                     "phones": 1, "conditions": 1}  # fmt: skip
    following = data.pop("next")
    assert (following["kind"], following["limit"]) == ("transition_contact", "2026-11-24")
    assert data == {
        "patient": "P1", "merged": "P2", "filled": ["sex", "zip"], "other_name": True,
        "against": [], "linked": [], "status": "active", "tier": "high", "why": "she told me",
    }  # fmt: skip
    page = ok("show", "P1")
    assert (page["name"], page["other_names"], page["merged"]) == (
        "Hill, Ana", ["Quinn, Ana"], ["P2"]
    )  # fmt: skip
    assert [one["number"] for one in page["identifiers"]] == ["12345", "777"]
    assert page["phones"] == ["4235550101", "4235550102"], "their own phone comes first"
    assert (page["sex"], page["zip"], page["conditions"]) == ("F", "37391", ["copd"])
    assert [one["contact"] for one in page["contacts"]] == ["C1"]


def test_the_keys_of_what_moved_are_all_there(ok, pair):
    assert tuple(ok("merge", "P1", "P2")["moved"]) == MOVED_KEYS


def test_it_says_what_moved_where_the_patient_stands_and_how_to_take_it_back(care, pair):
    ran = care("merge", "P1", "P2")
    assert ran.out == ""
    for words in (
        "P2 is P1 now: moved 1 contact, 1 status, 1 tier, 1 record number, 1 phone, 1 condition",
        "filled in: sex, zip",
        "P1 is active, high tier; next: Tue 27 Oct, now late",
        "caretool unmerge P2 takes it back",
    ):
        assert words in ran.err


def test_whoever_was_merged_is_found_under_the_other_id_and_listed_nowhere(care, ok, pair):
    care("merge", "P1", "P2")
    ran = care("show", "P2", code=3)
    assert ran.err == (
        "error: P2 was merged into P1\nhint: caretool show P1; caretool unmerge P2 takes it back\n"
    )
    assert care("show", "P2", "--json", code=3).document["errors"][0]["code"] == "merged"
    assert {ok("show", text)["patient"] for text in ("quinn", "777", "12345", "hill")} == {"P1"}
    for words in (["patients"], ["patients", "quinn"], ["patients", "4235550102"]):
        assert [row["patient"] for row in ok(*words)] == ["P1"], words
    assert [row["patient"] for row in ok("due-today")] == ["P1"]
    assert [row["patient"] for row in ok("due-today", "--as-of", "2026-10-15")] == ["P1"]
    assert ok("stale", "--days", "1")[0]["patient"] == "P1"
    assert ok("duplicates") == []
    for words in (["edit-patient", "P2", "--tier", "low"], ["merge", "P2", "P1"],
                  ["log-contact", "P2", "--outcome", "no_answer"]):  # fmt: skip
        assert "P2 was merged into P1" in care(*words, code=3).err


def test_a_number_that_both_have_stays_findable(care, ok):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", "5", "--issuer", "Mercy")
    care("add-patient", "Hill, Anna", "--dob", "1958-03-02", "--mrn", "5", "--issuer", "Mercy",
         "--anyway")  # fmt: skip
    care("merge", "P2", "P1", "--anyway")
    assert ok("show", "5")["patient"] == "P2"


def test_the_number_shown_stays_the_own_one_although_the_others_is_older(care, ok):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", "111")
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", "222", "--anyway")
    care("merge", "P2", "P1")
    assert [row["mrn"] for row in ok("patients")] == ["222"]


def test_a_list_with_the_other_name_is_linked_after_the_merge(care, pair, bring):
    care("merge", "P1", "P2")
    (row,) = bring(stay("1", "QUINN,ANA"))
    assert (row["link"], row["patient"]) == ("linked", "P1")


def test_stays_that_fitted_both_are_linked_once_they_are_one(care, ok, bring):
    who = ["Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--roster-only"]
    care("add-patient", *who)
    care("add-patient", *who, "--anyway")
    (row,) = bring(stay("1", "HILL,ANA"))
    assert row["link"] == "review"
    assert ok("merge", "P1", "P2")["linked"] == ["D1"]


@pytest.mark.parametrize(("files", "moved", "counted"), [(1, 2, 3), (2, 1, 2)])
def test_one_fill_told_of_both_by_two_files_counts_once_by_one_file_twice(
    files, moved, counted, care, ok, tmp_path, rows_of
):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", "1")
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", "2", "--anyway")
    header, rows = "MRN,Drug,Fill Date,Days Supply\n", [
        "1,metformin,2026-10-01,30\n", "2,metformin,2026-10-01,30\n2,metformin,2026-11-01,30\n",
    ]  # fmt: skip
    paths = [tmp_path / f"fills{number}.csv" for number in range(files)]
    for path, text in zip(paths, rows if files == 2 else ["".join(rows)], strict=True):
        path.write_text(header + text)
        care("import-fills", path, "--source", "practice")
    before = rows_of("SELECT id, patient_id, filled_on, days_supply, copy FROM fills ORDER BY id")
    assert ok("merge", "P1", "P2")["moved"]["fills"] == moved
    assert [row["fills"] for row in ok("adherence")] == [counted]
    for path in paths:
        (report,) = care("import-fills", path, "--source", "practice", "--json").data
        assert (report["new"], report["unchanged"]) == (0, report["records"])
    care("unmerge", "P2")
    assert (
        rows_of("SELECT id, patient_id, filled_on, days_supply, copy FROM fills ORDER BY id")
        == before
    )


# where they stand


def people(care, one, other):
    """Two records of one woman, each made by these options."""
    for number, words in enumerate((one, other), start=1):
        care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", number, *words, "--anyway")


ROSTER = ["--roster-only"]


def active(day, tier="high"):
    return ["--tier", tier, "--on", day]


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [
        (ROSTER, ROSTER, ("roster", None)),
        (active("2026-09-01"), ROSTER, ("active", "high")),
        (ROSTER, active("2026-09-01", "low"), ("active", "low")),
        (active("2026-09-01"), active("2026-10-01", "low"), ("active", "high")),
        (active("2026-10-01"), active("2026-09-01", "low"), ("active", "high")),
    ],
)
def test_active_stays_active_and_the_roster_takes_the_others_standing(one, other, stands, care, ok):
    people(care, one, other)
    data = ok("merge", "P1", "P2")
    assert (data["status"], data["tier"]) == stands


@pytest.mark.parametrize("since", ["2026-09-01", "2026-11-02"])
def test_a_closing_of_the_other_closes_nobody_who_is_active(since, care, ok):
    people(care, active(since), active("2026-09-15"))
    care("edit-patient", "P2", "--status", "closed", "--reason", "moved", "--on", "2026-10-10")
    data = ok("merge", "P1", "P2")
    assert data["status"] == "active"
    assert ok("show", "P1")["since"] == since


def test_a_contact_under_the_other_id_that_closed_them_closes_nobody_who_is_active(care, ok):
    people(care, active("2026-09-01"), active("2026-09-15"))
    care("log-contact", "P2", "--outcome", "refused_program", "--on", "2026-10-10")
    assert ok("show", "P2")["status"] == "closed"
    assert ok("merge", "P1", "P2")["status"] == "active"
    care("unmerge", "P2")
    assert [ok("show", one)["status"] for one in ("P1", "P2")] == ["active", "closed"]


def test_care_under_the_other_id_goes_on_although_the_roster_was_said_later(care, ok):
    people(care, active("2026-06-01", "low"), active("2026-09-01"))
    care("edit-patient", "P1", "--status", "closed", "--reason", "moved", "--on", "2026-07-01")
    care("reopen", "P1", "--status", "roster", "--why", "back", "--on", "2026-10-01")
    data = ok("merge", "P1", "P2")
    assert (data["status"], data["tier"]) == ("active", "high")
    care("unmerge", "P2")
    assert [ok("show", one)["status"] for one in ("P1", "P2")] == ["roster", "active"]


def test_a_record_closed_as_entered_in_error_says_nothing_of_the_person(care, ok):
    people(care, ROSTER, active("2026-09-01"))
    care("edit-patient", "P2", "--status", "closed", "--reason", "entered_in_error")
    assert ok("merge", "P1", "P2")["status"] == "roster"


def test_whose_care_has_ended_is_not_kept_over_who_is_followed(care, ok):
    people(care, active("2026-06-01"), active("2026-09-01"))
    care("edit-patient", "P1", "--status", "closed", "--reason", "moved", "--on", "2026-07-01")
    ran = care("merge", "P1", "P2", code=6)
    assert "P1, who would stay, is closed (moved), P2 active" in ran.err
    assert ok("merge", "P2", "P1")["status"] == "active"


def test_a_death_counts_for_both_and_only_after_it_was_said(care, ok):
    people(care, active("2026-06-01"), active("2026-09-01"))
    care("edit-patient", "P2", "--status", "closed", "--reason", "deceased", "--on", "2026-10-01")
    assert "P2 has died, P1 has not" in care("merge", "P1", "P2", code=6).err
    data = ok("merge", "P1", "P2", "--anyway")
    assert (data["status"], data["next"]) == ("closed", None)


# what speaks against it


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (["Hill, Ana", "--dob", "1958-03-02"], ["Hill, Ana", "--dob", "1960-07-02"],
         "another birth date"),
        (["Hill, Ana", "--dob", "1958-03-02"], ["Hill, Ana", "--dob", "1958-02-03"],
         "another birth date"),
        (["Hill, Ana", "--dob", "1958-03-02", "--sex", "F"],
         ["Hill, Ana", "--dob", "1958-03-02", "--sex", "M"], "another sex"),
        (["Hill Sr, Tom", "--dob", "1958-03-02"], ["Hill Jr, Tom", "--dob", "1988-03-02"],
         "another suffix, birth date"),
        (["Hill, Maria", "--dob", "1958-03-02"], ["Hill, Grace", "--dob", "1958-03-02"],
         "another first name"),
        (["Hill, Maria", "--dob", "1958-03-02"], ["Stone, Grace", "--dob", "1958-03-02"],
         "another last name, first name"),
    ],
)  # fmt: skip
def test_twins_father_and_son_and_a_mistyped_id_are_refused_unless_anyway(
    one, other, said, care, ok
):
    care("add-patient", *one)
    care("add-patient", *other, "--anyway")
    ran = care("merge", "P1", "P2", code=6)
    assert ran.err.startswith(f"error: against merging P2 into P1: {said}\n")
    assert "--anyway" in ran.err
    assert "1958" not in ran.err
    assert len(ok("patients")) == 2
    assert ok("merge", "P1", "P2", "--anyway")["against"] == [said]


def test_those_who_were_said_to_be_different_are_not_merged_by_mistake(care, pair):
    care("duplicates", "--not", "P1", "P2")
    assert "you said that they are different people" in care("merge", "P1", "P2", code=6).err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["merge", "P1", "P1"], 3, "both are P1"),
        (["merge", "P1", "P9"], 3, "no patient P9"),
        (["merge", "P1"], 2, "DUPLICATE"),
        (["unmerge", "P2"], 3, "P2 was not merged into anybody"),
        (["unmerge", "Quinn"], 2, "that is no patient's id"),
        (["unmerge", "P1", "P2"], 3, "of P1 and P2 neither was merged into the other"),
    ],
)
def test_what_is_typed_wrong_is_refused(words, code, said, care, pair):
    ran = care(*words, code=code)
    assert said in ran.err
    assert ran.out == ""


# taking back


def dump(path, *, bare=False):
    """All facts on file; `bare` without the ids of rows and the commands that wrote them."""
    left_out = {"id", "command_id"} if bare else set()
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            keep = [name for name in names if table == "patients" or name not in left_out]
            rows = connection.execute(f"SELECT {', '.join(keep)} FROM {table}").fetchall()
            found[table] = sorted(rows, key=repr)
    return found


def test_taken_back_it_is_as_if_it_had_never_been(care, pair, bring, tmp_path):
    bring(stay("1", "QUINN,ANA"), stay("2", "QUIN,ANA"))
    care("review", "D2", "--not", "P1")
    before = dump(tmp_path / "care.db")
    care("merge", "P1", "P2")
    assert dump(tmp_path / "care.db") != before
    ran = care("unmerge", "P2")
    assert dump(tmp_path / "care.db") == before
    assert "P2 is a patient of their own again, active" in ran.err
    assert "P1 next: nothing" in ran.err


def test_medicines_and_reconciliations_move_and_return(care, ok, pair, tmp_path):
    care("add-medication", "P1", "metformin")
    care("add-medication", "P2", "metformin", "--dose", "500 mg")
    care("add-medication", "P2", "lisinopril")
    care("stop-medication", "P2", "lisinopril", "--why", "cough")
    path = tmp_path / "reconciled.csv"
    path.write_text("medication,taking\nmetformin,yes\n")
    care("reconcile", "P2", "--file", path)
    before = dump(tmp_path / "care.db")

    moved = ok("merge", "P1", "P2")["moved"]
    assert (moved["medications"], moved["reconciliations"]) == (2, 1)
    listed = [one["medication"] for one in ok("medications", "P1", "--all")]
    assert listed == ["M1", "M2", "M3"]
    care("unmerge", "P2")
    assert dump(tmp_path / "care.db") == before
    care("merge", "P1", "P2")
    care("add-medication", "P1", "warfarin")
    assert ok("unmerge", "P2")["came_later"]["medications"] == 1


def test_what_came_later_stays_with_the_one_who_stayed(care, ok, pair):
    care("merge", "P1", "P2")
    care("log-contact", "P1", "--outcome", "no_answer")
    data = ok("unmerge", "P1", "P2")
    assert (data["patient"], data["was"]) == ("P2", "P1")
    assert {key: n for key, n in data["came_later"].items() if n} == {"contacts": 1}
    assert [one["contact"] for one in ok("show", "P1")["contacts"]] == ["C2"]
    assert [one["contact"] for one in ok("show", "P2")["contacts"]] == ["C1"]


def test_a_stay_that_was_moved_on_since_is_left_where_it_is(care, ok, pair, bring):
    bring(stay("1", "QUINN,ANA"))
    care("add-patient", "Stone, Eva", "--dob", "1944-05-17", "--roster-only")
    care("merge", "P1", "P2")
    care("unlink", "D1")
    care("review", "D1", "--is", "P3", "--anyway")
    care("unmerge", "P2")
    assert [one["discharge"] for one in ok("show", "P3")["discharges"]] == ["D1"]
    assert ok("show", "P2")["discharges"] == []


def test_who_was_merged_follows_the_one_who_stays_into_a_third(care, ok, pair):
    care("add-patient", "Hill, Annie", "--dob", "1958-03-02", "--roster-only")
    care("merge", "P1", "P2")
    care("merge", "P3", "P1", "--anyway")
    assert "P2 was merged into P3" in care("show", "P2", code=3).err
    assert ok("show", "P3")["merged"] == ["P2", "P1"]
    assert ok("show", "777")["patient"] == "P3"
    assert "caretool unmerge P1 takes back" in care("unmerge", "P3", code=3).err
    care("unmerge", "P3", "P2")
    assert [one["contact"] for one in ok("show", "P2")["contacts"]] == ["C1"]
    assert ok("show", "P3")["merged"] == ["P1"]
    assert ok("show", "P3")["zip"] is None, "the ZIP code was P2's"


def test_after_merging_two_a_roster_with_both_changes_nothing(care, ok, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(
        "MRN,Last Name,First Name,DOB,Phone\n"
        "1,Hill,Ana,1958-03-02,423-555-0101\n2,Quinn,Ana,1958-03-02,423-555-0102\n"
    )
    care("import-patients", path)
    care("merge", "P1", "P2")
    (report,) = care("import-patients", path, "--json").data
    assert (report["unchanged"], report["records"]) == (2, 2)
    unnumbered = tmp_path / "names.csv"
    unnumbered.write_text("Last Name,First Name,DOB\nQuinn,Ana,1958-03-02\n")
    (report,) = care("import-patients", unnumbered, "--json").data
    assert (report["unchanged"], report["new"]) == (1, 0)
    assert [row["name"] for row in ok("patients")] == ["Hill, Ana"]


def test_a_yes_to_one_and_a_no_to_the_other_is_a_yes_to_both(care, bring):
    who = ["Hill, Ana", "--dob", "1958-03-02", "--roster-only"]
    care("add-patient", *who)
    care("add-patient", *who, "--anyway")
    bring(stay("1", "HILLL,ANA"))
    care("review", "D1", "--is", "P1")
    care("review", "D1", "--not", "P2")
    care("merge", "P1", "P2")
    (row,) = bring(stay("2", "HILLL,ANA", left="2026-11-10"))
    assert (row["link"], row["patient"]) == ("linked", "P1")


# any facts, any order

KINDS = ["inpatient", "emergency", "observation"]
METFORMIN = [Product("metformin"), Product("Metformin", ndc="00093104801")]


def random_practice(care_file, rng):
    """Four records of one woman with random facts, and one of somebody else."""
    run_id = care_file.insert(
        "import_runs", kind="discharges", on_date="2026-11-01", file_name="l", file_hash="h",
        source="l", encoding="utf-8", delimiter=",", records=0, counts="{}",
    )  # fmt: skip
    for _ in range(5):
        record = PatientRecord(
            name=Name(rng.choice(["Hill", "Quinn"]), "Ana", rng.choice(["", "M"])),
            birth_date=rng.choice([None, date(1958, 3, 2)]),
            sex=rng.choice([None, "F", "U"]),
            identifiers=tuple(
                Identifier(rng.choice(["practice", "Mercy"]), str(rng.randint(1, 4)))
                for _ in range(rng.randint(0, 3))
            ),
            phones=tuple(f"423555010{rng.randint(0, 3)}" for _ in range(rng.randint(0, 3))),
            zip=rng.choice([None, "37391", "37392"]),
            conditions=tuple(rng.sample(["copd", "chf", "ckd"], rng.randint(0, 2))),
        )
        patients.add(care_file, record, on=random_day(rng))
    for number in range(1, 6):
        for _ in range(rng.randint(0, 4)):
            random_fact(care_file, rng, number, run_id)


def random_day(rng):
    return date(2026, rng.randint(1, 11), rng.randint(1, 22))


def random_fact(care_file, rng, number, run_id):
    day = random_day(rng)
    kind = rng.choice(["status", "tier", "stay", "contact", "fill", "decision", "name"])
    if kind == "status":
        status = rng.choice(list(Status))
        reason = rng.choice(["moved", "declined", "deceased"]) if status == "closed" else None
        patients.set_status(care_file, number, status, day, reason)
    elif kind == "tier":
        patients.set_tier(care_file, number, rng.choice(["high", "low"]), day)
    elif kind == "contact":
        care_file.insert(
            "contacts",
            patient_id=number,
            on_date=day.isoformat(),
            channel="phone",
            outcome=rng.choice(["reached_patient", "no_answer", "refused_program"]),
            party="patient",
        )
    elif kind == "fill":
        on = day.replace(month=1, day=rng.randint(1, 2)).isoformat()
        product = products.ids(care_file, [rng.choice(METFORMIN)])
        known = care_file.value(
            "SELECT max(copy) FROM fills WHERE patient_id = ? AND filled_on = ?", (number, on)
        )
        care_file.insert(
            "fills", patient_id=number, product_id=next(iter(product.values())), filled_on=on,
            days_supply=30, copy=(known or 0) + 1, run_id=run_id,
        )  # fmt: skip
        reversals.add_all(care_file, [(number, "metformin", on, 30)], run_id)
        refused_fills.add_all(
            care_file, [refused_fills.Refused(number, "metformin", on, "is negative", 2)], run_id
        )
    elif kind == "decision":
        care_file.insert(
            "decisions", patient_id=number, on_date=day.isoformat(), decision="no_calls"
        )
        care_file.insert("referrals", patient_id=number, on_date=day.isoformat())
        care_file.insert(
            "appointments", patient_id=number, on_date=day.isoformat(), day="2026-12-01"
        )
    elif kind == "name":
        other_names.add(care_file, number, Name(rng.choice(["Reed", "Quinn"]), "Ana"))
    else:
        random_stay(care_file, rng, number, run_id, day)


def random_stay(care_file, rng, number, run_id, day):
    count = care_file.value("SELECT count(*) FROM stays")
    stay_id = care_file.insert(
        "stays", stay_key=f"k{count}", issuer="Mercy", last_name=rng.choice(["HILL", "HILLL"]),
        first_name="ANA", birth_date="1958-03-02", patient_class=rng.choice(KINDS),
        discharged_on=day.isoformat(), disposition=rng.choice(["01", "03", "20"]),
        arrived_on=day.isoformat(), patient_id=number, link="linked", link_reason="test",
        run_id=run_id,
    )  # fmt: skip
    row = care_file.row("SELECT * FROM stays WHERE id = ?", (stay_id,))
    links.decide(care_file, row, rng.randint(1, 5), rng.choice(["is", "not"]))
    care_file.insert(
        "scores", patient_id=number, stay_id=stay_id, on_date=day.isoformat(), name="LACE",
        total=rng.randint(0, 19), parts="{}",
    )  # fmt: skip


def merge_some(path, rng, pairs):
    """Merge these in their order, each by a command of its own."""
    for one, other in pairs:
        with db.writing(path, "merge", "tester") as care_file:
            joining.join(care_file, one, other, TODAY, None)


def unmerge(path, number):
    with db.writing(path, "unmerge", "tester") as care_file:
        joining.part(care_file, merges.typed(care_file, f"P{number}"), TODAY)


@pytest.mark.parametrize("seed", range(40))
def test_any_merges_taken_back_in_any_order_leave_the_file_as_it_was(seed, tmp_path):
    rng = random.Random(seed)  # noqa: S311 - no secret
    path = tmp_path / "random.db"
    with db.writing(path, "test", "tester", create=True) as care_file:
        random_practice(care_file, rng)
    before = dump(path)
    ids = [1, 2, 3, 4]
    rng.shuffle(ids)
    pairs = []
    while len(ids) > 1:
        pairs.append((ids[0], ids.pop(rng.randrange(1, len(ids)))))
        rng.shuffle(ids)
    merge_some(path, rng, pairs)
    with db.reading(path) as care_file:
        listed = {plan.patient_id for plan in planning.of_panel(care_file, TODAY).plans}
        assert listed.isdisjoint(merges.merged(care_file))
    after = dump(path)
    for table in (
        "stays", "contacts", "fills", "reversals", "refused_fills", "identifiers", "phones",
        "scores",
    ):  # fmt: skip
        assert len(after[table]) == len(before[table]), "nothing is lost"
    undone = [other for _, other in pairs]
    rng.shuffle(undone)
    for number in undone:
        unmerge(path, number)
    assert dump(path) == before


@pytest.mark.parametrize("seed", range(40, 70))
def test_one_merge_taken_back_is_as_if_only_the_others_had_been_made(seed, tmp_path):
    rng = random.Random(seed)  # noqa: S311 - no secret
    paths = [tmp_path / "all.db", tmp_path / "others.db"]
    for path in paths:
        with db.writing(path, "test", "tester", create=True) as care_file:
            random_practice(care_file, random.Random(seed))  # noqa: S311 - no secret
    pairs = rng.choice([[(1, 2), (1, 3), (1, 4)], [(1, 2), (3, 4), (1, 3)], [(2, 1), (2, 3)]])
    gone = rng.choice(pairs)
    merge_some(paths[0], rng, pairs)
    unmerge(paths[0], gone[1])
    merge_some(paths[1], rng, [one for one in pairs if one != gone])
    assert dump(paths[0], bare=True) == dump(paths[1], bare=True)


@pytest.mark.parametrize("seed", range(70, 110))
def test_whoever_is_followed_is_followed_after_the_merge(seed, tmp_path):
    rng = random.Random(seed)  # noqa: S311 - no secret
    path = tmp_path / "random.db"
    with db.writing(path, "test", "tester", create=True) as care_file:
        random_practice(care_file, rng)
        plans = planning.of_patients(care_file, (1, 2), TODAY)
        one, other = plans[1].standing, plans[2].standing
        against = joining.against(care_file, 1, 2, TODAY)
        joining.join(care_file, 1, 2, TODAY, None)
        now = planning.of_patient(care_file, 1, TODAY).standing
    if one.status == "roster" and (other.status, other.reason) != ("closed", "entered_in_error"):
        assert (now.status, now.reason) == (other.status, other.reason)
    elif "deceased" not in {one.reason, other.reason}:
        assert (now.status, now.reason, now.since) == (one.status, one.reason, one.since) or (
            now.status == one.status and other.status == "closed"
        )
    if "active" in {one.status, other.status} and not against:
        assert now.status in {"active", "on_hold"}
