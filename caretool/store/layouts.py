"""Saved layouts: how a sender's lists are read, kept as the TOML that people edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.errors import NotFoundError
from caretool.names import fold

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

    from caretool.db import CareFile


def all_of(db: CareFile) -> list[sqlite3.Row]:
    """Every saved layout, by name."""
    return db.rows("SELECT * FROM layouts ORDER BY name")


def find(db: CareFile, name: str) -> sqlite3.Row | None:
    """The layout of that name, if there is one."""
    return db.row("SELECT * FROM layouts WHERE name = ?", (name,))


def named(db: CareFile, name: str) -> sqlite3.Row:
    """The layout of that name. Raises NotFoundError."""
    row = find(db, name)
    if row is None:
        msg = f"no layout {name[:60]}"
        raise NotFoundError(msg, "caretool layouts lists them")
    return row


def for_header(db: CareFile, kind: str, key: str, source: str) -> sqlite3.Row | None:
    """The layout for lists with this header; the sender's own before those of others."""
    found = db.rows(
        "SELECT * FROM layouts WHERE kind = ? AND header_key = ? ORDER BY id DESC", (kind, key)
    )
    own = [row for row in found if fold(row["source"]) == fold(source)]
    if key.startswith("#"):  # a list without headings is told by its sender
        return own[0] if own else None
    best = own or found
    return best[0] if best else None


def of_source(db: CareFile, kind: str, source: str) -> list[sqlite3.Row]:
    """The layouts for lists of this sender, the newest first."""
    found = db.rows("SELECT * FROM layouts WHERE kind = ? ORDER BY id DESC", (kind,))
    return [row for row in found if fold(row["source"]) == fold(source)]


def keep(
    db: CareFile, *, name: str, kind: str, source: str, key: str, content: str, on: date
) -> bool:
    """Save a layout under its name, in place of what had that name; was there anything new?"""
    before = db.row("SELECT content FROM layouts WHERE name = ?", (name,))
    if before is not None:
        if before["content"] == content:
            return False
        drop(db, name)
    db.insert(
        "layouts", name=name, kind=kind, source=source, header_key=key, content=content,
        on_date=on.isoformat(),
    )  # fmt: skip
    return True


def drop(db: CareFile, name: str) -> None:
    """Forget a layout."""
    db.execute("DELETE FROM layouts WHERE name = ?", (name,))


def free_name(db: CareFile, source: str, kind: str, key: str) -> str:
    """The name under which a new layout of this sender is saved.

    The sender's, or that with a number when another kind of list has it already.
    """
    number = 1
    while True:
        name = source if number == 1 else f"{source}-{number}"
        row = db.row("SELECT kind, header_key FROM layouts WHERE name = ?", (name,))
        if row is None or (row["kind"] == kind and row["header_key"] == key):
            return name
        number += 1
