"""A sales leader's home: what its address asks for, read once and drawn as one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.evaluation import kind_words
from pages import evaluation as evaluation_page
from pages import team as page
from portal.kit import address, drill, numbers, parts, svg, team_words
from portal.kit.callbacks import callback
from portal.kit.day_so_far import day_so_far_section, month_so_far_section
from portal.kit.wording import in_sentence
from portal.permissions import Permission
from portal.query.month_so_far import month_so_far
from portal.query.outside import refuse
from portal.query.paging import pages_of
from portal.query.policy_events import day_so_far
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.query.statement import last_of, month_of, months_of
from portal.query.team_figures import TEAM_FIGURES, Sums, TeamFigure, elements_named, parameters_naming
from portal.query.team_home import AgentLine, Part, TeamHome, agents_of_place, largest_first, team_home, way_to
from portal.query.team_ladder import Ladder, figure_titles, ladder_of, month_state

AGENTS_LISTED = 20
MOVES_LISTED = 6


@dataclass(frozen=True)
class Look:
    """What one look at a team home is about."""

    reader: Reader
    home: TeamHome
    figure: TeamFigure
    titles: Mapping[str, str]
    search: str
    page: int
    query: Mapping[str, str]

    @property
    def lang(self) -> str:
        return self.reader.actor.language

    def href(self, **changes: str | int | None) -> str:
        """This home with some of its address changed."""
        return address.href_with(page.PATH, self.query, **changes)


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.TEAM_HOME_VIEW)
def show_team(search: str) -> Component:
    """The home an address names, or a sentence."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One home. Raises OutOfScope for a place the actor may not see as a whole."""
    home = team_home(reader, asked_place(reader, query), month_of(query.get("month", "")))
    if home is None:
        return nothing(reader, query)
    figure = TEAM_FIGURES.get(query.get("figure", ""), TEAM_FIGURES["fyc"])
    titles = figure_titles(reader, home.month)
    look = Look(reader, home, figure, titles, query.get("search", "")[:80], drill.page_of(query), query)
    agents = agents_of_place(reader, home.place.id, home.month, figure)
    ladder = ladder_section(look, ladder_of(reader, home.place.id, home.month, agents))
    first = [below_section(look), trend_section(look)] if home.below else [trend_section(look)]
    return parts.stack(
        header(look), *flags(look), parts.figure_row([card(look, one) for one in TEAM_FIGURES.values()]),
        *since(look), toolbar(look), parts.columns(parts.stack(*first), ladder), agents_section(look, agents),
    )  # fmt: skip


def since(look: Look) -> list[Component]:
    """What came since the last nightly run, above the newest month."""
    if look.home.month != max(look.home.months, default=look.home.month):
        return []
    place = look.home.place.id
    return [
        *month_so_far_section(month_so_far(look.reader, institution_id=place), look.lang, team=True),
        *day_so_far_section(day_so_far(look.reader, institution_id=place), look.lang),
    ]


def asked_place(reader: Reader, query: Mapping[str, str]) -> int | None:
    """The place an address names. Raises OutOfScope for what is no number."""
    text = query.get("institution", "")
    if text and not is_number(text):
        raise refuse(reader, "institution", text[:40])
    return int(text) if text else None


def nothing(reader: Reader, query: Mapping[str, str]) -> Component:
    """Why there is nothing to show."""
    months = months_of(reader)
    sentence = _("You lead no agents.")
    if not months:
        sentence = _("No month was computed yet.")
    elif query.get("month") and month_of(query["month"]) not in months:
        sentence = _("This month is not computed.")
    way = (
        parts.link(_("To the newest month"), page.PATH, look="btn btn-outline")
        if months and query.get("month")
        else None
    )
    return parts.stack(parts.page_header(_("Team home")), parts.empty(sentence, way))


def header(look: Look) -> Component:
    """The place, its level, how many agents, which month and how far it has come."""
    place, lang = look.home.place, look.lang
    heads = look.home.now.get("head")
    told = [
        place.level_title(lang),
        _("%(count)s agents", count=numbers.count(heads)) if heads is not None else "",
        numbers.month(look.home.month, lang), team_words.state_words(month_state(look.reader, look.home.month)),
    ]  # fmt: skip
    way = [
        (one.title(lang), look.href(institution=one.id, search="", page=""))
        for one in way_to(look.reader, place, look.home.month)
    ]
    options = [address.Option(f"{month:%Y-%m}", numbers.month(month, lang)) for month in look.home.months]
    field = address.choice("month", _("Month"), options, f"{look.home.month:%Y-%m}", clears=["page"], bare=True)
    picker = address.Filters(id=page.MONTH, label=_("Month"), fields=[field])
    return parts.page_header(
        place.title(lang), " · ".join(filter(None, told)), actions=[picker], crumbs=way if len(way) > 1 else ()
    )


def flags(look: Look) -> list[Component]:
    """What the figures lack, each with the remedy."""
    said = []
    for figure in TEAM_FIGURES.values():
        lacking = [name for name in figure.elements if name in look.home.missing]
        if lacking:
            said.append(missing_words(look.reader, look.titles[figure.key], lacking, look.home.month))
    if look.home.unknown:
        said.append(_("%(count)s values are missing for some agents: the sums say too little. Commission months name the problems.",
                      count=numbers.count(look.home.unknown)))  # fmt: skip
    return [parts.flag(sentence) for sentence in said]


def missing_words(reader: Reader, title: str, lacking: Sequence[str], month: dt.date) -> str:
    """The sentence for a figure whose elements the rules do not have: which name is missing, and where another one is said."""
    books = elements_named(reader, month).values()
    names = sorted({names[usual] for names in books for usual in lacking} or set(lacking))
    return str(_(
        "%(figure)s cannot be shown: the rules of %(month)s have no element %(names)s. Name the one that is meant in the parameter "
        "%(parameters)s, under Rules > Rulebooks.",
        figure=title, month=numbers.month(month, reader.actor.language), names=", ".join(names),
        parameters=", ".join(parameters_naming(lacking)),
    ))  # fmt: skip


def card(look: Look, figure: TeamFigure) -> Component:
    """One figure against last month, with its way over the published months and the way to its parts."""
    home, lang = look.home, look.lang
    value, before = figure.value(home.now), figure.value(home.before) if home.before is not None else None
    text, unit = team_words.short(value, figure, lang)
    way = [figure.value(sums) for _month, sums in home.trend]
    known = [one for one in way if one is not None]
    versus = _("on %(month)s", month=numbers.short_month(home.month.replace(day=1) - dt.timedelta(days=1), lang))
    return parts.figure_card(
        look.titles[figure.key], text, unit, team_words.written(value, figure, lang),
        delta=team_words.delta(value, before, figure, versus, lang),
        sparkline=svg.sparkline(known, look.titles[figure.key]),
        why_href=team_words.why_href(figure.key, home.place.id, home.month) if value is not None else None,
        hero=figure.key == "fyc",
    )  # fmt: skip


def toolbar(look: Look) -> Component:
    """Which figure orders the lists and is drawn."""
    options = [address.Option(key, one.title, hint=look.titles[key]) for key, one in TEAM_FIGURES.items()]
    return html.Div(
        address.switch(page.FIGURE, "figure", _("Figure"), options, look.figure.key, clears=["page"]),
        className="toolbar",
    )


def below_section(look: Look) -> Component:
    """The places of the level below, largest first."""
    home, figure, lang = look.home, look.figure, look.lang
    listed = sorted(home.below, key=lambda one: (*largest_first(figure.value(one.now)), one.place.code))
    level = listed[0].place.level_title(lang)
    most = max((figure.value(one.now) or Decimal(0) for one in listed), default=Decimal(0)) or Decimal(1)
    rows = [
        part_row(look, one, one.place.title(lang), most, look.href(institution=one.place.id, search="", page=""))
        for one in listed
    ]
    if home.own is not None:
        rows.append(part_row(look, home.own, _("Here, in none of them"), most, ""))
    table = parts.simple_table(columns_of(look, level), rows, level)
    return parts.section(
        _("By %(level)s", level=in_sentence(level)), html.Div(table, className="ranking"),
        subtitle=_("Largest %(figure)s first; a name leads one level down", figure=in_sentence(look.titles[figure.key])),
    )  # fmt: skip


def columns_of(look: Look, first: str) -> list[parts.Column]:
    """Name, the chosen figure with its change, then the others where there is room."""
    chosen = look.figure
    others = [one for one in TEAM_FIGURES.values() if one.key != chosen.key]
    return [
        parts.Column("name", first), parts.Column(chosen.key, chosen.title, "number"),
        parts.Column("change", _("vs last month"), "change"),
        *(parts.Column(one.key, one.title, "number", phone=False) for one in others),
    ]  # fmt: skip


def part_row(look: Look, one: Part, name: str, most: Decimal, href: str) -> dict[str, Any]:
    """A place with its figures; a bar shows its part of the largest."""
    value = look.figure.value(one.now) or Decimal(0)
    return {"name": parts.Cell(name, bar=float(max(value, Decimal(0)) / most), href=href)} | figures_row(
        look, one.now, one.before
    )


def figures_row(look: Look, now: Sums, before: Sums | None) -> dict[str, Any]:
    """All figures of a line, and the change of the chosen one."""
    row = {key: team_words.written(figure.value(now), figure, look.lang) for key, figure in TEAM_FIGURES.items()}
    past = look.figure.value(before) if before is not None else None
    row["change"] = team_words.change(look.figure.value(now), past, look.figure, look.lang)
    return row


def agents_section(look: Look, everybody: Sequence[AgentLine]) -> Component:
    """The agents of the place, largest first, page by page, with a field that searches."""
    words = look.search.casefold().split()
    found = [one for one in everybody if all(word in agent_text(one) for word in words)] if words else list(everybody)
    pages = pages_of(len(found), AGENTS_LISTED)
    here = min(look.page, pages)
    shown = found[(here - 1) * AGENTS_LISTED : here * AGENTS_LISTED]
    rows = [agent_row(look, one) for one in shown]
    columns = [one for one in columns_of(look, _("Agent")) if one.key != "heads"]
    table = parts.simple_table(columns, rows, _("Agents"), empty_text=_("No agent has these words."))
    field = address.words("search", _("Find an agent"), look.search, _("Name, number or rank"))
    return parts.section(
        _("Agents"), html.Div(table, className="ranking"), *drill.pager(here, pages),
        subtitle=_("%(count)s agents; a name leads to the policies", count=numbers.count(len(found))),
        actions=[address.Filters(id=page.SEARCH, label=_("Find an agent"), fields=[field])],
    )  # fmt: skip


def agent_text(one: AgentLine) -> str:
    """What an agent is found by."""
    return f"{one.agent_no} {one.name} {one.rank.title} {one.rank.code}".casefold()


def agent_row(look: Look, one: AgentLine) -> dict[str, Any]:
    """An agent with rank and team."""
    tree = look.reader.places(last_of(look.home.month))
    seat = tree.get(one.seat_id) if look.home.below else None
    note = " · ".join(filter(None, [one.agent_no, one.rank.title, seat.title(look.lang) if seat else ""]))
    name = parts.Cell(one.name, note=note, href=team_words.agent_href(one.person_id, look.home.month))
    return {"name": name} | figures_row(look, one.now, one.before)


def ladder_section(look: Look, ladder: Ladder) -> Component:
    """How many stand at each rank, and who the evaluation proposes to rise or fall."""
    lang, most = look.lang, max((one.heads for one in ladder.rungs), default=0) or 1
    columns = [parts.Column("rank", _("Rank")), parts.Column("heads", _("Agents"), "number"),
               parts.Column("change", _("vs last month"), "change")]  # fmt: skip
    if ladder.moves:
        columns += [parts.Column("rises", _("Rise"), "number"), parts.Column("falls", _("Fall"), "number")]
    rows = [
        {
            "rank": parts.Cell(one.rank.title, note=one.rank.code if one.rank.code != one.rank.title else "", bar=one.heads / most),
            "heads": numbers.count(one.heads, lang),
            "change": numbers.NOTHING if one.before is None else numbers.signed(one.heads - one.before, lang, 0),
            "rises": numbers.count(one.rises, lang), "falls": numbers.count(one.falls, lang),
        }
        for one in ladder.rungs
    ]  # fmt: skip
    table = html.Div(parts.simple_table(columns, rows, _("Ladder")), className="ranking")
    return parts.section(_("Ladder"), table, *moves_part(look, ladder), subtitle=_("Ranks at the month's end"))


def moves_part(look: Look, ladder: Ladder) -> list[Component]:
    """Who is proposed to rise or fall, and the way to the evaluation."""
    if not ladder.told:
        return []
    month = f"{look.home.month:%Y-%m}"
    if not ladder.moves:
        sentence = _(
            "Nobody rises or falls in %(month)s by the rules in force.", month=numbers.month(look.home.month, look.lang)
        )
        return [html.P(sentence, className="muted section-note")]
    tasks = []
    for one in ladder.moves[:MOVES_LISTED]:
        word, tone = kind_words(one.kind)
        search = address.search_of({"month": month, "agent": str(one.person_id), "ladder": one.ladder})
        note = f"{one.agent_no} · {one.from_title} → {one.to_title}"
        tasks.append(parts.Task(one.name, note, word, evaluation_page.PATH + search, tone))
    left = len(ladder.moves) - len(tasks)
    href = evaluation_page.PATH + address.search_of({"month": month})
    more = [html.P(parts.link(_("See all %(count)s", count=len(ladder.moves)), href), className="section-note")]
    return [
        html.H3(_("Proposed by the evaluation"), className="part-title"),
        parts.task_list(tasks),
        *(more if left > 0 else []),
    ]


def trend_section(look: Look) -> Component:
    """The chosen figure over the published months."""
    home, figure, lang = look.home, look.figure, look.lang
    known = [(month, figure.value(sums)) for month, sums in home.trend]
    shown = [(month, value) for month, value in known if value is not None]
    if len(shown) < 2:
        return html.Div()
    texts = [f"{numbers.month(month, lang)}: {team_words.written(value, figure, lang)}" for month, value in shown]
    amounts, names = [value for _month, value in shown], [numbers.short_month(month, lang) for month, _value in shown]
    above = svg.landmarks(amounts, [team_words.short_text(value, figure, lang) for value in amounts])
    drawing = svg.columns(amounts, names, texts, look.titles[figure.key], above=above)
    said = _("Month by month, each with the teams it had then")
    return parts.section(look.titles[figure.key], parts.picture(drawing), subtitle=said)
