"""`show`: one page about one patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import chart, dates, explain, options, output
from caretool.app import Session
from caretool.medicines import amount
from caretool.model import PRACTICE, Decision, State
from caretool.output import Block, Column, Result
from caretool.rule_files import load_missed_doses
from caretool.store import own_files, patients

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

# How many contacts the page shows unless all are asked for
_LATEST = 10
_LATE = frozenset({State.OVERDUE, State.LATE_OPEN})


def run(
    session: Session,
    patient: options.PatientArgument,
    every: Annotated[
        bool, typer.Option("--all", help=f"All contacts, not only the last {_LATEST}.")
    ] = False,
) -> Result:
    """Show one patient: who, what is due and why, contacts, discharges, medicines.

    caretool show P42

    caretool show garcia --all
    """
    today = session.today
    with session.reading() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        data = chart.read(care_file, patient_id, today, mask=session.mask)
        told = data["medications"] or data["medicines"]
        labels = own_files.classes(care_file).labels if told else {}
    hint = f"caretool why {data['patient']} explains each date" if data["due"] else ""
    return Result(data=data, blocks=_page(data, today, labels, every=every), hint=hint)


def _page(
    data: Mapping[str, Any], today: date, labels: Mapping[str, str], *, every: bool
) -> tuple[Block, ...]:
    """The parts of the page, without those that have nothing to show."""
    contacts = data["contacts"] if every else data["contacts"][:_LATEST]
    earlier = len(data["contacts"]) - len(contacts)
    more = (("…", f"and {earlier} earlier; --all shows them"),) if earlier else ()
    blocks = (
        Block(name="patient", pairs=tuple(_who(data, today))),
        _due(data, today),
        Block("Arranged", name="arranged", pairs=tuple(_arranged(data, today))),
        _table("decision", "Decisions", _decision_columns(today), data["decisions"]),
        _table("contact", "Contacts", _contact_columns(today), contacts),
        Block(name="contact", pairs=more),
        _table("discharge", "Discharges", _discharge_columns(today), data["discharges"]),
        _table(
            "medication", "Medicines on the list", _list_columns(today, labels), data["medications"]
        ),
        Block(name="reconciliation", pairs=tuple(_reconciled(data, today))),
        _table(
            "medicine", "Medicines dispensed", _medicine_columns(today, labels), data["medicines"]
        ),
    )
    return tuple(block for block in blocks if block.rows or block.lines or block.pairs)


def _table(
    name: str, title: str, columns: tuple[Column, ...], rows: Sequence[Mapping[str, Any]]
) -> Block:
    return Block(title, columns=columns, rows=tuple(rows), name=name)


def _who(data: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """The person, a fact a line; what is not known is left out, but for the phone."""
    yield "id", data["patient"]
    yield "name", data["name"]
    for name in data["other_names"]:
        yield "also named", name
    if data["merged"]:
        yield "merged", ", ".join(data["merged"])
    if data["birth_date"]:
        yield "born", f"{data['birth_date']}, {data['age']} years old"
    if data["sex"]:
        yield "sex", data["sex"]
    for one in data["identifiers"]:
        whose = "" if one["issuer"] == PRACTICE else f" ({one['issuer']})"
        yield "number", f"{one['number']}{whose}"
    for number in data["phones"]:
        yield "phone", output.phone(number)
    for key, title in (("channel", "contact by"), ("language", "language")):
        if data[key]:
            yield title, data[key]
    home = ", ".join(data[key] for key in ("address", "zip") if data[key])
    if home:
        yield "address", home
    for code in data["conditions"]:
        yield "condition", code.replace("_", " ")
    yield from _standing(data, today)
    if data["source"]:
        yield "came by", data["source"]
    if data["referred_by"]:
        yield "referred by", data["referred_by"]


def _standing(data: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    status = data["status"].replace("_", " ")
    if data["status_reason"]:
        status += f" ({data['status_reason'].replace('_', ' ')})"
    yield "status", status + _since(data["since"], today)
    if data["tier"]:
        yield "tier", data["own_tier"] + _since(data["tier_since"], today)
    if data["raised_by"]:
        yield "tier now", f"{data['tier']}: {data['raised_by']}"
    if data["on_hold_until"]:
        why = f": {data['hold_reason']}" if data["hold_reason"] else ""
        yield "on hold", f"until {dates.show_short(data['on_hold_until'], today)}{why}"
    if data["in_facility"]:
        yield "in facility", _since(data["in_facility_since"], today).removeprefix(", ")


def _arranged(data: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """Appointments, referrals and scores, each on a line of its own."""
    for one in data["appointments"]:
        words = f"{dates.show_short(one['on'], today)} {one['at'] or ''}".rstrip()
        whom = f" with {one['with']}" if one["with"] else ""
        yield "appointment", f"{words}{whom} ({one['appointment']})"
    for one in data["referrals"]:
        by = f" by {one['by']}" if one["by"] else ""
        yield "referred", f"{dates.show_short(one['on'], today)}{by} ({one['referral']})"
    for one in data["scores"]:
        when = dates.show_short(one["on"], today)
        yield one["name"], f"{one['total']}, for {one['discharge']} on {when}"


def _decision_columns(today: date) -> tuple[Column, ...]:
    def what(row: Mapping[str, Any]) -> str:
        words = explain.decisions_words(row["decision"])
        if row["to"]:
            until = "until" if row["decision"] == Decision.HOLD else "to"
            words += f" {until} {dates.show_short(row['to'], today)}"
        return words

    return (
        Column("on", "when", show=lambda row: dates.show_short(row["on"], today)),
        Column("decision", "decided", show=what),
        Column("to", "to", hidden=True),
        Column("rule", "about", wrap=True),
        Column("planned", "planned", hidden=True),
        Column("reason", "why", wrap=True),
    )


def _since(day: date | None, today: date) -> str:
    return f", since {dates.show_short(day, today)}" if day else ""


def _due(data: Mapping[str, Any], today: date) -> Block:
    """What is due and why; why nothing is, when nothing is."""
    if not data["due"]:
        return Block("Due", lines=(data["not_due_because"],), name="due")

    def style(row: Mapping[str, Any]) -> str:
        return "red" if row["state"] in _LATE else ""

    columns = (
        Column("kind", "kind", hidden=True),
        Column("due", "when", show=lambda row: dates.show_short(row["due"], today), style=style),
        Column("limit", "limit", show=lambda row: _day(row["limit"], today), style=style),
        Column("state", "", show=lambda row: explain.STATE_WORDS[row["state"]], style=style),
        Column("reason", "why", wrap=True),
    )
    return Block("Due", columns=columns, rows=tuple(data["due"]), name="due")


def _day(day: date | None, today: date) -> str:
    return dates.show_short(day, today) if day else ""


def _contact_columns(today: date) -> tuple[Column, ...]:
    def when(row: Mapping[str, Any]) -> str:
        return f"{dates.show_short(row['on'], today)} {row['at'] or ''}".strip()

    def how(row: Mapping[str, Any]) -> str:
        return f"{row['channel']}, they called" if row["inbound"] else str(row["channel"])

    def style(row: Mapping[str, Any]) -> str:
        return "dim" if row["voided"] else ""

    return (
        Column("contact", "id", style=style),
        Column("on", "when", show=when, style=style),
        Column("at", "time", hidden=True),
        Column("channel", "by", show=how, style=style, wrap=True),
        Column("inbound", "inbound", hidden=True),
        Column("party", "with", hidden=True),
        Column("outcome", "outcome", show=lambda row: row["outcome_words"], style=style, wrap=True),
        Column("minutes", "minutes", hidden=True),
        Column("next_on", "asked for", hidden=True),
        Column("next_why", "why", hidden=True),
        Column("missed_doses", "missed doses", hidden=True, raw=_missed),
        Column("voided", "voided", hidden=True),
        Column("void_reason", "void reason", hidden=True),
        Column("note", "note", show=lambda row: _note(row, today), style=style, wrap=True),
    )


def _note(row: Mapping[str, Any], today: date) -> str:
    """All that was noted of a contact, a line each; first that it was entered in error."""
    lines = []
    if row["voided"]:
        lines.append(": ".join(filter(None, ("entered in error", row["void_reason"]))))
    if row["note"]:
        lines.append(row["note"])
    if row["next_on"]:
        asked = f"asked for {dates.show_short(row['next_on'], today)}"
        lines.append(": ".join(filter(None, (asked, row["next_why"]))))
    if row["missed_doses"]:
        lines.append(f"missed doses: {_missed(row)}")
    if row["minutes"]:
        lines.append(f"{row['minutes']} min")
    return "\n".join(lines)


def _missed(row: Mapping[str, Any]) -> str:
    """What the patient said of missed doses: `2/7 metformin (forgot, cost)`."""
    report = row["missed_doses"]
    if not report:
        return ""
    known = load_missed_doses().reasons
    reasons = ", ".join(known.get(code, code) for code in report["reasons"])
    parts = (
        f"{report['missed']}/{report['days']}",
        report["medication"],
        f"({reasons})" if reasons else "",
    )
    return " ".join(filter(None, parts))


def _discharge_columns(today: date) -> tuple[Column, ...]:
    def out(row: Mapping[str, Any]) -> str:
        if row["cancelled"]:
            return "taken back"
        return _day(row["discharged"], today) or "still in"

    def style(row: Mapping[str, Any]) -> str:
        return "dim" if row["cancelled"] else ""

    return (
        Column("discharge", "id", style=style),
        Column("admitted", "in", show=lambda row: _day(row["admitted"], today), style=style),
        Column("discharged", "out", show=out, style=style),
        Column("class", "kind", style=style),
        Column("facility", "where", style=style, wrap=True),
        Column("disposition", "code", hidden=True),
        Column("disposition_words", "went to", style=style, wrap=True),
        Column("diagnosis", "diagnosis", hidden=True),
        Column("cancelled", "cancelled", hidden=True),
        Column("link_reason", "known by", style=style, wrap=True),
    )


def _class_column(labels: Mapping[str, str]) -> Column:
    """A class by its label, or as a file calls it."""
    return Column(
        "class", "class", show=lambda row: labels.get(row["class"], row["class"] or ""), wrap=True
    )


def _list_columns(today: date, labels: Mapping[str, str]) -> tuple[Column, ...]:
    def since(row: Mapping[str, Any]) -> str:
        start = row["started_on"]
        return f"from {_day(start, today)}" if start and start > today else _day(start, today)

    return (
        Column("medication", "id"),
        Column("name", "medicine", wrap=True),
        Column(
            "dose", "dose", show=lambda row: amount(row["dose"], row["times_per_day"]), wrap=True
        ),
        Column("times_per_day", "times a day", hidden=True),
        _class_column(labels),
        Column("atc", "ATC", hidden=True),
        Column("started_on", "since", show=since),
        Column("prescriber", "prescriber", wrap=True),
    )


def _reconciled(data: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """When the medicines were gone through last, with how many decided how."""
    last = data["reconciliation"]
    if last is None:
        return
    stay = f" after {last['discharge']}" if last["discharge"] else ""
    counts = ", ".join(f"{many} {decision}" for decision, many in last["decisions"].items())
    words = f"{dates.show_short(last['on'], today)}{stay} ({last['reconciliation']})"
    yield "reconciled", f"{words}: {counts}" if counts else words


def _medicine_columns(today: date, labels: Mapping[str, str]) -> tuple[Column, ...]:
    def ends(row: Mapping[str, Any]) -> str:
        return ("ran out " if row["runs_out"] < today else "") + _day(row["runs_out"], today)

    return (
        Column("drug", "medicine", wrap=True),
        _class_column(labels),
        Column("last_fill", "last fill", show=lambda row: _day(row["last_fill"], today)),
        Column("days_supply", "days", right=True),
        Column("runs_out", "runs out", show=ends),
    )
