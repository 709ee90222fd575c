"""Bring an insurer's sales force and products into PostgreSQL; part of loading an organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from portal.models import agents as tables
from portal.sources.base import Organisation


class LoadError(Exception):
    """The organisation cannot be written; the sentence says what stands against it."""


def write_sales_force(session: Session, organisation: Organisation, people: Mapping[str, int]) -> dict[str, int]:
    """Write agents, their ranks and relations, and the products; the rows written by table.

    Raises LoadError when relations close a circle or somebody is in a relation with himself.
    """
    agents = {one.agent_no: people[one.person_code] for one in organisation.agents}
    _insert(
        session,
        tables.Agent,
        [
            {"id": agents[one.agent_no], "agent_no": one.agent_no, "joined_on": one.joined_on}
            for one in organisation.agents
        ],
    )
    periods = [{**asdict(one), "agent_id": agents[one.agent_no]} for one in organisation.agent_periods]
    _insert(session, tables.AgentPeriod, [_without(row, "agent_no") for row in periods])
    relations = _write_relations(session, organisation, agents)
    return {
        "agent": len(agents),
        "agent_period": len(periods),
        "relation": relations,
        "insurance_product": _write_products(session, organisation),
    }


def _write_relations(session: Session, organisation: Organisation, agents: Mapping[str, int]) -> int:
    if not organisation.relations:
        return 0
    subjects = dict.fromkeys((one.kind, one.agent_no) for one in organisation.relations)
    table = tables.Relation
    found = session.execute(
        insert(table).returning(table.id, sort_by_parameter_order=True),
        [{"kind": kind, "agent_id": agents[agent_no]} for kind, agent_no in subjects],
    ).scalars()
    ids = dict(zip(subjects, found, strict=True))
    rows = []
    for one in organisation.relations:
        if one.agent_no == one.from_agent_no:
            raise LoadError(f"Agent {one.agent_no} is in the relation {one.kind} with himself.")
        dates = {"valid_from": one.valid_from, "valid_to": one.valid_to}
        rows.append({"relation_id": ids[one.kind, one.agent_no], "from_id": agents[one.from_agent_no], **dates})
    _insert(session, tables.RelationPeriod, rows)
    circle = session.execute(text(CIRCLE)).first()
    if circle is not None:
        raise LoadError(f"On {circle.day} the {circle.kind} relation of agent {circle.agent_no} leads back to him.")
    return len(rows)


# Everybody's way up, each step only for the days on which all steps hold.
CIRCLE = """
with recursive up as (
    select kind, agent_id, from_id, valid_from as first_day, valid_to as end_day, array[agent_id] as way
    from relation join relation_period on relation_id = relation.id
    union all
    select up.kind, up.agent_id, next.from_id, greatest(up.first_day, next.valid_from),
           least(up.end_day, next.valid_to), up.way || next.agent_id
    from up join (select kind, agent_id, from_id, valid_from, valid_to
                  from relation join relation_period on relation_id = relation.id) next
      on next.kind = up.kind and next.agent_id = up.from_id
     and next.valid_from < up.end_day and next.valid_to > up.first_day
    where up.from_id <> all (up.way)
)
select kind, agent_no, min(first_day) as day from up join agent on agent.id = agent_id
where from_id = agent_id group by kind, agent_no order by day limit 1
"""


def _write_products(session: Session, organisation: Organisation) -> int:
    products = {one.code: one.line for one in organisation.insurance_products}
    if not products:
        return 0
    table = tables.InsuranceProduct
    rows = [{"code": code, "line": line} for code, line in products.items()]
    found = session.execute(insert(table).returning(table.code, table.id, sort_by_parameter_order=True), rows)
    ids = {row.code: row.id for row in found}
    periods = [{**asdict(one), "product_id": ids[one.code]} for one in organisation.insurance_products]
    _insert(session, tables.InsuranceProductPeriod, [_without(row, "code", "line") for row in periods])
    return len(products)


def _insert(session: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model), rows)


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
