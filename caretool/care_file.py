"""An open care file as the code above `db.py` sees it: rows in, rows out, SQLite's types inside."""

from __future__ import annotations

import sys
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from caretool.errors import CareError

# Rows of one INSERT, and how many values one statement may have in any SQLite
_TOGETHER, _MOST_VALUES = 50, 900


class CareFile:
    """An open care file. Store functions take it first; it keeps SQLite's types to itself."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.path = path
        self.command_id = 0
        self.undoes: int | None = None
        self.noticed: list[CareError] = []
        self._connection = connection
        connection.row_factory = _rows_of(connection)

    def rows(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows that a query gives."""
        return self._connection.execute(sql, values).fetchall()

    def stream(
        self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()
    ) -> Iterator[sqlite3.Row]:
        """The rows that a query gives, one by one, for more than fit comfortably in memory."""
        return self._connection.execute(sql, values)

    def row(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row that a query gives, or None."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def value(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> Any:  # noqa: ANN401
        """The first value of the first row, or None."""
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def insert(self, table: str, **values: object) -> int:
        """Add one fact and return its id; the running command is noted as its origin."""
        columns = (*values, "command_id")
        added = self._connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            (*values.values(), self.command_id),
        )
        return int(added.lastrowid or 0)

    def insert_all(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many facts at once, as executemany: an import may bring a million of them."""
        insert = f"INSERT INTO {table} ({', '.join((*columns, 'command_id'))}) VALUES "
        values = f"({', '.join('?' * len(columns))}, {self.command_id:d})"
        # Many rows a statement: the cost of a statement is more than that of most rows
        together = max(1, min(_TOGETHER, _MOST_VALUES // len(columns)))
        left = iter(rows)
        while some := list(islice(left, together)):
            self._connection.execute(
                insert + ", ".join([values] * len(some)), list(chain.from_iterable(some))
            )

    def execute(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> int:
        """Run one statement that changes rows; returns how many."""
        return self._connection.execute(sql, values).rowcount

    def execute_all(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement that changes rows, once for each of `rows`."""
        self._connection.executemany(sql, rows)


def _rows_of(connection: sqlite3.Connection) -> type[sqlite3.Row]:
    """The kind of row that belongs to a connection: SQLCipher's differs from SQLite's."""
    kind: type[sqlite3.Row] = sys.modules[type(connection).__module__].Row
    return kind
