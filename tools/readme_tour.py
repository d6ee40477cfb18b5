"""Runs the tour of the README and writes what it prints, so that the README shows the real thing.

python tools/readme_tour.py            runs each `$ caretool` line, writes its output (make docs)
python tools/readme_tour.py --check    compares only; exit 1 when something else is printed now

The lines run one after the other in a folder of their own with the example files, on a terminal
of 100 columns, on Monday 23 November 2026. POSIX only: Windows has no pseudo-terminals.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from caretool import example_files

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
WIDTH = 100
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def told_anew(text: str, folder: Path) -> str:
    """Give the README's text with the output of every line of its console blocks replaced."""
    shutil.copytree(example_files.folder(), folder / "examples")
    return BLOCK.sub(lambda block: _block(block[0], folder), text)


def _block(text: str, folder: Path) -> str:
    lines = [line for line in text.splitlines() if line.startswith("$ ")]
    return "\n".join(f"{line}\n{_printed(line, folder)}" for line in lines)


def _printed(line: str, folder: Path) -> str:
    """Run one line; what a person sees of it, without colours."""
    program, *words = shlex.split(line.removeprefix("$ "))
    if program != "caretool":
        raise ValueError(line)
    environment = os.environ | {
        "CARETOOL_DB": "care.db",
        "CARETOOL_TODAY": example_files.BASE.isoformat(),
        "COLUMNS": str(WIDTH),
        "TERM": "xterm",
    }
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "caretool", *words],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
    ):  # fmt: skip
        os.close(theirs)
        shown = _all_from(ours)
    plain = _STYLE.sub("", shown.decode("utf-8"))
    return "".join(f"{row.rstrip()}\n" for row in plain.splitlines())


def _all_from(terminal: int) -> bytes:
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side has closed
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts)
        parts.append(part)


def main(arguments: list[str]) -> int:
    """Write the README's outputs anew, or with --check say whether they are what is printed."""
    before = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        now = told_anew(before, Path(folder))
    if "--check" not in arguments:
        README.write_text(now, encoding="utf-8")
        print(f"wrote {README.name}")
        return 0
    if now == before:
        return 0
    print("README.md does not show what the program prints now: run make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
