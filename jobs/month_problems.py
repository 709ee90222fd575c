"""Rows of a month without a value, as problems of the run: who, which element, why, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, insert

from jobs.inputs import open_engine
from jobs.job import Chunk
from portal.database import database
from portal.models.runs import Problem
from portal.permissions import NIGHTLY

KEPT_PROBLEMS = 500  # of one element and reason; the count is always told
WORDS = {
    "missing": "a value is missing ({detail}): add the row or the fact, or say what holds then, with COALESCE",
    "division by zero": "it divides by zero: say what holds then, with IF",
    "bounds": "{detail} lies outside the declared bounds: correct the fact, or widen the bounds",
    "cycle": "the reporting line runs in a circle: {detail}",
}


def sentence(element: str, part: str, reason: str, detail: str, who: str) -> str:
    """What is wrong with one row."""
    words = WORDS.get(reason, reason + (f" ({detail})" if detail else ""))
    where = element if part == "expression" else f"{element}, {part}"
    return f"{who}: {where}: {words.format(detail=detail or '?')}."


def keep_problems(chunk: Chunk, files: Sequence[Path]) -> int:
    """Write the problems of a run, replacing those of a try that was killed; gives back how many rows have one."""
    rows = []
    total = 0
    with open_engine(chunk) as engine:
        for file in files:
            found = engine.connection.execute(
                f"""with numbered as (
                    select *, row_number() over same as place, count(*) over same as alike
                    from read_parquet('{file}') window same as (partition by element, part, reason order by row_key))
                select grain, row_key, agent_id, element, part, start, reason, detail, alike from numbered
                where place <= {KEPT_PROBLEMS} order by element, part, reason, row_key"""
            ).fetchall()
            counted = engine.connection.execute(f"select count(*) from read_parquet('{file}')").fetchone()
            total += counted[0] if counted else 0
            for grain, row_key, agent_id, element, part, start, reason, detail, alike in found:
                who = f"Agent {agent_id}" if grain == "agent" else f"{grain} {row_key}"
                rows.append(
                    {
                        "chunk": chunk.id, "business_date": chunk.last_date, "rule": f"rulebook: {element}",
                        "severity": "warning", "dataset": grain,
                        "message": sentence(element, part, reason, detail or "", who),
                        "row": {"row_key": row_key, "agent_id": agent_id, "element": element, "part": part,
                                "start": start, "reason": reason, "detail": detail, "alike": alike},
                    }
                )  # fmt: skip
    with database().transaction(NIGHTLY) as session:
        session.execute(delete(Problem).where(Problem.chunk == chunk.id))
        if rows:
            session.execute(insert(Problem), rows)
    return total
