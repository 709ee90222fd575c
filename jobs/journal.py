"""Where the jobs' log goes: a file in the installation's folder, which people reach by the id of an error."""

from __future__ import annotations

import logging
import logging.handlers

from portal.settings import settings

LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"


def keep_log(*, on_screen: bool) -> None:
    """Log to a file kept in five parts of 5 MB, and to the error stream; a process that logs already is left alone."""
    if logging.getLogger().handlers:
        return
    folder = settings().var_path / "log"
    folder.mkdir(exist_ok=True, mode=0o700)
    file = logging.handlers.RotatingFileHandler(
        folder / "jobs.log", maxBytes=5_000_000, backupCount=4, encoding="utf-8", delay=True
    )
    handlers: list[logging.Handler] = [file, logging.StreamHandler()] if on_screen else [file]
    logging.basicConfig(level=logging.INFO, handlers=handlers, format=LINE)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
