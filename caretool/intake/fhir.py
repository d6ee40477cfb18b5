"""FHIR R4 (and R5) as rows: the encounters of a Bundle, of bare resources, or of NDJSON.

Each Encounter becomes a row, with what its Patient, Conditions and Organization say, in whatever
order they stand. FHIR has no receiver who could have issued an identifier: record numbers are the
sender's, unless the import says that the sender is the practice (`--source practice`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from caretool.errors import FileError
from caretool.intake.blobs import unreadable
from caretool.intake.encounters import Book, Resource, row_of
from caretool.intake.feeds import UNREADABLE, Feed, as_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.intake.blobs import Blob

MAX_SIZE: Final = 200 << 20  # bytes, unpacked: JSON is read as a whole

_KEPT: Final = frozenset(
    {"Encounter", "Patient", "Condition", "Organization", "Location", "Bundle"}
)  # a bulk export holds a thousand observations for each encounter
# Bundles that stand for themselves. Pages of a search and the lines of an export belong together.
_CLOSED: Final = frozenset({"message", "collection", "document", "batch", "transaction", "history"})
_SPLIT: Final = "ask the sender for it in smaller parts, or as NDJSON cut into files"


class _Found(NamedTuple):
    encounter: Resource
    url: str
    sent_at: str
    """When its Bundle was put together."""
    book: Book
    """Where its references are looked up."""

    def cells(self) -> list[str]:
        return as_cells(row_of(*self))


def open_fhir(blob: Blob) -> Feed:
    """How are these encounters to be read?

    The file is read at once and its rows are kept: they are a small part of it.

    Raises:
        FileError: larger than `MAX_SIZE`, not JSON, without an Encounter, or not to be read.
    """
    text, encoding = _text(blob)
    reading = _Reading()
    for document in _documents(text, blob.name):
        reading.take(document)
    if not reading.encounters:
        message = f"{blob.name} holds no FHIR Encounter"
        raise FileError(message, "discharges are Encounter resources; ask the sender to send them")
    rows = list(enumerate(reading.rows(), 1))
    return Feed(blob, "fhir", encoding, lambda: ((no, no, [*cells]) for no, cells in rows))


def _text(blob: Blob) -> tuple[str, str]:
    try:
        with blob.stream() as stream:
            data = stream.read(MAX_SIZE + 1)
    except OSError as problem:
        raise unreadable(blob.name, problem) from None
    if len(data) > MAX_SIZE:
        message = f"{blob.name} is larger than {MAX_SIZE >> 20} MB, the most that is read of FHIR"
        raise FileError(message, "ask the sender for it in smaller parts")
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "cp1252"


def _documents(text: str, name: str) -> Iterator[Any]:
    """The JSON documents in a text: one, or one a line; None for a line that is not JSON."""
    try:
        yield json.loads(text, object_hook=_without_ballast)
        return
    except RecursionError:
        message = f"{name} is nested too deeply to be read"
        raise FileError(message, "check that this is the file itself") from None
    except ValueError as problem:
        at = getattr(problem, "lineno", 1)
    good = bad = 0
    for line in _lines(text):
        try:
            found = json.loads(line, object_hook=_without_ballast)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and "resourceType" in found:
            good += 1
        else:
            bad += 1
        yield found
    if bad > good or not good:
        message = f"{name} line {at}: not JSON (perhaps cut off)"
        raise FileError(message, "copy or download it again; FHIR is read as JSON or NDJSON")


def _lines(text: str) -> Iterator[str]:
    """The lines that say anything; one after the other, for all at once are the file again."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if line := text[start:end].strip():
            yield line
        start = end + 1


def _without_ballast(thing: dict[str, Any]) -> dict[str, Any]:
    """A JSON object without what nothing is read from, dropped as soon as it has been read."""
    kind = thing.get("resourceType")
    if kind is not None and not (isinstance(kind, str) and kind in _KEPT):
        return {"resourceType": ""}
    thing.pop("extension", None)
    thing.pop("div", None)
    return thing


class _Reading:
    """The encounters of one document after the other, in the order of the file."""

    def __init__(self) -> None:
        self._shared = Book()
        self._found: list[_Found | list[str]] = []
        self.encounters = 0

    def take(self, document: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        """Find the encounters of a document; None is a line that cannot be read."""
        start = len(self._found)
        if document is None:
            self._found.append(as_cells({"Event": UNREADABLE}))
        todo: list[tuple[Any, str, str, Book]] = [(document, "", "", self._shared)]
        while todo:
            thing, url, sent_at, book = todo.pop()
            if isinstance(thing, list):
                todo += [(one, "", sent_at, book) for one in reversed(thing)]
            elif isinstance(thing, dict):
                self._take_one(Resource(thing), url, sent_at, book, todo)
        # What stands for itself is done with and need not be kept
        for at, one in enumerate(self._found[start:], start):
            if isinstance(one, _Found) and one.book is not self._shared:
                self._found[at] = one.cells()

    def _take_one(
        self,
        resource: Resource,
        url: str,
        sent_at: str,
        book: Book,
        todo: list[tuple[Any, str, str, Book]],
    ) -> None:
        kind = resource.text("resourceType")
        if kind == "Bundle":
            inside = Book() if resource.text("type") in _CLOSED else book
            sent_at = resource.text("timestamp") or resource.text("meta", "lastUpdated")
            todo += [
                (entry.get("resource"), entry.text("fullUrl"), sent_at, inside)
                for entry in reversed(resource.all("entry"))
            ]
            return
        book.add(resource, url)
        if kind == "Encounter":
            self.encounters += 1
            self._found.append(_Found(resource, url, sent_at, book))

    def rows(self) -> Iterator[list[str]]:
        """The cells of each encounter, once all documents have been taken."""
        for one in self._found:
            yield one.cells() if isinstance(one, _Found) else one
