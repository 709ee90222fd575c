"""What other systems may send and ask, written from the declaration that the addresses themselves are made of: `/api`."""

from __future__ import annotations

import json
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.api.columns import row_document
from portal.api.declared import ROOT, Operation
from portal.api.document import PATH as DOCUMENT
from portal.api.operations import OPERATIONS
from portal.kit import parts
from portal.kit.event_view import PATH as EVENTS
from portal.kit.pages import Page
from portal.kit.parts import Column
from portal.kit.resource import list_href
from portal.permissions import Permission
from portal.query.policy_event_words import DATASETS, states
from portal.resources.api_keys import API_KEYS

EXAMPLE = {
    "key": "core-2026-11-28-000017",
    "dataset": "premium",
    "row": {
        "premium_id": 90017, "policy_id": 120033, "agent_no": "A0001", "amount": "1200.50", "received_on": "2026-11-28",
        "policy_year": 1, "payment_no": 1,
    },
}  # fmt: skip


def layout() -> Component:
    """How to prove oneself, then each operation, then the columns of each dataset."""
    actions = [
        html.A(
            [parts.icon("download"), "OpenAPI"], href=DOCUMENT, className="btn btn-outline", download="openapi.json"
        ),
        parts.link(_("API keys"), list_href(API_KEYS), "btn btn-primary"),
    ]
    subtitle = _("What other systems may send to and ask of Basis. Give them the OpenAPI document and a key.")
    return parts.stack(
        parts.page_header(_("Interface for other systems"), subtitle, actions=actions),
        _begin(),
        *(_operation(one) for one in OPERATIONS),
        _states(),
        *(_dataset(name) for name in DATASETS),
    )


def _begin() -> Component:
    lines = [
        f"curl -X POST https://HOST{ROOT}/policy-events \\",
        '  -H "Authorization: Bearer basis_..." -H "Content-Type: application/json" \\',
        f"  -d '{json.dumps(EXAMPLE, indent=2)}'",
    ]
    rules = [
        _("The API key goes into the header Authorization. A cookie or a log-in is not accepted here."),
        _('Amounts are texts such as "1200.50"; a JSON number with a fraction is refused, because it is not exact.'),
        _("Every refusal is JSON with error, message and field: the message is a sentence that names the field."),
    ]
    return parts.section(
        _("To begin"),
        html.Ul([html.Li(rule) for rule in rules]),
        html.Pre("\n".join(lines), className="expression example"),
    )


def _operation(one: Operation) -> Component:
    columns = [Column("status", _("Status")), Column("about", _("Meaning"))]
    rows = [{"status": str(each.status), "about": str(each.about)} for each in one.answers]
    address = html.P(html.Code(f"{one.method.upper()} {ROOT}{one.path}"))
    return parts.section(
        one.title, address, html.P(str(one.about)), parts.simple_table(columns, rows, caption=one.title)
    )


def _states() -> Component:
    columns = [Column("state", _("State")), Column("about", _("Meaning"))]
    rows = [{"state": name, "about": about} for name, about in states().items()]
    table = parts.simple_table(columns, rows, caption=_("State"))
    # who may see interfaces need not see policies: the page itself says so then
    look = parts.link(_("Policy events"), EVENTS, "btn btn-outline")
    return parts.section(_("What may become of an event"), table, actions=[look])


def _dataset(name: str) -> Component:
    made = row_document(name)
    columns = [
        Column("column", _("Column")), Column("about", _("Meaning")), Column("type", _("Written as"), "muted"),
        Column("required", _("Required"), "muted"),
    ]  # fmt: skip
    rows = [
        {
            "column": column, "about": kind["description"], "type": _written_as(kind),
            "required": _("yes") if column in made["required"] else _("no"),
        }
        for column, kind in made["properties"].items()
    ]  # fmt: skip
    return parts.section(
        _("Row of %(dataset)s", dataset=name), parts.simple_table(columns, rows, caption=name), subtitle=DATASETS[name]
    )


def _written_as(kind: dict[str, Any]) -> str:
    if kind.get("format") == "decimal":
        return _("amount as text, 2 decimals")
    if kind.get("format") == "date":
        return _("date, 2026-01-31")
    return _("whole number") if kind["type"] == "integer" else _("text")


PAGE = Page("/api", _l("Interface"), layout, Permission.API_KEY_VIEW, icon="plug", group="administer", order=880)
