"""`compare-protocols`: the whole panel under the rules in force and under others; nothing kept."""

import csv
import io
import re
import sys
from pathlib import Path

import pytest

from caretool.rule_files import load_protocols

# The tests run on Monday 23 November 2026; Thursday is Thanksgiving
LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
ROW = [
    "patient", "name", "kind", "rule", "change", "before", "limit_before", "strength_before",
    "after", "limit_after", "strength_after", "first_before", "first_after", "limit_newly_missed",
]  # fmt: skip
COLUMNS = [
    "patient", "name", "kind", "rule", "change", "before", "after", "limit_before", "limit_after",
    "strength_before", "strength_after", "first_before", "first_after", "limit_newly_missed",
]  # fmt: skip
HOW = ["earlier", "later", "limit", "strength", "new", "gone"]


@pytest.fixture(autouse=True)
def _no_rules_of_other_tests():
    load_protocols.cache_clear()
    yield
    load_protocols.cache_clear()


@pytest.fixture
def rules(tmp_path):
    """Write a file of rules; gives its path."""

    def write(*parts, name="clinic.toml"):
        load_protocols.cache_clear()
        path = tmp_path / "rules" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(('version = "clinic 1"', *parts)), encoding="utf-8")
        return path

    return write


def rule(protocol, name, *lines):
    said = "\n".join(lines)
    return f'[[protocol]]\nname = "{protocol}"\n[[protocol.rule]]\nname = "{name}"\n{said}\n'


MODERATE_10 = rule("routine", "moderate", 'target = "10 days"')
WELCOME = (
    '[[protocol]]\nname = "welcome"\ntitle = "Welcome"\ntrigger = "enrolment"\n'
    'statuses = ["active"]\nsource = "ours"\n'
    '[[protocol.rule]]\nname = "call"\ntitle = "welcome call"\nkind = "welcome"\n'
    'strength = "should"\nanchor = "event"\ntarget = "2 business days"\nsource = "ours"\n'
)


@pytest.fixture
def practice(care, tmp_path):
    """P1, P2: every 14 days since Monday 16 November, so due on Monday 30.

    P3: every 7 days since then, due today. P4, on the roster only: seen in the emergency room on
    Thursday, so a call on Friday, by Monday. P5, on the roster only: nothing.
    """
    for name, tier in (
        ("Rivera, Ana", "moderate"),
        ("Hill, Tom", "moderate"),
        ("Cole, Ben", "high"),
    ):
        care("add-patient", name, "--dob", "1958-03-02", "--tier", tier, "--on", "2026-11-16")
    for name in ("Diaz, Eva", "Fox, Guy"):
        care("add-patient", name, "--dob", "1944-11-30", "--roster-only")
    path = tmp_path / "list.csv"
    path.write_text(f'{LIST}"Diaz, Eva",1944-11-30,ED,2026-11-19,2026-11-19,Home\n')
    care("import-discharges", path)


@pytest.fixture
def compare(care):
    """The document of one comparison."""
    return lambda path, *more: care("compare-protocols", path, *more, "--json").document


def changes(document):
    return [
        (row["patient"], row["rule"], row["change"], row["before"], row["after"])
        for row in document["data"]
    ]


def numbers(document):
    return {how: number for how, number in document["counts"].items() if number}


# Who moves, from when to when


def test_a_shorter_interval_moves_everybody_of_that_tier(practice, compare, rules):
    document = compare(rules(MODERATE_10))
    # 10 days after the 16th is Thanksgiving, so Friday
    assert changes(document) == [
        ("P1", "routine/moderate", "earlier", "2026-11-30", "2026-11-27"),
        ("P2", "routine/moderate", "earlier", "2026-11-30", "2026-11-27"),
    ]
    assert numbers(document) == {
        "patients": 4, "patients_changed": 2, "earlier": 2, "unchanged": 2, "items_before": 4,
        "items_after": 4,
    }  # fmt: skip


def test_a_row_says_all_of_both_sides(practice, compare, rules):
    row = compare(rules(MODERATE_10))["data"][0]
    assert list(row) == ROW
    assert row == {
        "patient": "P1",
        "name": "Rivera, Ana",
        "kind": "routine",
        "rule": "routine/moderate",
        "change": "earlier",
        "before": "2026-11-30",
        "limit_before": None,
        "strength_before": "should",
        "after": "2026-11-27",
        "limit_after": None,
        "strength_after": "should",
        "first_before": "2026-11-30",
        "first_after": "2026-11-27",
        "limit_newly_missed": False,
    }


def test_what_is_left_out_goes_and_what_is_added_is_new(practice, compare, rules):
    without = '[[protocol]]\nname = "ed"\noff = true\n'
    document = compare(rules(WELCOME, without))
    # two business days after Monday the 16th; the call of Friday goes
    assert changes(document) == [
        ("P1", "welcome/call", "new", None, "2026-11-18"),
        ("P2", "welcome/call", "new", None, "2026-11-18"),
        ("P3", "welcome/call", "new", None, "2026-11-18"),
        ("P4", "ed/call", "gone", "2026-11-20", None),
    ]
    row = document["data"][-1]
    assert (row["first_before"], row["first_after"]) == ("2026-11-20", None)
    counts = document["counts"]
    assert (counts["items_before"], counts["items_after"]) == (4, 6)
    assert (counts["new"], counts["gone"], counts["unchanged"]) == (3, 1, 3)


def test_an_item_that_had_been_done_under_other_rules_is_read_for_both(
    practice, compare, rules, care
):
    """A rule that counts from the enrolment needs contacts from before the last one."""
    care("log-contact", "P1", "--outcome", "reached_patient", "--on", "2026-11-17")
    care("log-contact", "P1", "--outcome", "reached_patient", "--on", "2026-11-20")
    steps = (
        '[[protocol]]\nname = "welcome"\ntitle = "Welcome"\ntrigger = "enrolment"\n'
        'statuses = ["active"]\nsource = "ours"\n'
        '[[protocol.rule]]\nname = "letter"\ntitle = "welcome letter"\nkind = "welcome"\n'
        'strength = "should"\nanchor = "event"\ntarget = "1 day"\nsource = "ours"\n'
        'done_by = ["letter"]\n'
    )
    care("log-contact", "P1", "--outcome", "letter_sent", "--by", "letter", "--on", "2026-11-16")
    document = compare(rules(steps))
    assert [row["patient"] for row in document["data"]] == ["P2", "P3"], "P1 has the letter"


def test_a_limit_that_would_be_missed_comes_first_and_is_counted(practice, compare, rules):
    document = compare(rules(MODERATE_10, rule("ed", "call", 'limit = "1 business day"')))
    assert [
        (row["patient"], row["change"], row["limit_newly_missed"]) for row in document["data"]
    ] == [
        ("P4", "limit", True),
        ("P1", "earlier", False),
        ("P2", "earlier", False),
    ]
    assert document["counts"]["limits_newly_missed"] == 1
    row = document["data"][0]
    assert (row["limit_before"], row["limit_after"]) == ("2026-11-23", "2026-11-20")


def test_what_would_be_missed_comes_before_what_is_due_earlier(practice, compare, rules):
    # the welcome calls are due on Wednesday the 18th, the call that is missed on Friday
    document = compare(rules(WELCOME, rule("ed", "call", 'limit = "1 business day"')))
    assert [(row["patient"], row["after"]) for row in document["data"]] == [
        ("P4", "2026-11-20"),
        ("P1", "2026-11-18"),
        ("P2", "2026-11-18"),
        ("P3", "2026-11-18"),
    ]


def test_a_limit_that_is_missed_already_is_not_missed_anew(practice, compare, rules):
    shorter = rules(rule("ed", "call", 'limit = "1 business day"'))
    late = compare(shorter, "--as-of", "2026-11-24")
    assert late["data"][0]["change"] == "limit"
    assert late["counts"]["limits_newly_missed"] == 0


def test_another_strength_is_a_change_too(practice, compare, rules):
    document = compare(rules(rule("ed", "call", 'strength = "must"')))
    assert changes(document) == [("P4", "ed/call", "strength", "2026-11-20", "2026-11-20")]


def test_another_usual_tier_moves_those_who_have_none_of_their_own(
    care, compare, rules, tmp_path, monkeypatch
):
    path = tmp_path / "roster.csv"
    path.write_text('Name,DOB\n"Gray, Hal",1931-12-01\n', encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setenv("CARETOOL_TODAY", "2026-11-16")
        care("import-patients", path, "--status", "active")
    # every 7 days instead of 14, by another rule
    assert changes(compare(rules('default_tier = "high"'))) == [
        ("P1", "routine/high", "earlier", "2026-11-30", "2026-11-23")
    ]


@pytest.mark.parametrize("how", ["same", "words"])
def test_it_says_when_nothing_would_change(practice, compare, care, rules, how):
    path = rules() if how == "same" else rules(rule("ed", "call", 'source = "ours"'))
    document = compare(path)
    assert document["data"] == []
    assert {number for how, number in document["counts"].items() if how in HOW} == {0}
    assert care("compare-protocols", path).out == ""


def test_every_number_adds_up(practice, compare, rules):
    quick = (
        '[[protocol.rule]]\nname = "high"\ntarget = "9 days"\n[[protocol]]\nname = "ed"\noff = true'
    )
    counts = compare(rules(MODERATE_10, quick))["counts"]
    assert {how: counts[how] for how in HOW if counts[how]} == {"earlier": 2, "later": 1, "gone": 1}
    changed = sum(counts[how] for how in HOW)
    assert counts["unchanged"] + changed - counts["new"] == counts["items_before"] == 4
    assert counts["unchanged"] + changed - counts["gone"] == counts["items_after"] == 3


# The load of the days


def test_the_load_of_each_working_day_of_four_weeks_stands_beside(practice, compare, rules, ok):
    document = compare(rules(MODERATE_10))
    load = document["load"]
    assert [row["day"] for row in load][:5] == [f"2026-11-{day}" for day in (23, 24, 25, 26, 27)]
    assert len(load) == 20
    assert load[-1]["day"] == "2026-12-18"
    filled = {
        row["day"]: (row["before"], row["after"]) for row in load if row["before"] or row["after"]
    }
    # P3 is due today and P4, whose Friday has passed; P1 and P2 move from Monday to Friday
    assert filled == {"2026-11-23": (2, 2), "2026-11-27": (0, 2), "2026-11-30": (2, 0)}
    assert [row["open"] for row in load[:5]] == [True, True, True, False, True]
    week = {row["day"]: row["patients"] for row in ok("week", "--weeks", "4")}
    assert week == {row["day"]: row["before"] for row in load}


def test_days_off_hold_under_both(practice, compare, rules, care):
    care("away", "add", "2026-11-27", "--why", "dentist")
    document = compare(rules(MODERATE_10))
    assert document["data"] == [], "Friday is off, so it is Monday under both"
    assert document["load"][4]["open"] is False


def test_a_calendar_beside_the_file_is_used(practice, compare, rules, tmp_path):
    path = rules('calendar = "mine"')
    folder = path.parent / "calendars"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        "first = 2010\nlast = 2060\n[holidays]\nFair = [2026-11-30]\n", encoding="utf-8"
    )
    document = compare(path)
    assert {row[3:] for row in changes(document)} == {("2026-11-30", "2026-12-01")}
    assert [row["open"] for row in document["load"][3:6]] == [True, True, False]


# Nothing is changed, nothing half applied


def test_nothing_changes(practice, care, rules, untouched):
    before = untouched()
    care("compare-protocols", rules(MODERATE_10))
    assert untouched() == before


def test_as_of_another_day_sees_the_facts_of_that_day(practice, compare, rules):
    path = rules(MODERATE_10)
    assert compare(path, "--as-of", "2026-11-15")["data"] == []
    assert len(compare(path, "--as-of", "2026-12-15")["data"]) == 2


def test_it_is_compared_with_the_rules_in_force_of_a_practice_with_its_own(
    practice, compare, rules, monkeypatch
):
    own = rules(MODERATE_10, name="own.toml")
    monkeypatch.setenv("CARETOOL_PROTOCOLS", str(own))
    other = rules(rule("routine", "moderate", 'target = "12 days"'))
    # 12 days after the 16th is Saturday the 28th, so Monday
    assert {row[2:] for row in changes(compare(other))} == {("later", "2026-11-27", "2026-11-30")}
    assert compare(own)["data"] == []


def test_people_for_whom_nothing_is_due_under_either_count_too(
    practice, compare, rules, monkeypatch
):
    own = rules('[[protocol]]\nname = "routine"\nstatuses = ["on_hold"]\n')
    monkeypatch.setenv("CARETOOL_PROTOCOLS", str(own))
    # P1 to P3 have nothing to do, P4 the call after the emergency room; P5 is nobody's
    assert numbers(compare(own)) == {
        "patients": 4, "unchanged": 1, "items_before": 1, "items_after": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('version = "1"\n[[protocol]\n', r"rules file clinic\.toml: .*line 2"),
        ('version = "1"\n' + rule("routine", "moderate", 'target = "soon"'),
         r"clinic\.toml, line [45], routine/moderate: target 'soon' is no length of time"),
        ('version = "1"\n' + rule("routine", "moderate", 'interval = "7 days"'),
         r"clinic\.toml, line [45], routine/moderate: unknown key 'interval'"),
    ],
    ids=["not TOML", "no length of time", "an unknown key"],
)  # fmt: skip
def test_a_broken_file_is_one_line_with_file_line_and_rule(practice, care, rules, text, said):
    path = rules()
    path.write_text(text, encoding="utf-8")
    ran = care("compare-protocols", path, code=3)
    assert ran.out == ""
    error, hint = ran.err.splitlines()
    assert re.match(f"error: {said}", error), error
    assert hint.startswith("hint: ")


def test_a_file_that_is_not_there_is_said(practice, care):
    ran = care("compare-protocols", "none.toml", code=3)
    assert ran.err.startswith("error: rules file none.toml cannot be read: No such file")


# How it is shown


@pytest.fixture
def on_terminal(care, monkeypatch):
    """What a terminal of so many columns shows, and what is said beside it."""

    def run(*args, columns=80):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        ran = care(*args)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", ran.out)
        return [line.rstrip() for line in plain.splitlines()], ran.err

    return run


def test_a_terminal_shows_the_numbers_the_changes_and_the_load(practice, on_terminal, rules):
    path = rules(MODERATE_10, rule("ed", "call", 'limit = "1 business day"'))
    lines, err = on_terminal("compare-protocols", path)
    usual = load_protocols().version
    text = " ".join(" ".join(lines[:5]).split())
    assert text.startswith(
        f"{usual} against {usual} + clinic 1 (clinic.toml): 3 of 4 patients: 2 earlier, 1 with"
        " another limit 1 limit would be missed that is not missed now 4 items before, 4 after"
    )
    assert max(map(len, lines)) <= 80
    shown = [
        re.split(r" {2,}", line) for line in on_terminal("compare-protocols", path, columns=120)[0]
    ]
    assert ["P4", "Diaz, Eva", "ed call", "misses limit", "Fri 20 Nov", "Fri 20 Nov",
            "Fri 20 Nov"] in shown  # fmt: skip
    assert ["P1", "Rivera, Ana", "routine", "earlier", "Mon 30 Nov", "Fri 27 Nov"] in shown
    assert ["Fri 27 Nov", "0", "2"] in shown
    assert ["Thu 26 Nov", "0", "0", "closed"] in shown
    assert err == ""


def test_a_terminal_says_that_nothing_would_change(practice, on_terminal, rules):
    lines, _ = on_terminal("compare-protocols", rules())
    assert " ".join(lines).endswith(": nothing would change for 4 patients")
    assert len(lines) == 2


def test_a_long_list_is_cut_on_a_terminal_which_says_so_and_nowhere_else(
    practice, care, on_terminal, rules, monkeypatch
):
    for number in range(40):
        care("add-patient", f"Doe, No{number}", "--dob", f"1940-{number % 12 + 1:02}-01",
             "--on", "2026-11-16", "--anyway")  # fmt: skip
    path = rules(MODERATE_10)
    lines = care("compare-protocols", path).out.splitlines()
    assert len(lines) == 42
    header, *rows = csv.reader(io.StringIO(care("compare-protocols", path, "--csv").out))
    assert (header, len(rows)) == (COLUMNS, 42)
    shown, err = on_terminal("compare-protocols", path)
    assert sum(line.startswith("P") and line[1].isdigit() for line in shown) == 30
    assert err == "12 more changes: --all\n"
    shown, err = on_terminal("compare-protocols", path, "--all")
    assert sum(line.startswith("P") and line[1].isdigit() for line in shown) == 42
    assert err == ""


def test_a_pipe_has_a_change_a_line_with_raw_values(practice, care, rules):
    first, *_ = care("compare-protocols", rules(MODERATE_10)).out.splitlines()
    assert first.split("\t") == [
        "P1", "Rivera, Ana", "routine", "routine/moderate", "earlier", "2026-11-30", "2026-11-27",
        "", "", "should", "should", "2026-11-30", "2026-11-27", "no",
    ]  # fmt: skip


def test_csv_of_nothing_is_its_header(practice, care, rules):
    assert care("compare-protocols", rules(), "--csv").out == ",".join(COLUMNS) + "\r\n"


def test_behind_the_mask_are_initials(practice, compare, rules):
    assert {row["name"] for row in compare(rules(MODERATE_10), "--mask")["data"]} == {
        "A.R.",
        "T.H.",
    }


def test_the_file_may_lie_beside_the_care_file(practice, compare, rules, tmp_path):
    """Named `protocols.toml` there it is in force, and so nothing would change."""
    text = rules(MODERATE_10).read_text(encoding="utf-8")
    (tmp_path / "protocols.toml").write_text(text, encoding="utf-8")
    assert compare(Path(tmp_path / "protocols.toml"))["data"] == []
