"""What an installation may choose, read once from the environment.

Everything local (database, lake, secrets, built assets) lives under `BASIS_VAR`, so two installations stand side by side.
"""

from __future__ import annotations

import os
import secrets
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

KNOWN_WEAK_SECRETS = {"secret", "changeme", "change-me", "password", "basis", "dev", "development", "test", "default"}
SHORTEST_SECRET = 32


class Settings(BaseSettings):
    """The choices of one installation; names in the environment are these in capitals after `BASIS_`."""

    model_config = SettingsConfigDict(env_prefix="BASIS_", extra="ignore", populate_by_name=True)

    mode: Literal["production", "development"] = "development"
    var: Path = Path("var")
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    owner_database_url: str | None = None  # only `migrate` and `jobs` need it; the web process must not have it
    lake: str | None = None
    secret_key: SecretStr | None = None
    debug: bool = False
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    trusted_proxies: int = 0
    session_hours: int = 10
    idle_minutes: int = 60
    cookie_secure: bool | None = None  # default: on in production
    engine_threads: int = 2
    engine_memory: str = "2GB"
    key_requests_per_minute: int = 600  # of one API key
    intraday_minutes: int = 15  # how often events of other systems are shown; 0: only by the nightly run
    retention_days: int = 0  # superseded versions older than this are vacuumed; 0 keeps all
    nightly_at: str = "05:00"
    timezone: str = "UTC"
    reporting_currency: str = ""  # empty: the source's own
    default_language: Literal["en", "zh"] = "en"

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Settings:
        if self.mode != "production":
            return self
        if self.debug:
            raise ValueError("BASIS_DEBUG must be off in production.")
        if self.database_url is None:
            raise ValueError("DATABASE_URL is missing: production needs a PostgreSQL 15 or later.")
        secret = self.secret_key.get_secret_value() if self.secret_key else ""
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"BASIS_SECRET_KEY is missing or shorter than {SHORTEST_SECRET} characters.")
        if secret.lower().strip("0123456789-_!.") in KNOWN_WEAK_SECRETS or len(set(secret)) < 10:
            raise ValueError("BASIS_SECRET_KEY is a known or repetitive word: generate a random one.")
        return self

    @property
    def var_path(self) -> Path:
        """The local folder, absolute and made on first use, readable by this user only."""
        path = self.var.absolute()
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    @cached_property
    def lake_url(self) -> str:
        return self.lake or str(self.var_path / "lake")

    @property
    def staging_path(self) -> Path:
        """Where steps leave their tables until they are published."""
        path = self.var_path / "staging"
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def embedded(self) -> bool:
        """True when this installation runs its own PostgreSQL."""
        return self.database_url is None

    @property
    def secure_cookies(self) -> bool:
        return self.mode == "production" if self.cookie_secure is None else self.cookie_secure

    def session_secret(self) -> str:
        """The key that signs cookies: given in production, generated once elsewhere."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        return kept_secret(self.var_path / "secrets" / "session_key")


def kept_secret(path: Path) -> str:
    """A random secret that is written once, readable by this user only, and then stays the same."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
