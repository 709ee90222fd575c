"""Nights of the demo bank, one by one: of accounts of which nothing changed yesterday's lines last, to the same content.

Another installation sees the same, but what the days before were computed from is removed before each night, so that it
computes every account.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import signal
import time
from collections.abc import Callable

import pytest

from tests.nightly.installation import Installation

pytestmark = pytest.mark.long
LAST_DAY = dt.date(2026, 11, 24)
FIRST, DAY = dt.date(2025, 6, 1), dt.timedelta(days=1)
CHUNK_END, NIGHTS = dt.date(2025, 6, 26), [dt.date(2025, 6, 27) + number * DAY for number in range(5)]
EVENTS = {  # what people correct before a night
    NIGHTS[1]: "update share set person_id = (select max(person_id) from position) where id in "
    "(select min(id) from share where valid_to > '2025-07-01' and ratio = 1 group by customer_id % 500) returning id",
    NIGHTS[2]: "update position set institution_id = (select max(institution_id) from position) "
    "where id = (select min(id) from position where valid_to > '2025-07-01') returning id",
    NIGHTS[3]: "update ftp_rate set ftp_rate = ftp_rate + 0.001 where id = (select max(id) from ftp_rate "
    "where valid_from <= '2025-06-01') returning id",
}
SAID = "select message from run_step where step = 'gate' and chunk like 'nightly:{}%' order by started_at desc limit 1"


def prepared(install: Callable[[], Installation]) -> Installation:
    bank = install()
    bank.basis("load", "demo", "--option", f"last_day={LAST_DAY}")
    bank.basis("run", "nightly", "--date", str(FIRST), "--to", str(CHUNK_END))
    return bank


def night(bank: Installation, day: dt.date, *more: str, forgets: bool = False) -> str:
    """Run a night after what people corrected; gives back which way it says it went."""
    if day in EVENTS and not more:
        assert bank.ask(EVENTS[day])
    if forgets:
        shutil.rmtree(bank.var / "staging")
    bank.basis("run", "nightly", "--date", str(day), *more)
    return said(bank, day)


def said(bank: Installation, day: dt.date) -> str:
    return str(bank.ask(SAID.format(day))[0][0])


def test_nights_that_let_lines_last_equal_nights_that_compute_all(install: Callable[[], Installation]) -> None:
    bank, anew = prepared(install), prepared(install)
    for day in NIGHTS:
        short, long = night(bank, day), night(anew, day, forgets=True)
        assert "yesterday's lines last" in short, short
        assert "all accounts are computed: " in long
    assert bank.contents() == anew.contents()

    older, expected = NIGHTS[2], anew.contents()
    assert "they were computed before" in night(bank, older, "--again", "--reason", "looked at again")
    assert {key: content for key, content in bank.contents().items() if key[2] == 1} == expected
    night(anew, older, "--again", "--reason", "looked at again", forgets=True)
    assert bank.contents() == anew.contents()


def test_a_night_that_was_killed_goes_on_to_the_same_content(install: Callable[[], Installation]) -> None:
    undisturbed, killed = prepared(install), prepared(install)
    for seed, day in enumerate(NIGHTS[:3]):
        began = time.monotonic()
        night(undisturbed, day)
        length = time.monotonic() - began
        if day in EVENTS:
            assert killed.ask(EVENTS[day])
        process = killed.start("run", "nightly", "--date", str(day))
        time.sleep(random.Random(seed).uniform(0.4, 0.95) * length)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        killed.basis("run", "nightly", "--date", str(day))
        assert "yesterday's lines last" in said(killed, day)
    assert killed.contents() == undisturbed.contents()
