"""What became of an event

revision: 0015
follows: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policy_event", sa.Column("outcome", sa.Text(), nullable=True))
    op.add_column("policy_event", sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("policy_event", sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("policy_event", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_policy_event_outcome"),
        "policy_event",
        "outcome in ('published', 'confirmed', 'replaced', 'set_aside')",
    )
    op.execute(TAKEN_ARE_PUBLISHED)
    op.drop_index(
        "ix_policy_event_waiting", table_name="policy_event", postgresql_where=sa.text("business_date is null")
    )
    op.create_index(
        "ix_policy_event_open",
        "policy_event",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("outcome is null"),
    )
    op.create_index("ix_policy_event_settled", "policy_event", ["settled_at"], unique=False)
    op.create_index("ix_policy_event_shown", "policy_event", ["shown_at"], unique=False)


# a date that took an event and is published holds it
TAKEN_ARE_PUBLISHED = """
alter table policy_event no force row level security;
alter table published no force row level security;
update policy_event set outcome = 'published', settled_at = now()
where business_date in (select business_date from published where dataset = 'premium');
"""


def downgrade() -> None:
    for name in ("shown", "settled"):
        op.drop_index(f"ix_policy_event_{name}", table_name="policy_event")
    op.drop_index("ix_policy_event_open", table_name="policy_event", postgresql_where=sa.text("outcome is null"))
    op.create_index(
        "ix_policy_event_waiting",
        "policy_event",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("business_date is null"),
    )
    op.drop_constraint(op.f("ck_policy_event_outcome"), "policy_event")
    for name in ("settled_at", "shown_at", "said", "outcome"):
        op.drop_column("policy_event", name)
