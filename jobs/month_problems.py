"""Rows of a month without a value, as problems of the run: who, which element, why, what to do; each of one rulebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert

from calc import Engine
from jobs.inputs import open_engine
from jobs.job import Chunk
from portal.database import database
from portal.models.runs import Problem
from portal.permissions import NIGHTLY
from portal.query.policy_numbers import numbers_behind
from portal.query.reader import reading
from portal.query.row_problems import row_problem
from portal.query.runs import RULES_OF_MONTH
from portal.sentence import Sentence

KEPT_PROBLEMS = 500  # of one element and reason; the count is always told
COLUMNS = ("grain", "row_key", "element", "part", "reason", "detail")
NUMBERED = """
with numbered as (
    select *, row_number() over same as place, count(*) over same as alike
    from read_parquet('{file}') window same as (partition by element, part, reason order by row_key))
select grain, row_key, agent_id, element, part, start, reason, coalesce(detail, '') as detail, alike from numbered
where place <= {kept} order by element, part, reason, row_key
"""


def keep_problems(
    chunk: Chunk, files: Mapping[Path, tuple[str, str]], others: Sequence[tuple[str, str, Sentence]] = ()
) -> int:
    """Write the problems of a run, replacing those of a try that was killed; gives back how many there are.

    `files` says of each table of row problems whose rulebook it is, and which closed month when one was computed again;
    `others` are sentences of a rule about the month as a whole: rule, rulebook (empty for all), what is wrong.
    """
    rows: list[dict[str, Any]] = []
    total = 0
    with open_engine(chunk) as engine:
        for file, (rulebook, month) in files.items():
            count, found = _of_file(engine, chunk, file, rulebook, month)
            total += count
            rows += found
    rows += [_kept(chunk, rule, "month", said, {"rulebook": rulebook}) for rule, rulebook, said in others]
    with database().transaction(NIGHTLY) as session:
        session.execute(delete(Problem).where(Problem.chunk == chunk.id))
        if rows:
            session.execute(insert(Problem), rows)
    return total + len(others)


def _of_file(engine: Engine, chunk: Chunk, file: Path, rulebook: str, month: str) -> tuple[int, list[dict[str, Any]]]:
    """How many problems a table holds, and those that are kept."""
    asked = engine.connection.execute(NUMBERED.format(file=file, kept=KEPT_PROBLEMS))
    names = [column[0] for column in asked.description or ()]
    rows = [dict(zip(names, values, strict=True)) for values in asked.fetchall()]
    called = _policies_behind(rows)
    found = []
    for row in rows:
        grain, key, element, part, reason, detail = (str(row[name]) for name in COLUMNS)
        said = row_problem(grain, key, element, part, reason, detail, called.get((grain, key), ""))
        if month:
            said = Sentence("%(month)s, computed again: %(problem)s", month=month, problem=said)
        told = row | {"rulebook": rulebook} | ({"month": month} if month else {})
        found.append(_kept(chunk, f"{RULES_OF_MONTH}: {row['element']}", row.pop("grain"), said, told))
    counted = engine.connection.execute(f"select count(*) from read_parquet('{file}')").fetchone()
    return (counted[0] if counted else 0), found


def _policies_behind(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """The printed numbers of the policies behind rows, by grain and key."""
    keys: dict[str, set[str]] = {}
    for row in rows:
        keys.setdefault(row["grain"], set()).add(row["row_key"])
    with reading(NIGHTLY) as reader:
        return {
            (grain, key): number
            for grain, found in keys.items()
            for key, number in numbers_behind(reader, grain, found).items()
        }


def _kept(chunk: Chunk, rule: str, dataset: str, said: Sentence, told: dict[str, Any]) -> dict[str, Any]:
    told.pop("grain", None)
    return {
        "chunk": chunk.id, "business_date": chunk.last_date, "rule": rule, "severity": "warning", "dataset": dataset,
        "message": str(said), "row": told | {"says": said.kept()},
    }  # fmt: skip
