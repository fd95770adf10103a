"""The rows of a query as the database's driver gives them, without Django's conversions.

For numbers by the ten thousand, of which converting each costs more than finding it. Times and
booleans differ between databases then, so they don't belong into such a query.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet


def plain_rows(query: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of what `values_list` selected, in its order. One query."""
    try:
        sql, parameters = query.query.sql_with_params()
    except EmptyResultSet:  # Django knows without asking that nothing can be found
        return []
    with connections[query.db].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
