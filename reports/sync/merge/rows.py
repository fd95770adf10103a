"""Writing many rows at once, past the ORM.

Django's `bulk_update` makes a CASE of every field, with a branch for every row, and `bulk_create`
an expression of every value: for a large day that took longer than all the rest of a merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model

LOADED_AT_ONCE, UPDATED_AT_ONCE = 5000, 500  # rows


def load(table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Stream rows into a table the fastest way that the database has."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"COPY {table} ({names}) FROM STDIN"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            return
        insert = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608
        source = iter(rows)
        cursor.execute("SAVEPOINT load_rows")  # else each row is a transaction of its own
        try:
            while some := list(islice(source, LOADED_AT_ONCE)):
                cursor.executemany(insert, some)
        except BaseException:
            cursor.execute("ROLLBACK TO load_rows")
            raise
        finally:
            cursor.execute("RELEASE load_rows")


def add_rows(rows: Sequence[Model]) -> None:
    """Store new rows of a model. They don't learn their keys, and nothing is filled in for them."""
    if rows:
        fields = [field for field in rows[0]._meta.concrete_fields if not field.primary_key]
        values = (tuple(_values(row, fields)) for row in rows)
        load(rows[0]._meta.db_table, [str(field.column) for field in fields], values)


def update_rows(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Write these fields of stored rows of a model, none of them twice."""
    if not rows:
        return
    meta = rows[0]._meta
    fields = [cast("Field[Any, Any]", meta.get_field(name)) for name in names]
    most = connection.ops.bulk_batch_size([meta.pk, *fields], rows)
    for first in range(0, len(rows), min(most, UPDATED_AT_ONCE)):
        _update(meta.db_table, rows[first : first + min(most, UPDATED_AT_ONCE)], fields)


def _update(table: str, rows: Sequence[Model], fields: Sequence[Field[Any, Any]]) -> None:
    columns = ", ".join(str(field.column) for field in fields)
    one = f"({', '.join(['%s'] * (1 + len(fields)))})"
    changes = ", ".join(f"{field.column} = {_new(field)}" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH new (pk, {columns}) AS (VALUES {', '.join([one] * len(rows))})"  # noqa: S608
            f" UPDATE {table} SET {changes} FROM new WHERE {table}.id = new.pk",
            [value for row in rows for value in (row.pk, *_values(row, fields))],
        )


def _new(field: Field[Any, Any]) -> str:
    """Return the new value as SQL. PostgreSQL takes a column of NULLs alone for text."""
    if not connection.features.requires_casted_case_in_updates:
        return f"new.{field.column}"
    return f"CAST(new.{field.column} AS {field.db_type(connection)})"


def _values(row: Model, fields: Sequence[Field[Any, Any]]) -> Iterator[Any]:
    database = connections[DEFAULT_DB_ALIAS]  # `connection` would look it up for every value
    for field in fields:
        yield field.get_db_prep_save(getattr(row, field.attname), database)
