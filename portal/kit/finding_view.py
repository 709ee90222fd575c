"""What checks found: rule by rule, with the bad rows and whether somebody took note of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import numbers, parts
from portal.kit.parts import Cell, Column, Tone
from portal.query.runs import SAYS, Finding, check_words

AMOUNTS, AMOUNT = ("amount", "balance", "balance_after"), re.compile(r"-?\d{1,16}(\.\d+)?")
MOST_VALUES = 6  # of a bad row
PERSONAL = ("name", "phone", "email", "customer_no", "account_no", "address", "id_no")
SEVERITIES: dict[str, tuple[Any, Tone]] = {
    "error": (_l("error"), "bad"),
    "quarantine": (_l("set aside"), "warn"),
    "warning": (_l("warning"), "warn"),
}


def finding_tables(found: Sequence[Finding], lang: str, href: str = "") -> list[Component]:
    """What checks found, rule by rule, with the bad rows; `href` is where an open problem is acknowledged."""
    if not found:
        return [parts.empty(_("The checks found nothing."))]
    shown: list[Component] = []
    for rule, group in itertools.groupby(found, key=lambda one: one.rule):
        ones = list(group)
        word, tone = SEVERITIES[ones[0].severity]
        title, demand = check_words(rule)
        heading: list[Any] = [f"{title} ", parts.badge(word, tone)]
        said = _("%(open)s of %(alike)s open", open=ones[0].open, alike=ones[0].alike)
        if demand:
            said = f"{said} · " + _("demanded: %(rule)s", rule=demand)
        shown += [html.H3(heading), html.P(said, className="section-note"), _finding_table(ones, lang, href)]
    return shown


def _finding_table(ones: Sequence[Finding], lang: str, href: str) -> Component:
    """The problems of one rule: a column for each value of the bad rows."""
    names = list(dict.fromkeys(name for one in ones for name in one.row if name != SAYS))[:MOST_VALUES]
    columns = [
        Column("message", _("What is wrong")),
        Column("date", _("Business date"), "muted"),
        *[Column(f"row {name}", name, "number" if name.endswith(AMOUNTS) else "text") for name in names],
        Column("state", _("Acknowledged")),
    ]
    rows = [
        {
            "message": one.message,
            "date": numbers.day(one.business_date, lang),
            **{f"row {name}": shown_value(name, one.row.get(name), lang) for name in names},
            "state": _acknowledged(one, href),
        }
        for one in ones
    ]
    return parts.simple_table(columns, rows, caption=_("Problems"))


def _acknowledged(one: Finding, href: str) -> Cell:
    if one.acknowledged_by:
        return Cell(one.acknowledged_by, note=one.acknowledged_reason)
    return Cell(_("Acknowledge"), href=f"{href}&problem={one.id}") if href else Cell(_("open"))


def shown_value(name: str, value: Any, lang: str) -> str:
    """A value of a bad row: amounts as amounts; what identifies a person only with its last two characters."""
    said = "" if value is None else str(value)
    if name.endswith(AMOUNTS) and AMOUNT.fullmatch(said):
        return numbers.money(Decimal(said), lang)
    if any(word in name for word in PERSONAL) and len(said) > 2:
        return "•" * min(len(said) - 2, 6) + said[-2:]
    return said
