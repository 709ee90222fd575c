"""The ticker: what it asks for, a clock that jumps, and the watchdog that ends a process whose ticks stopped."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.exc import OperationalError

from jobs import scheduler
from jobs.scheduler import Watchdog, start_scheduler, tick
from portal.permissions import LOCAL_OPERATOR
from portal.query import run_order
from portal.services.runs import request_run
from portal.services.writer import writing
from tests.jobs.conftest import Toy


@pytest.fixture
def source(toy_job: Toy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """An active source that delivers from 2024-02-26 on for ever."""
    monkeypatch.setattr(run_order, "NIGHTLY_KEY", toy_job.key)
    monkeypatch.setattr(run_order, "DAILY_JOBS", {toy_job.key: "bank"})
    toy_job.rows("update source_config set active = false where code <> 'toy' returning id")
    toy_job.rows(
        "insert into source_config (code, adapter, first_date) values ('toy', 'folder', '2024-02-26') returning id"
    )
    yield toy_job
    toy_job.rows("delete from source_config where code = 'toy' returning id")


def at(monkeypatch: pytest.MonkeyPatch, instant: str) -> list[str]:
    """Tick when the clock shows an instant; the dates asked for."""
    monkeypatch.setattr(scheduler, "now", lambda: dt.datetime.fromisoformat(instant).replace(tzinfo=dt.UTC))
    return [str(day) for day in tick()]


def test_it_asks_for_each_missed_date_once_whatever_the_clock_does(
    source: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at(monkeypatch, "2024-02-27 04:00") == []
    assert at(monkeypatch, "2024-02-27 05:00") == ["2024-02-26"]
    assert at(monkeypatch, "2024-02-27 05:00") == []
    assert at(monkeypatch, "2024-03-01 05:01") == ["2024-02-27", "2024-02-28", "2024-02-29"], "asleep for three days"
    assert at(monkeypatch, "2024-03-01 04:01") == [], "an hour back"
    assert at(monkeypatch, "2024-03-02 05:01") == ["2024-03-01"], "a day on"
    assert at(monkeypatch, "2024-03-01 05:01") == []
    assert [attempt for _day, attempt, _status in source.statuses()] == [1] * 5


def test_it_stays_within_the_dates_of_the_source(source: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    source.rows("update source_config set last_date = '2024-02-27' where code = 'toy' returning id")
    assert at(monkeypatch, "2024-03-10 05:00") == ["2024-02-26", "2024-02-27"]
    source.rows("update source_config set active = false where code = 'toy' returning id")
    assert at(monkeypatch, "2024-03-20 05:00") == []


def test_a_tick_leaves_a_sign_of_life(source: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-02-20 05:00")
    assert source.rows("select from heartbeat where process = 'jobs' and beat_at > now() - interval '10 s'")


def test_missed_dates_run_in_order_when_the_jobs_process_starts(source: Toy, eventually: Callable[..., None]) -> None:
    source.rows("update source_config set last_date = '2024-03-02' where code = 'toy' returning id")
    with writing(LOCAL_OPERATOR) as writer:
        request_run(writer, source.key, [dt.date(2024, 2, 28)])
    source.spawn("lead", pause=0.01)
    once = [(str(dt.date(2024, 2, 26) + dt.timedelta(days=n)), 1, "published") for n in range(6)]
    eventually(lambda: source.statuses() == once)
    collected = [span for span, step in source.calls() if step == "collect"]
    assert collected == ["2024-02-26..2024-02-29:1", "2024-03-01..2024-03-02:1"], (
        "never a later date before an earlier one"
    )


def test_the_watchdog_speaks_up_when_ticks_fail(source: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    silent: list[str] = []
    spoken = threading.Event()

    def note(part: str) -> None:
        silent.append(part)
        spoken.set()

    def failing() -> dt.datetime:
        raise OperationalError("the database is gone", None, Exception())

    monkeypatch.setattr(scheduler, "now", failing)
    watchdog = Watchdog(note, limit_seconds=0.6)
    monkeypatch.undo()
    ticking = start_scheduler(watchdog, tick_seconds=0.1)
    monkeypatch.setattr(scheduler, "tick", failing)
    watchdog.start()
    try:
        assert spoken.wait(600)
    finally:
        watchdog.stop()
        ticking.shutdown(wait=True)
    assert silent[0] == "scheduler"


def test_a_process_whose_ticks_fail_ends_and_the_next_one_catches_up(
    source: Toy, eventually: Callable[..., None]
) -> None:
    source.rows("update source_config set last_date = '2024-02-27' where code = 'toy' returning id")
    assert source.spawn("stall").wait(600) == scheduler.SILENT
    source.spawn("lead", pause=0.01)
    eventually(lambda: source.statuses() == [("2024-02-26", 1, "published"), ("2024-02-27", 1, "published")])


def test_the_watchdog_is_quiet_while_ticks_succeed(source: Toy) -> None:
    silent: list[str] = []
    watchdog = Watchdog(silent.append, limit_seconds=2)
    ticking = start_scheduler(watchdog, tick_seconds=0.2)
    watchdog.start()
    threading.Event().wait(2.5)
    watchdog.stop()
    ticking.shutdown(wait=True)
    assert silent == []
