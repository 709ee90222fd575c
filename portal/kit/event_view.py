"""How events of other systems look: filters in the address, states with their counts, rows, and one event in full."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import numbers, parts
from portal.kit.address import Option, choice, day, href_with, search_of, words
from portal.kit.audit_view import asked_day, printable
from portal.kit.pager import pager
from portal.kit.parts import Cell, Column, Tone
from portal.kit.resource_history import moment_text
from portal.permissions import Actor, Permission
from portal.query.policy_event_list import PAGE_SIZE, STATES, USUAL_DAYS, EventPage, EventRow, EventView
from portal.query.policy_event_words import NAMES, states
from portal.query.record import is_number
from portal.settings import settings

PATH = "/policy-events"
CLEARS = ("page", "event")
DATASETS: Mapping[str, Any] = {
    "policy": _l("Policy"), "premium": _l("Premium"), "renewal_due": _l("Premium due"), "policy_end": _l("End of a policy"),
}  # fmt: skip
LOOKS: Mapping[str, tuple[Any, Tone]] = {
    "waiting": (_l("waiting"), "neutral"),
    "provisional": (_l("provisional"), "accent"),
    "published": (_l("taken"), "good"),
    "confirmed": (_l("confirmed"), "good"),
    "replaced": (_l("replaced"), "neutral"),
    "set_aside": (_l("refused"), "bad"),
}
AMOUNTS = ("amount", "premium")


def view_of(query: Mapping[str, str]) -> EventView:
    """What an address asks of the events; what it cannot ask is left out."""
    page, state, dataset = query.get("page", ""), query.get("state", ""), query.get("dataset", "")
    return EventView(
        sought=printable(query.get("q")),
        state=state if state in STATES else "",
        source=printable(query.get("source")),
        dataset=dataset if dataset in DATASETS else "",
        first_day=asked_day(query.get("from")),
        last_day=asked_day(query.get("to")),
        page=int(page) if is_number(page) else 1,
    )


def filters(view: EventView, sources: Sequence[str]) -> list[dict[str, Any]]:
    """Whose policy, from which system, what kind of row, which days."""
    every = Option("", _("All"))
    systems = [every, *(Option(one, one) for one in dict.fromkeys([*sources, *filter(None, [view.source])]))]
    kinds = [every, *(Option(name, title) for name, title in DATASETS.items())]
    return [
        words("q", _("Policy, agent or key"), view.sought, hint=_("Policy, agent or key")),
        choice("source", _("System"), systems, view.source, clears=CLEARS),
        choice("dataset", _("Kind"), kinds, view.dataset, clears=CLEARS),
        day("from", _("Received from"), view.first_day.isoformat() if view.first_day else ""),
        day("to", _("To"), view.last_day.isoformat() if view.last_day else ""),
    ]


def rhythm(page: EventPage, language: str) -> str:
    """When what waits is looked at next."""
    minutes = settings().intraday_minutes
    if not minutes:
        return _("What waits is taken along by the next nightly run; no intraday run is planned here.")
    said = _("An intraday run looks every %(minutes)s minutes at what waits.", minutes=minutes)
    if page.shown_at is None:
        return said
    return said + " " + _("It last showed something on %(moment)s.", moment=moment_text(page.shown_at, language))


def state_tabs(page: EventPage, view: EventView, query: Mapping[str, str]) -> Component:
    """All events, or those of one state, each with how many there are."""
    kept = {name: value for name, value in query.items() if name not in CLEARS}
    entries = [(_("All") + f" {numbers.count(sum(page.counts.values()))}", href_with(PATH, kept, state=None))]
    entries += [
        (f"{LOOKS[one][0]} {numbers.count(page.counts.get(one, 0))}", href_with(PATH, kept, state=one))
        for one in STATES
        if page.counts.get(one) or view.state == one
    ]
    return parts.tabs(entries, here=href_with(PATH, kept, state=view.state or None), label=_("State"))


def table(page: EventPage, view: EventView, query: Mapping[str, str], actor: Actor) -> Component:
    """The rows, the newest first; each leads to itself in full."""
    if not page.rows:
        return _nothing(view)
    columns = [
        Column("policy", _("Policy")),
        Column("amount", _("Amount"), "number"),
        Column("agent", _("Agent")),
        Column("state", _("What became of it")),
        Column("received", _("Received"), "muted"),
        Column("key", _("Key"), "muted", phone=False),
    ]
    rows = [_row(one, query, actor) for one in page.rows]
    turned = pager(
        page.page, PAGE_SIZE, len(rows), page.total, lambda number: href_with(PATH, query, page=number, event=None),
        _("Newer"), _("Older"),
    )  # fmt: skip
    return html.Div(
        [*_since(view, actor.language), parts.simple_table(columns, rows, caption=_("Policy events")), turned]
    )


def _since(view: EventView, language: str) -> list[Component]:
    if view.since is None:
        return []
    said = _("Received since %(day)s, and all that still waits.", day=numbers.day(view.since, language))
    return [html.P(said, className="section-note")]


def _nothing(view: EventView) -> Component:
    if view == EventView(page=view.page):
        sentence = _("No system sent a policy event in the last %(days)s days, and none waits.", days=USUAL_DAYS)
        return parts.empty(sentence)
    return parts.empty(_("Nothing fits these filters."), parts.link(_("Show all"), PATH, ""))


def _row(one: EventRow, query: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    return {
        "policy": Cell(policy_text(one), note=str(DATASETS.get(one.dataset, one.dataset))),
        "amount": _amount(one),
        "agent": Cell(one.agent_name or one.agent_no, note=one.agent_no if one.agent_name else _("not known here")),
        "state": _outcome(one, actor.language),
        "received": Cell(moment_text(one.received_at, actor.language), note=one.source),
        "key": one.key,
        "href": href_with(PATH, query, event=one.id),
    }


def policy_text(one: EventRow) -> str:
    """The policy by its printed number; by the sender's id where it was never delivered."""
    return one.policy_no or _("Policy with id %(id)s", id=one.content.get("policy_id", ""))


def _amount(one: EventRow) -> str:
    told = next((str(one.content[name]) for name in AMOUNTS if one.content.get(name) not in (None, "")), "")
    return numbers.plain(Decimal(told)) if told else ""


def _outcome(one: EventRow, language: str) -> Cell:
    word, tone = LOOKS[one.state]
    if one.state == "waiting" and one.reason:
        tone = "warn"
    note = one.reason or (numbers.day(one.business_date, language) if one.business_date else "")
    return Cell("", badge=word, tone=tone, note=note)


def in_full(one: EventRow, query: Mapping[str, str], actor: Actor) -> Component:
    """One event: what became of it, who sent it, and its row as it came."""
    language = actor.language
    word, tone = LOOKS[one.state]
    pairs: list[tuple[Any, Any]] = [
        (_("What became of it"), html.Span([parts.badge(word, tone), " ", states()[one.state]])),
        *([(_("Reason"), one.reason)] if one.reason else []),
        *([(_("Business date"), numbers.day(one.business_date, language))] if one.business_date else []),
        (_("Received"), _moment(one.received_at, language)),
        *([(_("Provisionally shown"), _moment(one.shown_at, language))] if one.shown_at else []),
        *([(_("Settled"), _moment(one.settled_at, language))] if one.settled_at else []),
        (_("System"), one.source),
        (_("Key"), html.Span(one.key, className="mono")),
        (_("Received from"), one.received_from),
        (_("Agent"), _agent(one, actor)),
    ]
    content = [(NAMES.get(name, name), value) for name, value in one.content.items() if name != "agent_no"]
    same = href_with(PATH, {}, q=one.policy_no or str(one.content.get("policy_id", "")))
    actions = [
        parts.link(_("All events of this policy"), same, "btn btn-outline"),
        parts.link(_("Close"), href_with(PATH, query, event=None), "btn btn-outline"),
    ]
    title = f"{policy_text(one)} · {DATASETS.get(one.dataset, one.dataset)}"
    return parts.section(
        title, parts.columns(parts.facts(pairs), parts.facts(content), wide_first=False), actions=actions
    )


def _agent(one: EventRow, actor: Actor) -> Any:
    named = f"{one.agent_name} · {one.agent_no}" if one.agent_name else one.agent_no
    if one.agent_id is None or not actor.may(Permission.TEAM_HOME_VIEW):
        return named
    return parts.link(named, f"/team/agent{search_of({'agent': str(one.agent_id)})}")


def _moment(instant: dt.datetime | None, language: str) -> str:
    return moment_text(instant, language) if instant is not None else ""
