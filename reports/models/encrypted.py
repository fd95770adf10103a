"""A text column that is encrypted at rest with the keys of ROLLCALL_SECRET_KEYS.

The first key encrypts; all of them decrypt, so that keys can be rotated. A value that no key opens
raises: a secret is never silently replaced by its ciphertext.
"""

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class SecretUnreadable(Exception):
    """A stored secret was encrypted with a key that is no longer in ROLLCALL_SECRET_KEYS."""


def secret_box() -> MultiFernet:
    """Return the box that seals and opens secrets.

    Raises: ImproperlyConfigured when no key is set.
    """
    keys = settings.ROLLCALL_SECRET_KEYS
    if not keys:
        raise ImproperlyConfigured("ROLLCALL_SECRET_KEYS is empty: set at least one Fernet key.")
    return MultiFernet([Fernet(key) for key in keys])


if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


class EncryptedTextField(_TextField):
    """Text kept as a Fernet token; empty text stays empty, so that "none stored" can be queried."""

    description = "Encrypted text"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return secret_box().encrypt(text.encode()).decode() if text else text

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> str | None:
        if not value:
            return value
        try:
            return secret_box().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable(
                "A stored secret can't be opened with the keys in ROLLCALL_SECRET_KEYS. "
                "Put the key it was encrypted with back behind the first one."
            ) from error
