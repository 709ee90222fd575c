"""One element of a version, read: what it says, what the check says of it, what it uses and what uses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import parts
from portal.kit.rulebook_shown import Shown
from portal.query.rulebook_rules import Key
from portal.services import rulebook_words
from portal.services.rulebook_grids import head_of
from portal.services.rulebook_looking import Looked

MOST_ROWS_SHOWN = 200


def reading_section(key: Key, content: Any) -> Component:
    """The element for who only reads."""
    if not isinstance(content, Mapping):
        return parts.section(
            _("What it says"), html.Pre(rulebook_words.said(key[0], content) or "–", className="expression")
        )
    inside: list[Component] = []
    if key[0] == "formulas":
        text = str(content.get("formula") or content.get("expression") or "")
        inside.append(html.Pre(text, className="expression"))
    if key[0] == "tables":
        head = head_of(content)
        rows = [dict(zip(head, map(cell, row), strict=False)) for row in content.get("rows") or ()]
        columns = [parts.Column(name, name) for name in head]
        more = _("%(shown)s of %(all)s", shown=MOST_ROWS_SHOWN, all=len(rows)) if len(rows) > MOST_ROWS_SHOWN else ""
        inside.append(parts.simple_table(columns, rows[:MOST_ROWS_SHOWN], _("Rows"), more=more))
    names = rulebook_words.labels()
    pairs = [
        (names.get(str(name), str(name)), ", ".join(map(str, told)) if isinstance(told, list) else str(told))
        for name, told in content.items() if name not in ("formula", "expression", "rows", "title", "title_zh")
    ]  # fmt: skip
    return parts.section(_("What it says"), *inside, parts.facts(pairs))


def cell(value: Any) -> str:
    """A cell of a table; an open side of a band is a dash."""
    return "–" if value is None else str(value)


def problems(result: Looked) -> Component:
    """What the check says about this element."""
    rows = [{"part": place(one), "what": _(one.pattern) % one.values} for one in result.own[:50]]
    columns = [parts.Column("part", _("Part"), "muted"), parts.Column("what", _("What is wrong"))]
    return parts.section(_("Check"), parts.simple_table(columns, rows, _("Problems")))


def place(problem: Any) -> str:
    """The part and the position of a problem."""
    part = rulebook_words.labels().get(problem.part, problem.part)
    if problem.span is None:
        return str(part)
    return str(_("%(part)s, from character %(start)s", part=part, start=problem.span.start + 1))


def connections(look: Shown, elements: Mapping[Key, Any], result: Looked) -> Component:
    """What it uses, and what uses it."""
    if not result.whole:
        return parts.section(_("Connections"), parts.empty(_("They are known when the check finds nothing.")))

    def listed(keys: list[Key]) -> Component:
        if not keys:
            return html.P(_("Nothing."), className="muted")
        tasks = [
            parts.Task(
                rulebook_words.element_title(*key, elements.get(key), look.lang), key[1], href=look.element_href(key)
            )
            for key in keys
        ]
        return parts.task_list(tasks)

    return parts.section(
        _("Connections"), html.H3(_("Uses")), listed(result.uses), html.H3(_("Used by")), listed(result.used_by)
    )
