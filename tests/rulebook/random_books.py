"""Random rulebooks: well typed, variants of the same elements, every function, table mode, window and side of a boundary.

Values are few and round (multiples of 50, five dates a month), so that boundaries, ties, zeros and missing rows are met often.
Every numeric element is rounded and has narrow bounds, now and then its own in a variant: the check accepts nearly all, and some
values fall outside. A condition, a cap, or a whole benefit may be there in some variants only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

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
    Unit,
)
from tests.rulebook.random_tables import DATE, KEY, RANKS, SMALL_MONEY, TEXT, D, tables

VARIANTS = ("v1", "v2", "v3")
MONEY = Quantity(Unit.MONEY, D(-1000000), D(1000000), 2)
RATE = Quantity(Unit.RATE, D(-50), D(50), 4)
COUNT = Quantity(Unit.COUNT, D(0), D(5000), 0)
QUANTITIES = {Unit.MONEY: MONEY, Unit.RATE: RATE, Unit.COUNT: COUNT, Unit.FLAG: Quantity(Unit.FLAG)}
PLACES = {Unit.MONEY: 2, Unit.RATE: 4}

OWNED = {"agent_id": KEY, "institution_id": KEY}
POLICY = {"policy_id": KEY, **OWNED, "issued_on": DATE, "product": TEXT, "cover": SMALL_MONEY}
SALE = {
    "sale_id": KEY, "policy_id": KEY, **OWNED, "sold_on": DATE, "signed_on": DATE, "amount": SMALL_MONEY, "bonus": SMALL_MONEY,
    "units": Quantity(Unit.COUNT, D(0), D(100), 0), "kind": TEXT,
}  # fmt: skip
FACTS = {
    "policy": Fact("policy", POLICY, key="policy_id", optional=frozenset({"cover"})),
    "sale": Fact(
        "sale", SALE, key="sale_id", month_of="sold_on", rules_of="signed_on",
        refers={"policy": "policy_id"}, optional=frozenset({"bonus", "policy_id"}),
    ),
}  # fmt: skip

Draw = Callable[[st.SearchStrategy], object]


@dataclass
class Scope:
    """What an expression may name, by unit; `tables` and the functions over time and people it may call."""

    names: dict[Unit, list[str]]
    agents: dict[Unit, list[str]] = field(default_factory=dict)  # agents' values, where functions over them may stand

    def plus(self, unit: Unit, *names: str) -> Scope:
        return Scope({**self.names, unit: [*self.names.get(unit, []), *names]}, self.agents)


ALWAYS = {
    Unit.MONEY: ["p.money", "p.more"],
    Unit.RATE: ["p.rate"],
    Unit.COUNT: ["p.count", "month.number"],
    Unit.DATE: ["month.first_day", "month.last_day", "2026-01-31", "2025-11-15"],
    Unit.TEXT: ["'A'", "'B'"],
}
OF_AGENT = {Unit.DATE: ["agent.joined_on"], Unit.TEXT: ["agent.rank"], Unit.MONEY: ["agent.salary"]}
OF_SALE = {
    Unit.MONEY: ["sale.amount", "sale.bonus", "policy.cover"],
    Unit.COUNT: ["sale.units"],
    Unit.DATE: ["sale.sold_on", "policy.issued_on"],
    Unit.TEXT: ["sale.kind", "policy.product"],
}


def joined(*parts: dict[Unit, list[str]]) -> dict[Unit, list[str]]:
    return {unit: [name for part in parts for name in part.get(unit, [])] for unit in Unit}


# -- expressions: each gives the text of one with the unit asked for


def money(draw: Draw, scope: Scope, depth: int) -> str:
    def again(unit: Unit = Unit.MONEY) -> str:
        return expression(draw, scope, unit, depth - 1)

    if depth <= 0:
        return draw(st.sampled_from([*scope.names[Unit.MONEY], *scope.names[Unit.MONEY], "0", "50", "100.25", "-30"]))  # type: ignore[return-value]
    shapes: list[Callable[[], str]] = [
        lambda: f"{again()} + {again()}",
        lambda: f"({again()} - {again()})",
        lambda: f"({again()} + p.money) * {again(Unit.RATE)}",
        lambda: f"({again()} + p.money) / ({again(Unit.COUNT)} - p.count)",
        lambda: f"-({again()})",
        lambda: f"IF({again(Unit.FLAG)}, {again()}, {again()})",
        lambda: f"{draw(st.sampled_from(['MIN', 'MAX', 'COALESCE']))}({again()}, {again()})",
        lambda: f"ABS({again()})",
        lambda: f"{draw(st.sampled_from(['ROUND', 'TRUNC', 'FLOOR']))}({again()}, {draw(st.integers(0, 2))})",
        lambda: f"COALESCE(LOOKUP(grid.fee, {again(Unit.TEXT)}), {again()})",
        lambda: f"LOOKUP(grid.fee, {again(Unit.TEXT)})",
        lambda: f"COALESCE(TIER_AMOUNT({_tier(draw)}, {again()}), 0)",
        lambda: f"TIER_AMOUNT({_tier(draw)}, MAX({again()}, 0))",
        lambda: f"TIER_AMOUNT(by_kind, {again(Unit.TEXT)}, {again()})",
        lambda: _times_own_tier(_tier(draw), again()),
        lambda: f"TIER_AMOUNT(switched, {again()})",
        lambda: f"COALESCE(LOOKUP(pairs, {again(Unit.TEXT)}, {again(Unit.COUNT)}), {again()})",
        lambda: f"LOOKUP(pairs, {again(Unit.TEXT)}, {again(Unit.COUNT)})",
    ]
    return draw(st.sampled_from(shapes))()  # type: ignore[operator]


def _tier(draw: Draw) -> str:
    return draw(st.sampled_from(["whole", "stepped", "between", "switched"]))  # type: ignore[return-value]


def _times_own_tier(table: str, x: str) -> str:
    return f"ABS({x}) * TIER({table}, ABS({x}))"


def rate(draw: Draw, scope: Scope, depth: int) -> str:
    def again(unit: Unit) -> str:
        return expression(draw, scope, unit, depth - 1)

    if depth <= 0:
        return draw(st.sampled_from([*scope.names[Unit.RATE], "5%", "0.5", "0"]))  # type: ignore[return-value]
    shapes: list[Callable[[], str]] = [
        lambda: f"({again(Unit.RATE)} + {again(Unit.RATE)})",
        lambda: f"LOOKUP(grid.share, {again(Unit.TEXT)})",
        lambda: f"COALESCE(LOOKUP(grid.share, {again(Unit.TEXT)}), {again(Unit.RATE)})",
        lambda: f"BAND(bands, {again(Unit.COUNT)})",
        lambda: f"TIER({_tier(draw)}, {again(Unit.MONEY)})",
        lambda: f"COALESCE(BAND(dated, {again(Unit.DATE)}), {again(Unit.RATE)})",
        lambda: f"BAND(dated, {again(Unit.DATE)})",
        lambda: f"ROUND(({again(Unit.MONEY)} - p.more) / ({again(Unit.MONEY)} - p.money), 4)",
        lambda: f"IF({again(Unit.FLAG)}, {again(Unit.RATE)}, {again(Unit.RATE)})",
    ]
    return draw(st.sampled_from(shapes))()  # type: ignore[operator]


def count(draw: Draw, scope: Scope, depth: int) -> str:
    def again(unit: Unit) -> str:
        return expression(draw, scope, unit, depth - 1)

    if depth <= 0:
        return draw(st.sampled_from([*scope.names[Unit.COUNT], "0", "1", "3"]))  # type: ignore[return-value]
    shapes: list[Callable[[], str]] = [
        lambda: f"ABS(MONTHS({again(Unit.DATE)}, {again(Unit.DATE)}))",
        lambda: f"MONTH({again(Unit.DATE)})",
        lambda: f"YEAR({again(Unit.DATE)})",
        lambda: f"MAX({again(Unit.COUNT)}, {again(Unit.COUNT)})",
        lambda: f"IF({again(Unit.FLAG)}, {again(Unit.COUNT)}, {again(Unit.COUNT)})",
    ]
    return draw(st.sampled_from(shapes))()  # type: ignore[operator]


def date(draw: Draw, scope: Scope, depth: int) -> str:
    name = draw(st.sampled_from(scope.names[Unit.DATE]))
    if depth <= 0:
        return name  # type: ignore[return-value]
    return draw(
        st.sampled_from([name, f"{name} + 1", f"{name} - 30", f"ADD_MONTHS({name}, 1)", f"ADD_MONTHS({name}, -3)"])
    )  # type: ignore[return-value]


def flag(draw: Draw, scope: Scope, depth: int) -> str:
    unit = draw(st.sampled_from([Unit.MONEY, Unit.COUNT, Unit.DATE, Unit.TEXT, Unit.FLAG]))
    if unit is Unit.FLAG and depth > 0:
        left, right = (expression(draw, scope, Unit.FLAG, depth - 1) for _ in range(2))
        return draw(st.sampled_from([f"({left} AND {right})", f"({left} OR {right})", f"(NOT {left})"]))  # type: ignore[return-value]
    if unit is Unit.FLAG:
        return draw(st.sampled_from(["TRUE", "FALSE", *scope.names[Unit.FLAG]]))  # type: ignore[return-value]
    left, right = (expression(draw, scope, unit, depth - 1) for _ in range(2))  # type: ignore[arg-type]
    sign = draw(st.sampled_from(["=", "<>"] if unit is Unit.TEXT else ["=", "<>", "<", "<=", ">", ">="]))
    return f"({left} {sign} {right})"


def text(draw: Draw, scope: Scope, depth: int) -> str:
    return draw(st.sampled_from(scope.names[Unit.TEXT]))  # type: ignore[return-value]


SHAPES = {Unit.MONEY: money, Unit.RATE: rate, Unit.COUNT: count, Unit.DATE: date, Unit.FLAG: flag, Unit.TEXT: text}


def expression(draw: Draw, scope: Scope, unit: Unit, depth: int) -> str:
    return SHAPES[unit](draw, scope, depth if draw(st.integers(0, 3)) else 0)


def whole(draw: Draw, scope: Scope, unit: Unit) -> str:
    """An element's expression: rounded to the element's decimals, over time or people now and then."""
    if scope.agents.get(unit) and draw(st.booleans()):
        inside = over_people_or_time(draw, scope, unit)
    else:
        inside = expression(draw, scope, unit, 2)
    return f"ROUND({inside}, {PLACES[unit]})" if unit in PLACES else inside


def running(draw: Draw, scope: Scope, unit: Unit) -> str:
    """A sale's running total: of a column, or of a formula of the sale."""
    own = {Unit.MONEY: ["sale.amount", "sale.bonus"], Unit.COUNT: ["sale.units"]}.get(unit, [])
    made = [name for name in scope.names[unit] if name.startswith("s") and name[1:].isdigit()]
    x = draw(st.sampled_from([*own, *made]))
    return draw(st.sampled_from([f"RUNNING({x})", f"(RUNNING({x}) - {x})"]))  # type: ignore[return-value]


def over_people_or_time(draw: Draw, scope: Scope, unit: Unit) -> str:
    x = draw(st.sampled_from(scope.agents[unit]))
    own = f"COALESCE(LOOKUP(grid.share, agent.rank), 0.1) * {x}" if unit is Unit.MONEY else x
    by_edge = f"{x} * BAND(bands, {draw(st.sampled_from(['edge.depth', 'edge.year', 'edge.months', 'edge.depth + edge.year']))})"
    mine = f"IF(my.{x} > {x}, {own}, {x})"
    inner = draw(st.sampled_from([str(x), own, mine, *([by_edge] if unit is Unit.MONEY else [])]))
    shapes = [
        f"PRIOR({x}, {draw(st.integers(1, 4))})",
        f"COALESCE(PRIOR({x}, 1), {x})",
        f"ROLLING_SUM({x}, {draw(st.integers(1, 5))})",
        f"QTD({x})",
        f"YTD({x})",
        f"TEAM({x})",
        f"DIRECT({inner})",
        f"DOWNLINE({inner}, {draw(st.integers(1, 3))})",
        f"DOWNLINE({inner})",
        f"GENERATION({inner}, {draw(st.sampled_from(['nurturer', 'recruiter', 'reporting']))}, {draw(st.integers(1, 3))})",
    ]
    counts = draw(
        st.sampled_from(
            [f"{x} > 0", f"{x} > 0 AND edge.depth < 3", "agent.rank = 'R1'", "edge.depth > 1", "p.rate > 50%", "TRUE"]
        )
    )
    relation = draw(st.sampled_from(["nurturer", "recruiter", "reporting"]))
    shapes += [
        f"DOWNLINE({inner}, {draw(st.integers(1, 3))}, {counts})",
        f"GENERATION({inner}, {relation}, {draw(st.integers(1, 3))}, {counts})",
    ]
    if unit is Unit.MONEY and scope.agents.get(Unit.RATE):
        shapes.append(f"SPREAD({x}, {draw(st.sampled_from(scope.agents[Unit.RATE]))})")
    return draw(st.sampled_from(shapes))  # type: ignore[return-value]


# -- elements


@st.composite
def parameters(draw: Draw) -> dict[str, Parameter]:
    return {
        "money": Parameter("money", SMALL_MONEY, D(draw(st.sampled_from([0, 50, 100, -200])))),  # type: ignore[arg-type]
        "more": Parameter("more", SMALL_MONEY, D(draw(st.sampled_from(["12.34", "600"])))),  # type: ignore[arg-type]
        "rate": Parameter("rate", Quantity(Unit.RATE, D(0), D(2), 2), D(draw(st.integers(0, 120))).scaleb(-2)),  # type: ignore[arg-type]
        "count": Parameter("count", Quantity(Unit.COUNT, D(0), D(100), 0), D(draw(st.integers(0, 5)))),  # type: ignore[arg-type]
    }


Element = Formula | Measure
NUMBERS = st.sampled_from([Unit.MONEY, Unit.MONEY, Unit.MONEY, Unit.RATE, Unit.COUNT, Unit.FLAG])


class Together:
    """Books that grow together: the same elements, now and then with expressions and bounds of their own."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.made: tuple[dict[str, Element], ...] = tuple({} for _ in VARIANTS)

    def texts(self, text: Callable[[], str]) -> list[str]:
        first = text()
        return [first, *(text() if self.draw(st.integers(0, 3)) == 0 else first for _ in self.made[1:])]

    def quantity(self, unit: Unit) -> Quantity:
        """A declared quantity; one variant's may be narrower, or leave the decimals to the expression."""
        known = QUANTITIES[unit]
        if unit is Unit.FLAG or self.draw(st.integers(0, 4)):
            return known
        narrow = replace(known, low=max(known.low or D(0), D(-300)), high=D(300))
        return self.draw(st.sampled_from([narrow, replace(known, decimals=None), replace(narrow, decimals=None)]))  # type: ignore[return-value]

    def formula(
        self, name: str, grain: str, scope: Scope, unit: Unit, exact: bool = False, running_too: bool = False
    ) -> None:
        def text() -> str:
            inside = whole(self.draw, scope, unit)
            if running_too and unit in (Unit.MONEY, Unit.COUNT) and self.draw(st.integers(0, 2)) == 0:
                total = running(self.draw, scope, unit)
                return f"ROUND({total}, {PLACES[unit]})" if unit in PLACES else total
            return inside

        for made, written in zip(self.made, self.texts(text), strict=True):
            quantity = QUANTITIES[unit] if exact else self.quantity(unit)
            if quantity.decimals is None and unit in PLACES:
                written = f"ROUND({written}, {self.draw(st.integers(0, PLACES[unit]))})"
            made[name] = Formula(name, quantity, grain, written)

    def measure(self, name: str, grain: str, of: str, scope: Scope, from_fact: bool) -> Unit:
        """A measure at random; gives its unit. `scope` is the aggregated row's own columns and values."""
        aggregate = self.draw(st.sampled_from(["sum", "sum", "count", "count_distinct", "min", "max"]))
        unit = Unit.COUNT if str(aggregate).startswith("count") else Unit.MONEY
        window = self.draw(st.sampled_from(["month", "quarter", "year", "all"])) if from_fact else "month"
        ago = self.draw(st.integers(0, 3)) if from_fact else 0
        of_unit = Unit.TEXT if aggregate == "count_distinct" else Unit.MONEY
        texts = self.texts(lambda: _aggregated(self.draw, scope, of_unit) if aggregate != "count" else "")
        wheres = self.texts(lambda: flag(self.draw, scope, 1) if self.draw(st.booleans()) else "")
        for made, written, where in zip(self.made, texts, wheres, strict=True):
            quantity = self.quantity(unit) if unit is Unit.MONEY else QUANTITIES[unit]
            made[name] = Measure(name, quantity, grain, of, aggregate, written, where, window, ago)  # type: ignore[arg-type]
        return unit

    def only_somewhere(self, scope: Scope, own: Scope) -> None:
        """A benefit with a measure of its own, in the first variant and in some others."""
        for at, made in enumerate(self.made):
            if at == 0 or self.draw(st.booleans()):
                written = whole(self.draw, own.plus(Unit.MONEY, "extra_m", "extra_m"), Unit.MONEY)
                made["extra_m"] = Measure(
                    "extra_m", MONEY, "agent", "sale", "sum", _aggregated(self.draw, scope, Unit.MONEY)
                )
                made["extra"] = Formula("extra", MONEY, "agent", written)


def _aggregated(draw: Draw, scope: Scope, unit: Unit) -> str:
    inside = expression(draw, scope, unit, 1)
    return f"ROUND({inside}, {PLACES[unit]})" if unit in PLACES else inside


@st.composite
def books(draw: Draw) -> dict[str, Book]:
    """Three variants, `v1`, `v2` and `v3`."""
    together = Together(draw)
    sale = Scope(joined(ALWAYS, OF_SALE, OF_AGENT))
    for at in range(draw(st.integers(0, 3))):  # type: ignore[call-overload]
        unit = draw(NUMBERS)
        together.formula(f"s{at}", "sale", sale, unit, running_too=True)  # type: ignore[arg-type]
        sale = sale.plus(unit, f"s{at}")  # type: ignore[arg-type]
    plain = Scope(joined(ALWAYS, OF_SALE))
    agent = Scope(joined(ALWAYS, OF_AGENT), {})
    for at in range(draw(st.integers(1, 3))):  # type: ignore[call-overload]
        from_fact = bool(draw(st.booleans()))
        unit = together.measure(f"m{at}", "agent", "sale", plain if from_fact else sale, from_fact)
        agent = _agents(agent, unit, f"m{at}")
    for at in range(draw(st.integers(1, 5))):  # type: ignore[call-overload]
        unit = draw(NUMBERS)
        together.formula(f"a{at}", "agent", agent, unit)  # type: ignore[arg-type]
        agent = _agents(agent, unit, f"a{at}")  # type: ignore[arg-type]
    for grain in ("team", "institution"):
        if draw(st.booleans()):
            unit = together.measure(f"{grain}_m", grain, "agent", Scope(agent.names), False)
            together.formula(f"{grain}_f", grain, Scope(joined(ALWAYS)).plus(unit, f"{grain}_m"), Unit.MONEY)
            agent = agent.plus(unit, f"{grain}_m").plus(Unit.MONEY, f"{grain}_f")
    together.formula("pay", "agent", agent, Unit.MONEY, exact=True)
    if draw(st.booleans()):
        together.only_somewhere(sale, Scope(agent.names))
    ways = draw(st.lists(st.sampled_from(MOVES), max_size=4))  # type: ignore[call-overload]
    return {
        variant: Book(
            name=variant, facts=FACTS, parameters=draw(parameters()), tables=draw(tables()),  # type: ignore[arg-type]
            measures={name: one for name, one in made.items() if isinstance(one, Measure)},
            formulas={name: one for name, one in made.items() if isinstance(one, Formula)},
            ladders={"ladder": Ladder("ladder", RANKS, tuple(_move(draw, agent, way) for way in ways))},
            lines=_lines(draw, agent, "extra" in made), agent={"salary": SMALL_MONEY},
        )
        for variant, made in zip(VARIANTS, together.made, strict=True)
    }  # fmt: skip


def _move(draw: Draw, scope: Scope, way: tuple[int, int, str]) -> Move:
    low, high, kind = way
    otherwise = RANKS[0] if kind == "maintenance" and low else ""
    return Move(RANKS[low], RANKS[high], kind, flag(draw, scope, 1), otherwise)  # type: ignore[arg-type]


def _lines(draw: Draw, scope: Scope, extra: bool) -> dict[str, Line]:
    parts = {}
    for part in ("cap", "hold", "release"):
        if draw(st.booleans()):
            parts[part] = f"ROUND({expression(draw, scope, Unit.MONEY, 1)}, 2)"
    lines = {"line": Line("line", "pay", "main", 1, "earning", **parts)}
    return {**lines, "extra": Line("extra", "extra", "main", 2)} if extra else lines


MOVES = [
    (0, 1, "promotion"),
    (1, 2, "promotion"),
    (0, 2, "promotion"),
    (1, 1, "maintenance"),
    (2, 2, "maintenance"),
    (1, 0, "demotion"),
    (2, 1, "demotion"),
]


def _agents(scope: Scope, unit: Unit, name: str) -> Scope:
    """A scope with one more value of the agent, for functions over time and people too."""
    known = (
        {**scope.agents, unit: [*scope.agents.get(unit, []), name]}
        if unit in (Unit.MONEY, Unit.RATE, Unit.COUNT)
        else scope.agents
    )
    return Scope(scope.plus(unit, name).names, known)
