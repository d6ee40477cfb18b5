"""Who saw what: every command that shows patients leaves a record, and never waits for one."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from caretool import app, db, making, seeing, seen_aside
from caretool.store import shown

if TYPE_CHECKING:
    from collections.abc import Callable

STAYS = """Patient Name,DOB,Discharge Date,Disposition
"Rivera, Ana",1958-03-02,2026-11-20,Home
"Rivera, Ana",1958-02-03,2026-11-19,Home
"""
# Every command that shows patients, and whom of P1 to P3 it shows, in which order
SHOWS: dict[str, tuple[list[str], list[int]]] = {
    "due-today": (["--days", "60"], [1, 2]),
    "why": (["P2"], [2]),
    "show": (["P3"], [3]),
    "patients": ([], [3, 2, 1]),
    "stale": (["--days", "1"], [1, 2]),
    "medications": (["P1"], [1]),
    "adherence": (["P1"], [1]),
    "export-roster": ([], [1, 2, 3]),
    "imports": (["R1"], [1]),
    "compare-protocols": (["weekly.toml"], [1]),
    "week": (["--weeks", "4", "--capacity", "1"], [2]),
    "history": (["P2"], [2]),
}


@pytest.fixture
def path(care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ana, high tier, with a medicine, a fill and a stay; Tom, active; Bea, on the roster only."""
    monkeypatch.setattr(app.getpass, "getuser", lambda: "nurse")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stays.csv").write_text(STAYS, encoding="utf-8")
    (tmp_path / "fills.csv").write_text(
        "MRN,Drug,Fill Date,Days Supply\nA1,metformin,2026-10-01,30\n", encoding="utf-8"
    )
    (tmp_path / "weekly.toml").write_text(
        'version = "1"\n[[protocol]]\nname = "transition"\n'
        '[[protocol.rule]]\nname = "contact"\nlimit = "3 business days"\n',
        encoding="utf-8",
    )
    ana = ["add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--tier", "high", "--mrn", "A1"]
    care(*ana, "--on", "-6w")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--on", "-6w")
    care("add-patient", "Bell, Bea", "--dob", "1961-05-05", "--roster-only")
    care("import-discharges", "stays.csv", "--no-save-layout")
    care("import-fills", "fills.csv", "--source", "practice")
    care("add-medication", "P1", "metformin")
    return tmp_path / "care.db"


def kept(path: Path) -> list[tuple[str, str, list[int]]]:
    """Command, what was asked, and whom it showed, of each record."""
    with sqlite3.connect(path) as file:
        rows = file.execute("SELECT command, asked, patients FROM shown ORDER BY id").fetchall()
    file.close()
    return [
        (command, {k: v for k, v in json.loads(asked).items() if k != seen_aside.MARK}, one)
        for command, asked, patients in rows
        for one in [json.loads(patients)]
    ]


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"], ["--plain"]])
@pytest.mark.parametrize("name", SHOWS)
def test_a_command_that_shows_patients_leaves_a_record_of_whom(
    name: str, form: list[str], care: Callable, path: Path
) -> None:
    words, whom = SHOWS[name]
    care(name, *words, *form)

    assert [(command, patients) for command, _, patients in kept(path)] == [(name, whom)]


@pytest.mark.parametrize("words", [["review"], ["duplicates"], ["review", "D2"], ["why", "D2"]])
def test_the_candidates_of_a_doubtful_stay_are_shown_too(
    words: list[str], care: Callable, path: Path
) -> None:
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--roster-only", "--anyway")
    care(*words)

    ((_, _, patients),) = kept(path)
    assert sorted(patients) == [1, 4]


def test_what_was_asked_is_kept_without_a_name(care: Callable, path: Path) -> None:
    care("why", "Rivera", "--all")
    care("patients", "Rivera", "--status", "active", "--mask")
    care("--mask", "show", "P2", "--json")
    care("due-today", "--mask")

    assert [asked for _, asked, _ in kept(path)] == [
        {"asked": "… --all"},
        {"asked": "… --status active --mask"},
        {"asked": "P2 --mask"},
        {"mask": True},
    ]
    assert b"Rivera, Ana" not in json.dumps(kept(path)).encode()


@pytest.mark.parametrize(
    "words",
    [
        ["patients", "Nobody"],
        ["drug-classes"],
        ["protocols"],
        ["layouts"],
        ["imports"],
        ["log-contact", "P1", "--outcome", "no_answer"],
        ["check", "--file-only"],
    ],
)
def test_whoever_shows_nobody_or_writes_leaves_no_record(
    words: list[str], care: Callable, path: Path
) -> None:
    care(*words)
    assert kept(path) == []


def test_a_trial_run_that_lists_its_rows_shows_patients(care: Callable, path: Path) -> None:
    care("import-discharges", "stays.csv", "--dry-run", "--rows")
    ((command, asked, patients),) = kept(path)
    assert (command, patients) == ("import-discharges", [1])
    assert asked == {"asked": "… --dry-run --rows"}


def test_texts_that_look_like_ids_are_nobody() -> None:
    data = [
        {"patient": "P7", "name": "P8", "candidates": [{"patient": "P9", "medication": "P10"}]},
        {"patient": "P7", "other": "P3", "reasons": ["P03", "p4", "P5 and P6"], "days": 4},
    ]
    assert seeing.patients(data) == [7, 9, 3]


def test_why_tells_of_lists_and_not_of_other_reads(care: Callable, path: Path) -> None:
    care("show", "P1")
    assert care("why", "P1", "--shown", "--json").data["shown"][0]["lists"] == []
    care("due-today", "--mask")
    (day,) = care("why", "P1", "--shown", "--json").data["shown"]
    assert [one["options"] for one in day["lists"]] == [{"mask": True}]
    assert "with --mask (rules" in care("why", "P1", "--shown").out


# read back


def test_reads_come_newest_first_with_the_place_of_whoever_is_asked_about(
    care: Callable, path: Path
) -> None:
    care("patients")
    care("why", "P1", "--rank")
    care("due-today", "--top", "1")
    with db.reading(path) as care_file:
        everybody = shown.reads(care_file)
        of_two = shown.reads(care_file, 2)
        latest = shown.reads(care_file, 1, limit=1)
        later = shown.reads(care_file, since=date(2100, 1, 1))

    assert [one.command for one in everybody] == ["due-today", "why", "patients"]
    assert [one.asked for one in everybody] == ["--top 1", "P1 --rank", ""]
    assert {one.place for one in everybody} == {None}
    assert {one.user for one in everybody} == {"nurse"}
    places = [(one.command, one.patients, one.place) for one in of_two]
    assert places == [("why", (1, 2), 2), ("patients", (3, 2, 1), 2)]
    assert [one.command for one in latest] == ["due-today"]
    assert later == []
    assert everybody[0].when.utcoffset() is not None


# while another command holds the file


@pytest.fixture
def locked(path: Path) -> Any:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield holder
    holder.close()


def aside(path: Path) -> list[Path]:
    return [one for one in making.reads_aside(path) if one.exists()]


def test_what_is_seen_while_the_file_is_held_is_kept_beside_it_and_taken_in_by_the_next_writer(
    care: Callable, path: Path, locked: sqlite3.Connection
) -> None:
    care("due-today", "--days", "60")
    care("why", "Rivera")
    care("show", "P3", "--mask")
    assert kept(path) == []
    (file,) = aside(path)
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text(encoding="utf-8")
    assert not any(word in text for word in ("Rivera", "Ana", "1958", "Hill", "Bell"))
    locked.execute("ROLLBACK")

    care("patients")
    assert aside(path) == [file], "a reading command takes nothing in"
    care("log-contact", "P2", "--outcome", "no_answer")
    assert aside(path) == []
    assert sorted(kept(path), key=lambda one: one[0]) == [
        ("due-today", {"days": 60}, [1, 2]),
        ("patients", {"asked": ""}, [3, 2, 1]),
        ("show", {"asked": "P3 --mask"}, [3]),
        ("why", {"asked": "…"}, [1]),
    ]
    care("log-contact", "P2", "--outcome", "no_answer")
    assert len(kept(path)) == 4
    assert care("why", "P1", "--shown", "--json").data["shown"][0]["lists"][0]["options"] == {
        "days": 60
    }


def test_a_writer_that_fails_or_dies_loses_no_record_and_keeps_none_twice(
    care: Callable, path: Path, locked: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("show", "P1")
    locked.execute("ROLLBACK")
    care("log-contact", "P99", "--outcome", "no_answer", code=3)
    assert kept(path) == []
    assert aside(path) == [making.reads_aside(path)[1]]

    with monkeypatch.context() as patch:  # dies after the commit, before the file is deleted
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        care("log-contact", "P1", "--outcome", "no_answer")
    assert len(kept(path)) == 1
    assert aside(path) == [making.reads_aside(path)[1]]

    locked.execute("BEGIN IMMEDIATE")
    care("show", "P2")
    locked.execute("ROLLBACK")
    for _ in range(2):
        care("log-contact", "P1", "--outcome", "no_answer")
    assert [patients for *_, patients in kept(path)] == [[1], [2]]
    assert aside(path) == []


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe", b"[]", b"{}", b"1", b'{"at_utc": "2026-01-01T00:00:00Z"', b"[" * 100_000,
        b"null", b'{"asked": "[]"}',
    ],
)  # fmt: skip
def test_a_line_that_was_cut_or_is_somebody_elses_is_passed_over(
    line: bytes, care: Callable, path: Path, locked: sqlite3.Connection
) -> None:
    seen, _ = making.reads_aside(path)
    seen.write_bytes(line)
    care("show", "P1")
    locked.execute("ROLLBACK")
    care("log-contact", "P1", "--outcome", "no_answer")
    assert [patients for *_, patients in kept(path)] == [[1]]


@pytest.mark.parametrize("column", ["user", "as_of", "at_utc", "utc_offset", "asked", "patients"])
@pytest.mark.parametrize("value", [None, 7, "", "\udcff", "2026-02-30", ["P1"], {"a": 1}])
def test_a_record_of_another_form_is_passed_over_and_no_writer_fails(
    column: str, value: object, care: Callable, path: Path
) -> None:
    good = {
        "at_utc": "2026-11-23T08:00:00Z", "utc_offset": -300, "user": "nurse", "version": "1",
        "rules": "", "as_of": "2026-11-23", "command": "show", "asked": '{"aside": "ab"}',
        "patients": "[1]",
    }  # fmt: skip
    seen, _ = making.reads_aside(path)
    lines = [json.dumps({**good, column: value}), json.dumps({**good, "asked": '{"aside": "c"}'})]
    seen.write_text("\n".join(lines), encoding="utf-8")
    care("log-contact", "P1", "--outcome", "no_answer")
    usable = (column, value) in [("utc_offset", 7), ("user", ""), ("user", "2026-02-30")]
    assert len(kept(path)) == 1 + usable


def test_what_is_no_plain_file_of_that_name_is_left_alone(
    care: Callable, path: Path, locked: sqlite3.Connection, tmp_path: Path
) -> None:
    seen, _ = making.reads_aside(path)
    other = tmp_path / "other.txt"
    other.write_text("mine")
    seen.symlink_to(other)
    care("show", "P1")
    seen.unlink()
    os.mkfifo(seen)
    care("show", "P1")
    locked.execute("ROLLBACK")
    care("log-contact", "P1", "--outcome", "no_answer")
    assert other.read_text() == "mine"
    assert kept(path) == []


def test_readers_and_writers_at_once_lose_no_record(path: Path) -> None:
    """Sixty records from three threads, while a fourth takes them in as they come."""
    record = {
        "at_utc": "2026-11-23T08:00:00Z", "utc_offset": 0, "user": "nurse", "version": "1",
        "rules": "", "as_of": "2026-11-23", "command": "show", "patients": "[1]",
    }  # fmt: skip
    wrong: list[object] = []
    done = threading.Event()

    def look(number: int) -> None:
        for turn in range(20):
            asked = json.dumps({"asked": f"{number}.{turn}"})
            while not seen_aside.add(path, {**record, "asked": asked}):
                pass

    def take() -> None:
        try:
            while not done.is_set():
                with db.writing(path, "test", "me"):
                    pass
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(3)]
    writer = threading.Thread(target=take)
    for one in (writer, *threads):
        one.start()
    for one in threads:
        one.join()
    done.set()
    writer.join()
    for _ in range(2):
        with db.writing(path, "test", "me"):
            pass

    assert wrong == []
    found = [asked["asked"] for _, asked, _ in kept(path)]
    assert sorted(found) == sorted(f"{n}.{turn}" for n in range(3) for turn in range(20))
    assert aside(path) == []
