"""examples/import-folder.sh: what it does with each file is what docs/layouts.md says."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from discharge_lists import HILL, REED, dump, listing, stay

SCRIPT = Path(__file__).parents[1] / "examples" / "import-folder.sh"
SHELL = shutil.which("sh")

pytestmark = pytest.mark.skipif(SHELL is None, reason="needs a POSIX shell")

GOOD = [stay("1", HILL), stay("2", REED)]
PARTLY = [stay("3", HILL, left="2026-11-21"), stay("4", REED, left="2026-13-13")]


@pytest.fixture
def box(tmp_path):
    """A folder with blanks in its name."""
    folder = tmp_path / "my inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def put(box):
    def write(name, *rows, body=None):
        (box / name).write_bytes(listing(*rows) if body is None else body)

    return write


@pytest.fixture
def bin_folder(tmp_path):
    """A folder for PATH in which `caretool` is this very program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    wrapper = folder / "caretool"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m caretool "$@"\n')
    wrapper.chmod(0o755)
    return folder


@pytest.fixture
def run(box, bin_folder, tmp_path):
    """Run the script as cron would; gives exit code and what was said."""

    def start(*args, folder=box, code=0):
        environment = {
            **os.environ,
            "PATH": f"{bin_folder}:/usr/bin:/bin",
            "PYTHONPATH": str(SCRIPT.parents[1]),
        }
        done = subprocess.run(
            [SHELL, SCRIPT, *([folder] if folder else []), *args],
            env=environment, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=120,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return start


@pytest.fixture
def fake(bin_folder):
    """Put a program in caretool's place that only ends with a code, by the file's name."""

    def write(*cases):
        lines = "\n".join(f'  *"{part}"*) exit {code} ;;' for part, code in cases)
        (bin_folder / "caretool").write_text(f"#!/bin/sh\ncase $2 in\n{lines}\nesac\nexit 0\n")

    return write


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_what_is_done_goes_to_done_and_what_needs_a_look_to_look_with_its_rejects(
    put, run, box, tmp_path
):
    put("brigid 20261121.csv", *GOOD)
    put("mercy (2) & co.csv", *PARTLY)
    put("no list.csv", body=b"what a day\n")
    out = run(code=4)
    assert names(box) == []
    assert names(box / "done") == ["brigid 20261121.csv"]
    assert names(box / "look") == [
        "mercy (2) & co.csv", "mercy (2) & co.rejects.csv", "no list.csv",
    ]  # fmt: skip
    assert len(dump(tmp_path / "care.db")) == 3
    assert "no column for birth date" in out
    assert not any(word in out.casefold() for word in ("hill", "reed", "1958")), "cron mails it"


def test_all_done_is_exit_0_and_an_empty_folder_too(put, run, box):
    assert run() == ""
    put("a.csv", *GOOD)
    run()
    assert names(box / "done") == ["a.csv"]
    run()


def test_a_file_of_yesterdays_name_does_not_replace_yesterdays(put, run, box):
    bodies = []
    for day in (19, 20, 21):
        put("discharges.csv", stay(str(day), left=f"2026-11-{day}"))
        bodies.append((box / "discharges.csv").read_bytes())
        run()
    done = ["discharges.csv", "2-discharges.csv", "3-discharges.csv"]
    assert [(box / "done" / name).read_bytes() for name in done] == bodies


def test_a_corrected_rejects_file_that_was_put_back_is_imported(put, run, box):
    put("a.rejects.csv", *GOOD)
    run()
    assert names(box / "done") == ["a.rejects.csv"]


def test_a_folder_that_is_not_there_is_refused_and_not_made(run, box):
    for one in [*box.glob("*/*"), *box.glob("*")]:
        one.rmdir() if one.is_dir() else one.unlink()
    box.rmdir()
    assert "no folder" in run(code=2)
    assert not box.exists()


def test_options_are_handed_on(put, run, tmp_path):
    put("a.csv", *GOOD)
    run("--source", "St. Brigid", "--no-save-layout")
    assert dump(tmp_path / "care.db", "import_runs", "source") == [("St. Brigid",)]
    assert dump(tmp_path / "care.db", "layouts") == []


def test_a_locked_care_file_leaves_the_list_for_the_next_time(put, run, box, tmp_path, care):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02")
    put("a.csv", *GOOD)
    with closing(sqlite3.connect(tmp_path / "care.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        run(code=5)
        assert names(box) == ["a.csv"]
    run()
    assert names(box / "done") == ["a.csv"]


@pytest.mark.parametrize(
    ("code", "where", "end"),
    [(0, "done", 0), (3, "look", 4), (4, "look", 4), (5, None, 5), (1, None, 1), (2, None, 2),
     (6, None, 6), (130, None, 130)],
)  # fmt: skip
def test_each_exit_code_does_what_the_page_says(code, where, end, put, fake, run, box):
    fake(("b b", code))
    for name in ("a a.csv", "b b.csv", "c c.csv"):
        put(name, *GOOD)
    run(code=end)
    assert "a a.csv" in names(box / "done")
    goes_on = code in {0, 3, 4, 5}
    assert ("c c.csv" in names(box / "done")) is goes_on, "a stop leaves the rest as it is"
    assert "b b.csv" in names(box / where if where else box)


@pytest.mark.parametrize("order", [("3", "5"), ("5", "3")])
def test_whatever_comes_first_a_file_that_waits_is_told_before_one_that_needs_a_look(
    order, put, fake, run
):
    fake(*((f"{at}.csv", code) for at, code in enumerate(order)))
    put("0.csv", *GOOD)
    put("1.csv", *GOOD)
    run(code=5)


def test_blanks_dots_and_signs_in_names_are_no_harm(put, fake, run, box):
    fake()
    odd = [
        "-rf.csv",
        "a;b.csv",
        "$(touch x).csv",
        "zwei\nZeilen.csv",
        "no suffix",
        "é ü.psv",
        "*.csv",
    ]
    for name in odd:
        put(name, *GOOD)
    run()
    assert names(box / "done") == sorted(odd)


def test_rejects_of_a_list_without_a_suffix_are_found_in_a_folder_with_a_dot(run, tmp_path):
    folder = tmp_path / ".in.box"
    folder.mkdir()
    (folder / "list").write_bytes(listing(*PARTLY))
    run(folder=folder, code=4)
    assert names(folder / "look") == ["list", "list.rejects.csv"]
    assert names(folder) == []


def test_a_folder_that_is_called_like_rejects_or_like_an_option_is_a_folder(fake, run, tmp_path):
    fake()
    for name in ("x.rejects.csv", "-x"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "a.csv").write_bytes(listing(*GOOD))
        run(folder=name)
        assert names(folder / "done") == ["a.csv"]


def test_without_a_folder_it_says_how_it_is_used(bin_folder, run, tmp_path):
    done = subprocess.run([SHELL, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode not in {0, 4, 5}
    assert "usage: import-folder.sh FOLDER" in done.stderr


def test_a_place_that_cannot_be_moved_to_stops_it(put, fake, run, box):
    fake()
    put("a.csv", *GOOD)
    (box / "done").write_text("in the way")
    run(code=6)
    assert "a.csv" in names(box)
