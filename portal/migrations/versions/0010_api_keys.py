"""Keys of other systems; the key of an event is unique in its source

revision: 0010
follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("begins_with", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("minute_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute_requests", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("last_day is null or first_day <= last_day", name=op.f("ck_api_key_days_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("code", name=op.f("uq_api_key_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_table(
        "api_key_permission",
        sa.Column("api_key_id", sa.BigInteger(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name=op.f("fk_api_key_permission_api_key_id"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("api_key_id", "permission", name=op.f("pk_api_key_permission")),
    )
    op.add_column("policy_event", sa.Column("source", sa.Text(), nullable=True))
    op.execute(SOURCES_OF_EVENTS)
    op.alter_column("policy_event", "source", nullable=False)
    op.drop_constraint(op.f("uq_policy_event_key"), "policy_event", type_="unique")
    op.create_unique_constraint(op.f("uq_policy_event_source"), "policy_event", ["source", "key"])
    op.execute(NEW_PERMISSIONS)


# until now the name of who sent an event said where it came from
SOURCES_OF_EVENTS = """
alter table policy_event no force row level security;
update policy_event set source = received_from;
"""

# the roles an installation began with get what is new for them; the bank takes it away again where it wants to
NEW_PERMISSIONS = """
alter table role no force row level security;
alter table role_permission no force row level security;
insert into role_permission (role_id, permission)
select role.id, new.permission
from role join (values
    ('administrator', 'api_key.view'), ('administrator', 'api_key.edit'), ('auditor', 'api_key.view')
) as new (code, permission) on new.code = role.code
on conflict do nothing;
"""


def downgrade() -> None:
    op.drop_constraint(op.f("uq_policy_event_source"), "policy_event", type_="unique")
    op.create_unique_constraint(op.f("uq_policy_event_key"), "policy_event", ["key"])
    op.drop_column("policy_event", "source")
    op.drop_table("api_key_permission")
    op.drop_table("api_key")
