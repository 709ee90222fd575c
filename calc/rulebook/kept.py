"""What one run leaves for the next on the same month: a table that would be made again from the same is left as it stands.

A table's mark says all it was made from: the statements that made it and the marks of the tables they read. Two plans that agree
on a mark make the same rows, whatever else they differ in, so what a draft does not touch is worked out once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby

from calc.rulebook.cycles import REPORTING, is_walked
from calc.rulebook.plan import Plan


def made_each_time(table: str) -> bool:
    """Problems are told by every run, and cycles are one of them."""
    return table == "row_problem" or is_walked(table)


class Kept:
    """The tables that stand on one engine, by their marks. For one month: when it is given anew, what was kept is void."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}
        self.made: set[str] = set()  # whatever is there, also of what was made from something else
        self._whole: tuple[Plan, Mapping[str, str]] | None = None

    def standing(self, marks: Mapping[str, str]) -> frozenset[str]:
        """The tables that need not be made."""
        return frozenset(
            name for name, mark in marks.items() if not made_each_time(name) and self._marks.get(name) == mark
        )

    def whole(self, plan: Plan, given: Mapping[str, str]) -> bool:
        """Whether all that a plan makes of what is given stands: it was the last that was run."""
        return self._whole is not None and self._whole[0] is plan and self._whole[1] == given

    def begin(self, tables: Iterable[str]) -> None:
        """These are about to be made again: until `end` nobody may count on them."""
        self._whole = None
        for table in tables:
            self._marks.pop(table, None)
            self.made.add(table)

    def end(self, marks: Mapping[str, str], plan: Plan, given: Mapping[str, str]) -> None:
        """All of these stand, and whatever else the plan makes."""
        self._marks.update(marks)
        self._whole = (plan, dict(given))


def marks_of(plan: Plan, given: Mapping[str, str]) -> dict[str, str]:
    """The mark of each table that a plan makes in one go; views are only names and are made each time.

    `given` marks the given tables that may differ between runs.
    """
    marks = dict(given)
    if "history" in given:
        marks["history whole"] = given["history"]
    runs = [(table, [at for at, _ in listed]) for table, listed in
            groupby(enumerate(plan.steps), key=lambda numbered: numbered[1].table)]  # fmt: skip
    found: dict[str, str] = {}
    in_parts = {table for table, count in Counter(table for table, _ in runs).items() if count > 1}
    for table, steps in runs:
        if table == "row_problem":
            continue
        told = [f"{plan.steps[at].kind} {plan.steps[at].most} {plan.text(at)[0]}" for at in steps]
        read = sorted({name for at in steps for name in plan.reads(at)} - {table})
        told += [f"{name} {marks.get(name, '')}" for name in read]
        marks[table] = hashlib.sha256("\n".join(told).encode()).hexdigest()
        if table == REPORTING:
            marks["cycle"] = marks[table]
        if plan.steps[steps[0]].kind == "make" and table not in in_parts:
            found[table] = marks[table]
    return found
