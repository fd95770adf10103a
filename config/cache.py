"""The cache that several machines share: Redis, whose absence makes pages slower and nothing else.

Whatever is kept can be read from the database again. So a Redis that doesn't answer counts as an empty
one for reading and keeping; any other use of it fails as it would without this module, because a count
or a lock must not be forgotten.
"""

import time
from typing import Any, ClassVar

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = structlog.get_logger(__name__)

ANSWER_SECONDS = 1.0  # a page must not wait for longer than it takes to do without
PAUSE_SECONDS = 10.0  # after a failure, in which this process doesn't ask


class SharedCache(RedisCache):
    """Redis as Django speaks to it, missing rather than broken, and emptied of its own keys alone."""

    _silent_until: ClassVar[float] = 0.0  # of all threads: Django makes one of these for each

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        options = {
            "socket_connect_timeout": ANSWER_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
            # At once: a connection that lay idle may have been closed by the other side.
            "retry": Retry(NoBackoff(), 1),
        }
        super().__init__(server, params | {"OPTIONS": options | params.get("OPTIONS", {})})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return what is kept; the default too where Redis doesn't answer."""
        if self._is_silent():
            return default
        try:
            return super().get(key, default, version)
        except RedisError as error:
            self._note(error)
            return default

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Keep the value if Redis answers."""
        if self._is_silent():
            return
        try:
            super().set(key, value, timeout, version)
        except RedisError as error:
            self._note(error)

    def clear(self) -> None:
        """Delete what this installation keeps; others may use the same Redis. Raises: RedisError."""
        client = self._cache.get_client(write=True)
        for key in client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
            client.unlink(key)

    def _is_silent(self) -> bool:
        return time.monotonic() < SharedCache._silent_until

    def _note(self, error: RedisError) -> None:
        SharedCache._silent_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("cache_not_answering", error=str(error))
