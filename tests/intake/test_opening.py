"""Any file: what it is, packed or not, and that nothing but a list or one line comes of it."""

import gzip
import hashlib
import io
import os
import random
import time
import tracemalloc
import zipfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from workbooks import sheet, xlsx, zipped

from caretool.errors import FileError
from caretool.intake import unpacking
from caretool.intake.blobs import open_blob
from caretool.intake.opening import open_listings

TEXT = b"MRN,DOB\n1,1950-01-02\n"
ROWS = [(2, 1, ["1", "1950-01-02"])]
DATA = Path(__file__).parent.parent / "data" / "discharges"
packed_up = partial(gzip.compress, mtime=0)  # else each worker gives a test another name


def known(text):
    return text in {"MRN", "DOB", "Patient Name", "Disch Date/Time"}


def listings(source, name="list"):
    return open_listings(source, name=name, known=known)


def refusal(source):
    with pytest.raises(FileError) as caught:
        [list(listing) for listing in listings(source)]
    return caught.value.message


# what a file is, by its bytes


def test_the_bytes_decide_and_not_the_name(tmp_path):
    path = tmp_path / "list.xlsx"
    path.write_bytes(TEXT)
    (found,) = listings(path, "list.xlsx")
    assert (found.format, found.name, list(found)) == ("text", "list.xlsx", ROWS)


@pytest.mark.parametrize("name", ["a03_home.hl7", "a03_batch.hl7"])
def test_messages_are_told_by_their_first_segment(name):
    for start in (b"", b"\x0b", b"\xef\xbb\xbf", b"\r\n"):
        data = start + (DATA / "hl7" / name).read_bytes().lstrip(b"\x0b")
        (found,) = listings(data)
        assert found.format == "hl7"


def test_fhir_is_told_by_its_resource_type():
    (found,) = listings(DATA / "fhir" / "discharge_bundle.json")
    assert found.format == "fhir"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"patients": []}', "list is JSON, but not FHIR: no resourceType in it"),
        (b"[]", "list is JSON, but not FHIR: no resourceType in it"),
        (b"<html><table></table>", "list is a web page or XML, not a list"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', "list is a web page or XML, not a list"),
        (b"%PDF-1.7", "list is a PDF, not a text file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0", "list is not a text file (NUL byte in line 3)"),
    ],
)
def test_other_kinds_are_refused_by_their_name(data, message):
    assert refusal(data) == message


def test_a_title_in_brackets_is_no_json():
    (found,) = listings(b"[CONFIDENTIAL]\n" + TEXT)
    assert found.titles == ("[CONFIDENTIAL]",)


# packed files


@pytest.mark.parametrize(
    "packed",
    [
        packed_up(TEXT),
        packed_up(TEXT[:9]) + packed_up(TEXT[9:]) + bytes(100),  # two members, padding
        zipped({"lists/today.csv": TEXT}),
        zipped({"__MACOSX/._today.csv": b"x", "today.csv": TEXT, "a/.DS_Store": b"x"}),
    ],
)
def test_a_packed_list_is_read_like_the_list(packed, tmp_path):
    path = tmp_path / "list"
    path.write_bytes(packed)
    for source in (packed, path):
        (found,) = listings(source)
        assert list(found) == list(found) == ROWS
        assert found.size == len(packed)


def test_the_hash_is_that_of_the_file_as_given():
    # printf 'MRN,DOB\n1,1950-01-02\n' | sha256sum
    assert listings(TEXT)[0].sha256 == (
        "a9d54cb8f7fd8de4531f5ad808d00589b9ed518b7a01b2b36a975460b00d051d"
    )
    packed = packed_up(TEXT)
    assert listings(packed)[0].sha256 == hashlib.sha256(packed).hexdigest()


def test_a_workbook_may_be_packed():
    book = xlsx({"A": sheet({1: ["MRN", "DOB"], 2: ["1", "1950-01-02"]})})
    for packed in (packed_up(book), zipped({"book.xlsx": book})):
        (found,) = listings(packed)
        assert (found.format, list(found)) == ("workbook", ROWS)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({"a.csv": TEXT, "b.csv": TEXT}), "list is a zip of 2 files; one is read"),
        (zipped({}), "list is a zip of 0 files; one is read"),
        (zipped({"a.csv": b""}), "list is empty"),
        (packed_up(b""), "list is empty"),
        (zipped({"b.zip": zipped({"a": TEXT})}), "list is an archive that holds another archive"),
        (packed_up(packed_up(TEXT)), "list is an archive that holds another archive"),
        (
            packed_up(TEXT)[:-9],
            "list cannot be unpacked: its gzip data are damaged or cut off",
        ),
        (
            packed_up(TEXT) + b"rest",
            "list cannot be unpacked: its gzip data are damaged or cut off",
        ),
        (
            zipped({"a.csv": TEXT})[:-9],
            "list cannot be unpacked: its zip data are damaged or cut off",
        ),
    ],
)
def test_what_cannot_be_unpacked_to_one_list_is_refused(data, message):
    assert refusal(data) == message


def test_rare_compressions_and_passwords_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.csv", TEXT)
    assert "compression other than the usual one" in refusal(out.getvalue())
    locked = bytearray(zipped({"a.csv": TEXT}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1  # the flag in the list of files
    locked[6] |= 1
    assert refusal(bytes(locked)) == "list is protected by a password"


def refused_in(seconds, source):
    started = time.monotonic()
    message = refusal(source)
    assert time.monotonic() - started < seconds
    return message


def test_files_made_to_unpack_to_far_more_are_refused_in_seconds():
    rows = b"MRN,DOB\n" * (8 << 20)
    message = "list unpacks to more than 200 times its size"
    assert refused_in(3, packed_up(rows)) == message
    assert refused_in(3, zipped({"a.csv": rows})) == message


def test_no_packed_file_unpacks_to_more_than_the_limit(monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_UNPACKED", 1000)
    assert refusal(packed_up(TEXT * 100)) == "list unpacks to more than 0 MB"


def test_a_zip_of_very_many_files_is_refused_in_seconds():
    data = zipped({f"{number:0100}": b"" for number in range(8000)})
    assert refused_in(3, data) == "list is a zip of very many files; one is read"


def test_a_gzip_file_of_very_many_members_is_refused_in_seconds():
    data = packed_up(b"x") + packed_up(b"") * 60_000
    assert "damaged" in refused_in(5, data)


def test_a_large_file_of_one_line_is_refused_in_seconds(tmp_path):
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.write(b"MRN,DOB\n" + b"x" * (2 << 20))
        file.truncate(2 << 30)  # the rest are NUL bytes that take no room on the disk
    assert refused_in(3, path) == "list has a line longer than 1,048,576 bytes"


def test_a_header_of_ten_thousand_columns_is_refused():
    data = ",".join(f"c{number}" for number in range(10_000)).encode() + b"\n"
    assert refused_in(2, data) == "list line 1: 10000 columns; at most 2000 are read"


def test_unpacking_takes_constant_memory():
    packed = packed_up(b"MRN,DOB,Note\n" + b"00012345,1950-01-02,nothing\n" * 200_000)
    tracemalloc.start()
    count = sum(1 for _ in listings(packed)[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 200_000
    assert peak < 8_000_000  # unpacked it has 5.6 MB; a few chunks have 1 MB each


def test_a_packed_file_that_changes_between_two_passes_is_refused(tmp_path):
    path = tmp_path / "list.gz"
    path.write_bytes(packed_up(TEXT))
    (found,) = listings(path)
    path.write_bytes(packed_up(TEXT * 2))
    with pytest.raises(FileError, match="list changed while it was being read"):
        list(found)


def test_bytes_can_be_read_from_the_first_on_as_often_as_needed():
    blob = open_blob(packed_up(TEXT), name="list")
    assert blob.start(3) == b"MRN"
    assert b"".join(blob.chunks()) == TEXT
    with blob.stream() as stream:
        assert stream.read() == TEXT


# whatever comes


def one_outcome(data):
    """A list that can be read twice alike, or one line; in the time of a blink."""
    started = time.monotonic()
    try:
        told = [listing.name for listing in listings(data) if list(listing) == list(listing)]
    except FileError as problem:
        told = [problem.message]
    assert told
    assert all(text.startswith("list") and "\n" not in text for text in told)
    assert time.monotonic() - started < 2


SEEDS = [
    (DATA / "epic_daily_20261116.csv").read_bytes()[:6000],
    (DATA / "pcc_alerts.csv").read_bytes()[:6000],
    (DATA / "excel_export_cp1252_semicolon.csv").read_bytes()[:6000],
    TEXT.decode().encode("utf-16"),
    packed_up(TEXT * 50),
    zipped({"a.csv": TEXT * 50}),
]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    other=st.sampled_from(SEEDS),
    cut=st.floats(0, 1),
    at=st.floats(0, 1),
    noise=st.binary(max_size=20),
)
def test_truncated_and_spliced_files_end_in_one_way(seed, other, cut, at, noise):
    one_outcome(seed[: int(cut * len(seed))] + noise + other[int(at * len(other)) :])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
@example(b"\x1f\x8b\x08\x08name without end")
@example(b"PK\x05\x06" + bytes(18))
@example(b"MSH|")
@example(b"{")
def test_any_bytes_end_in_one_way(data):
    one_outcome(data)


def test_shuffled_lines_and_columns_end_in_one_way():
    dice = random.Random(4)  # noqa: S311 - a mutation that can be repeated
    for seed in SEEDS[:3]:
        lines = seed.splitlines(keepends=True)
        dice.shuffle(lines)
        one_outcome(b"".join(lines))


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no /dev/fd here")
def test_a_packed_list_may_come_through_a_pipe():
    reading, writing = os.pipe()
    os.write(writing, packed_up(TEXT))
    os.close(writing)
    try:
        (found,) = listings(Path(f"/dev/fd/{reading}"))
    finally:
        os.close(reading)
    assert list(found) == ROWS
