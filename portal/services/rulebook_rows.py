"""What must hold between the rows of a trial before a month is computed: keys once, known relations, a tree of institutions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from calc.rulebook.names import closest
from calc.rulebook.variants import Variants
from portal.services.rulebook_cells import BadExample

Row = Mapping[str, Any]
KEYS = {"agent": "agent_id", "team": "team_id", "institution": "institution_id"}


def check_places(places: Sequence[Row], named: Iterable[str]) -> None:
    """Where a file tells its institutions, each that is named is among them, and the way up leads to a root. Raises BadExample."""
    once("institution", places, "institution_id")
    above = {str(row.get("institution_id")): row.get("parent_id") for row in places}
    for one in sorted(named):
        if places and one not in above:
            raise BadExample(
                _("The institution %(one)s is named and not listed under `institution`: add its row.", one=one)
            )
    for one, parent in above.items():
        seen = [one]
        while parent is not None and parent != "":
            if str(parent) not in above:
                raise BadExample(_("The institution %(one)s stands below %(parent)s, which is not listed: add its row.",
                                   one=seen[-1], parent=str(parent)))  # fmt: skip
            if str(parent) in seen:
                raise BadExample(_("The institutions stand below each other in a circle: %(circle)s.",
                                   circle=" → ".join([*seen, str(parent)])))  # fmt: skip
            seen.append(str(parent))
            parent = above[str(parent)]


def check_month(variants: Variants, tables: Mapping[str, Sequence[Row]]) -> None:
    """The tables of one month as known on one day. Raises BadExample."""
    for table, key in KEYS.items():
        once(table, tables.get(table, ()), key)
    for name, fact in variants.facts.items():
        rows = tables.get(name, ())
        once(name, rows, fact.key)
        given = {column for row in rows for column in row}
        for column in fact.columns if rows else ():
            needed = column not in fact.optional and column not in (fact.agent, fact.institution)
            if needed and column not in given:
                raise BadExample(_("%(table)s lacks the column %(column)s: give it, or declare it optional.",
                                   table=name, column=column))  # fmt: skip
    _check_relations(variants, tables.get("relation", ()))


def once(table: str, rows: Sequence[Row], key: str) -> None:
    """A key names one row: what stands twice would be paid twice. Raises BadExample."""
    first: dict[str, int] = {}
    for at, row in enumerate(rows, 1):
        if row.get(key) in (None, ""):
            raise BadExample(_("%(table)s, row %(row)s: %(key)s is empty: every row has its own.",
                               table=table, row=at, key=key))  # fmt: skip
        value = str(row[key])
        if value in first:
            raise BadExample(_("%(table)s, row %(row)s: %(key)s %(value)s stands in row %(first)s already: remove one of the two.",
                               table=table, row=at, key=key, value=value, first=first[value]))  # fmt: skip
        first[value] = at


def _check_relations(variants: Variants, relations: Sequence[Row]) -> None:
    known = {kind for checked in variants.books.values() for kind in checked.book.relations}
    for at, row in enumerate(relations, 1):
        kind = str(row.get("kind") or "")
        if kind not in known:
            meant = closest(kind, known) or ", ".join(sorted(known))
            raise BadExample(_("relation, row %(row)s: no relation is called %(kind)s; there are %(known)s.",
                               row=at, kind=kind or "–", known=meant))  # fmt: skip


def check_related(relations: Sequence[Row], until: dt.date) -> None:
    """Of the relations in force on a day none is told twice: the sums over people would count it twice. Raises BadExample."""
    seen: set[tuple[str, ...]] = set()
    for row in relations:
        kind, leader, other = told = tuple(str(row.get(name)) for name in ("kind", "from_id", "to_id"))
        if told in seen:
            sentence = _(
                "relation: %(kind)s from %(leader)s to %(other)s stands twice on %(day)s: let one end before the other begins.",
                kind=kind, leader=leader, other=other, day=until.isoformat(),
            )  # fmt: skip
            raise BadExample(sentence)
        seen.add(told)


def check_history(rows: Sequence[Row], first: dt.date) -> None:
    """Earlier months are told once for each agent, by their first day, and none of them is computed too. Raises BadExample."""
    seen: dict[tuple[str, str], int] = {}
    for at, row in enumerate(rows, 1):
        agent, month = str(row.get("agent_id")), str(row.get("month"))
        if (agent, month) in seen:
            sentence = _(
                "history, row %(row)s: %(month)s of %(agent)s stands in row %(first)s already: remove one of the two.",
                row=at, month=month, agent=agent, first=seen[agent, month],
            )  # fmt: skip
            raise BadExample(sentence)
        seen[agent, month] = at
        if not month.endswith("-01"):
            raise BadExample(
                _(
                    "history, row %(row)s: %(month)s is no month: write its first day, as 2026-01-01.",
                    row=at,
                    month=month,
                )
            )
        if month >= first.isoformat():
            sentence = _(
                "history, row %(row)s: %(month)s is not before %(first)s, which is computed: leave the row out, or begin later.",
                row=at, month=month, first=first.isoformat(),
            )  # fmt: skip
            raise BadExample(sentence)
