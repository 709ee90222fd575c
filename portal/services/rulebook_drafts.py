"""A text file as a draft: a complete version, or one that overrides single elements of what stands above."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import select

from calc.rulebook.elements import Titles
from portal.models.organisation import Institution
from portal.models.rulebooks import Rulebook, RulebookVersion
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.rulebook_rules import elements_of
from portal.services import rulebooks
from portal.services.refusal import Refusal
from portal.services.rulebook_text import Override, laid_over, read_version
from portal.services.writer import Writer


def draft_of_text(writer: Writer, text: str, *, over: RulebookVersion | None = None) -> RulebookVersion:
    """Begin a draft from a text; a rulebook that is not there yet is begun. `over` is a version the text only changes.

    Overrides that the text holds become drafts of their own, each at its institution.

    Raises:
        Refusal: the text is no rulebook's, or names an institution that is not there.
    """
    writer.allow(Permission.RULEBOOK_EDIT)
    version, problems = read_version(text)
    if version is None or (problems and over is None):
        first = problems[0]
        raise Refusal(f"{first.element}: {first.sentence}" if first.element else first.sentence)
    told = version.source.told
    if over is not None:
        told = laid_over(rulebooks.told_of(writer, over), told)
    book = writer.session.scalar(select(Rulebook).where(Rulebook.code == version.book.name))
    title = version.book.titles.en or version.book.name
    if book is None:
        book = rulebooks.new_rulebook(writer, version.book.name, title, version.book.titles.zh)
    begins = _day(version.valid_from)
    draft = rulebooks.new_draft(
        writer, book, title=title, title_zh=version.book.titles.zh, institution_id=_institution(writer, version.node),
        valid_from=begins,
    )  # fmt: skip
    rulebooks.take_text(writer, draft, told)
    for override in version.overrides:
        _draft_override(writer, book, override, laid_over(told, override.elements), version.book.titles, begins)
    return draft


def _draft_override(
    writer: Writer, book: Rulebook, override: Override, whole: dict[str, object], whole_title: Titles, begins: dt.date
) -> RulebookVersion:
    """A draft that says only what differs at an institution; each element is written whole, as it holds there."""
    first = _day(override.valid_from) if override.valid_from else begins
    here = _institution(writer, override.node)
    place = Reader(writer.actor, writer.session).places(first).get(here)
    titles = [
        f"{title} · {place.title(language) if place else override.node}" if title else ""
        for title, language in ((whole_title.en, "en"), (whole_title.zh, "zh"))
    ]
    draft = rulebooks.new_draft(
        writer, book, title=titles[0] or override.node, title_zh=titles[1], institution_id=here, valid_from=first,
        complete=False,
    )  # fmt: skip
    contents = elements_of(whole)
    for key in elements_of(override.elements):
        days = rulebooks.Days(first, None, override.until_next_version)
        rulebooks.set_element(writer, draft, key, contents[key], days=days)
    return draft


def _institution(writer: Writer, code: str) -> int:
    found = writer.session.scalar(select(Institution.id).where(Institution.code == code))
    if found is None:
        raise Refusal(_("The text holds at the institution %(code)s, which is not there.", code=code or "–"))
    return found


def _day(text: str) -> dt.date:
    if not text:
        raise Refusal(_("Say from which day on the text holds: valid_from: 2026-01-01."))
    return dt.date.fromisoformat(text)
