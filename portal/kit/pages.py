"""Pages: one declaration each, gathered into the menu, the router and the permission check."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import dash
from dash import Dash
from dash import _pages as dash_pages
from dash.development.base_component import Component
from dash.exceptions import MissingCallbackContextException
from flask_babel import LazyString
from flask_babel import gettext as _

from portal.access.current import current_actor
from portal.kit import parts
from portal.permissions import Forbidden, Needed, Permission
from portal.query.reader import Reader

Group = Literal["work", "institution", "reports", "rules", "operate", "administer"]


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the portal.

    `path` may hold variables: `/customers/<customer_no>`. `layout` is pure: it gets the variables and the query of the
    address as text and asks nobody. `permission` is what a person needs to open it, of several any one; `None` admits
    anyone signed in. `icon` is a name of Bootstrap Icons listed in `portal.kit.icons`. `menu=False` keeps it out of the
    menu, a permission shows it there to those who have it; `phone` gives it a place in the bottom bar, which has five,
    under its `short` title if it has one. `offered` is asked before the page stands in anybody's menu: some pages say
    nothing to some people who may open them.
    """

    path: str
    title: str | LazyString
    layout: Callable[..., Component]
    permission: Needed
    icon: str
    group: Group
    order: int = 100
    menu: bool | Permission = True
    phone: bool = False
    short: str | LazyString = ""
    offered: Callable[[Reader], bool] | None = None

    def show(self, /, **address: Any) -> Component:  # an address may hold the word `self`
        """The layout for an address, once the actor may open it; unknown query keys are left out."""
        actor = current_actor()
        if lacking := actor.lacks(self.permission):
            raise Forbidden(lacking, actor)
        return self.layout(**known_arguments(self.layout, address | path_variables()))


PAGES: list[Page] = []
PATH_INPUT = "_pages_location.pathname"  # what Dash's own router is asked with
NOT_FOUND_PATH, NOT_FOUND = (
    "/not-found",
    "not_found_404",
)  # the module name by which Dash knows the page for everything else


def collect(package: ModuleType) -> list[Page]:
    """Import each module of a package and take its `PAGE` (or `PAGES`); twice is once. Returns all pages so far."""
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        own = [module.PAGE] if hasattr(module, "PAGE") else list(getattr(module, "PAGES", ()))
        for page in own:
            declare(page)
    return PAGES


def declare(page: Page) -> Page:
    """Add a page; two pages at one address are an error."""
    same = next((other for other in PAGES if other.path == page.path), None)
    if same is None:
        PAGES.append(page)
    elif same != page:
        raise ValueError(f"Two pages want the address {page.path}: {same.title} and {page.title}.")
    return page


def register(app: Dash) -> None:
    """Tell Dash all declared pages. The app is made with `use_pages=True, pages_folder="",
    suppress_callback_exceptions=True`: then no validation layout travels to the browser; a test checks the ids instead.
    """
    for page in sorted(PAGES, key=lambda page: ("<" in page.path, page.path)):  # plain addresses before patterns
        address: dict[str, Any] = {"path_template": page.path} if "<" in page.path else {"path": page.path}
        dash.register_page(  # type: ignore[no-untyped-call]  # Dash's own
            f"page {page.path}",
            **address,
            name=str(page.path),
            title=_title_of(page),
            description="",
            order=page.order,
            layout=page.show,
        )

    dash.register_page(  # type: ignore[no-untyped-call]  # Dash's own
        NOT_FOUND, path=NOT_FOUND_PATH, name=NOT_FOUND, title=lambda **_variables: _("No such page") + " · Basis",
        description="", layout=no_such_page,
    )  # fmt: skip


def no_such_page(**_address: str) -> Component:
    """What stands at an address nobody gave to a page."""
    return parts.stack(
        parts.page_header(_("There is no such page")),
        parts.empty(
            _("The address may be mistyped, or the page has moved. The menu and the search field lead on."),
            action=parts.link(_("Back to the start"), "/", look="btn btn-outline"),
        ),
    )


def path_variables() -> dict[str, str]:
    """What the path of the page being opened says of its variables; a word of the query never stands in for it."""
    try:
        path = dash.ctx.inputs.get(PATH_INPUT)
    except MissingCallbackContextException:
        return {}
    if not isinstance(path, str):
        return {}
    _page, variables = dash_pages._path_to_page(dash.strip_relative_path(path))  # type: ignore[no-untyped-call]  # Dash's own
    return dict(variables or {})


def known_arguments(layout: Callable[..., Any], address: Mapping[str, Any]) -> dict[str, str]:
    """What of an address the layout has names for; all of it when it takes `**rest`. Of a name that stands twice the last
    counts, as for whoever reads the address afterwards."""
    once = {name: value[-1] if isinstance(value, list) else value for name, value in address.items()}
    parameters = inspect.signature(layout).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return once
    return {name: value for name, value in once.items() if name in parameters}


def _title_of(page: Page) -> Callable[..., str]:
    """The title in the reader's language, asked for at each request."""
    return lambda **_variables: f"{page.title} · Basis"
