"""The fills of patients as facts of the schedule, and for whom of many they may matter.

Read only where there are fills: a morning list without them loads none of this.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from caretool.model import Strength
from caretool.refills import Supplies
from caretool.store import away_days, fills, products
from caretool.supply_facts import Medicine, SupplyFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from caretool.db import CareFile
    from caretool.model import Fill
    from caretool.protocols import Protocols
    from caretool.supply_facts import ListedFact

_BATCH = 1000
_new_fact = partial(tuple.__new__, SupplyFact)  # by position: there may be many
# As many days as a length of time has at least, by its sign; how many a target may move earlier
_AT_LEAST = {"day": 1, "week": 7, "month": 28, "business day": 1}
_AT_MOST = {"day": 1, "week": 7, "month": 31, "business day": 4}
_MARGIN = 60


def read(db: CareFile, ids: Iterable[int], today: date) -> dict[int, tuple[SupplyFact, ...]]:
    """The fills of each of these patients up to `today`, oldest first."""
    medicines, came = _medicines(db), _Came(db)
    return {
        patient_id: tuple(
            [
                _new_fact((day, days, medicines[product_id], came[command_id]))
                for (day, days, product_id), command_id in several
            ]
        )
        for patient_id, several in fills.with_commands(db, ids, today).items()
    }


class _Came(dict[int, date]):
    """The day on which each command brought fills.

    By command, because the list that a fill is of changes when a later one repeats it.
    """

    def __init__(self, db: CareFile) -> None:
        rows = db.stream("SELECT command_id, on_date FROM import_runs WHERE kind = 'fills'")
        super().__init__((command_id, date.fromisoformat(on)) for command_id, on in rows)
        self.db = db

    def __missing__(self, command_id: int) -> date:
        """Of fills that came some other way, the day on which that was done."""
        on = self.db.value(
            "SELECT date(at_utc, utc_offset || ' minutes') FROM commands WHERE id = ?",
            (command_id,),
        )
        self[command_id] = day = date.fromisoformat(on)
        return day


def known_on(db: CareFile, today: date) -> date | None:
    """When the last list of fills came, whoever it was about."""
    on = db.value(
        "SELECT max(on_date) FROM import_runs WHERE kind = 'fills' AND on_date <= ?",
        (today.isoformat(),),
    )
    return None if on is None else date.fromisoformat(on)


def may_act(
    db: CareFile,
    ids: Sequence[int],
    listed: Mapping[int, Sequence[ListedFact]],
    protocols: Protocols,
    today: date,
    horizon: date,
) -> set[int]:
    """For whom of these patients there may be something to do about medicines up to `horizon`."""
    medicines = _medicines(db)
    reviews = protocols.by_trigger["adherence"]
    last_end = _last_end(protocols, horizon)
    found = set()
    for begin in range(0, len(ids), _BATCH):
        batch = ids[begin : begin + _BATCH]
        away = away_days.days(db, batch, today)
        for patient_id, several in fills.of_patients(db, batch, today).items():
            supplies = Supplies(
                _as_heard_at_once(several, medicines),
                [one.seen(today) for one in listed.get(patient_id, ()) if one.on <= today],
                away.get(patient_id, ()),
            )
            if supplies.may_act(reviews, today, last_end):
                found.add(patient_id)
    return found


def _as_heard_at_once(
    several: Iterable[Fill], medicines: Mapping[int, Medicine]
) -> list[SupplyFact]:
    """The fills without the days on which lists told of them, which cost another look at each."""
    return [
        _new_fact((day, days, medicines[product_id], date.min)) for day, days, product_id in several
    ]


def _last_end(protocols: Protocols, horizon: date) -> date:
    """Supply that ends after that day asks for nothing up to `horizon`."""
    days = [0]
    for protocol in protocols.by_trigger["supply"]:
        for rule in protocol.rules:
            count, unit = rule.target
            ahead = count * (_AT_LEAST if count > 0 else _AT_MOST)[unit]
            back = rule.move == "earlier" or rule.strength == Strength.MUST
            days.append((_MARGIN if back else 0) - ahead)
    return horizon + timedelta(days=max(days))


def _medicines(db: CareFile) -> dict[int, Medicine]:
    """What the schedule needs to know of each product on file."""
    catalogue = products.catalogue(db)
    classes, found = catalogue.classes, {}
    for number, label in catalogue.labels.items():
        code = label.class_key
        found[number] = Medicine(
            label.name,
            label.drug,
            label.drug if code is None else code,
            label.name if code is None else classes.labels.get(code, label.drug_class or code),
            label.as_drug if code is None else label.waits_for,
            chronic=code in classes.labels,
            one_at_a_time=code in classes.one_at_a_time,
            threshold=classes.threshold.get(code or ""),
        )
    return found
