"""Writes caretool/rules/compiled*.py: the rules of the morning list as Python reads them fastest.

python tools/compile_rules.py            writes it (make docs)
python tools/compile_rules.py --check    compares only; exit 1 when it is not up to date

The TOML files are the rules; this is what reading them gives, kept with a checksum of each. A file
that has changed since is read itself. It spares every start the TOML reader, some 5 ms, and those
that look at fills some 25 ms more.
"""

from __future__ import annotations

import re
import sys
import tomllib
import zlib
from collections.abc import Sequence

from caretool.rules import OF_MEDICINES, RULES, without_examples

FILES = {
    "compiled.py": (
        "protocols.toml", "outcomes.toml", "dispositions.toml", "missed-doses.toml",
        "calendars/us-federal.toml",
    ),
    "compiled_medicines.py": OF_MEDICINES,
}  # fmt: skip
HEAD = '''\
"""What the rules of the morning list say; written by tools/compile_rules.py, not the source.

By name: a checksum of the file, and its tables (of the protocols without the worked examples).
"""

'''
TABLES = "from typing import Any\n\nTABLES: dict[str, tuple[int, dict[str, Any]]] = {\n"


def text(names: Sequence[str]) -> str:
    """Write a module of these files."""
    lines = []
    for name in names:
        data = (RULES / name).read_bytes()
        tables = tomllib.loads(without_examples(data.decode("utf-8")))
        shown = re.sub(r"datetime\.date\(", "date(", repr(tables))
        lines.append(f"    {name!r}: ({zlib.crc32(data)}, {shown}),\n")
    body = "".join(lines)
    dated = "from datetime import date\n" if "date(" in body else ""
    return "".join([HEAD, dated, TABLES, body, "}\n"])


def main(arguments: list[str]) -> int:
    """Write the modules, or with --check say whether they are up to date."""
    older = 0
    for name, names in FILES.items():
        target = RULES / name
        if "--check" not in arguments:
            target.write_text(text(names), encoding="utf-8")
            print(f"wrote caretool/rules/{name}")
        elif not target.exists() or target.read_text(encoding="utf-8") != text(names):
            print(f"caretool/rules/{name} is older than the rules: run make docs", file=sys.stderr)
            older = 1
    return older


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
