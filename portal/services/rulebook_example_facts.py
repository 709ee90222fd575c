"""An example person taken from life: an agent's month as the facts of an example, and the pay the rules give on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from calc import Engine
from calc.rulebook import compile_plan
from calc.rulebook.checked import Checked
from calc.rulebook.plan import Plan
from portal.models.rulebooks import Rulebook, RulebookExample, RulebookVersion
from portal.permissions import Permission
from portal.query.agent_trial import agent_seen
from portal.query.outside import OutOfScope
from portal.query.person_month import NobodyThere, TooMany, at_work, give_person, seat_of
from portal.query.reader import Reader
from portal.services.refusal import Refusal
from portal.services.rulebook_checks import checked_book, variants_of
from portal.services.rulebook_examples import ABOUT, computed
from portal.services.rulebooks import add_example
from portal.services.writer import Writer

MOST_ROWS = 20_000
WORKED_OUT = ("month", "rules")  # made for the example itself
OWN_TEAMS = "team_id in (select team_id from agent)"


def take_example(
    writer: Writer, version: RulebookVersion, agent_no: str, month: dt.date, title: str = ""
) -> RulebookExample:
    """Keep an agent's month as an example, with the pay that the version gives on the facts of the agent and of those below.

    Raises:
        Refusal: the version does not check, there is no such agent, or nothing would be paid.
    """
    writer.allow(Permission.RULEBOOK_EDIT)
    reader = Reader(writer.actor, writer.session)
    own = variants_of(reader, version).at(version.institution_id, version.valid_from)
    checked, problems = checked_book(own.mapping())
    if checked is None or problems:
        raise Refusal(_("The check finds problems: mend them before you take examples."))
    plan = compile_plan({1: checked})
    given = _given(reader, version, plan, agent_no, month)
    expected = paid_lines(checked, computed(plan, month, given))
    if not expected:
        raise Refusal(_("These rules pay nothing to this agent in the month: choose another one."), "agent")
    shown = title.strip() or _("%(agent)s, %(month)s", agent=agent_no, month=f"{month:%Y-%m}")
    book = writer.get(Rulebook, version.rulebook_id)
    return add_example(
        writer, book, title=shown, month=month, given=given, expected=expected, valid_from=version.valid_from
    )


def paid_lines(checked: Checked, values: Mapping[str, Decimal | None]) -> dict[str, str]:
    """The lines that pay something, with their amounts as texts."""
    return {name: str(values[name]) for name in checked.book.lines if values.get(name)}


def _given(reader: Reader, version: RulebookVersion, plan: Plan, agent_no: str, month: dt.date) -> dict[str, Any]:
    code = reader.session.scalars(select(Rulebook.code).where(Rulebook.id == version.rulebook_id)).one()
    try:
        agent = agent_seen(reader, agent_no)
        with at_work() as (session, engine):
            seat = seat_of(session, code, month, agent.id)
            give_person(engine, session, code, month, seat, branch=False)
            return {ABOUT: str(agent.id), **_tables(engine, plan)}
    except OutOfScope as outside:
        raise Refusal(_("There is no agent %(number)s.", number=agent_no or "–"), "agent") from outside
    except NobodyThere as nobody:
        raise Refusal(_("The agent has no contract in this month."), "month") from nobody
    except TooMany as many:
        raise Refusal(_("Too many people stand below this agent: choose one with a smaller team."), "agent") from many


def _tables(engine: Engine, plan: Plan) -> dict[str, list[dict[str, str]]]:
    """The rows the rules read, as texts by table. Raises Refusal for more than an example keeps."""
    wanted = {name: list(columns) for name, columns in plan.needs.items() if name not in WORKED_OUT}
    if plan.history:
        wanted["history"] = ["agent_id", "month", *plan.history]
    found: dict[str, list[dict[str, str]]] = {}
    for name, columns in wanted.items():
        have = {row[0] for row in engine.connection.execute(f'describe "{name}"').fetchall()}
        kept = [column for column in columns if column in have]
        listed, only = ", ".join(f'"{column}"' for column in kept), f" where {OWN_TEAMS}" if name == "team" else ""
        rows = engine.connection.execute(f'select {listed} from "{name}"{only} limit {MOST_ROWS + 1}').fetchall()
        found[name] = [
            {column: as_text(value) for column, value in zip(kept, row, strict=True) if value is not None}
            for row in rows
        ]
    if sum(map(len, found.values())) > MOST_ROWS:
        raise Refusal(_("Too many people stand below this agent: choose one with a smaller team."), "agent")
    return found


def as_text(value: Any) -> str:
    """A value as the facts of an example hold it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
