"""caretool's table of contents: every command, where it stands in the help, and `main`."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from caretool import options, output
from caretool.app import CareGroup
from caretool.contents import CONTENTS

CareGroup.contents = CONTENTS

app = typer.Typer(
    name="caretool",
    cls=CareGroup,
    no_args_is_help=False,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


@app.callback()
def root(
    ctx: typer.Context,
    db: options.DbOption = None,
    as_of: options.AsOfOption = None,
    *,
    json: options.JsonOption = False,
    csv: options.CsvOption = False,
    spreadsheet: options.SpreadsheetOption = False,
    plain: options.PlainOption = False,
    mask: options.MaskOption = False,
    quiet: options.QuietOption = False,
    passphrase_file: options.PassphraseFileOption = None,
    version: Annotated[bool, typer.Option("--version", help="Show versions and end.")] = False,
) -> None:
    """The morning list of one care manager: whom to contact today, why, and what happens next.

    Everything is kept in one private file on this computer; nothing is sent anywhere.
    """
    ctx.obj = {
        "db": db, "as_of": as_of, "json": json, "csv": csv, "spreadsheet": spreadsheet,
        "plain": plain, "mask": mask, "quiet": quiet, "passphrase_file": passphrase_file,
    }  # fmt: skip
    if version:
        from caretool import failing

        output.write_text(failing.versions())
    elif ctx.invoked_subcommand is None:
        output.write_text(ctx.get_help())


def main() -> None:
    """Run the command line; this is the installed program."""
    # A run ends before garbage matters, and looking for it walks every due item of a large panel
    gc.disable()
    output.speak_utf8()
    app()


if __name__ == "__main__":
    main()
