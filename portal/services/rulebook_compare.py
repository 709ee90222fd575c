"""What a version changes against another one, or against what holds before it, in words of the business."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from calc.rulebook.book import book_of
from calc.rulebook.diff import differences, words
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key, known_rules, mapping_of
from portal.query.rulebooks import Version, contents, holding
from portal.services.rulebook_words import element_title, said

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """One difference: of which element, in a sentence, and side by side."""

    key: Key
    title: str
    part: str
    sentence: str
    before: str
    after: str


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
        found.append(Told(key, title, one.part, translated_words(one, title), one.before, one.after))
    return found


def translated_words(one: Any, title: str) -> str:
    """A difference as a sentence in the reader's language."""
    problem = words(one, title)
    return str(_(problem.pattern) % problem.values)


def _plain_differences(a: Mapping[Key, Any], b: Mapping[Key, Any], language: str) -> list[Told]:
    found = []
    for key in sorted(a.keys() | b.keys()):
        was, becomes = a.get(key), b.get(key)
        if was != becomes:
            title = element_title(*key, becomes or was, language)
            found.append(Told(key, title, "", "", said(key[0], was), said(key[0], becomes)))
    return found
