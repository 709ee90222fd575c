"""Agents, their ranks and relations, insurance products, events between deliveries; teams are institutions

revision: 0005
follows: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

POSITIONS = "kind in ('customer_manager', 'leader', 'operator', 'administrator'"


def upgrade() -> None:
    op.create_table(
        "insurance_product",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "line in ('life', 'annuity', 'endowment', 'health', 'accident', 'universal')",
            name=op.f("ck_insurance_product_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurance_product")),
        sa.UniqueConstraint("code", name=op.f("uq_insurance_product_code")),
    )
    op.create_table(
        "policy_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("received_from", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_event")),
        sa.UniqueConstraint("key", name=op.f("uq_policy_event_key")),
    )
    op.create_index("ix_policy_event_date", "policy_event", ["business_date"], unique=False)
    op.create_index(
        "ix_policy_event_waiting",
        "policy_event",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("business_date is null"),
    )
    op.create_table(
        "agent",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_no", sa.Text(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["person.id"], name=op.f("fk_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("agent_no", name=op.f("uq_agent_agent_no")),
    )
    op.create_table(
        "insurance_product_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("payment_terms", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), server_default=sa.text("'9999-12-31'"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(product_id, product_id, '[]')"), "&&"),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_insurance_product_period_no_overlap",
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_insurance_product_period_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["insurance_product.id"], name=op.f("fk_insurance_product_period_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurance_product_period")),
    )
    op.create_index(
        op.f("ix_insurance_product_period_product_id"), "insurance_product_period", ["product_id"], unique=False
    )
    op.create_table(
        "agent_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), server_default=sa.text("'9999-12-31'"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(agent_id, agent_id, '[]')"), "&&"),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_agent_period_no_overlap",
        ),
        sa.CheckConstraint("origin in ('hire', 'evaluation', 'decision')", name=op.f("ck_agent_period_origin")),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_agent_period_dates_in_order")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_period_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_period")),
    )
    op.create_index(op.f("ix_agent_period_agent_id"), "agent_period", ["agent_id"], unique=False)
    op.create_table(
        "relation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('reporting', 'recruiter', 'nurturer', 'trainer')", name=op.f("ck_relation_kind")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_relation_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation")),
        sa.UniqueConstraint("kind", "agent_id", name=op.f("uq_relation_kind")),
    )
    op.create_index(op.f("ix_relation_agent_id"), "relation", ["agent_id"], unique=False)
    op.create_table(
        "relation_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("relation_id", sa.BigInteger(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), server_default=sa.text("'9999-12-31'"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(relation_id, relation_id, '[]')"), "&&"),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_relation_period_no_overlap",
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_relation_period_dates_in_order")),
        sa.ForeignKeyConstraint(["from_id"], ["agent.id"], name=op.f("fk_relation_period_from_id")),
        sa.ForeignKeyConstraint(["relation_id"], ["relation.id"], name=op.f("fk_relation_period_relation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation_period")),
    )
    op.create_index(op.f("ix_relation_period_from_id"), "relation_period", ["from_id"], unique=False)
    op.create_index(op.f("ix_relation_period_relation_id"), "relation_period", ["relation_id"], unique=False)
    op.add_column(
        "institution_level", sa.Column("sales_team", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("source_config", sa.Column("family", sa.Text(), server_default="bank", nullable=False))
    op.create_check_constraint(op.f("ck_source_config_family"), "source_config", "family in ('bank', 'insurer')")
    op.drop_constraint(op.f("ck_position_kind"), "position")
    op.create_check_constraint(op.f("ck_position_kind"), "position", POSITIONS + ", 'agent')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_position_kind"), "position")
    op.create_check_constraint(op.f("ck_position_kind"), "position", POSITIONS + ")")
    op.drop_column("source_config", "family")
    op.drop_column("institution_level", "sales_team")
    op.drop_index(op.f("ix_relation_period_relation_id"), table_name="relation_period")
    op.drop_index(op.f("ix_relation_period_from_id"), table_name="relation_period")
    op.drop_table("relation_period")
    op.drop_index(op.f("ix_relation_agent_id"), table_name="relation")
    op.drop_table("relation")
    op.drop_index(op.f("ix_agent_period_agent_id"), table_name="agent_period")
    op.drop_table("agent_period")
    op.drop_index(op.f("ix_insurance_product_period_product_id"), table_name="insurance_product_period")
    op.drop_table("insurance_product_period")
    op.drop_table("agent")
    op.drop_index(
        "ix_policy_event_waiting", table_name="policy_event", postgresql_where=sa.text("business_date is null")
    )
    op.drop_index("ix_policy_event_date", table_name="policy_event")
    op.drop_table("policy_event")
    op.drop_table("insurance_product")
