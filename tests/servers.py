"""The PostgreSQL and the Redis on this machine that the tests may use.

TEST_POSTGRES_URL is the URL of a database there, as a user who may create databases and roles;
TEST_REDIS_URL that of a Redis. TEST_DATABASE_URL is another thing: the database of one run of
pytest, as `make test` sets it for its second pass.
"""

import os

import psycopg
import redis

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


def postgres_problem() -> str:
    """Return why the PostgreSQL can't be used, in one line; "" when it can."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=5).close()
    except psycopg.Error as error:
        return str(error).splitlines()[0]
    return ""


def redis_problem() -> str:
    """Return why the Redis can't be used, in one line; "" when it can."""
    try:
        with redis.Redis.from_url(REDIS, socket_timeout=5) as client:
            client.ping()
    except redis.RedisError as error:
        return str(error).splitlines()[0]
    return ""
