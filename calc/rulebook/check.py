"""The check: a book in, a checked book out, or all its problems at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Context, localcontext
from functools import lru_cache

from calc.rulebook import units
from calc.rulebook.checked import Checked, Text, Type
from calc.rulebook.declared import declaration_problems
from calc.rulebook.elements import NUMERIC, Book, Formula, Line, Measure, Unit
from calc.rulebook.inference import Inference
from calc.rulebook.names import closest
from calc.rulebook.naming import COARSENESS, Scope
from calc.rulebook.order import circles, groups, levels, named, only, read_back, uses
from calc.rulebook.problems import Problem, _
from calc.rulebook.reading import Unreadable, parse
from calc.rulebook.syntax import Expression
from calc.rulebook.tables import table_problems

Place = tuple[str, str]  # element and part
PAID_DECIMALS = 2


def check(book: Book, elsewhere: Mapping[str, Type] | None = None) -> tuple[Checked | None, list[Problem]]:
    """A book with the types of all its expressions and the order to compute them in; None when there are problems.

    `elsewhere`: what measures and formulas can be where other rules hold, whose values are named here too.
    """
    with localcontext(Context(prec=200)):  # bounds are exact, however large
        checking = _Checking(book, elsewhere or {})
        return checking.result()


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Expression:
    """A text is read once: while somebody types, all other formulas stay as they are."""
    return parse(text)


class _Checking:
    """One book's check, step by step: each looks only at what the steps before it left standing."""

    def __init__(self, book: Book, elsewhere: Mapping[str, Type]) -> None:
        self.book, self.elsewhere = book, elsewhere
        self.problems = declaration_problems(book)
        for table in book.tables.values():
            self.problems += table_problems(table)
        self.read: dict[Place, Expression] = {}
        self.texts: dict[Place, Text] = {}
        self.results: dict[str, Type] = {}
        for place, text in _written(book).items():
            self._read(place, text)

    def result(self) -> tuple[Checked | None, list[Problem]]:
        elements = [*self.book.measures, *self.book.formulas]
        needs = only({name: self._needs(name, with_prior=False) for name in elements}, elements)
        self._circles(needs)
        self._type_elements(needs, only({name: self._needs(name, with_prior=True) for name in elements}, elements))
        for ladder in self.book.ladders.values():
            for at, _move in enumerate(ladder.moves, 1):
                self._condition((ladder.name, f"move {at}"))
        for line in self.book.lines.values():
            self._line(line)
        if self.problems:
            return None, self.problems
        return Checked(self.book, self.texts, self.results, levels(needs), self._uses()), []

    def _read(self, place: Place, text: str) -> None:
        try:
            self.read[place] = _parsed(text)
        except Unreadable as unreadable:
            element, part = place
            self.problems.append(replace(unreadable.problem, element=element, part=part))

    def _needs(self, name: str, with_prior: bool) -> frozenset[str]:
        read = (self.read.get((name, part)) for part in ("expression", "where"))
        return frozenset().union(*(named(expression, with_prior) for expression in read if expression is not None))

    def _circles(self, needs: Mapping[str, frozenset[str]]) -> None:
        for circle in circles(needs):
            first = circle[0]
            if len(circle) == 1:
                pattern = _("%(name)s needs itself. For its value of an earlier month write PRIOR(%(name)s, 1).")
                self.problems.append(Problem(first, "expression", pattern, {"name": first}))
                continue
            pattern = _(
                "%(chain)s: each needs the next, so none can be worked out first. Take one of them out, or read it by PRIOR."
            )
            self.problems.append(Problem(first, "expression", pattern, {"chain": " → ".join([*circle, first])}))

    # -- measures and formulas

    def _type_elements(self, needs: Mapping[str, frozenset[str]], with_prior: Mapping[str, frozenset[str]]) -> None:
        """Types of all elements, each after those it needs; where earlier months close a circle, declared bounds open it."""
        for group in groups(with_prior):
            read = (self.read.get((name, part)) for name in group for part in ("expression", "where"))
            back = frozenset().union(*(read_back(expression) for expression in read if expression is not None))
            ahead = [name for name in group if name in back and (len(group) > 1 or name in with_prior[name])]
            for name in ahead:
                self._declared_ahead(name)
            ordered = [name for level in levels(only({name: needs[name] for name in group}, group)) for name in level]
            for name in ordered or group:
                if measure := self.book.measures.get(name):
                    self._measure(measure)
                else:
                    self._formula(self.book.formulas[name], name in ahead)

    def _gives(self, name: str, kind: Type) -> None:
        """The type of an element as others see it."""
        self.results[name] = units.widest((kind, self.elsewhere[name])) if name in self.elsewhere else kind

    def _declared_ahead(self, name: str) -> None:
        """The type of an element whose earlier months are read before it is worked out."""
        element = self.book.measures.get(name)
        quantity = element.quantity if element else self.book.formulas[name].quantity
        bounded = quantity.low is not None and quantity.high is not None
        if name in self.book.measures or bounded or quantity.unit not in NUMERIC:
            self._gives(name, units.type_of(quantity))
            return
        pattern = _(
            "%(name)s looks at its own earlier months, so its bounds do not follow from them: declare low and high."
        )
        self.problems.append(Problem(name, "unit", pattern, {"name": name}))

    def _infer(self, place: Place, scope: Scope) -> Type | None:
        expression = self.read.get(place)
        if expression is None:
            return None
        inference = Inference(*place)
        found = inference.of(expression, scope)
        self.problems += inference.problems
        if not inference.problems:
            self.texts[place] = Text(*place, scope.grain, expression, inference.types)
        return found

    def _problem(self, place: Place, pattern: str, **values: str) -> None:
        expression = self.read.get(place)
        self.problems.append(Problem(*place, pattern, values, expression.span if expression else None))

    def _formula(self, formula: Formula, ahead: bool) -> None:
        place = (formula.name, "expression")
        if formula.grain not in COARSENESS and formula.grain not in self.book.facts:
            return
        found = self._infer(place, Scope(self.book, formula.grain, self.results))
        quantity = formula.quantity
        if found is None or not self._has_unit(place, found, quantity.unit):
            return
        declared = units.type_of(quantity)
        if quantity.unit not in NUMERIC:
            self._gives(formula.name, Type(quantity.unit, can_miss=found.can_miss))
            return
        limit = declared.decimals if quantity.decimals is not None or (ahead and formula.name in self.results) else None
        if limit is not None and found.decimals > limit:
            pattern = _(
                "This has up to %(decimals)s decimals, and %(limit)s are declared: write ROUND(..., %(limit)s) around it."
            )
            self._problem(place, pattern, decimals=str(found.decimals), limit=str(limit))
        low = found.low if quantity.low is None else quantity.low
        high = found.high if quantity.high is None else quantity.high
        decimals = found.decimals if limit is None else limit
        self._gives(formula.name, Type(quantity.unit, low, high, decimals, found.can_miss))

    def _has_unit(self, place: Place, found: Type, unit: Unit) -> bool:
        if found.unit == unit or (found.unit is units.PLAIN and unit in NUMERIC):
            return True
        pattern = _("This gives a %(found)s, and a %(unit)s is declared: change the unit or the expression.")
        self._problem(place, pattern, found=units.unit_name(found), unit=unit.value)
        return False

    def _measure(self, measure: Measure) -> None:
        if measure.of != "agent" and measure.of not in self.book.facts:
            return
        months = measure.of != "agent" and (measure.window != "month" or measure.ago != 0)
        scope = Scope(self.book, measure.of, self.results, earlier_months=months)
        if measure.where:
            self._condition((measure.name, "where"), scope)
        declared = units.type_of(measure.quantity)
        place = (measure.name, "expression")
        found = self._infer(place, scope)
        if measure.aggregate in ("count", "count_distinct"):
            self._gives(measure.name, declared)
            return
        self._gives(measure.name, replace(declared, can_miss=measure.aggregate in ("min", "max")))
        if found is None or not self._has_unit(place, found, measure.quantity.unit):
            return
        if measure.aggregate == "sum" and measure.quantity.unit not in NUMERIC:
            self._problem(place, _("Only numbers are summed, and this is a %(unit)s."), unit=units.unit_name(found))
        elif measure.quantity.unit in (Unit.TEXT, Unit.KEY, Unit.FLAG):
            pattern = _("The smallest and the largest are found among numbers and dates, and this is a %(unit)s.")
            self._problem(place, pattern, unit=units.unit_name(found))
        elif measure.quantity.decimals is None:
            kind = replace(declared, decimals=max(found.decimals, 0), can_miss=measure.aggregate in ("min", "max"))
            self._gives(measure.name, kind)
        elif found.decimals > declared.decimals:
            pattern = _(
                "What is measured has %(decimals)s decimals, and the measure %(limit)s: write ROUND(..., %(limit)s) around it."
            )
            self._problem(place, pattern, decimals=str(found.decimals), limit=str(declared.decimals))

    def _condition(self, place: Place, scope: Scope | None = None) -> None:
        found = self._infer(place, scope or Scope(self.book, "agent", self.results))
        if found is not None and found.unit != Unit.FLAG:
            self._problem(
                place,
                _("This must be a condition, and it gives a %(unit)s: compare it with something."),
                unit=units.unit_name(found),
            )

    # -- lines

    def _line(self, line: Line) -> None:
        self._paid(line)
        for part in ("cap", "hold", "release"):
            place = (line.name, part)
            found = self._infer(place, Scope(self.book, "agent", self.results))
            if found is None:
                continue
            if found.unit not in (Unit.MONEY, units.PLAIN):
                self._problem(
                    place,
                    _("The %(part)s of a line is money, and this is a %(unit)s."),
                    part=part,
                    unit=units.unit_name(found),
                )
            elif found.decimals > PAID_DECIMALS:
                pattern = _(
                    "The %(part)s of a line comes to cents, and this has %(decimals)s decimals: write ROUND(..., 2) around it."
                )
                self._problem(place, pattern, part=part, decimals=str(found.decimals))

    def _paid(self, line: Line) -> None:
        def problem(pattern: str, **values: str) -> None:
            self.problems.append(Problem(line.name, "pays", pattern, values))

        element = self.book.measures.get(line.pays) or self.book.formulas.get(line.pays)
        if element is None:
            meant = closest(line.pays, [*self.book.measures, *self.book.formulas])
            if meant:
                problem(
                    _("The line pays %(pays)s, which is not there; did you mean %(closest)s?"),
                    pays=line.pays,
                    closest=meant,
                )
            else:
                problem(
                    _("The line pays %(pays)s, which is not there: name a measure or formula of money."), pays=line.pays
                )
        elif element.grain != "agent":
            pattern = _("The line pays %(pays)s, a value of each %(grain)s: only agents are paid.")
            problem(pattern, pays=line.pays, grain=element.grain)
        elif element.quantity.unit != Unit.MONEY:
            problem(
                _("The line pays %(pays)s, which is a %(unit)s: only money is paid."),
                pays=line.pays,
                unit=element.quantity.unit.value,
            )
        elif (found := self.results.get(line.pays)) and found.decimals > PAID_DECIMALS:
            pattern = _(
                "The line pays %(pays)s, which has up to %(decimals)s decimals: cents are paid, so write ROUND(..., 2) in %(pays)s."
            )
            problem(pattern, pays=line.pays, decimals=str(found.decimals))
        elif found and line.kind == "deduction" and found.low is not None and found.low >= 0 and found.high != 0:
            pattern = _(
                "%(pays)s is never below zero, so this deduction would be paid: put a minus before the formula of %(pays)s."
            )
            problem(pattern, pays=line.pays)

    def _uses(self) -> dict[str, frozenset[str]]:
        book = self.book
        found: dict[str, set[str]] = {name: set() for name in (*book.measures, *book.formulas)}
        for measure in book.measures.values():
            found[measure.name] |= {measure.of} & book.facts.keys()
        for formula in book.formulas.values():
            found[formula.name] |= {formula.grain} & book.facts.keys()
        for line in book.lines.values():
            found[f"line {line.name}"] = {line.pays}
        for ladder in book.ladders.values():
            found[f"ladder {ladder.name}"] = set()
        for (element, part), expression in self.read.items():
            owner = _owner(element, part)
            found[owner] |= uses(expression, book)
        return {name: frozenset(others) for name, others in found.items()}


def _owner(element: str, part: str) -> str:
    if part in ("cap", "hold", "release"):
        return f"line {element}"
    return f"ladder {element}" if part.startswith("move ") else element


def _written(book: Book) -> dict[Place, str]:
    """Every text of a book that is an expression."""
    return dict(_texts(book))


def _texts(book: Book) -> Iterator[tuple[Place, str]]:
    for measure in book.measures.values():
        if measure.aggregate != "count":
            yield (measure.name, "expression"), measure.expression
        if measure.where:
            yield (measure.name, "where"), measure.where
    for formula in book.formulas.values():
        yield (formula.name, "expression"), formula.expression
    for ladder in book.ladders.values():
        for at, move in enumerate(ladder.moves, 1):
            yield (ladder.name, f"move {at}"), move.when
    for line in book.lines.values():
        for part, text in (("cap", line.cap), ("hold", line.hold), ("release", line.release)):
            if text:
                yield (line.name, part), text
