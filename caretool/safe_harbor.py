"""What of a care file may leave without telling of anybody, column by column: an allow-list.

By Safe Harbor, 45 CFR 164.514(b)(2). A column that is new to the schema stands nowhere here and so
stays inside until somebody decides about it; a test asks for the decision.
"""

from __future__ import annotations

from typing import NamedTuple

OLDEST = "90 or older"
LONGER = "366 or more"

FILES: dict[str, dict[str, str]] = {
    "patients": {
        "patient": "random key, of this export only",
        "birth_year": f"year of birth; {OLDEST} for whoever turns 90 this year or has",
        "sex": "F, M, X, or U for unknown",
        "source": "how the patient came: referral, discharge, registry, payer, self",
        "status": "roster, active, on_hold or closed, on the day of the export",
        "status_reason": "why closed",
        "tier": "how often the patient is followed up, on the day of the export",
    },
    "conditions": {
        "patient": "key in patients.csv",
        "condition": "code of conditions.toml, or an ICD-10 category of three characters",
    },
    "contacts": {
        "patient": "key in patients.csv",
        "year": "year of the contact",
        "outcome": "code of outcomes.toml",
        "channel": "how it was made",
        "party": "with whom",
        "inbound": "1 when the other side made it, else 0",
        "minutes": "how long it took",
        "topics": "what it was about: codes, a blank between them",
    },
    "missed_doses": {
        "patient": "key in patients.csv",
        "year": "year of the contact at which it was said",
        "missed": "days with a missed dose",
        "days": "of how many days",
        "reasons": "why: codes of missed-doses.toml, a blank between them",
    },
    "stays": {
        "patient": "key in patients.csv",
        "year": "year of the discharge; of the admission for who is still in",
        "class": "inpatient, observation, emergency, snf and so on",
        "days": f"nights between admission and discharge; {LONGER} is one group",
        "disposition": "where the patient went, as a UB-04 code",
        "diagnosis": "ICD-10 category of three characters",
    },
    "scores": {
        "patient": "key in patients.csv",
        "year": "year in which the score was worked out",
        "score": "which score",
        "total": "points in all",
    },
    "fills": {
        "patient": "key in patients.csv",
        "year": "year of dispensing",
        "ingredients": "generic names that caretool knows, + between them, and where they are used",
        "class": "code of caretool's own classes of medicines",
        "days_supply": "days that the supply lasts",
    },
}
"""Every column that leaves, by file, and what it means."""


class Fates(NamedTuple):
    """What becomes of each column of a table: names with a blank between them."""

    kept: str = ""
    """As it is, if it is one of a closed list of codes, or a number."""
    reduced: str = ""
    """Cut to a year, a group, a key or a code."""
    asked: str = ""
    """Says which rows are written; is not written itself."""
    left_out: str = ""


FATES: dict[str, Fates] = {
    "patients": Fates(
        kept="sex source",
        reduced="id birth_date",
        asked="merged_into",
        left_out="last_name first_name middle_name suffix last_key first_key zip address language"
        " channel referred_by command_id",
    ),
    "conditions": Fates(reduced="patient_id code", left_out="id on_date command_id"),
    "statuses": Fates(
        kept="status", reduced="patient_id reason", asked="on_date", left_out="id command_id"
    ),
    "tiers": Fates(
        kept="tier", reduced="patient_id", asked="on_date", left_out="id reason command_id"
    ),
    "contacts": Fates(
        kept="outcome channel party inbound minutes topics",
        reduced="patient_id on_date",
        asked="voided_by id",
        left_out="at_time note next_on next_why void_reason number_key command_id",
    ),
    "self_reports": Fates(
        kept="missed days reasons", asked="contact_id", left_out="id medication command_id"
    ),
    "stays": Fates(
        kept="patient_class disposition",
        reduced="patient_id admitted_on discharged_on diagnosis_code",
        asked="cancelled link",
        left_out="id stay_key issuer facility visit record_number practice_number member_number"
        " last_name first_name middle_name suffix birth_date sex zip phone discharged_at"
        " disposition_text diagnosis arrived_on link_reason run_id address other_last_name died_on"
        " told_at told_earlier withdrawn_at discharge_withdrawn_at command_id",
    ),
    "scores": Fates(
        kept="name total", reduced="patient_id on_date", left_out="id stay_id parts command_id"
    ),
    "fills": Fates(
        kept="days_supply",
        reduced="patient_id filled_on product_id",
        asked="copy run_id",
        left_out="id quantity command_id",
    ),
    "products": Fates(reduced="name drug_class atc ndc", asked="id", left_out="per_day command_id"),
    "reversals": Fates(
        asked="patient_id drug_key filled_on days_supply run_id", left_out="id command_id"
    ),
}
"""Every column of the tables that something is told of; what stands nowhere here is left out."""
LEFT_OUT = frozenset({
    "identifiers", "phones", "other_names", "merges", "different_people", "referrals",
    "link_decisions", "import_runs", "import_rows", "layouts", "decisions", "appointments",
    "days_off", "refused_fills", "medications", "reconciliations", "reconciliation_lines",
    "commands", "changes", "shown", "_sqlite_migrations", "sqlite_sequence",
})  # fmt: skip
"""The tables of which nothing is told."""

EXPLAINED = """\
A panel of patients without what identifies them, written by caretool {version}.

De-identified by Safe Harbor, 45 CFR 164.514(b)(2)(i): the identifiers that it lists are not in
here. Free text is not in it at all. Whether the rest suffices is for your privacy officer to say
when you know of something by which a person could still be found, such as a rare condition in a
small place: 164.514(b)(2)(ii).

One CSV file a kind of fact (RFC 4180, UTF-8, a line of headings); an empty cell is not known, or
was nothing that may stand here. data-dictionary.csv says what each column means. Years are cut
from dates; a year before {first} is left empty. Keys are random, of this export only, and no list
of them is kept.

Left out: names, addresses, ZIP codes, phone numbers, record and member numbers, who sent a list,
facilities, providers, prescribers, languages, all dates but their years, times of day, notes and
reasons as typed, diagnoses in words, names of medicines as files write them, doses, users, files;
contacts that were voided, stays that are linked to nobody or were taken back, whoever was merged
into somebody else.
"""
