"""`lace`: the score, what it does, what is asked for, and that nothing is stored without it."""

import io
import json
import sqlite3
import sys
from contextlib import closing

import pytest
import typer

from caretool import cli

HEADER = "MRN,Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition,CSN\n"
KEYS = ["patient", "discharge", "stays", "value", "band", "missing", "method", "admitted",
        "discharged", "nights", "acute", "comorbidities", "comorbidity_sum", "ed_visits",
        "ed_visits_from", "points", "high_until", "next"]  # fmt: skip


@pytest.fixture
def import_rows(care, tmp_path):
    """Import stays of Ana Rivera: kind, admission, discharge, disposition, visit number."""

    def run(*rows):
        lines = [
            f"A1,Rivera,Ana,1958-03-02,{kind},{admitted},{left},{to},{number}\n"
            for kind, admitted, left, to, number in rows
        ]
        path = tmp_path / "stays.csv"
        path.write_text(HEADER + "".join(lines), encoding="utf-8")
        care("import-discharges", path, "--source", "practice")

    return run


STAY = ("Inpatient", "2026-11-15", "2026-11-20", "Home", "1")
VISITS = [
    ("Emergency", "2026-05-15", "2026-05-15", "Home", "2"),
    ("Emergency", "2026-07-15", "2026-07-15", "Home", "3"),
    ("Emergency", "2026-11-15", "2026-11-15", "Home", "4"),
]


@pytest.fixture
def rivera(care, import_rows):
    """P1, moderate tier; in hospital for five days (D1), two visits before that count, one not."""
    care(
        "add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "A1", "--on", "2026-11-09",
        "--condition", "heart_failure", "--condition", "dementia", "--condition", "hypertension",
    )  # fmt: skip
    import_rows(STAY, *VISITS)
    return "P1"


@pytest.fixture
def hill(care, tmp_path):
    """P1, of whom nothing is on file but a discharge without its admission."""
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "A2", "--on", "2026-11-09")
    path = tmp_path / "list.csv"
    path.write_text(
        "MRN,Patient Name,DOB,Discharge Date,Disposition\n"
        'A2,"Hill, Tom",1944-11-30,2026-11-20,Home\n',
        encoding="utf-8",
    )
    care("import-discharges", path, "--source", "practice")
    return "P1"


@pytest.fixture
def scores(tmp_path):
    """What is stored: patient, stay, day, total, parts."""

    def rows():
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            found = connection.execute(
                "SELECT patient_id, stay_id, on_date, total, parts FROM scores ORDER BY id"
            ).fetchall()
        return [(*row[:4], json.loads(row[4])) for row in found]

    return rows


class Terminal(io.StringIO):
    """Somebody who answers at the keyboard."""

    def isatty(self):
        return True


@pytest.fixture
def answering(capsys, monkeypatch):
    """Run on a terminal with these answers; gives the exit code and what was said."""
    program = typer.main.get_command(cli.app)

    def run(*words, answers):
        monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{one}\n" for one in answers)))
        capsys.readouterr()
        code = program.main(args=list(words), standalone_mode=False)
        return code, capsys.readouterr().err

    return run


def failed(care, *args, code):
    ran = care(*args, code=code)
    assert ran.out == ""
    error, hint = ran.err.splitlines()
    return error.removeprefix("error: "), hint.removeprefix("hint: ")


# The score


def test_the_rulebooks_vector_of_fourteen_is_high_and_kept_with_its_parts(rivera, ok, scores):
    """5 midnights 4, acute 3, heart failure 2 and dementia 3 make 5, two visits 2."""
    data = ok("lace", rivera, "--acute")
    assert list(data) == KEYS
    following = data.pop("next")
    assert (following["kind"], following["due"]) == ("transition_contact", "2026-11-23")
    parts = {
        "method": "midnights",
        "admitted": "2026-11-15",
        "discharged": "2026-11-20",
        "nights": 5,
        "acute": True,
        "comorbidities": ["heart_failure", "dementia"],
        "comorbidity_sum": 5,
        "ed_visits": 2,
        "ed_visits_from": "file",
        "points": {"l": 4, "a": 3, "c": 5, "e": 2},
    }
    assert data == {
        "patient": "P1", "discharge": "D1", "stays": ["D1"], "value": 14, "band": "high",
        "missing": [], **parts, "high_until": "2027-11-22",
    }  # fmt: skip
    assert scores() == [(1, 1, "2026-11-23", 14, parts)]


def test_it_says_each_part_the_sum_the_band_and_what_it_does(rivera, care):
    ran = care("lace", rivera, "--acute")
    assert ran.out == ""
    assert ran.err.splitlines() == [
        "P1 LACE 14, high: D1, Sun 15 Nov to Fri 20 Nov",
        "L 4: 5 midnights",
        "A 3: acute",
        "C 5: heart failure 2, dementia 3, sum 5 (on file)",
        "E 2: 2 emergency visits before (on file from Fri 15 May to the admission)",
        "10 or more is high: high tier until Mon 22 Nov 2027, visit within 7 days (by Fri 27 Nov)",
        "next: today, Mon 23 Nov, by Tue 24 Nov at the latest (discharged Fri 20 Nov (D1), contact"
        " within 2 business days)",
    ]


def visit_of(ok):
    (item,) = [one for one in ok("why", "P1")["items"] if one["kind"] == "visit"]
    return item["rule"], item["limit"]


def test_ten_or_more_raises_the_tier_for_a_year_and_brings_the_visit_forward(rivera, ok):
    assert visit_of(ok) == ("visit_moderate", "2026-12-04")
    ok("lace", rivera, "--acute")
    assert visit_of(ok) == ("visit_high", "2026-11-27")
    assert ok("show", rivera)["tier"] == "high"
    tiers = [ok("due-today", "--days", "1", "--as-of", day)[0]["tier"]
             for day in ("2027-11-22", "2027-11-23")]  # fmt: skip
    assert tiers == ["high", "moderate"]


def test_below_ten_it_raises_nothing(rivera, care, ok, scores):
    ran = care("lace", rivera, "--elective", "--ed-visits", "0")
    assert ran.err.splitlines()[0] == "P1 LACE 9, moderate: D1, Sun 15 Nov to Fri 20 Nov"
    assert ran.err.splitlines()[2:6] == [
        "A 0: elective",
        "C 5: heart failure 2, dementia 3, sum 5 (on file)",
        "E 0: 0 emergency visits before (as given)",
        "below 10: it raises nothing",
    ]
    assert visit_of(ok) == ("visit_moderate", "2026-12-04")
    assert scores()[0][4]["ed_visits_from"] == "given"


def test_a_new_score_for_the_stay_takes_the_place_of_the_old_one(rivera, ok, scores):
    ok("lace", rivera, "--acute", "--on", "2026-11-21")
    assert visit_of(ok)[0] == "visit_high"
    ok("lace", rivera, "--elective", "--ed-visits", "0")
    assert visit_of(ok)[0] == "visit_moderate"
    assert [row[2:4] for row in scores()] == [("2026-11-21", 14), ("2026-11-23", 9)]


def test_a_tier_set_by_hand_with_a_reason_stays_and_that_is_said(rivera, care, tmp_path):
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection, connection:
        connection.execute("UPDATE tiers SET tier = 'low', reason = 'lives with her daughter'")
    ran = care("lace", rivera, "--acute")
    assert ran.err.splitlines()[5] == (
        "10 or more is high, but the tier was set by hand with a reason and stays low"
    )


def test_of_somebody_on_the_roster_only_the_risk_is_high(care, ok, import_rows):
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "A1", "--roster-only",
         "--condition", "dementia")  # fmt: skip
    import_rows(STAY)
    ran = care("lace", "P1", "--acute", "--ed-visits", "1")
    assert ran.err.splitlines()[5].startswith("10 or more is high: high risk until Mon 22 Nov 2027")


def test_of_somebody_closed_nothing_follows(rivera, care):
    care("edit-patient", rivera, "--status", "closed", "--reason", "moved")
    ran = care("lace", rivera, "--acute")
    assert ran.err.splitlines()[5] == "10 or more is high, but P1 is closed"


def test_without_the_rule_nothing_is_raised(rivera, care, tmp_path):
    (tmp_path / "protocols.toml").write_text(
        'version = "clinic 1"\n[[raise]]\nby = "lace"\noff = true\n', encoding="utf-8"
    )
    ran = care("lace", rivera, "--acute")
    assert ran.err.splitlines()[5] == "the rules in force raise nothing by LACE"


def test_the_practices_own_threshold_holds(rivera, care, tmp_path):
    (tmp_path / "protocols.toml").write_text(
        'version = "clinic 1"\n[[raise]]\nby = "lace"\nat_least = 15\n', encoding="utf-8"
    )
    assert care("lace", rivera, "--acute").err.splitlines()[5] == "below 15: it raises nothing"


# Comorbidities that are given


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        (["none"], ["heart_failure", "dementia"]),
        ([" None "], ["heart_failure", "dementia"]),
        (["copd"], ["heart_failure", "chronic_pulmonary", "dementia"]),
        (["E11.22"], ["diabetes_with_damage", "heart_failure", "dementia"]),
        (
            ["type 2 diabetes", "metastatic"],
            ["diabetes", "heart_failure", "dementia", "metastatic"],
        ),
        (["Dementia", "hypertension", "afib"], ["heart_failure", "dementia"]),
        (["I50.9 - Heart failure"], ["heart_failure", "dementia"]),
        (["I12.9"], ["heart_failure", "liver_or_renal", "dementia"]),
    ],
)
def test_what_is_given_is_added_to_what_is_on_file(rivera, ok, given, counted):
    words = [word for one in given for word in ("--comorbidity", one)]
    assert ok("lace", rivera, "--acute", *words)["comorbidities"] == counted


def test_where_they_come_from_is_said(rivera, care):
    ran = care("lace", rivera, "--acute", "--comorbidity", "copd")
    assert ran.err.splitlines()[3] == (
        "C 5: heart failure 2, chronic pulmonary disease 2, dementia 3, sum 7"
        " (on file and as given)"
    )


def test_none_excludes_others_and_an_unknown_one_lists_them(rivera, care, scores):
    words = ["lace", rivera, "--acute", "--comorbidity", "none", "--comorbidity", "copd"]
    assert failed(care, *words, code=2)[0] == "--comorbidity none excludes the others"
    error, hint = failed(care, "lace", rivera, "--acute", "--comorbidity", "qqq", code=2)
    assert error == "no comorbidity 'qqq'"
    assert "peripheral_vascular, diabetes, diabetes_with_damage" in hint
    assert scores() == []


# What is missing


def test_not_computable_is_an_answer_and_nothing_is_stored(hill, care, ok, scores):
    ran = care("lace", hill)
    assert ran.err.splitlines() == [
        "LACE of P1, D1 not computable: admission date unknown; acute or elective not given;"
        " comorbidities not given",
        "say --admitted DATE; --acute or --elective; --comorbidity CODE, or --comorbidity none",
    ]
    data = ok("lace", hill, "--acute", "--comorbidity", "none")
    assert list(data) == KEYS
    assert data["missing"] == ["admission date unknown"]
    shown = {key: value for key, value in data.items() if value not in (None, [])}
    assert shown == {
        "patient": "P1", "discharge": "D1", "stays": ["D1"], "missing": ["admission date unknown"],
    }  # fmt: skip
    assert scores() == []


def test_what_is_missing_can_be_given(hill, ok, care):
    data = ok("lace", hill, "--elective", "--comorbidity", "none", "--admitted", "2026-11-18")
    assert (data["value"], data["nights"], data["band"]) == (2, 2, "low")
    ran = care("lace", hill, "--elective", "--comorbidity", "none", "--admitted", "wed")
    assert ran.err.splitlines()[1:5] == [
        "L 2: 2 midnights, admission as given",
        "A 0: elective",
        "C 0: none that counts (as given)",
        "E 0: 0 emergency visits before (on file from Mon 18 May to the admission)",
    ]


def test_an_admission_after_the_discharge_is_refused(hill, care, scores):
    words = ["lace", hill, "--acute", "--comorbidity", "none", "--admitted", "2026-11-21"]
    error, _ = failed(care, *words, code=3)
    assert error == "2026-11-21 is after the discharge on 2026-11-20"
    assert scores() == []


def test_without_any_discharge_there_is_nothing_to_work_out(care, ok):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    ran = care("lace", "P1", "--acute")
    assert ran.err == "LACE of P1 not computable: no discharge from a hospital on file\n"
    assert ok("lace", "P1")["discharge"] is None


# Asked on a terminal


def test_on_a_terminal_only_what_is_missing_is_asked_for(rivera, answering, scores):
    code, said = answering("lace", rivera, answers=["yes"])
    assert code == 0
    assert said.startswith("was the admission acute, not planned (yes/no): P1 LACE 14, high")
    assert [row[3] for row in scores()] == [14]


def test_on_a_terminal_nothing_is_asked_for_that_is_given(rivera, answering):
    assert answering("lace", rivera, "--elective", answers=[])[1].startswith("P1 LACE 11, high")


def test_on_a_terminal_all_of_it_can_be_answered(hill, answering, scores):
    """Five midnights 4, elective, heart failure 2 and a diabetes with damage 2 make 5."""
    _, said = answering("lace", hill, answers=["2026-11-15", "N", "heart_failure, e11.22"])
    assert said.startswith(
        "admission date (YYYY-MM-DD): was the admission acute, not planned (yes/no): "
        "comorbidities, with commas between, or none: P1 LACE 9, moderate"
    )
    assert scores()[0][4]["points"] == {"l": 4, "a": 0, "c": 5, "e": 0}


def test_none_is_an_answer(hill, answering, scores):
    answering("lace", hill, "--acute", "--admitted", "2026-11-20", answers=["none"])
    assert [row[3] for row in scores()] == [3]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["someday"], "'someday' is not a date that caretool reads"),
        (["2026-11-15", "perhaps"], "neither yes nor no"),
        (["2026-11-15", "acute", "qqq"], "no comorbidity 'qqq'"),
        (["2026-11-15", "elective", ","], "no comorbidity given"),
    ],
)
def test_an_answer_that_is_none_is_refused(hill, answering, scores, answers, said):
    code, told = answering("lace", hill, answers=answers)
    assert code == 2
    assert f"error: {said}\n" in told
    assert scores() == []


# Which discharge


def test_a_stay_is_worked_out_as_a_whole_and_the_score_kept_for_its_last_part(
    rivera, import_rows, ok, scores
):
    import_rows(
        ("Observation", "2026-08-01", "2026-08-02", "Home", "7"),
        ("Inpatient", "2026-08-02", "2026-08-05", "SNF", "8"),
        ("SNF", "2026-08-05", "2026-08-30", "Home", "9"),
    )
    for discharge in ("D5", "d06"):
        data = ok("lace", rivera, "--acute", "--discharge", discharge)
        assert (data["discharge"], data["stays"], data["nights"]) == ("D6", ["D5", "D6"], 4)
    assert [row[1] for row in scores()] == [6, 6]
    assert ok("lace", rivera, "--acute")["discharge"] == "D1", "the latest unless said"


def test_an_emergency_visit_that_ended_in_a_bed_is_part_of_the_stay(rivera, import_rows, ok):
    import_rows(("Emergency", "2026-11-14", "2026-11-15", "Admitted", "9"))
    data = ok("lace", rivera, "--acute")
    assert (data["discharge"], data["admitted"], data["nights"]) == ("D1", "2026-11-14", 6)
    assert data["ed_visits"] == 2


def test_a_stay_in_another_place_or_of_somebody_else_is_refused(
    rivera, import_rows, care, tmp_path
):
    import_rows(("SNF", "2026-08-05", "2026-08-30", "Home", "9"))
    words = ["lace", rivera, "--acute", "--discharge"]
    assert failed(care, *words, "D5", code=3)[0] == "D5 is no stay in a hospital"
    assert failed(care, *words, "D2", code=3)[0] == "D2 is no stay in a hospital"
    assert failed(care, *words, "D99", code=3)[0] == "no discharge D99"
    assert failed(care, *words, "17", code=2)[0] == "that is no discharge's id"
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    error, hint = failed(care, "lace", "P2", "--acute", "--discharge", "D1", code=3)
    assert (error, hint) == ("D1 is not linked to P2", "caretool show P2 lists the discharges")
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection, connection:
        connection.execute("UPDATE stays SET cancelled = 1 WHERE id = 1")
    assert failed(care, *words, "D1", code=3)[0] == "D1 was taken back by its sender"


def test_a_stay_that_goes_on_has_no_score_yet(rivera, import_rows, care, ok):
    import_rows(("Inpatient", "2026-11-22", "", "", "9"))
    error, _ = failed(care, "lace", rivera, "--acute", "--discharge", "D5", code=3)
    assert error == "the stay of D5 has not ended"
    assert ok("lace", rivera, "--acute")["discharge"] == "D1"


def test_the_day_is_one_from_the_discharge_on_and_from_the_last_score_on(rivera, care, ok, scores):
    words = ["lace", rivera, "--acute", "--on"]
    error, _ = failed(care, *words, "2026-11-19", code=3)
    assert error == "D1 ended on 2026-11-20, after 2026-11-19"
    ok(*words, "2026-11-22")
    error, _ = failed(care, *words, "2026-11-21", code=3)
    assert error == "D1 has a score of 2026-11-22, after 2026-11-21"
    failed(care, *words, "tomorrow", code=6)
    assert [row[2] for row in scores()] == ["2026-11-22"]


def test_for_somebody_who_has_died_no_score_is_worked_out(rivera, care, scores):
    care("log-contact", rivera, "--outcome", "deceased")
    error, hint = failed(care, "lace", rivera, "--acute", code=3)
    assert error == "C1 says that this patient has died"
    assert hint == "if that is wrong: caretool void-contact C1 --reason TEXT"
    assert scores() == []


def test_the_plan_of_a_day_before_the_score_knows_nothing_of_it(rivera, ok):
    before = ok("why", rivera, "--as-of", "2026-11-22")
    ok("lace", rivera, "--acute")
    assert ok("why", rivera, "--as-of", "2026-11-22") == before
