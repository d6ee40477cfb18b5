"""The README shows what the program really prints, and nothing of the machine it was written on."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="Windows has no pseudo-terminals")
def test_every_console_block_prints_what_it_shows(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("tour", ROOT / "tools" / "readme_tour.py")
    assert spec is not None
    assert spec.loader is not None
    tour = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tour)

    assert README.count("\n$ caretool ") >= 10
    assert tour.told_anew(README, tmp_path) == README, "make docs writes it anew"


def test_the_set_up_is_what_the_makefile_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for words in (
        "-m venv",
        "pip install",
        "--upgrade pip",
        "--editable . --group dev",
        "caretool demo",
    ):
        assert words in README
        assert words in makefile


def test_its_links_and_picture_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README):
        assert (ROOT / target).exists(), target


def test_it_names_no_host_and_no_folder_of_a_machine() -> None:
    assert not re.findall(r"https?://|/home/|/work/|/tmp/|/Users/", README)
