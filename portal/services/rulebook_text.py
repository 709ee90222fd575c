"""A rulebook version as a text file that people read, review and keep: YAML, in which every scalar stays the text it is.

Nothing is guessed: `35%`, `007` and `2026-01-01` are read by what the element declares, never by YAML. Anchors, aliases, tags,
keys that stand twice and a second document are refused. Every element keeps its line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from calc.rulebook.agreement import agreed
from calc.rulebook.book import SECTIONS, book_of
from calc.rulebook.check import check
from calc.rulebook.elements import Book
from calc.rulebook.names import closest
from calc.rulebook.problems import Problem, _
from calc.rulebook.telling import mapping_of

LONGEST_TEXT = 5_000_000  # characters
DEEPEST = 8
NAMELESS = _("A rulebook begins with `rulebook:` and its name.")
EMPTY = frozenset({"", "~", "null"})  # unquoted: nothing, an open side
Path = tuple[str, ...]
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Refused(Exception):
    """A text is no rulebook's; the problem names the line."""

    def __init__(self, line: int, pattern: str, **values: str) -> None:
        self.line = line
        self.problem = Problem("", f"line {line}", pattern, values)
        super().__init__(self.problem.sentence)


@dataclass(frozen=True)
class Written:
    """What a text tells, plainly, and in which line each key and each row stands (from 1)."""

    told: Mapping[str, Any]
    lines: Mapping[Path, int]

    def line_of(self, problem: Problem) -> int | None:
        """The line of what a problem is about: the part where it is known, else the element."""
        if problem.part.startswith("line ") and problem.part[5:].isdecimal():
            return int(problem.part[5:])
        within: list[Path] = [("overrides", str(problem.override)), ()] if problem.override else [()]
        elements = [
            (*before, section, problem.element)
            for before in within for section in SECTIONS if (*before, section, problem.element) in self.lines
        ]  # fmt: skip
        for element in elements:
            for inside in _places(problem.part):
                if (*element, *inside) in self.lines:
                    return self.lines[(*element, *inside)]
        if elements:
            return self.lines[elements[0]]
        return self.lines.get((problem.part,))


def _places(part: str) -> list[Path]:
    """Where a part of an element may be written inside it."""
    kind, _space, which = part.partition(" ")
    match kind:
        case "row":
            return [("rows", which)]
        case "move":
            return [("moves", which)]
        case "column":
            return [(of, which) for of in ("columns", "keys", "band", "values")]
        case "expression":
            return [(word,) for word in ("formula", "expression", "sum", "count", "count_distinct", "min", "max")]
        case "refers":
            return [("refers", which)]
        case _:
            return [(part,)]


def written(text: str, begins: str = "") -> Written:
    """The plain mapping of a text; `begins` says how such a text begins, a rulebook's where nothing is said. Raises Refused."""
    if len(text) > LONGEST_TEXT:
        raise Refused(1, _("The text is longer than %(most)s characters."), most=str(LONGEST_TEXT))
    lines: dict[Path, int] = {}
    try:
        told = _document(yaml.parse(text, _PARSER), lines)
    except yaml.YAMLError as error:
        mark: object = getattr(error, "problem_mark", None)
        raise Refused(
            getattr(mark, "line", 0) + 1,
            _("The text cannot be read here: %(reason)s."), reason=str(getattr(error, "problem", None) or "no YAML"),
        ) from None  # fmt: skip
    if not isinstance(told, Mapping):
        raise Refused(1, begins or NAMELESS)
    return Written(told, lines)


def _document(events: Iterator[Any], lines: dict[Path, int]) -> Any:
    found: Any = None
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise Refused(line, _("A second document begins here: one file holds one rulebook."))
        elif isinstance(event, yaml.NodeEvent):
            found = _node(event, events, lines, ())
    return found


def _node(event: Any, events: Iterator[Any], lines: dict[Path, int], path: Path) -> Any:
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise Refused(line, _("Anchors and aliases (& and *) are not read: write it out."))
    if event.tag:
        raise Refused(line, _("Tags (%(tag)s) are not read: remove it."), tag=str(event.tag))
    if len(path) > DEEPEST:
        raise Refused(line, _("This is nested more than %(most)s deep."), most=str(DEEPEST))
    if isinstance(event, yaml.ScalarEvent):
        return None if not event.style and event.value in EMPTY else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, lines, path)
    return _mapping(events, lines, path)


def _sequence(events: Iterator[Any], lines: dict[Path, int], path: Path) -> list[Any]:
    listed: list[Any] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        here = (*path, str(len(listed) + 1))
        if len(path) <= (5 if path[:1] == ("overrides",) else 3):  # rows and moves, not their cells
            lines[here] = event.start_mark.line + 1
        one = _node(event, events, lines, here)
        if isinstance(one, Mapping) and isinstance(one.get("name"), str):
            lines[(*path, one["name"])] = event.start_mark.line + 1  # lines of a statement are found by their names
            lines.update({(*path, one["name"], key): lines[(*here, key)] for key in one})
        listed.append(one)
    return listed


def _mapping(events: Iterator[Any], lines: dict[Path, int], path: Path) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        line = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent):
            raise Refused(line, _("A key is one name, and here stands something else."))
        key = _node(event, events, lines, path)
        if key is None or key in told:
            raise Refused(line, _("The key %(key)s stands here a second time: remove one."), key=str(key or "~"))
        lines[(*path, key)] = line
        told[key] = _node(next(events), events, lines, (*path, key))
    return told


# -- a version


@dataclass(frozen=True)
class Override:
    """Elements that differ at an institution and below it, on some days."""

    node: str
    valid_from: str
    until_next_version: bool
    elements: Mapping[str, Any]


@dataclass(frozen=True)
class VersionText:
    """A whole version as its text tells it: the book, where and from when it holds, and what differs below."""

    book: Book
    node: str
    valid_from: str
    overrides: tuple[Override, ...]
    source: Written

    def expression(self, element: str, part: str) -> str:
        """The text a problem's position counts in; empty where it is on more than one line."""
        book = self.book
        if part == "expression" and element in book.formulas:
            text = book.formulas[element].expression
        elif element in book.measures:
            text = book.measures[element].where if part == "where" else book.measures[element].expression
        elif element in book.lines and part in ("cap", "hold", "release"):
            text = str(getattr(book.lines[element], part))
        else:
            text = ""
        return "" if "\n" in text else text


def read_version(text: str) -> tuple[VersionText | None, list[Problem]]:
    """A version from its text, with everything that was not understood; None when the text as such cannot be read."""
    try:
        source = written(text)
    except Refused as refused:
        return None, [refused.problem]
    book, problems = book_of(source.told)
    if not book.name.strip():
        problems.insert(0, Problem("", "line 1", NAMELESS))
    overrides: list[Override] = []
    listed = source.told.get("overrides") or []
    for at, one in enumerate(listed if isinstance(listed, list) else [listed], 1):
        part = f"override {at}"
        if not isinstance(one, Mapping) or not one.get("node"):
            problems.append(
                Problem(
                    "",
                    part,
                    _("Override %(at)s names no institution: write node, dates and elements."),
                    {"at": str(at)},
                )
            )
            continue
        elements = {section: content for section, content in one.items() if section in SECTIONS}
        _above, wrong = book_of(laid_over(source.told, elements))
        problems += [_of_override(problem, at, source.told) for problem in wrong if problem not in problems]
        until = str(one.get("until_next_version") or "false").lower() == "true"
        problems += _dates(str(one.get("valid_from") or ""), part)
        overrides.append(Override(str(one["node"]), str(one.get("valid_from") or ""), until, elements))
    valid_from = str(source.told.get("valid_from") or "")
    problems += _dates(valid_from, "valid_from")
    problems += _dates(str(source.told.get("recorded_on") or ""), "recorded_on")
    return VersionText(book, str(source.told.get("node") or ""), valid_from, tuple(overrides), source), problems


def _of_override(problem: Problem, at: int, told: Mapping[str, Any]) -> Problem:
    """A problem of an override with its place; a name that nothing above has is more likely a slip than a new element."""
    names = {name for section in SECTIONS for name in _by_name(told.get(section) or {})}
    if problem.element not in names and problem.part == "unit" and (meant := closest(problem.element, names)):
        said = _("Nothing above is called %(name)s, and a new element needs its unit; did you mean %(closest)s?")
        return Problem(problem.element, "unit", said, {"name": problem.element, "closest": meant}, override=at)
    return replace(problem, override=at)


def version_problems(version: VersionText) -> list[Problem]:
    """What is wrong with a version that was read: with its book, with what each override makes of it, and with them together."""
    own, problems = check(version.book)
    together = {0: own} if own else {}
    for number, override in enumerate(version.overrides, 1):
        book, _wrong = book_of(laid_over(version.source.told, override.elements))
        checked, found = check(book)
        problems += [replace(problem, override=number) for problem in found if problem not in problems]
        if checked:
            together[number] = checked
    return problems or agreed(together)[1]


def _dates(text: str, part: str) -> list[Problem]:
    try:
        if text:
            dt.date.fromisoformat(text)
    except ValueError:
        return [Problem("", part, _("%(text)s is no day to begin on: write it as 2026-01-31."), {"text": text})]
    return []


def read_text(text: str) -> tuple[Book, list[Problem]]:
    """The book of a text, and what of it was not understood."""
    version, problems = read_version(text)
    return (version.book if version else Book("")), problems


def laid_over(told: Mapping[str, Any], elements: Mapping[str, Any]) -> dict[str, Any]:
    """A version's mapping with an override's elements laid over it, part by part; rows are replaced as a whole."""
    found = {section: content for section, content in told.items() if section != "overrides"}
    for section, content in elements.items():
        below = _by_name(found.get(section) or {})
        for name, one in _by_name(content).items():
            old = below.get(name)
            below[name] = {**old, **one} if isinstance(old, Mapping) and isinstance(one, Mapping) else one
        found[section] = below
    return found


def _by_name(content: Any) -> dict[str, Any]:
    if isinstance(content, list):
        return {
            str(one.get("name")): {k: v for k, v in one.items() if k != "name"}
            for one in content
            if isinstance(one, Mapping)
        }
    return dict(content) if isinstance(content, Mapping) else {}


# -- back to text


class _Dumper(yaml.SafeDumper):
    """Writes texts plainly: only what would be read as nothing needs quotes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (pyyaml's own way)

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(type(None), lambda dumper, _none: dumper.represent_scalar("tag:yaml.org,2002:str", "~"))
_Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, "'" if text in EMPTY else None)
)


def dumped(told: Mapping[str, Any]) -> str:
    """A plain mapping as YAML: one element a paragraph, one row a line, leaves on one line."""
    return yaml.dump(told, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=1000)


def text_of(book: Book, node: str = "", valid_from: dt.date | None = None) -> str:
    """A book as text; `read_text` reads it back to an equal book."""
    told = mapping_of(book)
    head: dict[str, Any] = {key: told.pop(key) for key in ("rulebook", "title", "title_zh", "note") if key in told}
    if node:
        head["node"] = node
    if valid_from:
        head["valid_from"] = valid_from.isoformat()
    return dumped({**head, **told})
