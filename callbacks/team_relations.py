"""One agent's relations: the picture of a day, the same as a table, and how they came about over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.teams import day_asked
from pages import team_relations as page
from portal.kit import address, drill, numbers, parts, relation_graph, team_words
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query.agent_relations import KINDS, AgentRelations, Tie, agent_relations
from portal.query.reader import Reader

RECORDS = "/admin/relations"
LISTED = 60


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.RELATION_VIEW)
def show_relations(search: str) -> Component:
    """The agent an address names."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One agent's relations on a day. Raises OutOfScope."""
    one, lang = agent_relations(reader, drill.number_of(query, "agent"), day_asked(query)), reader.actor.language
    if not one.ties:
        drawn: Component = parts.empty(_("No relation holds on this day."))
    else:
        drawn = parts.picture(relation_graph.graph(one, lang))
    said = _("Each with the first day of the relation; the same stands in the table")
    return parts.stack(
        header(reader, one, query),
        parts.columns(
            parts.section(_("Relations"), drawn, subtitle=said, look="wide-picture"), history_section(one, query, lang)
        ),
        ties_section(one, query, lang),
    )  # fmt: skip


def header(reader: Reader, one: AgentRelations, query: Mapping[str, str]) -> Component:
    """Who this is, where he sits, as of when, and what can be asked for."""
    lang = reader.actor.language
    told = [one.agent_no, one.rank.title, one.seat.title(lang) if one.seat else "", _("leads") if one.leads else "",
            _("as of %(day)s", day=numbers.day(one.on, lang))]  # fmt: skip
    field = address.day("at", _("As of"), one.on.isoformat(), bare=True)
    actions: list[Component] = [address.Filters(id=page.DAY, label=_("As of"), fields=[field])]
    if reader.actor.may(Permission.TEAM_HOME_VIEW):
        href = team_words.AGENT + address.search_of({"agent": str(one.person_id)})
        actions.append(parts.link(_("Figures and policies"), href, look="btn btn-outline"))
    if reader.actor.may(Permission.RELATION_EDIT):
        listed = RECORDS + address.search_of({"q": one.name})
        actions.append(parts.link(_("Change relations"), listed, look="btn btn-outline"))
    if one.seat is not None and reader.actor.may(Permission.TEAM_MOVE_REQUEST):
        actions.append(
            parts.link(_("Move this agent"), team_words.move_href("agent", one.person_id), look="btn btn-primary")
        )
    crumbs = [(one.name, "")]
    if one.seat is not None:
        crumbs.insert(0, (one.seat.title(lang), team_words.teams_href(one.seat.id, query.get("at", ""))))
    return parts.page_header(one.name, " · ".join(filter(None, told)), actions=actions, crumbs=crumbs)


def ties_section(one: AgentRelations, query: Mapping[str, str], lang: str) -> Component:
    """Everybody tied to the agent on the day: above him line by line, then below him."""
    up = [tie for kind in KINDS for tie in one.up(kind)]
    down = [tie for kind in KINDS for tie in one.down(kind)]
    columns = [
        parts.Column("person", _("Agent")),
        parts.Column("relation", _("Relation"), beside=True),
        parts.Column("since", _("Since"), "muted"),
    ]
    rows = [tie_row(tie, query, lang) for tie in (*up, *down)[:LISTED]]
    left = len(up) + len(down) - len(rows)
    more = _("%(count)s more", count=numbers.count(left)) if left > 0 else ""
    sentence = _("No relation holds on this day.")
    return parts.section(
        _("Who is tied to whom"), parts.simple_table(columns, rows, _("Relations"), empty_text=sentence, more=more)
    )


def tie_row(tie: Tie, query: Mapping[str, str], lang: str) -> dict[str, Any]:
    """One tie; the second and third step upwards say so."""
    title = team_words.relation_words(tie.kind)[0 if tie.steps > 0 else 1]
    step = _("step %(number)s", number=tie.steps) if tie.steps > 1 else ""
    href = team_words.relations_href(tie.person_id, query.get("at", ""))
    return {
        "relation": parts.Cell(title, note=step), "person": parts.Cell(tie.name, note=tie.note, href=href),
        "since": numbers.day(tie.since, lang),
    }  # fmt: skip


def history_section(one: AgentRelations, query: Mapping[str, str], lang: str) -> Component:
    """Every period of the agent's own relations, also those that ended or are planned."""
    columns = [
        parts.Column("person", _("To whom")), parts.Column("relation", _("Relation"), beside=True),
        parts.Column("from", _("From"), "muted"), parts.Column("to", _("Last day"), "muted"), parts.Column("state", _("State")),
    ]  # fmt: skip
    rows = [period_row(tie, one, query, lang) for tie in one.history[:LISTED]]
    return parts.section(
        _("Over time"), parts.simple_table(columns, rows, _("Over time"), empty_text=_("There was none."))
    )


def period_row(tie: Tie, one: AgentRelations, query: Mapping[str, str], lang: str) -> dict[str, Any]:
    """One period, and whether it holds on the day."""
    word, tone = state_of(tie, one)
    href = team_words.relations_href(tie.person_id, query.get("at", ""))
    return {
        "relation": team_words.relation_words(tie.kind)[0], "person": parts.Cell(tie.name, note=tie.note, href=href),
        "from": numbers.day(tie.since, lang), "to": numbers.day(tie.last_day, lang), "state": parts.Cell("", badge=word, tone=tone),
    }  # fmt: skip


def state_of(tie: Tie, one: AgentRelations) -> tuple[str, parts.Tone]:
    """Whether a period holds on the day that is looked at, ended before or begins later."""
    if tie.since > one.on:
        return _("planned"), "accent"
    return (_("holds"), "good") if tie.until > one.on else (_("ended"), "neutral")
