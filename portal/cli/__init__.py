"""The command `basis`: what operators type. Each command imports what it needs when it runs, so `--help` is quick."""

from __future__ import annotations

import typer

from portal.cli.problems import Commands

app = typer.Typer(
    name="basis", cls=Commands, help="Basis: a portal for sales performance, sales rules and money.", no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)  # fmt: skip

from portal.cli import demo, doctor, report, rulebook, run, serve, user  # noqa: E402  (the commands register on the app above)

__all__ = ["app", "demo", "doctor", "report", "rulebook", "run", "serve", "user"]
