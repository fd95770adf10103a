"""Log lines: no personal data, no Kaltura session, no query string."""

import json
import logging

import pytest
import structlog
from django.conf import settings
from django.test import Client

KS = "djJ8MTIzNDU2N3xhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk="


@pytest.fixture
def line() -> logging.Formatter:
    """The formatter that every line passes."""
    given = settings.LOGGING["formatters"]["line"]
    return structlog.stdlib.ProcessorFormatter(
        processors=[*given["processors"][:-1], structlog.processors.JSONRenderer()],
        foreign_pre_chain=given["foreign_pre_chain"],
    )


def formatted(line: logging.Formatter, record: logging.LogRecord) -> dict[str, str]:
    loaded: dict[str, str] = json.loads(line.format(record))
    return loaded


def test_a_kaltura_session_is_masked_in_message_and_traceback(line: logging.Formatter) -> None:
    try:
        raise ValueError(f'Invalid KS "{KS}"')
    except ValueError as error:
        exc_info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("any", logging.ERROR, "f", 1, "asked with %s", (KS,), exc_info)
    text = json.dumps(formatted(line, record))
    assert KS not in text
    assert KS[:20] not in text
    assert "ValueError" in text


def test_data_about_a_person_is_left_out(
    line: logging.Formatter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        structlog.get_logger("any").warning(
            "seen",
            email="ada@example.org",
            ip="192.0.2.1",
            user_agent="Browser",
            request_id="r" * 36,
        )
    event = formatted(line, caplog.records[-1])
    assert event["event"] == "seen"
    assert event["request_id"] == "r" * 36
    assert not {"email", "ip", "user_agent"} & set(event)


@pytest.mark.django_db
def test_a_request_is_one_line_without_its_query_string(
    client: Client, line: logging.Formatter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.get("/healthz", {"q": "Ada Lovelace"}, headers={"user-agent": "Browser"})
    lines = [formatted(line, record) for record in caplog.records]
    assert [event["request"] for event in lines if "request" in event] == ["GET /healthz"]
    assert "Ada" not in json.dumps(lines)
    assert "Browser" not in json.dumps(lines)
