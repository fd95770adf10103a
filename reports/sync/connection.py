"""From a stored account to a client of Kaltura, and from credentials to a stored account."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from reports.kaltura import AdminSecret, AppToken, KalturaClient, KsInfo, PastedKs, SignIn
from reports.models import Account, SignInMethod

CREDENTIALS = ("sign_in", "app_token_id", "hash_type", "secret")
CHECKED = ("ks_user_id", "ks_expires_at", "checked_at")
PATIENCE_SECONDS = 15  # for one answer while a person waits: sign-in and session.get are quick


class ConnectionRefused(Exception):
    """The account can't be stored: the sentence says why."""


@dataclass(frozen=True)
class Credentials:
    """What somebody typed to connect Kaltura."""

    endpoint: str  # a name in settings.KALTURA_ENDPOINTS
    partner_id: int
    sign_in: str  # a word of SignInMethod
    secret: str  # the app token, the admin secret or the KS
    app_token_id: str = ""
    hash_type: str = "SHA256"

    def __repr__(self) -> str:
        return f"<Credentials {self.sign_in} of partner {self.partner_id} at {self.endpoint}>"


def sign_in_of(credentials: "Credentials | Account") -> SignIn:
    """Return how the client signs in with these."""
    if credentials.sign_in == SignInMethod.APP_TOKEN:
        return AppToken(
            partner_id=credentials.partner_id,
            token_id=credentials.app_token_id,
            token=credentials.secret,
            hash_type=credentials.hash_type,
        )
    if credentials.sign_in == SignInMethod.ADMIN_SECRET:
        return AdminSecret(partner_id=credentials.partner_id, secret=credentials.secret)
    return PastedKs(ks=credentials.secret, partner_id=credentials.partner_id)


def client_for(
    credentials: "Credentials | Account", *, somebody_waits: bool = False
) -> KalturaClient:
    """Return a client that signs in when it is first used.

    With `somebody_waits` it gives up early: a person in front of a form wants to know soon.
    Raises: ConnectionRefused when the endpoint's name is no longer in the settings, and for an
    account without API access.
    """
    if credentials.sign_in == SignInMethod.NONE:
        raise ConnectionRefused(
            "This account has no API access: its data comes from uploaded files. "
            "Give it credentials to ask Kaltura."
        )
    return client_at(credentials.endpoint, sign_in_of(credentials), somebody_waits=somebody_waits)


def client_at(endpoint: str, sign_in: SignIn, *, somebody_waits: bool = False) -> KalturaClient:
    """Return a client of the server of that name. Raises: as `client_for`."""
    url = settings.KALTURA_ENDPOINTS.get(endpoint)
    if url is None:
        names = ", ".join(sorted(settings.KALTURA_ENDPOINTS))
        raise ConnectionRefused(
            f"There is no endpoint named “{endpoint}”. Known here: {names}. "
            "More are named in the setting KALTURA_ENDPOINTS."
        )
    return KalturaClient(
        url,
        sign_in,
        connect_timeout=settings.KALTURA_CONNECT_TIMEOUT,
        read_timeout=PATIENCE_SECONDS if somebody_waits else settings.KALTURA_READ_TIMEOUT,
        retries=1 if somebody_waits else 4,
    )


def connect_account(name: str, credentials: Credentials) -> tuple[Account, KsInfo]:
    """Check the credentials with Kaltura and store the account, or its new credentials.

    An account of this name, endpoint and partner gets the new credentials and keeps its data.
    Raises: KalturaError when Kaltura refuses; ConnectionRefused when name or partner are taken.
    """
    account = _account_to_write(name, credentials)
    info = client_for(credentials, somebody_waits=True).check()
    account.sign_in = credentials.sign_in
    account.app_token_id = credentials.app_token_id
    account.hash_type = credentials.hash_type
    account.secret = credentials.secret
    _note_check(account, info, timezone.now())
    # Nothing else of an account that was there: Kaltura took a while to answer, and what a merge has
    # counted up meanwhile, the data's version, must not go back.
    fields = None if account.pk is None else [*CREDENTIALS, *CHECKED]
    try:
        with transaction.atomic():
            account.save(update_fields=fields)
    except IntegrityError as error:
        raise ConnectionRefused(
            "This account was connected by somebody else in the meantime."
        ) from error
    return account, info


def check_account(account: Account) -> KsInfo:
    """Ask Kaltura whether the stored credentials still work, and note when they end.

    Raises: KalturaError, ConnectionRefused.
    """
    info = client_for(account, somebody_waits=True).check()
    _note_check(account, info, timezone.now())
    account.save(update_fields=CHECKED)
    return info


def _account_to_write(name: str, credentials: Credentials) -> Account:
    same_name = Account.objects.filter(name=name).first()
    same_partner = Account.objects.filter(
        endpoint=credentials.endpoint, partner_id=credentials.partner_id
    ).first()
    leaving = next((it for it in (same_name, same_partner) if it and it.removal_asked_at), None)
    if leaving:
        raise ConnectionRefused(f"“{leaving.name}” is being deleted. Try again when it is gone.")
    if same_name and same_name != same_partner:
        raise ConnectionRefused(
            f"“{name}” is already the account of partner {same_name.partner_id} at "
            f"“{same_name.endpoint}”; that never changes. Choose another name."
        )
    if same_partner and not same_name:
        raise ConnectionRefused(
            f"Partner {credentials.partner_id} at “{credentials.endpoint}” is already connected "
            f"as “{same_partner.name}”. Use that name to give it new credentials."
        )
    return same_partner or Account(
        name=name, endpoint=credentials.endpoint, partner_id=credentials.partner_id
    )


def _note_check(account: Account, info: KsInfo, now: datetime) -> None:
    account.ks_user_id = info.user_id[:200]
    account.ks_expires_at = info.expires_at if account.sign_in == SignInMethod.KS else None
    account.checked_at = now
