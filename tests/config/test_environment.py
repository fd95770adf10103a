"""Settings out of the environment: typed, and a wrong one is a noted problem, not a traceback."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from config.environment import (
    Problem,
    SettingsEnv,
    at_least,
    fernet_keys,
    one_of,
    service_url,
    web_address,
    words,
    yes_or_no,
    zone_name,
)


def test_a_value_is_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_NUMBER", " 12 ")
    env = SettingsEnv()
    assert env.read("A_NUMBER", at_least(1), 5) == 12
    assert env.problems == []
    assert env.names == ["A_NUMBER"]


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("A_NUMBER", text)
    env = SettingsEnv()
    assert env.read("A_NUMBER", at_least(1), 5) == 5
    assert env.problems == []


@pytest.mark.parametrize(
    ("convert", "text"),
    [
        (at_least(1), "many"),
        (at_least(1), "0"),
        (yes_or_no, "perhaps"),
        (one_of("INFO", "ERROR"), "LOUD"),
        (zone_name, "Europe/Nowhere"),
        (zone_name, "../etc/passwd"),
        (fernet_keys, "hunter2"),
        (web_address, "attendance.campus.edu"),
        (web_address, "https://rollcall.example.edu/?x=hunter2"),
        (service_url(SettingsEnv.db_url_config, "database", "sqlite postgres"), "mysql://db/x"),
        (service_url(SettingsEnv.db_url_config, "database", "sqlite postgres"), "nonsense"),
    ],
)
def test_a_wrong_value_is_noted_unquoted_and_the_default_used(
    monkeypatch: pytest.MonkeyPatch, convert: Any, text: str
) -> None:
    monkeypatch.setenv("ODD_ONE", text)
    env = SettingsEnv()
    assert env.read("ODD_ONE", convert, None) is None
    (problem,) = env.problems
    assert problem.variable == "ODD_ONE"
    assert not problem.is_missing
    assert text == "0" or text not in problem.sentence


def test_a_required_value_that_is_missing_is_noted_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEEDED", raising=False)
    env = SettingsEnv()
    assert env.require("NEEDED", str, "") == ""
    assert env.problems == [Problem("NEEDED", "It is required and not set.", is_missing=True)]


def test_a_value_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("IN_A_FILE", "from the environment")
    monkeypatch.setenv("IN_A_FILE_FILE", str(tmp_path / "secret"))
    assert SettingsEnv().read("IN_A_FILE", str, "") == "from a file"


def test_a_file_that_is_not_there_is_noted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GONE_FILE", str(tmp_path / "nothing"))
    env = SettingsEnv()
    assert env.read("GONE", str, "default") == "default"
    assert [problem.variable for problem in env.problems] == ["GONE"]


def test_words_are_stripped_and_empty_ones_left_out() -> None:
    assert words(" a, b,,c ") == ["a", "b", "c"]


def test_keys_keep_their_order() -> None:
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    assert fernet_keys(", ".join(keys)) == keys


@pytest.mark.parametrize("url", ["sqlite:///var/x.sqlite3", "postgres://u:p@db:5432/rollcall"])
def test_a_database_is_known_by_its_url(url: str) -> None:
    parsed = service_url(SettingsEnv.db_url_config, "database", "sqlite postgres")(url)
    assert parsed["ENGINE"] in ("django.db.backends.sqlite3", "django.db.backends.postgresql")
    assert parsed["NAME"] in ("var/x.sqlite3", "rollcall")


def test_a_sites_address_has_no_slash_at_its_end() -> None:
    assert web_address("https://rollcall.example.edu/") == "https://rollcall.example.edu"
    assert web_address("http://localhost:8000/sub/") == "http://localhost:8000/sub"
