"""Two sets of rules on one month, side by side: what they agree on is made once, the rest by each on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

from calc.engine import Engine
from calc.rulebook.kept import Kept, made_each_time, marks_of
from calc.rulebook.plan import Plan, Step
from calc.rulebook.running import run_steps


@dataclass(frozen=True, slots=True)
class Side:
    """One set of rules: its plan, the engine it leaves its tables on, what of them is kept there, and the marks of `rules` and
    `history` as they are by it (`run_month`)."""

    plan: Plan
    engine: Engine
    given: Mapping[str, str] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)

    def marks(self) -> dict[str, str]:
        """What each of its tables is made from."""
        return marks_of(self.plan, self.given)


def run_abreast(now: Side, draft: Side) -> None:
    """The month of an engine by the rules as they are, and by a draft on an engine beside that one (`Engine.beside`).

    What stands on either is not made again. Raises UnfitMonth where a table does not fit the first book that it does not fit.
    """
    marks, others = now.marks(), draft.marks()
    agreed = frozenset(name for name, mark in others.items() if marks.get(name) == mark) - draft.kept.made
    stand, stand_beside = now.kept.standing(marks), draft.kept.standing(others) | agreed
    work: list[Callable[[], object]] = [partial(_run, draft, stand_beside)]
    draft.kept.begin(others.keys() - stand_beside)
    if not now.kept.whole(now.plan, now.given):
        first = agreed - stand
        now.kept.begin(marks.keys() - stand)
        if any(not made_each_time(table) for table in first):
            run_steps(now.engine, now.plan, partial(_begins, first), telling=False)
        work.append(partial(_run, now, stand | agreed))
    with now.engine.shared_by(len(work)), ThreadPoolExecutor(len(work), "side") as pool:
        under_way = [pool.submit(one) for one in work]
        wait(under_way)
        for one in reversed(under_way):
            one.result()
    now.kept.end(marks, now.plan, now.given)
    draft.kept.end({name: others[name] for name in others.keys() & draft.kept.made}, draft.plan, draft.given)


def _run(side: Side, stand: frozenset[str]) -> None:
    run_steps(side.engine, side.plan, lambda step: step.table not in stand or made_each_time(step.table))


def _begins(first: frozenset[str], step: Step) -> bool:
    """Tables that others are made from, with the empty table of problems that they may add to."""
    return step.table in first or (step.table == "row_problem" and step.kind == "make")
