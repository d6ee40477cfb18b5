"""Which drug and which class is each product on file? For grouping fills into figures.

The class is the one that a file itself gives, as it gives it; of a drug for which some files give
one and others none, the latest that was given; else the one that `drug_classes` knows. Two names of
one class are one group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caretool.drug_names import drug_of
from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caretool.drug_classes import Classes
    from caretool.drug_names import Drug
    from caretool.model import Product


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
    waits_for: tuple[str, ...]
    """In a figure of the class: the ingredients that must be used up first."""


class Catalogue:
    """The products on file, each with its drug and class."""

    def __init__(self, products: Mapping[int, Product], classes: Classes) -> None:
        self.classes = classes
        drugs = {number: drug_of(one.name, one.atc, one.ndc) for number, one in products.items()}
        told: dict[str, str] = {}
        words: dict[str, str] = {}
        for number in sorted(products):
            text = products[number].drug_class
            if text:
                told[drugs[number].key] = text
                words[self._key(text)] = text
        self.labels = {
            number: self._label(one, drugs[number], told, words) for number, one in products.items()
        }

    def _key(self, text: str) -> str:
        return self.classes.code_for(text) or fold(text) or text

    def _label(
        self, one: Product, drug: Drug, told: Mapping[str, str], words: Mapping[str, str]
    ) -> Label:
        text = one.drug_class or told.get(drug.key)
        key = self._key(text) if text else self.classes.of(one)
        drug_class = None if key is None else words.get(key, text or key)
        return Label(one.name, drug.key, drug_class, key, self._waits_for(drug, key))

    def _waits_for(self, drug: Drug, key: str | None) -> tuple[str, ...]:
        """The ingredients of the class that are in it; else the drug as a whole."""
        target = self.classes.ingredients.get(key or "", frozenset())
        return tuple(one for one in drug.ingredients if one in target) or (drug.key,)
