"""A practice's own files of rules, beside the care file: which are in force, and are they right?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from caretool.errors import RuleError

if TYPE_CHECKING:
    from caretool.db import CareFile
    from caretool.drug_classes import Classes
    from caretool.errors import CareError


def rules(care_file: Path | None) -> Path | None:
    """The practice's own file of care rules, if there is one."""
    return _own_file(care_file, "CARETOOL_PROTOCOLS", "protocols.toml")


def drug_classes(care_file: Path | None) -> Path | None:
    """The practice's own file of classes of medicines, if there is one."""
    return _own_file(care_file, "CARETOOL_DRUG_CLASSES", "drug-classes.toml")


def _own_file(care_file: Path | None, variable: str, name: str) -> Path | None:
    named = os.environ.get(variable)
    if named:
        return Path(named)
    if care_file is None:
        return None
    beside = care_file.parent / name
    # Whatever has that name is meant: a folder, or a link to a disk that is not there, is told
    return beside if os.path.lexists(beside) else None


def classes(db: CareFile) -> Classes:
    """The classes of medicines in force; see `classes_in_force`."""
    return classes_in_force(drug_classes(db.path), db.noticed)


def classes_in_force(own: Path | None, noticed: list[CareError]) -> Classes:
    """The classes of medicines with those of the practice's own file.

    When that file is wrong, the built-in ones, and what is wrong is added to what was noticed.

    Raises:
        RuleError: the built-in file is wrong.
    """
    from caretool.drug_classes import load_classes  # the morning list needs none of them

    try:
        return load_classes(own)
    except RuleError as problem:
        if own is None:
            raise
        notice(problem, noticed, "classes")
    return load_classes()


def notice(problem: RuleError, noticed: list[CareError], what: str) -> None:
    """Tell once that a practice's own file is not in force."""
    if all(one.message != problem.message for one in noticed):
        hint = f"{problem.hint}; until then the built-in {what} hold"
        noticed.append(RuleError(problem.message, hint))
