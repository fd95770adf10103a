"""Django's settings, all of them: every environment variable is read here once, typed.

`.env.example` says what each variable means, and a test compares the two. A wrong or missing value
is reported by the checks of `reports/checks.py`. Variables of the environment override `.env`.
"""

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ

from config.environment import (
    SettingsEnv,
    at_least,
    cache_prefix,
    fernet_keys,
    month_days,
    one_of,
    service_url,
    web_address,
    words,
    yes_or_no,
    zone_name,
)
from config.languages import available_languages
from config.logs import logging_config
from reports.kaltura.endpoints import BUILT_IN, parse_endpoints

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"  # everything that a run writes, and nothing that is committed

# Env, not SettingsEnv: the latter would open every NAME_FILE here, outside its own error handling.
environ.Env.read_env(os.environ.get("ENV_FILE", str(BASE_DIR / ".env")))
env = SettingsEnv()

# --- Keys, hosts and the way here -------------------------------------------------------------
SECRET_KEY = env.require("SECRET_KEY", str, "")
SECRET_KEY_FALLBACKS: list[str] = env.read("SECRET_KEY_FALLBACKS", words, [])
ROLLCALL_SECRET_KEYS: list[str] = env.require("ROLLCALL_SECRET_KEYS", fernet_keys, [])
DEBUG = env.read("DEBUG", yes_or_no, False)
ALLOWED_HOSTS: list[str] = env.read("ALLOWED_HOSTS", words, [])
CSRF_TRUSTED_ORIGINS: list[str] = env.read("CSRF_TRUSTED_ORIGINS", words, [])
BEHIND_HTTPS = env.read("BEHIND_HTTPS", yes_or_no, False)
TRUST_PROXY_HEADER = env.read("TRUST_PROXY_HEADER", yes_or_no, False)

# --- What Rollcall is -------------------------------------------------------------------------
SITE_NAME = env.read("SITE_NAME", str, "Rollcall")
SITE_URL = env.read("SITE_URL", web_address, "")  # for links in mails that no page sends
KALTURA_ENDPOINTS: dict[str, str] = env.read("KALTURA_ENDPOINTS", parse_endpoints, dict(BUILT_IN))
KALTURA_ROW_CAP = env.read("KALTURA_ROW_CAP", at_least(1), 100_000)  # rows of one answer
KALTURA_CONNECT_TIMEOUT = env.read("KALTURA_CONNECT_TIMEOUT", at_least(1), 10)  # seconds
KALTURA_READ_TIMEOUT = env.read("KALTURA_READ_TIMEOUT", at_least(1), 630)  # seconds
SYNC_SETTLING_DAYS = env.read("SYNC_SETTLING_DAYS", at_least(0), 3)
SYNC_LEASE_SECONDS = env.read("SYNC_LEASE_SECONDS", at_least(5), 60)
SNAPSHOT_HOURS = env.read("SNAPSHOT_HOURS", at_least(1), 24)
UPLOAD_MEGABYTES = env.read("UPLOAD_MEGABYTES", at_least(1), 50)  # of all files of one upload
ACCESS_LOG_DAYS = env.read("ACCESS_LOG_DAYS", at_least(0), 0)  # 0: kept for ever

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = env.read("LANGUAGE_CODE", str, "en")
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = available_languages(LANGUAGE_CODE, LOCALE_PATHS)  # the browser picks among these
USE_I18N = True
TIME_ZONE = env.read("TIME_ZONE", zone_name, "UTC")  # the site's zone; the database keeps UTC
USE_TZ = True
TERM_STARTS: list[tuple[int, int]] = env.read("TERM_STARTS", month_days, [])  # month and day

# --- Django's parts ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "reports",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_tables2",
    "django_structlog",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "reports.moodle.embedding.Embedding",  # outside of sessions: it changes their cookie
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "reports.moodle.presentation.Presentation",  # over the language that the browser asks for
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "reports.moodle.embedding.SessionOfSite",
    "config.middleware.RequestLog",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it turns a lock-out into its page
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.middleware.site",
                "reports.moodle.presentation.embedded",
            ]
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database, cache, mail --------------------------------------------------------------------
DEFAULT_DATABASE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "var/rollcall.sqlite3"}
DATABASE_SCHEMES = "sqlite postgres postgresql"
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.read(
        "DATABASE_URL",
        service_url(env.db_url_config, "database", DATABASE_SCHEMES),
        DEFAULT_DATABASE,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    SQLITE_FILE = BASE_DIR / DATABASES["default"]["NAME"]  # an absolute NAME stays as it is
    SQLITE_FILE.parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"] |= {
        "NAME": str(SQLITE_FILE),
        # A file, because tests use threads and an in-memory database has but one connection.
        "TEST": {"NAME": str(SQLITE_FILE.with_name(f"test_{SQLITE_FILE.name}"))},
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Large sorts go to a file: in memory they would be the process's for good.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            " PRAGMA cache_size=-32768",
        },
    }
else:
    KEPT_OPEN = {"CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True}  # unless the URL says otherwise
    DATABASES["default"] = KEPT_OPEN | DATABASES["default"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": env.read(
        "CACHE_URL",
        service_url(env.cache_url_config, "cache", "locmemcache redis rediss"),
        {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "rollcall"},
    )
}
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    CACHES["default"] |= {
        "BACKEND": "config.cache.SharedCache",
        "KEY_PREFIX": cache_prefix(SECRET_KEY),
    }
MAIL_SCHEMES = "smtp smtp+tls smtp+ssl consolemail memorymail dummymail filemail"
EMAIL = env.read(
    "EMAIL_URL",
    service_url(env.email_url_config, "mail server", MAIL_SCHEMES),
    {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"},
)
globals().update(EMAIL)
DEFAULT_FROM_EMAIL = env.read("DEFAULT_FROM_EMAIL", str, "rollcall@localhost")
EMAIL_TIMEOUT = 20  # seconds: a mail server that is silent must not keep the worker

# --- Sign-in ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "reports.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before a password is looked at
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a campus shares addresses: never by one
AXES_CLIENT_IP_CALLABLE = "config.middleware.client_address"
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # who did what is Rollcall's own access log
AXES_VERBOSE = False

# --- Protection in the browser ----------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # Bootstrap's CSS draws its icons as data: images
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
# A register's form may send a box for each of its cells: what is too many is said on the page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
        *("encrypted-media", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts"),
        *("magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial"),
        *("screen-wake-lock", "storage-access", "usb", "xr-spatial-tracking"),
    )
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_HTTPS else 0
# Without the proxy's word every request looks like plain HTTP, and a redirect would never end.
SECURE_SSL_REDIRECT = BEHIND_HTTPS and TRUST_PROXY_HEADER
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY_HEADER else None
# HSTS for other names below this one, and the browsers' preload list, are the university's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# --- Static files -----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.assets.NpmAssetFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # pages name no others, and those may be kept for ever
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "jpg", "ico", "woff2", "gz", "br"]

# --- Log lines --------------------------------------------------------------------------------
LOG_LEVEL = env.read("LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = logging_config(LOG_LEVEL)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line for a request, at its end

# Read by the checks, and by the demo, which must not inherit what is set for the real thing.
SETTING_PROBLEMS = env.problems
SETTING_NAMES = env.names
