"""`log-contact`: what came of a contact; ends with the next date and why."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caretool import dates, explain, options, planning, typed
from caretool.app import Session
from caretool.errors import FileError, InputError, RefusedError, UsageProblem
from caretool.model import Channel, Party
from caretool.output import Result
from caretool.protocols import load_outcomes
from caretool.store import contacts, patients

if TYPE_CHECKING:
    from datetime import date, time

    from caretool.protocols import Outcome
    from caretool.schedule import Plan

READS = False
_MISSED = re.compile(r"(\d{1,3})/(\d{1,3})", re.ASCII)
_MOST_MINUTES = 24 * 60


def run(
    session: Session,
    patient: options.PatientArgument,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome", metavar="CODE", help=f"What came of it: {', '.join(load_outcomes())}."
        ),
    ] = None,
    by: Annotated[Channel | None, typer.Option("--by", help="How (phone unless said).")] = None,
    inbound: Annotated[bool, typer.Option("--inbound", help="They contacted you.")] = False,
    party: Annotated[Party | None, typer.Option("--with", help="Who was spoken to.")] = None,
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            metavar="DATE[THH:MM]",
            help="When: yesterday, or 2026-11-23T14:30; now unless said.",
        ),
    ] = None,
    minutes: Annotated[
        int | None,
        typer.Option("--minutes", metavar="N", min=0, max=_MOST_MINUTES, help="How long."),
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="A note; - reads standard input.")
    ] = None,
    note_file: Annotated[
        Path | None, typer.Option("--note-file", metavar="FILE", help="A note from a file.")
    ] = None,
    next_on: Annotated[
        str | None, typer.Option("--next", metavar="DATE", help="A date that was asked for.")
    ] = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="Why that date.")] = None,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", metavar="CODE", help="What it was about.")
    ] = None,
    missed_doses: Annotated[
        str | None,
        typer.Option("--missed-doses", metavar="N/DAYS", help="Days with a missed dose, as told."),
    ] = None,
    medication: Annotated[
        str | None, typer.Option("--medication", metavar="NAME", help="Of which medicine.")
    ] = None,
) -> Result:
    """Log a contact or an attempt, in either direction; prints the next date and why.

    caretool log-contact P42 --outcome reached_patient --note "BP 128/76, walking daily"

    caretool log-contact P42 --outcome no_answer

    caretool log-contact P42 --outcome rescheduled --next fri --why "at work until Thursday"
    """
    meaning = read_outcome(outcome)
    spoken_to = _party(meaning, party)
    day, at = _moment(session, on)
    asked = _asked(next_on, why, day, session.today, meaning)
    report = _missed(missed_doses, medication)
    text = _note(note, note_file)
    topics = tuple(_topic(one) for one in topic or ())
    channel = by or _usual_channel(meaning)
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        contact_id = contacts.add(
            care_file,
            patient_id,
            on=day,
            at=at,
            outcome=meaning.code,
            channel=channel,
            party=spoken_to,
            inbound=inbound,
            minutes=minutes,
            note=text,
            next_on=asked,
            next_why=typed.free_text(why),
            topics=topics,
        )
        if report is not None:
            contacts.add_self_report(
                care_file, contact_id, missed=report[0], days=report[1], medication=medication
            )
        plan = planning.of_patient(care_file, patient_id, session.today)
    counted = meaning.counts and spoken_to in {Party.PATIENT, Party.CAREGIVER}
    when = day.isoformat() + (f"T{at:%H:%M}" if at else "")
    return Result(
        data={
            "contact": f"C{contact_id}",
            "patient": f"P{patient_id}",
            "at": when,
            "outcome": meaning.code,
            "reached": meaning.reached,
            "counts": counted,
            "next": explain.next_record(plan, session.today, mask=session.mask),
        },
        said=_words(session, contact_id, plan, meaning, day, counted=counted),
    )


def _words(
    session: Session, contact_id: int, plan: Plan, meaning: Outcome, day: date, *, counted: bool
) -> tuple[str, ...]:
    lines = [
        f"logged C{contact_id} for P{plan.patient_id}: {meaning.label},"
        f" {dates.show_short(day, session.today)}"
    ]
    if meaning.reached and not counted and not meaning.closes:
        lines.append("it does not count as a contact with the patient; the interval goes on")
    lines.append(explain.next_words(plan, session.today, mask=session.mask))
    return tuple(lines)


def read_outcome(text: str | None) -> Outcome:
    """The outcome of that code; hyphens and underscores are alike."""
    known = load_outcomes()
    if text is None:
        msg = "no --outcome"
        raise UsageProblem(msg, f"one of: {', '.join(known)}")
    code = text.strip().lower().replace("-", "_")
    if code not in known:
        from difflib import get_close_matches

        close = get_close_matches(code, known, n=3)
        msg = f"no outcome {text!r}"
        raise UsageProblem(msg, f"{'perhaps' if close else 'one of'}: {', '.join(close or known)}")
    return known[code]


def _party(meaning: Outcome, party: Party | None) -> Party:
    if party is None:
        return Party(meaning.party)
    if meaning.counts and party not in {Party.PATIENT, Party.CAREGIVER}:
        msg = f"{meaning.code} is a contact with the patient or caregiver, not with a {party.value}"
        raise UsageProblem(msg, f"--outcome reached_other --with {party.value}")
    return party


def _usual_channel(meaning: Outcome) -> Channel:
    if meaning.code.startswith("portal"):
        return Channel.PORTAL
    return Channel.LETTER if meaning.code.startswith("letter") else Channel.PHONE


def _moment(session: Session, on: str | None) -> tuple[date, time | None]:
    if on is None:
        now = dates.now()
        return session.today, (
            now.time().replace(second=0, microsecond=0, tzinfo=None)
            if now.date() == session.today
            else None
        )
    day, at = dates.parse_moment(on, session.today)
    if day > session.today:
        msg = f"{day.isoformat()} is in the future; today is {session.today.isoformat()}"
        raise RefusedError(
            msg, "log it once it has happened; --next keeps a date", code="future-date"
        )
    return day, at


def _asked(
    next_on: str | None, why: str | None, day: date, today: date, meaning: Outcome
) -> date | None:
    if next_on is None:
        if why is not None:
            msg = "--why explains --next"
            raise UsageProblem(msg, "give the date too: --next DATE --why TEXT")
        return None
    if meaning.closes:
        msg = f"{meaning.code} ends outreach, so there is no next date"
        raise UsageProblem(msg, "leave --next away, or choose another outcome")
    wanted = dates.parse_date(next_on, today)
    if wanted <= day:
        msg = f"--next {wanted.isoformat()} is not after the contact on {day.isoformat()}"
        raise InputError(msg, "a date that was asked for lies after the contact")
    return wanted


def _missed(text: str | None, medication: str | None) -> tuple[int, int] | None:
    if text is None:
        if medication is not None:
            msg = "--medication belongs to --missed-doses"
            raise UsageProblem(msg, "--missed-doses 2/7 --medication metformin")
        return None
    match = _MISSED.fullmatch(text.strip())
    if match is None:
        msg = f"--missed-doses {text!r}"
        raise UsageProblem(msg, "days with a missed dose, of how many: 2/7 or 0/14")
    from caretool.adherence import self_reported

    missed, days = int(match[1]), int(match[2])
    self_reported(missed, days)
    return missed, days


def _note(note: str | None, note_file: Path | None) -> str | None:
    if note is not None and note_file is not None:
        msg = "--note and --note-file exclude each other"
        raise UsageProblem(msg, "choose one")
    if note == "-" or (note_file is not None and str(note_file) == "-"):
        return typed.free_text(sys.stdin.read())
    if note_file is not None:
        try:
            return typed.free_text(note_file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            msg = f"{note_file} is not UTF-8 text"
            raise FileError(msg, "save it as UTF-8") from None
        except OSError as error:
            msg = f"{note_file}: {error.strerror}"
            raise FileError(msg, "name a readable text file") from None
    return typed.free_text(note)


def _topic(text: str) -> str:
    code = re.sub(r"[\s-]+", "_", text.strip().lower())
    if not re.fullmatch(r"[a-z0-9_]{1,40}", code):
        msg = f"--topic {text!r}"
        raise UsageProblem(msg, "a short word, such as medication or goal_review")
    return code
