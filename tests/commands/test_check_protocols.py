"""`check-protocols`: is anything wrong with the care rules? And a practice's own file at work."""

import csv
import io
import json

import pytest

from caretool.rule_files import load_protocols

LIMIT = '[[protocol]]\nname = "ed"\n[[protocol.rule]]\nname = "call"\nlimit = "{}"\n'
# 23 November 2026 is a Monday; 1 business day is Tuesday, 2 are Wednesday, 3 the Friday after
# Thanksgiving
LONGER = LIMIT.format("3 business days")
BROKEN = LIMIT.format("soon")
SAYS = "protocols.toml, line 4, ed/call: limit 'soon' is no length of time"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Lay a practice's own rules beside the care file."""
    load_protocols.cache_clear()

    def write(text, name="protocols.toml"):
        path = tmp_path / name
        path.write_text(f'version = "clinic 3"\n{text}', encoding="utf-8")
        load_protocols.cache_clear()
        return path

    yield write
    load_protocols.cache_clear()


@pytest.fixture
def visit(care, tmp_path):
    """Ann Hale, P1, on the roster: an emergency visit today."""
    care("add-patient", "Hale, Ann", "--dob", "1950-01-01", "--roster-only", "--phone", "555-0142")
    path = tmp_path / "list.csv"
    path.write_text(
        "Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
        "Hale,Ann,1950-01-01,Emergency,2026-11-23,2026-11-23,Home\n"
    )
    care("import-discharges", path)


def limit(ok):
    """The limit of the call after the visit."""
    (row,) = ok("due-today", "--days", "9")
    return next(item["limit"] for item in row["items"] if item["kind"] == "ed_call")


# The check


def test_the_built_in_rules_are_all_right_without_any_care_file(care):
    ran = care("check-protocols")
    rules = len(load_protocols().rules)
    assert ran.out == ""
    assert ran.err.startswith(f"{rules} rules, ")
    assert ran.err.endswith(" examples, all right\n")


def test_quiet_says_nothing_when_nothing_is_wrong(care):
    ran = care("check-protocols", "--quiet")
    assert (ran.out, ran.err) == ("", "")


def test_for_scripts_it_is_an_array_and_counts(care):
    document = care("check-protocols", "--json").document
    assert (document["status"], document["data"]) == ("ok", [])
    assert document["counts"]["rules"] == len(load_protocols().rules)
    assert document["counts"]["examples"] >= 2 * document["counts"]["rules"]


def test_what_is_wrong_is_a_line_each_and_exit_3(care, own):
    path = own(BROKEN + '[[protocol]]\nname = "windows"\nclasses = ["ward"]\n', "clinic.toml")
    ran = care("check-protocols", path, code=3)
    assert [line.split("\t")[:3] for line in ran.out.splitlines()] == [
        ["clinic.toml", "7", "windows"],
        ["clinic.toml", "4", "ed/call"],
    ]
    assert "class 'ward' (one of: inpatient, " in ran.out
    assert ran.err.startswith("error: 2 things are wrong in clinic.toml\nhint: ")


def test_for_scripts_each_finding_names_file_line_rule_and_message(care, own):
    path = own(BROKEN, "clinic.toml")
    document = care("check-protocols", path, "--json", code=3).document
    assert document["data"] == [
        {
            "file": "clinic.toml",
            "line": 4,
            "rule": "ed/call",
            "message": "limit 'soon' is no length of time"
            " (a number and one of: days, business days, weeks, months)",
        }
    ]
    assert document["status"] == "partial"
    assert [error["code"] for error in document["errors"]] == ["rules"]
    rows = list(csv.DictReader(io.StringIO(care("check-protocols", path, "--csv", code=3).out)))
    assert (rows[0]["line"], rows[0]["rule"]) == ("4", "ed/call")


def test_a_file_that_is_no_toml_is_told_with_its_line(care, own):
    path = own('[[protocol]]\nname = "ed"\nstatuses = [active]\n', "clinic.toml")
    (found,) = care("check-protocols", path, "--json", code=3).data
    assert (found["file"], found["line"], found["rule"]) == ("clinic.toml", 4, None)
    assert found["message"] == "Invalid value (at line 4, column 13)"


def test_a_file_that_is_not_there_is_an_error(care):
    ran = care("check-protocols", "none.toml", code=3)
    assert ran.out == ""
    assert ran.err.startswith("error: rules file none.toml cannot be read: No such file")


def test_without_a_file_the_rules_in_force_are_checked(care, own, tmp_path, monkeypatch):
    own(BROKEN)
    assert "ed/call" in care("check-protocols", code=3).out
    other = own(LONGER, "elsewhere.toml")
    monkeypatch.setenv("CARETOOL_PROTOCOLS", str(other))
    assert care("check-protocols").out == ""
    assert not (tmp_path / "care.db").exists()


def test_an_example_of_ones_own_that_fails_is_told_with_both_dates(care, own):
    path = own(
        LONGER
        + """
[[example]]
rule = "ed/call"
why = "Thursday"
facts = [{ ed_visit = 2026-04-30 }]
today = 2026-04-30
limit = 2026-05-04
"""
    )
    (found,) = care("check-protocols", path, "--json", code=3).data
    # three business days after Thursday 30 April: Friday, Monday, Tuesday
    assert (found["line"], found["rule"]) == (8, "ed/call")
    assert "limit 2026-05-04 expected, 2026-05-05 came out (Thursday)" in found["message"]


# A practice's own file at work


def test_the_file_beside_the_care_file_changes_the_dates(care, ok, visit, own):
    assert limit(ok) == "2026-11-25"
    own(LONGER)
    assert limit(ok) == "2026-11-27"


def test_the_one_that_is_named_beats_the_one_beside_the_care_file(
    care, ok, visit, own, tmp_path, monkeypatch
):
    own(LIMIT.format("4 business days"))
    assert limit(ok) == "2026-11-30"
    monkeypatch.setenv("CARETOOL_PROTOCOLS", str(own(LONGER, "elsewhere.toml")))
    assert limit(ok) == "2026-11-27"
    monkeypatch.setenv("CARETOOL_PROTOCOLS", "")
    assert limit(ok) == "2026-11-30"


def test_every_item_names_the_version_of_the_file_it_comes_from(ok, visit, own):
    own(LONGER)
    (row,) = ok("due-today", "--days", "9")
    assert {item["kind"]: item["version"] for item in row["items"]}["ed_call"] == "clinic 3"
    (item,) = (one for one in ok("why", "P1")["items"] if one["kind"] == "ed_call")
    steps = {step["step"]: step["text"] for step in item["trace"]}
    assert steps["version"].startswith("clinic 3 (")
    assert steps["version"].endswith("protocols.toml)")


def test_a_rule_that_is_taken_out_makes_nothing(ok, visit, own):
    own('[[protocol]]\nname = "ed"\noff = true\n')
    assert ok("due-today", "--days", "9") == []


def test_an_example_that_is_broken_does_not_disturb_the_morning(care, ok, visit, own):
    own(LONGER + "\n[[example]]\nrule = nonsense\n")
    assert limit(ok) == "2026-11-27"


# A broken one: one clear line, the built-in rules hold, nothing is half applied


WRONG = {
    "no length of time": (BROKEN, SAYS),
    "no TOML": ("[[protocol]\n", "rules file protocols.toml: "),
    "an unknown key": (
        LONGER + "limitt = 1\n", "protocols.toml, line 4, ed/call: unknown key 'limitt'",
    ),
    "an unknown rule": (
        LONGER.replace('"call"', '"cal"'),
        "protocols.toml, line 4, ed/cal: nothing of that name to change",
    ),
    "an interval of 0": (
        LONGER
        + '[[protocol]]\nname = "routine"\n[[protocol.rule]]\nname = "low"\ntarget = "0 days"\n',
        "protocols.toml, line 9, routine/low: an interval of 0",
    ),
    "a circle": (
        LONGER + 'anchor = "after ed_call"\n',
        "protocols.toml, line 2, ed: a circle: ed_call is counted from itself",
    ),
    "a calendar that is not there": (
        'calendar = "mars"\n' + LONGER, "rules file mars.toml cannot be read: No such file",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG.keys())
def test_with_a_broken_file_the_list_goes_on_with_the_built_in_rules(care, visit, own, text, says):
    before = care("due-today", "--days", "9", "--json").data
    own(text)
    ran = care("due-today", "--days", "9", "--json", code=4)
    assert ran.data == before
    assert ran.document["status"] == "partial"
    (error,) = ran.document["errors"]
    assert error["code"] == "rules"
    assert error["message"].startswith(says)
    assert error["hint"].endswith("; until then the built-in rules hold")
    assert ran.err == f"error: {error['message']}\nhint: {error['hint']}\n"


def test_the_list_is_shown_and_the_error_is_said_once(care, visit, own):
    own(BROKEN)
    ran = care("due-today", "--days", "9", code=4)
    assert ran.out.startswith("P1\t")
    assert ran.err.count("error:") == 1
    assert SAYS in ran.err


def test_a_contact_is_logged_all_the_same_and_nothing_is_lost(care, visit, own):
    own(BROKEN)
    ran = care("log-contact", "P1", "--outcome", "reached_patient", "--json", code=4)
    assert ran.data["contact"] == "C1"
    assert ran.document["status"] == "partial"
    assert SAYS in ran.document["errors"][0]["message"]
    own("")
    shown = care("show", "P1", "--json").data
    assert [one["contact"] for one in shown["contacts"]] == ["C1"]


def test_a_contact_is_told_in_words_with_the_error_beneath(care, visit, own):
    own(BROKEN)
    ran = care("log-contact", "P1", "--outcome", "no_answer", code=4)
    assert ran.err.startswith("logged C1 for P1: no answer")
    assert ran.err.count("error:") == 1
    assert f"error: {SAYS}" in ran.err


@pytest.mark.parametrize("words", [["why", "P1"], ["show", "P1"], ["patients"]])
def test_other_commands_say_it_too_where_they_need_the_rules(care, visit, own, words):
    own(BROKEN)
    ran = care(*words, "--json", code=4)
    assert SAYS in json.dumps(ran.document["errors"], ensure_ascii=False)


def test_once_corrected_it_holds(care, ok, visit, own):
    own(BROKEN)
    care("due-today", code=4)
    own(LONGER)
    assert limit(ok) == "2026-11-27"


def test_a_named_file_that_is_not_there_is_said(care, visit, monkeypatch, tmp_path):
    monkeypatch.setenv("CARETOOL_PROTOCOLS", str(tmp_path / "gone.toml"))
    ran = care("due-today", code=4)
    assert "error: rules file gone.toml cannot be read: No such file or directory" in ran.err
