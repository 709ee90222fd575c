"""Bring a database to the newest tables and policies; safe to run again and by two processes at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from portal.database import Database
from portal.migrations.row_policies import apply_row_policies
from portal.postgres import APPLICATION

MIGRATION_LOCK = 7_301_001


def upgrade(database: Database) -> None:
    """Run what is missing in one transaction, as the owner."""
    with database.owner.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        command.upgrade(alembic_config(connection), "head")
        apply_row_policies(connection, application_role(database))


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration around an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def application_role(database: Database) -> str:
    """The role the portal works as: the user of its address."""
    return database.application.url.username or APPLICATION
