"""`compile_plan`: the order of a month, from what is given to what is paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from sqlglot import exp

from calc.rulebook import lookups, sql
from calc.rulebook.agreement import agreed
from calc.rulebook.builder import Builder, Column, calls_over, plain_names, rules_join
from calc.rulebook.checked import Checked, Text, Type
from calc.rulebook.earlier import OVER_TIME, make_past
from calc.rulebook.elements import Unit
from calc.rulebook.expression import PlanError, cannot
from calc.rulebook.outputs import ladder_columns, ladder_moves, line_columns, lines, value_tables
from calc.rulebook.people import make_sum
from calc.rulebook.piece import Trouble
from calc.rulebook.plan import Plan, Step
from calc.rulebook.problems import _
from calc.rulebook.relation import Relation
from calc.rulebook.scope import KEYS, RULE_VALUES, guarded
from calc.rulebook.sides import aggregated, measure_piece
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Expression, Name, walk
from calc.rulebook.variants import Group, Variants

PROBLEM_COLUMNS = ("grain", "row_key", "agent_id", "element", "part", "start", "reason", "detail")


def compile_plan(variants: Mapping[int, Checked]) -> Plan:
    """The plan of a month under these variants. Raises PlanError where something cannot be computed exactly."""
    together, problems = agreed(variants)
    if problems:
        raise PlanError(problems[0])
    builder = Builder(Variants(together))
    _problem_table(builder)
    _bases(builder)
    columns = _columns(builder)
    make_past(builder, [call for _, _, _, call in _calls(columns) if call.function in OVER_TIME])
    _stages(builder, columns)
    lines(builder)
    ladder_moves(builder)
    value_tables(builder)
    builder.steps[:0] = _rule_tables(builder)
    return Plan(
        builder.variants, tuple(builder.steps), _needs(builder.variants), dict(builder.history),
        dict(builder.current), dict(builder.states), dict(builder.sides), dict(builder.sums),
    )  # fmt: skip


# -- what is given


def _problem_table(builder: Builder) -> None:
    """Starts empty, with the type that the agents' ids have."""
    texts = {"grain", "row_key", "element", "part", "reason", "detail"}
    listed: list[Sql] = []
    for name in PROBLEM_COLUMNS:
        value = (
            sql.column(name)
            if name == "agent_id"
            else sql.cast(sql.text("") if name in texts else sql.number(0), "text" if name in texts else "int")
        )
        listed.append(sql.named(value, name))
    builder.add(Step("make", "row_problem", Relation("agent").select(listed, sql.FALSE)))


def _bases(builder: Builder) -> None:
    """Agents, teams and institutions of the month with their variants."""
    relation = Relation("agent")
    columns = [sql.named(sql.column(c), c) for c in ("agent_id", "team_id", "institution_id")]
    for name in builder.variants.agent:
        columns.append(sql.named(guarded(sql.column(name), builder.variants.agent_type(name)), f"agent.{name}"))
    columns.append(sql.named(rules_join(relation, sql.column("institution_id"), sql.day("last_day")), "variant"))
    builder.add(Step("make", "agent base", relation.select(columns)))
    builder.current["agent"] = "agent base"
    _report_no_rules(builder)
    grains = {builder.variants.grain(n) for n in (*builder.variants.formulas, *builder.variants.measures)}
    if "team" in grains:
        relation = Relation("team")
        columns = [sql.named(sql.column(c), c) for c in ("team_id", "leader_id", "institution_id")]
        columns.append(sql.named(rules_join(relation, sql.column("institution_id"), sql.day("last_day")), "variant"))
        builder.add(Step("make", "team base", relation.select(columns)))
        builder.current["team"] = "team base"
    if "institution" in grains:
        _institutions(builder)


def _institutions(builder: Builder) -> None:
    both = [
        exp.select(sql.named(sql.column("institution_id"), "institution_id")).from_(sql.table(table, "r"))
        .where(sql.negated(sql.missing(sql.column("institution_id")))) for table in ("agent", "team")
    ]  # fmt: skip
    placed = exp.select(sql.named(sql.column("institution_id", "u"), "institution_id")).from_(
        exp.Union(this=both[0], expression=both[1], distinct=True).subquery(exp.to_identifier("u", quoted=True))
    )
    relation = Relation(placed)
    variant = rules_join(relation, sql.column("institution_id"), sql.day("last_day"))
    columns = [sql.named(sql.column("institution_id"), "institution_id"), sql.named(variant, "variant")]
    builder.add(Step("make", "institution base", relation.select(columns)))
    builder.current["institution"] = "institution base"


def _report_no_rules(builder: Builder) -> None:
    """An agent whose institution has none of these variants gets nothing, and a problem that says so."""
    relation = Relation("agent base")
    variant = sql.column("variant")
    known = exp.In(this=variant, expressions=[sql.number(v) for v in builder.variants.all])
    without = sql.either([sql.missing(variant), sql.negated(known)])
    detail = sql.function("COALESCE", sql.as_text(sql.column("institution_id")), sql.text(""))
    trouble = Trouble(without, "no rules", 0, detail)
    builder.add(builder.report("agent", relation, "", "", (trouble,), without, None))


def _rule_tables(builder: Builder) -> list[Step]:
    """The tables of the book that statements join, and what differs between variants, one row a variant."""
    read = {
        table.name for step in builder.steps if not callable(step.query) for table in step.query.find_all(exp.Table)
    }
    variants = builder.variants
    names = dict.fromkeys(name for checked in variants.books.values() for name in checked.book.tables)
    steps = [
        Step("make", lookups.stored_name(n), lookups.store(variants, n))
        for n in names
        if lookups.stored_name(n) in read
    ]
    if RULE_VALUES in read:
        steps.append(Step("make", RULE_VALUES, _rule_values(variants)))
    return steps


def _rule_values(variants: Variants) -> exp.Select | exp.Union:
    parameters = [
        name for name in dict.fromkeys(n for c in variants.books.values() for n in c.book.parameters)
        if len(variants.parameter(name, variants.all)) > 1
    ]  # fmt: skip
    tables = [
        name for name in dict.fromkeys(n for c in variants.books.values() for n in c.book.tables)
        if len(variants.table(name, variants.all)) > 1
    ]  # fmt: skip
    rows = []
    for variant, checked in variants.books.items():
        columns = [sql.named(sql.number(variant), "variant")]
        for name in parameters:
            values = [value for _, value in variants.parameter(name, variants.all)]
            quantity = checked.book.parameters[name].quantity
            kind = lookups.cells_type(values, quantity)
            columns.append(sql.named(sql.typed(lookups.cell(checked.book.parameters[name].value), kind), f"p.{name}"))
        for name in tables:
            versions = variants.table(name, variants.all)
            at = next(at for at, (group, _) in enumerate(versions) if variant in group)
            columns.append(sql.named(sql.number(at), f"table {name}"))
        rows.append(exp.select(*columns))
    whole: exp.Select | exp.Union = rows[0]
    for row in rows[1:]:
        whole = exp.Union(this=whole, expression=row, distinct=False)
    return whole


def _needs(variants: Variants) -> dict[str, dict[str, Type]]:
    """The columns of given tables, with the types they must fit."""
    key, date = Type(Unit.KEY), Type(Unit.DATE)
    found: dict[str, dict[str, Type]] = {
        "month": {"first_day": date, "last_day": date},
        "agent": {name: variants.agent_type(name) for name in variants.agent},
        "team": {"team_id": key, "leader_id": key, "institution_id": key},
        "relation": {"kind": Type(Unit.TEXT), "from_id": key, "to_id": key, "since": date},
        "rules": {"institution_id": key, "valid_from": date, "valid_to": date, "variant": key},
    }
    for name, fact in variants.facts.items():
        used = {fact.key, *fact.columns}
        grains = {f.grain for f in variants.formulas.values()} | {m.of for m in variants.measures.values()}
        if name in grains:
            used |= {c for c in (fact.agent, fact.month_of, fact.rules_of) if c}
            if len(variants.all) > 1:
                used.add(fact.institution)
        found[name] = {c: variants.fact_type(name, c) if c in fact.columns else key for c in used}
    return found


# -- what is worked out


def _columns(builder: Builder) -> dict[str, tuple[str, Column, list[tuple[Group, Text]]]]:
    """Everything that becomes a column, by name, with its grain and its texts."""
    variants = builder.variants
    found: dict[str, tuple[str, Column, list[tuple[Group, Text]]]] = {}
    for name, measure in variants.measures.items():
        column = Column(
            name, name, "expression", frozenset(), partial(measure_piece, builder, name=name), variants.result(name),
            limits=tuple(variants.limits(name)),
        )  # fmt: skip
        texts = [*variants.texts(name, "where"), *variants.texts(name, "expression")]
        found[name] = (measure.grain, column, texts)
    for name, formula in variants.formulas.items():
        texts = variants.texts(name, "expression")
        kind = variants.result(name)
        needs = _named(variants, (plain_names(text.expression) for _, text in texts))
        column = Column(
            name, name, "expression", needs,
            partial(builder.text_piece, texts=texts, kind=kind), kind, limits=tuple(variants.limits(name)),
        )  # fmt: skip
        found[name] = (formula.grain, column, texts)
    for column in (*line_columns(builder), *ladder_columns(builder)):
        texts = variants.texts(column.element, column.part) if column.part in ("cap", "hold", "release") else []
        found[column.name] = ("agent", column, texts)
    return found


def _named(variants: Variants, names: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset(name for some in names for name in some if variants.is_element(name))


Columns = dict[str, tuple[str, Column, list[tuple[Group, Text]]]]


def _calls(columns: Columns) -> list[tuple[str, Group, Text, Call]]:
    return [
        (name, group, text, call)
        for name, (_, _, texts) in columns.items()
        for group, text in texts
        for call in calls_over(text.expression)
    ]


def _stages(builder: Builder, columns: Columns) -> None:
    """Measures and sums as soon as their rows are finished, then the columns others wait for; facts first.

    A stage of people copies what the stages before it made, so what nobody waits for is left to the last one.
    """
    variants = builder.variants
    sums = [item for item in _calls(columns) if item[3].function not in OVER_TIME]
    measures = list(variants.measures)
    waiting = dict(columns)
    while waiting:
        before = len(waiting), len(sums), len(measures)
        measures = _measure(builder, measures, {name for name, _, _, _ in sums})
        sums = _sum(builder, sums)
        pending = {name for name, _, _, _ in sums} | set(measures)
        wanted = _wanted(builder, columns, measures, sums)
        grain = _grain_ready(builder, waiting, pending, wanted)
        for name in grain[1]:
            del waiting[name]
        if grain[1]:
            builder.stage(grain[0], [columns[name][1] for name in grain[1]])
        if before == (len(waiting), len(sums), len(measures)):
            raise cannot(_("%(name)s needs itself in some variant."), name=next(iter(waiting)))


def _wanted(
    builder: Builder, columns: Columns, measures: list[str], sums: list[tuple[str, Group, Text, Call]]
) -> frozenset[str]:
    """What waiting measures and sums need, directly or not."""
    texts = [
        text for name in measures for part in ("where", "expression") for _, text in builder.variants.texts(name, part)
    ]
    read = [_read(builder, text.expression) for text in texts]
    read += [_read(builder, argument) for _, _, _, call in sums for argument in call.arguments]
    pending = [name for names in read for name in names]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found and name in columns:
            found.add(name)
            pending += columns[name][1].needs
            pending += [other for _, text in columns[name][2] for other in _read(builder, text.expression)]
    return frozenset(found)


def _grain_ready(
    builder: Builder, waiting: Columns, pending: set[str], wanted: frozenset[str]
) -> tuple[str, list[str]]:
    """The first grain, facts before people, of which something wanted can be worked out; else of which anything can."""
    of_people = {name for name, (grain, _, _) in waiting.items() if grain in KEYS}
    for left_for_later in (of_people - wanted, frozenset[str]()):
        found = _first_ready(builder, waiting, pending | left_for_later)
        if found[1]:
            return found
    return "", []


def _first_ready(builder: Builder, waiting: Columns, pending: set[str]) -> tuple[str, list[str]]:
    """The first grain, facts before people, of which something can be worked out, with all of it that can."""
    grains = dict.fromkeys([*builder.variants.facts, "institution", "team", "agent"])
    for grain in grains:
        ready: set[str] = set()
        grown = True
        while grown:
            more = {
                name
                for name, (of, column, _) in waiting.items()
                if of == grain and name not in ready and name not in pending
                and all(need in builder.finished or need in ready for need in column.needs)
            }  # fmt: skip
            grown = bool(more)
            ready |= more
        if ready:
            return grain, [name for name in waiting if name in ready]
    return "", []


def _read(builder: Builder, expression: Expression) -> set[str]:
    """The elements an expression names, of whomever."""
    names = {node.name for node in walk(expression) if isinstance(node, Name) and node.owner in ("", "my")}
    return {name for name in names if builder.variants.is_element(name)}


def _finished(builder: Builder, expression: Expression) -> bool:
    return _read(builder, expression) <= builder.finished


def _measure(builder: Builder, measures: list[str], pending: set[str]) -> list[str]:
    """Aggregate what can be; gives back what has to wait, the `pending` whose own sums are not made among it."""
    variants = builder.variants
    groups: dict[tuple[object, ...], list[str]] = {}
    waiting = []
    for name in measures:
        measure = variants.measures[name]
        texts = [text for part in ("where", "expression") for _, text in variants.texts(name, part)]
        ready = name not in pending and all(_finished(builder, text.expression) for text in texts)
        if not ready or _stage_to_come(builder, name):
            waiting.append(name)
            continue
        groups.setdefault((measure.of, measure.grain, measure.window, measure.ago), []).append(name)
    for names in groups.values():
        aggregated(builder, names)
    return waiting


def _stage_to_come(builder: Builder, name: str) -> bool:
    """Whether this month's rows of a fact are yet to be made, so that they are read once and not twice."""
    measure = builder.variants.measures[name]
    if measure.of in KEYS or measure.of in builder.current or measure.window != "month" or measure.ago:
        return False
    formulas = [f for f in builder.variants.formulas.values() if f.grain == measure.of]
    return any(_starts(builder, f.name) for f in formulas)


def _starts(builder: Builder, formula: str) -> bool:
    """Whether a fact's formula needs nothing that is worked out elsewhere first."""
    texts = builder.variants.texts(formula, "expression")
    names = {n for _, text in texts for n in plain_names(text.expression) if builder.variants.is_element(n)}
    return all(
        n in builder.finished or (builder.variants.grain(n) == builder.variants.grain(formula) and _starts(builder, n))
        for n in names
    )


def _sum(builder: Builder, sums: list[tuple[str, Group, Text, Call]]) -> list[tuple[str, Group, Text, Call]]:
    waiting = []
    for name, group, text, call in sums:
        if all(_finished(builder, argument) for argument in call.arguments):
            try:
                make_sum(builder, name, group, text, call)
            except PlanError as problem:
                raise problem.at(text.element, text.part) from None
        else:
            waiting.append((name, group, text, call))
    return waiting
