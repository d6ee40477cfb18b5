"""Which way imports point, who may use what, and how long things may get: the house, held.

The table is the rule of DESIGN.md ("Which way imports point"). A new module needs a line in it.
What stands under `if TYPE_CHECKING:` is for the type checker and points where it likes.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import caretool

# layer: (its modules, the layers whose modules it may import)
LAYERS: dict[str, tuple[str, str]] = {
    "entry": ("cli contents __main__", "entry app output options"),
    "app": (
        "app asked asking passphrase failing seeing",
        "package app completing db keeping output options words",
    ),
    "completing": ("completing", "store"),
    "commands": (
        "commands.*",
        "package app output options typed shared keeping store intake core words",
    ),
    "shared": (
        "importing accounting laying_out planning showings admission registration dispensing"
        " owners refusals overlaps in_vain"
        " chart number_merges walkthrough example_files deciding joining whose figures"
        " private_file private_folder deidentified care_checks medicine_list reconciling"
        " reconcile_walk",
        "package shared output store intake core words",
    ),
    "store": ("store.*", "package store core words"),
    "db": (
        "db care_file making trouble audit keys seen_aside copies file_kind",
        "package db migrations words",
    ),
    "keeping": (
        "leaving backups restoring checking purging encrypting undoing",
        "package db keeping store migrations words",
    ),
    "migrations": ("migrations schema schema.*", "migrations"),
    "intake": ("intake.*", "package intake core words"),
    "typed": ("typed", "intake core words"),
    "output": ("output pages progress tables", "package output words"),
    "options": ("options", ""),
    "core": (
        "schedule items load history triggers standing episodes outreach diagnoses explain tracing"
        " ranking absent workdays protocols rule_files rule_tables worked worked_facts lint never"
        " adherence coverage lace telling"
        " refills drug_classes class_tables drug_names same_fill supply methods persistence"
        " day_page day_picture"
        " catalogue medicines reconciliation self_reports matching proof"
        " evidence candidates likeness namesakes away safe_harbor rules rules.compiled"
        " rules.compiled_medicines",
        "core words",
    ),
    "words": ("dates model supply_facts errors names spreadsheet short_file findings", "words"),
    "package": ("caretool commands store intake", ""),
}
EXCEPTIONS = {
    ("commands.upgrade", "db"): "the one command that is about the file itself",
    ("app", "progress"): "a bar on standard error",
}
# what is not ours and not Python's own: who may import it
OUTSIDE: dict[str, str] = {
    "typer": "entry app options commands",
    "rich": "output",
    "sqlite3": "db migrations",
    "sqlite_utils": "db migrations",
    "sqlcipher3": "db",
    "dateutil": "core words",
    "rapidfuzz": "core",
    "python_calamine": "intake",
    "hl7": "intake",
}
ONLY_LIKENESS = "rapidfuzz"
CLOCKS = {
    ("date", "today"), ("datetime", "today"), ("datetime", "now"), ("datetime", "utcnow"),
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"),
}  # fmt: skip

CLI_LINES, MODULE_LINES, FUNCTION_LINES = 230, 430, 60

ROOT = Path(caretool.__file__).parent


class Import(NamedTuple):
    """One import at run time: by whom, of what, where."""

    module: str
    name: str
    line: int


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "caretool"


TREES = {
    _name(path): ast.parse(path.read_text(encoding="utf-8"), str(path))
    for path in sorted(ROOT.rglob("*.py"))
}


def _layer(module: str) -> str | None:
    exact = [layer for layer, (members, _) in LAYERS.items() if module in members.split()]
    folder = f"{module.partition('.')[0]}.*"
    inside = [layer for layer, (members, _) in LAYERS.items() if folder in members.split()]
    return next(iter(exact or inside), None)


def _nodes(tree: ast.AST) -> list[ast.AST]:
    """Every node that exists at run time."""
    found = []
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        found.append(node)
        children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            children = list(node.orelse)
        todo.extend(children)
    return found


def _imports(module: str) -> list[Import]:
    found = []
    for node in _nodes(TREES[module]):
        if isinstance(node, ast.Import):
            found += [Import(module, alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: imports name the whole path"
            source = node.module or ""
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                is_module = inner.removeprefix("caretool.") in TREES
                found.append(Import(module, inner if is_module else source, node.lineno))
    return found


ALL = [one for module in TREES for one in _imports(module)]
OURS = [one for one in ALL if one.name.partition(".")[0] == "caretool"]
OTHERS = [one for one in ALL if one.name.partition(".")[0] != "caretool"]


def test_every_module_has_its_place_in_the_table() -> None:
    assert [module for module in TREES if _layer(module) is None] == []


def test_imports_point_one_way() -> None:
    wrong = []
    for one in OURS:
        target = one.name.removeprefix("caretool.")
        if target == "__version__" or (one.module, target) in EXCEPTIONS:
            continue
        allowed = LAYERS[_layer(one.module) or ""][1].split()
        if _layer(target) not in allowed:
            wrong.append(f"{one.module}:{one.line} imports {target}")
    assert wrong == []


def test_every_exception_is_still_needed() -> None:
    made = {(one.module, one.name.removeprefix("caretool.")) for one in OURS}
    assert set(EXCEPTIONS) <= made


def test_commands_never_import_each_other() -> None:
    commands = [one for one in OURS if one.module.startswith("commands.")]
    assert len({one.module for one in commands}) >= 15, "the walk has found the commands"
    assert [one for one in commands if one.name.startswith("caretool.commands.")] == []


def test_only_python_itself_and_the_packages_of_the_table_are_imported() -> None:
    wrong = [
        f"{one.module}:{one.line} imports {one.name}"
        for one in OTHERS
        if one.name.partition(".")[0] not in OUTSIDE.keys() | sys.stdlib_module_names
    ]
    assert wrong == []


@pytest.mark.parametrize("package", OUTSIDE)
def test_an_outside_package_stays_in_its_layers(package: str) -> None:
    users = [one for one in OTHERS if one.name.partition(".")[0] == package]
    assert users, "the table names a package that nobody uses"
    allowed = OUTSIDE[package].split()
    wrong = [f"{one.module}:{one.line}" for one in users if _layer(one.module) not in allowed]
    assert wrong == []


def test_only_likeness_compares_spellings() -> None:
    users = {one.module for one in OTHERS if one.name.partition(".")[0] == ONLY_LIKENESS}
    assert users == {"likeness"}


def test_nobody_imports_click_whose_errors_typer_does_not_catch() -> None:
    assert [one for one in OTHERS if "click" in one.name.split(".")] == []


def test_nobody_loads_the_parser_that_guesses_dates() -> None:
    assert [one for one in OTHERS if one.name.startswith("dateutil.parser")] == []


def _calls(module: str) -> list[ast.Call]:
    return [node for node in _nodes(TREES[module]) if isinstance(node, ast.Call)]


def test_only_dates_asks_the_clock() -> None:
    asked = set()
    for module in TREES:
        for call in _calls(module):
            parts = ast.unparse(call.func).split(".")
            if tuple(parts[-2:]) in CLOCKS:
                asked.add(module)
    assert asked == {"dates"}


def test_no_sql_asks_the_clock() -> None:
    wrong = [
        f"{module}:{node.lineno}"
        for module, tree in TREES.items()
        for node in _nodes(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if "'now'" in node.value or "CURRENT_" in node.value
    ]
    assert wrong == []


def test_only_output_prints() -> None:
    printing = {"print", "sys.stdout.write", "sys.stdout.writelines", "sys.stderr.write"}
    users = {
        module
        for module in TREES
        for call in _calls(module)
        if ast.unparse(call.func) in printing or ast.unparse(call.func).startswith("typer.echo")
    }
    assert users == {"output"}


def test_only_output_asks_because_typers_prompts_write_to_standard_output() -> None:
    prompts = {"typer.prompt", "typer.confirm", "input"}
    wrong = [
        f"{module}:{call.lineno}"
        for module in TREES
        for call in _calls(module)
        if ast.unparse(call.func) in prompts
    ]
    assert wrong == []


def test_only_db_opens_sqlite_and_keys_what_is_encrypted() -> None:
    users = {
        module
        for module in TREES
        for call in _calls(module)
        if ast.unparse(call.func)
        in {"sqlite3.connect", "cipher.connect", "Database", "sqlite_utils.Database"}
    }
    assert users == {"db", "keys"}


def _lines(module: str) -> int:
    path = ROOT / Path(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    return len(file.read_text(encoding="utf-8").splitlines())


def test_modules_stay_short() -> None:
    assert _lines("cli") <= CLI_LINES
    sizes = {module: _lines(module) for module in TREES if module != "caretool"}
    assert {module: lines for module, lines in sizes.items() if lines > MODULE_LINES} == {}


def test_functions_stay_short() -> None:
    """Counted after signature and docstring: a command's signature is a table of options."""
    wrong = {}
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > FUNCTION_LINES:
                    wrong[f"{module}.{node.name}"] = lines
    assert wrong == {}
