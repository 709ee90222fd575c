"""Who may see commission reports

revision: 0021
follows: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# the default roles of existing installations get what new ones begin with; who saw a month's figures sees them in reports
GRANTS = """
alter table role no force row level security;
alter table role_permission no force row level security;
insert into role_permission (role_id, permission)
select role.id, new.permission
from role join (values
    ('team_leader', 'commission_report.view'), ('rules_owner', 'commission_report.view'),
    ('commission_clerk', 'commission_report.view'), ('commission_approver', 'commission_report.view'),
    ('auditor', 'commission_report.view'), ('administrator', 'commission_report.view')
) as new (code, permission) on new.code = role.code
on conflict do nothing;
"""


def upgrade() -> None:
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("delete from role_permission where permission = 'commission_report.view'")
