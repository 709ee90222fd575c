"""The balances at the end of day of ten million accounts of which 2 % moved: from yesterday's state and today's movements.

Opening balances, the order of several movements of a day, end-of-day balances and the days they stand. Who is credited
with them and what adds up is not in it: `whole_day` has everything.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

from calc import Engine

ACCOUNTS = 10_000_000
MOVING = 0.02
DAY, BEFORE = "date '2026-03-11'", "date '2026-03-10'"


def measure(folder: Path, accounts: int = ACCOUNTS) -> dict[str, float]:
    """Seconds and peak GiB of the balances and of the whole state; inputs are made first and not counted."""
    state = folder / "state.parquet"
    with Engine(threads=2, memory="4500MB", spill=folder / "spill") as engine:
        _make_inputs(engine, state, accounts)
    with Engine(threads=2, memory="4500MB", spill=folder / "spill") as engine:
        for name in ("account", "movement", "share"):
            engine.give_files(name, [folder / f"{name}.parquet"])
        engine.connection.execute(f"create view opening as from read_parquet('{state}')")
        engine.connection.execute(f"create table calendar as select {DAY} as business_date")
        engine.give_empty("opening_foreign", ["account_id", "account_balance"])
        began = time.perf_counter()
        for name in ("opening_account", "day_order", "end_of_day", "balance_interval"):
            engine.make(name)
        balances = time.perf_counter() - began
        engine.save("balance_interval", folder / "balance_interval.parquet")
        written = time.perf_counter() - began
    return {
        "balances, seconds": balances, "balances and files, seconds": written,
        "peak GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }  # fmt: skip


def _make_inputs(engine: Engine, state: Path, accounts: int) -> None:
    run = engine.connection.execute
    folder = state.parent
    run(
        f"""copy (
        select i as account_id, 'marketer' as role, 1 + i % 5000 as manager_id, 1 + i % 200 as institution_id,
               1 + i % 200 as booking_institution_id, i // 2 as customer_id, 1 + i % 7 as product_id,
               1::decimal(9,6) as share, true as is_open, (hash(i) % 10000000 / 100)::decimal(18,2) as balance,
               (hash(i + 1) % 10000000 / 100)::decimal(18,2) as base_balance, 3650000::decimal(18,2) as base_year_balance_days,
               ((hash(i) % 10000000)::decimal(18,0) * 0.01 * 10)::decimal(18,2) as month_balance_days,
               ((hash(i) % 10000000)::decimal(18,0) * 0.01 * 69)::decimal(18,2) as quarter_balance_days,
               ((hash(i) % 10000000)::decimal(18,0) * 0.01 * 69)::decimal(18,2) as year_balance_days,
               0::decimal(38,8) as month_profit_points, 0::decimal(38,8) as quarter_profit_points,
               0::decimal(38,8) as year_profit_points
        from range({accounts}) as t(i)) to '{state}' (format parquet)"""
    )
    run(
        f"""copy (
        select i as account_id, i // 2 as customer_id, 1 + i % 7 as product_id, 1 + i % 200 as institution_id,
               date '2020-01-01' as opened_on, null::date as closed_on, null::date as repriced_on,
               0.01::decimal(9,6) as customer_rate,
               0::bigint as term_days, date '2020-01-01' as valid_from
        from range({accounts}) as t(i)) to '{folder}/account.parquet' (format parquet)"""
    )
    moving = round(1 / MOVING)
    run(
        f"""copy (
        select i * 3 + n as movement_id, i as account_id, {DAY} as business_date,
               (hash(i + n) % 100000 / 100)::decimal(18,2) as amount,
               ((hash(i) % 10000000 / 100)::decimal(18,2)
                + sum((hash(i + n) % 100000 / 100)::decimal(18,2)) over (partition by i order by n))::decimal(18,2) as balance_after
        from range(0, {accounts}, {moving}) as t(i), range(1, 3) as r(n) where n = 1 or i % 500 = 0)
        to '{folder}/movement.parquet' (format parquet)"""
    )
    run(
        f"""copy (select null::bigint as customer_id, i as account_id, 'marketer' as role, 1 + i % 5000 as person_id,
               1 + i % 200 as institution_id, 1::decimal(9,6) as ratio, date '2020-01-01' as valid_from,
               date '9999-12-31' as valid_to
        from range({accounts}) as t(i)) to '{folder}/share.parquet' (format parquet)"""
    )
