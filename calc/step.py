"""A step: one SELECT in a `.sql` file, named for the table it makes, with a header that says what it reads and makes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from calc.columns import COLUMNS

HERE = Path(__file__).parent
HEADER = re.compile(r"^--\s?(?:(?P<word>reads|makes|grain|units|source|rule|says|severity):)?\s*(?P<rest>.*)$")
TABLE = re.compile(r"(\w+)\s*\(([^)]*)\)")


class StepError(ValueError):
    """A step and what it is given or gives do not fit; the message names the step, the table and the column."""


@dataclass(frozen=True, slots=True)
class Step:
    """One calculation: its name, its SELECT, and what its header declares."""

    name: str
    sql: str
    title: str
    reads: dict[str, tuple[str, ...]]
    makes: tuple[str, ...]
    notes: dict[str, str]
    room: str = ""  # the folder it stands in

    def used_tables(self) -> set[str]:
        """The tables the SELECT really names, common table expressions left out."""
        tree = sqlglot.parse_one(self.sql, read="duckdb")
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        return {table.name for table in tree.find_all(exp.Table) if table.name and table.name not in own}

    def lineage(self, column: str) -> Node:
        """Where a column of this step's table comes from, down to the columns of the tables read."""
        if column not in self.makes:
            raise StepError(f"Step {self.name} makes no column {column}; it makes {', '.join(self.makes)}.")
        schema = {table: {name: COLUMNS[name] for name in names} for table, names in self.reads.items()}
        return lineage(column, self.sql, schema=schema, dialect="duckdb")


def parse_step(path: Path) -> Step:
    """Read one `.sql` file; a header that does not fit the SELECT is an error."""
    notes: dict[str, list[str]] = {}
    word = "title"
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line.startswith("--"):
            break
        match = HEADER.match(line)
        assert match is not None
        word = match["word"] or word
        notes.setdefault(word, []).append(match["rest"].strip())
    said = {word: " ".join(parts).strip() for word, parts in notes.items()}
    reads = {name: _names(columns) for name, columns in TABLE.findall(said.get("reads", ""))}
    step = Step(
        name=path.stem, sql="\n".join(lines), title=said.get("title", ""), reads=reads,
        makes=_names(said.get("makes", "")), notes=said, room=path.parent.name,
    )  # fmt: skip
    _check_header(step)
    return step


def _names(columns: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in columns.split(",") if name.strip())


def _check_header(step: Step) -> None:
    if not step.makes:
        raise StepError(f"Step {step.name} does not say what it makes: add a line '-- makes: ...'.")
    for name in {*step.makes, *(column for columns in step.reads.values() for column in columns)}:
        if name not in COLUMNS:
            raise StepError(f"Step {step.name} names the column {name}, which calc/columns.py does not know.")
    used, declared = step.used_tables(), set(step.reads)
    if used != declared:
        raise StepError(
            f"Step {step.name} declares that it reads {sorted(declared)} but its SELECT names {sorted(used)}."
        )


@lru_cache
def steps() -> dict[str, Step]:
    """Every step of the house by name."""
    found = [parse_step(path) for path in sorted(HERE.glob("*/*.sql"))]
    by_name = {step.name: step for step in found}
    if len(by_name) != len(found):
        raise StepError("Two steps have the same name.")
    return by_name


def step(name: str) -> Step:
    """The step of this name."""
    try:
        return steps()[name]
    except KeyError:
        raise StepError(f"There is no step {name}; there are {', '.join(sorted(steps()))}.") from None
