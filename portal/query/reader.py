"""A reader: one person's look at one consistent state of the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

import pyarrow as pa
from flask import has_request_context
from sqlalchemy.orm import Session

from portal.database import Looking, database
from portal.memory import Memory
from portal.permissions import Actor, Forbidden, Permission
from portal.query import facts
from portal.query.facts import Row
from portal.query.pins import NotPublished, Pin, files_of, first_date, newest_date, pin
from portal.query.places import Places, places
from portal.query.run_order import stale_from

MOST_PINS = 20_000  # remembered of one state: an address may name any day


class Reader:
    """Answers questions of one actor inside one transaction; pins each dataset and date once.

    What leads to figures (dates, pins) is remembered by the process while nothing is committed (`portal.memory`).
    """

    def __init__(self, actor: Actor, session: Session, known_on: dt.datetime | None = None) -> None:
        self.actor, self.session, self.known_on = actor, session, known_on
        self._known: dict[tuple[str, dt.date], Pin | None] = {}  # None: not published
        self._followed: dict[tuple[str, dt.date], Pin] = {}

    def allow(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor has the permission."""
        if not self.actor.may(permission):
            raise Forbidden(permission, self.actor)

    @cached_property
    def memory(self) -> Memory:
        """What is known of the state this reader looks at; its own alone where the session may have written."""
        return self.session.memory if isinstance(self.session, Looking) else Memory("")

    @cached_property
    def newest(self) -> dt.date | None:
        """The last business date with published figures."""
        return self.memory.once("newest", lambda: newest_date(self.session))

    @cached_property
    def first(self) -> dt.date | None:
        """The first business date with published figures."""
        return self.memory.once("first", lambda: first_date(self.session))

    @cached_property
    def began_with_accounts(self) -> bool:
        """Whether the bank had accounts before the first business date with figures: then nobody told their balances."""
        return self.memory.once(("began with accounts", self.first), self._began_with_accounts)

    def _began_with_accounts(self) -> bool:
        found = pin(self.session, ["account"], [self.first] if self.first else [])
        if not found:
            return True
        rows = facts.ask(
            f"with {facts.table_text('listed', 'account', found.values(), 'true')} "
            "select min(opened_on) as oldest from listed"
        )
        oldest: dt.date | None = rows[0]["oldest"]
        return oldest is not None and self.first is not None and oldest < self.first

    @cached_property
    def stale_from(self) -> dt.date | None:
        """The first business date whose figures do not know of a change in the past yet; None when all know it."""
        return self.memory.once("stale from", lambda: (stale_from(self.session),))[0]

    @cached_property
    def today(self) -> dt.date:
        """The last business date with published figures; NotPublished before the first."""
        if self.newest is None:
            raise NotPublished("Nothing is published yet: run the nightly first.")
        return self.newest

    def places(self, on: dt.date | None = None) -> Places:
        """The institution tree of a day."""
        return places(self.session, on or self.newest or dt.datetime.now(dt.UTC).date())

    def pins(self, dataset: str, dates: Sequence[dt.date]) -> list[Pin]:
        """The pins of a dataset for dates; a date that is not published is an error."""
        self.look_up([dataset], dates)
        found = []
        for day in dates:
            known = self._known[dataset, day]
            if known is None:
                raise NotPublished(self._why_not(day))
            self._followed[dataset, day] = known
            found.append(known)
        return found

    def _why_not(self, day: dt.date) -> str:
        """Why there are no figures of a day."""
        if self.known_on is None:
            return f"{day} is not published; there are figures from {self.first} to {self.newest}."
        until = self.known_on.date()
        return f"{day} has no figures as known on {until}: it was published later, or that version is no longer kept."

    def published(self, dataset: str, wanted: Iterable[dt.date]) -> list[dt.date]:
        """Those of the wanted dates that are published, in order."""
        days = sorted(set(wanted))
        self.look_up([dataset], days)
        return [day for day in days if self._known[dataset, day] is not None]

    def look_up(self, datasets: Iterable[str], dates: Iterable[dt.date]) -> None:
        """Find the pins of datasets and dates that are not known yet, all with one question."""
        known = self._known
        missing = [(dataset, day) for dataset in datasets for day in dates if (dataset, day) not in known]
        if missing:
            remembered: dict[tuple[str, dt.date], Pin | None] = self.memory.once(("pins", self.known_on), dict)
            asked = [key for key in missing if key not in remembered]
            if asked:
                found = pin(self.session, {one for one, _ in asked}, {day for _, day in asked}, self.known_on)
                known.update({key: found.get(key) for key in asked})
                if len(remembered) < MOST_PINS:
                    remembered.update({key: found.get(key) for key in asked})
            known.update({key: remembered[key] for key in missing if key not in known})

    def pinned(self) -> list[Pin]:
        """All pins this reader followed, for "why this number?"."""
        return sorted(self._followed.values(), key=lambda one: (one.dataset, one.business_date))

    def ask(
        self,
        select: str,
        parameters: Sequence[object] = (),
        *,
        whole: bool = False,
        **tables: tuple[str, Sequence[dt.date | Pin]],
    ) -> list[Row]:
        """Run a SELECT over scoped datasets, given as name=(dataset, dates); a pin instead of a date is a version chosen before.

        With `whole`, credits are those of every customer the actor may see, other managers' parts included.
        """
        return facts.ask(self._question(select, tables, whole), parameters)

    def table(
        self, select: str, parameters: Sequence[object] = (), **tables: tuple[str, Sequence[dt.date | Pin]]
    ) -> pa.Table:
        """The same for a long answer: an Arrow table that is kept, for `facts.ask_table` to sort and to page."""
        again = has_request_context()  # who looks at a page asks again; a command has what it wants
        return facts.table(self._question(select, tables, whole=False, again=again), parameters)

    def standing(self, select: str, **tables: tuple[str, Sequence[dt.date | Pin]]) -> str:
        """A question that many begin with, as a SELECT for the text of others: its answer stands in memory."""
        return facts.standing(self._question(select, tables, whole=False))

    def _question(
        self, select: str, tables: Mapping[str, tuple[str, Sequence[dt.date | Pin]]], whole: bool, again: bool = False
    ) -> str:
        """The text of a question: each dataset a common table expression with the scope inside."""
        scope = self.actor.scope
        parts = []
        seen = facts.SEEN
        if not scope.all and (
            whole
            or any(facts.FACT_SCOPES[one].account or facts.FACT_SCOPES[one].customer for one, _ in tables.values())
        ):
            if scope.institutions:
                parts.append(f"seen_account as materialized ({facts.standing(self._seen_account())})")
            else:
                seen = self._seen_numbers
        for name, (dataset, dates) in tables.items():
            widened = whole and dataset == "credit_day"
            condition = facts.whole_condition(scope, seen) if widened else facts.scope_condition(dataset, scope, seen)
            chosen = [one for one in dates if isinstance(one, Pin)]
            pins = self.pins(dataset, [one for one in dates if not isinstance(one, Pin)])
            parts.append(facts.table_text(name, dataset, [*pins, *chosen], condition, again))
        return f"with {', '.join(parts)}\n{select}"

    def _seen_account(self) -> str:
        """The question which accounts the actor may see as a whole today."""
        return facts.seen_account(self.actor.scope, files_of(self.pins("credit_day", [self.today])), self.today)

    @cached_property
    def _seen_numbers(self) -> dict[str, str]:
        """The same as numbers, asked once: a manager sees a few hundred, and a question that lists them is quick."""
        asked = self._seen_account()
        return self.memory.once(("seen", asked), lambda: _numbers(facts.ask(asked)))


def _numbers(rows: Sequence[Row]) -> dict[str, str]:
    """The accounts and customers of some rows as SQL lists them."""
    return {
        column: ", ".join(map(str, sorted({row[column] for row in rows}))) or "null"
        for column in ("account_id", "customer_id")
    }


@contextmanager
def reading(actor: Actor | None = None, known_on: dt.datetime | None = None) -> Iterator[Reader]:
    """A reader for an actor, or for whoever is signed in to this request."""
    if actor is None:
        from portal.access.current import current_actor

        actor = current_actor()
    with database().looking(actor) as session:
        yield Reader(actor, session, known_on)
