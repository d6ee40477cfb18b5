"""A patient's list of medicines for the commands: which one is meant, its class, what fills say.

Masked, a medicine keeps its id, class, times a day and dates; its name is typed text, so that only
the drug stays of it, and only where that is one that caretool knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import figures, medicines
from caretool.coverage import By
from caretool.drug_names import drug_of
from caretool.errors import AmbiguousError, InputError, NotFoundError
from caretool.figures import Wanted
from caretool.methods import METHODS
from caretool.names import fold
from caretool.store import medications, patients, products

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from caretool.catalogue import Catalogue
    from caretool.db import CareFile
    from caretool.figures import Found
    from caretool.medicines import Medication

Record = dict[str, Any]


class Filled(NamedTuple):
    """What the fills of one drug say."""

    last_fill: date | None
    runs_out: date | None


def read(
    care_file: CareFile,
    patient_id: int,
    today: date,
    fills: Sequence[Found],
    *,
    every: bool,
    mask: bool,
) -> list[Record]:
    """A patient's list on that day, in the order of entry; with `every` also what was stopped.

    `fills` is what was `dispensed` up to then.
    """
    found = medications.of_patient(care_file, patient_id, today)
    if not every:
        found = [one for one in found if one.stopped_on is None]
    if not found:
        return []
    known = products.catalogue(care_file)
    filled = {
        key: Filled(one.figure.last_fill, one.figure.runs_out)
        for one in fills
        for key in one.group.drugs
    }
    nothing = Filled(None, None)
    return [_record(one, known, filled.get(one.key, nothing), mask=mask) for one in found]


def _record(one: Medication, known: Catalogue, filled: Filled, *, mask: bool) -> Record:
    return {
        "medication": one.id,
        "name": shown_name(one.name, one.atc, mask=mask),
        "dose": None if mask else one.dose,
        "times_per_day": one.times_per_day,
        "class": class_of(known, one, mask=mask),
        "atc": one.atc,
        "started_on": one.started_on,
        "prescriber": None if mask else one.prescriber,
        "stopped_on": one.stopped_on,
        "stop_reason": None if mask else one.stop_reason,
        "replaces": None if one.replaces_id is None else f"M{one.replaces_id}",
        "last_fill": filled.last_fill,
        "runs_out": filled.runs_out,
    }


def class_of(known: Catalogue, one: Medication, *, mask: bool = False) -> str | None:
    """The class that was given, else that of its ATC code or ingredient; masked, only the latter.

    So it follows the classes in force, also when a practice adds some.
    """
    return known.labelled(one.name, "" if mask else one.drug_class or "", one.atc or "").drug_class


def shown_name(name: str, atc: str | None, *, mask: bool) -> str | None:
    """The name as it was typed; behind the mask the ingredients that are known of it."""
    return medicines.ingredients(name, atc) if mask else name


def dispensed(care_file: CareFile, patient_id: int, today: date) -> list[Found]:
    """Each drug with fills up to that day, whether it is on the list or not."""
    wanted = Wanted(today, today, today, METHODS["pdc"], By.MEDICATION)
    return [one for one in figures.of_patient(care_file, patient_id, wanted) if one.group.supplies]


def check_start(care_file: CareFile, patient_id: int, start: date | None) -> None:
    """Raise InputError when a medicine is to have begun before the patient was born."""
    born = patients.card(care_file, patient_id).birth_date
    if born is not None and start is not None and start < born:
        msg = f"{start.isoformat()} is before the birth of P{patient_id}"
        raise InputError(msg, f"check the year; caretool show P{patient_id}")


# which one is meant


def read_new_name(text: str) -> str:
    """The name of a medicine for the list; raises InputError for what cannot be one, or is an id.

    Named `M3`, a medicine would be meant by an id that is another one's.
    """
    name = medicines.read_name(text)
    if medicines.number(name) is not None:
        msg = f"{name} is the id of a medicine on a list, and no name"
        raise InputError(msg, 'write it as "metformin" or "metformin 500 mg"')
    return name


def meant(care_file: CareFile, patient_id: int, text: str, today: date) -> Medication:
    """The medicine on a patient's list that is meant by an id (`M3`) or (part of) a name.

    Raises NotFoundError; AmbiguousError listing ids; InputError when it was stopped already.
    """
    every = medications.of_patient(care_file, patient_id, today)
    number = medicines.number(text)
    if number is not None:
        found = [one for one in every if one.medication_id == number]
        if not found:
            msg = f"P{patient_id} has no medicine M{number}"
            raise NotFoundError(msg, f"caretool medications P{patient_id} --all lists them")
        return _not_stopped(found[0])
    active = [one for one in every if one.stopped_on is None]
    found = _called(active, text)
    if len(found) > 1:
        msg = f"{len(found)} medicines fit: {', '.join(one.id for one in found)}"
        raise AmbiguousError(msg, "say which one by its id")
    if found:
        return found[0]
    stopped = _called([one for one in every if one.stopped_on is not None], text)
    if stopped:
        return _not_stopped(stopped[-1])
    msg = f"no medicine of P{patient_id} fits what was typed"
    raise NotFoundError(msg, f"caretool medications P{patient_id} lists them")


def _not_stopped(one: Medication) -> Medication:
    if one.stopped_on is not None:
        msg = f"{one.id} was stopped on {one.stopped_on.isoformat()} already"
        raise InputError(msg, "if it is taken again: caretool add-medication")
    return one


def _called(several: Sequence[Medication], text: str) -> list[Medication]:
    """Those of that very name; else those of that drug; else those whose name holds it."""
    name, key = fold(text), drug_of(text).key
    fits: tuple[Callable[[Medication], bool], ...] = (
        lambda one: fold(one.name) == name,
        lambda one: one.key == key,
        lambda one: bool(name) and name in fold(one.name),
    )
    for fit in fits:
        found = [one for one in several if fit(one)]
        if found:
            return found
    return []


def same_drug(several: Sequence[Medication], name: str, atc: str | None) -> list[Medication]:
    """Those of a list that are this medicine."""
    key = drug_of(name, atc or "").key
    return [one for one in several if one.key == key]
