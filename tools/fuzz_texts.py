"""What is hostile to read: single texts, dates and numbers, TOML values, and spoiled bytes.

Everything is made by a `random.Random`, so that a seed says what it was.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.mutations import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

TEXTS = (
    *HOSTILE,
    "\x1b]8;;http://x\x07y\x1b]8;;\x07", "\x9b31m", "\x1bP+q\x1b\\", "\u200e\u200f\u202a\u202d",
    "\u2067\u2068\u2069", "\x7f", "\x08" * 9, "[red]x[/red]", "[/]", "[[", ":smile:", "\\[b]",
    "\U000e0041", "\ufdd0", "\U0010ffff", "\u0600", "\u180e", "\U0001d7d9",
    "\u0661\u0662", "\u2167", "\xbd", "\uff11\uff12",
    "P" + "9" * 400, "P-1", "P0", "P99999999999999999999", "D18446744073709551616", "M1", "C1",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e400", "-0", "+5",
    "1" * 5000, "0x" + "f" * 5000, "1_0", "1.5", "nan", "-inf", "\u221e", "true", "null",
    "%", "%%", "_", "*", "?", "P1'--", "\\x00", "$HOME", "`id`", "{}", "{0.__class__}", "\ta\tb",
    "--json", "--", "-", "--db", "@file", "/dev/null", ".", "..", "~", "a" * 5000,
)  # fmt: skip
DATES = (
    "2026-11-20", "2026-11-23", "today", "yesterday", "tomorrow", "fri", "friday", "+3d", "-3d",
    "+2w", "-1w", "+1m", "-1m", "0000-01-01", "0000-00-00", "0001-01-01", "10000-01-01",
    "9999-12-31", "1899-12-31", "1900-01-01", "2100-12-31", "2101-01-01", "2026-02-29",
    "2028-02-29", "2026-02-30", "2026-13-01", "2026-00-10", "20261120", "2026-W47-5", "11/20/2026",
    "20/11/2026", "20.11.26", "Nov 20, 2026", "46000", "46000.5", "2026-11-20T14:05",
    "2026-11-20T24:00", "2026-11-20T99:99", "2026-11-20 14:05", "2026-11-20T23:50:00Z",
    "2026-11-20T23:50:00+99:99", "2026-11-20T02:30:00-05:00", "+999999999d", "+99999999999999m",
    "-999999w", "+" + "9" * 5000 + "d", "-" + "9" * 5000 + "m", "+1000m", "+0d", "-0w",
    "+3D", "FRI", " 2026-11-20 ", "2026-11-20\n", "\uff12\uff10\uff12\uff16-11-20",
    "2026\u201111\u201120", "\u0662\u0660\u0662\u0666-\u0661\u0661-\u0662\u0660",
    "-2026-11-20", "2026-11-2", "26-11-20", "noon", "", " ", "12", "99999999", "1e5", "NaN",
)  # fmt: skip
NUMBERS = (
    "0", "1", "2", "7", "30", "365", "-1", "00", "1.0", "0.8", "1e3", "1e400", "nan", "inf",
    "-inf", "9223372036854775807", "9223372036854775808", "1" + "0" * 30, "9" * 5000, "\u0663",
    "\xb2", "1_000", " 5 ", "+5", "0x10", "5/7", "0/0", "1/0", "8/7", "9" * 20 + "/7", "",
)  # fmt: skip
JUNK = (
    b"\0", b"\0" * 99, b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b"\x1a",
    b"\x1b[2J", b"\x9b", b"\xc2\x9b31m", b"\xe2\x80\xae", b'"', b'"' * 999, b'""', b"'", b"\\",
    b'\\"', b",", b"," * 600, b";", b"\t", b"|", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\x80\x81\x8d", b"sep=;\n", b"<html>", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"{",
    b"[" * 3000, b"]" * 50, b'{"a":' * 2000, b"MSH|^~\\&|", b"\x0b", b"\x1c\r", b"= ", b"[[", b"#",
    b"9" * 5000, b"1e999", b"-", b"\\u0000", b"\\ud800", b"=1+1", b"%PDF", b"\xd0\xcf\x11\xe0",
)  # fmt: skip


def text(rnd: Random) -> str:
    """A text that nobody should type or send; most of them short."""
    chance = rnd.random()
    if chance < 0.55:
        return rnd.choice(TEXTS)
    if chance < 0.7:
        return rnd.choice(DATES + NUMBERS)
    if chance < 0.85:
        return "".join(rnd.choice(TEXTS)[:8] for _ in range(rnd.randint(1, 4)))
    top = rnd.choice((0x7F, 0x2FF, 0x206F, 0xFFFF, 0x10FFFF))
    return "".join(chr(rnd.randint(0, top)) for _ in range(rnd.randint(1, 20)))


def date_text(rnd: Random) -> str:
    """Something like a date: of the grammar, near it, or nothing of the kind."""
    chance = rnd.random()
    if chance < 0.35:
        return rnd.choice(DATES)
    if chance < 0.5:
        return f"{rnd.choice('+-')}{rnd.randint(0, 10 ** rnd.randint(1, 30))}{rnd.choice('dwmy')}"
    if chance < 0.65:
        year = rnd.randint(0, 10 ** rnd.randint(1, 5))
        return f"{year:04d}-{rnd.randint(0, 14):02d}-{rnd.randint(0, 33):02d}"
    if chance < 0.9:
        word = list(rnd.choice(DATES))
        for _ in range(rnd.randint(1, 3)):
            at = rnd.randint(0, len(word))
            word[at : at + rnd.randint(0, 2)] = rnd.choice(("", "-", "0", "9", "T", *TEXTS))[:6]
        return "".join(word)
    return text(rnd)


def argument(made: str) -> str:
    """The text as a program can be given it: without NUL, and its surrogates as bytes make them."""
    body = made.replace("\0", "").encode("utf-8", "surrogatepass")
    return body.decode("utf-8", "surrogateescape")


def spoiled(body: bytes, rnd: Random, most: int = 4) -> bytes:
    """The bytes with up to so many changes, of the kinds that a guided fuzzer makes."""
    made = bytearray(body)
    for _ in range(rnd.randint(1, most)):
        at, length = rnd.randint(0, len(made)), rnd.randint(1, 60)
        way = rnd.randrange(8)
        if way == 0:
            del made[at:]
        elif way == 1:
            del made[at : at + length]
        elif way == 2:
            made[at:at] = rnd.choice(JUNK)
        elif way == 3:
            made[at : at + length] = rnd.choice(JUNK)
        elif way == 4:
            made[at:at] = rnd.randbytes(length)
        elif way == 5 and made:
            for _ in range(rnd.randint(1, 9)):
                made[rnd.randrange(len(made))] = rnd.randrange(256)
        elif way == 6:
            other = rnd.randint(0, len(made))
            made[at:at] = made[other : other + length * 4]
        else:
            made[at:at] = text(rnd).encode("utf-8", "surrogatepass")
    return bytes(made)


def toml_value(rnd: Random, depth: int = 0) -> str:
    """A TOML value of any kind, right or not."""
    simple: tuple[Callable[[], str], ...] = (
        lambda: quoted(text(rnd)),
        lambda: rnd.choice(NUMBERS) or "0",
        lambda: rnd.choice(("true", "false", "nan", "-inf", "0x_f", "1979-05-27", "07:32:00")),
        lambda: rnd.choice(("2026-11-20T00:00:00Z", "9999-12-31", "0001-01-01", "0000-01-01")),
        lambda: quoted(rnd.choice(("7 days", "0 days", "9999 months", "1 business day before",
                                   "2 weeks", "-1 days", "99999 days", "event", "last_done"))),
        lambda: "[" * rnd.choice((1, 5, 3000)) + "]" * rnd.choice((1, 5, 3000)),
        lambda: "{a = " * rnd.choice((1, 3, 1500)) + "1" + "}" * rnd.choice((1, 3, 1500)),
    )  # fmt: skip
    if depth < 3 and rnd.random() < 0.25:
        inner = ", ".join(toml_value(rnd, depth + 1) for _ in range(rnd.randint(0, 4)))
        return f"[{inner}]"
    return rnd.choice(simple)()


def quoted(made: str) -> str:
    """A TOML string; as often as not what it holds is escaped, so that it arrives as it is."""
    if len(made) % 2:
        return json.dumps(made.encode("utf-8", "replace").decode(), ensure_ascii=False).replace(
            "\x7f", "\\u007f"
        )
    mark = '"' if "'" in made or "\n" in made else "'"
    return f"{mark}{made}{mark}"


def spoiled_toml(said: str, rnd: Random) -> bytes:
    """A TOML file with lines dropped, doubled and exchanged, with values of other kinds."""
    lines = said.split("\n")
    for _ in range(rnd.randint(1, 4)):
        at = rnd.randrange(len(lines))
        key, sign, _ = lines[at].partition(" = ")
        way = rnd.randrange(8)
        if way <= 3 and sign:
            lines[at] = f"{key} = {toml_value(rnd)}"
        elif way == 4:
            del lines[at]
            lines = lines or [""]
        elif way == 5:
            lines.insert(rnd.randint(0, len(lines)), lines[at])
        elif way == 6:
            lines.insert(at, f"{rnd.choice(('x', '', key, quoted(text(rnd))))} = {toml_value(rnd)}")
        else:
            other = rnd.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    body = "\n".join(lines).encode("utf-8", "surrogatepass")
    return spoiled(body, rnd, 2) if rnd.random() < 0.15 else body
