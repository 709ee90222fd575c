"""Why of a compressed sum: who is summed, each on the level that has closed up."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping

from calc.engine import Engine
from calc.rulebook import explain, run_month
from calc.rulebook.book import book_of
from calc.rulebook.compiling import compile_plan
from calc.rulebook.terms import Term
from tests.rulebook import compiled
from tests.rulebook.twin import Given

MAY = dt.date(2026, 5, 1)


def explained(formulas: Mapping[str, str], ranks: Mapping[str, str], elements: list[str]) -> dict[str, Term]:
    """Terms of the first agent's elements, where each agent reports to the one before."""
    told = {
        "name": "line", "agent": {"sold": "money"},
        "formulas": {name: {"grain": "agent", "unit": "money", "expression": text} for name, text in formulas.items()},
    }  # fmt: skip
    book, problems = book_of(told)
    assert not problems, problems
    agents = [
        {
            "agent_id": key,
            "institution_id": "I1",
            "team_id": None,
            "rank": rank,
            "joined_on": MAY,
            "sold": 10 ** len(key),
        }
        for key, rank in ranks.items()
    ]
    line = list(ranks)
    relations = [
        {"kind": "reporting", "from_id": above, "to_id": below, "since": MAY}
        for above, below in itertools.pairwise(line)
    ]
    given = Given(MAY, agents, relations=relations)
    plan = compile_plan(compiled.all_checked({"only": book}))
    with Engine() as engine:
        compiled.give(engine, {"only": book}, given)
        engine.connection.execute("create table history (agent_id varchar, month date)")
        run_month(engine, plan)
        return {element: explain(engine, plan, line[0], element) for element in elements}


def test_why_shows_the_levels_that_have_closed_up() -> None:
    found = explained(
        {
            "plain": "DOWNLINE(agent.sold * edge.depth, 2)",
            "closed_up": "DOWNLINE(agent.sold * edge.depth, 2, agent.rank = 'active')",
            "second": "GENERATION(agent.sold, reporting, 2, agent.rank = 'active')",
        },
        {"me": "active", "a": "idle", "bb": "idle", "ccc": "active", "dddd": "active", "eeeee": "active"},
        ["plain", "closed_up", "second"],
    )
    assert _parts(found["plain"]) == {"a": 10, "bb": 200}
    assert _parts(found["closed_up"]) == {"a": 10, "bb": 100, "ccc": 1000, "dddd": 20000}
    assert _parts(found["second"]) == {"dddd": 10000}
    assert {name: term.value for name, term in found.items()} == {"plain": 210, "closed_up": 21110, "second": 10000}


def _parts(term: Term) -> dict[str, object]:
    return {part.key: part.value for part in term.children[0].children}


def test_a_cycle_of_recruiters_is_a_problem_and_no_endless_way() -> None:
    told = {
        "name": "circle", "agent": {"sold": "money"},
        "formulas": {"x": {"grain": "agent", "unit": "money", "expression": "GENERATION(agent.sold, recruiter, 1, FALSE)"}},
    }  # fmt: skip
    book, problems = book_of(told)
    assert not problems, problems
    agents = [
        {"agent_id": key, "institution_id": "I1", "team_id": None, "rank": "agent", "joined_on": MAY, "sold": 10}
        for key in "abcd"
    ]
    steps = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "d")]
    relations = [{"kind": "recruiter", "from_id": one, "to_id": other, "since": MAY} for one, other in steps]
    plan = compile_plan(compiled.all_checked({"only": book}))
    with Engine() as engine:
        compiled.give(engine, {"only": book}, Given(MAY, agents, relations=relations))
        engine.connection.execute("create table history (agent_id varchar, month date)")
        run_month(engine, plan)
        told_of = engine.connection.execute("select row_key, element, detail from row_problem order by all").fetchall()
        values = dict(engine.connection.execute("select agent_id, x from agent_value").fetchall())
    assert told_of == [("a", "recruiter", "a > b > a"), ("b", "recruiter", "a > b > a")]
    assert values == {"a": 0, "b": 20, "c": 10, "d": 0}
