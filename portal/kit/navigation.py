"""The menu a person gets: the pages their role may open, in groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit.pages import Group, Page
from portal.permissions import Actor, Permission
from portal.query.reader import Reader

GROUPS: tuple[tuple[Group, Any], ...] = (
    ("work", ""),  # one's own work needs no heading
    ("institution", _l("Institution")),
    ("reports", _l("Reports")),
    ("rules", _l("Rules")),
    ("operate", _l("Operate")),
    ("administer", _l("Administer")),
)
BOTTOM_PLACES = 5  # the last one opens the whole menu


def offered(reader: Reader, pages: Sequence[Page]) -> list[Page]:
    """The pages that have something to say to this person; what the person may open is asked by the others here."""
    actor = reader.actor
    return [page for page in pages if page.offered is None or (_may_open(actor, page) and page.offered(reader))]


def allowed(actor: Actor, pages: Sequence[Page]) -> list[Page]:
    """The pages of the menu this actor may open, in their order."""
    mine = [page for page in pages if page.menu and _may_open(actor, page)]
    return sorted(mine, key=lambda page: (page.order, page.path))


def menu(actor: Actor, pages: Sequence[Page]) -> list[dict[str, Any]]:
    """Groups with a title and entries, for the component `Navigation`; empty groups are left out."""
    mine = allowed(actor, pages)
    groups = [
        {"title": str(title), "entries": [_entry(page) for page in mine if page.group == key]} for key, title in GROUPS
    ]
    return [group for group in groups if group["entries"]]


def bottom_bar(actor: Actor, pages: Sequence[Page], sheet: str) -> list[dict[str, Any]]:
    """The five places of a phone: pages marked for it, the first of each group of the menu that has none, others of the
    menu where there is room, and the menu itself (opens `sheet`)."""
    mine = allowed(actor, pages)
    marked = [page for page in mine if page.phone]
    met = {page.group for page in marked}
    firsts = [next((page for page in mine if page.group == key), None) for key, _title in GROUPS if key not in met]
    chosen = [*marked, *(page for page in firsts if page is not None), *mine]
    first = list({page.path: page for page in chosen}.values())[: BOTTOM_PLACES - 1]
    entries = [_entry(page) | ({"title": str(page.short)} if page.short else {}) for page in first]
    return [{"title": "", "entries": [*entries, {"title": _("Menu"), "icon": "list", "opens": sheet}]}]


def searchable(actor: Actor, pages: Sequence[Page]) -> list[dict[str, str]]:
    """What the search field finds."""
    titles = dict(GROUPS)
    return [
        {"title": str(page.title), "href": page.path, "group": str(titles[page.group])}
        for page in allowed(actor, pages)
    ]


def _entry(page: Page) -> dict[str, str]:
    return {"title": str(page.title), "href": page.path, "icon": page.icon}


def _may_open(actor: Actor, page: Page) -> bool:
    in_menu = page.menu if isinstance(page.menu, Permission) else None
    return not (actor.lacks(page.permission) or actor.lacks(in_menu))
