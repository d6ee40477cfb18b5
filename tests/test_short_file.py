"""Texts that are written by hand: read whole and at once, or refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caretool.short_file import LONGEST, read_short


def test_the_mark_at_the_start_is_left_out_and_lines_end_alike(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbfname = 'Zo\xc3\xab'\r\nx = 1\r\n")
    assert read_short(path) == "name = 'Zo\u00eb'\nx = 1\n"


def test_the_longest_text_is_read_and_one_character_more_is_not(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("\u00e9" * LONGEST, encoding="utf-8")
    assert read_short(path) == "\u00e9" * LONGEST
    with path.open("a") as file:
        file.write("#")
    with pytest.raises(OSError, match="File too large"):
        read_short(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero here")
def test_a_device_that_never_ends_is_too_large():
    with pytest.raises(OSError, match="File too large"):
        read_short(Path("/dev/zero"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_that_nobody_writes_to_is_empty_at_once(tmp_path):
    path = tmp_path / "mine.toml"
    os.mkfifo(path)
    assert read_short(path) == ""


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no /dev/fd here")
def test_what_a_shell_hands_over_as_a_pipe_is_read_to_its_end():
    reading, writing = os.pipe()
    try:
        os.write(writing, b"x = 1")
        os.close(writing)
        assert read_short(Path(f"/dev/fd/{reading}")) == "x = 1"
    finally:
        os.close(reading)
