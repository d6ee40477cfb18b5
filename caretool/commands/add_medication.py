"""`add-medication`: puts a medicine on a patient's list; says its class if that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caretool import dates, deciding, medicine_list, medicines, options
from caretool.app import Session
from caretool.errors import DuplicateError
from caretool.medicines import Medication
from caretool.model import CloseReason, Status
from caretool.output import Result
from caretool.store import medications, patients, products

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from caretool.db import CareFile
    from caretool.standing import Standing

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The medicine, by ingredient or brand.")
    ],
    dose: Annotated[
        str | None, typer.Option("--dose", metavar="TEXT", help="How much at a time: 500 mg.")
    ] = None,
    times_per_day: Annotated[
        str | None,
        typer.Option(
            "--times-per-day", metavar="N", help="1, 2, 0.5 (every other day), 1/7 (once a week)."
        ),
    ] = None,
    drug_class: Annotated[
        str | None,
        typer.Option("--class", metavar="NAME", help="Its class, where caretool does not know it."),
    ] = None,
    atc: Annotated[
        str | None, typer.Option("--atc", metavar="CODE", help="ATC code: A10BA02.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DATE", help="Since when, or from when on, it is taken."),
    ] = None,
    prescriber: Annotated[
        str | None, typer.Option("--prescriber", metavar="TEXT", help="Who prescribes it.")
    ] = None,
    on: options.OnOption = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also when the list has this medicine already.")
    ] = False,
) -> Result:
    """Put a medicine on a patient's list; the same one twice only with --anyway.

    It may begin on a later day. A medicine that was stopped is put on the list again like a new
    one; another dose is noted by stopping the old entry, or with caretool reconcile.

    caretool add-medication P42 metformin --dose "500 mg" --times-per-day 2

    caretool add-medication P42 lisinopril --start 2026-12-01 --prescriber "Dr. Okafor"
    """
    day, today = session.happened_on(on), session.today
    entry = Medication(
        0,
        day,
        medicine_list.read_new_name(name),
        dose=medicines.read_dose(dose),
        times_per_day=medicines.read_times(times_per_day),
        drug_class=medicines.read_line(drug_class, "the class"),
        atc=medicines.read_atc(atc),
        started_on=None if start is None else dates.parse_date(start, today),
        prescriber=medicines.read_line(prescriber, "the prescriber"),
    )
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        medicine_list.check_start(care_file, patient_id, entry.started_on)
        _refuse_twice(care_file, patient_id, entry, today, anyway=anyway)
        number = medications.add(
            care_file,
            patient_id,
            on=day,
            name=entry.name,
            dose=entry.dose,
            times_per_day=entry.times_per_day,
            drug_class=entry.drug_class,
            atc=entry.atc,
            started_on=entry.started_on,
            prescriber=entry.prescriber,
        )
        known = products.catalogue(care_file)
        notices = list(_notices(deciding.case(care_file, patient_id, today).standing, entry))
    entry = entry._replace(medication_id=number)
    drug_class = medicine_list.class_of(known, entry, mask=session.mask)
    class_words = known.classes.labels.get(drug_class or "", drug_class)
    shown = medicine_list.shown_name(entry.name, entry.atc, mask=session.mask)
    words = ", ".join(_words(entry, shown, class_words, session))
    return Result(
        data={
            "patient": f"P{patient_id}",
            "medication": entry.id,
            "name": shown,
            "dose": None if session.mask else entry.dose,
            "times_per_day": entry.times_per_day,
            "class": drug_class,
            "atc": entry.atc,
            "started_on": entry.started_on,
            "prescriber": None if session.mask else entry.prescriber,
            "notices": notices,
        },
        said=(f"P{patient_id}: {entry.id} {words}", *notices),
        hint=""
        if drug_class
        else "no class known for it, so that it stands for itself: --class or --atc says one",
    )


def _notices(standing: Standing, entry: Medication) -> Iterator[str]:
    """That the patient has died before; a list may still be corrected."""
    died = standing.status == Status.CLOSED and standing.reason == CloseReason.DECEASED
    if not died or standing.since is None:
        return
    if standing.since < max(entry.noted_on, entry.started_on or entry.noted_on):
        fact = f" ({standing.fact_id})" if standing.fact_id else ""
        yield f"the patient died on {standing.since.isoformat()}{fact}, before that day"


def _refuse_twice(
    care_file: CareFile, patient_id: int, entry: Medication, today: date, *, anyway: bool
) -> None:
    on_list = medications.active(care_file, patient_id, today)
    same = medicine_list.same_drug(on_list, entry.name, entry.atc)
    if same and not anyway:
        ids = ", ".join(one.id for one in same)
        msg = f"P{patient_id} has this medicine on the list already: {ids}"
        hint = (
            f"caretool stop-medication P{patient_id} {same[0].id} --why TEXT ends that one;"
            " two of them on purpose: --anyway"
        )
        raise DuplicateError(msg, hint)


def _words(
    entry: Medication, shown: str | None, class_words: str | None, session: Session
) -> Iterator[str]:
    """What it is, as far as it is known and may be shown."""
    how = medicines.amount(None if session.mask else entry.dose, entry.times_per_day)
    yield " ".join(filter(None, (shown, how))) or "is on the list"
    if class_words:
        yield f"class {class_words}"
    start = entry.started_on
    if start is not None:
        word = "from" if start > session.today else "since"
        yield f"{word} {dates.show_short(start, session.today)}"
