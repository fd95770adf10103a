"""The demo's own rules; that it serves everything is seen by running it."""

import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from reports.management.commands import demo


def test_a_port_in_use_is_a_clear_sentence_without_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=settings.BASE_DIR,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1" in done.stderr
    assert "PORT=" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", [0, 65536])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(CommandError, match="is not a port"):
        call_command("demo", port=port)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DATABASE_URL", True),
        ("DATABASE_URL_FILE", True),
        ("KALTURA_ENDPOINTS", True),
        ("ENV_FILE", True),
        ("PATH", False),
        ("DJANGO_SETTINGS_MODULE", False),
    ],
)
def test_the_demo_inherits_no_setting_of_the_real_thing(name: str, expected: bool) -> None:
    assert demo.is_setting(name) is expected
