"""Runs migrations on the connection that `store.upgrade` hands over; there is no other way in."""

from alembic import context

from smart_support.adapters.sql.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
