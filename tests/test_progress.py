"""How far an import is: a bar on a terminal's standard error, once a second has passed."""

from __future__ import annotations

import io
import os
import re
import select
import sys
from datetime import date

import pytest

from caretool import progress as module
from caretool.app import Session
from caretool.output import Form
from caretool.progress import progress

pty = pytest.importorskip("pty")


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    one = Clock()
    monkeypatch.setattr(module.time, "monotonic", one)
    return one


class Terminal:
    """A terminal of 100 columns in the place of standard error."""

    def __init__(self, monkeypatch):
        self.ours, theirs = pty.openpty()
        os.set_blocking(self.ours, False)
        self.file = os.fdopen(theirs, "w", encoding="utf-8")
        self.monkeypatch = monkeypatch
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setenv("TERM", "xterm")

    def __enter__(self):
        # Not before the test begins: until then pytest puts its own file there again
        self.monkeypatch.setattr(sys, "stderr", self.file)
        return self

    def __exit__(self, *_):
        self.monkeypatch.undo()

    def written(self):
        """What has been drawn since the last time."""
        self.file.flush()
        found = b""
        while select.select([self.ours], [], [], 0)[0]:
            found += os.read(self.ours, 1 << 16)
        return found.decode()


@pytest.fixture
def terminal(monkeypatch):
    one = Terminal(monkeypatch)
    yield one
    one.file.close()
    os.close(one.ours)


def test_nothing_is_drawn_while_it_is_quick(clock, terminal):
    with terminal, progress("list.csv") as advance:
        advance(2_000, 10_000)
        clock.now += 0.99
        advance(4_000, 10_000)
    assert terminal.written() == ""


def test_after_a_second_name_count_rate_and_time_left_are_drawn_and_taken_away_at_the_end(
    clock, terminal
):
    with terminal, progress("list.csv") as advance:
        clock.now += 2.0
        advance(4_000, 10_000)
        clock.now += 2.0
        advance(8_000, 10_000)
    drawn = terminal.written()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    assert "list.csv" in plain
    assert " 8000/10000" in plain
    assert "2,000 rows/s" in plain
    assert re.search(r"\d:\d\d:\d\d|-:--:--", plain)
    assert drawn.endswith("\x1b[2K"), "the line is empty again"


def test_the_cursor_comes_back_when_the_import_fails(clock, terminal):
    def fail():
        with terminal, progress("list.csv") as advance:
            clock.now += 2.0
            advance(4_000, 10_000)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    drawn = terminal.written()
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")


@pytest.mark.parametrize("counts", [(12_000, 10_000), (0, 0)])
def test_more_records_than_were_counted_and_none_at_all_are_no_harm(counts, clock, terminal):
    with terminal, progress("list.csv") as advance:
        clock.now += 2.0
        advance(*counts)
    assert "list.csv" in terminal.written()


def test_what_is_printed_meanwhile_still_goes_to_standard_output(clock, terminal, capfd):
    """A document for scripts must not end up in the drawing."""
    with terminal, progress("list.csv") as advance:
        clock.now += 2.0
        advance(1, 2)
        sys.stdout.write("data\n")
    assert capfd.readouterr().out == "data\n"


def test_a_file_whose_name_would_move_the_cursor_is_shown_harmless(clock, terminal, tmp_path):
    session = Session(
        command="x", path=tmp_path / "care.db", today=date(2026, 11, 23), form=Form.PEOPLE
    )
    with terminal, session.progress("a\x1b[2Jb.csv") as advance:
        clock.now += 2.0
        advance(1, 2)
    drawn = terminal.written()
    assert "\x1b[2J" not in drawn
    assert "a\\x1b[2Jb.csv" in drawn


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_off_a_terminal_nothing_is_ever_drawn(stream, clock, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("list.csv") as advance:
        clock.now += 100
        advance(1, 2)
    assert stream is None or stream.getvalue() == ""


def test_quiet_draws_nothing(clock, terminal):
    with terminal, progress("list.csv", quiet=True) as advance:
        clock.now += 100
        advance(1, 2)
    assert terminal.written() == ""


def test_rich_is_loaded_only_once_there_is_something_to_draw(clock, terminal, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("rich")]:
        monkeypatch.delitem(sys.modules, name)
    with terminal, progress("list.csv") as advance:
        advance(1, 2)
        assert "rich.progress" not in sys.modules
