"""A small sound rulebook, and books that differ from it in one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from calc.rulebook.elements import (
    Book,
    Fact,
    Formula,
    Ladder,
    Line,
    Measure,
    Move,
    Parameter,
    Quantity,
    Table,
    Unit,
    Value,
)

D = Decimal
MONEY, RATE, COUNT = Quantity(Unit.MONEY), Quantity(Unit.RATE), Quantity(Unit.COUNT)
SMALL = Quantity(Unit.MONEY, D(-1_000_000), D(1_000_000))
SHARE = Quantity(Unit.RATE, D(0), D(1), 4)
TEXT, KEY, DATE, FLAG = Quantity(Unit.TEXT), Quantity(Unit.KEY), Quantity(Unit.DATE), Quantity(Unit.FLAG)
OWNED = {"agent_id": KEY, "institution_id": KEY}

PREMIUM = Fact(
    "premium",
    {"premium_id": KEY, "policy_id": KEY, **OWNED, "received_on": DATE, "amount": SMALL, "product": TEXT, "policy_year": COUNT,
     "paid": FLAG},
    key="premium_id", month_of="received_on", refers={"policy": "policy_id"},
)  # fmt: skip
POLICY = Fact("policy", {"policy_id": KEY, **OWNED, "issued_on": DATE}, key="policy_id", month_of="issued_on")
FYC_RATE = Table(
    "fyc_rate", {"product": TEXT, "policy_year": COUNT}, {"rate": SHARE, "flat": SMALL},
    (("TL10", D(1), D("0.35"), D(0)), ("TL10", D(2), D("0.1"), D(0))),
)  # fmt: skip
BONUS = Table(
    "bonus",
    {},
    {"rate": SHARE},
    ((D(0), D(3000), D("0.05")), (D(3000), None, D("0.08"))),
    "month_fyc",
    MONEY,
    mode="step",
)
BOOK = Book(
    "base",
    facts={"premium": PREMIUM, "policy": POLICY},
    parameters={"quarter_target": Parameter("quarter_target", Quantity(Unit.MONEY, D(0), D(10_000_000)), D(50_000))},
    tables={"fyc_rate": FYC_RATE, "bonus": BONUS},
    measures={
        "month_fyc": Measure("month_fyc", MONEY, "agent", "premium", "sum", "fyc", "premium.policy_year = 1"),
        "policies": Measure("policies", COUNT, "agent", "policy", "count"),
        "team_fyc": Measure("team_fyc", MONEY, "team", "agent", "sum", "month_fyc"),
    },
    formulas={
        "fyc": Formula(
            "fyc", MONEY, "premium",
            "ROUND(premium.amount * LOOKUP(fyc_rate.rate, premium.product, premium.policy_year), 2)",
        ),
        "benefit": Formula("benefit", MONEY, "agent", "ROUND(month_fyc * TIER(bonus, month_fyc), 2)"),
        "managed": Formula("managed", MONEY, "agent", "ROUND(10% * DOWNLINE(month_fyc, 3), 2)"),
        "on_track": Formula("on_track", FLAG, "agent", "QTD(month_fyc) >= p.quarter_target"),
    },
    ladders={"grade": Ladder("grade", ("agent", "manager"), (Move("agent", "manager", "promotion", "on_track AND policies > 3"),))},
    lines={"commission": Line("commission", "month_fyc", "commission", 1), "benefit": Line("benefit", "benefit", "allowance", 2)},
    agent={"level_months": COUNT},
)  # fmt: skip


def with_(book: Book = BOOK, **parts: Mapping[str, Any]) -> Book:
    """The book with elements added or replaced: `with_(formulas={"x": formula})`."""
    return replace(book, **{part: {**getattr(book, part), **elements} for part, elements in parts.items()})


def formula(text: str, quantity: Quantity = MONEY, grain: str = "agent", name: str = "x") -> Book:
    """The book with one more formula, `x`."""
    return with_(formulas={name: Formula(name, quantity, grain, text)})


def measure(text: str = "", where: str = "", **other: Any) -> Book:
    """The book with one more measure, `x`."""
    told: dict[str, Any] = {"quantity": MONEY, "grain": "agent", "of": "premium", "aggregate": "sum", **other}
    return with_(measures={"x": Measure("x", expression=text, where=where, **told)})


def rows(*listed: tuple[Value, ...], of: Table = BONUS, **other: Any) -> Book:
    """The book with other rows in a table."""
    return with_(tables={of.name: replace(of, rows=listed, **other)})
