"""Rulebooks: versions, elements, examples, simulations, comments

revision: 0002
follows: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rulebook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook")),
        sa.UniqueConstraint("code", name=op.f("uq_rulebook_code")),
    )
    op.create_table(
        "rulebook_example",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rulebook_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("given", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("expected", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["rulebook_id"], ["rulebook.id"], name=op.f("fk_rulebook_example_rulebook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_example")),
    )
    op.create_index(op.f("ix_rulebook_example_rulebook_id"), "rulebook_example", ["rulebook_id"], unique=False)
    op.create_table(
        "rulebook_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rulebook_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("based_on_id", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("budget_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (recorded_at is not null)", name=op.f("ck_rulebook_version_known_once_approved")
        ),
        sa.CheckConstraint(
            "state in ('draft', 'checked', 'simulated', 'submitted', 'approved', 'discarded')",
            name=op.f("ck_rulebook_version_state"),
        ),
        sa.ForeignKeyConstraint(["based_on_id"], ["rulebook_version.id"], name=op.f("fk_rulebook_version_based_on_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_rulebook_version_institution_id")
        ),
        sa.ForeignKeyConstraint(["rulebook_id"], ["rulebook.id"], name=op.f("fk_rulebook_version_rulebook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_version")),
        sa.UniqueConstraint("rulebook_id", "number", name=op.f("uq_rulebook_version_rulebook_id")),
    )
    op.create_index(
        "ix_rulebook_version_in_force",
        "rulebook_version",
        ["rulebook_id", "valid_from"],
        unique=False,
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_index(op.f("ix_rulebook_version_rulebook_id"), "rulebook_version", ["rulebook_id"], unique=False)
    op.create_table(
        "rulebook_comment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["rulebook_version.id"], name=op.f("fk_rulebook_comment_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_comment")),
    )
    op.create_index(op.f("ix_rulebook_comment_version_id"), "rulebook_comment", ["version_id"], unique=False)
    op.create_table(
        "rulebook_element",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("until_next_version", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "section in ('agent', 'facts', 'parameters', 'tables', 'measures', 'formulas', 'ladders', 'lines')",
            name=op.f("ck_rulebook_element_section"),
        ),
        sa.CheckConstraint(
            "valid_from is null or valid_to is null or valid_from < valid_to",
            name=op.f("ck_rulebook_element_dates_in_order"),
        ),
        sa.ForeignKeyConstraint(["version_id"], ["rulebook_version.id"], name=op.f("fk_rulebook_element_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_element")),
    )
    op.create_index("ix_rulebook_element_version", "rulebook_element", ["version_id", "section", "name"], unique=False)
    op.create_table(
        "rulebook_simulation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("months", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("goal", postgresql.JSONB(astext_type=Text()), nullable=True),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("progress", sa.Text(), server_default="", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=Text()), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('requested', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_rulebook_simulation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rulebook_version.id"], name=op.f("fk_rulebook_simulation_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_simulation")),
    )
    op.create_index(op.f("ix_rulebook_simulation_version_id"), "rulebook_simulation", ["version_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_rulebook_simulation_version_id"), table_name="rulebook_simulation")
    op.drop_table("rulebook_simulation")
    op.drop_index("ix_rulebook_element_version", table_name="rulebook_element")
    op.drop_table("rulebook_element")
    op.drop_index(op.f("ix_rulebook_comment_version_id"), table_name="rulebook_comment")
    op.drop_table("rulebook_comment")
    op.drop_index(op.f("ix_rulebook_version_rulebook_id"), table_name="rulebook_version")
    op.drop_index(
        "ix_rulebook_version_in_force", table_name="rulebook_version", postgresql_where=sa.text("state = 'approved'")
    )
    op.drop_table("rulebook_version")
    op.drop_index(op.f("ix_rulebook_example_rulebook_id"), table_name="rulebook_example")
    op.drop_table("rulebook_example")
    op.drop_table("rulebook")
