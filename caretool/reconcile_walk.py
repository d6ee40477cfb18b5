"""The questions of a reconciliation on a terminal, medicine by medicine; nothing is written here.

Each question is asked again until its answer can be used, `?` explains it, and what is a slip
there (yes for a dose, a letter for a way of taking) is refused. At the end everything that was
decided is shown, and any of it can be answered again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeVar

from caretool import medicine_list, medicines, output
from caretool.drug_names import drug_of
from caretool.errors import InputError, RefusedError
from caretool.medicines import NO, YES, amount_in, known
from caretool.reconciliation import Choice, Said, choices, settle_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from caretool.medicines import Medication
    from caretool.reconciliation import Settled

_T = TypeVar("_T")
_SAME = "same"
_CHOICES = {
    Choice.CONTINUED: "continued: goes on as before",
    Choice.CHANGED: "changed: goes on in another dose",
    Choice.NEW: "new: is put on the list",
    Choice.STOPPED: "stopped: is not taken from now on",
}
_LISTED = (
    "yes: it stands on the discharge list as it was before; no: it does not; else the dose there,"
    " such as 500 mg or 500 mg, 2 a day; unknown: nobody has looked"
)
_TAKEN = (
    "yes: it is taken as it should be; no: it is not taken; else how it is taken, such as 250 mg or"
    " 500 mg, 1 a day; unknown: nobody has asked"
)
_DOSE = "how much at a time, such as 500 mg or 2 tablets; unknown if nobody knows"
_TIMES = "a number: 1, 2, 0.5 (every other day), 1/7 (once a week); unknown if nobody knows"
_ANOTHER = "a medicine that is not on the list before, by ingredient or brand; no if there is none"
_WHY = "the reason in your words, which is kept, such as cough or not needed any more"
_WRITE = (
    "yes: all of this is written; no: nothing is; the number of one: it is asked again, and the"
    " list is shown again"
)


class _One(NamedTuple):
    """What was said of one medicine."""

    before: Medication | None
    said: Said


class Walk:
    """The questions about the medicines of one patient."""

    def __init__(self, before: Sequence[Medication], *, with_list: bool, mask: bool) -> None:
        """Of these on the list before; is there a discharge list to compare them with?"""
        self.before = before
        self.with_list = with_list
        self.mask = mask
        self.answered: list[_One] = []

    def ask(self, show: Callable[[Settled], str]) -> list[Said]:
        """What was said of each medicine, once the whole of it was confirmed.

        Args:
            show: one decision in words.

        Raises:
            RefusedError: it was not confirmed.
            EOFError: the terminal was closed.
        """
        for one in self.before:
            self.answered.append(_One(one, self._about(one)))
        while (name := self._name()) is not None:
            self._add(self._new(name))
        while (number := self._confirmed(show)) is not None:
            self._again(number)
        return [one.said for one in self.answered]

    def _confirmed(self, show: Callable[[Settled], str]) -> int | None:
        """Show what was decided; the number of the one to ask again, None for yes."""
        settled = settle_all([one.said for one in self.answered], self.before)
        for number, one in enumerate(settled, 1):
            output.talk(f"{number:>2}. {show(one)}")
        if not settled:
            output.talk("no medicines")
        question = "write this? yes, no, or the number of one to answer again"
        if not settled:
            question = "write this? yes or no"

        def read(answer: str) -> int | None:
            if answer.lower() in YES:
                return None
            if answer.lower() in NO:
                msg = "nothing was written"
                raise RefusedError(msg, "caretool reconcile asks again", code="confirm")
            if not (answer.isascii() and answer.isdecimal() and 1 <= int(answer) <= len(settled)):
                _refuse(f"yes, no, or 1 to {len(settled)}" if settled else "yes or no")
            return int(answer)

        return self._ask(question, read, _WRITE)

    def _again(self, number: int) -> None:
        """Ask again about the one of that number; a new one may turn out to be on no list."""
        one = self.answered.pop(number - 1)
        if one.before is not None:
            self._add(self._about(one.before), one.before, number - 1)
        elif (name := self._name(one.said.name)) is not None:
            self._add(self._new(name), None, number - 1)

    def _add(self, said: Said, before: Medication | None = None, at: int | None = None) -> None:
        if not choices(said, before):
            output.talk("on none of the lists, so left out")
            return
        self.answered.insert(len(self.answered) if at is None else at, _One(before, said))

    # one medicine

    def _about(self, one: Medication) -> Said:
        """The three lists, and the decision, of a medicine on the list before."""
        name = medicine_list.shown_name(one.name, one.atc, mask=self.mask)
        how = "" if self.mask else one.amount
        said = self._lists(one.id, " ".join(filter(None, (one.id, name, how))), one.id)
        if Choice.CHANGED in choices(said, one):
            times = medicines.parse_amount(said.discharge or "")[1] or one.times_per_day
            question = f"{one.id}: how many times a day, or unknown"
            said = said._replace(
                times_per_day=self._times(question, times or "", one.times_per_day)
            )
        return self._decided(said, one)

    def _new(self, name: str) -> Said:
        """The same of a medicine that is not on the list before."""
        said = self._lists(name, name, "new medicine")
        if not choices(said, None):
            return said
        told = amount_in(said.discharge) or amount_in(said.taking)
        dose, times = medicines.parse_amount(told) if told else (None, None)
        said = said._replace(
            dose=self._ask("dose, or unknown", _dose, _DOSE, dose or ""),
            times_per_day=self._times("how many times a day, or unknown", times or ""),
        )
        return self._decided(said, None)

    def _lists(self, name: str, words: str, place: str) -> Said:
        discharge = None
        if self.with_list:
            question = f"{words}: on the discharge list? yes, no, unknown, or the dose there"
            discharge = self._ask(question, _on_a_list, _LISTED)
        question = f"{words}: taken? yes, no, unknown, or how"
        return Said(
            place, name, discharge=discharge, taking=self._ask(question, _on_a_list, _TAKEN)
        )

    def _decided(self, said: Said, before: Medication | None) -> Said:
        left = choices(said, before)
        decision = left[0]
        if len(left) > 1:
            words = "; ".join(_CHOICES[one] for one in left)
            question = f"{said.place}: {' or '.join(left)}"
            decision = self._ask(question, lambda answer: _choice(answer, left), words)
        why = None
        if decision == Choice.STOPPED:
            why = self._ask(f"{said.place} stopped, why", _reason, _WHY)
        return said._replace(decision=decision, why=why)

    def _name(self, default: str = "") -> str | None:
        """Of another medicine; None when there is none."""
        what = "on the discharge list or taken" if self.with_list else "taken"
        question = f"another medicine {what}: its name, or no"
        return self._ask(question, self._read_name, _ANOTHER, default)

    def _read_name(self, answer: str) -> str | None:
        if answer.lower() in NO:
            return None
        if answer.lower() in YES or len(answer) == 1:
            _refuse("the name of a medicine, or no")
        name = medicine_list.read_new_name(answer)
        key = drug_of(name).key
        for one in self.answered:
            if key == (one.before.key if one.before else drug_of(one.said.name).key):
                place = one.before.id if one.before else one.said.name
                msg = f"that is {place}, answered already"
                raise InputError(msg, "another name, or no; answers can be changed at the end")
        return name

    def _times(self, question: str, default: str, same: str | None = None) -> str | None:
        def read(answer: str) -> str | None:
            return same if answer.lower() == _SAME else medicines.read_times(known(answer))

        return self._ask(question, read, _TIMES, default)

    def _ask(
        self, question: str, read: Callable[[str], _T], explained: str, default: str = ""
    ) -> _T:
        while True:
            answer = output.ask(question, default)
            if answer == "?":
                output.talk(explained)
                continue
            try:
                medicines.read_line(answer, "the answer")
                return read(answer)
            except InputError as problem:
                output.talk_error(problem)


def _on_a_list(answer: str) -> str | None:
    """Yes, no, or a dose; None for unknown."""
    first, *more = answer.lower().replace(",", " ").split() or [""]
    is_slip = len(answer) == 1 and not answer.isdecimal() and answer.lower() not in YES | NO
    if (is_slip and known(answer)) or first == "not" or (more and first in YES | NO):
        _refuse("yes, no, unknown, or only the dose")
    return known(answer)


def _dose(answer: str) -> str | None:
    return medicines.read_dose(known(answer))


def _reason(answer: str) -> str | None:
    if answer.lower() in YES | NO or len(answer) == 1:
        _refuse("the reason in words")
    return medicines.read_line(answer, "why")


def _choice(answer: str, left: Sequence[Choice]) -> Choice:
    """The decision whose word begins so; h is changed, as c may be two of them."""
    typed = answer.lower()
    found = [
        one for one in left if one.startswith(typed) or (one == Choice.CHANGED and typed == "h")
    ]
    if len(found) != 1:
        _refuse(" or ".join(left))
    return found[0]


def _refuse(instead: str) -> NoReturn:
    msg = "that is no answer here"
    raise InputError(msg, f"{instead}; ? explains")
