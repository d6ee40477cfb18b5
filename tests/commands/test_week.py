"""`week`: the load of each day as bars, which days are too full, and what moves with `--spread`."""

import csv
import io
import re
import sqlite3
import sys

import pytest
import typer

from caretool import cli
from caretool.commands import week
from caretool.store import decisions

# The tests run on Monday 23 November 2026; Thursday is Thanksgiving
LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
DAYS = [f"2026-11-{day}" for day in (23, 24, 25, 26, 27)]
ROW = ["day", "patients", "must", "should", "after", "over", "open", "closed", "moves"]


@pytest.fixture
def practice(care, tmp_path):
    """P1: contact after a discharge, today, by Tuesday (must); moderate risk, visit on Friday.

    P2 to P4: every 7 days, due on Monday; P5 on Wednesday. So Monday has 4 patients, Wednesday 1,
    and Friday P1.
    """
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--on", "2026-11-20")
    for number, name in enumerate(("Hill, Tom", "Cole, Ben", "Diaz, Eva", "Fox, Guy"), 2):
        on = "2026-11-18" if number == 5 else "2026-11-16"
        care("add-patient", name, "--dob", f"194{number}-11-30", "--tier", "high", "--on", on)
    path = tmp_path / "list.csv"
    path.write_text(f'{LIST}"Rivera, Ana",1958-03-02,Inpatient,2026-11-18,2026-11-20,Home\n')
    care("import-discharges", path)


@pytest.fixture
def on_terminal(care, monkeypatch):
    """What a terminal of so many columns shows, line by line, and what is said beside it."""

    def run(*args, columns=80):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        ran = care(*args)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", ran.out)
        return [line.rstrip() for line in plain.splitlines()], ran.err

    return run


class Terminal(io.StringIO):
    """Somebody who answers at the keyboard."""

    def isatty(self):
        return True


@pytest.fixture
def answering(capsys, monkeypatch):
    """Run on a terminal with this answer; gives the exit code and what was said."""
    program = typer.main.get_command(cli.app)

    def run(*words, answer):
        monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
        capsys.readouterr()
        code = program.main(args=list(words), standalone_mode=False)
        return code, capsys.readouterr().err

    return run


def loads(rows):
    return {row["day"]: row["patients"] for row in rows}


def deferred(tmp_path):
    """What was written: whose, which item, from when, to when, why."""
    with sqlite3.connect(tmp_path / "care.db") as connection:
        found = connection.execute(
            "SELECT patient_id, item, planned, to_date, reason FROM decisions"
            " WHERE decision = 'defer' ORDER BY id"
        ).fetchall()
    connection.close()
    return found


def dues(ok):
    return {row["patient"]: row["due"] for row in ok("due-today", "--days", "30")}


# The days


def test_each_working_day_of_a_week_has_its_patients(practice, ok):
    rows = ok("week")
    assert [list(row) for row in rows] == [ROW] * 5
    assert loads(rows) == dict(zip(DAYS, (4, 0, 1, 0, 1), strict=True))
    assert [(row["must"], row["should"]) for row in rows] == [
        (1, 3),
        (0, 0),
        (0, 1),
        (0, 0),
        (1, 0),
    ]


def test_a_closed_day_says_why_and_has_no_load(practice, ok, care):
    care("away", "add", "2026-11-25", "--why", "dentist")
    rows = ok("week")
    assert [row["open"] for row in rows] == [True, True, False, False, True]
    assert [row["closed"] for row in rows] == [
        None, None, "your day off (dentist)", "Thanksgiving Day", None,
    ]  # fmt: skip
    # P5 of Wednesday comes after her day off, on Friday, where P1 is seen
    assert loads(rows) == dict(zip(DAYS, (4, 0, 0, 0, 2), strict=True))


def test_her_own_words_for_a_day_off_stay_behind_the_mask(practice, ok, care):
    care("away", "add", "2026-11-25", "--why", "dentist")
    assert ok("week", "--mask")[2]["closed"] == "your day off"


def test_weeks_looks_further(practice, ok):
    rows = ok("week", "--weeks", "3")
    assert [row["day"] for row in rows][-1] == "2026-12-11"
    assert len(rows) == 15


def test_on_a_weekend_the_days_begin_with_monday_and_late_ones_count_there(practice, ok):
    rows = ok("week", "--as-of", "2026-11-28")
    assert (rows[0]["day"], rows[0]["patients"]) == ("2026-11-30", 5)


@pytest.mark.parametrize("weeks", ["0", "53", "x"])
def test_a_number_of_weeks_that_makes_no_sense_is_refused(care, weeks):
    care("week", "--weeks", weeks, code=2)


def test_a_terminal_of_80_columns_shows_bars_that_need_no_colour(practice, on_terminal):
    lines, err = on_terminal("week", "--capacity", "2")
    assert [" ".join(line.split()) for line in (lines[0], *lines[2:7])] == [
        "day patients must should after # must = should",
        "Mon 23 Nov 4 1 3 2 #=== 2 over",
        "Tue 24 Nov 0 0 0 2",
        "Wed 25 Nov 1 0 1 1 =",
        "Thu 26 Nov 0 0 0 0 closed:",
        "Thanksgiving Day",
    ]
    assert max(map(len, lines)) <= 80
    assert err == (
        "6 to contact on 4 days · 1 day over 2 · 2 patients could move, then none would be over\n"
        "caretool week --capacity 2 --spread moves them, after asking\n"
    )


def test_a_terminal_shows_what_could_move_and_where_to(practice, on_terminal):
    lines, _ = on_terminal("week", "--capacity", "2", columns=120)
    where = lines.index("Could move")
    assert [line.split("  ") and re.split(r" {2,}", line) for line in lines[where + 3 :]] == [
        ["P4", "Diaz, Eva", "routine", "Mon 23 Nov", "Tue 24 Nov"],
        ["P3", "Cole, Ben", "routine", "Mon 23 Nov", "Tue 24 Nov"],
    ]


def test_without_a_capacity_no_day_is_too_full(practice, ok, on_terminal):
    assert {(row["over"], len(row["moves"])) for row in ok("week")} == {(None, 0)}
    lines, err = on_terminal("week")
    assert "over" not in "".join(lines)
    assert err == "6 to contact on 4 days\n"


def test_in_a_pipe_each_day_is_a_line_with_its_bar(practice, care):
    lines = [line.split("\t") for line in care("week", "--capacity", "2").out.splitlines()]
    assert lines[0] == [
        "2026-11-23", "4", "1", "3", "2", "#===", "2", "yes", "",
        "P4:2026-11-24 P3:2026-11-24",
    ]  # fmt: skip
    assert lines[3] == ["2026-11-26", "0", "0", "0", "0", "", "0", "no", "Thanksgiving Day", ""]


def test_a_large_panel_has_bars_to_scale_and_says_so(practice, care, on_terminal):
    for number in range(53):
        care("add-patient", f"Doe, No{number}", "--dob", f"1940-01-{number % 27 + 1:02}",
             "--tier", "high", "--on", "2026-11-16", "--anyway")  # fmt: skip
    lines, _ = on_terminal("week")
    # 57 patients on 28 places: 3 a place, 1 of a must and 56 of others
    assert "each 3 patients" in lines[0]
    assert "#" + "=" * 18 in lines[2].split()


def test_csv_has_its_columns_always(practice, care):
    header, *rows = csv.reader(io.StringIO(care("week", "--csv").out))
    assert header == [
        "day", "patients", "must", "should", "after", "bar", "over", "open", "closed", "moves",
    ]  # fmt: skip
    assert len(rows) == 5


# What could move


def test_each_move_says_who_what_and_where_to(practice, ok):
    rows = ok("week", "--capacity", "2")
    assert rows[0]["moves"] == [
        {
            "patient": patient,
            "name": name,
            "kinds": ["routine"],
            "rules": ["routine/high"],
            "from": "2026-11-23",
            "to": "2026-11-24",
            "limit": None,
            "written": False,
        }
        for patient, name in (("P4", "Diaz, Eva"), ("P3", "Cole, Ben"))
    ]
    assert [(row["over"], row["after"]) for row in rows] == [(2, 2), (0, 2), (0, 1), (0, 0), (0, 1)]


def test_to_look_changes_nothing(practice, care, untouched):
    before = untouched()
    care("week", "--capacity", "1")
    assert untouched() == before


def test_what_cannot_move_leaves_the_day_over_and_says_so(practice, ok, on_terminal):
    # One a day: of Monday one moves to Tuesday; Wednesday and Friday are full
    rows = ok("week", "--capacity", "1")
    assert [row["after"] for row in rows] == [3, 1, 1, 0, 1]
    _, err = on_terminal("week", "--capacity", "1")
    assert "1 patient could move, then 1 would be over" in err


# --spread


def test_spread_writes_the_moves_as_deferrals_with_their_reason(practice, care, ok, tmp_path):
    ran = care("week", "--capacity", "2", "--spread", "--yes")
    assert ran.out == ""
    assert ran.err == (
        "P4 routine: Mon 23 Nov → Tue 24 Nov\n"
        "P3 routine: Mon 23 Nov → Tue 24 Nov\n"
        "moved 2 patients\n"
    )
    reason = "spread over the week"
    assert deferred(tmp_path) == [
        (4, "routine/high", "2026-11-23", "2026-11-24", reason),
        (3, "routine/high", "2026-11-23", "2026-11-24", reason),
    ]
    assert dues(ok) == {
        "P1": "2026-11-23", "P2": "2026-11-23", "P3": "2026-11-24", "P4": "2026-11-24",
        "P5": "2026-11-25",
    }  # fmt: skip
    assert loads(ok("week")) == dict(zip(DAYS, (2, 2, 1, 0, 1), strict=True))
    (item,) = ok("why", "P4")["items"]
    assert "deferred to Tue 24 Nov: spread over the week" in item["reason"]


def test_what_is_written_is_what_was_shown(practice, ok):
    shown = ok("week", "--capacity", "2")
    written = ok("week", "--capacity", "2", "--spread", "--yes")
    for row in shown:
        for move in row["moves"]:
            assert move.pop("written") is False
    assert [move.pop("written") for row in written for move in row["moves"]] == [True, True]
    assert written == shown


def test_what_fell_on_a_weekend_moves_by_the_date_that_its_rule_gave_it(care, ok, tmp_path):
    """Both due on Saturday the 28th, so on Monday; the deferral names Saturday, and holds."""
    for name in ("Gray, Hal", "Hunt, Ivy"):
        care("add-patient", name, "--dob", "1931-12-01", "--tier", "high", "--on", "2026-11-21")
    care("week", "--weeks", "2", "--capacity", "1", "--spread", "--yes")
    # Friday and Tuesday are as near, and the earlier one is taken
    assert deferred(tmp_path) == [
        (2, "routine/high", "2026-11-28", "2026-11-27", "spread over the week")
    ]
    assert dues(ok) == {"P1": "2026-11-30", "P2": "2026-11-27"}


def test_a_patient_who_joins_herself_makes_that_day_no_fuller(care, ok):
    """P1 is due on Tuesday; so is P2, who asked for Wednesday and was reached since."""
    for name, on in (("Gray, Hal", "2026-11-17"), ("Hunt, Ivy", "2026-11-10")):
        care("add-patient", name, "--dob", "1931-12-01", "--tier", "high", "--on", on)
    asked = ("--outcome", "rescheduled", "--next", "2026-11-25", "--on", "2026-11-10")
    care("log-contact", "P2", *asked)
    care("log-contact", "P2", "--outcome", "reached_patient", "--on", "2026-11-17")
    rows = ok("week", "--capacity", "1")
    assert [row["patients"] for row in rows] == [0, 2, 1, 0, 0]
    assert [(one["patient"], one["to"]) for one in rows[1]["moves"]] == [("P2", "2026-11-25")]
    assert [row["after"] for row in rows] == [0, 1, 1, 0, 0]


def test_a_second_time_there_is_nothing_left_to_move(practice, care, tmp_path):
    care("week", "--capacity", "2", "--spread", "--yes")
    ran = care("week", "--capacity", "2", "--spread", "--yes")
    assert ran.err == "nothing to move\n"
    assert len(deferred(tmp_path)) == 2


def test_what_is_over_all_the_same_is_said(practice, care):
    ran = care("week", "--capacity", "1", "--spread", "--yes")
    assert ran.err.endswith("moved 1 patient; 1 day over 1 all the same\n")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_without_a_terminal_it_needs_yes_and_writes_nothing(practice, care, tmp_path, form):
    ran = care("week", "--capacity", "2", "--spread", *form, code=6)
    assert ran.err.splitlines() == [
        "error: 2 patients would move, and nobody is there to confirm it",
        "hint: without --spread it only shows them; --yes moves",
    ]
    assert deferred(tmp_path) == []


@pytest.mark.parametrize("answer", ["y", "yes", "YES"])
def test_on_a_terminal_it_shows_the_moves_and_asks(practice, answering, tmp_path, answer):
    code, said = answering("week", "--capacity", "2", "--spread", answer=answer)
    assert (code, len(deferred(tmp_path))) == (0, 2)
    assert said.startswith(
        "P4 routine: Mon 23 Nov → Tue 24 Nov\n"
        "P3 routine: Mon 23 Nov → Tue 24 Nov\n"
        "move 2 patients? yes or no: "
    )


@pytest.mark.parametrize("answer", ["n", "no", "perhaps"])
def test_any_other_answer_leaves_everything_as_it_is(practice, answering, tmp_path, answer):
    code, said = answering("week", "--capacity", "2", "--spread", answer=answer)
    assert (code, deferred(tmp_path)) == (6, [])
    assert "error: nothing was moved\n" in said


def test_a_file_that_changed_while_she_thought_is_looked_at_again(
    practice, care, tmp_path, monkeypatch
):
    def meanwhile(*_):
        care("log-contact", "P4", "--outcome", "reached_patient")

    monkeypatch.setattr(week, "_confirm", meanwhile)
    ran = care("week", "--capacity", "2", "--spread", code=6)
    assert ran.err.splitlines()[-2:] == [
        "error: the care file has changed meanwhile; nothing was moved",
        "hint: look again: the same command",
    ]
    assert deferred(tmp_path) == []


def test_all_of_it_is_written_or_nothing(practice, care, tmp_path, monkeypatch):
    add, calls = decisions.add, []

    def failing(*args, **more):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return add(*args, **more)

    monkeypatch.setattr(decisions, "add", failing)
    care("week", "--capacity", "2", "--spread", "--yes", code=130)
    assert len(calls) == 2
    assert deferred(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--spread"], "--spread needs --capacity"),
        (["--yes"], "--yes belongs to --spread"),
        (["--capacity", "2", "--spread", "--yes", "--as-of", "2026-11-24"],
         "--spread moves items from today on, so it takes no --as-of"),
    ],
)  # fmt: skip
def test_words_that_do_not_go_together_are_wrong_usage(practice, care, words, said, tmp_path):
    assert care("week", *words, code=2).err.startswith(f"error: {said}\n")
    assert deferred(tmp_path) == []


def test_as_of_today_is_today(practice, care, tmp_path):
    care("week", "--capacity", "2", "--spread", "--yes", "--as-of", "today")
    assert len(deferred(tmp_path)) == 2


def test_behind_the_mask_are_initials(practice, ok):
    rows = ok("week", "--capacity", "2", "--mask")
    assert [move["name"] for move in rows[0]["moves"]] == ["E.D.", "B.C."]
