"""What differs between two books, element by element, and what that is in words of the business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from calc.rulebook.elements import Book, Table, Titles, Value
from calc.rulebook.problems import Problem, _
from calc.rulebook.tables import shown
from calc.rulebook.telling import TELL, canonical, quantity, said, table, titles

Kind = Literal[
    "element added", "element removed", "row added", "row removed", "row changed", "value", "expression", "part"
]
EXPRESSIONS = frozenset({"formula", "sum", "count_distinct", "min", "max", "where", "when", "cap", "hold", "release"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. `before` and `after` are as a person writes them, empty where there is nothing."""

    section: str  # parameters, tables, ...
    element: str
    kind: Kind
    part: str = ""  # what of the element: value, formula, columns amount high, the keys of a row and the column, ...
    before: str = ""
    after: str = ""
    titles: Titles = field(default_factory=Titles)

    @property
    def place(self) -> tuple[str, str, str]:
        """What orders differences as the text form orders elements."""
        return (self.section, self.element, self.part)


def differences(a: Book, b: Book) -> list[Difference]:
    """What `b` changes in `a`, in the order of the text form. A formula that is only typed differently is none."""
    found = list(
        _parts(
            "agent", "agent", {n: quantity(q) for n, q in a.agent.items()}, {n: quantity(q) for n, q in b.agent.items()}
        )
    )
    found += _parts(
        "",
        a.name,
        {"relations": list(a.relations), **titles(a.titles)},
        {"relations": list(b.relations), **titles(b.titles)},
    )
    for section, tell in TELL.items():
        before, after = getattr(a, section), getattr(b, section)
        for name in (*before, *(name for name in after if name not in before)):
            old, new = before.get(name), after.get(name)
            if old == new:
                continue
            if old is None:
                found.append(Difference(section, name, "element added", after=_summary(tell(new)), titles=new.titles))
            elif new is None:
                found.append(
                    Difference(section, name, "element removed", before=_summary(tell(old)), titles=old.titles)
                )
            elif section == "tables":
                found += _table(old, new)
            else:
                found += _parts(section, name, tell(old), tell(new), new.titles)
    return found


def _summary(told: Mapping[str, Any]) -> str:
    """What an element is, in one line: its value, formula or number of rows."""
    for part in ("value", "formula", "sum", "count", "count_distinct", "min", "max", "pays"):
        if part in told:
            return str(told[part])
    return ""


def _flat(told: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(told, Mapping):
        for key, one in told.items():
            yield from _flat(one, (*path, str(key)))
    elif isinstance(told, list) and any(isinstance(one, Mapping) for one in told):
        for at, one in enumerate(told, 1):
            yield from _flat(one, (*path, str(at)))
    else:
        yield " ".join(path), ", ".join(map(str, told)) if isinstance(told, list) else str(told)


def _parts(
    section: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any], called: Titles = Titles()
) -> Iterator[Difference]:
    before, after = dict(_flat(old)), dict(_flat(new))
    for part in (*before, *(part for part in after if part not in before)):
        was, becomes = before.get(part, ""), after.get(part, "")
        expression = part.split(" ")[-1] in EXPRESSIONS
        if was == becomes or (expression and was and becomes and canonical(was) == canonical(becomes)):
            continue
        kind: Kind = "expression" if expression else "value" if part == "value" else "part"
        yield Difference(section, name, kind, part, was, becomes, called)


def _table(old: Table, new: Table) -> Iterator[Difference]:
    before, after = table(old), table(new)
    before.pop("rows", None), after.pop("rows", None)
    yield from _parts("tables", new.name, before, after, new.titles)
    if (tuple(old.keys), tuple(old.values), bool(old.band)) != (tuple(new.keys), tuple(new.values), bool(new.band)):
        return  # other columns: rows have nothing in common
    held = len(new.keys) + (1 if new.band else 0)  # a band is the one that begins there
    was, becomes = _rows(old, held), _rows(new, held)
    for keys in (*was, *(keys for keys in becomes if keys not in was)):
        if keys not in becomes:
            label, told = _label(old, keys, was[keys]), ", ".join(_cells(old, was[keys])[-len(old.values) :])
            yield Difference("tables", new.name, "row removed", label, before=told, titles=new.titles)
        elif keys not in was:
            label, told = _label(new, keys, becomes[keys]), ", ".join(_cells(new, becomes[keys])[-len(new.values) :])
            yield Difference("tables", new.name, "row added", label, after=told, titles=new.titles)
        elif was[keys] != becomes[keys]:
            yield from _cells_changed(old, new, keys, was[keys], becomes[keys])


def _cells_changed(
    old: Table, new: Table, keys: Sequence[Value], was: Sequence[Value], becomes: Sequence[Value]
) -> Iterator[Difference]:
    """One difference a cell; the column is named where it is not the only one, the band's end as `to`."""
    ends = not new.band or was[0] == becomes[0]
    label = _label(new, keys, becomes) if ends else _keys(keys)
    columns = [*(["to"] if new.band else []), *new.values]
    for column, before, after in zip(columns, _cells(old, was), _cells(new, becomes), strict=True):
        if before != after:
            alone = ends and len(new.values) == 1
            part = label if alone else f"{label}: {column}"
            yield Difference("tables", new.name, "row changed", part, before, after, new.titles)


def _keys(keys: Sequence[Value]) -> str:
    return ", ".join(shown(key) or "−∞" for key in keys)


def _label(one: Table, keys: Sequence[Value], cells: Sequence[Value]) -> str:
    """What a row is for: its keys, and of a band from where to where."""
    return f"{_keys(keys)}–{shown(cells[0]) or '∞'}" if one.band else _keys(keys)


def _rows(one: Table, held: int) -> dict[Sequence[Value], Sequence[Value]]:
    return {row[:held]: row[held:] for row in one.rows}


def _cells(one: Table, cells: Sequence[Value]) -> list[str]:
    """The cells behind the keys, as a person writes them; the end of a band first."""
    told = []
    units = [column.unit for column in one.values.values()]
    if one.band and one.band_quantity:
        units.insert(0, one.band_quantity.unit)
    for at, (cell, unit) in enumerate(zip(cells, units, strict=False)):
        told.append(said(cell, unit) or ("∞" if one.band and at == 0 else "-"))
    return told


def words(difference: Difference, name: str = "") -> Problem:
    """A difference as a sentence; `name` is what the reader's language calls the element."""
    values = {
        "name": name or difference.element, "part": difference.part, "before": difference.before or "-",
        "after": difference.after or "-", "section": difference.section,
    }  # fmt: skip
    return Problem(difference.element, difference.part or "name", _WORDS[difference.kind], values)


_WORDS: Mapping[Kind, str] = {
    "element added": _("%(name)s is new: %(after)s."),
    "element removed": _("%(name)s is removed; it was %(before)s."),
    "row added": _("%(name)s has a new row for %(part)s: %(after)s."),
    "row removed": _("%(name)s has no row for %(part)s any more; it was %(before)s."),
    "row changed": _("%(name)s for %(part)s changes from %(before)s to %(after)s."),
    "value": _("%(name)s changes from %(before)s to %(after)s."),
    "expression": _("%(name)s is worked out differently (%(part)s): %(before)s becomes %(after)s."),
    "part": _("%(part)s of %(name)s changes from %(before)s to %(after)s."),
}
