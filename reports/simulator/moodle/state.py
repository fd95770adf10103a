"""What a running stand-in remembers between requests: launches begun, tokens given, keys.

Nothing here is kept over a restart of the process.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from reports.simulator.moodle.claims import Container
from reports.simulator.moodle.keys import SigningKey, ToolKeys, next_key
from reports.simulator.moodle.moodle_site import MoodleSite


@dataclass(frozen=True, slots=True)
class Begun:
    """A launch that waits for the tool to come to auth.php."""

    tool_id: int
    course_id: int
    user_id: int
    activity_id: int | None  # None: content is selected
    container: Container


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that was given to a tool."""

    tool_id: int
    scopes: tuple[str, ...]
    expires_at: float  # unix seconds


class State:
    """One running site. Safe to use from several threads."""

    def __init__(self, site: MoodleSite, clock: Callable[[], float]) -> None:
        self.site = site
        self.issuer = ""  # known from the start of the server on
        self.key: SigningKey = next_key()
        self.tool_keys = ToolKeys()
        self.clock_offset_seconds = 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._launches: dict[str, Begun] = {}
        self._tokens: dict[str, AccessToken] = {}
        self._session_keys: dict[str, Begun] = {}

    def now(self) -> float:
        """Return the site's time in unix seconds."""
        return self._clock() + self.clock_offset_seconds

    def begin_launch(self, begun: Begun) -> str:
        """Return the id of a launch, good for one visit to auth.php."""
        message = begun.activity_id or "_ContentItemSelectionRequest"
        launch_id = f"ltilaunch{message}_{secrets.randbelow(2**31)}"
        with self._lock:
            self._launches[launch_id] = begun
        return launch_id

    def use_launch(self, launch_id: str) -> Begun | None:
        """Return the launch of that id and forget it; None if it is unknown or used up."""
        with self._lock:
            return self._launches.pop(launch_id, None)

    def session_key(self, begun: Begun) -> str:
        """Return a key that proves a way back from the tool to belong to this launch."""
        key = secrets.token_urlsafe(8)
        with self._lock:
            self._session_keys[key] = begun
        return key

    def of_session_key(self, key: str) -> Begun | None:
        """Return the launch that the key was made for, None for an unknown key."""
        return self._session_keys.get(key)

    def give_token(self, token: AccessToken) -> str:
        """Return the text by which a tool names its new token."""
        text = secrets.token_hex(16)
        with self._lock:
            self._tokens[text] = token
        return text

    def token(self, text: str) -> AccessToken | None:
        """Return the token, None if it is unknown, expired, or its tool deleted."""
        token = self._tokens.get(text)
        if token is None or token.expires_at <= self.now():
            return None
        known = {tool.id for tool in self.site.tools}
        return token if token.tool_id in known else None

    def forget_tokens(self) -> None:
        """Let every token given so far be unknown."""
        with self._lock:
            self._tokens = {}
