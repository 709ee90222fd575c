"""The organisation of teams: the tree as of a day on one side, the chosen place with its teams or agents on the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.team import asked_place
from pages import teams as page
from portal.access.identity import today
from portal.kit import address, drill, numbers, parts, team_words
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query.places import Place
from portal.query.reader import Reader
from portal.query.team_tree import Member, TeamTree, team_tree
from portal.services.values import EARLIEST, LATEST


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.AGENT_VIEW)
def show_teams(search: str) -> Component:
    """The organisation an address names."""
    return drill.shown(draw, search)


def day_asked(query: Mapping[str, str]) -> dt.date:
    """The day of an address; today when it names none, or one far from all records."""
    try:
        day = dt.date.fromisoformat(query.get("at", ""))
    except ValueError:
        return today()
    return day if EARLIEST <= day < LATEST else today()


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One place of the tree on a day. Raises OutOfScope."""
    on = day_asked(query)
    found = team_tree(reader, asked_place(reader, query), on)
    if found is None:
        sentence = _("There are no teams on this day within what you may see.")
        return parts.stack(
            parts.page_header(_("Organisation of teams"), actions=[day_field(on)]), parts.empty(sentence)
        )
    alone = found.here.id in {one.id for one in found.roots} and not found.places.children.get(found.here.id)
    if alone:  # whoever sees one team has nowhere else to go
        return parts.stack(header(reader, found, query), place_section(reader, found, query))
    return parts.stack(
        header(reader, found, query),
        parts.columns(
            tree_section(reader, found, query), place_section(reader, found, query), wide_first=False, look="org"
        ),
    )


def day_field(on: dt.date) -> Component:
    """The day the tree is shown as of."""
    field = address.day("at", _("As of"), on.isoformat(), bare=True)
    return address.Filters(id=page.DAY, label=_("As of"), fields=[field])


def header(reader: Reader, found: TeamTree, query: Mapping[str, str]) -> Component:
    """The place, what stands below it, and as of when."""
    lang, here = reader.actor.language, found.here
    below = len(found.places.below(here.id) & found.teams) - (here.id in found.teams)
    told = [here.level_title(lang), here.code]
    if below:
        told.append(_("%(count)s teams", count=numbers.count(below)))
    told += [_("%(count)s agents", count=numbers.count(found.agents.get(here.id, 0))),
             _("as of %(day)s", day=numbers.day(found.on, lang))]  # fmt: skip
    crumbs = [(one.title(lang), address.href_with(page.PATH, query, institution=one.id)) for one in found.way]
    actions: list[Component] = [day_field(found.on)]
    if here.id in found.teams and reader.actor.may(Permission.TEAM_MOVE_REQUEST):
        actions.append(parts.link(_("Move this team"), team_words.move_href("team", here.id), look="btn btn-primary"))
    return parts.page_header(
        here.title(lang), " · ".join(told), actions=actions, crumbs=crumbs if len(crumbs) > 1 else ()
    )


def tree_section(reader: Reader, found: TeamTree, query: Mapping[str, str]) -> Component:
    """The tree, open down to the chosen place; each name leads to its place."""
    listed = html.Ul([branch(reader, found, one, query) for one in found.roots], className="org-tree")
    return parts.section(_("Teams"), listed, subtitle=_("Behind each name how many agents sit there"))


def branch(reader: Reader, found: TeamTree, place: Place, query: Mapping[str, str]) -> Component:
    """One place with those below it when the chosen one stands there; levels above teams are always open."""
    on_the_way = {one.id for one in found.way}
    children = found.places.children.get(place.id, [])
    teams_below = [one for one in children if one.id in found.teams]
    opened = place.id in on_the_way or len(teams_below) < len(children)
    href = address.href_with(page.PATH, query, institution=place.id)
    here = place.id == found.here.id
    words = [
        parts.link(place.title(reader.actor.language), href, look="org-name here" if here else "org-name"),
        html.Span(numbers.count(found.agents.get(place.id, 0)), className="muted"),
    ]
    inside = [html.Ul([branch(reader, found, one, query) for one in children])] if opened and children else []
    return html.Li([html.Div(words, className="org-line"), *inside])


def place_section(reader: Reader, found: TeamTree, query: Mapping[str, str]) -> Component:
    """What stands below the place, and the agents who sit in it."""
    children = found.places.children.get(found.here.id, [])
    sections: list[Component] = []
    if children:
        level = children[0].level_title(reader.actor.language)
        columns = [parts.Column("name", level), parts.Column("leader", _("Leader")), parts.Column("teams", _("Teams"), "number"),
                   parts.Column("agents", _("Agents"), "number", beside=True)]  # fmt: skip
        if all(one.id in found.teams for one in children):
            columns.pop(2)
        rows = [child_row(reader, found, one, query) for one in children]
        sections.append(parts.section(_("By %(level)s", level=level.lower()), parts.simple_table(columns, rows, level)))
    if found.members or not children:
        columns = [parts.Column("name", _("Agent")), parts.Column("rank", _("Rank"), beside=True),
                   parts.Column("superior", _("Superior")),
                   parts.Column("joined", _("Joined on"), "muted", phone=False)]  # fmt: skip
        rows = [member_row(reader, one, query) for one in found.members]
        sentence = _("Nobody sits here on this day.")
        table = parts.simple_table(columns, rows, _("Agents"), empty_text=sentence)
        sections.append(parts.section(_("Agents"), table, subtitle=_("A name leads to the relations")))
    return parts.stack(*sections)


def child_row(reader: Reader, found: TeamTree, place: Place, query: Mapping[str, str]) -> dict[str, Any]:
    """A place below, who leads it, and how many sit there."""
    below = found.places.below(place.id) & found.teams - {place.id}
    href = address.href_with(page.PATH, query, institution=place.id)
    return {
        "name": parts.Cell(place.title(reader.actor.language), note=place.code, href=href),
        "leader": found.leaders.get(place.id, numbers.NOTHING), "teams": numbers.count(len(below)),
        "agents": numbers.count(found.agents.get(place.id, 0)),
    }  # fmt: skip


def member_row(reader: Reader, one: Member, query: Mapping[str, str]) -> dict[str, Any]:
    """An agent of the place."""
    lang = reader.actor.language
    href = (
        team_words.relations_href(one.person_id, query.get("at", ""))
        if reader.actor.may(Permission.RELATION_VIEW)
        else ""
    )
    return {
        "name": parts.Cell(one.name, note=one.agent_no, href=href, badge=_("leads") if one.leads else ""),
        "rank": one.rank.title, "superior": one.superior or numbers.NOTHING, "joined": numbers.day(one.joined_on, lang),
    }  # fmt: skip
