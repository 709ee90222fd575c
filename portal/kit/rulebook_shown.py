"""The version or element a rulebook page is about, as its `KEY` names it: to look at, or to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import rulebook_view
from portal.kit.address import query_of
from portal.models.rulebooks import RulebookVersion
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.places import Places
from portal.query.ranks import ranks_of
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.rulebooks import Version
from portal.services import rulebook_compare as compare
from portal.services.refusal import Refusal
from portal.services.rulebook_words import SECTION_TITLES, element_title
from portal.services.writer import Writer, writing


@dataclass(frozen=True)
class Shown:
    """A version as somebody looks at it: with what the address asks for."""

    reader: Reader
    code: str
    book_id: int
    version: Version
    versions: Sequence[Version]
    asked: Mapping[str, str]

    @property
    def lang(self) -> str:
        return self.reader.actor.language

    @property
    def edits(self) -> bool:
        """Whether this person may edit this version now."""
        return self.version.is_draft and self.reader.actor.may(Permission.RULEBOOK_EDIT)

    @property
    def places(self) -> Places:
        return self.reader.places(self.version.valid_from)

    def element_href(self, key: Key) -> str:
        return rulebook_view.element_href(self.code, self.version.number, key)

    @cached_property
    def elements(self) -> dict[Key, Any]:
        """All the version leads to at its own institution, read once a look."""
        return compare.full(self.reader, self.version)

    def titles(self) -> Callable[[str], str]:
        """What people call an element, by its name; parameters as `p.name`."""
        named: dict[str, str] = {}
        for (section, name), content in self.elements.items():
            title = element_title(section, name, content, self.lang)
            named[f"p.{name}" if section == "parameters" else name] = title
        return lambda name: named.get(name, name)

    def rank_titles(self) -> Callable[[str], str]:
        """What people call a rank, by its code."""
        known = ranks_of(self.elements, self.lang)
        return lambda code: known[code].title if code in known else code


def shown(reader: Reader, key: Any, search: Any = "") -> Shown:
    """The version a page is about. Raises NoRulebook."""
    code, number = (str(key.get("code", "")), str(key.get("number", ""))) if isinstance(key, Mapping) else ("", "")
    book = query.rulebook(reader, code)
    versions = query.versions(reader, book, today())
    for one in versions:
        if str(one.number) == number:
            return Shown(reader, book.code, book.id, one, versions, query_of(search))
    raise query.NoRulebook(f"There is no version {number} of {code}.")


def element_of(key: Any) -> Key:
    """Which element a page is about. Raises NoRulebook for a part there is none of."""
    section, name = (str(key.get("section", "")), str(key.get("name", ""))) if isinstance(key, Mapping) else ("", "")
    if section not in SECTION_TITLES:
        raise query.NoRulebook(f"There is no part {section!r} of a rulebook.")
    return section, name


@contextmanager
def editing(key: Any) -> Iterator[tuple[Writer, RulebookVersion]]:
    """A transaction with the version a page is about. Raises Refusal for one that is not there."""
    actor = current_actor()
    with writing(actor) as writer:
        reader = Reader(actor, writer.session)
        try:
            look = shown(reader, key)
        except query.NoRulebook as missing:
            raise Refusal(_("There is no such version.")) from missing
        yield writer, query.version_of(reader, look.code, look.version.number)
