"""Fill the database of a site that runs the very first tables: `python -m tests.install.oldest`.

A row in every table, made from the columns alone, so that whatever later migrations do to old data
is tried. DATABASE_URL and the keys come from the environment.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import django
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor

FIRST = ("reports", "0001_initial")
SECRET = "the secret of the oldest site"
ROWS = 2  # of each table, different wherever a column is unique
ENDS = ("end_at", "ended_at", "to_at")  # after what they end
WHEN = datetime(2026, 1, 12, 9, tzinfo=UTC)


def fill() -> dict[str, int]:
    """Migrate to the first tables, put rows into each, and return their numbers by table."""
    executor = MigrationExecutor(connection)
    executor.migrate([FIRST])
    apps = executor.loader.project_state([FIRST]).apps
    waiting = list(apps.get_app_config("reports").get_models())
    made: dict[type[models.Model], list[models.Model]] = {}
    while waiting:
        model = next(model for model in waiting if needed_models(model) <= set(made) | {model})
        made[model] = [model._base_manager.create(**row(model, n, made)) for n in range(ROWS)]
        waiting.remove(model)
    return {model._meta.db_table: len(rows) for model, rows in made.items()}


def needed_models(model: type[models.Model]) -> set[type[models.Model]]:
    """Return the models that a row of this one must point to."""
    return {
        field.related_model
        for field in model._meta.local_concrete_fields
        if field.is_relation and not field.null and field.related_model._meta.app_label == "reports"
    }


def row(model: type[models.Model], number: int, made: dict[Any, list[Any]]) -> dict[str, Any]:
    """Return a value for each column."""
    return {
        field.name: made[field.related_model][number] if field.is_relation else value(field, number)
        for field in model._meta.local_concrete_fields
        if not field.primary_key and not (field.is_relation and field.related_model not in made)
    }


def value(field: Any, number: int) -> Any:
    """Return something that the column may hold, different for each number where it can be."""
    if type(field).__name__ == "EncryptedTextField":
        return SECRET
    if field.choices:
        return field.choices[0][0]
    hour = 12 if field.name in ENDS else 9
    kinds: list[tuple[type[models.Field[Any, Any]], Any]] = [
        (models.BooleanField, False),
        (models.JSONField, {}),
        (models.DateTimeField, WHEN.replace(hour=hour + number)),
        (models.DateField, date(2026, 1, 12 + number)),
        (models.TimeField, WHEN.time()),
        (models.BinaryField, b"x"),
        (models.DecimalField, Decimal(number)),
        (models.FloatField, float(number)),
        (models.IntegerField, number + 1),
        (models.TextField, f"text {number}"),
        (models.CharField, f"t{number}"),
    ]
    return next(worth for kind, worth in kinds if isinstance(field, kind))


if __name__ == "__main__":
    django.setup()
    for table, rows in sorted(fill().items()):
        print(table, rows)  # noqa: T201
