"""A compiled expression: its SQL, and under which conditions a row has no value, whether merely missing or a problem.

The invariant everything rests on: the SQL of a piece is NULL exactly where one of its troubles or of its missing conditions
holds. A missing value becomes a trouble as soon as something meets it; only names, branches and COALESCE let it pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.checked import Type
from calc.rulebook.sql import Sql


@dataclass(frozen=True, slots=True)
class Trouble:
    """When a row has no value, why, and where in the text. Without a reason: only because another row has a problem."""

    when: Sql
    reason: str
    start: int
    detail: Sql | None = None
    part: str = ""  # which text of the element, where it is not the one that is worked out
    guards: tuple[Sql, ...] = ()  # what has to hold for a row to get there, outermost first; troubles share them

    def under(self, condition: Sql) -> Trouble:
        """The same, where only some rows get there."""
        return replace(self, guards=(condition, *self.guards))


@dataclass(frozen=True, slots=True)
class Piece:
    """One node's SQL with its type; `width` is the precision of the decimal the engine works with."""

    sql: Sql
    type: Type
    width: int = 0
    troubles: tuple[Trouble, ...] = ()
    missing: tuple[Trouble, ...] = ()

    @property
    def nullable(self) -> bool:
        return bool(self.troubles or self.missing)


def met(*pieces: Piece) -> tuple[Trouble, ...]:
    """What stops whoever meets these values, in the order they are worked out."""
    return tuple(trouble for piece in pieces for trouble in (*piece.troubles, *piece.missing))


def _by_guard(troubles: Iterable[Trouble]) -> list[tuple[Sql | None, list[Trouble]]]:
    """Neighbours that stand under the same condition, so that it is written once for all of them."""
    found: list[tuple[Sql | None, list[Trouble]]] = []
    for _, group in groupby(troubles, lambda t: id(t.guards[0]) if t.guards else 0):
        listed = list(group)
        guard = listed[0].guards[0] if listed[0].guards else None
        found.append((guard, [replace(t, guards=t.guards[1:]) for t in listed]))
    return found


def any_holds(troubles: Iterable[Trouble]) -> Sql:
    """Whether one of the troubles is a row's; NULL or false where none is."""
    parts = []
    for guard, listed in _by_guard(troubles):
        inner = sql.either(t.when for t in listed) if guard is None else any_holds(listed)
        parts.append(inner if guard is None else sql.both(guard, inner))
    return sql.either(parts)


def first_that_holds(troubles: Sequence[Trouble], shown: Callable[[Trouble], Sql]) -> Sql:
    """What is shown, never NULL, of the first trouble that is a row's; NULL where none is."""
    numbered = [replace(t, detail=shown(t)) for t in troubles]
    return _first_shown(numbered)


def _first_shown(troubles: Sequence[Trouble]) -> Sql:
    chunks: list[Sql] = []
    for guard, listed in _by_guard(troubles):
        if guard is None:
            chunks.append(sql.case([(t.when, t.detail or sql.NULL) for t in listed]))
        else:
            chunks.append(sql.case([(guard, _first_shown(listed))]))
    return sql.function("COALESCE", *chunks) if len(chunks) > 1 else chunks[0] if chunks else sql.NULL


def at_scale(piece: Piece, decimals: int) -> Piece:
    """A number with exactly these decimals, in the narrowest decimal its bounds allow."""
    digits = min(sql.MOST_DIGITS, sql.whole_digits(piece.type) + decimals)
    if piece.type.decimals == decimals and piece.width <= digits:
        return piece
    kind = replace(piece.type, decimals=decimals)
    return replace(piece, sql=sql.decimal(piece.sql, digits, decimals), type=kind, width=digits)


def settled(piece: Piece, kind: Type) -> Piece:
    """A piece with the type that was checked for it."""
    if not sql.is_numeric(kind):
        return replace(piece, type=kind)
    if piece.type.decimals != kind.decimals:
        digits = min(sql.MOST_DIGITS, kind.digits)
        return replace(piece, sql=sql.decimal(piece.sql, digits, kind.decimals), type=kind, width=digits)
    return replace(piece, type=kind, width=piece.width or kind.digits)


def branch(condition: Piece, yes: Piece, no: Piece) -> Piece:
    """`IF`: only the branch taken counts, a missing value passes through."""
    c = condition.sql
    otherwise = [(sql.negated(c), no.sql)] if condition.nullable else []
    chosen = sql.case([(c, yes.sql), *otherwise], None if condition.nullable else no.sql)
    not_c = sql.negated(c)
    return Piece(
        chosen, yes.type, max(yes.width, no.width),
        troubles=(*met(condition), *(t.under(c) for t in yes.troubles), *(t.under(not_c) for t in no.troubles)),
        missing=(*(t.under(c) for t in yes.missing), *(t.under(not_c) for t in no.missing)),
    )  # fmt: skip


def first_of(pieces: Iterable[Piece]) -> Piece:
    """`COALESCE`: the first that is not missing; a problem on the way leaves the whole without a value."""
    first, *rest = pieces
    for other in rest:
        first = _first_of_two(first, other)
    return first


def _first_of_two(first: Piece, other: Piece) -> Piece:
    own = first.troubles
    stops = any_holds(own) if own else None
    value: Sql = sql.function("COALESCE", first.sql, other.sql)
    absent = sql.missing(first.sql)
    if stops is not None:
        value = sql.case([(stops, sql.NULL)], value)
        absent = sql.both(absent, sql.negated(sql.function("COALESCE", stops, sql.FALSE)))
    return Piece(
        value, other.type, max(first.width, other.width),
        troubles=(*own, *(t.under(absent) for t in other.troubles)),
        missing=tuple(t.under(absent) for t in other.missing),
    )  # fmt: skip


def by_variant(
    variant: Sql, choices: list[tuple[tuple[int, ...], Piece]], kind: Type, known: tuple[int, ...] = ()
) -> Piece:
    """What holds in each row's variant; all choices were brought to one type. A row of no `known` variant has a problem."""
    if len(choices) == 1:
        return choices[0][1]

    def holds(variants: tuple[int, ...]) -> Sql:
        return exp.In(this=variant, expressions=[sql.number(v) for v in variants])

    pieces = [piece for _, piece in choices]
    held = [(holds(variants), piece) for variants, piece in choices]
    without = sql.negated(sql.function("COALESCE", holds(known), sql.FALSE)) if known else None
    nobody = (Trouble(without, "no rules", 0),) if without is not None else ()
    return Piece(
        sql.case([(when, piece.sql) for when, piece in held]), kind, max(p.width for p in pieces),
        troubles=(*nobody, *(t.under(when) for when, piece in held for t in piece.troubles)),
        missing=tuple(t.under(when) for when, piece in held for t in piece.missing),
    )  # fmt: skip
