"""What an Approval is: a declaration of one kind of decision, checked when the process starts.

From one declaration come the request with its preview, the inbox, the decision bound to the content's hash, its trail
and its deadline. Only the shape is here; requests are read in `portal.query.approvals`, written in
`portal.services.approvals`, drawn in `portal.kit.approval`; what kinds there are says `portal.services.approval_kinds`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.resource import Words, WrongDeclaration

Content: TypeAlias = Mapping[str, Any]
Unit = Literal["text", "money", "change", "count", "percent"]

KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")
MOST_PEOPLE = 9


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that becomes another, in the words of the trade; empty where there was or will be nothing."""

    name: str
    was: str
    becomes: str
    note: str = ""  # which part of it


@dataclass(frozen=True, slots=True)
class EffectFigure:
    """One figure after the decision, and before it where there is something to compare. `unit` writes both."""

    title: str
    value: Decimal | int | str
    before: Decimal | int | None = None
    unit: Unit = "money"


@dataclass(frozen=True, slots=True)
class EffectColumn:
    """A column of an effect's table; `phone=False` leaves it out of the cards of a phone."""

    key: str
    title: str
    unit: Unit = "text"
    phone: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """What a decision would do: figures, a table, a chart as a Plotly dictionary, sentences; each may be missing."""

    figures: tuple[EffectFigure, ...] = ()
    columns: tuple[EffectColumn, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    chart: Mapping[str, Any] | None = None
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """How many different people decide, each with the permission of his step inside the institution's scope.

    `people=2` asks two with the kind's own permission; `steps` names a permission for each person instead. With
    `in_order` a step is open only when the ones before it are taken.
    """

    people: int = 1
    steps: tuple[Permission, ...] = ()
    in_order: bool = False


@dataclass(frozen=True)
class Approval:
    """A declared kind of decision.

    `subject` is what the audit log calls what is decided; a request names one of them by its key. Content is read with
    the eyes of the whole house, so that it is the same for whoever asks: `content(reader, subject_key, proposal)` gives
    plain values (texts, whole numbers, flags, decimals, dates, lists, mappings) without figures that move by
    themselves. `place` says which institution's leaders decide, `names` what the request is called, `line` its effect
    in one line, `changes` what becomes what, in the reader's language. `checks` return sentences; none lets it be
    submitted and approved. `sees(reader, key)` says, with the asker's own eyes, whether the subject is there for him.
    `on_approved(writer, key, content)` and its brothers run inside the deciding transaction; `lock(writer, key)` keeps
    everybody else from changing the subject until then.
    """

    key: str
    title: Words
    subject: str
    request_permission: Permission
    decide_permission: Permission
    content: Callable[[Reader, str, Content], Content]
    place: Callable[[Reader, Content], int]
    names: Callable[[Reader, Content], str]
    line: Callable[[Reader, Content], str]
    changes: Callable[[Reader, Content], Sequence[Change]]
    preview: Callable[[Reader, Content], Effect]
    on_approved: Callable[[Any, str, Content], None]
    on_refused: Callable[[Any, str, Content], None] | None = None
    on_withdrawn: Callable[[Any, str, Content], None] | None = None
    lock: Callable[[Any, str], Any] | None = None
    sees: Callable[[Reader, str], bool] | None = None
    checks: tuple[Callable[[Reader, Content], list[str]], ...] = ()
    decided_by: DecidedBy = field(default_factory=DecidedBy)
    due_days: int = 5
    icon: str = "check2-square"

    def __post_init__(self) -> None:
        check_declaration(self)

    @property
    def steps(self) -> tuple[Permission, ...]:
        """The permission each decider needs, in order."""
        return self.decided_by.steps or (self.decide_permission,) * self.decided_by.people

    def problems(self, reader: Reader, content: Content) -> list[str]:
        """What stands against submitting or approving a content."""
        return [sentence for check in self.checks for sentence in check(reader, content)]


TAKES = {
    "content": 3, "place": 2, "names": 2, "line": 2, "changes": 2, "preview": 2, "on_approved": 3, "on_refused": 3,
    "on_withdrawn": 3, "lock": 2, "sees": 2,
}  # fmt: skip
MAY_BE_MISSING = ("on_refused", "on_withdrawn", "lock", "sees")


def check_declaration(kind: Approval) -> None:
    """Raise `WrongDeclaration` for the first thing that cannot be."""
    if not KEY.fullmatch(kind.key):
        raise _wrong(kind, "key has small letters, digits and underscores, such as share_change")
    if not str(kind.subject):
        raise _wrong(kind, "subject must say what is decided, such as shares")
    for name in ("request_permission", "decide_permission"):
        if not isinstance(getattr(kind, name), Permission):
            raise _wrong(kind, f"{name} must be a Permission, not {getattr(kind, name)!r}")
    for name, count in TAKES.items():
        _check_function(kind, name, getattr(kind, name), count)
    for check in kind.checks:
        _check_function(kind, "checks", check, 2)
    _check_deciders(kind)
    if not 1 <= kind.due_days <= 365:
        raise _wrong(kind, f"due_days must lie between 1 and 365, not {kind.due_days}")


def _check_function(kind: Approval, name: str, function: Any, count: int) -> None:
    if function is None and name in MAY_BE_MISSING:
        return
    if not callable(function):
        raise _wrong(kind, f"{name} must be a function, not {function!r}")
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError as error:
        raise _wrong(kind, f"{name} is called with {count} values, which {function.__name__} does not take") from error


def _check_deciders(kind: Approval) -> None:
    by = kind.decided_by
    if by.steps and by.people not in (1, len(by.steps)):
        raise _wrong(kind, f"decided_by names {len(by.steps)} steps and {by.people} people; leave people out")
    if not 1 <= len(kind.steps) <= MOST_PEOPLE:
        raise _wrong(kind, f"decided_by asks for {len(kind.steps)} people; 1 to {MOST_PEOPLE} can decide")
    for step in by.steps:
        if not isinstance(step, Permission):
            raise _wrong(kind, f"decided_by: a step must be a Permission, not {step!r}")


def _wrong(kind: Approval, sentence: str) -> WrongDeclaration:
    return WrongDeclaration(f'Approval "{kind.key}": {sentence}.')


def canonical(value: Any) -> Any:
    """A content as JSON that hashes the same however it was made: decimals and dates are texts, mappings have text keys.

    Raises:
        TypeError: a value has no exact form, such as a binary float.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): canonical(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((canonical(each) for each in value), key=str)
    if isinstance(value, list | tuple):
        return [canonical(each) for each in value]
    raise TypeError(f"A content to be approved cannot hold a {type(value).__name__}: {value!r}.")


def hash_of(content: Content) -> str:
    """The hash a decision is bound to: sha256 over the canonical JSON of the content."""
    text = json.dumps(canonical(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
