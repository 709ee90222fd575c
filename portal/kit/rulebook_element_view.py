"""One element of a version, read: what it says, what the check says of it, what it uses and what uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import parts, rulebook_editor
from portal.kit.rulebook_shown import Shown
from portal.query.rulebook_rules import Key
from portal.services import rulebook_words
from portal.services.rulebook_grids import head_of
from portal.services.rulebook_looking import Looked

MOST_ROWS_SHOWN = 200


def reading_section(key: Key, content: Any, lang: str) -> Component:
    """The element for who only reads."""
    if not isinstance(content, Mapping):
        return parts.section(
            _("What it says"), html.Pre(rulebook_words.said(key[0], content) or "–", className="expression")
        )
    if key[0] in rulebook_editor.AS_TEXT:
        return parts.section(
            _("What it says"), html.Pre(rulebook_editor.values(key[0], content)["text"], className="expression")
        )
    inside: list[Component] = []
    if key[0] == "formulas":
        text = str(content.get("formula") or content.get("expression") or "")
        inside.append(html.Pre(text, className="expression"))
    if key[0] == "tables":
        inside.append(_rows(head_of(content), content.get("rows") or (), rulebook_editor.ROW_HEADS, _("Rows")))
    if key[0] == "ladders":
        inside += [
            html.H3(_("Ranks from low to high")),
            _ranks(content, lang),
            html.H3(_("Moves")),
            _moves(content, lang),
        ]
    names, words = rulebook_words.labels(), rulebook_words.WORDS
    pairs = [
        (names.get(str(name), str(name)), _told(told, words))
        for name, told in content.items()
        if name not in ("formula", "expression", "rows", "title", "title_zh", "ranks", "rank_titles", "moves")
        and not isinstance(told, Mapping)
    ]
    return parts.section(_("What it says"), *inside, parts.facts(pairs))


def _told(value: Any, words: Mapping[str, Any]) -> str:
    """A part of an element in the reader's words."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(words.get(str(value), value))


def _ranks(content: Mapping[str, Any], lang: str) -> Component:
    """The ranks with what people call them."""
    titled = content.get("rank_titles")
    titles = titled if isinstance(titled, Mapping) else {}
    rows = [
        {"rank": rank, "title": rulebook_words.element_title("ladders", str(rank), titles.get(rank), lang)}
        for rank in content.get("ranks") or ()
    ]
    columns = [parts.Column("rank", _("Rank")), parts.Column("title", _("Title"), beside=True)]
    return parts.simple_table(columns, rows, _("Ranks from low to high"))


def _moves(content: Mapping[str, Any], lang: str) -> Component:
    """The moves in the order in which they are looked at, each with its condition."""
    rows = []
    for one in content.get("moves") or ():
        way = f"{one.get('from', '')} → {one.get('to', '')}"
        if one.get("otherwise"):
            way = _("%(way)s, otherwise %(rank)s", way=way, rank=one["otherwise"])
        kind = str(one.get("kind", ""))
        title = parts.Cell(
            rulebook_words.element_title("ladders", kind, one, lang), note=way,
            badge=str(rulebook_editor.GRID_WORDS.get(kind, kind)), tone="neutral",
        )  # fmt: skip
        rows.append({"move": title, "when": str(one.get("when", ""))})
    columns = [parts.Column("move", _("Moves")), parts.Column("when", _("Condition"))]
    return parts.simple_table(columns, rows, _("Moves"))


def _rows(head: Sequence[str], rows: Sequence[Sequence[Any]], titles: Mapping[str, Any], caption: str) -> Component:
    """The rows of a grid for who only reads; the columns of a table go by their names in formulas."""
    shown = [dict(zip(head, map(cell, row), strict=False)) for row in rows]
    columns = [
        parts.Column(name, str(titles.get(name, name)), beside=name == head[-1] and name != head[0]) for name in head
    ]
    more = _("%(shown)s of %(all)s", shown=MOST_ROWS_SHOWN, all=len(shown)) if len(shown) > MOST_ROWS_SHOWN else ""
    return parts.simple_table(columns, shown[:MOST_ROWS_SHOWN], caption, more=more)


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
