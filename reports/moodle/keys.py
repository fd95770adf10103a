"""The key pairs that Rollcall signs with towards Moodle, and their public halves."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from jwcrypto.jwk import JWK

from reports.models import ToolKey

BITS = 2048
OVERLAP = timedelta(days=7)  # Moodle keeps a key set until a signature fails


def signing_key() -> ToolKey:
    """Return the newest key; the first one is made when it is needed."""
    signing = ToolKey.objects.filter(retired_at__isnull=True).order_by("-created_at", "-pk")
    return next((key for key in signing if key.private_key), None) or _new_key()


def rotate_keys() -> ToolKey:
    """Sign with a new key from now on; the old ones stay published for a week."""
    with transaction.atomic():
        ToolKey.objects.filter(retired_at__isnull=True).update(retired_at=timezone.now() + OVERLAP)
        return _new_key()


def public_keys() -> dict[str, Any]:
    """Return the key set that Moodle fetches: {"keys": [...]}; empty before there is a site."""
    published = ToolKey.objects.published(timezone.now())
    return {"keys": [_public(key) for key in published if key.private_key]}  # not if given up


def _new_key() -> ToolKey:
    pair = JWK.generate(kty="RSA", size=BITS)
    pem = pair.export_to_pem(private_key=True, password=None).decode()
    return ToolKey.objects.create(kid=uuid4().hex, private_key=pem)


def _public(key: ToolKey) -> dict[str, Any]:
    pair = JWK.from_pem(key.private_key.encode())
    public: dict[str, Any] = json.loads(pair.export_public())
    return public | {"kid": key.kid, "alg": "RS256", "use": "sig"}
