"""What the core cannot say of agents and units: it refuses the whole delivery, before a constraint of the database would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.models.organisation import PositionKind
from portal.sentence import Sentence
from portal.sources.base import SourceError
from portal.sources.conform import shown
from portal.sources.insurer import AgentState

WORKS_AS = (PositionKind.AGENT, PositionKind.LEADER)

# Units whose unit above is of no level above theirs, among those a delivery names; where levels descend no way up leads back.
UPSIDE_DOWN = text("""
select own.code, above.code as parent
from institution as own
join institution_period as here on here.institution_id = own.id and :day >= here.valid_from and :day < here.valid_to
join institution_level as level on level.id = here.level_id
join institution as above on above.id = here.parent_id
join institution_period as there on there.institution_id = above.id and :day >= there.valid_from and :day < there.valid_to
join institution_level as level_above on level_above.id = there.level_id
where level_above.depth >= level.depth and (own.code = any(:codes) or above.code = any(:codes))
order by own.code limit 1
""")


def refuse_impossible(day: dt.date, one: AgentState) -> None:
    """Somebody who works as nothing there is, or joins later. Raises SourceError."""
    if one.kind not in WORKS_AS:
        raise SourceError(
            Sentence("Agent %(agent_no)s works as %(kind)s; there are %(known)s.",
                     agent_no=one.agent_no, kind=shown(one.kind), known=", ".join(WORKS_AS))
        )  # fmt: skip
    if one.joined_on > day:
        raise SourceError(
            Sentence("Agent %(agent_no)s joins on %(joined_on)s, after the day delivered.",
                     agent_no=one.agent_no, joined_on=one.joined_on)
        )  # fmt: skip


def refuse_upside_down(session: Session, day: dt.date, codes: Sequence[str]) -> None:
    """A unit under one of its own level or of a lower one, perhaps of its own. Raises SourceError."""
    session.flush()
    wrong = session.execute(UPSIDE_DOWN, {"day": day, "codes": list(codes)}).first() if codes else None
    if wrong is not None:
        raise SourceError(
            Sentence("Unit %(code)s stands under %(parent)s, which is of no level above.", code=wrong.code, parent=wrong.parent)
        )  # fmt: skip
