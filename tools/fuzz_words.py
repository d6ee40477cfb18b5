"""Hostile words on the command line, dates, and rules: the cases `arguments`, `dates`, `rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caretool.contents import CONTENTS
from caretool.rules import RULES
from tools.fuzz_lists import form, lists
from tools.fuzz_texts import NUMBERS, argument, date_text, spoiled, spoiled_toml, text, toml_value
from tools.fuzz_trial import Case

if TYPE_CHECKING:
    from random import Random

_DATED: tuple[tuple[str, ...], ...] = (
    ("due-today", "--as-of", "@"),
    ("patients", "--as-of", "@"),
    ("week", "--as-of", "@"),
    ("why", "P2", "--as-of", "@"),
    ("why", "P2", "--on-day", "@"),
    ("show", "P2", "--as-of", "@"),
    ("stale", "--as-of", "@"),
    ("adherence", "--from", "@", "--to", "@"),
    ("adherence", "P2", "--from", "@", "--to", "@", "--method", "cma7"),
    ("log-contact", "P1", "--outcome", "reached_patient", "--on", "@"),
    ("log-contact", "P1", "--outcome", "reached_patient", "--next", "@"),
    ("add-patient", "Stone, Amy", "--dob", "@"),
    ("add-patient", "Stone, Amy", "--dob", "1960-03-03", "--on", "@"),
    ("edit-patient", "P2", "--dob", "@"),
    ("edit-patient", "P2", "--tier", "high", "--on", "@"),
    ("hold", "P2", "--until", "@"),
    ("hold", "P2", "--until", "@", "--on", "@"),
    ("appointment", "P2", "@"),
    ("away", "add", "@", "@"),
    ("away", "add", "@"),
    ("lace", "P2", "--admitted", "@"),
    ("lace", "P2", "--on", "@"),
    ("add-medication", "P1", "metformin 500 mg", "--start", "@"),
    ("stop-medication", "P2", "M1", "--why", "x", "--on", "@"),
    ("defer", "P2", "routine", "--to", "@", "--why", "x"),
    ("waive", "P2", "routine", "--why", "x", "--on", "@"),
    ("enrol", "P1", "--on", "@"),
)


def dates(rnd: Random) -> Case:
    """A command with a date that is none, or hardly one; or a list with such dates."""
    if rnd.random() < 0.1:
        one = rnd.choice(lists())
        lines = one.body.decode("utf-8-sig", "replace").splitlines()
        cells = lines[-1].split(one.delimiter)
        for _ in range(3):
            cells[rnd.randrange(len(cells))] = date_text(rnd).replace(one.delimiter, " ")
        rows = "\n".join([*lines[:-1], one.delimiter.join(cells)])
        way = rnd.choice(([], ["--date-format", rnd.choice(("mdy", "dmy", "iso"))]))
        args = [one.command, "list.csv", "--dry-run", *(way or one.options), *form(rnd)]
        return Case("dates", [args], files={"list.csv": rows.encode("utf-8", "surrogatepass")})
    made = rnd.choice(_DATED)
    said = [date_text(rnd) if word == "@" else word for word in made]
    case = Case("dates", [[argument(word) for word in (*said, *form(rnd))]])
    if rnd.random() < 0.1:
        case.environ["CARETOOL_TODAY"] = argument(date_text(rnd))
    case.terminal = rnd.random() < 0.3
    return case


# rules

PROTOCOLS = """version = "clinic 1"
calendar = "{calendar}"
default_tier = "moderate"
topics = ["goal_review"]
[retry]
after = "1 business day"
[ladder]
attempts = 3
within = "30 days"
rest = "30 days"
[[raise]]
by = "lace"
after = "30 days"
at_least = 10
words = "high risk of readmission"
source = "clinic"
[[protocol]]
name = "home_visit"
title = "Visit at home"
trigger = "discharge"
statuses = ["active"]
classes = ["inpatient"]
dispositions = ["yes"]
source = "clinic protocol 7"
[[protocol.rule]]
name = "first"
title = "visit within 3 business days"
kind = "home_visit"
strength = "should"
anchor = "event"
target = "3 business days"
limit = "5 business days"
done_by = ["visit"]
source = "clinic protocol 7"
[[protocol]]
name = "routine"
[[protocol.rule]]
name = "high"
target = "10 days"
limit = "20 days"
[[example]]
rule = "transition/contact"
why = "Friday: business day 1 is Monday, business day 2 is Tuesday"
facts = [{ discharge = 2026-03-06 }]
today = 2026-03-10
boundary = true
target = 2026-03-09
limit = 2026-03-10
state = "overdue"
"""
CLASSES = """[[class]]
code = "statins"
names = ["lipid pills"]
threshold = 0.9
min_age = 21
[[class]]
code = "own_class"
label = "Our own"
source = "clinic"
atc = ["N02BE"]
ingredients = ["paracetamol"]
ndc = ["00093-1048-01"]
excluded_by = ["statins"]
excluded_conditions = ["ckd"]
one_at_a_time = true
replace = true
"""
_CALENDAR = """first = 2020
last = 2040
[holidays]
"Day of rest" = [2026-11-24, 2026-12-25]
x = [2027-01-01]
"""
_READING: tuple[tuple[str, ...], ...] = (
    ("due-today",), ("due-today", "--days", "60"), ("week",), ("why", "P2"), ("why", "P2", "--all"),
    ("show", "P2"), ("stale",), ("protocols",), ("protocols", "transition/contact"),
    ("protocols", "home_visit/first"), ("check-protocols",),
    ("check-protocols", "own/protocols.toml"), ("compare-protocols", "own/protocols.toml"),
    ("compare-protocols", "own/protocols.toml", "--all"), ("drug-classes",),
    ("drug-classes", "own_class"), ("drug-classes", "statins"), ("adherence",), ("adherence", "P2"),
    ("medications", "P2"),
)  # fmt: skip


def rules(rnd: Random) -> Case:
    """Rules of a practice's own that are hostile, and commands that go by them."""
    calendar = rnd.choice(("us-federal", "us-federal", "own", text(rnd)))
    said = {
        "protocols.toml": PROTOCOLS.replace("{calendar}", calendar),
        "drug-classes.toml": CLASSES,
        "calendars/own.toml": _CALENDAR,
    }
    if rnd.random() < 0.1:
        said["protocols.toml"] = (RULES / "protocols.toml").read_text("utf-8")
    name = rnd.choice(list(said))
    body = spoiled_toml(said[name], rnd)
    if rnd.random() < 0.2:
        body = spoiled(said[name].encode("utf-8", "surrogatepass"), rnd)
    elif rnd.random() < 0.05:
        lines = (f"{text(rnd)[:9]} = {toml_value(rnd)}" for _ in range(rnd.randint(0, 9)))
        body = "\n".join(lines).encode("utf-8", "surrogatepass")
    bodies = {one: text.encode("utf-8", "surrogatepass") for one, text in said.items()}
    bodies[name] = body
    commands = [[*rnd.choice(_READING), *form(rnd)] for _ in range(2)]
    return Case(
        "rules", commands, files={f"own/{one}": body for one, body in bodies.items()
                                  if "/" not in one},
        beside=bodies, terminal=rnd.random() < 0.5, about=name,
    )  # fmt: skip


# arguments

_NEVER = ("--install-completion", "--show-completion")  # they look at the user's own shell
_SLOW = {"demo": 0.02}
_PLAUSIBLE = (
    "P1", "P2", "P3", "P61", "D1", "D2", "D17", "C1", "M1", "M2", "R1", "R2", "routine", "contact",
    "transition/calls", "reached_patient", "left_voicemail", "no_answer", "Stone", "Stone, Amy",
    "005280", "metformin", "metformin 500 mg", "statin", "I50.21", "ckd", "423-555-0142", "37391",
    "English", "mail.csv", "none.toml", "-", "list", "show", "add", "drop", "high", "active",
    "deceased", "America/New_York", "pdc", "mpr", "cma7", "goal_review", "us-federal", "practice",
)  # fmt: skip


def arguments(rnd: Random, commands: dict[str, list[Any]]) -> Case:
    """A command with words that fit and such that do not; `commands` say what each one takes."""
    names = [one for one in CONTENTS if rnd.random() < _SLOW.get(one, 1)]
    name = rnd.choice(names)
    args = [name if rnd.random() < 0.98 else argument(text(rnd))]
    for one in commands[name]:
        if one.param_type_name == "argument":
            if rnd.random() < 0.93:
                args += [_word(one, rnd) for _ in range(1 + (rnd.random() < 0.05))]
        elif rnd.random() < (0.8 if one.required else 0.12) and one.opts[0] not in _NEVER:
            args.append(rnd.choice((*one.opts, *one.secondary_opts)))
            if not one.is_flag:
                args += [_word(one, rnd) for _ in range(max(1, one.nargs))]
    if rnd.random() < 0.05:
        args.insert(rnd.randint(0, len(args)), argument(text(rnd)))
    if rnd.random() < 0.05:
        rnd.shuffle(args)
    args = [one for one in args if not one.startswith(_NEVER)]
    case = Case("arguments", [[*args, *form(rnd)]], terminal=rnd.random() < 0.5)
    case.files = {"list.csv": rnd.choice(lists()).body, "mail.csv": b"Medication\nx 5 mg\n"}
    case.asked = rnd.random() < 0.3
    if case.asked or "-" in args:
        words = (*_PLAUSIBLE, "", "y", "n", "s", "1")
        said = (
            text(rnd) if rnd.random() < 0.4 else rnd.choice(words) for _ in range(rnd.randint(0, 9))
        )
        case.stdin = "\n".join(said).encode("utf-8", "surrogatepass")
    return case


def _word(one: Any, rnd: Random) -> str:  # noqa: ANN401 - what a command takes, as Typer's Click
    """Something for an option or argument: most often of the kind that it takes."""
    chance = rnd.random()
    label = f"{one.metavar or ''}{one.name}".casefold()
    if "patient" in label or "duplicate" in label:
        return rnd.choice(("P1", "P2", "P3", "P4", "P27", "P30", "Stone", "005280"))
    choices = getattr(one.type, "choices", None)
    if chance < 0.15:
        return argument(text(rnd))
    if choices and chance < 0.9:
        return str(rnd.choice(list(choices)))
    if "date" in label or label in {"from|nfirst", "tolast"}:
        return argument(date_text(rnd))
    if "range" in one.type.name or label.startswith("n"):
        return rnd.choice(NUMBERS)
    if "file" in label or "folder" in label or "path" in label:
        return rnd.choice(("list.csv", "./list.csv", "mail.csv", "new.csv", "no/new.csv", ".", "..",
                           "/dev/null", "/dev/full", "/dev/zero", "a\x1b[2J.csv", "a\u202e.csv",
                           "x" * 300, "mine.toml", "r.csv"))  # fmt: skip
    return rnd.choice(_PLAUSIBLE)
