"""The web application: the server, Dash, the pages and the gate. What pages show is not decided here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from types import ModuleType

import dash

import callbacks
import pages
from portal.access import gate
from portal.access.gate import HEALTH, Rules
from portal.access.headers import install_headers
from portal.access.server import new_server
from portal.api.rest import KEYED, install_api
from portal.downloads import install_downloads
from portal.kit import answer_text, shell, static
from portal.kit import pages as declared
from portal.kit.callbacks import permissions_by_output
from portal.kit.theme import THEME_COOKIE
from portal.settings import settings

PUBLIC = frozenset({"login.show", "login.enter", HEALTH, static.WORKER_ENDPOINT})
KEPT_BY_BROWSERS = frozenset({static.ASSETS_ENDPOINT, static.SUITES_ENDPOINT, static.WORKER_ENDPOINT})


@lru_cache
def create_app() -> dash.Dash:
    """The application of this process, made once: Dash keeps pages and callbacks in globals of the process."""
    chosen = settings()
    server = new_server(chosen, THEME_COOKIE)
    app = dash.Dash(
        "basis",
        server=server,
        use_pages=True,
        pages_folder="",
        assets_folder=str(static.ASSETS),
        suppress_callback_exceptions=True,  # else a layout of all pages travels; a test checks the ids
        serve_locally=True,
        compress=False,
        title="Basis",
        update_title=None,  # type: ignore[arg-type]
    )
    declared.collect(pages)
    declared.register(app)
    _import_all(callbacks)
    static.install(app)
    answer_text.install()
    install_downloads(server)
    install_api(server)
    app.layout = shell.layout
    rules = Rules(
        callbacks=permissions_by_output(),
        pages={page.path: page.permission for page in declared.PAGES} | {declared.NOT_FOUND_PATH: None},
        keyed=KEYED,
        public=PUBLIC,
        assets_endpoint=static.ASSETS_ENDPOINT,
        public_assets=static.public_assets(),
    )
    gate.install(app, chosen, rules)
    install_headers(server, chosen, app.csp_hashes, KEPT_BY_BROWSERS)
    return app


def _import_all(package: ModuleType) -> None:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
