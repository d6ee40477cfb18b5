"""What a patient says of missed doses, as it is typed: `2/7`, of which medicine, for which reasons.

Asked in the words of `rules/missed-doses.toml`, for any number of days; never a share of days with
medicine, which only fills tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from caretool.errors import UsageProblem
from caretool.rule_files import load_missed_doses, load_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from caretool.model import PatientFacts

_MISSED = re.compile(r"(\d{1,3})/(\d{1,3})", re.ASCII)


class Report(NamedTuple):
    """On how many of so many days a dose was missed, and why."""

    missed: int
    days: int
    medication: str | None
    reasons: tuple[str, ...]


def read(text: str | None, medication: str | None, because: Sequence[str]) -> Report | None:
    """What was typed, if anything; raises UsageProblem, or InputError for more days than there are.

    `medication` and `because` belong to a report.
    """
    if text is None:
        if medication is not None or because:
            option = "--missed-because" if medication is None else "--medication"
            msg = f"{option} belongs to --missed-doses"
            raise UsageProblem(msg, "--missed-doses 2/7 --medication metformin")
        return None
    match = _MISSED.fullmatch(text.strip())
    if match is None:
        msg = f"--missed-doses {text!r}"
        raise UsageProblem(msg, "days with a missed dose, of how many: 2/7 or 0/14")
    from caretool.adherence import self_reported  # not loaded for every call that is logged

    missed, days = int(match[1]), int(match[2])
    self_reported(missed, days)
    if because and not missed:
        msg = "--missed-because, but no dose was missed"
        raise UsageProblem(msg, "leave it away, or say on how many days one was missed")
    return Report(missed, days, medication, tuple(dict.fromkeys(_reason(one) for one in because)))


def _reason(text: str) -> str:
    code, known = re.sub(r"[\s-]+", "_", text.strip().lower()), load_missed_doses().reasons
    if code not in known:
        msg = "no such reason for missed doses"
        raise UsageProblem(msg, f"one of: {', '.join(known)}")
    return code


def check(report: Report | None, outcome: str, *, counts: bool) -> None:
    """Raise UsageProblem for a report where nobody was reached who could have said it."""
    if report is None or counts:
        return
    msg = f"--missed-doses, but {outcome} is no contact with patient or caregiver"
    codes = [one.code for one in load_outcomes().values() if one.counts]
    raise UsageProblem(msg, f"leave it away, or --outcome one of: {', '.join(codes)}")


def notices(report: Report | None, facts: PatientFacts) -> Iterator[str]:
    """That the medicine is neither on the patient's list nor filled; without its name."""
    if report is None or report.medication is None:
        return
    from caretool.drug_names import drug_of  # not loaded for every call that is logged

    known = {one.drug for one in facts.listed} | {one.medicine.drug for one in facts.supplies}
    if drug_of(report.medication).key not in known:
        whose = f"P{facts.patient_id}"
        yield (
            f"the medicine that was named is neither on the list of {whose} nor among their fills:"
            f" caretool medications {whose}"
        )
