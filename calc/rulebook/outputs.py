"""What a month leaves behind for others: values by grain, statement lines, moves on ladders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

from sqlglot import exp

from calc.rulebook import sql
from calc.rulebook.builder import Builder, Column, plain_names
from calc.rulebook.checked import Text, Type
from calc.rulebook.elements import Ladder, Move, Unit
from calc.rulebook.expression import compiled
from calc.rulebook.piece import Piece, branch, by_variant, met
from calc.rulebook.plan import Step
from calc.rulebook.relation import Relation
from calc.rulebook.scope import KEYS, RowScope
from calc.rulebook.sql import Sql
from calc.rulebook.syntax import Binary, Expression
from calc.rulebook.units import widest
from calc.rulebook.variants import Group

LINE_PARTS = ("cap", "hold", "release")
COUNTED = Type(Unit.COUNT, Decimal(-1000), Decimal(1000))


# -- statement lines


def line_columns(builder: Builder) -> list[Column]:
    """The parts of lines that are expressions, and what each line pays: a line that meets a missing value is a problem."""
    columns = []
    for name in builder.variants.lines:
        pays = {c.book.lines[name].pays for c in builder.variants.books.values() if name in c.book.lines}
        kind = widest([builder.variants.result(paid) for paid in pays])
        for part in LINE_PARTS:
            texts = builder.variants.texts(name, part)
            if texts:
                none = kind.high if part == "cap" else Decimal(0)
                columns.append(_text_column(builder, name, part, texts, none))
        columns.append(
            Column(
                f"{name} pays",
                name,
                "pays",
                frozenset(pays),
                partial(_paid, line=name),
                kind,
                must=True,
            )
        )
    return columns


def _text_column(builder: Builder, element: str, part: str, texts: list[tuple[Group, Text]], none: Decimal) -> Column:
    """`none`: what holds where a variant has no such part, nothing above a cap and nothing held."""
    kind = widest([text.result for _, text in texts])
    if builder.variants.without(variant for group, _ in texts for variant in group):
        kind = replace(kind, low=min(kind.low, none), high=max(kind.high, none))
    needs = frozenset().union(*(plain_names(text.expression) for _, text in texts))
    return Column(
        f"{element} {part}", element, part, needs, partial(builder.text_piece, texts=texts, kind=kind, otherwise=none), kind,
        must=True,
    )  # fmt: skip


def _paid(scope: RowScope, line: str) -> Piece:
    """What a line pays, in each variant that has it."""
    groups: dict[str, list[int]] = {}
    for variant, checked in scope.variants.books.items():
        if line in checked.book.lines:
            groups.setdefault(checked.book.lines[line].pays, []).append(variant)
    kind = widest([scope.variants.result(name) for name in groups])
    choices = []
    for name, variants in groups.items():
        piece = scope.element_column(name, "r", kind, 0)
        choices.append((tuple(variants), piece))
    if without := scope.variants.without(variant for group, _ in choices for variant in group):
        choices.append((without, Piece(sql.decimal(sql.number(0), kind.digits, kind.decimals), kind, kind.digits)))
    return by_variant(scope.own_variant, choices, kind)


def lines(builder: Builder) -> None:
    """One row for each agent and line: `paid = earned - cut - held + released`, all of them empty where one is."""
    agent = builder.current["agent"]
    selects = []
    paid = {line.pays for checked in builder.variants.books.values() for line in checked.book.lines.values()}
    kinds = [builder.variants.result(name) for name in sorted(paid)]
    decimals = max([2, *(kind.decimals for kind in kinds)])
    digits = min(sql.MOST_DIGITS, max([18, *(sql.whole_digits(kind) + 1 + decimals for kind in kinds)]))
    for name in sorted(builder.variants.lines, key=lambda name: (builder.variants.lines[name].order, name)):
        relation = Relation(agent)
        earned = sql.column(f"{name} pays")
        part: dict[str, Sql | None] = {
            p: sql.column(f"{name} {p}") if builder.variants.texts(name, p) else None for p in LINE_PARTS
        }
        selects.append(_line(builder, relation, name, earned, part, digits, decimals))
    if not selects:
        listed = ("earned", "cut", "held", "released", "paid")
        none = [sql.named(sql.decimal(sql.number(0), 18, 2), column) for column in listed]
        who = [sql.named(sql.column(c), c) for c in ("agent_id", "team_id", "institution_id")]
        selects = [Relation(agent).select([*who, sql.named(sql.text(""), "line"), *none], sql.FALSE)]
    whole: exp.Select | exp.Union = selects[0]
    for select in selects[1:]:
        whole = exp.Union(this=whole, expression=select, distinct=False)
    builder.add(Step("make", "line_amount", whole))


def _line(
    builder: Builder,
    relation: Relation,
    name: str,
    earned: Sql,
    part: dict[str, Sql | None],
    digits: int,
    decimals: int,
) -> exp.Select:
    zero = sql.decimal(sql.number(0), digits, decimals)
    needed = [earned, *(value for value in part.values() if value is not None)]
    empty = [value for value in needed if builder.states[value.name].may_fail or builder.states[value.name].can_miss]

    def shown(value: Sql | None) -> Sql:
        money = zero if value is None else sql.decimal(value, digits, decimals)
        return sql.case([(sql.either(map(sql.missing, empty)), sql.NULL)], money) if empty else money

    cap = part["cap"]
    cut = None
    if cap is not None:
        above = exp.GT(this=earned, expression=cap)
        cut = sql.case([(above, exp.Sub(this=earned, expression=cap))], zero)
    paid: Sql = sql.paren(sql.decimal(earned, digits, decimals))
    for sign, value in ((exp.Sub, cut), (exp.Sub, part["hold"]), (exp.Add, part["release"])):
        if value is not None:
            paid = sign(this=paid, expression=sql.decimal(value, digits, decimals))
    columns = [
        *(sql.named(sql.column(c), c) for c in ("agent_id", "team_id", "institution_id")), sql.named(sql.text(name), "line"),
        sql.named(shown(earned), "earned"), sql.named(shown(cut), "cut"), sql.named(shown(part["hold"]), "held"),
        sql.named(shown(part["release"]), "released"), sql.named(shown(paid), "paid"),
    ]  # fmt: skip
    holders = [sql.number(v) for v, checked in builder.variants.books.items() if name in checked.book.lines]
    return relation.select(columns, exp.In(this=sql.column("variant"), expressions=holders))


# -- ladders


def ladder_columns(builder: Builder) -> list[Column]:
    """Which move decides for each agent: its number, below zero where it failed and leads elsewhere, 0 where none does."""
    columns = []
    for name in builder.variants.ladders:
        needs: set[str] = set()
        for checked in builder.variants.books.values():
            for (element, part), text in checked.texts.items():
                if element == name and part.startswith("move "):
                    needs |= plain_names(text.expression)
        columns.append(
            Column(
                f"{name} move",
                name,
                "move",
                frozenset(needs),
                partial(_decision, builder, name=name),
                COUNTED,
            )
        )
    return columns


def _groups(builder: Builder, name: str) -> list[tuple[Group, Ladder]]:
    found: list[tuple[Group, Ladder]] = []
    for variant, checked in builder.variants.books.items():
        ladder = checked.book.ladders.get(name)
        if ladder is None:
            continue
        for at, (group, other) in enumerate(found):
            if other == ladder:
                found[at] = ((*group, variant), other)
                break
        else:
            found.append(((variant,), ladder))
    return found


def in_order(ladder: Ladder) -> list[tuple[int, Move]]:
    """Moves with their numbers, promotions first."""
    numbered = list(enumerate(ladder.moves, start=1))
    return [m for m in numbered if m[1].kind == "promotion"] + [m for m in numbered if m[1].kind != "promotion"]


def _decision(builder: Builder, scope: RowScope, name: str) -> Piece:
    choices = []
    for group, ladder in _groups(builder, name):
        among = replace(scope, among=group)
        rank = sql.column(f"agent.{ladder.rank}")
        piece = _whole(0)
        for number, move in reversed(in_order(ladder)):
            part = f"move {number}"
            holds = builder.text_piece(among, builder.variants.texts(name, part, group), Type(Unit.FLAG))
            troubles = tuple(replace(t, part=part) for t in met(holds))
            condition = replace(holds, troubles=troubles, missing=())
            failed = _whole(-number) if move.kind == "maintenance" and move.otherwise else piece
            of_rank = Piece(sql.equal(rank, sql.text(move.from_rank)), Type(Unit.FLAG))
            if failed is piece:  # what follows is written once, not for each way of getting there
                decides = branch(of_rank, condition, Piece(sql.FALSE, Type(Unit.FLAG)))
                piece = branch(decides, _whole(number), piece)
            else:
                piece = branch(of_rank, branch(condition, _whole(number), failed), piece)
        choices.append((group, piece))
    return by_variant(scope.own_variant, choices, COUNTED)


def _whole(number: int) -> Piece:
    return Piece(sql.decimal(sql.number(number), 4, 0), COUNTED, 4)


def terms(expression: Expression) -> list[Expression]:
    """The parts of a condition joined by AND."""
    if isinstance(expression, Binary) and expression.sign == "AND":
        return [*terms(expression.left), *terms(expression.right)]
    return [expression]


def ladder_moves(builder: Builder) -> None:
    """One row for each agent and ladder on which a move decided."""
    selects = []
    for name in builder.variants.ladders:
        for group, ladder in _groups(builder, name):
            relation = Relation(builder.current["agent"])
            selects.append(_moves(builder, relation, name, group, ladder))
    if not selects:
        who = sql.named(sql.column("agent_id"), "agent_id")
        texts = [sql.named(sql.text(""), c) for c in ("ladder", "from_rank", "to_rank", "kind")]
        numbers = [sql.named(sql.number(0), c) for c in ("move", "decided_by")]
        selects = [Relation(builder.current["agent"]).select([who, *texts, *numbers], sql.FALSE)]
    whole: exp.Select | exp.Union = selects[0]
    for select in selects[1:]:
        whole = exp.Union(this=whole, expression=select, distinct=False)
    builder.add(Step("make", "ladder_move", whole))


def _moves(builder: Builder, relation: Relation, name: str, group: Group, ladder: Ladder) -> exp.Select:
    code = sql.column(f"{name} move")
    rank = sql.column(f"agent.{ladder.rank}")
    to: list[tuple[Sql, Sql]] = []
    kind: list[tuple[Sql, Sql]] = []
    by: list[tuple[Sql, Sql]] = []
    scope = builder.scope("agent", relation, group, f"{name} move")
    for number, move in enumerate(ladder.moves, start=1):
        text = builder.variants.texts(name, f"move {number}", group)[0][1]
        held, failed = (sql.equal(code, sql.number(n)) for n in (number, -number))
        to.append((held, rank if move.kind == "maintenance" else sql.text(move.to_rank)))
        kind.append((held, sql.text(move.kind)))
        by.append((held, sql.number(text.expression.span.start)))
        if move.kind == "maintenance" and move.otherwise:
            to.append((failed, sql.text(move.otherwise)))
            kind.append((failed, sql.text("demotion")))
            pieces = [(term, compiled(term, text.types, scope)) for term in terms(text.expression)]
            first = sql.case([(sql.negated(piece.sql), sql.number(term.span.start)) for term, piece in pieces])
            by.append((failed, first))
    columns = [
        sql.named(sql.column("agent_id"), "agent_id"), sql.named(sql.text(name), "ladder"), sql.named(rank, "from_rank"),
        sql.named(sql.case(to) if to else sql.NULL, "to_rank"), sql.named(sql.case(kind) if kind else sql.NULL, "kind"),
        sql.named(sql.cast(exp.Abs(this=code), "int"), "move"),
        sql.named(sql.case(by) if by else sql.NULL, "decided_by"),
    ]  # fmt: skip
    decided = exp.NEQ(this=code, expression=sql.number(0))
    of_group = exp.In(this=sql.column("variant"), expressions=[sql.number(v) for v in group])
    return relation.select(columns, sql.both(decided, of_group))


# -- values


def value_tables(builder: Builder) -> None:
    """`agent_value` and its like: keys, the month, and one column an element."""
    month = exp.select(sql.column("first_day", "m")).from_(sql.table("month", "m"))
    for grain, table in builder.current.items():
        relation = Relation(table)
        names = [
            n for n in (*builder.variants.measures, *builder.variants.formulas) if builder.variants.grain(n) == grain
        ]
        if grain in KEYS:
            keys = dict.fromkeys([KEYS[grain], "institution_id"])
            listed = [*(sql.named(sql.column(k), k) for k in keys), sql.named(month.subquery(), "month")]
        else:
            fact = builder.variants.facts[grain]
            listed = [sql.named(sql.column(f"{grain}.{c}"), c) for c in dict.fromkeys([fact.key, fact.agent])]
        listed.append(sql.named(sql.column("variant"), "variant"))
        listed += [sql.named(sql.column(name), name) for name in names]
        builder.add(Step("view", f"{grain}_value", relation.select(listed)))
