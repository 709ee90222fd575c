"""Records people keep: for each Resource a list, a form with its history, and a page that brings in a file.

`/admin/people?q=li`, `/admin/people/12?on=2026-01-31`, `/admin/people/new`, `/admin/people/import`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, Filters, search_of
from portal.kit.pages import Page
from portal.kit.resource import IMPORT, ROOT, Resource, list_href
from portal.kit.resource_form import Form, ending_fields, reason_fields
from portal.kit.resource_import import file_pick, instructions, samples
from portal.kit.wording import in_sentence
from portal.permissions import Permission
from portal.query.resource import Words
from portal.resources import RESOURCES

Layout = Callable[..., Component]

ADDRESS, KEY = "resource-address", "resource-key"
LIST_HEAD, FILTERS, ROWS = "resource-list-head", "resource-filters", "resource-rows"
HEAD, NOTES, FORM, FACTS, SEEN = "resource-head", "resource-notes", "resource-form", "resource-facts", "resource-seen"
DAY, DAY_SAID, PERIODS, CHANGES = "resource-day", "resource-day-said", "resource-periods", "resource-changes"
PERIODS_BOX, CHANGES_BOX = "resource-periods-box", "resource-changes-box"
SAVED, GO = "resource-saved", "resource-go"
END, END_DIALOG, END_FORM = "resource-end", "resource-end-dialog", "resource-end-form"
REMOVE, REMOVE_DIALOG, REMOVE_FORM = "resource-remove", "resource-remove-dialog", "resource-remove-form"
FILE, PREVIEW, TOKEN, APPLY = "resource-file", "resource-preview", "resource-token", "resource-apply"


def list_layout(resource: Resource) -> Layout:
    """All records of a kind, narrowed by the address."""

    def layout(**query: str) -> Component:
        return html.Div(
            [
                Address(id=ADDRESS, search=search_of(query)),
                dcc.Store(id=KEY, data={"resource": resource.key}),
                html.Div(parts.page_header(resource.title, resource.about), id=LIST_HEAD),
                Filters(
                    id=FILTERS, label=_("Filters"), closeLabel=_("Close"), sheet=True, fields=[], className="below"
                ),
                html.Section(parts.skeleton(480), id=ROWS, className="surface records"),
            ]
        )

    return layout


def record_layout(resource: Resource) -> Layout:
    """One record: what it says, what it said, who changed it."""

    def layout(record: str = "", **query: str) -> Component:
        key = {"resource": resource.key, "record": record}
        return html.Div(
            [
                Address(id=ADDRESS, search=search_of(query)),
                dcc.Store(id=KEY, data=key),
                dcc.Store(id=SEEN),
                dcc.Store(id=SAVED),
                dcc.Location(id=GO, refresh="callback-nav"),
                html.Div(parts.page_header("\N{NO-BREAK SPACE}"), id=HEAD),
                html.Div(id=NOTES),
                html.Div([_form(), _past()], className="columns wide-first records"),
                _end_dialog(),
                _remove_dialog(resource),
            ]
        )

    return layout


def _form() -> Component:
    day = html.Div(
        [Filters(id=DAY, label=_("As of"), closeLabel=_("Close"), fields=[]), html.P(id=DAY_SAID, className="muted")],
        className="as-of-day",
    )
    form = Form(id=FORM, fields=[], values={}, problems={}, className="waiting")
    return html.Section([day, form, html.Div(parts.skeleton(320), id=FACTS)], className="surface record-box")


def _past() -> Component:
    periods = parts.section(_("History"), html.Div(id=PERIODS), subtitle=_("What held on which days"), id=PERIODS_BOX)
    changes = parts.section(_("Changes"), html.Div(parts.skeleton(160), id=CHANGES), id=CHANGES_BOX)
    return parts.stack(periods, changes)


def _end_dialog() -> Component:
    form = Form(id=END_FORM, fields=ending_fields(), values={}, problems={}, label=_("End"), tone="danger")
    sentence = _("Days before stay as they are; later planned changes are taken back.")
    return parts.dialog(END_DIALOG, _("End"), html.P(sentence), form)


def _remove_dialog(resource: Resource) -> Component:
    form = Form(id=REMOVE_FORM, fields=reason_fields(), values={}, problems={}, label=_("Remove"), tone="danger")
    return parts.dialog(
        REMOVE_DIALOG, _("Remove"), html.P(_("It leaves the list; the audit log keeps what it said.")), form
    )


def import_layout(resource: Resource) -> Layout:
    """A file: chosen, looked at, brought in."""

    def layout() -> Component:
        crumbs = [(resource.title, list_href(resource)), (_("Import"), "")]
        title = _("Import %(title)s", title=in_sentence(resource.title))
        subtitle = _("First you see what the file would change; nothing is written before you say so.")
        return html.Div(
            [
                dcc.Store(id=KEY, data={"resource": resource.key}),
                dcc.Store(id=TOKEN),
                parts.page_header(title, subtitle, crumbs=crumbs),
                parts.stack(
                    file_pick(FILE),
                    html.Div(
                        parts.section(
                            _("Columns of the file"),
                            instructions(resource),
                            subtitle=_("An exported list has them all: change it and bring it back."),
                            actions=samples(resource),
                        ),
                        id=PREVIEW,
                    ),
                ),
            ]
        )

    return layout


def pages_of(resource: Resource) -> tuple[Page, ...]:
    """The three pages of a resource; the list stands in the menu. `import` is found before it is taken for a key."""
    path, title, order = f"{ROOT}/{resource.key}", resource.title, 600 + 5 * resource.order

    def page(path: str, title: Words, layout: Layout, permission: Permission, order: int, *, menu: bool) -> Page:
        return Page(
            path, title, layout, permission, icon=resource.icon, group="administer", order=order, menu=menu,
            short=resource.short,
        )  # fmt: skip

    return (
        page(path, title, list_layout(resource), resource.view, order, menu=True),
        page(f"{path}/{IMPORT}", _l("Import"), import_layout(resource), resource.edit, order + 1, menu=False),
        page(f"{path}/<record>", title, record_layout(resource), resource.view, order + 2, menu=False),
    )


PAGES = tuple(chain.from_iterable(pages_of(resource) for resource in RESOURCES.values()))
