"""The demo insurer's basic law in force, its last months computed and closed, and the next year's law as a draft."""

from __future__ import annotations

import datetime as dt
from importlib import resources

from sqlalchemy import select

from portal.cli.run import ended
from portal.cli.say import give_up, say
from portal.database import database
from portal.models.commission import CommissionMonth, MonthState
from portal.models.rulebooks import Rulebook, RulebookVersion, VersionState
from portal.models.runs import SourceConfig
from portal.permissions import LOCAL_OPERATOR, Actor, Permission, Scope
from portal.query.statement import last_of
from portal.services.commission_months import close, first_of, freeze, open_month
from portal.services.writer import Writer, writing

MONTHS = 3  # complete ones, computed; all but the last are closed
HELD = 4  # whose pay is held, counted from the agent with most
ONE_DAY = dt.timedelta(days=1)
EVERYTHING = Scope(all=True)
OWNER = Actor(None, "demo rules owner", permissions=frozenset(Permission), scope=EVERYTHING)
APPROVER = Actor(None, "demo approver", permissions=frozenset(Permission), scope=EVERYTHING)


def law_and_months(insurer: SourceConfig) -> None:
    """Do what is not done yet: put the law in force, compute and close months, draft the next year's law."""
    last = dt.date.fromisoformat(insurer.options["last_day"])
    _begin_law()
    months = _months(last)
    for month in months:
        if month == months[-1]:
            _held(month)
        _month(month, closes=month < months[-1])
    _draft_next_year()


def _begin_law() -> None:
    """The law, decided by a second person of the demo."""
    from portal.services.rulebook_approval import put_in_force
    from portal.services.rulebook_drafts import draft_of_text

    with database().transaction(LOCAL_OPERATOR) as session:
        if session.scalars(select(Rulebook)).first() is not None:
            return
    say("Putting the demo insurer's basic law in force ...")
    with writing(OWNER) as writer:
        draft = draft_of_text(writer, _text("demo_basic_law.yaml"))
        made = writer.session.scalars(select(RulebookVersion).where(RulebookVersion.rulebook_id == draft.rulebook_id))
        decided = [(str(one.id), {"hash": one.content_hash}) for one in made]
    with writing(APPROVER) as writer:
        for key, content in decided:
            put_in_force(writer, key, content)


def _months(last: dt.date) -> list[dt.date]:
    """The last complete months up to a day, oldest first."""
    found: list[dt.date] = []
    here = first_of(last + ONE_DAY)
    for _number in range(MONTHS):
        here = first_of(here - ONE_DAY)
        found.insert(0, here)
    return found


def _month(month: dt.date, *, closes: bool) -> None:
    from jobs.main import run_now

    with database().transaction(LOCAL_OPERATOR) as session:
        known = session.scalars(select(CommissionMonth).where(CommissionMonth.month == month)).first()
        if known is not None and known.state != MonthState.OPEN:
            return
    say(f"Computing commissions, {month:%Y-%m} ...")
    (end,) = run_now("commission", last_of(month), last_of(month))
    if end.status != "published":
        give_up(ended("commission", end))
    if closes:
        _closed(month)


def _held(month: dt.date) -> None:
    """One agent's pay is held from the open month on, decided by a second person; the month's run then keeps it back."""
    from portal.query.commissions import paid_agents
    from portal.query.reader import Reader
    from portal.services.commission_holds import HOLD, hold_back

    with writing(OWNER) as writer:
        known = writer.session.scalars(select(CommissionMonth).order_by(CommissionMonth.month.desc())).first()
        if known is None or known.month >= month:
            return
        book = writer.session.get_one(Rulebook, known.rulebook_id)
        reader = Reader(writer.actor, writer.session)
        paid = sorted(paid_agents(reader, book.code, known.month), key=lambda one: one.amount, reverse=True)
        row = hold_back(
            writer, open_month(writer, book.id, month), agent_no=paid[HELD].agent_no, line="",
            reason="The licence to sell insurance ran out", condition="A copy of the renewed licence is here",
        )  # fmt: skip
        key, content = str(row.id), HOLD.content(reader, str(row.id), {})
    with writing(APPROVER) as writer:
        HOLD.on_approved(writer, key, {**content, "from_month": month.isoformat()})


def _closed(month: dt.date) -> None:
    """Frozen by one person, closed by another; what the run could not work out is taken note of first."""
    from portal.models.runs import Problem
    from portal.services.runs import acknowledge_problem

    with writing(OWNER) as writer:
        problems = writer.session.scalars(
            select(Problem.id).where(
                Problem.business_date == last_of(month),
                Problem.chunk.like("commission:%"),
                Problem.acknowledged_at.is_(None),
            )
        ).all()
        for problem in problems:
            acknowledge_problem(writer, problem, "Demo")
        freeze(writer, _row(writer, month))
    with writing(APPROVER) as writer:
        here = _row(writer, month)
        close(writer, here, here.content_hash)


def _row(writer: Writer, month: dt.date) -> CommissionMonth:
    return writer.session.scalars(select(CommissionMonth).where(CommissionMonth.month == month)).one()


def _draft_next_year() -> None:
    """What the next year changes, laid over the law in force; it waits to be simulated and submitted."""
    from portal.services.rulebook_drafts import draft_of_text

    with writing(OWNER) as writer:
        wanted = select(RulebookVersion).where(RulebookVersion.complete)
        known = writer.session.scalars(wanted.order_by(RulebookVersion.number)).all()
        if len(known) == 1 and known[0].state == VersionState.APPROVED:
            draft_of_text(writer, _text("demo_basic_law_next_year.yaml"), over=known[0])


def _text(name: str) -> str:
    return resources.files("portal.sources").joinpath(name).read_text(encoding="utf-8")
