"""`export-roster`: the people on file, for another program or for an exchange."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from caretool import output, planning, private_file
from caretool.app import Session
from caretool.errors import RefusedError, UsageProblem
from caretool.model import MEMBER, PRACTICE, ROSTER, CloseReason, Sex, Status
from caretool.output import Column, Form, Result
from caretool.spreadsheet import guarded
from caretool.store import roster

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from caretool.model import Identifier
    from caretool.standing import Standing
    from caretool.store.roster import OnFile

# Headings that `import-patients` reads back
_CSV = (
    "MRN", "Issuer", "Patient ID", "Member ID", "Last Name", "First Name", "Middle Name", "Suffix",
    "DOB", "Sex", "Phone", "Home Phone", "Mobile Phone", "Work Phone", "Address", "Zip", "Language",
    "Channel", "Status", "Tier", "Conditions", "Source", "Referred By",
)  # fmt: skip
_PHONES = 4
# The fields of careport/file-formats, patient-roster.md, version 1, in their order
_PANEL = (
    "Type of unique patient identifier", "Unique patient identifier", "Last name", "First name",
    "Middle name", "Name suffix", "Sex", "Date of birth", "SSN", "Phone number", "Address line 1",
    "Address line 2", "City", "State", "ZIP code", "Primary Care Physician name",
    "Primary Care Physician NPI", "Primary Care Physician phone number",
    "Primary Care Physician email", "Primary payer",
    "Primary payer patient identification number",
    *(f"Tag {number}" for number in range(1, 11)),
)  # fmt: skip
# HL7 table 0203: the practice's number, the plan's, and ours for whoever has neither
_MEDICAL_RECORD, _MEMBER_NUMBER, _INTERNAL = "MR", "MB", "PI"
_SEXES = {Sex.F: "female", Sex.M: "male", Sex.X: "other", Sex.U: "unknown"}
_OPEN = (Status.ROSTER, Status.ACTIVE, Status.ON_HOLD)
# Of these nobody wants notice: they are in no panel, whatever was asked for
_NEVER_SENT = frozenset({CloseReason.DECEASED, CloseReason.ENTERED_IN_ERROR})
# Some exchanges drop a panel that is not sent again within so many days (rulebook section 10)
_EXPIRES = timedelta(days=90)
_NAMED = 8


class _Chosen(NamedTuple):
    """Who is written, and why others are not."""

    people: list[tuple[OnFile, Standing]]
    left_out: Counter[str]
    without_birth_date: list[str]


def run(
    session: Session,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to write; standard output unless said."),
    ] = None,
    form: Annotated[
        Literal["csv", "panel"],
        typer.Option("--format", help="csv for programs and import-patients; panel for exchanges."),
    ] = "csv",
    status: Annotated[
        list[Status] | None,
        typer.Option("--status", help="Only these; without it everybody who is not closed."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over what is there.")] = False,
) -> Result:
    """Write the roster as CSV, or as the panel file that exchanges ask for.

    Whoever was merged into somebody else is not written; the dead and records entered in error are
    in no panel. With --spreadsheet the file is safe to open in a spreadsheet, but what was guarded
    in it is read back with its apostrophe.

    caretool export-roster roster.csv

    caretool export-roster panel.csv --format panel --status active --status on_hold

    caretool export-roster to-look-at.csv --spreadsheet
    """
    if session.mask:
        msg = "a roster without names and birth dates would match nobody"
        raise RefusedError(msg, "leave --mask away, or use caretool patients --mask", code="masked")
    if force and file is None:
        msg = "--force is for a FILE"
        raise UsageProblem(msg, "caretool export-roster FILE --force")
    panel = form == "panel"
    if panel and session.form == Form.SPREADSHEET:
        msg = "a panel goes to the exchange as it is, without what --spreadsheet adds"
        raise UsageProblem(msg, "leave --spreadsheet away, or leave --format panel away")
    with session.reading() as care_file:
        everybody = roster.everybody(care_file)
        numbers = roster.numbers(care_file)
        plans = planning.of_patients(
            care_file, [one.patient_id for one in everybody], session.today
        )
    standings = [(one, plans[one.patient_id].standing) for one in everybody]
    chosen = _choose(standings, set(status or _OPEN), panel=panel)
    make = _panel_row if panel else _csv_row
    header = _PANEL if panel else _CSV
    rows = [make(one, stand, numbers.get(one.patient_id, [])) for one, stand in chosen.people]
    told = _told(session, form, chosen)
    whom = [one.patient_id for one, _ in chosen.people]
    if file is None:
        return _to_output(session, header, rows, told)._replace(shown=whom)
    private_file.write(file, _text(header, rows, told), session.path, force=force)
    words = tuple(_words(str(file), told))
    return Result(data={"file": str(file), **told}, said=words, shown=whom)


# who


def _choose(
    people: Iterable[tuple[OnFile, Standing]], wanted: set[Status], *, panel: bool
) -> _Chosen:
    chosen = _Chosen([], Counter(), [])
    for one, stand in people:
        if stand.status not in wanted:
            chosen.left_out[stand.status] += 1
        elif panel and stand.status == Status.CLOSED and stand.reason in _NEVER_SENT:
            chosen.left_out[str(stand.reason)] += 1
        elif panel and one.columns["birth_date"] is None:
            chosen.without_birth_date.append(one.id)
        else:
            chosen.people.append((one, stand))
    return chosen


# rows


def _csv_row(one: OnFile, stand: Standing, numbers: Sequence[Identifier]) -> list[str]:
    record = next(
        (number for number in numbers if number.issuer == PRACTICE),
        next((number for number in numbers if number.issuer not in {MEMBER, ROSTER}), None),
    )
    says = {key: value or "" for key, value in one.columns.items()}
    phones = [*one.phones[:_PHONES], *[""] * (_PHONES - len(one.phones))]
    return [
        record.value if record else "",
        record.issuer if record else "",
        _first(numbers, ROSTER),
        _first(numbers, MEMBER),
        *(says[key] for key in ("last_name", "first_name", "middle_name", "suffix")),
        says["birth_date"],
        says["sex"],
        *phones,
        *(says[key] for key in ("address", "zip", "language", "channel")),
        _status_words(stand),
        one.tier.value if one.tier else "",
        ";".join(sorted(one.conditions)),
        says["source"],
        says["referred_by"],
    ]


def _status_words(stand: Standing) -> str:
    """The status in words that `import-patients` reads: `closed - moved`."""
    words = stand.status.replace("_", " ")
    if stand.reason and stand.reason != CloseReason.OTHER:
        words += f" - {stand.reason.replace('_', ' ')}"
    return words


def _panel_row(one: OnFile, _stand: Standing, numbers: Sequence[Identifier]) -> list[str]:
    says = {key: value or "" for key, value in one.columns.items()}
    record, member = _first(numbers, PRACTICE), _first(numbers, MEMBER)
    kind, number = _INTERNAL, one.id
    if record:
        kind, number = _MEDICAL_RECORD, record
    elif member:
        kind, number = _MEMBER_NUMBER, member
    street, city, state = _address(says["address"])
    row = [
        kind,
        number,
        *(says[key] for key in ("last_name", "first_name", "middle_name", "suffix")),
        _SEXES[Sex(says["sex"] or Sex.U)],
        says["birth_date"],
        "",
        _phone(one.phones[0]) if one.phones else "",
        street,
        "",
        city,
        state,
        says["zip"],
        *[""] * 5,
        member,
    ]
    return row + [""] * (len(_PANEL) - len(row))


def _first(numbers: Sequence[Identifier], issuer: str) -> str:
    return next((one.value for one in numbers if one.issuer == issuer), "")


def _phone(number: str) -> str:
    """In the form that the specification prefers: `(423) 555-0142`."""
    shown = output.phone(number)
    return shown if shown == number else f"({shown[:3]}) {shown[4:]}"


def _address(text: str) -> tuple[str, str, str]:
    """Street, city and state, where the address ends in a state; else all of it as the street."""
    *street, city, state = text.split(", ") if text.count(", ") >= 2 else ("", "", "")
    if len(state) == 2 and state.isalpha():
        return ", ".join(street), city, state
    return text, "", ""


# writing


def _told(session: Session, form: str, chosen: _Chosen) -> dict[str, Any]:
    """What is to be known of the file beside its rows."""
    expires = session.today + _EXPIRES if form == "panel" else None
    return {
        "format": form,
        "people": len(chosen.people),
        "left_out": dict(sorted(chosen.left_out.items())),
        "without_birth_date": chosen.without_birth_date,
        "exported": session.today,
        "send_again_by": expires,
        "encoding": "utf-8",
        "bom": session.form == Form.SPREADSHEET,
        "delimiter": ",",
    }


def _words(file: str, told: dict[str, Any]) -> Iterable[str]:
    count = told["people"]
    people = "1 person" if count == 1 else f"{count} people"
    left = ", ".join(f"{n} {word.replace('_', ' ')}" for word, n in told["left_out"].items())
    yield f"{file}: {people}" + (f"; left out: {left}" if left else "")
    nameless = told["without_birth_date"]
    if nameless:
        more = f" and {len(nameless) - _NAMED} more" if len(nameless) > _NAMED else ""
        yield f"left out, no birth date: {', '.join(nameless[:_NAMED])}{more}"
    yield f"UTF-8 without BOM, commas, a header line; as of {told['exported']}"
    if told["send_again_by"]:
        day = told["send_again_by"]
        yield f"some exchanges drop a panel after 90 days: send it again by {day}"


def _to_output(
    session: Session, header: tuple[str, ...], rows: list[list[str]], told: dict[str, Any]
) -> Result:
    if session.form in {Form.CSV, Form.SPREADSHEET}:
        data = [dict(zip(header, row, strict=True)) for row in rows]
        return Result(data=data, columns=tuple(Column(title, title) for title in header))
    keys = [title.lower().replace(" ", "_") for title in header]
    records = [dict(zip(keys, row, strict=True)) for row in rows]
    summary = "; ".join(_words("standard output", told))
    return Result(
        data={"file": None, **told, "rows": records},
        text=_text(header, rows, told),
        summary=summary,
    )


def _text(header: tuple[str, ...], rows: Iterable[Sequence[str]], told: Mapping[str, Any]) -> str:
    text = io.StringIO()
    if told["bom"]:
        text.write(output.SPREADSHEET_MARK)
        rows = ([guarded(cell) for cell in row] for row in rows)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
