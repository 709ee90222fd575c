"""Run areas with their tests in a random order: `python -m tests.shuffled tests/statement --seed 3`.

Each test prepares its own state, so neither the order of files in an area nor that of tests in a file changes anything.
The tests of an area and of a file stay together: they share what was set up for them.
"""

from __future__ import annotations

import argparse
import random
import sys

import pytest


class Shuffled:
    """Puts the files of each area and the tests of each file in a random order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def pytest_report_header(self) -> str:
        return f"shuffled with seed {self.seed}"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        order = random.Random(self.seed)
        order.shuffle(items)
        place = {path: order.random() for path in sorted({str(item.path) for item in items})}
        items.sort(key=lambda item: (str(item.path.parent), place[str(item.path)]))


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    told, more = asked.parse_known_args()
    return pytest.main(["-n", "0", *(more or ["tests"])], plugins=[Shuffled(told.seed)])


if __name__ == "__main__":
    sys.exit(main())
