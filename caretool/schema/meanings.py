"""What every column of every table means, in words: for the data dictionary of an export.

What the tables are for is in `docs/data-model.md`; what a column may hold is checked by the schema.
"""

from __future__ import annotations

IN_ALL = {
    "id": "the row's number, never used again for another",
    "command_id": "the command that wrote the row",
    "patient_id": "whose it is; people say P and this number",
}
"""What a column of that name means wherever nothing else is said of it."""

_LAST_KEY = "the last name without capitals and accents, for searching"
_FIRST_KEY = "the first name without capitals and accents, for searching"
_LAST, _FIRST, _MIDDLE = "last name as written", "first name as written", "middle names"
_SUFFIX = "what follows the name, such as Jr"
_BIRTH, _SEX = "birth date", "F, M, X, or U for unknown"
_UTC = "when, in UTC"
_OFFSET = "minutes by which local time was ahead of UTC"
_RUN = "the imported list that tells of it"
_KIND = "kind of list: patients, discharges or fills"

_PEOPLE: dict[str, dict[str, str]] = {
    "patients": {
        "last_name": _LAST,
        "first_name": _FIRST,
        "middle_name": _MIDDLE,
        "suffix": _SUFFIX,
        "last_key": _LAST_KEY,
        "first_key": _FIRST_KEY,
        "birth_date": _BIRTH,
        "sex": _SEX,
        "zip": "ZIP code",
        "address": "address in one line",
        "language": "language that the patient speaks",
        "channel": "how the patient wants to be reached: phone, portal and so on",
        "source": "how the patient came: referral, discharge, registry, payer, self",
        "referred_by": "who referred the patient",
        "merged_into": "the patient who is the same person and has the facts; empty if none",
    },
    "identifiers": {
        "issuer": "who issued the number; two issuers may issue the same one",
        "value": "the record number as written",
        "value_key": "the number in capitals without blanks and marks, for comparing",
    },
    "phones": {
        "number": "phone number, digits only",
        "number_key": "the form of the number that is compared",
        "place": "order in which the patient's numbers are tried, from the lowest",
    },
    "conditions": {
        "code": "condition: a code of conditions.toml, ICD-10, or the words of a roster",
        "on_date": "day from which it is on file; empty means always",
    },
    "statuses": {
        "on_date": "day from which the status holds",
        "status": "roster, active, on_hold or closed",
        "reason": "why it is closed, or a note on another status",
    },
    "tiers": {
        "on_date": "day from which the tier holds",
        "tier": "how often the patient is followed up: high, moderate, low, maintenance",
        "reason": "why; a tier with a reason is not raised by rules",
    },
    "other_names": {
        "last_name": "another last name",
        "first_name": "another first name",
        "last_key": _LAST_KEY,
        "first_key": _FIRST_KEY,
    },
    "merges": {
        "patient_id": "the patient who has the facts of both",
        "merged_id": "the patient who was merged",
        "on_date": "day of the merge",
        "moved": "which facts moved, as JSON, so that unmerge returns just those",
        "undone_on": "day on which the merge was taken back",
    },
    "different_people": {
        "patient_id": "one patient",
        "other_id": "another patient, known to be somebody else",
    },
    "referrals": {
        "on_date": "day on which the patient was suggested for care management",
        "referred_by": "who suggested the patient",
    },
}
_STAYS: dict[str, dict[str, str]] = {
    "stays": {
        "stay_key": "by what rows of lists are known to tell of this same stay",
        "issuer": "who sent the list, and so whose record numbers these are",
        "facility": "hospital or other place, as the list names it",
        "visit": "the sender's number of the visit",
        "record_number": "the sender's record number of the patient",
        "practice_number": "the practice's record number of the patient, as the list has it",
        "member_number": "the payer's number of the patient, as the list has it",
        "last_name": _LAST,
        "first_name": _FIRST,
        "middle_name": _MIDDLE,
        "suffix": _SUFFIX,
        "birth_date": "birth date as the list has it",
        "sex": _SEX,
        "zip": "ZIP code as the list has it",
        "phone": "phone number as the list has it",
        "patient_class": "kind of stay: inpatient, observation, emergency, snf and so on",
        "admitted_on": "day of admission",
        "discharged_on": "day of discharge; empty while the patient is in",
        "discharged_at": "time of discharge, local to the sender",
        "disposition": "where the patient went, as a UB-04 code",
        "disposition_text": "where the patient went, in the words of the list",
        "diagnosis": "diagnosis in the words of the list",
        "arrived_on": "day on which the list was imported",
        "cancelled": "1 when the sender took the stay back, else 0",
        "patient_id": "whose stay it is, if linked",
        "link": "linked, review (waits for a decision) or unmatched",
        "link_reason": "why it is linked, or not",
        "run_id": "the first imported list that told of it",
        "address": "address as the list has it",
        "other_last_name": "a second or former last name on the list",
        "diagnosis_code": "diagnosis as the code of the list, mostly ICD-10",
        "died_on": "day of death, if the list tells of one",
        "told_at": "moment of the latest message about the stay",
        "told_earlier": "what older messages still count for, as JSON",
        "withdrawn_at": "moment until which the sender took the stay back",
        "discharge_withdrawn_at": "moment until which the sender took the discharge back",
    },
    "link_decisions": {
        "stay_id": "the stay that was decided on",
        "patient_id": "the patient whose stay it is, or is not",
        "person_key": "the words of the list about the person; the decision holds for them again",
        "decision": "is or not",
        "reason": "why, as typed",
    },
    "scores": {
        "stay_id": "the stay that the score is for",
        "on_date": "day on which it was worked out",
        "name": "which score: LACE",
        "total": "points in all",
        "parts": "points and answers by part, as JSON",
    },
    "import_runs": {
        "kind": _KIND,
        "on_date": "day of the import",
        "file_name": "name of the file",
        "file_hash": "SHA-256 of the file",
        "source": "who sent it",
        "encoding": "how the file's characters are encoded",
        "delimiter": "what stands between its cells",
        "records": "how many records it has",
        "counts": "how many records ended in which outcome, as JSON",
        "sheet": "sheet of the workbook",
        "layout": "the layout by which it was read",
        "told_at": "moment for which the list stands",
    },
    "import_rows": {
        "run_id": "the import that the records are of",
        "first": "number of the first record in this row",
        "rows": "what became of each record, packed",
    },
    "layouts": {
        "name": "name of the layout",
        "kind": _KIND,
        "source": "whose lists it reads",
        "header_key": "the headings by which it is found",
        "content": "the layout itself, as TOML",
        "on_date": "day on which it was saved",
    },
}
_CARE: dict[str, dict[str, str]] = {
    "contacts": {
        "on_date": "day of the contact",
        "at_time": "time of the contact",
        "outcome": "what came of it, a code of outcomes.toml",
        "channel": "how: phone, portal, sms, video, clinic, home, facility, letter",
        "party": "with whom: patient, caregiver, provider, agency and so on",
        "inbound": "1 when the other side made the contact, else 0",
        "minutes": "how long it took",
        "note": "note, as typed",
        "next_on": "day that the patient asked for",
        "next_why": "why that day, as typed",
        "topics": "what it was about: codes, a blank between them",
        "voided_by": "the command that voided it; empty while it counts",
        "void_reason": "why it was voided",
        "number_key": "the number that was dialled, in the form of phones.number_key",
    },
    "self_reports": {
        "contact_id": "the contact at which it was said",
        "medication": "of which medicine; empty means all",
        "missed": "days with a missed dose",
        "days": "of how many days",
        "reasons": "why doses were missed: codes of missed-doses.toml, a blank between them",
    },
    "decisions": {
        "on_date": "day of the decision",
        "decision": "hold, lift, defer, waive, accept, decline, reopen and so on",
        "item": "the protocol and rule of the item that it is about",
        "planned": "the date that the rule gave the item",
        "to_date": "the new date, or the day until which the patient is on hold",
        "reason": "why, as typed",
    },
    "appointments": {
        "on_date": "day on which it was arranged",
        "day": "day of the visit",
        "at_time": "time of the visit",
        "with_whom": "with whom, as typed",
        "cancelled_on": "day on which it was called off",
    },
    "days_off": {
        "on_date": "day on which it was noted",
        "first_day": "first day off",
        "last_day": "last day off",
        "reason": "why, as typed",
        "dropped_on": "day on which it was taken back",
    },
}
_MEDICINES: dict[str, dict[str, str]] = {
    "products": {
        "name": "medicine as a file calls it",
        "drug_class": "class that the file gives; empty text if none",
        "atc": "ATC code; empty text if none",
        "ndc": "NDC in eleven digits, nine without the package; empty text if none",
        "per_day": "doses a day; empty text if not said",
    },
    "fills": {
        "product_id": "what was dispensed",
        "filled_on": "day of dispensing",
        "days_supply": "days that the supply lasts",
        "quantity": "quantity as the file has it",
        "copy": "which of several fills that are the same in patient, medicine, day and supply",
        "run_id": "the latest list that tells of it",
    },
    "reversals": {
        "drug_key": "the medicine whose fill was taken back, in the form that is compared",
        "filled_on": "day of the fill that was taken back",
        "days_supply": "days' supply of the fill that was taken back",
        "run_id": _RUN,
    },
    "refused_fills": {
        "drug": "medicine as the row has it",
        "filled_on": "day of the fill, if it could be read",
        "reason": "why the row could not be used",
        "line": "line of the file",
        "run_id": _RUN,
    },
    "medications": {
        "on_date": "day on which it was put on the list",
        "name": "medicine as typed",
        "dose": "dose as typed",
        "times_per_day": "how often a day",
        "drug_class": "class as typed",
        "atc": "ATC code",
        "started_on": "day on which the patient began to take it",
        "prescriber": "who prescribed it",
        "replaces_id": "the row of the list that this one replaces, such as another dose",
        "stopped_on": "day on which it was stopped",
        "stop_reason": "why it was stopped",
        "stopped_by": "the command that stopped it",
    },
    "reconciliations": {
        "stay_id": "the stay after which the medicines were gone through",
        "on_date": "day on which they were gone through",
    },
    "reconciliation_lines": {
        "reconciliation_id": "the reconciliation that the line is of",
        "medication_id": "the medicine",
        "before": "what the list before said",
        "discharge": "what the discharge list said",
        "taken": "what the patient takes",
        "decision": "continued, changed, new or stopped",
        "reason": "why, as typed",
    },
}
_HISTORY: dict[str, dict[str, str]] = {
    "commands": {
        "at_utc": _UTC,
        "utc_offset": _OFFSET,
        "user": "account of the computer",
        "command": "name of the command",
        "version": "version of caretool",
        "asked": "what was typed, without names and free text",
        "undoes": "the command that this one reversed",
        "first_change": "first of its changes",
        "last_change": "last of its changes; before the first when there are none",
        "seal": "SHA-256 over the seal before it, its own columns and its changes",
    },
    "changes": {
        "tbl": "table of the row",
        "row_id": "id of the row",
        "before": "the row before, as a JSON array of its columns; empty when it was added",
        "after": "the row after, as a JSON array of its columns; empty when it was removed",
    },
    "shown": {
        "at_utc": _UTC,
        "utc_offset": _OFFSET,
        "user": "account of the computer",
        "version": "version of caretool",
        "rules": "version of the care rules",
        "as_of": "day that the list or page was about",
        "asked": "the options, as JSON",
        "patients": "who was shown, in this order, as JSON",
        "command": "the command that showed them",
    },
    "_sqlite_migrations": {
        "migration_set": "whose steps of the schema they are",
        "name": "a step that the file has",
        "applied_at": "when it was applied",
    },
    "sqlite_sequence": {
        "name": "a table that gives out numbers",
        "seq": "the last number that it gave out",
    },
}
OF_TABLES = {**_PEOPLE, **_STAYS, **_CARE, **_MEDICINES, **_HISTORY}


def meaning(table: str, column: str) -> str:
    """What a column means. Raises LookupError for one that nothing is said of."""
    own = OF_TABLES[table]
    return own[column] if column in own else IN_ALL[column]
