"""The real application, made once a process: Dash hands its declared callbacks to the first application only."""

from __future__ import annotations

from functools import lru_cache

import dash


@lru_cache
def the_app() -> dash.Dash:
    """The application after its first request. Needs the fixture `database`."""
    from portal.web import create_app

    app = create_app()
    app.server.test_client().get("/")
    return app
