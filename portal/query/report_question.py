"""The question behind a report's rows: figures by key and over all, of one day or of two side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.query.places import Places
from portal.query.report import Measure


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Something to select from, with the texts of its key, of the mark of the whole, and of each figure."""

    source: str
    key: str
    whole: str
    shown: Sequence[str]

    def select(self, *more: str) -> str:
        """The rows in the order of their keys, the one over all last; `more` are further columns before the figures."""
        columns = [f"{self.key} as key", f"{self.whole}::int as whole", *more, *self.shown]
        return f"select {', '.join(columns)} from {self.source} order by 2, 1"

    def joined(self, other: str) -> SideBySide:
        """The same beside something else."""
        return SideBySide(f"{self.source} {other}", self.key, self.whole, self.shown)


def side_by_side(
    measures: Sequence[Measure], now: str, before: str = "", known: Callable[[Measure], bool] = lambda _one: True
) -> SideBySide:
    """Two questions with the same figures joined by key; what was not there then counts as nothing, and of a measure that
    is not `known` on both days no change is told."""
    if not before:
        return SideBySide(
            f"({now}) as now", "now.key", "now.whole", [f"now.{quoted(measure.key)}" for measure in measures]
        )
    source = (
        f"({now}) as now full join ({before}) as before "
        "on now.whole = before.whole and now.key is not distinct from before.key"
    )
    shown = [text for measure in measures for text in _compared(measure, known(measure))]
    return SideBySide(source, "coalesce(now.key, before.key)", "coalesce(now.whole, before.whole)", shown)


def _compared(measure: Measure, known: bool) -> list[str]:
    """A measure today, then, and its change."""
    name = quoted(measure.key)
    change = f"coalesce(now.{name}, 0) - coalesce(before.{name}, 0)" if known else "null::decimal(38,2)"
    then, difference = quoted(f"{measure.key}_before"), quoted(f"{measure.key}_change")
    return [f"now.{name}", f"before.{name} as {then}", f"{change} as {difference}"]


def grouped_by(key: str, figures: Sequence[str], table: str, condition: str) -> str:
    """Figures by a key (whole = 0), and once over all rows (whole = 1)."""
    listed = "".join(f", {figure}" for figure in figures)
    rows = f"select {key} as key, * from {table} where {condition}"
    return f"select key, grouping(key) as whole{listed} from ({rows}) group by grouping sets ((key), ())"


def level_column(tree: Places, level: str, column: str) -> str:
    """Each institution's ancestor on a level, as SQL over whole numbers."""
    cases = " ".join(f"when {one} then {place}" for one, place in ancestors(tree, level))
    return f"case {column} {cases} else {column} end" if cases else column


def ancestors(tree: Places, level: str) -> list[tuple[int, int]]:
    """Institutions that stand below a level, each with its ancestor there."""
    pairs = ((place.id, tree.at_level(place.id, level)) for place in tree.by_id.values())
    return [(int(one), int(place.id)) for one, place in pairs if place and place.id != one]


def below(tree: Places, institution: int) -> str:
    """An institution and all below it, as SQL lists them."""
    return ", ".join(str(one) for one in sorted(tree.below(institution)))


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'
