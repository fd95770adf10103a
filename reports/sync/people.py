"""Which attendee row is which person.

A Kaltura user id is one person of the account. An empty, `Unknown` or hashed id is a placeholder:
it stands for whoever had none, so it is keyed within its session by id, name and e-mail, and never
taken for one person across sessions.
"""

import hashlib
import hmac
import json
import re

HASHED_ID = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\Z", re.IGNORECASE)
LONGEST_ID = 250  # what fits into Person.key with its prefix, in every database


def is_placeholder_id(user_id: str) -> bool:
    """Return whether this id stands for somebody without a Kaltura id."""
    return not user_id.strip() or user_id == "Unknown" or bool(HASHED_ID.match(user_id))


def person_key(
    cue_point_id: str, user_id: str, name: str | None, email: str | None, ordinal: int = 0
) -> str:
    """Return `Person.key` of an attendee row.

    `ordinal` tells apart the nameless placeholders of one session whose lines were broken.
    """
    if not is_placeholder_id(user_id):
        if len(user_id) <= LONGEST_ID:
            return f"u:{user_id}"
        return f"l:{hashlib.sha256(user_id.encode()).hexdigest()}"
    described = json.dumps([user_id, name, email, ordinal])
    return f"s:{cue_point_id}:{hashlib.sha256(described.encode()).hexdigest()[:40]}"


def user_key(user_id: str) -> str:
    """Return `Person.key` of whoever has the user id; of a placeholder that of nobody."""
    return person_key("", user_id, None, None)


def name_key(name: str, cue_point_id: str = "") -> str:
    """Return what an erased person's name is hashed as: in one session, or in the whole account.

    Hosts come by name alone, and lines that can't be read may hold nothing else.
    """
    return f"n:{cue_point_id}:{' '.join(name.casefold().split())}"


def email_key(email: str) -> str:
    """Return what an erased person's e-mail address is hashed as."""
    return f"m:{email.casefold().strip()}"


def erasure_hash(erasure_key: str, key: str) -> str:
    """Return what `ErasedPerson.key_hash` keeps of a person's key: it can't be turned back."""
    return hmac.new(erasure_key.encode(), key.encode(), hashlib.sha256).hexdigest()
