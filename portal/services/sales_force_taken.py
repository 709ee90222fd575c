"""What taking a day's sales force over did, as the steps of it write it down."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the core says one thing and the records here stay as they are: people decided otherwise, or a unit has members."""

    dataset: str  # agent, team, unit
    code: str
    stated: str
    standing: str


@dataclass(slots=True)
class TakenDay:
    """What a day's delivery changed; `already` when it was taken before."""

    new: int = 0
    changed: int = 0
    left: int = 0
    closed: int = 0  # units
    kept: list[Kept] = field(default_factory=list)
    already: bool = False
    words: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)  # the core's last one, by kind and code
