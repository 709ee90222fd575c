"""Which element needs which, in what order they are worked out, and the circles that have no order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calc.rulebook.elements import Book
from calc.rulebook.syntax import Call, Expression, Name, children

Needs = Mapping[str, frozenset[str]]


def named(expression: Expression, with_prior: bool = True) -> frozenset[str]:
    """Plain names and `my.` names in an expression, without those of tables and relations; `with_prior`: those in PRIOR too."""
    found: set[str] = set()
    pending: list[Expression] = [expression]
    while pending:
        node = pending.pop()
        match node:
            case Name(owner="" | "my", name=name):
                found.add(name)
            case Call(function="PRIOR") if not with_prior:
                continue
            case Call(function="LOOKUP" | "BAND" | "TIER" | "TIER_AMOUNT", arguments=arguments):
                pending += arguments[1:]
            case Call(function="GENERATION", arguments=arguments):
                pending += (*arguments[:1], *arguments[3:])
            case _:
                pending += children(node)
    return frozenset(found)


def read_back(expression: Expression) -> frozenset[str]:
    """Names whose earlier months PRIOR reads."""
    found: set[str] = set()
    pending: list[Expression] = [expression]
    while pending:
        node = pending.pop()
        pending += children(node)
        if (
            isinstance(node, Call)
            and node.function == "PRIOR"
            and node.arguments
            and isinstance(node.arguments[0], Name)
        ):
            found.add(node.arguments[0].name)
    return frozenset(found)


def uses(expression: Expression, book: Book) -> frozenset[str]:
    """What an expression names: elements, `p.` parameters, tables and facts."""
    found = {name for name in named(expression) if name in book.measures or name in book.formulas}
    pending: list[Expression] = [expression]
    while pending:
        node = pending.pop()
        pending += children(node)
        if isinstance(node, Name) and node.owner == "p":
            found.add(node.written)
        elif isinstance(node, Name) and node.owner in book.facts:
            found.add(node.owner)
        elif isinstance(node, Call) and node.function in ("LOOKUP", "BAND", "TIER", "TIER_AMOUNT") and node.arguments:
            table = node.arguments[0]
            if isinstance(table, Name):
                found.add(table.owner or table.name)
    return frozenset(found)


def levels(needs: Needs) -> tuple[tuple[str, ...], ...]:
    """Elements by how many others must come before; elements of a circle are left out. Each level in the order given."""
    level: dict[str, int] = {}
    waiting = dict(needs)
    found: list[tuple[str, ...]] = []
    while ready := tuple(name for name, others in waiting.items() if all(other in level for other in others)):
        for name in ready:
            level[name] = len(found)
            del waiting[name]
        found.append(ready)
    return tuple(found)


def circles(needs: Needs) -> list[list[str]]:
    """One shortest circle for every group of elements that need each other, each beginning with its first element."""
    order = list(needs)
    closed = [group for group in groups(needs) if len(group) > 1 or group[0] in needs[group[0]]]
    return [_shortest(min(group, key=order.index), frozenset(group), needs) for group in closed]


def _shortest(start: str, group: frozenset[str], needs: Needs) -> list[str]:
    ways = [[start]]
    seen = {start}
    for way in ways:  # grows while it is walked: breadth first
        for other in sorted(needs[way[-1]] & group):
            if other == start:
                return way
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    raise AssertionError(start)


def groups(needs: Needs) -> list[list[str]]:
    """Strongly connected groups (Tarjan's), without recursion; each comes after those it needs."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    on_path: list[str] = []
    held: set[str] = set()
    found: list[list[str]] = []
    for root in needs:
        if root in number:
            continue
        pending = [(root, iter(sorted(needs[root])))]
        number[root] = lowest[root] = len(number)
        on_path.append(root)
        held.add(root)
        while pending:
            name, others = pending[-1]
            other = next(others, None)
            if other is None:
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    lowest[above] = min(lowest[above], lowest[name])
                if lowest[name] == number[name]:
                    at = on_path.index(name)
                    found.append(on_path[at:])
                    held -= set(on_path[at:])
                    del on_path[at:]
            elif other not in number:
                number[other] = lowest[other] = len(number)
                on_path.append(other)
                held.add(other)
                pending.append((other, iter(sorted(needs.get(other, ())))))
            elif other in held:
                lowest[name] = min(lowest[name], number[other])
    return found


def only(needs: Mapping[str, Iterable[str]], known: Iterable[str]) -> dict[str, frozenset[str]]:
    """The needs among known elements."""
    among = frozenset(known)
    return {name: frozenset(others) & among for name, others in needs.items()}
