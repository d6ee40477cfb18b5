"""What an import reads, whatever the file was: rows of cells under headings, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[int, int, list[str]]
"""Line on which the record starts, number of the record, its cells as written."""


class Listing(Protocol):
    """One list of records: a delimited text file, a sheet of a workbook, a feed of messages.

    Iterating gives the records from the first on, each time anew, in constant memory, and raises
    FileError (file name and line, never the text of a cell) where nothing can be read.

    A sheet of a workbook (`workbook.Sheet`) says two things more: `numeric_columns`, whose values
    may have lost leading zeros, and `passed_over`, the sheets that are not read.
    """

    @property
    def name(self) -> str:
        """How messages call it; with the sheet's name where a workbook has several."""

    @property
    def format(self) -> str:
        """`text`, `workbook`, `hl7` or `fhir`."""

    @property
    def header(self) -> tuple[str, ...]:
        """The headings; of a list without any, `Column 1` and so on."""

    @property
    def header_line(self) -> int:
        """The line on which the header starts; 0 for a list without one."""

    @property
    def titles(self) -> tuple[str, ...]:
        """The texts that stand above the header, such as a run date."""

    @property
    def delimiter(self) -> str:
        """What separates the cells; empty where nothing does."""

    @property
    def encoding(self) -> str:
        """How its bytes are to be read."""

    @property
    def sha256(self) -> str:
        """Hash of the whole file."""

    def __iter__(self) -> Iterator[Row]:
        """The records below the header."""
