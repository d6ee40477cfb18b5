"""Rows of a fills file about patients on file that cannot be used are kept, and later corrected.

So that each figure can say how many fills were refused. The same list again adds none; the
corrected rejects file, which says where each row stood, tells which medicine and day it was about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.intake.rejects import line_in_list
from caretool.store import refused_fills
from caretool.store.refused_fills import Refused

if TYPE_CHECKING:
    from caretool.db import CareFile
    from caretool.importing import Job
    from caretool.intake.fills import BadFill, FillRow


class Refusals:
    """Keeps the rows of one file that became no fill."""

    def __init__(self, care_file: CareFile, job: Job) -> None:
        self.care_file = care_file
        self.job = job
        self.before = refused_fills.of_file(care_file, job.listing.sha256, job.sheet)
        self.stood_at = line_in_list(job.listing)
        self.new: list[Refused] = []

    def note(self, bad: BadFill, patient_id: int) -> None:
        """Keep a row about a patient, unless it is known from before."""
        row = bad.rejected
        if (patient_id, row.line) in self.before:
            return
        on = None if bad.filled_on is None else bad.filled_on.isoformat()
        reason = f"{row.column}: {row.reason}" if row.column else row.reason
        now = Refused(patient_id, bad.drug, on, reason, row.line)
        if not (self.stood_at and self._correct(now, self.stood_at(row.cells))):
            self.new.append(now)

    def corrected(self, row: FillRow, patient_id: int) -> None:
        """Note which fill the row is that was refused, if this file corrects one."""
        if self.stood_at is not None:
            on = row.filled_on.isoformat()
            now = Refused(patient_id, row.product.name, on, "", row.line)
            self._correct(now, self.stood_at(row.cells))

    def _correct(self, now: Refused, line: int | None) -> bool:
        ids = [] if line is None else refused_fills.at(self.care_file, now, line)
        refused_fills.correct_all(self.care_file, now, ids)
        return bool(ids)

    def keep(self) -> None:
        """Write down what was noted since the last time."""
        refused_fills.add_all(self.care_file, self.new, self.job.run_id)
        self.new.clear()
