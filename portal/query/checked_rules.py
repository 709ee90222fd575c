"""A variant of a rulebook, read and checked. What was approved once stays right, so it is kept by its hash."""

from __future__ import annotations

from functools import lru_cache

from calc.rulebook.book import book_of
from calc.rulebook.check import check
from calc.rulebook.checked import Checked
from calc.rulebook.problems import Problem
from portal.query.rulebook_rules import Variant
from portal.sentence import Sentence

KEPT_BOOKS = 64


class UnfitRules(ValueError):
    """A rulebook in force does not check; the sentence says which element and why."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


def checked_variant(variant: Variant) -> Checked:
    """A variant read and checked. Raises UnfitRules."""
    return _checked(_Hashed(variant))


class _Hashed:
    """A variant that is the same when its elements are."""

    def __init__(self, variant: Variant) -> None:
        self.variant = variant

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and self.variant.hash == other.variant.hash

    def __hash__(self) -> int:
        return hash(self.variant.hash)


@lru_cache(maxsize=KEPT_BOOKS)
def _checked(hashed: _Hashed) -> Checked:
    book, problems = book_of(hashed.variant.mapping())
    checked, more = (None, []) if problems else check(book)
    if checked is None:
        raise unfit([*problems, *more][0])
    return checked


def unfit(problem: Problem) -> UnfitRules:
    """What the check or the compiler finds wrong with rules in force."""
    where = ", ".join(part for part in (problem.element, problem.part) if part)
    told = Sentence(problem.pattern, **problem.values)
    return UnfitRules(
        Sentence("The rulebook does not check. %(where)s%(problem)s", where=f"{where}: " if where else "", problem=told)
    )
