"""`lace`: the LACE score of a patient's discharge, asking only for what the file does not say."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from caretool import asking, dates, deciding, explain, lace, options, planning
from caretool.app import Session
from caretool.errors import InputError, UsageProblem
from caretool.history import seen
from caretool.intake.roster_words import condition
from caretool.model import TIERED, Status
from caretool.output import Result
from caretool.store import patients, scores, stays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from caretool.db import CareFile
    from caretool.items import Plan
    from caretool.lace import HospitalStay, Known, Score
    from caretool.model import PatientFacts
    from caretool.protocols import Protocols

READS = False
_ID = re.compile(r"[Dd]0*([1-9][0-9]{0,15})")
_NONE = "none"
_YES = {"y": True, "yes": True, "acute": True, "n": False, "no": False, "elective": False}
_NO_STAY = "no discharge from a hospital on file"
_INSTEAD = {
    "admission date unknown": "--admitted DATE",
    "acute or elective not given": "--acute or --elective",
    "comorbidities not given": "--comorbidity CODE, or --comorbidity none",
}


class _Given(NamedTuple):
    """What was said on the command line; None is what was not."""

    admitted_on: date | None
    acute: bool | None
    comorbidities: frozenset[str] | None
    ed_visits: int | None


def run(
    session: Session,
    patient: options.PatientArgument,
    discharge: Annotated[
        str | None,
        typer.Option("--discharge", metavar="ID", help="Of which stay; the latest unless said."),
    ] = None,
    acute: Annotated[
        bool | None, typer.Option("--acute/--elective", help="Was the admission an emergency?")
    ] = None,
    comorbidity: Annotated[
        list[str] | None,
        typer.Option(
            "--comorbidity",
            metavar="CODE",
            help="Beside the conditions on file; may be repeated; none: there are no others.",
        ),
    ] = None,
    ed_visits: Annotated[
        int | None,
        typer.Option(
            "--ed-visits",
            metavar="N",
            min=0,
            help="Emergency visits in the six months before, if not as on file.",
        ),
    ] = None,
    admitted: Annotated[
        str | None,
        typer.Option("--admitted", metavar="DATE", help="Admission date, if not as on file."),
    ] = None,
    on: options.OnOption = None,
) -> Result:
    """Work out the LACE score of a discharge: how likely is death or readmission in 30 days?

    caretool lace P42 --acute

    caretool lace P42 --discharge D17 --elective --comorbidity dementia --ed-visits 2
    """
    day = session.happened_on(on)
    today = session.today
    given = _Given(
        dates.parse_date(admitted, today, past=True) if admitted else None,
        acute,
        _comorbidities(comorbidity) if comorbidity else None,
        ed_visits,
    )
    with session.reading() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        case = deciding.case(care_file, patient_id, today)
        deciding.refuse_death(case.standing)
        facts = seen(case.facts, today)
        stay = _chosen(care_file, facts, discharge)
    if stay is None:
        return _not_computable(patient_id, None, [_NO_STAY])
    given = _asked(session, stay, facts, given)
    known = _known(stay, facts, given, case.rules.protocols)
    score = lace.score(known)
    if score is None:
        return _not_computable(patient_id, stay, lace.missing(known))
    with session.writing() as care_file:
        _refuse_earlier(care_file, patient_id, stay, day)
        parts = _parts(known, score, given)
        scores.add(care_file, patient_id, stay.stay_id, on=day, total=score.total, parts=parts)
        plan = planning.of_patient(care_file, patient_id, today)
    effect, until = _effect(plan, score, case.rules.protocols, day, today)
    return Result(
        data=_record(patient_id, stay, [])
        | parts
        | {
            "value": score.total,
            "band": score.band,
            "high_until": until,
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{patient_id} LACE {score.total}, {score.band}: {_stay_words(stay, known, today)}",
            *_part_words(known, score, given, facts, today),
            effect,
            explain.next_words(plan, today, mask=session.mask),
        ),
    )


# which stay


def _chosen(care_file: CareFile, facts: PatientFacts, discharge: str | None) -> HospitalStay | None:
    """The stay in hospital that is meant; None when there is none on file that has ended."""
    found = lace.hospital_stays(facts.stays)
    if discharge is None:
        ended = [one for one in found if one.discharged_on is not None]
        return max(ended, key=lambda one: one.discharged_on or date.min, default=None)
    match = _ID.fullmatch(discharge.strip())
    if match is None:
        msg = "that is no discharge's id"
        hint = f"ids look like D17; caretool show P{facts.patient_id} lists them"
        raise UsageProblem(msg, hint)
    stay_id = int(match[1])
    for stay in found:
        if any(one.stay_id == stay_id for one in stay.stays):
            if stay.discharged_on is None:
                msg = f"the stay of D{stay_id} has not ended"
                raise InputError(msg, "LACE is worked out at the discharge")
            return stay
    row = stays.get(care_file, stay_id)
    msg = f"D{stay_id} is not linked to P{facts.patient_id}"
    if row["patient_id"] == facts.patient_id:
        what = "was taken back by its sender" if row["cancelled"] else "is no stay in a hospital"
        msg = f"D{stay_id} {what}"
    raise InputError(msg, f"caretool show P{facts.patient_id} lists the discharges")


def _refuse_earlier(care_file: CareFile, patient_id: int, stay: HospitalStay, day: date) -> None:
    """Raise when a score of that day would not hold: before the discharge, before another score."""
    ended_on = stay.discharged_on
    if ended_on is not None and day < ended_on:
        msg = f"D{stay.stay_id} ended on {ended_on.isoformat()}, after {day.isoformat()}"
        raise InputError(msg, "LACE is worked out at the discharge or later")
    before = scores.last(care_file, patient_id, stay.stay_id)
    if before is not None and before["on_date"] > day.isoformat():
        msg = f"D{stay.stay_id} has a score of {before['on_date']}, after {day.isoformat()}"
        raise InputError(msg, "leave --on away, or say a day from then on")


# what is known


def _comorbidities(texts: Iterable[str]) -> frozenset[str]:
    """The comorbidities that were typed; `none` by itself says that there are no others."""
    words = [text.strip() for text in texts if text.strip()]
    if not words:
        msg = "no comorbidity given"
        raise UsageProblem(msg, "--comorbidity CODE, or --comorbidity none")
    if _NONE in map(str.lower, words):
        if len(words) > 1:
            msg = "--comorbidity none excludes the others"
            raise UsageProblem(msg, "none says that there are none but those on file")
        return frozenset()
    return frozenset().union(*map(_comorbidity, words))


def _comorbidity(text: str) -> frozenset[str]:
    found = lace.comorbidities_of(text)
    if found:
        return found
    ours = condition(text)
    if ours is None:
        msg = f"no comorbidity {text!r}"
        known = ", ".join(lace.load_lace().comorbidities)
        raise UsageProblem(msg, f"a condition, an ICD-10 code, none, or one of: {known}")
    return lace.on_file(ours)


def _asked(session: Session, stay: HospitalStay, facts: PatientFacts, given: _Given) -> _Given:
    """What is missing is asked for, where somebody is there to answer."""
    if not session.interactive:
        return given
    if given.admitted_on is None and stay.admitted_on is None:
        text = asking.ask(session, "admission date (YYYY-MM-DD)")
        given = given._replace(admitted_on=dates.parse_date(text, session.today, past=True))
    if given.acute is None:
        answer = _YES.get(
            asking.ask(session, "was the admission acute, not planned (yes/no)").lower()
        )
        if answer is None:
            msg = "neither yes nor no"
            raise UsageProblem(msg, "--acute or --elective")
        given = given._replace(acute=answer)
    if given.comorbidities is None and not facts.conditions:
        text = asking.ask(session, "comorbidities, with commas between, or none")
        given = given._replace(comorbidities=_comorbidities(text.split(",")))
    return given


def _known(stay: HospitalStay, facts: PatientFacts, given: _Given, protocols: Protocols) -> Known:
    """What the file and the command line say together."""
    assert stay.discharged_on is not None  # noqa: S101 - only stays that have ended are chosen
    admitted_on = given.admitted_on or stay.admitted_on
    if admitted_on is not None and admitted_on > stay.discharged_on:
        msg = (
            f"{admitted_on.isoformat()} is after the discharge on {stay.discharged_on.isoformat()}"
        )
        raise InputError(msg, "--admitted is the first day in hospital")
    comorbidities = given.comorbidities
    if facts.conditions:
        on_file = lace.on_file(one.code for one in facts.conditions)
        comorbidities = on_file | (comorbidities or frozenset())
    ed_visits = given.ed_visits
    if ed_visits is None and admitted_on is not None:
        went_home = {one.code for one in protocols.dispositions.values() if one.transition == "yes"}
        ed_visits = lace.ed_visits_before(facts.stays, admitted_on, went_home)
    return lace.Known(admitted_on, stay.discharged_on, given.acute, comorbidities, ed_visits)


# what is said


def _not_computable(patient_id: int, stay: HospitalStay | None, missing: list[str]) -> Result:
    whose = f"P{patient_id}" if stay is None else f"P{patient_id}, D{stay.stay_id}"
    ways = [_INSTEAD[one] for one in missing if one in _INSTEAD]
    return Result(
        data=_record(patient_id, stay, missing),
        said=(f"LACE of {whose} not computable: {'; '.join(missing)}",),
        hint=f"say {'; '.join(ways)}" if ways else "",
    )


def _record(patient_id: int, stay: HospitalStay | None, missing: list[str]) -> dict[str, Any]:
    """The score as scripts get it, while there is none."""
    return {
        "patient": f"P{patient_id}",
        "discharge": None if stay is None else f"D{stay.stay_id}",
        "stays": [] if stay is None else [f"D{one.stay_id}" for one in stay.stays],
        "value": None,
        "band": None,
        "missing": missing,
        **dict.fromkeys(_PARTS),
        "high_until": None,
        "next": None,
    }


_PARTS = (
    "method", "admitted", "discharged", "nights", "acute", "comorbidities", "comorbidity_sum",
    "ed_visits", "ed_visits_from", "points",
)  # fmt: skip


def _parts(known: Known, score: Score, given: _Given) -> dict[str, Any]:
    """What was counted and the points for it, as they are kept with the score."""
    values = (
        lace.load_lace().method,
        known.admitted_on.isoformat() if known.admitted_on else None,
        known.discharged_on.isoformat(),
        score.nights,
        known.acute,
        list(score.counted),
        score.weight,
        score.ed_visits,
        "file" if given.ed_visits is None else "given",
        {"l": score.length, "a": score.acute, "c": score.comorbidity, "e": score.emergency},
    )
    return dict(zip(_PARTS, values, strict=True))


def _stay_words(stay: HospitalStay, known: Known, today: date) -> str:
    """`D17, Sat 14 Nov to Fri 20 Nov`."""
    ids = ", ".join(f"D{one.stay_id}" for one in stay.stays)
    days = [dates.show_short(one, today) for one in (known.admitted_on, known.discharged_on) if one]
    return f"{ids}, {' to '.join(days)}"


def _part_words(
    known: Known, score: Score, given: _Given, facts: PatientFacts, today: date
) -> Iterator[str]:
    """A line for each letter: its points, and what was counted."""
    rules = lace.load_lace()
    whence = "" if given.admitted_on is None else ", admission as given"
    yield f"L {score.length}: {_number(score.nights, 'midnight')}{whence}"
    yield f"A {score.acute}: {'acute' if known.acute else 'elective'}"
    named = [f"{rules.comorbidities[one].label} {rules.comorbidities[one].points}"
             for one in score.counted]  # fmt: skip
    sources = ["on file"] if facts.conditions else []
    sources += ["as given"] if given.comorbidities is not None else []
    what = f"{', '.join(named)}, sum {score.weight}" if named else "none that counts"
    yield f"C {score.comorbidity}: {what} ({' and '.join(sources)})"
    whence = "as given"
    if given.ed_visits is None and known.admitted_on is not None:
        earliest = dates.add_months(known.admitted_on, -rules.months)
        whence = f"on file from {dates.show_short(earliest, today)} to the admission"
    visits = _number(score.ed_visits, "emergency visit")
    yield f"E {score.emergency}: {visits} before ({whence})"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _effect(
    plan: Plan, score: Score, protocols: Protocols, day: date, today: date
) -> tuple[str, date | None]:
    """What the score does, in words; and until when it makes tier or risk high."""
    where = plan.standing
    rule = next((one for one in protocols.raises if one.by == "lace"), None)
    if rule is None:
        return "the rules in force raise nothing by LACE", None
    if score.total < rule.at_least:
        return f"below {rule.at_least}: it raises nothing", None
    words = f"{rule.words} {score.total}"
    raised = next((one for one in where.raises if (one.first, one.words) == (day, words)), None)
    if raised is None:
        if where.status == Status.CLOSED:
            why = f"P{plan.patient_id} is closed"
        else:
            why = f"the tier was set by hand with a reason and stays {where.tier}"
        return f"{rule.at_least} or more is high, but {why}", None
    what = "high tier" if where.status in TIERED else "high risk"
    text = f"{rule.at_least} or more is high: {what} until {dates.show_short(raised.last, today)}"
    visit = next((one for one in plan.items if one.rule.risk == "high"), None)
    if visit is not None and visit.limit is not None:
        title = visit.rule.title.partition(",")[0]
        text += f", {title} (by {dates.show_short(visit.limit, today)})"
    return text, raised.last
