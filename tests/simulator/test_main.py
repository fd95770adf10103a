"""`python -m reports.simulator`: starts, keeps its university, stops cleanly."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from reports.simulator.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--courses", "2", "--weeks", "2")


def serve_once(number: signal.Signals, *options: str) -> tuple[int, str]:
    """Start it, ask it once, send the signal; return exit code and what it printed."""
    command = [sys.executable, "-m", "reports.simulator", "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"Kaltura simulator: (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        answer = requests.post(f"{found[1]}/api_v3/service/session/action/get", timeout=30)
        assert "MISSING_KS" in answer.text
        process.send_signal(number)
        rest = process.stdout.read()
        return process.wait(timeout=30), rest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_on_a_signal_and_keeps_its_founding(
    tmp_path: Path, number: signal.Signals
) -> None:
    state = tmp_path / "new" / "state.json"
    options = ("--state", str(state), "--seed", "5", "--anchor", "2026-02-03", *SMALL)
    assert serve_once(number, *options) == (
        0,
        "partner 1234567, 2 courses, from 2026-01-26 on\n",
    )
    kept = {"seed": 5, "anchored_on": "2026-02-03", "courses": 2, "weeks": 2}
    assert json.loads(state.read_text()) == kept
    assert serve_once(number, "--state", str(state))[1].endswith("from 2026-01-26 on\n")
    assert json.loads(state.read_text()) == kept


def test_another_seed_than_the_kept_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.json"
    state.write_text('{"seed": 5, "anchored_on": "2026-02-03", "courses": 2, "weeks": 2}')
    assert main(["--port", "0", "--state", str(state), "--seed", "6"]) == 1
    assert "keeps seed 5, not 6" in capsys.readouterr().err


def test_a_broken_state_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state.json"
    for text in ("nonsense", '{"seed": 5}', "[]"):
        state.write_text(text)
        assert main(["--port", "0", "--state", str(state)]) == 1
        assert "no state file" in capsys.readouterr().err


def test_a_port_in_use_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1]), *SMALL]) == 1
    assert "can't start" in capsys.readouterr().err


def test_a_moodle_stand_in_serves_the_same_university_beside_it() -> None:
    options = ("--moodle-port", "0", "--moodle-path", "/moodle", "--anchor", "2026-02-03", *SMALL)
    code, printed = serve_once(signal.SIGTERM, *options)
    lines = printed.splitlines()
    assert code == 0
    assert re.fullmatch(r"Moodle stand-in: http://localhost:\d+/moodle/", lines[0])
    assert lines[1:] == ["partner 1234567, 2 courses, from 2026-01-26 on"]


def test_a_port_of_the_stand_in_in_use_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["--port", "0", "--moodle-port", port, *SMALL]) == 1
    assert "can't start" in capsys.readouterr().err
