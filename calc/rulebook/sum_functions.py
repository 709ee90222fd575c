"""What the functions over time, over people and over the rows of a fact take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from calc.rulebook import units
from calc.rulebook.checked import Type
from calc.rulebook.elements import Unit
from calc.rulebook.functions import Caller, Rule, literal
from calc.rulebook.names import closest
from calc.rulebook.naming import Scope
from calc.rulebook.problems import _
from calc.rulebook.syntax import Call, Expression, Name
from calc.rulebook.syntax import walk as inside
from calc.rulebook.units import Mistake

MOST_PEOPLE = 1_000_000  # whose values one sum may hold
MOST_ROWS = 100_000  # of an agent in a month
MOST_STEPS = 100  # along a relation
MOST_MONTHS = 120  # back
OVER_TIME = frozenset({"PRIOR", "ROLLING_SUM", "QTD", "YTD"})
OVER_PEOPLE = frozenset({"TEAM", "DIRECT", "DOWNLINE", "GENERATION"})
COUNTS_AT = {"DOWNLINE": 2, "GENERATION": 3}


def who_counts(call: Call) -> Expression | None:
    """The condition under which a person of the way counts as a step; None where all do."""
    at = COUNTS_AT.get(call.function)
    return call.arguments[at] if at is not None and len(call.arguments) > at else None


def _for_agents(node: Call, scope: Scope) -> None:
    if scope.other_person:
        raise Mistake(
            _("%(inner)s does not stand inside %(outer)s: give it a formula of its own and name that."),
            node.at, inner=node.function, outer=scope.other_person,
        )  # fmt: skip
    if scope.grain != "agent" or scope.earlier_months:
        raise Mistake(
            _("%(function)s stands only in formulas of the grain agent, and this is worked out for each %(grain)s."),
            node.at, function=node.function, grain=scope.grain,
        )  # fmt: skip


def _over_time(walk: Caller, node: Call, scope: Scope) -> Type | None:
    _for_agents(node, scope)
    name, back = node.arguments[0], 0
    if len(node.arguments) > 1:
        back = literal(node.arguments[1], 1, MOST_MONTHS, node.function, 2)
        walk.of(node.arguments[1], scope)
    if not isinstance(name, Name) or (name.owner and name.owner != "my"):
        raise Mistake(
            _("%(function)s takes the name of a measure or formula: give what stands here a formula of its own."),
            name.span, function=node.function,
        )  # fmt: skip
    kind = walk.of(name, scope)
    element = scope.element(name.name)
    if element is not None and element.grain != "agent":
        raise Mistake(
            _("%(function)s takes an agent's value, and %(name)s is one of each %(grain)s."),
            name.span, function=node.function, name=name.name, grain=element.grain,
        )  # fmt: skip
    if kind is None:
        return None
    if node.function == "PRIOR":
        return replace(kind, can_miss=True)
    return walk.fits(units.summed(kind, {"QTD": 3, "YTD": 12}.get(node.function, back), node.function), node)


def _over_people(walk: Caller, node: Call, scope: Scope) -> Type | None:
    _for_agents(node, scope)
    with_edge = node.function in ("DIRECT", "DOWNLINE", "GENERATION")
    theirs = replace(scope, other_person=node.function, with_edge=with_edge)
    kind = walk.of(node.arguments[0], theirs)
    if node.function == "DOWNLINE" and len(node.arguments) > 1:
        literal(node.arguments[1], 1, MOST_STEPS, node.function, 2)
        walk.of(node.arguments[1], scope)
    if node.function == "GENERATION":
        _relation(walk, node.arguments[1], scope)
        literal(node.arguments[2], 1, MOST_STEPS, node.function, 3)
        walk.of(node.arguments[2], scope)
    counts = who_counts(node)
    if counts is not None and not _counts(walk, node, counts, theirs):
        return None
    return None if kind is None else walk.fits(units.summed(kind, MOST_PEOPLE, node.function), node)


def _counts(walk: Caller, node: Call, counts: Expression, scope: Scope) -> bool:
    """Whether a condition on each person of the way is in order."""
    found = walk.of(counts, scope)
    if found is not None and found.unit != Unit.FLAG:
        raise Mistake(
            _("The last argument of %(function)s is a condition, by which a person counts as a step, and this gives a %(unit)s."),
            counts.span, function=node.function, unit=units.unit_name(found),
        )  # fmt: skip
    mine = next((one for one in inside(counts) if isinstance(one, Name) and one.owner == "my"), None)
    if mine is not None:
        raise Mistake(
            _("Who counts as a step hangs on each person of the way alone: %(name)s, the receiving agent's, is not named there."),
            mine.span, name=mine.written,
        )  # fmt: skip
    return found is not None


def _relation(walk: Caller, node: Expression, scope: Scope) -> None:
    relations = scope.book.relations
    if not isinstance(node, Name) or node.owner or node.name not in relations:
        written = node.written if isinstance(node, Name) else ""
        meant = closest(written, relations) if written else ""
        if meant:
            raise Mistake(
                _("There is no relation %(name)s; did you mean %(closest)s?"), node.span, name=written, closest=meant
            )
        raise Mistake(
            _("The second argument of GENERATION is a relation: %(relations)s."),
            node.span,
            relations=", ".join(relations),
        )
    walk.types[node.span] = Type(units.PLAIN)


def _spread(walk: Caller, node: Call, scope: Scope) -> Type | None:
    _for_agents(node, scope)
    theirs = replace(scope, other_person=node.function)
    x, rate = (walk.of(argument, theirs) for argument in node.arguments)
    if x is None or rate is None:
        return None
    units.numeric(x, "SPREAD")
    if rate.unit not in (Unit.RATE, units.PLAIN):
        raise Mistake(
            _("The second argument of SPREAD is a rate, and this is a %(unit)s."), node.arguments[1].span,
            unit=units.unit_name(rate),
        )  # fmt: skip
    exceeds = replace(rate, low=Decimal(0), high=max(rate.high - min(rate.low, Decimal(0)), Decimal(0)))
    return walk.fits(units.summed(units.multiplied(x, exceeds), MOST_PEOPLE, "SPREAD"), node)


def _running(walk: Caller, node: Call, scope: Scope) -> Type | None:
    fact, name = scope.book.facts.get(scope.grain), node.arguments[0]
    if fact is None or not fact.month_of or scope.earlier_months:
        raise Mistake(
            _(
                "RUNNING stands only where each row of a fact of the month is worked out, and this is worked out "
                "for each %(grain)s."
            ),
            node.at,
            grain=scope.grain,
        )
    kind = walk.of(name, scope)
    element = scope.element(name.name) if isinstance(name, Name) and not name.owner else None
    own = isinstance(name, Name) and (
        name.owner == scope.grain or (element is not None and element.grain == scope.grain)
    )
    if not own:
        raise Mistake(
            _("RUNNING takes a column or formula of the %(fact)s: give what stands here a formula of its own."),
            name.span, fact=scope.grain,
        )  # fmt: skip
    return None if kind is None else walk.fits(units.summed(kind, MOST_ROWS, "RUNNING"), node)


SUM_CALLS: Mapping[str, Rule] = {
    **dict.fromkeys(OVER_TIME, _over_time), **dict.fromkeys(OVER_PEOPLE, _over_people),
    "SPREAD": _spread, "RUNNING": _running,
}  # fmt: skip
