"""The leader's desk for simulations: one at a time beside the runs, with progress a page can show, and cancelled between months."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobs.job import Refused
from jobs.leader import fence
from jobs.simulation import Goal, prepare, simulate
from jobs.simulation_ground import Grounds
from portal.database import database
from portal.models.rulebooks import RulebookSimulation, RulebookVersion, VersionState
from portal.permissions import NIGHTLY
from portal.sentence import Sentence
from portal.services.rulebook_simulations import Opened, opened_draft
from portal.settings import settings

OPEN = ("requested", "running")
IDLE_SECONDS = 900  # then what was kept for the next simulation is given back
log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Somebody cancelled the simulation."""


class Simulator:
    """Starts the oldest requested simulation when none is under way. A new leader begins those of the one before anew.

    While nobody waits it makes ready what the next one will ask for (`prepare`).
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._grounds = Grounds(settings().staging_path / "simulation")
        self._wanted: Opened | None = None  # the draft whose page was opened last

    def turn(self, said: Sequence[str] = ()) -> None:
        """Look once; `said` are the words that came with the wake-up."""
        for opened in filter(None, map(opened_draft, said)):
            self._wanted = opened
        if self.busy:
            return
        asked = next_asked()
        if asked is not None:
            self._begin(partial(run_simulation, asked, self._grounds))
        elif self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self._begin(partial(make_ready, wanted, self._grounds))
        elif self._grounds.idle_seconds() > IDLE_SECONDS:
            self._grounds.close()

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def months(self) -> list[dt.date]:
        """The months that are kept for the next simulation."""
        return self._grounds.months

    def wait(self) -> None:
        """Until what was begun has ended."""
        if self._thread is not None:
            self._thread.join()

    def _begin(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name="simulation", daemon=True)
        self._thread.start()


def next_asked() -> int | None:
    """The oldest simulation that is waited for."""
    with database().transaction(NIGHTLY) as session:
        return session.scalar(
            select(RulebookSimulation.id)
            .where(RulebookSimulation.state.in_(OPEN))
            .order_by(RulebookSimulation.id)
            .limit(1)
        )


def run_simulation(simulation_id: int, grounds: Grounds) -> None:
    """Work one simulation out and store what it found; a refusal is stored as its sentence."""
    try:
        with database().transaction(NIGHTLY) as session:
            asked = session.get_one(RulebookSimulation, simulation_id)
            version = session.get_one(RulebookVersion, asked.version_id)
            _note(simulation_id, state="running")
            result = simulate(
                session, version, [dt.date.fromisoformat(f"{month}-01") for month in asked.months],
                Goal(asked.goal["parameter"], Decimal(asked.goal["amount"])) if asked.goal else None, grounds,
                lambda sentence: _tell(simulation_id, sentence),
            )  # fmt: skip
        _finish(simulation_id, "done", result)
    except Cancelled:
        log.info("Simulation %s was cancelled.", simulation_id)
    except Refused as refused:
        _fail(simulation_id, refused.sentence)
    except Exception as error:
        grounds.close()  # nobody knows what it left
        number = uuid.uuid4().hex[:8]
        log.error("Error %s in simulation %s", number, simulation_id, exc_info=error)
        _fail(simulation_id, Sentence("%(kind)s; error %(id)s in the log.", kind=type(error).__name__, id=number))


def make_ready(opened: Opened, grounds: Grounds) -> None:
    """Prepare the months that the page of a draft proposes. Gives way when a simulation is asked for."""
    try:
        with database().transaction(NIGHTLY) as session:
            version = session.get(RulebookVersion, opened.version_id)
            if version is not None:
                prepare(session, version, opened.months, grounds, _give_way)
    except Cancelled:
        log.info("A simulation was asked for while its months were made ready.")
    except Refused as refused:
        log.info("The months of draft %s cannot be made ready: %s", opened.version_id, refused.sentence)
    except Exception as error:
        grounds.close()
        log.error("The months of draft %s were not made ready.", opened.version_id, exc_info=error)


def _give_way(_sentence: str) -> None:
    """Between months: who waits goes first."""
    if next_asked() is not None:
        raise Cancelled


def _tell(simulation_id: int, sentence: str) -> None:
    """Write how far it is; raises Cancelled when somebody has cancelled it."""
    if not _note(simulation_id, progress=sentence):
        raise Cancelled


def _note(simulation_id: int, **values: object) -> bool:
    with database().transaction(NIGHTLY) as session:
        fence(session)
        changed = session.execute(
            update(RulebookSimulation)
            .where(RulebookSimulation.id == simulation_id, RulebookSimulation.state.in_(OPEN))
            .values(**values)
            .returning(RulebookSimulation.id)
        ).all()
    return bool(changed)


def _finish(simulation_id: int, state: str, result: dict[str, object]) -> None:
    with database().transaction(NIGHTLY) as session:
        fence(session)
        row = session.scalars(
            update(RulebookSimulation)
            .where(RulebookSimulation.id == simulation_id, RulebookSimulation.state.in_(OPEN))
            .values(state=state, result=result, progress="", finished_at=func.now())
            .returning(RulebookSimulation)
        ).first()
        if row is not None and state == "done":
            _move_on(session, row)


def _fail(simulation_id: int, why: Sentence) -> None:
    _finish(simulation_id, "failed", {"problem": str(why), "sentence": why.kept()})


def _move_on(session: Session, row: RulebookSimulation) -> None:
    """The draft counts as simulated, unless it was edited meanwhile; what another value of a parameter does is not the draft."""
    if row.goal:
        return
    session.execute(
        update(RulebookVersion)
        .where(
            RulebookVersion.id == row.version_id, RulebookVersion.content_hash == row.content_hash,
            RulebookVersion.state.in_((VersionState.DRAFT, VersionState.CHECKED)),
        )
        .values(state=VersionState.SIMULATED.value)
    )  # fmt: skip
