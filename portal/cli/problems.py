"""What stops a command, as one sentence: operators act on sentences, not on traces."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

from portal.cli.say import give_up


class Commands(TyperGroup):
    """Commands that end with a sentence where an installation is not ready; what nobody expected keeps its trace."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if sentence := sentence_of(error):
                give_up(sentence)
            raise


def sentence_of(error: Exception) -> str:
    """What is wrong and what to do about it; empty for what is not the installation's fault."""
    from psycopg.errors import UndefinedColumn, UndefinedTable
    from pydantic import ValidationError
    from pydantic_settings import SettingsError
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from portal.database import MissingOwner
    from portal.permissions import Forbidden
    from portal.postgres import PostgresError
    from portal.query.permission_titles import PERMISSION_TITLES
    from portal.settings import Settings

    if isinstance(error, OperationalError):
        return f"The database does not answer: {str(error.orig).splitlines()[0]}. See `basis doctor`."
    if isinstance(error, ProgrammingError) and isinstance(error.orig, UndefinedTable | UndefinedColumn):
        return "The database has no tables yet, or those of an older version: run `basis migrate`."
    if isinstance(error, MissingOwner | PostgresError):
        return str(error)
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        return "\n".join(_setting(one) for one in error.errors())
    if isinstance(error, SettingsError):
        return f"A setting does not fit: {error}. A list is written as JSON, as in BASIS_ALLOWED_HOSTS='[\"basis.bank.example\"]'."
    if isinstance(error, Forbidden):
        title = PERMISSION_TITLES[error.permission]
        return f"The user {error.actor.name} may not do this: no role of theirs has the permission “{title}”."
    return ""


def _setting(problem: Any) -> str:
    """What is wrong with a setting, by its name in the environment."""
    if not problem["loc"]:
        return str(problem["ctx"]["error"]) if "ctx" in problem else f"The settings do not fit: {problem['msg']}."
    name = str(problem["loc"][0])
    return f"{name if name.isupper() else f'BASIS_{name.upper()}'} does not fit: {problem['msg']}."
