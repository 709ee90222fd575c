"""What Alembic runs; called by `portal.migrations.upgrade`, which hands over an open connection."""

from alembic import context

from portal.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
