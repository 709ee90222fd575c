"""Cycles in the reporting line, and in relations walked without end: found by peeling, named, and taken out before."""

from __future__ import annotations

from calc.engine import Engine
from calc.rulebook import sql

REPORTING, WITHOUT = "edges reporting", " without cycles"


def is_walked(table: str) -> bool:
    """Whether a table holds steps that are walked without end, so that its cycles have to go."""
    return table == REPORTING or (table.startswith("edges ") and table.endswith(WITHOUT))


def without_cycles_of(kind: str) -> str:
    """The table of a relation's steps without its cycles."""
    return REPORTING if kind == "reporting" else f"edges {kind}{WITHOUT}"


def break_cycles(engine: Engine, table: str) -> None:
    """Leaves the table `cycle` (of the reporting line) with the members, a problem for each, and no steps among them.

    Steps to people under whom nobody stands are dropped again and again: most are gone at once, and what is left when
    nothing drops any more leads into cycles. The same from the top leaves the cycles.
    """
    run = engine.connection.execute
    edges, kind = sql.table(table).sql("duckdb"), table.removeprefix("edges ").removesuffix(WITHOUT)
    cycle = "cycle" if table == REPORTING else '"cycle of a relation"'
    run(f'create or replace temp table "line left" as select from_id, to_id from {edges}')
    for inner, outer in (("to_id", "from_id"), ("from_id", "to_id")):
        _peel(engine, inner, outer)
    rows = run('select from_id, to_id from "line left" order by all').fetchall()
    run(f"create or replace table {cycle} as select agent_id, agent_id::varchar as members from agent limit 0")
    for members in _cycles(rows):
        shown = " > ".join(str(member) for member in (*members, members[0]))
        for member in members:
            run(f"insert into {cycle} values (?, ?)", [member, shown])
    if rows:
        run(
            f"""insert into row_problem select 'agent', agent_id::varchar, agent_id, $kind, 'relation', 0, 'cycle', members
               from {cycle}""",
            {"kind": kind},
        )
        run(
            f"delete from {edges} where from_id in (select agent_id from {cycle}) and to_id in (select agent_id from {cycle})"
        )


def _peel(engine: Engine, inner: str, outer: str) -> None:
    left = -1
    while (now := engine.rows("line left")) not in (0, left):
        left = now
        engine.connection.execute(
            f"""create or replace temp table "line left" as select one.* from "line left" one
                semi join "line left" other on one.{inner} = other.{outer}"""
        )


def _cycles(edges: list[tuple[object, object]]) -> list[list[object]]:
    """Members of each cycle in the order of the steps, from what peeling left."""
    below: dict[object, object] = {}
    for superior, subordinate in edges:
        below.setdefault(superior, subordinate)
    seen: set[object] = set()
    found = []
    for start in below:
        way: list[object] = []
        person = start
        while person in below and person not in seen:
            seen.add(person)
            way.append(person)
            person = below[person]
        if person in way:
            found.append(way[way.index(person) :])
    return found
