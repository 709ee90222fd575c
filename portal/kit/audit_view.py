"""How the audit log looks: filters in the address, rows, and one row in full."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.address import Option, choice, day, href_with, words
from portal.kit.pager import pager
from portal.kit.parts import Cell, Column
from portal.kit.resource import capitalised
from portal.kit.resource_history import TECHNICAL, moment_text
from portal.kit.wording import ACTIONS, CONTENT, subject, who
from portal.query.audit import PAGE_SIZE, AuditPage, AuditRow, AuditView
from portal.query.record import is_number

PATH = "/admin/audit"
LONGEST = 110
IN_FULL_ONLY = ("browser", *TECHNICAL)  # long, and the same in many rows
WARNING = ("refused", "log in refused")
CLEARS = ("page", "entry")


def view_of(query: Mapping[str, str]) -> AuditView:
    """What an address asks of the log; what it cannot ask is left out."""
    page = query.get("page", "")
    return AuditView(
        actor=printable(query.get("q")),
        action=printable(query.get("action")),
        subject=printable(query.get("subject")),
        key=printable(query.get("key")),
        first_day=asked_day(query.get("from")),
        last_day=asked_day(query.get("to")),
        page=int(page) if is_number(page) else 1,
    )


def printable(text: str | None) -> str:
    """What an address gives as words to look for, without what cannot be seen."""
    return "".join(letter for letter in (text or "")[:80] if letter.isprintable()).strip()


def asked_day(text: str | None) -> dt.date | None:
    """A day that an address gives; None where it is none."""
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if dt.date(1900, 1, 1) <= day < dt.date(9999, 1, 1) else None


def filters(view: AuditView, actions: Sequence[str], subjects: Sequence[str]) -> list[dict[str, Any]]:
    """Who, what, about what, when."""
    every = Option("", _("All"))
    done = [every, *(Option(one, str(ACTIONS.get(one, one))) for one in actions)]
    about = [every, *(Option(one, subject(one)) for one in subjects)]
    return [
        words("q", _("Who"), view.actor, hint=_("Who")),
        choice("action", _("What"), done, view.action, clears=CLEARS),
        choice("subject", _("About"), about, view.subject, clears=CLEARS),
        day("from", _("From"), view.first_day.isoformat() if view.first_day else ""),
        day("to", _("To"), view.last_day.isoformat() if view.last_day else ""),
    ]


def table(page: AuditPage, query: Mapping[str, str], language: str) -> Component:
    """The rows, newest first; each leads to itself in full."""
    columns = [
        Column("id", _("Row")),
        Column("when", _("Time"), "muted"),
        Column("actor", _("Who")),
        Column("what", _("What")),
        Column("about", _("About")),
        Column("content", _("Content"), "muted", phone=False),
    ]
    if not page.rows:
        return parts.empty(_("Nothing fits these filters."), parts.link(_("Show all"), PATH, ""))
    rows = [_row(one, query, language) for one in page.rows]
    turned = pager(
        page.page, PAGE_SIZE, len(rows), page.total, lambda number: href_with(PATH, query, page=number, entry=None),
        _("Newer"), _("Older"),
    )  # fmt: skip
    return html.Div([parts.simple_table(columns, rows, caption=_("Audit log")), turned])


def _row(one: AuditRow, query: Mapping[str, str], language: str) -> dict[str, Any]:
    content = " · ".join(
        f"{CONTENT.get(name, name)}: {_plain(value)}"
        for name, value in one.content.items()
        if value not in ("", None, [], {}) and name not in IN_FULL_ONLY
    )
    short = content if len(content) <= LONGEST else content[: LONGEST - 1] + "…"
    tone: parts.Tone = "bad" if one.action in WARNING else "neutral"
    return {
        "id": f"#{one.id}",
        "when": moment_text(one.recorded_at, language).replace(" ", "\N{NO-BREAK SPACE}"),
        "actor": who(one.actor),
        "what": Cell("", badge=str(ACTIONS.get(one.action, one.action)), tone=tone),
        "about": Cell(
            subject(one.subject), note=one.subject_key if len(one.subject_key) < 41 else one.subject_key[:40] + "…"
        ),
        "content": Cell(short, title=content[:2_000]),
        "href": href_with(PATH, query, entry=one.id),
    }


def in_full(one: AuditRow, query: Mapping[str, str], language: str) -> Component:
    """One row with its content and its seal."""
    pairs = [
        (_("Time"), moment_text(one.recorded_at, language)),
        (_("Who"), who(one.actor)),
        (_("What"), str(ACTIONS.get(one.action, one.action))),
        (_("About"), f"{subject(one.subject)} {one.subject_key}"),
        *((capitalised(CONTENT.get(name, name)), _plain(value)) for name, value in one.content.items()),
        (_("Hash"), html.Span(one.hash, className="mono")),
        (_("Hash before"), html.Span(one.previous_hash, className="mono")),
    ]
    close = parts.link(_("Close"), href_with(PATH, query, entry=None), "btn btn-outline")
    return parts.section(_("Row #%(number)s", number=one.id), parts.facts(pairs), actions=[close])


def _plain(value: Any) -> str:
    if value is None:
        return numbers.NOTHING
    if isinstance(value, list) and len(value) == 2 and not isinstance(value[0], list):
        return " → ".join(_plain(each) for each in value)
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def verdict(problems: Sequence[str], rows: int) -> Component:
    """Whether the chain is whole."""
    if problems:
        return parts.flag(" ".join(problems), "bad")
    sentence = _("The chain of %(rows)s rows is whole: none was changed or is missing.", rows=numbers.count(rows))
    return parts.flag(sentence, "good")
