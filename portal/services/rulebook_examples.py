"""Example people: the pay they must get under every version from a day on, computed with nothing but the facts they were given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from flask_babel import gettext as _

from calc import Engine
from calc.rulebook import UnfitMonth, compile_plan, run_month
from calc.rulebook.checked import Checked, Type
from calc.rulebook.elements import Unit
from calc.rulebook.plan import Plan
from portal.models.rulebooks import RulebookExample, RulebookVersion
from portal.query.reader import Reader
from portal.query.rulebooks import examples_of
from portal.query.statement import last_of
from portal.services.rulebook_cells import BadExample, amount, typed

ABOUT = "about"  # the agent an example is about, among the facts given
ENGINE_MEMORY = "512MB"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one example must give, and what it gives; None where it has no value."""

    example: RulebookExample
    name: str
    expected: Decimal
    found: Decimal | None

    @property
    def missed(self) -> bool:
        return self.found != self.expected


def outcomes(checked: Checked, examples: Sequence[RulebookExample], rules: str = "") -> list[Outcome]:
    """Every expected amount of every example beside what the rules give. Raises BadExample.

    `rules` is the hash of the rules: what they give on an example's facts, which never change, is worked out once.
    """
    plan: Plan | None = None
    found: list[Outcome] = []
    for example in examples:
        asked = (rules, example.id)
        values = _kept.get(asked)
        if values is None:
            plan = plan or compile_plan({1: checked})
            values = computed(plan, example.month, example.given)
            if rules:
                _kept[asked] = values
                while len(_kept) > MOST_KEPT:
                    _kept.pop(next(iter(_kept)), None)
        for name, text in example.expected.items():
            found.append(Outcome(example, name, amount(text, f"{example.title}, {name}"), values.get(name)))
    return found


MOST_KEPT = 400
_kept: dict[tuple[str, int], dict[str, Decimal | None]] = {}


def computed(plan: Plan, month: dt.date, given: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """Elements and lines of the agent an example is about."""
    about = int(given.get(ABOUT) or next((row["agent_id"] for row in given.get("agent", ())), 0))
    with given_month(plan, month, given) as engine:
        values: dict[str, Decimal | None] = {}
        for row in engine.fetch("agent_value").to_pylist():
            if row["agent_id"] == about:
                values |= {name: _plain(value) for name, value in row.items()}
        for row in engine.fetch("line_amount").to_pylist():
            if row["agent_id"] == about:
                values[row["line"]] = row["paid"]
        return values


@contextmanager
def given_month(plan: Plan, month: dt.date, given: Mapping[str, Any]) -> Iterator[Engine]:
    """An engine that has just computed a month of nothing but the rows given, as texts by table. Raises BadExample."""
    with Engine(threads=1, memory=ENGINE_MEMORY) as engine:
        engine.give("month", pa.table({
            "first_day": pa.array([month], pa.date32()), "last_day": pa.array([last_of(month)], pa.date32()),
        }))  # fmt: skip
        for table, columns in plan.needs.items():
            if table != "month":
                engine.give(table, typed(table, columns, given.get(table, ())))
        _give_rules(engine, given)
        if plan.history:
            history = {"agent_id": Type(Unit.KEY), "month": Type(Unit.DATE), **plan.history}
            engine.give("history", typed("history", history, given.get("history", ())))
        try:
            run_month(engine, plan)
        except UnfitMonth as problem:
            raise BadExample(_(problem.problem.pattern) % problem.problem.values) from problem
        yield engine


def _give_rules(engine: Engine, given: Mapping[str, Any]) -> None:
    """One variant for every institution that is named."""
    tables = [row for rows in given.values() if isinstance(rows, list) for row in rows]
    places = sorted({int(value) for row in tables for name, value in row.items() if name.endswith("institution_id")})
    places = places or [1]
    engine.give("rules", pa.table({
        "institution_id": pa.array(places, pa.int64()),
        "valid_from": pa.array([dt.date(1900, 1, 1)] * len(places), pa.date32()),
        "valid_to": pa.array([dt.date(9999, 12, 31)] * len(places), pa.date32()),
        "variant": pa.array([1] * len(places), pa.int64()),
    }))  # fmt: skip


def _plain(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def line_titles(checked: Checked, language: str) -> dict[str, str]:
    """What people call the statement lines of rules that check, by their names."""
    lines = {name: one.titles for name, one in checked.book.lines.items()}
    return {name: (language == "zh" and one.zh) or one.en or name for name, one in lines.items()}


def missed_sentences(reader: Reader, version: RulebookVersion, checked: Checked, rules: str = "") -> list[str]:
    """What example people would get and must not; empty when a draft may be submitted."""
    bound = examples_of(reader, version.rulebook_id, version.valid_from)
    try:
        found = outcomes(checked, bound, rules)
    except BadExample as problem:
        return [str(problem)]
    titles = line_titles(checked, reader.actor.language)
    return [
        _("Example %(title)s: %(name)s must be %(expected)s and is %(found)s.", title=one.example.title,
          name=titles.get(one.name, one.name),
          expected=one.expected, found="–" if one.found is None else one.found)
        for one in found if one.missed
    ]  # fmt: skip
