"""What is wrong with what elements declare: names, columns, bounds, values. Their expressions are another page's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from calc.rulebook.elements import AGENT_COLUMNS, NUMERIC, Book, Fact, Ladder, Line, Measure, Quantity, Unit
from calc.rulebook.known_parameters import known_parameter_problems
from calc.rulebook.names import LONGEST_NAME, OWNERS, WORDS, closest, is_name, is_reserved
from calc.rulebook.naming import COARSENESS
from calc.rulebook.printing import plain
from calc.rulebook.problems import Problem, _
from calc.rulebook.tables import cell_problem
from calc.rulebook.units import MOST_DIGITS, WHOLE, type_of

MOST_DECIMALS = 10
# columns and tables of a computed month, which no element may stand for
COLUMNS_OF_A_MONTH = frozenset({"agent_id", "team_id", "institution_id", "leader_id", "seat_id", "variant", "month"})
TABLES_OF_A_MONTH = frozenset({"relation", "rules", "history", "past", "line_amount", "ladder_move", "row_problem"})
# lines of a statement that people's decisions and the balance make, and the parameter that says what becomes of a negative one
LINES_OF_A_STATEMENT = frozenset({"adjustment", "pay_hold", "owed_before", "owed_after"})
NEGATIVE_BALANCE, CARRY, CLAW_BACK = "negative_balance", "carry forward", "claw back"


def declaration_problems(book: Book) -> list[Problem]:
    """Everything wrong with names and declarations."""
    found = list(_names(book))
    for fact in book.facts.values():
        found += _fact(fact, book)
    found += _quantities("agent", "column %s", book.agent)
    for name in book.agent:
        if name in AGENT_COLUMNS:
            found.append(
                Problem(
                    "agent",
                    f"column {name}",
                    _("Every agent has the column %(name)s already: leave it out."),
                    {"name": name},
                )
            )
    for parameter in book.parameters.values():
        wrong = list(_quantity(parameter.name, "value", parameter.quantity))
        if not wrong and parameter.value is None:
            wrong.append(
                Problem(
                    parameter.name,
                    "value",
                    _("The parameter %(name)s has no value: enter one."),
                    {"name": parameter.name},
                )
            )
        elif not wrong and (cell := cell_problem(parameter.value, parameter.quantity)):
            wrong.append(Problem(parameter.name, "value", *cell))
        elif not wrong and parameter.name == NEGATIVE_BALANCE and parameter.value not in (CARRY, CLAW_BACK):
            pattern = _("The parameter %(name)s is a text and says either %(carry)s or %(claw)s.")
            told = {"name": parameter.name, "carry": CARRY, "claw": CLAW_BACK}
            wrong.append(Problem(parameter.name, "value", pattern, told))
        found += wrong
    for table in book.tables.values():
        found += _quantities(table.name, "column %s", {**table.keys, **table.values})
        if table.band_quantity:
            found += _quantity(table.name, f"column {table.band}", table.band_quantity)
    for measure in book.measures.values():
        found += _quantity(measure.name, "unit", measure.quantity)
        found += _measure(measure, book)
    for formula in book.formulas.values():
        found += _quantity(formula.name, "unit", formula.quantity)
        found += _grain(formula.name, formula.grain, book)
    for ladder in book.ladders.values():
        found += _ladder(ladder, book)
    for line in book.lines.values():
        found += _line(line)
    missing = {one.element for one in found}
    found += [one for one in known_parameter_problems(book) if one.element not in missing]
    return found


# -- names


def _names(book: Book) -> Iterator[Problem]:
    spaces: list[list[tuple[str, str]]] = [
        [*((name, "measure") for name in book.measures), *((name, "formula") for name in book.formulas),
         *((name, "table") for name in book.tables)],
        [(name, "fact") for name in book.facts],
        [(name, "parameter") for name in book.parameters],
        [(name, "ladder") for name in book.ladders],
        [(name, "line") for name in book.lines],
    ]  # fmt: skip
    for space in spaces:
        yield from _twice(space)
        for name, kind in space:
            yield from _name(name, name, alone=kind in ("measure", "formula", "table"))
            if kind == "fact" and (name in OWNERS or name in TABLES_OF_A_MONTH or name.endswith("_value")):
                yield Problem(
                    name,
                    "name",
                    _("No fact may be called %(name)s: the word has a meaning of its own."),
                    {"name": name},
                )
            if kind == "line" and name in LINES_OF_A_STATEMENT:
                pattern = _("No line may be called %(name)s: statements have a line of that name of their own.")
                yield Problem(name, "name", pattern, {"name": name})
            if kind in ("measure", "formula") and name in COLUMNS_OF_A_MONTH:
                pattern = _("No measure or formula may be called %(name)s: every row has a column of that name.")
                yield Problem(name, "name", pattern, {"name": name})
    for fact in book.facts.values():
        yield from _columns_named(fact.name, fact.columns)
    yield from _columns_named("agent", book.agent)
    for table in book.tables.values():
        yield from _columns_named(table.name, [*table.keys, *([table.band] if table.band else []), *table.values])


def _name(name: str, element: str, part: str = "name", alone: bool = False) -> Iterator[Problem]:
    """`alone`: it stands without a point in formulas, where a function's name would be taken for the function."""
    if (is_reserved(name) if alone else name.upper() in WORDS) and part == "name":
        yield Problem(
            element, part, _("%(name)s is a word of the language and names no element: choose another."), {"name": name}
        )
    elif not is_name(name):
        yield Problem(
            element, part,
            _("%(name)s is no name: names are letters, digits and _, begin with no digit and have at most %(most)s characters."),
            {"name": name, "most": str(LONGEST_NAME)},
        )  # fmt: skip


def _columns_named(element: str, columns: Iterable[str]) -> Iterator[Problem]:
    listed = list(columns)
    for name in listed:
        yield from _name(name, element, f"column {name}")
    for name, other in _alike(set(listed)):
        pattern = _("The columns %(name)s and %(other)s differ only in capitals: rename one.")
        yield Problem(element, f"column {name}", pattern, {"name": name, "other": other})


def _twice(space: list[tuple[str, str]]) -> Iterator[Problem]:
    kinds: dict[str, str] = {}
    for name, kind in space:
        if name in kinds:
            pattern = _("There is a %(one)s and a %(other)s called %(name)s: rename one.")
            yield Problem(name, "name", pattern, {"one": kinds[name], "other": kind, "name": name})
        kinds.setdefault(name, kind)
    for name, other in _alike(kinds):
        pattern = _("%(name)s and %(other)s differ only in capitals, and readers take one for the other: rename one.")
        yield Problem(name, "name", pattern, {"name": name, "other": other})


def _alike(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    folded: dict[str, str] = {}
    for name in sorted(names):
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            yield name, other


# -- quantities


def _quantities(element: str, part: str, quantities: Mapping[str, Quantity]) -> Iterator[Problem]:
    for name, quantity in quantities.items():
        yield from _quantity(element, part % name, quantity)


def _quantity(element: str, part: str, quantity: Quantity) -> Iterator[Problem]:
    unit = quantity.unit
    declared = (quantity.low, quantity.high, quantity.decimals) != (None, None, None)
    if unit not in NUMERIC:
        if declared:
            pattern = _("A %(unit)s has neither bounds nor decimals: leave them out.")
            yield Problem(element, part, pattern, {"unit": unit.value})
        return
    kind = type_of(quantity)
    if kind.low > kind.high:
        pattern = _("The lower bound %(low)s is above the upper bound %(high)s.")
        yield Problem(element, part, pattern, {"low": plain(kind.low), "high": plain(kind.high)})
    elif not 0 <= kind.decimals <= MOST_DECIMALS:
        pattern = _("%(decimals)s decimals are declared, and there are 0 to %(most)s.")
        yield Problem(element, part, pattern, {"decimals": str(kind.decimals), "most": str(MOST_DECIMALS)})
    elif unit in WHOLE and kind.decimals:
        pattern = _("A %(unit)s is whole and has no decimals: leave them out, or take the unit number.")
        yield Problem(element, part, pattern, {"unit": unit.value})
    elif kind.digits > MOST_DIGITS:
        pattern = _("The declared bounds need %(digits)s digits, and 38 are kept: narrow them.")
        yield Problem(element, part, pattern, {"digits": str(kind.digits)})


# -- facts


def _fact(fact: Fact, book: Book) -> Iterator[Problem]:
    yield from _quantities(fact.name, "column %s", fact.columns)
    roles: list[tuple[str, str, frozenset[Unit]]] = [
        ("key", fact.key, frozenset({Unit.KEY})),
        ("agent", fact.agent, frozenset({Unit.KEY})),
        ("institution", fact.institution, frozenset({Unit.KEY})),
    ]
    roles += [("month_of", fact.month_of, frozenset({Unit.DATE}))] if fact.month_of else []
    roles += [("rules_of", fact.rules_of, frozenset({Unit.DATE}))] if fact.rules_of else []
    roles += [(f"refers {other}", column, frozenset({Unit.KEY})) for other, column in fact.refers.items()]
    for role, column, wanted in roles:
        if column not in fact.columns:
            yield _no_column(fact, role, column)
        elif fact.columns[column].unit not in wanted:
            pattern = _("The column %(column)s is a %(unit)s, and %(role)s must be a %(wanted)s.")
            values = {
                "column": column,
                "unit": fact.columns[column].unit.value,
                "role": role,
                "wanted": next(iter(wanted)).value,
            }
            yield Problem(fact.name, role, pattern, values)
        elif column in fact.optional and role in ("key", "agent", "institution", "month_of", "rules_of"):
            pattern = _(
                "The column %(column)s may not be empty, because it is the %(role)s of the fact: take it from the optional ones."
            )
            yield Problem(fact.name, role, pattern, {"column": column, "role": role})
    for other in fact.refers:
        if other not in book.facts:
            pattern = _("%(fact)s refers to %(other)s, and there is no such fact: declare it, or remove the reference.")
            yield Problem(fact.name, f"refers {other}", pattern, {"fact": fact.name, "other": other})
    for column in sorted(fact.optional - fact.columns.keys()):
        yield _no_column(fact, "optional", column)


def _no_column(fact: Fact, role: str, column: str) -> Problem:
    meant = closest(column, fact.columns)
    if meant:
        pattern = _("The fact has no column %(column)s, which %(role)s names; did you mean %(closest)s?")
        return Problem(fact.name, role, pattern, {"column": column, "role": role, "closest": meant})
    pattern = _("The fact has no column %(column)s, which %(role)s names: declare it among the columns.")
    return Problem(fact.name, role, pattern, {"column": column, "role": role})


# -- measures and formulas


def _grain(element: str, grain: str, book: Book) -> Iterator[Problem]:
    if grain in COARSENESS:
        return
    if grain not in book.facts:
        known = [*book.facts, *COARSENESS]
        pattern = _("There is no grain %(grain)s: there are %(known)s.")
        yield Problem(element, "grain", pattern, {"grain": grain, "known": ", ".join(known)})
    elif not book.facts[grain].month_of:
        pattern = _("The fact %(grain)s belongs to no month, so no formula is worked out for each: give it a month_of.")
        yield Problem(element, "grain", pattern, {"grain": grain})


def _measure(measure: Measure, book: Book) -> Iterator[Problem]:
    def problem(part: str, pattern: str, **values: str) -> Problem:
        return Problem(measure.name, part, pattern, values)

    if measure.of != "agent" and measure.of not in book.facts:
        meant = closest(measure.of, [*book.facts, "agent"])
        if meant:
            yield problem(
                "of", _("There is no fact %(of)s to measure; did you mean %(closest)s?"), of=measure.of, closest=meant
            )
        else:
            yield problem(
                "of", _("There is no fact %(of)s to measure; facts are %(facts)s."),
                of=measure.of, facts=", ".join(book.facts) or "-",
            )  # fmt: skip
    elif measure.grain not in COARSENESS:
        yield problem(
            "grain", _("The grain of a measure is agent, team or institution, not %(grain)s."), grain=measure.grain
        )
    elif COARSENESS.get(measure.of, 0) >= COARSENESS[measure.grain]:
        yield problem(
            "grain", _("A measure of %(of)s has a coarser grain than %(of)s: team or institution."), of=measure.of
        )
    elif measure.of == "agent" and (measure.window != "month" or measure.ago):
        yield problem(
            "window",
            _(
                "A measure of agents has the window month and ago 0; over more months sum in the agent's formula, by ROLLING_SUM."
            ),
        )
    elif measure.of != "agent" and not book.facts[measure.of].month_of and (measure.window != "all" or measure.ago):
        yield problem(
            "window",
            _("The fact %(of)s belongs to no month: give it a month_of, or measure it with the window all."),
            of=measure.of,
        )
    if measure.ago < 0:
        yield problem("ago", _("A measure looks back: ago is 0 or more months."))
    if measure.aggregate.startswith("count") and measure.quantity.unit != Unit.COUNT:
        yield problem("unit", _("What is counted is a count, not a %(unit)s."), unit=measure.quantity.unit.value)
    if measure.aggregate == "count" and measure.expression:
        yield problem("expression", _("count counts rows: write count: rows and put conditions into where."))


# -- ladders and lines


def _ladder(ladder: Ladder, book: Book) -> Iterator[Problem]:
    def problem(part: str, pattern: str, **values: str) -> Problem:
        return Problem(ladder.name, part, pattern, values)

    columns = {**AGENT_COLUMNS, **book.agent}
    if ladder.rank not in columns:
        yield problem("rank", _("An agent has no column %(column)s to hold the rank."), column=ladder.rank)
    elif columns[ladder.rank].unit not in (Unit.TEXT, Unit.KEY):
        yield problem("rank", _("The column %(column)s holds the rank, so it is a text, not a %(unit)s."),
                      column=ladder.rank, unit=columns[ladder.rank].unit.value)  # fmt: skip
    if not ladder.ranks:
        yield problem("ranks", _("The ladder has no ranks: list them from low to high."))
    for rank in sorted({rank for rank in ladder.ranks if ladder.ranks.count(rank) > 1}):
        yield problem("ranks", _("The rank %(rank)s is listed more than once."), rank=rank)
    for rank in sorted(set(ladder.rank_titles) - set(ladder.ranks)):
        yield problem("rank_titles", _("The ladder has no rank %(rank)s; it has %(ranks)s."), rank=rank,
                      ranks=", ".join(ladder.ranks))  # fmt: skip
    for at, move in enumerate(ladder.moves, 1):
        part = f"move {at}"
        ranks = {"from": move.from_rank, "to": move.to_rank} | ({"otherwise": move.otherwise} if move.otherwise else {})
        strange = [rank for rank in ranks.values() if rank not in ladder.ranks]
        if strange:
            yield problem(
                part,
                _("The ladder has no rank %(rank)s; it has %(ranks)s."),
                rank=strange[0],
                ranks=", ".join(ladder.ranks),
            )
            continue
        here, there = ladder.ranks.index(move.from_rank), ladder.ranks.index(move.to_rank)
        if move.kind == "promotion" and there <= here:
            yield problem(part, _("A promotion leads to a higher rank, and %(to)s is not above %(from)s."), **ranks)
        elif move.kind == "demotion" and there >= here:
            yield problem(part, _("A demotion leads to a lower rank, and %(to)s is not below %(from)s."), **ranks)
        elif move.kind == "maintenance" and there != here:
            yield problem(
                part,
                _("A maintenance keeps the rank %(from)s, so it leads to itself, not to %(to)s; see otherwise."),
                **ranks,
            )
        elif move.otherwise and move.kind != "maintenance":
            yield problem(part, _("Only a maintenance has a rank otherwise: leave %(otherwise)s out."), **ranks)
        elif move.otherwise and ladder.ranks.index(move.otherwise) >= here:
            yield problem(
                part,
                _("A maintenance that fails leads to a lower rank, and %(otherwise)s is not below %(from)s."),
                **ranks,
            )


def _line(line: Line) -> Iterator[Problem]:
    if not line.group:
        yield Problem(
            line.name, "group", _("The line stands in no group: name the part of the statement it belongs to.")
        )
