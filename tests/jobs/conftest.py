"""A toy job of its own for each test, in this process or in processes that can be killed."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jobs import registry
from jobs.main import run_now
from jobs.now import RunEnd
from portal.database import Database
from portal.permissions import NIGHTLY
from tests.installation import database, var  # noqa: F401 - fixtures of the area
from tests.jobs import toy

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = itertools.count(1)


@dataclass
class Toy:
    """The toy job under a key of its own, and what it left behind."""

    key: str
    database: Database
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, first: str, last: str = "", **how: Any) -> list[RunEnd]:
        """What `basis run` does, in this process."""
        return run_now(self.key, dt.date.fromisoformat(first), dt.date.fromisoformat(last or first), **how)

    def spawn(self, verb: str, *dates: str, pause: float = 0.05) -> subprocess.Popen[str]:
        """A process of its own; killed at the end of the test when it still lives."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.toy", verb, self.key, *dates],
            cwd=ROOT, env=os.environ | {"TOY_PAUSE": str(pause)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.database.transaction(NIGHTLY) as session:
            return list(session.execute(text(statement), {"job": self.key} | values).all())

    def totals(self) -> list[int]:
        """The newest published total of each date, in order."""
        return [row.total for row in self.rows(
            "select distinct on (business_date) total from toy_total where job = :job "
            "order by business_date, run_id desc"
        )]  # fmt: skip

    def statuses(self) -> list[tuple[str, int, str]]:
        """Date, attempt and status of every run."""
        found = self.rows(
            "select business_date, attempt, status from run where job = :job order by business_date, attempt"
        )
        return [(str(row.business_date), row.attempt, row.status) for row in found]

    def calls(self) -> list[tuple[str, str]]:
        """Chunk dates and step of each call, in the order they were made."""
        found = self.rows("select chunk, step from toy_call where job = :job order by at")
        return [(row.chunk.split(":", 1)[1], row.step) for row in found]

    def make_bad(self, day: str, *, bad: bool = True) -> None:
        """Let a date's file be refused, or be good again."""
        change = (
            "insert into toy_bad values (:job, :day)"
            if bad
            else "delete from toy_bad where job = :job and business_date = :day"
        )
        with self.database.transaction(NIGHTLY) as session:
            session.execute(text(change), {"job": self.key, "day": dt.date.fromisoformat(day)})


@pytest.fixture(scope="package")
def toy_tables(database: Database) -> None:
    with database.owner.begin() as connection:
        connection.execute(text(toy.TABLES))


@pytest.fixture
def toy_job(database: Database, toy_tables: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """A fresh toy job, the only one this process knows."""
    made = Toy(f"toy{next(NUMBERS)}", database)
    monkeypatch.setattr(toy, "PAUSE_SECONDS", 0.0)
    registered = dict(registry.JOBS)
    registry.JOBS.clear()
    registry.JOBS[made.key] = toy.toy_job(made.key)
    yield made
    for process in made.processes:
        process.kill()
        process.communicate()
    registry.JOBS.clear()
    registry.JOBS.update(registered)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait until something holds; only a hang fails: a busy machine may take its time."""
    import time

    def wait(holds: Callable[[], bool], seconds: float = 600) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "It did not happen in time."
            time.sleep(0.05)

    return wait
