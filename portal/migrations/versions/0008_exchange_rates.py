"""Currencies and their dated exchange rates

revision: 0008
follows: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "currency",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z]{3}$'", name=op.f("ck_currency_iso_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_currency")),
        sa.UniqueConstraint("code", name=op.f("uq_currency_code")),
    )
    op.create_table(
        "exchange_rate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("currency_id", sa.BigInteger(), nullable=False),
        sa.Column("exchange_rate", sa.Numeric(precision=18, scale=8), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), server_default=sa.text("'9999-12-31'"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(currency_id, currency_id, '[]')"), "&&"),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_exchange_rate_no_overlap",
        ),
        sa.CheckConstraint("exchange_rate > 0", name=op.f("ck_exchange_rate_above_zero")),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_exchange_rate_dates_in_order")),
        sa.ForeignKeyConstraint(["currency_id"], ["currency.id"], name=op.f("fk_exchange_rate_currency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
    )
    op.create_index(op.f("ix_exchange_rate_currency_id"), "exchange_rate", ["currency_id"])
