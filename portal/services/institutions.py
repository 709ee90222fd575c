"""Rules of the institution tree: on every day each institution stands under one that exists, and never under itself."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.orm import aliased

from portal.models.organisation import Institution, InstitutionLevel, InstitutionPeriod, Position
from portal.permissions import Forbidden, Permission
from portal.services.drafts import Draft
from portal.services.periods import Span
from portal.services.refusal import Refusal
from portal.services.writer import Writer

TREE_LOCK = 7_301_011

# From an institution upwards, each step only for the days on which both rungs hold.
CYCLE = text("""
    with recursive up as (
        select parent_id, valid_from as first_day, valid_to as end_day, array[institution_id] as way
        from institution_period where institution_id = :institution and parent_id is not null
        union all
        select above.parent_id, greatest(up.first_day, above.valid_from), least(up.end_day, above.valid_to),
               up.way || above.institution_id
        from up join institution_period above
          on above.institution_id = up.parent_id
         and above.valid_from < up.end_day and above.valid_to > up.first_day
        where above.institution_id <> all (up.way) and above.parent_id is not null
    )
    select min(first_day) from up where parent_id = :institution
""")


def lock_tree(writer: Writer, draft: Draft) -> None:
    """Two people who move institutions at once move them one after the other: together they could close a circle."""
    keep_tree(writer)
    parent = draft.values.get("parent")
    if not writer.actor.scope.all and "parent" in draft.values and parent not in writer.actor.scope.institutions:
        raise Forbidden(Permission.INSTITUTION_EDIT, writer.actor)


def keep_tree(writer: Writer) -> None:
    """Nobody else moves institutions until the end of the transaction."""
    writer.session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": TREE_LOCK})


def check_place(writer: Writer, draft: Draft, identity: int, span: Span | None) -> None:
    """After a change: a parent on every day, of a higher level, no circle, one root."""
    if span is not None:
        check_standing(writer, identity, span)


def check_standing(writer: Writer, identity: int, span: Span) -> None:
    """On some days: a parent on each, of a higher level, no circle, one root. Raises Refusal."""
    circle: dt.date | None = writer.session.scalar(CYCLE, {"institution": identity})
    if circle is not None:
        raise Refusal(_("From %(day)s on it would stand under itself.", day=circle), "parent")
    for period in writer.session.scalars(
        select(InstitutionPeriod).where(
            InstitutionPeriod.institution_id == identity,
            InstitutionPeriod.valid_from < span[1],
            InstitutionPeriod.valid_to > span[0],
        )
    ):
        _check_parent(writer, period)
    _check_levels_below(writer, identity, span)


def check_nobody_left(writer: Writer, draft: Draft, identity: int, span: Span) -> None:
    """An institution closes when nothing stands under it and nobody works in it any more."""
    first, end = span
    child, named = aliased(InstitutionPeriod), aliased(Institution)
    below = writer.session.scalar(
        select(named.code)
        .join(child, child.institution_id == named.id)
        .where(child.parent_id == identity, child.valid_from < end, child.valid_to > first)
        .limit(1)
    )
    if below is not None:
        raise Refusal(_("%(code)s stands under it on those days; move or close it first.", code=below), "valid_from")
    there = writer.session.scalar(
        select(func.count()).where(
            Position.institution_id == identity, Position.valid_from < end, Position.valid_to > first
        )
    )
    if there:
        raise Refusal(
            _("%(count)s people work there on those days; move them or end their positions first.", count=there),
            "valid_from",
        )


def exists_throughout(writer: Writer, institution: int, first: dt.date, end: dt.date) -> dt.date | None:
    """The first day of a span on which an institution does not exist; None when it exists on all of them."""
    periods = writer.session.execute(
        select(InstitutionPeriod.valid_from, InstitutionPeriod.valid_to)
        .where(
            InstitutionPeriod.institution_id == institution,
            InstitutionPeriod.valid_from < end,
            InstitutionPeriod.valid_to > first,
        )
        .order_by(InstitutionPeriod.valid_from)
    )
    reached = first
    for valid_from, valid_to in periods:
        if valid_from > reached:
            return reached
        reached = valid_to
    return None if reached >= end else reached


def _check_parent(writer: Writer, period: InstitutionPeriod) -> None:
    level = _depth(writer, period.level_id)
    if period.parent_id is None:
        other = writer.session.scalar(
            select(Institution.code)
            .join(InstitutionPeriod, InstitutionPeriod.institution_id == Institution.id)
            .where(
                InstitutionPeriod.parent_id.is_(None),
                InstitutionPeriod.institution_id != period.institution_id,
                InstitutionPeriod.valid_from < period.valid_to,
                InstitutionPeriod.valid_to > period.valid_from,
            )
            .limit(1)
        )
        if other is not None:
            raise Refusal(
                _("%(code)s is the head already; say under which institution this one stands.", code=other), "parent"
            )
        return
    missing = exists_throughout(writer, period.parent_id, period.valid_from, period.valid_to)
    if missing is not None:
        raise Refusal(_("The institution above does not exist on %(day)s.", day=missing), "parent")
    above = writer.session.scalars(
        select(InstitutionPeriod.level_id).where(
            InstitutionPeriod.institution_id == period.parent_id,
            InstitutionPeriod.valid_from < period.valid_to,
            InstitutionPeriod.valid_to > period.valid_from,
        )
    )
    if any(_depth(writer, each) >= level for each in above):
        raise Refusal(_("The institution above must be of a higher level."), "level")


def _check_levels_below(writer: Writer, identity: int, span: Span) -> None:
    own = select(InstitutionPeriod.level_id, InstitutionPeriod.valid_from, InstitutionPeriod.valid_to).where(
        InstitutionPeriod.institution_id == identity
    )
    mine, child = own.subquery(), aliased(InstitutionPeriod)
    above, below = aliased(InstitutionLevel), aliased(InstitutionLevel)
    wrong = writer.session.scalar(
        select(Institution.code)
        .join(child, child.institution_id == Institution.id)
        .join(mine, (mine.c.valid_from < child.valid_to) & (mine.c.valid_to > child.valid_from))
        .join(above, above.id == mine.c.level_id)
        .join(below, below.id == child.level_id)
        .where(
            child.parent_id == identity,
            below.depth <= above.depth,
            child.valid_from < span[1],
            child.valid_to > span[0],
        )
        .limit(1)
    )
    if wrong is not None:
        raise Refusal(_("%(code)s stands under it and must be of a lower level.", code=wrong), "level")


def _depth(writer: Writer, level_id: int) -> int:
    depth: int = writer.session.scalars(select(InstitutionLevel.depth).where(InstitutionLevel.id == level_id)).one()
    return depth
