"""Who may ask for and decide moves of teams and agents

revision: 0014
follows: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# the default roles of existing installations get what new ones begin with
GRANTS = """
alter table role no force row level security;
alter table role_permission no force row level security;
insert into role_permission (role_id, permission)
select role.id, new.permission
from role join (values
    ('team_leader', 'team_move.request'),
    ('commission_clerk', 'team_move.request'), ('commission_approver', 'team_move.decide'),
    ('commission_approver', 'agent.view'), ('commission_approver', 'relation.view'),
    ('commission_approver', 'insurance_product.view'), ('commission_approver', 'policy.view'),
    ('administrator', 'team_move.request'), ('administrator', 'team_move.decide')
) as new (code, permission) on new.code = role.code
on conflict do nothing;
"""


def upgrade() -> None:
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("delete from role_permission where permission in ('team_move.request', 'team_move.decide')")
