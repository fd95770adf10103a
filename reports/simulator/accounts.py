"""Accounts and their sessions (KS): who may ask, by which secret, until when.

Here belong the account records, the demo's default account, and the register of issued KSs. What
a KS is then used for is in `api`. A KS is opaque to its holder, as an encrypted real one is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from reports.simulator.wire import ApiProblem

USER_TYPE, ADMIN_TYPE = 0, 2
ROOM_REPORTS = frozenset({6000, 6001, 6002})
HASH_TYPES = {
    "MD5": hashlib.md5,
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
}
KS_ERRORS = {
    -1: "INVALID_STR",
    -5: "EXPIRED",
    -6: "LOGOUT",
    -8: "EXCEEDED_ACTIONS_LIMIT",
    -9: "EXCEEDED_RESTRICTED_IP",
    -11: "EXCEEDED_RESTRICTED_URI",
}


@dataclass(frozen=True)
class AppToken:
    """An application token: signs in without the secret, and can be revoked."""

    id: str
    token: str = field(repr=False)
    hash_type: str = "SHA256"  # one of HASH_TYPES
    active: bool = True
    expires_at: int | None = None  # unix seconds; None: never
    session_type: int | None = ADMIN_TYPE  # None: the type asked for
    session_user_id: str = ""  # empty: the user id asked for
    session_seconds: int = 86400  # at most
    session_privileges: str = ""

    def right_hash(self, base_ks: str) -> str:
        """Return the hash that proves the token: hex digest of base KS + token."""
        return HASH_TYPES[self.hash_type]((base_ks + self.token).encode()).hexdigest()


@dataclass(frozen=True)
class Account:
    """A Kaltura partner."""

    partner_id: int
    admin_secret: str = field(repr=False)
    user_secret: str = field(default="", repr=False)
    app_tokens: tuple[AppToken, ...] = ()
    reports_enabled: frozenset[int] = ROOM_REPORTS
    has_analytics: bool = True  # its admin role has ANALYTICS_BASE
    may_list_categories: bool = True  # its admin role may
    has_entitlement: bool = False  # hides categories, unless a KS has `disableentitlement`
    blocked: str = ""  # "", "CONTENT" or "FULLY"


# The demo's account. Invented, and good for a simulator on this machine only.
DEFAULT_ACCOUNT = Account(
    partner_id=1234567,
    admin_secret="8c1d70e4a96b4f0f9b7d2e35f6a1c048",  # noqa: S106
    user_secret="e2b59f13c7d84a6a8f60417bd9532ce7",  # noqa: S106
    app_tokens=(
        AppToken(id="1_demotokn", token="c51b1e2c96a04ab1b3a1d0f5d1d1e7b2"),  # noqa: S106
    ),
)
DEFAULT = (DEFAULT_ACCOUNT,)


@dataclass
class KsState:
    """What the server knows of an issued KS."""

    ks: str
    partner_id: int
    user_id: str
    type: int
    expires_at: int  # unix seconds
    privileges: str
    ended: bool = False
    uses: int = 0  # of any service
    report_calls: int = 0

    @property
    def is_admin(self) -> bool:
        """Whether it is an ADMIN KS."""
        return self.type == ADMIN_TYPE

    def privilege(self, name: str) -> str | None:
        """Return the value of a `name:value` privilege, None without it."""
        for privilege in self.privileges.split(","):
            key, _, value = privilege.partition(":")
            if key.strip() == name:
                return value.strip()
        return None


class KsRegister:
    """All KSs issued by one simulator, in memory. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._issued: dict[str, KsState] = {}

    def issue(
        self, partner_id: int, *, user_id: str, type_: int, seconds: int, privileges: str
    ) -> KsState:
        """Return a new KS that lives for so many seconds."""
        secret_part = secrets.token_bytes(96)
        text = base64.b64encode(b"v2|%d|" % partner_id + secret_part, altchars=b"-_").decode()
        expires_at = int(self._clock()) + seconds
        state = KsState(text, partner_id, user_id, type_, expires_at, privileges)
        with self._lock:
            self._issued[text] = state
        return state

    def find(self, ks: str) -> KsState:
        """Return the KS without asking whether it is still good. Raises ApiProblem -1."""
        with self._lock:
            state = self._issued.get(ks)
        if state is None:
            raise invalid_ks(ks, -1)
        return state

    def use(self, ks: str, *, address: str, uri: str) -> KsState:
        """Return the KS after counting a use. Raises ApiProblem: MISSING_KS, INVALID_KS."""
        if not ks:
            raise ApiProblem("MISSING_KS", "Missing KS. Session not established")
        state = self.find(ks)
        with self._lock:
            state.uses += 1
            uses = state.uses
        if state.ended:
            raise invalid_ks(ks, -6)
        if state.expires_at <= self._clock():
            raise invalid_ks(ks, -5)
        most = state.privilege("actionslimit")
        if most is not None and uses > int(most):
            raise invalid_ks(ks, -8)
        if state.privilege("iprestrict") not in (None, address):
            raise invalid_ks(ks, -9)
        allowed = state.privilege("urirestrict")
        if allowed is not None and not uri.startswith(allowed.rstrip("*")):
            raise invalid_ks(ks, -11)
        return state

    def expire_all(self) -> None:
        """Let every KS issued so far be expired."""
        with self._lock:
            for state in self._issued.values():
                state.expires_at = 0


def invalid_ks(ks: str, inner_code: int) -> ApiProblem:
    """Return the INVALID_KS error. Its message quotes the whole KS, as the real one does."""
    text = KS_ERRORS[inner_code]
    return ApiProblem(
        "INVALID_KS",
        f'Invalid KS "{ks}", Error "{inner_code},{text}"',
        {"KSID": ks, "ERR_CODE": str(inner_code), "ERR_DESC": text},
    )


def is_equal_secret(given: str, right: str) -> bool:
    """Say whether a given secret is the right one; an account without one has none that fits."""
    return bool(right) and hmac.compare_digest(given.encode(), right.encode())
