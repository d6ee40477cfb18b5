"""Lists that are built to take all time or memory: a megabyte of quotes, archives of nothing.

Each is made in one of several sizes; the largest would be gigabytes if it were unpacked.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from tests import workbooks

if TYPE_CHECKING:
    from random import Random

HEAD = b"MRN,Patient Name,DOB,Admit Date,Disch Date,Disposition,Facility\n"
_START = b'1,"Stone, Amy",1960-03-03,2026-11-16,2026-11-20,Home,'
_MSH = b"MSH|^~\\&|A|B|C|D|20261120||ADT^A03|1|P|2.5\r"


def bomb(rnd: Random) -> tuple[bytes, str]:
    """One of them, and what it is."""
    many = rnd.choice((1_000, 100_000, 1_000_000, 10_000_000))
    plain = {
        "quotes in a cell": lambda: HEAD + _START + b'"' * many + b"\n",
        "odd quotes": lambda: HEAD + _START + b'"' * (many | 1) + b"\n" + _START + b"x\n",
        "quotes on lines": lambda: HEAD + b'"\n' * many,
        "a quote and a comma": lambda: HEAD + b'",' * many,
        "a long cell": lambda: HEAD + _START + b"x" * many + b"\n",
        "a long quoted cell": lambda: HEAD + _START + b'"' + b"x\n" * (many // 2) + b'"\n',
        "a line without end": lambda: b"x" * many,
        "a heading without end": lambda: b"MRN" * many,
        "delimiters": lambda: HEAD + b"," * many + b"\n",
        "headings": lambda: b"a," * many + b"\n1,2\n",
        "empty lines": lambda: b"\n" * many + HEAD + _START + b"A\n",
        "empty rows": lambda: HEAD + b",,,,,,\n" * (many // 7),
        "returns": lambda: HEAD + b"\r" * many,
        "blanks": lambda: HEAD + _START + b" " * many + b"\n",
        "backslashes": lambda: HEAD + _START + b'"' + b"\\" * many + b'"\n',
        "accents": lambda: HEAD + b'1,"Stone, Amy' + b"\xcc\x81" * many + b'",1960-03-03,,,,\n',
        "a name of blanks": lambda: HEAD + b'1,"a' + b" a" * (many // 2) + b'",1960-03-03,,,,\n',
        "digits": lambda: HEAD + b"9" * many + b",Amy Stone," + b"9" * many + b",,,,\n",
        "rows": lambda: HEAD + (_START + b"A\n") * (many // 100),
        "brackets": lambda: b'{"resourceType":' + b"[" * many,
        "objects": lambda: b'{"resourceType":' + b'{"a":' * many,
        "closed brackets": lambda: b'[{"resourceType":"Encounter","x":' + b"[" * many
                                   + b"]" * many + b"}]",
        "a number": lambda: b'{"resourceType":"Encounter","id":' + b"9" * many + b"}",
        "an exponent": lambda: b'{"resourceType":"Encounter","id":1e' + b"9" * many + b"}",
        "lines of objects": lambda: b'{"resourceType":"Encounter"}\n' * (many // 300),
        "lines of brackets": lambda: b'{"resourceType":"Encounter"}\n' + b"[[[[{\n" * (many // 30),
        "bundles": lambda: b'{"resourceType":"Bundle","entry":[{"resource":' * (many // 50),
        "messages": lambda: _MSH * (many // 500),
        "fields": lambda: _MSH + b"PID|" + b"|" * many,
        "repetitions": lambda: _MSH + b"PID|1||" + b"~" * many,
        "components": lambda: _MSH + b"PID|1||" + b"^" * many,
        "subcomponents": lambda: _MSH + b"PID|1||" + b"&" * many,
        "escapes": lambda: _MSH + b"PID|1||" + b"\\X41\\" * (many // 5),
        "an escape": lambda: _MSH + b"PID|1||\\X" + b"41" * (many // 2) + b"\\",
        "segments": lambda: _MSH + b"DG1|1||I10\r" * (many // 11),
        "patients": lambda: _MSH + b"PID|1||7^^^A^MR||Stone^Amy||19600303\r" * (many // 40),
        "frames": lambda: _MSH + b"\x0b\x1c\r" * (many // 3),
        "nothing": lambda: b"\0" * many,
        "utf-16": lambda: b"\xff\xfe" + b"\x00\xd8" * (many // 2),
        "a workbook's cell": lambda: workbooks.xlsx({"List": workbooks.sheet(
            {1: ["MRN", "Name", "DOB"], 2: ["1", "x" * many, "1960-03-03"]})}),
        "a workbook's row": lambda: workbooks.xlsx({"List": '<row r="1048576"><c r="XFD1048576"'
                                                    ' t="inlineStr"><is><t>x</t></is></c></row>'}),
        "many files": lambda: workbooks.zipped({f"{at}.csv": HEAD for at in range(many // 1000)}),
    }  # fmt: skip
    what = rnd.choice([*plain, "gzip", "zip", "many gzips", "a zip that lies", "a workbook bomb"])
    if what in plain:
        body = plain[what]()
        if rnd.random() < 0.1:
            return gzip.compress(body, mtime=0), f"{what} x {many}, in gzip"
        return body, f"{what} x {many}"
    size = rnd.choice((30 << 20, 500 << 20, 3 << 30))
    if what == "gzip":
        return gzip_of_nothing(size), f"gzip of {size >> 20} MB"
    if what == "zip":
        return zip_of_nothing("list.csv", size), f"zip of {size >> 20} MB"
    if what == "many gzips":
        return gzip.compress(b"", mtime=0) * (many // 10), f"gzip of {many // 10} members"
    if what == "a workbook bomb":
        return zip_of_nothing("[Content_Types].xml", size), f"workbook of {size >> 20} MB"
    lies = bytearray(zip_of_nothing("list.csv", 30 << 20))
    at = lies.rfind(b"PK\x01\x02")
    lies[at + 24 : at + 28] = b"\x10\0\0\0"  # what it says it unpacks to
    return bytes(lies), "zip of 30 MB that says 16 bytes"


def packed(body: bytes, rnd: Random) -> bytes:
    """A body in gzip or in a zip, or an archive in an archive."""
    made = gzip.compress(body, mtime=0)
    if rnd.random() < 0.5:
        made = workbooks.zipped({rnd.choice(("list.csv", "../list.csv", "a\x1b[2J.csv")): body})
    return gzip.compress(made, mtime=0) if rnd.random() < 0.2 else made


def gzip_of_nothing(size: int) -> bytes:
    """A gzip file that unpacks to so many bytes of line ends; its own end is missing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    start = packer.compress(HEAD + _START + b"x\n") + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(b"\n" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + megabyte * (size >> 20)


def zip_of_nothing(name: str, size: int) -> bytes:
    """A zip whose one file unpacks to so many bytes of line ends."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        chunk = b"\n" * (1 << 20)
        for _ in range(size >> 20):
            member.write(chunk)
    return out.getvalue()
