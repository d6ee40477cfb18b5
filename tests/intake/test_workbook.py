"""Sheets become lists: which sheets, which cells, and what is refused."""

import random
import sys
import time
from datetime import date, datetime, timedelta
from datetime import time as clock

import pytest
from workbooks import ods, sheet, xls, xlsx, zipped

from caretool.errors import FileError
from caretool.intake import workbook, workbook_cells
from caretool.intake.opening import open_listings
from caretool.intake.workbook_cells import text_of

HEADER = ["MRN", "Patient Name", "DOB"]
LIST = sheet({1: HEADER, 2: [12.0, "Rivera, Ana", (20000, "date")]})


def known(text):
    return text in {"MRN", "DOB", "Disch Date", "Patient Name"}


def listings(data, name="list.xlsx"):
    return open_listings(data, name=name, known=known)


def refusal(data):
    with pytest.raises(FileError) as caught:
        listings(data)
    return caught.value.message


# which sheets


def test_a_sheet_is_read_like_a_file_with_the_rows_of_the_sheet_as_lines():
    rows = {
        2: ["", "Discharges of 11/16/2026"],
        4: ["", "MRN", "Patient\nName", "DOB"],
        5: ["", "012", "Rivera, Ana", (20000, "date")],
        7: ["", "013", "Lee, Bo", (20001, "date")],
    }
    (found,) = listings(xlsx({"Sheet1": sheet(rows)}))
    assert (found.name, found.format, found.delimiter) == ("list.xlsx", "workbook", "")
    assert found.header == ("", "MRN", "Patient Name", "DOB")
    assert (found.header_line, found.titles) == (4, ("Discharges of 11/16/2026",))
    expected = [
        # day 20000 of a spreadsheet: 1899-12-30 + 20000 days
        (5, 1, ["", "012", "Rivera, Ana", "1954-10-03"]),
        (7, 2, ["", "013", "Lee, Bo", "1954-10-04"]),
    ]
    assert list(found) == list(found) == expected
    assert date(1899, 12, 30) + timedelta(20000) == date(1954, 10, 3)


def test_each_sheet_has_its_own_layout_and_notes_are_passed_over_by_name():
    notes = sheet({1: ["Please call"], 2: ["with questions"]})
    other = sheet({3: ["Disch Date", "MRN"], 4: [(46340, "date"), 7.0]})
    found = listings(xlsx({"ED": LIST, "Read me": notes, "IP": other, "Old": LIST}, hidden=["Old"]))
    assert [one.name for one in found] == ['list.xlsx sheet "ED"', 'list.xlsx sheet "IP"']
    assert [one.header for one in found] == [tuple(HEADER), ("Disch Date", "MRN", "")[:2]]
    said = ('sheet "Old" (hidden)', 'sheet "Read me" (no row of known column names)')
    assert {one.passed_over for one in found} == {said}


def test_a_workbook_without_a_list_says_why_for_each_sheet():
    notes = sheet({1: ["Please call"], 2: ["with questions"]})
    data = xlsx({"A": notes, "B": notes, "C": LIST}, hidden=["C"])
    assert refusal(data) == (
        'list.xlsx holds no list: sheet "C" (hidden), sheet "A" (no row of known column names),'
        ' sheet "B" (no row of known column names)'
    )
    assert refusal(xlsx({"A": ""})) == "list.xlsx holds no list, its sheets are empty"


def test_the_only_sheet_may_have_no_header_as_a_text_file_may():
    (found,) = listings(xlsx({"A": sheet({1: ["00012", "Rivera", "01/02/1950"]})}))
    assert (found.header, found.header_line) == (("Column 1", "Column 2", "Column 3"), 0)
    assert list(found) == [(1, 1, ["00012", "Rivera", "01/02/1950"])]


def test_open_document_and_old_binary_workbooks_are_read_too():
    rows = [HEADER, [12.0, "Rivera", "1950-01-02"]]
    for data in (ods(rows), xls(rows)):
        (found,) = listings(data)
        assert found.header == tuple(HEADER)
        assert list(found) == [(2, 1, ["12", "Rivera", "1950-01-02"])]
        assert found.numeric_columns == (0,)


# which cells


def test_numbers_that_may_have_lost_zeros_are_told_from_text():
    rows = {1: HEADER, 2: [12.0, "007", 20000.0], 3: [13.0, "008", "-"], 4: ["x", 9.0, (2, "date")]}
    (found,) = listings(xlsx({"A": sheet(rows)}))
    assert found.numeric_columns == (0,)  # two of three; 1 of 3; 1 of 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is ", "as it is "),
        (12345.0, "12345"),
        (-1.0, "-1"),
        (2.5, "2.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (123456789012345.0, "123456789012345"),
        (1e300, "1e+300"),
        (float("nan"), ""),
        (float("inf"), ""),
        (True, "Y"),
        (False, "N"),
        (date(1950, 1, 2), "1950-01-02"),
        (datetime(2026, 11, 14, 0, 0), "2026-11-14"),  # noqa: DTZ001 - local, as in the file
        (datetime(2026, 11, 14, 8, 5), "2026-11-14 08:05"),  # noqa: DTZ001
        (datetime(2026, 11, 14, 8, 4, 59, 999_000), "2026-11-14 08:05"),  # noqa: DTZ001
        (datetime(2026, 11, 13, 23, 59, 59, 999_000), "2026-11-14"),  # noqa: DTZ001
        (datetime(2026, 11, 14, 8, 5, 7), "2026-11-14 08:05:07"),  # noqa: DTZ001
        (clock(8, 5), "08:05"),
        (clock(8, 4, 59, 999_999), "08:05"),
        (timedelta(days=1, hours=2, seconds=3), "26:00:03"),
    ],
)
def test_a_cell_becomes_the_text_that_a_person_would_have_typed(value, text):
    assert text_of(value) == text


def test_errors_and_empty_cells_are_empty_and_booleans_words():
    rows = {1: HEADER, 2: [None, True, (46340.5, "moment")]}
    (found,) = listings(xlsx({"A": sheet(rows)}))
    assert list(found) == [(2, 1, ["", "Y", "2026-11-14 12:00"])]


# what is refused


def test_without_the_extra_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(FileError) as caught:
        listings(xlsx({"A": LIST}))
    assert caught.value.message == "list.xlsx is a workbook; reading it needs python-calamine"
    assert caught.value.hint == "pip install 'caretool[excel]'"


def test_a_workbook_that_claims_a_huge_area_is_refused_at_once():
    bomb = '<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="XFD1048576"><v>1</v></c></row>'
    started = time.monotonic()
    assert refusal(xlsx({"A": bomb})) == (
        "list.xlsx cannot be read as a workbook: it is damaged, or needs more than 2,048 MB"
        " of memory"
    )
    assert time.monotonic() - started < 5


def test_parts_that_unpack_to_too_much_are_refused_before_they_are_unpacked(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_WORKBOOK_UNPACKED", 1 << 20)
    data = zipped({"[Content_Types].xml": b"", "xl/worksheets/1.xml": bytes(2 << 20)})
    assert refusal(data) == "list.xlsx is too large for a workbook: more than 1 MB unpacked"


def test_a_workbook_larger_than_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_WORKBOOK", 100)
    assert refusal(xlsx({"A": LIST})) == "list.xlsx is too large for a workbook: more than 0 MB"


def test_more_cells_or_text_than_the_limit_are_refused(monkeypatch):
    data = xlsx({"A": LIST})
    monkeypatch.setattr(workbook_cells, "MAX_CELLS", 5)
    with pytest.raises(workbook_cells.TooLargeError, match="more than 5 cells in a sheet"):
        list(workbook_cells.lines_of(data))
    monkeypatch.setattr(workbook_cells, "MAX_CELLS", 6)
    monkeypatch.setattr(workbook_cells, "MAX_TEXT", 10)
    with pytest.raises(workbook_cells.TooLargeError, match="of text"):
        list(workbook_cells.lines_of(data))


def test_a_workbook_of_thousands_of_columns_is_refused():
    wide = '<row r="1"><c r="A1"><v>1</v></c><c r="CCC1"><v>1</v></c></row>'
    # column CCC is 3 * 26 * 26 + 3 * 26 + 3
    assert refusal(xlsx({"A": wide})) == (
        'list.xlsx sheet "A": 2109 columns; at most 2000 are read'
    )


def test_an_office_document_that_is_no_workbook_is_refused():
    data = zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"})
    assert refusal(data).startswith("list.xlsx cannot be read as a workbook")


def test_damaged_workbooks_end_in_one_line():
    dice = random.Random(4)  # noqa: S311 - mutations that can be repeated
    books = [xlsx({"A": LIST}), ods([HEADER, [1.0, "a", "b"]]), xls([HEADER, [1.0, "a", "b"]])]
    for round_ in range(45):
        data = bytearray(books[round_ % 3])
        for _ in range(dice.choice((1, 3, 20))):
            data[dice.randrange(8, len(data))] = dice.randrange(256)
        if dice.random() < 0.3:
            del data[dice.randrange(8, len(data)) :]
        try:
            told = [list(one) and one.name for one in listings(bytes(data))]
        except FileError as problem:
            told = [problem.message]
        assert all("\n" not in text for text in told if text)
