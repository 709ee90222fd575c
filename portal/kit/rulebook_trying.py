"""An element tried on an agent while it is being written: whose month, and what it comes to now and with the draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.resource_form import Form, agent_field
from portal.query.agent_trial import Tried

VALUES = ("formulas", "measures")  # elements that come to something themselves


def trying(form: str, result: str, months: Sequence[dt.date], lang: str) -> Component:
    """Whose month it is tried on, and below it what it comes to."""
    options = [{"value": f"{month:%Y-%m}", "label": numbers.month(month, lang)} for month in months]
    fields = [
        agent_field("agent"),
        {"name": "month", "label": _("Month"), "kind": "choice", "options": options, "required": True},
    ]  # fmt: skip
    values = {"month": options[1]["value"] if len(options) > 1 else ""}
    return parts.section(
        _("Try it on an agent"),
        Form(id=form, fields=fields, values=values, problems={}, label=_("Try"), busyLabel=_("Computing …"), tone="quiet"),
        html.Div(id=result, **parts.aria(live="polite")),
        subtitle=_("The month as if the draft had held; a formula is tried again as it is typed."),
    )  # fmt: skip


def tried_table(found: Tried, section: str, title: str, lang: str) -> Component:
    """The element's value and the month's pay, in force and with the draft."""
    columns = [
        parts.Column("what", ""), parts.Column("now", _("In force"), "number"), parts.Column("then", _("Draft"), "number"),
        parts.Column("change", _("Change"), "change"),
    ]  # fmt: skip
    rows = [_row(_("Pay of the month"), found.pay_now, found.pay_then, "money", lang)]
    if section in VALUES:
        rows.insert(0, _row(title, found.value_now, found.value_then, found.unit, lang))
    label = _("%(agent)s, %(month)s", agent=found.agent_no, month=numbers.month(found.month, lang))
    return html.Div([html.P(label, className="muted"), parts.simple_table(columns, rows, label)])


def _row(title: str, now: Any, then: Any, unit: str, lang: str) -> dict[str, Any]:
    plain = isinstance(now, int | Decimal) and isinstance(then, int | Decimal) and not isinstance(now, bool)
    change = Decimal(then) - Decimal(now) if plain else Decimal(0)
    return {
        "what": title, "now": _shown(now, unit, lang), "then": _shown(then, unit, lang),
        "change": numbers.signed(change, lang) if change and unit == "money" else f"{change:+,f}" if change else "",
    }  # fmt: skip


def _shown(value: Any, unit: str, lang: str) -> str:
    """A value by its unit; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if unit == "money":
        return str(numbers.money(Decimal(value), lang))
    return f"{Decimal(value).normalize():,f}" if isinstance(value, int | Decimal) else str(value)
