"""A job is named steps; a run of it covers a chunk of business dates.

A step is idempotent: after a kill it may run again from its beginning, with the same chunk and the same folder.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from portal.sentence import Sentence
from portal.settings import settings

AS_IT_STANDS = "%(text)s"


class Refused(Exception):
    """The run is refused with a sentence a person can act on; nothing is published and later dates wait."""

    def __init__(self, said: Sentence | str) -> None:
        self.sentence = sentence_of(said)
        super().__init__(str(said))


def sentence_of(said: Sentence | str) -> Sentence:
    """A sentence as it is kept; a plain text is shown as it stands."""
    return said if isinstance(said, Sentence) else Sentence(AS_IT_STANDS, text=said)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Contiguous business dates of one calendar month that are computed together.

    `folder` is where the steps leave their tables for one another, each in a folder of its name. A re-run may begin at
    `from_step`: `reuse` is then the id of the earlier chunk over the same dates whose folder is copied here first.
    """

    job: str
    dates: tuple[dt.date, ...]
    attempt: int
    id: str
    folder: Path
    reuse: str = ""
    from_step: str = ""

    @classmethod
    def of(cls, job: str, dates: Iterable[dt.date], attempt: int = 1, reuse: str = "", from_step: str = "") -> Chunk:
        """The chunk of these dates with the id and the folder that follow from them."""
        days = tuple(sorted(dates))
        if not days:
            raise ValueError(f"A chunk of {job} needs at least one business date.")
        span = f"{days[0]}" if len(days) == 1 else f"{days[0]}..{days[-1]}"
        name = f"{job}:{span}:{attempt}"
        return cls(job, days, attempt, name, folder_of(name), reuse, from_step)

    @property
    def first_date(self) -> dt.date:
        return self.dates[0]

    @property
    def last_date(self) -> dt.date:
        return self.dates[-1]


def folder_of(chunk_id: str) -> Path:
    """The staging folder of a chunk; colons of the id are not for file names."""
    return settings().staging_path / chunk_id.replace(":", "_").replace("/", "_")


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step did with its rows: in = out + held, where rows were taken in one for one."""

    rows_in: int = 0
    rows_out: int = 0
    rows_held: int = 0
    message: Sentence | str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job. `run` leaves its tables in the chunk's folder, or publishes them."""

    name: str
    run: Callable[[Chunk], StepResult]


@dataclass(frozen=True, slots=True)
class Job:
    """A job the portal can run: a key for addresses and ids, a title for people, the steps in order."""

    key: str
    title: object  # a text that is translated when it is shown
    steps: tuple[Step, ...]

    def steps_from(self, name: str) -> tuple[Step, ...]:
        """The steps from the named one on; an empty name means all of them."""
        if not name:
            return self.steps
        return self.steps[self.position(name) :]

    def position(self, name: str) -> int:
        """Where a step stands; an unknown name says which there are."""
        names = [step.name for step in self.steps]
        if name not in names:
            raise ValueError(f"Job {self.key} has no step {name!r}; its steps are {', '.join(names)}.")
        return names.index(name)
