"""How alembic runs the migrations: on the connection, in the transaction it is given."""

from __future__ import annotations

from alembic import context

from headcount.chat.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
