"""Bytes become text: which encoding, decided from what, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.errors import FileError
from caretool.intake.blobs import open_blob
from caretool.intake.decoding import survey


def found(data):
    return survey(open_blob(data, name="list.csv"))


def text(data):
    blob = open_blob(data, name="list.csv")
    with survey(blob).text(blob) as lines:
        return lines.read()


def refusal(data):
    with pytest.raises(FileError) as caught:
        found(data)
    return caught.value.message


LIST = "MRN,Name\r\n1,Zoë Núñez\r\n2,Łukasz\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (LIST.encode(), "utf-8"),
        (LIST.encode("utf-8-sig"), "utf-8-sig"),
        (b"\xff\xfe" + LIST.encode("utf-16-le"), "utf-16"),
        (b"\xfe\xff" + LIST.encode("utf-16-be"), "utf-16"),
        (LIST.encode("utf-16-le"), "utf-16-le"),
        (LIST.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_marked_or_not_the_text_is_the_same(data, encoding):
    assert found(data).encoding == encoding
    assert text(data) == LIST


@pytest.mark.parametrize(
    "letters",
    [
        "Núñez",  # the same bytes in Latin-1
        "O\u2019Brien \u2013 \u201cBea\u201d €",  # 0x80-0x9F: dashes and the like
        "Ÿ Š Ž œ",
        "ÃÐ",  # two in a row, as UTF-8 would have them, but not as it would have the second
    ],
)
def test_windows_1252_is_what_is_not_utf8(letters):
    data = f"MRN,Name\n1,{letters}\n".encode("cp1252")
    assert found(data).encoding == "cp1252"
    assert text(data) == f"MRN,Name\n1,{letters}\n"


def test_utf16_is_never_a_guess_for_what_nothing_else_fits():
    # as UTF-16 these bytes would be Chinese letters; without NUL bytes they are Windows-1252
    assert found("Née;Zoë;".encode("cp1252")).encoding == "cp1252"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"MRN\n1\n\xe9\x81\n", "list.csv line 3: is neither UTF-8 nor Windows-1252"),
        (b"\xef\xbb\xbfMRN\n1\n\n\xe9\n", "list.csv line 4: is marked as UTF-8 and is not"),
        (
            "MRN\nZoë\nNúñez\nGarcía\n".encode() + b"Mu\xf1oz\n",
            "list.csv line 5: is UTF-8 with a broken character",
        ),
        ("MRN\nZoë\nNúñe".encode() + b"\xc3", "list.csv line 3: is UTF-8 with a broken character"),
        (
            b"\xff\xfe" + "MRN\n1".encode("utf-16-le") + b"\x31",
            "list.csv is marked as UTF-16 and is not, or it is cut off",
        ),
        (
            "MRN,Name\n1,2\n".encode("utf-16-le") + b"A\xd8",  # half a letter
            "list.csv looks like UTF-16 and is not, or it is cut off",
        ),
        (bytes(range(256)), "list.csv is not a text file (NUL byte in line 1)"),
        (b"MRN\n1" + bytes(30), "list.csv is not a text file (NUL byte in line 2)"),
    ],
)
def test_what_is_in_no_encoding_is_refused_with_the_line(data, message):
    assert refusal(data) == message


def test_bytes_of_windows_1252_after_a_megabyte_of_plain_text_count_too():
    data = b"MRN,Name\n" + b"1,plain\n" * 200_000 + b"2,Zo\xeb\n"
    assert found(data).encoding == "cp1252"


def test_a_letter_between_two_chunks_is_not_broken():
    data = b"x" * 999 + b"\n"
    filler = data * 1048 + b"y" * 575  # 1,048,575 bytes: the letter lies across the megabyte
    assert found(filler + "ë\n".encode()).encoding == "utf-8"


def test_stray_characters_are_left_out():
    assert found(b"MRN,Name\n1,Ri\x00vera Ana Maria\n").stray == "\0"
    assert found(b"MRN,Name\n1,Rivera\n\x1a").stray == "\x1a"
    assert found(b"MRN,Name\n1,Rivera\n").stray == ""


@settings(max_examples=200, deadline=1000)
@given(
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_any_marked_text_comes_back(written, encoding):
    if "\0" not in written and not written.startswith("\ufeff"):
        assert text(written.encode(encoding)) == written


@settings(max_examples=200, deadline=1000)
@given(st.text("abc ,;\n0123éüñ", min_size=20), st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_western_text_in_utf16_without_a_mark_comes_back(written, encoding):
    assert found(written.encode(encoding)).encoding == encoding
