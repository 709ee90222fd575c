"""The months that a rulebook was tried on last, kept on an engine while what they rest on stays as it is.

People and facts of a month, and what the rules as they are make of them, do not hang on the draft. They are made once: when
somebody opens the page that tries drafts, or with the first try; then a try costs what the draft changes.
"""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook import Kept
from jobs.month_compute import give_people
from portal.query.pins import Pin
from portal.query.policy_facts import give_facts
from portal.query.statement import last_of
from portal.services.rulebook_simulations import PROPOSED_MONTHS
from portal.settings import settings

Facts = Mapping[str, Sequence[Pin]]


@dataclass(slots=True)
class Ground:
    """A month as it is given, with the tables that the rules as they are leave on its engine."""

    month: dt.date
    engine: Engine
    rests_on: object
    kept: Kept = field(default_factory=Kept)
    values: str = ""  # the file of `agent_value` for months that look back at this one; empty until one does


class Grounds:
    """Months of one rulebook, in one engine with one limit of memory. Used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._channel = ""
        self._engine: Engine | None = None
        self._months: dict[dt.date, Ground] = {}
        self._number = itertools.count(1)
        self._used_at = time.monotonic()

    def of(self, session: Session, channel: str, month: dt.date, people: str, facts: Facts) -> Ground:
        """The month with people and facts as they are now: given anew only where they have changed. Raises Refused.

        `people` is their state as it was asked before (`state_of_people`): what is committed meanwhile makes it differ next time.
        """
        engine = self.engine(channel)
        last = last_of(month)
        known = {dataset: [one for one in pins if one.business_date <= last] for dataset, pins in facts.items()}
        rests_on = (people, known)
        ground = self._months.pop(month, None)
        if ground is None or ground.rests_on != rests_on:
            if ground is not None:
                ground.engine.close()
            ground = Ground(month, engine.beside(f"{month:%Y-%m}"), rests_on)
            give_people(ground.engine, session, channel, month)
            give_facts(ground.engine, known, last, then=last)
        self._months[month] = ground
        while len(self._months) > PROPOSED_MONTHS:
            self._drop(next(iter(self._months)))
        return ground

    def engine(self, channel: str) -> Engine:
        """The engine that all months stand on; another rulebook begins on an empty one."""
        if self._engine is not None and self._channel != channel:
            self.close()
        if self._engine is None:
            chosen = settings()
            shutil.rmtree(self.folder, ignore_errors=True)
            self._engine = Engine(
                threads=chosen.engine_threads, memory=chosen.engine_memory, spill=self.folder / "spill"
            )
            self._channel = channel
        self._used_at = time.monotonic()
        return self._engine

    @property
    def months(self) -> list[dt.date]:
        return list(self._months)

    def new_file(self) -> Path:
        """A name that no file had before."""
        return self.folder / f"{next(self._number)}.parquet"

    def idle_seconds(self) -> float:
        """How long nobody has asked for a month; nothing is idle where nothing is kept."""
        return time.monotonic() - self._used_at if self._engine is not None else 0.0

    def close(self) -> None:
        """Give back the memory and the disk."""
        for month in list(self._months):
            self._drop(month)
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _drop(self, month: dt.date) -> None:
        self._months.pop(month).engine.close()
