"""What a name in an expression stands for, and whether it may be named there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from calc.rulebook.checked import Type
from calc.rulebook.elements import AGENT_COLUMNS, EDGE_COLUMNS, MONTH_COLUMNS, Book, Formula, Measure, Quantity, Table
from calc.rulebook.names import OWNERS, closest
from calc.rulebook.problems import _
from calc.rulebook.syntax import Name, Span
from calc.rulebook.units import Mistake, type_of

COARSENESS: Mapping[str, int] = {"agent": 1, "team": 2, "institution": 3}  # a fact's grain is finer: 0
MAY_BE_EMPTY = frozenset({"team_id"})  # of the agent's fixed columns


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: at whose rows it is worked out, and what it may name there."""

    book: Book
    grain: str
    results: Mapping[str, Type]  # of measures and formulas that are typed already
    other_person: str = ""  # the function over people inside whose argument we are
    with_edge: bool = False  # `edge.` and `my.` may be named: in the argument of DIRECT, DOWNLINE, GENERATION
    earlier_months: bool = False  # rows of other months are looked at: only their columns are known

    def element(self, name: str) -> Measure | Formula | None:
        """A measure or formula by its name."""
        return self.book.measures.get(name) or self.book.formulas.get(name)


def type_of_name(node: Name, scope: Scope) -> Type | None:
    """The type of what is named; None where that has a problem of its own. Raises Mistake."""
    match node.owner:
        case "":
            return _element(node, scope)
        case "p":
            if node.name not in scope.book.parameters:
                unknown(node, (f"p.{name}" for name in scope.book.parameters), _NO_PARAMETER, _NO_PARAMETER_LIKE)
            return type_of(scope.book.parameters[node.name].quantity)
        case "month":
            return _column(node, MONTH_COLUMNS)
        case "agent":
            return _agent(node, scope)
        case "edge":
            if not scope.with_edge:
                raise Mistake(_("edge.%(name)s stands only inside DIRECT, DOWNLINE and GENERATION."), name=node.name)
            return _column(node, EDGE_COLUMNS)
        case "my":
            return _my(node, scope)
        case "team" | "institution":
            raise Mistake(
                _("A %(owner)s has no columns: name a measure or formula of the grain %(owner)s, without a point."),
                owner=node.owner,
            )
        case _:
            return _fact(node, scope)


_NO_PARAMETER = _("There is no parameter %(name)s. Add it to the parameters, or correct the name.")
_NO_PARAMETER_LIKE = _("There is no parameter %(name)s; did you mean %(closest)s?")
_NO_COLUMN = _("%(owner)s has no column %(column)s; it has %(columns)s.")
_NO_COLUMN_LIKE = _("%(owner)s has no column %(column)s; did you mean %(closest)s?")


def unknown(node: Name, known: Iterable[str], without: str, like: str) -> NoReturn:
    """Nothing is called so. Raises Mistake with the name that was probably meant."""
    meant = closest(node.written, known)
    if meant:
        raise Mistake(like, name=node.written, closest=meant)
    raise Mistake(without, name=node.written)


def _element(node: Name, scope: Scope) -> Type | None:
    book, element = scope.book, scope.element(node.name)
    if element is None:
        _unknown_element(node, book)
    if scope.earlier_months:
        raise Mistake(
            _("%(name)s is known only in the month that is computed: a measure of it has the window month and ago 0. "
              "Use ROLLING_SUM, QTD, YTD or PRIOR in an agent's formula."),
            name=node.name,
        )  # fmt: skip
    if scope.other_person and element.grain != "agent":
        raise Mistake(
            _("Inside %(function)s only agents' values are named, and %(name)s is a value of each %(grain)s."),
            function=scope.other_person, name=node.name, grain=element.grain,
        )  # fmt: skip
    _check_grain(node, element.grain, scope)
    found = scope.results.get(node.name)
    if found is not None and element.grain == "team" and scope.grain != "team":
        return Type(found.unit, found.low, found.high, found.decimals, True)  # who is in no team has no value of one
    return found


def _unknown_element(node: Name, book: Book) -> NoReturn:
    if node.name in book.tables:
        raise Mistake(_("%(name)s is a table: it is read by LOOKUP, BAND, TIER or TIER_AMOUNT."), name=node.name)
    if node.name in book.parameters:
        raise Mistake(_("%(name)s is a parameter: write p.%(name)s."), name=node.name)
    if node.name in book.facts or node.name in OWNERS:
        raise Mistake(_("%(name)s needs a column, as in %(name)s.amount."), name=node.name)
    if node.name in book.relations:
        raise Mistake(_("%(name)s is a relation: it stands only as the second argument of GENERATION."), name=node.name)
    parameters = {f"p.{name}" for name in book.parameters}
    columns = {f"{fact.name}.{column}" for fact in book.facts.values() for column in fact.columns}
    owned = [one for one in sorted(parameters | columns) if one.split(".")[1] == node.name]
    if owned:
        raise Mistake(
            _("There is no %(name)s without a point before it; did you mean %(owned)s?"), name=node.name, owned=owned[0]
        )
    unknown(
        node, [*book.measures, *book.formulas, *parameters],
        _("There is no measure or formula %(name)s. Add one of that name, or correct the name."),
        _("There is no measure or formula %(name)s; did you mean %(closest)s?"),
    )  # fmt: skip


def _check_grain(node: Name, grain: str, scope: Scope) -> None:
    if grain == scope.grain:
        return
    finer, own = COARSENESS.get(grain, 0), COARSENESS.get(scope.grain, 0)
    if finer < own:
        raise Mistake(
            _("%(name)s has a value for each %(finer)s, and this is worked out for each %(own)s: make a measure that sums it."),
            name=node.name, finer=grain, own=scope.grain,
        )  # fmt: skip
    if finer == own:
        raise Mistake(
            _("%(name)s has a value for each %(other)s, and this is worked out for each %(own)s: facts do not name each other's "
              "formulas, only columns of a fact they refer to."),
            name=node.name, other=grain, own=scope.grain,
        )  # fmt: skip


def _column(node: Name, columns: Mapping[str, Quantity], can_miss: bool = False) -> Type:
    if node.name not in columns:
        meant = closest(node.name, columns)
        if meant:
            raise Mistake(_NO_COLUMN_LIKE, owner=node.owner, column=node.name, closest=f"{node.owner}.{meant}")
        raise Mistake(_NO_COLUMN, owner=node.owner, column=node.name, columns=", ".join(columns))
    return type_of(columns[node.name], can_miss)


def _agent(node: Name, scope: Scope) -> Type:
    if COARSENESS.get(scope.grain, 0) > 1:
        raise Mistake(
            _("agent.%(name)s is a column of each agent, and this is worked out for each %(own)s: make a measure of it."),
            name=node.name, own=scope.grain,
        )  # fmt: skip
    if scope.earlier_months:
        raise Mistake(
            _("agent.%(name)s is known only in the month that is computed, and this measure looks at other months."),
            name=node.name,
        )
    return _column(node, {**AGENT_COLUMNS, **scope.book.agent}, node.name in MAY_BE_EMPTY)


def _my(node: Name, scope: Scope) -> Type | None:
    if not scope.with_edge:
        raise Mistake(
            _("my.%(name)s, the receiving agent's value, stands only inside DIRECT, DOWNLINE and GENERATION; elsewhere write "
              "the name alone."),
            name=node.name,
        )  # fmt: skip
    element = scope.element(node.name)
    if element is not None and element.grain != "agent":
        raise Mistake(
            _("my.%(name)s is not an agent's value, but one of each %(grain)s."), name=node.name, grain=element.grain
        )
    if element is not None:
        return scope.results.get(node.name)
    columns = {**AGENT_COLUMNS, **scope.book.agent}
    if node.name in columns:
        return type_of(columns[node.name], node.name in MAY_BE_EMPTY)
    elements: list[Measure | Formula] = [*scope.book.measures.values(), *scope.book.formulas.values()]
    agents = [one.name for one in elements if one.grain == "agent"]
    unknown(
        node, (f"my.{name}" for name in (*agents, *columns)),
        _("An agent has no value or column for %(name)s. Add a formula of that name, or correct it."),
        _("An agent has no value or column for %(name)s; did you mean %(closest)s?"),
    )  # fmt: skip


def _fact(node: Name, scope: Scope) -> Type:
    facts = scope.book.facts
    if node.owner not in facts:
        _no_fact(node, scope)
    fact, own = facts[node.owner], facts.get(scope.grain)
    if node.owner == scope.grain:
        return _column(node, fact.columns, node.name in fact.optional)
    if own is None:
        raise Mistake(
            _("%(name)s is a column of each %(fact)s, and this is worked out for each %(own)s: make a measure of it."),
            name=node.written, fact=node.owner, own=scope.grain,
        )  # fmt: skip
    if node.owner not in own.refers:
        raise Mistake(
            _("A %(own)s does not refer to a %(other)s, so %(name)s is not known here: declare what %(own)s refers to."),
            own=scope.grain, other=node.owner, name=node.written,
        )  # fmt: skip
    return _column(node, fact.columns, True)  # the row that is referred to may not be there


def _no_fact(node: Name, scope: Scope) -> NoReturn:
    if node.owner in scope.book.tables:
        raise Mistake(_("%(name)s names a table: it is read by LOOKUP, BAND, TIER or TIER_AMOUNT."), name=node.written)
    meant = closest(node.owner, [*scope.book.facts, *OWNERS])
    if meant:
        raise Mistake(
            _("There is no fact %(owner)s; did you mean %(closest)s?"), owner=node.owner, closest=f"{meant}.{node.name}"
        )
    raise Mistake(
        _("There is no fact %(owner)s. Facts are %(facts)s."),
        owner=node.owner, facts=", ".join(scope.book.facts) or "-",
    )  # fmt: skip


def table_of(node: object, function: str, scope: Scope, span: Span) -> tuple[Table, str]:
    """The table a function reads, and which of its values. Raises Mistake."""
    if not isinstance(node, Name):
        raise Mistake(_("The first argument of %(function)s is the name of a table."), span, function=function)
    name, column = (node.owner, node.name) if node.owner else (node.name, "")
    table = scope.book.tables.get(name)
    if table is None:
        meant = closest(name, scope.book.tables)
        if meant:
            raise Mistake(
                _("There is no table %(name)s; did you mean %(closest)s?"), node.span, name=name, closest=meant
            )
        raise Mistake(_("There is no table %(name)s. Add it, or correct the name."), node.span, name=name)
    if column and column not in table.values:
        raise Mistake(
            _("The table %(table)s has no value %(column)s; it has %(columns)s."),
            node.span, table=name, column=column, columns=", ".join(table.values),
        )  # fmt: skip
    if not column and len(table.values) > 1:
        raise Mistake(
            _("The table %(table)s has several values: write which, as in %(table)s.%(column)s."),
            node.span, table=name, column=next(iter(table.values)),
        )  # fmt: skip
    return table, column or next(iter(table.values), "")
