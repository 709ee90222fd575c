"""From what was earned to what is paid: the steps between gross and net, each the sum of lines of the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from portal.query.statement import NOTHING, Line, Statement

Kind = Literal["gross", "cut", "held", "released", "earlier", "deduction", "net"]


@dataclass(frozen=True, slots=True)
class NetStep:
    """One step; all but the last come to the last. A deduction names its line."""

    kind: Kind
    amount: Decimal
    line: Line | None = None


def gross_to_net(one: Statement) -> list[NetStep]:
    """The month's earnings, what of them is cut and held, closed months, each deduction, what is left; no step of nothing."""
    earnings = [line for line in one.of_month if line.kind != "deduction"]
    deductions = [line for line in one.of_month if line.kind == "deduction" and line.paid]
    steps = [
        NetStep("cut", -_sum([line.cut for line in earnings])),
        NetStep("held", -_sum([line.held for line in earnings])),
        NetStep("released", _sum([line.released for line in earnings])),
        NetStep("earlier", _sum([line.paid for line in one.differences])),
        *(NetStep("deduction", line.paid, line) for line in deductions),
    ]
    gross = NetStep("gross", _sum([line.earned for line in earnings]))
    return [gross, *(step for step in steps if step.amount), NetStep("net", one.paid)]


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)
