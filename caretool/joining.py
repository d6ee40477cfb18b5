"""Two patients on file who are one person: what speaks against it, joining them, parting them.

Where the joined patient stands is settled by what is safe, not by the dates of two records that
were kept side by side: nobody who is followed up may drop off the list because a record that was
made by mistake says so, and nobody of whom a death is known may be called.

- Who stays keeps their standing today: active stays active, closed stays closed.
- Who is only on the roster takes the standing of the other: then care goes on.
- A death counts for both. A record closed as entered in error says nothing about the person.

Statuses and tiers of the other move along where they leave the standing as it is; else they stay
behind, and where a contact that moved would change it (somebody declined under the other id), a
status of its day holds against it. Source of the rule: rulebook section 10, and the house rule that
nothing open ever leaves the list by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caretool import planning
from caretool.matching import Agreement, compare
from caretool.model import TIERED, CloseReason, Status
from caretool.store import links, merges

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile
    from caretool.standing import Standing
    from caretool.store.merges import Merge

_SAID = {
    "last": "last name",
    "first": "first name",
    "suffix": "suffix",
    "birth_date": "birth date",
    "sex": "sex",
}


class Goal(NamedTuple):
    """Where the joined patient is to stand, and whether that is the other's standing."""

    stand: Standing
    theirs: bool


def against(db: CareFile, patient_id: int, merged_id: int, today: date) -> list[str]:
    """What speaks against these two being one person, in words without values."""
    people = links.people(db, (patient_id, merged_id))
    evidence = compare(people[merged_id], people[patient_id])
    differ = {Agreement.CONTRADICT}
    fields = [name for name in ("first", "suffix", "sex") if getattr(evidence, name) in differ]
    if evidence.birth_date in {Agreement.CONTRADICT, Agreement.NEAR}:
        fields.append("birth_date")
    if "first" in fields and evidence.last == Agreement.CONTRADICT:
        fields.insert(0, "last")
    found = []
    if fields:
        found.append(f"another {', '.join(_SAID[name] for name in fields)}")
    one, other = (_standing(db, who, today) for who in (patient_id, merged_id))
    if _is_dead(one) != _is_dead(other) and not _is_error(one if _is_dead(other) else other):
        dead, alive = (patient_id, merged_id) if _is_dead(one) else (merged_id, patient_id)
        found.append(f"P{dead} has died, P{alive} has not")
    elif (_is_error(one) and not _is_error(other)) or (
        one.status == Status.CLOSED and other.status in TIERED
    ):
        found.append(f"P{patient_id}, who would stay, is {one.words}, P{merged_id} {other.words}")
    if merges.are_different(db, patient_id, merged_id):
        found.append("you said that they are different people")
    return found


def join(db: CareFile, patient_id: int, merged_id: int, today: date, why: str | None) -> Merge:
    """Make everything of one patient another's; returns what moved."""
    goal = _goal(db, patient_id, merged_id, today)
    merge = merges.begin(db, patient_id, merged_id, today, why)
    _carry_out(db, merge, goal, today)
    return merge


def part(db: CareFile, merge: Merge, today: date) -> None:
    """Take a merge back, also one that others came after.

    The later merges of the same person are undone before it and done again after it, so that the
    result is as if this one had never been; what was noted since stays with the one who stayed.
    """
    holder = merges.kept(db, merge.patient_id)
    family = [one for one in merges.in_force(db) if merges.kept(db, one.patient_id) == holder]
    later = [one for one in family if one.id > merge.id]
    for one in reversed(later):
        merges.take_back(db, one)
    merges.take_back(db, merge)
    merges.end(db, merge, today)
    for one in later:
        goal = _goal(db, one.patient_id, one.merged_id, today)
        merges.redo(db, one)
        _carry_out(db, one, goal, today)


def _carry_out(db: CareFile, merge: Merge, goal: Goal, today: date) -> None:
    merges.move_all(db, merge)
    _settle_status(db, merge, goal, today)
    _settle_tier(db, merge, goal, today)
    merges.save(db, merge)


def _standing(db: CareFile, patient_id: int, today: date) -> Standing:
    return planning.of_patient(db, patient_id, today).standing


def _goal(db: CareFile, patient_id: int, merged_id: int, today: date) -> Goal:
    one, other = (_standing(db, who, today) for who in (patient_id, merged_id))
    if _is_error(other):
        return Goal(one, theirs=False)
    death = _is_dead(other) and not _is_dead(one)
    if death or (one.status == Status.ROSTER and other.status != Status.ROSTER):
        return Goal(other, theirs=True)
    return Goal(one, theirs=False)


def _settle_status(db: CareFile, merge: Merge, goal: Goal, today: date) -> None:
    if merges.move(db, merge, "statuses"):
        now = _standing(db, merge.patient_id, today)
        kept = _is(now, goal.stand) and now.since == goal.stand.since
        if not (goal.theirs or kept):
            merges.back(db, merge, "statuses")
    now = _standing(db, merge.patient_id, today)
    if _is(now, goal.stand) or (_is_dead(now) and now.fact_id):
        return
    merges.add(
        db,
        merge,
        "statuses",
        on_date=(now.since or today).isoformat(),
        status=goal.stand.status.value,
        reason=goal.stand.reason,
    )


def _settle_tier(db: CareFile, merge: Merge, goal: Goal, today: date) -> None:
    own = merges.last_tier(db, merge.patient_id, today)
    theirs = merges.last_tier(db, merge.merged_id, today)
    wanted = theirs if theirs is not None and (goal.theirs or own is None) else own
    if theirs is None or wanted is None or not merges.move(db, merge, "tiers"):
        return
    if merges.last_tier(db, merge.patient_id, today) == wanted:
        return
    if wanted == own:
        merges.back(db, merge, "tiers")
    else:
        tier, why = wanted
        merges.add(db, merge, "tiers", on_date=today.isoformat(), tier=tier, reason=why)


def _is(one: Standing, other: Standing) -> bool:
    return (one.status, one.reason) == (other.status, other.reason)


def _is_dead(one: Standing) -> bool:
    return one.status == Status.CLOSED and one.reason == CloseReason.DECEASED


def _is_error(one: Standing) -> bool:
    return one.status == Status.CLOSED and one.reason == CloseReason.ENTERED_IN_ERROR
