"""An account: what never changes, and its secrets, which the database alone can't tell."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from reports.models import Account
from reports.models.encrypted import SecretUnreadable
from tests import factories

pytestmark = pytest.mark.django_db
SECRET = "the admin secret, in plain words"


def stored_text() -> str:
    """Return the accounts as the database holds them, past every field class."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM reports_account")
        return str(cursor.fetchall())


@pytest.mark.parametrize("change", [{"partner_id": 7}, {"endpoint": "eu"}])
def test_endpoint_and_partner_never_change(change: dict[str, object]) -> None:
    account = factories.account()
    for name, value in change.items():
        setattr(account, name, value)
    with pytest.raises(ValueError, match="never change"):
        account.save()
    with pytest.raises(ValueError, match="never change"):
        account.save(update_fields=list(change))
    assert not Account.objects.filter(**change).exists()


def test_everything_else_may_change() -> None:
    account = factories.account()
    account.name, account.secret, account.sign_in = "renamed", "new", "ks"
    account.save()
    account.refresh_from_db()
    assert (account.name, account.secret, account.sign_in) == ("renamed", "new", "ks")


@pytest.mark.parametrize(
    "second", [{"partner_id": 5, "name": "other"}, {"partner_id": 6, "name": "university"}]
)
def test_a_partner_at_an_endpoint_and_a_name_are_there_once(second: dict[str, object]) -> None:
    factories.account(partner_id=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(endpoint="us", secret="x", **second)
    Account.objects.create(name="the same partner elsewhere", endpoint="eu", partner_id=5)


def test_secrets_are_encrypted_at_rest() -> None:
    account = factories.account(secret=SECRET)
    assert SECRET not in stored_text()
    assert account.erasure_key not in stored_text()
    assert "gAAAA" in stored_text()  # Fernet's mark
    account.refresh_from_db()
    assert account.secret == SECRET


def test_equal_secrets_do_not_look_equal() -> None:
    tokens = set()
    for number in range(2):
        factories.account(f"account {number}", secret=SECRET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM reports_account")
        tokens = {token for (token,) in cursor.fetchall()}
    assert len(tokens) == 2


def test_without_its_key_a_secret_is_unreadable_and_never_its_ciphertext(
    settings: Settings,
) -> None:
    account = factories.account(secret=SECRET)
    settings.ROLLCALL_SECRET_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(SecretUnreadable, match="ROLLCALL_SECRET_KEYS") as caught:
        Account.objects.get(pk=account.pk)
    assert "gAAAA" not in str(caught.value)


def test_keys_are_rotated_by_putting_a_new_one_in_front(settings: Settings) -> None:
    account = factories.account(secret=SECRET)
    (old,) = settings.ROLLCALL_SECRET_KEYS
    new = Fernet.generate_key().decode()
    settings.ROLLCALL_SECRET_KEYS = [new, old]
    account = Account.objects.get(pk=account.pk)
    assert account.secret == SECRET
    account.save()
    settings.ROLLCALL_SECRET_KEYS = [new]
    account = Account.objects.get(pk=account.pk)
    assert account.secret == SECRET
    settings.ROLLCALL_SECRET_KEYS = [old]
    with pytest.raises(SecretUnreadable):
        Account.objects.get(pk=account.pk)


def test_without_any_key_nothing_is_stored(settings: Settings) -> None:
    settings.ROLLCALL_SECRET_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="at least one"):
        factories.account(secret=SECRET)


@pytest.mark.parametrize("secret", ["", "ñ🎸", "a" * 5000, "line\nbreak"])
def test_any_text_comes_back_as_it_was(secret: str) -> None:
    pk = factories.account(secret=secret).pk
    assert Account.objects.get(pk=pk).secret == secret


def test_every_account_has_an_erasure_key_of_its_own() -> None:
    keys = {factories.account(f"account {number}").erasure_key for number in range(3)}
    assert len(keys) == 3
    assert all(len(key) == 64 for key in keys)


def test_neither_name_nor_representation_shows_the_secret() -> None:
    account = factories.account(secret=SECRET)
    assert SECRET not in str(account) + repr(account)
