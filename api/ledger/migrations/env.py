"""Runs the steps on the connection that it is handed, in that connection's transaction."""

from alembic import context

from api.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
