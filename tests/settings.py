"""The product's settings in an environment made for tests, whatever the .env of this machine says.

Only what tests can't share with a real run differs; everything else is config/settings.py itself.
Each process has a database file of its own, so that two runs of pytest do not meet.
TEST_DATABASE_URL names another one: the second pass of `make test` sets it, and a test that starts a
process on its own database.
"""

import os
from pathlib import Path

for _name in list(os.environ):
    if _name.removesuffix("_FILE") in {"SECRET_KEY", "ROLLCALL_SECRET_KEYS", "DATABASE_URL"} or (
        _name.startswith(("KALTURA_", "SYNC_", "SNAPSHOT_"))
    ):
        del os.environ[_name]
_VAR = Path(__file__).resolve().parent.parent / "var"
os.environ |= {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "for-tests-only-and-long-enough-for-every-check-of-django",
    "ROLLCALL_SECRET_KEYS": "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMTI=",
    "DEBUG": "false",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "",
    "BEHIND_HTTPS": "false",
    "TRUST_PROXY_HEADER": "false",
    "SITE_NAME": "Rollcall",
    "CACHE_URL": "locmemcache://",
    "EMAIL_URL": "memorymail://",
    "TIME_ZONE": "UTC",
    "LANGUAGE_CODE": "en",
    "LOG_LEVEL": "WARNING",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL")
    or f"sqlite:///{_VAR}/tests/{os.getpid()}.sqlite3",
}

from config.settings import *  # noqa: E402, F403
from config.settings import STORAGES  # noqa: E402

# The manifest storage wants collected files; tests read static files where they lie.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
# Argon2 is slow by design; the tests sign in thousands of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
