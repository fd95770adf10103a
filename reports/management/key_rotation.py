"""Sealing stored secrets anew with the first key of ROLLCALL_SECRET_KEYS.

The source of truth for what is encrypted are the models: every EncryptedTextField of every installed
app, so that a later model is not forgotten. Secrets are handled as the tokens that the database
holds; their text appears nowhere. Printing is the command's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db.models import Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from reports.models.encrypted import EncryptedTextField, secret_box

BATCH = 500  # tokens read at once
TRIES = 5  # for a secret that somebody keeps changing


@dataclass(frozen=True)
class EncryptedColumn:
    """One encrypted field of one model."""

    model: type[Model]
    field: EncryptedTextField

    @property
    def name(self) -> str:
        """Return the field's name."""
        return self.field.name

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def rows(self) -> QuerySet[Any]:
        """Return the rows in which something is stored, with `token` as the database holds it."""
        rows = self.model._base_manager.annotate(token=Cast(self.name, TextField()))
        return rows.exclude(token="").exclude(token=None)

    def tokens(self) -> Iterator[tuple[Any, str]]:
        """Yield primary key and token of each row, in batches: no cursor stays open meanwhile."""
        rows, last = self.rows().order_by("pk").values_list("pk", "token"), None
        while True:
            batch = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
            yield from batch
            if len(batch) < BATCH:
                return
            last = batch[-1][0]

    def replace(self, pk: Any, token: str, new: str) -> bool:
        """Store the new token where the old one still stands; return whether it did.

        One statement that names the old token: what somebody stored meanwhile is never lost.
        """
        changes = {self.name: Value(new, output_field=TextField())}
        return bool(self.rows().filter(pk=pk, token=token).update(**changes))


@dataclass
class Tally:
    """What the keys open of one column."""

    column: EncryptedColumn
    first: int = 0  # sealed with the first key
    older: int = 0  # sealed with one of the others
    unreadable: list[Any] = field(default_factory=list)  # primary keys that no key opens

    @property
    def stored(self) -> int:
        """Return how many secrets there are."""
        return self.first + self.older + len(self.unreadable)


def encrypted_columns() -> list[EncryptedColumn]:
    """Return every encrypted field of every installed model, by name."""
    found = [
        EncryptedColumn(model, column)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for column in model._meta.local_concrete_fields
        if isinstance(column, EncryptedTextField)
    ]
    return sorted(found, key=str)


def tallies() -> list[Tally]:
    """Return a tally for each encrypted column. Reads only."""
    first, box, found = first_key(), secret_box(), []
    for column in encrypted_columns():
        tally = Tally(column)
        for pk, token in column.tokens():
            if _opens(first, token):
                tally.first += 1
            elif _opens(box, token):
                tally.older += 1
            else:
                tally.unreadable.append(pk)
        found.append(tally)
    return found


def rotate() -> int:
    """Seal every secret of an older key with the first one; return how many were.

    Each is one statement: an interrupted run has done a part, and the next one does the rest.
    A secret that no key opens stays as it is.
    """
    return sum(
        _rotate_row(column, pk, token)
        for column in encrypted_columns()
        for pk, token in column.tokens()
    )


def give_up() -> int:
    """Put a field's default, or nothing, in place of each secret that no key opens; return how many.

    What is lost is lost already: this only lets the rows be read and the secrets be entered again.
    """
    box, count = secret_box(), 0
    for column in encrypted_columns():
        for pk, token in column.tokens():
            if not _opens(box, token):
                text = str(column.field.get_default() or "")
                new = box.encrypt(text.encode()).decode() if text else ""
                count += column.replace(pk, token, new)
    return count


def first_key() -> Fernet:
    """Return the key that encrypts. Raises ImproperlyConfigured when there is none."""
    secret_box()  # it says what is missing
    return Fernet(settings.ROLLCALL_SECRET_KEYS[0])


def _rotate_row(column: EncryptedColumn, pk: Any, token: str) -> bool:
    for _ in range(TRIES):
        if _opens(first_key(), token):
            return False
        try:
            new = secret_box().rotate(token).decode()
        except InvalidToken:
            return False
        if column.replace(pk, token, new):
            return True
        now = column.rows().filter(pk=pk).values_list("token", flat=True).first()
        if now is None:
            return False
        token = now
    return False


def _opens(box: Any, token: str) -> bool:
    """Return whether the key, or one of the keys, opens the token."""
    try:
        box.decrypt(token.encode())
    except InvalidToken:
        return False
    return True
