"""Messages that two record numbers are one person's (HL7 A34, A40): what they teach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.model import Identifier, RowOutcome
from caretool.store import links, patients

if TYPE_CHECKING:
    from caretool.db import CareFile
    from caretool.intake.discharges import StayRow


def join_numbers(care_file: CareFile, issuer: str, row: StayRow) -> tuple[RowOutcome, str]:
    """Give the patient who has the earlier number the later one too; what came of it, and why.

    Where each number is somebody else's, nothing is joined: that is for `merge`, by hand.
    """
    number = row.record_number
    if not number or not row.prior_number:
        return RowOutcome.SKIPPED, "joins record numbers and does not name both"
    before = links.holders(care_file, issuer, row.prior_number)
    after = links.holders(care_file, issuer, number)
    if not before:
        return RowOutcome.SKIPPED, "joins record numbers of nobody on file"
    if before == after:
        return RowOutcome.UNCHANGED, "joins record numbers, as on file"
    if len(before) > 1 or after:
        ids = ", ".join(f"P{one}" for one in sorted(before | after))
        return RowOutcome.SKIPPED, f"says that {ids} are one person; caretool merge joins them"
    (patient_id,) = before
    patients.add_identifier(care_file, patient_id, Identifier(issuer, number))
    return RowOutcome.UPDATED, f"P{patient_id} has another record number"
