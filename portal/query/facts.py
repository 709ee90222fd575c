"""Reading the lake: pinned files, always limited to what the actor may see.

A question names datasets; each becomes a common table expression over its pinned files with the actor's scope inside. Files
never change once written, so an answer may be kept by its text alone: the text holds the files and the scope.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import duckdb
import pyarrow as pa

from calc.engine import MACROS
from calc.unfold import unfolded
from portal.lake import readable
from portal.permissions import Scope
from portal.query.kept import Answers, Begun, Tables
from portal.query.kept import Row as Row  # whoever asks names what he is answered with
from portal.query.pins import Pin, files_of

LARGEST_KEPT_ROWS = 2_000
MOST_STANDING, LARGEST_STANDING_BYTES = 16, 8_000_000  # a thread; threads share what stands in both
MOST_PLANS = 32  # a thread
GATHER_AFTER_SECONDS = 1.5  # when the page that asked stands
MOST_GATHERED_ROWS = 30_000  # some 7 MB

log = logging.getLogger("portal.query")


class UndeclaredDataset(LookupError):
    """A dataset does not say how its rows lead to an institution or a person, so it cannot be read."""


@dataclass(frozen=True, slots=True)
class FactScope:
    """How a dataset's rows lead to what a person may see."""

    institution: tuple[str, ...] = ()  # columns that hold an institution
    person: str | None = None  # the column that holds the credited person
    account: str | None = None  # the column that leads there through the credits of the day
    customer: str | None = None
    public: bool = False  # the same for everybody who reads figures
    dated: bool = True  # has business_date; others are lists as of their pin
    sums: bool = False  # few rows a day: its days stand in memory once they were asked for
    lines: bool = False  # many rows a day: one person's day stands in memory a moment after it was asked for


FACT_SCOPES: Mapping[str, FactScope] = {
    "credit_day": FactScope(institution=("institution_id",), person="manager_id", lines=True),
    "manager_day": FactScope(institution=("institution_id",), person="manager_id", sums=True),
    "institution_day": FactScope(institution=("institution_id",), sums=True),
    "foreign_day": FactScope(account="account_id"),
    "movement": FactScope(account="account_id"),
    "account": FactScope(account="account_id", dated=False),
    "customer": FactScope(customer="customer_id", dated=False),
    "ftp_rate": FactScope(public=True, dated=False),  # the curves as the run knew them
    "policy": FactScope(institution=("institution_id",), person="agent_id"),
    "premium": FactScope(institution=("institution_id",), person="agent_id"),
    "renewal_due": FactScope(institution=("institution_id",), person="agent_id"),
    "policy_end": FactScope(institution=("institution_id",), person="agent_id"),
    "delivery_total": FactScope(),  # sums of the whole: only for who sees all
    "set_aside_row": FactScope(),  # nobody's: the agent or the policy is not known
    "policy_event_today": FactScope(institution=("institution_id",), person="agent_id"),
    "month_so_far": FactScope(institution=("seat_id",), person="agent_id"),
    # what a commission month makes; `seat_id` is the team, or the institution of who has none
    "agent_value": FactScope(institution=("seat_id",), person="agent_id"),
    "agent_value_again": FactScope(institution=("seat_id",), person="agent_id"),
    "team_value": FactScope(institution=("seat_id",)),
    "institution_value": FactScope(institution=("seat_id",)),
    "policy_value": FactScope(institution=("seat_id",), person="agent_id"),
    "premium_value": FactScope(institution=("seat_id",), person="agent_id"),
    "renewal_due_value": FactScope(institution=("seat_id",), person="agent_id"),
    "policy_end_value": FactScope(institution=("seat_id",), person="agent_id"),
    "policy_value_again": FactScope(institution=("seat_id",), person="agent_id"),
    "premium_value_again": FactScope(institution=("seat_id",), person="agent_id"),
    "renewal_due_value_again": FactScope(institution=("seat_id",), person="agent_id"),
    "policy_end_value_again": FactScope(institution=("seat_id",), person="agent_id"),
    "month_relation": FactScope(institution=("seat_id",), person="agent_id"),  # of the person whose pay it is for
    "month_relation_again": FactScope(institution=("seat_id",), person="agent_id"),
    "month_leader": FactScope(institution=("seat_id",), person="agent_id"),
    "month_leader_again": FactScope(institution=("seat_id",), person="agent_id"),
    "month_read": FactScope(public=True),  # which deliveries a month was computed on
    "line_amount": FactScope(institution=("seat_id",), person="agent_id"),
    "ladder_move": FactScope(institution=("seat_id",), person="agent_id"),
    "row_problem": FactScope(institution=("seat_id",), person="agent_id"),
    "statement_line": FactScope(institution=("seat_id",), person="agent_id"),
    "line_change": FactScope(),
    "month_policy": FactScope(institution=("institution_id",), person="agent_id"),
    "premium_control": FactScope(),
}


SEEN: Mapping[str, str] = {column: f"select {column} from seen_account" for column in ("account_id", "customer_id")}


def scope_condition(dataset: str, scope: Scope, seen: Mapping[str, str] = SEEN) -> str:
    """The condition under which a row of a dataset is the actor's own; numbers only, nothing a person typed.

    `seen` says where the accounts and customers stand that the actor may see as a whole: a table, or their numbers.
    """
    declared = _declared(dataset)
    if scope.all or declared.public:
        return "true"
    ways = []
    if scope.institutions:
        listed = ", ".join(str(int(one)) for one in sorted(scope.institutions))
        ways += [f"{column} in ({listed})" for column in declared.institution]
    if scope.person_id is not None and declared.person:
        ways.append(f"{declared.person} = {int(scope.person_id)}")
    if declared.account:
        ways.append(f"{declared.account} in ({seen['account_id']})")
    if declared.customer:
        ways.append(f"{declared.customer} in ({seen['customer_id']})")
    return " or ".join(ways) or "false"


def whole_condition(scope: Scope, seen: Mapping[str, str] = SEEN) -> str:
    """Credits of customers a person may see as a whole: a manager his customers', a leader what is booked or managed below."""
    if scope.all:
        return "true"
    ways = [f"customer_id in ({seen['customer_id']})"]
    if scope.institutions:
        listed = ", ".join(str(int(one)) for one in sorted(scope.institutions))
        ways.append(f"institution_id in ({listed}) or booking_institution_id in ({listed})")
    return " or ".join(ways)


def seen_account(scope: Scope, today: Sequence[str], on: dt.date) -> str:
    """Accounts the actor may see as a whole: those of customers with a share of his, or below his institutions, today."""
    source = _days("credit_day", today, [on])
    ways = []
    if scope.person_id is not None:
        ways.append(f"(manager_id = {int(scope.person_id)} and share > 0)")
    if scope.institutions:
        listed = ", ".join(str(int(one)) for one in sorted(scope.institutions))
        ways.append(f"institution_id in ({listed}) or booking_institution_id in ({listed})")
    condition = " or ".join(ways) or "false"
    return (
        f"select distinct account_id, customer_id from {source} where customer_id in "
        f"(select customer_id from {source} where {condition})"
    )


def table_text(name: str, dataset: str, pins: Collection[Pin], condition: str, again: bool = False) -> str:
    """One dataset as a common table expression over its pinned files; `again` when more will be asked of these rows."""
    declared = _declared(dataset)
    if not declared.dated:
        return f"{name} as (select * from {_files(files_of(pins))} where ({condition}))"
    # a file may hold days that newer versions replaced: each file is read for the days that point to it
    by_files: dict[tuple[str, ...], list[dt.date]] = {}
    for one in pins:
        by_files.setdefault(one.files, []).append(one.business_date)
    days = [_days(dataset, readable(files), dates) for files, dates in by_files.items()]
    if declared.sums and days:
        whole = standing(" union all by name ".join(f"select * from {one}" for one in days))
        return f"{name} as (select * from ({whole}) where {condition})"
    parts = [f"select * from {one} where {condition}" for one in days]
    if again and declared.lines and len(pins) == 1:
        return f"{name} as ({soon_standing(parts[0])})"
    return f"{name} as ({' union all by name '.join(parts)})"  # a dataset may have got a column since


def ask(sql: str, parameters: Sequence[object] = ()) -> list[Row]:
    """Run a question over the lake. What a person typed goes into `parameters`, never into the text."""
    key = (sql, tuple(parameters))
    kept = _answers.get(key)
    if kept is not None:
        return kept
    cursor = _connection().execute(*_planned(sql, parameters))
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if len(rows) <= LARGEST_KEPT_ROWS:
        _answers.put(key, rows)
    return rows


def table(sql: str, parameters: Sequence[object] = ()) -> pa.Table:
    """A long answer as an Arrow table, kept so that its pages, its order and its export come from one computation."""
    key = (sql, tuple(parameters))
    kept = _tables.get(key)
    if kept is None:
        text, given = _planned(sql, parameters)
        kept = _connection().sql(text, params=given).to_arrow_table()
        _tables.put(key, kept)
    return kept


def _planned(sql: str, parameters: Sequence[object]) -> tuple[str, list[object]]:
    """A question as it is run: one that differs only in its numbers is planned once a thread, which is a quarter of its work.

    DuckDB takes no parameters there: whole numbers are written out, whatever else a person typed stays a parameter. What
    stands in memory is planned as quickly as it is found again.
    """
    numbers = all(type(one) is int and abs(one) < 2**63 for one in parameters)
    if not parameters or not numbers or "read_parquet" not in sql:
        return sql, list(parameters)
    connection = _connection()
    name = f"planned_{hashlib.sha256(sql.encode()).hexdigest()[:32]}"
    plans: OrderedDict[str, None] = _local.plans
    if name not in plans:
        connection.execute(f"prepare {name} as {sql}")
        plans[name] = None
        if len(plans) > MOST_PLANS:
            connection.execute(f"deallocate {plans.popitem(last=False)[0]}")
    plans.move_to_end(name)
    return f"execute {name}({', '.join(map(str, parameters))})", []


def standing(sql: str) -> str:
    """A SELECT with the answer to a question that many questions begin with: worked out once, it stands in this thread's
    DuckDB under a name. A long answer does not; its question is part of every other one."""
    return _stands(sql, lambda: table(sql)) or sql


def soon_standing(sql: str) -> str:
    """The same for rows that take a while to gather: nobody waits for them, and who asks again a moment later finds them.

    Then a choice reads one person's day from memory and not out of the files of everybody's, which is half of its question.
    """
    found = _tables.get((sql, ()))
    if found is not None:
        return _stands(sql, lambda: found) or sql
    if _gathering.begin(sql):
        gather = threading.Timer(GATHER_AFTER_SECONDS, _gather, [sql])
        gather.daemon = True
        gather.start()
    return sql


def _gather(sql: str) -> None:
    """Gather rows, in a thread of its own; too many of them are left where they are and not tried again."""
    try:
        found = _connection().sql(f"select * from ({sql}\n) limit {MOST_GATHERED_ROWS + 1}").to_arrow_table()
    except duckdb.Error:  # whoever asks is told what is wrong
        log.info("Not gathered: %s", sql[:200], exc_info=True)
        return
    if found.num_rows <= MOST_GATHERED_ROWS:
        _tables.put((sql, ()), found)
        _gathering.end(sql)


def _stands(sql: str, gathered: Callable[[], pa.Table]) -> str:
    """A SELECT from what stands in this thread's DuckDB, `gathered` only if it does not; nothing when it is too long for that."""
    name = f"standing_{hashlib.sha256(sql.encode()).hexdigest()[:32]}"
    connection = _connection()
    names: OrderedDict[str, bool] = _local.standing
    if name not in names:
        found = gathered()
        names[name] = found.nbytes <= LARGEST_STANDING_BYTES
        if names[name]:
            connection.register(name, found)
        if len(names) > MOST_STANDING:
            oldest, stands = names.popitem(last=False)
            if stands:
                connection.unregister(oldest)
    names.move_to_end(name)
    return f"select * from {name}" if names[name] else ""


def ask_table(found: pa.Table, select: str, parameters: Sequence[object] = ()) -> pa.Table:
    """Run a SELECT over a kept answer, which it calls `kept`. What is asked with every answer is quicker done with pyarrow."""
    connection = _connection()
    connection.register("kept", found)
    try:
        return connection.sql(select, params=list(parameters)).to_arrow_table()
    finally:
        connection.unregister("kept")


_answers = Answers()
_tables = Tables()
_gathering = Begun()
_local = threading.local()
_opening = threading.Lock()


@lru_cache
def _engine() -> duckdb.DuckDBPyConnection:
    """The DuckDB of this process: each question runs in the thread that asks it, and all of them share the memory."""
    engine = duckdb.connect(":memory:")
    engine.execute("set threads = 1; set memory_limit = '4GB'")
    engine.execute(MACROS)
    return engine


def _connection() -> duckdb.DuckDBPyConnection:
    """This thread's connection to the process's DuckDB; what stands in it and what is planned is its own."""
    connection: duckdb.DuckDBPyConnection | None = getattr(_local, "connection", None)
    if connection is None:
        with _opening:
            connection = _engine().cursor()
        _local.connection, _local.standing, _local.plans = connection, OrderedDict(), OrderedDict()
    return connection


def _declared(dataset: str) -> FactScope:
    try:
        return FACT_SCOPES[dataset]
    except KeyError:
        raise UndeclaredDataset(
            f"The dataset {dataset} does not say how it leads to an institution or a person."
        ) from None


def _days(dataset: str, files: Sequence[str], days: Sequence[dt.date]) -> str:
    """Some days of a dataset. Credits are kept as lines over days on which nothing changed, and unfolded here."""
    if dataset == "credit_day":
        return unfolded(_files(files), days)
    listed = ", ".join(f"date '{day}'" for day in days)
    return f"(select * from {_files(files)} where business_date in ({listed}))"


def _files(files: Sequence[str]) -> str:
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}])"
