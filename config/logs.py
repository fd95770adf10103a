"""How log lines look and what never gets into them.

Every line, of structlog and of the standard library alike, passes `PROCESSORS`: names of people,
addresses and browsers are left out, and anything that looks like a Kaltura session is masked.
"""

import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PERSONAL_KEYS = ("ip", "user_agent", "email", "username", "name")

# Whoever reads a log must not be able to set somebody's password, or to register a Moodle.
ONE_TIME_LINK = re.compile(r"/(password|moodle/register)/[^\s\"']+")

OUR_OWN_KEYS = ("request_id", "timestamp", "level", "logger")  # a request's id looks like a KS


def without_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Return the event without the keys that libraries fill with data about a person."""
    for key in PERSONAL_KEYS:
        event.pop(key, None)
    return event


def with_masked_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Return the event with Kaltura sessions and one-time links masked, in tracebacks too."""
    # Imported when used, so that reading the settings stays quick.
    from reports.kaltura.masking import mask

    return {
        key: mask(ONE_TIME_LINK.sub(r"/\1/…", value))
        if isinstance(value, str) and key not in OUR_OWN_KEYS
        else value
        for key, value in event.items()
    }


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.UnicodeDecoder(),
]
LAST: list[Processor] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,  # text, before masking; frames' locals never appear
    without_personal_data,
    with_masked_secrets,
]


def renderer() -> Processor:
    """Return what writes a line: for eyes in a terminal, JSON for everything else."""
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer()


def logging_config(level: str) -> dict[str, Any]:
    """Return Django's LOGGING for this level, and make structlog log through it."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [*LAST, renderer()],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Handled by the root logger; Django's own set-up would print each line twice.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # The request middleware already logs each answer and each failure.
            "django.request": {"handlers": [], "level": "CRITICAL", "propagate": True},
            "urllib3": {"level": "WARNING"},
            # It warns of every HEAD, since Django leaves cutting off the body to the server.
            "gunicorn.http.wsgi": {"level": "ERROR"},
        },
    }
