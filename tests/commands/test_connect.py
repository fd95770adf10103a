"""`connect`: every way to sign in, and what is refused: a sentence, exit code 1, nothing stored."""

import io
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from reports.models import Account
from reports.simulator.accounts import DEFAULT_ACCOUNT, AppToken
from reports.simulator.server import Simulator
from tests.commands.conftest import Ran

pytestmark = pytest.mark.django_db
Run = Callable[..., Ran]
PARTNER = str(DEFAULT_ACCOUNT.partner_id)
TOKEN = DEFAULT_ACCOUNT.app_tokens[0]
SECRET = DEFAULT_ACCOUNT.admin_secret


@pytest.fixture(autouse=True)
def default_account(simulator: Simulator) -> None:
    simulator.accounts[DEFAULT_ACCOUNT.partner_id] = DEFAULT_ACCOUNT


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def words(
    secret: Path | str,
    *more: str,
    name: str = "university",
    sign_in: str = "admin-secret",
    partner: str = PARTNER,
    endpoint: str = "simulator",
) -> tuple[str, ...]:
    return (
        *("connect", name, "--endpoint", endpoint, f"--partner-id={partner}"),
        *("--sign-in", sign_in, "--secret-file", str(secret), *more),
    )


def assert_refused(ran: Ran, sentence: str, *secrets: str) -> None:
    assert ran.code == 1
    assert sentence in ran.errors
    assert "Traceback" not in ran.errors
    assert not Account.objects.exists()
    for secret in (SECRET, TOKEN.token, *secrets):
        assert secret not in ran.output + ran.errors


def issued(simulator: Simulator, *, type_: int = 2, seconds: int = 3600) -> str:
    """A KS that somebody made elsewhere."""
    partner = DEFAULT_ACCOUNT.partner_id
    return simulator.keys.issue(
        partner, user_id="ada", type_=type_, seconds=seconds, privileges=""
    ).ks


def test_an_admin_secret_connects(run: Run, secret_file: Path) -> None:
    ran = run(*words(secret_file))
    assert (ran.code, ran.errors) == (0, "")
    assert PARTNER in ran.output
    assert SECRET not in ran.output
    account = Account.objects.get()
    assert (account.name, account.sign_in, account.secret) == ("university", "admin-secret", SECRET)
    assert account.ks_expires_at is None
    assert account.checked_at is not None


@pytest.mark.parametrize("hash_type", ["MD5", "SHA1", "SHA256", "SHA512"])
def test_an_app_token_of_any_hash_type_connects(
    run: Run, simulator: Simulator, secret_file: Path, hash_type: str
) -> None:
    token = AppToken(id="1_tokentok", token="thetokenitself", hash_type=hash_type)
    simulator.accounts[DEFAULT_ACCOUNT.partner_id] = replace(DEFAULT_ACCOUNT, app_tokens=(token,))
    secret_file.write_text(token.token)
    ran = run(
        *words(
            secret_file, "--app-token-id", token.id, "--hash-type", hash_type, sign_in="app-token"
        )
    )
    assert (ran.code, ran.errors) == (0, "")
    assert token.token not in ran.output
    account = Account.objects.get()
    assert (account.app_token_id, account.hash_type) == (token.id, hash_type)
    assert account.secret == token.token


def test_a_pasted_ks_connects_and_its_end_is_announced(
    run: Run, simulator: Simulator, secret_file: Path
) -> None:
    ks = issued(simulator)
    secret_file.write_text(ks)
    ran = run(*words(secret_file, sign_in="ks"))
    assert (ran.code, ran.errors) == (0, "")
    assert ks not in ran.output
    account = Account.objects.get()
    assert account.ks_expires_at is not None
    assert account.ks_user_id == "ada"
    assert f"{account.ks_expires_at:%Y-%m-%d %H:%M} UTC" in ran.output
    assert "can't be renewed" in ran.output


def test_the_secret_may_come_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"  {SECRET}\r\n"))
    assert run(*words("-")).code == 0
    assert Account.objects.get().secret == SECRET


def test_connecting_again_gives_new_credentials_and_keeps_the_account(
    run: Run, secret_file: Path
) -> None:
    run(*words(secret_file))
    before = Account.objects.get()
    secret_file.write_text(TOKEN.token)
    ran = run(*words(secret_file, "--app-token-id", TOKEN.id, sign_in="app-token"))
    assert ran.code == 0
    after = Account.objects.get()
    assert (after.pk, after.sign_in, after.secret) == (before.pk, "app-token", TOKEN.token)
    assert after.erasure_key == before.erasure_key


def test_a_refused_secret_leaves_the_working_one_in_place(run: Run, secret_file: Path) -> None:
    run(*words(secret_file))
    secret_file.write_text("not the secret")
    assert run(*words(secret_file)).code == 1
    assert Account.objects.get().secret == SECRET


def test_a_wrong_secret_is_refused(run: Run, secret_file: Path) -> None:
    secret_file.write_text("not the secret at all")
    assert_refused(
        run(*words(secret_file)), "refused the partner id and admin secret", "not the secret at all"
    )


def test_the_user_secret_is_not_the_admin_secret(run: Run, secret_file: Path) -> None:
    secret_file.write_text(DEFAULT_ACCOUNT.user_secret)
    assert_refused(run(*words(secret_file)), "not the user secret", DEFAULT_ACCOUNT.user_secret)


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (replace(TOKEN, active=False), "switched off"),
        (replace(TOKEN, expires_at=1), "has expired"),
        (replace(TOKEN, id="1_another1"), "no app token with this id"),
        (replace(TOKEN, token="another"), "refused the app token"),
        (replace(TOKEN, hash_type="SHA1"), "hash type"),
        (replace(TOKEN, session_type=0), "user's KS"),
    ],
)
def test_an_app_token_that_does_not_work_is_refused_with_the_reason(
    run: Run, simulator: Simulator, secret_file: Path, token: AppToken, sentence: str
) -> None:
    simulator.accounts[DEFAULT_ACCOUNT.partner_id] = replace(DEFAULT_ACCOUNT, app_tokens=(token,))
    secret_file.write_text(TOKEN.token)
    ran = run(*words(secret_file, "--app-token-id", TOKEN.id, sign_in="app-token"))
    assert_refused(ran, sentence)


def test_a_users_ks_is_refused(run: Run, simulator: Simulator, secret_file: Path) -> None:
    ks = issued(simulator, type_=0)
    secret_file.write_text(ks)
    assert_refused(run(*words(secret_file, sign_in="ks")), "user's KS", ks)


def test_an_expired_ks_is_refused(run: Run, simulator: Simulator, secret_file: Path) -> None:
    ks = issued(simulator, seconds=-1)
    secret_file.write_text(ks)
    assert_refused(run(*words(secret_file, sign_in="ks")), "has expired", ks)


def test_a_ks_of_another_partner_is_refused(
    run: Run, simulator: Simulator, secret_file: Path
) -> None:
    ks = issued(simulator)
    secret_file.write_text(ks)
    ran = run(*words(secret_file, sign_in="ks", partner="42"))
    assert_refused(ran, f"belongs to partner {PARTNER}, but the account is partner 42", ks)


def test_an_invented_ks_is_refused(run: Run, secret_file: Path) -> None:
    secret_file.write_text("bm90IGEga3M=")
    assert_refused(run(*words(secret_file, sign_in="ks")), "can't read the KS", "bm90IGEga3M=")


def test_an_unknown_endpoint_is_refused_with_the_known_ones(run: Run, secret_file: Path) -> None:
    ran = run(*words(secret_file, endpoint="elsewhere"))
    assert_refused(ran, "Unknown endpoint “elsewhere”. Known here: simulator.")


def test_an_app_token_needs_its_id(run: Run, secret_file: Path) -> None:
    assert_refused(run(*words(secret_file, sign_in="app-token")), "--app-token-id")


def test_a_dead_server_is_told(run: Run, settings: Settings, secret_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings.KALTURA_ENDPOINTS = {"simulator": f"http://127.0.0.1:{port}"}
    assert_refused(run(*words(secret_file)), "could not be reached")


@pytest.mark.parametrize("partner", ["0", "-5", "99999999999999999999"])
def test_a_partner_that_cannot_be_is_refused(run: Run, secret_file: Path, partner: str) -> None:
    assert_refused(run(*words(secret_file, partner=partner)), "")


@pytest.mark.parametrize("name", ["", "   ", "n" * 81, "nu\x00l"])
def test_a_name_that_cannot_be_kept_is_refused(run: Run, secret_file: Path, name: str) -> None:
    assert_refused(run(*words(secret_file, name=name)), "name")


def test_a_name_that_is_taken_by_another_partner_is_refused(
    run: Run, simulator: Simulator, secret_file: Path
) -> None:
    run(*words(secret_file))
    simulator.accounts[42] = replace(DEFAULT_ACCOUNT, partner_id=42)
    ran = run(*words(secret_file, partner="42"))
    assert ran.code == 1
    assert f"already the account of partner {PARTNER}" in ran.errors
    assert Account.objects.get().partner_id == DEFAULT_ACCOUNT.partner_id


def test_a_partner_that_is_connected_under_another_name_is_refused(
    run: Run, secret_file: Path
) -> None:
    run(*words(secret_file))
    ran = run(*words(secret_file, name="another name"))
    assert ran.code == 1
    assert "already connected as “university”" in ran.errors
    assert Account.objects.get().name == "university"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "can't be read"), (b"", "There is no secret"), (b" \n", "There is no secret"),
     (b"\xff\xfe\x00", "can't be read")],
)  # fmt: skip
def test_a_secret_file_without_a_secret_is_refused(
    run: Run, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    assert_refused(run(*words(path)), sentence)
