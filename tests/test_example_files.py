"""The example files: made up, as their script writes them, and readable on every day of a year."""

from __future__ import annotations

import csv
import importlib.util
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from laid_out import laid_out

from caretool import example_files

TOOLS = Path(__file__).parents[1] / "tools"


def _rows(name: str) -> list[dict[str, str]]:
    text = (example_files.folder() / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter="|" if "lakeside" in name else ","))


def test_they_are_what_their_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("make_examples", TOOLS / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "TARGET", tmp_path)

    script.main()

    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in example_files.folder().iterdir()}
    assert written == {
        name: body
        for name, body in kept.items()
        if name.endswith(".csv") and ".rejects" not in name
    }


def test_sixty_people_of_whom_twenty_four_are_active() -> None:
    people = _rows("roster.csv")
    assert len(people) == 60
    assert sum(one["Status"] == "active" for one in people) == 24
    assert len({one["MRN"] for one in people}) == 60


def test_every_phone_belongs_to_nobody() -> None:
    for path in example_files.folder().glob("*.csv"):
        for number in re.findall(r"\d{3}-\d{3}-\d{4}", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"423-555-01\d\d", number), number


def test_moved_to_their_own_day_they_are_unchanged() -> None:
    for path in example_files.folder().glob("*.csv"):
        if ".rejects" not in path.name:
            moved = example_files.moved(path.name, example_files.BASE)
            assert moved == path.read_text(encoding="utf-8")


def test_dates_keep_their_form_and_birth_dates_their_day() -> None:
    st_brigid, lakeside = (
        example_files.moved(name, date(2028, 2, 29)) for name in example_files.DISCHARGES
    )
    assert "05/17/1941" in st_brigid
    assert "02/21/2028 11:20" in st_brigid
    assert "02/32/2028 09:45" in st_brigid, "an impossible day stays impossible"
    assert "22-Feb-2028|28-Feb-2028" in lakeside
    assert "08-Dec-1949" in lakeside


@pytest.mark.parametrize("name", example_files.DISCHARGES)
def test_no_list_is_ever_ambiguous_or_from_the_future(name: str) -> None:
    for ahead in range(366):
        today = date(2027, 3, 1) + timedelta(days=ahead)
        body = example_files.moved(name, today).encode()
        table, settled = laid_out(body, "discharges", today=today)
        for _, _, cells in table:
            for field in ("admit", "discharge"):
                cell = cells[settled.columns[field]]
                moment = None if "/32/" in cell else settled.dates[field].read(cell)
                assert moment is None or moment[0] <= today
