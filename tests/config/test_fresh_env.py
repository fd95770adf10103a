"""The env file that set-up writes: good at once, never overwritten, read by its owner only."""

import stat
from pathlib import Path

from config.environment import fernet_keys
from config.fresh_env import write_fresh_env


def values_of(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_fresh_keys_are_usable_and_differ(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert write_fresh_env(tmp_path / name, SITE_NAME="Trial")
    one, two = values_of(tmp_path / "one"), values_of(tmp_path / "two")

    assert len(fernet_keys(one["ROLLCALL_SECRET_KEYS"])) == 1
    assert len(one["SECRET_KEY"]) >= 50
    assert "$" not in one["SECRET_KEY"]  # django-environ would take it for another variable's name
    assert one["SITE_NAME"] == "Trial"
    assert one["SECRET_KEY"] != two["SECRET_KEY"]
    assert one["ROLLCALL_SECRET_KEYS"] != two["ROLLCALL_SECRET_KEYS"]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    write_fresh_env(tmp_path / "env")
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


def test_an_existing_file_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("SECRET_KEY=old\n")
    assert not write_fresh_env(tmp_path / "env")
    assert (tmp_path / "env").read_text() == "SECRET_KEY=old\n"
