"""How names are found from a row: its own columns, its agent's, team's and institution's values, parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlglot import exp

from calc.rulebook import lookups, sql
from calc.rulebook.checked import Type
from calc.rulebook.days import months
from calc.rulebook.expression import cannot
from calc.rulebook.piece import Piece, Trouble, by_variant, settled
from calc.rulebook.plan import State
from calc.rulebook.problems import _
from calc.rulebook.relation import Relation
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Call, Name, Span
from calc.rulebook.variants import Group, Variants

KEYS = {"agent": "agent_id", "team": "team_id", "institution": "institution_id"}
RULE_VALUES = (
    "rule values"  # one row a variant: parameters that differ, and which version of each differing table holds
)


@dataclass(frozen=True)
class RowScope:
    """One row of a grain, called `r`, under the rules of some variants."""

    variants: Variants
    among: Group
    grain: str
    relation: Relation
    current: Mapping[str, str]
    states: Mapping[str, State]
    over_call: Callable[[RowScope, Call, Type], Piece]
    variant: Sql | None = None  # where a row's variant stands; None: `r.variant`
    element: str = ""
    already: Mapping[Span, Piece] = field(default_factory=dict)  # nodes that are columns of the row

    # -- names

    def name(self, node: Name, kind: Type) -> Piece:
        """What a name gives at this row."""
        if node.owner == "p":
            return self._parameter(node, kind)
        if node.owner == "month":
            return _month(node.name, kind)
        if node.owner == "agent":
            return self._agent_column(node, kind)
        if node.owner == "edge":
            return _edge(node.name, kind)
        if node.owner == "my":
            return self._my(node, kind)
        if node.owner:
            return self._fact_column(node, kind)
        grain = self.variants.grain(node.name)
        if grain == self.grain:
            return self.element_column(node.name, "r", kind, node.span.start)
        alias = self.coarser(grain)
        found = self.element_column(node.name, alias, kind, node.span.start)
        return self._of_another_row(found, sql.column(KEYS[grain], alias), node.span.start)

    def element_column(self, name: str, alias: str, kind: Type, start: int) -> Piece:
        """A measure's or formula's column, with what its emptiness means."""
        column = sql.column(name, alias)
        state = self.states[name]
        empty = sql.missing(column)
        result = self.variants.result(name)
        width = result.digits if sql.is_numeric(result) else 0
        broken = sql.both(empty, sql.column(f"{name}!", alias)) if state.has_mark else empty
        absent = sql.both(empty, sql.negated(sql.column(f"{name}!", alias))) if state.has_mark else empty
        piece = Piece(
            column, replace(kind, decimals=result.decimals) if width else kind, width,
            troubles=(Trouble(broken, "", start),) if state.may_fail else (),
            missing=(Trouble(absent, "missing", start),) if state.can_miss else (),
        )  # fmt: skip
        return settled(piece, kind)

    def _of_another_row(self, piece: Piece, key: Sql, start: int) -> Piece:
        """A value of the row's agent, team or institution, who may not be there at all."""
        there = sql.negated(sql.missing(key))
        return replace(
            piece,
            troubles=tuple(t.under(there) for t in piece.troubles),
            missing=(Trouble(sql.missing(key), "missing", start), *(t.under(there) for t in piece.missing)),
        )

    def coarser(self, grain: str) -> str:
        """The alias of the row of a coarser grain that this row belongs to."""
        key = KEYS[grain]
        if grain == "agent":
            fact = self.variants.facts[self.grain]
            own = sql.column(f"{self.grain}.{fact.agent}")
        elif self.grain in KEYS:
            own = sql.column(key)
        else:
            own = sql.column(key, self.coarser("agent"))
        return self.relation.join(
            ("grain", grain), self.current[grain], lambda alias: sql.equal(sql.column(key, alias), own)
        )

    def _agent_column(self, node: Name, kind: Type) -> Piece:
        alias = "r" if self.grain == "agent" else self.coarser("agent")
        return self._given(sql.column(f"agent.{node.name}", alias), self.variants.agent_type(node.name), kind, node)

    def _fact_column(self, node: Name, kind: Type) -> Piece:
        declared = self.variants.fact_type(node.owner, node.name)
        if node.owner == self.grain:
            return self._given(sql.column(f"{node.owner}.{node.name}"), declared, kind, node)
        fact = self.variants.facts[node.owner]
        holder = self.variants.facts[self.grain].refers[node.owner]
        alias = self.relation.join(
            ("fact", node.owner), node.owner,
            lambda alias: sql.equal(sql.column(fact.key, alias), sql.column(f"{self.grain}.{holder}")),
        )  # fmt: skip
        return self._given(guarded(sql.column(node.name, alias), declared), declared, kind, node)

    @staticmethod
    def _given(column: Sql, declared: Type, kind: Type, node: Name) -> Piece:
        width = declared.digits if sql.is_numeric(declared) else 0
        if width and (declared.low < kind.low or declared.high > kind.high):  # other rules declare more than these
            column, declared, width = guarded(column, kind), kind, kind.digits
        empty = Trouble(sql.missing(column), "missing", node.span.start, sql.text(node.written))
        return settled(Piece(column, declared, width, missing=(empty,)), kind)

    # -- rules

    @property
    def own_variant(self) -> Sql:
        return self.variant if self.variant is not None else sql.column("variant")

    def rule_value(self, column: str) -> Sql:
        """A parameter, or a table's version, that differs between variants."""
        alias = self.relation.join(
            "rules", RULE_VALUES, lambda alias: sql.equal(sql.column("variant", alias), self.own_variant)
        )
        return sql.column(column, alias)

    def _parameter(self, node: Name, kind: Type) -> Piece:
        values = self.variants.parameter(node.name, self.among)
        if len(values) == 1:
            value = values[0][1]
            if value is None:
                return Piece(
                    sql.NULL, kind, missing=(Trouble(sql.TRUE, "missing", node.span.start, sql.text(node.written)),)
                )
            return settled(constant(value, kind), kind)
        declared = lookups.cells_type(
            [value for _, value in self.variants.parameter(node.name, self.variants.all)], None
        )
        column = self.rule_value(f"p.{node.name}")
        empty = Trouble(sql.missing(column), "missing", node.span.start, sql.text(node.written))
        if not sql.is_numeric(kind):
            return Piece(column, kind, missing=(empty,))
        return settled(
            Piece(column, replace(kind, decimals=declared.decimals), declared.digits, missing=(empty,)), kind
        )

    def from_table(self, call: Call, arguments: list[Piece], kind: Type) -> Piece:
        """LOOKUP, BAND, TIER and TIER_AMOUNT."""
        node = call.arguments[0]
        assert isinstance(node, Name)
        name = node.owner or node.name
        versions = self.variants.table(name, self.among)
        if len(alike := lookups.read_alike(versions)) > 1:
            choices = [(group, replace(self, among=group).from_table(call, arguments, kind)) for group in alike]
            return by_variant(self.own_variant, choices, kind, self.variants.all)
        table = versions[0][1]
        at = lookups.position(call, table)
        if len(versions) == 1 and len(table.rows) <= lookups.INLINE_ROWS and all(map(lookups.is_plain, arguments)):
            row = lookups.inline(table, arguments, at)
        else:
            version = self._version(name)
            alias = self.relation.join(
                ("table", name, version, table.boundary, tuple(a.sql for a in arguments)), lookups.stored_name(name),
                lambda alias: lookups.join_condition(alias, table, arguments, version),
            )  # fmt: skip
            row = lookups.joined_row(self.variants, name, self.among, alias, at)
        return lookups.outcome(call, table, arguments, row, kind)

    def _version(self, name: str) -> Sql:
        everywhere = self.variants.table(name, self.variants.all)
        if len(self.variants.table(name, self.among)) > 1:
            return self.rule_value(f"table {name}")
        return sql.number(next(at for at, (group, _) in enumerate(everywhere) if self.among[0] in group))

    # -- other people

    def over(self, call: Call, kind: Type) -> Piece:
        """Functions over time and over people."""
        return self.over_call(self, call, kind)

    def _my(self, node: Name, kind: Type) -> Piece:
        alias = self.relation.join(
            "my", self.current["agent"], lambda alias: sql.equal(sql.column("agent_id", alias), sql.column("edge from"))
        )
        if self.variants.is_element(node.name):
            return self.element_column(node.name, alias, kind, node.span.start)
        return self._given(sql.column(f"agent.{node.name}", alias), self.variants.agent_type(node.name), kind, node)


def constant(value: object, kind: Type) -> Piece:
    """A parameter's value written into the statement."""
    if isinstance(value, Decimal):
        shown = sql.type_of_number(value)
        return Piece(sql.literal(value), replace(shown, unit=kind.unit), shown.digits)
    return Piece(sql.literal(value), kind)  # type: ignore[arg-type]


def guarded(column: Sql, kind: Type) -> Sql:
    """A given column in its declared type; what lies outside the declared bounds is empty."""
    if not sql.is_numeric(kind):
        return column
    return sql.case([(sql.within(column, kind), sql.typed(column, kind))])


def _month(name: str, kind: Type) -> Piece:
    first, last = sql.day("first_day"), sql.day("last_day")
    if name in ("first_day", "last_day"):
        return Piece(sql.day(name), kind)
    parts: dict[str, Sql] = {
        "days": exp.Day(this=last), "number": exp.Month(this=first), "year": exp.Year(this=first),
    }  # fmt: skip
    return Piece(sql.decimal(parts[name], max(4, kind.digits), 0), kind, max(4, kind.digits))


def _edge(name: str, kind: Type) -> Piece:
    width = max(4, kind.digits)
    if name == "depth":
        return Piece(sql.decimal(sql.column("edge depth"), width, 0), kind, width)
    passed = months(sql.column("edge since"), sql.day("last_day"))
    if name == "year":
        passed = exp.Add(
            this=sql.paren(exp.IntDiv(this=sql.paren(passed), expression=sql.number(12))), expression=sql.number(1)
        )
    if name not in ("months", "year"):
        raise cannot(_("An edge has no %(name)s."), name=name)
    empty = Trouble(sql.missing(sql.column("edge since")), "missing", 0)
    return Piece(sql.decimal(passed, width, 0), kind, width, missing=(empty,))
