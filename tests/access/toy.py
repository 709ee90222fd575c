"""An application with one callback of each kind, put together as `portal.web` does it, behind the real gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dash
from dash import ALL, MATCH, Input, Output, State, _callback, dcc, html

from portal.access import gate
from portal.access.current import signed_in
from portal.access.headers import install_headers
from portal.access.keys import key_holder
from portal.access.server import new_server
from portal.permissions import Permission
from portal.settings import settings

PAGES: dict[str, Permission | None] = {"/": None, "/users": Permission.USER_VIEW}
SECRET = "..secret.children...second.children.."


def layout() -> html.Div:
    """Everything the callbacks name."""
    single = [dcc.Input(id="word"), *(html.Div(id=name) for name in ("shown", "second", "secret", "broken", "count"))]
    row, cell = html.Button("x", id={"type": "row", "index": 1}), html.Div(id={"type": "cell", "index": 1})
    return html.Div([*single, row, cell, html.Div(id="left"), html.Div(id="unlisted"), dash.page_container])


def build() -> tuple[dash.Dash, dict[str, Any]]:
    """The application and its pages; what others registered with Dash stays theirs."""
    with dash_holding({}):
        server = new_server(settings(), "basis_theme")
        app = dash.Dash("toy", server=server, use_pages=True, pages_folder="", suppress_callback_exceptions=True)
        server.jinja_env.globals["asset_url"] = lambda name: f"/assets/{name}"
        dash.register_page("toy home", path="/", layout=html.Div("home"))
        dash.register_page("toy users", path="/users", layout=html.Div("users"))
        app.layout = layout()
        server.add_url_rule("/machine", "machine", machine, methods=["GET", "POST"])
        rules = gate.Rules(
            callbacks=declare_callbacks(app),
            pages=PAGES,
            keyed={"machine": Permission.POLICY_SEND},
            public={"login.show", "login.enter", gate.HEALTH},
            public_assets={"login.css"},
        )
        gate.install(app, settings(), rules)
        install_headers(server, settings(), app.csp_hashes, {"_dash_assets.static"})
        server.test_client().get("/")
        return app, dict(dash.page_registry)


def machine() -> str:
    """What other systems ask with a key."""
    return f"{key_holder().source} as {key_holder().actor.name}, person {signed_in()}"


def declare_callbacks(app: dash.Dash) -> dict[str, Permission | None]:
    """One callback of each kind; returns what each output needs. `unlisted` is left out on purpose."""

    @app.callback(Output("shown", "children"), Input("word", "value"), State("second", "title"))
    def show(word: str, _title: str) -> str:
        return f"{word}"

    @app.callback(Output("secret", "children"), Output("second", "children"), Input("word", "value"))
    def show_secret(_word: str) -> tuple[str, str]:
        return "secret", "of the house"

    @app.callback(
        Output({"type": "cell", "index": MATCH}, "children"), Input({"type": "row", "index": MATCH}, "n_clicks")
    )
    def show_cell(clicks: int) -> str:
        return f"{clicks}"

    @app.callback(Output("count", "children"), Input({"type": "row", "index": ALL}, "n_clicks"))
    def show_count(clicks: list[int]) -> str:
        return f"{len(clicks)}"

    @app.callback(Input("left", "n_clicks"))
    def leave(_clicks: int) -> None:
        dash.set_props("shown", {"children": "left"})

    @app.callback(Output("broken", "children"), Input("left", "n_clicks"))
    def break_down(_clicks: int) -> str:
        raise RuntimeError("password=hunter2 in /secret/path")

    @app.callback(Output("unlisted", "children"), Input("left", "n_clicks"))
    def show_unlisted(_clicks: int) -> str:
        return "unlisted"

    app.clientside_callback("word => word", Output("second", "title"), Input("word", "value"))
    no_output = next(key for key, entry in app.callback_map.items() if entry.get("no_output"))
    anyone = dict.fromkeys(("shown.children", "count.children", "cell.children", "broken.children", no_output))
    return {**anyone, SECRET: Permission.AUDIT_VIEW}


@contextmanager
def dash_holding(pages: dict[str, Any]) -> Iterator[None]:
    """Dash keeps pages and waiting callbacks in globals of the process: put aside for a while, and put back."""
    registries = (_callback.GLOBAL_CALLBACK_MAP, dash.page_registry)
    kept, waiting = [dict(registry) for registry in registries], list(_callback.GLOBAL_CALLBACK_LIST)
    for registry in (*registries, _callback.GLOBAL_CALLBACK_LIST):
        registry.clear()
    dash.page_registry.update(pages)
    try:
        yield
    finally:
        for registry, content in zip(registries, kept, strict=True):
            registry.clear()
            registry.update(content)
        _callback.GLOBAL_CALLBACK_LIST[:] = waiting
