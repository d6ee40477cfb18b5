"""Which drug and which class is each product on file? For grouping fills into figures.

The class is the one that a file itself gives, as it gives it, else the one that `drug_classes`
knows. Two names of one class are one group.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from caretool.drug_names import drug_of
from caretool.model import Product
from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caretool.drug_classes import Classes
    from caretool.drug_names import Drug


class Label(NamedTuple):
    """What one product is."""

    name: str
    """As the file calls it."""
    drug: str
    """The same for every strength and brand of one drug (`drug_names.Drug.key`)."""
    drug_class: str | None
    """The class as people read it: the words of a file, else the code."""
    class_key: str | None
    """The same for every name of one class: its code, where it has one."""
    told: bool
    """Does the file itself give the class?"""
    waits_for: tuple[str, ...]
    """In a figure of the class: the ingredients that must be used up first."""
    as_drug: tuple[str, ...]
    """The same in a figure of the drug alone."""
    per_day: Fraction | int
    """Doses a day, 0 where the file does not say them."""


class Catalogue:
    """The products on file, each with its drug and class."""

    def __init__(self, products: Mapping[int, Product], classes: Classes) -> None:
        self.classes = classes
        self._targets = frozenset[str]().union(*classes.ingredients.values())
        self.labels = {number: self._label(one) for number, one in products.items()}
        self.tells_classes = any(label.told for label in self.labels.values())
        """Does any file on file give classes of its own?"""

    def labelled(self, name: str, drug_class: str = "", atc: str = "") -> Label:
        """What a medicine is that stands on a list and in no file of fills."""
        return self._label(Product(name, drug_class, atc))

    def _label(self, one: Product) -> Label:
        drug = drug_of(one.name, one.atc, one.ndc)
        text = one.drug_class
        key = self._key(text) if text else self.classes.of(one)
        return Label(
            one.name, drug.key, text or key, key, bool(text), self._waits_for(drug, key),
            (drug.key,), Fraction(one.per_day) if one.per_day else 0,
        )  # fmt: skip

    def _key(self, text: str) -> str:
        return self.classes.code_for(text) or fold(text) or text

    def _waits_for(self, drug: Drug, key: str | None) -> tuple[str, ...]:
        """The ingredients of the class that are in it; else the drug as a whole.

        Of a class that only a file knows, those of any class that is known.
        """
        target = self.classes.ingredients.get(key or "", self._targets)
        return tuple(one for one in drug.ingredients if one in target) or (drug.key,)
