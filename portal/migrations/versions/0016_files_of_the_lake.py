"""Pointers name their files below the lake, so that the lake may be moved

revision: 0016
follows: 0015
"""

import posixpath

import sqlalchemy as sa
from alembic import op

from portal.settings import settings

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# files of another lake keep their addresses
WITHOUT_THE_LAKE = sa.text("""
update published set files = (
    select jsonb_agg(case when starts_with(file, :lake) then substr(file, length(:lake) + 1) else file end order by place)
    from jsonb_array_elements_text(files) with ordinality as listed (file, place)
)
where exists (select from jsonb_array_elements_text(files) as listed (file) where starts_with(file, :lake))
""")


def upgrade() -> None:
    op.execute("alter table published no force row level security")  # in force again when the migrations are done
    op.get_bind().execute(WITHOUT_THE_LAKE, {"lake": posixpath.join(settings().lake_url, "")})
