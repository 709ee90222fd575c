"""What may be called how: names of elements, words that are taken, and the name somebody probably meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

LONGEST_NAME = 60  # PostgreSQL cuts names at 63 bytes, DuckDB and Spark do not; readers do

WORDS = frozenset({"AND", "OR", "NOT", "TRUE", "FALSE"})
FUNCTIONS = frozenset(
    {
        "IF", "MIN", "MAX", "ABS", "ROUND", "TRUNC", "FLOOR", "COALESCE", "MONTHS", "ADD_MONTHS", "YEAR", "MONTH",
        "LOOKUP", "BAND", "TIER", "TIER_AMOUNT", "PRIOR", "ROLLING_SUM", "QTD", "YTD", "TEAM", "DIRECT", "DOWNLINE",
        "GENERATION", "SPREAD", "RUNNING",
    }
)  # fmt: skip
OWNERS = frozenset(
    {"p", "agent", "month", "edge", "my", "team", "institution"}
)  # stand before a dot; no fact is called so


def starts_name(character: str) -> bool:
    """Whether a name may begin with it: a letter of any script, or `_`."""
    return character == "_" or character.isalpha()


def continues_name(character: str) -> bool:
    """Whether it may stand inside a name."""
    return starts_name(character) or character in "0123456789"


def normal(name: str) -> str:
    """Full-width and compatibility letters as their plain ones, so that names that look alike are alike."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def is_name(text: str) -> bool:
    """Whether an element may be called so, reserved words aside."""
    return (
        0 < len(text) <= LONGEST_NAME
        and starts_name(text[0])
        and all(continues_name(character) for character in text)
        and normal(text) == text
    )


def is_reserved(name: str) -> bool:
    """Whether a name is that of a function or a word of the language, in any case."""
    return name.upper() in WORDS or name.upper() in FUNCTIONS


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant: few letters apart, or one a part of the other; empty when none is near."""
    wanted = name.casefold()
    best, best_distance = "", max(1, len(wanted) // 3) + 1 if len(wanted) > 1 else 1
    for candidate in sorted(known):
        distance = edit_distance(wanted, candidate.casefold(), best_distance)
        if distance < best_distance:
            best, best_distance = candidate, distance
    if best or len(wanted) < 2:
        return best
    return next(
        (one for one in sorted(known) if _mostly(wanted, one.casefold()) or _mostly(one.casefold(), wanted)), ""
    )


def _mostly(part: str, whole: str) -> bool:
    return len(part) > (2 if part.isascii() else 1) and part in whole and 2 * len(part) >= len(whole)


def edit_distance(one: str, other: str, enough: int) -> int:
    """Letters to insert, remove, replace or swap with their neighbour; `enough` when it is at least that many."""
    if abs(len(one) - len(other)) >= enough:
        return enough
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) >= enough:
            return enough
    return min(row[-1], enough)
