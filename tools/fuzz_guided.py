"""Hostile bytes that are guided by what code they reach: atheris, on what reads files.

    python tools/fuzz_guided.py reader                        for a minute
    python tools/fuzz_guided.py rules --seconds 3600 --corpus kept --found found

Entries: reader (lists and feeds, to their rows), hl7, fhir, dates (typed and in cells), layouts,
rules, classes. What is raised must be one of caretool's own errors. It starts from the lists and
files that are at hand and from what an earlier run kept in --corpus; the bytes that something was
wrong with are written to --found. `make fuzz` installs atheris (Linux).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["caretool", "tomllib", "hl7"]):
    from caretool import dates, drug_classes, laying_out, lint, rule_files
    from caretool.errors import CareError
    from caretool.intake import discharges, fills, layout_file, patients
    from caretool.intake.blobs import open_blob
    from caretool.intake.fhir import open_fhir
    from caretool.intake.hl7 import open_hl7
    from caretool.intake.layout import known_header
    from caretool.intake.moments import DateForm
    from caretool.intake.opening import open_listings
    from caretool.intake.unknown_words import UnknownWords
    from caretool.intake.unpacking import is_workbook_start
    from caretool.rules import RULES

from tools import fuzz_lists, fuzz_texts, fuzz_words  # noqa: E402 - after what is instrumented
from tools.fuzz_trial import MOST_SECONDS  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from caretool.intake.layout import Kind
    from caretool.intake.listing import Listing

TODAY = date(2026, 11, 23)
_LONGEST = 8_000  # bytes of an input
_LONGEST_BUNDLE = 40_000  # which is cut off nowhere
_MEMORY = 2_000  # MB
_KINDS: tuple[Kind, ...] = ("discharges", "patients", "fills")
_FORMS = [DateForm(order, births=births, today=TODAY)
          for order in ("iso", "mdy", "dmy", "excel") for births in (False, True)]  # fmt: skip
_FOLDER = Path(tempfile.mkdtemp())


def reader(data: bytes) -> None:
    """A list, opened, laid out, and all its rows read; how long it is says of what kind it is."""
    if is_workbook_start(data[:64]):
        return  # a process of its own reads it
    kind = _KINDS[len(data) % len(_KINDS)]
    with suppress(CareError):
        for one in open_listings(data, name="list", known=known_header(kind)):
            _read(one, kind)


def hl7(data: bytes) -> None:
    """Messages, their rows read as stays."""
    with suppress(CareError):
        _read(open_hl7(open_blob(data, name="feed")), "discharges")


def fhir(data: bytes) -> None:
    """Resources, their rows read as stays."""
    with suppress(CareError):
        _read(open_fhir(open_blob(data, name="feed")), "discharges")


def _read(listing: Listing, kind: Kind) -> None:
    asked = laying_out.Asked(time_zone="America/New_York")
    found = laying_out.lay_out(
        None, listing, kind=kind, sender="feed", asked=asked, today=TODAY
    ).layout
    if kind == "patients":
        rows: Iterator[object] = patients.read_patients(listing, found, TODAY)
    elif kind == "fills":
        rows = fills.read_fills(listing, found, TODAY, UnknownWords("claim state"))
    else:
        rows = discharges.read_discharges(listing, found, TODAY)
    for _ in rows:
        pass


def typed_dates(data: bytes) -> None:
    """A date or moment as it is typed, and as each form of column reads it."""
    text = data.decode("utf-8", "surrogateescape")
    for read in (dates.parse_date, dates.parse_moment):
        with suppress(CareError):
            read(text, TODAY)
    for form in _FORMS:
        with suppress(ValueError):  # which says why a cell is no date
            form.read(text)


def layouts(data: bytes) -> None:
    """A layout, laid over a list."""
    with suppress(CareError):
        saved = layout_file.parsed(data.decode("utf-8", "replace"), "mine.toml")
        for listing in _listings(saved.kind):
            with suppress(CareError):
                layout_file.drift(saved, listing)
                layout_file.laid_over(saved, listing)


@cache
def _listings(kind: Kind) -> list[Listing]:
    bodies = (one.body for one in fuzz_lists.lists())
    known = known_header(kind)
    return [one for body in bodies for one in open_listings(body, name="list", known=known)]


def rules(data: bytes) -> None:
    """A practice's own rules, read and checked."""
    path = _FOLDER / "protocols.toml"
    path.write_bytes(data)
    rule_files.load_protocols.cache_clear()
    with suppress(CareError):
        rule_files.load_protocols(path)
    with suppress(CareError):
        lint.check(path)


def classes(data: bytes) -> None:
    """A practice's own classes of medicines."""
    path = _FOLDER / "drug-classes.toml"
    path.write_bytes(data)
    with suppress(CareError):
        drug_classes.load_classes(path)


ENTRIES: dict[str, Callable[[bytes], None]] = {
    "reader": reader, "hl7": hl7, "fhir": fhir, "dates": typed_dates, "layouts": layouts,
    "rules": rules, "classes": classes,
}  # fmt: skip


def seeds(entry: str) -> list[bytes]:
    """Input that is right, to start from."""
    feeds = {kind: [one.body for one in fuzz_lists.FEEDS if one.kind == kind]
             for kind in ("hl7", "fhir")}  # fmt: skip
    lists = [one.body for one in fuzz_lists.lists()]
    if entry in feeds:
        return feeds[entry]
    if entry == "dates":
        return [text.encode() for text in fuzz_texts.DATES]
    if entry == "rules":
        return [fuzz_words.PROTOCOLS.encode(), (RULES / "protocols.toml").read_bytes()[:_LONGEST]]
    if entry == "classes":
        return [fuzz_words.CLASSES.encode(), (RULES / "drug-classes.toml").read_bytes()[:_LONGEST]]
    if entry == "layouts":
        found = []
        for one in fuzz_lists.lists():
            kind: Kind = one.command.removeprefix("import-")  # type: ignore[assignment]
            (listing,) = open_listings(one.body, name="list", known=known_header(kind))
            made = layout_file.skeleton(listing, kind)
            found.append(layout_file.written(made, name=one.name, source="x").encode())
        return found
    return [*lists, *feeds["hl7"], *feeds["fhir"]]


def main() -> None:
    """Hand over to libFuzzer, which ends the program itself."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("entry", choices=ENTRIES)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="folder for the input that reaches new code")
    parser.add_argument("--found", type=Path, default=_FOLDER, help="folder for what goes wrong")
    asked = parser.parse_args()
    corpus, start = asked.corpus or _FOLDER / "corpus", _FOLDER / "start"
    for folder in (corpus, start, asked.found):
        folder.mkdir(parents=True, exist_ok=True)
    longest = _LONGEST_BUNDLE if asked.entry == "fhir" else _LONGEST
    for number, body in enumerate(seeds(asked.entry)):
        (start / f"{number}").write_bytes(body[:longest])
    atheris.Setup(
        [sys.argv[0], str(corpus), str(start), f"-max_total_time={asked.seconds}",
         f"-seed={asked.seed}", f"-timeout={MOST_SECONDS}", f"-rss_limit_mb={_MEMORY}",
         f"-max_len={longest}", f"-artifact_prefix={asked.found}/", "-print_final_stats=1"],
        ENTRIES[asked.entry],
    )  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
