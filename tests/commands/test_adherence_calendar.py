"""`adherence P1`: the calendar of one patient on the page, and as a picture in a file.

The signs and the picture themselves are in tests/test_day_page.py.
"""

from __future__ import annotations

import os
import stat
import sys
from xml.etree import ElementTree as ET

import pytest

WINDOW = ("--from", "2026-06-01", "--to", "2026-06-30")
TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture
def person(care, tmp_path):
    """P1 Ana Rivera: 10 days of metformin on 1 June, 10 more on the 8th, 5 of lisinopril."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "1", "--on", "2026-01-05")
    path = tmp_path / "fills.csv"
    path.write_text(
        "MRN,Drug,Class,Fill Date,Days Supply\n"
        "1,metformin,diabetes,2026-06-01,10\n"
        "1,metformin,diabetes,2026-06-08,10\n"
        "1,lisinopril,rasa,2026-06-11,5\n",
        encoding="utf-8",
    )
    care("import-fills", path)


def texts(path):
    return [one.text for one in ET.parse(path).iter(TEXT)]  # noqa: S314


def test_the_page_shows_each_day_of_each_medicine(care, person, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")

    out = care("adherence", "P1", *WINDOW).out

    assert max(map(len, out.splitlines())) <= 80
    assert "Jun  F██████F█████████▒▒▒··········" in out
    assert "Jun  ----------F████···············" in out


def test_the_picture_is_a_file_of_its_owner_alone_with_the_figures_in_words(care, person, tmp_path):
    path = tmp_path / "P1.svg"
    os.umask(0o022)

    ran = care("adherence", "P1", *WINDOW, "--svg", path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"{path} written" in ran.err
    said = texts(path)
    assert said[0] == "P1 Rivera, Ana"
    assert any("as of" in text for text in said)
    assert any("66.6 %" in text for text in said)  # 20 of 30 days
    assert any(text.startswith("medicine on 20 of 30 days, 3 of them") for text in said)
    assert any(text.startswith("medicine on 5 of 20 days") for text in said)


def test_a_masked_picture_holds_no_name(care, person, tmp_path):
    path = tmp_path / "P1.svg"

    care("adherence", "P1", *WINDOW, "--svg", path, "--mask")

    assert "Rivera" not in path.read_text("utf-8")
    assert "P1" in texts(path)[0]


def test_a_file_that_is_there_stays_unless_force_says_otherwise(care, person, tmp_path):
    path = tmp_path / "P1.svg"
    path.write_text("mine")

    ran = care("adherence", "P1", "--svg", path, code=6)

    assert "is there already" in ran.err
    assert path.read_text() == "mine"
    care("adherence", "P1", "--svg", path, "--force")
    assert path.read_text("utf-8").startswith("<svg")


def test_a_picture_of_no_figures_is_not_written(care, person, tmp_path):
    path = tmp_path / "P1.svg"

    care("adherence", "P1", "--medication", "aspirin", "--svg", path)

    assert not path.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--svg", "all.svg"), "--svg draws the calendar of one patient"),
        (("P1", "--force"), "--force is for the FILE of --svg"),
    ],
)
def test_a_picture_is_of_one_patient_and_force_of_a_picture(care, person, words, said):
    assert said in care("adherence", *words, code=2).err
