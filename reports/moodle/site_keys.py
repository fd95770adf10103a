"""A site's public keys: asked for when they are needed, kept, and asked for anew when one is new.

Whoever sends broken tokens can't make Rollcall ask a Moodle more than once a minute.
"""

from hashlib import sha256
from typing import Any

import jwt
import requests
from django.core.cache import cache

from reports.moodle.tools import MoodleConnection, read_json

KEPT_SECONDS = 2 * 3600
ASKED_AGAIN_SECONDS = 60  # between two times of asking anew
FAILED_SECONDS = 10  # a Moodle that is silent isn't waited for by everybody in turn
TIMEOUT = (5, 10)  # seconds to connect, and to wait: somebody stands in front of it
ALGORITHM = "RS256"  # what Moodle signs with


class KeysUnreachable(Exception):
    """Moodle did not give its keys."""


class KeyUnknown(Exception):
    """No key of the site has this id, and it is too early to ask again."""


def site_key(keys_url: str, key_id: str) -> Any:
    """Return the public key of that id; asks anew for one that isn't known.

    Raises: KeysUnreachable, KeyUnknown.
    """
    found = _find(_known(keys_url), key_id)
    return found or newer_site_key(keys_url, key_id)


def newer_site_key(keys_url: str, key_id: str) -> Any:
    """Return the key as the site publishes it now. Raises: KeysUnreachable, KeyUnknown."""
    if not cache.add(_name("asked", keys_url), True, ASKED_AGAIN_SECONDS):
        raise KeyUnknown("asked a moment ago")
    found = _find(_fetch(keys_url), key_id)
    if found is None:
        raise KeyUnknown("not published")
    return found


def _known(keys_url: str) -> dict[str, Any]:
    kept: dict[str, Any] | None = cache.get(_name("kept", keys_url))
    return _fetch(keys_url) if kept is None else kept


def _fetch(keys_url: str) -> dict[str, Any]:
    failed = _name("failed", keys_url)
    if cache.get(failed):
        raise KeysUnreachable("failed a moment ago")
    try:
        found = read_json(MoodleConnection(), keys_url, timeout=TIMEOUT)
    except (requests.RequestException, ValueError) as error:
        cache.set(failed, True, FAILED_SECONDS)
        raise KeysUnreachable(str(error)) from error
    cache.set(_name("kept", keys_url), found, KEPT_SECONDS)
    return found


def _find(key_set: dict[str, Any], key_id: str) -> Any:
    keys = key_set.get("keys")
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict) and key.get("kid") == key_id and key.get("kty") == "RSA":
            try:
                return jwt.PyJWK.from_dict(key, ALGORITHM).key
            except (jwt.PyJWTError, ValueError, TypeError):
                return None
    return None


def _name(what: str, keys_url: str) -> str:
    return f"moodle-keys-{what}-{sha256(keys_url.encode()).hexdigest()}"
