"""Undo and redo over random sequences of commands: the file is as it was, to the letter."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
import tempfile
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from caretool import cli
from caretool.schema import recording

COMMAND = typer.main.get_command(cli.app)
NAMES = ("Rivera, Ana", "Rivera, Anna", "Hill, Tom", "Moss, Ida", "Núñez, Zoë")
BIRTHS = ("1950-01-01", "1944-11-30", "1958-03-02")
PEOPLE = st.integers(1, 6)

Facts = dict[str, list[tuple[Any, ...]]]


def facts(path: Path) -> Facts:
    """Every row of every table but those of the history, by table; none of empty ones."""
    with closing(sqlite3.connect(path)) as connection:
        found = {
            shape.name: connection.execute(f"SELECT * FROM {shape.name} ORDER BY id").fetchall()
            for shape in recording.shapes(connection.execute)
        }
    return {table: rows for table, rows in found.items() if rows}


class Commands(RuleBasedStateMachine):
    """Commands as she may type them, some of which are refused, and undos between them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "care.db"
        self.before: dict[int, Facts] = {}
        self.out = ""

    def teardown(self) -> None:
        self.folder.cleanup()

    def run(self, *words: object) -> int:
        """Run a command line; keep how the facts were before it."""
        before = facts(self.path) if self.path.exists() else {}
        env = {"CARETOOL_DB": str(self.path), "CARETOOL_TODAY": "2026-11-23"}
        out, err = io.StringIO(), io.StringIO()
        stdin = io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8")
        with (
            patch.dict(os.environ, env), patch.object(sys, "stdin", stdin),
            redirect_stdout(out), redirect_stderr(err),
        ):  # fmt: skip
            code = COMMAND.main(args=[str(word) for word in words], standalone_mode=False)
        assert code in {0, 2, 3, 4, 6}, (words, err.getvalue())
        self.out = out.getvalue()
        if code in {0, 4}:
            self.before[self.last()] = before
        elif before:
            assert facts(self.path) == before, "what is refused changes nothing"
        return code

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()

    def last(self) -> int:
        return self.ask("SELECT max(id) FROM commands")[0][0]

    def list_of(self, name: str, header: str, lines: list[str]) -> Path:
        file = Path(self.folder.name) / name
        file.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
        return file

    @initialize()
    def first(self) -> None:
        self.run("add-patient", NAMES[0], "--dob", BIRTHS[0], "--mrn", "M0", "--on", "-6w")

    @rule(name=st.integers(0, 4), birth=st.integers(0, 2), anyway=st.booleans())
    def add(self, name: int, birth: int, anyway: bool) -> None:
        more = ["--anyway"] if anyway else []
        phone = f"423-555-01{name:02}"
        self.run(
            "add-patient", NAMES[name], "--dob", BIRTHS[birth], "--phone", phone, "--on", "-3w",
            *more,
        )  # fmt: skip

    @rule(who=PEOPLE, outcome=st.sampled_from(["no_answer", "reached_patient", "wrong_number"]))
    def log(self, who: int, outcome: str) -> None:
        self.run("log-contact", f"P{who}", "--outcome", outcome, "--note", "käse\n🙂")

    @rule(who=PEOPLE, tier=st.sampled_from(["high", "low"]), phone=st.integers(0, 3))
    def edit(self, who: int, tier: str, phone: int) -> None:
        self.run("edit-patient", f"P{who}", "--tier", tier, "--phone", f"423-555-02{phone:02}")

    @rule(who=PEOPLE)
    def hold(self, who: int) -> None:
        self.run("hold", f"P{who}", "--until", "2026-12-04", "--why", "travels")

    @rule(who=PEOPLE)
    def waive(self, who: int) -> None:
        self.run("waive", f"P{who}", "transition_contact", "--why", "seen elsewhere")

    @rule(who=PEOPLE, drug=st.sampled_from(["metformin", "lisinopril"]))
    def medicine(self, who: int, drug: str) -> None:
        self.run("add-medication", f"P{who}", drug)

    @rule(contact=st.integers(1, 4))
    def void(self, contact: int) -> None:
        self.run("void-contact", f"C{contact}", "--reason", "wrong patient")

    @rule(one=PEOPLE, other=PEOPLE)
    def merge(self, one: int, other: int) -> None:
        self.run("merge", f"P{one}", f"P{other}", "--anyway")

    @rule(who=PEOPLE)
    def unmerge(self, who: int) -> None:
        self.run("unmerge", f"P{who}")

    @rule(stay=st.integers(1, 5))
    def unlink(self, stay: int) -> None:
        self.run("unlink", f"D{stay}")

    @rule(rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=4))
    def roster(self, rows: list[tuple[int, int]]) -> None:
        lines = [f'"{NAMES[a]}",{BIRTHS[b]},M{a}{b},423-555-03{a}{b}' for a, b in rows]
        self.run("import-patients", self.list_of("roster.csv", "Name,DOB,MRN,Phone", lines))

    @rule(
        rows=st.lists(
            st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(10, 22)),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    def stays(self, rows: list[tuple[int, int, int]]) -> None:
        lines = [f'"{NAMES[a]}",{BIRTHS[b]},H{a}{b},2026-11-{d}' for a, b, d in rows]
        header = "Patient Name,DOB,MRN,Discharge Date"
        self.run("import-discharges", self.list_of("stays.csv", header, lines))

    @rule(rows=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 9)), min_size=1, max_size=4))
    def fills(self, rows: list[tuple[int, int]]) -> None:
        lines = [f"M{a}1,metformin,2026-10-0{d},30" for a, d in (*rows, (0, 1))]
        self.run("import-fills", self.list_of("fills.csv", "MRN,Drug,Fill Date,Days Supply", lines))

    @rule()
    def undo_the_last(self) -> None:
        last = self.last()
        if self.run("undo", "--json") == 0:
            (undone,) = [json.loads(self.out)["data"]["undone"]]
            if undone == f"H{last}":
                assert facts(self.path) == self.before[last], "as before the command"

    @rule(back=st.integers(0, 6))
    def undo_and_redo(self, back: int) -> None:
        before = facts(self.path)
        if self.run("undo", f"H{self.last() - back}") == 0:
            assert self.run("undo", f"H{self.last()}") == 0, "an undo can be undone"
            assert facts(self.path) == before, "as before both"

    @rule(back=st.integers(0, 6))
    def undo_an_earlier_one(self, back: int) -> None:
        self.run("undo", f"H{self.last() - back}")

    @invariant()
    def nothing_refers_to_nothing_and_each_image_is_true(self) -> None:
        if not self.path.exists():
            return
        assert self.ask("PRAGMA foreign_key_check") == []
        with closing(sqlite3.connect(self.path)) as connection:
            for shape in recording.shapes(connection.execute):
                now = connection.execute(f"SELECT id, {shape.image()} FROM {shape.name}").fetchall()
                kept = connection.execute(
                    "SELECT row_id, after, max(id) FROM changes WHERE tbl = ? GROUP BY row_id",
                    (shape.name,),
                ).fetchall()
                assert dict(now) == {row: image for row, image, _ in kept if image is not None}


TestCommands = Commands.TestCase
TestCommands.settings = settings(
    max_examples=int(os.environ.get("CARETOOL_UNDO_EXAMPLES", "12")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
