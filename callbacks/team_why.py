"""Of which parts a figure of a team home is the sum: parse the address, ask, show elements and parts with their total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.team import asked_place, missing_words, nothing
from pages import statement_why
from pages import team_why as page
from portal.kit import address, drill, numbers, parts, team_words
from portal.kit.callbacks import callback
from portal.kit.report import nothing_here
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.statement import month_of
from portal.query.team_figures import TEAM_FIGURES, Sums, TeamFigure, together
from portal.query.team_home import AgentLine, Part, TeamHome, agents_of_place, largest_first, team_home
from portal.query.team_ladder import figure_titles
from portal.query.team_why import Summed, line_of, rules_of, summed

LISTED = 50
AGENTS = "agent"


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.TEAM_HOME_VIEW)
def show_team_why(search: str) -> Component:
    """The figure an address names, taken apart."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One figure: its elements as the rules write them, and the parts that sum to it."""
    figure = TEAM_FIGURES.get(query.get("figure", ""))
    if figure is None:
        return nothing_here()
    home = team_home(reader, asked_place(reader, query), month_of(query.get("month", "")))
    if home is None:
        return nothing(reader, query)
    title, elements = figure_titles(reader, home.month)[figure.key], rules_of(reader, home.place, home.month)
    made_of = summed(elements, figure, reader.actor.language)
    lacking = [name for name in figure.elements if name in home.missing]
    head = header(reader, home, title)
    if lacking:
        return parts.stack(head, parts.flag(missing_words(reader, title, lacking, home.month)))
    lines = {one.usual: (one.name, line_of(elements, one.name)) for one in made_of}
    return parts.stack(
        head, value_section(reader, home, figure, made_of), parts_section(reader, home, figure, made_of, lines, query)
    )


def header(reader: Reader, home: TeamHome, title: str) -> Component:
    """Whose figure of which month, and the way back."""
    lang = reader.actor.language
    back = team_words.home_href(home.place.id, home.month)
    told = " · ".join([title, home.place.title(lang), numbers.month(home.month, lang)])
    return parts.page_header(_("Why this number?"), told, crumbs=[(home.place.title(lang), back), (title, "")])


def value_section(reader: Reader, home: TeamHome, figure: TeamFigure, made_of: Sequence[Summed]) -> Component:
    """The figure and each element it sums, with its formula."""
    lang = reader.actor.language
    value = html.Div(team_words.written(figure.value(home.now), figure, lang), className="why-value")
    said = _("The sum over all agents; each agent's own value follows the formula.")
    if len(made_of) > 1:
        said = _("One sum over the other, never an average of the agents' rates.")
    columns = [parts.Column("what", _("Element")), parts.Column("value", _("Sum"), "number")]
    rows = [{"what": one.title, "value": element_text(home.now.get(one.usual), figure, lang)} for one in made_of]
    written = [html.Div([html.P(one.title, className="muted"), html.Div(html.Code(one.text), className="formula")])
               for one in made_of if one.text]  # fmt: skip
    sums = [html.Div(parts.simple_table(columns, rows, _("Element")), className="dense")] if len(made_of) > 1 else []
    return parts.section(
        "", value, html.P(said, className="section-note"), *sums, html.Div(written, className="formulas")
    )


def element_text(value: Any, figure: TeamFigure, lang: str) -> str:
    """A sum of one element."""
    return numbers.plain(value, 0 if figure.unit == "count" else 2)


def parts_section(
    reader: Reader, home: TeamHome, figure: TeamFigure, made_of: Sequence[Summed], lines: Mapping[str, tuple[str, str]],
    query: Mapping[str, str],
) -> Component:  # fmt: skip
    """The places below or the agents, largest first, the rest together, and the total they come to."""
    by_agent = query.get("by") == AGENTS or not home.below
    columns = [parts.Column("name", _("Agent") if by_agent else home.below[0].place.level_title(reader.actor.language))]
    columns += [parts.Column(one.usual, one.title, "number", beside=len(made_of) == 1) for one in made_of]
    if figure.unit == "rate":
        columns.append(parts.Column("value", figure.title, "number"))
    if by_agent:
        agents = agents_of_place(reader, home.place.id, home.month, figure)
        rows = agent_rows(reader, home, figure, agents, lines)
    else:
        rows = place_rows(reader, home, figure)
    rows.append(row_of(_("Together"), home.now, figure, reader.actor.language) | {"sum": True})
    actions = []
    if home.below:
        level = home.below[0].place.level_title(reader.actor.language)
        options = [address.Option("", level), address.Option(AGENTS, _("Agents"))]
        actions.append(address.switch(page.BY, "by", _("Parts"), options, AGENTS if by_agent else ""))
    return parts.section(
        _("What it is the sum of"), parts.simple_table(columns, rows, _("Parts")), actions=actions,
        subtitle=_("A value leads to its own formula") if by_agent else _("A name leads one level down"),
    )  # fmt: skip


def place_rows(reader: Reader, home: TeamHome, figure: TeamFigure) -> list[dict[str, Any]]:
    """The places below, each leading to its own parts."""
    lang = reader.actor.language
    listed: list[Part] = sorted(home.below, key=lambda one: (*largest_first(figure.value(one.now)), one.place.code))
    rows = []
    for one in listed:
        href = team_words.why_href(figure.key, one.place.id, home.month)
        rows.append(row_of(parts.Cell(one.place.title(lang), href=href), one.now, figure, lang))
    return [*rows, *([row_of(_("Here, in none of them"), home.own.now, figure, lang)] if home.own else [])]


def agent_rows(
    reader: Reader,
    home: TeamHome,
    figure: TeamFigure,
    agents: Sequence[AgentLine],
    lines: Mapping[str, tuple[str, str]],
) -> list[dict[str, Any]]:
    """The agents, largest first; those beyond the list together in one row."""
    lang, may = reader.actor.language, reader.actor.may(Permission.STATEMENT_VIEW)
    rows = []
    for one in agents[:LISTED]:
        name = parts.Cell(
            one.name, note=f"{one.agent_no} · {one.rank.title}", href=team_words.agent_href(one.person_id, home.month)
        )
        row = row_of(name, one.now, figure, lang)
        for usual, (element, line) in lines.items():
            search = {"line": line, "month": f"{home.month:%Y-%m}", "agent": str(one.person_id), "element": element}
            why = statement_why.PATH + address.search_of(search) if may and line else ""
            row[usual] = parts.Cell(row[usual], href=why, title=_("Why this number?"))
        rows.append(row)
    rest = agents[LISTED:]
    if rest:
        rows.append(
            row_of(
                _("%(count)s more", count=numbers.count(len(rest))), together([one.now for one in rest]), figure, lang
            )
        )
    return rows


def row_of(name: Any, sums: Sums, figure: TeamFigure, lang: str) -> dict[str, Any]:
    """A part with the elements it adds."""
    told = {element: element_text(sums.get(element), figure, lang) for element in figure.elements}
    return {"name": name, "value": team_words.written(figure.value(sums), figure, lang)} | told
