"""What the audit log is about has a name for readers."""

from __future__ import annotations

from portal.kit.wording import SUBJECTS
from portal.models import Base

# written by the house itself, or told by the row they belong to
NEVER_AUDITED = {
    "audit_entry", "delivered_state", "heartbeat", "login_attempt", "published", "run_step", "web_session",
}  # fmt: skip


def test_every_table_that_people_change_has_a_name_in_the_audit_log() -> None:
    assert set(Base.metadata.tables) - NEVER_AUDITED - set(SUBJECTS) == set()
