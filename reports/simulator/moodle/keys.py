"""Keys: the site's own, with which it signs, and the tools', with which it checks them.

A tool's keys are fetched once for each client and kept; they are fetched anew when a signature
doesn't fit them, and only then.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from reports.simulator.moodle.records import Tool

ALGORITHM = "RS256"
KEY_BITS = 2048
FETCH_SECONDS = 10
KEPT_KEYS = 4  # so many sites in a row have each their own
_sites = itertools.count()


class BadSignature(Exception):
    """A tool's JWT is not what it should be; the text says why."""


class SigningKey:
    """The site's private key with its id."""

    def __init__(self) -> None:
        self.key_id = secrets.token_hex(10)
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return the claims as a signed JWT."""
        headers = {"kid": self.key_id}
        return jwt.encode(dict(claims), self._private, algorithm=ALGORITHM, headers=headers)

    def read(self, token: str, *, audience: str, now: float) -> dict[str, Any]:
        """Return the claims of a JWT of the site's own. Raises BadSignature, also when expired."""
        return _read(token, self._private.public_key(), audience=audience, now=now)

    def key_set(self) -> dict[str, Any]:
        """Return the public part as a JSON web key set."""
        key = RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.key_id, "alg": ALGORITHM, "use": "sig"}]}


@cache
def _kept_key(number: int) -> SigningKey:
    return SigningKey()


def next_key() -> SigningKey:
    """Return a key for another site of this process: few are made, as making one takes time."""
    return _kept_key(next(_sites) % KEPT_KEYS)


class ToolKeys:
    """The tools' public keys as far as they were fetched. Safe to use from several threads."""

    def __init__(self) -> None:
        self.blocks_private_hosts = False
        self._lock = threading.Lock()
        self._kept: dict[str, Mapping[str, Any]] = {}

    def read(self, tool: Tool, token: str, *, audience: str, now: float) -> dict[str, Any]:
        """Return the claims of a JWT that the tool signed. Raises BadSignature."""
        with self._lock:
            kept = self._kept.get(tool.client_id)
        if kept is not None:
            try:
                return _read_by_set(token, kept, audience=audience, now=now)
            except BadSignature:
                pass  # the tool may have other keys by now
        fetched = self._fetch(tool)
        with self._lock:
            self._kept[tool.client_id] = fetched
        return _read_by_set(token, fetched, audience=audience, now=now)

    def _fetch(self, tool: Tool) -> Mapping[str, Any]:
        if tool.jwks is not None:
            return tool.jwks
        if self.blocks_private_hosts:
            raise BadSignature("The URL is blocked.")
        try:
            answer = requests.get(tool.jwks_url, timeout=FETCH_SECONDS)
            answer.raise_for_status()
            content = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise BadSignature(f"The tool's keys can't be fetched: {error}") from error
        if not isinstance(content, dict):
            raise BadSignature("The tool's keys are no JSON object.")
        return content


def _read_by_set(
    token: str, key_set: Mapping[str, Any], *, audience: str, now: float
) -> dict[str, Any]:
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
        # Moodle needs both: a key without `alg` is skipped, one is chosen by `kid` only.
        keys = [key for key in key_set["keys"] if key.get("kid") == key_id and "alg" in key]
        key = jwt.PyJWK.from_dict(keys[0]).key
    except (jwt.PyJWTError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BadSignature(f"No key of the tool fits the JWT: {error!r}") from error
    return _read(token, key, audience=audience, now=now)


def _read(token: str, key: Any, *, audience: str, now: float) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            # By the site's own clock, which a test may set.
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.PyJWTError as error:
        raise BadSignature(str(error)) from error
    if not isinstance(claims.get("exp"), (int, float)) or claims["exp"] <= now:
        raise BadSignature("The JWT has expired.")
    if claims.get("iat", now) > now + 1:
        raise BadSignature("The JWT is of the future.")
    return claims
