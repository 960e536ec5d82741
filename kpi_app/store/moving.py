"""A whole database from one kind to the other: every row of every table, through the types of the columns.

What refuses changes to a locked month stays in place: a month's units come last, once all that belongs to them is
there. So nothing is switched off, neither here nor there.
"""

import sqlalchemy as sa
from alembic import command

from data_contracts.contract import Problem
from kpi_app.store import database, tables
from kpi_app.store.database import Database

AT_ONCE = 1_000
"""So many rows are held in memory."""
LEFT_OUT = (tables.sessions,)
"""Who is signed in stays behind."""


def fill(target: Database, source: Database) -> None:
    """Make the tables of an empty database and put every row of another store into them, in one transaction.

    Raises Problem where the database holds any table.
    """
    with target.write() as conn:
        if sa.inspect(conn).get_table_names():
            raise Problem(
                "KPI_DATABASE_URL 指向的数据库不是空的；请换一个空数据库后再恢复。",
                "The database that KPI_DATABASE_URL names is not empty; name an empty one and restore again.",
            )
        command.upgrade(database.migrations(conn), "head")
        with source.read() as rows:
            _copy(rows, conn)


def _copy(source: sa.Connection, target: sa.Connection) -> None:
    rest = [table for table in tables.metadata.sorted_tables if table not in (*LEFT_OUT, tables.pay_units)]
    for table in (*rest, tables.pay_units):
        query = sa.select(table).order_by(*table.primary_key)
        rows = source.execute(query, execution_options={"yield_per": AT_ONCE}).mappings()
        for some in rows.partitions():
            target.execute(sa.insert(table), [dict(row) for row in some])
        _go_on_counting(target, table)


def _go_on_counting(target: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL numbers rows apart from the table: from the highest on, as SQLite does by itself."""
    column = table.autoincrement_column
    if target.dialect.name != "postgresql" or column is None:
        return
    highest = target.execute(sa.select(sa.func.max(column))).scalar()
    if highest is not None:
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        target.execute(sa.select(sa.func.setval(sequence, highest)))
