"""Draws docs/due-today.svg: the due list of the demo's practice on Monday 23 November 2026.

python tools/picture.py    (make picture)
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import typer

from caretool import app, cli, example_files, pages, walkthrough
from caretool.commands import due_today

TARGET = Path(__file__).parents[1] / "docs" / "due-today.svg"
WIDTH = 110


def drawing(folder: Path) -> str:
    """Draw the list of a practice that is built in `folder`."""
    os.environ["CARETOOL_TODAY"] = example_files.BASE.isoformat()
    session = replace(
        app.open_session("due-today", {"db": folder / "care.db", "json": True}),
        program=typer.main.get_command(cli.app),
    )
    example_files.copy_to(folder, session.today)
    walkthrough.take_in(walkthrough.Morning(session, folder))
    svg = pages.picture(due_today.run(session), session, WIDTH)
    # The fonts of the machine do; nothing is fetched when somebody looks at the picture
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        TARGET.write_text(drawing(Path(folder)) + "\n", encoding="utf-8")
    print(f"wrote docs/{TARGET.name}")
