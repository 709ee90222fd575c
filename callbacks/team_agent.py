"""One agent as the leader sees him: figures of a month, the last months, and the policies as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.team import nothing
from pages import statement as statement_page
from pages import team_agent as page
from portal.kit import address, drill, numbers, parts, svg, team_words
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query.paging import pages_of
from portal.query.reader import Reader
from portal.query.statement import month_of
from portal.query.statement_lines import month_before
from portal.query.team_agent import AgentMonths, Policy, agent_months, policies_of
from portal.query.team_figures import TEAM_FIGURES
from portal.query.team_ladder import figure_titles

LISTED = 20
SHOWN = ("fyc", "active", "persistency", "recruits")


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.TEAM_HOME_VIEW)
def show_agent(search: str) -> Component:
    """The agent an address names."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One agent. Raises OutOfScope for one the actor may not see."""
    one = agent_months(reader, drill.number_of(query, "agent"), month_of(query.get("month", "")))
    if one is None:
        return nothing(reader, query)
    sections = [policies_section(reader, one, query)] if reader.actor.may(Permission.POLICY_VIEW) else []
    return parts.stack(header(reader, one), parts.figure_row(cards(reader, one)), trend_section(reader, one), *sections)


def header(reader: Reader, one: AgentMonths) -> Component:
    """Who this is, of which rank, in which team; the way to the statement."""
    lang, month = reader.actor.language, f"{one.month:%Y-%m}"
    told = [one.agent_no, one.rank.title, one.seat.title(lang) if one.seat else "",
            _("joined on %(day)s", day=numbers.day(one.joined_on, lang))]  # fmt: skip
    if one.left_on is not None:
        told.append(_("left on %(day)s", day=numbers.day(one.left_on, lang)))
    options = [address.Option(f"{each:%Y-%m}", numbers.month(each, lang)) for each in one.months]
    field = address.choice("month", _("Month"), options, month, bare=True)
    actions: list[Component] = [address.Filters(id=page.MONTH, label=_("Month"), fields=[field])]
    if reader.actor.may(Permission.RELATION_VIEW):
        actions.insert(0, parts.link(_("Relations"), team_words.relations_href(one.person_id), look="btn btn-outline"))
    if reader.actor.may(Permission.STATEMENT_VIEW):
        href = statement_page.PATH + address.search_of({"month": month, "agent": str(one.person_id)})
        actions.insert(0, parts.link(_("Statement"), href, look="btn btn-outline"))
    crumbs = [(one.name, "")]
    if one.seat is not None:
        crumbs.insert(0, (one.seat.title(lang), team_words.home_href(one.seat.id, one.month)))
    return parts.page_header(one.name, " · ".join(filter(None, told)), actions=actions, crumbs=crumbs)


def cards(reader: Reader, one: AgentMonths) -> list[Component]:
    """The agent's own figures against the month before."""
    lang, titles, by_month = reader.actor.language, figure_titles(reader, one.month), dict(one.trend)
    now, before = by_month.get(one.month, {}), by_month.get(month_before(one.month), {})
    versus = _("on %(month)s", month=numbers.short_month(month_before(one.month), lang))
    shown = []
    for key in SHOWN:
        figure = TEAM_FIGURES[key]
        value, past = figure.value(now), figure.value(before)
        way = [figure.value(sums) for _month, sums in one.trend]
        text = team_words.written(value, figure, lang)
        shown.append(parts.figure_card(
            titles[key], text, full_text=text, delta=team_words.delta(value, past, figure, versus, lang),
            sparkline=svg.sparkline([each for each in way if each is not None], titles[key]), hero=key == "fyc",
        ))  # fmt: skip
    return shown


def trend_section(reader: Reader, one: AgentMonths) -> Component:
    """The first figure month by month."""
    lang, figure = reader.actor.language, TEAM_FIGURES["fyc"]
    known = [(month, figure.value(sums)) for month, sums in one.trend]
    shown = [(month, value) for month, value in known if value is not None]
    title = figure_titles(reader, one.month)[figure.key]
    if len(shown) < 2:
        return html.Div()
    texts = [f"{numbers.month(month, lang)}: {team_words.written(value, figure, lang)}" for month, value in shown]
    names = [numbers.short_month(month, lang) for month, _value in shown]
    amounts = [value for _month, value in shown]
    above = svg.landmarks(amounts, [team_words.short_text(value, figure, lang) for value in amounts])
    return parts.section(title, parts.picture(svg.columns(amounts, names, texts, title, above=above)))


def policies_section(reader: Reader, one: AgentMonths, query: Mapping[str, str]) -> Component:
    """The policies, newest first, narrowed by words and by how they stand."""
    lang = reader.actor.language
    everything, known_to = policies_of(reader, one.person_id)
    words, wanted = query.get("search", "")[:80], query.get("status", "")
    found = [each for each in everything if fits(each, words, wanted)]
    pages = pages_of(len(found), LISTED)
    here = min(drill.page_of(query), pages)
    columns = [
        parts.Column("policy", _("Policy")), parts.Column("product", _("Product")),
        parts.Column("premium", _("Premium a year"), "number", beside=True), parts.Column("issued", _("Issued on"), "muted"),
        parts.Column("status", _("Status")),
    ]  # fmt: skip
    rows = [policy_row(each, lang) for each in found[(here - 1) * LISTED : here * LISTED]]
    sentence = _("No policy fits.") if everything else _("No policy is known.")
    kinds = [address.Option("", _("All")), *(address.Option(key, status_words(key)[0]) for key in STATUSES)]
    fields = [address.choice("status", _("Status"), kinds, wanted if wanted in STATUSES else "", clears=["page"], bare=True),
              address.words("search", _("Find a policy"), words, _("Policy, customer or product"))]  # fmt: skip
    said = _("%(count)s policies", count=numbers.count(len(found)))
    if known_to is not None:
        said = _(
            "%(count)s policies, as known on %(day)s", count=numbers.count(len(found)), day=numbers.day(known_to, lang)
        )
    return parts.section(
        _("Policies"), parts.simple_table(columns, rows, _("Policies"), empty_text=sentence), *drill.pager(here, pages),
        subtitle=said, actions=[address.Filters(id=page.FILTERS, label=_("Find a policy"), fields=fields)],
    )  # fmt: skip


STATUSES: Sequence[str] = ("in_force", "lapse", "cancel", "surrender")


def status_of(one: Policy) -> str:
    """How a policy stands, in one word of the source."""
    return one.status if one.status == "in_force" or not one.end_kind else one.end_kind


def status_words(status: str) -> tuple[str, parts.Tone]:
    """How a policy stands, for people."""
    known: dict[str, tuple[str, parts.Tone]] = {
        "in_force": (_("in force"), "good"), "lapse": (_("lapsed"), "bad"), "cancel": (_("cancelled in cooling-off"), "neutral"),
        "surrender": (_("surrendered"), "warn"),
    }  # fmt: skip
    return known.get(status, (_("ended"), "neutral"))


def fits(one: Policy, words: str, wanted: str) -> bool:
    """Whether a policy has the words and stands as wanted."""
    told = f"{one.policy_no} {one.customer} {one.product}".casefold()
    return all(word in told for word in words.casefold().split()) and (
        wanted not in STATUSES or status_of(one) == wanted
    )


def policy_row(one: Policy, lang: str) -> dict[str, Any]:
    """A policy with customer, product, premium and how it stands."""
    word, tone = status_words(status_of(one))
    ended = numbers.day(one.ended_on, lang) if one.ended_on else ""
    waiting = _("receipt not confirmed") if one.status == "in_force" and not one.is_confirmed else ""
    term = _("single premium") if one.payment_term == 1 else _("%(years)s years", years=one.payment_term)
    return {
        "policy": parts.Cell(one.policy_no, note=one.customer), "product": parts.Cell(one.product, note=term),
        "premium": numbers.money(one.premium, lang), "issued": numbers.day(one.issued_on, lang),
        "status": parts.Cell("", badge=word, tone=tone, note=ended or waiting),
    }  # fmt: skip
