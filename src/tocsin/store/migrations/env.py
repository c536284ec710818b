"""How Alembic reaches the database: through the connection and transaction it is handed."""

from alembic import context

from tocsin.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
