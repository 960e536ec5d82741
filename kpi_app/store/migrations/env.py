"""Runs the migrations inside the transaction of the connection that ``database.migrate`` hands over."""

from alembic import context

from kpi_app.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
