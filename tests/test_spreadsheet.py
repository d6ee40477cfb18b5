"""Cells that a spreadsheet program would run: guarded where one opens the file, raw elsewhere."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretool.app import Session
from caretool.commands import stale
from caretool.output import Column, Result
from caretool.spreadsheet import guarded, unguarded

if TYPE_CHECKING:
    from collections.abc import Callable

# What OWASP's page "CSV Injection" lists: = + - @, tab and line ends, the full-width forms
RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
CELL = st.text(st.sampled_from([*"=+-@'\" \t\r\n\0,;aZ1", *RUN, "\ufeff", "\u00a0"]), max_size=8)


@pytest.mark.parametrize("first", RUN)
@pytest.mark.parametrize("before", ["", " ", "  ", '"', "'", ' "', "\u00a0", "\ufeff"])
def test_what_begins_a_formula_also_behind_blanks_and_quotation_marks_gets_an_apostrophe(
    first: str, before: str
) -> None:
    cell = f"{before}{first}HYPERLINK(1)"

    assert guarded(cell) == f"'{cell}"
    assert unguarded(f"'{cell}") == cell


@pytest.mark.parametrize(
    "cell", ["", "Rivera, Ana", "'tis", "O'Brien", "a=1", "3-4", "2026-11-23", "0012345", '"x"']
)
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert guarded(cell) == cell == unguarded(cell)


@given(st.one_of(CELL, st.text()))
def test_every_text_comes_back_and_none_that_is_guarded_begins_a_formula(cell: str) -> None:
    safe = guarded(cell)

    assert unguarded(safe) == cell
    assert safe[:1] not in RUN
    assert safe.lstrip(" \"'")[:1] not in RUN or safe.startswith("'")


@pytest.fixture
def hostile(care: Callable) -> None:
    """A patient whose name and note were made to run when somebody opens the list."""
    care(
        "add-patient", "=Cmd, @Sum", "--dob", "1958-03-02", "--phone", "+14235550142", "--mrn", "-7"
    )
    care("log-contact", "P1", "--outcome", "no_answer", "--note", "=1+1")


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.usefixtures("hostile")
def test_a_list_for_a_spreadsheet_is_the_csv_with_a_mark_and_guards(care: Callable) -> None:
    raw = care("patients", "--csv").out
    safe = care("patients", "--spreadsheet").out

    assert not raw.startswith("\ufeff")
    assert safe.startswith("\ufeff"), "else the program takes UTF-8 for something else"
    (plain,), (kept,) = cells(raw), cells(safe.removeprefix("\ufeff"))
    assert plain["name"] == "=Cmd, @Sum"
    assert kept["name"] == "'=Cmd, @Sum"
    assert {key: unguarded(cell) for key, cell in kept.items()} == plain
    assert [key for key in plain if plain[key] != kept[key]] == ["name", "mrn"]


def test_numbers_stay_numbers_and_texts_like_them_are_guarded(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(session: Session) -> Result:
        """Give one row."""
        row: dict[str, Any] = {"number": -3, "share": -0.5, "text": "-3", "yes": True, "none": None}
        return Result(
            data=[row],
            columns=(
                *(Column(key, key) for key in row),
                Column("made", "made", raw=lambda row: f"{row['number']}"),
            ),
        )

    monkeypatch.setattr(stale, "run", run)

    assert care("stale", "--spreadsheet").out == (
        "\ufeffnumber,share,text,yes,none,made\r\n-3,-0.5,'-3,yes,,'-3\r\n"
    )
    assert care("stale", "--csv").out == (
        "number,share,text,yes,none,made\r\n-3,-0.5,-3,yes,,-3\r\n"
    )


@pytest.mark.usefixtures("hostile")
def test_the_page_of_one_patient_is_guarded_too(care: Callable) -> None:
    for name in ("show", "why", "medications"):
        text = care(name, "P1", "--spreadsheet").out.removeprefix("\ufeff")
        found = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        numbers = {cell for cell in found if _is_number(cell)}
        assert [one for one in found if one[:1] in RUN and one not in numbers] == []


def _is_number(text: str) -> bool:
    try:
        return isinstance(json.loads(text), int | float)
    except ValueError:
        return False
