"""`log-contact`: what came of a contact; ends with the next date and why."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from caretool import dates, deciding, explain, options, output, planning, self_reports, typed
from caretool.app import Session
from caretool.errors import FileError, InputError, RefusedError, UsageProblem
from caretool.model import Channel, CloseReason, Decision, Party, Status
from caretool.names import phone_key
from caretool.output import Result
from caretool.rule_files import load_missed_doses, load_outcomes, load_topics
from caretool.short_file import read_short
from caretool.store import contacts, patients

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, time

    from caretool.db import CareFile
    from caretool.deciding import Case
    from caretool.items import Plan
    from caretool.model import Card, StayFact
    from caretool.protocols import Outcome
    from caretool.standing import Standing
    from caretool.store.patients import Reach

READS = False
_MOST_MINUTES = 24 * 60
_DIALLED = frozenset({Channel.PHONE, Channel.SMS})
_ASKED = " ".join(f'{days} days: "{text}"' for days, text in load_missed_doses().questions.items())


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
        str | None,
        typer.Option("--note", metavar="TEXT", help="A note; - reads standard input."),
        options.Mark.PIPED,
    ] = None,
    note_file: Annotated[
        Path | None,
        typer.Option("--note-file", metavar="FILE", help="A note from a file."),
        options.Mark.PIPED,
    ] = None,
    next_on: Annotated[
        str | None, typer.Option("--next", metavar="DATE", help="A date that was asked for.")
    ] = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="Why that date.")] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option(
            "--topic",
            metavar="CODE",
            help=f"What it was about, may be repeated: {', '.join(load_topics())}.",
        ),
    ] = None,
    missed_doses: Annotated[
        str | None,
        typer.Option("--missed-doses", metavar="N/DAYS", help=_ASKED),
    ] = None,
    missed_because: Annotated[
        list[str] | None,
        typer.Option(
            "--missed-because",
            metavar="CODE",
            help=f"Why, may be repeated: {', '.join(load_missed_doses().reasons)}.",
        ),
    ] = None,
    medication: Annotated[
        str | None, typer.Option("--medication", metavar="NAME", help="Of which medicine.")
    ] = None,
    number: Annotated[
        str | None,
        typer.Option("--number", metavar="NO", help="Which number is wrong, if not the usual one."),
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
    report = self_reports.read(missed_doses, medication, missed_because or ())
    text = _note(note, note_file)
    channel = by or _usual_channel(meaning)
    made = _Made(meaning, day, at, channel, spoken_to, inbound=inbound)
    _check_number(number, made)
    self_reports.check(report, meaning.code, counts=made.counts)
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        card = patients.card(care_file, patient_id)
        before = deciding.case(care_file, patient_id, session.today)
        topics = tuple(_topic(one, before.rules.protocols.topics) for one in topic or ())
        _refuse_impossible(made, card, before.standing)
        wrong = _wrong_number(care_file, card, number, made)
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
            bad_number=wrong,
        )
        if report is not None:
            contacts.add_self_report(care_file, contact_id, **report._asdict())
        plan = planning.of_patient(care_file, patient_id, session.today)
        way = patients.reach(care_file, {patient_id: card}, session.today)[patient_id]
    notices = [*_notices(made, before, wrong, session.today)]
    notices += self_reports.notices(report, before.facts)
    return Result(
        data={
            "contact": f"C{contact_id}",
            "patient": f"P{patient_id}",
            "at": day.isoformat() + (f"T{at:%H:%M}" if at else ""),
            "outcome": meaning.code,
            "reached": meaning.reached,
            "counts": made.counts,
            "next": explain.next_record(plan, session.today, mask=session.mask),
            "channel": way.channel,
            "phone": None if session.mask else way.number,
            "notices": notices,
        },
        said=(
            f"logged C{contact_id} for P{patient_id}: {meaning.label},"
            f" {dates.show_short(day, session.today)}",
            *notices,
            *_next_words(session, before, plan, way if wrong else None),
        ),
    )


class _Made(NamedTuple):
    """The contact as it was made."""

    meaning: Outcome
    day: date
    at: time | None
    channel: Channel
    party: Party
    inbound: bool

    @property
    def counts(self) -> bool:
        """Is it a contact with the patient or the caregiver about their care?"""
        return self.meaning.counts and self.party in {Party.PATIENT, Party.CAREGIVER}


# what cannot be


def _refuse_impossible(made: _Made, card: Card, standing: Standing) -> None:
    """Raise InputError for a contact before the birth, or with the patient after their death."""
    day = made.day.isoformat()
    if card.birth_date is not None and made.day < card.birth_date:
        msg = f"{day} is before the birth of {card.id}"
        raise InputError(msg, f"check the year; caretool show {card.id}")
    died = standing.status == Status.CLOSED and standing.reason == CloseReason.DECEASED
    after = died and standing.since is not None and standing.since < made.day
    if after and made.meaning.reached and made.party == Party.PATIENT:
        fact = standing.fact_id
        since = standing.since.isoformat() if standing.since else ""
        msg = f"{card.id} died on {since}{f' ({fact})' if fact else ''}, before {day}"
        undo = deciding.taking_back(fact) if fact else f"reopen {card.id} --why TEXT"
        raise InputError(msg, f"if that is wrong: caretool {undo}")


def _check_number(number: str | None, made: _Made) -> None:
    if number is None:
        return
    if not made.meaning.bad_number:
        codes = [one.code for one in load_outcomes().values() if one.bad_number]
        msg = "--number says which number is wrong"
        raise UsageProblem(msg, f"it belongs to --outcome {' and '.join(codes)}")
    if made.inbound or made.channel not in _DIALLED:
        msg = "--number says which number was called"
        raise UsageProblem(msg, "leave --number away, or --by and --inbound")


def _wrong_number(care_file: CareFile, card: Card, number: str | None, made: _Made) -> str | None:
    """The key of the number that proved wrong: the one given, else the one that was to be called.

    Raises InputError when the one given is not on file: a slip would rule out nothing.
    """
    if not made.meaning.bad_number or made.inbound or made.channel not in _DIALLED:
        return None
    if number is None:
        called = patients.reach(care_file, {card.patient_id: card}, made.day)[card.patient_id]
        return None if called.number is None else phone_key(called.number)
    key = phone_key(typed.phone(number))
    known = [phone_key(one) for one in patients.details(care_file, card.patient_id)["phones"]]
    fits = [one for one in known if one == key] or [one for one in known if one.endswith(key)]
    if len(fits) != 1:
        msg = f"that is no number of {card.id}"
        raise InputError(msg, f"caretool show {card.id} lists them")
    return fits[0]


# what is said


def _notices(made: _Made, before: Case, wrong: str | None, today: date) -> Iterator[str]:
    """What she should know of this contact besides what comes next."""
    whose = f"P{before.plan.patient_id}"
    if made.channel == Channel.PHONE and not made.inbound and _wants_no_calls(before, made.day):
        yield f"{whose} does not want to be called"
    if made.meaning.reached and not made.counts and not made.meaning.closes:
        yield "it does not count as a contact with the patient; the interval goes on"
    yield from _same_day(made, before.facts.stays)
    if made.meaning.bad_number and wrong is None:
        yield "no number is ruled out by it: --number NO says which one was wrong"
    where = before.standing
    if _closes_nothing(made, where):
        day = dates.show_short(where.since, today) if where.since else ""
        yield (
            f"it does not close {whose}, who is {where.status.value.replace('_', ' ')} since {day}:"
            f" caretool edit-patient {whose} --status closed --reason {made.meaning.closes}"
        )
    if where.status == Status.CLOSED:
        since = dates.show_short(where.since, today) if where.since else ""
        text = f"{whose} is closed ({(where.reason or '').replace('_', ' ')} since {since})"
        if where.reason != CloseReason.DECEASED:
            text += f": caretool reopen {whose} --why TEXT brings them back"
        yield text


def _closes_nothing(made: _Made, where: Standing) -> bool:
    """Does it end outreach on a day before care management began? A death closes all the same."""
    closes = made.meaning.closes
    if closes is None or closes == CloseReason.DECEASED or where.status == Status.CLOSED:
        return False
    return where.since is not None and made.day < where.since


def _wants_no_calls(before: Case, day: date) -> bool:
    said = [
        one.decision
        for one in before.facts.decisions
        if one.on <= day and one.decision in {Decision.NO_CALLS, Decision.CALLS}
    ]
    return said[-1:] == [Decision.NO_CALLS]


def _same_day(made: _Made, stays: Iterable[StayFact]) -> Iterator[str]:
    """On the day of a discharge, without both times: it counts, and that is said (rulebook 2.1)."""
    if not (made.meaning.reached or made.meaning.attempt):
        return
    for stay in stays:
        if stay.discharged_on == made.day and None in {made.at, stay.discharged_at}:
            what = "no time given" if made.at is None else "the list gives no time of discharge"
            yield f"{what}: counted as after the discharge of that day (D{stay.stay_id})"


def _next_words(session: Session, before: Case, plan: Plan, way: Reach | None) -> tuple[str, ...]:
    """What comes next, after a wrong number also by which way.

    Nothing where it was said already that care has ended.
    """
    if before.standing.status == Status.CLOSED and plan.standing.status == Status.CLOSED:
        return ()
    words = explain.next_words(plan, session.today, mask=session.mask)
    if way is None:
        return (words,)
    how = f"by {way.channel or Channel.LETTER}"
    if way.number is not None:
        how = "another number" if session.mask else f"another number {output.phone(way.number)}"
    elif not _wants_no_calls(before, session.today):
        how = f"no number left: {how}"
    if not plan.items:
        return (how, words)
    return (f"next: {how}; {words.removeprefix('next: ')}",)


# what was typed


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
    if meaning.code.startswith("letter"):
        return Channel.LETTER
    return Channel.CLINIC if meaning.code.startswith("visit") else Channel.PHONE


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


def _note(note: str | None, note_file: Path | None) -> str | None:
    if note is not None and note_file is not None:
        msg = "--note and --note-file exclude each other"
        raise UsageProblem(msg, "choose one")
    if note == "-" or (note_file is not None and str(note_file) == "-"):
        return typed.free_text(sys.stdin.read())
    if note_file is not None:
        try:
            return typed.free_text(read_short(note_file))
        except UnicodeDecodeError:
            msg = f"{note_file} is not UTF-8 text"
            raise FileError(msg, "save it as UTF-8") from None
        except OSError as error:
            msg = f"{note_file}: {error.strerror}"
            raise FileError(msg, "name a readable text file") from None
    return typed.free_text(note)


def _topic(text: str, known: tuple[str, ...]) -> str:
    """The topic of that code; a slip would be noted and complete nothing."""
    code = re.sub(r"[\s-]+", "_", text.strip().lower())
    if code not in known:
        from difflib import get_close_matches

        close = get_close_matches(code, known, n=3)
        perhaps = f"perhaps {' or '.join(close)}; " if close else ""
        msg = f"no topic {text!r}"
        raise UsageProblem(msg, f"{perhaps}one of: {', '.join(known)}")
    return code
