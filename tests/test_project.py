"""The project as a whole: what holds for every file, setting, address and command."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from reports.models import Role, User

ROOT = Path(settings.BASE_DIR)
NOT_OURS = {
    *(".git", ".venv", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
    *(".import_linter_cache", "node_modules", "var", "build", "__pycache__", "test-results"),
}
TEXT = {".py", ".html", ".css", ".js", ".md", ".toml", ".txt", ".in", ".json", ".example", ""}
# Put together here, so that this file does not hold them itself.
REGISTRIES = [f"{name}.org" for name in ("npmjs", "pypi", "pythonhosted")]
ASYNC = "DJANGO_ALLOW_ASYNC_UNSAFE"  # the browser tests need it; the check forbids it


def our_files() -> Iterator[Path]:
    """Yield every file that belongs to the repository, relative to its root."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        for name in names:
            path = Path(folder, name).relative_to(ROOT)
            if path.suffix in TEXT and str(path) not in (".env", "LICENSE"):
                yield path


@pytest.mark.django_db
def test_no_migration_is_pending() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_env_example_lists_exactly_the_settings_that_are_read() -> None:
    tree = ast.parse((ROOT / "config" / "settings.py").read_text())
    read = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("read", "require")
        and isinstance(call.args[0], ast.Constant)
    }
    listed = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert len(read) > 20
    assert sorted(listed) == sorted(read)


def test_env_example_shows_the_defaults() -> None:
    shown = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert int(shown["KALTURA_ROW_CAP"]) == settings.KALTURA_ROW_CAP
    assert int(shown["KALTURA_CONNECT_TIMEOUT"]) == settings.KALTURA_CONNECT_TIMEOUT
    assert int(shown["KALTURA_READ_TIMEOUT"]) == settings.KALTURA_READ_TIMEOUT
    assert int(shown["SYNC_SETTLING_DAYS"]) == settings.SYNC_SETTLING_DAYS
    assert int(shown["SYNC_LEASE_SECONDS"]) == settings.SYNC_LEASE_SECONDS
    assert int(shown["SNAPSHOT_HOURS"]) == settings.SNAPSHOT_HOURS


def test_every_make_command_of_the_readme_exists() -> None:
    readme = ROOT / "README.md"
    words = re.findall(r"\bmake ([a-z]+)\b", readme.read_text() if readme.exists() else "make test")
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    # Prose has "make sure" too: only what stands in code counts where the README has code.
    code = re.findall(r"`+[^`]*\bmake ([a-z]+)", readme.read_text()) if readme.exists() else words
    assert set(code) <= set(targets)


def test_ci_runs_without_further_ado() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert os.access(ROOT / "manage.py", os.X_OK)


def test_no_file_names_a_registry_or_a_path_of_this_machine() -> None:
    forbidden = list(REGISTRIES)
    if len(ROOT.parts) > 2:  # "/app" may well stand in a text
        forbidden.append(f"{ROOT}/")
    found = [
        f"{path}: {word}"
        for path in our_files()
        for word in forbidden
        if word in (ROOT / path).read_text(encoding="utf-8", errors="replace")
    ]
    assert not found


@pytest.mark.parametrize(("suffix", "most_lines"), [(".py", 400), (".html", 150)])
def test_files_are_short(suffix: str, most_lines: int) -> None:
    lengths = {
        str(path): len((ROOT / path).read_text().splitlines())
        for path in our_files()
        if path.suffix == suffix and "migrations" not in path.parts
    }
    assert {path: lines for path, lines in lengths.items() if lines > most_lines} == {}


def test_production_settings_pass_the_deployment_check() -> None:
    production = {
        "BEHIND_HTTPS": "true",
        "TRUST_PROXY_HEADER": "true",
        "ALLOWED_HOSTS": "rollcall.example.edu",
        "EMAIL_URL": "smtp://mail.example.edu:25",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={name: text for name, text in os.environ.items() if name != ASYNC} | production,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "System check identified no issues" in done.stdout


def plain_pages() -> list[str]:
    """Return the names of Rollcall's addresses that need nothing but themselves."""
    _, namespaced = get_resolver().namespace_dict["reports"]
    return [
        f"reports:{pattern.name}"
        for pattern in namespaced.url_patterns
        if isinstance(pattern, URLPattern) and pattern.name and not pattern.pattern.converters
    ]


@pytest.mark.django_db
def test_every_plain_page_answers_with_one_heading(client: Client) -> None:
    administrator = User.objects.create_user("head", password="x", role=Role.ADMINISTRATOR)
    client.force_login(administrator)
    for name in plain_pages():
        if name in {f"reports:moodle-{called}" for called in ("keys", "sign-in", "launch")}:
            continue  # for Moodle, which knows more to say than the address
        answer = client.get(reverse(name))
        if answer.status_code in (302, 405) or name.endswith(("-results", "-csv", "-xlsx")):
            continue
        assert answer.status_code == 200, name
        assert len(re.findall(rb"<h1[ >]", answer.content)) == 1, name


@pytest.mark.django_db
def test_the_sign_in_page_answers_with_one_heading(client: Client) -> None:
    answer = client.get(reverse("login"))
    assert answer.status_code == 200
    assert len(re.findall(rb"<h1[ >]", answer.content)) == 1
