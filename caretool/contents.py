"""The table of contents: every command, in which panel of the help it stands, and what it does.

The summaries are the first sentences of the commands' own help, so that listing them loads none.
"""

from __future__ import annotations

from caretool.app import Entry

MORNING = "Every morning"
PATIENTS = "Patients"
DISCHARGES = "Discharges"
MEDICATIONS = "Medications"
RECORD = "Care record"
RULES = "Rules"
FILE = "Care file"

CONTENTS: dict[str, Entry] = {
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
    "merge": Entry(
        PATIENTS,
        "merge",
        "Join two patients who are one person; everything of the second becomes the first's.",
    ),
    "unmerge": Entry(
        PATIENTS,
        "unmerge",
        "Take a merge back: what moved returns to its patient, what came later stays.",
    ),
    "duplicates": Entry(
        PATIENTS,
        "duplicates",
        "List patients on file who may be one person, the likeliest pair first, with the evidence.",
    ),
    "export-roster": Entry(
        PATIENTS,
        "export_roster",
        "Write the roster as CSV, or as the panel file that exchanges ask for.",
    ),
    "import-discharges": Entry(
        DISCHARGES,
        "import_discharges",
        "Import discharge lists and link each stay to a patient on file, or put it up for review.",
    ),
    "sniff": Entry(
        DISCHARGES,
        "sniff",
        "Say what a file is and how it would be read, as a layout that you can change and use.",
    ),
    "layouts": Entry(
        DISCHARGES,
        "layouts",
        "Keep the layouts by which lists are read: list, show, test, export, add or drop them.",
    ),
    "imports": Entry(
        DISCHARGES,
        "imports",
        "List the files that were imported, or all records of one with what became of them.",
    ),
    "review": Entry(
        DISCHARGES,
        "review",
        "List the stays that wait for your decision, or decide one; the decision is remembered.",
    ),
    "unlink": Entry(
        DISCHARGES,
        "unlink",
        "Take back a stay's link to a patient, also one that you decided; no list links it again.",
    ),
    "lace": Entry(
        DISCHARGES,
        "lace",
        "Work out the LACE score of a discharge: how likely is death or readmission in 30 days?",
    ),
    "medications": Entry(
        MEDICATIONS,
        "medications",
        "List a patient's medicines, with the last fill of each and when its supply runs out.",
    ),
    "add-medication": Entry(
        MEDICATIONS,
        "add_medication",
        "Put a medicine on a patient's list; the same one twice only with --anyway.",
    ),
    "stop-medication": Entry(
        MEDICATIONS,
        "stop_medication",
        "Stop a medicine on a patient's list; it stays on file with the day and the reason.",
    ),
    "reconcile": Entry(
        MEDICATIONS,
        "reconcile",
        "Go through a patient's medicines: list before, discharge list, what is taken, decision.",
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
    "drug-classes": Entry(
        MEDICATIONS,
        "drug_classes",
        "List the classes of medicines; or say of one medicine what it is, and of which class.",
    ),
    "void-contact": Entry(
        RECORD,
        "void_contact",
        "Void a contact that was entered in error; dates are as if it had never been.",
    ),
    "history": Entry(
        RECORD,
        "history",
        "List what was done, the latest first; about one patient, or one command in full.",
    ),
    "undo": Entry(
        RECORD,
        "undo",
        "Undo the last command, or the one named; refused when later work stands on it.",
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
    "export": Entry(
        FILE,
        "export",
        "Write everything to a new folder as CSV, to leave or to keep; or only what identifies"
        " nobody.",
    ),
    "demo": Entry(
        FILE,
        "demo",
        "Build a practice of 60 made-up people in a new folder and walk through a morning with it.",
    ),
    "backup": Entry(
        FILE,
        "backup",
        "Copy the care file, also while it is in use, and check the copy; removes only what you"
        " say.",
    ),
    "restore": Entry(
        FILE,
        "restore",
        "Put a backup, or what export --all wrote, in the place of the care file, which is kept.",
    ),
    "check": Entry(
        FILE,
        "check",
        "Check the file, its history and what of the care wants mending; changes nothing.",
    ),
    "purge": Entry(
        FILE,
        "purge",
        "Remove records of who saw what that are older than an age; says first how many.",
    ),
    "encrypt": Entry(
        FILE,
        "encrypt",
        "Encrypt the care file with a passphrase; the plain one goes once its copy is checked.",
    ),
    "decrypt": Entry(
        FILE,
        "decrypt",
        "Decrypt the care file, so that whoever can read your files can read it.",
    ),
    "change-passphrase": Entry(
        FILE,
        "change_passphrase",
        "Give an encrypted care file another passphrase; the former one opens it no more.",
    ),
    "upgrade": Entry(
        FILE,
        "upgrade",
        "Bring the care file up to date; of an older one a backup is made first.",
    ),
}
