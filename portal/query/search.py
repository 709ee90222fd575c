"""What the search field finds beside pages: people, customers and accounts, each inside the actor's scope."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import case, func, select

from portal.models.organisation import Person
from portal.permissions import Permission
from portal.query.customers import name_column
from portal.query.pins import NotPublished
from portal.query.reach import people_within
from portal.query.reader import Reader
from portal.query.references import name_in

Kind = Literal["person", "customer", "account"]
SHORTEST, LONGEST = 2, 80  # characters of what is sought; one Chinese character is a word
CALLED = "customer_no || ' ' || name || ' ' || name_zh"
A_KIND = 6  # as many of each kind are shown


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found; `number` is the staff, customer or account number, `note` whose account it is."""

    kind: Kind
    id: int
    number: str
    name: str
    note: str = ""


def search(reader: Reader, text: str, most: int = A_KIND) -> list[Hit]:
    """People, customers and accounts whose name or number has all the words; exact numbers first, then by name.

    What the actor may not open at all is not sought, and too short a text finds nothing.
    """
    words = words_of(text)
    if not words:
        return []
    found = _people(reader, words, most)
    if reader.actor.may(Permission.CUSTOMER_VIEW):
        try:
            found += _customers(reader, words, most) + _accounts(reader, words, most)
        except NotPublished:
            return found  # no customer is known before the first night
    return found


def words_of(text: str) -> list[str]:
    """The words of what was typed, in lower case; none where they say too little to look for."""
    cleaned = "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST]
    words = cleaned.casefold().split()
    return [] if len("".join(words)) < SHORTEST and cleaned.isascii() else words


def _people(reader: Reader, words: list[str], most: int) -> list[Hit]:
    """People whose position stands inside the scope, for those who may open a person or read a person's figures."""
    if not (reader.actor.may(Permission.PERSON_VIEW) or reader.actor.may(Permission.REPORT_VIEW)):
        return []
    on = reader.newest or dt.datetime.now(dt.UTC).date()
    text = func.lower(Person.code + " " + Person.name + " " + Person.name_zh)
    name = name_in(Person, reader.actor.language)
    wanted = select(Person.id, Person.code, name.label("name"))
    for word in words:
        wanted = wanted.where(text.contains(word, autoescape=True))
    if not reader.actor.scope.all:
        wanted = wanted.where(Person.id.in_(people_within(reader.actor, on)))
    exact: Any = case((func.lower(Person.code) == " ".join(words), 0), else_=1)
    rows = reader.session.execute(wanted.order_by(exact, name, Person.id).limit(most))
    return [Hit("person", row.id, row.code, row.name or row.code) for row in rows]


def _customers(reader: Reader, words: list[str], most: int) -> list[Hit]:
    rows = reader.ask(
        f"select customer_id, customer_no, {name_column(reader)} as name from customer "
        f"where {_all_words(CALLED, words)} "
        f"order by lower(customer_no) <> ${len(words) + 1}, name, customer_id limit {int(most)}",
        [*words, " ".join(words)],
        customer=("customer", [reader.today]),
    )
    return [Hit("customer", row["customer_id"], row["customer_no"], row["name"] or row["customer_no"]) for row in rows]


def _accounts(reader: Reader, words: list[str], most: int) -> list[Hit]:
    """Accounts by number; by a customer's name one comes to the customer."""
    rows = reader.ask(
        f"select distinct account_id, account_no, {name_column(reader)} as name from account "
        f"join customer using (customer_id) where {_all_words('account_no', words)} "
        f"order by account_no, account_id limit {int(most)}",
        words,
        account=("account", [reader.today]),
        customer=("customer", [reader.today]),
    )
    return [Hit("account", row["account_id"], row["account_no"], row["account_no"], row["name"] or "") for row in rows]


def _all_words(column: str, words: list[str]) -> str:
    """The condition that a text has all words, which are parameters from the first on."""
    return " and ".join(f"contains(lower({column}), ${place})" for place in range(1, len(words) + 1))
