"""What one FHIR Encounter says: the encounter and what it refers to in, the cells of a row out.

Everything is asked for as if it might be missing or of another shape, for it is: a list where the
specification has one thing, text where it has a code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from caretool.intake import feeds
from caretool.intake.feeds import Number
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Callable

# A server, then kind and id, perhaps with a version: https://a.example/fhir/Patient/p1/_history/3
_REFERENCE: Final = re.compile(
    r"(?:(https?://[^#|]*)/)?([A-Za-z]+/[^/#|:]+?)(?:/_history/[^/]*)?", re.DOTALL
)
_UB04: Final = ("nubc", "2.16.840.1.113883.6.301.5", "2.16.840.1.113883.12.112", "v2-0112")
_UB04_CODE: Final = re.compile(r"\d{1,2}", re.ASCII)
_NAMES: Final = ("official", "usual", "", "temp", "nickname", "anonymous")
_FORMER: Final = ("old", "maiden")
_PLACES: Final = ("home", "", "temp", "work", "billing")
_PHONES: Final = ("home", "mobile", "", "temp", "work")
_ROLES: Final = ("DD", "", "billing", "AD", "CC", "CM")  # of a diagnosis: discharge … comorbidity
_LEFT: Final = "A03"


class Resource:
    """A JSON object of which anything may be asked."""

    def __init__(self, thing: object) -> None:
        self.thing: dict[str, Any] = thing if isinstance(thing, dict) else {}

    def get(self, key: str, default: object = None) -> Any:  # noqa: ANN401 - whatever JSON holds
        """What stands under a key, as it is."""
        return self.thing.get(key, default)

    def all(self, *path: str) -> list[Resource]:
        """The objects at the end of a path; one alone counts as a list of one."""
        found: list[object] = [self.thing]
        for key in path:
            found = [
                one
                for holder in found
                if isinstance(holder, dict)
                for one in _listed(holder.get(key))
            ]
        return [Resource(one) for one in found if isinstance(one, dict)]

    def one(self, *path: str) -> Resource:
        """The first object at the end of a path; an empty one if there is none."""
        return next(iter(self.all(*path)), Resource(None))

    def texts(self, *path: str) -> list[str]:
        """The texts at the end of a path that are not empty; numbers count as texts."""
        *holders, key = path
        return [
            str(text).strip()
            for holder in self.all(*holders)
            for text in _listed(holder.thing.get(key))
            if isinstance(text, str | int | float) and not isinstance(text, bool)
            if str(text).strip()
        ]

    def text(self, *path: str) -> str:
        """The first text at the end of a path; empty if there is none."""
        return next(iter(self.texts(*path)), "")


def _listed(thing: object) -> list[object]:
    return thing if isinstance(thing, list) else [thing]


class Book:
    """The resources that stand together, by what others call them.

    `Patient/p1` of one server is not `Patient/p1` of another: a reference without a server belongs
    to the server of the resource in which it stands. Where a file does not name the servers (no
    `fullUrl`), kind and id are enough.
    """

    def __init__(self) -> None:
        self._by_url: dict[str, Resource] = {}
        self._by_id: dict[str, dict[str, Resource]] = {}  # by kind and id, then by server
        self._conditions: dict[str, list[tuple[str, Resource]]] = {}  # by encounter; with server

    def add(self, resource: Resource, url: str) -> None:
        """Remember a resource by its URL and by kind and id; of two versions, the later one."""
        kind, key = resource.text("resourceType"), resource.text("id")
        server = _split(url)[0]
        if url:
            _keep_later(self._by_url, url, resource)
        if kind and key:
            _keep_later(self._by_id.setdefault(f"{kind}/{key}", {}), server, resource)
        if kind == "Condition" and (about := resource.text("encounter", "reference")):
            of, name = _split(about)
            self._conditions.setdefault(name, []).append((of or server, resource))

    def find(self, reference: str, near: str) -> Resource | None:
        """The resource that a reference means; `near` is the URL of the resource that holds it.

        None where nothing or more than one thing could be meant.
        """
        if reference in self._by_url:
            return self._by_url[reference]
        server, name = _split(reference)
        server = server or _split(near)[0]
        known = self._by_id.get(name, {})
        if server in known:
            return known[server]
        if server:
            return known.get("")
        return next(iter(known.values())) if len(known) == 1 else None

    def conditions(self, encounter: Resource, url: str) -> list[Resource]:
        """The conditions that refer to an encounter."""
        server, name = _split(url)
        by_id = f"Encounter/{encounter.text('id')}" if encounter.text("id") else ""
        return [
            condition
            for known in dict.fromkeys((name, by_id))
            for of, condition in self._conditions.get(known, ())
            if of == server or not (of and server)
        ]


def _split(reference: str) -> tuple[str, str]:
    """Server (may be empty), and kind and id: of another form (`urn:uuid:…`) all of it."""
    match = _REFERENCE.fullmatch(reference)
    return (match[1] or "", match[2]) if match else ("", reference)


def _keep_later(known: dict[str, Resource], name: str, resource: Resource) -> None:
    if name not in known or _version(known[name]) <= _version(resource):
        known[name] = resource


def _version(resource: Resource) -> str:
    return resource.text("meta", "lastUpdated")


def row_of(encounter: Resource, url: str, sent_at: str, book: Book) -> dict[str, str]:
    """What an encounter and its patient say, by the headings of `feeds.HEADER`."""

    def follow(holder: Resource, *, kind: str) -> Resource:
        return _follow(holder, kind, encounter, url, book)

    subject = encounter.one("subject")
    if not subject.thing:
        subject = encounter.one("patient")
    patient = follow(subject, kind="Patient")
    event = _event(encounter)
    found = [_number(one) for one in patient.all("identifier") if one.text("use") != "old"]
    found = found or [_number(one) for one in subject.all("identifier")]
    return {
        "Message Date Time": feeds.moment(_version(encounter) or sent_at),
        "Event": event,
        "Facility Name": _facility(encounter, follow),
        "Visit Number": _visit(encounter),
        **feeds.numbers(found),
        **_name(patient.all("name")),
        "Date of Birth": feeds.birth(patient.text("birthDate")),
        "Sex": patient.text("gender"),
        **_address(patient.all("address")),
        "Phone": _phone(patient.all("telecom")),
        "Patient Class": _class(encounter),
        "Admit Date/Time": feeds.moment(_period(encounter).text("start")),
        "Discharge Date/Time": _discharge(encounter, event),
        "Discharge Disposition": _disposition(encounter),
        **_diagnosis(encounter, follow, book.conditions(encounter, url)),
        "Date of Death": feeds.moment(patient.text("deceasedDateTime")),
        "Death Indicator": "Y" if patient.get("deceasedBoolean") is True else "",
    }


def _follow(holder: Resource, kind: str, encounter: Resource, url: str, book: Book) -> Resource:
    """The resource of a kind to which a reference leads; an empty one if it leads nowhere."""
    reference = holder.text("reference")
    found: Resource | None = None
    if reference.startswith("#"):
        inside = encounter.all("contained")
        found = next((one for one in inside if one.text("id") == reference[1:]), None)
    elif reference:
        found = book.find(reference, url)
    return found if found and found.text("resourceType") == kind else Resource(None)


def _period(encounter: Resource) -> Resource:
    period = encounter.one("period")
    return period if period.thing else encounter.one("actualPeriod")  # R5


def _event(encounter: Resource) -> str:
    """The event as in HL7 (A01, A03, A05), or `cancelled`; a status nobody knows: by its dates."""
    status = encounter.text("status").lower()
    event: str = read_rules("feeds.toml")["fhir"]["status"].get(status, "")
    return event or (_LEFT if _period(encounter).text("end") else "A01")


def _discharge(encounter: Resource, event: str) -> str:
    """When the patient left; the end of a stay that is not over is a plan and is not taken."""
    if event != _LEFT:
        return ""
    end = _period(encounter).text("end")
    if not end:
        history = encounter.all("statusHistory")
        ended = (one for one in history if one.text("status") == "finished")
        end = next((one.text("period", "start") for one in ended), "")
    return feeds.moment(end)


def _visit(encounter: Resource) -> str:
    """The visit number, else another identifier, else the id by which the sender's server knows it.

    The last is no number of the hospital, but stays the same in each export.
    """
    known = [one for one in encounter.all("identifier") if one.text("value")]
    known.sort(
        key=lambda one: (one.text("use") == "old", one.text("type", "coding", "code") != "VN")
    )
    return known[0].text("value") if known else encounter.text("id")


def _number(identifier: Resource) -> Number:
    system = identifier.text("system")
    issuers = frozenset({system.casefold()} - {""})
    kinds = frozenset(identifier.texts("type", "coding", "code"))
    return Number(identifier.text("value"), kinds, issuers)


def _facility(encounter: Resource, follow: Callable[..., Resource]) -> str:
    """The organization that provides the stay, else the one that runs its place, else the place."""
    provider = encounter.one("serviceProvider")
    said = follow(provider, kind="Organization").text("name") or provider.text("display")
    for place in encounter.all("location", "location"):
        if said:
            break
        location = follow(place, kind="Location")
        runs = location.one("managingOrganization")
        said = follow(runs, kind="Organization").text("name") or runs.text("display")
        said = said or location.text("name") or place.text("display")
    return said


def _ranked(said: list[Resource], uses: tuple[str, ...]) -> list[Resource]:
    """Those of these uses, best use first; what has been replaced (`period.end`) comes last."""
    fitting = [one for one in said if one.text("use") in uses]
    return sorted(
        fitting, key=lambda one: (bool(one.text("period", "end")), uses.index(one.text("use")))
    )


def _name(said: list[Resource]) -> dict[str, str]:
    names = [one for one in said if one.text("family") or one.text("given") or one.text("text")]
    main = next(iter(_ranked(names, _NAMES)), Resource(None))
    if not (main.text("family") or main.text("given")):
        parts = feeds.whole_name(main.text("text")) if main.text("text") else {}
    else:
        first, *middle = main.texts("given") or [""]
        parts = {
            "Last Name": " ".join(main.texts("family")), "First Name": first,
            "Middle Name": " ".join(middle), "Suffix": " ".join(main.texts("suffix")),
        }  # fmt: skip
    last = parts.get("Last Name", "").casefold()
    former = (one.text("family") for one in _ranked(names, _FORMER))
    return {**parts, "Other Last Name": next((one for one in former if one.casefold() != last), "")}


def _address(said: list[Resource]) -> dict[str, str]:
    best = next(iter(_ranked(said, _PLACES)), Resource(None))
    return {"Street Address": best.text("line"), "Zip": best.text("postalCode")}


def _phone(said: list[Resource]) -> str:
    phones = [one for one in said if one.text("system") in {"phone", "sms", ""}]
    return next((one.text("value") for one in _ranked(phones, _PHONES) if one.text("value")), "")


def _codings(concepts: list[Resource]) -> list[tuple[str, str]]:
    """System and code of all codings of these concepts; R4 has plain codings in some places."""
    codings = [one for concept in concepts for one in (*concept.all("coding"), concept)]
    return [(one.text("system"), one.text("code")) for one in codings if one.text("code")]


def _class(encounter: Resource) -> str:
    known = read_rules("feeds.toml")["fhir"]["class"]
    concepts = encounter.all("class")
    codes = [code for _, code in _codings(concepts)]
    said = next((known[code.upper()] for code in codes if code.upper() in known), "")
    words = (concept.text(key) for concept in concepts for key in ("text", "display"))
    return said or next(iter([*codes, *filter(None, words), *encounter.texts("class")]), "")


def _disposition(encounter: Resource) -> str:
    """Where to: a UB-04 code, else a code of the R4 list in words, else the text."""
    concepts = [
        *encounter.all("hospitalization", "dischargeDisposition"),
        *encounter.all("admission", "dischargeDisposition"),  # R5
    ]
    codings = _codings(concepts)
    for system, code in codings:
        is_ub04 = any(name in system.lower() for name in _UB04) or not system
        if is_ub04 and _UB04_CODE.fullmatch(code):
            return code.zfill(2)
    known = read_rules("feeds.toml")["fhir"]["disposition"]
    said = next((known[code.lower()] for _, code in codings if code.lower() in known), "")
    texts = (
        text
        for concept in concepts
        for text in (concept.text("text"), *concept.texts("coding", "display"))
    )
    return said or next(filter(None, texts), "")


def _diagnosis(
    encounter: Resource, follow: Callable[..., Resource], conditions: list[Resource]
) -> dict[str, str]:
    """Text and ICD-10 code of the discharge diagnosis, else of the one ranked first.

    Without any: of a condition that refers to the encounter, else of its reason.
    """
    ranked = sorted(encounter.all("diagnosis"), key=_diagnosis_rank)
    concepts: list[Resource] = []
    for one in ranked:
        for condition in one.all("condition"):
            concepts += condition.all("concept")  # R5
            for holder in (condition, condition.one("reference")):
                concepts += follow(holder, kind="Condition").all("code")
    concepts += [code for condition in conditions for code in condition.all("code")]
    for one in encounter.all("reasonReference"):
        concepts += follow(one, kind="Condition").all("code")
    concepts += encounter.all("reasonCode") + encounter.all("reason", "value", "concept")
    for concept in concepts:
        text = concept.text("text") or concept.text("coding", "display")
        codes = (code for system, code in _codings([concept]) if feeds.is_icd10(system))
        code = next(codes, "")
        if text or code:
            return {"Primary Diagnosis": text, "Diagnosis Code": code}
    return {}


def _diagnosis_rank(diagnosis: Resource) -> tuple[int, int]:
    role = diagnosis.text("use", "coding", "code")
    rank = diagnosis.text("rank")
    order = _ROLES.index(role) if role in _ROLES else len(_ROLES)
    return order, int(rank) if rank.isascii() and rank.isdecimal() else 99
