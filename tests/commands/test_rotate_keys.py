"""`rotate_keys`: every stored secret anew with the first key, none of them lost."""

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from django.db import connection, models
from django.test.utils import isolate_apps
from pytest_django import Settings

from reports.management import key_rotation
from reports.models import Account
from reports.models.encrypted import EncryptedTextField, SecretUnreadable, secret_box
from tests import factories
from tests.commands.conftest import Ran

pytestmark = pytest.mark.django_db
RunCommand = Callable[..., Ran]
NEW, OTHER = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldzE=", Fernet.generate_key().decode()


@pytest.fixture
def keys(settings: Settings) -> list[str]:
    """Three accounts under the old key, and then a new key in front of it."""
    for number in range(3):
        factories.account(f"account {number}", secret=f"secret {number}")
    settings.ROLLCALL_SECRET_KEYS = [NEW, *settings.ROLLCALL_SECRET_KEYS]
    return list(settings.ROLLCALL_SECRET_KEYS)


def stored(column: str = "secret") -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM reports_account ORDER BY id")  # noqa: S608
        return [token for (token,) in cursor.fetchall()]


def secrets() -> list[str]:
    return list(Account.objects.order_by("pk").values_list("secret", flat=True))


@pytest.mark.usefixtures("keys")
def test_without_yes_it_only_counts(run: RunCommand) -> None:
    before = stored() + stored("erasure_key")
    ran = run("rotate_keys")

    assert (ran.code, ran.errors) == (0, "")
    assert "Account.secret: 3 stored, 0 with the first key, 3 with an older one." in ran.output
    assert "Account.erasure_key: 3 stored, 0 with the first key, 3 with an older" in ran.output
    assert "Nothing was changed. To encrypt 6 anew, run it with --yes." in ran.output
    assert stored() + stored("erasure_key") == before


def test_afterwards_the_new_key_alone_opens_everything(
    run: RunCommand, keys: list[str], settings: Settings
) -> None:
    erasure_keys = list(Account.objects.order_by("pk").values_list("erasure_key", flat=True))
    assert run("rotate_keys", "--check").code == 1
    ran = run("rotate_keys", "--yes")

    assert (ran.code, ran.errors) == (0, "")
    assert "Encrypted anew: 6." in ran.output
    assert "Only the first key is needed" in ran.output
    settings.ROLLCALL_SECRET_KEYS = keys[:1]
    assert secrets() == ["secret 0", "secret 1", "secret 2"]
    assert (
        list(Account.objects.order_by("pk").values_list("erasure_key", flat=True)) == erasure_keys
    )
    assert run("rotate_keys", "--check").code == 0
    settings.ROLLCALL_SECRET_KEYS = keys[1:]
    with pytest.raises(SecretUnreadable):
        secrets()


@pytest.mark.usefixtures("keys")
def test_a_second_time_nothing_is_written(run: RunCommand) -> None:
    run("rotate_keys", "--yes")
    before = stored()
    ran = run("rotate_keys", "--yes")
    assert (ran.code, stored()) == (0, before)
    assert "Encrypted anew: 0." in ran.output


@pytest.mark.usefixtures("keys")
def test_no_secret_and_no_token_is_printed(run: RunCommand) -> None:
    tokens = stored()
    ran = run("rotate_keys", "--yes")
    printed = ran.output + ran.errors
    assert not any(text in printed for text in ["secret 0", "gAAAA", *tokens, NEW])


def test_empty_secrets_stay_empty(run: RunCommand, keys: list[str]) -> None:
    factories.account("uploads only", secret="")
    ran = run("rotate_keys", "--yes")
    assert "Account.secret: 3 stored" in ran.output
    assert stored()[-1] == ""


def test_a_secret_of_a_lost_key_is_named_and_left_alone(
    run: RunCommand, keys: list[str], settings: Settings
) -> None:
    settings.ROLLCALL_SECRET_KEYS = [OTHER]
    lost = factories.account("lost", secret="nobody can read this")
    settings.ROLLCALL_SECRET_KEYS = keys
    token = stored()[-1]
    for words in (["--yes"], ["--check"], []):
        ran = run("rotate_keys", *words)
        assert ran.code == 1
        assert f"1 with none of these keys (id {lost.pk})" in ran.output
        assert "put the key they were encrypted with back" in ran.errors
    assert stored()[-1] == token
    settings.ROLLCALL_SECRET_KEYS = [NEW]
    assert Account.objects.get(name="account 0").secret == "secret 0"


def test_what_no_key_opens_is_emptied_only_when_told_twice(
    run: RunCommand, keys: list[str], settings: Settings
) -> None:
    settings.ROLLCALL_SECRET_KEYS = [OTHER]
    lost = factories.account("lost", secret="nobody can read this")
    settings.ROLLCALL_SECRET_KEYS = keys
    before = stored()
    refused = run("rotate_keys", "--give-up")
    assert refused.code == 1
    assert "it needs --yes" in refused.errors
    assert stored() == before
    ran = run("rotate_keys", "--give-up", "--yes")
    assert (ran.code, ran.errors) == (0, "")
    assert "Given up: 2." in ran.output
    assert secrets() == ["secret 0", "secret 1", "secret 2", ""]
    erasure_key = Account.objects.get(pk=lost.pk).erasure_key
    assert len(erasure_key) == 64  # a fresh one: without any, hashes would have no key
    assert erasure_key != lost.erasure_key


def test_text_that_is_no_token_is_not_taken_for_one(run: RunCommand) -> None:
    factories.account()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reports_account SET secret = 'plain text'")
    assert run("rotate_keys", "--yes").code == 1
    assert stored() == ["plain text"]


def test_without_a_key_it_says_so(run: RunCommand, settings: Settings) -> None:
    settings.ROLLCALL_SECRET_KEYS = []
    ran = run("rotate_keys")
    assert ran.code == 1
    assert "ROLLCALL_SECRET_KEYS is empty" in ran.errors


@pytest.mark.usefixtures("keys")
def test_a_secret_that_is_changed_meanwhile_is_not_lost(
    run: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, changed = key_rotation.EncryptedColumn.replace, []

    def change_first(self: key_rotation.EncryptedColumn, pk: int, token: str, new: str) -> bool:
        if self.name == "secret" and not changed:
            changed.append(pk)
            Account.objects.filter(pk=pk).update(secret="entered just now")
        return replace(self, pk, token, new)

    monkeypatch.setattr(key_rotation.EncryptedColumn, "replace", change_first)
    ran = run("rotate_keys", "--yes")
    assert (ran.code, len(changed)) == (0, 1)
    assert secrets() == ["entered just now", "secret 1", "secret 2"]


def test_a_secret_that_an_old_process_stored_meanwhile_is_rotated_too(
    run: RunCommand, keys: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, changed = key_rotation.EncryptedColumn.replace, []

    def change_first(self: key_rotation.EncryptedColumn, pk: int, token: str, new: str) -> bool:
        if self.name == "secret" and not changed:
            changed.append(pk)
            settings.ROLLCALL_SECRET_KEYS = keys[1:]  # as a process that was not restarted
            Account.objects.filter(pk=pk).update(secret="entered just now")
            settings.ROLLCALL_SECRET_KEYS = keys
        return replace(self, pk, token, new)

    monkeypatch.setattr(key_rotation.EncryptedColumn, "replace", change_first)
    assert run("rotate_keys", "--yes").code == 0
    settings.ROLLCALL_SECRET_KEYS = keys[:1]
    assert secrets() == ["entered just now", "secret 1", "secret 2"]


def test_a_row_that_is_deleted_meanwhile_is_passed_over(
    run: RunCommand, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = key_rotation.EncryptedColumn.replace

    def delete_first(self: key_rotation.EncryptedColumn, pk: int, token: str, new: str) -> bool:
        Account.objects.filter(pk=pk, name="account 1").delete()
        return replace(self, pk, token, new)

    monkeypatch.setattr(key_rotation.EncryptedColumn, "replace", delete_first)
    assert run("rotate_keys", "--yes").code == 0
    assert secrets() == ["secret 0", "secret 2"]


def test_an_interrupted_run_is_ended_by_the_next_one(
    run: RunCommand, keys: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, done = key_rotation.EncryptedColumn.replace, []

    def interrupted(self: key_rotation.EncryptedColumn, pk: int, token: str, new: str) -> bool:
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(pk)
        return replace(self, pk, token, new)

    with monkeypatch.context() as patch:
        patch.setattr(key_rotation.EncryptedColumn, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run("rotate_keys", "--yes")
    assert secrets() == ["secret 0", "secret 1", "secret 2"]
    assert "still needed, for 2 of the secrets" in run("rotate_keys", "--check").errors
    assert "Encrypted anew: 2." in run("rotate_keys", "--yes").output
    settings.ROLLCALL_SECRET_KEYS = keys[:1]
    assert secrets() == ["secret 0", "secret 1", "secret 2"]


def test_more_rows_than_a_batch_are_all_rotated(
    run: RunCommand, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    factories.account("account 3")
    assert "Encrypted anew: 6." in run("rotate_keys", "--yes").output  # the newest has the new key
    first = Fernet(NEW)
    assert all(first.decrypt(token.encode()) for token in stored() + stored("erasure_key"))


def test_every_encrypted_field_of_every_model_is_found() -> None:
    found = {str(column) for column in key_rotation.encrypted_columns()}
    assert {"reports.Account.secret", "reports.Account.erasure_key"} <= found
    with isolate_apps("reports") as registry:

        class LaterSecret(models.Model):  # noqa: DJ008
            key = EncryptedTextField()

            class Meta:
                app_label = "reports"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(key_rotation, "apps", registry)
            assert [str(it) for it in key_rotation.encrypted_columns()] == [
                "reports.LaterSecret.key"
            ]
            assert LaterSecret._meta.get_field("key") is not None


def test_a_rotated_token_opens_to_the_same_text(settings: Settings) -> None:
    account = factories.account(secret="ñ🎸\nline")
    settings.ROLLCALL_SECRET_KEYS = [NEW, *settings.ROLLCALL_SECRET_KEYS]
    assert key_rotation.rotate() == 2
    (token,) = stored()
    assert secret_box().decrypt(token.encode()).decode() == "ñ🎸\nline"
    account.refresh_from_db()
    assert account.secret == "ñ🎸\nline"
