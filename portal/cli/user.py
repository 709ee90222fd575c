"""`basis user add`: the only way to the first administrator; there is none over the network."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from portal.cli import app
from portal.cli.say import give_up, say

users = typer.Typer(help="Users of the portal.", no_args_is_help=True)
app.add_typer(users, name="user")


@users.command()
def add(
    username: Annotated[str, typer.Argument(help="What the person signs in with")],
    role: Annotated[list[str], typer.Option(help="A role's code; may be repeated")],
    person: Annotated[str, typer.Option(help="Staff number of the person")] = "",
    password: Annotated[str, typer.Option(help="Generated and printed if not given", envvar="BASIS_NEW_PASSWORD")] = "",
) -> None:
    """Add a user with roles; prints the password that was generated."""
    from portal.permissions import LOCAL_OPERATOR
    from portal.services.users import UserRule, add_user
    from portal.services.writer import NotThere, writing

    chosen = password or secrets.token_urlsafe(12)
    try:
        with writing(LOCAL_OPERATOR) as writer:
            add_user(writer, username=username, password=chosen, roles=role, person_code=person)
    except (UserRule, NotThere) as error:
        give_up(str(error))
    say(f"User {username} added.")
    if not password:
        typer.echo(chosen)
