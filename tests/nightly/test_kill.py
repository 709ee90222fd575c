"""kill -9 at random moments of a nightly run of real movements: it resumes and ends with the same content."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nightly.installation import Installation

pytestmark = [pytest.mark.shared, pytest.mark.long]
RUN = ("run", "nightly", "--date", "1993-01-01", "--to", "1993-02-15")
SEEDS = 20


def test_killed_anywhere_it_ends_with_the_same_content(install: Callable[[], Installation], shared: Path) -> None:
    folder = str(shared / "data" / "berka")
    undisturbed = install()
    undisturbed.basis("load", "berka", folder)
    began = time.monotonic()
    undisturbed.basis(*RUN)
    length = time.monotonic() - began
    expected = undisturbed.contents()
    assert expected
    for seed in range(SEEDS):
        bank = install()
        bank.basis("load", "berka", folder)
        process = bank.start(*RUN)
        time.sleep(random.Random(seed).uniform(0.3, 1.0) * length)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        bank.basis(*RUN)
        assert bank.contents() == expected, f"seed {seed}"
        bank.stop()


def test_started_twice_it_runs_once(install: Callable[[], Installation], shared: Path) -> None:
    bank = install()
    bank.basis("load", "berka", str(shared / "data" / "berka"))
    both = [bank.start(*RUN), bank.start(*RUN)]
    for process in both:
        _out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    assert bank.ask("select count(*), max(attempt) from run") == [(46, 1)]
    assert bank.ask("select max(version) from published") == [(1,)]
