"""Rollcall's own keys: one to sign with, the others published as long as they are needed."""

import json
from datetime import UTC, datetime, timedelta

import jwt
import time_machine
from django.db import connection
from django.test import Client

from reports.models import MoodleSite, ToolKey
from reports.moodle.keys import OVERLAP, public_keys, rotate_keys, signing_key
from reports.moodle.tools import registration_of
from tests.moodle.conftest import ANATOMY, TEACHER, Visitor


def published() -> list[str]:
    return [key["kid"] for key in public_keys()["keys"]]


def test_there_is_no_key_before_one_is_needed(db: None, client: Client) -> None:
    assert client.get("/moodle/keys.json").json() == {"keys": []}
    first = signing_key()
    assert signing_key() == first
    assert published() == [first.kid]


def test_only_public_halves_are_published(db: None, client: Client) -> None:
    signing_key()
    answer = client.get("/moodle/keys.json")
    [key] = answer.json()["keys"]
    assert set(key) == {"kty", "kid", "n", "e", "alg", "use"}
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert answer.headers["Content-Type"] == "application/json"
    assert not answer.cookies


def test_what_is_signed_is_read_with_what_is_published(db: None, site: MoodleSite) -> None:
    own = registration_of(site.tools.get())
    token = jwt.encode(
        {"a": 1}, own.get_tool_private_key(), algorithm="RS256", headers={"kid": own.get_kid()}
    )
    [key] = public_keys()["keys"]
    public = jwt.PyJWK.from_dict(key).key
    assert public.key_size == 2048
    assert jwt.decode(token, public, algorithms=["RS256"]) == {"a": 1}


def test_a_rotation_leaves_the_old_key_published_for_a_week(db: None) -> None:
    old = signing_key()
    new = rotate_keys()
    assert signing_key() == new
    assert published() == [new.kid, old.kid]
    now = datetime.now(UTC)
    with time_machine.travel(now + OVERLAP - timedelta(minutes=1)):
        assert published() == [new.kid, old.kid]
    with time_machine.travel(now + OVERLAP + timedelta(minutes=1)):
        assert published() == [new.kid]


def test_two_rotations_leave_three_keys(db: None) -> None:
    keys = [signing_key(), rotate_keys(), rotate_keys()]
    assert published() == [key.kid for key in reversed(keys)]
    assert signing_key() == keys[-1]


def test_the_private_half_is_sealed_in_the_database(db: None) -> None:
    signing_key()
    with connection.cursor() as cursor:
        cursor.execute("select private_key from reports_toolkey")
        [(stored,)] = cursor.fetchall()
    assert "PRIVATE KEY" not in stored
    assert "PRIVATE KEY" in ToolKey.objects.get().private_key
    assert "PRIVATE" not in json.dumps(public_keys())


def test_a_launch_needs_no_key_of_ours(visitor: Visitor) -> None:
    visitor.launch(ANATOMY, TEACHER)
    assert not ToolKey.objects.exists()
