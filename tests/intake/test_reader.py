"""Bytes become rows: encoding, delimiter, header line, line numbers, and refusals."""

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from caretool.errors import FileError
from caretool.intake.reader import (
    MAX_COLUMNS,
    MAX_LINE,
    is_blank,
    misfit,
    open_table,
)


def known(text):
    return text in {"MRN", "DOB", "Disch Date", "Patient Name"}


def table(data, name="list.csv"):
    return open_table(data, name=name, known=known)


def refusal(data, name="list.csv"):
    with pytest.raises(FileError) as caught:
        for _ in table(data, name):
            pass
    return caught.value.message


# encodings


@pytest.mark.parametrize(
    ("data", "encoding", "cell"),
    [
        ("MRN,DOB\n1,Zoë\n".encode(), "utf-8", "Zoë"),
        ("MRN,DOB\n1,Zoë\n".encode("utf-8-sig"), "utf-8-sig", "Zoë"),
        ("MRN,DOB\n1,Zoë €\n".encode("cp1252"), "cp1252", "Zoë €"),
        (b"MRN,DOB\n1,plain\n", "utf-8", "plain"),
    ],
)
def test_the_encoding_is_found_from_the_bytes(data, encoding, cell):
    found = table(data)
    assert found.encoding == encoding
    assert found.header == ("MRN", "DOB")
    assert list(found) == [(2, 1, ["1", cell])]


def test_a_letter_outside_ascii_far_down_still_decides_the_encoding_of_the_whole_file():
    data = b"MRN,DOB\n" + b"1,x\n" * 400_000 + "2,Núñez\n".encode("cp1252")
    found = table(data)
    assert found.encoding == "cp1252"
    *_, last = found
    assert last == (400_002, 400_001, ["2", "Núñez"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "list.csv is empty"),
        (b"\xef\xbb\xbf", "list.csv is empty"),
        (b"\n\r\n  \n", "list.csv is empty"),
        (b"MRN,DOB\r1,2\r\n3,\x00\x01\x00\n", "list.csv is not a text file (NUL byte in line 3)"),
        (b"PK\x03\x04rest", "list.csv cannot be unpacked: its zip data are damaged or cut off"),
        (b"\xd0\xcf\x11\xe0rest", "list.csv is an old Excel workbook, not a text file"),
        (b"\x1f\x8brest", "list.csv cannot be unpacked: its gzip data are damaged or cut off"),
        (b"%PDF-1.7", "list.csv is a PDF, not a text file"),
        (b"MRN\n1\n\xe9\x81\n", "list.csv line 3: is neither UTF-8 nor Windows-1252"),
        (b"\xef\xbb\xbfMRN\n1\n\n\xe9\n", "list.csv line 4: is marked as UTF-8 and is not"),
    ],
)
def test_what_is_not_a_text_table_is_refused_in_one_line(data, message):
    assert refusal(data) == message


def test_a_line_without_end_is_refused_instead_of_read():
    assert refusal(b"x" * (MAX_LINE + 1)) == "list.csv has a line longer than 1,048,576 bytes"


def test_a_header_of_thousands_of_columns_is_refused():
    data = b",".join([b"MRN"] * (MAX_COLUMNS + 1)) + b"\n"
    assert refusal(data) == "list.csv line 1: 2001 columns; at most 2000 are read"


# files


def test_a_missing_file_a_folder_and_a_closed_file_are_refused_by_name(tmp_path):
    assert refusal(tmp_path / "no.csv", "no.csv") == "no.csv: no such file"
    assert refusal(tmp_path, "lists") == "lists is a folder, not a file"
    assert refusal(tmp_path / "a\0b", "a?b") == "a?b cannot be read: not a usable path"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_without_permission_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"MRN\n1\n")
    path.chmod(0)
    assert refusal(path) == "list.csv cannot be read: Permission denied"


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no /dev/fd here")
def test_a_pipe_can_be_gone_through_twice():
    reading, writing = os.pipe()
    os.write(writing, b"MRN,DOB\n1,2\n")
    os.close(writing)
    try:
        found = table(Path(f"/dev/fd/{reading}"))
    finally:
        os.close(reading)
    assert list(found) == list(found) == [(2, 1, ["1", "2"])]


def test_size_and_hash_are_those_of_the_bytes(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"MRN\r\n1\r\n")
    found = table(path)
    # printf 'MRN\r\n1\r\n' | sha256sum
    expected = "68f6a7edc6704ae279010576563ace9a2422b3b14326a6540cef839809812108"
    assert found.sha256 == table(b"MRN\r\n1\r\n").sha256 == expected
    assert found.size == 8


def test_a_file_that_grows_between_two_passes_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"MRN,DOB\n1,2\n")
    found = table(path)
    assert list(found) == [(2, 1, ["1", "2"])]
    with path.open("ab") as file:
        file.write(b"3,4\n")
    with pytest.raises(FileError, match=r"list\.csv changed while it was being read"):
        list(found)


def test_a_file_that_vanishes_between_two_passes_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"MRN,DOB\n1,2\n")
    found = table(path)
    path.unlink()
    with pytest.raises(FileError, match=r"list\.csv cannot be read: No such file"):
        list(found)


# delimiters


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_of_the_four_delimiters_is_found(delimiter):
    lines = ["MRN", "Patient Name", "DOB"], ["1", "Rivera Ana", "1950-01-02"]
    data = "\n".join(delimiter.join(line) for line in lines).encode()
    found = table(data)
    assert found.delimiter == delimiter
    assert list(found) == [(2, 1, lines[1])]


def test_known_headings_outweigh_commas_in_every_row():
    data = b"MRN;DOB;Note\n1;2;a,b,c,d\n2;3;e,f,g,h\n"
    assert table(data).delimiter == ";"


def test_without_known_headings_rows_of_equal_width_decide():
    data = b"alpha, beta|gamma\none|two\nthree|four\nfive|six\n"
    assert table(data).delimiter == "|"


def test_a_file_of_one_column_is_read_with_a_comma():
    assert table(b"MRN\n12\n34\n").delimiter == ","


def test_a_sep_line_is_honoured_and_is_not_the_header():
    found = table(b"sep=;\r\nMRN;a,b,c\r\n1;2\r\n")
    assert (found.delimiter, found.header_line, found.header) == (";", 2, ("MRN", "a,b,c"))
    assert list(found) == [(3, 1, ["1", "2"])]
    assert table(b'"sep=|"\nMRN|x\n').delimiter == "|"
    assert table(b"\xef\xbb\xbfSEP=\t\nMRN\tx\n").delimiter == "\t"


# quotation marks


def test_backslashed_quotation_marks_are_read_where_doubled_ones_break_the_rows():
    data = b'MRN,Patient Name,DOB\n1,"Rivera \\"Ana, Luz\\"",2\n2,"C:\\\\x, \\N",3\n'
    found = table(data)
    assert list(found) == [
        (2, 1, ["1", 'Rivera "Ana, Luz"', "2"]),
        (3, 2, ["2", "C:\\x, \\N", "3"]),
    ]


def test_a_backslash_before_a_closing_quotation_mark_is_a_backslash():
    data = b'MRN,Patient Name,DOB\n1,"share\\",2\n2,"a, b",3\n'
    assert [cells for _, _, cells in table(data)] == [["1", "share\\", "2"], ["2", "a, b", "3"]]


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\x1a\ufeff", exclude_categories=("Cs",)),
    max_size=8,
).map(lambda text: text.lstrip(" "))  # blanks after a delimiter do not count


def written(rows, delimiter, end, *, backslashed):
    def quoted(cell):
        if backslashed:
            return cell.replace("\\", "\\\\").replace('"', '\\"')
        return cell.replace('"', '""')

    lines = (delimiter.join(f'"{quoted(cell)}"' for cell in row) for row in rows)
    return "".join(line + end for line in lines)


def is_utf8(data):
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@settings(max_examples=150, deadline=2000)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS).map(list), max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    titles=st.lists(st.sampled_from(["Daily Report", "Run 11/16/2026 06:00", ""]), max_size=4),
)
def test_whatever_was_written_is_read_again(rows, delimiter, end, encoding, titles):
    header = ["MRN", "Patient Name", "DOB", "Disch Date"]
    text = "".join(title + end for title in titles) + written(
        [header, *rows], delimiter, end, backslashed=False
    )
    if encoding == "cp1252":
        text = text.encode("cp1252", "replace").decode("cp1252")
        rows = [[cell.encode("cp1252", "replace").decode("cp1252") for cell in row] for row in rows]
        # What happens to be UTF-8 as well can only be taken for that
        assume(text.isascii() or not is_utf8(text.encode("cp1252")))
    found = table(text.encode(encoding))
    assert found.header == tuple(header)
    assert found.header_line == len(titles) + 1
    assert found.titles == tuple(title for title in titles if title)
    assert [cells for _, _, cells in found] == rows


NAMES = st.text(st.sampled_from('ab"\\,;|\t Zé'), max_size=8).map(str.strip)


@settings(max_examples=150, deadline=2000)
@given(
    rows=st.lists(st.tuples(NAMES, NAMES, NAMES).map(list), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t|"),
)
def test_whatever_was_written_with_backslashes_is_read_again(rows, delimiter):
    header = ["MRN", "Patient Name", "DOB"]
    # one cell that can be read in this way only
    rows = [["1", f'b"{delimiter}"{delimiter}"', "c"], *rows]
    text = written([header, *rows], delimiter, "\n", backslashed=True)
    assert [cells for _, _, cells in table(text.encode())] == rows


# the shapes of public collections of test files: what a CSV reader has to get right


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b'MRN,DOB\n1,"a, b"\n', [["1", "a, b"]]),  # a comma in quotes
        (b'MRN,DOB\n1,""\n,"""x"""\n', [["1", ""], ["", '"x"']]),  # empty; quotes only
        (b'MRN,DOB\n1,"{""a"": [1, 2]}"\n', [["1", '{"a": [1, 2]}']]),  # JSON in a cell
        (b'MRN,DOB\n1,"a\nb\r\nc"\n', [["1", "a\nb\r\nc"]]),  # line breaks in quotes
        ("MRN,DOB\n1,ʤ\n".encode(), [["1", "ʤ"]]),  # beyond Latin letters
        (b"MRN,DOB\n1,2,\n3,4,\n", [["1", "2", ""], ["3", "4", ""]]),  # a trailing delimiter
        (b"MRN,DOB\n1\n2,3,4\n", [["1"], ["2", "3", "4"]]),  # ragged
        (b"MRN,DOB\n1, a b \n", [["1", "a b "]]),  # blanks at the end are kept
        (b"MRN,DOB\n1,2\x1a", [["1", "2"]]),  # the end mark of old DOS files
        (b"MRN,DOB\n1,2\n\x1a", [["1", "2"]]),
        (b"MRN,DOB\n100,Riv\x00era Ana\n", [["100", "Rivera Ana"]]),  # a stray NUL byte
    ],
)
def test_cells_are_read_as_written(data, rows):
    assert [cells for _, _, cells in table(data)] == rows


def test_no_header_leaves_all_rows_in_the_list():
    found = table(b"00012,RIVERA,01/02/1950\n00013,LEE,02/03/1951\n00014,OTT,03/04/1952\n")
    assert found.header == ("Column 1", "Column 2", "Column 3")
    assert found.header_line == 0
    assert next(iter(found)) == (1, 1, ["00012", "RIVERA", "01/02/1950"])
    after_sep = table(b"sep=;\n12;1/2/1950\n13;1/3/1950\n")
    assert list(after_sep) == [(2, 1, ["12", "1/2/1950"]), (3, 2, ["13", "1/3/1950"])]


# lines and records


def test_lf_crlf_and_lone_cr_each_end_a_line():
    rows = [(2, 1, ["1", "a"]), (3, 2, ["2", "b"])]
    for end in (b"\n", b"\r\n", b"\r"):
        assert list(table(end.join([b"MRN,DOB", b"1,a", b"2,b"]) + end)) == rows
        assert list(table(end.join([b"MRN,DOB", b"1,a", b"2,b"]))) == rows
    assert list(table(b"MRN,DOB\r1,a\n2,b\r\n")) == rows


def test_a_record_is_numbered_by_the_line_on_which_it_starts():
    data = b'\n\nMRN,"DOB\nof birth"\n1,"a\r\nb\rc"\n\n   \n2,d\n,\n"3 ""x""",e\n'
    found = table(data)
    assert found.header == ("MRN", "DOB of birth")
    assert found.header_line == 3
    assert list(found) == [
        (5, 1, ["1", "a\r\nb\rc"]),  # lines 5, 6 and 7
        (10, 2, ["2", "d"]),  # 8 is empty, 9 is blank
        (11, 3, ["", ""]),  # empty cells are a record
        (12, 4, ['3 "x"', "e"]),
    ]


def test_a_table_can_be_gone_through_again_and_left_in_the_middle():
    found = table(b"MRN\n1\n2\n3\n")
    assert next(iter(found)) == (2, 1, ["1"])
    assert [number for _, number, _ in found] == [1, 2, 3]
    assert [number for _, number, _ in found] == [1, 2, 3]


def test_a_header_without_rows_is_a_table_of_nothing():
    found = table(b"MRN,DOB\n")
    assert found.header == ("MRN", "DOB")
    assert list(found) == []


def test_blanks_after_a_delimiter_do_not_spoil_a_quoted_cell():
    assert list(table(b'MRN, DOB\n1, "Rivera, Ana"\n')) == [(2, 1, ["1", "Rivera, Ana"])]


def test_a_quotation_mark_inside_a_cell_is_an_ordinary_character():
    assert list(table(b"MRN,DOB\n1,5'4\" tall\n")) == [(2, 1, ["1", "5'4\" tall"])]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'MRN,DOB\n1,"a\n2,b\n3,c\n', "list.csv line 2: a quotation mark is never closed"),
        (b'MRN,DOB\n1,a\n2,"', "list.csv line 3: a quotation mark is never closed"),
        (b'MRN,"DOB\n', "list.csv line 1: a quotation mark is never closed"),
        (
            b'MRN,DOB\n1,a\n2,"' + b"b\n" * 70_000,
            "list.csv line 3: no table row can be read (field larger than field limit (131072))",
        ),
    ],
)
def test_an_open_quotation_mark_does_not_swallow_rows_in_silence(data, message):
    assert refusal(data) == message


@pytest.mark.parametrize(
    ("cells", "needed", "reason"),
    [
        (["a", "b", "c"], 3, ""),
        (["a", "b", "c", "", " "], 3, ""),  # a trailing delimiter
        (["a", "b"], 2, ""),  # the last column is not used
        (["a", "b"], 3, "has 2 cells under 3 columns"),
        (["a", "b", "c", "d"], 2, "has 4 cells under 3 columns"),
        ([], 1, "has 0 cells under 3 columns"),
    ],
)
def test_a_ragged_row_is_told_from_a_trailing_delimiter(cells, needed, reason):
    assert misfit(cells, 3, needed) == reason


def test_a_row_of_empty_cells_is_blank():
    assert is_blank(["", " ", "\t"])
    assert not is_blank(["", "0"])


# always


def test_messages_never_show_what_stands_in_the_cells():
    for data in (
        b'MRN,DOB\n1,"Rivera\n',
        b"MRN\nRivera \xe9\x81\n",
        b"MRN\nRivera \x00\x00\x00\n",
        b'MRN,DOB\n"' + b"Rivera\n" * 20_000,
    ):
        assert "Rivera" not in refusal(data)


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"MRN,DOB,Note\n" + b"00012345,1950-01-02,nothing to say here\n" * 100_000)
    tracemalloc.start()
    count = sum(1 for _ in table(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 5_000_000  # the file has 4 MB; one chunk is 1 MB


PIECES = st.sampled_from(
    [b"MRN", b"DOB", b",", b";", b"\t", b"|", b'"', b'""', b"\n", b"\r", b"\r\n", b"sep=;", b"=",
     b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\x81", b"\xe9", "é".encode(), b" ", b"1", b"a,b"]
)  # fmt: skip


@settings(max_examples=400, deadline=1000)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join)))
@example(b'"')
@example(b"sep=\r")
@example(b"\x85\n\x1c,\x1d")
def test_any_bytes_are_a_table_or_a_refusal(data):
    try:
        found = table(data)
        rows = list(found)
    except FileError as problem:
        told = problem.message
    else:
        told = "list.csv is a table"
        assert_in_order(found, rows)
    assert told.startswith("list.csv")
    assert "\n" not in told


def assert_in_order(found, rows):
    assert rows == list(found)
    assert not is_blank(list(found.header))
    assert [number for _, number, _ in rows] == list(range(1, len(rows) + 1))
    lines = [line for line, _, _ in rows]
    assert lines == sorted(set(lines))
    assert all(line > found.header_line for line in lines)
