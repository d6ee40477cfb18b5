"""`demo`: a practice and a morning with it, on any day; nothing is left half-made."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from caretool import walkthrough
from caretool.output import Form

if TYPE_CHECKING:
    from collections.abc import Callable

DAYS = {
    "2026-11-23": "the Monday as of which the files are written",
    "2026-11-22": "a Sunday",
    "2026-11-26": "Thanksgiving",
    "2026-11-27": "the Friday after it",
    "2026-12-31": "the last day of a year",
    "2027-01-01": "New Year's Day, a Friday",
    "2027-01-12": "every recent date can be read day first too",
    "2028-02-29": "a leap day",
}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("day", DAYS)
def test_on_any_day_it_walks_through_a_morning_of_the_practice_of_the_example_files(
    day: str, care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETOOL_TODAY", day)

    ran = care("demo", "--json")

    assert ran.err == ""
    assert ran.document["as_of"] == day
    assert ran.data["folder"] == "caretool-demo"
    assert ran.data["care_file"] == str(Path("caretool-demo", "care.db"))
    assert ran.data["patients"] == 60
    steps = [step["command"] for step in ran.data["commands"]]
    codes = [step["exit_code"] for step in ran.data["commands"]]
    assert steps[0].startswith("CARETOOL_TODAY=")
    assert all(f"caretool --db {Path('caretool-demo', 'care.db')} " in step for step in steps)
    assert [code for code in codes if code] == [4], "one list has a row that is rejected"
    for decision in (" --is ", " --not "):
        assert sum(decision in step for step in steps) == 1
    assert os.environ["CARETOOL_TODAY"] == day

    monkeypatch.setenv("CARETOOL_DB", "caretool-demo/care.db")
    patients = ok("patients")
    closed = [one for one in patients if one["status"] == "closed"]
    assert [one["status_reason"] for one in closed] == ["deceased"]
    assert sum(one["in_facility"] for one in patients) == 2, "one SNF, one still in hospital"
    assert ok("review") == []
    assert len(ok("review", "--unmatched")) == 3, "a stranger on each list, and a namesake"
    listed = ok("due-today", "--days", 4)
    assert not {one["patient"] for one in closed} & {one["patient"] for one in listed}
    reasons = " | ".join(one["reason"] for one in listed)
    for words in ("left against medical advice", "disposition unknown", "her sister's"):
        assert words in reasons
    values = [one["value"] for one in ok("adherence") if one["value"] is not None]
    assert min(values) < 0.5
    assert max(values) == 1


def test_what_is_piped_is_the_walk_in_order_on_standard_output(care: Callable) -> None:
    ran = care("demo")

    assert ran.err == ""
    lines = ran.out.splitlines()
    steps = [place for place, line in enumerate(lines) if " caretool --db " in f" {line[2:]}"]
    assert [lines[place].split("care.db ")[1].split()[0] for place in steps] == [
        "import-patients", "log-contact", "import-fills", "import-discharges", "import-discharges",
        "review", "review", "review", "due-today", "why", "log-contact", "log-contact", "due-today",
        "show", "adherence", "adherence",
    ]  # fmt: skip
    for place in steps:
        assert lines[place].startswith("$ ")
        assert lines[place + 1], f"nothing is printed by {lines[place]}"
    rejected = ran.out.index("1 of 12 records rejected")
    assert ran.out.index("discharges-st-brigid.csv") < rejected
    assert rejected < ran.out.index("import-discharges caretool-demo/discharges-lakeside.csv")
    assert "(exit code 4: done, but for the rows that were rejected)" in lines
    assert "\x1b[" not in ran.out
    assert str(Path("caretool-demo", "care.db").absolute()) in ran.out


def test_the_folder_and_the_file_are_private_and_complete(care: Callable) -> None:
    care("demo", "--to", "mine", "--quiet")

    folder = Path("mine")
    names = {path.name for path in folder.iterdir()}
    assert {"roster.csv", "fills.csv", "care.db", "discharges-st-brigid.rejects.csv"} <= names
    assert "contacts.csv" not in names
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "care.db").stat().st_mode) == 0o600


def test_the_rejected_row_can_be_corrected_and_imported(care: Callable, ok: Callable) -> None:
    care("demo", "--json")
    rejects = Path("caretool-demo/discharges-st-brigid.rejects.csv")
    text = rejects.read_text(encoding="utf-8-sig")
    rejects.write_text(text.replace("11/32/2026 09:45,Inp", "11/22/2026 09:45,Inp"), "utf-8")

    (report,) = ok("import-discharges", "--db", "caretool-demo/care.db", rejects)

    assert (report["new"], report["linked"], report["rejected"]) == (1, 1, 0)


def test_other_forms_and_options_reach_the_steps(care: Callable) -> None:
    masked = care("demo", "--to", "one", "--mask")
    assert "$ caretool --db one/care.db --mask due-today" in masked.out
    assert "Applegarth" not in masked.out
    assert "4235550" not in masked.out

    plain = care("demo", "--to", "two", "--plain")
    assert "$ caretool --db two/care.db --plain due-today" in plain.out

    quiet = care("demo", "--to", "three", "--quiet")
    assert "Ten weeks ago" not in quiet.out
    assert "Ten weeks ago" in plain.out

    header, row = care("demo", "--to", "four", "--csv").out.splitlines()
    assert header == "folder,care_file,patients,commands"
    assert row.startswith("four,four/care.db,60,")


def test_a_folders_name_steers_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(walkthrough.Morning, "_run", lambda *_: 0)
    session = SimpleNamespace(form=Form.PLAIN, mask=False, quiet=False)
    walk = walkthrough.Morning(session, tmp_path / "a\x1b[2Jb\u202e")
    walk.tell("two\nlines")
    walk.type("due-today")
    told = capsys.readouterr().out
    assert told.startswith("\ntwo\nlines\n$ caretool --db ")
    assert "a\\x1b[2Jb\\u202e/care.db' --plain due-today\n" in told


def test_a_folder_that_is_there_is_left_alone(care: Callable) -> None:
    Path("caretool-demo").mkdir()
    Path("caretool-demo/mine.txt").write_text("mine")

    ran = care("demo", code=6)

    assert ran.out == ""
    assert ran.err == (
        "error: caretool-demo is there already\n"
        "hint: choose another place with --to FOLDER, or delete it first\n"
    )
    assert [path.name for path in Path("caretool-demo").iterdir()] == ["mine.txt"]
    failed = json.loads(care("demo", "--json", code=6).out)
    assert failed["errors"][0]["code"] == "exists"


def test_a_place_that_cannot_be_is_refused(care: Callable) -> None:
    assert "no folder nowhere" in care("demo", "--to", "nowhere/demo", code=6).err
    Path("file").write_text("")
    assert "cannot make" in care("demo", "--to", "file/demo", code=6).err


def test_a_care_file_of_ones_own_is_never_touched(care: Callable, tmp_path: Path) -> None:
    ran = care("demo", "--db", "care.db", code=2)
    assert "so --db means nothing to it" in ran.err
    assert "--to FOLDER" in ran.err
    assert not Path("caretool-demo").exists()

    care("demo", "--quiet")
    assert not (tmp_path / "care.db").exists(), "CARETOOL_DB names this one"


def test_stopped_half_way_it_leaves_nothing(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(walkthrough, "_lists", stop)

    care("demo", "--json", code=130)

    assert not Path("caretool-demo").exists()


def test_a_step_that_fails_ends_the_walk(care: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walkthrough, "_lists", lambda morning: morning.type("show", "P999"))

    ran = care("demo", code=3)

    assert "error: the demo stopped at caretool --db caretool-demo/care.db show P999" in ran.err
    assert not Path("caretool-demo").exists()


def test_on_a_free_day_the_list_reaches_to_the_next_business_day(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-26")

    ran = care("demo")

    assert "Today is no business day. Whom to contact up to Fri 27 Nov" in ran.out
    assert "due-today --days 1\n" in ran.out
