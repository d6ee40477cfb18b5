"""Input that nobody should type or send: refused in one line, and never a bug.

The same as `make fuzz` does with twenty thousand cases of each kind, on a few of each.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools import fuzz, fuzz_bombs
from tools.fuzz_trial import Case, Ran, Trial, problems_of

CASES = 15


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CARETOOL_DB", "CARETOOL_TODAY", "HOME", "XDG_CONFIG_HOME", "TERM"):
            patch.setenv(name, "")  # which the trial sets, and which end with it
        patch.setenv("NO_COLOR", "1")
        patch.chdir(tmp_path_factory.getbasetemp())
        yield Trial(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def makers(trial):
    return fuzz.makers(trial)


@pytest.mark.parametrize("kind", fuzz.KINDS)
@given(rnd=st.randoms(use_true_random=False))
@settings(max_examples=CASES, suppress_health_check=list(HealthCheck))
def test_hostile_input_is_taken_or_refused(trial, makers, kind, rnd):
    trial.surround()
    case = makers[kind](rnd)
    assert trial.check(case)[1] == [], case.commands


def test_a_number_says_which_case_it_is(makers):
    for kind, make in makers.items():
        one, again, other = (fuzz.case_of(kind, 1, number, make) for number in (7, 7, 8))
        assert one == again
        assert one != other


def test_archives_of_nothing_are_refused_before_they_are_unpacked(trial):
    """Three gigabytes of line ends, packed in three megabytes; and a tenth of that, in a zip."""
    trial.surround()
    for body in (fuzz_bombs.gzip_of_nothing(3 << 30), fuzz_bombs.zip_of_nothing("a.csv", 99 << 20)):
        case = Case("reader", [["import-discharges", "list.csv"]], files={"list.csv": body})
        (ran,), problems = trial.check(case)
        assert problems == []
        assert ran.code == 3
        assert "unpacks to more than" in ran.err


def test_nothing_outside_of_its_folder_is_touched_by_a_case(trial, tmp_path):
    trial.surround()
    kept = tmp_path / "kept.csv"
    kept.write_text("mine")
    for args in (
        ["export-roster", str(kept), "--force"],
        ["export-roster", str(tmp_path / "new.csv")],
        ["demo", "--to", str(tmp_path / "demo")],
        ["import-patients", "list.csv", "--db", str(tmp_path / "care.db")],
        ["import-patients", "list.csv", "--rejects", "../../../new.csv"],
        ["layouts", "export", "roster", str(tmp_path / "mine.toml")],
    ):
        trial.check(Case("arguments", [args], files={"list.csv": b"MRN,Name,DOB\n1,Amy Stone,x\n"}))
    assert kept.read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["kept.csv"]


# the oracle itself


@pytest.mark.parametrize(
    ("code", "out", "err", "wrong"),
    [
        (0, "P1\tZo\u00eb\n", "", ""),
        (3, "", "error: x\nhint: y\n", ""),
        (3, "", "", "exit 3 without an error"),
        (1, "", "error: a bug in caretool\n", "exit 1"),
        (5, "", "error: no care file\n", "exit 5"),
        (6, "", "error: 2027-01-01 is in the future; today is 2026-11-23\n", ""),
        (6, "", "error: something else\n", "exit 6"),
        (-1, "", "", "exit -1"),
        (0, "a\x1b[2J", "", "stdout has"),
        (0, "a\rb", "", "stdout has"),
        (0, "", "\u202e", "stderr has"),
        (0, "\x9b", "", "stdout has"),
        (3, "", f"error: {'x' * 2000}\n", "a message of 2007 characters"),
    ],
)
def test_the_oracle_sees_what_is_wrong(code, out, err, wrong):
    found = problems_of(Ran(["due-today"], code, out, err, 0.1), Case("dates", []))
    assert bool(found) == bool(wrong)
    assert any(wrong in one for one in found) or not wrong


def test_the_oracle_sees_a_command_that_does_not_end(trial, monkeypatch):
    trial.surround()
    monkeypatch.setattr("tools.fuzz_trial.MOST_SECONDS", 0.05)

    class Endless:
        def main(self, **_):
            while True:
                sum(range(1000))

    monkeypatch.setattr(trial, "program", Endless())
    _, problems = trial.check(Case("dates", [["due-today"]]))
    assert "exit -1: " in problems
