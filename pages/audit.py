"""The audit log: who did what and who was refused. `/admin/audit?action=refused&from=2026-01-01`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, Filters, search_of
from portal.kit.audit_view import PATH
from portal.kit.pages import Page
from portal.permissions import Permission

ADDRESS, FILTERS, ROWS, ENTRY = "audit-address", "audit-filters", "audit-rows", "audit-entry"
VERIFY, VERDICT = "audit-verify", "audit-verdict"


def layout(**query: str) -> Component:
    """The log, newest first, and a button that checks its chain."""
    verify = parts.button(_("Verify the chain"), id=VERIFY, icon_name="patch-check")
    subtitle = _("What was done and refused. Rows are never changed; each is sealed over the one before.")
    return parts.stack(
        Address(id=ADDRESS, search=search_of(query)),
        parts.page_header(_("Audit log"), subtitle, actions=[verify]),
        html.Div(id=VERDICT),
        html.Div(id=ENTRY),
        Filters(id=FILTERS, label=_("Filters"), closeLabel=_("Close"), sheet=True, fields=[], className="below"),
        html.Section(parts.skeleton(480), id=ROWS, className="surface records"),
    )


PAGE = Page(PATH, _l("Audit log"), layout, Permission.AUDIT_VIEW, icon="journal-check", group="administer", order=990)
