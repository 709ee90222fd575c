"""An installation of its own, driven through the command as an operator would."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

from portal.postgres import EmbeddedPostgres

BASIS = Path(sys.executable).parent / "basis"


@dataclass(frozen=True)
class Installation:
    """A folder with its own database and lake."""

    var: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("BASIS_") and name != "DATABASE_URL"
        }
        return {**kept, "BASIS_VAR": str(self.var)}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(BASIS), *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    def basis(self, *arguments: str) -> str:
        """Run a command to its end; gives its output, fails with its error."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
        return out

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """A question of someone who sees all."""
        with psycopg.connect(EmbeddedPostgres(self.var / "postgres").start().application) as connection:
            connection.execute("set role basis_all")
            return connection.execute(sql).fetchall()

    def contents(self) -> dict[tuple[object, ...], object]:
        """Dataset, date and version to the hash of the sorted rows; run ids and times are not part of it."""
        rows = self.ask("select dataset, business_date, version, content_hash from published")
        return {row[:3]: row[3] for row in rows}

    def stop(self) -> None:
        EmbeddedPostgres(self.var / "postgres").stop()
