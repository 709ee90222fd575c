"""What is ahead of an agent: parse the address, ask, show the next tiers as cards and what the next rank asks."""

from __future__ import annotations

from collections.abc import Mapping

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from calc.rulebook.standing import AgentMonth
from callbacks.statement import asked_person, no_statement_yet, nothing, views, why_href
from pages import statement_ahead as page
from portal.kit import drill, numbers, parts
from portal.kit.ahead_cards import rank_section, tier_cards
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.statement import Statement, statement
from portal.query.statement_ahead import agent_month, ranks_ahead, tiers_ahead


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.STATEMENT_VIEW)
def show_statement_ahead(search: str) -> Component:
    """What is ahead of whom an address names."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """The next tiers beside the newest statement."""
    person = asked_person(reader, query)
    if person is None:
        return nothing(reader)
    one, lang = statement(reader, person, None), reader.actor.language
    if one is None:
        return no_statement_yet(reader, _("What is ahead"), page.PATH, query)
    told = _("As things stood at the end of %(month)s, by the rules in force", month=numbers.month(one.month, lang))
    known = agent_month(reader, one)
    return parts.stack(
        parts.page_header(_("What is ahead"), " · ".join(filter(None, [one.name, one.agent_no, told]))),
        views(page.PATH, query),
        *([] if known is None else [tiers_section(reader, one, known, query), *rank_sections(reader, one, known)]),
    )


def tiers_section(reader: Reader, one: Statement, known: AgentMonth, query: Mapping[str, str]) -> Component:
    """How much more of what lifts which line."""
    tiers = tiers_ahead(reader, one, known)
    cards = parts.empty(_("Every line is in its highest tier."))
    if tiers:
        agent = query.get("agent", "")
        cards = tier_cards(tiers, reader.actor.language, lambda line: why_of(one, line, agent))
    return parts.section(_("The next tiers"), cards, subtitle=_("What is needed until a line pays more"))


def why_of(one: Statement, line: str, agent: str) -> str:
    """Where a line of the month is explained; empty where the statement has none of it."""
    found = next((each for each in one.lines if each.name == line and not each.is_difference), None)
    return why_href(one, found, agent) if found is not None else ""


def rank_sections(reader: Reader, one: Statement, known: AgentMonth) -> list[Component]:
    """What the next rank asks beside what keeps the present one, two and two."""
    found = [rank_section(rank, reader.actor.language) for rank in ranks_ahead(reader, one, known)]
    return [html.Div(found, className="ahead-ranks")] if found else []
