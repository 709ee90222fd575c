"""What a text of the rules names, with its values for a person: elements, parameters, and what tables gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from calc.rulebook.expression import FROM_TABLES
from calc.rulebook.lookups import position
from calc.rulebook.reading import Unreadable, parse
from calc.rulebook.standing import AgentMonth, Standing, Unknown
from calc.rulebook.sum_functions import OVER_PEOPLE
from calc.rulebook.syntax import Call, Expression, Name, children, walk
from portal.query.rulebook_rules import Key
from portal.query.statement import title_of


@dataclass(frozen=True, slots=True)
class Named:
    """Something a formula names: its title, its value for this person, and whether it can be opened further."""

    name: str
    title: str
    value: Any
    kind: str  # element, row (an element of the row that is opened), place (of the team), parameter, table, lookup (what it gave)
    unit: str = ""
    before: Any = None  # in a closed month, as it was when that was stated before


def names_in(elements: Mapping[Key, Any], text: str, values: Mapping[str, Any], language: str) -> list[Named]:
    """What a text names, once each, in the order it is written."""
    found: dict[str, Named] = {}
    for node in names_of(text):
        one = _one_named(elements, node, values, language)
        if one is not None:
            found.setdefault(one.name, one)
    return list(found.values())


def names_of(text: str) -> list[Name]:
    """The person's own names in a text; none in one that cannot be read."""
    try:
        return list(own_names(parse(text)))
    except Unreadable:
        return []


def own_names(node: Expression, of_others: bool = False) -> Iterator[Name]:
    """The names in an expression of the person's own month: in a sum over people, or in PRIOR, they are of another or earlier."""
    if isinstance(node, Name):
        if node.owner == "my":
            yield replace(node, owner="")
        elif not of_others or node.owner == "p":
            yield node
    elif isinstance(node, Call) and node.function in FROM_TABLES:
        if isinstance(node.arguments[0], Name):
            yield node.arguments[0]
        for argument in node.arguments[1:]:
            yield from own_names(argument, of_others)
    else:
        others = of_others or (isinstance(node, Call) and node.function in {*OVER_PEOPLE, "SPREAD", "PRIOR"})
        for child in children(node):
            yield from own_names(child, others)


def with_lookups(named: Sequence[Named], known: AgentMonth, formula: str) -> list[Named]:
    """The names of a formula, each table with what it gave here: once for each place where it is asked."""
    text = known.checked.texts.get((formula, "expression"))
    if text is None:
        return list(named)
    standing = Standing(known)
    given: dict[str, list[Named]] = {}
    titles = {one.name: one for one in named if one.kind == "table"}
    for call in walk(text.expression):
        if not isinstance(call, Call) or call.function not in FROM_TABLES or not isinstance(call.arguments[0], Name):
            continue
        table = known.checked.book.tables[call.arguments[0].owner or call.arguments[0].name]
        try:
            value = standing.of(call)
        except Unknown:  # it is asked for what is another's, or of another month
            continue
        quantity = list(table.values.values())[position(call, table)]
        unit = "money" if call.function == "TIER_AMOUNT" else quantity.unit.value
        if table.name in titles:
            given.setdefault(table.name, []).append(replace(titles[table.name], value=value, kind="lookup", unit=unit))
    return [each for one in named for each in given.get(one.name, [one])]


def _one_named(elements: Mapping[Key, Any], node: Name, values: Mapping[str, Any], language: str) -> Named | None:
    if node.owner == "p":
        content = elements.get(("parameters", node.name)) or {}
        title = title_of(elements, "parameters", node.name, language)
        return Named(node.written, title, content.get("value"), "parameter")
    if node.owner:
        return Named(node.written, node.written, values[node.written], "column") if node.written in values else None
    for section in ("formulas", "measures"):
        content = elements.get((section, node.name))
        if content is not None and node.name in values:
            title = title_of(elements, section, node.name, language)
            return Named(node.name, title, values[node.name], "element", str(content.get("unit", "")))
    if ("tables", node.name) in elements:
        return Named(node.name, title_of(elements, "tables", node.name, language), None, "table")
    return None


def names_beside(now: Sequence[Named], then: Sequence[Named]) -> list[Named]:
    """The names of a text with what they were when it was stated before; a table asked twice is met in its order."""
    waiting: dict[str, list[Named]] = {}
    for one in then:
        waiting.setdefault(one.name, []).append(one)
    found = []
    for one in now:
        earlier = waiting.get(one.name)
        found.append(replace(one, before=earlier.pop(0).value) if earlier else one)
    return found
