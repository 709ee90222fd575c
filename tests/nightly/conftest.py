"""The Czech bank loaded in an installation of its own, once a worker."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.nightly.installation import Installation


@pytest.fixture
def install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Installation]]:
    """Make installations; their servers stop afterwards."""
    made: list[Installation] = []
    number = itertools.count()

    def make() -> Installation:
        made.append(Installation(tmp_path_factory.mktemp(f"bank{next(number)}")))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="session")
def czech_bank(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Installation]:
    """The whole history of the Czech bank, published."""
    bank = Installation(tmp_path_factory.mktemp("czech"))
    bank.basis("load", "berka", str(shared / "data" / "berka"))
    bank.basis("run", "nightly", "--date", "1993-01-01", "--to", "1994-03-30")
    yield bank
    bank.stop()
