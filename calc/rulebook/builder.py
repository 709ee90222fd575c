"""From checked variants to a plan: which elements are ready, stage by stage, and the statement each stage becomes.

A stage computes everything of one grain that its tables allow, in nested layers of one statement. Measures, and functions over
people, need finished rows of others: they are worked out between stages, into tables of their own that the next stage joins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Text, Type
from calc.rulebook.declared import COLUMNS_OF_A_MONTH
from calc.rulebook.expression import FROM_TABLES, OVER, PlanError, cannot, compiled
from calc.rulebook.piece import Piece, Trouble, any_holds, by_variant, settled
from calc.rulebook.plan import Plan, State, Step
from calc.rulebook.problems import _
from calc.rulebook.relation import Relation, everything
from calc.rulebook.reported import reported
from calc.rulebook.scope import KEYS, RowScope, guarded
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Expression, Name, children, walk
from calc.rulebook.variants import Group, Variants

if TYPE_CHECKING:
    from calc.rulebook.ways import Summed


@dataclass(frozen=True)
class Column:
    """A column a stage adds: an element, or a part of a line or ladder, worked out for each row."""

    name: str
    element: str
    part: str
    needs: frozenset[str]  # elements of any grain
    piece: Callable[[RowScope], Piece]
    kind: Type
    must: bool = False  # a missing value is a problem here
    limits: tuple[tuple[Group, Type], ...] = ()  # where variants declare bounds of their own


def plain_names(expression: Expression) -> frozenset[str]:
    """Names of elements, without those inside functions over people and those of tables and relations."""
    found: set[str] = set()
    match expression:
        case Name(owner="", name=name):
            found.add(name)
        case Call(function=function, arguments=arguments):
            if function in FROM_TABLES:
                arguments = arguments[1:]
            elif function in OVER - {"ROLLING_SUM", "QTD", "YTD", "RUNNING"}:
                arguments = ()
            for argument in arguments:
                found |= plain_names(argument)
        case _:
            for child in children(expression):
                found |= plain_names(child)
    return frozenset(found)


def calls_over(expression: Expression) -> list[Call]:
    """The functions over time and over people in an expression; none stands inside another."""
    return [node for node in walk(expression) if isinstance(node, Call) and node.function in OVER]


class Builder:
    """Collects steps. The rooms `sides` and `people` add theirs through it."""

    def __init__(self, variants: Variants) -> None:
        self.variants = variants
        self.steps: list[Step] = []
        self.current: dict[str, str] = {}
        self.states: dict[str, State] = {}
        self.finished: set[str] = set()
        self.sides: dict[object, str] = {}
        self.sums: dict[tuple[str, int, Group], list[tuple[Group, Summed]]] = {}
        self.history: dict[str, Type] = {}
        self.counts: dict[str, int] = {}
        self.carried: dict[str, frozenset[str]] = {}
        for name in (*variants.formulas, *variants.measures):
            if name in COLUMNS_OF_A_MONTH:
                raise cannot(
                    _("No element may be called %(name)s: the tables of a month have a column of that name."), name=name
                )

    @classmethod
    def of(cls, plan: Plan) -> Builder:
        """A builder that knows where a finished plan left everything."""
        builder = cls(plan.variants)
        builder.current.update(plan.current)
        builder.states.update(plan.states)
        builder.sides.update(plan.sides)
        builder.sums.update(plan.sums)
        builder.steps += plan.steps
        return builder

    # -- names of tables

    def fresh(self, what: str) -> str:
        """A name of a table no element can have."""
        self.counts[what] = self.counts.get(what, 0) + 1
        return f"{what} {self.counts[what]}"

    def sums_for(self, element: str, start: int, among: Group) -> list[tuple[Group, Summed]]:
        """The sums over people of a call, for the variants asked for."""
        return [
            (group, summed)
            for (of, at, _), found in self.sums.items() if of == element and at == start
            for group, summed in found if set(group) & set(among)
        ]  # fmt: skip

    def add(self, step: Step) -> None:
        self.steps.append(step)

    # -- scopes

    def scope(self, grain: str, relation: Relation, among: Group, element: str = "") -> RowScope:
        variant = sql.number(among[0]) if grain not in KEYS and len(self.variants.all) == 1 else None
        from calc.rulebook.people import over

        return RowScope(
            self.variants, among, grain, relation, self.current, self.states,
            lambda scope, call, kind: over(self, scope, call, kind), variant, element,
        )  # fmt: skip

    def text_piece(
        self, scope: RowScope, texts: list[tuple[Group, Text]], kind: Type, otherwise: Decimal | None = None
    ) -> Piece:
        """A text as it holds in each row's variant; where a variant has none there is the other value, or nothing."""
        choices = []
        for group, text in texts:
            piece = compiled(text.expression, text.types, replace(scope, among=group))
            choices.append(
                (group, settled(piece, replace(piece.type, decimals=max(piece.type.decimals, kind.decimals))))
            )
        without = self.variants.without(variant for group, _ in texts for variant in group)
        if without and scope.among == self.variants.all:
            choices.append((without, self._where_there_is_none(kind, otherwise)))
        if len(choices) == 1:
            return choices[0][1]
        merged = replace(
            choices[0][1].type, low=min(p.type.low for _, p in choices), high=max(p.type.high for _, p in choices),
            decimals=max(p.type.decimals for _, p in choices),
        )  # fmt: skip
        alike = [(group, settled(piece, replace(piece.type, decimals=merged.decimals))) for group, piece in choices]
        return by_variant(scope.own_variant, alike, merged, self.variants.all)

    @staticmethod
    def _where_there_is_none(kind: Type, otherwise: Decimal | None) -> Piece:
        """What holds at institutions whose rules do not have an element."""
        width = kind.digits if sql.is_numeric(kind) else 0
        if otherwise is not None:
            return Piece(sql.decimal(sql.number_text(otherwise), width, kind.decimals), kind, width)
        nothing = sql.typed(sql.NULL.copy(), kind)
        return Piece(nothing, kind, width, missing=(Trouble(sql.TRUE, "missing", 0),))

    # -- stages

    def base(self, fact: str, columns: Iterable[str], where: Sql | None) -> exp.Select:
        """The given rows of a fact with guarded, typed columns and each row's variant."""
        declared = self.variants.facts[fact]
        relation = Relation(fact)
        listed = {declared.key, declared.agent, *columns}
        selected: list[Sql] = []
        for name in sorted(listed):
            kind = self.variants.fact_type(fact, name) if name in declared.columns else None
            source = sql.column(name)
            selected.append(sql.named(guarded(source, kind) if kind else source, f"{fact}.{name}"))
        if len(self.variants.all) == 1:
            selected.append(sql.named(sql.number(self.variants.all[0]), "variant"))
        else:
            day = sql.column(declared.rules_of) if declared.rules_of else sql.day("last_day")
            selected.append(sql.named(rules_join(relation, sql.column(declared.institution), day), "variant"))
        return relation.select(selected, where)

    def month_filter(self, fact: str, window: str = "month", ago: int = 0) -> Sql | None:
        declared = self.variants.facts[fact]
        if not declared.month_of:
            return None
        day = sql.column(declared.month_of)
        upto = exp.LTE(this=day, expression=sql.day(f"{window}_{ago}_to"))
        if window == "all":
            return upto
        return sql.both(exp.GTE(this=day, expression=sql.day(f"{window}_{ago}_from")), upto)

    def source(self, grain: str) -> Relation:
        """The rows of a grain as they stand."""
        if grain in self.current:
            return Relation(self.current[grain])
        return Relation(self.base(grain, self.fact_columns(grain), self.month_filter(grain)))

    def fact_columns(self, fact: str, of: frozenset[str] | None = None) -> frozenset[str]:
        """Columns of a fact that texts at its grain name (those of some elements), its references included."""
        declared = self.variants.facts[fact]
        found: set[str] = set()
        for checked in self.variants.books.values():
            for text in checked.texts.values():
                if text.grain != fact or (of is not None and text.element not in of):
                    continue
                for node in walk(text.expression):
                    if isinstance(node, Name) and node.owner == fact:
                        found.add(node.name)
                    elif isinstance(node, Name) and node.owner in declared.refers:
                        found.add(declared.refers[node.owner])
                    elif isinstance(node, Call) and node.function == "RUNNING":
                        found.add(declared.month_of)
        return frozenset(found)

    def stage(self, grain: str, columns: list[Column]) -> None:
        """One statement that adds columns to a grain's rows, in as many layers as they need each other."""
        relation = self.source(grain)
        problems: list[Step] = []
        name = self.fresh(f"{grain} stage")
        waiting = list(columns)
        added: set[str] = set()
        while waiting:
            inside = {column.name for column in waiting}
            ready = [column for column in waiting if not (column.needs & inside)]
            if not ready:
                raise cannot(_("%(name)s needs itself in some variant."), name=waiting[0].element)
            relation = self._layer(grain, relation, ready, name, problems)
            added |= {column.name for column in ready}
            waiting = [column for column in waiting if column.name not in added]
        self.add(Step("make", name, self._kept(grain, relation, added)))
        self.steps += problems
        self.current[grain] = name
        self.finished |= added

    def _kept(self, grain: str, relation: Relation, added: set[str]) -> exp.Select:
        """All columns of a stage; of a fact's only those that something later reads: facts are many."""
        if grain in KEYS:
            return relation.select([everything()])
        fact = self.variants.facts[grain]
        elements = [
            name for name in (*self.variants.formulas, *self.variants.measures)
            if self.variants.grain(name) == grain and (name in added or name in self.finished)
        ]  # fmt: skip
        listed = [f"{grain}.{fact.key}", f"{grain}.{fact.agent}", "variant", *elements]
        listed += [f"{name}!" for name in elements if self.states[name].has_mark]
        listed += sorted(f"{grain}.{name}" for name in self._read_later(grain, added) - {fact.key, fact.agent})
        return relation.select([sql.named(sql.column(name), name) for name in listed])

    def _read_later(self, fact: str, added: set[str]) -> frozenset[str]:
        """A fact's columns in texts that are not worked out yet."""
        done = self.finished | added
        months = {m.name for m in self.variants.measures.values() if m.window == "month" and m.ago == 0}
        waiting = (months | set(self.variants.formulas)) - done
        return self.fact_columns(fact, frozenset(waiting))

    def _layer(self, grain: str, source: Relation, columns: list[Column], name: str, problems: list[Step]) -> Relation:
        """One layer: the values, then, where bounds or decimals ask for it, the values within bounds."""
        again = source.over(name) if grain in KEYS else source  # a finished table has all columns its layers read
        raw: list[Sql] = [everything()]
        second: list[tuple[Column, Piece]] = []
        pieces = []
        for column in columns:
            try:
                piece = column.piece(self.scope(grain, source, self.variants.all, column.element))
            except PlanError as problem:
                raise problem.at(column.element, column.part) from None
            if column.must:
                piece = replace(piece, troubles=(*piece.troubles, *piece.missing), missing=())
            pieces.append((column, piece))
        for column, piece in pieces:
            bounded = all(fits(piece, kind) for _, kind in column.limits or [((), column.kind)])
            self._note(column, piece, bounded)
            shown = settled_as(piece, column.kind) if bounded else piece.sql
            raw.append(sql.named(shown, column.name if bounded else f"{column.name}~"))
            if self.states[column.name].has_mark:
                marks = sql.function("COALESCE", any_holds(piece.troubles), sql.FALSE) if piece.troubles else sql.FALSE
                raw.append(sql.named(marks, f"{column.name}!"))
            empty = sql.column(column.name) if bounded and grain in KEYS else piece.sql
            problems += self._problems(grain, again, column, piece.troubles, sql.missing(empty), name)
            if not bounded:
                second.append((column, piece))
        layer = Relation(source.select(raw))
        return self._bounds(grain, layer, again, second, name, problems) if second else layer

    def _bounds(
        self,
        grain: str,
        source: Relation,
        again: Relation,
        columns: list[tuple[Column, Piece]],
        name: str,
        problems: list[Step],
    ) -> Relation:
        """Values beyond their bounds become empty; `again` is where a person's value is worked out once more to be told."""
        added: list[Sql] = []
        dropped: list[str] = []
        for column, piece in columns:
            value = sql.column(f"{column.name}~")
            inside = self._inside(value, column)
            kept_value = sql.typed(value, column.kind) if sql.is_numeric(column.kind) else value
            added.append(sql.named(sql.case([(inside, kept_value)]), column.name))
            dropped.append(f"{column.name}~")
            if self.states[column.name].has_mark:
                dropped.append(f"{column.name}!")
                beyond = sql.function("COALESCE", sql.negated(inside), sql.FALSE)
                added.append(sql.named(sql.either([sql.column(f"{column.name}!"), beyond]), f"{column.name}!"))
            told = sql.paren(piece.sql) if grain in KEYS else value
            outside = sql.negated(self._inside(told, column))
            trouble = Trouble(outside, "bounds", 0, sql.as_text(told))
            rows = again if grain in KEYS else source
            problems += self._problems(grain, rows, column, (trouble,), outside, name)
        kept = exp.Column(
            this=exp.Star(except_=[exp.to_identifier(name, quoted=True) for name in dropped]),
            table=exp.to_identifier("r", quoted=True),
        )
        return Relation(source.select([kept, *added]))

    def _inside(self, value: Sql, column: Column) -> Sql:
        """Whether a value lies in the bounds that the row's rules declare."""
        if len(column.limits) < 2:
            return sql.within(value, column.limits[0][1] if column.limits else column.kind)
        own = sql.column("variant")
        return sql.either([
            sql.both(exp.In(this=own, expressions=[sql.number(v) for v in group]), sql.within(value, kind))
            for group, kind in column.limits
        ])  # fmt: skip

    def _note(self, column: Column, piece: Piece, bounded: bool) -> None:
        self.states[column.name] = State(bool(piece.troubles) or not bounded, bool(piece.missing))

    def row_identity(self, grain: str) -> tuple[Sql, Sql]:
        """A row's key as text, and its agent."""
        if grain in KEYS:
            key = sql.column(KEYS[grain])
            return sql.as_text(key), key if grain == "agent" else sql.NULL
        fact = self.variants.facts[grain]
        return sql.as_text(sql.column(f"{grain}.{fact.key}")), sql.column(f"{grain}.{fact.agent}")

    def _problems(
        self, grain: str, relation: Relation, column: Column, troubles: tuple[Trouble, ...], where: Sql, made: str
    ) -> list[Step]:
        if not any(t.reason for t in troubles):
            return []
        empty = (
            exp.select(exp.Count(this=exp.Star()))
            .from_(sql.table(made))
            .where(sql.missing(sql.column(column.name, made)))
        )
        return [self.report(grain, relation, column.element, column.part, troubles, where, empty)]

    def report(
        self, grain: str, relation: Relation, element: str, part: str, troubles: tuple[Trouble, ...], where: Sql,
        test: exp.Select | None,
    ) -> Step:  # fmt: skip
        """The statement that writes down why rows have no value; the first trouble that holds is the one."""
        made = partial(reported, grain, self.row_identity(grain), relation, element, part, troubles, where)
        return Step("add", "row_problem", made, test)


def fits(piece: Piece, kind: Type) -> bool:
    """Whether every value a piece can have lies in the bounds of a column."""
    return not sql.is_numeric(kind) or (piece.type.low >= kind.low and piece.type.high <= kind.high)


def settled_as(piece: Piece, kind: Type) -> Sql:
    """A value in its column's type."""
    if sql.is_numeric(kind) and (piece.width != kind.digits or piece.type.decimals != kind.decimals):
        if piece.type.decimals > kind.decimals:
            raise cannot(_("A value has more decimals than its column; round it."))
        return sql.decimal(piece.sql, kind.digits, kind.decimals)
    return piece.sql


def rules_join(relation: Relation, institution: Sql, day: Sql) -> Sql:
    """A row's variant, by its institution and a day."""

    def holds(alias: str) -> Sql:
        until = sql.column("valid_to", alias)
        return sql.both(
            sql.equal(sql.column("institution_id", alias), institution),
            exp.LTE(this=sql.column("valid_from", alias), expression=day),
            sql.paren(sql.either([sql.missing(until), exp.GT(this=until, expression=day)])),
        )

    return sql.column("variant", relation.join(("rules at", institution, day), "rules", holds))
