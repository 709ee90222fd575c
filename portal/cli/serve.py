"""`basis serve`: the web processes."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from portal.cli import app


@app.command()
def serve(
    port: Annotated[int, typer.Option(envvar="PORT", help="Where the portal listens")] = 8050,
    host: Annotated[str, typer.Option(help="The address it listens on; 0.0.0.0 for all")] = "127.0.0.1",
) -> None:
    """Serve the portal with gunicorn. Behind a proxy, set BASIS_TRUSTED_PROXIES and BASIS_ALLOWED_HOSTS."""
    from portal.database import database
    from portal.settings import settings

    chosen = settings()
    if chosen.embedded:
        database()  # starts the embedded server before the workers fork; no connection is opened
    arguments = gunicorn_arguments(host, port)
    os.execv(sys.executable, arguments)


def gunicorn_arguments(host: str, port: int) -> list[str]:
    """The command line of the web server."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:portal.gunicorn_conf",
        "--bind",
        f"{host}:{port}",
        "portal.wsgi:server",
    ]
