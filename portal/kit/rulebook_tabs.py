"""The views of one rulebook version: each reads what it shows and lays it out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.kit import address, numbers, parts, rulebook_view
from portal.kit.address import Filters
from portal.kit.resource_form import Form
from portal.kit.rulebook_shown import Shown
from portal.models.rulebooks import RulebookComment
from portal.query import rulebooks as query
from portal.query.rulebook_rules import Key
from portal.query.user_names import called
from portal.services import rulebook_compare as compare
from portal.services.rulebook_checks import Found, draft_problems, draft_sentences
from portal.services.rulebook_words import SECTION_TITLES
from portal.services.rulebooks import LONGEST_COMMENT
from portal.settings import settings

MOST_TOGETHER = 30  # elements shown on one page; of more, one part at a time


def when(instant: dt.datetime, lang: str) -> str:
    """A moment in the installation's time zone."""
    local = instant.astimezone(ZoneInfo(settings().timezone))
    return f"{numbers.day(local.date(), lang)}, {numbers.clock(local)}"


def contents(look: Shown, id: str, add: Callable[[str], Mapping[str, object]]) -> list[Component]:
    """What the version says, or what holds at an institution and where that comes from."""
    reader, version, lang = look.reader, look.version, look.lang
    place = look.asked.get("at", "")
    at = look.places.get(int(place)) if place.isdecimal() and len(place) < 18 else None
    beside: tuple[str, dict[Key, str]] = ("", {})
    if at is None:
        rows = query.contents(reader, version)
        elements: dict[Key, Any] = {key: row.content for key, row in rows.items()}
        if not version.complete:
            beside = _("Holds"), {key: rulebook_view.override_days(row, version, lang) for key, row in rows.items()}
    else:
        held = query.holding(reader, version, at.id, version.valid_from)
        elements = {key: one.content for key, one in held.items()}
        numbers_of = {one.id: one.number for one in look.versions}
        beside = (
            _("From"),
            {
                key: f"{rulebook_view.named(look.places, one.institution_id, lang)} · {numbers_of.get(one.version_id, '?')}"
                for key, one in held.items()
            },
        )
    changed = compare.changed_keys(reader, version)
    search = look.asked.get("q", "")
    institution = address.choice("at", _("Holds at"), at_options(look), place if at else "")
    words = address.words("q", _("Search elements"), search, _("Title, name or formula"))
    found: list[Component] = [Filters(id=id, className="below", label=_("Filters"), fields=[words, institution])]
    part = ""
    if not search and len(elements) > MOST_TOGETHER:
        counts = Counter(section for section, _name in elements)
        known = [section for section in rulebook_view.ORDER if counts[section]]
        part = look.asked.get("part", "")
        part = part if part in known else known[0]
        options = [address.Option(one, str(SECTION_TITLES[one]), note=str(counts[one])) for one in known]
        found.append(address.switch(f"{id}-part", "part", _("Part"), options, part))
    shown = {key: content for key, content in elements.items() if not part or key[0] == part}

    def actions(section: str) -> list[Component]:
        if not look.edits or at is not None or search or (part and section != part):
            return []
        here = any(key[0] == section for key in shown)
        title = _("Add") if here else _("Add: %(what)s", what=SECTION_TITLES[section])
        return [parts.button(title, id=add(section), icon_name="plus-lg")]

    found += rulebook_view.element_sections(shown, changed, beside, lang, look.element_href, search, actions)
    return found


def at_options(look: Shown) -> list[address.Option]:
    """The version itself, or an institution it holds at."""
    found = [address.Option("", _("This version itself"))]
    waiting = [(place, 0) for place in [look.places.get(look.version.institution_id)] if place is not None]
    while waiting:
        place, depth = waiting.pop()
        found.append(address.Option(str(place.id), "\N{EM SPACE}" * depth + place.title(look.lang)))
        waiting += [(child, depth + 1) for child in reversed(look.places.children.get(place.id, []))]
    return found


def changes(look: Shown, id: str) -> list[Component]:
    """Against what holds before, or against another version."""
    others = [one for one in look.versions if one.id != look.version.id]
    against = next((one for one in others if str(one.number) == look.asked.get("against")), None)
    options = [address.Option("", _("What holds before it"))]
    options += [address.Option(str(one.number), f"{one.number} · {one.named(look.lang)}") for one in others]
    was = compare.before(look.reader, look.version) if against is None else compare.full(look.reader, against)
    told = compare.told_differences(look.reader, was, look.elements)
    field = address.choice("against", _("Against"), options, str(against.number) if against else "")
    count = ngettext("%(num)s difference", "%(num)s differences", len(told))
    return [
        html.Div(Filters(id=id, label=_("Against"), fields=[field]), className="toolbar"),
        parts.section(_("Changes"), rulebook_view.changes_table(told, look.element_href), subtitle=count),
    ]


def check(look: Shown) -> list[Component]:
    """What is wrong, each with its place and a link to its element."""
    draft = query.version_of(look.reader, look.code, look.version.number)
    found = draft_problems(look.reader, draft)
    if not found:
        missed = draft_sentences(look.reader, draft)
        if not missed:
            return [parts.section(_("Check"), parts.flag(_("Nothing is wrong."), "good"))]
        way = parts.link(
            _("To the examples"), rulebook_view.version_href(look.code, look.version.number, tab="examples")
        )
        tasks = [parts.Task(sentence, "") for sentence in missed]
        return [parts.section(_("Check"), parts.task_list(tasks), way, subtitle=_("Examples that are missed"))]
    keys = {name: (section, name) for section, name in look.elements}
    columns = [parts.Column("element", _("Element")), parts.Column("what", _("What is wrong"))]
    rows = [problem_row(look, one, keys) for one in found]
    count = ngettext("%(num)s problem", "%(num)s problems", len(found))
    return [parts.section(_("Check"), parts.simple_table(columns, rows, _("Problems")), subtitle=count)]


def problem_row(look: Shown, found: Found, keys: Mapping[str, Key]) -> dict[str, Any]:
    """One problem: the element it is in, the part and position, and the sentence that says what to do."""
    problem = found.problem
    key = keys.get(problem.element)
    place = problem.part
    if problem.span is not None:
        place = _("%(part)s, from character %(start)s", part=problem.part, start=problem.span.start + 1)
    where = f" · {rulebook_view.named(look.places, found.institution_id, look.lang)}" if found.institution_id else ""
    title = parts.Cell(
        problem.element or look.version.named(look.lang),
        note=f"{place}{where}",
        href=look.element_href(key) if key else "",
    )
    return {"element": title, "what": _(problem.pattern) % problem.values}


def history(look: Shown) -> list[Component]:
    """Who wrote what."""
    table = edits_table(look, query.edits(look.reader, look.version))
    return [parts.section(_("History"), table, subtitle=_("Who wrote what, newest first"))]


def edits_table(look: Shown, edits: Sequence[query.Edit]) -> Component:
    """Edits with the names of who wrote them."""
    people = called(look.reader, (one.by for one in edits))
    return rulebook_view.history_table(edits, look.lang, lambda at: when(at, look.lang), people)


def said(look: Shown, comments: Sequence[RulebookComment], href: Callable[[Key], str] | None = None) -> Component:
    """What people said, oldest first."""
    if not comments:
        return html.P(_("Nobody said anything yet."), className="muted section-note")
    people, lang = called(look.reader, (one.said_by for one in comments)), look.lang
    tasks = [
        parts.Task(
            one.said,
            " · ".join(filter(None, [people.get(one.said_by), when(one.said_at, lang), one.name])),
            href=href((one.section, one.name)) if href and one.name else "",
        )
        for one in comments
    ]
    return parts.task_list(tasks)


def comment_form(id: str) -> Component:
    """A field to say something."""
    field = {"name": "words", "label": _("Comment"), "kind": "reason", "longest": LONGEST_COMMENT, "wide": True}
    return Form(id=id, fields=[field], values={}, problems={}, label=_("Comment"), tone="quiet")
