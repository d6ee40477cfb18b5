"""Writes caretool/rules/compiled.py: the rules of the morning list as Python reads them fastest.

python tools/compile_rules.py            writes it (make docs)
python tools/compile_rules.py --check    compares only; exit 1 when it is not up to date

The TOML files are the rules; this is what reading them gives, kept with a checksum of each. A file
that has changed since is read itself. It spares every start the TOML reader, some 5 ms.
"""

from __future__ import annotations

import re
import sys
import tomllib
import zlib

from caretool.rules import RULES, without_examples

TARGET = RULES / "compiled.py"
NAMES = (
    "protocols.toml", "outcomes.toml", "dispositions.toml", "missed-doses.toml",
    "calendars/us-federal.toml",
)  # fmt: skip
HEAD = '''\
"""What the rules of the morning list say; written by tools/compile_rules.py, not the source.

By name: a checksum of the file, and its tables (of the protocols without the worked examples).
"""

from datetime import date
from typing import Any

TABLES: dict[str, tuple[int, dict[str, Any]]] = {
'''


def text() -> str:
    """Write the module."""
    lines = [HEAD]
    for name in NAMES:
        data = (RULES / name).read_bytes()
        tables = tomllib.loads(without_examples(data.decode("utf-8")))
        shown = re.sub(r"datetime\.date\(", "date(", repr(tables))
        lines.append(f"    {name!r}: ({zlib.crc32(data)}, {shown}),\n")
    return "".join([*lines, "}\n"])


def main(arguments: list[str]) -> int:
    """Write the module, or with --check say whether it is up to date."""
    if "--check" not in arguments:
        TARGET.write_text(text(), encoding="utf-8")
        print(f"wrote caretool/rules/{TARGET.name}")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text():
        return 0
    print(f"caretool/rules/{TARGET.name} is older than the rules: run make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
