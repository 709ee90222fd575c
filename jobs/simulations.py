"""The leader's desk for simulations: one at a time beside the runs, with progress a page can show, and cancelled between months."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import threading
import uuid
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobs.job import Refused
from jobs.leader import fence
from jobs.simulation import Goal, simulate
from portal.database import database
from portal.models.rulebooks import RulebookSimulation, RulebookVersion, VersionState
from portal.permissions import NIGHTLY
from portal.sentence import Sentence
from portal.settings import settings

OPEN = ("requested", "running")
log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Somebody cancelled the simulation."""


class Simulator:
    """Starts the oldest requested simulation when none is under way. A new leader begins those of the one before anew."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def turn(self) -> None:
        """Look once."""
        if self._thread is not None and self._thread.is_alive():
            return
        with database().transaction(NIGHTLY) as session:
            asked = session.scalar(
                select(RulebookSimulation.id)
                .where(RulebookSimulation.state.in_(OPEN))
                .order_by(RulebookSimulation.id)
                .limit(1)
            )
        if asked is not None:
            self._thread = threading.Thread(target=run_simulation, args=(asked,), name="simulation", daemon=True)
            self._thread.start()

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()


def run_simulation(simulation_id: int) -> None:
    """Work one simulation out and store what it found; a refusal is stored as its sentence."""
    folder = settings().staging_path / f"simulation_{simulation_id}"
    try:
        with database().transaction(NIGHTLY) as session:
            asked = session.get_one(RulebookSimulation, simulation_id)
            version = session.get_one(RulebookVersion, asked.version_id)
            _note(simulation_id, state="running")
            result = simulate(
                session, version, [dt.date.fromisoformat(f"{month}-01") for month in asked.months],
                Goal(asked.goal["parameter"], Decimal(asked.goal["amount"])) if asked.goal else None, folder,
                lambda sentence: _tell(simulation_id, sentence),
            )  # fmt: skip
        _finish(simulation_id, "done", result)
    except Cancelled:
        log.info("Simulation %s was cancelled.", simulation_id)
    except Refused as refused:
        _fail(simulation_id, refused.sentence)
    except Exception as error:
        number = uuid.uuid4().hex[:8]
        log.error("Error %s in simulation %s", number, simulation_id, exc_info=error)
        _fail(simulation_id, Sentence("%(kind)s; error %(id)s in the log.", kind=type(error).__name__, id=number))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    """The draft counts as simulated, unless it was edited meanwhile."""
    session.execute(
        update(RulebookVersion)
        .where(
            RulebookVersion.id == row.version_id, RulebookVersion.content_hash == row.content_hash,
            RulebookVersion.state.in_((VersionState.DRAFT, VersionState.CHECKED)),
        )
        .values(state=VersionState.SIMULATED.value)
    )  # fmt: skip
