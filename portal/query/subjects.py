"""What a share is about: a customer or one account, which the lake knows by number and name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, false, or_

from portal.query.pins import NotPublished
from portal.query.reader import Reader
from portal.query.record import Record, is_number
from portal.query.resource import Field, Resource

SubjectKind = Literal["customer", "account"]
KINDS: tuple[SubjectKind, ...] = ("customer", "account")
WORDS: dict[str, SubjectKind] = {"customer": "customer", "account": "account", "客户": "customer", "账户": "account"}
LETTERS: dict[str, SubjectKind] = {"c": "customer", "a": "account"}
MOST_SOUGHT = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """A customer or an account."""

    kind: SubjectKind
    id: int
    number: str = ""
    name: str = ""

    @property
    def code(self) -> str:
        """How a file names it: `customer C001`, `account A001`."""
        return f"{self.kind} {self.number or self.id}"

    @property
    def customer_id(self) -> int | None:
        return self.id if self.kind == "customer" else None

    @property
    def account_id(self) -> int | None:
        return self.id if self.kind == "account" else None


def key_of(customer_id: int | None, account_id: int | None, role: str) -> str:
    """The key of a subject's shares in one role, for addresses: `c12-marketer`."""
    return f"c{customer_id}-{role}" if customer_id is not None else f"a{account_id}-{role}"


def parse_key(key: str) -> tuple[Subject, str] | None:
    """The subject and the role inside a key; None when it is none."""
    head, _dash, role = key.partition("-")
    if head[:1] not in LETTERS or not is_number(head[1:]) or not role:
        return None
    return Subject(LETTERS[head[0]], int(head[1:])), role


def find(reader: Reader, text: str) -> Subject | None:
    """The customer or account a person names (`customer C001`, `账户 A001`, or `C001` alone where only one has this number),
    among those the actor may see.

    Raises:
        NotPublished: no customers are known yet.
    """
    words = " ".join(text.split())
    kind, _blank, number = words.partition(" ")
    named = WORDS.get(kind.casefold())
    kinds, number = ((named,), number) if named else (KINDS, words)
    if not number:
        return None
    found = [row for one in kinds for row in _ask(reader, one, f"{one}_no = ?", [number])]
    return found[0] if len(found) == 1 else None


def known(reader: Reader, kind: SubjectKind, ids: Iterable[int]) -> dict[int, Subject]:
    """Customers or accounts by id, those the actor may see; nothing before the first published day."""
    wanted = sorted({int(one) for one in ids})
    if not wanted:
        return {}
    try:
        return {one.id: one for one in _ask(reader, kind, f"{kind}_id in ({', '.join(map(str, wanted))})", [])}
    except NotPublished:
        return {}


def sought(reader: Reader, resource: Resource, words: str) -> ColumnElement[bool]:
    """The rows whose customer or account is called like the words, or has this number."""
    table: Any = resource.model
    ways: list[ColumnElement[bool]] = []
    for kind in KINDS:
        text = "customer_no || ' ' || name || ' ' || name_zh" if kind == "customer" else "account_no"
        try:
            found = _ask(reader, kind, f"contains(lower({text}), lower(?))", [words])
        except NotPublished:
            continue
        ways.append(getattr(table, f"{kind}_id").in_([one.id for one in found]))
    return or_(*ways) if ways else false()


def name_subjects(reader: Reader, each: Field, found: Sequence[Record]) -> None:
    """Give the records of a list the numbers and names of their customers and accounts."""
    customers = known(reader, "customer", {one.values["customer_id"] for one in found} - {None})
    accounts = known(reader, "account", {one.values["account_id"] for one in found} - {None})
    for record in found:
        customer, account = record.values["customer_id"], record.values["account_id"]
        subject = (
            customers.get(customer, Subject("customer", customer))
            if customer is not None
            else accounts.get(account, Subject("account", account))
        )
        record.values[each.name] = subject
        record.labels[each.name] = subject.name or subject.number or str(subject.id)
        record.codes[each.name] = subject.code


def _ask(reader: Reader, kind: SubjectKind, condition: str, parameters: list[object]) -> list[Subject]:
    """Subjects under a condition of ours; what a person typed stands in the parameters."""
    name = "case when ? = 'zh' and name_zh <> '' then name_zh else name end" if kind == "customer" else "account_no"
    language: list[object] = [reader.actor.language] if kind == "customer" else []
    wanted = f"select distinct {kind}_id as id, {kind}_no as number, {name} as name from subject where {condition}"
    rows = reader.ask(f"{wanted} limit {MOST_SOUGHT}", [*language, *parameters], subject=(kind, [reader.today]))
    return [Subject(kind, row["id"], row["number"], row["name"] or "") for row in rows]
