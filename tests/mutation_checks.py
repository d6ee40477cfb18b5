"""Is a spoiled file taken as the contract says, and is nobody linked wrongly?

The oracle of links knows nothing of `caretool.matching`. It looks at the text of the record and at
the panel: whoever a row is linked to must stand in it, by name and by birth date, and nothing in it
may say another sex or birth date. Where the row still has the name and birth date of a row of the
public list, the truth of that row must allow the link.
"""

from __future__ import annotations

import calendar
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import sys
import time
import tomllib
import unicodedata
from collections import defaultdict
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rapidfuzz.distance import OSA

from caretool import cli
from tests.mutations import DATA, PEOPLE, Base, Mutated, grid_of, header_at

if TYPE_CHECKING:
    from random import Random

OUTCOMES = ("new", "updated", "unchanged", "cancelled", "skipped", "rejected")
TODAY = "2026-11-23"
MOST_SECONDS = 10
LONGEST = 600  # characters of one message
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MONTHS = {name.casefold(): at for at, name in enumerate(calendar.month_abbr)}
_ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
# After these a cell may stand under another heading, or under none: what it says does not count
_SLIPPING = "ragged|heading|column_|layout|people|cut|splice|drop|noise|flip|double|junk|quote"
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str
    seconds: float


@dataclass
class Checked:
    """What came of one spoiled file."""

    code: int
    seconds: float
    problems: list[str] = field(default_factory=list)
    refused: str = ""
    """The first error, without the name of the file."""
    linked: int = 0
    doubtful: list[str] = field(default_factory=list)
    """Links that a spoiled row allows although the unspoiled one did not."""


def run(*args: object) -> Ran:
    """Run the command line in this process, its streams being real UTF-8 files."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in "12")
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    started = time.perf_counter()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = typer.main.get_command(cli.app).main(
                args=[str(arg) for arg in args], standalone_mode=False
            )
    finally:
        sys.stdin = stdin
    seconds = time.perf_counter() - started
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))
    return Ran(code, *texts, seconds)


# the panel and the truth


@dataclass(frozen=True)
class Patient:
    """A patient of the panel."""

    id: str
    last: str
    first: str
    middle: str
    born: date
    sex: str
    numbers: tuple[str, ...]
    """Record number, member number, phone, street: whatever else is the patient's own."""


@cache
def panel() -> dict[str, Patient]:
    """The panel by record number."""
    with (DATA / "panel.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["mrn"]: Patient(
                row["patient_id"],
                row["last_name"],
                row["first_name"],
                row["middle_name"],
                date.fromisoformat(row["dob"]),
                row["sex"],
                tuple(
                    squeezed(row[one]).lstrip("0")
                    for one in ("mrn", "member_id", "phone", "address")
                    if row[one]
                ),
            )
            for row in csv.DictReader(file)
        }


@dataclass(frozen=True)
class Original:
    """A row of a public list: who it is, by what it says."""

    name_and_birth: frozenset[str]
    all: frozenset[str]
    patient_id: str


@cache
def originals(base: Base) -> tuple[Original, ...]:
    """The rows of a list with their truth; none where the list has no names."""
    if not base.identity:
        return ()
    with (DATA / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {int(row["row"]): row for row in csv.DictReader(file) if row["file"] == base.name}
    text = base.body.decode(base.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=base.delimiter)
    grid = grid_of(base)
    header = grid[header_at(grid)]
    places = [header.index(heading) for heading in base.identity]
    found, start = [], 1
    for cells in reader:
        true, start = truth.get(start), reader.line_num + 1
        if true is None or true["kind"] == "junk" or len(cells) <= max(places):
            continue
        said = [cells[place].strip() for place in places]
        if all(said[: base.names + 1]):
            found.append(
                Original(
                    frozenset(said[: base.names + 1]),
                    frozenset(said) - {""},
                    true["patient_id"],
                )
            )
    return tuple(found)


# the texts of records


def texts_of(made: Mutated, report: dict[str, Any]) -> dict[int, str]:
    """The text of each record, by its number; what it refers to is part of it."""
    rows = report["rows"]
    if report["format"] == "workbook":
        found = {}
        for row in rows:
            cells = made.grid[row["line"] - 1] if row["line"] <= len(made.grid) else []
            found[row["record"]] = "\n".join(cells)
        return _with_people(found, made)
    encoding = report["encoding"] or "utf-8"
    text = made.plain.decode(encoding, "replace")
    if report["format"] == "fhir":
        return _fhir_texts(text, rows)
    lines = re.split("\r\n|\r|\n", text)
    starts = sorted({row["line"] for row in rows})
    ends = dict(pairwise([*starts, len(lines) + 1]))
    shared = report["format"] == "hl7"  # a frame may end one message and start the next on a line
    found = {
        row["record"]: "\n".join(lines[row["line"] - 1 : ends[row["line"]] - 1 + shared])
        for row in rows
    }
    return _with_people(found, made)


def _with_people(found: dict[int, str], made: Mutated) -> dict[int, str]:
    """The texts, each with what the second file says of the people that it names."""
    if made.people is None:
        return found
    people: dict[str, str] = defaultdict(str)
    ids: list[str] = []
    for line in re.split("[\r\n]+", _decoded(made.people)):
        ids = re.findall(_ID, line) or ids  # else it is the rest of the line before
        for one in ids:
            people[one] += "\n" + line
    return {
        record: "\n".join([own, *(people[one] for one in re.findall(_ID, own) if one in people)])
        for record, own in found.items()
    }


def _decoded(body: bytes) -> str:
    encodings = ("utf-16", "utf-8") if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8",)
    for encoding in encodings:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    if body[1:2] == b"\0":
        return body.decode("utf-16-le", "replace")
    return body.decode("utf-16-be" if body[:1] == b"\0" else "cp1252", "replace")


def _fhir_texts(text: str, rows: list[dict[str, Any]]) -> dict[int, str]:
    whole = {row["record"]: text for row in rows}
    try:
        documents = [json.loads(text)]
    except ValueError:
        documents = []
        for line in text.split("\n"):
            try:
                documents.append(json.loads(line) if line.strip() else None)
            except (ValueError, RecursionError):
                return whole
    encounters, patients = [], []

    def walk(thing: Any) -> None:
        if isinstance(thing, dict):
            kind = thing.get("resourceType")
            if kind == "Encounter":
                encounters.append(thing)
            elif kind == "Patient":
                patients.append(thing)
        for one in (
            thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ()
        ):
            walk(one)

    walk(documents)
    if len(encounters) != len(rows) or len(documents) > 1:
        return whole
    found = {}
    for number, encounter in enumerate(encounters, 1):
        said = json.dumps(encounter, ensure_ascii=False)
        ids = {one.rpartition("/")[2] for one in re.findall(r'"([^"]*)"', said)}
        found[number] = "\n".join(
            [
                said,
                *(
                    json.dumps(one, ensure_ascii=False)
                    for one in patients
                    if str(one.get("id")) in ids
                ),
            ]
        )
    return found


# what a text says


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", folded(text))


def words_of(text: str) -> set[str]:
    return set(re.findall("[a-z]+", folded(text)))


def dates_in(text: str) -> set[date]:
    """Every date that the text can be read to contain, whichever way round."""
    found = set()
    tries: list[tuple[str, str, str]] = []
    for year, month, day in re.findall(r"(?=(\d{4})[-/.]?(\d\d)[-/.]?(\d\d))", text):
        tries += [(year, month, day), (year, day, month)]
    tries += re.findall(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b", text)
    for one, two, year in re.findall(r"(?=\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d\d))", text):
        for full in (year,) if len(year) == 4 else ("19" + year, "20" + year):
            tries += [(full, one, two), (full, two, one)]
    for one, two, year in re.findall(r"(?=(\d\d)(\d\d)(\d{4}))", text):
        tries += [(year, one, two), (year, two, one)]
    for month, day, year in re.findall(r"([A-Za-z]{3})[a-z.]{0,7} (\d{1,2})[, ]{1,4}(\d{4})", text):
        tries.append((year, str(_MONTHS.get(month.lower(), 0)), day))
    for day, month, year in re.findall(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ,]+(\d{4})", text):
        tries.append((year, str(_MONTHS.get(month.lower(), 0)), day))
    for parts in tries:
        try:
            found.add(date(*map(int, parts)))
        except ValueError:
            continue
    found |= {_EPOCH + timedelta(int(one)) for one in re.findall(r"\b([1-4]\d{4})(?:\.0)?\b", text)}
    return found


def is_near(one: date, two: date) -> bool:
    """One digit off, two exchanged, day and month exchanged, or the day before or after."""
    if abs((one - two).days) == 1:
        return True
    texts = [f"{day:%Y%m%d}" for day in (one, two)]
    if OSA.distance(*texts) <= 1:
        return True
    return one.year == two.year and (one.month, one.day) == (two.day, two.month)


@cache
def nicknames() -> dict[str, set[str]]:
    path = Path(cli.__file__).parent / "rules" / "nicknames.toml"
    found: dict[str, set[str]] = defaultdict(set)
    for line in tomllib.loads(path.read_text("utf-8"))["names"]:
        group = re.findall("[a-z]+", line)
        for one in group:
            found[one] |= set(group)
    return found


def stands_in(name: str, text: str) -> str:
    """How does a name stand in a text: `exact`, `like` (a slip, a part, a short form), or not?"""
    wanted, words = re.sub(r"\d", "", squeezed(name)), words_of(text)
    if wanted in words or (len(wanted) >= 5 and wanted in re.sub(r"\d", "", squeezed(text))):
        return "exact"
    for part in re.findall("[a-z]+", folded(name)):
        if part in words and len(part) > 2:
            return "like"
        if words & nicknames().get(part, set()):
            return "like"
    allowed = 1 if len(wanted) < 6 else 2
    row = re.findall("[a-z]+", folded(text))
    words |= {one + two for one, two in pairwise(row)}  # a blank or a sign within the name
    if any(len(word) > 2 and OSA.distance(wanted, word) <= allowed for word in words):
        return "like"
    return ""


# checks


def is_named(base: Base, form: str, text: str, cells: set[str]) -> bool:
    """Does the record have a first name, as far as can be told without reading it?"""
    if form == "fhir":
        return '"family"' in text
    if form == "hl7":
        said = (line.split(line[3:4] or "|")[5:6] for line in re.split("[\n\x0b\x1c]", text)
                if line.startswith("PID"))  # fmt: skip
        return any(re.search(r"[^^]\^[^^]", "".join(name)) for name in said)
    if not base.identity:
        return True
    return any(cell in names_in(base) for cell in cells)


@cache
def names_in(base: Base) -> frozenset[str]:
    """What stands in the column of first names of a list, or in that of whole names."""
    grid = grid_of(base)
    at = header_at(grid)
    place = grid[at].index(base.identity[base.names - 1])
    return frozenset(row[place].strip() for row in grid[at + 1 :] if place < len(row)) - {""}


def _holds(text: str, number: str) -> bool:
    """Does a number or street stand in the text, in a street with a slip or two?"""
    if number in squeezed(text):
        return True
    cells = (squeezed(cell) for cell in re.split(r'[,;|\t\n"^]', text))
    return not number.isdigit() and any(
        OSA.distance(number, cell) <= 2 for cell in cells if len(cell) > 6
    )


def cells_of(text: str, delimiter: str) -> set[str]:
    """The cells of a record, whichever of its lines they stand in."""
    try:
        rows = csv.reader(text.split("\n"), delimiter=delimiter or ",")
        return {cell.strip() for row in rows for cell in row}
    except csv.Error:
        return set(re.split(r"[,;|\t\n]", text))


def wrong_link(patient: Patient, text: str, births: set[date], *, named: bool) -> str:
    """Why a link to this patient is wrong, by what the row says; empty if it is not."""
    last, first = stands_in(patient.last, text), stands_in(patient.first, text)
    has_number = any(_holds(text, number) for number in patient.numbers)
    if not first and not named and births == {patient.born}:
        # The practice's own number and the birth date, and no first name to contradict them
        return "" if patient.numbers[0] in squeezed(text) else "no first name, and no number"
    if not last and not first:
        return "no part of the name stands in the row"
    if not first:
        return "the first name does not stand in the row"
    if not last and not has_number:
        return "the last name does not stand in the row, and nothing else is the patient's"
    if births - {patient.born}:
        (other, *_) = births - {patient.born}
        if not is_near(other, patient.born):
            return "another birth date"
        if last != "exact" or not has_number:
            return "a slip in the birth date, and too little beside it"
    elif not births:
        if not (last == first == "exact" and has_number):
            return "no birth date, and too little beside it"
    elif not any(patient.born in dates_in(part) for part in (text,)):
        return "the birth date does not stand in the row"
    return ""


def other_sex(patient: Patient, text: str) -> bool:
    cells = {cell.strip().casefold() for cell in re.split(r'[,;|\t\n"^]', text)}
    own, other = ({"f", "female"}, {"m", "male"})
    if patient.sex == "M":
        own, other = other, own
    said = cells & other
    return bool(said) and not cells & own and bool(said & {"male", "female"})


class Trial:
    """A folder with care files to import into: the panel alone, and with each good list."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.care = folder / "care.db"
        self.templates: dict[str, Path] = {}
        self.layouts: dict[str, str] = {}
        self.started: dict[str, dict[int, int]] = {}
        self.surround()
        self._use(None)
        ran = run("import-patients", DATA / "panel.csv", "--json")
        assert ran.code == 0, ran.err
        self._keep("")

    def surround(self) -> None:
        """Let every run use this care file, on one and the same day."""
        os.environ["CARETOOL_DB"] = str(self.care)
        os.environ["CARETOOL_TODAY"] = TODAY

    def _keep(self, name: str) -> None:
        path = self.folder / f"template{len(self.templates)}.db"
        with closing(sqlite3.connect(self.care)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.care, path)
        self.templates[name] = path

    def _use(self, name: str | None) -> None:
        for side in ("", "-wal", "-shm"):
            self.care.with_name(self.care.name + side).unlink(missing_ok=True)
        if name is not None:
            shutil.copyfile(self.templates[name], self.care)
            self.care.chmod(0o600)

    def _template(self, base: Base) -> str:
        """The care file in which the good list already is."""
        if base.kind == "panel" or base.name.startswith("sparcs"):
            return ""
        if base.name not in self.templates:
            self._use("")
            ran = run("import-discharges", DATA / base.name, *self.args(base), "--json")
            assert ran.code == 0, ran.err
            self._keep(base.name)
            self.started[base.name] = self._links()
        return base.name

    def args(self, base: Base, people: Path | None = None) -> list[object]:
        extra: list[object] = []
        if base.name == "synthea_encounters.csv":
            extra = ["--people", people or DATA / PEOPLE]
        return [*base.args, *extra]

    def layout(self, base: Base) -> str:
        """The layout of the good list, as a trial run prints it."""
        if base.name not in self.layouts:
            self._use("")
            kind = "import-patients" if base.kind == "panel" else "import-discharges"
            self.layouts[base.name] = run(kind, DATA / base.name, *self.args(base), "--dry-run").out
        return self.layouts[base.name]

    def _links(self) -> dict[int, int]:
        with closing(sqlite3.connect(self.care)) as connection:
            return dict(connection.execute(
                "SELECT id, patient_id FROM stays WHERE link = 'linked'"
            ))  # fmt: skip

    def _people(self) -> dict[int, tuple[Any, ...]]:
        with closing(sqlite3.connect(self.care)) as connection:
            return {
                row[0]: row[1:]
                for row in connection.execute(
                    "SELECT id, last_name, first_name, birth_date FROM patients"
                )
            }

    def check(self, made: Mutated, rnd: Random) -> Checked:
        """Import a spoiled file and say what is wrong with what came of it."""
        template = self._template(made.base) if rnd.random() < 0.5 else ""
        place = self.folder / "in"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        path = place / made.file_name
        path.write_bytes(made.body)
        people = layout = None
        if made.people is not None:
            people = place / PEOPLE
            people.write_bytes(made.people)
        args = self.args(made.base, people)
        if made.layout is not None:
            layout = place / "mine.toml"
            layout.write_bytes(made.layout)
            args += ["--layout", layout]
        self._use(template)
        before = _dump(self.care)
        known = self._people()
        command = "import-patients" if made.base.kind == "panel" else "import-discharges"
        as_json = rnd.random() < 0.85
        form = ["--rows", "--json"] if command == "import-discharges" and as_json else []
        form = form or (["--json"] if as_json else [])
        if rnd.random() < 0.1:
            sniffed = run("sniff", path, *(["--json"] if as_json else []))
            problems = [f"sniff: {one}" for one in _talk_problems(sniffed, made)]
        else:
            problems = []
        ran = run(command, path, *args, *form)
        checked = Checked(ran.code, ran.seconds, problems)
        said = ran.err.split("error: ")[-1].split("\n")[0]
        checked.refused = said.replace(path.name, "FILE")
        checked.problems += _talk_problems(ran, made)
        if ran.code == 3 and _dump(self.care) != before:
            checked.problems.append("exit 3, and the care file has changed")
        if as_json:
            self._check_document(made, ran, checked, template)
        if command == "import-patients":
            for one, now in self._people().items():
                was = known.get(one, now)
                if was[2] != now[2] and squeezed(was[0] + was[1]) != squeezed(now[0] + now[1]):
                    checked.problems.append(f"P{one} has become somebody else")
        elif template:
            started, now = self.started[template], self._links()
            moved = [f"D{one}" for one, to in started.items() if now.get(one, to) != to]
            if moved:
                checked.problems.append(f"moved to another patient: {', '.join(moved)}")
        return checked

    def _check_document(self, made: Mutated, ran: Ran, checked: Checked, template: str) -> None:
        document = json.loads(ran.out)
        if len(document["errors"]) != ran.err.count("error: "):
            checked.problems.append("errors in the document and on stderr differ")
        if bool(document["errors"]) != bool(ran.code):
            checked.problems.append(f"exit {ran.code} with {len(document['errors'])} errors")
        for report in document["data"] or ():
            outcomes = sum(report.get(one, 0) for one in OUTCOMES)
            if outcomes != report["records"]:
                checked.problems.append(f"{outcomes} outcomes of {report['records']} records")
            if "rows" in report and len(report["rows"]) != report["records"]:
                checked.problems.append("rows and records differ")
            if "rows" in report:
                self._check_links(made, report, checked, template)

    def _check_links(
        self, made: Mutated, report: dict[str, Any], checked: Checked, template: str
    ) -> None:
        texts = texts_of(made, report)
        stays: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in report["rows"]:
            stays[row["discharge"] or f"record {row['record']}"].append(row)
        started = self.started.get(template, {})
        for stay, rows in stays.items():
            linked = [row for row in rows if row["link"] == "linked" and row["mrn"]]
            if not linked:
                continue
            checked.linked += 1
            (patient, *more) = {panel()[row["mrn"]] for row in linked}
            text = "\n".join(texts.get(row["record"], "") for row in rows)
            text = re.sub(r"(.{1,7}?)\1{49,}", r"\1", text)  # says nothing of anybody
            births = {date.fromisoformat(row["birth_date"]) for row in linked if row["birth_date"]}
            where = f"{stay} (line {linked[0]['line']}) linked to {patient.id}: "
            if more:
                checked.problems.append(where + "and to another")
            if stay.startswith("D") and int(stay[1:]) in started:
                continue  # by the good list; that it stays there is checked elsewhere
            delimiter = report["delimiter"]
            cells = (
                set(text.split("\n"))
                if report["format"] == "workbook"
                else cells_of(text, delimiter)
            )
            named = is_named(made.base, report["format"], text, cells - {patient.last})
            if patient.born in births and len(births) > 1:
                # Rows of one stay, by its visit or by person and day; the stay keeps the right one
                checked.doubtful.append(where + "one of its rows has another birth date")
                births = {patient.born}
            if why := wrong_link(patient, text, births, named=named):
                checked.problems.append(where + why)
            if other_sex(patient, text):
                checked.problems.append(where + "another sex")
            self._check_truth(made, patient, cells, where, checked)

    def _check_truth(
        self, made: Mutated, patient: Patient, cells: set[str], where: str, checked: Checked
    ) -> None:
        fitting = [one for one in originals(made.base) if one.name_and_birth <= cells]
        if not fitting or patient.id in {one.patient_id for one in fitting}:
            return
        slipped = any(re.search(_SLIPPING, step) for step in made.steps)
        if any(one.all <= cells for one in fitting) and not slipped:
            checked.problems.append(where + f"the truth says {fitting[0].patient_id or 'nobody'}")
        else:
            checked.doubtful.append(where + f"the truth says {fitting[0].patient_id or 'nobody'}")


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def _talk_problems(ran: Ran, made: Mutated) -> list[str]:
    """What is wrong with the exit code and with what was said."""
    found = []
    allowed = {0, 2, 3, 4} if made.layout is not None else {0, 3, 4}
    if ran.code not in allowed:
        found.append(f"exit {ran.code}: {ran.err.strip()[:300]}")
    if "Traceback" in ran.err or "bug in caretool" in ran.err:
        found.append(f"a bug: {ran.err.strip()[:300]}")
    if ran.seconds > MOST_SECONDS:
        found.append(f"took {ran.seconds:.1f} s")
    for name, text in (("stdout", ran.out), ("stderr", ran.err)):
        if control := _CONTROLS.search(text):
            found.append(
                f"{name} has {control[0]!r}: …{text[max(0, control.start() - 60) :][:90]!r}"
            )
    for line in ran.err.splitlines():
        if len(line) > LONGEST:
            found.append(f"a message of {len(line)} characters: {line[:200]}")
        if leak := _leak(line, made.base):
            found.append(f"a message has {leak}: {line[:200]}")
    if ran.code in {3, 4} and "error: " not in ran.err:
        found.append(f"exit {ran.code} without an error")
    return found


@cache
def _names(base: Base) -> tuple[str, ...]:
    """The whole names in a list, as its cells have them."""
    grid = grid_of(base) if base.identity else []
    if base.names != 1 or not grid:
        return ()
    at = header_at(grid)
    place = grid[at].index(base.identity[0])
    return tuple(row[place] for row in grid[at + 1 :] if len(row) > place and len(row[place]) > 5
                 and "," in row[place])  # fmt: skip


def _leak(line: str, base: Base) -> str:
    """A patient in a message: first and last name, or a birth date of the panel."""
    words = words_of(line)
    for one in panel().values():
        if {squeezed(one.last), squeezed(one.first)} <= words:
            return "a name"
        if f"{one.born:%Y-%m-%d}" in line or f"{one.born:%m/%d/%Y}" in line:
            return "a birth date"
    return "a name" if any(name in line for name in _names(base)) else ""
