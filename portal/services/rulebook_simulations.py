"""Asking for simulations of a draft, and cancelling them. The jobs process does the work and writes how far it is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models.rulebooks import RulebookSimulation, RulebookVersion, VersionState
from portal.permissions import Permission
from portal.query.reader import Reader
from portal.query.run_order import RUNS_CHANNEL
from portal.services.commission_months import first_of
from portal.services.refusal import Refusal
from portal.services.rulebook_checks import draft_sentences
from portal.services.runs import wake_leader
from portal.services.writer import Writer

MOST_MONTHS = 12
PROPOSED_MONTHS = 3  # ticked before anybody chooses; so many are kept ready for the next simulation
OPENED = "draft opened"
TOLD = re.compile(rf"{OPENED} ([0-9]{{1,18}})((?: [1-9][0-9]{{3}}-(?:0[1-9]|1[0-2]))+)")


def request_simulation(
    writer: Writer,
    version: RulebookVersion,
    months: Sequence[dt.date],
    *,
    goal_parameter: str = "",
    goal_amount: Decimal | None = None,
) -> RulebookSimulation:
    """Ask what a draft would do to the pay of some months; `goal_*` also looks for the value that meets a monthly budget.

    Raises:
        Refusal: the draft has problems, or no month is named.
    """
    writer.allow(Permission.RULEBOOK_EDIT)
    wanted = sorted({first_of(month) for month in months})
    if not 1 <= len(wanted) <= MOST_MONTHS:
        raise Refusal(_("Choose 1 to %(most)s months to try the draft on.", most=MOST_MONTHS), "months")
    if bool(goal_parameter) != (goal_amount is not None):
        raise Refusal(_("A goal needs a parameter and a monthly amount."), "goal")
    reader = Reader(writer.actor, writer.session)
    problems = draft_sentences(reader, version)
    if problems:
        raise Refusal(problems[0])
    writer.session.refresh(version, with_for_update=True)
    if version.state == VersionState.DRAFT:
        writer.change(version, "check", state=VersionState.CHECKED.value)
    goal = {"parameter": goal_parameter, "amount": str(goal_amount)} if goal_parameter else None
    asked = writer.add(
        RulebookSimulation(
            version_id=version.id, content_hash=version.content_hash, months=[f"{month:%Y-%m}" for month in wanted],
            goal=goal, requested_by=writer.actor.name,
        ),
        action="simulate",
    )  # fmt: skip
    wake_leader(writer.session)
    return asked


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft whose page somebody has before them, and the months it proposes to try it on."""

    version_id: int
    months: Sequence[dt.date]


def tell_opened(session: Session, opened: Opened) -> None:
    """Let the jobs process make ready what a simulation will need. Nothing hangs on it: it is not heard where nobody listens."""
    months = " ".join(f"{month:%Y-%m}" for month in opened.months)
    session.execute(select(func.pg_notify(RUNS_CHANNEL, f"{OPENED} {opened.version_id} {months}")))


def opened_draft(said: str) -> Opened | None:
    """What `tell_opened` told; None when it was something else."""
    found = TOLD.fullmatch(said)
    if found is None:
        return None
    months = [dt.date.fromisoformat(f"{month}-01") for month in found[2].split()]
    return Opened(int(found[1]), months[:MOST_MONTHS])


def cancel_simulation(writer: Writer, simulation_id: int) -> None:
    """Stop a simulation that has not ended; it ends before its next month."""
    writer.allow(Permission.RULEBOOK_EDIT)
    asked = writer.get(RulebookSimulation, simulation_id)
    if asked.state not in ("requested", "running"):
        raise Refusal(_("This simulation has ended already."))
    writer.change(asked, "cancel", state="cancelled", finished_at=writer.now())
