"""`run_month`: a plan's statements on the engine, over the tables that were given to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from calc.engine import Engine
from calc.rulebook import sql
from calc.rulebook.checked import Type
from calc.rulebook.cycles import break_cycles, is_walked
from calc.rulebook.kept import Kept, marks_of
from calc.rulebook.plan import LEVEL, Plan, Step, window_day
from calc.rulebook.problems import Problem, _
from calc.step import StepError

DEEPEST = 1000  # levels of a reporting line; cycles are taken out before, so this is never reached


class UnfitMonth(StepError):
    """What was given to a month does not fit its rules; the problem says what."""

    def __init__(self, pattern: str, **values: object) -> None:
        self.problem = Problem("", "", pattern, {name: str(value) for name, value in values.items()})
        super().__init__(self.problem.sentence)


@dataclass(frozen=True, slots=True)
class MonthRun:
    """What a run left: how many lines were paid, and how many rows have a problem. With problems it cannot be approved."""

    month: dt.date
    lines: int
    problems: int


def run_month(engine: Engine, plan: Plan, kept: Kept | None = None, given: Mapping[str, str] | None = None) -> MonthRun:
    """Compute the month of the engine's table `month`. Raises UnfitMonth where a table given does not fit the book.

    What an earlier run of the same month has `kept` is not made again. `given`: marks of the given tables that differ between
    these runs (`rules`, `history`), equal only where their rows are.
    """
    marks = marks_of(plan, given or {}) if kept is not None else {}
    standing = kept.standing(marks) if kept is not None else frozenset()
    if kept is not None:
        kept.begin({step.table for step in plan.steps} - standing)
    done = run_steps(engine, plan, lambda step: step.table not in standing)
    if kept is not None:
        kept.end(marks, plan, given or {})
    return done


def run_steps(engine: Engine, plan: Plan, wanted: Callable[[Step], bool], *, telling: bool = True) -> MonthRun:
    """The steps that are wanted, in their order. `telling`: whether given values beyond their bounds are written down."""
    _check_given(engine, plan)
    first = _first_day(engine)
    _whole_history(engine, plan)
    counted: dict[int, int] = {}
    for at, step in enumerate(plan.steps):
        if not wanted(step):
            continue
        _run(engine, plan, at, first, counted)
        if telling and step.table == "row_problem" and step.kind == "make":
            _report_outside(engine, plan, first)
        if is_walked(step.table):
            break_cycles(engine, step.table)
        if step.kind == "make" and " stage " in step.table:
            _check_rows(engine, plan, step, first)
    made = {step.table for step in plan.steps if wanted(step)}
    lines = engine.rows("line_amount") if "line_amount" in made else 0
    return MonthRun(first, lines, engine.rows("row_problem"))


def _first_day(engine: Engine) -> dt.date:
    rows = engine.connection.execute("select first_day, last_day from month").fetchall()
    if len(rows) != 1:
        raise UnfitMonth(_("The table month must have one row, it has %(count)s."), count=len(rows))
    first, last = rows[0]
    if first.day != 1 or last != window_day("last_day", first):
        raise UnfitMonth(
            _("The table month must hold a month's first and last day, not %(first)s and %(last)s."),
            first=first,
            last=last,
        )
    found: dt.date = first
    return found


def _days(names: frozenset[str], first: dt.date) -> dict[str, object]:
    return {name: window_day(name, first) for name in names if name != LEVEL}


def _run(engine: Engine, plan: Plan, at: int, first: dt.date, counted: dict[int, int]) -> None:
    step, run = plan.steps[at], engine.connection.execute
    if step.test is not None:
        if at not in counted:
            numbers, counts = plan.tests(at)
            counted.update(zip(numbers, run(counts).fetchall()[0], strict=True))
        if not counted[at]:
            return
    statement, asked = plan.text(at)
    days = _days(asked, first)
    if step.kind != "grow":
        run(statement, days)
        return
    for level in range(1, min(step.most or DEEPEST, DEEPEST) + 1):
        added = run(statement, {**days, LEVEL: level}).fetchall()
        if not added[0][0]:
            return


# -- what is given


def _columns(engine: Engine, table: str) -> dict[str, str] | None:
    try:
        return {row[0]: row[1] for row in engine.connection.execute(f'describe "{table}"').fetchall()}
    except duckdb.CatalogException:
        return None


def _check_given(engine: Engine, plan: Plan) -> None:
    for table, needs in plan.needs.items():
        have = _columns(engine, table)
        if have is None:
            raise UnfitMonth(_("The month needs the table %(table)s, which was not given."), table=table)
        for column, kind in needs.items():
            if column not in have:
                raise UnfitMonth(
                    _("The table %(table)s lacks the column %(column)s; there are %(columns)s."),
                    table=table, column=column, columns=", ".join(have),
                )  # fmt: skip
            _check_type(table, column, have[column], kind)
    _check_rules(engine)


def _check_type(table: str, column: str, found: str, kind: Type) -> None:
    if found in ("DOUBLE", "FLOAT"):
        raise UnfitMonth(
            _("%(table)s.%(column)s is %(kind)s; binary numbers are never exact, give a decimal."),
            table=table, column=column, kind=found,
        )  # fmt: skip
    if sql.is_numeric(kind) and found.startswith("DECIMAL"):
        decimals = int(found.rstrip(")").split(",")[1])
        if decimals > kind.decimals:
            raise UnfitMonth(
                _("%(table)s.%(column)s has %(decimals)s decimals, the book declares %(declared)s."),
                table=table, column=column, decimals=decimals, declared=kind.decimals,
            )  # fmt: skip


def _check_rules(engine: Engine) -> None:
    """Two variants for one institution on one day would pay everything twice."""
    twice = engine.connection.execute(
        """select one.institution_id, other.valid_from from rules one join rules other
           on one.institution_id = other.institution_id and one.valid_from <= other.valid_from
           and (one.valid_to is null or other.valid_from < one.valid_to)
           and (one.valid_from, one.variant) < (other.valid_from, other.variant) limit 1"""
    ).fetchall()
    for institution, day in twice:
        raise UnfitMonth(
            _("Institution %(institution)s has two sets of rules on %(day)s."), institution=institution, day=day
        )


def _whole_history(engine: Engine, plan: Plan) -> None:
    """`history` with every column that is read; one that earlier months lack is empty."""
    if not plan.history:
        return
    have = _columns(engine, "history")
    if have is None:
        raise UnfitMonth(_("The month needs the table %(table)s, which was not given."), table="history")
    listed = ["agent_id", "month"]
    for name, kind in plan.history.items():
        empty = sql.typed(sql.NULL.copy(), kind).sql("duckdb")
        listed.append(f'"{name}"' if name in have else f'{empty} as "{name}"')
    engine.connection.execute(f'create or replace view "history whole" as select {", ".join(listed)} from history')


def _report_outside(engine: Engine, plan: Plan, first: dt.date) -> None:
    """A given value outside its bounds is read as empty; it is a problem of its row, whatever the rules make of an empty cell."""
    for table in ("agent", *plan.variants.facts):
        fact = plan.variants.facts.get(table)
        key, agent, days = (fact.key, fact.agent, fact.month_of) if fact else ("agent_id", "agent_id", "")
        beyond = {
            name: f'"{name}" not between {kind.low:f} and {kind.high:f}'
            for name, kind in plan.needs[table].items() if sql.is_numeric(kind)
        }  # fmt: skip
        if not beyond:
            continue
        month = f'"{days}" between $first and $last and ' if days else ""
        told = ", ".join(
            f"""{{'element': '{table}.{name}', 'told': case when {outside} then "{name}"::varchar end}}"""
            for name, outside in beyond.items()
        )
        asked = {"first": first, "last": window_day("last_day", first)} if days else {}
        engine.connection.execute(  # the rows are read once, whatever the number of columns: nearly none of them is outside
            f"""insert into row_problem
                select '{table}', row_key, agent_id, outside.element, '', 0, 'bounds', outside.told
                from (select "{key}"::varchar as row_key, "{agent}" as agent_id, unnest([{told}]) as outside
                      from "{table}" where {month}({" or ".join(beyond.values())}))
                where outside.told is not null""",
            asked,
        )


def _check_rows(engine: Engine, plan: Plan, step: Step, first: dt.date) -> None:
    """A join that finds two rows would pay twice: a stage has as many rows as what it was made from."""
    grain = step.table.split(" stage ")[0]
    keys: Mapping[str, str] = {"agent": "agent", "team": "team", "institution": "institution base"}
    if grain in keys:
        expected = engine.rows(keys[grain])
    else:
        fact = plan.variants.facts[grain]
        month = f'"{fact.month_of}" between $first and $last' if fact.month_of else "true"
        days = {"first": first, "last": window_day("last_day", first)} if fact.month_of else {}
        row = engine.connection.execute(f'select count(*) from "{grain}" where {month}', days).fetchall()
        expected = row[0][0]
    if engine.rows(step.table) != expected:
        raise UnfitMonth(
            _("A row of %(grain)s met two rows elsewhere: a key is there twice in a table it refers to."), grain=grain
        )
