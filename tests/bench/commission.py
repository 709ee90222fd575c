"""Month-end of an insurer: a million agents, ten million policies, forty formulas, by the compiled rulebook and by hand.

Both read the same Parquet files and write their lines to Parquet; the sums of the lines must be equal to the cent.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import time
from decimal import Decimal
from pathlib import Path

from calc import Engine
from calc.rulebook import compile_plan, run_month
from calc.rulebook.check import check
from calc.rulebook.elements import (
    Book,
    Fact,
    Formula,
    Line,
    Measure,
    Parameter,
    Quantity,
    Table,
    Unit,
)

AGENTS, POLICIES = 1_000_000, 10_000_000
RANKS = ("T", "S", "M", "D")
DUTY = {"T": "0.02", "S": "0.05", "M": "0.08", "D": "0.10"}
PRODUCTS = tuple("ABCDEFGH")
BANDS = ((0, 1000, "0.01"), (1000, 3000, "0.02"), (3000, 8000, "0.03"), (8000, None, "0.05"))
TEAM_BANDS = ((None, 10000, "0.06"), (10000, 50000, "0.08"), (50000, None, "0.10"))
NURTURING = {1: ("0.10", "0.08", "0.06"), 2: ("0.06", "0.04", "0.03"), 3: ("0.03", "0.02", "0.01")}
ALLOWANCES = 26
LINES = ("bonus", "duty_1", "duty_2", "team_override", "nurture_1", "nurture_2", "nurture_3")
D = Decimal
RATE = Quantity(Unit.RATE, D(0), D(1), 4)


def money(high: int) -> Quantity:
    return Quantity(Unit.MONEY, D(0), D(high), 2)


def fyc_rate(product: int, year: int) -> Decimal:
    return D(f"0.{40 - 4 * product - 2 * year:02d}")


def book() -> Book:
    """Forty formulas: first-year commission, bonus with bands, duty allowances by rank, team and three generations."""
    fyc_rows = tuple((p, D(y), fyc_rate(at, y)) for at, p in enumerate(PRODUCTS) for y in (1, 2, 3))
    tables = (
        Table("fyc_rate", {"product": Quantity(Unit.TEXT), "year": Quantity(Unit.COUNT, D(1), D(10))}, {"rate": RATE}, fyc_rows),
        Table("duty_rate", {"rank": Quantity(Unit.TEXT)}, {"rate": RATE}, tuple((r, D(v)) for r, v in DUTY.items())),
        Table("bonus_rate", {}, {"rate": RATE}, _bands(BANDS), "fyc", money(10**7), mode="step"),
        Table("team_rate", {}, {"rate": RATE}, _bands(TEAM_BANDS), "fyc", money(10**9)),
        Table(
            "nurturing", {"generation": Quantity(Unit.COUNT), "year": Quantity(Unit.COUNT)}, {"rate": RATE},
            tuple((D(g), D(y), D(v)) for g, values in NURTURING.items() for y, v in enumerate(values, 1)),
        ),
    )  # fmt: skip
    fact = Fact(
        "premium",
        {
            "premium_id": Quantity(Unit.KEY), "agent_id": Quantity(Unit.KEY), "institution_id": Quantity(Unit.KEY),
            "product": Quantity(Unit.TEXT), "year": Quantity(Unit.COUNT, D(1), D(10)), "paid_on": Quantity(Unit.DATE),
            "amount": money(99999),
        },
        "premium_id", month_of="paid_on",
    )  # fmt: skip
    measures = (
        Measure("month_fyc", money(10**7), "agent", "premium", "sum", "fyc"),
        Measure("policies", Quantity(Unit.COUNT, D(0), D(10**6)), "agent", "premium", "count"),
        Measure("first_year", money(10**7), "agent", "premium", "sum", "fyc", where="premium.year = 1"),
    )
    parameters = tuple(Parameter(f"share_{at}", RATE, D(f"0.{20 + at}")) for at in range(1, ALLOWANCES + 1))
    return Book(
        "Month-end", {"premium": fact}, {p.name: p for p in parameters}, {t.name: t for t in tables},
        {m.name: m for m in measures}, {f.name: f for f in _formulas()}, {},
        {f"{name}_line": Line(f"{name}_line", name, "g", at) for at, name in enumerate(LINES)},
    )  # fmt: skip


def _bands(rows: tuple[tuple[int | None, int | None, str], ...]) -> tuple[tuple[Decimal | None, ...], ...]:
    return tuple((None if a is None else D(a), None if b is None else D(b), D(v)) for a, b, v in rows)


def _formulas() -> list[Formula]:
    lookup = "LOOKUP(fyc_rate, premium.product, premium.year)"
    formulas = [
        Formula("fyc", money(50000), "premium", f"ROUND(premium.amount * {lookup}, 2)"),
        Formula("bonus", money(10**6), "agent", "ROUND(TIER_AMOUNT(bonus_rate, month_fyc), 2)"),
        Formula("duty", RATE, "agent", "LOOKUP(duty_rate, agent.rank)"),
        Formula("team_fyc", money(10**9), "agent", "TEAM(month_fyc)"),
        Formula("team_override", money(10**8), "agent", "ROUND(team_fyc * BAND(team_rate, team_fyc), 2)"),
        Formula(
            "average", Quantity(Unit.MONEY, D(0), D(10**7), 10), "agent", "IF(policies = 0, 0, month_fyc / policies)"
        ),
        Formula("active", Quantity(Unit.FLAG), "agent", "month_fyc >= 300 AND policies >= 1"),
        Formula("active_bonus", money(10**6), "agent", "IF(active, MIN(bonus, 5000), 0)"),
        Formula("best", money(10**8), "agent", "MAX(bonus, duty_1, duty_2)"),
        Formula("all_in", money(10**9), "agent", "best + team_override + active_bonus"),
    ]
    formulas += [
        Formula(f"duty_{at}", money(10**6), "agent", f"ROUND(month_fyc * duty * p.share_{at}, 2)")
        for at in range(1, ALLOWANCES + 1)
    ]
    formulas += [
        Formula(
            f"nurture_{n}", money(10**8), "agent",
            f"ROUND(GENERATION(team_override * LOOKUP(nurturing, {n}, MIN(edge.year, 3)), nurturer, {n}), 2)",
        )
        for n in NURTURING
    ]  # fmt: skip
    return formulas


# -- the same by hand

BY_HAND = """
create or replace table hand_agent as
with fyc as (
    select agent_id, sum(fyc) as month_fyc, count(*) as policies, sum(case when year = 1 then fyc end) as first_year
    from (select agent_id, year, round(amount * rate, 2)::decimal(7, 2) as fyc
          from (select * from premium where paid_on between date '2026-03-01' and date '2026-03-31') p
          left join hand_rate using (product, year))
    group by agent_id)
select a.agent_id, a.team_id, a.institution_id, a.rank,
       coalesce(month_fyc, 0)::decimal(9, 2) as month_fyc, coalesce(policies, 0) as policies,
       coalesce(first_year, 0)::decimal(9, 2) as first_year,
       case rank {duty} end::decimal(3, 2) as duty
from agent a left join fyc using (agent_id);
create or replace table hand_team as
select leader_id as agent_id, sum(fyc)::decimal(12, 2) as team_fyc
from (select team_id, sum(month_fyc) as fyc from hand_agent group by team_id) join team using (team_id) group by leader_id;
create or replace table hand_1 as
select *, round(case {bonus} end, 2)::decimal(9, 2) as bonus,
       (case when policies > 0 then round(month_fyc::decimal(18, 2) / policies, 10) else 0 end)::decimal(18, 10) as average,
       month_fyc >= 300 and policies >= 1 as active,
       round(team_fyc * case {team} end, 2)::decimal(10, 2) as team_override, {allowances}
from (select a.*, coalesce(team_fyc, 0)::decimal(12, 2) as team_fyc from hand_agent a left join hand_team using (agent_id));
create or replace table hand_step_1 as
select r.from_id as agent_id, a.team_override as value,
       least(date_diff('month', since, date '2026-03-31') // 12 + 1, 3) as year
from relation r join hand_1 a on a.agent_id = r.to_id where kind = 'nurturer';
create or replace table hand_up as select agent_id, year, sum(value)::decimal(18, 2) as value from hand_step_1 group by all;
create or replace table hand_up_2 as
select r.from_id as agent_id, year, sum(value)::decimal(18, 2) as value
from hand_up u join relation r on r.to_id = u.agent_id and kind = 'nurturer' group by all;
create or replace table hand_up_3 as
select r.from_id as agent_id, year, sum(value)::decimal(18, 2) as value
from hand_up_2 u join relation r on r.to_id = u.agent_id and kind = 'nurturer' group by all;
create or replace table hand_2 as
select *, case when active then least(bonus, 5000) else 0 end as active_bonus, greatest(bonus, duty_1, duty_2) as best,
       greatest(bonus, duty_1, duty_2) + team_override + case when active then least(bonus, 5000) else 0 end as all_in,
       {nurtured}
from hand_1 a {joins};
create or replace table hand_line as
unpivot (select agent_id, team_id, institution_id, {lines} from hand_2) on columns(* exclude (agent_id, team_id, institution_id))
into name line value paid;
"""


def by_hand() -> str:
    """A month-end as one would write it in DuckDB for just these rules."""

    def cases(value: str, rows: tuple[tuple[int | None, int | None, str], ...], then: str = "{rate}") -> str:
        shown, before = [], D(0)
        for low, high, rate in rows:
            until = f"when {value} < {high}" if high is not None else "else"
            worth = then.format(rate=rate, low=low or 0, before=before)
            shown.append(f"{until} {'then' if high is not None else ''} {worth}")
            before += ((high or 0) - (low or 0)) * D(rate)
        return " ".join(shown)

    nurtured, joins = [], []
    for n, rates in NURTURING.items():
        source = "hand_up" if n == 1 else f"hand_up_{n}"
        shown = " ".join(f"when {y} then {v}" for y, v in enumerate(rates, 1))
        joins.append(
            f"left join (select agent_id, sum(value * case year {shown} end) as n{n} from {source} group by agent_id) "
            "using (agent_id)"
        )
        nurtured.append(f"round(coalesce(n{n}, 0), 2)::decimal(18, 2) as nurture_{n}")
    return BY_HAND.format(
        duty=" ".join(f"when '{rank}' then {rate}" for rank, rate in DUTY.items()),
        bonus=cases("month_fyc", BANDS, "{before} + (month_fyc - {low}) * {rate}"), team=cases("team_fyc", TEAM_BANDS),
        allowances=", ".join(
            f"round(month_fyc * duty * 0.{20 + at}, 2)::decimal(9, 2) as duty_{at}" for at in range(1, ALLOWANCES + 1)
        ),
        nurtured=", ".join(nurtured), joins=" ".join(joins),
        lines=", ".join(f'{name}::decimal(18, 2) as "{name}_line"' for name in LINES),
    )  # fmt: skip


# -- measuring


def measure(folder: Path, agents: int = AGENTS, policies: int = POLICIES) -> dict[str, float]:
    """Seconds from and to Parquet, and the largest memory of this process after the compiled run."""
    make_inputs(folder, agents, policies)
    found: dict[str, float] = {}
    found["compiled rulebook, seconds"], compiled = _compiled(folder)
    found["compiled rulebook, peak GiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    found["by hand, seconds"], hand = _timed_hand(folder)
    if compiled != hand:
        raise AssertionError(f"The compiled plan pays {compiled}, the script by hand {hand}.")
    found["compiled over by hand"] = found["compiled rulebook, seconds"] / found["by hand, seconds"]
    found |= _pandas(folder, compiled)
    if importlib.util.find_spec("zen"):
        found |= _zen(folder)
    return found


def _give(engine: Engine, folder: Path) -> None:
    for name in ("agent", "team", "relation", "premium"):
        engine.give_files(name, [folder / f"{name}.parquet"])
    run = engine.connection.execute
    run("create table month as select date '2026-03-01' as first_day, date '2026-03-31' as last_day")
    run(
        """create table rules as select distinct institution_id, date '2000-01-01' as valid_from, null::date as valid_to,
           1 as variant from agent"""
    )


def _compiled(folder: Path) -> tuple[float, dict[str, Decimal]]:
    checked, problems = check(book())
    assert checked is not None, [problem.sentence for problem in problems]
    with Engine(threads=2, memory="3GB", spill=folder / "spill") as engine:
        began = time.perf_counter()
        _give(engine, folder)
        done = run_month(engine, compile_plan({1: checked}))
        engine.save("line_amount", folder / "line_amount.parquet")
        seconds = time.perf_counter() - began
        engine.connection.execute(
            f"""copy (select v.agent_id, month_fyc, coalesce(team_fyc, 0) as team_fyc, bonus, team_override,
                a.agent_id % 20 = 0 as leads
                from agent_value v join agent a using (agent_id) where a.team_id % 100 = 0)
                to '{folder}/sample.parquet' (format parquet)"""
        )
        assert done.problems == 0, engine.connection.execute("select * from row_problem limit 3").fetchall()
        return seconds, _sums(engine, "line_amount")


def _timed_hand(folder: Path) -> tuple[float, dict[str, Decimal]]:
    with Engine(threads=2, memory="3GB", spill=folder / "spill") as engine:
        began = time.perf_counter()
        _give(engine, folder)
        run = engine.connection.execute
        run("create table hand_rate (product varchar, year bigint, rate decimal(3, 2))")
        for at, product in enumerate(PRODUCTS):
            for year in (1, 2, 3):
                run("insert into hand_rate values (?, ?, ?)", [product, year, fyc_rate(at, year)])
        run(by_hand())
        engine.save("hand_line", folder / "hand_line.parquet")
        return time.perf_counter() - began, _sums(engine, "hand_line")


def _sums(engine: Engine, table: str) -> dict[str, Decimal]:
    return dict(engine.connection.execute(f"select line, sum(paid) from {table} group by line").fetchall())


def make_inputs(folder: Path, agents: int, policies: int) -> None:
    """Files of one month; hashes, so that every run has the same."""
    with Engine(threads=2, memory="3GB", spill=folder / "spill") as engine:
        run = engine.connection.execute
        run(
            f"""copy (select i as agent_id, i // 20 as team_id, 1 + i // 20 % 200 as institution_id,
                'TSMD'[1 + (hash(i) % 4)::int] as rank, date '2020-01-01' as joined_on
                from range({agents}) t(i)) to '{folder}/agent.parquet' (format parquet)"""
        )
        run(
            f"""copy (select i as team_id, i * 20 as leader_id, 1 + i % 200 as institution_id
                from range({agents} // 20) t(i)) to '{folder}/team.parquet' (format parquet)"""
        )
        run(
            f"""copy (select 'nurturer' as kind, (i // 5) * 20 as from_id, i * 20 as to_id,
                date '2022-03-31' + (hash(i) % 1400)::int as since
                from range(1, {agents} // 20) t(i)) to '{folder}/relation.parquet' (format parquet)"""
        )
        run(
            f"""copy (select i as premium_id, (hash(i) % {agents})::bigint as agent_id,
                1 + (hash(i) % {agents}) // 20 % 200 as institution_id,
                'ABCDEFGH'[1 + (hash(i + 1) % 8)::int] as product, (1 + hash(i + 2) % 3)::bigint as year,
                date '2026-03-01' + (hash(i + 3) % 31)::int as paid_on,
                ((hash(i + 4) % 500000) * 0.01::decimal(2, 2))::decimal(9, 2) as amount
                from range({policies}) t(i)) to '{folder}/premium.parquet' (format parquet)"""
        )


# -- the same bonus and override with other tools


def _pandas(folder: Path, compiled: dict[str, Decimal]) -> dict[str, float]:
    """Bonus and team override in binary numbers: how long, and how far from the cents."""
    import numpy as np
    import pandas as pd

    began = time.perf_counter()
    premium = pd.read_parquet(folder / "premium.parquet", columns=["agent_id", "product", "year", "amount"])
    premium["amount"] = premium["amount"].astype(float)
    rates = pd.DataFrame(
        [(p, y, float(fyc_rate(at, y))) for at, p in enumerate(PRODUCTS) for y in (1, 2, 3)],
        columns=["product", "year", "rate"],
    )
    premium = premium.merge(rates, on=["product", "year"], how="left")
    premium["fyc"] = (premium["amount"] * premium["rate"]).round(2)
    agent = pd.read_parquet(folder / "agent.parquet").set_index("agent_id")
    agent["fyc"] = premium.groupby("agent_id")["fyc"].sum()
    agent["fyc"] = agent["fyc"].fillna(0)
    fyc = agent["fyc"].to_numpy()
    bonus = sum(np.clip(fyc - low, 0, (high or np.inf) - low) * float(rate) for low, high, rate in BANDS)
    team = pd.read_parquet(folder / "team.parquet").set_index("team_id")
    of_team = agent.groupby("team_id")["fyc"].sum().reindex(team.index).fillna(0).to_numpy()
    rate = np.select([of_team < 10000, of_team < 50000], [0.06, 0.08], 0.10)
    paid = np.round(bonus, 2).sum() + np.round(of_team * rate, 2).sum()
    seconds = time.perf_counter() - began
    exact = float(compiled["bonus_line"] + compiled["team_override_line"])
    return {
        "bonus and override with pandas, seconds": seconds,
        "bonus and override with pandas, off by": abs(float(paid) - exact),
    }


def _zen(folder: Path) -> dict[str, float]:
    """A row-by-row rules engine with decisions made once: bonuses and overrides of a hundredth of the teams."""
    import pyarrow.parquet as pq
    import zen

    engine = zen.ZenEngine()
    before, steps = D(0), []
    for low, high, rate in BANDS:
        steps.append((low, high, {"rate": rate, "low": str(low), "before": str(before)}))
        before += ((high or 0) - (low or 0)) * D(rate)
    bonus = engine.create_decision(_decision(steps, "before + (fyc - low) * rate"))
    override = engine.create_decision(_decision([(a, b, {"rate": rate}) for a, b, rate in TEAM_BANDS], "fyc * rate"))
    rows = pq.read_table(folder / "sample.parquet").to_pylist()
    paid, began = 0.0, time.perf_counter()
    for row in rows:
        paid += round(bonus.evaluate({"fyc": float(row["month_fyc"])})["result"]["paid"], 2)
        if row["leads"]:
            paid += round(override.evaluate({"fyc": float(row["team_fyc"])})["result"]["paid"], 2)
    seconds = time.perf_counter() - began
    exact = sum(row["bonus"] + row["team_override"] for row in rows)
    return {
        "bonus and override with zen-engine, seconds a million agents": seconds * AGENTS / len(rows),
        "bonus and override with zen-engine, off by, a hundredth of the teams": abs(paid - float(exact)),
    }


def _decision(bands: list[tuple[int | None, int | None, dict[str, str]]], paid: str) -> str:
    """A decision of that engine: the band's row, then what it pays."""
    names = list(bands[0][2])
    rules = [
        {"_id": str(at), "i": f"< {high}" if high is not None else "", **values}
        for at, (_low, high, values) in enumerate(bands)
    ]
    table = {"hitPolicy": "first", "rules": rules, "inputs": [{"id": "i", "name": "fyc", "field": "fyc"}],
             "outputs": [{"id": name, "name": name, "field": name} for name in names], "passThrough": True}  # fmt: skip
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "table", "type": "decisionTableNode", "name": "t", "content": table},
        {"id": "paid", "type": "expressionNode", "name": "p",
         "content": {"expressions": [{"id": "e", "key": "paid", "value": paid}]}},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]  # fmt: skip
    ways = (("in", "table"), ("table", "paid"), ("paid", "out"))
    edges = [{"id": f"{a}-{b}", "sourceId": a, "targetId": b} for a, b in ways]
    return json.dumps({"nodes": nodes, "edges": edges})
