"""caretool's table of contents: every command, where it stands in the help, and `main`."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from caretool import options, output
from caretool.app import CareGroup, Entry

MORNING = "Every morning"
PATIENTS = "Patients"
DISCHARGES = "Discharges"
MEDICATIONS = "Medications"
RECORD = "Care record"
RULES = "Rules"
FILE = "Care file"

CareGroup.contents = {
    "due-today": Entry(
        MORNING,
        "due_today",
        "Show whom to contact today, most urgent first, one line a patient.",
    ),
    "log-contact": Entry(
        MORNING,
        "log_contact",
        "Log a contact or an attempt, in either direction; prints the next date and why.",
    ),
    "why": Entry(
        MORNING,
        "why",
        "Explain a patient's dates: the fact, the rule, each shift, the result, what changes it.",
    ),
    "hold": Entry(
        MORNING,
        "hold",
        "Pause a patient's follow-up until a day; what must be done by a limit is still shown.",
    ),
    "defer": Entry(
        MORNING,
        "defer",
        "Move one open item to another day, within its limit.",
    ),
    "waive": Entry(
        MORNING,
        "waive",
        "Note that an open item will not be done, and why.",
    ),
    "appointment": Entry(
        MORNING,
        "appointment",
        "Note when a patient's next visit is, in place of the one noted before; or that it is off.",
    ),
    "away": Entry(
        MORNING,
        "away",
        "Keep your own days off, and see which dates move because of them.",
    ),
    "week": Entry(
        MORNING,
        "week",
        "Show how full the coming days are, and what could move from a full one past no limit.",
    ),
    "stale": Entry(
        MORNING,
        "stale",
        "List patients under care management who have slipped: silent, without a date or a phone.",
    ),
    "add-patient": Entry(
        PATIENTS,
        "add_patient",
        "Add a patient; without a name, asks for name and birth date.",
    ),
    "import-patients": Entry(
        PATIENTS,
        "import_patients",
        "Import rosters: new patients are added, known ones corrected and completed.",
    ),
    "edit-patient": Entry(
        PATIENTS,
        "edit_patient",
        "Change a patient; status and tier hold from --on (today unless said).",
    ),
    "patients": Entry(
        PATIENTS,
        "patients",
        "List or search patients, by name.",
    ),
    "show": Entry(
        PATIENTS,
        "show",
        "Show one patient: who, what is due and why, contacts, discharges, medicines.",
    ),
    "enrol": Entry(
        PATIENTS,
        "enrol",
        "Take a patient of the roster into care management, which answers an open offer.",
    ),
    "decline": Entry(
        PATIENTS,
        "decline",
        "Note that a patient of the roster declines care management, or that it does not suit"
        " them.",
    ),
    "reopen": Entry(
        PATIENTS,
        "reopen",
        "Reopen a closed patient, on the roster or under care management.",
    ),
    "import-discharges": Entry(
        DISCHARGES,
        "import_discharges",
        "Import discharge lists and link each stay to a patient on file, or put it up for review.",
    ),
    "review": Entry(
        DISCHARGES,
        "review",
        "List the stays that wait for your decision, or decide one; the decision is remembered.",
    ),
    "lace": Entry(
        DISCHARGES,
        "lace",
        "Work out the LACE score of a discharge: how likely is death or readmission in 30 days?",
    ),
    "import-fills": Entry(
        MEDICATIONS,
        "import_fills",
        "Import pharmacy fills: patient, medicine, date, days' supply, class if known.",
    ),
    "adherence": Entry(
        MEDICATIONS,
        "adherence",
        "Show the share of days with medicine, lowest first; or one patient day by day.",
    ),
    "void-contact": Entry(
        RECORD,
        "void_contact",
        "Void a contact that was entered in error; dates are as if it had never been.",
    ),
    "protocols": Entry(
        RULES,
        "protocols",
        "List the care rules in force and their files; or show one in full, with its source.",
    ),
    "check-protocols": Entry(
        RULES,
        "check_protocols",
        "Check the care rules: what is malformed or can never come true; runs their worked"
        " examples.",
    ),
    "compare-protocols": Entry(
        RULES,
        "compare_protocols",
        "Show what other rules would do to everybody: who moves, and when; changes nothing.",
    ),
    "demo": Entry(
        FILE,
        "demo",
        "Build a practice of 60 made-up people in a new folder and walk through a morning with it.",
    ),
    "upgrade": Entry(
        FILE,
        "upgrade",
        "Bring the care file up to date; an older one is copied beside itself first.",
    ),
}

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
    plain: options.PlainOption = False,
    mask: options.MaskOption = False,
    quiet: options.QuietOption = False,
    version: Annotated[bool, typer.Option("--version", help="Show versions and end.")] = False,
) -> None:
    """The morning list of one care manager: whom to contact today, why, and what happens next.

    Everything is kept in one private file on this computer; nothing is sent anywhere.
    """
    ctx.obj = {
        "db": db, "as_of": as_of, "json": json, "csv": csv,
        "plain": plain, "mask": mask, "quiet": quiet,
    }  # fmt: skip
    if version:
        output.write_versions()
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
