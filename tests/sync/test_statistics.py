"""A run leaves behind what the planner of SQLite goes by."""

import pytest
from django.db import connection

from reports.models import Account
from reports.sync.statistics import refresh_statistics
from tests import factories


@pytest.mark.django_db
def test_sqlite_learns_how_many_rows_there_are() -> None:
    if connection.vendor != "sqlite":
        assert refresh_statistics() is None  # PostgreSQL does it by itself
        return
    account: Account = factories.account()
    for number in range(20):
        factories.session(factories.room(account, f"room {number}"))
    refresh_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx = 'session_by_room'")
        [(stat,)] = cursor.fetchall()
    assert stat.split()[0] == "20"
