"""Curves of internal prices above their rates, kept in a page of their own

revision: 0011
follows: 0010
"""

import sqlalchemy as sa
from alembic import op

from portal.settings import settings

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ftp_curve",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="all", nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_ftp_curve_iso_code")),
        sa.CheckConstraint("kind in ('all', 'deposit', 'loan', 'card')", name=op.f("ck_ftp_curve_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ftp_curve")),
        sa.UniqueConstraint("code", name=op.f("uq_ftp_curve_code")),
        sa.UniqueConstraint("currency", "kind", name=op.f("uq_ftp_curve_currency")),
    )
    op.create_table(
        "ftp_term",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("curve_id", sa.BigInteger(), nullable=False),
        sa.Column("term_days", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("term_days >= 0", name=op.f("ck_ftp_term_not_negative")),
        sa.ForeignKeyConstraint(["curve_id"], ["ftp_curve.id"], name=op.f("fk_ftp_term_curve_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ftp_term")),
        sa.UniqueConstraint("curve_id", "term_days", name=op.f("uq_ftp_term_curve_id")),
    )
    op.add_column("ftp_rate", sa.Column("ftp_term_id", sa.BigInteger(), nullable=True))
    recorded_at = sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    op.add_column("ftp_rate", recorded_at)
    op.execute(ROWS_ARE_SEEN)
    op.get_bind().execute(CURVE_OF_THE_HOUSE, {"currency": settings().reporting_currency or None})
    op.execute(TERMS)
    op.drop_constraint("ex_ftp_rate_no_overlap", "ftp_rate")
    op.drop_column("ftp_rate", "term_days")
    op.alter_column("ftp_rate", "ftp_term_id", nullable=False)
    op.create_foreign_key(op.f("fk_ftp_rate_ftp_term_id"), "ftp_rate", "ftp_term", ["ftp_term_id"], ["id"])
    op.create_index(op.f("ix_ftp_rate_ftp_term_id"), "ftp_rate", ["ftp_term_id"])
    op.execute(
        "alter table ftp_rate add constraint ex_ftp_rate_no_overlap exclude using gist "
        "(int8range(ftp_term_id, ftp_term_id, '[]') with &&, daterange(valid_from, valid_to) with &&)"
    )
    op.execute(NEW_PERMISSIONS)


# row policies are put in force again when the migrations are done
ROWS_ARE_SEEN = """
alter table ftp_rate no force row level security;
alter table source_config no force row level security;
alter table role no force row level security;
alter table role_permission no force row level security;
"""

# the rates there are were those of all accounts: they become the curve of the reporting currency
CURVE_OF_THE_HOUSE = sa.text("""
insert into ftp_curve (code, name, name_zh, currency)
select currency, currency || ' curve', currency || ' 曲线', currency
from (select coalesce(cast(:currency as text),
                      case when exists (select 1 from source_config where adapter = 'berka') then 'CZK' else 'CNY' end)
      as currency) as house
where exists (select 1 from ftp_rate)
""")

TERMS = """
insert into ftp_term (curve_id, term_days)
select distinct ftp_curve.id, ftp_rate.term_days from ftp_rate cross join ftp_curve order by 2;
update ftp_rate set ftp_term_id = ftp_term.id from ftp_term where ftp_term.term_days = ftp_rate.term_days;
"""

# the roles an installation began with get what is new for them; the bank takes it away again where it wants to
NEW_PERMISSIONS = """
insert into role_permission (role_id, permission)
select role.id, new.permission
from role join (values
    ('operator', 'ftp_rate.view'), ('operator', 'ftp_rate.edit'),
    ('administrator', 'ftp_rate.view'), ('administrator', 'ftp_rate.edit'),
    ('auditor', 'ftp_rate.view')
) as new (code, permission) on new.code = role.code
on conflict do nothing;
"""
