"""The options that several commands share, written once so that all spell them alike."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from inspect import Parameter

COMMON_PANEL = "Every command"


def _common(*names: str, help: str, **more: Any) -> Any:  # noqa: A002, ANN401 - Typer's own word
    return typer.Option(*names, help=help, rich_help_panel=COMMON_PANEL, show_default=False, **more)


DbOption = Annotated[
    Path | None,
    _common("--db", metavar="PATH", readable=False, help="The care file; else CARETOOL_DB; else care.db in your application folder."),  # noqa: E501
]  # fmt: skip
JsonOption = Annotated[bool, _common("--json", help="Print one JSON document.")]
CsvOption = Annotated[bool, _common("--csv", help="Print CSV with a header.")]
SpreadsheetOption = Annotated[
    bool, _common("--spreadsheet", help="Print CSV made safe to open in a spreadsheet.")
]
PlainOption = Annotated[
    bool, _common("--plain", help="Print one record a line, tab-separated, without a header.")
]
MaskOption = Annotated[bool, _common("--mask", help="Show initials and ids only.")]
QuietOption = Annotated[bool, _common("--quiet", help="No summaries and hints.")]
PassphraseFileOption = Annotated[
    Path | None,
    _common("--passphrase-file", metavar="FILE", readable=False, help="Open an encrypted care file with the first line of FILE."),  # noqa: E501
]  # fmt: skip
AsOfOption = Annotated[
    str | None,
    _common("--as-of", metavar="DATE", help="What today is; else CARETOOL_TODAY; else the local date."),  # noqa: E501
]  # fmt: skip

# The contract's table "Every command": name of the parameter, its type with the option, default.
COMMON: tuple[tuple[str, Any, Any], ...] = (
    ("db", DbOption, None),
    ("json", JsonOption, False),
    ("csv", CsvOption, False),
    ("spreadsheet", SpreadsheetOption, False),
    ("plain", PlainOption, False),
    ("mask", MaskOption, False),
    ("quiet", QuietOption, False),
    ("passphrase_file", PassphraseFileOption, None),
)
AS_OF: tuple[str, Any, Any] = ("as_of", AsOfOption, None)


class Mark(Enum):
    """What `-` means for a parameter; it stands beside Typer's part of the annotation."""

    PATIENT = "who is meant: - asks, or reads a line of standard input"
    PIPED = "a text: - reads all of standard input"


def marks(parameters: Iterable[Parameter]) -> dict[str, Mark]:
    """The parameters of a command that are marked, by name."""
    found = {}
    for one in parameters:
        for part in getattr(one.annotation, "__metadata__", ()):
            if isinstance(part, Mark):
                found[one.name] = part
    return found


def patient_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """What a shell offers where a patient is typed; the group of all commands knows the file."""
    group: Any = ctx.find_root().command
    found: list[str] = group.patient_ids(ctx, incomplete)
    return found


WHO = "P42, a record number, (part of) a name; - asks"
PatientArgument = Annotated[
    str,
    typer.Argument(metavar="PATIENT", help=f"{WHO}.", show_default=False, autocompletion=patient_ids),  # noqa: E501
    Mark.PATIENT,
]  # fmt: skip
AnyPatientArgument = Annotated[
    str | None,
    typer.Argument(metavar="PATIENT", help=f"{WHO}.", show_default=False, autocompletion=patient_ids),  # noqa: E501
    Mark.PATIENT,
]  # fmt: skip
KindArgument = Annotated[
    str,
    typer.Argument(metavar="KIND", help="Which item: its kind (routine), or its rule (transition/calls).", show_default=False),  # noqa: E501
]  # fmt: skip
FilesArgument = Annotated[
    list[str],
    typer.Argument(metavar="FILE…", help="The file or files to read; - is standard input.", show_default=False),  # noqa: E501
]  # fmt: skip
OnOption = Annotated[
    str | None,
    typer.Option("--on", metavar="DATE", help="The day it happened; today unless said.", show_default=False),  # noqa: E501
]  # fmt: skip
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would happen and keep nothing.")
]
RejectsOption = Annotated[
    Path | None,
    typer.Option("--rejects", metavar="FILE", help="Where to write rejected rows; else beside the input file.", show_default=False),  # noqa: E501
]  # fmt: skip
DateFormatOption = Annotated[
    Literal["iso", "mdy", "dmy"] | None,
    typer.Option("--date-format", metavar="iso|mdy|dmy", help="How the file writes dates, where that is unclear.", show_default=False),  # noqa: E501
]  # fmt: skip
LayoutOption = Annotated[
    str | None,
    typer.Option("--layout", metavar="NAME|FILE", help="The layout to read it by; auto works it out anew.", show_default=False),  # noqa: E501
]  # fmt: skip
NoSaveLayoutOption = Annotated[
    bool, typer.Option("--no-save-layout", help="Do not remember how this list was read.")
]
TimeZoneOption = Annotated[
    str | None,
    typer.Option("--time-zone", metavar="NAME", help="Where you live, for lists with times in UTC: America/New_York.", show_default=False),  # noqa: E501
]  # fmt: skip
NewPassphraseFileOption = Annotated[
    Path | None,
    typer.Option("--new-passphrase-file", metavar="FILE", readable=False, help="Take the new passphrase from the first line of FILE; else asks.", show_default=False),  # noqa: E501
]  # fmt: skip
RowsOption = Annotated[bool, typer.Option("--rows", help="In --json, one entry a record.")]
