"""The kinds of decision there are. Importing this module checks every declaration."""

from __future__ import annotations

from portal.query.approval import Approval
from portal.services.commission_adjustments import ADJUSTMENT
from portal.services.commission_approval import COMMISSION_MONTH
from portal.services.commission_holds import HOLD, RELEASE
from portal.services.evaluation_overrides import EVALUATION_OVERRIDE
from portal.services.reallocations import REALLOCATION
from portal.services.rulebook_approval import RULEBOOK_VERSION
from portal.services.share_requests import SHARE_CHANGE

APPROVALS: dict[str, Approval] = {
    each.key: each
    for each in (
        SHARE_CHANGE,
        RULEBOOK_VERSION,
        COMMISSION_MONTH,
        ADJUSTMENT,
        HOLD,
        RELEASE,
        REALLOCATION,
        EVALUATION_OVERRIDE,
    )
}
