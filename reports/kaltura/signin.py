"""Signing in: the three ways, and keeping a KS (Kaltura's session token) that is still good.

Belongs here: credentials, what a KS is, getting and renewing one. Does not belong here: storing or
encrypting secrets; the reports.
Source: Kaltura's session and appToken services.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from reports.kaltura.errors import KsOfAnotherPartner, KsRejected, UnreadableAnswer

HASH_TYPES = ("MD5", "SHA1", "SHA256", "SHA512")
_ADMIN = 2


@dataclass(frozen=True, slots=True)
class KsInfo:
    """What Kaltura says a KS is (session.get)."""

    partner_id: int
    user_id: str
    is_admin: bool
    expires_at: datetime | None  # aware, UTC; None: it does not end
    privileges: str


@dataclass(frozen=True, slots=True)
class AppToken:
    """An app token: what Kaltura recommends, because it can be revoked."""

    partner_id: int
    token_id: str
    token: str = field(repr=False)
    hash_type: str = "SHA256"
    user_id: str = ""

    def __post_init__(self) -> None:
        if self.hash_type not in HASH_TYPES:
            raise ValueError(
                f"The hash type {self.hash_type!r} must be one of {', '.join(HASH_TYPES)}."
            )


@dataclass(frozen=True, slots=True)
class AdminSecret:
    """The partner's administrator secret."""

    partner_id: int
    secret: str = field(repr=False)
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class PastedKs:
    """A KS that somebody made elsewhere: used as it is until it ends, never renewed."""

    ks: str = field(repr=False)
    partner_id: int | None


SignIn = AppToken | AdminSecret | PastedKs


class Call(Protocol):
    """One call of the API: service, action and form in, the decoded result out."""

    def __call__(
        self, service: str, action: str, form: Mapping[str, str], *secrets: str
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class _Ks:
    value: str = field(repr=False)
    ends_at: datetime | None  # None: unknown


class KsKeeper:
    """Holds a sign-in's current KS and renews it before it ends; safe to share between threads."""

    def __init__(
        self,
        sign_in: SignIn,
        call: Call,
        *,
        margin: timedelta,
        life: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._sign_in = sign_in
        self._call = call
        self._margin = margin
        self._life = life
        self._now = now
        self._lock = threading.Lock()
        self._held: _Ks | None = None

    @property
    def renews(self) -> bool:
        """Whether a new KS can be made without anybody's help."""
        return not isinstance(self._sign_in, PastedKs)

    def current(self) -> str:
        """Return a KS that is good for the margin at least; signs in when there is none.

        **Raises**: SignInFailed and whatever a call raises.
        """
        if isinstance(self._sign_in, PastedKs):
            return self._sign_in.ks
        with self._lock:
            if self._held is None or self._is_ending(self._held):
                self._held = self._signed_in(self._sign_in)
            return self._held.value

    def instead_of(self, refused: str) -> str:
        """Return a KS to use after Kaltura refused this one.

        Signs in, unless another thread has done so meanwhile.
        """
        with self._lock:
            if self._held is not None and self._held.value == refused:
                self._held = None
        return self.current()

    def end(self) -> None:
        """Revoke the KS that was made here; a pasted one is somebody else's and left alone."""
        with self._lock:
            held, self._held = self._held, None
        if held is None:
            return
        try:
            self._call("session", "end", {"ks": held.value}, held.value)
        except KsRejected:
            return  # it has ended by itself

    def secrets(self) -> tuple[str, ...]:
        """Return everything that must not be shown, for masking."""
        held = self._held
        return (_secret_of(self._sign_in), held.value if held else "")

    def _is_ending(self, held: _Ks) -> bool:
        return held.ends_at is not None and self._now() + self._margin >= held.ends_at

    def _signed_in(self, sign_in: AppToken | AdminSecret) -> _Ks:
        if isinstance(sign_in, AppToken):
            return self._by_app_token(sign_in)
        return self._by_secret(sign_in)

    def _by_secret(self, sign_in: AdminSecret) -> _Ks:
        ends_at = self._now() + self._life
        form = {
            "partnerId": str(sign_in.partner_id),
            "secret": sign_in.secret,
            "userId": sign_in.user_id,
            "type": str(_ADMIN),
            "expiry": self._life_seconds,
        }
        result = self._call("session", "start", form, sign_in.secret)
        if not isinstance(result, str) or not result:
            raise UnreadableAnswer("Kaltura's answer to the sign-in holds no KS.")
        return _Ks(result, ends_at)

    def _by_app_token(self, sign_in: AppToken) -> _Ks:
        ends_at = self._now() + self._life
        widget_form = {"widgetId": f"_{sign_in.partner_id}", "expiry": self._life_seconds}
        base_ks = _ks_in(self._call("session", "startWidgetSession", widget_form, sign_in.token))
        form = {
            "ks": base_ks,
            "id": sign_in.token_id,
            "tokenHash": token_hash(base_ks, sign_in.token, sign_in.hash_type),
            "userId": sign_in.user_id,
            "type": str(_ADMIN),
            "expiry": self._life_seconds,
        }
        secrets = (sign_in.token, base_ks, form["tokenHash"])
        result = self._call("appToken", "startSession", form, *secrets)
        ks = _ks_in(result)
        if isinstance(result, dict):
            _check_partner(result, sign_in.partner_id)
            ends_at = _moment(result.get("expiry")) or ends_at
        return _Ks(ks, ends_at)

    @property
    def _life_seconds(self) -> str:
        return str(int(self._life.total_seconds()))


def token_hash(base_ks: str, token: str, hash_type: str) -> str:
    """Return the hex digest of base KS + token that appToken.startSession asks for."""
    # The digest's strength is Kaltura's choice, made when the token was.
    digest = hashlib.new(hash_type.lower(), usedforsecurity=False)
    digest.update((base_ks + token).encode())
    return digest.hexdigest()


def ks_info(result: object) -> KsInfo:
    """Return what session.get answered.

    **Raises**: UnreadableAnswer when it names no partner or type.
    """
    if not isinstance(result, dict):
        raise UnreadableAnswer("Kaltura's answer to session.get is not a session.")
    try:
        return KsInfo(
            partner_id=int(result["partnerId"]),
            user_id=str(result.get("userId") or ""),
            is_admin=int(result["sessionType"]) == _ADMIN,
            expires_at=_moment(result.get("expiry")),
            privileges=str(result.get("privileges") or ""),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableAnswer("Kaltura's answer to session.get is not a session.") from error


def _secret_of(sign_in: SignIn) -> str:
    if isinstance(sign_in, AppToken):
        return sign_in.token
    if isinstance(sign_in, AdminSecret):
        return sign_in.secret
    return sign_in.ks


def _ks_in(result: object) -> str:
    ks = result.get("ks") if isinstance(result, dict) else None
    if not isinstance(ks, str) or not ks:
        raise UnreadableAnswer("Kaltura's answer to the sign-in holds no KS.")
    return ks


def _check_partner(result: Mapping[str, object], expected: int) -> None:
    found = str(result.get("partnerId") or expected)
    if found.isdecimal() and int(found) != expected:
        raise KsOfAnotherPartner(expected, int(found))


def _moment(value: object) -> datetime | None:
    """Return the aware UTC time of Unix seconds; None for nothing, 0, or what is no time."""
    try:
        seconds = int(str(value or 0))
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
