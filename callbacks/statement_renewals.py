"""Renewals that are awaited: parse the address, ask, show those that endanger persistency before the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import Input, Output
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext

from callbacks.statement import asked_person, no_statement_yet, nothing, views
from pages import statement_renewals as page
from portal.kit import drill, numbers, parts
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.renewals_ahead import Renewal, Renewals, Terms, renewals_ahead
from portal.query.statement import statement
from portal.query.statement_ahead import agent_month
from portal.query.team_agent import product_titles

LISTED = 40


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.STATEMENT_VIEW)
def show_statement_renewals(search: str) -> Component:
    """The renewals of whom an address names."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """What is overdue and what falls due."""
    person = asked_person(reader, query)
    if person is None:
        return nothing(reader)
    one, lang = statement(reader, person, None), reader.actor.language
    known = agent_month(reader, one) if one is not None else None
    found = renewals_ahead(reader, one, known) if one is not None and known is not None else None
    if one is None or found is None:
        return no_statement_yet(reader, _("Renewals"), page.PATH, query)
    told = _("Known on %(day)s; overdue, or due within %(count)s days",
             day=numbers.day(found.known_until, lang), count=found.terms.ahead_days)  # fmt: skip
    return parts.stack(
        parts.page_header(_("Renewals"), " · ".join(filter(None, [one.name, one.agent_no, told]))),
        views(page.PATH, query),
        *unsaid(reader, found.terms),
        parts.figure_row(figures(found, lang)),
        *sections(found, product_titles(reader, found.known_until), lang),
    )


def unsaid(reader: Reader, terms: Terms) -> list[Component]:
    """What the rules do not say of renewals: what is taken then, and where to say it."""
    if not terms.unsaid:
        return []
    taken = []
    if terms.grace_is_usual:
        taken.append(_("%(days)s days of grace", days=terms.grace_days))
    if terms.ahead_is_usual:
        taken.append(_("%(days)s days ahead", days=terms.ahead_days))
    said = _("Taken as usual, because the rules do not say it: %(taken)s.", taken=", ".join(taken))
    if not reader.actor.may(Permission.RULEBOOK_VIEW):
        return [parts.flag(said, "neutral")]
    remedy = _("Add %(names)s to the parameters of the rulebook.", names=", ".join(terms.unsaid))
    return [parts.flag(f"{said} {remedy}", "warn", parts.link(_("Rulebooks"), "/rulebooks"))]


def figures(found: Renewals, lang: str) -> list[Component]:
    """What is awaited, what of it is late, and what of it counts in persistency."""
    late = [one for one in found.found if one.late_days]
    title = _("Endanger persistency")
    return [
        amount_card(_("Premiums awaited"), found.found, lang, hero=True),
        amount_card(_("Overdue"), late, lang),
        amount_card(title, found.endangering, lang),
    ]


def amount_card(title: str, renewals: Sequence[Renewal], lang: str, hero: bool = False) -> Component:
    """Premiums together, and of how many policies."""
    full = numbers.money(sum((one.amount for one in renewals), Decimal(0)), lang)
    note = parts.Delta(ngettext("%(num)s policy", "%(num)s policies", len(renewals)), 0)
    return parts.figure_card(title, full, full_text=full, delta=note, hero=hero)


def sections(found: Renewals, products: Mapping[str, str], lang: str) -> list[Component]:
    """Those whose lapse would lower persistency, with by how much; then the others."""
    others = [one for one in found.found if not one.effects]
    told = _("What persistency would fall to if this one policy lapsed, all else as it stands; a premium may be %(days)s days late",
             days=found.terms.grace_days)  # fmt: skip
    first = table(found.endangering, _("Endanger persistency"), products, lang)
    shown = [parts.section(_("Endanger persistency"), first, subtitle=told)]
    if others:
        shown.append(parts.section(_("Other renewals"), table(others, _("Other renewals"), products, lang)))
    return shown


def table(renewals: Sequence[Renewal], title: str, products: Mapping[str, str], lang: str) -> Component:
    """A renewal a row, the most urgent first."""
    columns = [
        parts.Column("policy", _("Policy")), parts.Column("due", _("Due on")),
        parts.Column("amount", _("Premium"), "number", beside=True), parts.Column("effect", _("If it lapses")),
    ]  # fmt: skip
    if not any(one.effects for one in renewals):
        columns = columns[:3]
    more = _("%(count)s more", count=len(renewals) - LISTED) if len(renewals) > LISTED else ""
    return parts.simple_table(
        columns, [row_of(one, products, lang) for one in renewals[:LISTED]], title, more=more,
        empty_text=_("None of the renewals that are awaited counts in a persistency still to be measured."),
    )  # fmt: skip


def row_of(one: Renewal, products: Mapping[str, str], lang: str) -> dict[str, Any]:
    """A policy with when its premium is due and what its lapse would do."""
    note = ""
    if one.late_days:
        left = (one.grace_ends - one.due_on).days - one.late_days
        note = ngettext("%(num)s day late", "%(num)s days late", one.late_days)
        note += " · " + (
            ngettext("%(num)s day of grace left", "%(num)s days of grace left", left)
            if left > 0
            else _("grace is over")
        )
    product = products.get(one.product_code, one.product_code)
    effects = [
        _("%(rate)s of %(month)s: %(before)s → %(after)s", rate=each.title, month=numbers.month(each.effect.month, lang),
          before=numbers.percent(each.effect.before, lang, 2), after=numbers.percent(each.effect.after, lang, 2))
        for each in one.effects
    ]  # fmt: skip
    return {
        "policy": parts.Cell(one.customer_name or one.policy_no, note=f"{product} · {one.policy_no}"),
        "due": parts.Cell(numbers.day(one.due_on, lang), note=note),
        "amount": numbers.money(one.amount, lang), "effect": " · ".join(effects),
    }  # fmt: skip
