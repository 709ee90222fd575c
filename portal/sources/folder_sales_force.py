"""The sales force of a day from files: everybody under contract, the units, and the counts that the core holds it to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from portal.sources.conform import columns_of
from portal.sources.folder_files import Folder, read_file
from portal.sources.folder_options import FileOptions
from portal.sources.insurer import AgentState, HeadCount, SalesForceDay, TeamState

TEXT, WHOLE, DAY = pa.string(), pa.int64(), pa.date32()
AGENTS = columns_of(
    agent_no=TEXT, person_code=TEXT, name=TEXT, name_zh_=TEXT, institution_code=TEXT, kind=TEXT, channel=TEXT, rank=TEXT,
    joined_on=DAY, superior_no_=TEXT,
)  # fmt: skip
TEAMS = columns_of(code=TEXT, name=TEXT, name_zh_=TEXT, level_code=TEXT, parent_code=TEXT)
COUNTS = columns_of(by=TEXT, code_=TEXT, agents=WHOLE)


def read_sales_force(folder: Folder, agents: FileOptions, teams: FileOptions, day: dt.date) -> SalesForceDay | None:
    """What the folder says of a day's sales force; None where it has no file of the day.

    The counts are part of it: a file of agents without its control file is refused. Raises SourceError.
    """
    present = set(folder.paths())
    path = agents.path(day)
    if path not in present:
        return None
    rows = read_file(folder, path, agents, AGENTS).to_pylist()
    team_path = teams.path(day)
    units = read_file(folder, team_path, teams, TEAMS).to_pylist() if team_path in present else []
    style = agents.model_copy(update={"columns": {}, "constants": {}, "format": ""})
    counts = read_file(folder, agents.control_path(day), style, COUNTS).to_pylist()
    return SalesForceDay(
        day,
        tuple(AgentState(**_filled(row)) for row in rows),
        tuple(TeamState(**_filled(row)) for row in units),
        tuple(HeadCount(**_filled(row)) for row in counts),
    )


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None else value for name, value in row.items()}
