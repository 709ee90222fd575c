"""How the price of an account's money is written: curve, term, day and rate, and what its days earned at it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.address import search_of
from portal.kit.resource import ROOT
from portal.permissions import Permission
from portal.query.exact import points_money
from portal.query.reader import Reader
from portal.query.why import Why
from portal.query.why_price import Earned, Price

WRITTEN_OUT = 3  # margins whose sums stand in one line of the formula


def earned_formula(found: Why, lang: str) -> list[str]:
    """An account's simulated profit in one line: balance-days × margin ÷ days of the year, for each margin there was."""
    if not found.earned:
        return []
    told = [_("credited end-of-day balances, summed over the days, × yearly margin ÷ days of the year")]
    terms = [_term(one, lang) for one in found.earned if one.margin is not None]
    whole = points_money(sum((one.points for one in found.earned), start=found.earned[0].points * 0))
    if len(terms) < len(found.earned) or whole != found.value or len(terms) > WRITTEN_OUT:
        return []
    return [*told, f"{' + '.join(terms)} = {numbers.money(found.value, lang)}"]


def _term(one: Earned, lang: str) -> str:
    return f"{numbers.money(one.balance_days, lang)} × {numbers.interest(one.margin, lang)} ÷ {one.day_basis}"


def price_section(reader: Reader, found: Why) -> Component | None:
    """What the money of the account costs inside the house, and since when; nothing for other figures."""
    if not found.earned:
        return None
    lang = reader.actor.language
    priced = list({one.price.fixed: one for one in found.earned if one.price is not None}.values())
    shown: list[Component] = [parts.facts(_facts(reader, one, lang)) for one in priced]
    if len(priced) < len({(one.margin, one.price) for one in found.earned}):
        shown.append(html.P(
            _("The rate behind this margin is not kept: it was computed before the curves were, or the curve was changed since.")
        ))  # fmt: skip
    return parts.section(
        _("Internal price of the money"), *shown,
        subtitle=_("Fixed on the account when it was opened or re-priced, whatever the curve does later"),
    )  # fmt: skip


def _facts(reader: Reader, one: Earned, lang: str) -> list[tuple[str, str | Component]]:
    """Curve, term, day, the two rates and their difference."""
    price = one.price
    assert price is not None
    day = numbers.day(price.priced_on, lang)
    why_then = _("re-priced") if price.repriced else _("opened")
    curve: str | Component = f"{price.curve} · {price.currency}"
    if reader.actor.may(Permission.FTP_RATE_VIEW):
        query = {"on": price.priced_on.isoformat(), "q": price.curve}
        curve = parts.link(f"{price.curve} · {price.currency}", f"{ROOT}/ftp-rates{search_of(query)}")
    return [
        (_("Curve"), curve),
        (_("Term"), _term_words(price)),
        (_("Fixed on"), f"{day} · {why_then}"),
        (_("Internal rate"), numbers.interest(price.ftp_rate, lang)),
        (_("Customer rate"), numbers.interest(price.customer_rate, lang)),
        (_("Margin a year"), _margin_words(price, lang)),
        (_("Days of the year"), str(price.day_basis)),
    ]


def _term_words(price: Price) -> str:
    """The curve's term; the account's own beside it where it is another one."""
    term = numbers.term(price.curve_term_days)
    if price.curve_term_days == price.term_days:
        return term
    return _("%(term)s, the nearest for the account's %(own)s", term=term, own=numbers.term(price.term_days))


def _margin_words(price: Price, lang: str) -> str:
    """1.780 % − 1.500 % = 0.280 %; a loan earns what the customer pays above the internal rate."""
    rates = [numbers.interest(rate, lang) for rate in (price.ftp_rate, price.customer_rate)]
    first, less = rates if price.kind == "deposit" else rates[::-1]
    return f"{first} {numbers.MINUS} {less} = {numbers.interest(price.margin, lang)}"
