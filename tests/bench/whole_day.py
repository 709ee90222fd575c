"""The whole nightly run of one more day for ten million accounts of which 2 % moved, step by step as the job runs them.

Yesterday's published credits and what the bank delivered are made first and not counted; nor is the download, whose time
is the core system's. Counted is everything after it: the checks, the balances, who is credited, what has added up, the sums
by manager and institution, the files, their hashes and the pointers.
"""

from __future__ import annotations

import datetime as dt
import resource
import shutil
import time
from pathlib import Path

from sqlalchemy import text

from calc import Engine
from jobs.job import Chunk
from jobs.lasting import FINGERPRINT, calculation
from jobs.leader import leading
from jobs.nightly import NIGHTLY_JOB
from jobs.records import begin_runs
from jobs.runner import run_step
from portal.database import database
from portal.migrations.upgrade import upgrade
from portal.permissions import NIGHTLY

ACCOUNTS = 10_000_000
DAY, BEFORE = dt.date(2026, 3, 11), dt.date(2026, 3, 10)
DAYS_OF_MONTH, DAYS_OF_YEAR = 9, 68  # until the end of the day before BEFORE
MANAGERS, INSTITUTIONS = 5_000, 200

# Balances are whole multiples of 5 cents, so that 60 : 40 needs no dealing of cents to be made up here.
BALANCE = "((hash({id}) % 2000000)::bigint * 0.05::decimal(3,2))"
ACCOUNT = f"""
select i as account_id, 'A' || i as account_no, i // 2 as customer_id, 1 + i % 7 as product_id,
       1 + i % {INSTITUTIONS} as institution_id, date '2020-01-01' as opened_on, null::date as closed_on, null::date as repriced_on,
       0.01::decimal(9,6) as customer_rate, 0::bigint as term_days, null::decimal(18,2) as granted_amount,
       'CNY' as currency, date '2020-01-01' as valid_from
from range({{accounts}}) as t(i)
"""
SHARE = f"""
select c as customer_id, null::bigint as account_id, 'marketer' as role, 1 + (c + second) % {MANAGERS} as person_id,
       1 + (c + second) % {INSTITUTIONS} as institution_id,
       (case when c % 20 > 0 then 1 when second = 0 then 0.6 else 0.4 end)::decimal(9,6) as ratio,
       date '2020-01-01' as valid_from, date '9999-12-31' as valid_to
from range({{accounts}} // 2) as t(c), range(2) as u(second) where second = 0 or c % 20 = 0
"""
CREDIT_LINE = f"""
with credit as (
    select account.account_id, role, person_id as manager_id, share.institution_id,
           account.institution_id as booking_institution_id, account.customer_id, product_id, ratio as share, true as is_open,
           ({BALANCE.format(id="account.account_id")} * ratio)::decimal(18,2) as balance
    from account join share using (customer_id)
)
select *, balance as base_balance, (balance * 365)::decimal(18,2) as base_year_balance_days,
       (balance * {DAYS_OF_MONTH})::decimal(18,2) as month_balance_days,
       (balance * {DAYS_OF_YEAR})::decimal(18,2) as quarter_balance_days,
       (balance * {DAYS_OF_YEAR})::decimal(18,2) as year_balance_days,
       (balance * {DAYS_OF_MONTH} * 0.72)::decimal(38,8) as month_profit_points,
       (balance * {DAYS_OF_YEAR} * 0.72)::decimal(38,8) as quarter_profit_points,
       (balance * {DAYS_OF_YEAR} * 0.72)::decimal(38,8) as year_profit_points,
       0.72::decimal(12,6) as margin_factor, date '{BEFORE}' as valid_from, date '{DAY}' as valid_to
from credit
"""
OTHER_ACCOUNT = """
select * replace (case when account_id % 1000 = 7 then 0.02 else customer_rate end as customer_rate) from account
"""
MOVEMENT = f"""
select account_id * 3 + n as movement_id, account_id, date '{DAY}' as business_date,
       (hash(account_id + n) % 100000 / 100)::decimal(18,2) as amount,
       ({BALANCE.format(id="account_id")} + sum((hash(account_id + n) % 100000 / 100)::decimal(18,2))
           over (partition by account_id order by n)
       )::decimal(18,2) as balance_after
from (select i as account_id, n from range(0, {{accounts}}, 50) as t(i), range(1, 3) as r(n) where n = 1 or i % 500 = 0)
"""
SMALL = {
    "customer": "select i as customer_id, 'C' || i as customer_no, 'Customer ' || i as name, '' as name_zh,"
    " 'personal' as segment, date '2019-01-01' as since from range({accounts} // 2) as t(i)",
    "product": "select i as product_id, 'deposit' as kind, 365 as day_basis from range(1, 8) as t(i)",
    "ftp_rate": "select 'CNY' as curve, 'CNY' as currency, 'all' as kind, 0 as term_days,"
    " 0.02::decimal(9,6) as ftp_rate, date '2000-01-01' as valid_from,"
    " date '9999-12-31' as valid_to",
    "position": f"select i as person_id, 1 + (i - 1) % {INSTITUTIONS} as institution_id, date '2010-01-01' as valid_from,"
    f" date '9999-12-31' as valid_to from range(1, {MANAGERS} + 1) as t(i)",
    "exchange_rate": "select 'CNY' as currency, 1::decimal(18,8) as exchange_rate, date '2000-01-01' as valid_from,"
    " date '9999-12-31' as valid_to where false",
    "reporting": "select 'CNY' as currency",
    "institution_period": f"select i as institution_id, case when i > 1 then 1 + i // 15 end as parent_id,"
    f" date '2000-01-01' as valid_from, date '9999-12-31' as valid_to from range(1, {INSTITUTIONS} + 1) as t(i)",
}


def make_bank(download: Path, yesterday: Path, before: Path, accounts: int) -> None:
    """What the bank delivered into the chunk's folder, yesterday's credits into a file, and what they were made from.

    One in a thousand accounts had another customer rate the day before.
    """
    with Engine(threads=2, memory="6GB", spill=yesterday.parent / "spill") as engine:
        for name, select in {"account": ACCOUNT, "share": SHARE, "movement": MOVEMENT, **SMALL}.items():
            engine.connection.execute(f"create view {name} as {select.format(accounts=accounts)}")
            engine.save(name, download / f"{name}.parquet")
            engine.connection.execute(f"drop view {name}")
            engine.give_files(name, [download / f"{name}.parquet"])
        engine.connection.execute(f"create view credit_line as {CREDIT_LINE}")
        engine.save("credit_line", yesterday, "institution_id, manager_id, account_id")
        engine.make("price")
        engine.save("price", before / "gate" / "price.parquet")
        engine.connection.execute(f"create view other_account as {OTHER_ACCOUNT}")
        engine.save("other_account", before / "download" / "account.parquet")
    for name in ("share", "position", "product", "reporting"):
        shutil.copy(download / f"{name}.parquet", before / "download")
    (before / "gate" / FINGERPRINT).write_text(calculation())


def measure(folder: Path, accounts: int = ACCOUNTS, *, short: bool = True) -> dict[str, float]:
    """Seconds of each step and of all of them, and the peak GiB of the process that runs them.

    The short way computes the accounts that changed; without what yesterday was computed from, every account is computed.

    Processor seconds hardly change when others use the machine; half of them is what two free cores would take at least.
    """
    upgrade(database())
    chunk = Chunk.of("nightly", [DAY], from_step="gate")
    yesterday = folder / "yesterday.parquet"
    before = Chunk.of("nightly", [BEFORE])
    _in_another_process(chunk.folder / "download", yesterday, before.folder, accounts)
    if not short:
        shutil.rmtree(before.folder)
    with database().transaction(NIGHTLY) as session:
        session.execute(
            PUBLISH_YESTERDAY, {"day": BEFORE, "chunk": before.id, "files": f'["{yesterday}"]', "rows": accounts}
        )
    taken: dict[str, float] = {}
    processor = time.process_time()
    with leading():
        begin_runs(chunk)
        for step in NIGHTLY_JOB.steps_from(chunk.from_step):
            began = time.perf_counter()
            outcome = run_step(NIGHTLY_JOB, step.name, chunk)
            taken[f"step {step.name}, seconds"] = time.perf_counter() - began
            if outcome != "done":
                raise RuntimeError(f"Step {step.name} is {outcome}.")
    taken["all steps, seconds"] = sum(taken.values())
    taken["all steps, processor seconds of both threads"] = time.process_time() - processor
    taken["peak GiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return taken


def _in_another_process(*made_of: Path | int) -> None:
    """So that its memory does not count."""
    from multiprocessing import get_context

    process = get_context("spawn").Process(target=make_bank, args=made_of)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("The bank could not be made.")


PUBLISH_YESTERDAY = text("""
with ran as (
    insert into run (job, business_date, attempt, chunk, requested_by, status)
    values ('nightly', :day, 1, :chunk, 'bench', 'published') returning id)
insert into published (dataset, business_date, version, run_id, files, row_count, content_hash)
select 'credit_day', :day, 1, ran.id, cast(:files as jsonb), :rows, '' from ran
""")
