"""Runs migrations on the connection that `store.upgrade` hands over; there is no other way in."""

from alembic import context

from smart_support.adapters.sql.locking import lock_all
from smart_support.adapters.sql.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
now = context.get_context().get_current_revision()
if now is not None:
    lock_all(connection, [script.module for script in context.script.iterate_revisions("head", now)])
context.run_migrations()
