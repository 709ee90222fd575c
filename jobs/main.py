"""The process `basis jobs`, and `basis run`, which does the same for one request when nobody leads."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

import psycopg
from sqlalchemy.exc import OperationalError

from jobs import durable
from jobs.dispatch import Dispatcher
from jobs.journal import keep_log
from jobs.leader import Leadership, LostLeadership, wait_for_lead
from jobs.now import run_now, run_side_by_side
from jobs.scheduler import Watchdog, end_process, start_scheduler
from jobs.simulations import Simulator

__all__ = ["run_jobs", "run_now", "run_side_by_side"]

LONGEST_PAUSE_SECONDS = 30
TURN_SECONDS = 1.0
log = logging.getLogger(__name__)


def run_jobs() -> NoReturn:
    """Stand by until the lead is free, then run what is due and requested until SIGTERM. Never returns.

    Exit codes: 0 after SIGTERM or SIGINT, 4 when a part gave no sign of life. A lost database is waited for: the
    process starts itself anew, because threads of the old lead must not live on.
    """
    keep_log(on_screen=True)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop)
    try:
        lead_for_ever(stand_by())
    except LostLeadership as error:
        log.warning("%s Starting anew.", error)
        logging.shutdown()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    except (SystemExit, KeyboardInterrupt):
        log.info("Stopped; a run under way goes on with the next start.")
        leave(0)


def stand_by() -> Leadership:
    """Wait for the lead; while the database cannot be reached try again, less and less often."""
    pause = 1.0
    while True:
        try:
            return wait_for_lead()
        except (psycopg.OperationalError, OperationalError) as error:
            log.warning("The database cannot be reached; trying again in %.0f s. %s", pause, first_line(error))
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def lead_for_ever(lead: Leadership) -> NoReturn:
    """The leader's loop, watched."""
    durable.launch()
    watchdog = Watchdog(end_process)
    start_scheduler(watchdog)
    watchdog.start()
    dispatcher, simulator = Dispatcher(), Simulator()
    said: list[str] = []
    while True:
        watchdog.hear("dispatcher")
        try:
            simulator.turn(said)  # somebody looks at the page and waits
            dispatcher.turn()
        except OperationalError as error:
            log.warning("A turn failed; the next one tries again. %s", first_line(error))
        said = lead.wait_for_requests(TURN_SECONDS)


def first_line(error: Exception) -> str:
    """What a driver's error says, without its page of advice."""
    return str(error).partition("\n")[0]


def leave(code: int) -> NoReturn:
    """End without waiting for a step under way: it runs again, and the lead is free at once."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
