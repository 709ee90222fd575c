"""What a version changes against another one, or against what holds before it, in words of the business."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from flask_babel import gettext as _

from calc.rulebook.book import book_of
from calc.rulebook.diff import Difference, differences
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key, known_rules, mapping_of
from portal.query.rulebooks import Version, contents, holding
from portal.services.rulebook_words import element_title, labels, said, written_value

ONE_DAY = dt.timedelta(days=1)


SHORT = 80  # letters of a formula that are read at a glance; of longer ones, what differs with a little around it
AROUND = 3  # words of a formula before and behind a difference
WORD = re.compile(r"\s*(?:[\w.]+|[^\w\s]+)")


@dataclass(frozen=True, slots=True)
class Told:
    """One difference: of which element, which part of it, and side by side. `kind` is new, gone or empty."""

    key: Key
    title: str
    part: str
    before: str
    after: str
    kind: str = ""


def full(reader: Reader, version: Version) -> dict[Key, Any]:
    """All a version leads to at its own institution: of overrides, together with what they stand on."""
    if version.complete:
        return {key: row.content for key, row in contents(reader, version).items()}
    held = holding(reader, version, version.institution_id, version.valid_from)
    return {key: one.content for key, one in held.items()}


def before(reader: Reader, version: Version) -> dict[Key, Any]:
    """What holds at a version's institution without it: on its first day for a draft, on the day before for others."""
    day = version.valid_from if version.recorded_at is None else version.valid_from - ONE_DAY
    rules = known_rules(reader.session, version.rulebook_id)
    chain = rules.chain([place.id for place in reader.places(day).above(version.institution_id)])
    return {key: one.content for key, one in (rules.elements(chain, day) or {}).items()}


def changed_keys(reader: Reader, version: Version) -> dict[Key, Any]:
    """The elements a version says otherwise than what holds before it, with what they said; None for new ones."""
    was, becomes = before(reader, version), full(reader, version)
    return {key: was.get(key) for key, content in becomes.items() if was.get(key) != content} if was else {}


def told_differences(reader: Reader, a: Mapping[Key, Any], b: Mapping[Key, Any]) -> list[Told]:
    """What `b` changes in `a`; element by element where one of them cannot be read as a whole."""
    language = reader.actor.language
    (old, wrong), (new, wrong_too) = book_of(mapping_of(a)), book_of(mapping_of(b))
    if wrong or wrong_too:
        return _plain_differences(a, b, language)
    found = []
    for one in differences(old, new):
        key = (one.section, one.element)
        title = element_title(*key, b.get(key) or a.get(key), language)
        found.append(_told(one, key, title, a.get(key), b.get(key)))
    return found


def _told(one: Difference, key: Key, title: str, was: Any, becomes: Any) -> Told:
    """A difference with its part as people call it, and its values as they are read."""
    if one.kind == "element added":
        return Told(key, title, "", "", said(key[0], becomes), "new")
    if one.kind == "element removed":
        return Told(key, title, "", said(key[0], was), "", "gone")
    if one.kind == "expression":
        before, after = what_differs(one.before, one.after)
    else:
        before, after = written_value(one.before), written_value(one.after)
    if one.kind in ("row added", "row removed", "row changed"):
        kind = {"row added": "new", "row removed": "gone"}.get(one.kind, "")
        row, _sep, column = one.part.rpartition(": ")
        return Told(key, title, f"{row}: {_('to')}" if column == "to" else one.part, before, after, kind)
    known = labels()
    part = "" if one.kind == "value" else " ".join(known.get(word, word) for word in one.part.split(" "))
    return Told(key, title, part, before, after)


def what_differs(before: str, after: str) -> tuple[str, str]:
    """Two formulas side by side; of long ones what is the same is left out, but for a few words around each difference."""
    if not before or not after or max(len(before), len(after)) <= SHORT:
        return before, after
    old, new = WORD.findall(before), WORD.findall(after)
    told: tuple[list[str], list[str]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for words, start, end, into in ((old, a, b, told[0]), (new, c, d, told[1])):
            into.extend(words[start:end] if kind != "equal" else _around(words, start, end))
    return "".join(told[0]).strip(), "".join(told[1]).strip()


def _around(words: list[str], start: int, end: int) -> list[str]:
    """The ends of a stretch that is the same in both."""
    first, last = (AROUND if start else 0), (AROUND if end < len(words) else 0)
    if end - start <= first + last + 1:
        return words[start:end]
    return [*words[start : start + first], " …", *words[end - last : end]]


def _plain_differences(a: Mapping[Key, Any], b: Mapping[Key, Any], language: str) -> list[Told]:
    found = []
    for key in sorted(a.keys() | b.keys()):
        was, becomes = a.get(key), b.get(key)
        if was != becomes:
            title = element_title(*key, becomes or was, language)
            kind = "new" if was is None else "gone" if becomes is None else ""
            found.append(Told(key, title, "", said(key[0], was), said(key[0], becomes), kind))
    return found
