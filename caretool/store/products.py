"""Products: what files call the medicines that they list, each way of saying it once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from caretool.model import Product

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.catalogue import Catalogue
    from caretool.db import CareFile

_SAID = "name, drug_class, atc, ndc, per_day"


def every(db: CareFile) -> dict[int, Product]:
    """Every product on file, by id."""
    return {
        number: Product._make(said)
        for number, *said in db.stream(f"SELECT id, {_SAID} FROM products ORDER BY id")
    }


def catalogue(db: CareFile) -> Catalogue:
    """What drugs and classes the products on file are, under the classes in force."""
    from caretool.catalogue import Catalogue  # the morning list needs none without fills
    from caretool.store import own_files

    return Catalogue(every(db), own_files.classes(db))


def ids(db: CareFile, wanted: Iterable[Product]) -> dict[Product, int]:
    """The id of each of these products; those that are new are added."""
    asked = list(dict.fromkeys(wanted))
    names = json.dumps(sorted({product.name for product in asked}))
    known = _named(db, names)
    new = [product for product in asked if product not in known]
    if new:
        db.insert_all("products", _SAID.split(", "), new)
        known = _named(db, names)
    return {product: known[product] for product in asked}


def _named(db: CareFile, names: str) -> dict[Product, int]:
    rows = db.stream(
        f"SELECT p.id, {_SAID} FROM json_each(?) j CROSS JOIN products p ON p.name = j.value",
        (names,),
    )
    return {Product._make(said): number for number, *said in rows}


def completed(one: Product, later: Product) -> Product:
    """One product with what a later word on it says; what that leaves out is kept, and the name."""
    return Product(one.name, *(new or old for old, new in zip(one[1:], later[1:], strict=True)))
